/**
 * Who may connect, through bound sockets: floods of connections that say nothing, limits by address, and filters.
 * libzmq has the filters alone (ZMQ_TCP_ACCEPT_FILTER; ACCEPT_FAILED tells of what they refuse); the bounds are ours.
 */

import { connect } from "node:net";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, strictTest as test, texts, until } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { dial as dialWs, join, parts, readHead, request } from "../ws/raw_ws.ts";
import { greeting, message, RawPeer } from "./raw.ts";

type Kind = "tcp" | "ws";
const KINDS: readonly Kind[] = ["tcp", "ws"];

/** How many connections a flood has in all, dials at a time, and may have in their handshake. */
const FLOOD = 2000;
const AT_ONCE = 50;
const MOST = 500;
/** For the kernel: a SYN that finds no place there is sent again after a second. */
const BACKLOG = 1000;

/** A connection from another address of this machine. */
function dialFrom(scope: Scope, { lastEndpoint }: AnySocket, localAddress: string): RawPeer {
  const port = Number(/:(\d+)/.exec(lastEndpoint!.slice(6))![1]);
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  scope.atEnd(() => socket.destroy());
  return new RawPeer(socket);
}

async function bound(
  scope: Scope,
  kind: Kind | "ipc",
  options: { [name: string]: unknown },
): Promise<AnySocket> {
  const socket = scope.socket("Dealer", options);
  await socket.bind(scope.address(kind));
  return socket;
}

function dial(scope: Scope, socket: AnySocket): Promise<RawPeer> {
  return socket.lastEndpoint!.startsWith("ws") ? dialWs(scope, socket) : RawPeer.dial(scope, socket);
}

/** Connects many at once, each of which says so much and no more. */
async function flood(scope: Scope, socket: AnySocket, says: Uint8Array | string): Promise<RawPeer[]> {
  const peers = await Promise.all(Array.from({ length: AT_ONCE }, () => dial(scope, socket)));
  for (const peer of peers) peer.send(says);
  return peers;
}

function connected(scope: Scope, to: AnySocket, options?: { [name: string]: unknown }): AnySocket {
  const socket = scope.socket("Dealer", options);
  socket.connect(to.lastEndpoint!);
  return socket;
}

