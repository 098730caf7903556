/**
 * Octets: text to octets and back, comparison, and the one-to-one string that serves as a map's key.
 *
 * @module
 */

declare class TextEncoder {
  encode(text: string): Uint8Array;
}

const encoder = new TextEncoder();

/** No octets at all. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** Text as UTF-8; a lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Whether two runs of octets are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** All parts in one new run of octets. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The octets that `latin1` made this of. */
export function fromLatin1(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}

/** The octets as a string of the same length, one code unit each: a key for a `Map`. */
export function latin1(bytes: Uint8Array): string {
  const { length } = bytes;
  // The usual routing id has five octets: one call is 20 times faster than growing a string.
  if (length === 5) return String.fromCharCode(bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!, bytes[4]!);
  let text = "";
  for (let at = 0; at < length; at += 4096) {
    // A view of its own costs as much as the rest, and as two on Bun.
    const piece = length > 4096 ? bytes.subarray(at, at + 4096) : bytes;
    text += String.fromCharCode.apply(null, piece as unknown as number[]);
  }
  return text;
}
