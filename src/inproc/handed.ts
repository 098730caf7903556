/**
 * Messages that go to another thread by the port, for the sake of large parts: memory that was given away changes
 * hands without a copy, other memory with one.
 *
 * @module
 */

import { Frame, GivenPart } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import { breach } from "./breach.ts";

/** Given memory below this is cheaper copied than handed on by the port. */
const HAND_ON_MIN = 16 * 1024;

/**
 * So much that is not given away is copied and the copy handed on. Through the ring it would be copied twice, from the
 * cache of one core to that of another: at 40 kB that takes 1.2 (Bun) to 2.3 times as long (Node), at 150 kB 2 to 3.5
 * times; at 20 kB it is faster on Deno and Bun.
 */
const COPY_MIN = 32 * 1024;

/** Not `new Uint8Array(part)`, which on Bun fills its memory with zeros first; nor a Buffer's own, which is a view. */
const copy = Uint8Array.prototype.slice;

/** The parts to post and the buffers that change hands; `undefined` if no part is worth that. */
export function toHanded(
  message: readonly Uint8Array[],
): { readonly parts: Uint8Array[]; readonly given: ArrayBufferLike[] } | undefined {
  if (!message.some(isWorthHanding)) return undefined;
  const given = new Set<ArrayBufferLike>();
  const parts = message.map((part) => {
    const own = isGiven(part) && !given.has(part.buffer)
      ? new Uint8Array(part.buffer, part.byteOffset, part.length)
      : copy.call(part);
    if (isWorthHanding(part)) given.add(own.buffer);
    return own;
  });
  return { parts, given: [...given] };
}

/** What came by the port, as a message. Throws a `ProtocolError` if it is none. */
export function fromHanded(data: readonly unknown[]): Message {
  return data.map((part) => {
    if (part instanceof Uint8Array) {
      return new Frame(part.buffer as ArrayBuffer, part.byteOffset, part.length);
    }
    throw breach("no octets");
  });
}

function isWorthHanding(part: Uint8Array): boolean {
  return part.length >= COPY_MIN || isGiven(part);
}

/** A view would take all of its buffer along. */
function isGiven(part: Uint8Array): boolean {
  return part instanceof GivenPart && part.length >= HAND_ON_MIN && part.length === part.buffer.byteLength;
}
