/**
 * The numbers that a source is to send again: each once, in the order in which they were asked for, and not
 * again at once after that. All receivers that miss a packet ask for it within their back-off of 50 ms, and
 * OpenPGM asks for the first of a list twice in a row; the one repair serves them all. Who missed it too asks
 * again after 200 ms.
 *
 * @module
 */

/** Milliseconds; a number is held off for at least this long, and for less than twice as long. */
const HOLD_OFF = 50;
/**
 * Numbers that wait, at most. A receiver asks again after 200 ms, and more than these do not leave in that time
 * at 1 Gbit/s.
 */
const LENGTH_MAX = 16_384;

/** The queue of one source. */
export class RepairQueue {
  readonly #waiting: Set<number> = new Set();
  /** What was sent since `#since`, and in the time before. */
  #recent: Set<number> = new Set();
  #older: Set<number> = new Set();
  #since = -Infinity;

  /** Whether none waits. */
  get empty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Adds a number, unless it waits already, was sent just now, or too many wait. */
  add(number: number, now: number): void {
    if (this.#waiting.size >= LENGTH_MAX) return;
    this.#age(now);
    if (!this.#recent.has(number) && !this.#older.has(number)) this.#waiting.add(number);
  }

  /** Takes the first that waits. */
  take(): number | undefined {
    for (const number of this.#waiting) {
      this.#waiting.delete(number);
      return number;
    }
    return undefined;
  }

  /** It has been sent. */
  sent(number: number, now: number): void {
    this.#age(now);
    this.#recent.add(number);
  }

  #age(now: number): void {
    const age = now - this.#since;
    if (age < HOLD_OFF) return;
    this.#older = age < 2 * HOLD_OFF ? this.#recent : new Set();
    this.#recent = new Set();
    this.#since = now;
  }
}
