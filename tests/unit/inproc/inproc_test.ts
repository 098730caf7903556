import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  ZmqError,
} from "../../../mod.ts";
import { copyFrame, tag } from "../../../src/message/frame.ts";
import { assertFrames } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";
import { pattern } from "../../support/transcript.ts";

const NAME = "inproc://name";

/** Runs with a context of its own, in both orders of bind and connect. */
function inBothOrders(
  name: string,
  body: (context: Context, join: (binder: Any, connector: Any) => Promise<void>) => Promise<void>,
): void {
  for (const first of ["bind", "connect"]) {
    it(`${name} (${first} first)`, async () => {
      const context = new Context();
      await body(context, async (binder, connector) => {
        if (first === "bind") await binder.bind(NAME);
        connector.connect(NAME);
        if (first === "connect") await binder.bind(NAME);
      });
      await context.close();
    });
  }
}

interface Any {
  bind(address: string): Promise<void>;
  connect(address: string): void;
}

/** How many messages it takes without waiting. */
function fill(socket: { trySend(message: string): boolean }, most = 20_000): number {
  let sent = 0;
  while (sent < most && socket.trySend(`${sent}`)) sent++;
  return sent;
}

async function drain(socket: Pull | Pair | Dealer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) assertEquals(String((await socket.receive())[0]), `${i}`);
  assertEquals(socket.tryReceive(), undefined);
}

