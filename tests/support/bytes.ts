/**
 * Octets compared as octets. `assertEquals` compares constructors, so a `Frame` never equals a `Uint8Array`;
 * these two look at the contents alone and take what a test has at hand: numbers, text or any view.
 */

import { assertEquals } from "@std/assert";

/** Octets as a test writes them: a view, numbers, or text that stands for its UTF-8. */
export type Octets = ArrayBufferView | readonly number[] | string;

/** Fails unless the view holds exactly these octets. */
export function assertBytes(actual: ArrayBufferView, expected: Octets, message?: string): void {
  assertEquals(readable(actual), readable(expected), message);
}

/** Fails unless the message has exactly these frames. */
export function assertFrames(
  actual: readonly ArrayBufferView[],
  expected: readonly Octets[],
  message?: string,
): void {
  assertEquals(actual.map(readable), expected.map(readable), message);
}

/**
 * One form for all, and one that a person can read in a failure: hexadecimal with the printable characters
 * beside it, so that equal texts mean equal octets.
 */
function readable(octets: Octets): string {
  const bytes = view(octets);
  let hex = "";
  let text = "";
  for (const byte of bytes) {
    hex += byte.toString(16).padStart(2, "0");
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  return `${bytes.length} octets ${hex} |${text}|`;
}

function view(octets: Octets): Uint8Array {
  if (typeof octets === "string") return new TextEncoder().encode(octets);
  if (ArrayBuffer.isView(octets)) return new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength);
  return Uint8Array.from(octets);
}
