/**
 * What a socket says that it has carried and dropped is what it has carried and dropped: octet by octet against a raw
 * peer, message by message over each transport, and by reason for each drop, as an event as well.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { createSocket } from "node:dgram";
import {
  Authenticator,
  Channel,
  Context,
  Dealer,
  Dish,
  Publisher,
  Pull,
  Push,
  Router,
  Stream,
  Subscriber,
} from "@puremq/zmq";
import type { Event, EventOfType, PeerStatistics, SocketStatistics } from "@puremq/zmq";
import { type Scope, test, until } from "../interop/scope.ts";
import { greeting, message, RawListener, RawPeer, ready } from "../wire/raw.ts";

/** The drops that a socket tells of from now on. */
function drops(socket: Push | Publisher | Router | Dealer | Pull | Dish): EventOfType<"drop">[] {
  const seen: EventOfType<"drop">[] = [];
  socket.events.on("drop", (event) => seen.push(event));
  return seen;
}

/** A PUSH and a PULL that know each other. */
async function pair(scope: Scope, address: string): Promise<{ push: Push; pull: Pull }> {
  const pull = scope.own(new Pull());
  const push = scope.own(new Push());
  await pull.bind(address);
  push.connect(pull.lastEndpoint!);
  await met(() => push.peers[0]!.connected && pull.peers.length === 1);
  return { push, pull };
}

function met(done: () => boolean): Promise<void> {
  return until(`${done}`, done);
}

function only({ peers }: SocketStatistics): PeerStatistics {
  assertEquals(peers.length, 1);
  return peers[0]!;
}

