/**
 * Unsent messages keep the process alive, as libzmq's do when its context ends: for ever with `linger` -1, so
 * many milliseconds otherwise.
 *
 * @module
 */

import { hold, release, startTimer, stopTimer } from "./timers.ts";
import type { Timer } from "./timers.ts";

/** One pipe's hold on the process. */
export class LingerHold {
  readonly #linger: () => number;
  #held = false;
  #timer: Timer;

  /** `linger` answers the socket's option, as it is now. */
  constructor(linger: () => number) {
    this.#linger = linger;
  }

  /** `busy`: whether messages wait, or are on their way out. */
  update(busy: boolean): void {
    const wanted = busy && this.#linger() !== 0;
    if (wanted === this.#held) return;
    this.#held = wanted;
    stopTimer(this.#timer);
    this.#timer = undefined;
    if (!wanted) return release();
    hold();
    const linger = this.#linger();
    if (linger < 0) return;
    this.#timer = startTimer(linger, () => {
      this.#timer = undefined;
      this.#held = false;
      release();
    });
  }
}
