/**
 * Messages as one continuous stream of octets, cut into the slices of packets: ZMTP/1.0 frames (RFC 13) without
 * greeting or alignment, so a frame, and even its header, may begin in one packet and end in the next. Each
 * slice goes with the offset of the first message that begins in it, for receivers that join there.
 *
 * @module
 */

import type { DatagramEngineHost } from "../io/engine.ts";
import { NO_MESSAGE } from "./packet.ts";

/** The longest body with one octet of length, which counts the flags too. */
const SHORT_MAX = 253;
const SHORT_HEADER = 2;
const LONG_HEADER = 10;
const FLAG_MORE = 1;

/** Fills slices with what a host has to send. */
export class FramesOut {
  /** Where in the last slice the first message begins. */
  offset: number = NO_MESSAGE;
  readonly #host: Pick<DatagramEngineHost, "pull">;
  /** A message that was asked for before there was room for it. */
  #next: readonly Uint8Array[] | undefined;
  /** The message that did not fit, `undefined` if the last slice ended where a message ends. */
  #message: readonly Uint8Array[] | undefined;
  /** Its part that is cut, and how much of that part's frame is written. */
  #part = 0;
  #written = 0;
  readonly #header = new Uint8Array(LONG_HEADER);

  /** Takes messages from this host, none before there is room for it. */
  constructor(host: Pick<DatagramEngineHost, "pull">) {
    this.#host = host;
  }

  /** Whether a message has left in part. */
  get cut(): boolean {
    return this.#message !== undefined;
  }

  /** Whether anything waits; takes a message from the host to know. */
  get waiting(): boolean {
    return this.#message !== undefined || (this.#next ??= this.#host.pull()) !== undefined;
  }

  /** Writes a slice from `start` until it is full or nothing waits; answers its end. */
  fill(target: Uint8Array, start: number, end: number): number {
    let offset = NO_MESSAGE;
    let at = this.#message === undefined ? start : this.#continue(target, start, end);
    while (at < end) {
      const message = this.#next ?? this.#host.pull();
      if (message === undefined) break;
      this.#next = undefined;
      if (offset === NO_MESSAGE) offset = at - start;
      at = this.#put(message, 0, target, at, end);
    }
    // As libzmq does: ffff only for a full slice. What ends early lets a receiver join just after it.
    this.offset = offset === NO_MESSAGE && at < end ? at - start : offset;
    return at;
  }

  #put(message: readonly Uint8Array[], from: number, target: Uint8Array, at: number, end: number): number {
    const last = message.length - 1;
    for (let part = from; part <= last; part++) {
      const body = message[part]!;
      const { length } = body;
      const size = length + headerSize(length);
      if (at + size > end) {
        this.#message = message;
        this.#part = part;
        this.#written = 0;
        return this.#continue(target, at, end);
      }
      at = putHeader(target, at, length, part < last);
      // Setting octet by octet beats the call to `set` below 16 of them.
      if (length < 16) { for (let i = 0; i < length; i++) target[at + i] = body[i]!; }
      else target.set(body, at);
      at += length;
    }
    return at;
  }

  /** Goes on with the frame that is cut, and with its message. */
  #continue(target: Uint8Array, at: number, end: number): number {
    const message = this.#message!;
    const body = message[this.#part]!;
    const header = headerSize(body.length);
    if (this.#written < header) {
      putHeader(this.#header, 0, body.length, this.#part < message.length - 1);
      while (at < end && this.#written < header) target[at++] = this.#header[this.#written++]!;
    }
    const begin = this.#written - header;
    if (begin < 0) return at;
    const count = Math.min(end - at, body.length - begin);
    if (count > 0) target.set(body.subarray(begin, begin + count), at);
    at += count;
    this.#written += count;
    if (begin + count < body.length) return at;
    this.#message = undefined;
    return this.#put(message, this.#part + 1, target, at, end);
  }
}

function headerSize(length: number): number {
  return length > SHORT_MAX ? LONG_HEADER : SHORT_HEADER;
}

/** The length of flags and body, then the flags; answers the place after them. */
function putHeader(target: Uint8Array, at: number, length: number, more: boolean): number {
  if (length > SHORT_MAX) {
    target[at++] = 0xff;
    const counted = length + 1;
    const high = Math.floor(counted / 2 ** 32);
    for (let shift = 24; shift >= 0; shift -= 8) target[at++] = high >>> shift;
    for (let shift = 24; shift >= 0; shift -= 8) target[at++] = counted >>> shift;
  } else target[at++] = length + 1;
  target[at++] = more ? FLAG_MORE : 0;
  return at;
}
