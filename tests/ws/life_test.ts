/**
 * The life of `ws://` and `wss://` connections: they come back, linger, wait for slow receivers, and notice dead
 * peers by PING and PONG of RFC 6455 (ZW-12). And what TLS refuses.
 */

import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, freePort, test, texts, until } from "../interop/scope.ts";
import { AUTHORITY, CERTIFICATE, KEY, STRANGER, STRANGER_KEY } from "../support/test_certificates.ts";
import { RawListener, text } from "../wire/raw.ts";
import { wsFrame } from "../unit/ws/wire.ts";
import { answer, CLOSE, ended, join, masked, parts, PING, PONG, readFrame, readHead } from "./raw_ws.ts";

const BOUND = { wssCertPem: CERTIFICATE, wssKeyPem: KEY };

describe("ws: connections", () => {
  for (const scheme of ["ws", "wss"] as const) {
    const bound = scheme === "ws" ? {} : BOUND;
    const connected = { reconnectInterval: 10, ...(scheme === "wss" && { wssTrustPem: AUTHORITY }) };

    test(`${scheme}: who connects first waits for who binds, and keeps what was sent`, async (scope) => {
      const push = scope.socket("Push", connected);
      const address = `${scheme}://127.0.0.1:${await freePort()}/late`;
      push.connect(address);
      for (let i = 0; i < 10; i++) await push.send(String(i));
      const pull = scope.socket("Pull", bound);
      await pull.bind(address);
      for (let i = 0; i < 10; i++) assertEquals(texts(await pull.receive()), [String(i)]);
    });

    test(`${scheme}: it reconnects after the server has gone and come back`, async (scope) => {
      const push = scope.socket("Push", connected);
      const watch = scope.watch(push);
      const first = scope.socket("Pull", bound);
      await first.bind(`${scheme}://127.0.0.1:*/x`);
      const address = first.lastEndpoint!;
      push.connect(address);
      await watch.next("handshake");
      await ended(first);
      await watch.next("disconnect");
      await watch.next("connect:retry");
      await push.send("kept");
      const second = scope.socket("Pull", bound);
      await second.bind(address);
      assertEquals(texts(await second.receive()), ["kept"]);
      await watch.next("handshake");
    });

    test(`${scheme}: close() delivers what was sent before`, async (scope) => {
      const pull = scope.socket("Pull", bound);
      await pull.bind(`${scheme}://127.0.0.1:*/x`);
      const push = scope.socket("Push", { ...connected, linger: -1, sendHighWaterMark: 0 });
      push.connect(pull.lastEndpoint!);
      for (let i = 0; i < 1000; i++) await push.send([String(i), new Uint8Array(1000)]);
      const closed = ended(push);
      for (let i = 0; i < 1000; i++) assertEquals(texts((await pull.receive()).slice(0, 1)), [String(i)]);
      await closed;
    });

    test(`${scheme}: a peer that does not receive stops its sender at the high-water marks`, async (scope) => {
      const pull = scope.socket("Pull", { ...bound, receiveHighWaterMark: 10 });
      await pull.bind(`${scheme}://127.0.0.1:*/x`);
      const push = scope.socket("Push", { ...connected, sendHighWaterMark: 10, sendTimeout: 200 });
      push.connect(pull.lastEndpoint!);
      const body = new Uint8Array(100_000);
      let sent = 0;
      const error = await failure(async () => {
        for (; sent < 1000; sent++) await push.send([String(sent), body]);
      });
      // 20 messages in queues; the rest are octets in the system's buffers.
      assertEquals(error.code, "EAGAIN");
      assertLess(sent, 500);
      push.sendTimeout = -1;
      const rest = (async () => {
        for (let i = sent; i < sent + 100; i++) await push.send([String(i), body]);
      })();
      for (let i = 0; i < sent + 100; i++) {
        assertEquals(texts((await pull.receive()).slice(0, 1)), [String(i)]);
      }
      await rest;
    });
  }

  test("the end of either side is a close frame with 1000 (RFC 6455, section 7.1)", async (scope) => {
    const socket = scope.socket("Pair");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/x");
    const peer = await join(scope, socket, "PAIR");
    await watch.next("handshake");
    socket.close();
    const { opcode, body } = await readFrame(peer);
    assertEquals([opcode, ...body], [CLOSE, 1000 >> 8, 1000 & 255]);
    peer.send(masked(body, CLOSE));
    await peer.closed();
    assertEquals((await watch.next("disconnect")).error, undefined);
  });

  test("a peer's close frame is answered, and with 1000 is no error; another code is one", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/x");
    for (const [code, error] of [[1000, undefined], [1001, undefined], [1011, "ERR_WS_CLOSED"]] as const) {
      const peer = await join(scope, socket, "DEALER");
      await watch.next("handshake");
      peer.send(masked([code >> 8, code & 255], CLOSE));
      const { opcode, body } = await readFrame(peer);
      assertEquals([opcode, body[0]! << 8 | body[1]!], [CLOSE, code]);
      await peer.closed();
      assertEquals((await watch.next("disconnect")).error?.code, error);
    }
  });

  test("heartbeats are PINGs of WebSocket, and silence ends the connection (ZW-12)", async (scope) => {
    const socket = scope.socket("Dealer", { heartbeatInterval: 30, heartbeatTimeout: 100 });
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/x");
    const peer = await join(scope, socket, "DEALER");
    for (let i = 0; i < 3; i++) {
      const { opcode, body } = await readFrame(peer);
      assertEquals(opcode, PING);
      peer.send(masked(body, PONG));
    }
    // From here on it is silent.
    await peer.closed();
    assertEquals((await watch.next("disconnect")).error!.code, "ERR_ZMTP_HEARTBEAT_TIMEOUT");
  });

  test("a PING is answered by a PONG with the same payload (ZW-12)", async (scope) => {
    const socket = scope.socket("Dealer");
    await socket.bind("ws://127.0.0.1:*/x");
    const peer = await join(scope, socket, "DEALER");
    peer.send(masked("payload", PING));
    const { opcode, body } = await readFrame(peer);
    assertEquals([opcode, text(body)], [PONG, "payload"]);
  });

  test("a client asks for the path as it was given, and for its sub-protocols in libzmq's order (ZW-1, ZW-6)", async (scope) => {
    const listener = await RawListener.open(scope);
    const socket = scope.socket("Dealer");
    socket.connect(`${listener.address.replace("tcp", "ws")}/a/b?c=d`);
    const peer = await listener.accept();
    const { line, fields } = await readHead(peer);
    assertEquals(line, "GET /a/b?c=d HTTP/1.1");
    assertEquals(fields.get("host"), listener.address.replace("tcp://", ""));
    assertEquals(fields.get("sec-websocket-protocol"), "ZWS2.0/NULL, ZWS2.0");
    assertEquals(fields.get("sec-websocket-version"), "13");
    assertEquals(atob(fields.get("sec-websocket-key")!).length, 16);
  });

  test("each frame of a client has another masking key (RFC 6455, section 5.3)", async (scope) => {
    const listener = await RawListener.open(scope);
    const socket = scope.socket("Dealer");
    socket.connect(`${listener.address.replace("tcp", "ws")}/`);
    const peer = await listener.accept();
    await answer(peer, "DEALER");
    const keys = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await socket.send("x");
      const header = await peer.read(2);
      assertEquals([...header], [0x82, 0x82]);
      keys.add(String(await peer.read(4)));
      await peer.read(2);
    }
    assertEquals(keys.size, 20);
    peer.send(wsFrame("\0back"));
    assertEquals(texts(await socket.receive()), ["back"]);
  });
});

