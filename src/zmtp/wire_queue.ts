/**
 * Messages that wait for a connection, already in the form of the wire: v2 framing, which ZMTP 2.0, 3.0 and
 * 3.1 share. A message is encoded once, when it is sent: small frames are copied into a slab, large ones are
 * kept by reference, so a waiting message costs no object and its octets are moved once.
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
import { FLAG_COMMAND, FLAG_LONG, FLAG_MORE, SHORT_MAX } from "./constants.ts";

/**
 * Bodies up to this size are copied into the slab, larger ones go by reference. A copy of 16 KiB costs about
 * 1 µs; a separate piece in a gather write costs as much, and cuts the slab in two.
 */
const COPY_MAX = 16 * 1024;

/** The longest header: flags and eight octets of length. */
const HEADER_MAX = 9;

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
export class WireQueue {
  /** Whole messages that wait. */
  messages = 0;
  /** Octets that wait. */
  octets = 0;
  /** The size of a batch, and the largest of slabs. */
  slabSize: number;
  /** The size of the next slab: it grows with what the connection carries, for many may wait with little. */
  #next = SMALLEST_SLAB;
  #segments = new Ring<Segment>();
  /** The slab in use: [#start, #end) is encoded and not yet a segment. */
  #slab: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  #slabMessages = 0;
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
      this.#frame(frames[i]!, FLAG_MORE);
      this.#begun = true;
    }
    this.#frame(frames[last]!, 0);
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
    this.#reserve(frame.length);
    this.#slab.set(frame, this.#end);
    this.#end += frame.length;
    this.octets += frame.length;
  }

  /**
   * Adds one message that lies encoded in memory which other queues refer to as well (see `FanOut`). The
   * memory is never written again.
   */
  appendShared(memory: Uint8Array, start: number, end: number): void {
    const tail = this.#start === this.#end ? this.#segments.last() : undefined;
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
    if (this.#end > this.#start) {
      chunks.push(view(this.#slab, this.#start, this.#end));
      this.messages -= this.#slabMessages;
      this.octets -= this.#end - this.#start;
      this.#slabMessages = 0;
      this.#out.push(this.#slab);
      this.#slab = EMPTY;
      this.#start = this.#end = 0;
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
    this.#end = this.#start;
    this.#slabMessages = 0;
    this.messages = this.octets = 0;
  }

  #frame(body: Uint8Array, flags: number): void {
    const { length } = body;
    if (length <= SHORT_MAX) {
      this.#reserve(length + 2);
      const slab = this.#slab;
      const at = this.#end;
      slab[at] = flags;
      slab[at + 1] = length;
      // Setting octet by octet beats the call to `set` below 16 of them on all three engines.
      if (length < 16) { for (let i = 0; i < length; i++) slab[at + 2 + i] = body[i]!; }
      else slab.set(body, at + 2);
      this.#end = at + 2 + length;
      this.octets += length + 2;
      return;
    }
    const copied = length <= COPY_MAX;
    this.#reserve(copied ? length + HEADER_MAX : HEADER_MAX);
    const slab = this.#slab;
    const at = this.#end;
    putLongHeader(slab, at, flags, length);
    this.#end = at + HEADER_MAX;
    this.octets += length + HEADER_MAX;
    if (copied) {
      slab.set(body, at + HEADER_MAX);
      this.#end += length;
      return;
    }
    this.#seal(false);
    // Memory that another thread can change would be torn on the wire, and some runtimes refuse it.
    const memory = isShared(body.buffer) ? new Uint8Array(body) : body;
    const whole = flags === 0;
    this.#segments.push({ memory, start: 0, end: length, messages: whole ? 1 : 0, whole, last: false });
    // `append` counts the message to the slab; it ends here instead.
    if (whole) this.#slabMessages--;
  }

  /** Makes room in the slab. */
  #reserve(length: number): void {
    if (this.#end + length <= this.#slab.length) return;
    if (this.#slab.length > 0) this.#next *= 4;
    this.#next = Math.min(this.#next, this.slabSize);
    this.#seal(!this.#begun, true);
    this.#slab = borrowSlab(Math.max(this.#next, length));
    this.#start = this.#end = 0;
  }

  #seal(whole: boolean, last = false): void {
    if (this.#end === this.#start) {
      const tail = this.#segments.last();
      if (last && tail?.memory === this.#slab) tail.last = true;
      return;
    }
    this.#segments.push({
      memory: this.#slab,
      start: this.#start,
      end: this.#end,
      messages: this.#slabMessages,
      whole,
      last,
    });
    this.#start = this.#end;
    this.#slabMessages = 0;
  }
}

/**
 * One message for many queues: encoded once, referred to by each. A publisher with a hundred subscribers
 * encodes and copies each message once instead of a hundred times.
 */
export class FanOut {
  #memory: Uint8Array = EMPTY;
  #end = 0;
  #message: readonly Uint8Array[] | undefined;
  #messageStart = 0;

  /** Adds the message to the queue; the same array again is taken to be the same message. */
  append(message: readonly Uint8Array[], queue: WireQueue): void {
    if (message !== this.#message) {
      if (!this.#encode(message)) return queue.append(message);
    }
    queue.appendShared(this.#memory, this.#messageStart, this.#end);
  }

  /** The message has been sent to all: its array may be used again for another. */
  done(): void {
    this.#message = undefined;
  }

  /** `false` for a message with large frames: those go by reference anyway. */
  #encode(message: readonly Uint8Array[]): boolean {
    let size = 0;
    for (const frame of message) size += frame.length + HEADER_MAX;
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
      const flags = i < last ? FLAG_MORE : 0;
      if (frame.length <= SHORT_MAX) {
        memory[at++] = flags;
        memory[at++] = frame.length;
      } else {
        putLongHeader(memory, at, flags, frame.length);
        at += HEADER_MAX;
      }
      memory.set(frame, at);
      at += frame.length;
    }
    this.#end = at;
    this.#message = message;
    return true;
  }
}

const SHARED_SLAB = 64 * 1024;

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
function putLongHeader(memory: Uint8Array, at: number, flags: number, length: number): void {
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

/** A view by the constructor: `subarray` costs twice as much on V8. */
function view(memory: Uint8Array, start: number, end: number): Uint8Array {
  if (start === 0 && end === memory.length) return memory;
  return new Uint8Array(memory.buffer as ArrayBuffer, memory.byteOffset + start, end - start);
}
