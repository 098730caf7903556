/**
 * Messages that go to another thread by the port, for the sake of memory that was given away: it changes hands
 * without a copy.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { Frame, GivenPart } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";

/** Given memory below this is cheaper copied than handed on by the port. */
const HAND_ON_MIN = 16 * 1024;

/** The parts to post and the buffers that change hands; `undefined` if no part is worth that. */
export function toHanded(
  message: readonly Uint8Array[],
): { readonly parts: Uint8Array[]; readonly given: ArrayBufferLike[] } | undefined {
  if (!message.some(isWorthHanding)) return undefined;
  const given = new Set<ArrayBufferLike>();
  const parts = message.map((part) => {
    // A view would take all of its buffer along.
    if (!isWorthHanding(part) || given.has(part.buffer)) return new Uint8Array(part);
    given.add(part.buffer);
    return new Uint8Array(part.buffer, part.byteOffset, part.length);
  });
  return { parts, given: [...given] };
}

/** What came by the port, as a message. Throws a `ProtocolError` if it is none. */
export function fromHanded(data: readonly unknown[]): Message {
  return data.map((part) => {
    if (part instanceof Uint8Array) {
      return new Frame(part.buffer as ArrayBuffer, part.byteOffset, part.length);
    }
    throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "A message by the port whose parts are no octets");
  });
}

function isWorthHanding(part: Uint8Array): boolean {
  return part instanceof GivenPart && part.length >= HAND_ON_MIN && part.length === part.buffer.byteLength;
}
