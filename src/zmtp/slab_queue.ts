/**
 * Messages that wait for a connection, already in the form of its wire: what every framing's queue shares. Small
 * frames are copied into a slab, large ones are kept by reference, so a waiting message costs no object and its
 * octets are moved once. How a frame looks is the subclass's.
 *
 * Invariants: a batch ends where a message ends, so a connection that dies takes whole messages with it; what
 * was not taken stays for the next connection. At most one batch is out at a time.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { Ring } from "../base/ring.ts";
import { borrowSlab, returnSlab, SMALLEST_SLAB } from "../base/slabs.ts";
import { isShared } from "../message/frame.ts";

/**
 * Bodies up to this size are copied into the slab, larger ones go by reference. A copy of 16 KiB costs about
 * 1 µs; a separate piece in a gather write costs as much, and cuts the slab in two.
 */
export const COPY_MAX: number = 16 * 1024;

/** A run of octets to write: part of a slab, or the body of a large frame. */
interface Segment {
  readonly memory: Uint8Array;
  readonly start: number;
  end: number;
  /** How many messages end in it. */
  messages: number;
  /** Whether its last octet is the last of a message. */
  whole: boolean;
  /** Whether a slab ends with it, which can be used again when it has left. */
  last: boolean;
}

/** The queue of one connection's outgoing messages. */
export abstract class SlabQueue {
  /** Whole messages that wait. */
  messages = 0;
  /** Octets that wait. */
  octets = 0;
  /** The size of a batch, and the largest of slabs. */
  slabSize: number;
  /** The slab in use: octets from `#start` to `end` are encoded and not yet a segment. */
  protected slab: Uint8Array = EMPTY;
  protected end = 0;
  #start = 0;
  #slabMessages = 0;
  /** The size of the next slab: it grows with what the connection carries, for many may wait with little. */
  #next = SMALLEST_SLAB;
  #segments = new Ring<Segment>();
  /** Whether frames of the message that is being added were already encoded. */
  #begun = false;
  /** The slabs that end with the batch that is out. */
  #out: Uint8Array[] = [];

  constructor(slabSize: number) {
    this.slabSize = slabSize;
  }

  /** Whether nothing waits, commands included. */
  get empty(): boolean {
    return this.octets === 0;
  }

  /** Adds a message. */
  append(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    for (let i = 0; i < last; i++) {
      this.frame(frames[i]!, true);
      this.#begun = true;
    }
    this.frame(frames[last]!, false);
    this.#begun = false;
    this.messages++;
    this.#slabMessages++;
  }

  /** Adds octets as they are, which count as a message: what STREAM sends. */
  appendRaw(octets: Uint8Array): void {
    this.appendCommand(octets);
    this.messages++;
    this.#slabMessages++;
  }

  /** Adds octets that count as no message: a whole command frame. */
  appendCommand(frame: Uint8Array): void {
    this.reserve(frame.length);
    this.slab.set(frame, this.end);
    this.end += frame.length;
    this.octets += frame.length;
  }

  /**
   * Adds one message that lies encoded in memory which other queues refer to as well (see `FanOut`). The
   * memory is never written again.
   */
  appendShared(memory: Uint8Array, start: number, end: number): void {
    const tail = this.#start === this.end ? this.#segments.last() : undefined;
    if (tail !== undefined && tail.memory === memory && tail.end === start) {
      tail.end = end;
      tail.messages++;
    } else {
      this.#seal(true);
      this.#segments.push({ memory, start, end, messages: 1, whole: true, last: false });
    }
    this.messages++;
    this.octets += end - start;
  }

