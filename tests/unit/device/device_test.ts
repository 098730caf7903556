import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  Dealer,
  forwarder,
  Pair,
  proxy,
  Pull,
  Push,
  queue,
  Reply,
  Request,
  Router,
  streamer,
  Subscriber,
  XPublisher,
  ZmqError,
} from "../../../mod.ts";
import { numbers, texts } from "./messages.ts";

const FRONT = "inproc://front";
const BACK = "inproc://back";

describe("QUEUE", () => {
  it("load-balances requests over services, and each reply finds the client that asked", async () => {
    const context = new Context({ blocky: false });
    const device = queue(FRONT, BACK, { context });
    await device.ready;
    const served: number[] = [];
    for (const name of [0, 1, 2]) {
      const service = new Reply({ context });
      service.connect(BACK);
      served[name] = 0;
      void (async () => {
        for await (const [question] of service) {
          served[name]!++;
          await service.send(`${question}!`);
        }
      })();
    }
    const clients = numbers(10).map((name) => {
      const client = new Request({ context });
      client.connect(FRONT);
      return { name, client };
    });
    await Promise.all(clients.map(async ({ name, client }) => {
      for (let i = 0; i < 30; i++) {
        await client.send(`${name}.${i}`);
        assertEquals(String((await client.receive())[0]), `${name}.${i}!`);
      }
    }));
    assertEquals(served.reduce((a, b) => a + b), 300);
    assert(Math.min(...served) >= 90, `load-balanced, not ${served}`);
    const { front, back } = device.statistics();
    assertEquals([front.peers, back.peers], [10, 3]);
    assertEquals(
      [front, back].map(({ received, sent }) => [received.messages, sent.messages]),
      [[300, 300], [300, 300]],
    );
    assertEquals([front.dropped, back.dropped], [0, 0]);
    await context.close();
    await device.done;
  });

  it("reads no request while no service has room, and goes on when one comes", async () => {
    const context = new Context({ blocky: false });
    const device = queue(
      { bind: FRONT, options: { receiveHighWaterMark: 5 } },
      { bind: BACK, options: { sendHighWaterMark: 5 } },
      { context },
    );
    await device.ready;
    const client = new Dealer({ context, sendHighWaterMark: 5 });
    client.connect(FRONT);
    let sent = 0;
    while (client.trySend(["", `${sent}`])) sent++;
    assertEquals(sent, 10, "the two marks of the first hop");
    assertEquals(device.statistics().front.received.messages, 0);
    const service = new Router({ context });
    service.connect(BACK);
    for (let i = 0; i < sent; i++) {
      const [, , , body] = await service.receive();
      assertEquals(String(body), `${i}`);
    }
    await context.close();
    await device.done;
  });
});

describe("FORWARDER", () => {
  it("carries subscriptions upstream through three hops, and only what somebody wants down", async () => {
    const context = new Context({ blocky: false });
    const hop = (n: number) => `inproc://hop-${n}`;
    const devices = [0, 1, 2].map((n) =>
      forwarder(n === 0 ? hop(0) : { connect: hop(n) }, hop(n + 1), { context })
    );
    await Promise.all(devices.map(({ ready }) => ready));
    const publisher = new XPublisher({ context });
    publisher.connect(hop(0));
    const a = new Subscriber({ context });
    const b = new Subscriber({ context });
    a.connect(hop(3));
    b.connect(hop(3));
    a.subscribe("a");
    assertEquals((await publisher.receive()).map(String), ["\x01a"]);
    b.subscribe("a", "b");
    assertEquals((await publisher.receive()).map(String), ["\x01b"]);
    for (const topic of ["a", "b", "c"]) await publisher.send([topic, "news"]);
    assertEquals(await texts(a, 1), ["a news"]);
    assertEquals(await texts(b, 2), ["a news", "b news"]);
    assertEquals(devices.map((device) => device.statistics().front.received.messages), [2, 2, 2]);
    // The last one who leaves a topic is heard of at the top.
    a.unsubscribe("a");
    b.unsubscribe("a");
    assertEquals((await publisher.receive()).map(String), ["\x00a"]);
    b.close();
    assertEquals((await publisher.receive()).map(String), ["\x00b"]);
    await context.close();
  });
});

