/**
 * There is no CURVE in a page: takes the place of `curve_keys.ts` in a bundle for browsers.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

/** There is none. */
export const CURVE: boolean = false;

/** Throws ENOTSUP, under both names. */
export function curveKeyPair(): never {
  throw new ZmqError("ENOTSUP", "There is no CURVE in a page");
}

export { curveKeyPair as curvePublicKey };