describe("inproc: high-water marks (ZMQ_SNDHWM of one end and ZMQ_RCVHWM of the other together)", () => {
  for (
    const [send, receive, expected] of [[10, 5, 15], [1, 1, 2], [1000, 1000, 2000], [0, 5, 20_000], [
      5,
      0,
      20_000,
    ]]
  ) {
    inBothOrders(
      `${send} and ${receive} hold ${expected === 20_000 ? "any number" : expected}`,
      async (context, join) => {
        const push = new Push({ context, sendHighWaterMark: send! });
        const pull = new Pull({ context, receiveHighWaterMark: receive! });
        await join(pull, push);
        assertEquals(fill(push), expected);
        await drain(pull, expected!);
        assert(push.trySend("again"));
      },
    );
  }

  it("before the name is bound, the connecting end's own mark counts alone", async () => {
    const context = new Context();
    const push = new Push({ context, sendHighWaterMark: 10 });
    push.connect(NAME);
    assertEquals(fill(push), 10);
    const pull = new Pull({ context, receiveHighWaterMark: 5 });
    await pull.bind(NAME);
    assertEquals(fill(push), 5);
    for (let i = 0; i < 10; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await context.close();
  });

  it("a sender that waits goes on when half of the queue is free", async () => {
    const context = new Context();
    const push = new Push({ context, sendHighWaterMark: 4 });
    const pull = new Pull({ context, receiveHighWaterMark: 4 });
    await pull.bind(NAME);
    push.connect(NAME);
    assertEquals(fill(push), 8);
    const waiting = [push.send("8"), push.send("9")];
    for (let i = 0; i < 10; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await Promise.all(waiting);
    await context.close();
  });

  it("a mark that is raised lets a sender that waits go on", async () => {
    const context = new Context();
    const push = new Push({ context, sendHighWaterMark: 1 });
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    await pull.bind(NAME);
    push.connect(NAME);
    assertEquals(fill(push), 2);
    const waiting = push.send("2");
    push.sendHighWaterMark = 10;
    await waiting;
    await drain(pull, 3);
    await context.close();
  });
});

describe("inproc: what was sent early", () => {
  inBothOrders("a send that waited for a peer reaches the one that comes", async (context, join) => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    const waiting = push.send("waited");
    await join(push, pull);
    await waiting;
    assertEquals(String((await pull.receive({ timeout: 1000 }))[0]), "waited");
  });

  inBothOrders("a welcome message reaches the subscriber", async (context, join) => {
    const publisher = new XPublisher({ context, welcomeMessage: "W" });
    const subscriber = new Subscriber({ context });
    subscriber.subscribe("W");
    await join(publisher, subscriber);
    assertEquals(String((await subscriber.receive({ timeout: 1000 }))[0]), "W");
  });

  for (const binder of ["prober", "router"]) {
    inBothOrders(`a probe reaches the ROUTER, the ${binder} bound`, async (context, join) => {
      const router = new Router({ context });
      const dealer = new Dealer({ context, probeRouter: true, routingId: "d" });
      await (binder === "prober" ? join(dealer, router) : join(router, dealer));
      assertFrames(await router.receive({ timeout: 1000 }), ["d", ""]);
    });
  }

  for (
    const [linger, heard] of [[0, []], [-1, ["0", "1", "2", "3"]], [60_000, ["0", "1", "2", "3"]]] as const
  ) {
    it(`what closed sockets with linger ${linger} sent to a name that is bound after: ${heard.length} of 4`, async () => {
      const context = new Context();
      const pushes = Array.from({ length: 2 }, () => new Push({ context, linger }));
      for (const [i, push] of pushes.entries()) {
        push.connect("inproc://late");
        for (const half of [0, 1]) await push.send(`${2 * i + half}`);
        await push[Symbol.asyncDispose]();
        assertEquals(push.dropped.lost, linger === 0 ? 2 : 0);
      }
      const pull = new Pull({ context });
      await pull.bind("inproc://late");
      const taken = [];
      for (let message = pull.tryReceive(); message; message = pull.tryReceive()) {
        taken.push(String(message[0]));
      }
      assertEquals(taken.sort(), [...heard]);
      assertEquals(pull.statistics().peers, []);
      await context.close();
    });
  }

  it("what waits for a name alone is lost when linger is over, and is counted", async () => {
    const context = new Context();
    const push = new Push({ context, linger: 2 });
    push.connect("inproc://late");
    await push.send("x");
    await push[Symbol.asyncDispose]();
    while (push.dropped.lost === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertEquals(push.dropped.lost, 1);
    const pull = new Pull({ context });
    await pull.bind("inproc://late");
    assertEquals(pull.tryReceive(), undefined);
    await context.close();
  });

  it("a context ends while messages wait for a name, and they are counted as lost", async () => {
    const context = new Context();
    const pushes = [-1, 60_000].map((linger) => new Push({ context, linger }));
    for (const push of pushes) {
      push.connect("inproc://nobody");
      await push.send("x");
      push.close();
    }
    await context.close();
    assertEquals(pushes.map(({ dropped }) => dropped.lost), [1, 1]);
  });

  it("many connect before one binds, and all that they sent arrives, though half of them are closed", async () => {
    const context = new Context();
    for (let i = 0; i < 60; i++) {
      const push = new Push({ context });
      push.connect(NAME);
      await push.send(`${i}`);
      if (i % 2) push.close();
    }
    const pull = new Pull({ context });
    await pull.bind(NAME);
    const heard = new Set<string>();
    for (let i = 0; i < 60; i++) heard.add(String((await pull.receive())[0]));
    assertEquals(heard.size, 60);
    await context.close();
  });
});

describe("inproc: names and ends", () => {
  it("a name is bound once in a context, and another context has names of its own (UR-8)", async () => {
    const [context, other] = [new Context(), new Context()];
    const pull = new Pull({ context });
    await pull.bind(NAME);
    const second = new Pull({ context });
    const error = await assertRejects(() => second.bind(NAME), ZmqError) as ZmqError;
    assertEquals([error.code, error.address], ["EADDRINUSE", NAME]);
    await new Pull({ context: other }).bind(NAME);
    await Promise.all([context.close(), other.close()]);
  });

  it("a name is free again after unbind, whose connections end, and after close", async () => {
    const context = new Context();
    const push = new Push({ context });
    const pull = new Pull({ context });
    await pull.bind(NAME);
    push.connect(NAME);
    assertEquals(push.writable, true);
    await pull.unbind(NAME);
    assertEquals(push.writable, false);
    await pull.bind(NAME);
    await pull[Symbol.asyncDispose]();
    await new Pull({ context }).bind(NAME);
    await context.close();
  });

  it("types that do not fit do not meet", async () => {
    const context = new Context();
    const pull = new Pull({ context });
    await pull.bind(NAME);
    const request = new Request({ context });
    request.connect(NAME);
    assertEquals(request.writable, false);
    await context.close();
  });

  it("what a closed sender left is received", async () => {
    const context = new Context();
    const push = new Push({ context });
    const pull = new Pull({ context });
    await pull.bind(NAME);
    push.connect(NAME);
    for (let i = 0; i < 10; i++) await push.send(`${i}`);
    await push[Symbol.asyncDispose]();
    await drain(pull, 10);
    await context.close();
  });

  it("disconnect ends the relation for both", async () => {
    const context = new Context();
    const [a, b] = [new Pair({ context }), new Pair({ context })];
    await a.bind(NAME);
    b.connect(NAME);
    await b.send("x");
    b.disconnect(NAME);
    assertEquals([a.writable, b.writable], [false, false]);
    assertEquals(String((await a.receive())[0]), "x");
    const c = new Pair({ context });
    c.connect(NAME);
    await c.send("y");
    assertEquals(String((await a.receive())[0]), "y");
    await context.close();
  });

  it("twenty sockets that connected to names never bound close", async () => {
    const context = new Context();
    for (let i = 0; i < 20; i++) new Router({ context }).connect(`inproc://never ${i}`);
    await context.close();
  });
});

describe("inproc: messages", () => {
  inBothOrders("arrive whole, in order and both ways, of any size", async (context, join) => {
    const [a, b] = [new Pair({ context }), new Pair({ context })];
    await join(a, b);
    const random = new Random(4);
    for (let i = 0; i < 200; i++) {
      const frames = Array.from(
        { length: random.between(1, 5) },
        () => pattern(random.pick([0, 1, 128, 129, 5000]), i),
      );
      await a.send(frames);
      await b.send(frames);
      assertFrames(await b.receive(), frames);
      assertFrames(await a.receive(), frames);
    }
  });

  inBothOrders(
    "of up to 128 octets may be overwritten by the sender as soon as send has returned",
    async (context, join) => {
      const [a, b] = [new Pair({ context }), new Pair({ context })];
      const memory = new Uint8Array(128).fill(1);
      const early = a.send(memory);
      memory.fill(2);
      await join(a, b);
      await early;
      const sent = a.send(memory);
      memory.fill(3);
      await sent;
      assertFrames(await b.receive(), [new Uint8Array(128).fill(1)]);
      assertFrames(await b.receive(), [new Uint8Array(128).fill(2)]);
    },
  );

  it("one message to many subscribers is each one's own while it is small", async () => {
    const context = new Context();
    const publisher = new Publisher({ context });
    await publisher.bind(NAME);
    const subscribers = Array.from({ length: 3 }, () => {
      const subscriber = new Subscriber({ context });
      subscriber.subscribe();
      subscriber.connect(NAME);
      return subscriber;
    });
    await publisher.send("text");
    (await subscribers[0]!.receive())[0].fill(0);
    assertEquals(String((await subscribers[1]!.receive())[0]), "text");
    await context.close();
  });

  inBothOrders("requests and replies", async (context, join) => {
    const request = new Request({ context });
    const reply = new Reply({ context });
    await join(reply, request);
    for (let i = 0; i < 20; i++) {
      await request.send([`${i}`, ""]);
      assertFrames(await reply.receive(), [`${i}`, ""]);
      await reply.send(`re ${i}`);
      assertFrames(await request.receive(), [`re ${i}`]);
    }
  });

  inBothOrders("subscriptions made before and after", async (context, join) => {
    const publisher = new XPublisher({ context });
    const subscriber = new Subscriber({ context });
    subscriber.subscribe("before");
    await join(publisher, subscriber);
    subscriber.subscribe("after");
    subscriber.unsubscribe("before");
    const heard = [];
    for (let i = 0; i < 3; i++) heard.push(String((await publisher.receive())[0]));
    assertEquals(heard, ["\x01before", "\x01after", "\x00before"]);
    await publisher.send("before");
    await publisher.send("after");
    assertEquals(String((await subscriber.receive())[0]), "after");
  });

  it("a PAIR that has its peer refuses another and goes on", async () => {
    const context = new Context();
    const [a, b, c] = [new Pair({ context }), new Pair({ context }), new Pair({ context })];
    await a.bind(NAME);
    b.connect(NAME);
    c.connect(NAME);
    assertEquals([b.writable, c.writable], [true, false]);
    await b.send("b");
    assertEquals(String((await a.receive())[0]), "b");
    await context.close();
  });
});

describe("inproc: metadata of a frame (zmq_msg_gets)", () => {
  for (const waits of [false, true]) {
    it(`is not sent on with it${waits ? ", not by a message that had to wait either" : ""}`, async () => {
      const context = new Context();
      const push = new Push({ context, sendHighWaterMark: 1 });
      const pull = new Pull({ context, receiveHighWaterMark: 1 });
      await pull.bind(NAME);
      push.connect(NAME);
      if (waits) fill(push);
      const message = [10, 200, 70_000].map((length) => copyFrame(pattern(length)));
      tag(message, new Map([["user-id", pattern(3)]]));
      const sent = push.send(message);
      let received = await pull.receive();
      while (received.length === 1) received = await pull.receive();
      await sent;
      assertFrames(received, message);
      assertEquals(received.map(({ metadata }) => metadata), [undefined, undefined, undefined]);
      assertEquals(message.map(({ metadata }) => metadata?.size), [1, 1, 1]);
      await context.close();
    });
  }
});
