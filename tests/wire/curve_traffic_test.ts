/**
 * Messages under CURVE on the wire (RFC 26, "the MESSAGE command") against sockets of ours, as server and as client:
 * what is changed, repeated, out of order, sent back or in the clear ends that connection with one event, is never
 * received, and no other connection hears of it. Names begin with the rows of the conformance list (CU) and of the
 * catalogue of attacks (X, V).
 */

import process from "node:process";
import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, type Transport, within } from "../interop/scope.ts";
import {
  AS_SERVER,
  assertEnded,
  assertGoesOn,
  boundAim,
  ClientPeer,
  connectedAim,
  type CurveAim,
  flipped,
  metadata,
  nextServer,
  type ServerPeer,
} from "../support/curve_peer.ts";
import {
  COMMAND,
  command,
  frame,
  LONG,
  message,
  MORE,
  octets,
  ping,
  type RawListener,
  ready,
  size64,
  text,
} from "./raw.ts";

const TRANSPORTS: readonly Transport[] = process.platform === "win32" ? ["tcp", "ws"] : ["tcp", "ipc", "ws"];
const SEQUENCE = "ERR_ZMTP_INVALID_SEQUENCE";
const CRYPTOGRAPHIC = "ERR_ZMTP_CRYPTOGRAPHIC";
const MALFORMED = "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE";
const UNEXPECTED = "ERR_ZMTP_UNEXPECTED_COMMAND";
const TOO_LONG = "ERR_ZMTP_MESSAGE_TOO_LONG";
const LAST = (1n << 64n) - 1n;

/** Either side of an attack: a connection of ours that is good, and the next one, behind its handshake. */
interface Attack extends CurveAim {
  readonly name: string;
  next(): Promise<ClientPeer | ServerPeer>;
}

async function asServer(
  scope: Scope,
  transport: Transport = "tcp",
  options: { [option: string]: unknown } = {},
): Promise<Attack> {
  const aim = await boundAim(scope, transport, options);
  const next = async () => {
    const peer = await (await ClientPeer.dial(scope, aim.socket)).join();
    await aim.watch.next("handshake");
    return peer;
  };
  return { ...aim, name: `bound ${transport}`, next };
}

async function asClient(
  scope: Scope,
  transport: Transport = "tcp",
  options: { [option: string]: unknown } = {},
): Promise<Attack> {
  const aim = await connectedAim(scope, transport, options);
  let before = false;
  const next = async () => {
    if (before) aim.socket.disconnect(endpointOf(aim.listener, transport));
    before = true;
    const peer = await (await nextServer(aim, transport)).join();
    await aim.watch.next("handshake");
    return peer;
  };
  return { ...aim, name: `connected ${transport}`, next };
}

const SIDES: readonly [string, (scope: Scope, options?: { [option: string]: unknown }) => Promise<Attack>][] =
  [
    ...TRANSPORTS.map((transport) =>
      [`${transport}, bound`, (scope: Scope, options?: { [option: string]: unknown }) => {
        return asServer(scope, transport, options);
      }] as const
    ),
    ...(["tcp", "ws"] as const).map((transport) =>
      [`${transport}, connected`, (scope: Scope, options?: { [option: string]: unknown }) => {
        return asClient(scope, transport, options);
      }] as const
    ),
  ].map(([name, make]) => [name, make]);

/** Where all of the tests are run: ipc is tcp with another adapter, and ws is the same from both ends. */
const ALL = ["tcp, bound", "tcp, connected", "ws, bound"];

