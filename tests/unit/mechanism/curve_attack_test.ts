/**
 * Clients and servers of CURVE that are put together by hand, and that cheat in one point each; first the ones that
 * do not, or the refusals would mean nothing.
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import { CurveClient } from "../../../src/mechanism/curve_client.ts";
import { CurveServer } from "../../../src/mechanism/curve_server.ts";
import { assertBytes } from "../../support/bytes.ts";
import {
  dice,
  hello,
  initiate,
  message,
  own,
  pairOf,
  readHello,
  readInitiate,
  readMessage,
  readReady,
  readWelcome,
  ready,
  u64,
  welcome,
} from "../../support/curve_by_hand.ts";
import type { HelloParts, InitiateParts, Pair } from "../../support/curve_by_hand.ts";
import { assertRefused, caught, hear, say } from "../../support/mechanisms.ts";
import { join, octets, property } from "../../support/transcript.ts";

const CRYPTOGRAPHIC = "ERR_ZMTP_CRYPTOGRAPHIC";
const KEY_EXCHANGE = "ERR_ZMTP_KEY_EXCHANGE";
const SEQUENCE = "ERR_ZMTP_INVALID_SEQUENCE";
const BAD_HELLO = "ERR_ZMTP_MALFORMED_COMMAND_HELLO";
const MAX = 2n ** 64n - 1n;

const random = dice(5);
const [C, S, short, shortServer, other] = [0, 1, 2, 3, 4].map(() => pairOf(random(32))) as [
  Pair,
  Pair,
  Pair,
  Pair,
  Pair,
];
const METADATA = property("Socket-Type", "DEALER");

/** The points of small order on Curve25519, and the forms of them above the prime (RFC 7748, section 6.1). */
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].flatMap((hex) => {
  const point = Uint8Array.from(hex.match(/../g)!, (octet) => parseInt(octet, 16));
  const top = point.slice();
  top[31]! |= 0x80;
  return [point, top];
});

function server(asks = false): CurveServer {
  return new CurveServer({ secretKey: S.secretKey }, [["Socket-Type", octets("ROUTER")]], dice(6), asks);
}

function client(serverKey = S.publicKey): CurveClient {
  return new CurveClient({ ...C, serverKey }, [["Socket-Type", octets("DEALER")]], dice(7));
}

function goodHello(parts: Partial<HelloParts> = {}): Uint8Array {
  return hello(own, { short, serverKey: S.publicKey, ...parts });
}

/** A server that has heard a HELLO, and the INITIATE that follows. */
function initiated(
  parts: Partial<InitiateParts> = {},
  { nonce = 1n, asks = false }: { readonly nonce?: bigint; readonly asks?: boolean } = {},
): { readonly side: CurveServer; readonly body: Uint8Array; readonly shortServerKey: Uint8Array } {
  const side = server(asks);
  hear(side, goodHello({ nonce }));
  const { shortServerKey, cookie } = readWelcome(own, say(side), S.publicKey, short);
  const body = initiate(own, {
    client: C,
    short,
    serverKey: S.publicKey,
    shortServerKey,
    cookie,
    metadata: METADATA,
    ...parts,
  });
  return { side, body, shortServerKey };
}

/** A client that waits for READY, and what it said in INITIATE. */
function awaitingReady(): { readonly side: CurveClient; readonly shortKey: Uint8Array } {
  const side = client();
  const { shortKey } = readHello(own, say(side), S);
  hear(side, welcome(own, { server: S, shortServerKey: shortServer.publicKey, shortKey }));
  say(side);
  return { side, shortKey };
}

