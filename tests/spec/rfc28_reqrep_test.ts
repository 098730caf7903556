/** 28/REQREP, one test for each SHALL, over inproc. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Dealer, Reply, Request, Router } from "../../mod.ts";
import type { Socket } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { codeOf, withContext } from "../support/contexts.ts";

const NAME = "inproc://rfc28";

/** Sockets connected to one that is bound. */
async function around<S extends Socket, C extends Socket>(hub: S, ...others: C[]): Promise<C[]> {
  await hub.bind(NAME);
  for (const other of others) other.connect(NAME);
  return others;
}

describe("RFC 28, REQ", () => {
  it("SHALL create outgoing messages with an empty delimiter frame before the request (RR-1, LT-230)", () =>
    withContext(async (context) => {
      const router = new Router({ context });
      const request = new Request({ context, routingId: "r" });
      await around(router, request);
      await request.send(["ABC", "DEF"]);
      assertFrames(await router.receive(), ["r", "", "ABC", "DEF"]);
      await router.send(["r", "", "GHI"]);
      assertFrames(await request.receive(), ["GHI"]);
    }));

  it("SHALL route outgoing messages to connected peers using a round-robin strategy (RR-2, LT-228)", () =>
    withContext(async (context) => {
      const request = new Request({ context });
      const replies = await around(request, ...Array.from({ length: 5 }, () => new Reply({ context })));
      for (let round = 0; round < 2; round++) {
        for (const reply of replies) {
          await request.send("ABC");
          assertFrames(await reply.receive({ timeout: 1000 }), ["ABC"]);
          await reply.send("DEF");
          assertFrames(await request.receive(), ["DEF"]);
        }
      }
    }));

  it("SHALL block on sending, or return an error, when it has no connected peers (RR-2)", () =>
    withContext(async (context) => {
      const request = new Request({ context });
      assertEquals(await codeOf(request.send("x", { timeout: 0 })), "EAGAIN");
      assertEquals(await codeOf(request.send("x", { timeout: 3 })), "EAGAIN");
    }));

  it("SHALL accept an incoming message only from the last peer that it sent a request to, and discard others (RR-3)", () =>
    withContext(async (context) => {
      const request = new Request({ context, routingId: "r" });
      const [first, second] = await around(request, new Router({ context }), new Router({ context }));
      await request.send("question");
      assertFrames(await first!.receive(), ["r", "", "question"]);
      await second!.send(["r", "", "wrong"]);
      await first!.send(["r", "", "right"]);
      assertFrames(await request.receive(), ["right"]);
      assertEquals(request.dropped.unexpected, 1);
    }));

  it("SHALL send one request and then receive one reply (RR-4)", () =>
    withContext(async (context) => {
      const request = new Request({ context });
      await around(new Reply({ context }), request);
      assertEquals(await codeOf(request.receive({ timeout: 0 })), "EFSM");
      await request.send("1");
      assertEquals(await codeOf(request.send("2", { timeout: 0 })), "EFSM");
    }));
});

