/**
 * Peers that break RFC 6455 or RFC 45, on the wire, against sockets that listen and that connect: that
 * connection ends with a close frame of the right code and an event that says why; nothing of it is delivered, and no
 * other connection hears of it.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { test, texts } from "../interop/scope.ts";
import { type FrameOptions, KEY, wsFrame, zws } from "../unit/ws/wire.ts";
import { octets, RawListener, type RawPeer } from "../wire/raw.ts";
import {
  acceptOf,
  answer,
  CLOSE,
  dial,
  join,
  masked,
  readFrame,
  readHead,
  request,
  response,
  said,
  TEXT,
} from "./raw_ws.ts";

type Frame = (payload: Uint8Array | string | readonly number[], options?: FrameOptions) => Uint8Array;

/** What is sent in traffic, by either side's own masking, and the close code for it (RFC 6455, section 7.4.1). */
const CASES: readonly [name: string, code: number, wire: (frame: Frame) => Uint8Array][] = [
  ["a continuation without a start", 1002, (frame) => frame("\0x", { opcode: 0 })],
  [
    "a new message inside of a fragmented one",
    1002,
    (frame) => octets(frame("\0x", { fin: false }), frame("\0y")),
  ],
  ["a text message", 1003, (frame) => frame("\0x", { opcode: TEXT })],
  ["a fragmented PING", 1002, (frame) => frame("x", { opcode: 9, fin: false })],
  ["a PING of 126 octets", 1002, (frame) => frame("x".repeat(126), { opcode: 9 })],
  ["reserved bit 1", 1002, (frame) => frame("\0x", { rsv: 4 })],
  ["reserved bit 3", 1002, (frame) => frame("\0x", { rsv: 1 })],
  ["reserved opcode 3", 1002, (frame) => frame("\0x", { opcode: 3 })],
  ["reserved opcode 11", 1002, (frame) => frame("x", { opcode: 11 })],
  ["16 bits for a short length", 1002, (frame) => frame("\0x", { form: 16 })],
  ["64 bits for a short length", 1002, (frame) => frame("\0x", { form: 64 })],
  ["a close frame of one octet", 1002, (frame) => frame([3], { opcode: CLOSE })],
  ["a close code that is reserved", 1002, (frame) => frame([1005 >> 8, 1005 & 255], { opcode: CLOSE })],
  ["a close reason that is no UTF-8", 1007, (frame) => frame([3, 232, 0xff], { opcode: CLOSE })],
  ["an empty message (RFC 45 has a flag octet)", 1008, (frame) => frame("")],
  ["unknown flags (RFC 45)", 1008, (frame) => frame("\x80x")],
  ["a command that is none (RFC 45)", 1008, (frame) => frame([2, 9, 65])],
];

describe("ws: hostile clients", () => {
  for (const [name, code, wire] of CASES) {
    test(`${name} ends the connection with ${code}`, async (scope) => {
      const socket = scope.socket("Dealer");
      const watch = scope.watch(socket);
      await socket.bind("ws://127.0.0.1:*/p");
      const good = await join(scope, socket, "DEALER");
      await watch.next("handshake");
      const bad = await join(scope, socket, "DEALER");
      await watch.next("handshake");
      bad.send(wire((payload, options) => wsFrame(payload, { key: KEY, ...options })));
      await assertClosed(bad, code);
      assertMatch((await watch.next("disconnect")).error!.code!, /^ERR_(WS|ZMTP)_/);
      good.send(said("still here"));
      assertEquals(texts(await socket.receive()), ["still here"]);
    });
  }

  test("a frame that is not masked ends the connection with 1002 (RFC 6455, section 5.1) (ZW-8)", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const bad = await join(scope, socket, "DEALER");
    await watch.next("handshake");
    bad.send(wsFrame("\0x"));
    await assertClosed(bad, 1002);
    assertEquals((await watch.next("disconnect")).error!.code, "ERR_WS_PROTOCOL");
  });

  test("a length with the highest bit set, and one of 2^62, cost nothing and end it (V-27, X-108)", async (scope) => {
    const socket = scope.socket("Dealer", { maxMessageSize: 1_000_000 });
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    for (const [first, code] of [[0x80, 1002], [0x40, 1009]] as const) {
      const bad = await join(scope, socket, "DEALER");
      await watch.next("handshake");
      bad.send([0x82, 0xff, first, 0, 0, 0, 0, 0, 0, 0], KEY);
      await assertClosed(bad, code);
      assert((await watch.next("disconnect")).error);
    }
  });

  test("more than maxMessageSize, also in fragments, is 1009", async (scope) => {
    const socket = scope.socket("Dealer", { maxMessageSize: 100 });
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const half = new Uint8Array(60);
    for (
      const wire of [
        masked(zws(0, new Uint8Array(101))),
        octets(
          wsFrame(zws(0, half), { key: KEY, fin: false }),
          wsFrame(half, { key: KEY, opcode: 0 }),
        ),
      ]
    ) {
      const bad = await join(scope, socket, "DEALER");
      await watch.next("handshake");
      bad.send(wire);
      await assertClosed(bad, 1009);
      assertEquals((await watch.next("disconnect")).error!.code, "ERR_ZMTP_MESSAGE_TOO_LONG");
    }
  });

  test("a connection that ends in the middle of a message delivers none of it", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const bad = await join(scope, socket, "DEALER");
    await watch.next("handshake");
    bad.send(masked(zws(1, "first part")), wsFrame(zws(0, "begun"), { key: KEY, fin: false }));
    bad.end();
    await watch.next("disconnect");
    const good = await join(scope, socket, "DEALER");
    good.send(said("whole"));
    assertEquals(texts(await socket.receive()), ["whole"]);
  });

  test("fragments, with control frames among them, are one message (RFC 6455, section 5.4) (ZW-10)", async (scope) => {
    const socket = scope.socket("Dealer");
    await socket.bind("ws://127.0.0.1:*/p");
    const peer = await join(scope, socket, "DEALER");
    peer.send(
      wsFrame("\0fr", { key: KEY, fin: false }),
      masked("between", 9),
      wsFrame("", { key: KEY, opcode: 0, fin: false }),
      wsFrame("agments", { key: KEY, opcode: 0 }),
    );
    assertEquals(texts(await socket.receive()), ["fragments"]);
  });

  test("another socket type than fits is refused in the handshake (ZW-7)", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const bad = await join(scope, socket, "PUB");
    await bad.closed();
    const refused = await watch.next(["handshake:error:protocol", "handshake:error:auth"]);
    assertStringIncludes(refused.error!.message, "PUB");
  });

  test("a hundred strangers leave nothing behind, and a peer among them is served", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const good = await join(scope, socket, "DEALER");
    const strangers = await Promise.all(Array.from({ length: 100 }, () => dial(scope, socket)));
    strangers.forEach((stranger, i) => {
      if (i % 4 === 0) stranger.send(crypto.getRandomValues(new Uint8Array(200)));
      else if (i % 4 === 1) stranger.send(request("/nowhere"));
      else if (i % 4 === 2) stranger.send(request("/p"), wsFrame("\0x"));
      else stranger.end();
    });
    await Promise.all(strangers.map((stranger) => stranger.closed()));
    while (watch.count("disconnect") < 100) await watch.next("disconnect");
    good.send(said("still here"));
    assertEquals(texts(await socket.receive()), ["still here"]);
  });
});

