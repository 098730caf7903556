/**
 * Rows of CURVE and ZAP that no other file asserts with a handler and a connection: who is asked and who is not, what
 * is said of a client, and what a client hears of each answer. Raw peers and sockets of ours over tcp, the handler a
 * REP of ours at inproc://zeromq.zap.01.
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, texts, within } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { ready as sealedReady } from "../support/curve_by_hand.ts";
import {
  AS_SERVER,
  assertEnded,
  boundAim,
  CLIENT,
  ClientPeer,
  connectedAim,
  metadata,
  nacl,
  nextServer,
} from "../support/curve_peer.ts";
import { command, commandOf, greeting, octets, property, RawPeer, text } from "../wire/raw.ts";

/** What a frame says of its peer. */
interface Known extends Uint8Array {
  readonly userId?: string;
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}

const HANDLER = "inproc://zeromq.zap.01";
const PLAIN_CLIENT = { plainUsername: "admin", plainPassword: "secret" };

describe("CURVE", () => {
  for (const [status, heard] of [["400", ["ERROR 400"]], ["500", ["ERROR 500"]], ["300", []]] as const) {
    test(`a client that the handler answers with ${status} sees no READY and is closed (CU-11, ZA-8)`, async (scope) => {
      await handler(scope, () => [status, "no", "", ""]);
      const socket = scope.socket("Dealer", AS_SERVER);
      const watch = scope.watch(socket);
      await socket.bind("tcp://127.0.0.1:*");
      const peer = await ClientPeer.dial(scope, socket);
      peer.command(peer.hello());
      await peer.welcome();
      peer.command(peer.initiate());
      const words = await commands(peer.raw);
      assertEquals(words, [...heard]);
      assertEquals((await watch.next("handshake:error:auth")).error!.status, Number(status));
      assertEquals((await watch.next("disconnect")).address, socket.lastEndpoint);
    });
  }
});

describe("CURVE's metadata", () => {
  const MALFORMED: readonly (readonly [string, Uint8Array])[] = [
    ["a name that is cut", octets(metadata("DEALER"), "\x09X")],
    ["a property that ends after its name", octets(metadata("DEALER"), "\x01X")],
    ["a length that is cut", octets(metadata("DEALER"), "\x01X\0\0")],
    ["a value that is cut", octets(metadata("DEALER"), "\x01X\0\0\0\x04abc")],
    ["a length of 2^31", octets(metadata("DEALER"), "\x01X\x80\0\0\0v")],
    ["no name", octets(metadata("DEALER"), "\0\0\0\0\x01v")],
    ["a type that does not fit", metadata("PUB")],
    ["a type in small letters", metadata("dealer")],
    ["an Identity that begins with zero", octets(metadata("DEALER"), property("Identity", "\0id"))],
  ];
  for (const [what, said] of MALFORMED) {
    test(`with ${what} in INITIATE brings no READY (CU-10)`, async (scope) => {
      const aim = await boundAim(scope);
      const peer = await ClientPeer.dial(scope, aim.socket);
      peer.command(peer.hello());
      await peer.welcome();
      peer.command(peer.initiate({ metadata: said }));
      assert(!(await commands(peer.raw)).includes("READY"));
      await assertEnded(aim, peer.raw, "handshake");
    });

    test(`with ${what} in READY is no handshake (CU-10, CU-12)`, async (scope) => {
      const aim = await connectedAim(scope);
      const server = await nextServer(aim);
      await server.hello();
      server.command(server.welcome());
      await server.initiate();
      server.command(sealedReady(nacl, server.short, server.other, said, ++server.nonce));
      await assertEnded(aim, server.raw, "handshake");
    });
  }
});