describe("RFC 28, REP", () => {
  it("SHALL receive incoming messages from its peers using a fair-queuing strategy (RR-6)", () =>
    withContext(async (context) => {
      const reply = new Reply({ context });
      const dealers = await around(reply, ...Array.from({ length: 3 }, () => new Dealer({ context })));
      for (let i = 0; i < 3; i++) {
        for (const [d, dealer] of dealers.entries()) await dealer.send(["", `${d}`]);
      }
      const order: string[] = [];
      for (let i = 0; i < 9; i++) {
        order.push(String((await reply.receive())[0]));
        await reply.send("ok");
      }
      for (const d of ["0", "1", "2"]) assert(order.slice(0, 4).includes(d), order.join());
      assertEquals(order.sort(), ["0", "0", "0", "1", "1", "1", "2", "2", "2"]);
    }));

  it("SHALL remove and store the address envelope with the delimiter, and pass the rest to its caller (RR-5)", () =>
    withContext(async (context) => {
      const reply = new Reply({ context });
      const dealer = new Dealer({ context });
      await around(reply, dealer);
      await dealer.send(["X", "Y", "", "A", "", "B"]);
      assertFrames(await reply.receive(), ["A", "", "B"]);
      await reply.send(["R1", "R2"]);
      assertFrames(await dealer.receive(), ["X", "Y", "", "R1", "R2"]);
    }));

  it("SHALL discard a message without a delimiter (RR-7)", () =>
    withContext(async (context) => {
      const reply = new Reply({ context });
      const dealer = new Dealer({ context });
      await around(reply, dealer);
      await dealer.send(["no", "delimiter"]);
      await dealer.send(["", "good"]);
      assertFrames(await reply.receive(), ["good"]);
    }));

  it("SHALL deliver the reply to the peer that sent the request (RR-6)", () =>
    withContext(async (context) => {
      const reply = new Reply({ context });
      const requests = await around(reply, ...Array.from({ length: 4 }, () => new Request({ context })));
      for (const [i, request] of requests.entries()) await request.send(`${i}`);
      for (let i = 0; i < 4; i++) await reply.send(await reply.receive());
      for (const [i, request] of requests.entries()) assertFrames(await request.receive(), [`${i}`]);
    }));

  it("SHALL silently discard the reply if the peer is no longer connected (RR-6)", () =>
    withContext(async (context) => {
      const reply = new Reply({ context });
      const [gone, stays] = await around(reply, new Request({ context }), new Request({ context }));
      await gone!.send("x");
      await reply.receive();
      await gone![Symbol.asyncDispose]();
      await reply.send("to nobody", { timeout: 0 });
      await stays!.send("y");
      assertFrames(await reply.receive(), ["y"]);
    }));

  it("SHALL NOT block on sending (RR-6)", () =>
    withContext(async (context) => {
      const reply = new Reply({ context, sendHighWaterMark: 1 });
      const dealer = new Dealer({ context, receiveHighWaterMark: 1 });
      await around(reply, dealer);
      for (let i = 0; i < 20; i++) {
        await dealer.send(["", `${i}`]);
        await reply.receive();
        await reply.send("never read", { timeout: 0 });
      }
      assertEquals(reply.dropped.full, 18);
    }));
});

describe("RFC 28, DEALER", () => {
  it("SHALL route outgoing messages to available peers using a round-robin strategy (RR-8, LT-217)", () =>
    withContext(async (context) => {
      const dealer = new Dealer({ context });
      const replies = await around(dealer, ...Array.from({ length: 5 }, () => new Reply({ context })));
      for (let i = 0; i < 5; i++) await dealer.send(["", "ABC"]);
      for (const reply of replies) assertFrames(await reply.receive({ timeout: 1000 }), ["ABC"]);
    }));

  it("SHALL receive incoming messages from its peers using a fair-queuing strategy (RR-8, LT-219)", () =>
    withContext(async (context) => {
      const hub = new Dealer({ context });
      const others = await around(hub, ...Array.from({ length: 5 }, () => new Dealer({ context })));
      for (let i = 0; i < 2; i++) for (const [n, other] of others.entries()) await other.send(`${n}`);
      const first = new Set<string>();
      for (let i = 0; i < 5; i++) first.add(String((await hub.receive())[0]));
      assertEquals(first.size, 5);
    }));

  it("SHALL deliver messages to its peers unmodified, and to its caller too", () =>
    withContext(async (context) => {
      const [a, b] = [new Dealer({ context }), new Dealer({ context })];
      await around(a, b);
      await a.send(["", "x", ""]);
      assertFrames(await b.receive(), ["", "x", ""]);
    }));

  it("SHALL NOT accept further messages when it has no available peers, and SHALL NOT discard any (RR-8, RR-13)", () =>
    withContext(async (context) => {
      const dealer = new Dealer({ context, sendHighWaterMark: 2 });
      assertEquals(await codeOf(dealer.send("x", { timeout: 0 })), "EAGAIN");
      const other = new Dealer({ context, receiveHighWaterMark: 2 });
      await around(other, dealer);
      let sent = 0;
      while (dealer.trySend(`${sent}`)) sent++;
      assertEquals(sent, 4);
      for (let i = 0; i < sent; i++) assertFrames(await other.receive(), [`${i}`]);
    }));

  it("SHALL NOT block on receiving from one peer because another has nothing", () =>
    withContext(async (context) => {
      const hub = new Dealer({ context });
      const [, busy] = await around(hub, new Dealer({ context }), new Dealer({ context }));
      await busy!.send("x");
      assertFrames(await hub.receive(), ["x"]);
    }));
});

