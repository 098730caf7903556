import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { SOCKET_TYPES } from "../../../src/pattern/types.ts";
import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { encodeClose, readClose } from "../../../src/ws/frame.ts";
import { WS_SERVER_FRAMING, wsClientFraming } from "../../../src/ws/framing.ts";
import { acceptOf } from "../../../src/ws/upgrade.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";
import { join, octets, pattern, property } from "../../support/transcript.ts";
import { closeBody, everySplit, KEY, readFrames, wsFrame, zws, zwsCommand } from "./wire.ts";
import type { FrameOptions } from "./wire.ts";
import { End, Link } from "./link.ts";
import type { EndOptions } from "./link.ts";

const PULL: EndOptions = { type: "PULL" };

/** READY of a peer of this type, as a ZWS message. */
function ready(type: string, identity?: string): Uint8Array {
  return zwsCommand(
    "READY",
    join(property("Socket-Type", type), identity === undefined ? [] : property("Identity", identity)),
  );
}

/** What a client of ours hears, or a server: its peer's frame. */
function peer(
  role: "client" | "server",
  payload: Uint8Array | string,
  options: FrameOptions = {},
): Uint8Array {
  return wsFrame(payload, role === "server" ? { ...options, key: KEY } : options);
}

/** A server whose client has made its handshake; what it said until then is dropped. */
function served(options: EndOptions = PULL, type = "PUSH"): End {
  const end = new End("server", options);
  end.hear(peer("server", ready(type)));
  end.output();
  assertEquals([end.failures, end.readies], [[], 1]);
  return end;
}

