/**
 * The properties that two peers tell each other in the handshake (RFC 37, "metadata"): names of 1 to 255
 * octets compared without case, values of up to 2^31-1 octets.
 *
 * @module
 */

import { concatBytes, encodeText, latin1 } from "../base/bytes.ts";

/** A peer's properties by their lower-case names. */
export type Metadata = ReadonlyMap<string, Uint8Array>;

/** More properties than this are no handshake but an attack; RFC 37 knows three, applications add a few. */
const MOST_PROPERTIES = 1024;
/** RFC 37: name-char = ALPHA / DIGIT / "-" / "_" / "." / "+". */
const NAME = /^[A-Za-z0-9\-_.+]+$/;

/** Properties as they stand in READY. */
export function encodeMetadata(properties: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of properties) {
    const octets = encodeText(name);
    const head = new Uint8Array(1 + octets.length + 4);
    head[0] = octets.length;
    head.set(octets, 1);
    new DataView(head.buffer).setUint32(1 + octets.length, value.length);
    parts.push(head, value);
  }
  return concatBytes(...parts);
}

/**
 * Reads properties; `undefined` if the octets break the grammar. Of a name that comes twice the first value
 * counts (RFC 37 is silent; consistently the first can't be used to change what was checked).
 */
export function decodeMetadata(octets: Uint8Array): Metadata | undefined {
  const properties = new Map<string, Uint8Array>();
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let at = 0;
  while (at < octets.length) {
    const nameLength = octets[at]!;
    const valueAt = at + 1 + nameLength + 4;
    if (nameLength === 0 || valueAt > octets.length) return undefined;
    const name = latin1(octets.subarray(at + 1, at + 1 + nameLength));
    const length = view.getUint32(valueAt - 4);
    if (!NAME.test(name) || length > 0x7fffffff || valueAt + length > octets.length) return undefined;
    const key = name.toLowerCase();
    // Copied: a property outlives the chunk that it came in.
    if (!properties.has(key)) properties.set(key, new Uint8Array(octets.subarray(valueAt, valueAt + length)));
    if (properties.size > MOST_PROPERTIES) return undefined;
    at = valueAt + length;
  }
  return properties;
}
