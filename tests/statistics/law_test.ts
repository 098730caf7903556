/**
 * What was accepted was sent, waits or was dropped; what arrived was received, waits or was dropped: in the corners
 * where a message is neither in a queue nor with the program.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import {
  Context,
  Datagram,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
} from "@puremq/zmq";
import type { EventOfType } from "@puremq/zmq";
import { type Scope, test, until } from "../interop/scope.ts";
import { greeting, message, octets, RawListener, RawPeer, ready } from "../wire/raw.ts";

function met(done: () => boolean): Promise<void> {
  return until(`${done}`, done);
}

/** Two contexts that share their names as those of two threads do. */
async function threads(scope: Scope): Promise<{ above: Context; below: Context }> {
  const [above, below] = [new Context({ blocky: false }), new Context({ blocky: false })];
  scope.atEnd(() => Promise.all([above.close(), below.close()]));
  const { port1, port2 } = new MessageChannel();
  above.attach(port1);
  await below.join(port2);
  return { above, below };
}

describe("messages in hand", () => {
  test("a request that waits for REP's program counts as waiting, of its peer as well", async (scope) => {
    const reply = scope.own(new Reply());
    await reply.bind("tcp://127.0.0.1:*");
    const request = scope.own(new Request());
    request.connect(reply.lastEndpoint!);
    await request.send("?");
    await met(() => reply.readable);
    const { queuedIn, queuedInPeak, peers } = reply.statistics();
    assertEquals([queuedIn, queuedInPeak, peers[0]!.queuedIn, peers[0]!.queuedInPeak], [1, 1, 1, 1]);
  });

  for (const correlate of [false, true]) {
    test(`a reply that was given up for another request is dropped, correlate ${correlate}`, async (scope) => {
      const address = scope.address("inproc");
      const reply = scope.own(new Reply());
      await reply.bind(address);
      const request = scope.own(new Request({ relaxed: true, correlate }));
      request.connect(address);
      await request.send("first");
      await reply.receive();
      await reply.send("answer to the first");
      assert(request.readable);
      assertEquals([request.statistics().queuedIn, request.peers[0]!.queuedIn], [1, 1]);
      await request.send("second");
      assertEquals([request.statistics().queuedIn, request.dropped.unexpected], [0, 1]);
      await reply.receive();
      await reply.send("answer to the second");
      assertEquals(String(await request.receive()), "answer to the second");
    });
  }
});

describe("inproc", () => {
  test("what the peer can still receive is not lost when our socket closes after it was left", async (scope) => {
    const address = scope.address("inproc");
    const pull = scope.own(new Pull());
    await pull.bind(address);
    const push = new Push({ linger: 0 });
    push.connect(address);
    for (let n = 0; n < 3; n++) await push.send(`${n}`);
    await pull.unbind(address);
    await push[Symbol.asyncDispose]();
    assertEquals([push.dropped.lost, push.statistics().messagesSent], [0, 3]);
    for (let n = 0; n < 3; n++) assertEquals(String(await pull.receive()), `${n}`);
  });

  for (const linger of [0, 20]) {
    test(`what nobody came for is lost once, linger ${linger}`, async (scope) => {
      const push = scope.own(new Push({ linger }));
      const address = scope.address("inproc");
      push.connect(address);
      for (let n = 0; n < 3; n++) await push.send(`${n}`);
      push.disconnect(address);
      assertEquals([push.statistics().queuedOut, push.dropped.lost], linger === 0 ? [0, 3] : [3, 0]);
      await met(() => push.peers.length === 0);
      push.close();
      assertEquals([push.statistics().queuedOut, push.dropped.lost], [0, 3]);
    });
  }

  test("the peak of what waited for a name stays when its owner takes it at once", async (scope) => {
    const address = scope.address("inproc");
    const publisher = scope.own(new Publisher({ invertMatching: true }));
    publisher.connect(address);
    for (let n = 0; n < 5; n++) await publisher.send("x");
    assertEquals(publisher.statistics().queuedOutPeak, 5);
    const subscriber = scope.own(new Subscriber());
    await subscriber.bind(address);
    assertEquals(publisher.statistics().queuedOutPeak, 5);
  });
});

