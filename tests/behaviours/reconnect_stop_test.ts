/**
 * `reconnectStop` (ZMQ_RECONNECT_STOP; libzmq's `test_reconnect_options`): which ends of a try are the last. What does
 * not happen is waited for by another endpoint's retries, which go on beside it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, freePort, type Scope, test, texts, type Watch } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { loose } from "../interop/subject.ts";
import { RawListener } from "../wire/raw.ts";
import { SocksServer } from "../support/socks_server.ts";

const RETRY = { reconnectInterval: 5, reconnectMaxInterval: 5 };

/** The conditions. */
const REFUSED = 1;
const HANDSHAKE_FAILED = 2;
const AFTER_DISCONNECT = 4;

describe("reconnectStop 1: after a refusal", () => {
  for (const transport of ["tcp", "ws"] as const) {
    test(`${transport}: the event is close with ECONNREFUSED, and nothing is dialled again`, async (scope) => {
      const socket = scope.socket("Push", { ...RETRY, reconnectStop: REFUSED });
      const events = scope.watch(socket);
      const address = await scope.freeAddress(transport);
      socket.connect(address);
      const { error, address: told } = await events.next("close");
      assertEquals([error?.code, told], ["ECONNREFUSED", address]);
      await othersRetry(scope);
      assertEquals([events.count("connect:retry"), events.count("connect:delay")], [0, 1]);
    });
  }

  test("ipc: a file on which nobody listens any more refuses, too", async (scope) => {
    const path = await staleSocket(scope);
    const socket = scope.socket("Push", { ...RETRY, reconnectStop: REFUSED });
    const events = scope.watch(socket);
    socket.connect(`ipc://${path}`);
    assertEquals((await events.next("close")).error?.code, "ECONNREFUSED");
    await othersRetry(scope);
    assertEquals(events.count("connect:retry"), 0);
  });

  test("ipc: a file that is not there is no refusal, and is tried again", async (scope) => {
    const socket = scope.socket("Push", { ...RETRY, reconnectStop: REFUSED });
    const events = scope.watch(socket);
    socket.connect(scope.address("ipc"));
    assertEquals((await events.next("close")).error?.code, "ENOENT");
    await events.next("connect:retry");
  });

  test("a refusal that a SOCKS proxy tells of counts, one by the proxy's own host as well", async (scope) => {
    const proxy = await RawListener.open(scope);
    const socksProxy = proxy.address.slice("tcp://".length);
    const socket = scope.socket("Push", { ...RETRY, reconnectStop: REFUSED, socksProxy });
    const events = scope.watch(socket);
    socket.connect("tcp://far:1");
    const peer = await proxy.accept();
    await peer.read(3);
    peer.send([5, 0]);
    await peer.read(10);
    peer.send([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
    assertEquals((await events.next("close")).error?.code, "ECONNREFUSED");
    await othersRetry(scope);
    assertEquals([events.count("connect:retry"), proxy.count], [0, 1]);
  });

  test("what is lost after a handshake is dialled again, until it is refused", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const address = pull.lastEndpoint!;
    const push = scope.socket("Push", { ...RETRY, reconnectStop: REFUSED });
    const events = scope.watch(push);
    push.connect(address);
    await events.next("handshake");
    await pull.unbind(address);
    await events.next("disconnect");
    assertEquals((await events.next("close")).error?.code, "ECONNREFUSED");
    await othersRetry(scope);
    assertEquals(events.count("connect:retry"), 1);
  });
});

describe("reconnectStop 2: after a handshake that failed", () => {
  test("a server that closes in the handshake is not dialled again", async (scope) => {
    const server = await RawListener.open(scope);
    const socket = scope.socket("Push", { ...RETRY, reconnectStop: HANDSHAKE_FAILED });
    const events = scope.watch(socket);
    socket.connect(server.address);
    const peer = await server.accept();
    await peer.read(11);
    peer.end();
    await events.next("handshake:error:other");
    await events.next("disconnect");
    await othersRetry(scope);
    assertEquals([events.count("connect:retry"), server.count], [0, 1]);
  });

  test("nor is one that speaks something else, or nothing for handshakeInterval", async (scope) => {
    for (const said of ["HTTP/1.1 400 Bad Request\r\n\r\n", ""]) {
      const server = await RawListener.open(scope);
      const options = { ...RETRY, reconnectStop: HANDSHAKE_FAILED, handshakeInterval: 100 };
      const socket = scope.socket("Push", options);
      const events = scope.watch(socket);
      socket.connect(server.address);
      (await server.accept()).send(said);
      await events.next(["handshake:error:protocol", "handshake:error:other"]);
      await events.next("disconnect");
      await othersRetry(scope);
      assertEquals([said, events.count("connect:retry"), server.count], [said, 0, 1]);
    }
  });

  test("a refusal is no handshake, and is tried again", async (scope) => {
    const socket = scope.socket("Push", { ...RETRY, reconnectStop: HANDSHAKE_FAILED });
    const events = scope.watch(socket);
    socket.connect(await scope.freeAddress("tcp"));
    await events.next("connect:retry");
    await events.next("connect:retry");
  });
});

describe("reconnectStop 4: after disconnect (test_reconnect_options)", () => {
  test("ipc to nobody is tried again, and after disconnect there is CLOSED and no retry (LT-341)", async (scope) => {
    const socket = scope.socket("Subscriber", { ...RETRY, reconnectStop: AFTER_DISCONNECT });
    const events = scope.watch(socket);
    const address = scope.address("ipc");
    socket.connect(address);
    await events.next("close");
    await events.next("connect:retry");
    socket.disconnect(address);
    const seen = events.seen.length;
    await othersRetry(scope);
    const after = events.seen.slice(seen).map(({ type }) => type);
    assertEquals([after.includes("connect:retry"), after.at(-1)], [false, "close"]);
  });

  test("messages that wait are given up with the endpoint, where they would be dialled for within linger", async (scope) => {
    for (const reconnectStop of [AFTER_DISCONNECT, 0]) {
      const address = await scope.freeAddress("tcp");
      const push = scope.socket("Push", { ...RETRY, reconnectStop, linger: -1 });
      const events = scope.watch(push);
      push.connect(address);
      await push.send("waits");
      await events.next("connect:retry");
      push.disconnect(address);
      if (reconnectStop === AFTER_DISCONNECT) {
        const before = events.seen.length;
        await othersRetry(scope);
        const after = events.seen.slice(before).map(({ type }) => type);
        assertEquals([after.includes("connect:retry"), dropsOf(push).lost], [false, 1]);
        continue;
      }
      const pull = scope.socket("Pull");
      await pull.bind(address);
      assertEquals(texts(await pull.receive()), ["waits"]);
    }
  });

  test("on an open connection disconnect sends what waits, and closes in order", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push", { ...RETRY, reconnectStop: AFTER_DISCONNECT, linger: -1 });
    const events = scope.watch(push);
    push.connect(pull.lastEndpoint!);
    await events.next("handshake");
    for (let i = 0; i < 100; i++) await push.send(String(i));
    push.disconnect(pull.lastEndpoint!);
    for (let i = 0; i < 100; i++) assertEquals(texts(await pull.receive()), [String(i)]);
    await events.next("disconnect");
  });

  test("close of the socket is no disconnect: what waits is still dialled for within linger", async (scope) => {
    const address = await scope.freeAddress("tcp");
    const push = scope.socket("Push", { ...RETRY, reconnectStop: AFTER_DISCONNECT, linger: 5000 });
    const events = scope.watch(push);
    push.connect(address);
    await push.send("waits");
    await events.next("connect:retry");
    push.close();
    const pull = scope.socket("Pull");
    await pull.bind(address);
    assertEquals(texts(await pull.receive()), ["waits"]);
  });
});