describe("maxHandshakes", () => {
  const cases: [kind: Kind, what: string, says: (socket: AnySocket) => Uint8Array | string][] = [
    ["tcp", "nothing", () => ""],
    ["tcp", "a greeting", () => greeting()],
    ["ws", "nothing", () => ""],
    ["ws", "a request", (socket) => request(parts(socket).path)],
  ];
  for (const [kind, what, says] of cases) {
    test(`${kind}: ${FLOOD} connections that say ${what} keep no honest peer out (SO-8)`, async (scope) => {
      const socket = await bound(scope, kind, { maxHandshakes: MOST, backlog: BACKLOG });
      const watch = scope.watch(socket);
      const old = connected(scope, socket, { reconnectInterval: -1 });
      const peers: RawPeer[] = [];
      const heard: string[] = [];
      while (peers.length < FLOOD) {
        peers.push(...await flood(scope, socket, says(socket)));
        // One that comes amid it has a single try.
        if (peers.length === FLOOD / 2) {
          void connected(scope, socket, { reconnectInterval: -1 }).send("new");
        }
        const name = `${peers.length}`;
        await old.send(name);
        do heard.push(...texts(await socket.receive())); while (heard.at(-1) !== name);
      }
      while (!heard.includes("new")) heard.push(...texts(await socket.receive()));

      await until(`all but ${MOST} are closed`, () => {
        return peers.filter(({ isClosed }) => isClosed).length >= FLOOD - MOST;
      });
      assertEquals(peers.filter(({ isClosed }) => isClosed).length, FLOOD - MOST);
      const last = peers.slice(-AT_ONCE);
      assertEquals(last.filter(({ isClosed }) => isClosed).length, 0);
      await until("each is told of", () => watch.count("disconnect") >= FLOOD - MOST);
      const told = watch.seen.filter(({ type }) => type === "handshake:error:other");
      assertEquals(told.length, FLOOD - MOST);
      assertEquals(new Set(told.map(({ error }) => error!.code)), new Set(["ERR_ZMTP_HALF_OPEN"]));
      assertMatch(told[0]!.remote!, /^127\.0\.0\.1:\d+$/);
      const ended = watch.seen.filter(({ type }) => type === "disconnect");
      assertEquals(new Set(ended.map(({ error }) => error?.code)), new Set(["ERR_ZMTP_HALF_OPEN"]));
    }, 40);
  }

  test("ipc: has it as well", async (scope) => {
    const socket = await bound(scope, "ipc", { maxHandshakes: 1 });
    const watch = scope.watch(socket);
    const silent = connect(socket.lastEndpoint!.slice("ipc://".length));
    scope.atEnd(() => silent.destroy());
    const peer = new RawPeer(silent);
    await watch.next("accept");
    await connected(scope, socket).send("x");
    assertEquals(texts(await socket.receive()), ["x"]);
    await peer.closed();
    assertEquals((await watch.next("handshake:error:other")).error!.code, "ERR_ZMTP_HALF_OPEN");
  });

  test("0 is no bound", async (scope) => {
    const socket = await bound(scope, "tcp", { maxHandshakes: 0, backlog: BACKLOG });
    const watch = scope.watch(socket);
    const peers: RawPeer[] = [];
    while (peers.length < 1100) peers.push(...await flood(scope, socket, ""));
    await until("all are accepted", () => watch.count("accept") === 1100);
    assertEquals(peers.filter(({ isClosed }) => isClosed).length, 0);
  });

  test("a second that breaks the protocol is told of once (SO-8)", async (scope) => {
    const socket = await bound(scope, "tcp", { maxHandshakes: 1 });
    const watch = scope.watch(socket);
    const bad = await dial(scope, socket);
    bad.send(greeting({ mechanism: "nonsense" }));
    await watch.next("handshake:error:protocol");
    await connected(scope, socket).send("x");
    assertEquals(texts(await socket.receive()), ["x"]);
    await bad.closed();
    await watch.next("disconnect");
    assertEquals(watch.count("handshake:error:other"), 0);
  });

  test("ws: sockets that share a port do not end each other's connections", async (scope) => {
    const one = await bound(scope, "ws", { maxHandshakes: 1 });
    const two = scope.socket("Dealer", { maxHandshakes: 3 });
    await two.bind(one.lastEndpoint!.replace(/\/[^/]*$/, "/two"));
    const upgraded = async (socket: AnySocket) => {
      const peer = await dial(scope, socket);
      peer.send(request(parts(socket).path));
      await readHead(peer);
      return peer;
    };
    const ofOne = await upgraded(one);
    const ofTwo = [await upgraded(two), await upgraded(two), await upgraded(two)];
    await upgraded(two);
    await ofTwo[0]!.closed();
    await upgraded(one);
    await ofOne.closed();
    assertEquals(ofTwo.map(({ isClosed }) => isClosed), [true, false, false]);
  });
});

