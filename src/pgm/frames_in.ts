/**
 * What is inside of PGM's data: one endless stream of ZMTP/1.0 frames, cut into slices without alignment. Each
 * slice comes with the place where the first message in it begins, so that a receiver can join at any packet and
 * join again behind a hole.
 *
 *     data  = offset(2) slice      offset ffff: no message begins here; the slice's length: just behind it
 *     frame = length(1) flags(1) body, or ff length(8) flags(1) body; lengths count the flags, bit 0 is MORE
 *
 * Frames are views on the slice; one that spans slices is gathered in memory that doubles with what has arrived,
 * whatever its header claims. A hole drops the whole message that it fell into, parts already read included.
 *
 * @module
 */

import { Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";

/** A body in pieces starts with at most this much memory. */
const FIRST_GROWTH = 16 * 1024;

/** Longer bodies than this no runtime can be relied on to hold in one piece. */
const BODY_MAX = 0x7fffffff;

/** Most frames of a message, as the sockets' `maxMessageParts` has it for streams. */
const PARTS_MAX = 65536;

/** `ff`, 8 octets of length, flags. */
const LONG_HEADER = 10;

/** Who hears of what was decoded. */
export interface FrameSink {
  /** A whole message. `false`: no more now. */
  onMessage(message: Message): boolean;
  /** The stream makes no sense. What was begun is dropped; decoding goes on where the next packet says so. */
  onBroken(reason: string): void;
}

/** Decodes the slices of one source, in order. */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #bodyMax: number;
  #joined = false;

  /** A slice that waits for the sink, and from where. */
  #rest: Uint8Array | undefined;
  #restAt = 0;

  /** A header in pieces. */
  readonly #header: Uint8Array = new Uint8Array(LONG_HEADER);
  #headerLength = 0;

  /** A body in pieces: what is there of it, of how much. */
  #body: Uint8Array | undefined;
  #bodyLength = 0;
  #bodySize = 0;
  #bodyMore = false;

  /** The frames of a message that is not whole yet, and their octets. */
  #parts: Frame[] | undefined;
  #partsSize = 0;

  /** Parts longer than `maxMessageSize` octets break the stream. */
  constructor(sink: FrameSink, maxMessageSize: number) {
    this.#sink = sink;
    this.#bodyMax = Math.min(maxMessageSize, BODY_MAX);
  }

  /** Whether it knows where messages begin. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Whether a part of a slice waits for `resume`; until then `decode` must not be called. */
  get stalled(): boolean {
    return this.#rest !== undefined;
  }

  /** Decodes the next slice; `offset` says where in it the first message begins that begins in it. */
  decode(offset: number, slice: Uint8Array): void {
    if (this.#joined) return this.#run(slice, 0);
    // An offset just behind the slice promises that the next one begins with a message; that one says so too.
    if (offset >= slice.length) return;
    this.#joined = true;
    this.#run(slice, offset);
  }

  /** The sink has room again: goes on in the slice that waits. */
  resume(): void {
    const rest = this.#rest;
    if (rest === undefined) return;
    this.#rest = undefined;
    this.#run(rest, this.#restAt);
  }

  /** The slice that would come next never will: drops what was begun, and joins again. */
  skip(): void {
    this.#joined = false;
    this.#headerLength = 0;
    this.#body = undefined;
    this.#parts = undefined;
    this.#partsSize = 0;
  }

  #run(slice: Uint8Array, start: number): void {
    let at = start;
    const end = slice.length;
    if (this.#body !== undefined) at = this.#fillBody(slice, at);
    else if (this.#headerLength > 0) at = this.#fillHeader(slice, at);
    const buffer = slice.buffer as ArrayBuffer;
    const base = slice.byteOffset;
    // `ff` never passes: with it the frame would be longer than the longest short one.
    const shortMax = Math.min(this.#bodyMax, 253) + 1;
    while (at >= 0 && at < end) {
      const length = slice[at]!;
      const next = at + 1 + length;
      if (length > 0 && length <= shortMax && next <= end) {
        const frame = new Frame(buffer, base + at + 2, length - 1);
        const more = (slice[at + 1]! & 1) === 1;
        at = next;
        if (more || this.#parts !== undefined) at = this.#part(frame, more, slice, at);
        else if (!this.#sink.onMessage([frame])) at = this.#stall(slice, at);
        continue;
      }
      at = this.#fillHeader(slice, at);
    }
  }

  /** Any frame, from any octet of its header on. Answers where to go on, or a negative number for not now. */
  #fillHeader(slice: Uint8Array, start: number): number {
    let at = start;
    const header = this.#header;
    do {
      if (at === slice.length) return at;
      header[this.#headerLength++] = slice[at++]!;
    } while (this.#headerLength < (header[0] === 0xff ? LONG_HEADER : 2));
    const size = this.#headerLength === 2 ? header[0]! - 1 : longLength(header) - 1;
    const more = (header[this.#headerLength - 1]! & 1) === 1;
    this.#headerLength = 0;
    if (size < 0) return this.#broken("a frame of length 0");
    if (size > this.#bodyMax) return this.#broken("a part above the longest that is taken");
    if (at + size <= slice.length) {
      const frame = new Frame(slice.buffer as ArrayBuffer, slice.byteOffset + at, size);
      return this.#part(frame, more, slice, at + size);
    }
    this.#bodySize = size;
    this.#bodyLength = 0;
    this.#bodyMore = more;
    this.#body = new Uint8Array(Math.min(size, FIRST_GROWTH));
    return this.#fillBody(slice, at);
  }

  #fillBody(slice: Uint8Array, start: number): number {
    let body = this.#body!;
    const length = Math.min(this.#bodySize - this.#bodyLength, slice.length - start);
    const filled = this.#bodyLength + length;
    if (filled > body.length) {
      this.#body = new Uint8Array(Math.min(this.#bodySize, Math.max(body.length * 2, filled)));
      this.#body.set(body);
      body = this.#body;
    }
    body.set(slice.subarray(start, start + length), this.#bodyLength);
    this.#bodyLength = filled;
    if (filled < this.#bodySize) return start + length;
    this.#body = undefined;
    const frame = new Frame(body.buffer as ArrayBuffer, 0, filled);
    return this.#part(frame, this.#bodyMore, slice, start + length);
  }

  #part(frame: Frame, more: boolean, slice: Uint8Array, at: number): number {
    let message = this.#parts;
    if (message === undefined) message = [frame];
    else message.push(frame);
    if (more) {
      this.#parts = message;
      this.#partsSize += frame.length;
      const tooLong = message.length > PARTS_MAX || this.#partsSize > BODY_MAX;
      return tooLong ? this.#broken("a message of too many parts or octets") : at;
    }
    this.#parts = undefined;
    this.#partsSize = 0;
    return this.#sink.onMessage(message) ? at : this.#stall(slice, at);
  }

  #stall(slice: Uint8Array, at: number): number {
    if (at < slice.length) {
      this.#rest = slice;
      this.#restAt = at;
    }
    return -1;
  }

  #broken(reason: string): number {
    this.skip();
    this.#sink.onBroken(reason);
    return -1;
  }
}

/** Exact up to 2^53; above that only the comparison with a limit matters. */
function longLength(header: Uint8Array): number {
  let length = 0;
  for (let i = 1; i < LONG_HEADER - 1; i++) length = length * 256 + header[i]!;
  return length;
}
