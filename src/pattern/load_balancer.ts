/**
 * Load-balance: the next message goes to the next peer that has room (libzmq's `lb`). Whole messages travel, so
 * there is no state in the middle of one.
 *
 * @module
 */

import type { Pipe } from "../pipe/pipe.ts";

/** The pipes that have room. */
export class LoadBalancer {
  readonly #active: Pipe[] = [];
  #current = 0;
  /** Where the last message went. */
  last: Pipe | undefined;

  /** The pipe has room. */
  activate(pipe: Pipe): void {
    if (pipe.writable || pipe.closed) return;
    pipe.writable = true;
    this.#active.push(pipe);
  }

  /** The pipe is gone. */
  remove(pipe: Pipe): void {
    if (pipe.writable) this.#drop(this.#active.indexOf(pipe));
    if (this.last === pipe) this.last = undefined;
  }

  /** Whether a peer has room. */
  get writable(): boolean {
    while (this.#active.length > 0) {
      if (this.#active[this.#current]!.hasRoom) return true;
      this.#drop(this.#current);
    }
    return false;
  }

  /** Sends, or answers `false` if nobody has room. */
  send(message: readonly Uint8Array[]): boolean {
    const active = this.#active;
    while (active.length > 0) {
      const pipe = active[this.#current]!;
      if (pipe.write(message)) {
        this.last = pipe;
        // A write can end a connection and so change the list: the pipe may be there no more.
        if (++this.#current >= active.length) this.#current = 0;
        return true;
      }
      if (pipe.writable) this.#drop(active.indexOf(pipe));
    }
    return false;
  }

  #drop(index: number): void {
    const active = this.#active;
    active[index]!.writable = false;
    const last = active.pop()!;
    if (index < active.length) active[index] = last;
    if (this.#current >= active.length) this.#current = 0;
  }
}
