/**
 * Rows of REQ-REP and of all sockets that no other file asserts over a connection: octets that stay as they are,
 * queues that outlive a connection or do not, order, and sockets of every type on both ends.
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { assertFrames } from "../support/bytes.ts";
import { failure, strictTest, test, texts, until, within } from "../interop/scope.ts";
import type { AnySocket, SocketName } from "../interop/subject.ts";
import { message, RawListener, RawPeer, target } from "../wire/raw.ts";

/** All octets, none, and one that looks like a delimiter, a subscription or a header. */
const FRAMES: readonly Uint8Array[] = [
  Uint8Array.from({ length: 256 }, (_, octet) => octet),
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(1, 65),
  new Uint8Array(300).fill(255),
  new Uint8Array(0),
];

describe("REQ, REP, DEALER and ROUTER", () => {
  test("change no octet and no part of what they carry, in either direction (RR-14)", async (scope) => {
    const { socket: reply } = await target(scope, "Reply");
    const request = scope.socket("Request");
    request.connect(reply.lastEndpoint!);
    await request.send([...FRAMES]);
    assertFrames(await reply.receive(), FRAMES);
    await reply.send([...FRAMES].reverse());
    assertFrames(await request.receive(), [...FRAMES].reverse());

    const { socket: router } = await target(scope, "Router");
    const dealer = scope.socket("Dealer", { routingId: "\x01id" });
    dealer.connect(router.lastEndpoint!);
    await dealer.send([...FRAMES]);
    const [id, ...heard] = await router.receive();
    assertFrames([id!], ["\x01id"]);
    assertFrames(heard, FRAMES);
    await router.send([id!, ...FRAMES]);
    assertFrames(await dealer.receive(), FRAMES);
  });

  test("the queue of a DEALER's connect outlives its connection, that of an accepted peer does not (RR-12)", async (scope) => {
    const listener = await RawListener.open(scope);
    const connecting = scope.socket("Dealer", { reconnectInterval: 10 });
    const watch = scope.watch(connecting);
    connecting.connect(listener.address);
    const first = await listener.accept();
    await first.handshake("DEALER");
    first.end();
    await watch.next("disconnect");
    await connecting.send("kept");
    const second = await listener.accept();
    await second.handshake("DEALER");
    assertEquals(await second.message(), ["kept"]);

    const bound = await target(scope, "Dealer");
    const silent = await RawPeer.dial(scope, bound.socket);
    await silent.handshake("DEALER");
    await bound.watch.next("handshake");
    silent.pause();
    // More than the system takes, so that something is left in the queue.
    for (let i = 0; i < 20; i++) await bound.socket.send(new Uint8Array(1 << 20));
    silent.reset();
    await bound.watch.next("disconnect");
    const next = await RawPeer.dial(scope, bound.socket);
    await next.handshake("DEALER");
    await bound.watch.next("handshake");
    await bound.socket.send("for the next");
    assertEquals(await next.message(), ["for the next"]);
  });

  test("as many as the high-water mark says are queued before there is a peer, and no more (RR-13)", async (scope) => {
    for (const mark of [1, 3, 7]) {
      const socket = scope.socket("Dealer", { sendHighWaterMark: mark, sendTimeout: 0 });
      socket.connect(await scope.freeAddress("tcp"));
      for (let i = 0; i < mark; i++) await socket.send(`${i}`);
      assertEquals((await failure(() => socket.send("one more"))).code, "EAGAIN");
    }
  });
});