describe("inproc between threads", () => {
  test("a conflating PUSH keeps the newest message, of any size, and says what waits", async (scope) => {
    const { above, below } = await threads(scope);
    const push = scope.own(new Push({ context: below, conflate: true, sendHighWaterMark: 20 }));
    const pull = scope.own(new Pull({ context: above, receiveHighWaterMark: 20 }));
    await pull.bind("inproc://newest");
    push.connect("inproc://newest");
    await met(() => push.peers[0]!.connected);
    const send = (n: number, size: number) => push.send([`${n}`, new Uint8Array(size)], { timeout: 0 });
    for (let n = 1; n <= 50; n++) await send(n, n % 2 === 0 ? 40_000 : 1);
    const { messagesSent, dropped } = push.statistics();
    assertEquals(messagesSent, 50);
    let last = 0;
    let received = 0;
    while (last < 50) {
      const [number] = await pull.receive();
      assert(Number(String(number)) > last, `${number} behind ${last}`);
      last = Number(String(number));
      received++;
    }
    assertEquals(received + push.dropped.conflated, 50);
    assertEquals(dropped.lost, 0);
    await met(() => push.statistics().queuedOut === 0);
  });

  test("what a conflating PULL has put aside does not wait for it any more", async (scope) => {
    const { above, below } = await threads(scope);
    const push = scope.own(new Push({ context: below }));
    const pull = scope.own(new Pull({ context: above, conflate: true }));
    await pull.bind("inproc://aside");
    push.connect("inproc://aside");
    await met(() => push.peers[0]!.connected);
    for (let n = 0; n < 100; n++) {
      await push.send(`${n}`);
      await met(() => pull.statistics().messagesReceived + push.dropped.conflated === n + 1);
    }
    const { queuedOut, messagesSent, dropped } = push.statistics();
    assertEquals([messagesSent, pull.statistics().messagesReceived], [100, 100 - dropped.conflated]);
    assert(queuedOut < 32, `${queuedOut} wait`);
  });

  test("what was accepted for a name goes to its owner though the mark was lowered since", async (scope) => {
    const { above, below } = await threads(scope);
    const push = scope.own(new Push({ context: below }));
    push.connect("inproc://lowered");
    for (let n = 0; n < 20; n++) await push.send(`${n}`);
    push.sendHighWaterMark = 2;
    const pull = scope.own(new Pull({ context: above, receiveHighWaterMark: 1 }));
    await pull.bind("inproc://lowered");
    for (let n = 0; n < 20; n++) assertEquals(String(await pull.receive({ timeout: 2000 })), `${n}`);
    assertEquals([push.dropped.lost, push.statistics().messagesSent], [0, 20]);
  });

  test("what was handed on before our end was closed is not lost as well", async (scope) => {
    const { above, below } = await threads(scope);
    const [left, right] = [new Pair({ context: above, linger: 0 }), new Pair({ context: below, linger: 0 })];
    scope.own(left);
    await left.bind("inproc://left");
    right.connect("inproc://left");
    await met(() => right.peers[0]!.connected);
    for (let n = 0; n < 3; n++) await right.send(`${n}`);
    await met(() => left.statistics().messagesReceived === 3);
    await left.unbind("inproc://left");
    await met(() => right.peers.length === 0);
    await right[Symbol.asyncDispose]();
    assertEquals([right.dropped.lost, left.statistics().queuedIn], [0, 3]);
  });
});

