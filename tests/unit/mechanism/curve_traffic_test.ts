import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import type { ProtocolErrorCode } from "../../../src/base/errors.ts";
import { sharedKey } from "../../../src/crypto/box.ts";
import { DirectionKey } from "../../../src/crypto/direction.ts";
import { ShortNonce } from "../../../src/mechanism/curve_nonce.ts";
import { CurveTraffic } from "../../../src/mechanism/curve_traffic.ts";
import type { Traffic } from "../../../src/mechanism/mechanism.ts";
import { assertBytes } from "../../support/bytes.ts";
import { dice, message, own, pairOf, readMessage, u64 } from "../../support/curve_by_hand.ts";
import type { MessageParts } from "../../support/curve_by_hand.ts";
import { caught } from "../../support/mechanisms.ts";
import { octets, pattern } from "../../support/transcript.ts";

const SEQUENCE = "ERR_ZMTP_INVALID_SEQUENCE";
const CRYPTOGRAPHIC = "ERR_ZMTP_CRYPTOGRAPHIC";
const MALFORMED = "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE";
const UNEXPECTED = "ERR_ZMTP_UNEXPECTED_COMMAND";
const MAX = 2n ** 64n - 1n;

const random = dice(1);
const C = pairOf(random(32));
const S = pairOf(random(32));

/** One side of a connection, `sent` and `heard` being the last nonces of its handshake. */
function traffic(side: "client" | "server", sent = 0n, heard = 0n): CurveTraffic {
  const nonce = (value: bigint) => new ShortNonce(Number(value >> 32n), Number(value & 0xffffffffn));
  const key = side === "client" ? sharedKey(S.publicKey, C.secretKey) : sharedKey(C.publicKey, S.secretKey);
  return new CurveTraffic(key!, side, nonce(sent), nonce(heard));
}

/** What goes over the wire, sealed in the middle of other memory, which must stay as it is. */
function sealed(side: Traffic, data: Uint8Array, flags = 0): Uint8Array {
  const length = side.overhead + data.length;
  const memory = new Uint8Array(length + 20).fill(0x5a);
  memory.set(data, 10 + side.overhead);
  side.seal(memory, 10, data.length, flags);
  assertBytes(memory.subarray(0, 10), new Uint8Array(10).fill(0x5a));
  assertBytes(memory.subarray(10 + length), new Uint8Array(10).fill(0x5a));
  return memory.slice(10, 10 + length);
}

/** A MESSAGE that somebody else has made. */
function byHand(from: "C" | "S", parts: Partial<MessageParts> & { readonly nonce: bigint }): Uint8Array {
  const keys = from === "C"
    ? { publicKey: S.publicKey, secretKey: C.secretKey }
    : { publicKey: C.publicKey, secretKey: S.secretKey };
  return message(own, { from, ...keys, ...parts });
}

/** The flags and the frame. */
function opened(side: Traffic, body: Uint8Array): { readonly flags: number; readonly data: Uint8Array } {
  const copy = body.slice();
  const flags = side.open(copy);
  return { flags, data: copy.subarray(side.overhead) };
}

function assertNotOpened(side: Traffic, body: Uint8Array, code?: ProtocolErrorCode, what = ""): void {
  const error = caught(() => side.open(body.slice()));
  assertInstanceOf(error, ProtocolError, what);
  if (code !== undefined) assertEquals(error.code, code, what);
}