describe("ws: hostile servers", () => {
  for (const [name, code, wire] of CASES) {
    test(`${name} ends the connection with ${code}`, async (scope) => {
      const { socket, watch, peer } = await connected(scope);
      await answer(peer, "DEALER");
      await watch.next("handshake");
      peer.send(wire((payload, options) => wsFrame(payload, options)));
      await assertClosed(peer, code, true);
      assertMatch((await watch.next("disconnect")).error!.code!, /^ERR_(WS|ZMTP)_/);
      assertEquals(socket.readable, false);
    });
  }

  test("a frame that is masked ends the connection with 1002 (RFC 6455, section 5.1) (ZW-8)", async (scope) => {
    const { watch, peer } = await connected(scope);
    await answer(peer, "DEALER");
    await watch.next("handshake");
    peer.send(said("x"));
    await assertClosed(peer, 1002, true);
    assertEquals((await watch.next("disconnect")).error!.code, "ERR_WS_PROTOCOL");
  });

  const answers: [name: string, answer: (accept: string) => string][] = [
    ["a wrong Sec-WebSocket-Accept", () => response("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")],
    ["404", () => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"],
    ["200", (accept) => response(accept, {}, "HTTP/1.1 200 OK")],
    ["HTTP/1.0", (accept) => response(accept, {}, "HTTP/1.0 101 Switching Protocols")],
    ["no sub-protocol", (accept) => response(accept, { "Sec-WebSocket-Protocol": undefined })],
    ["another sub-protocol", (accept) => response(accept, { "Sec-WebSocket-Protocol": "chat" })],
    [
      "a second Sec-WebSocket-Protocol",
      (accept) => response(accept, { "sec-websocket-protocol": "ZWS2.0" }),
    ],
    ["no Upgrade", (accept) => response(accept, { Upgrade: undefined })],
    ["an extension", (accept) => response(accept, { "Sec-WebSocket-Extensions": "permessage-deflate" })],
    ["a head of more than 8 KiB", (accept) => response(accept, { Filler: "x".repeat(9000) })],
    ["a ZMTP greeting", () => "\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01"],
  ];
  for (const [name, make] of answers) {
    test(`${name} in answer to the request is refused, told, and tried again`, async (scope) => {
      const { watch, peer, listener } = await connected(scope);
      const { fields } = await readHead(peer);
      peer.send(make(await acceptOf(fields.get("sec-websocket-key")!)));
      await peer.closed();
      const { error } = await watch.next("handshake:error:protocol");
      assertEquals(error!.code, "ERR_WS_HANDSHAKE");
      await watch.next("connect:retry");
      const next = await listener.accept();
      await answer(next, "DEALER");
      await watch.next("handshake");
    });
  }

  test("a server that says nothing is left after handshakeInterval", async (scope) => {
    const { watch, peer } = await connected(scope, { handshakeInterval: 50 });
    await peer.closed();
    assertEquals((await watch.next("handshake:error:other")).error!.code, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
  });
});

async function connected(
  scope: Parameters<Parameters<typeof test>[1]>[0],
  options: { [option: string]: unknown } = {},
): Promise<{
  socket: ReturnType<typeof scope.socket>;
  watch: ReturnType<typeof scope.watch>;
  peer: RawPeer;
  listener: RawListener;
}> {
  const listener = await RawListener.open(scope);
  const socket = scope.socket("Dealer", { reconnectInterval: 10, ...options });
  const watch = scope.watch(socket);
  socket.connect(`${listener.address.replace("tcp", "ws")}/p`);
  return { socket, watch, peer: await listener.accept(), listener };
}

/** The next frame closes, with this code, and then the connection is closed. */
async function assertClosed(peer: RawPeer, code: number, byClient = false): Promise<void> {
  const { opcode, body, masked } = await readFrame(peer);
  assertEquals([opcode, body[0]! << 8 | body[1]!, masked], [CLOSE, code, byClient]);
  await peer.closed();
}