describe("maxConnectionsPerAddress", () => {
  for (const kind of KINDS) {
    const enter = async (scope: Scope, socket: AnySocket) => {
      if (kind === "ws") return await join(scope, socket, "DEALER");
      const peer = await RawPeer.dial(scope, socket);
      await peer.handshake("DEALER");
      return peer;
    };

    test(`${kind}: a third of two is closed, one from elsewhere is not (SO-8)`, async (scope) => {
      const socket = await bound(scope, kind, { maxConnectionsPerAddress: 2 });
      const watch = scope.watch(socket);
      const first = await enter(scope, socket);
      await enter(scope, socket);
      const third = await dial(scope, socket);
      if (kind === "ws") third.send(request(parts(socket).path));
      await third.closed();
      const { error, remote, address } = await watch.next("accept:error");
      assertEquals([error!.code, address], ["EACCES", socket.lastEndpoint]);
      assertMatch(remote!, /^127\.0\.0\.1:\d+$/);

      const elsewhere = dialFrom(scope, socket, "127.0.0.2");
      if (kind === "ws") {
        elsewhere.send(request(parts(socket).path));
        assertMatch((await readHead(elsewhere)).line, /101/);
      } else {
        await elsewhere.handshake("DEALER");
        elsewhere.send(message("from elsewhere"));
        assertEquals(texts(await socket.receive()), ["from elsewhere"]);
      }

      first.end();
      await watch.next("disconnect");
      await enter(scope, socket);
      assertEquals(watch.count("accept:error"), 1);
    });

    test(`${kind}: counts those that are in their handshake`, async (scope) => {
      const socket = await bound(scope, kind, { maxConnectionsPerAddress: 2 });
      const watch = scope.watch(socket);
      const silent = [await dial(scope, socket), await dial(scope, socket)];
      const third = await dial(scope, socket);
      await third.closed();
      assertEquals((await watch.next("accept:error")).error!.code, "EACCES");
      for (const peer of silent) peer.end();
      await watch.next("disconnect");
      await watch.next("disconnect");
      await enter(scope, socket);
      await enter(scope, socket);
    });
  }

  test("each endpoint has its own", async (scope) => {
    const socket = await bound(scope, "tcp", { maxConnectionsPerAddress: 1 });
    const first = await RawPeer.dial(scope, socket);
    await first.handshake("DEALER");
    await socket.bind("tcp://127.0.0.1:*");
    const second = await RawPeer.dial(scope, socket);
    await second.handshake("DEALER");
  });

  test("ipc: peers have no address", async (scope) => {
    const socket = await bound(scope, "ipc", { maxConnectionsPerAddress: 1, tcpAcceptFilter: "192.0.2.1" });
    for (const text of ["a", "b"]) {
      await connected(scope, socket).send(text);
      assertEquals(texts(await socket.receive()), [text]);
    }
  });
});

describe("tcpAcceptFilter (ZMQ_TCP_ACCEPT_FILTER)", () => {
  for (const kind of KINDS) {
    test(`${kind}: who is refused is told of, and hears nothing`, async (scope) => {
      const socket = await bound(scope, kind, { tcpAcceptFilter: "127.0.0.2" });
      const watch = scope.watch(socket);
      const stranger = await dial(scope, socket);
      assertEquals((await stranger.closed()).length, 0);
      const event = await watch.next("accept:error");
      assertEquals([event.error!.code, event.address], ["EACCES", socket.lastEndpoint]);
      assertMatch(event.error!.message, /127\.0\.0\.1/);
      assertMatch(event.remote!, /^127\.0\.0\.1:\d+$/);
      const friend = dialFrom(scope, socket, "127.0.0.2");
      if (kind === "ws") {
        friend.send(request(parts(socket).path));
        assertMatch((await readHead(friend)).line, /101/);
      } else await friend.handshake("DEALER");
      assertEquals([watch.count("accept:error"), watch.count("accept")], [1, 1]);
      const others = watch.seen.filter(({ type }) => /^handshake:error|^disconnect$/.test(type));
      assertEquals(others, [], "one event says all");
    });
  }

  test("ws: of sockets that share a port each has its own", async (scope) => {
    const open = await bound(scope, "ws", {});
    const closed = scope.socket("Dealer", { tcpAcceptFilter: "127.0.0.2" });
    await closed.bind(open.lastEndpoint!.replace(/\/[^/]*$/, "/closed"));
    const watches = [scope.watch(open), scope.watch(closed)] as const;
    await join(scope, open, "DEALER");
    const stranger = await dial(scope, closed);
    stranger.send(request("/closed"));
    assertEquals((await stranger.closed()).length, 0);
    assertEquals((await watches[1].next("accept:error")).error!.code, "EACCES");
    assert(watches[0].count("accept:error") === 0);
  });
});