describe("connections", () => {
  test("close ends when endpoints that were let go before have ended too", async (scope) => {
    const listener = await RawListener.open(scope);
    const push = new Push({ linger: 200 });
    push.connect(listener.address);
    const raw = await listener.accept();
    await raw.handshake("PULL");
    raw.pause();
    await met(() => push.peers[0]!.connected);
    while (push.statistics().queuedOut < 50) await push.send(new Uint8Array(100_000));
    push.disconnect(listener.address);
    await push[Symbol.asyncDispose]();
    const { queuedOut, peers } = push.statistics();
    assertEquals([queuedOut, peers, push.dropped.lost > 0], [0, [], true]);
  });

  test("what is lost with a connection is told with its number, immediate too", async (scope) => {
    const listener = await RawListener.open(scope);
    const push = scope.own(new Push({ immediate: true, linger: 0, reconnectInterval: -1 }));
    const seen: EventOfType<"drop">[] = [];
    push.events.on("drop", (event) => seen.push(event));
    push.connect(listener.address);
    const raw = await listener.accept();
    await raw.handshake("PULL");
    raw.pause();
    await met(() => push.peers.length === 1);
    while (push.statistics().queuedOut < 50) await push.send(new Uint8Array(100_000));
    const { connection, remote } = push.peers[0]!;
    raw.reset();
    await met(() => seen.length > 0);
    assertEquals([seen[0]!.reason, seen[0]!.count], ["lost", push.dropped.lost]);
    assertEquals([seen[0]!.connection, seen[0]!.remote], [connection, remote]);
  });

  test("bytes are those of connections that never had a peer, too, the last ERROR included", async (scope) => {
    const pull = scope.own(new Pull());
    await pull.bind("tcp://127.0.0.1:*");
    const stranger = await RawPeer.dial(scope, pull);
    const said = [greeting(), ready("DEALER")];
    for (const octets of said) stranger.send(octets);
    await stranger.closed();
    await met(() => pull.statistics().handshakes === 0);
    const { bytesReceived, bytesSent, protocolErrors } = pull.statistics();
    assertEquals([bytesReceived, protocolErrors], [said.reduce((sum, { length }) => sum + length, 0), 1]);
    assertEquals(bytesSent, stranger.pending);
  });

  test("a peer with too many subscriptions has broken the protocol, once", async (scope) => {
    const publisher = scope.own(new Publisher({ maxSubscriptions: 2 }));
    const ends: EventOfType<"disconnect">[] = [];
    publisher.events.on("disconnect", (event) => ends.push(event));
    await publisher.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, publisher);
    await raw.handshake("SUB");
    for (const topic of "abcdef") raw.send(message(`\x01${topic}`));
    await raw.closed();
    await met(() => ends.length > 0);
    assertEquals(publisher.statistics().protocolErrors, 1);
    assertEquals(ends.map(({ error }) => error?.code), ["ERR_ZMTP_UNSPECIFIED"]);
  });

  test("a reply without its envelope has broken the protocol", async (scope) => {
    const listener = await RawListener.open(scope);
    const request = scope.own(new Request({ reconnectInterval: -1 }));
    request.connect(listener.address);
    await request.send("?");
    const raw = await listener.accept();
    await raw.handshake("REP");
    raw.send(message("no", "envelope"));
    await raw.closed();
    await met(() => request.peers.length === 0);
    assertEquals([request.statistics().protocolErrors, request.dropped.unexpected], [1, 1]);
  });

  test("behind a reply without its envelope nothing is received any more, between threads too", async (scope) => {
    const { above, below } = await threads(scope);
    const router = scope.own(new Router({ context: above }));
    await router.bind("inproc://unenveloped");
    const request = scope.own(new Request({ context: below }));
    request.connect("inproc://unenveloped");
    await request.send("?");
    const [id] = await router.receive();
    for (let n = 0; n < 5; n++) await router.send([id!, "no envelope"]);
    await met(() => request.peers.length === 0);
    await met(() => router.peers.length === 0);
    assertEquals([request.statistics().messagesReceived, request.dropped.unexpected], [1, 1]);
  });

  test("what a peer says to a socket that only lingers is none of its messages", async (scope) => {
    const listener = await RawListener.open(scope);
    const dealer = new Dealer({ linger: 2000 });
    dealer.connect(listener.address);
    await dealer.send("last words");
    const raw = await listener.accept();
    const closed = dealer[Symbol.asyncDispose]();
    raw.send(octets(greeting(), ready("DEALER"), message("hello")));
    await closed;
    const { messagesReceived, queuedIn, queuedOut, dropped } = dealer.statistics();
    assertEquals([messagesReceived, queuedIn, queuedOut, dropped.lost], [0, 0, 0, 0]);
  });

  test("STREAM's notices above the mark are dropped, and said so", async (scope) => {
    const listener = await RawListener.open(scope);
    const stream = scope.own(new Stream({ receiveHighWaterMark: 1, reconnectInterval: 1 }));
    stream.connect(listener.address);
    for (let n = 1; n <= 4; n++) {
      const raw = await listener.accept();
      await met(() => stream.statistics().connections === 1);
      raw.reset();
      await met(() => stream.statistics().queuedIn + stream.dropped.full >= 2 * n);
    }
    const { queuedIn, messagesReceived, dropped } = stream.statistics();
    assertEquals([queuedIn, messagesReceived], [2, 2]);
    assert(dropped.full >= 6, `${dropped.full} were dropped`);
  });
});

describe("datagrams", () => {
  test("a DGRAM's message that the system never takes is lost", async (scope) => {
    const dgram = scope.own(new Datagram({ linger: 0 }));
    await dgram.bind("udp://127.0.0.1:*");
    // Out of a socket of the loopback interface no other network can be reached.
    await dgram.send(["192.0.2.1:9\0", "x"]);
    await dgram.send(["192.0.2.1:9\0", "y"]);
    dgram.close();
    await met(() => dgram.statistics().queuedOut === 0 && dgram.peers.length === 0);
    const { messagesSent, dropped, bytesSent } = dgram.statistics();
    assertEquals([messagesSent, dropped.lost], [2, 2 - bytesSent]);
  });
});
