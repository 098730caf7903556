/**
 * CURVE's commands as a test puts them together by hand, right or wrong, straight from the tables of RFC 26 and
 * without the mechanism under test. NaCl's boxes are handed in: our own, or those of another library. Nonces
 * are bigints here, so that a number that loses bits cannot go unnoticed.
 */

import { open, seal } from "../../src/crypto/box.ts";
import { hsalsa20 } from "../../src/crypto/salsa20.ts";
import { publicKeyOf, x25519 } from "../../src/crypto/x25519.ts";
import { join, octets } from "./transcript.ts";

/** What a library of NaCl's boxes does. It refuses no key: that is for those under test. */
export interface Nacl {
  publicKeyOf(secretKey: Uint8Array): Uint8Array;
  box(text: Uint8Array, nonce: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array;
  unbox(
    box: Uint8Array,
    nonce: Uint8Array,
    publicKey: Uint8Array,
    secretKey: Uint8Array,
  ): Uint8Array | undefined;
}

/** Our own boxes, also under keys that are worth nothing. */
export const own: Nacl = {
  publicKeyOf,
  box: (text, nonce, publicKey, secretKey) => seal(text, nonce, anyKey(publicKey, secretKey)),
  unbox: (box, nonce, publicKey, secretKey) => open(box, nonce, anyKey(publicKey, secretKey)),
};

function anyKey(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return hsalsa20(x25519(secretKey, publicKey), new Uint8Array(16));
}

/** A key pair. */
export interface Pair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** Octets that look random and are the same in each run. */
export function dice(seed: number): (length: number) => Uint8Array {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (length) => {
    const all = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      all[i] = state >>> 11;
    }
    return all;
  };
}

/** The pair of a secret. */
export function pairOf(secretKey: Uint8Array, nacl: Nacl = own): Pair {
  return { publicKey: nacl.publicKeyOf(secretKey), secretKey };
}

/** Eight octets in network order. */
export function u64(value: bigint): Uint8Array {
  const all = new Uint8Array(8);
  new DataView(all.buffer).setBigUint64(0, value);
  return all;
}

/** The 24 octets of a nonce. */
export function nonceOf(prefix: string, rest: Uint8Array): Uint8Array {
  return join(octets(prefix), rest);
}

/** A command with its name before it. */
export function named(name: string, ...data: readonly Uint8Array[]): Uint8Array {
  return join([name.length], octets(name), ...data);
}

/** What a HELLO is made of; each part can be wrong. */
export interface HelloParts {
  readonly short: Pair;
  readonly serverKey: Uint8Array;
  readonly nonce?: bigint;
  readonly version?: readonly number[];
  readonly padding?: Uint8Array;
  readonly text?: Uint8Array;
  readonly prefix?: string;
}

/** `HELLO version padding C' nonce Box[64 * %x0](C'->S)` */
export function hello(nacl: Nacl, parts: HelloParts): Uint8Array {
  const { short, serverKey, nonce = 1n, version = [1, 0], prefix = "CurveZMQHELLO---" } = parts;
  const { padding = new Uint8Array(72), text = new Uint8Array(64) } = parts;
  const box = nacl.box(text, nonceOf(prefix, u64(nonce)), serverKey, short.secretKey);
  return named("HELLO", Uint8Array.from(version), padding, short.publicKey, u64(nonce), box);
}

/** S' and the cookie of a WELCOME. */
export function readWelcome(
  nacl: Nacl,
  body: Uint8Array,
  serverKey: Uint8Array,
  short: Pair,
): { readonly shortServerKey: Uint8Array; readonly cookie: Uint8Array } {
  if (body.length !== 168) throw new Error(`a WELCOME of ${body.length} octets`);
  const nonce = nonceOf("WELCOME-", body.subarray(8, 24));
  const text = must(nacl.unbox(body.subarray(24), nonce, serverKey, short.secretKey), "WELCOME");
  return { shortServerKey: text.slice(0, 32), cookie: text.slice(32) };
}

/** What an INITIATE is made of; each part can be wrong. */
export interface InitiateParts {
  readonly client: Pair;
  readonly short: Pair;
  readonly serverKey: Uint8Array;
  readonly shortServerKey: Uint8Array;
  readonly cookie: Uint8Array;
  readonly metadata?: Uint8Array;
  readonly nonce?: bigint;
  readonly vouchNonce?: Uint8Array;
  /** What the vouch names, if not C' and S. */
  readonly vouchedKey?: Uint8Array;
  readonly vouchedServer?: Uint8Array;
  /** Whose secret signs the vouch, and for whom, if not C for S'. */
  readonly signer?: Uint8Array;
  readonly vouchFor?: Uint8Array;
  readonly vouchPrefix?: string;
  readonly prefix?: string;
}

/** `INITIATE cookie nonce Box[C + vouch + metadata](C'->S')`, the vouch being `nonce Box[C',S](C->S')` */
export function initiate(nacl: Nacl, parts: InitiateParts): Uint8Array {
  const { client, short, serverKey, shortServerKey, cookie, nonce = 2n } = parts;
  const { metadata = new Uint8Array(0), vouchNonce = new Uint8Array(16).fill(7) } = parts;
  const { vouchedKey = short.publicKey, vouchedServer = serverKey, signer = client.secretKey } = parts;
  const { vouchFor = shortServerKey, vouchPrefix = "VOUCH---", prefix = "CurveZMQINITIATE" } = parts;
  const vouched = join(vouchedKey, vouchedServer);
  const vouch = nacl.box(vouched, nonceOf(vouchPrefix, vouchNonce), vouchFor, signer);
  const text = join(client.publicKey, vouchNonce, vouch, metadata);
  const box = nacl.box(text, nonceOf(prefix, u64(nonce)), shortServerKey, short.secretKey);
  return named("INITIATE", cookie, u64(nonce), box);
}

