/** inproc between threads keeps what inproc promises: by both ways of carrying, in both orders of bind and connect. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  Dish,
  Pair,
  Pull,
  Push,
  Request,
  Router,
  Subscriber,
  XPublisher,
  type ZmqError,
} from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { Thread } from "./threads.ts";

const NAME = "inproc://border";

for (const shared of [true, false]) {
  describe(`inproc between threads, ${shared ? "by shared memory" : "by buffers that change hands"}`, () => {
    /** Runs with a Worker and a context of its own. */
    function itHas(name: string, body: (thread: Thread, context: Context) => Promise<void>): void {
      it(name, async () => {
        const context = new Context({ blocky: false });
        const thread = await Thread.start({ shared, to: context });
        try {
          await body(thread, context);
          assertEquals(thread.strange, []);
        } finally {
          await context.close();
          await thread.end();
        }
      });
    }

    for (const first of ["here", "there"]) {
      for (const order of ["bind", "connect"]) {
        itHas(`PAIR: SHALL exchange messages (bound ${first}, ${order} first)`, async (thread, context) => {
          const here = new Pair({ context });
          const there = await thread.make("Pair");
          const [binder, connector] = first === "here" ? [here, there] : [there, here];
          if (order === "bind") await binder.bind(NAME);
          await connector.connect(NAME);
          if (order === "connect") await binder.bind(NAME);
          await here.send(["from", "here", ""]);
          assertEquals(await there.receive(), ["from", "here", ""]);
          await there.send(["from there"]);
          assertFrames(await here.receive(), ["from there"]);
        });
      }
    }

    itHas("statistics count messages and octets both ways, and keep the peak", async (thread, context) => {
      const here = new Pair({ context });
      const there = await thread.make("Pair");
      await here.bind(NAME);
      await there.connect(NAME);
      for (let n = 0; n < 5; n++) await there.send(["hello", "you"]);
      for (let n = 0; n < 5; n++) assertFrames(await here.receive(), ["hello", "you"]);
      for (let n = 0; n < 7; n++) await here.send("hi");
      for (let n = 0; n < 7; n++) assertEquals(await there.receive(), ["hi"]);
      const { messagesReceived, partsReceived, bytesReceived, bytesSent, queuedOutPeak } = here.statistics();
      assertEquals([messagesReceived, partsReceived, bytesReceived], [5, 10, 40]);
      assertEquals(bytesSent, 14);
      assert(queuedOutPeak > 0 && queuedOutPeak <= 7, `${queuedOutPeak}`);
    });

    for (const order of ["bind", "connect"]) {
      itHas(
        `ROUTER and DEALER greet first, and a peer's coming and going is told (${order} first)`,
        async (thread, context) => {
          const router = new Router({ context, helloMessage: "ours", disconnectMessage: "gone", notify: 3 });
          const other = order === "bind" ? thread : await Thread.start({ shared, to: context });
          const dealer = await other.make("Dealer", { routingId: "d", helloMessage: "theirs" });
          if (order === "bind") await router.bind(NAME);
          await dealer.connect(NAME);
          await dealer.send("queued");
          if (order === "connect") await router.bind(NAME);
          for (const each of ["", "theirs", "queued"]) assertFrames(await router.receive(), ["d", each]);
          assertEquals(await dealer.receive(), ["ours"]);
          if (order === "bind") await dealer.call("close");
          else await other.end();
          for (const each of ["", "gone"]) assertFrames(await router.receive(), ["d", each]);
        },
      );
    }

    itHas(
      "PUSH and PULL: 100 000 messages SHALL arrive in order, both ways at once",
      async (thread, context) => {
        const COUNT = 100_000;
        const pull = new Pull({ context }), push = new Push({ context });
        const farPush = await thread.make("Push"), farPull = await thread.make("Pull");
        await pull.bind(NAME);
        await farPull.bind("inproc://back");
        await farPush.connect(NAME);
        push.connect("inproc://back");
        const sent = farPush.call("sendNumbers", COUNT);
        const received = farPull.call("receiveNumbers", COUNT);
        const sending = (async () => {
          for (let i = 0; i < COUNT; i++) await push.send(["number", String(i)]);
        })();
        for (let i = 0; i < COUNT; i++) {
          const message = await pull.receive();
          if (message.length !== 2 || String(message[1]) !== String(i)) {
            assertFrames(message, ["number", String(i)]);
          }
        }
        await Promise.all([sent, sending]);
        assertEquals(await received, COUNT);
      },
    );

    itHas(
      "a name belongs to one thread at a time: EADDRINUSE in all others (zmq_bind)",
      async (thread, context) => {
        const other = await Thread.start({ shared, to: context });
        const here = new Pull({ context });
        const there = await thread.make("Pull"), elsewhere = await other.make("Pull");
        await here.bind(NAME);
        assertEquals((await assertRejects(() => there.bind(NAME)) as ZmqError).code, "EADDRINUSE");
        await here.unbind(NAME);
        await there.bind(NAME);
        assertEquals(
          (await assertRejects(() => here.bind(NAME)) as ZmqError).code,
          "EADDRINUSE",
        );
        let code: unknown;
        try {
          here.bindSync(NAME);
        } catch (error) {
          ({ code } = error as ZmqError);
        }
        assertEquals(code, "EADDRINUSE");
        assertEquals((await assertRejects(() => elsewhere.bind(NAME)) as ZmqError).code, "EADDRINUSE");
        assertEquals(
          (await assertRejects(() => elsewhere.call("bindSync", "inproc://any")) as ZmqError).code,
          "ENOTSUP",
        );
        await there.call("unbind", NAME);
        await elsewhere.bind(NAME);
        await other.end();
        // The name of a thread that has ended is free, as soon as that was noticed.
        for (;;) {
          try {
            await here.bind(NAME);
            break;
          } catch (error) {
            assertEquals((error as ZmqError).code, "EADDRINUSE");
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      },
    );

    itHas("two Workers SHALL reach each other, whoever comes first", async (thread, context) => {
      const other = await Thread.start({ shared, to: context });
      const ask = await thread.make("Request"), answer = await other.make("Reply");
      await ask.connect(NAME);
      await ask.send("who is there?");
      await answer.bind(NAME);
      assertEquals(await answer.receive(), ["who is there?"]);
      await answer.send("a sibling");
      assertEquals(await ask.receive(), ["a sibling"]);
      await other.end();
    });

    for (
      const [send, receive, expected] of [[10, 5, 15], [1, 1, 2], [1000, 1000, 2000], [0, 5, 5000]] as const
    ) {
      itHas(
        `SHALL take ZMQ_SNDHWM ${send} and ZMQ_RCVHWM ${receive} together, and more when they were read`,
        async (thread, context) => {
          const push = new Push({ context, sendHighWaterMark: send, linger: 0 });
          const pull = await thread.make("Pull", { receiveHighWaterMark: receive });
          await pull.bind(NAME);
          push.connect(NAME);
          await push.send("first");
          assertEquals(await pull.receive(), ["first"]);
          // What was taken is told behind; the count is exact when it was.
          const half = (send + receive) >> 1;
          while (fill(push, 1) === 0) await turn();
          assertEquals(await pull.receive(), ["0"]);
          await turn();
          const sent = fill(push, 5000);
          assert(sent <= expected && sent >= Math.min(expected, 5000) - 2, `${sent} of ${expected}`);
          if (send === 0) return;
          for (let i = 0; i < sent; i++) assertEquals(await pull.receive(), [String(i)]);
          // A sender that waits goes on when half of it is free, at the latest.
          await push.send("more");
          assertEquals(await pull.receive(), ["more"]);
          assert(half >= 1);
        },
      );
    }

    itHas("SHALL hold to both marks for a sender in a Worker as well", async (thread, context) => {
      const pull = new Pull({ context, receiveHighWaterMark: 7 });
      const push = await thread.make("Push", { sendHighWaterMark: 6 });
      await pull.bind(NAME);
      await push.connect(NAME);
      await push.send("joined");
      assertFrames(await pull.receive(), ["joined"]);
      const waiting = push.call("sendNumbers", 200);
      for (let i = 0; i < 200; i++) assertFrames(await pull.receive(), ["number", String(i)]);
      await waiting;
      // What was taken is told behind, and in steps of half, as in libzmq: how many fit depends on what was told.
      for (let round = 0; round < 2; round++) {
        let sent = 0;
        while (sent === 0) {
          sent = await push.call("fill", 100) as number;
          await turn();
        }
        assert(sent <= 13, `${sent}`);
        for (let i = 0; i < sent; i++) assertFrames(await pull.receive(), [String(i)]);
      }
    });

    itHas("a multipart message SHALL be atomic, with parts of any size", async (thread, context) => {
      const push = new Push({ context });
      const pull = await thread.make("Pull");
      await pull.bind(NAME);
      push.connect(NAME);
      for (const length of [0, 1, 128, 129, 255, 256, 16_384, 16_385, 70_000, 1_500_000]) {
        await push.send(["a", "b".repeat(length), "", "c"]);
        assertEquals(await pull.receive(), ["a", "b".repeat(length), "", "c"]);
      }
    });

    itHas(
      "memory that is given away SHALL change hands without a copy, in its place",
      async (thread, context) => {
        const pull = new Pull({ context });
        const push = await thread.make("Push");
        await pull.bind(NAME);
        await push.connect(NAME);
        await push.send("before");
        // Received, so connected: until then nobody knows where the memory will go.
        assertFrames(await pull.receive(), ["before"]);
        assertEquals(await push.call("give", 1_000_000), 0);
        await push.send("between");
        assertEquals(await push.call("give", 100), 100);
        await push.send("after");
        const large = await pull.receive();
        assertEquals(large.map(({ length }) => length), [4, 1_000_000, 4]);
        assertEquals(large[1]!.every((octet) => octet === 7), true);
        assertFrames(await pull.receive(), ["between"]);
        assertFrames(await pull.receive(), ["head", new Uint8Array(100).fill(7), "tail"]);
        assertFrames(await pull.receive(), ["after"]);
      },
    );

    itHas("REQ and REP, DEALER and ROUTER SHALL keep their ids and envelopes", async (thread, context) => {
      const router = new Router({ context });
      await router.bind(NAME);
      const dealer = await thread.make("Dealer", { routingId: "dealer" });
      await dealer.connect(NAME);
      await dealer.send(["", "hello"]);
      assertFrames(await router.receive(), ["dealer", "", "hello"]);
      await router.send(["dealer", "", "you too"]);
      assertEquals(await dealer.receive(), ["", "you too"]);
      const reply = await thread.make("Reply");
      await reply.bind("inproc://reply");
      void reply.call("echo");
      const request = new Request({ context });
      request.connect("inproc://reply");
      for (let i = 0; i < 100; i++) {
        await request.send(["question", String(i)]);
        assertFrames(await request.receive(), ["question", String(i)]);
      }
    });

    itHas("SUB SHALL get what it subscribed to, and XPUB hear of it", async (thread, context) => {
      const xpub = new XPublisher({ context });
      await xpub.bind(NAME);
      const sub = await thread.make("Subscriber");
      await sub.connect(NAME);
      await sub.call("subscribe", "a", "b");
      const heard = [String((await xpub.receive())[0]), String((await xpub.receive())[0])];
      assertEquals(heard.sort(), ["\x01a", "\x01b"]);
      await xpub.send(["c", "no"]);
      await xpub.send(["a", "yes"]);
      assertEquals(await sub.receive(), ["a", "yes"]);
      await sub.call("unsubscribe", "a");
      assertFrames(await xpub.receive(), ["\x00a"]);
      await xpub.send(["a", "no more"]);
      await xpub.send(["b", "still"]);
      assertEquals(await sub.receive(), ["b", "still"]);
      const pub = await thread.make("Publisher");
      await pub.bind("inproc://there");
      const near = new Subscriber({ context });
      near.subscribe("t");
      near.connect("inproc://there");
      const first = near.receive();
      for (let got = false; !got;) {
        await pub.send(["t", "news"]);
        got = await Promise.race([first.then(() => true), turn().then(() => false)]);
      }
    });

    itHas("RADIO SHALL hear of groups joined", async (thread, context) => {
      const radio = await thread.make("Radio");
      await radio.bind(NAME);
      const dish = new Dish({ context });
      dish.join("g");
      dish.connect(NAME);
      const first = dish.receive();
      for (let got = false; !got;) {
        await radio.send("news", { group: "g" });
        got = await Promise.race([first.then(() => true), turn().then(() => false)]);
      }
      assertEquals((await first)[1].group.toString(), "g");
    });

    itHas(
      "a second peer of a PAIR, and a type that does not fit, SHALL be refused",
      async (thread, context) => {
        const pair = new Pair({ context });
        await pair.bind(NAME);
        const one = await thread.make("Pair"),
          two = await thread.make("Pair"),
          push = await thread.make("Push");
        await one.connect(NAME);
        await one.send("one");
        assertFrames(await pair.receive(), ["one"]);
        await two.connect(NAME);
        await push.connect(NAME);
        // What is sent before the refusal has come waits for a peer, as with any name that is not bound.
        for (let code: unknown; code !== "EAGAIN";) {
          await push.send("x", { timeout: 5 }).catch((error) => ({ code } = error as ZmqError));
        }
        await pair.send("for one");
        assertEquals(await one.receive(), ["for one"]);
      },
    );

    itHas("ZMQ_CONFLATE SHALL keep only the newest message", async (thread, context) => {
      const pull = new Pull({ context, conflate: true });
      await pull.bind(NAME);
      const push = await thread.make("Push");
      await push.connect(NAME);
      await push.call("sendNumbers", 500);
      await push.send("last");
      // The one that waits is the last as soon as that has come; what came before it is never seen after it.
      let last: string;
      do last = String((await pull.receive())[0]); while (last !== "last");
      assertEquals(pull.tryReceive(), undefined);
    });

    itHas(
      "what was sent before close SHALL arrive within linger, and be read after it",
      async (thread, context) => {
        const pull = await thread.make("Pull");
        await pull.bind(NAME);
        const push = new Push({ context, linger: 5000, sendHighWaterMark: 0 });
        push.connect(NAME);
        // More than a ring holds, so that closing has to wait for the reader.
        const text = "x".repeat(10_000);
        for (let i = 0; i < 200; i++) await push.send([text, String(i)]);
        push.close();
        for (let i = 0; i < 200; i++) assertEquals((await pull.receive() as string[])[1], String(i));
        await pull.call("unbind", NAME);
      },
    );

    itHas(
      "a peer that closes in order SHALL raise no event, and the name can be connected to again",
      async (thread, context) => {
        const pull = new Pull({ context });
        const events: string[] = [];
        pull.events.on("disconnect", ({ type }) => events.push(type));
        await pull.bind(NAME);
        for (let round = 0; round < 3; round++) {
          const push = await thread.make("Push");
          await push.connect(NAME);
          await push.send(`round ${round}`);
          assertFrames(await pull.receive(), [`round ${round}`]);
          await push.call("close");
        }
        assertEquals(events, []);
      },
    );
  });
}

function fill(socket: Push, most: number): number {
  let sent = 0;
  while (sent < most && socket.trySend(String(sent))) sent++;
  return sent;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