describe("the handler of ZAP", () => {
  test("is asked about PLAIN and CURVE, and about NULL with a domain only (ZA-9, ZA-1)", async (scope) => {
    const asked = await handler(scope, () => ["200", "", "", ""]);
    const cases: [string, { [option: string]: unknown }, (socket: AnySocket) => Promise<unknown>][] = [
      ["none", {}, nullClient(scope)],
      ["NULL", { zapDomain: "test" }, nullClient(scope)],
      ["PLAIN", { plainServer: true }, plainClient(scope)],
      ["CURVE", AS_SERVER, async (socket) => await (await ClientPeer.dial(scope, socket)).join()],
    ];
    for (const [mechanism, options, join] of cases) {
      const socket = scope.socket("Dealer", options);
      const watch = scope.watch(socket);
      await socket.bind("tcp://127.0.0.1:*");
      await join(socket);
      await watch.next("handshake");
      assertEquals(
        asked.splice(0).map((frames) => text(frames[5]!)),
        mechanism === "none" ? [] : [mechanism],
      );
    }
  });

  test("gets the credentials of each mechanism: none, user and password, the 32 octets of the key (ZA-3, ZA-2)", async (scope) => {
    const asked = await handler(scope, () => ["200", "", "", ""]);
    const credentials = async (
      options: { [option: string]: unknown },
      join: (socket: AnySocket) => Promise<unknown>,
    ) => {
      const socket = scope.socket("Dealer", { ...options, zapDomain: "test", routingId: "server" });
      await socket.bind("tcp://127.0.0.1:*");
      await join(socket);
      const [frames] = asked.splice(0);
      assertEquals(texts(frames!.slice(2, 5)), ["test", "127.0.0.1", "server"]);
      return frames!.slice(6);
    };
    assertEquals(await credentials({}, nullClient(scope)), []);
    assertEquals(texts(await credentials({ plainServer: true }, plainClient(scope))), ["admin", "secret"]);
    const [key, ...more] = await credentials(
      AS_SERVER,
      async (socket) => await (await ClientPeer.dial(scope, socket)).join(),
    );
    assertEquals([text(key!), more.length], [text(CLIENT.publicKey), 0]);
  });

  test("is told an IPv6 client's address in its canonical form (ZA-5)", async (scope) => {
    const asked = await handler(scope, () => ["200", "", "", ""]);
    const socket = scope.socket("Pull", { zapDomain: "test", ipv6: true });
    await socket.bind("tcp://[::1]:*");
    const push = scope.socket("Push", { ipv6: true });
    push.connect(socket.lastEndpoint!);
    await push.send("in");
    assertEquals(texts(await socket.receive()), ["in"]);
    assertEquals(text(asked[0]![3]!), "::1");
  });

  test("lets in by 200, and every part of a message says the user id and the metadata (ZA-7)", async (scope) => {
    const groups = property("X-Groups", "a, b");
    await handler(scope, () => ["200", "OK", "joe", groups]);
    const socket = scope.socket("Pull", { plainServer: true });
    await socket.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push", PLAIN_CLIENT);
    push.connect(socket.lastEndpoint!);
    await push.send(["one", "two"]);
    const parts = await within(socket.receive(), 5000, "a message") as Known[];
    assertEquals(texts(parts), ["one", "two"]);
    for (const part of parts) {
      assertEquals(part.userId, "joe");
      assertEquals(new TextDecoder().decode(part.metadata!.get("x-groups")), "a, b");
    }
  });

  test("that says 300 once has the client silently closed, and the client comes again and is let in (ZA-8)", async (scope) => {
    let times = 0;
    await handler(scope, () => [times++ === 0 ? "300" : "200", "", "", ""]);
    const socket = scope.socket("Pull", { plainServer: true });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push", { ...PLAIN_CLIENT, reconnectInterval: 10 });
    push.connect(socket.lastEndpoint!);
    await push.send("at the second try");
    assertEquals(texts(await within(socket.receive(), 5000, "a message")), ["at the second try"]);
    assertEquals((await watch.next("handshake:error:auth")).error!.status, 300);
    assertEquals(times, 2);
  });

  for (
    const [what, code, reply] of [
      ["another version", "ERR_ZAP_BAD_VERSION", (id: Uint8Array) => ["2.0", id, "200", "", "", ""]],
      ["another id", "ERR_ZAP_BAD_REQUEST_ID", () => ["1.0", "?", "200", "", "", ""]],
      ["no status", "ERR_ZAP_INVALID_STATUS_CODE", (id: Uint8Array) => ["1.0", id, "OK", "", "", ""]],
      ["a frame too many", "ERR_ZAP_MALFORMED_REPLY", (id: Uint8Array) => ["1.0", id, "200", "", "", "", ""]],
      [
        "half a property",
        "ERR_ZAP_INVALID_METADATA",
        (id: Uint8Array) => ["1.0", id, "200", "", "", "\x05x"],
      ],
    ] as const
  ) {
    test(`that answers with ${what} lets nobody in, and the event says ${code} (ZA-6, ZA-4)`, async (scope) => {
      const zap = scope.socket("Reply");
      await zap.bind(HANDLER);
      const socket = scope.socket("Dealer", { plainServer: true });
      const watch = scope.watch(socket);
      await socket.bind("tcp://127.0.0.1:*");
      const raw = await RawPeer.dial(scope, socket);
      raw.send(greeting({ mechanism: "PLAIN" }), hello());
      await raw.read(64);
      const request = await zap.receive();
      await zap.send([...reply(request[1]!)]);
      assertEquals(text(await raw.closed()), "");
      assertEquals((await watch.next("handshake:error:protocol")).error!.code, code);
      assertEquals(watch.count("handshake"), 0);
    });
  }

  test("that is silent about one client holds up no other, and its client is closed in time (ZA-11, ZA-12)", async (scope) => {
    const zap = scope.socket("Router");
    await zap.bind(HANDLER);
    const socket = scope.socket("Dealer", { plainServer: true, handshakeInterval: 400 });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const ids = new Set<string>();
    const asked = async (raw: RawPeer) => {
      raw.send(greeting({ mechanism: "PLAIN" }), hello());
      await raw.read(64);
      const request = await zap.receive();
      const at = request.findIndex(({ length }) => length === 0);
      ids.add(text(request[at + 2]!));
      return request.slice(0, at + 3);
    };
    const [forgotten, served] = [await RawPeer.dial(scope, socket), await RawPeer.dial(scope, socket)];
    await asked(forgotten);
    const envelope = await asked(served);
    await zap.send([...envelope, "200", "", "", ""]);
    assertEquals(commandOf(await served.frame()).name, "WELCOME");
    assertEquals(ids.size, 2, "two requests have the same id");
    assertEquals(text(await forgotten.closed()), "");
    const told = await watch.next(["handshake:error:other", "handshake:error:protocol"]);
    assert(told.error?.code, "no code");
  });

  test("that ends while it is asked has its client refused by EPIPE (ZA-11)", async (scope) => {
    const zap = scope.socket("Reply");
    await zap.bind(HANDLER);
    const socket = scope.socket("Dealer", { plainServer: true });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, socket);
    raw.send(greeting({ mechanism: "PLAIN" }), hello());
    await raw.read(64);
    await zap.receive();
    zap.close();
    assertEquals(text(await raw.closed()), "");
    assertEquals((await watch.next("handshake:error:other")).error!.code, "EPIPE");
  });
});

