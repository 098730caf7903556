/**
 * The peers of a socket that are gone and have left messages: those can still be received, as in libzmq. Each peer
 * leaves as many as the high-water mark allows, so the number of such peers must have a bound, too: at
 * `maxDepartedPeers` new connections wait before their handshake, or with their dial, until the program has received.
 *
 * @module
 */

import { afterTurn } from "../io/timers.ts";
import type { StreamPipe } from "./stream_pipe.ts";

/** How many there are, and who waits for there to be fewer. */
export class Departed {
  readonly #options: { readonly maxDepartedPeers: number };
  #count = 0;
  /** What starts each connection that waits, oldest first. */
  readonly #waiting = new Map<object, () => void>();
  #scheduled = false;

  constructor(options: { readonly maxDepartedPeers: number }) {
    this.#options = options;
  }

  /** Whether no new connection may begin. */
  get tooMany(): boolean {
    const most = this.#options.maxDepartedPeers;
    return most > 0 && this.#count >= most;
  }

  /** The peer of this pipe is gone, and the pattern has let go of the pipe unless it will still read from it. */
  add(pipe: StreamPipe): void {
    if (!pipe.readable) return;
    this.#count++;
    pipe.leaveBehind();
    pipe.onDrained = () => {
      pipe.onDrained = undefined;
      this.#count--;
      this.#admit();
    };
  }

  /** Starts this connection when there is room. */
  wait(connection: object, start: () => void): void {
    this.#waiting.set(connection, start);
    // The option may have been raised since, which nobody tells of.
    this.#admit();
  }

  /** It is over. */
  forget(connection: object): void {
    this.#waiting.delete(connection);
  }

  /** After the turn: the program is amid a `receive`. */
  #admit(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    afterTurn(() => {
      this.#scheduled = false;
      for (const [connection, start] of this.#waiting) {
        if (this.tooMany) return;
        this.#waiting.delete(connection);
        start();
      }
    });
  }
}
