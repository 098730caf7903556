/**
 * What `send` was given, as the parts of a message.
 *
 * @module
 */

import { toPart } from "../message/frame.ts";

/** The parts; none for an empty array. Throws a TypeError for `undefined` and what has no text. */
export function toParts(message: unknown): Uint8Array[] {
  // The usual case first: one part, already octets.
  if (message instanceof Uint8Array) return [message];
  if (Array.isArray(message)) {
    const parts = new Array<Uint8Array>(message.length);
    for (let i = 0; i < message.length; i++) parts[i] = toPart(message[i]);
    return parts;
  }
  if (message === undefined) throw new TypeError("Message must be present");
  return [toPart(message)];
}