/** A handler that answers each request by status, text, user id and metadata, and keeps what it was asked. */
async function handler(
  scope: Scope,
  answer: () => readonly (string | Uint8Array)[],
): Promise<Uint8Array[][]> {
  const asked: Uint8Array[][] = [];
  const socket = scope.socket("Reply");
  await socket.bind(HANDLER);
  const serve = async () => {
    for await (const frames of socket) {
      asked.push(frames);
      await socket.send(["1.0", frames[1]!, ...answer()]);
    }
  };
  void serve();
  return asked;
}

function hello(): Uint8Array {
  return command("HELLO", octets([5], "admin", [6], "secret"));
}

function nullClient(scope: Scope): (socket: AnySocket) => Promise<unknown> {
  return async (socket) => await (await RawPeer.dial(scope, socket)).handshake("DEALER");
}

function plainClient(scope: Scope): (socket: AnySocket) => Promise<unknown> {
  return async (socket) => {
    const raw = await RawPeer.dial(scope, socket);
    raw.send(greeting({ mechanism: "PLAIN" }), hello());
    await raw.read(64);
    assertEquals(commandOf(await raw.frame()).name, "WELCOME");
    raw.send(command("INITIATE", metadata("DEALER")));
    assertEquals(commandOf(await raw.frame()).name, "READY");
  };
}

/** All commands that come before the other side closes, an ERROR with its reason. */
async function commands(raw: RawPeer): Promise<string[]> {
  const rest = await raw.closed();
  const heard: string[] = [];
  for (let at = 0; at < rest.length; at += 2 + rest[at + 1]!) {
    const body = rest.subarray(at + 2, at + 2 + rest[at + 1]!);
    const [name, data] = [text(body.subarray(1, 1 + body[0]!)), text(body.subarray(1 + body[0]!))];
    heard.push(name === "ERROR" ? `ERROR ${data.slice(1)}` : name);
  }
  return heard;
}
