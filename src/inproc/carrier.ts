/**
 * What carries octets and credit between two threads: rings in memory that both share, with the port as a bell;
 * or, where memory may not be shared (a page without cross-origin isolation), the port alone, with buffers that
 * change hands. A ring costs its two copies; a message to a port costs 3 to 15 µs and a buffer that nobody can use
 * again.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import type { Decoder } from "../zmtp/decoder.ts";
import type { WireQueue } from "../zmtp/wire_queue.ts";
import { breach } from "./breach.ts";
import { ringMemory, RingReader, RingWriter } from "./ring.ts";

/** What is needed of a `MessagePort`. */
export interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(value: unknown, transfer?: readonly object[]): void;
  close(): void;
  unref?(): void;
  addEventListener(type: string, listener: () => void): void;
}

/** One way of carrying. */
export interface Carrier {
  /** Hands on what waits. `false`: some of it still does. */
  send(queue: WireQueue): boolean;
  /** Gives what has come to the decoder, until that is stalled. Answers whether anything had. */
  receive(decoder: Decoder): boolean;
  /** A number or a buffer came by the port. */
  posted(value: number | ArrayBuffer): void;
  /** How many messages the peer's program has taken, modulo 2³². */
  readonly taken: number;
  /**
   * From here on the bell rings: if it `reads`, for what comes; if it is `cramped`, for room; and when the peer's
   * program has taken `credit` messages. `false`: one of them is so already.
   */
  sleep(reads: boolean, cramped: boolean, credit: number | undefined): boolean;
  /** Our program has taken so many messages. */
  take(count: number): void;
  /** Whether telling costs next to nothing: it is done as soon as nothing waits to be taken. */
  readonly cheap: boolean;
}

/** Octets of a ring. */
const SIZE = 512 * 1024;

/** Most octets that are decoded at a time: frames are views on them. */
const CHUNK = 64 * 1024;

/** Bells ring with this number; a port that carries all itself gets the credit as a number. */
const BELL = 0;

/** Memory for both directions, or `undefined` where threads may share none. */
export function makeRings(): readonly [SharedArrayBuffer, SharedArrayBuffer] | undefined {
  if (!canShare()) return undefined;
  const memory = ringMemory(SIZE);
  return [new SharedArrayBuffer(memory), new SharedArrayBuffer(memory)];
}

/** Whether threads may share memory here: in a page only if it is isolated from other origins. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer === "function" &&
    (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
}

/** Two rings and a bell. */
export class SharedCarrier implements Carrier {
  readonly cheap: boolean = true;
  readonly #port: Port;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  /** The batch that is on its way into the ring, and how far it has come. */
  #batch: Uint8Array[] = [];
  #chunk = 0;
  #offset = 0;

  /** `out` is the memory that we write to. Throws a `ProtocolError` for memory that is no ring. */
  constructor(port: Port, out: SharedArrayBuffer, from: SharedArrayBuffer) {
    this.#port = port;
    this.#writer = new RingWriter(out);
    this.#reader = new RingReader(from);
  }

  send(queue: WireQueue): boolean {
    const writer = this.#writer;
    for (;;) {
      while (this.#chunk < this.#batch.length) {
        const chunk = this.#batch[this.#chunk]!;
        this.#offset += writer.write(chunk, this.#offset);
        if (this.#offset < chunk.length) {
          if (writer.wakes) this.#ring();
          return false;
        }
        this.#chunk++;
        this.#offset = 0;
      }
      queue.recycle();
      this.#chunk = 0;
      this.#batch = queue.take() ?? [];
      if (this.#batch.length === 0) break;
    }
    if (writer.wakes) this.#ring();
    return true;
  }

  receive(decoder: Decoder): boolean {
    const reader = this.#reader;
    let some = false;
    while (!decoder.stalled) {
      const { available } = reader;
      if (available === 0) break;
      some = true;
      const target = decoder.target();
      if (target !== undefined) decoder.filled(reader.read(target));
      else {
        const chunk = new Uint8Array(Math.min(available, CHUNK));
        reader.read(chunk);
        decoder.decode(chunk);
      }
      if (reader.relieves) this.#ring();
    }
    return some;
  }

  posted(value: number | ArrayBuffer): void {
    if (value !== BELL) throw breach("no bell");
  }

  get taken(): number {
    return this.#writer.taken;
  }

  sleep(reads: boolean, cramped: boolean, credit: number | undefined): boolean {
    const writer = this.#writer;
    return (!reads || this.#reader.sleep()) && (!cramped || writer.awaitRoom()) &&
      (credit === undefined || writer.awaitTaken(credit));
  }

  take(count: number): void {
    if (this.#reader.take(count)) this.#ring();
  }

  #ring(): void {
    this.#port.postMessage(BELL);
  }
}

/** Buffers that change hands. */
export class PostedCarrier implements Carrier {
  readonly #port: Port;
  readonly #waiting = new Ring<Uint8Array>();
  readonly cheap: boolean = false;
  taken = 0;

  constructor(port: Port) {
    this.#port = port;
  }

  send(queue: WireQueue): boolean {
    for (;;) {
      const batch = queue.take();
      if (batch === undefined) return true;
      let length = 0;
      for (const chunk of batch) length += chunk.length;
      const buffer = new Uint8Array(length);
      let at = 0;
      for (const chunk of batch) {
        buffer.set(chunk, at);
        at += chunk.length;
      }
      this.#port.postMessage(buffer.buffer, [buffer.buffer]);
      queue.recycle();
    }
  }

  receive(decoder: Decoder): boolean {
    const some = this.#waiting.length > 0;
    while (!decoder.stalled) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      decoder.decode(chunk);
    }
    return some;
  }

  posted(value: number | ArrayBuffer): void {
    if (typeof value === "number") this.taken = value | 0;
    else this.#waiting.push(new Uint8Array(value));
  }

  sleep(): boolean {
    return true;
  }

  take(count: number): void {
    this.#port.postMessage(count);
  }
}