describe("statistics()", () => {
  for (const transport of ["tcp", "ipc", "ws", "inproc"] as const) {
    test(`over ${transport} counts messages and parts at both ends, as plain JSON`, async (scope) => {
      const { push, pull } = await pair(scope, scope.address(transport));
      for (const parts of [["a"], ["b", "cc"], ["", "", "ddd"], [new Uint8Array(40_000)]]) {
        await push.send(parts);
      }
      for (let n = 0; n < 4; n++) await pull.receive();

      const [out, into] = [push.statistics(), pull.statistics()];
      assertEquals([out.type, into.type], ["PUSH", "PULL"]);
      assertEquals([out.messagesSent, out.partsSent, out.messagesReceived], [4, 7, 0]);
      assertEquals([into.messagesReceived, into.partsReceived, into.messagesSent], [4, 7, 0]);
      assertEquals([into.queuedIn, out.queuedOut, out.connections, into.connections], [0, 0, 1, 1]);
      // One sends what the other receives, and that is more than the parts have, but over inproc.
      const body = 7 + 40_000;
      if (transport === "inproc") assertEquals([out.bytesSent, into.bytesReceived], [body, body]);
      else if (transport !== "ws") {
        assert(out.bytesSent > body && into.bytesReceived === out.bytesSent);
        assertEquals(into.bytesSent, out.bytesReceived);
        // The HTTP request comes before there is a connection of the socket's.
      } else assert(into.bytesReceived > body && into.bytesReceived < out.bytesSent);
      assertEquals(JSON.parse(JSON.stringify([out, into])), [out, into]);

      const [from, to] = [only(into), only(out)];
      assertEquals([to.messagesSent, to.partsSent, to.bytesSent], [4, 7, out.bytesSent]);
      assertEquals([from.messagesReceived, from.partsReceived], [4, 7]);
      assertEquals([to.direction, from.direction], ["connect", "bind"]);
      assertEquals([to.address, from.address], [pull.lastEndpoint, pull.lastEndpoint]);
      assertEquals([to.socketType, from.socketType, to.connected], ["PULL", "PUSH", true]);
      assertEquals([out.connected, into.bound], [[pull.lastEndpoint], [pull.lastEndpoint]]);
      const wire = transport !== "inproc";
      for (const peer of [from, to]) {
        assertEquals([typeof peer.connection, typeof peer.handshakeTime, typeof peer.lastActivity], [
          wire ? "number" : "object",
          wire ? "number" : "object",
          wire ? "number" : "object",
        ]);
        if (wire) assert(peer.handshakeTime! >= 0 && peer.lastActivity! >= 0);
      }
    });
  }

  test("bytes are those of the wire: greeting, READY, frames, and nothing else", async (scope) => {
    const pull = scope.own(new Pull());
    await pull.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, pull);
    const said = [greeting(), ready("PUSH"), message("hello"), message("a", "bc")];
    for (const octets of said) raw.send(octets);
    await pull.receive();
    await pull.receive();
    const answered = greeting().length + ready("PULL").length;
    await raw.read(answered);
    const { bytesReceived, bytesSent, partsReceived } = pull.statistics();
    assertEquals(bytesReceived, said.reduce((sum, { length }) => sum + length, 0));
    assertEquals([bytesSent, partsReceived], [answered, 3]);
  });

  test("tells how much waits, and the most that ever did, on either side", async (scope) => {
    const address = await scope.freeAddress("tcp");
    const push = scope.own(new Push({ sendHighWaterMark: 50 }));
    push.connect(address);
    for (let n = 0; n < 30; n++) await push.send(`${n}`);
    assertEquals([push.statistics().queuedOut, only(push.statistics()).connected], [30, false]);
    const pull = scope.own(new Pull());
    await pull.bind(address);
    await met(() => pull.statistics().queuedIn === 30);
    await pull.receive();
    const [out, into] = [push.statistics(), pull.statistics()];
    assertEquals([out.queuedOut, out.queuedOutPeak, only(out).queuedOutPeak], [0, 30, 30]);
    assertEquals([into.queuedIn, into.queuedInPeak, into.messagesReceived], [29, 30, 30]);
  });

  for (const early of [false, true]) {
    const when = early ? "until the name was bound" : "for the reader";
    test(`over inproc the peak of what waited ${when} stays when it was read`, async (scope) => {
      const push = scope.own(new Push());
      const pull = scope.own(new Pull());
      const address = scope.address("inproc");
      if (!early) await pull.bind(address);
      push.connect(address);
      for (let n = 0; n < 30; n++) await push.send(`${n}`);
      assertEquals([push.statistics().queuedOut, only(push.statistics()).queuedOutPeak], [30, 30]);
      if (early) await pull.bind(address);
      for (let n = 0; n < 30; n++) await pull.receive();
      assertEquals([push.statistics().queuedOut, only(push.statistics()).queuedOutPeak], [0, 30]);
      assertEquals([pull.statistics().queuedIn, only(pull.statistics()).queuedInPeak], [0, 30]);
      pull.close();
      await met(() => push.peers.length === 0);
      assertEquals(push.statistics().queuedOutPeak, 30);
    });
  }

  test("what peers did that have gone stays in the sums, and what they left waits", async (scope) => {
    const pull = scope.own(new Pull());
    await pull.bind("tcp://127.0.0.1:*");
    for (let n = 1; n <= 3; n++) {
      const push = new Push();
      push.connect(pull.lastEndpoint!);
      await push.send([`${n}`, "x"]);
      await met(() => pull.statistics().messagesReceived === n);
      push.close();
      await met(() => pull.peers.length === 0);
    }
    const { messagesReceived, partsReceived, queuedIn, bytesReceived, connections } = pull.statistics();
    assertEquals([messagesReceived, partsReceived, queuedIn, connections], [3, 6, 3, 0]);
    assert(bytesReceived > 3 * 64);
  });

  for (const immediate of [false, true]) {
    test(`counts reconnects, of the socket and of the endpoint, immediate ${immediate}`, async (scope) => {
      const listener = await RawListener.open(scope);
      const push = scope.own(new Push({ reconnectInterval: 5, immediate }));
      push.connect(listener.address);
      for (let n = 0; n < 3; n++) {
        const raw = await listener.accept();
        await raw.handshake("PULL");
        await met(() => push.peers[0]?.connected === true);
        assertEquals([push.statistics().reconnects, push.peers[0]!.reconnects], [n, n]);
        raw.reset();
        await met(() => push.statistics().connections === 0);
      }
    });
  }

  test("counts what broke the protocol, of the socket and of the endpoint", async (scope) => {
    const listener = await RawListener.open(scope);
    const push = scope.own(new Push({ reconnectInterval: 5 }));
    push.connect(listener.address);
    const wrong = await listener.accept();
    wrong.send("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    await wrong.closed();
    await met(() => push.statistics().protocolErrors === 1);
    assertEquals(push.peers[0]!.protocolErrors, 1);
    assertEquals([push.peers[0]!.connection, push.peers[0]!.handshakeTime], [null, null]);
  });

  test("a breach after the handshake counts as well", async (scope) => {
    const dealer = scope.own(new Dealer());
    await dealer.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, dealer);
    await raw.handshake("DEALER");
    raw.send([0x80, 1, 0]);
    await raw.closed();
    await met(() => dealer.peers.length === 0);
    assertEquals(dealer.statistics().protocolErrors, 1);
  });

  test("a peer that falls silent breaks no rule", async (scope) => {
    const pull = scope.own(new Pull({ heartbeatInterval: 20, heartbeatTimeout: 20 }));
    const ends: (string | undefined)[] = [];
    pull.events.on("disconnect", ({ error }) => ends.push(error?.code));
    await pull.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, pull);
    await raw.handshake("PUSH");
    await met(() => ends.length > 0);
    assertEquals([ends, pull.statistics().protocolErrors], [["ERR_ZMTP_HEARTBEAT_TIMEOUT"], 0]);
  });

  test("a connection without a word was active when it began", async (scope) => {
    const stream = scope.own(new Stream());
    await stream.bind("tcp://127.0.0.1:*");
    const before = performance.now();
    await RawPeer.dial(scope, stream);
    await met(() => stream.peers.length === 1);
    const { lastActivity } = only(stream.statistics());
    assert(lastActivity! <= performance.now() - before, `${lastActivity} ms ago`);
  });

  test("tells of connections that are in their handshake", async (scope) => {
    const pull = scope.own(new Pull());
    await pull.bind("tcp://127.0.0.1:*");
    const silent = await RawPeer.dial(scope, pull);
    await met(() => pull.statistics().handshakes === 1);
    assertEquals(pull.statistics().connections, 0);
    await silent.handshake("PUSH");
    await met(() => pull.statistics().connections === 1);
    assertEquals(pull.statistics().handshakes, 0);
  });

  test("names a peer by its routing id, and by the user that a handler has found", async (scope) => {
    const context = new Context();
    scope.atEnd(() => context.close());
    const auth = scope.own(new Authenticator({ context }));
    auth.configurePlain({ passwords: { admin: "secret" } });
    const router = scope.own(new Router({ context, plainServer: true, linger: 0 }));
    await router.bind("tcp://127.0.0.1:*");
    const dealer = scope.own(
      new Dealer({ context, plainUsername: "admin", plainPassword: "secret", routingId: "w1", linger: 0 }),
    );
    dealer.connect(router.lastEndpoint!);
    await dealer.send("x");
    await router.receive();
    const peer = only(router.statistics());
    assertEquals([peer.routingId, peer.userId, peer.socketType], ["7731", "admin", "DEALER"]);
    assertMatch(peer.remote, /^127\.0\.0\.1:\d+$/);
    assertEquals([only(dealer.statistics()).userId], [null]);
  });

  test("context.inspect() has every socket of the context, and no other", async (scope) => {
    const context = new Context();
    scope.atEnd(() => context.close());
    scope.own(new Pull());
    const push = scope.own(new Push({ context }));
    const subscriber = scope.own(new Subscriber({ context }));
    await push.bind("inproc://a");
    const { sockets } = context.inspect();
    assertEquals(sockets.map(({ type, bound }) => [type, bound]), [["PUSH", ["inproc://a"]], ["SUB", []]]);
    assertEquals(JSON.parse(JSON.stringify(sockets)), sockets);
    subscriber.close();
    await met(() => context.inspect().sockets.length === 1);
  });
});