describe("all sockets", () => {
  const PAIRS: readonly (readonly [SocketName, SocketName])[] = [
    ["Push", "Pull"],
    ["Publisher", "Subscriber"],
    ["XPublisher", "XSubscriber"],
    ["Request", "Reply"],
    ["Dealer", "Router"],
    ["Pair", "Pair"],
  ];
  for (const [one, other] of PAIRS) {
    // A bound XSUB of libzmq does not tell an XPUB that connects later what it was subscribed to.
    const declare = one === "XPublisher" ? strictTest : test;
    declare(
      `${one} and ${other} may each bind or connect, the one that connects first (SO-1, SO-2)`,
      async (scope) => {
        for (const [binds, connects] of [[one, other], [other, one]] as const) {
          const connecting = scope.socket(connects, { reconnectInterval: 10 });
          const address = await scope.freeAddress("tcp");
          connecting.connect(address);
          const bound = scope.socket(binds);
          await bound.bind(address);
          const [from, to] = binds === one ? [bound, connecting] : [connecting, bound];
          await passes(from, to, one);
        }
      },
    );
  }

  test("20000 messages between two peers arrive in order, each once (SO-5, SO-4)", async (scope) => {
    const { socket: pull } = await target(scope, "Pull");
    const push = scope.socket("Push");
    push.connect(pull.lastEndpoint!);
    const sending = (async () => {
      for (let i = 0; i < 20_000; i++) await push.send(`${i}`);
    })();
    for (let i = 0; i < 20_000; i++) {
      const [body] = await pull.receive();
      if (String(body) !== `${i}`) assertEquals(String(body), `${i}`);
    }
    await sending;
    assertEquals(pull.readable, false);
  });

  test("nothing that a lost connection has taken is sent again by the next one (SO-4)", async (scope) => {
    const listener = await RawListener.open(scope);
    const push = scope.socket("Push", { reconnectInterval: 10 });
    const watch = scope.watch(push);
    push.connect(listener.address);
    const heard: string[] = [];
    let sent = 0;
    for (let round = 0; round < 5; round++) {
      const raw = await listener.accept();
      await raw.handshake("PULL");
      await watch.next("handshake");
      for (let i = 0; i < 20; i++) await push.send(`${sent++}`);
      for (let i = 0; i < 3; i++) heard.push(...await raw.message());
      raw.reset();
      await watch.next("disconnect");
    }
    assertEquals(new Set(heard).size, heard.length);
    assertEquals(heard, heard.toSorted((a, b) => Number(a) - Number(b)));
  });

  test("a peer that answers no heartbeat is dropped, and the connection is made anew like any other (SO-6, HB-7)", async (scope) => {
    const listener = await RawListener.open(scope);
    const dealer = scope.socket("Dealer", {
      heartbeatInterval: 50,
      heartbeatTimeout: 50,
      reconnectInterval: 10,
    });
    const watch = scope.watch(dealer);
    dealer.connect(listener.address);
    const silent = await listener.accept();
    await silent.handshake("DEALER");
    await watch.next("handshake");
    await silent.closed();
    await watch.next("disconnect");
    await watch.next("connect:retry");
    const next = await listener.accept();
    await next.handshake("DEALER");
    next.send(message("here again"));
    assertEquals(texts(await within(dealer.receive(), 5000, "a message")), ["here again"]);
  });

  strictTest(
    "a refused, a malformed and a lost connection are each told, with their reason (SO-8)",
    async (scope) => {
      const dealer = scope.socket("Dealer", { reconnectInterval: 10 });
      const watch = scope.watch(dealer);
      dealer.connect(await scope.freeAddress("tcp"));
      const refused = await watch.next(["close", "connect:retry"]);
      assert(refused.address);

      const { socket, watch: seen } = await target(scope);
      const malformed = await RawPeer.dial(scope, socket);
      malformed.send("GET / HTTP/1.1\r\n\r\n");
      const told = await seen.next("handshake:error:protocol");
      assert(told.error?.code, "no code");
      const lost = await RawPeer.dial(scope, socket);
      await lost.handshake("DEALER");
      await seen.next("handshake");
      lost.end();
      assertEquals((await seen.next("disconnect")).address, socket.lastEndpoint);
    },
  );
});

/** One message from the one to the other. */
async function passes(from: AnySocket, to: AnySocket, type: SocketName): Promise<void> {
  if (type === "Publisher") to.subscribe("");
  if (type === "XPublisher") {
    await to.send("\x01over");
    assertEquals(texts(await within(from.receive(), 5000, "a subscription")), ["\x01over"]);
  }
  if (type === "Publisher") {
    // A PUB cannot be asked who is there.
    let there = false;
    const receiving = to.receive().then((parts) => (there = true, parts));
    await until("a subscriber is heard", async () => {
      await from.send("over");
      return there;
    });
    assertEquals(texts(await receiving), ["over"]);
    return;
  }
  await from.send("over");
  const heard = texts(await within(to.receive(), 5000, "a message"));
  assertEquals(heard.at(-1), "over");
}
