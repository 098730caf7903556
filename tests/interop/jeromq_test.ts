/**
 * ZMTP 2.0 with a real peer (RFC 15): JeroMQ 0.3 says revision 1, and knows no READY, no mechanism and no command.
 * All classic types with either end bound, and what else the framing and the identities promise. One JVM serves
 * all tests of this file: starting it costs more than they do.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { type Digest, jeromqPeer, pattern, Peer, type PeerSocket } from "./peer.ts";
import { elapse, type Scope, test, texts, within } from "./scope.ts";
import { type SocketName, WIRE_NAMES } from "./subject.ts";
import { exchangeEitherWay, ROWS } from "./types.ts";

describe(`ZMTP 2.0, with ${jeromqPeer.name}`, () => {
  let peer: Peer;

  beforeAll(async () => {
    if (jeromqPeer.missing) return;
    peer = new Peer(jeromqPeer);
    await peer.ready();
  });

  afterAll(() => peer?.kill());

  function withJeromq(name: string, body: (scope: Scope) => Promise<void>): void {
    if (jeromqPeer.missing) it.skip(`${name} (skipped: ${jeromqPeer.missing})`, () => {});
    else test(name, body);
  }

  withJeromq(
    "it says revision 1, a socket type and a short identity: such it is that we talk to (DG-4)",
    async () => {
      const router = await peer.open("Router", { routingId: "me" });
      const port = Number((await router.bind("tcp://127.0.0.1:*")).split(":").pop());
      const said = await within(
        new Promise<Uint8Array>((resolve, reject) => {
          const socket = connect(port, "127.0.0.1");
          let all = new Uint8Array(0);
          socket.on("error", reject);
          socket.on("data", (chunk) => {
            all = Uint8Array.from([...all, ...chunk]);
            if (all.length < 16) return;
            socket.destroy();
            resolve(all);
          });
          socket.write(Uint8Array.from([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 5, 0, 0]));
        }),
        5000,
        "JeroMQ's greeting",
      );
      const signature = [0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0x7f];
      assertEquals([...said], [...signature, 1, 6, 0, 2, ...new TextEncoder().encode("me")]);
      await router.close();
    },
  );

  for (const row of ROWS) {
    withJeromq(
      `our ${WIRE_NAMES[row.ours]} with its ${WIRE_NAMES[row.theirs]}, either end bound (DG-1, DG-4, DG-6)`,
      (scope) => exchangeEitherWay(scope, peer, "tcp", row),
    );
  }

  const SIZES = [0, 1, 253, 254, 255, 256, 8191, 8192, 8193, 65_535, 65_536, 1_000_000];

  withJeromq("parts of every size come and go, alone and as one message", async (scope) => {
    for (const bound of ["ours", "theirs"] as const) {
      const mine = scope.socket("Dealer");
      const other = await peer.open("Dealer");
      if (bound === "theirs") mine.connect(await other.bind("tcp://127.0.0.1:*"));
      else {
        await mine.bind("tcp://127.0.0.1:*");
        await other.connect(mine.lastEndpoint!);
      }
      for (const sizes of [...SIZES.map((size) => [size]), SIZES]) {
        await mine.send(sizes.map((size) => pattern(size, 7)));
        assertEquals(await other.receive(), sizes.map((size) => digest(pattern(size, 7))));
        await other.send(sizes.map((size) => ({ size, seed: 9 })));
        const received = await within(mine.receive(), 8000, "a message of JeroMQ's");
        assertEquals(received.map(digest), sizes.map((size) => digest(pattern(size, 9))));
      }
      mine.close();
      await other.close();
    }
  });

  withJeromq("ten thousand messages each way come in order, none lost and none twice", async (scope) => {
    const mine = scope.socket("Push", { linger: 0 });
    const theirs = await peer.open("Pull");
    mine.connect(await theirs.bind("tcp://127.0.0.1:*"));
    const draining = theirs.drain(10_000);
    for (let number = 0; number < 10_000; number++) {
      await mine.send(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number, 1, 2, 3));
    }
    const whole = { count: 10_000, first: 0, last: 9_999, ascending: true, doubles: 0 };
    assertEquals(await draining, whole);
    await theirs.close();

    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = await peer.open("Push", { linger: 1000 });
    await push.connect(pull.lastEndpoint!);
    const pumping = push.pump(10_000, 12);
    for (let number = 0; number < 10_000; number++) {
      const [body] = await within(pull.receive(), 8000, `message ${number}`);
      assertEquals(new DataView(body!.buffer, body!.byteOffset).getUint32(0), number);
    }
    await pumping;
    await push.close();
  });

  withJeromq("identities reach a ROUTER on either side, ours of up to 255 octets (V-14)", async (scope) => {
    // Of its own it takes a longer one for one of negative length, and its I/O thread ends.
    for (const length of [1, 127]) {
      const name = "i".repeat(length);
      const router = scope.socket("Router");
      await router.bind("tcp://127.0.0.1:*");
      const dealer = await peer.open("Dealer", { routingId: name });
      await dealer.connect(router.lastEndpoint!);
      await dealer.send(["hello"]);
      assertEquals(texts(await within(router.receive(), 8000, "hello")), [name, "hello"]);
      await dealer.close();
      router.close();
    }
    for (const length of [1, 127, 128, 253, 254, 255]) {
      const name = "i".repeat(length);
      const router = await peer.open("Router");
      const dealer = scope.socket("Dealer", { routingId: name });
      dealer.connect(await router.bind("tcp://127.0.0.1:*"));
      await dealer.send("hello");
      assertEquals(await router.receiveTexts(), [name, "hello"]);
      await router.send([name, "and back"]);
      assertEquals(texts(await within(dealer.receive(), 8000, "and back")), ["and back"]);
      await router.close();
      dealer.close();
    }
  });

  withJeromq(
    "a 2.0 peer outlives handshakeInterval, with heartbeats asked for (DG-6, H-15)",
    async (scope) => {
      const rep = scope.socket("Reply", {
        handshakeInterval: 300,
        heartbeatInterval: 50,
        heartbeatTimeout: 100,
      });
      const watch = scope.watch(rep);
      await rep.bind("tcp://127.0.0.1:*");
      const req = await peer.open("Request");
      await req.connect(rep.lastEndpoint!);
      await watch.next("handshake");
      await elapse(700);
      await req.send(["still there?"]);
      assertEquals(texts(await within(rep.receive(), 8000, "the request")), ["still there?"]);
      await rep.send("yes");
      assertEquals(await req.receiveTexts(), ["yes"]);
      assertEquals(watch.count("disconnect"), 0);
      await req.close();
    },
  );

  withJeromq(
    "it comes again when its peer does, and is told all subscriptions anew; so do we",
    async (scope) => {
      const address = await scope.freeAddress("tcp");
      const push = await peer.open("Push", { reconnectInterval: 20 });
      await push.connect(address);
      for (const round of ["first", "second"]) {
        const pull = scope.socket("Pull");
        await pull.bind(address);
        // What it writes before it hears of the end of a connection is lost with that.
        let arrived = false;
        const arriving = (async () => {
          while (texts(await pull.receive())[0] !== round);
        })();
        const waiting = within(arriving, 8000, round).finally(() => arrived = true);
        while (!arrived) {
          await push.send([round]);
          await elapse(20);
        }
        await waiting;
        await pull.unbind(address);
        pull.close();
      }
      await push.close();

      const again = await scope.freeAddress("tcp");
      const sub = scope.socket("Subscriber", { reconnectInterval: 20 });
      sub.subscribe("topic");
      sub.connect(again);
      for (const round of ["topic 1", "topic 2"]) {
        const pub = await peer.open("XPublisher");
        await bindAgain(pub, again);
        assertEquals(await pub.receiveTexts(), ["\x01topic"]);
        await pub.send(["other"]);
        await pub.send([round]);
        assertEquals(texts(await within(sub.receive(), 8000, round)), [round]);
        await pub.close();
      }
    },
  );

  withJeromq("types that do not fit are closed, with an event (DG-5)", async (scope) => {
    const pairs: readonly (readonly [SocketName, SocketName])[] = [
      ["Router", "Push"],
      ["Publisher", "Publisher"],
      ["Reply", "Router"],
    ];
    for (const [ours, theirs] of pairs) {
      const mine = scope.socket(ours);
      const watch = scope.watch(mine);
      await mine.bind("tcp://127.0.0.1:*");
      const other = await peer.open(theirs);
      await other.connect(mine.lastEndpoint!);
      const { error } = await watch.next("handshake:error:protocol");
      assertEquals(error!.code, "ERR_ZMTP_INVALID_METADATA", `${ours} and ${theirs}`);
      assertEquals(watch.count("handshake"), 0);
      await other.close();
      mine.close();
    }
  });

  withJeromq(
    "a mechanism, or a domain to ask in, closes it at once (DG-2, DG-14, V-01, V-02)",
    async (scope) => {
      const settings = [{ plainServer: true }, { zapDomain: "global" }];
      for (const options of settings) {
        const pull = scope.socket("Pull", { ...options, receiveTimeout: 300 });
        const watch = scope.watch(pull);
        await pull.bind("tcp://127.0.0.1:*");
        const push = await peer.open("Push");
        await push.connect(pull.lastEndpoint!);
        const { error } = await watch.next("handshake:error:protocol");
        assertEquals(error!.code, "ERR_ZMTP_VERSION_UNSUPPORTED");
        await push.send(["never"]).catch(() => {});
        assertEquals(await pull.receive().catch(({ code }) => code), "EAGAIN");
        assert(watch.count("handshake") === 0);
        await push.close();
        pull.close();
      }
    },
  );

  withJeromq("a socket with zmtp1 still takes it for what it is (GR-7, DG-8)", async (scope) => {
    for (const bound of ["ours", "theirs"] as const) {
      const mine = scope.socket("Dealer", { zmtp1: true, routingId: "me" });
      const watch = scope.watch(mine);
      const other = await peer.open("Router");
      if (bound === "theirs") mine.connect(await other.bind("tcp://127.0.0.1:*"));
      else {
        await mine.bind("tcp://127.0.0.1:*");
        await other.connect(mine.lastEndpoint!);
      }
      const event = await watch.next("handshake") as unknown as { socketType: string };
      assertEquals(event.socketType, "ROUTER");
      await mine.send("hello");
      assertEquals(await other.receiveTexts(), ["me", "hello"]);
      await other.send(["me", "and back"]);
      assertEquals(texts(await within(mine.receive(), 8000, "and back")), ["and back"]);
      mine.close();
      await other.close();
    }
  });
});

/** It answers a close before the address is free. */
async function bindAgain(socket: PeerSocket, address: string): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await socket.bind(address);
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await elapse(20);
    }
  }
}

/** As the peer tells of it. */
function digest(part: Uint8Array): Uint8Array | Digest {
  if (part.length <= 1024) return Uint8Array.from(part);
  return { size: part.length, sha256: createHash("sha256").update(part).digest("hex") };
}
