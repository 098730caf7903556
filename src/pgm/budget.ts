/**
 * How much memory the windows of all sources may hold together. A source can always use a small part of it, so
 * that one who claims everything does not silence the others.
 *
 * @module
 */

/** Octets in use by all. */
export class Budget {
  readonly limit: number;
  readonly reserve: number;
  used = 0;

  /** `limit` for all together; beyond it each may still use up to `reserve`. */
  constructor(limit: number, reserve: number) {
    this.limit = limit;
    this.reserve = reserve;
  }
}

/** What one of them uses. */
export class Share {
  readonly #budget: Budget;
  #used = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Takes so many octets more. `false`: there are not enough. */
  claim(octets: number): boolean {
    const { used, limit, reserve } = this.#budget;
    if (used + octets > limit && this.#used + octets > reserve) return false;
    this.force(octets);
    return true;
  }

  /** Takes them in any case. */
  force(octets: number): void {
    this.#budget.used += octets;
    this.#used += octets;
  }

  /** Gives octets back. */
  release(octets: number): void {
    this.force(-octets);
  }

  /** Gives all back. */
  clear(): void {
    this.release(this.#used);
  }
}
