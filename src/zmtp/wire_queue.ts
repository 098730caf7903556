/**
 * Messages that wait for a ZMTP connection, in v2 framing, which ZMTP 2.0, 3.0 and 3.1 share: each is encoded
 * once, when it is sent.
 *
 * @module
 */

import { FLAG_COMMAND, FLAG_LONG, FLAG_MORE, SHORT_MAX } from "./constants.ts";
import { COPY_MAX, SharedEncoder, SlabQueue } from "./slab_queue.ts";

/** The longest header: flags and eight octets of length. */
export const HEADER_MAX = 9;

/** The queue of one connection's outgoing messages. */
export class WireQueue extends SlabQueue {
  protected override frame(body: Uint8Array, more: boolean): void {
    const { length } = body;
    const flags = more ? FLAG_MORE : 0;
    if (length <= SHORT_MAX) {
      this.reserve(length + 2);
      const slab = this.slab;
      const at = this.end;
      slab[at] = flags;
      slab[at + 1] = length;
      // Setting octet by octet beats the call to `set` below 16 of them on all three engines.
      if (length < 16) { for (let i = 0; i < length; i++) slab[at + 2 + i] = body[i]!; }
      else slab.set(body, at + 2);
      this.end = at + 2 + length;
      this.octets += length + 2;
      return;
    }
    const copied = length <= COPY_MAX;
    this.reserve(copied ? length + HEADER_MAX : HEADER_MAX);
    const slab = this.slab;
    const at = this.end;
    putLongHeader(slab, at, flags, length);
    this.end = at + HEADER_MAX;
    this.octets += HEADER_MAX;
    if (!copied) return this.refer(body, !more);
    slab.set(body, at + HEADER_MAX);
    this.end += length;
    this.octets += length;
  }
}

/** One message for many queues. */
export class FanOut extends SharedEncoder {
  constructor() {
    super(HEADER_MAX);
  }

  protected override header(memory: Uint8Array, at: number, length: number, more: boolean): number {
    const flags = more ? FLAG_MORE : 0;
    if (length > SHORT_MAX) {
      putLongHeader(memory, at, flags, length);
      return at + HEADER_MAX;
    }
    memory[at] = flags;
    memory[at + 1] = length;
    return at + 2;
  }
}

/** A command frame: name and data. */
export function encodeCommand(name: string, data: Uint8Array): Uint8Array {
  const head = new Uint8Array(1 + name.length);
  head[0] = name.length;
  for (let i = 0; i < name.length; i++) head[i + 1] = name.charCodeAt(i);
  return encodeFrame(FLAG_COMMAND, head, data);
}

/** A message of one frame, in two pieces. */
export function encodeMessage(head: Uint8Array, body: Uint8Array): Uint8Array {
  return encodeFrame(0, head, body);
}

function encodeFrame(flags: number, head: Uint8Array, body: Uint8Array): Uint8Array {
  const size = head.length + body.length;
  const start = size > SHORT_MAX ? HEADER_MAX : 2;
  const frame = new Uint8Array(start + size);
  if (size > SHORT_MAX) putLongHeader(frame, 0, flags, size);
  else {
    frame[0] = flags;
    frame[1] = size;
  }
  frame.set(head, start);
  frame.set(body, start + head.length);
  return frame;
}

/** RFC 37: long-size = 8OCTET in network order. Safe up to 2^53, far above what memory holds. */
export function putLongHeader(memory: Uint8Array, at: number, flags: number, length: number): void {
  memory[at] = flags | FLAG_LONG;
  const high = Math.floor(length / 0x100000000);
  memory[at + 1] = memory[at + 2] = 0;
  memory[at + 3] = high >>> 8;
  memory[at + 4] = high;
  memory[at + 5] = length >>> 24;
  memory[at + 6] = length >>> 16;
  memory[at + 7] = length >>> 8;
  memory[at + 8] = length;
}
