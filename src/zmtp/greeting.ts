/**
 * The greeting (RFC 37): 64 octets each way. The first eleven go out at once and show the version; the rest
 * follows when the peer's version is known, so that older framings can be spoken later, and a stranger who
 * speaks another protocol sees no more than the signature.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { latin1 } from "../base/bytes.ts";
import { GREETING_SIZE, GREETING_VERSION_SIZE, MAJOR, MINOR, SIGNATURE_SIZE } from "./constants.ts";

/** Where the fields lie. */
const MINOR_AT = 11;
const MECHANISM_AT = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER_AT = 32;

/**
 * Our own greeting. The server of a mechanism with roles says that it is one (RFC 23, "as-server"); libzmq never
 * does, and looks at nobody's.
 */
export function encodeGreeting(mechanism: string, asServer = false): Uint8Array {
  const greeting = new Uint8Array(GREETING_SIZE);
  greeting[0] = 0xff;
  greeting[SIGNATURE_SIZE - 1] = 0x7f;
  greeting[SIGNATURE_SIZE] = MAJOR;
  greeting[MINOR_AT] = MINOR;
  for (let i = 0; i < mechanism.length; i++) greeting[MECHANISM_AT + i] = mechanism.charCodeAt(i);
  if (asServer) greeting[AS_SERVER_AT] = 1;
  return greeting;
}

/** Reads the peer's greeting, in any pieces. */
export class GreetingReader {
  readonly #octets = new Uint8Array(GREETING_SIZE);
  #length = 0;

  /** Whether the peer's version is known, so that the rest of our own greeting may go out. */
  get versionKnown(): boolean {
    return this.#length >= GREETING_VERSION_SIZE;
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
    while (at < chunk.length && this.#length < GREETING_SIZE) {
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
          throw new ProtocolError(
            "ERR_ZMTP_VERSION_UNSUPPORTED",
            "Neither ZMTP 3 nor 2: the signature's first octet is not 0xFF (RFC 37, greeting)",
          );
        }
        break;
      case SIGNATURE_SIZE:
        // The low bit tells a signature from the length of a 1.0 peer's identity (RFC 37, "versions").
        if (!(octets[SIGNATURE_SIZE - 1]! & 1)) {
          throw new ProtocolError("ERR_ZMTP_VERSION_UNSUPPORTED", "ZMTP 1.0 peers are not served");
        }
        if (octets[SIGNATURE_SIZE - 1] !== 0x7f) {
          throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "The signature's last octet is not 0x7F (RFC 37)");
        }
        break;
      case GREETING_VERSION_SIZE:
        if (octets[SIGNATURE_SIZE]! < MAJOR) {
          throw new ProtocolError(
            "ERR_ZMTP_VERSION_UNSUPPORTED",
            `ZMTP revision ${octets[SIGNATURE_SIZE]} peers are not served`,
          );
        }
        break;
    }
  }
}
