/**
 * A ring of octets in memory that two threads share: one writes, one reads, neither ever waits for the other.
 * Positions count octets and wrap at 2³²; the size is a power of two, so a position's place is its lowest bits.
 * Each word of the header has a line of the cache of its own, for both threads look at them all the time.
 *
 * Whoever finds nothing to do says so in the header and looks once more; the other takes the note away when there
 * is something, and rings a bell (a message to the port). As long as both are at work, no bell is rung.
 *
 * What the header says is the other thread's word: it is checked, and `ProtocolError` tells of the impossible.
 *
 * @module
 */

import type { ProtocolError } from "../base/errors.ts";
import { breach } from "./breach.ts";

const LINE = 16;
/** Octets written, by the writer. */
const TAIL = 0 * LINE;
/** Octets read, by the reader. */
const HEAD = 1 * LINE;
/** 1: the reader sleeps and wants a bell for the next octet. */
const ASLEEP = 2 * LINE;
/** 1: the writer wants a bell when half of the ring is free. */
const CRAMPED = 3 * LINE;
/** Messages that the reader's program has taken. */
const TAKEN = 4 * LINE;
/** 1: the writer wants a bell when so many messages have been taken as the next word says. */
const CREDIT = 5 * LINE;
const CREDIT_AT = CREDIT + 1;

/** Octets of the header. */
const HEADER = 6 * LINE * 4;

/** How much memory a ring for so many octets takes; a power of two. */
export function ringMemory(size: number): number {
  return HEADER + size;
}

class RingEnd {
  protected readonly words: Int32Array;
  protected readonly octets: Uint8Array;
  protected readonly size: number;

  /** Throws a `ProtocolError` for memory that is no ring. */
  constructor(memory: ArrayBufferLike) {
    this.size = memory.byteLength - HEADER;
    if (this.size < 1 || (this.size & (this.size - 1)) !== 0) throw broken("size");
    this.words = new Int32Array(memory, 0, HEADER / 4);
    this.octets = new Uint8Array(memory, HEADER, this.size);
  }

  /** How many octets lie between two positions; what can't be is an error. */
  protected distance(tail: number, head: number): number {
    const used = (tail - head) | 0;
    if (used < 0 || used > this.size) throw broken("positions");
    return used;
  }

  /** Takes the other's note away: `true` if there was one. */
  protected answer(word: number): boolean {
    return Atomics.load(this.words, word) !== 0 && Atomics.exchange(this.words, word, 0) !== 0;
  }
}

/** The end that writes. */
export class RingWriter extends RingEnd {
  /** It goes on where the header is. */
  #tail = this.words[TAIL]!;

  /** Copies as much of the chunk from `from` on as there is room for; answers how much. */
  write(chunk: Uint8Array, from: number): number {
    const room = this.size - this.distance(this.#tail, Atomics.load(this.words, HEAD));
    const length = Math.min(room, chunk.length - from);
    if (length === 0) return 0;
    const at = this.#tail & (this.size - 1);
    const first = Math.min(length, this.size - at);
    this.octets.set(
      from === 0 && first === chunk.length ? chunk : chunk.subarray(from, from + first),
      at,
    );
    if (first < length) this.octets.set(chunk.subarray(from + first, from + length), 0);
    this.#tail = (this.#tail + length) | 0;
    Atomics.store(this.words, TAIL, this.#tail);
    return length;
  }

  /** Whether the reader sleeps: it is to be rung for what was written. */
  get wakes(): boolean {
    return this.answer(ASLEEP);
  }

  /** Asks for a bell when half is free. `false`: it is already. */
  awaitRoom(): boolean {
    Atomics.store(this.words, CRAMPED, 1);
    if (this.distance(this.#tail, Atomics.load(this.words, HEAD)) > this.size >> 1) return true;
    return !this.answer(CRAMPED);
  }

  /** How many messages the reader's program has taken, modulo 2³². */
  get taken(): number {
    return Atomics.load(this.words, TAKEN);
  }

  /** Asks for a bell when the program has taken `at` messages. `false`: it has already. */
  awaitTaken(at: number): boolean {
    Atomics.store(this.words, CREDIT_AT, at);
    Atomics.store(this.words, CREDIT, 1);
    if (((this.taken - at) | 0) < 0) return true;
    return !this.answer(CREDIT);
  }
}

/** The end that reads. */
export class RingReader extends RingEnd {
  #head = this.words[HEAD]!;

  /** How many octets wait. */
  get available(): number {
    return this.distance(Atomics.load(this.words, TAIL), this.#head);
  }

  /** Copies at most as many octets as the target has room for; answers how many. */
  read(target: Uint8Array): number {
    const length = Math.min(this.available, target.length);
    const at = this.#head & (this.size - 1);
    const first = Math.min(length, this.size - at);
    target.set(this.octets.subarray(at, at + first));
    if (first < length) target.set(this.octets.subarray(0, length - first), first);
    this.#head = (this.#head + length) | 0;
    Atomics.store(this.words, HEAD, this.#head);
    return length;
  }

  /** Whether the writer waits for room and has it: it is to be rung. */
  get relieves(): boolean {
    return this.available <= this.size >> 1 && this.answer(CRAMPED);
  }

  /** Asks for a bell for the next octet. `false`: it is there already. */
  sleep(): boolean {
    Atomics.store(this.words, ASLEEP, 1);
    if (this.available === 0) return true;
    return !this.answer(ASLEEP);
  }

  /** Tells how many messages the program has taken. `true`: the writer waits for that and is to be rung. */
  take(count: number): boolean {
    Atomics.store(this.words, TAKEN, count);
    return Atomics.load(this.words, CREDIT) !== 0 &&
      ((count - Atomics.load(this.words, CREDIT_AT)) | 0) >= 0 && this.answer(CREDIT);
  }
}

function broken(what: string): ProtocolError {
  return breach(`the ring's ${what}`);
}
