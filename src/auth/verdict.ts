/**
 * What was decided over a peer, made of what a program's function answered.
 *
 * @module
 */

import { EMPTY, encodeText } from "../base/bytes.ts";
import type { ZapReply } from "../mechanism/zap.ts";
import type { AuthenticatedPeer } from "./requests.ts";

/** A reply, and what went wrong, if anything did. */
export interface Verdict extends ZapReply {
  readonly error?: Error;
}

/** RFC 27: "All string fields are at most 255 characters". */
const USER_ID_MAX = 255;

/** The peer is let in. Throws a `TypeError` or `RangeError` for a user id or metadata that cannot be told. */
export function allowed(userId: string | Uint8Array, metadata: AuthenticatedPeer["metadata"] = {}): Verdict {
  const octets = octetsOf(userId);
  if (octets.length > USER_ID_MAX) throw new RangeError(`A user id has at most ${USER_ID_MAX} octets`);
  const properties: [string, Uint8Array][] = [];
  for (const [name, value] of Object.entries(metadata)) {
    if (!isPropertyName(name)) {
      throw new TypeError(`${JSON.stringify(name)} is no name of a property (RFC 27)`);
    }
    properties.push([name, octetsOf(value)]);
  }
  return { status: 200, text: "OK", userId: octets, metadata: new Map(properties) };
}

/** The peer is refused (400). */
export function refused(text: string): Verdict {
  return { status: 400, text, userId: EMPTY, metadata: new Map() };
}

/** It could not be decided: 300, and the peer may come again, or 500. */
export function undecided(status: 300 | 500, text: string, error?: Error): Verdict {
  return { status, text, userId: EMPTY, metadata: new Map(), ...(error && { error }) };
}

/** Whether metadata can have such a name (RFC 27: name = OCTET 1*name-char). */
export function isPropertyName(name: string): boolean {
  return /^[A-Za-z0-9\-_.+]{1,255}$/.test(name);
}

function octetsOf(value: string | Uint8Array): Uint8Array {
  if (typeof value === "string") return encodeText(value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError("User ids and metadata are text or Uint8Arrays");
}
