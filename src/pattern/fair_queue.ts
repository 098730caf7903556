/**
 * Fair-queue: a message from each peer that has one, in turn (libzmq's `fq`).
 *
 * @module
 */

import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";

/** The pipes that have something to read. */
export class FairQueue {
  readonly #active: Pipe[] = [];
  #current = 0;
  /** Where the last message came from. */
  last: Pipe | undefined;

  /** Whether a message is there. */
  get readable(): boolean {
    return this.#active.length > 0;
  }

  /** How many messages are there. */
  get queued(): number {
    let queued = 0;
    for (const pipe of this.#active) queued += pipe.inbound.length;
    return queued;
  }

  /** What `receive` would answer. */
  peek(): Message | undefined {
    return this.#active[this.#current]?.inbound.peek();
  }

  /** Where that comes from. */
  get next(): Pipe | undefined {
    return this.#active[this.#current];
  }

  /** The pipe has something to read. Answers whether that was news. */
  activate(pipe: Pipe): boolean {
    if (pipe.readable || pipe.inbound.length === 0) return false;
    pipe.readable = true;
    this.#active.push(pipe);
    return true;
  }

  /** The pipe is not to be read any more. */
  remove(pipe: Pipe): void {
    if (pipe.readable) this.#drop(this.#active.indexOf(pipe));
    if (this.last === pipe) this.last = undefined;
  }

  /** The next message. */
  receive(): Message | undefined {
    const active = this.#active;
    while (active.length > 0) {
      const pipe = active[this.#current]!;
      const message = pipe.read();
      if (pipe.inbound.length === 0) this.#drop(this.#current);
      else if (++this.#current === active.length) this.#current = 0;
      if (message !== undefined) {
        this.last = pipe;
        return message;
      }
    }
    return undefined;
  }

  /** The last one takes the place: constant time, at the price of one turn out of order, as in libzmq. */
  #drop(index: number): void {
    const active = this.#active;
    active[index]!.readable = false;
    const last = active.pop()!;
    if (index < active.length) active[index] = last;
    if (this.#current >= active.length) this.#current = 0;
  }
}
