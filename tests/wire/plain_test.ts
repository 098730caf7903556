/**
 * The PLAIN mechanism on the wire (RFC 24), octet by octet, against sockets of ours as server and as client, with an
 * authentication handler (RFC 27) that remembers what it was asked. Names begin with the rows of the conformance list
 * (PL) and of the catalogue of attacks (X, H).
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, until, type Watch, within } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { masked, parts, readFrame, readHead, request } from "../ws/raw_ws.ts";
import * as ws from "../ws/raw_ws.ts";
import {
  COMMAND,
  command,
  frame,
  greeting,
  message,
  MORE,
  type Octets,
  octets,
  property,
  RawListener,
  RawPeer,
  ready,
  text,
} from "./raw.ts";

const PLAIN = { mechanism: "PLAIN" };
const PROPERTIES = property("Socket-Type", "DEALER");
const WELCOME = "\x04\x08\x07WELCOME";
const MALFORMED = "ERR_ZMTP_MALFORMED_COMMAND_HELLO";
const UNEXPECTED = "ERR_ZMTP_UNEXPECTED_COMMAND";

/** HELLO of these credentials. */
function hello(username: Octets = "admin", password: Octets = "secret"): Uint8Array {
  return command("HELLO", octets([username.length], username, [password.length], password));
}

const INITIATE = command("INITIATE", PROPERTIES);

/** What the handler was asked, and a DEALER of ours that it guards, with its monitor and a connection that is good. */
interface Guarded {
  readonly asked: Uint8Array[][];
  readonly socket: AnySocket;
  readonly watch: Watch;
  readonly good: RawPeer;
}

/** A handler for the context of all tests; lets "admin" in, with any password but "wrong". */
async function handler(scope: Scope): Promise<Uint8Array[][]> {
  const asked: Uint8Array[][] = [];
  const socket = scope.socket("Reply");
  await socket.bind("inproc://zeromq.zap.01");
  const serve = async () => {
    for await (const frames of socket) {
      asked.push(frames);
      const username = text(frames[6]!);
      const status = /^[345]00$/.test(username) ? username : text(frames[7]!) === "wrong" ? "400" : "200";
      await socket.send([frames[0]!, frames[1]!, status, "why", "somebody", ""]);
    }
  };
  void serve();
  return asked;
}

async function guarded(
  scope: Scope,
  transport: "tcp" | "ws" = "tcp",
  options: { [option: string]: unknown } = {},
): Promise<Guarded> {
  const asked = await handler(scope);
  const socket = scope.socket("Dealer", { plainServer: true, ...options });
  const watch = scope.watch(socket);
  await socket.bind(scope.address(transport));
  if (transport === "ws") return { asked, socket, watch, good: undefined as unknown as RawPeer };
  const good = await met(scope, socket);
  await join(good);
  await watch.next("handshake");
  asked.length = 0;
  return { asked, socket, watch, good };
}

/** A client behind its greeting. */
async function met(scope: Scope, socket: AnySocket): Promise<RawPeer> {
  const raw = await RawPeer.dial(scope, socket);
  raw.send(greeting(PLAIN));
  const theirs = await raw.read(64);
  assertEquals(text(theirs.subarray(12, 33)), `${"PLAIN".padEnd(20, "\0")}\x01`);
  return raw;
}

/** The handshake of a good client. */
async function join(raw: RawPeer): Promise<void> {
  raw.send(hello());
  assertEquals(text(await raw.read(10)), WELCOME);
  raw.send(INITIATE);
  const { flags, body } = await raw.frame();
  assertEquals([flags, text(body.subarray(0, 6))], [COMMAND, "\x05READY"]);
}

const ERRORS = ["handshake:error:protocol", "handshake:error:auth", "handshake:error:other"];
const ENDS = [...ERRORS, "disconnect"];

/** Closed with one event, after just these last words; nothing of it is received, and the good one is served. */
async function assertRefused(
  { socket, watch, good }: Omit<Guarded, "asked">,
  bad: RawPeer,
  { type = "handshake:error:protocol", code, words = "" }: {
    readonly type?: string;
    readonly code?: string;
    readonly words?: string;
  },
): Promise<void> {
  assertEquals(text(await bad.closed()), words);
  const event = await watch.next(ENDS);
  assertEquals(event.type, type, event.error?.message);
  if (code !== undefined) assertEquals(event.error?.code, code, event.error?.message);
  assertEquals((await watch.next(ENDS)).type, "disconnect");
  good.send(message("from a good peer"));
  const received = await within(socket.receive(), 5000, "a good peer's message");
  assertEquals(received.map(text), ["from a good peer"]);
}