for (const [side, attack] of SIDES) {
  describe(`CURVE's messages, ${side}`, () => {
    test("CU-13 CU-17 a MESSAGE with any part changed, or of another length, is not delivered (X-86)", async (scope) => {
      const aim = await attack(scope);
      const cases: [string, (peer: ClientPeer | ServerPeer) => Uint8Array][] = [
        ...[0, 1, 7, 8, 14, 15, 16, 31, 32, 33, 37].map((
          at,
        ): [string, (peer: ClientPeer | ServerPeer) => Uint8Array] => [
          `octet ${at}`,
          (peer) => flipped(peer.seal("never"), at),
        ]),
        ["cut by one", (peer) => peer.seal("never").slice(0, -1)],
        ["longer by one", (peer) => octets(peer.seal("never"), [0])],
        ["32 octets", (peer) => peer.seal("").slice(0, 32)],
        ["the name alone", () => octets("\x07MESSAGE")],
        ["no box", () => octets("\x07MESSAGE", new Uint8Array(25))],
      ];
      for (const [what, make] of cases) {
        const bad = await aim.next();
        bad.raw.send(bad.framed(make(bad), 0), bad.framed(bad.seal("never either"), 0));
        const { error } = await assertEnded(aim, bad.raw, "traffic");
        assertEquals(error!.code!.startsWith("ERR_ZMTP_"), true, `${what}: ${error!.code}`);
      }
    });

    test("CU-14 repeated, out of order, sent back, of another connection, by the wrong side (X-83, X-87, V-03)", async (scope) => {
      const aim = await attack(scope);
      const other = await aim.next();
      const cases: [
        string,
        string[],
        (peer: ClientPeer | ServerPeer) => Promise<Uint8Array[]> | Uint8Array[],
      ][] = [
        [SEQUENCE, ["1"], (peer) => {
          const one = peer.seal("1");
          return [one, one];
        }],
        [SEQUENCE, ["1", "2"], (peer) => {
          const [one, two] = [peer.seal("1"), peer.seal("2")];
          return [one, two, one];
        }],
        [SEQUENCE, ["2"], (peer) => [peer.seal("1"), peer.seal("2")].reverse()],
        [CRYPTOGRAPHIC, [], (peer) => [peer.seal("never", { from: peer.side === "C" ? "S" : "C" })]],
        [CRYPTOGRAPHIC, [], () => [other.seal("never")]],
      ];
      if (aim.good.side === "S") other.nonce = 1000n;
      for (const [code, delivered, make] of cases) {
        const bad = await aim.next();
        bad.raw.send(...(await make(bad)).map((body) => bad.framed(body, 0)));
        for (const each of delivered) {
          assertEquals((await within(aim.socket.receive(), 5000, each)).map(text), [each]);
        }
        await assertEnded(aim, bad.raw, "traffic", code);
      }
    });

    test("CU-13 parts are put together, whatever the pieces in which they come", async (scope) => {
      const aim = await attack(scope);
      const peer = await aim.next();
      for (const size of [7, 33]) {
        const parts = ["", "one", "x".repeat(222), "", "last"];
        const sealed = parts.map((part, i) => peer.framed(peer.seal(part, { flags: i < 4 ? 1 : 0 }), 0));
        await peer.raw.sendInSegments(size, octets(...sealed));
        assertEquals((await aim.socket.receive()).map(text), parts);
      }
    });

    test("a message that is not finished when the connection ends is not delivered (V-07)", async (scope) => {
      const aim = await attack(scope);
      const bad = await aim.next();
      bad.raw.send(
        bad.framed(bad.seal("never", { flags: 1 }), 0),
        bad.framed(bad.seal("never"), 0).subarray(0, 20),
      );
      bad.raw.end();
      await aim.watch.next("disconnect");
      await assertGoesOn(aim);
    });

    if (!ALL.includes(side)) return;

    test("CU-14 CU-15 nonces 0, of the handshake, 2^53, 2^64-1, and nothing after that (X-91)", async (scope) => {
      const aim = await attack(scope);
      const before = aim.good.side === "C" ? 2n : 1n;
      const cases: [delivered: bigint[], refused: bigint][] = [
        [[], 0n],
        [[], 1n],
        [[], before],
        [[before + 1n, 1000n], 999n],
        [[1n << 32n, (1n << 32n) + 1n], 1n << 31n],
        [[(1n << 53n) + 1n], (1n << 53n) + 1n],
        [[(1n << 53n) + 1n, (1n << 53n) + 2n, 1n << 63n], (1n << 63n) - 1n],
        [[LAST - 1n, LAST], LAST],
        [[LAST], 0n],
      ];
      for (const [delivered, refused] of cases) {
        const bad = await aim.next();
        const sealed = [...delivered, refused].map((nonce) => bad.seal(String(nonce), { nonce }));
        bad.raw.send(...sealed.map((body) => bad.framed(body, 0)));
        for (const nonce of delivered) {
          assertEquals((await within(aim.socket.receive(), 5000, `${nonce}`)).map(text), [String(nonce)]);
        }
        await assertEnded(aim, bad.raw, "traffic", SEQUENCE);
      }
    });

    test("CU-17 CU-20 clear text, and commands of the handshake (X-88, V-02)", async (scope) => {
      const aim = await attack(scope);
      const named = (name: string, data = "") => octets([name.length], name, data);
      const bodies: [Uint8Array, number][] = [
        [octets("never"), 0],
        [octets(""), 0],
        [octets(""), COMMAND],
        [octets("\0"), COMMAND],
        [named("PING", "\0\0x"), COMMAND],
        [named("PONG"), COMMAND],
        [named("SUBSCRIBE", "x"), COMMAND],
        [named("ERROR", "\x03400"), COMMAND],
        [octets("^RROR\x03400"), COMMAND],
        [ready("DEALER").subarray(2), COMMAND],
        [named("HELLO", "x".repeat(194)), COMMAND],
        [named("INITIATE", "x".repeat(300)), COMMAND],
        [named("MESSAGF", "x".repeat(100)), COMMAND],
        [named("message", "x".repeat(100)), 0],
      ];
      for (const [body, flags] of bodies) {
        const bad = await aim.next();
        bad.raw.send(bad.framed(body, flags));
        await assertEnded(aim, bad.raw, "traffic", UNEXPECTED);
      }
    });

    test("CU-23 a MESSAGE is taken with and without COMMAND, and ours come without (FR-14) (X-92)", async (scope) => {
      const aim = await attack(scope);
      const peer = await aim.next();
      for (const flags of [0, COMMAND, 0, COMMAND]) {
        peer.raw.send(peer.framed(peer.seal(`flags ${flags}`), flags));
        assertEquals((await aim.socket.receive()).map(text), [`flags ${flags}`]);
      }
      const told = Promise.race([peer.take(), aim.good.take()]);
      await aim.socket.send("x");
      assertEquals((await told).flags, 0);
    });

    test("CU-13 MORE is for what is sealed; on the carrier it ends the connection at once", async (scope) => {
      const aim = await attack(scope);
      for (const data of ["never", "x".repeat(300)]) {
        const bad = await aim.next();
        bad.raw.send(bad.framed(bad.seal(data), MORE));
        await assertEnded(aim, bad.raw, "traffic");
      }
      const flags = await aim.next();
      flags.raw.send(flags.framed(flags.seal("never"), 0x80));
      await assertEnded(aim, flags.raw, "traffic");
    });

    test("CU-16 payload flags beyond MORE and COMMAND, or both of them", async (scope) => {
      const aim = await attack(scope);
      for (const flags of [3, 4, 5, 6, 8, 0x10, 0x20, 0x40, 0x80, 0xff]) {
        const bad = await aim.next();
        bad.raw.send(bad.framed(bad.seal("never", { flags }), 0));
        await assertEnded(aim, bad.raw, "traffic", MALFORMED);
      }
    });

    test("CU-18 a PING that is sealed gets a PONG that is sealed; other commands are none of a DEALER's (HB-11)", async (scope) => {
      const aim = await attack(scope);
      const peer = await aim.next();
      const sealed = [
        ping(0, "context"),
        command("SUBSCRIBE", "x"),
        command("ERROR", "\x03400"),
        ready("PUB"),
      ];
      for (const each of sealed) {
        peer.raw.send(peer.framed(peer.seal(each.subarray(2), { flags: 2 }), 0));
      }
      const { flags, data } = await peer.open();
      assertEquals([flags, data], [2, "\x04PONGcontext"]);
      peer.say("after them");
      assertEquals((await aim.socket.receive()).map(text), ["after them"]);
      for (const body of ["", "\0", "\x09PING", "\x04PING", "\x04PING\0"]) {
        const bad = await aim.next();
        bad.raw.send(bad.framed(bad.seal(body, { flags: 2 }), 0));
        await assertEnded(aim, bad.raw, "traffic", "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
      }
    });

    test("maxMessageSize is that of what is sealed: equal passes, one more does not (X-30)", async (scope) => {
      const aim = await attack(scope, { maxMessageSize: 1000 });
      const peer = await aim.next();
      peer.raw.send(...[
        peer.seal(new Uint8Array(1000)),
        peer.seal(new Uint8Array(1000), { flags: 1 }),
        peer.seal(new Uint8Array(1000)),
      ].map((body) => peer.framed(body, 0)));
      assertEquals((await aim.socket.receive()).map(({ length }) => length), [1000]);
      assertEquals((await aim.socket.receive()).map(({ length }) => length), [1000, 1000]);
      const over: [number, number][] = [[1001, 0], [1001, 1], [1001, 2], [1020, 0], [1100, 0], [70_000, 0]];
      for (const [size, flags] of over) {
        const bad = await aim.next();
        bad.raw.send(bad.framed(bad.seal(new Uint8Array(size), { flags }), 0));
        await assertEnded(aim, bad.raw, "traffic", TOO_LONG);
      }
      if (aim.good.transport === "ws") return;
      for (const size of [1097n, 1n << 32n, (1n << 53n) + 1n, 1n << 63n, LAST]) {
        const bad = await aim.next();
        bad.raw.send([LONG], size64(size), "\x07MESSAGE");
        await assertEnded(aim, bad.raw, "traffic", TOO_LONG);
      }
    });

    test("maxMessageTotal and maxMessageParts count what is sealed (X-31)", async (scope) => {
      const aim = await attack(scope, { maxMessageTotal: 100, maxMessageParts: 3 });
      const peer = await aim.next();
      const send = (to: ClientPeer | ServerPeer, ...sizes: number[]) => {
        sizes.forEach((size, i) => {
          const flags = i < sizes.length - 1 ? 1 : 0;
          to.raw.send(to.framed(to.seal(new Uint8Array(size), { flags }), 0));
        });
      };
      for (const sizes of [[100], [50, 50], [0, 100, 0]]) {
        send(peer, ...sizes);
        assertEquals((await aim.socket.receive()).map(({ length }) => length), sizes);
      }
      for (const sizes of [[101], [50, 51], [100, 0, 1], [0, 0, 0, 0], [200]]) {
        const bad = await aim.next();
        send(bad, ...sizes);
        await assertEnded(aim, bad.raw, "traffic", TOO_LONG);
      }
      if (aim.good.transport === "ws") return;
      // What neither a message nor a command may have is refused from its header.
      const bad = await aim.next();
      bad.raw.send([LONG], size64(1n << 21n), "\x07MESSAGE");
      await assertEnded(aim, bad.raw, "traffic", TOO_LONG);
    });

    test("a command that is sealed has the limit of commands (X-32)", async (scope) => {
      const aim = await attack(scope);
      const bad = await aim.next();
      bad.raw.send(
        bad.framed(bad.seal(octets("\x05NOVEL", new Uint8Array(1024 * 1024 + 1024)), { flags: 2 }), 0),
      );
      await assertEnded(aim, bad.raw, "traffic", TOO_LONG);
    });
  });
}

describe("CURVE's messages of publishers", () => {
  test("CU-18 subscriptions count if they are sealed, as commands or messages; in the clear they end it (CU-17)", async (scope) => {
    const socket = scope.socket("XPublisher", AS_SERVER);
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const peer = await ClientPeer.dial(scope, socket);
    await peer.join({ metadata: metadata("SUB") });
    peer.raw.send(peer.framed(peer.seal("\x09SUBSCRIBEa", { flags: 2 }), 0));
    assertEquals((await socket.receive()).map(text), ["\x01a"]);
    peer.raw.send(peer.framed(peer.seal("\x01b"), 0));
    assertEquals((await socket.receive()).map(text), ["\x01b"]);
    await socket.send(["a", "1"]);
    await socket.send("c");
    await socket.send("b");
    assertEquals(await peer.open(), { flags: 1, data: "a", nonce: 2n });
    assertEquals(await peer.open(), { flags: 0, data: "1", nonce: 3n });
    assertEquals(await peer.open(), { flags: 0, data: "b", nonce: 4n });
    peer.raw.send(peer.framed(peer.seal("\x06CANCELa", { flags: 2 }), 0));
    assertEquals((await socket.receive()).map(text), ["\x00a"]);
    peer.raw.send(command("SUBSCRIBE", "c"));
    await peer.raw.closed();
    assertEquals((await watch.next("disconnect")).error!.code, UNEXPECTED);
  });

  test("maxMessageTotal is of messages: a subscription may be longer, as in the clear (X-31)", async (scope) => {
    const socket = scope.socket("XPublisher", { ...AS_SERVER, maxMessageTotal: 100 });
    await socket.bind("tcp://127.0.0.1:*");
    const peer = await ClientPeer.dial(scope, socket);
    await peer.join({ metadata: metadata("SUB") });
    const topic = "x".repeat(300);
    peer.raw.send(peer.framed(peer.seal(`\x09SUBSCRIBE${topic}`, { flags: 2 }), 0));
    assertEquals((await socket.receive()).map(text), [`\x01${topic}`]);
  });

  test("each subscriber's copy has nonces and a key of its own", async (scope) => {
    const socket = scope.socket("XPublisher", AS_SERVER);
    await socket.bind("tcp://127.0.0.1:*");
    const peers: ClientPeer[] = [];
    for (let i = 0; i < 5; i++) {
      const peer = await ClientPeer.dial(scope, socket);
      await peer.join({ metadata: metadata("SUB") });
      peer.raw.send(peer.framed(peer.seal("\x09SUBSCRIBE" + "x".repeat(i), { flags: 2 }), 0));
      await socket.receive();
      peers.push(peer);
    }
    const large = "x".repeat(70_000);
    for (const body of ["xxxx", "x", large]) await socket.send(["xxxx", body]);
    for (const peer of peers) {
      let nonce = 1n;
      for (const body of ["xxxx", "x", large]) {
        assertEquals(await peer.open(), { flags: 1, data: "xxxx", nonce: ++nonce });
        assertEquals(await peer.open(), { flags: 0, data: body, nonce: ++nonce });
      }
    }
  });

  test("our own heartbeat is sealed, and an answer in the clear is none", async (scope) => {
    const aim = await boundAim(scope, "tcp", { heartbeatInterval: 20, heartbeatTimeout: 5000 });
    const bad = await (await ClientPeer.dial(scope, aim.socket)).join();
    await aim.watch.next("handshake");
    const { flags, data } = await bad.open();
    assertEquals([flags, data], [2, "\x04PING\0\0"]);
    bad.raw.send(command("PONG"));
    await assertEnded(aim, bad.raw, "traffic", UNEXPECTED);
  });

  test("what comes in one piece with the refusal is not heard either (X-82)", async (scope) => {
    const aim = await asServer(scope);
    const bad = await aim.next();
    const [first, second, third] = ["1", "2", "3"].map((each) => bad.framed(bad.seal(each), 0));
    bad.raw.send(octets(first!, flipped(second!, 30), third!, message("4"), frame(COMMAND, "\x04PING\0\0")));
    assertEquals((await aim.socket.receive()).map(text), ["1"]);
    await assertEnded(aim, bad.raw, "traffic", CRYPTOGRAPHIC);
  });
});

function endpointOf({ address }: RawListener, transport: Transport): string {
  return transport === "ws" ? `${address.replace("tcp", "ws")}/zeromq` : address;
}