describe("reconnectStop as an option", () => {
  test("is any integer of 32 bits, 0 at first, and reads back by name and number", async (scope) => {
    const dealer = scope.own(new loose.Dealer());
    assertEquals([dealer.reconnectStop, dealer.getInt32Option(109)], [0, 0]);
    for (const value of [7, 2147483647, -2147483648, 0]) {
      dealer.reconnectStop = value;
      assertEquals([dealer.reconnectStop, dealer.getInt32Option(109)], [value, value]);
    }
    assertEquals((await failure(() => dealer.reconnectStop = 2 ** 31)).code, "EINVAL");
  });

  test("without it a socket goes on after refusals and failed handshakes", async (scope) => {
    const proxy = await SocksServer.open(scope);
    const socket = scope.socket("Push", RETRY);
    const events = scope.watch(socket);
    // What speaks SOCKS is no ZMTP peer.
    socket.connect(`tcp://${proxy.address}`);
    socket.connect(`tcp://127.0.0.1:${await freePort()}`);
    await events.next("close");
    for (let round = 0; round < 4; round++) await events.next("connect:retry");
  });
});

/** Three tries of a socket without `reconnectStop`: any other one's would have come meanwhile. */
async function othersRetry(scope: Scope): Promise<void> {
  const other = scope.socket("Push", { reconnectInterval: 20, reconnectMaxInterval: 20 });
  const events: Watch = scope.watch(other);
  other.connect(await scope.freeAddress("tcp"));
  for (let round = 0; round < 3; round++) await events.next("connect:retry");
  other.close();
}

/** The path of a socket whose owner has gone without a word. */
async function staleSocket(scope: Scope): Promise<string> {
  const { createServer } = await import("node:net");
  const { renameSync } = await import("node:fs");
  const path = scope.path();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  // Who closes removes the file by its name, and finds none.
  renameSync(path, `${path}.stale`);
  await new Promise((resolve) => server.close(resolve));
  return `${path}.stale`;
}

function dropsOf(socket: AnySocket): { readonly lost: number } {
  return (socket as unknown as { readonly dropped: { readonly lost: number } }).dropped;
}
