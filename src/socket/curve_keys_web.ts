/**
 * There is no CURVE in a page: takes the place of `curve_keys.ts` and `auth/certificate.ts` in a bundle for browsers.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

/** There is none. */
export const CURVE: boolean = false;

/** Throws ENOTSUP, under all their names. */
export function curveKeyPair(): never {
  throw new ZmqError("ENOTSUP", "There is no CURVE in a page");
}

export {
  curveKeyPair as curvePublicKey,
  curveKeyPair as formatCertificate,
  curveKeyPair as parseCertificate,
};