describe("CURVE: MESSAGE (RFC 26)", () => {
  it("carries every frame from client to server and back, flags and all (LT-61, LT-63)", () => {
    const [client, server] = [traffic("client"), traffic("server")];
    for (const length of [0, 1, 15, 31, 32, 33, 63, 64, 65, 127, 255, 256, 1000, 2048, 8192, 70_000]) {
      for (const flags of [0, 1, 2]) {
        const data = pattern(length, flags);
        for (const [from, to] of [[client, server], [server, client]] as const) {
          const body = sealed(from, data, flags);
          assertEquals(body.length, 33 + length);
          const heard = opened(to, body);
          assertEquals(heard.flags, flags);
          assertBytes(heard.data, data);
        }
      }
    }
  });

  it("is 07 MESSAGE, a nonce above the handshake's, and a box of flags and data", () => {
    const client = traffic("client", 2n);
    for (const nonce of [3n, 4n, 5n]) {
      const body = sealed(client, octets("hello"), 1);
      assertBytes(body.subarray(0, 8), "\x07MESSAGE");
      assertBytes(body.subarray(8, 16), u64(nonce));
      const read = readMessage(own, body, { from: "C", publicKey: C.publicKey, secretKey: S.secretKey });
      assertEquals([read.nonce, read.flags], [nonce, 1]);
      assertBytes(read.data, "hello");
    }
  });

  it("opens what another library's way has made, with gaps between the nonces", () => {
    const server = traffic("server", 1n, 2n);
    for (const nonce of [3n, 4n, 10n, 2n ** 32n, 2n ** 32n + 1n]) {
      const { flags, data } = opened(server, byHand("C", { nonce, flags: 2, data: octets("\x04PING") }));
      assertEquals(flags, 2);
      assertBytes(data, "\x04PING");
    }
  });

  it("is refused with any single octet changed, and the nonce does not go on by it", () => {
    const server = traffic("server", 1n, 2n);
    const body = sealed(traffic("client", 2n), octets("a secret"), 1);
    for (let i = 0; i < body.length; i++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = body.slice();
        changed[i]! ^= mask;
        assertNotOpened(server, changed, undefined, `octet ${i} ^ ${mask}`);
      }
    }
    assertEquals(opened(server, body).flags, 1);
  });

  it("is refused longer or shorter than it was made", () => {
    const server = traffic("server", 1n, 2n);
    const body = sealed(traffic("client", 2n), octets("four"));
    for (let length = 0; length < 8; length++) assertNotOpened(server, body.slice(0, length), UNEXPECTED);
    for (let length = 8; length < 33; length++) assertNotOpened(server, body.slice(0, length), MALFORMED);
    for (let length = 33; length < body.length; length++) {
      assertNotOpened(server, body.slice(0, length), CRYPTOGRAPHIC);
    }
    const longer = new Uint8Array(body.length + 1);
    longer.set(body);
    assertNotOpened(server, longer, CRYPTOGRAPHIC);
  });

  it("is refused without room for flags, also if the box of nothing opens", () => {
    const keys = { publicKey: S.publicKey, secretKey: C.secretKey };
    const nonce = new Uint8Array(24);
    nonce.set(octets("CurveZMQMESSAGEC"));
    nonce.set(u64(3n), 16);
    const box = own.box(new Uint8Array(0), nonce, keys.publicKey, keys.secretKey);
    const body = new Uint8Array(32);
    body.set(octets("\x07MESSAGE"));
    body.set(u64(3n), 8);
    body.set(box, 16);
    assertNotOpened(traffic("server"), body, MALFORMED);
  });

  it("is refused a second time, and with any nonce that is not above the last", () => {
    const server = traffic("server", 1n, 2n);
    for (const nonce of [0n, 1n, 2n]) {
      assertNotOpened(server, byHand("C", { nonce }), SEQUENCE, `${nonce}, the handshake's being 2`);
    }
    const client = traffic("client", 2n);
    const [first, second, third] = ["1", "2", "3"].map((text) => sealed(client, octets(text)));
    assertBytes(opened(server, first!).data, "1");
    assertNotOpened(server, first!, SEQUENCE);
    assertBytes(opened(server, third!).data, "3");
    assertNotOpened(server, second!, SEQUENCE);
    assertNotOpened(server, third!, SEQUENCE);
    assertNotOpened(server, byHand("C", { nonce: 0n }), SEQUENCE);
  });

  it("has nonces of 64 bits that are compared exactly", () => {
    for (const edge of [2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, MAX - 2n]) {
      const server = traffic("server", 1n, edge - 1n);
      for (const nonce of [edge, edge + 1n, edge + 2n]) {
        assertNotOpened(server, byHand("C", { nonce: nonce - 1n }), SEQUENCE);
        opened(server, byHand("C", { nonce }));
        assertNotOpened(server, byHand("C", { nonce }), SEQUENCE);
      }
    }
  });

  it("ends with the nonce 2^64-1: nothing is above it, and nothing more is sealed", () => {
    const client = traffic("client", MAX - 2n);
    const server = traffic("server", 1n, MAX - 3n);
    for (const nonce of [MAX - 1n, MAX]) {
      const body = sealed(client, octets("last"));
      assertBytes(body.subarray(8, 16), u64(nonce));
      assertBytes(opened(server, body).data, "last");
    }
    const memory = pattern(40);
    const error = caught(() => client.seal(memory, 0, 7, 0));
    assertInstanceOf(error, ProtocolError);
    assertEquals(error.code, SEQUENCE);
    assertBytes(memory, pattern(40));
    for (const nonce of [0n, 1n, MAX]) assertNotOpened(server, byHand("C", { nonce }), SEQUENCE);
  });

  it("is refused with any flags but MORE or COMMAND alone", () => {
    for (let flags = 0; flags < 256; flags++) {
      const server = traffic("server");
      const body = byHand("C", { nonce: 1n, flags, data: octets("x") });
      if (flags <= 2) assertEquals(opened(server, body).flags, flags);
      else assertNotOpened(server, body, MALFORMED, `flags ${flags}`);
    }
  });

  it("is refused when it comes back to who has sent it", () => {
    for (const side of ["client", "server"] as const) {
      const body = sealed(traffic(side), octets("mirror"));
      assertNotOpened(traffic(side), body, CRYPTOGRAPHIC);
    }
  });

  it("is refused under the prefix of the other side, or of another command", () => {
    assertNotOpened(traffic("server"), byHand("C", { nonce: 1n, from: "S" }), CRYPTOGRAPHIC);
    assertNotOpened(traffic("client"), byHand("S", { nonce: 1n, from: "C" }), CRYPTOGRAPHIC);
  });

  it("is refused under the keys of another connection", () => {
    const other = pairOf(random(32));
    assertNotOpened(traffic("server"), byHand("C", { nonce: 1n, secretKey: other.secretKey }), CRYPTOGRAPHIC);
    assertNotOpened(traffic("server"), byHand("C", { nonce: 1n, publicKey: other.publicKey }), CRYPTOGRAPHIC);
  });

  it("is the only thing that is heard: clear text and commands in the clear are refused", () => {
    for (
      const text of [
        "",
        "hello",
        "\x04PING\0\0",
        "\x09SUBSCRIBEtopic",
        "\x05ERROR\0",
        "\x05READY",
        "\x08INITIATE",
        "\x07message",
        "\x08MESSAGE ",
      ]
    ) {
      const body = new Uint8Array(100);
      body.set(octets(text));
      assertNotOpened(traffic("server"), octets(text), UNEXPECTED, text);
      assertNotOpened(traffic("server"), body, UNEXPECTED, text);
    }
    assertNotOpened(traffic("server"), new Uint8Array(200), UNEXPECTED);
  });

  it("is neither sealed nor opened after the end: a wiped key is known to all", () => {
    const [client, server] = [traffic("client"), traffic("server")];
    const body = sealed(client, octets("before"));
    server.end();
    client.end();
    assertNotOpened(server, body);
    const memory = pattern(50);
    assert(caught(() => client.seal(memory, 0, 17, 0)) instanceof ProtocolError);
    assertBytes(memory, pattern(50));
  });

  it("is not opened after the end, though it is sealed with what a wiped key has become", () => {
    const server = traffic("server");
    server.end();
    const wiped = new DirectionKey(new Uint8Array(32), octets("CurveZMQMESSAGEC"));
    wiped.wipe();
    const body = new Uint8Array(40);
    body.set(octets("\x07MESSAGE"));
    body.set(u64(1n), 8);
    wiped.seal(body, 32, 8, 0, 1);
    assertNotOpened(server, body, SEQUENCE);
  });

  it("keeps nothing of the key that it was made with", () => {
    const key = sharedKey(S.publicKey, C.secretKey)!;
    const client = new CurveTraffic(key, "client", new ShortNonce(), new ShortNonce());
    key.fill(0);
    assertBytes(opened(traffic("server"), sealed(client, octets("still"))).data, "still");
  });
});
