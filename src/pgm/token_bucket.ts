/**
 * A token bucket: so many octets a millisecond, saved up to a limit. Time comes in with every question.
 *
 * @module
 */

/** Octets that may leave. */
export class TokenBucket {
  readonly #perMillisecond: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  /** A full bucket. */
  constructor(perMillisecond: number, capacity: number, now: number) {
    this.#perMillisecond = perMillisecond;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#at = now;
  }

  /** Whether so many octets may leave now. */
  has(octets: number, now: number): boolean {
    if (now > this.#at) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMillisecond);
      this.#at = now;
    }
    return this.#tokens >= octets;
  }

  /** So many octets leave, whether it had them or not. */
  take(octets: number): void {
    this.#tokens -= octets;
  }

  /**
   * When it will have so many, in whole milliseconds from the last question: nobody's timer is finer, and a
   * fraction could be lost in the sum with a large clock, so that the answer came again and again.
   */
  when(octets: number): number {
    const lack = octets - this.#tokens;
    return lack <= 0 ? this.#at : this.#at + Math.ceil(lack / this.#perMillisecond);
  }
}
