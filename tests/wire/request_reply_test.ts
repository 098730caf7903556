/**
 * The REQ-REP family on the wire (28/REQREP): envelopes, who may answer whom, malformed requests and replies, routing
 * ids. Names begin with the rows of the conformance list (RR) and of the catalogue of attacks (X, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assertEquals, assertNotEquals } from "@std/assert";
import { elapse, type Scope, strictTest, test, texts, until, within } from "../interop/scope.ts";
import { type AnySocket, isOurs } from "../interop/subject.ts";
import { message, property, RawListener, RawPeer, target, text } from "./raw.ts";

describe("request and reply", () => {
  test("RR-1 REQ puts an empty delimiter before the request and takes one reply", async (scope) => {
    const { req, rep } = await asking(scope);
    await req.send(["question", "part 2"]);
    assertEquals(await rep.message(), ["", "question", "part 2"]);
    rep.send(message("", "answer", "part 2"));
    assertEquals(texts(await req.receive()), ["answer", "part 2"]);
  });

  test("RR-1 REQ discards a second and a late reply (X-76)", async (scope) => {
    const { req, rep } = await asking(scope);
    await req.send("first");
    assertEquals(await rep.message(), ["", "first"]);
    rep.send(message("", "answer 1"), message("", "answer 1 again"));
    assertEquals(texts(await req.receive()), ["answer 1"]);
    await req.send("second");
    assertEquals(await rep.message(), ["", "second"]);
    rep.send(message("", "answer 2"));
    assertEquals(texts(await req.receive()), ["answer 2"]);
  });

  test("RR-3 REQ takes a reply only from the peer it asked", async (scope) => {
    const { socket: req } = await target(scope, "Request");
    const peers = [await RawPeer.dial(scope, req), await RawPeer.dial(scope, req)];
    for (const peer of peers) await peer.handshake("REP");
    await req.send("question");
    await until("the request is there", () => peers.some((peer) => peer.pending > 0));
    const [asked, other] = peers[0]!.pending > 0 ? [peers[0]!, peers[1]!] : [peers[1]!, peers[0]!];
    assertEquals(await asked.message(), ["", "question"]);
    other.send(message("", "from the wrong one"));
    asked.send(message("", "from the right one"));
    assertEquals(texts(await patientReceive(req)), ["from the right one"]);
  });

  // libzmq forgets whom it asked, and takes the next message of anybody.
  strictTest(
    "a REQ whose server has gone takes nobody else's message for the reply (RFC 28)",
    async (scope) => {
      const { socket: req, watch } = await target(scope, "Request");
      const server = await RawPeer.dial(scope, req);
      await server.handshake("REP");
      await req.send("question");
      assertEquals(await server.message(), ["", "question"]);
      server.end();
      await watch.next("disconnect");
      const other = await RawPeer.dial(scope, req);
      await other.handshake("REP");
      other.send(message("", "asked by nobody"));
      const dropped = () => (req as unknown as { dropped: { unexpected: number } }).dropped.unexpected;
      await until("it is dropped, and counted", () => dropped() === 1);
      assertEquals(req.readable, false);
    },
  );

  for (const bad of [["x"], ["x", "y"]]) {
    strictTest(
      `RR-3 the malformed reply ${JSON.stringify(bad)} is never delivered, and the next peer serves (X-75)`,
      async (scope) => {
        const { listener, req, rep } = await asking(scope, { relaxed: true, correlate: false });
        await req.send("question");
        assertEquals(await rep.message(), ["", "question"]);
        rep.send(message(...bad));
        await rep.closed();
        const next = await listener.accept();
        await next.handshake("REP");
        await req.send("again");
        assertEquals((await next.message()).at(-1), "again");
        next.send(message("", "answer"));
        assertEquals(texts(await within(req.receive(), 5000, "the answer")), ["answer"]);
      },
    );
  }

  test("RR-4 REQ_CORRELATE puts a number of four octets before the delimiter and drops what lacks it", async (scope) => {
    const { req, rep } = await asking(scope, { correlate: true, relaxed: true });
    await req.send("one");
    const first = await rep.message();
    assertEquals([first.length, first[0]!.length, first[1], first[2]], [3, 4, "", "one"]);
    await req.send("two");
    const second = await rep.message();
    assertEquals(second.slice(1), ["", "two"]);
    assertNotEquals(first[0], second[0]);
    rep.send(message(first[0]!, "", "late"), message(second[0]!, "", "right"));
    assertEquals(texts(await patientReceive(req)), ["right"]);
  });

  test("RR-5 REP keeps envelopes of 0, 1, 2 and 50 hops and puts them back (X-77)", async (scope) => {
    const { socket: rep } = await target(scope, "Reply");
    const raw = await RawPeer.dial(scope, rep);
    await raw.handshake("DEALER");
    for (const hops of [0, 1, 2, 50]) {
      const envelope = Array.from({ length: hops }, (_, index) => `hop ${index}`);
      raw.send(message(...envelope, "", "question", "", "part 3"));
      assertEquals(texts(await rep.receive()), ["question", "", "part 3"]);
      await rep.send(["answer"]);
      assertEquals(await raw.message(), [...envelope, "", "answer"]);
    }
  });

  test("RR-6 REP drops the reply for an asker that is gone and serves the next (F-43)", async (scope) => {
    const { socket: rep, watch } = await target(scope, "Reply");
    for (let round = 0; round < 5; round++) {
      const raw = await RawPeer.dial(scope, rep);
      await raw.handshake("REQ");
      raw.send(message("", "question"));
      assertEquals(texts(await rep.receive()), ["question"]);
      raw.reset();
      await watch.next("disconnect");
      await within(rep.send("to nobody"), 2000, "REP's send(), which never blocks");
    }
    const good = await RawPeer.dial(scope, rep);
    await good.handshake("REQ");
    good.send(message("", "question"));
    assertEquals(texts(await rep.receive()), ["question"]);
    await rep.send("answer");
    assertEquals(await good.message(), ["", "answer"]);
  });

  test("RR-7 requests without delimiter or body are discarded, and the connection goes on (H-06, X-74)", async (scope) => {
    const { socket: rep } = await target(scope, "Reply");
    const raw = await RawPeer.dial(scope, rep);
    await raw.handshake("DEALER");
    // A request that ends with its delimiter is discarded by us as the RFC has it; libzmq delivers an empty one.
    const bad = [["x"], ["a", "b"], ...(isOurs ? [["hop", ""], [""]] : [])];
    raw.send(...bad.map((parts) => message(...parts)), message("", "good"));
    assertEquals(texts(await within(rep.receive(), 5000, "the good request")), ["good"]);
    await rep.send("answer");
    assertEquals(await raw.message(), ["", "answer"]);
  });

  test("RR-9 ROUTER gives anonymous peers ids of five octets that begin with zero, all different", async (scope) => {
    const { socket: router } = await target(scope, "Router");
    const peers = await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const raw = await RawPeer.dial(scope, router);
      await raw.handshake("DEALER");
      raw.send(message(`${index}`));
      return raw;
    }));
    const ids = new Set<string>();
    for (let count = 0; count < peers.length; count++) {
      const [id, body] = await router.receive();
      assertEquals([id!.length, id![0]], [5, 0]);
      ids.add(text(id!));
      await router.send([id!, `re ${text(body!)}`]);
    }
    assertEquals(ids.size, peers.length);
    for (const [index, peer] of peers.entries()) assertEquals(await peer.message(), [`re ${index}`]);
  });

  test("RR-10 ROUTER drops what it cannot route", async (scope) => {
    const { socket: router } = await target(scope, "Router");
    const raw = await RawPeer.dial(scope, router);
    await raw.handshake("DEALER", property("Identity", "known"));
    raw.send(message("hello"));
    await router.receive();
    await within(router.send(["unknown", "x"]), 2000, "ROUTER's send(), which never blocks");
    await router.send(["known"]); // Nothing after the id: dropped.
    await router.send(["known", "routed"]);
    assertEquals((await raw.message()).at(-1), "routed");
  });

  test("RR-10 a mandatory ROUTER answers EHOSTUNREACH", async (scope) => {
    const { socket: router } = await target(scope, "Router", { mandatory: true, sendTimeout: 0 });
    const error = await router.send(["unknown", "x"]).catch((error) => error);
    assertEquals([error?.code, error?.message], ["EHOSTUNREACH", "Host unreachable"]);
  });

  strictTest(
    "RR-11 a second peer of the same name is closed, and the first goes on (H-09, X-70, V-11)",
    async (scope) => {
      const { socket: router, watch } = await target(scope, "Router");
      const first = await named(scope, router, "twin");
      await watch.next("handshake");
      const second = await RawPeer.dial(scope, router);
      await second.handshake("DEALER", property("Identity", "twin"));
      second.send(message("by the second"));
      await second.closed();
      await watch.next(["disconnect", "handshake:error:protocol"]);
      first.send(message("by the first"));
      assertEquals(texts(await router.receive()), ["twin", "by the first"]);
      await router.send(["twin", "to the first"]);
      assertEquals(await first.message(), ["to the first"]);
    },
  );

  strictTest(
    "RR-11 with handover the second takes the name, and the first is closed (H-09)",
    async (scope) => {
      const { socket: router, watch } = await target(scope, "Router", { handover: true });
      const first = await named(scope, router, "twin");
      await watch.next("handshake");
      const second = await named(scope, router, "twin");
      await first.closed();
      second.send(message("by the second"));
      assertEquals(texts(await router.receive()), ["twin", "by the second"]);
      await router.send(["twin", "to the second"]);
      assertEquals(await second.message(), ["to the second"]);
    },
  );

  test("a name is free again when its peer is gone (X-72, F-36)", async (scope) => {
    const { socket: router, watch } = await target(scope, "Router");
    for (let life = 0; life < 10; life++) {
      const raw = await named(scope, router, "phoenix");
      await watch.next("handshake");
      raw.send(message(`life ${life}`));
      assertEquals(texts(await router.receive()), ["phoenix", `life ${life}`]);
      await router.send(["phoenix", `re ${life}`]);
      assertEquals(await raw.message(), [`re ${life}`]);
      raw.reset();
      await watch.next("disconnect");
      // libzmq's ROUTER forgets the peer only when it is asked for something.
      if (!isOurs) {
        await until("the peer is forgotten", async () => (router.readable, await elapse(20), true));
      }
    }
  });

  test("a peer that reads no replies does not stop ROUTER from serving another (X-73, F-38)", async (scope) => {
    const { socket: router } = await target(scope, "Router");
    const deaf = await named(scope, router, "deaf");
    deaf.send(message("hello"));
    await router.receive();
    const body = new Uint8Array(10000);
    for (let count = 0; count < 3000; count++) await within(router.send(["deaf", body]), 2000, "send()");
    const good = await named(scope, router, "good");
    good.send(message("question"));
    assertEquals(texts(await router.receive()), ["good", "question"]);
    await router.send(["good", "answer"]);
    assertEquals(await good.message(), ["answer"]);
  });

  test("RR-8 DEALER shares out evenly and blocks when there is nobody", async (scope) => {
    const { socket: dealer, watch } = await target(scope, "Dealer", { sendTimeout: 0 });
    const error = await dealer.send("x").catch((error) => error);
    assertEquals(error?.code, "EAGAIN");
    const peers = await Promise.all([1, 2, 3, 4].map(() => RawPeer.dial(scope, dealer)));
    for (const peer of peers) {
      await peer.handshake("REP");
      await watch.next("handshake");
    }
    for (let count = 0; count < 8; count++) await dealer.send(`${count}`);
    for (const peer of peers) assertEquals([await peer.message(), await peer.message()].length, 2);
  });

  test("PROBE_ROUTER says an empty message at each new connection", async (scope) => {
    const { socket: dealer } = await target(scope, "Dealer", { probeRouter: true });
    dealer.receive().catch(() => {}); // libzmq's DEALER takes in a new peer only while somebody waits.
    const raw = await RawPeer.dial(scope, dealer);
    await raw.handshake("ROUTER");
    assertEquals(await raw.message(), [""]);
  });
});

/** A REQ of ours, connected to a raw REP. */
async function asking(
  scope: Scope,
  options: { [option: string]: unknown } = {},
): Promise<{ listener: RawListener; req: AnySocket; rep: RawPeer }> {
  const listener = await RawListener.open(scope);
  const req = scope.socket("Request", { reconnectInterval: 10, ...options });
  req.connect(listener.address);
  const rep = await listener.accept();
  await rep.handshake("REP");
  return { listener, req, rep };
}

async function named(scope: Scope, router: AnySocket, name: string): Promise<RawPeer> {
  const raw = await RawPeer.dial(scope, router);
  await raw.handshake("DEALER", property("Identity", name));
  return raw;
}

/** The native binding rejects a waiting receive() with EAGAIN when libzmq discards what woke it. */
async function patientReceive(socket: AnySocket): Promise<Uint8Array[]> {
  while (true) {
    try {
      return await within(socket.receive(), 5000, "the reply");
    } catch (error) {
      if (isOurs || (error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}
