/**
 * User names and their passwords, compared in a time that tells nothing of either: each password is kept in 256
 * octets, its length first, and one that nobody has stands in for that of a name that is not there.
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";
import { equalSecrets } from "../crypto/secrets.ts";
import type { PlainRule } from "./settings.ts";

/** RFC 24: "username = OCTET *OCTET", whose first octet is the length; the same for the password. */
const MOST = 255;

/** The passwords of one domain. */
export class Passwords {
  /** By the octets of the user names. */
  readonly #padded: ReadonlyMap<string, Uint8Array>;

  /** Of at most 255 octets each. */
  constructor(passwords: PlainRule["passwords"]) {
    this.#padded = new Map(passwords.map(([username, password]) => [latin1(username), pad(password)]));
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