describe("STREAMER", () => {
  it("fair-queues pushers, one of which floods", async () => {
    const context = new Context({ blocky: false });
    const device = streamer(FRONT, { bind: BACK, options: { sendHighWaterMark: 10 } }, { context });
    await device.ready;
    const pushers = ["a", "b"].map((name) => ({ name, socket: new Push({ context }) }));
    for (const { name, socket } of pushers) {
      socket.connect(FRONT);
      for (const body of numbers(name === "a" ? 1000 : 20, name)) assert(socket.trySend(body));
    }
    const pull = new Pull({ context, receiveHighWaterMark: 10 });
    pull.connect(BACK);
    const got = await texts(pull, 1020);
    assert(got.indexOf("b19") < 60, `the small one's last message came as number ${got.indexOf("b19")}`);
    for (const [name, count] of [["a", 1000], ["b", 20]] as const) {
      assertEquals(got.filter((text) => text.startsWith(name)), numbers(count, name));
    }
    await context.close();
  });

  it("pushes back from end to end: what it holds stays within the marks, and all of it arrives in order", async () => {
    const context = new Context({ blocky: false });
    const marks = { receiveHighWaterMark: 7, sendHighWaterMark: 7 };
    const device = streamer(
      { bind: FRONT, options: { receiveHighWaterMark: 7 } },
      { bind: BACK, options: { sendHighWaterMark: 7 } },
      { context },
    );
    await device.ready;
    const pull = new Pull({ context, receiveHighWaterMark: 7 });
    pull.connect(BACK);
    const push = new Push({ context, sendHighWaterMark: 7 });
    push.connect(FRONT);
    const sends = numbers(200).map((body) => push.send(body));
    await sends[27];
    const { front, back } = device.statistics();
    assertEquals(front.received.messages, 14, "as many as the back end's two marks");
    assertEquals(front.queued.received, 14, "as many as the front end's two marks");
    assertEquals(back.queued.sent, 14);
    assertEquals(marks.sendHighWaterMark * 4, 28);
    assertEquals(await texts(pull, 200), numbers(200));
    await Promise.all(sends);
    await context.close();
  });
});

