/**
 * The error of a thread that does not keep to what threads say to each other.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";

/** In a word or two: what it said, or what of it makes no sense. */
export function breach(what: string): ProtocolError {
  return new ProtocolError("ERR_ZMTP_UNSPECIFIED", `Another thread broke the rules of inproc: ${what}`);
}
