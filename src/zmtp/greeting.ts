/**
 * The greeting (RFC 37): 64 octets each way. The first eleven go out at once and show the version; the rest
 * follows when the peer's version is known, so that an older peer is answered in its own form (`older`), and a
 * stranger who speaks another protocol sees no more than the signature.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { latin1 } from "../base/bytes.ts";
import { GREETING_SIZE, GREETING_VERSION_SIZE, MAJOR, MINOR, SIGNATURE_SIZE } from "./constants.ts";
import type { OlderGreetingKind } from "./older.ts";

/** Where the fields lie. */
const MINOR_AT = 11;
const MECHANISM_AT = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER_AT = 32;

/**
 * Our own greeting. The server of a mechanism with roles says that it is one (RFC 23, "as-server"); libzmq never
 * does, and looks at nobody's. To a 1.0 peer the signature is the header of an identity, which it closes if the
 * length is 0 (RFC 37, "backwards interoperability"): `identity` is the length of ours, -1 if no such peer is served.
 */
export function encodeGreeting(mechanism: string, asServer = false, identity = -1): Uint8Array {
  const greeting = new Uint8Array(GREETING_SIZE);
  greeting[0] = 0xff;
  greeting[SIGNATURE_SIZE - 3] = (identity + 1) >>> 8;
  greeting[SIGNATURE_SIZE - 2] = identity + 1;
  greeting[SIGNATURE_SIZE - 1] = 0x7f;
  greeting[SIGNATURE_SIZE] = MAJOR;
  greeting[MINOR_AT] = MINOR;
  for (let i = 0; i < mechanism.length; i++) greeting[MECHANISM_AT + i] = mechanism.charCodeAt(i);
  if (asServer) greeting[AS_SERVER_AT] = 1;
  return greeting;
}

/** Reads the peer's greeting, in any pieces. */
export class GreetingReader {
  readonly #oldest: number;
  readonly #octets = new Uint8Array(GREETING_SIZE);
  #length = 0;
  #older: OlderGreetingKind | undefined;

  /** `oldest`: the major version that is served beside all higher ones, 1, 2 or 3. */
  constructor(oldest: number = MAJOR) {
    this.#oldest = oldest;
  }

  /** Whether there is a signature, to which we may say our version. */
  get signed(): boolean {
    return this.#length >= SIGNATURE_SIZE && this.#older !== "unversioned";
  }

  /** Whether the peer's version is known, so that the rest of our own greeting may go out. */
  get versionKnown(): boolean {
    return this.#length >= GREETING_VERSION_SIZE;
  }

  /** What it is if it is no greeting of version 3; nothing is read from there on. */
  get older(): OlderGreetingKind | undefined {
    return this.#older;
  }

  /** What was read. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  /** Whether all of it is there. */
  get complete(): boolean {
    return this.#length === GREETING_SIZE;
  }

  /** The peer's minor version; at least 1 for every version above 3.0, which we speak 3.1 with. */
  get minor(): number {
    return this.#octets[SIGNATURE_SIZE]! > MAJOR ? MINOR : this.#octets[MINOR_AT]!;
  }

  /** The peer's mechanism without its padding; all 20 octets if there is no padding. */
  get mechanism(): string {
    return latin1(this.#octets.subarray(MECHANISM_AT, MECHANISM_AT + MECHANISM_SIZE)).replace(/\0+$/, "");
  }

  /** Takes what belongs to the greeting, answers how many octets that was. Throws a `ProtocolError`. */
  read(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.#length < GREETING_SIZE && this.#older === undefined) {
      this.#octets[this.#length++] = chunk[at++]!;
      this.#check();
    }
    return at;
  }

  /** As early as possible: a port scanner is gone after its first octet. */
  #check(): void {
    const octets = this.#octets;
    switch (this.#length) {
      case 1:
        if (octets[0] !== 0xff) {
          this.#downgrade(1, "unversioned", "Neither ZMTP 3 nor 2: the signature's first octet is not 0xFF");
        }
        break;
      case SIGNATURE_SIZE:
        // The low bit tells a signature from the length of a 1.0 peer's identity (RFC 37, "versions").
        if (!(octets[SIGNATURE_SIZE - 1]! & 1)) this.#downgrade(1, "unversioned", "ZMTP 1.0");
        else if (octets[SIGNATURE_SIZE - 1] !== 0x7f) {
          throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "The signature's last octet is not 0x7F (RFC 37)");
        }
        break;
      case GREETING_VERSION_SIZE: {
        const revision = octets[SIGNATURE_SIZE]!;
        const said = `ZMTP revision ${revision}`;
        if (revision === 0) this.#downgrade(1, "1.0", said);
        else if (revision < MAJOR) this.#downgrade(2, "2.0", said);
      }
    }
  }

  #downgrade(major: number, kind: OlderGreetingKind, what: string): void {
    if (major < this.#oldest) {
      throw new ProtocolError(
        "ERR_ZMTP_VERSION_UNSUPPORTED",
        `${what}: such peers are not served here (RFC 37)`,
      );
    }
    this.#older = kind;
  }
}