describe("A device", () => {
  it("takes turns: a flood from one side does not keep the other waiting", async () => {
    const context = new Context({ blocky: false });
    const [left, right, here, there] = [0, 1, 2, 3].map(() =>
      new Pair({ context, sendHighWaterMark: 0, receiveHighWaterMark: 0 })
    );
    await left!.bind(FRONT);
    await right!.bind(BACK);
    here!.connect(FRONT);
    there!.connect(BACK);
    // The capture sees both directions in the order in which the device took them.
    const capture = new Push({ context, sendHighWaterMark: 0 });
    const seen = new Pull({ context, receiveHighWaterMark: 0 });
    await capture.bind("inproc://seen");
    seen.connect("inproc://seen");
    for (const body of numbers(5000)) assert(here!.trySend(body));
    for (const body of numbers(100, "t")) assert(there!.trySend(body));
    const device = proxy(left!, right!, { capture });
    assertEquals(await texts(here!, 100), numbers(100, "t"));
    assertEquals(await texts(there!, 5000), numbers(5000));
    const last = (await texts(seen, 5100)).indexOf("t99");
    assert(last < 300, `the last one had to wait for ${last - 99} of the flood`);
    await context.close();
    await device.done;
  });

  it("leaves timers their turn, even if its work never ends", async () => {
    const context = new Context({ blocky: false });
    const a = new Pair({ context });
    const b = new Pair({ context });
    await a.bind(FRONT);
    b.connect(FRONT);
    // Two mirrors that face each other.
    const first = proxy(a);
    await b.send("ping");
    const second = proxy(b);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert(first.statistics().front.received.messages > 100);
    await context.close();
    await Promise.all([first.done, second.done]);
  });

  it("reflects one socket on itself", async () => {
    const context = new Context({ blocky: false });
    const router = new Router({ context });
    await router.bind(FRONT);
    const device = proxy(router);
    const dealer = new Dealer({ context });
    dealer.connect(FRONT);
    await dealer.send(["one", "two"]);
    assertEquals((await dealer.receive()).map(String), ["one", "two"]);
    const { front, back } = device.statistics();
    assertEquals([front.received.messages, front.sent.messages], [1, 1]);
    assertEquals(front, back);
    await device.terminate();
    await context.close();
  });

  it("serves REP and REQ in step", async () => {
    const context = new Context({ blocky: false });
    const rep = new Reply({ context });
    const req = new Request({ context });
    await rep.bind(FRONT);
    await req.bind(BACK);
    const device = proxy(rep, req);
    const service = new Reply({ context });
    service.connect(BACK);
    void (async () => {
      for await (const [body] of service) await service.send(`${body}!`);
    })();
    const clients = [0, 1, 2].map(() => new Request({ context }));
    await Promise.all(clients.map(async (client, n) => {
      client.connect(FRONT);
      for (let i = 0; i < 10; i++) {
        await client.send(`${n}.${i}`);
        assertEquals(String((await client.receive())[0]), `${n}.${i}!`);
      }
    }));
    await device.terminate();
    await context.close();
  });

  it("pauses: nothing moves, the marks hold; and goes on where it was", async () => {
    const context = new Context({ blocky: false });
    const device = streamer({ bind: FRONT, options: { receiveHighWaterMark: 5 } }, BACK, { context });
    await device.ready;
    const pull = new Pull({ context });
    pull.connect(BACK);
    const push = new Push({ context, sendHighWaterMark: 5 });
    push.connect(FRONT);
    await push.send("before");
    assertEquals(await texts(pull, 1), ["before"]);
    assertEquals(device.paused, false);
    device.pause();
    assertEquals(device.paused, true);
    let sent = 0;
    while (push.trySend(`${sent}`)) sent++;
    assertEquals(sent, 10);
    await assertRejects(() => pull.receive({ timeout: 10 }), ZmqError);
    assertEquals(device.statistics().front.received.messages, 1);
    device.resume();
    device.resume();
    assertEquals(await texts(pull, 10), numbers(10));
    await context.close();
    await device.done;
    // After its end both are nothing to it.
    device.pause();
    device.resume();
    assertEquals(device.paused, false);
  });

  it("has its sockets to itself: EBUSY for send and receive, the rest still works", async () => {
    const context = new Context({ blocky: false });
    const front = new Router({ context });
    const back = new Dealer({ context });
    const device = proxy(front, back);
    const busy = (body: () => unknown) =>
      assertEquals((assertThrows(body, ZmqError) as ZmqError).code, "EBUSY");
    busy(() => front.receive());
    busy(() => front.tryReceive());
    assertEquals((await assertRejects(() => front.receiveMany(), ZmqError) as ZmqError).code, "EBUSY");
    busy(() => back.send("x"));
    busy(() => back.trySend("x"));
    busy(() => proxy(front, new Dealer({ context })));
    busy(() => proxy(new Router({ context }), back));
    busy(() => queue("inproc://other", back, { context }));
    assertEquals([front.readable, back.writable], [false, false]);
    await front.bind(FRONT);
    back.connect(BACK);
    assertEquals(front.lastEndpoint, FRONT);
    await device.terminate();
    // Now they are their owner's again.
    assertEquals(front.tryReceive(), undefined);
    assertEquals(back.trySend("x"), true);
    await context.close();
  });

  it("refuses a socket for which a call waits, and leaves it alone", async () => {
    const context = new Context({ blocky: false });
    const front = new Pull({ context });
    const back = new Push({ context });
    await front.bind(FRONT);
    const waiting = front.receive();
    assertEquals((assertThrows(() => proxy(front, back), ZmqError) as ZmqError).code, "EBUSY");
    const push = new Push({ context });
    push.connect(FRONT);
    await push.send("for the call");
    assertEquals(String((await waiting)[0]), "for the call");
    assertEquals(back.trySend("nobody is there, but it may be tried"), false);
    await context.close();
  });

  it("refuses closed sockets with EBADF", async () => {
    const context = new Context({ blocky: false });
    const front = new Pull({ context });
    front.close();
    const back = new Push({ context });
    assertEquals((assertThrows(() => proxy(front, back), ZmqError) as ZmqError).code, "EBADF");
    assertEquals(back.trySend("x"), false);
    await context.close();
  });

  it("drops what a mandatory ROUTER has no peer for, and waits for a peer without room", async () => {
    const context = new Context({ blocky: false });
    const pair = new Pair({ context });
    const router = new Router({ context, mandatory: true, sendHighWaterMark: 1 });
    await pair.bind(FRONT);
    await router.bind(BACK);
    const device = proxy(pair, router);
    const source = new Pair({ context, sendHighWaterMark: 0 });
    source.connect(FRONT);
    const peer = new Dealer({ context, routingId: "known", receiveHighWaterMark: 1 });
    peer.connect(BACK);
    await source.send(["unknown", "lost"]);
    for (const body of numbers(10)) await source.send(["known", body]);
    assertEquals(await texts(peer, 10), numbers(10));
    const { front, back } = device.statistics();
    assertEquals([front.received.messages, back.sent.messages, back.dropped], [11, 10, 1]);
    await context.close();
  });
});
