/**
 * DGRAM: plain UDP. A message is two parts: the other side's address as text, and the datagram's octets. It has
 * one pipe, to the medium that it is bound to.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { PairPattern } from "./pair.ts";

/** The behaviour of DGRAM. */
export class DgramPattern extends PairPattern {
  override send(message: Uint8Array[]): boolean {
    if (message.length !== 2) {
      throw new ZmqError("EINVAL", `A DGRAM's message is an address and a body, not ${message.length} parts`);
    }
    return super.send(message);
  }
}
