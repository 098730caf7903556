/**
 * User names and their passwords, compared in a time that tells nothing of either: each password is kept in 256
 * octets, its length first, and one that nobody has stands in for that of a name that is not there.
 *
 * @module
 */

import { encodeText, latin1 } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import { equalSecrets } from "../crypto/secrets.ts";
import type { PlainPolicy } from "./requests.ts";

/** RFC 24: "username = OCTET *OCTET", whose first octet is the length; the same for the password. */
const MOST = 255;

/** The passwords of one domain. */
export class Passwords {
  /** By the octets of the user names. */
  readonly #padded = new Map<string, Uint8Array>();

  /** Throws EINVAL for names and passwords of more than 255 octets. */
  constructor(passwords: NonNullable<PlainPolicy["passwords"]>) {
    const entries = passwords instanceof Map ? passwords : Object.entries(passwords);
    for (const [username, password] of entries as Iterable<[string, string | Uint8Array]>) {
      const octets = typeof password === "string" ? encodeText(password) : password;
      if (!(octets instanceof Uint8Array)) throw new TypeError("Passwords are text or Uint8Arrays");
      const name = encodeText(username);
      if (name.length > MOST || octets.length > MOST) {
        throw new ZmqError("EINVAL", `User names and passwords have at most ${MOST} octets (RFC 24)`);
      }
      this.#padded.set(latin1(name), pad(octets));
    }
  }

  /** Whether it is the user's password; any number of octets, all of which count. */
  match(username: Uint8Array, password: Uint8Array): boolean {
    const known = this.#padded.get(latin1(username));
    const fits = password.length <= MOST;
    const equal = equalSecrets(known ?? NOBODYS, pad(fits ? password : password.subarray(0, MOST)));
    return equal && fits && known !== undefined;
  }
}

function pad(password: Uint8Array): Uint8Array {
  const padded = new Uint8Array(1 + MOST);
  padded[0] = password.length;
  padded.set(password, 1);
  return padded;
}

const NOBODYS: Uint8Array = /* @__PURE__ */ pad(new Uint8Array(MOST));