/** The 101 that a client's request asks for. */
function accepted(end: End, protocol = "ZWS2.0/NULL"): Uint8Array {
  const request = new TextDecoder().decode(end.output());
  const key = /Sec-WebSocket-Key: (\S+)/.exec(request)![1]!;
  return octets(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
}

function client(options: EndOptions = PULL, type = "PUSH"): End {
  const end = new End("client", options);
  end.hear(join(accepted(end), wsFrame(ready(type))));
  end.output();
  assertEquals([end.failures, end.readies], [[], 1]);
  return end;
}

/** The one frame that the engine said: opcode and payload; a close frame's code in front. */
function said(end: End): { opcode: number; payload: Uint8Array; code?: number; masked: boolean } {
  const frames = readFrames(end.output());
  assertEquals(frames.length, 1);
  const { first, payload, masked } = frames[0]!;
  const opcode = first & 15;
  return { opcode, payload, masked, ...(opcode === 8 ? { code: payload[0]! * 256 + payload[1]! } : {}) };
}

describe("WsEngine: the handshake of a client and a server", () => {
  const names = Object.keys(SOCKET_TYPES).filter((name) => name !== "STREAM") as SocketTypeName[];

  it("ZW-5, ZW-7: is made by every pair of types that RFC 37 lets talk, and by no other", () => {
    for (const a of names) {
      for (const b of names) {
        const link = new Link({ type: a }, { type: b });
        link.settle();
        const fits = (SOCKET_TYPES[a].peers as readonly string[]).includes(b);
        assertEquals([link.a.readies, link.b.readies], fits ? [1, 1] : [0, 0], `${a} and ${b}`);
        assertEquals([link.a.engine.ready, link.b.engine.ready], [fits, fits]);
        assertEquals(link.a.failures.length + link.b.failures.length > 0, !fits, `${a} and ${b}`);
        if (fits) assertEquals([link.a.peer!.socketType, link.b.peer!.socketType], [b, a]);
      }
    }
  });

  it("is made whatever the pieces, and tells the routing id", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const identity = random.octets(random.below(200)).map((octet) => octet | 1);
      for (const protocol of ["ZWS2.0/NULL", "ZWS2.0"]) {
        const link = new Link(
          { type: "DEALER", identity },
          { type: "ROUTER", protocol },
          random,
          random.pick([1, 2, 7, 100]),
        );
        link.settle();
        assertEquals([link.a.readies, link.b.readies], [1, 1], `seed ${seed}`);
        assertBytes(link.b.peer!.routingId, identity);
        assertEquals(link.b.peer!.socketType, protocol === "ZWS2.0" ? "" : "DEALER");
      }
    }
  });

  it("ZW-9: subscriptions go to a peer as messages, whatever its version", () => {
    const link = new Link({ type: "SUB" }, { type: "PUB" });
    link.settle();
    assertEquals([link.a.peer!.subscribeCommands, link.b.peer!.subscribeCommands], [false, false]);
  });

  it("ZW-3: ZWS2.0 begins with flag 00 and the routing id, each way", () => {
    assertBytes(new End("server", { ...PULL, protocol: "ZWS2.0" }).output(), [0x82, 1, 0]);
    const named = new End("server", { type: "DEALER", identity: octets("me"), protocol: "ZWS2.0" });
    assertBytes(named.output(), [0x82, 3, 0, 0x6d, 0x65]);
    const end = new End("client", { type: "DEALER", identity: octets("me") });
    end.hear(accepted(end, "ZWS2.0"));
    const { opcode, payload, masked } = said(end);
    assertEquals([opcode, masked, end.readies], [2, true, 0]);
    assertBytes(payload, zws(0, "me"));
    end.hear(join(wsFrame(zws(0, "you")), wsFrame(zws(0, "hello"))));
    assertEquals([end.readies, end.peer!.socketType], [1, ""]);
    assertBytes(end.peer!.routingId, "you");
    assertFrames(end.messages[0]!, ["hello"]);
  });

  it("messages before it, and what is no READY or routing id, close with 1008", () => {
    const rows: readonly (readonly [string, Uint8Array, string])[] = [
      ["ZWS2.0/NULL", zws(0, "early"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["ZWS2.0/NULL", zwsCommand("HELLO"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["ZWS2.0/NULL", zwsCommand("READY", "rubbish"), "ERR_ZMTP_MALFORMED_COMMAND_READY"],
      ["ZWS2.0/NULL", ready("REQ"), "ERR_ZMTP_INVALID_METADATA"],
      ["ZWS2.0/NULL", zwsCommand("ERROR", "\u0003no."), "ERR_ZMTP_UNSPECIFIED"],
      ["ZWS2.0/NULL", zws(2), "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED"],
      ["ZWS2.0", zws(1, "id"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["ZWS2.0", ready("PUSH"), "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["ZWS2.0", zws(0, "\0id"), "ERR_ZMTP_INVALID_METADATA"],
      ["ZWS2.0", zws(0, new Uint8Array(256).fill(1)), "ERR_ZMTP_INVALID_METADATA"],
    ];
    for (const [protocol, message, code] of rows) {
      const end = new End("server", { ...PULL, protocol });
      end.output();
      end.hear(join(peer("server", message), peer("server", zws(0, "more"))));
      assertEquals(
        [end.failure, end.readies, end.messages.length],
        [code, 0, 0],
        new TextDecoder().decode(message),
      );
      const frames = readFrames(end.output());
      assertEquals(frames.at(-1)!.first, 0x88);
      assertBytes(frames.at(-1)!.payload.slice(0, 2), [1008 >>> 8, 1008 & 255]);
      assertEquals(end.engine.deadline(), undefined);
    }
  });

  it("a peer of a type that does not fit gets an ERROR command before the close frame", () => {
    const end = new End("server", PULL);
    end.output();
    end.hear(peer("server", ready("PULL")));
    const frames = readFrames(end.output());
    assertEquals(frames.map((frame) => frame.first), [0x82, 0x88]);
    assertBytes(frames[0]!.payload, zwsCommand("ERROR", "\u0013Invalid socket type"));
  });

  it("handshake messages of more than 65 KiB are refused from their header", () => {
    const end = new End("server", PULL);
    end.hear(join([0x82, 0xff, 0, 0, 0, 0, 0, 1, 4, 2], KEY));
    assertEquals(end.failure, "ERR_ZMTP_MESSAGE_TOO_LONG");
  });

  it("upgrade and handshake have to be done within the interval", () => {
    const silent = new End("client", { ...PULL, handshakeInterval: 500 }, 1000);
    assertEquals(silent.engine.deadline(), 1500);
    silent.output();
    silent.engine.tick(1500);
    assertEquals(silent.failure, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
    assertEquals(silent.output().length, 0);

    const half = new End("client", { ...PULL, handshakeInterval: 500 }, 1000);
    half.hear(accepted(half));
    assertEquals(half.engine.deadline(), 1500);
    half.hear(wsFrame(ready("PUSH")));
    assertEquals([half.engine.deadline(), half.readies], [undefined, 1]);

    const server = new End("server", { ...PULL, handshakeInterval: 500 }, 0);
    server.output();
    server.engine.tick(500);
    assertEquals([server.failure, said(server).code], ["ERR_ZMTP_HANDSHAKE_TIMEOUT", 1008]);
  });
});

describe("WsEngine: a client's opening handshake", () => {
  it("the answer may come in any pieces, frames right behind it", () => {
    const wire = (end: End) =>
      join(accepted(end), wsFrame(ready("PUSH")), wsFrame(zws(1, "a")), wsFrame(zws(0, "b")));
    for (const piece of [1, 2, 3, 50, 1000]) {
      const end = new End("client", PULL);
      const all = wire(end);
      for (let at = 0; at < all.length; at += piece) end.hear(all.slice(at, at + piece));
      assertEquals([end.readies, end.messages.length, end.failures.length], [1, 1, 0]);
      assertFrames(end.messages[0]!, ["a", "b"]);
    }
  });

  it("a refusal is told with what came, and nothing is said to it", () => {
    for (
      const [answer, message] of [
        ["HTTP/1.1 404 Not Found\r\n\r\n", /404 "Not Found"/],
        ["HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n", /Connection is not there/],
        ["HTTP/1.0 101 x\r\n\r\n", /HTTP\/1\.0/],
        ["SSH-2.0-OpenSSH_9\r\n\r\n", /SSH-2\.0/],
        ["\xff", /No HTTP/],
      ] as const
    ) {
      const end = new End("client", PULL);
      end.output();
      end.hear(Uint8Array.from(answer, (each) => each.charCodeAt(0)));
      assertEquals(end.failure, "ERR_WS_HANDSHAKE");
      assertMatch(end.failures[0]!.message, message);
      assertEquals(end.output().length, 0);
      end.hear(octets("more"));
      assertEquals(end.failures.length, 1);
    }
  });
});

describe("WsEngine: messages both ways", () => {
  it("arrive whole and in order, in random pieces, sizes around the borders, PINGs between", () => {
    const sizes = [0, 1, 10, 123, 124, 125, 126, 127, 500, 16_384, 16_385, 65_533, 65_534, 65_535, 65_536];
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const protocol = random.pick(["ZWS2.0/NULL", "ZWS2.0"]);
      const heartbeat = { interval: random.pick([0, 10]), timeout: 1000 };
      const link = new Link(
        { type: "DEALER", heartbeat },
        { type: "DEALER", protocol, heartbeat },
        random,
        random.pick([3, 100, 5000]),
      );
      const queues = {
        a: wsClientFraming((length) => random.octets(length)).makeQueue(16_384),
        b: WS_SERVER_FRAMING.makeQueue(16_384),
      };
      link.settle();
      const sent: Record<"a" | "b", Uint8Array[][]> = { a: [], b: [] };
      for (let i = 0; i < 15; i++) {
        const side = random.pick(["a", "b"] as const);
        const message = Array.from(
          { length: random.between(1, 3) },
          (_, k) => pattern(random.pick(sizes.slice(0, random.pick([9, 9, 15]))), i + k),
        );
        sent[side].push(message);
        queues[side].append(message);
        if (random.chance(0.5)) {
          for (const each of ["a", "b"] as const) {
            const batch = queues[each].take();
            if (batch !== undefined) link.send(each, batch);
            queues[each].recycle();
          }
          link.advance(link.now + random.below(30));
        }
      }
      for (const each of ["a", "b"] as const) {
        for (let batch; (batch = queues[each].take());) link.send(each, batch);
      }
      link.settle();
      for (const [side, end] of [["a", link.b], ["b", link.a]] as const) {
        assertEquals(end.failures, []);
        assertEquals(
          end.messages.map((m) => m.map((f) => f.length)),
          sent[side].map((m) => m.map((f) => f.length)),
        );
        assert(
          end.messages.every((m, i) => m.every((f, k) => equalBytes(f, sent[side][i]![k]!))),
          `seed ${seed}`,
        );
      }
    }
  });

  it("ZW-10: fragments of a WebSocket message are one ZWS frame", () => {
    for (
      const { chunks } of everySplit(join(
        peer("server", Uint8Array.of(1), { fin: false }),
        peer("server", "p", { opcode: 9 }),
        peer("server", "he", { opcode: 0, fin: false }),
        peer("server", "ad", { opcode: 0 }),
        peer("server", zws(0, "tail")),
      ))
    ) {
      const end = served();
      for (const chunk of chunks) end.hear(chunk);
      assertEquals(end.messages.length, 1);
      assertFrames(end.messages[0]!, ["head", "tail"]);
      assertBytes(said(end).payload, "p");
    }
  });

  it("a host that is full stalls the engine until resume", () => {
    const end = served();
    end.room = () => false;
    end.hear(join(...["a", "b", "c"].map((body) => peer("server", zws(0, body)))));
    assertEquals([end.messages.length, end.engine.stalled], [1, true]);
    end.engine.resume();
    end.room = () => true;
    end.engine.resume();
    assertEquals([end.messages.length, end.engine.stalled], [3, false]);
  });

  it("SUBSCRIBE and CANCEL, JOIN and LEAVE are understood as commands where they are for us", () => {
    const pub = served({ type: "XPUB" }, "SUB");
    pub.hear(
      join(
        peer("server", zwsCommand("SUBSCRIBE", "A")),
        peer("server", zwsCommand("CANCEL", "A")),
        peer("server", zws(0, "\u0001B")),
      ),
    );
    assertFrames(pub.messages.flat(), ["\u0001A", "\0A", "\u0001B"]);
    const radio = served({ type: "RADIO" }, "DISH");
    radio.hear(join(peer("server", zwsCommand("JOIN", "g")), peer("server", zwsCommand("LEAVE", "g"))));
    assertEquals(radio.messages.map((message) => message.length), [2, 2]);
    const pull = served();
    pull.hear(join(peer("server", zwsCommand("SUBSCRIBE", "A")), peer("server", zwsCommand("WHATEVER"))));
    assertEquals([pull.messages.length, pull.failures.length], [0, 0]);
  });

  it("what the handshake may not have, messages may: more than 65 KiB", () => {
    const end = served();
    end.hear(peer("server", zws(0, pattern(300_000))));
    assertEquals([end.failures.length, end.messages[0]?.[0]?.length], [0, 300_000]);
  });

  it("the limit of a message counts anew for each", () => {
    const end = served({ ...PULL, limits: { message: 100, parts: 2 } });
    for (let i = 0; i < 5; i++) {
      end.hear(join(...[1, 0].map((flag) => peer("server", zws(flag, pattern(50))))));
    }
    assertEquals([end.failures.length, end.messages.length], [0, 5]);
  });

  it("a ZMTP PING command gets its PONG command, the latest only", () => {
    const end = served();
    end.hear(
      join(peer("server", zwsCommand("PING", "\0\0one")), peer("server", zwsCommand("PING", "\0\0two"))),
    );
    assertBytes(said(end).payload, zwsCommand("PONG", "two"));
  });
});

describe("WsEngine: violations (X-108, ZW-8, ZW-10, ZW-11)", () => {
  const rows: readonly (readonly [string, number, string, Uint8Array])[] = [
    ["a continuation without start", 1002, "ERR_WS_PROTOCOL", peer("server", "x", { opcode: 0 })],
    ["text", 1003, "ERR_WS_PROTOCOL", peer("server", "x", { opcode: 1 })],
    ["an unmasked frame from a client", 1002, "ERR_WS_PROTOCOL", wsFrame(zws(0, "x"))],
    [
      "a 16-bit length that is not minimal",
      1002,
      "ERR_WS_PROTOCOL",
      peer("server", zws(0, "x"), { form: 16 }),
    ],
    [
      "a 64-bit length that is not minimal",
      1002,
      "ERR_WS_PROTOCOL",
      peer("server", zws(0, "x"), { form: 64 }),
    ],
    ["a control frame of 126 octets", 1002, "ERR_WS_PROTOCOL", peer("server", pattern(126), { opcode: 9 })],
    ["a length of 2^63", 1002, "ERR_WS_PROTOCOL", join([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], KEY)],
    ["RSV1", 1002, "ERR_WS_PROTOCOL", peer("server", zws(0, "x"), { rsv: 4 })],
    ["an empty binary message", 1008, "ERR_WS_PROTOCOL", peer("server", "")],
    ["flag 03: a command with more", 1008, "ERR_WS_PROTOCOL", peer("server", zws(3, "x"))],
    ["flag 80", 1008, "ERR_WS_PROTOCOL", peer("server", zws(0x80, "x"))],
    ["a command without a name", 1008, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", peer("server", zws(2))],
    ["a frame above maxMessageSize", 1009, "ERR_ZMTP_MESSAGE_TOO_LONG", peer("server", zws(0, pattern(101)))],
    [
      "a message of too many frames",
      1009,
      "ERR_ZMTP_MESSAGE_TOO_LONG",
      join(...[1, 1, 1, 1].map((flag) => peer("server", zws(flag, "x")))),
    ],
    [
      "a message above maxMessageTotal",
      1009,
      "ERR_ZMTP_MESSAGE_TOO_LONG",
      join(...[1, 1, 0].map((flag) => peer("server", zws(flag, pattern(60))))),
    ],
  ];
  for (const [name, close, code, wire] of rows) {
    it(`${name}: close ${close}, however it is cut, and nothing after it`, () => {
      for (
        const { how, chunks } of everySplit(
          join(peer("server", zws(0, "ok")), wire, peer("server", zws(0, "after"))),
        )
      ) {
        const end = served({ ...PULL, limits: { frame: 100, message: 150, parts: 3 } });
        for (const chunk of chunks) end.hear(chunk);
        assertEquals([end.failures.length, end.failure, end.messages.length], [1, code, 1], how);
        const answer = said(end);
        assertEquals([answer.opcode, answer.code], [8, close], how);
        assert(answer.payload.length <= 125);
        assertEquals([end.engine.deadline(), end.engine.ready, end.engine.transmit()], [
          undefined,
          false,
          undefined,
        ]);
      }
    });
  }

  it("a masked frame from a server fails a client, whose close frame is masked", () => {
    const end = client();
    end.hear(wsFrame(zws(0, "x"), { key: KEY }));
    const answer = said(end);
    assertEquals([end.failure, answer.code, answer.masked], ["ERR_WS_PROTOCOL", 1002, true]);
  });

  it("a DISH takes messages of a group and one part only (RFC 48)", () => {
    const end = served({ type: "DISH" }, "RADIO");
    end.hear(peer("server", zws(0, "lonely")));
    assertEquals([end.failure, said(end).code], ["ERR_ZMTP_UNSPECIFIED", 1008]);
  });
});

describe("WsEngine: PING and PONG (ZW-12, RFC 6455, 5.5.2)", () => {
  it("a ping is answered with its body; of many the latest", () => {
    for (const [role, end] of [["server", served()], ["client", client()]] as const) {
      end.hear(join(...["one", "two", "three"].map((body) => peer(role, body, { opcode: 9 }))));
      const { opcode, payload, masked } = said(end);
      assertEquals([opcode, masked], [10, role === "client"]);
      assertBytes(payload, "three");
    }
  });

  it("a ping is answered before ZWS's handshake, too", () => {
    const end = new End("server", PULL);
    end.output();
    end.hear(peer("server", "early", { opcode: 9 }));
    assertBytes(said(end).payload, "early");
  });

  it("heartbeats are WebSocket's pings, and a peer that answers lives", () => {
    const link = new Link({ type: "PUSH", heartbeat: { interval: 100, timeout: 50 } }, PULL);
    link.advance(10_000);
    assertEquals([link.a.failures.length, link.a.engine.ready], [0, true]);
    const end = client({ ...PULL, heartbeat: { interval: 100, timeout: 50 } });
    assertEquals(end.engine.deadline(), 100);
    end.engine.tick(100);
    const { opcode, payload, masked } = said(end);
    assertEquals([opcode, payload.length, masked], [9, 0, true]);
  });

  it("any frame is a sign of life; none in time is the end", () => {
    for (
      const sign of [
        wsFrame("", { opcode: 10 }),
        wsFrame(zws(0, "m")),
        wsFrame("x", { opcode: 9 }).slice(0, 1),
      ]
    ) {
      const end = client({ ...PULL, heartbeat: { interval: 100, timeout: 50 } });
      end.engine.tick(100);
      end.hear(sign, 140);
      end.engine.tick(190);
      assertEquals(end.failures, []);
    }
    const silent = client({ ...PULL, heartbeat: { interval: 100, timeout: 50 } });
    for (let at; (at = silent.engine.deadline()) !== undefined && at < 1000;) silent.engine.tick(at);
    assertEquals(silent.failure, "ERR_ZMTP_HEARTBEAT_TIMEOUT");
  });
});

describe("WsEngine: silence while our own host is full", () => {
  it("is no sign of the peer's death", () => {
    const end = client({ ...PULL, heartbeat: { interval: 100, timeout: 50 } });
    end.room = () => false;
    end.hear(wsFrame(zws(0, "full")), 10);
    for (let at; (at = end.engine.deadline()) !== undefined && at < 2000;) end.engine.tick(at);
    assertEquals([end.engine.stalled, end.failures.length], [true, 0]);
  });
});

describe("WsEngine: closing (Autobahn 7)", () => {
  /** What an engine with this role does with a close frame of this body. */
  function closed(role: "client" | "server", body: Uint8Array): End {
    const end = role === "server" ? served() : client();
    end.hear(
      join(
        peer(role, zws(0, "before")),
        peer(role, body, { opcode: 8 }),
        peer(role, zws(0, "after")),
        peer(role, "p", { opcode: 9 }),
      ),
    );
    assertEquals(end.messages.length, 1);
    return end;
  }
  const roles = ["client", "server"] as const;

  it("7.1.1 to 7.1.6: a close is answered with a close, once, and nothing after it is heard", () => {
    for (const role of roles) {
      const end = closed(role, closeBody(1000));
      assertEquals([end.endings, end.failures], [[undefined], []]);
      const { opcode, code, masked } = said(end);
      assertEquals([opcode, code, masked], [8, 1000, role === "client"]);
      assertEquals([end.engine.deadline(), end.engine.farewell?.()], [undefined, undefined]);
      end.hear(peer(role, closeBody(1000), { opcode: 8 }));
      assertEquals([end.endings.length, end.output().length], [1, 0]);
    }
  });

  it("7.3.1: a close without a code", () => {
    for (const role of roles) {
      const end = closed(role, octets(""));
      assertEquals([end.endings, end.failures, said(end).payload.length], [[undefined], [], 0]);
    }
  });

  it("7.3.2: half a code fails", () => {
    for (const role of roles) {
      const end = closed(role, Uint8Array.of(3));
      assertEquals([end.endings, end.failure, said(end).code], [[], "ERR_WS_PROTOCOL", 1002]);
    }
  });

  it("7.3.3 to 7.3.5: a reason, up to 123 octets", () => {
    for (const role of roles) {
      for (const reason of ["", "Hello World!", "*".repeat(123)]) {
        const end = closed(role, closeBody(1000, reason));
        assertEquals([end.endings, said(end).code], [[undefined], 1000]);
      }
    }
  });

  it("7.3.6: a reason of 124 octets makes the control frame too long", () => {
    const end = closed("server", closeBody(1000, "*".repeat(124)));
    assertEquals([end.endings, end.failure, said(end).code], [[], "ERR_WS_PROTOCOL", 1002]);
  });

  it("7.5.1 and the sequences of 6: a reason that is no UTF-8 fails with 1007", () => {
    const bad: readonly (readonly number[])[] = [
      [0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xce, 0xbc, 0xce, 0xb5, 0xed, 0xa0, 0x80],
      [0x80], // 6.14: a continuation octet alone
      [0xc3], // 6.17: a first octet alone
      [0xc0, 0xaf], // 6.18: overlong
      [0xed, 0xa0, 0x80], // 6.20: a surrogate
      [0xf4, 0x90, 0x80, 0x80], // 6.12: above U+10FFFF
      [0xff],
    ];
    for (const octetsOfReason of bad) {
      const end = closed("server", closeBody(1000, Uint8Array.from(octetsOfReason)));
      assertEquals([end.endings, end.failure, said(end).code], [[], "ERR_WS_PROTOCOL", 1007]);
    }
    const good = closed("server", closeBody(1000, "κόσμε 🎉 \ufeff"));
    assertEquals([good.endings, good.failures], [[undefined], []]);
  });

  it("7.7: every code that may be sent is answered with the same", () => {
    for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
      const end = closed("server", closeBody(code, "why"));
      assertEquals(said(end).code, code);
      const error = end.endings[0];
      assertEquals([end.endings.length, error?.code], [1, code <= 1001 ? undefined : "ERR_WS_CLOSED"]);
      if (error !== undefined) assertMatch(error.message, new RegExp(`${code} "why"`));
    }
  });

  it("7.9, 7.13: codes that must not be sent fail with 1002", () => {
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]) {
      const end = closed("server", closeBody(code));
      assertEquals([end.endings, end.failure, said(end).code], [[], "ERR_WS_PROTOCOL", 1002], `${code}`);
    }
  });

  it("a close in the middle of a message (X-108) ends the connection in order, without the message", () => {
    const end = served();
    end.hear(
      join(
        peer("server", zws(1, "half")),
        peer("server", zws(0, "x"), { fin: false }),
        peer("server", closeBody(1001), { opcode: 8 }),
      ),
    );
    assertEquals([end.endings, end.failures, end.messages.length], [[undefined], [], 0]);
  });

  it("waits its turn behind messages for a host that is full", () => {
    const end = served();
    end.room = () => false;
    end.hear(
      join(
        peer("server", zws(0, "a")),
        peer("server", zws(0, "b")),
        peer("server", closeBody(1000), { opcode: 8 }),
      ),
    );
    assertEquals([end.messages.length, end.endings.length], [1, 0]);
    end.engine.resume();
    end.engine.resume();
    assertEquals([end.messages.length, end.endings.length, said(end).code], [2, 1, 1000]);
  });

  it("our own end says 1000, after which nothing is heard", () => {
    for (const [role, end] of [["server", served()], ["client", client()]] as const) {
      const frame = readFrames(end.engine.farewell!()!)[0]!;
      assertEquals([frame.first, frame.masked], [0x88, role === "client"]);
      assertBytes(frame.payload, closeBody(1000));
      end.hear(join(peer(role, zws(0, "late")), peer(role, closeBody(1000), { opcode: 8 })));
      assertEquals([end.messages.length, end.endings.length, end.failures.length, end.output().length], [
        0,
        0,
        0,
        0,
      ]);
    }
  });

  it("a reason that is too long is cut between characters", () => {
    for (const reason of ["é".repeat(100), "a" + "é".repeat(100), "🎉".repeat(40), "a🎉".repeat(30)]) {
      const { payload } = readFrames(encodeClose(1002, reason, undefined))[0]!;
      assert(payload.length <= 125 && payload.length > 120);
      const read = readClose(payload);
      assertEquals(read.code, 1002);
      assert(reason.startsWith(read.reason) && read.reason.length > 50);
    }
  });

  it("a client that was not upgraded has no frame to end with", () => {
    assertEquals(new End("client", PULL).engine.farewell!(), undefined);
  });
});

describe("WsEngine: rubbish", () => {
  it("ends that connection once, or waits; it never throws, and says at most one close frame", () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const random = new Random(seed);
      const end = random.chance(0.5) ? served() : client();
      const role = end.engine.ready && seed % 2 === 0 ? "client" : "server";
      const frames = Array.from(
        { length: 3 },
        () =>
          peer(role, random.octets(random.below(9)), { opcode: random.below(16), fin: random.chance(0.9) }),
      );
      const wire = random.chance(0.5) ? random.octets(40) : join(...frames);
      for (const chunk of random.split(wire, 20)) end.hear(chunk);
      assert(end.failures.length + end.endings.length <= 1, `seed ${seed}`);
      const closes = readFrames(end.output()).filter((frame) => frame.first === 0x88).length;
      assertEquals(closes, end.failures.length + end.endings.length, `seed ${seed}`);
    }
  });
});

describe("ZwsMessageEngine: on a host's own WebSocket", () => {
  /** One chunk a message, as a host gives and takes them. */
  function page(options: EndOptions = PULL, type = "PUSH"): End {
    const end = new End("page", options);
    assertBytes(end.engine.transmit()!, ready(options.type));
    end.hear(ready(type));
    assertEquals([end.readies, end.engine.ready], [1, true]);
    return end;
  }

  it("speaks ZWS2.0/NULL and ZWS2.0, one message a chunk", () => {
    const end = page();
    end.hear(zws(1, "a"));
    assertEquals(end.messages.length, 0);
    end.hear(zws(0, pattern(70_000)));
    assertEquals(end.messages.length, 1);
    assertFrames(end.messages[0]!.slice(0, 1), ["a"]);
    assert(equalBytes(end.messages[0]![1]!, pattern(70_000)));

    const plain = new End("page", { type: "DEALER", identity: octets("me"), protocol: "ZWS2.0" });
    assertBytes(plain.engine.transmit()!, zws(0, "me"));
    plain.hear(zws(0, "you"));
    assertBytes(plain.peer!.routingId, "you");
    assertEquals(plain.peer!.socketType, "");
  });

  it("keeps what comes while its host is full", () => {
    const end = page();
    end.room = () => false;
    for (const body of ["a", "b", "c"]) end.hear(zws(0, body));
    assertEquals([end.messages.length, end.engine.stalled], [1, true]);
    end.engine.resume();
    assertEquals(end.messages.length, 2);
    end.room = () => true;
    end.engine.resume();
    assertFrames(end.messages.flat(), ["a", "b", "c"]);
  });

  it("refuses what ZWS refuses, once, and says nothing after it", () => {
    for (
      const message of [
        octets(""),
        zws(3, "x"),
        zws(0x80),
        zws(2),
        zws(0, pattern(101)),
        zws(2, pattern(101)),
      ]
    ) {
      const end = page({ ...PULL, limits: { frame: 100 } });
      end.hear(message);
      end.hear(zws(0, "after"));
      assertEquals([end.failures.length, end.messages.length, end.engine.ready], [1, 0, false]);
      assertEquals(end.output().length, 0);
    }
  });

  it("tells a peer that does not fit by an ERROR, which is a message of its own", () => {
    const end = new End("page", PULL);
    end.hear(ready("PULL"));
    assertEquals(end.failure, "ERR_ZMTP_INVALID_METADATA");
    assertBytes(end.engine.transmit()!, zwsCommand("ERROR", "\u0013Invalid socket type"));
    assertEquals(end.engine.transmit(), undefined);
  });

  it("has no heartbeats, for a page can send no PING, but the interval of the handshake", () => {
    const end = new End("page", {
      ...PULL,
      handshakeInterval: 300,
      heartbeat: { interval: 10, timeout: 10 },
    });
    assertEquals(end.engine.deadline(), 300);
    end.engine.tick(300);
    assertEquals(end.failure, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
    assertEquals(page({ ...PULL, heartbeat: { interval: 10, timeout: 10 } }).engine.deadline(), undefined);
  });
});

describe("a server of WebSocket that is a client of CURVE", () => {
  it("whose server's key is a point of small order fails as an engine, and does not throw at who accepts", () => {
    const [publicKey, secretKey, serverKey] = [
      new Uint8Array(32),
      new Uint8Array(32).fill(8),
      new Uint8Array(32),
    ];
    const random = new Random(1);
    const end = new End("server", {
      ...PULL,
      protocol: "ZWS2.0/CURVE",
      makeMechanism: (properties) =>
        new CurveClient({ publicKey, secretKey, serverKey }, properties, (length) => random.octets(length)),
    });
    assertEquals(end.failures.map(({ code, final }) => [code, final]), [["ERR_ZMTP_CRYPTOGRAPHIC", true]]);
    end.hear(peer("server", zwsCommand("WELCOME", new Uint8Array(160))));
    assertEquals([end.failures.length, end.engine.ready, end.engine.deadline()], [1, false, undefined]);
  });
});
