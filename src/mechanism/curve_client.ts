/**
 * The client of CURVE (RFC 25, RFC 26): it knows the server's key S, proves that it has the secret of its own key
 * C, and makes a key pair C' for this connection alone. HELLO, WELCOME, INITIATE, READY.
 *
 * @module
 */

import { concatBytes, EMPTY } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { sharedKey } from "../crypto/box.ts";
import { wipe } from "../crypto/secrets.ts";
import { publicKeyOf } from "../crypto/x25519.ts";
import { encodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";
import { agree, boxedMetadata, LONG_NONCE_SIZE, openBox, sealBox, sealPair } from "./curve_boxes.ts";
import { ShortNonce } from "./curve_nonce.ts";
import { CurveTraffic } from "./curve_traffic.ts";
import type { HandshakeCommand, Mechanism, Traffic } from "./mechanism.ts";
import { unexpected } from "./unexpected.ts";

/** Octets behind the name of a WELCOME: all of them, and the least of a READY. */
const WELCOME_SIZE = 160;
const READY_SIZE = 24;

/** The client's own key pair C, and the key S of the server that it wants; 32 octets each, not kept in copy. */
export interface CurveClientKeys {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** The side that knows whom it wants to talk to. */
export class CurveClient implements Mechanism {
  readonly name = "CURVE";
  readonly refuses = false;
  readonly #keys: CurveClientKeys;
  readonly #properties: readonly (readonly [string, Uint8Array])[];
  readonly #random: (length: number) => Uint8Array;
  /** The command that is due: HELLO and INITIATE from us, WELCOME and READY from the server. */
  #due: "HELLO" | "WELCOME" | "INITIATE" | "READY" | undefined = "HELLO";
  /** C' and its secret; the secret until S' is known. */
  #shortKey: Uint8Array = EMPTY;
  #shortSecret: Uint8Array = EMPTY;
  /** The key with S until WELCOME, then that with S' until READY. */
  #key: Uint8Array = EMPTY;
  #initiate: Uint8Array = EMPTY;
  readonly #sent = new ShortNonce();
  #peer: Metadata | undefined;
  #traffic: CurveTraffic | undefined;

  constructor(
    keys: CurveClientKeys,
    properties: readonly (readonly [string, Uint8Array])[],
    random: (length: number) => Uint8Array,
  ) {
    this.#keys = keys;
    this.#properties = properties;
    this.#random = random;
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

  /** Throws a `ProtocolError` if no server can have the key that was given for its. */
  nextCommand(): HandshakeCommand | undefined {
    switch (this.#due) {
      case "HELLO": {
        const data = this.#hello();
        this.#due = "WELCOME";
        return { name: "HELLO", data };
      }
      case "INITIATE": {
        const data = this.#initiate;
        this.#initiate = EMPTY;
        this.#due = "READY";
        return { name: "INITIATE", data };
      }
      default:
        return undefined;
    }
  }

  processCommand(name: string, data: Uint8Array): void {
    try {
      const due = this.#due;
      if (name === "WELCOME" && due === "WELCOME") this.#welcome(data);
      else if (name === "READY" && due === "READY") this.#ready(data);
      else {
        throw unexpected(
          name,
          due === "WELCOME" || due === "READY" ? due : undefined,
          "RFC 25, CURVE client",
        );
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    wipe(this.#shortSecret, this.#key);
    this.#initiate = EMPTY;
    this.#due = undefined;
  }

  /** Version 1.0, padding against amplification, C', and a proof that its secret is here. */
  #hello(): Uint8Array {
    const { serverKey } = this.#keys;
    this.#shortSecret = this.#random(32);
    this.#shortKey = publicKeyOf(this.#shortSecret);
    const key = sharedKey(serverKey, this.#shortSecret);
    if (key === undefined) throw this.#ownKeyRefused();
    this.#key = key;
    const nonce = this.#nextNonce();
    const version = Uint8Array.of(1, 0);
    const box = sealBox(new Uint8Array(64), "CurveZMQHELLO---", nonce, this.#key);
    return concatBytes(version, new Uint8Array(72), this.#shortKey, nonce, box);
  }

  /** S' and the cookie, from S: nobody else can have made the box. The answer is made at once. */
  #welcome(data: Uint8Array): void {
    if (data.length !== WELCOME_SIZE) throw malformed("WELCOME", data);
    const nonce = data.subarray(0, LONG_NONCE_SIZE);
    const box = data.subarray(LONG_NONCE_SIZE);
    const text = openBox(box, "WELCOME-", nonce, this.#key, "The box of WELCOME");
    const shortServerKey = text.subarray(0, 32);
    const cookie = text.subarray(32);
    wipe(this.#key);
    this.#key = agree(shortServerKey, this.#shortSecret, "ERR_ZMTP_KEY_EXCHANGE", "The server's key S'");
    wipe(this.#shortSecret);
    this.#initiate = this.#makeInitiate(cookie, shortServerKey);
    wipe(text);
    this.#due = "INITIATE";
  }

  /** The cookie as it came, C, the vouch for C' and S by C, and what we say of ourselves. */
  #makeInitiate(cookie: Uint8Array, shortServerKey: Uint8Array): Uint8Array {
    const { publicKey, secretKey, serverKey } = this.#keys;
    const key = agree(shortServerKey, secretKey, "ERR_ZMTP_KEY_EXCHANGE", "The server's key S'");
    const vouch = sealPair(this.#shortKey, serverKey, "VOUCH---", this.#random(LONG_NONCE_SIZE), key);
    wipe(key);
    const text = concatBytes(publicKey, vouch, encodeMetadata(this.#properties));
    const nonce = this.#nextNonce();
    const initiate = concatBytes(cookie, nonce, sealBox(text, "CurveZMQINITIATE", nonce, this.#key));
    wipe(text);
    return initiate;
  }

  #ready(data: Uint8Array): void {
    if (data.length < READY_SIZE) throw malformed("READY", data);
    const nonce = data.subarray(0, 8);
    const text = openBox(data.subarray(8), "CurveZMQREADY---", nonce, this.#key, "The box of READY");
    let peer: Metadata;
    try {
      peer = boxedMetadata(text, "READY");
    } finally {
      wipe(text);
    }
    const heard = new ShortNonce();
    heard.take(nonce, 0);
    this.#traffic = new CurveTraffic(this.#key, "client", this.#sent, heard);
    wipe(this.#key);
    this.#peer = peer;
    this.#due = undefined;
  }

  #nextNonce(): Uint8Array {
    this.#sent.increase();
    return this.#sent.octets();
  }

  /** Not the peer's fault, and another try would end the same. */
  #ownKeyRefused(): ProtocolError {
    this.end();
    const message = "The key of the server is a point of small order (RFC 7748, section 6.1)";
    return new ProtocolError("ERR_ZMTP_CRYPTOGRAPHIC", message, { final: true });
  }
}

function malformed(command: "WELCOME" | "READY", data: Uint8Array): ProtocolError {
  return new ProtocolError(
    `ERR_ZMTP_MALFORMED_COMMAND_${command}`,
    `A ${command} of ${1 + command.length + data.length} octets (RFC 26)`,
  );
}