  /**
   * Takes the next batch, `undefined` if nothing waits. The slabs under it are not written before `recycle`.
   */
  take(): Uint8Array[] | undefined {
    if (this.octets === 0) return undefined;
    const chunks: Uint8Array[] = [];
    if (this.#segments.length > 0) {
      let size = 0;
      for (;;) {
        const segment = this.#segments.shift();
        if (segment === undefined) break;
        chunks.push(view(segment.memory, segment.start, segment.end));
        size += segment.end - segment.start;
        this.messages -= segment.messages;
        if (segment.last) this.#out.push(segment.memory);
        if (size >= this.slabSize && segment.whole) {
          this.octets -= size;
          return chunks;
        }
      }
      this.octets -= size;
    }
    if (this.end > this.#start) {
      chunks.push(view(this.slab, this.#start, this.end));
      this.messages -= this.#slabMessages;
      this.octets -= this.end - this.#start;
      this.#slabMessages = 0;
      this.#out.push(this.slab);
      this.slab = EMPTY;
      this.#start = this.end = 0;
    }
    return chunks;
  }

  /** The batch has left: its memory is for whoever needs it next. An idle connection keeps no slab. */
  recycle(): void {
    const out = this.#out;
    while (out.length > 0) returnSlab(out.pop()!);
  }

  /** The batch was lost with its connection. Its memory may still be in use down there. */
  forget(): void {
    this.#out = [];
  }

  /** Drops all that waits; what is out stays out. */
  clear(): void {
    this.#segments.clear();
    this.end = this.#start;
    this.#slabMessages = 0;
    this.messages = this.octets = 0;
  }

  /** Encodes one frame; `more`: others of its message follow. */
  protected abstract frame(body: Uint8Array, more: boolean): void;

  /** Makes room in the slab. */
  protected reserve(length: number): void {
    if (this.end + length <= this.slab.length) return;
    if (this.slab.length > 0) this.#next *= 4;
    this.#next = Math.min(this.#next, this.slabSize);
    this.#seal(!this.#begun, true);
    this.slab = borrowSlab(Math.max(this.#next, length));
    this.#start = this.end = 0;
  }

  /** Adds the octets of a large frame, whose header lies in the slab, by reference. `whole`: they end a message. */
  protected refer(octets: Uint8Array, whole: boolean): void {
    this.#seal(false);
    // Memory that another thread can change would be torn on the wire, and some runtimes refuse it.
    const memory = isShared(octets.buffer) ? new Uint8Array(octets) : octets;
    const { length } = memory;
    this.#segments.push({ memory, start: 0, end: length, messages: whole ? 1 : 0, whole, last: false });
    this.octets += length;
    // `append` counts the message to the slab; it ends here instead.
    if (whole) this.#slabMessages--;
  }

  #seal(whole: boolean, last = false): void {
    if (this.end === this.#start) {
      const tail = this.#segments.last();
      if (last && tail?.memory === this.slab) tail.last = true;
      return;
    }
    this.#segments.push({
      memory: this.slab,
      start: this.#start,
      end: this.end,
      messages: this.#slabMessages,
      whole,
      last,
    });
    this.#start = this.end;
    this.#slabMessages = 0;
  }
}

/**
 * One message for many queues: encoded once, referred to by each. A publisher with a hundred subscribers
 * encodes and copies each message once instead of a hundred times. How a frame looks is the subclass's.
 */
export abstract class SharedEncoder {
  /** The longest header of a frame. */
  readonly #headerMax: number;
  #memory: Uint8Array = EMPTY;
  #end = 0;
  #message: readonly Uint8Array[] | undefined;
  #messageStart = 0;

  constructor(headerMax: number) {
    this.#headerMax = headerMax;
  }

  /** Adds the message to the queue; the same array again is taken to be the same message. */
  append(message: readonly Uint8Array[], queue: SlabQueue): void {
    if (message !== this.#message) {
      if (!this.#encode(message)) return queue.append(message);
    }
    queue.appendShared(this.#memory, this.#messageStart, this.#end);
  }

  /** The message has been sent to all: its array may be used again for another. */
  done(): void {
    this.#message = undefined;
  }

  /** Writes the header of a frame; answers where it ends. */
  protected abstract header(memory: Uint8Array, at: number, length: number, more: boolean): number;

  /** `false` for a message with large frames: those go by reference anyway. */
  #encode(message: readonly Uint8Array[]): boolean {
    let size = 0;
    for (const frame of message) size += frame.length + this.#headerMax;
    if (size > COPY_MAX) return false;
    if (this.#end + size > this.#memory.length) {
      this.#memory = new Uint8Array(SHARED_SLAB);
      this.#end = 0;
    }
    const memory = this.#memory;
    let at = this.#messageStart = this.#end;
    const last = message.length - 1;
    for (let i = 0; i <= last; i++) {
      const frame = message[i]!;
      at = this.header(memory, at, frame.length, i < last);
      memory.set(frame, at);
      at += frame.length;
    }
    this.#end = at;
    this.#message = message;
    return true;
  }
}

const SHARED_SLAB = 64 * 1024;

/** A view by the constructor: `subarray` costs twice as much on V8. */
function view(memory: Uint8Array, start: number, end: number): Uint8Array {
  if (start === 0 && end === memory.length) return memory;
  return new Uint8Array(memory.buffer as ArrayBuffer, memory.byteOffset + start, end - start);
}
