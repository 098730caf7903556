/**
 * Nothing connects to a page, so there is nobody to decide over: takes the place of `authenticator.ts` in a bundle
 * for browsers.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

/** Not in a page. */
export class Authenticator {
  /** Throws ENOTSUP. */
  constructor() {
    throw new ZmqError("ENOTSUP", "An Authenticator is for servers, and a page has none");
  }
}