describe("wss: certificates", () => {
  test("without a certificate and its key nothing can be bound", async (scope) => {
    for (const options of [{}, { wssCertPem: CERTIFICATE }, { wssKeyPem: KEY }]) {
      const error = await failure(() => scope.socket("Pair", options).bind("wss://127.0.0.1:*"));
      assertEquals(error.code, "EINVAL");
      assertStringIncludes(error.message, "wssCertPem");
    }
  });

  test("a certificate that is none is EINVAL", async (scope) => {
    const socket = scope.socket("Pair", { wssCertPem: "nonsense", wssKeyPem: KEY });
    assertEquals((await failure(() => socket.bind("wss://127.0.0.1:*"))).code, "EINVAL");
  });

  test("paths of a port show one certificate", async (scope) => {
    const one = scope.socket("Pair", BOUND);
    await one.bind("wss://127.0.0.1:*/one");
    const { port } = parts(one);
    const stranger = { wssCertPem: STRANGER, wssKeyPem: STRANGER_KEY };
    const error = await failure(() => scope.socket("Pair", stranger).bind(`wss://127.0.0.1:${port}/two`));
    assertEquals(error.code, "EINVAL");
    await scope.socket("Pair", BOUND).bind(`wss://127.0.0.1:${port}/two`);
    const plain = await failure(() => scope.socket("Pair").bind(`ws://127.0.0.1:${port}/three`));
    assertEquals(plain.code, "EADDRINUSE");
  });

  const untrusted: [name: string, options: { [option: string]: unknown }][] = [
    ["of an authority that nobody trusts", {}],
    ["of another authority than the trusted one", { wssTrustPem: STRANGER }],
    ["for another name", { wssTrustPem: AUTHORITY, wssHostname: "elsewhere.invalid" }],
  ];
  for (const [name, options] of untrusted) {
    test(`a certificate ${name} is refused, and tried again`, async (scope) => {
      const bound = scope.socket("Pair", BOUND);
      await bound.bind("wss://127.0.0.1:*/x");
      const socket = scope.socket("Pair", { reconnectInterval: 20, ...options });
      const watch = scope.watch(socket);
      socket.connect(bound.lastEndpoint!);
      const { error } = await watch.next("close");
      assert(error instanceof Error && error.message.length > 0);
      await watch.next("connect:retry");
      await watch.next("close");
      assertEquals(watch.count("connect"), 0);
    });
  }

  test("wssHostname stands for the name that was dialled", async (scope) => {
    const bound = scope.socket("Pair", BOUND);
    await bound.bind("wss://127.0.0.1:*/x");
    const socket = scope.socket("Pair", { wssTrustPem: AUTHORITY, wssHostname: "test.puremq.invalid" });
    socket.connect(bound.lastEndpoint!);
    await socket.send("x");
    assertEquals(texts(await bound.receive()), ["x"]);
  });

  test("who speaks no TLS is told of, and the others go on", async (scope) => {
    const bound = scope.socket("Dealer", BOUND);
    const watch = scope.watch(bound);
    await bound.bind("wss://127.0.0.1:*/x");
    const plain = scope.socket("Dealer", { reconnectInterval: -1 });
    plain.connect(bound.lastEndpoint!.replace("wss", "ws"));
    await watch.next("accept:error");
    const good = scope.socket("Dealer", { wssTrustPem: AUTHORITY });
    good.connect(bound.lastEndpoint!);
    await good.send("x");
    assertEquals(texts(await bound.receive()), ["x"]);
    await until("no connection is left of the first", () => watch.count("accept") === 1);
    assertMatch(bound.lastEndpoint!, /^wss:/);
  });
});