describe("CURVE server (RFC 26): a client by hand", () => {
  it("is let in if it does all right", () => {
    const { side, body, shortServerKey } = initiated({}, { asks: true });
    hear(side, body);
    assertBytes(side.peer!.get("socket-type")!, "DEALER");
    assertBytes(side.inquiry()!.credentials[0]!, C.publicKey);
    side.authenticated();
    const { nonce, metadata } = readReady(own, say(side), shortServerKey, short);
    assertEquals(nonce, 1n);
    assertBytes(metadata, property("Socket-Type", "ROUTER"));
    const keys = { publicKey: shortServerKey, secretKey: short.secretKey };
    const sent = message(own, { from: "C", ...keys, nonce: 3n, flags: 1, data: octets("hi") });
    assertEquals(side.traffic!.open(sent), 1);
    assertBytes(sent.subarray(33), "hi");
    const reply = new Uint8Array(35);
    reply.set(octets("yo"), 33);
    side.traffic!.seal(reply, 0, 2, 0);
    const read = readMessage(own, reply, { from: "S", ...keys });
    assertEquals([read.nonce, read.flags], [2n, 0]);
    assertBytes(read.data, "yo");
  });

  it("is refused with a HELLO of another version", () => {
    for (const version of [[0, 0], [1, 1], [2, 0], [0, 1], [255, 255]]) {
      assertRefused(server(), goodHello({ version }), BAD_HELLO, String(version));
    }
  });

  it("is refused with a padding that is not all zero", () => {
    for (const at of [0, 1, 35, 70, 71]) {
      const padding = new Uint8Array(72);
      padding[at] = 1;
      assertRefused(server(), goodHello({ padding }), BAD_HELLO, `octet ${at}`);
    }
  });

  it("is refused with a HELLO whose box has other than zeros in it", () => {
    for (const at of [0, 31, 63]) {
      const text = new Uint8Array(64);
      text[at] = 0x80;
      assertRefused(server(), goodHello({ text }), BAD_HELLO, `octet ${at}`);
    }
  });

  it("is refused with a HELLO for another server, of another's C', or under another prefix", () => {
    assertRefused(server(), goodHello({ serverKey: other.publicKey }), CRYPTOGRAPHIC);
    const claimed = { publicKey: other.publicKey, secretKey: short.secretKey };
    assertRefused(server(), goodHello({ short: claimed }), CRYPTOGRAPHIC);
    assertRefused(server(), goodHello({ prefix: "CurveZMQINITIATE" }), CRYPTOGRAPHIC);
  });

  it("is refused with a C' of small order, though its box opens", () => {
    for (const publicKey of SMALL_ORDER) {
      const body = goodHello({ short: { publicKey, secretKey: other.secretKey } });
      // The box of the shared secret that is none, as anybody can make it.
      const worthless = goodHello({ short, serverKey: publicKey });
      body.set(worthless.subarray(120), 120);
      assertRefused(server(), body, CRYPTOGRAPHIC, String(publicKey));
    }
  });

  it("is refused with a C of small order, though its vouch opens", () => {
    for (const publicKey of SMALL_ORDER) {
      const { side, body } = initiated({
        client: { publicKey, secretKey: C.secretKey },
        vouchFor: publicKey,
      });
      assertRefused(side, body, CRYPTOGRAPHIC, String(publicKey));
    }
  });

  it("is refused with a vouch for another C'", () => {
    const { side, body } = initiated({ vouchedKey: other.publicKey });
    assertRefused(side, body, KEY_EXCHANGE);
  });

  it("is refused with a vouch for another S: one that was made for somebody else", () => {
    const { side, body } = initiated({ vouchedServer: other.publicKey });
    assertRefused(side, body, KEY_EXCHANGE);
  });

  it("is refused with a vouch in which any one bit of C' or S differs", () => {
    for (let i = 0; i < 32; i += 5) {
      const vouchedKey = short.publicKey.slice();
      vouchedKey[i]! ^= 1 << (i % 8);
      const wrongKey = initiated({ vouchedKey });
      assertRefused(wrongKey.side, wrongKey.body, KEY_EXCHANGE);
      const vouchedServer = S.publicKey.slice();
      vouchedServer[i]! ^= 1 << (i % 8);
      const wrongServer = initiated({ vouchedServer });
      assertRefused(wrongServer.side, wrongServer.body, KEY_EXCHANGE);
    }
  });

  it("is refused with a vouch that names S and C' the other way around", () => {
    const { side, body } = initiated({ vouchedKey: S.publicKey, vouchedServer: short.publicKey });
    assertRefused(side, body, KEY_EXCHANGE);
  });

  it("is refused with a vouch that another key has signed: claiming C takes its secret", () => {
    const { side, body } = initiated({ signer: other.secretKey });
    assertRefused(side, body, CRYPTOGRAPHIC);
    const claimed = initiated({ client: { publicKey: other.publicKey, secretKey: C.secretKey } });
    assertRefused(claimed.side, claimed.body, CRYPTOGRAPHIC);
    const byShort = initiated({ signer: short.secretKey });
    assertRefused(byShort.side, byShort.body, CRYPTOGRAPHIC);
  });

  it("is refused with a vouch for the server's long-term key in place of S', or under another prefix", () => {
    const { side, body } = initiated({ vouchFor: S.publicKey });
    assertRefused(side, body, CRYPTOGRAPHIC);
    const prefixed = initiated({ vouchPrefix: "COOKIE--" });
    assertRefused(prefixed.side, prefixed.body, CRYPTOGRAPHIC);
  });

  it("is refused with an INITIATE of another C', for another S', or under another prefix", () => {
    for (
      const parts of [
        { short: other, vouchedKey: short.publicKey },
        { short: other },
        { shortServerKey: other.publicKey },
        { prefix: "CurveZMQMESSAGEC" },
      ]
    ) {
      const { side, body } = initiated(parts);
      assertRefused(side, body, CRYPTOGRAPHIC);
    }
  });

  it("is refused with a cookie that it made itself, or changed", () => {
    for (const cookie of [new Uint8Array(96), random(96)]) {
      const { side, body } = initiated({ cookie });
      assertRefused(side, body, CRYPTOGRAPHIC);
    }
  });

  it("is refused unless the nonce of INITIATE is above that of HELLO, in all 64 bits", () => {
    for (
      const [first, second] of [
        [1n, 0n],
        [1n, 1n],
        [0n, 0n],
        [5n, 4n],
        [2n ** 32n, 2n ** 32n - 1n],
        [2n ** 32n, 1n],
        [2n ** 53n, 2n ** 53n],
        [2n ** 53n + 1n, 2n ** 53n],
        [MAX, MAX],
        [MAX, 0n],
        [MAX, MAX - 1n],
      ] as const
    ) {
      const { side, body } = initiated({ nonce: second }, { nonce: first });
      assertRefused(side, body, SEQUENCE, `${second} after ${first}`);
    }
  });

  it("is let in by any nonce above, gaps and 2^64-1 included, and messages go on from there", () => {
    for (
      const [first, second] of [
        [0n, 1n],
        [1n, 7n],
        [2n ** 53n, 2n ** 53n + 1n],
        [2n ** 32n - 1n, 2n ** 32n],
        [
          1n,
          MAX,
        ],
      ] as const
    ) {
      const { side, body, shortServerKey } = initiated({ nonce: second }, { nonce: first });
      hear(side, body);
      say(side);
      const keys = { publicKey: shortServerKey, secretKey: short.secretKey };
      const at = (nonce: bigint) => message(own, { from: "C", ...keys, nonce });
      for (const nonce of [0n, first, second]) {
        const error = caught(() => side.traffic!.open(at(nonce)));
        assertInstanceOf(error, ProtocolError);
        assertEquals(error.code, SEQUENCE, `${nonce} after ${second}`);
      }
      if (second < MAX) assertEquals(side.traffic!.open(at(second + 1n)), 0);
    }
  });

  it("is refused with malformed metadata, though all of it is proved", () => {
    for (let length = 1; length < METADATA.length; length++) {
      const { side, body } = initiated({ metadata: METADATA.slice(0, length) });
      assertRefused(side, body, "ERR_ZMTP_MALFORMED_COMMAND_INITIATE", `${length} octets`);
    }
    const { side, body } = initiated({ metadata: join(METADATA, [0, 0, 0, 0, 0]) }, { asks: true });
    assertRefused(side, body, "ERR_ZMTP_MALFORMED_COMMAND_INITIATE");
  });

  it("learns nothing of C from what others see: C is in no command in the clear", () => {
    const { body } = initiated();
    const hex = (octets: Uint8Array) =>
      Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join();
    assert(!hex(body).includes(hex(C.publicKey)));
  });
});

