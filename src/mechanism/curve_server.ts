/**
 * The server of CURVE (RFC 25, RFC 26). A client proves that it knows the key S, then that it has the secret of
 * its own key C. Between WELCOME and INITIATE the server remembers nothing of the keys of the connection: C' and
 * its own s' come back in the cookie, which only the key K opens.
 *
 * @module
 */

import { concatBytes, EMPTY } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { equalSecrets, wipe } from "../crypto/secrets.ts";
import { publicKeyOf } from "../crypto/x25519.ts";
import { encodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";
import {
  agree,
  boxedMetadata,
  checkVouch,
  LONG_NONCE_SIZE,
  openBox,
  openPair,
  outOfSequence,
  sealBox,
  sealPair,
  VOUCH_SIZE,
} from "./curve_boxes.ts";
import { ShortNonce } from "./curve_nonce.ts";
import { CurveTraffic } from "./curve_traffic.ts";
import type { HandshakeCommand, Mechanism, Traffic } from "./mechanism.ts";
import { unexpected } from "./unexpected.ts";
import type { Inquiry } from "./zap.ts";

/** Octets behind the name of a HELLO: all of them, and where its fields begin behind version and padding. */
const HELLO_SIZE = 194;
const HELLO_KEY_AT = 74;
const HELLO_NONCE_AT = 106;
const HELLO_BOX_AT = 114;
/** The same of INITIATE, at the least; C and the vouch come before the metadata in its box. */
const INITIATE_SIZE = 248;
const INITIATE_NONCE_AT = 96;
const INITIATE_BOX_AT = 104;
const METADATA_AT = 32 + VOUCH_SIZE;

/** The key pair S of the server; 32 octets each, not kept in copy. The public one is found out if it is not given. */
export interface CurveServerKeys {
  readonly secretKey: Uint8Array;
  readonly publicKey?: Uint8Array;
}

/** The side whose key is known. */
export class CurveServer implements Mechanism {
  readonly name = "CURVE";
  readonly refuses = true;
  readonly #keys: CurveServerKeys;
  readonly #properties: readonly (readonly [string, Uint8Array])[];
  readonly #random: (length: number) => Uint8Array;
  readonly #asks: boolean;
  /** The command that is due: HELLO and INITIATE from the client, WELCOME and READY from us. */
  #due: "HELLO" | "WELCOME" | "INITIATE" | "handler" | "READY" | undefined = "HELLO";
  #welcome: Uint8Array = EMPTY;
  /** K, the key of the cookie, from WELCOME to INITIATE. */
  #cookieKey: Uint8Array = EMPTY;
  /** The key between C' and S while HELLO is answered, that between C' and S' from INITIATE to READY. */
  #key: Uint8Array = EMPTY;
  /** C, once it is proved, until the authentication handler was asked. */
  #clientKey: Uint8Array | undefined;
  readonly #heard = new ShortNonce();
  #peer: Metadata | undefined;
  #traffic: CurveTraffic | undefined;

  /** `asks`: whether the authentication handler has to let the client in. */
  constructor(
    keys: CurveServerKeys,
    properties: readonly (readonly [string, Uint8Array])[],
    random: (length: number) => Uint8Array,
    asks: boolean,
  ) {
    this.#keys = keys;
    this.#properties = properties;
    this.#random = random;
    this.#asks = asks;
  }

  get peer(): Metadata | undefined {
    return this.#peer;
  }

  get done(): boolean {
    return this.#traffic !== undefined;
  }

  get traffic(): Traffic | undefined {
    return this.#traffic;
  }

  inquiry(): Inquiry | undefined {
    const clientKey = this.#clientKey;
    if (clientKey === undefined) return undefined;
    this.#clientKey = undefined;
    return { mechanism: "CURVE", credentials: [clientKey] };
  }

  authenticated(): void {
    if (this.#due === "handler" && this.#clientKey === undefined) this.#due = "READY";
  }

  nextCommand(): HandshakeCommand | undefined {
    switch (this.#due) {
      case "WELCOME": {
        const data = this.#welcome;
        this.#welcome = EMPTY;
        this.#due = "INITIATE";
        return { name: "WELCOME", data };
      }
      case "READY":
        return { name: "READY", data: this.#ready() };
      default:
        return undefined;
    }
  }

  processCommand(name: string, data: Uint8Array): void {
    try {
      const due = this.#due;
      if (name === "HELLO" && due === "HELLO") this.#hello(data);
      else if (name === "INITIATE" && due === "INITIATE") this.#initiate(data);
      else {
        throw unexpected(
          name,
          due === "HELLO" || due === "INITIATE" ? due : undefined,
          "RFC 25, CURVE server",
        );
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    wipe(this.#cookieKey, this.#key);
    this.#welcome = EMPTY;
    this.#clientKey = undefined;
    // A handshake that is done stays done; one that is not never will be.
    if (this.#traffic === undefined) this.#peer = undefined;
    this.#due = undefined;
  }

  /** What costs nothing is checked first, then that the client has the secret of C' and knows S. */
  #hello(data: Uint8Array): void {
    checkHello(data);
    const shortClientKey = data.subarray(HELLO_KEY_AT, HELLO_NONCE_AT);
    const nonce = data.subarray(HELLO_NONCE_AT, HELLO_BOX_AT);
    const { secretKey } = this.#keys;
    this.#key = agree(shortClientKey, secretKey, "ERR_ZMTP_CRYPTOGRAPHIC", "The client's key C'");
    const box = data.subarray(HELLO_BOX_AT);
    const text = openBox(box, "CurveZMQHELLO---", nonce, this.#key, "The box of HELLO");
    if (!equalSecrets(text, new Uint8Array(64))) throw malformed("HELLO", "with other than zeros in its box");
    this.#heard.take(nonce, 0);
    this.#welcome = this.#makeWelcome(shortClientKey);
    wipe(this.#key);
    this.#due = "WELCOME";
  }

  /** A new pair S', and the cookie: with that sent, all of this connection but K is forgotten. */
  #makeWelcome(shortClientKey: Uint8Array): Uint8Array {
    const shortSecret = this.#random(32);
    this.#cookieKey = this.#random(32);
    const cookieNonce = this.#random(LONG_NONCE_SIZE);
    const cookie = sealPair(shortClientKey, shortSecret, "COOKIE--", cookieNonce, this.#cookieKey);
    const text = concatBytes(publicKeyOf(shortSecret), cookie);
    wipe(shortSecret);
    const nonce = this.#random(LONG_NONCE_SIZE);
    const welcome = concatBytes(nonce, sealBox(text, "WELCOME-", nonce, this.#key));
    wipe(text);
    return welcome;
  }

  #initiate(data: Uint8Array): void {
    if (data.length < INITIATE_SIZE) throw malformed("INITIATE", `of ${9 + data.length} octets`);
    if (!this.#heard.isBelow(data, INITIATE_NONCE_AT)) throw outOfSequence("INITIATE");
    const cookie = openPair(
      data.subarray(0, VOUCH_SIZE),
      "COOKIE--",
      this.#cookieKey,
      "The cookie of INITIATE",
    );
    // RFC 26: the key of a cookie is gone with its first use.
    wipe(this.#cookieKey);
    try {
      this.#prove(data, cookie.subarray(0, 32), cookie.subarray(32));
    } finally {
      wipe(cookie);
    }
    this.#heard.take(data, INITIATE_NONCE_AT);
    this.#due = this.#asks ? "handler" : "READY";
  }

  /** Who has C' sent this, and is the owner of C, by the vouch. */
  #prove(data: Uint8Array, shortClientKey: Uint8Array, shortSecret: Uint8Array): void {
    this.#key = agree(shortClientKey, shortSecret, "ERR_ZMTP_KEY_EXCHANGE", "The client's key C'");
    const nonce = data.subarray(INITIATE_NONCE_AT, INITIATE_BOX_AT);
    const box = data.subarray(INITIATE_BOX_AT);
    const text = openBox(box, "CurveZMQINITIATE", nonce, this.#key, "The box of INITIATE");
    const clientKey = text.slice(0, 32);
    const vouchKey = agree(clientKey, shortSecret, "ERR_ZMTP_CRYPTOGRAPHIC", "The client's key C");
    try {
      checkVouch(text.subarray(32, METADATA_AT), vouchKey, shortClientKey, this.#publicKey());
      this.#peer = boxedMetadata(text.subarray(METADATA_AT), "INITIATE");
    } finally {
      wipe(text, vouchKey);
    }
    if (this.#asks) this.#clientKey = clientKey;
  }

  /** The first command of ours that is counted; messages count on from it. */
  #ready(): Uint8Array {
    const sent = new ShortNonce(0, 1);
    const nonce = sent.octets();
    const text = encodeMetadata(this.#properties);
    const data = concatBytes(nonce, sealBox(text, "CurveZMQREADY---", nonce, this.#key));
    wipe(text);
    this.#traffic = new CurveTraffic(this.#key, "server", sent, this.#heard);
    wipe(this.#key);
    this.#due = undefined;
    return data;
  }

  #publicKey(): Uint8Array {
    const { publicKey, secretKey } = this.#keys;
    return publicKey ?? foundPublicKey(secretKey);
  }
}

function checkHello(data: Uint8Array): void {
  if (data.length !== HELLO_SIZE) throw malformed("HELLO", `of ${6 + data.length} octets`);
  if (data[0] !== 1 || data[1] !== 0) throw malformed("HELLO", `of version ${data[0]}.${data[1]}`);
  for (let i = 2; i < HELLO_KEY_AT; i++) {
    if (data[i] !== 0) throw malformed("HELLO", "with other than zeros in its padding");
  }
}

/** Found out once a key: a handshake then costs four multiplications, three for secrets and one for S'. */
const publicKeys = new WeakMap<Uint8Array, Uint8Array>();

function foundPublicKey(secretKey: Uint8Array): Uint8Array {
  let publicKey = publicKeys.get(secretKey);
  if (publicKey === undefined) publicKeys.set(secretKey, publicKey = publicKeyOf(secretKey));
  return publicKey;
}

function malformed(command: "HELLO" | "INITIATE", how: string): ProtocolError {
  return new ProtocolError(`ERR_ZMTP_MALFORMED_COMMAND_${command}`, `A ${command} ${how} (RFC 26)`);
}