describe("PLAIN: the server", () => {
  test("PL-1 PL-3 PL-6 HELLO, WELCOME, INITIATE, READY, octet by octet, and silence until it is asked (PL-9)", async (scope) => {
    const { socket } = await guarded(scope);
    const raw = await met(scope, socket);
    raw.send("\x04\x13\x05HELLO\x05admin\x06secret");
    assertEquals(text(await raw.read(10)), WELCOME);
    assertEquals(raw.pending, 0);
    raw.send("\x04\x1f\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER");
    const said = "\x04\x29\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0";
    assertEquals(text(await raw.read(said.length)), said);
    raw.send(message("two", "parts"));
    assertEquals((await socket.receive()).map(text), ["two", "parts"]);
  });

  test("ZA-2 ZA-3 PL-10 credentials come to the handler as they are: NUL, 255 octets, none (X-94)", async (scope) => {
    const { asked, socket, watch } = await guarded(scope, "tcp", { zapDomain: "global", routingId: "here" });
    const all = Uint8Array.from({ length: 255 }, (_, i) => i);
    const cases: [Octets, Octets][] = [
      ["admin", "secret\0"],
      ["ad\0min", "\0"],
      ["", ""],
      [all, all.slice().reverse()],
      [[0xff, 0xfe, 0x80], "\r\n"],
      ["x", new Uint8Array(255)],
    ];
    for (const [username, password] of cases) {
      const raw = await met(scope, socket);
      raw.send(hello(username, password));
      assertEquals(text(await raw.read(10)), WELCOME);
      const [version, , domain, address, identity, mechanism, ...credentials] = asked.pop()!;
      assertEquals([version!, domain!, address!, identity!, mechanism!].map(text), [
        "1.0",
        "global",
        "127.0.0.1",
        "here",
        "PLAIN",
      ]);
      assertEquals(credentials.map(text), [text(octets(username)), text(octets(password))]);
      raw.end();
      await watch.next("disconnect");
    }
    assertEquals(asked, []);
  });

  test("PL-2 a HELLO that is cut, overruns or has more behind it: no WELCOME, and nobody is asked (X-80)", async (scope) => {
    const aim = await guarded(scope);
    const bodies: Octets[] = [
      "",
      "\0",
      "\x05",
      "\x05admi",
      "\x05admin",
      "\x05admin\x06",
      "\x05admin\x06secre",
      "\x05admin\x07secret",
      "\xffadmin\x06secret",
      "\x05admin\xffsecret",
      "\x05admin\x06secret\0",
      "\x05admin\x06secretx",
      "\x05admin\x06secret\x03400",
      "\0\0\0",
      octets([255], new Uint8Array(255)),
      octets([255], new Uint8Array(255), [255], new Uint8Array(254)),
      octets([255], new Uint8Array(255), [255], new Uint8Array(256)),
    ];
    for (const body of bodies) {
      const bad = await met(scope, aim.socket);
      bad.send(command("HELLO", body), INITIATE, message("never"));
      await assertRefused(aim, bad, { code: MALFORMED });
    }
    assertEquals(aim.asked, []);
  });

  test("PL-5 other than HELLO first (X-80)", async (scope) => {
    const aim = await guarded(scope);
    const wires: [string, Uint8Array][] = [
      [UNEXPECTED, INITIATE],
      [UNEXPECTED, command("WELCOME")],
      [UNEXPECTED, ready("DEALER")],
      [UNEXPECTED, command("ERROR", "\x03400")],
      [UNEXPECTED, command("PING", "\0\0")],
      [UNEXPECTED, command("hello", "\x05admin\x06secret")],
      [UNEXPECTED, command("HELLOO", "\x05admin\x06secret")],
      [UNEXPECTED, message("never")],
      [UNEXPECTED, frame(0, "\x05HELLO\x05admin\x06secret")],
      ["ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", frame(COMMAND, "")],
      ["ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", frame(COMMAND, "\0")],
      ["ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", frame(COMMAND, "\x06HELLO")],
      ["ERR_ZMTP_UNSPECIFIED", frame(COMMAND | MORE, "\x05HELLO\x05admin\x06secret")],
      ["ERR_ZMTP_MESSAGE_TOO_LONG", octets([COMMAND | 2, 0, 0, 0, 0, 0, 1, 4, 1], "\x05HELLO")],
    ];
    for (const [code, wire] of wires) {
      const bad = await met(scope, aim.socket);
      bad.send(wire, hello(), INITIATE, message("never"));
      await assertRefused(aim, bad, { code });
    }
    assertEquals(aim.asked, []);
  });

  test("PL-4 PL-5 other than INITIATE after WELCOME (X-80)", async (scope) => {
    const aim = await guarded(scope);
    const wires: [string, Uint8Array, string?][] = [
      [UNEXPECTED, hello()],
      [UNEXPECTED, ready("DEALER")],
      [UNEXPECTED, command("WELCOME")],
      [UNEXPECTED, command("ERROR", "\x03400")],
      [UNEXPECTED, message("never")],
      ["ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", frame(COMMAND, "")],
      ["ERR_ZMTP_MALFORMED_COMMAND_INITIATE", command("INITIATE", octets(PROPERTIES, [1], "X"))],
      [
        "ERR_ZMTP_MALFORMED_COMMAND_INITIATE",
        command("INITIATE", octets(PROPERTIES, [1], "X", [0, 0, 0, 4])),
      ],
      ["ERR_ZMTP_MALFORMED_COMMAND_INITIATE", command("INITIATE", octets(PROPERTIES, [0, 0, 0, 0, 0]))],
      ["ERR_ZMTP_MALFORMED_COMMAND_INITIATE", command("INITIATE", "x")],
      ["ERR_ZMTP_INVALID_METADATA", command("INITIATE"), "\x04\x1a\x05ERROR\x13Invalid socket type"],
      [
        "ERR_ZMTP_INVALID_METADATA",
        command("INITIATE", property("Socket-Type", "SUB")),
        "\x04\x1a\x05ERROR\x13Invalid socket type",
      ],
      [
        "ERR_ZMTP_INVALID_METADATA",
        command("INITIATE", octets(PROPERTIES, property("Identity", "x".repeat(256)))),
      ],
    ];
    for (const [code, wire, words] of wires) {
      const bad = await met(scope, aim.socket);
      bad.send(hello());
      assertEquals(text(await bad.read(10)), WELCOME);
      bad.send(wire, INITIATE, message("never"));
      await assertRefused(aim, bad, { code, ...(words !== undefined && { words }) });
    }
  });

  test("PL-5 a HELLO while the handler is asked about the first", async (scope) => {
    const aim = await guarded(scope);
    const bad = await met(scope, aim.socket);
    bad.send(hello(), hello("admin", "another"), INITIATE, message("never"));
    await assertRefused(aim, bad, { code: UNEXPECTED, words: WELCOME });
    assertEquals(aim.asked.length, 1);
  });

  test("PL-7 PL-11 a refusal is ERROR in RFC 37's spelling, then the end, whatever the client goes on with (ZA-8) (H-05, X-82)", async (scope) => {
    const aim = await guarded(scope);
    const cases: [Uint8Array, string][] = [
      [hello("admin", "wrong"), "\x04\x0a\x05ERROR\x03400"],
      [hello("400"), "\x04\x0a\x05ERROR\x03400"],
      [hello("500"), "\x04\x0a\x05ERROR\x03500"],
      [hello("300"), ""],
    ];
    for (const [wire, words] of cases) {
      const bad = await met(scope, aim.socket);
      bad.send(wire, INITIATE, message("never"), hello(), INITIATE, message("never"));
      await assertRefused(aim, bad, { type: "handshake:error:auth", words });
    }
    assertEquals(aim.asked.length, cases.length);
  });

  test("300 wrong passwords are 300 refusals, and nothing more (X-81)", async (scope) => {
    const aim = await guarded(scope);
    const bad: RawPeer[] = [];
    for (let i = 0; i < 300; i++) bad.push(await RawPeer.dial(scope, aim.socket));
    for (const raw of bad) raw.send(greeting(PLAIN), hello("admin", "wrong"));
    await Promise.all(bad.map((raw) => raw.closed(15_000)));
    await until("all are told", () => aim.watch.count("disconnect") === 300);
    assertEquals([aim.watch.count("handshake:error:auth"), aim.asked.length], [300, 300]);
    const last = await met(scope, aim.socket);
    last.send(hello("admin", "wrong"));
    await last.closed();
    aim.good.send(message("still here"));
    assertEquals((await aim.socket.receive()).map(text), ["still here"]);
  });

  test("PL-11 without a handler nobody gets in (ZA-9)", async (scope) => {
    const socket = scope.socket("Dealer", { plainServer: true });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const raw = await met(scope, socket);
    raw.send(hello(), INITIATE, message("never"));
    assertEquals(text(await raw.closed()), "");
    assertEquals((await watch.next("handshake:error:other")).error!.code, "EFAULT");
    assertEquals(socket.readable, false);
  });

  test("other mechanisms and versions (X-07, V-01, V-02)", async (scope) => {
    const aim = await guarded(scope);
    const signature = octets([0xff], new Uint8Array(8), [0x7f]);
    const wires: [string, Uint8Array][] = [
      ["ERR_ZMTP_MECHANISM_MISMATCH", octets(greeting(), ready("DEALER"), message("never"))],
      ["ERR_ZMTP_MECHANISM_MISMATCH", greeting({ mechanism: "CURVE" })],
      ["ERR_ZMTP_MECHANISM_MISMATCH", greeting({ mechanism: "plain" })],
      ["ERR_ZMTP_MECHANISM_MISMATCH", greeting({ mechanism: "PLAIN\0X" })],
      ["ERR_ZMTP_VERSION_UNSUPPORTED", octets(signature, [1, 5, 0, 0], message("never"))],
      ["ERR_ZMTP_VERSION_UNSUPPORTED", octets([1, 0], message("never"))],
    ];
    for (const [code, wire] of wires) {
      const bad = await RawPeer.dial(scope, aim.socket);
      bad.send(wire);
      const said = text(await bad.closed());
      assert(said.length === 64 || said.length === 11, "no more than the greeting");
      const event = await aim.watch.next(ENDS);
      assertEquals([event.type, event.error?.code], ["handshake:error:protocol", code]);
      assertEquals((await aim.watch.next(ENDS)).type, "disconnect");
    }
    assertEquals(aim.asked, []);
  });

  test("PL-1 on a WebSocket, and a HELLO with more behind it there", async (scope) => {
    const { socket, watch, asked } = await guarded(scope, "ws");
    const dial = async () => {
      const raw = await ws.dial(scope, socket);
      raw.send(request(parts(socket).path, { "Sec-WebSocket-Protocol": "ZWS2.0/PLAIN" }));
      assertEquals((await readHead(raw)).fields.get("sec-websocket-protocol"), "ZWS2.0/PLAIN");
      return raw;
    };
    // A ZWS command is a command frame with another header: flag octet 02, and no size.
    const send = (raw: RawPeer, wire: Uint8Array) => raw.send(masked(octets([2], wire.subarray(2))));
    const good = await dial();
    send(good, hello());
    assertEquals(text((await readFrame(good)).body), "\x02\x07WELCOME");
    send(good, INITIATE);
    assertEquals(text((await readFrame(good)).body).slice(0, 7), "\x02\x05READY");
    await watch.next("handshake");
    for (const wire of [command("HELLO", "\x05admin\x06secret\0"), INITIATE]) {
      const bad = await dial();
      send(bad, wire);
      await bad.closed();
      await watch.next("handshake:error:protocol");
    }
    good.send(ws.said("still here"));
    assertEquals((await socket.receive()).map(text), ["still here"]);
    assertEquals(asked.length, 1);
  });

  const refusals: [status: string, words: string[]][] = [
    ["300", []],
    ["400", ["\x02\x05ERROR\x03400"]],
    ["500", ["\x02\x05ERROR\x03500"]],
  ];
  for (const [status, words] of refusals) {
    test(`PL-11 ZA-8 on a WebSocket, what the handler says beside ${status} is not for the peer`, async (scope) => {
      const { socket, watch } = await guarded(scope, "ws");
      const raw = await ws.dial(scope, socket);
      raw.send(request(parts(socket).path, { "Sec-WebSocket-Protocol": "ZWS2.0/PLAIN" }));
      await readHead(raw);
      raw.send(masked(octets([2], hello(status).subarray(2))));
      const { error } = await watch.next("handshake:error:auth");
      assert(error!.message.includes("why"), "but for the program");
      const heard: string[] = [];
      for (;;) {
        const { opcode, body } = await readFrame(raw);
        if (opcode !== ws.CLOSE) heard.push(text(body));
        else {
          // 1008, policy violation, and no reason (RFC 6455, section 7.4.1).
          assertEquals([heard, [...body]], [words, [1008 >> 8, 1008 & 255]]);
          return;
        }
      }
    });
  }

  test("asks in the domain that the endpoint was bound with (zmq_setsockopt(3): options count from then on)", async (scope) => {
    const { asked, socket, watch, good } = await guarded(scope, "tcp", { zapDomain: "staff" });
    (socket as { zapDomain?: string }).zapDomain = "guests";
    const staff = await met(scope, socket);
    await join(staff);
    await socket.bind(scope.address("tcp"));
    const guest = await met(scope, socket);
    await join(guest);
    await watch.next("handshake");
    assertEquals(asked.map((frames) => text(frames[2]!)), ["staff", "guests"]);
    assert(!good.isClosed);
  });
});