describe("drops", () => {
  test("of a publisher are counted for the slow subscriber alone, and told once a turn", async (scope) => {
    const publisher = scope.own(new Publisher({ sendHighWaterMark: 5, linger: 0 }));
    const seen = drops(publisher);
    await publisher.bind("tcp://127.0.0.1:*");
    const quick = scope.own(new Subscriber());
    quick.subscribe("quick");
    quick.connect(publisher.lastEndpoint!);
    const slow = await RawPeer.dial(scope, publisher);
    await slow.handshake("SUB");
    slow.pause();
    slow.send(message(new Uint8Array([1])));
    await met(() => publisher.peers.filter(({ messagesReceived }) => messagesReceived > 0).length === 2);
    const big = new Uint8Array(100_000);
    let sent = 0;
    while (publisher.dropped.full < 20) {
      await publisher.send(["other", big]);
      sent++;
    }
    await met(() => seen.reduce((sum, { count }) => sum + count, 0) === publisher.dropped.full);
    const lagging = publisher.peers.find(({ dropped }) => dropped.full > 0)!;
    assertEquals(lagging.dropped.full, publisher.dropped.full);
    assertEquals(lagging.messagesSent, sent - publisher.dropped.full);
    assertEquals(publisher.peers.find((peer) => peer !== lagging)!.connected, true);
    assert(seen.every(({ reason, remote }) => reason === "full" && remote === seen[0]!.remote));
    assertEquals([seen[0]!.connection, seen[0]!.address], [lagging.connection, publisher.lastEndpoint]);
  });

  test("of one turn are one event", async (scope) => {
    const router = scope.own(new Router());
    const seen = drops(router);
    for (let n = 0; n < 100; n++) await router.send([`nobody ${n}`, "x"]);
    await met(() => seen.length > 0);
    assertEquals(seen.map(({ reason, count }) => [reason, count]), [["unroutable", 100]]);
    assertEquals(router.dropped.unroutable, 100);
  });

  test("what waited for a peer that went away is lost, and said of it", async (scope) => {
    const push = scope.own(new Push({ linger: 0, sendHighWaterMark: 1000 }));
    const seen = drops(push);
    await push.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, push);
    await raw.handshake("PULL");
    raw.pause();
    await met(() => push.writable);
    const big = new Uint8Array(100_000);
    while (push.statistics().queuedOut < 10) await push.send(big);
    const { queuedOut: waiting, connection, remote } = only(push.statistics());
    raw.reset();
    await met(() => seen.length > 0);
    const { lost } = push.dropped;
    assert(lost > 0 && lost <= waiting);
    assertEquals([seen[0]!.reason, seen[0]!.count], ["lost", lost]);
    assertEquals([seen[0]!.connection, seen[0]!.remote], [connection, remote]);
    assertEquals(push.statistics().queuedOut, 0);
  });

  test("what was sent to a name that another type has bound is lost", async (scope) => {
    const push = scope.own(new Push({ linger: 0 }));
    const address = scope.address("inproc");
    push.connect(address);
    for (let n = 0; n < 5; n++) await push.send("x");
    const publisher = scope.own(new Publisher());
    await publisher.bind(address);
    assertEquals([push.dropped.lost, push.peers], [5, []]);
  });

  test("of a CHANNEL are its peer's", async (scope) => {
    const channel = scope.own(new Channel());
    await channel.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, channel);
    await raw.handshake("CHANNEL");
    raw.send(message("a", "b"));
    raw.send(message("c"));
    assertEquals(String(await channel.receive()), "c");
    assertEquals([channel.dropped.unexpected, channel.peers[0]!.dropped.unexpected], [1, 1]);
  });

  test("of datagrams are those of their endpoint", async (scope) => {
    const dish = scope.own(new Dish({ receiveHighWaterMark: 4 }));
    const seen = drops(dish);
    dish.join("g");
    await dish.bind("udp://127.0.0.1:*");
    const [, port] = dish.lastEndpoint!.match(/:(\d+)$/)!;
    const raw = createSocket("udp4");
    scope.atEnd(() => raw.close());
    // The length of the group is more than there is.
    raw.send(Uint8Array.of(9, 65), Number(port), "127.0.0.1");
    await met(() => dish.dropped.malformed === 1);
    for (let n = 0; n < 50; n++) raw.send(Uint8Array.of(1, 0x67, n), Number(port), "127.0.0.1");
    await met(() => dish.dropped.full > 0);
    const { dropped } = dish.peers[0]!;
    assertEquals([dropped.malformed, dropped.full], [1, dish.dropped.full]);
    await met(() => seen.length > 1);
    assertEquals(seen.map(({ address }) => address), seen.map(() => dish.lastEndpoint!));
  });

  test("at close are told before the end", async (scope) => {
    const push = new Push({ linger: 0 });
    const types: string[] = [];
    const all = (async () => {
      for await (const event of push.events) types.push(describeEvent(event));
    })();
    push.connect(await scope.freeAddress("tcp"));
    for (let n = 0; n < 7; n++) await push.send("x");
    push.close();
    await all;
    assertEquals(types.slice(-2), ["drop lost 7", "end"]);
  });

  for (const transport of ["tcp", "inproc"] as const) {
    test(`over ${transport} a message that gave way to a newer one counts as conflated`, async (scope) => {
      const address = await scope.freeAddress(transport);
      const push = scope.own(new Push({ conflate: true }));
      const seen = drops(push);
      push.connect(address);
      for (let n = 0; n < 10; n++) await push.send(`${n}`);
      assertEquals([push.dropped.conflated, push.statistics().messagesSent], [9, 10]);
      const pull = scope.own(new Pull({ conflate: true }));
      await pull.bind(address);
      assertEquals(String((await pull.receive())[0]), "9");
      await met(() => seen.length > 0);
      assertEquals(seen.map(({ reason, count }) => [reason, count]), [["conflated", 9]]);
    });
  }

  test("without observers nothing is kept for them", async (scope) => {
    const router = scope.own(new Router());
    for (let n = 0; n < 10; n++) await router.send(["nobody", "x"]);
    const seen = drops(router);
    await router.send(["nobody", "x"]);
    await met(() => seen.length > 0);
    assertEquals([seen[0]!.count, router.dropped.unroutable], [1, 11]);
  });
});

function describeEvent(event: Event): string {
  return event.type === "drop" ? `drop ${event.reason} ${event.count}` : event.type;
}