describe("RFC 28, ROUTER", () => {
  it("SHALL identify each queue using a unique routing id, also when peers choose none (RR-9)", () =>
    withContext(async (context) => {
      const router = new Router({ context });
      const dealers = await around(router, ...Array.from({ length: 5 }, () => new Dealer({ context })));
      for (const dealer of dealers) await dealer.send("x");
      const ids = new Set<string>();
      for (let i = 0; i < 5; i++) ids.add((await router.receive())[0].toString("hex"));
      assertEquals(ids.size, 5);
    }));

  it("SHALL prepend the routing id to incoming messages, and route outgoing ones by it (RR-9)", () =>
    withContext(async (context) => {
      const router = new Router({ context });
      const [a, b] = await around(
        router,
        new Dealer({ context, routingId: "a" }),
        new Dealer({ context, routingId: "b" }),
      );
      await router.send(["b", "to b"]);
      await router.send(["a", "to a", ""]);
      assertFrames(await a!.receive(), ["to a", ""]);
      assertFrames(await b!.receive(), ["to b"]);
      await b!.send(["from", "b"]);
      assertFrames(await router.receive(), ["b", "from", "b"]);
    }));

  it("SHALL receive incoming messages from its peers using a fair-queuing strategy (RR-9, LT-235)", () =>
    withContext(async (context) => {
      const router = new Router({ context });
      const dealers = await around(
        router,
        ...Array.from({ length: 5 }, (_, i) => new Dealer({ context, routingId: `d${i}` })),
      );
      for (let i = 0; i < 2; i++) for (const dealer of dealers) await dealer.send("x");
      const first = new Set<string>();
      for (let i = 0; i < 5; i++) first.add(String((await router.receive())[0]));
      assertEquals(first.size, 5);
    }));

  it("SHALL silently discard messages that can't be routed; mandatory reports them (RR-10)", () =>
    withContext(async (context) => {
      const router = new Router({ context });
      await around(router, new Dealer({ context }));
      await router.send(["nobody", "x"]);
      assertEquals(router.dropped.unroutable, 1);
      router.mandatory = true;
      assertEquals(await codeOf(router.send(["nobody", "x"])), "EHOSTUNREACH");
    }));

  it("SHALL discard messages to a peer whose queue is full, without blocking (RR-10)", () =>
    withContext(async (context) => {
      const router = new Router({ context, sendHighWaterMark: 1 });
      const dealer = new Dealer({ context, routingId: "d", receiveHighWaterMark: 1 });
      await around(router, dealer);
      for (let i = 0; i < 10; i++) await router.send(["d", `${i}`], { timeout: 0 });
      assertEquals(router.dropped.full, 8);
    }));

  it("SHALL remove the queue of a peer that has disconnected and discard what it holds (RR-12)", () =>
    withContext(async (context) => {
      const router = new Router({ context, mandatory: true });
      const [first] = await around(router, new Dealer({ context, routingId: "d" }), new Dealer({ context }));
      await router.send(["d", "old"]);
      await first![Symbol.asyncDispose]();
      assertEquals(await codeOf(router.send(["d", "x"])), "EHOSTUNREACH");
      const again = new Dealer({ context, routingId: "d" });
      again.connect(NAME);
      await router.send(["d", "new"]);
      assertFrames(await again.receive(), ["new"]);
    }));
});
