/**
 * The end of a pipe: what was accepted is still sent for the linger time (`ZMQ_LINGER`), while the process is
 * kept alive; then the connection is ended.
 *
 * @module
 */

import { hold, release, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";

/** Waits for the end of a connection. */
export class Closing {
  /** Resolves when it is over. */
  readonly done: Promise<void>;
  #resolve!: () => void;
  #timer: Timer;
  #over = false;

  constructor() {
    hold();
    this.done = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Calls `expire` when `linger` milliseconds have passed; -1 for never. */
  limit(linger: number, expire: () => void): void {
    if (linger > 0 && !this.#over) this.#timer = startTimer(linger, expire);
  }

  /** The connection is over. */
  closed(): void {
    if (this.#over) return;
    this.#over = true;
    stopTimer(this.#timer);
    release();
    this.#resolve();
  }
}