/** The metadata of a READY, and its nonce. */
export function readReady(
  nacl: Nacl,
  body: Uint8Array,
  shortServerKey: Uint8Array,
  short: Pair,
): { readonly nonce: bigint; readonly metadata: Uint8Array } {
  const nonce = nonceOf("CurveZMQREADY---", body.subarray(6, 14));
  const metadata = must(nacl.unbox(body.subarray(14), nonce, shortServerKey, short.secretKey), "READY");
  return { nonce: new DataView(nonce.buffer).getBigUint64(16), metadata };
}

/** C' and the nonce of a HELLO that is in order. */
export function readHello(nacl: Nacl, body: Uint8Array, server: Pair): { readonly shortKey: Uint8Array } {
  if (body.length !== 200) throw new Error(`a HELLO of ${body.length} octets`);
  const shortKey = body.slice(80, 112);
  const nonce = nonceOf("CurveZMQHELLO---", body.subarray(112, 120));
  const text = must(nacl.unbox(body.subarray(120), nonce, shortKey, server.secretKey), "HELLO");
  const head = body.subarray(6, 80);
  if (text.some((octet) => octet !== 0)) throw new Error("a HELLO with other than zeros");
  if (head[0] !== 1 || head.subarray(1).some((octet) => octet !== 0)) throw new Error("version or padding");
  return { shortKey };
}

/** What a WELCOME is made of. */
export interface WelcomeParts {
  readonly server: Pair;
  readonly shortServerKey: Uint8Array;
  readonly shortKey: Uint8Array;
  /** Opaque to a client. */
  readonly cookie?: Uint8Array;
  readonly nonce?: Uint8Array;
}

/** `WELCOME nonce Box[S' + cookie](S->C')` */
export function welcome(nacl: Nacl, parts: WelcomeParts): Uint8Array {
  const { server, shortServerKey, shortKey, nonce = new Uint8Array(16).fill(9) } = parts;
  const { cookie = new Uint8Array(96).fill(0xc0) } = parts;
  const text = join(shortServerKey, cookie);
  return named("WELCOME", nonce, nacl.box(text, nonceOf("WELCOME-", nonce), shortKey, server.secretKey));
}

/** What an INITIATE says, every box opened. */
export interface Initiated {
  readonly cookie: Uint8Array;
  readonly nonce: bigint;
  readonly clientKey: Uint8Array;
  readonly vouched: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Opens an INITIATE and its vouch. */
export function readInitiate(
  nacl: Nacl,
  body: Uint8Array,
  shortServer: Pair,
  shortKey: Uint8Array,
): Initiated {
  const cookie = body.slice(9, 105);
  const nonce = nonceOf("CurveZMQINITIATE", body.subarray(105, 113));
  const text = must(nacl.unbox(body.subarray(113), nonce, shortKey, shortServer.secretKey), "INITIATE");
  const clientKey = text.slice(0, 32);
  const vouchNonce = nonceOf("VOUCH---", text.subarray(32, 48));
  const vouched = must(
    nacl.unbox(text.subarray(48, 128), vouchNonce, clientKey, shortServer.secretKey),
    "vouch",
  );
  const count = new DataView(nonce.buffer).getBigUint64(16);
  return { cookie, nonce: count, clientKey, vouched, metadata: text.slice(128) };
}

/** `READY nonce Box[metadata](S'->C')` */
export function ready(
  nacl: Nacl,
  shortServer: Pair,
  shortKey: Uint8Array,
  metadata: Uint8Array,
  nonce = 1n,
): Uint8Array {
  const full = nonceOf("CurveZMQREADY---", u64(nonce));
  return named("READY", u64(nonce), nacl.box(metadata, full, shortKey, shortServer.secretKey));
}

/** What a MESSAGE is made of. */
export interface MessageParts {
  readonly from: "C" | "S";
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly nonce: bigint;
  readonly flags?: number;
  readonly data?: Uint8Array;
}

/** `MESSAGE nonce Box[flags + data]` */
export function message(nacl: Nacl, parts: MessageParts): Uint8Array {
  const { from, publicKey, secretKey, nonce, flags = 0, data = new Uint8Array(0) } = parts;
  const full = nonceOf(`CurveZMQMESSAGE${from}`, u64(nonce));
  return named("MESSAGE", u64(nonce), nacl.box(join([flags], data), full, publicKey, secretKey));
}

/** Nonce, flags and data of a MESSAGE. */
export function readMessage(
  nacl: Nacl,
  body: Uint8Array,
  { from, publicKey, secretKey }: Pick<MessageParts, "from" | "publicKey" | "secretKey">,
): { readonly nonce: bigint; readonly flags: number; readonly data: Uint8Array } {
  const nonce = nonceOf(`CurveZMQMESSAGE${from}`, body.subarray(8, 16));
  const text = must(nacl.unbox(body.subarray(16), nonce, publicKey, secretKey), "MESSAGE");
  return { nonce: new DataView(nonce.buffer).getBigUint64(16), flags: text[0]!, data: text.slice(1) };
}

function must(text: Uint8Array | undefined, what: string): Uint8Array {
  if (text === undefined) throw new Error(`${what} does not open`);
  return text;
}