describe("CURVE client (RFC 26): a server by hand", () => {
  it("is believed if it does all right", () => {
    const side = client();
    const { shortKey } = readHello(own, say(side), S);
    const cookie = random(96);
    hear(side, welcome(own, { server: S, shortServerKey: shortServer.publicKey, shortKey, cookie }));
    const said = readInitiate(own, say(side), shortServer, shortKey);
    assertBytes(said.cookie, cookie);
    assertEquals(said.nonce, 2n);
    assertBytes(said.clientKey, C.publicKey);
    assertBytes(said.vouched, join(shortKey, S.publicKey));
    assertBytes(said.metadata, METADATA);
    hear(side, ready(own, shortServer, shortKey, property("Socket-Type", "ROUTER"), 9n));
    assertBytes(side.peer!.get("socket-type")!, "ROUTER");
    const keys = { publicKey: shortKey, secretKey: shortServer.secretKey };
    for (const nonce of [0n, 8n, 9n]) {
      const error = caught(() => side.traffic!.open(message(own, { from: "S", ...keys, nonce })));
      assertInstanceOf(error, ProtocolError);
      assertEquals(error.code, SEQUENCE);
    }
    assertEquals(side.traffic!.open(message(own, { from: "S", ...keys, nonce: 10n, flags: 2 })), 2);
  });

  it("is refused if it has not the secret of S, and is told nothing more", () => {
    const side = client();
    const shortKey = say(side).slice(80, 112);
    const parts = { shortServerKey: shortServer.publicKey, shortKey };
    assertRefused(side, welcome(own, { ...parts, server: other }), CRYPTOGRAPHIC);
    assertEquals(side.nextCommand(), undefined);
  });

  it("is refused with a WELCOME for another C'", () => {
    const side = client();
    say(side);
    const parts = { server: S, shortServerKey: shortServer.publicKey, shortKey: short.publicKey };
    assertRefused(side, welcome(own, parts), CRYPTOGRAPHIC);
  });

  it("is refused with an S' of small order", () => {
    for (const shortServerKey of SMALL_ORDER) {
      const side = client();
      const { shortKey } = readHello(own, say(side), S);
      assertRefused(side, welcome(own, { server: S, shortServerKey, shortKey }), KEY_EXCHANGE);
      assertEquals(side.nextCommand(), undefined);
    }
  });

  it("is not greeted at all if S is of small order, and is not tried again", () => {
    for (const serverKey of SMALL_ORDER) {
      const side = client(serverKey);
      const error = caught(() => side.nextCommand());
      assertInstanceOf(error, ProtocolError);
      assertEquals([error.code, error.final], [CRYPTOGRAPHIC, true]);
      assertEquals(side.nextCommand(), undefined);
    }
  });

  it("is refused with a READY of another S', for another C', or under another prefix", () => {
    const metadata = property("Socket-Type", "ROUTER");
    const wrongServer = awaitingReady();
    assertRefused(wrongServer.side, ready(own, other, wrongServer.shortKey, metadata), CRYPTOGRAPHIC);
    const wrongClient = awaitingReady();
    assertRefused(wrongClient.side, ready(own, shortServer, short.publicKey, metadata), CRYPTOGRAPHIC);
    const { side, shortKey } = awaitingReady();
    const keys = { publicKey: shortKey, secretKey: shortServer.secretKey };
    const sealed = message(own, { from: "S", ...keys, nonce: 1n, data: metadata });
    const prefixed = join(octets("\x05READY"), u64(1n), sealed.subarray(16));
    assertRefused(side, prefixed, CRYPTOGRAPHIC);
  });

  it("is refused with malformed metadata", () => {
    const metadata = property("Socket-Type", "ROUTER");
    for (let length = 1; length < metadata.length; length++) {
      const { side, shortKey } = awaitingReady();
      const body = ready(own, shortServer, shortKey, metadata.slice(0, length));
      assertRefused(side, body, "ERR_ZMTP_MALFORMED_COMMAND_READY", `${length} octets`);
    }
  });
});
