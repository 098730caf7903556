/**
 * The deadline of a session's engine, by one timer.
 *
 * @module
 */

import { now, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";

/** Calls back at a time that moves. */
export class Deadline {
  readonly #passed: () => void;
  readonly #soon: (() => void) | undefined;
  #timer: Timer;
  #at = Infinity;

  /**
   * `passed` may be called too early, never too late: it asks the engine. `soon` is called in place of a timer for what
   * is nearer than a millisecond, a timer's least.
   */
  constructor(passed: () => void, soon?: () => void) {
    this.#passed = passed;
    this.#soon = soon;
  }

  /** The timer runs to the earliest deadline it was ever told; a later one is found when it has run out. */
  set(at: number | undefined): void {
    // Ten thousand idle connections need no timer each.
    if (at === undefined) return this.stop();
    if (at >= this.#at) return;
    const left = at - now();
    if (left > 0 && left < 1 && this.#soon) return this.#soon();
    stopTimer(this.#timer);
    this.#at = at;
    this.#timer = startTimer(Math.max(1, Math.ceil(left)), () => {
      this.#at = Infinity;
      this.#passed();
    });
  }

  /** There is none. */
  stop(): void {
    stopTimer(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