describe("PLAIN: the client", () => {
  /** A client of ours that has come to a listener, behind the greeting. */
  async function client(
    scope: Scope,
    options: { [option: string]: unknown } = {},
  ): Promise<{ socket: AnySocket; watch: Watch; raw: RawPeer; listener: RawListener }> {
    const listener = await RawListener.open(scope);
    const socket = scope.socket("Dealer", {
      plainUsername: "admin",
      plainPassword: "secret",
      reconnectInterval: 1,
      ...options,
    });
    const watch = scope.watch(socket);
    socket.connect(listener.address);
    return { socket, watch, raw: await next(listener), listener };
  }

  async function next(listener: RawListener): Promise<RawPeer> {
    const raw = await listener.accept();
    raw.send(greeting({ mechanism: "PLAIN", asServer: 1 }));
    const theirs = await raw.read(64);
    assertEquals(text(theirs.subarray(12, 33)), `${"PLAIN".padEnd(20, "\0")}\0`);
    return raw;
  }

  const HELLO = "\x04\x13\x05HELLO\x05admin\x06secret";
  const SAID = "\x04\x2c\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0";

  test("PL-1 PL-2 PL-4 says HELLO at once, INITIATE after WELCOME, octet by octet (PL-9)", async (scope) => {
    const { socket, raw } = await client(scope);
    assertEquals(text(await raw.read(HELLO.length)), HELLO);
    assertEquals(raw.pending, 0);
    raw.send(WELCOME);
    assertEquals(text(await raw.read(SAID.length)), SAID);
    raw.send(ready("ROUTER"));
    raw.send(message("heard"));
    assertEquals((await socket.receive()).map(text), ["heard"]);
    await socket.send("said");
    assertEquals(await raw.message(), ["said"]);
  });

  test("a user name and password of 255 octets of UTF-8 go out as they are", async (scope) => {
    const long = "ü".repeat(127) + "x";
    const { raw } = await client(scope, { plainUsername: long, plainPassword: "x".repeat(255) });
    const { body } = await raw.frame();
    assertEquals(body.length, 6 + 256 + 256);
    assertEquals(new TextDecoder().decode(body.subarray(7, 262)), long);
  });

  test("PL-3 PL-5 PL-12 what is no answer to HELLO brings no INITIATE, an event, and another try", async (scope) => {
    const { socket, watch, raw, listener } = await client(scope);
    const wires: [string, Uint8Array][] = [
      ["ERR_ZMTP_MALFORMED_COMMAND_WELCOME", command("WELCOME", "x")],
      ["ERR_ZMTP_MALFORMED_COMMAND_WELCOME", command("WELCOME", "\0")],
      [UNEXPECTED, ready("DEALER")],
      [UNEXPECTED, hello()],
      [UNEXPECTED, INITIATE],
      [UNEXPECTED, command("welcome")],
      [UNEXPECTED, message("never")],
      [UNEXPECTED, frame(0, "\x07WELCOME")],
      ["ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", frame(COMMAND, "")],
      ["ERR_ZMTP_MALFORMED_COMMAND_ERROR", command("ERROR")],
      ["ERR_ZMTP_MALFORMED_COMMAND_ERROR", command("ERROR", "\x04400")],
    ];
    let peer = raw;
    for (const [code, wire] of wires) {
      await peer.read(HELLO.length);
      peer.send(wire, WELCOME, ready("DEALER"), message("never"));
      assertEquals(text(await peer.closed()), "");
      const event = await watch.next(ENDS);
      assertEquals([event.type, event.error!.code], ["handshake:error:protocol", code]);
      assertEquals((await watch.next(ENDS)).type, "disconnect");
      await watch.next("connect:retry");
      peer = await next(listener);
    }
    assertEquals(socket.readable, false);
  });

  test("PL-4 PL-5 what is no READY is no handshake", async (scope) => {
    const { socket, watch, raw, listener } = await client(scope);
    const wires: [string, Uint8Array][] = [
      [UNEXPECTED, octets(WELCOME)],
      [UNEXPECTED, hello()],
      [UNEXPECTED, message("never")],
      ["ERR_ZMTP_MALFORMED_COMMAND_READY", command("READY", octets(PROPERTIES, [1], "X"))],
      ["ERR_ZMTP_MALFORMED_COMMAND_READY", command("READY", "x")],
      ["ERR_ZMTP_INVALID_METADATA", command("READY")],
      ["ERR_ZMTP_INVALID_METADATA", ready("PUB")],
    ];
    let peer = raw;
    for (const [code, wire] of wires) {
      await peer.read(HELLO.length);
      peer.send(WELCOME);
      await peer.read(SAID.length);
      peer.send(wire, ready("DEALER"), message("never"));
      assertEquals(text(await peer.closed()), "");
      const event = await watch.next(ENDS);
      assertEquals([event.type, event.error!.code], ["handshake:error:protocol", code]);
      assertEquals((await watch.next(ENDS)).type, "disconnect");
      peer = await next(listener);
    }
    assertEquals([socket.readable, watch.count("handshake")], [false, 0]);
  });

  const spellings: [string, Uint8Array][] = [
    ["RFC 37's", command("ERROR", "\x03400")],
    ["libzmq's 4.3", frame(COMMAND, octets([0x5e, 0x52, 0x52, 0x4f, 0x52], "\x03400"))],
  ];
  for (const [whose, wire] of spellings) {
    for (const after of ["HELLO", "INITIATE"]) {
      test(`PL-8 ERROR in ${whose} spelling after ${after} is final: the status is told, and it does not come again (H-05)`, async (scope) => {
        const { socket, watch, raw, listener } = await client(scope);
        await raw.read(HELLO.length);
        if (after === "INITIATE") {
          raw.send(WELCOME);
          await raw.read(SAID.length);
        }
        raw.send(wire, WELCOME, ready("DEALER"), message("never"));
        assertEquals(text(await raw.closed()), "");
        const event = await watch.next(ENDS);
        assertEquals([event.type, event.error!.status], ["handshake:error:auth", 400]);
        assertEquals((await watch.next(ENDS)).type, "disconnect");
        // A further try would come within a millisecond; that of another endpoint comes after it.
        const other = await RawListener.open(scope);
        socket.connect(other.address);
        await (await next(other)).read(HELLO.length);
        assertEquals([listener.count, watch.count("connect:retry")], [1, 0]);
      });
    }
  }

  test("PL-7 an ERROR with another reason is told with it, and is as final", async (scope) => {
    const { watch, raw } = await client(scope);
    await raw.read(HELLO.length);
    raw.send(command("ERROR", "\x0dNot this time"));
    const event = await watch.next(ENDS);
    assertEquals(event.type, "handshake:error:protocol");
    assert(event.error!.message.includes("Not this time"), event.error!.message);
    await watch.next("disconnect");
    assertEquals(watch.count("connect:retry"), 0);
  });
});
