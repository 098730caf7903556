/**
 * When a source sends an SPM (RFC 3208 section 5.1): heartbeats after data, closer at first, so that receivers
 * notice the loss of the last packet; one every half minute in any case; and one for who asks.
 *
 * @module
 */

/**
 * Milliseconds from data to the first heartbeat and from each to the next. libzmq configures 100 four times,
 * 1300, 7000, 16000, 25000, 30000; OpenPGM uses the first twice and the last two never.
 */
const HEARTBEATS: readonly number[] = [100, 100, 100, 100, 100, 1300, 7000, 16_000];
/** After a repair there is one fewer of the first. */
const AFTER_REPAIR = 1;
const AMBIENT = 30_000;
/** Requests are answered no more often than the shortest heartbeat (RFC 3208 section 13.3.1). */
const REQUESTS_APART = 100;

/** The times of one source's SPMs. */
export class SpmSchedule {
  #ambientAt: number;
  #heartbeat = 0;
  #heartbeatAt = Infinity;
  #answerAt = Infinity;
  #lastSent = -Infinity;

  /** The ambient ones are counted from here. */
  constructor(now: number) {
    this.#ambientAt = now + AMBIENT;
  }

  /** The time of the next one. */
  get next(): number {
    return Math.min(this.#ambientAt, this.#heartbeatAt, this.#answerAt);
  }

  /** New data has left: the heartbeats begin anew. */
  data(now: number): void {
    this.#heartbeat = 0;
    this.#heartbeatAt = now + HEARTBEATS[0]!;
  }

  /**
   * Data has left again. A heartbeat that comes sooner stays: libzmq puts it off, and a receiver that asks for
   * one packet again and again could keep all others from learning that they miss a later one.
   */
  repair(now: number): void {
    const at = now + HEARTBEATS[AFTER_REPAIR]!;
    if (this.#heartbeatAt <= at) return;
    this.#heartbeat = AFTER_REPAIR;
    this.#heartbeatAt = at;
  }

  /** Somebody asks for one. */
  requested(now: number): void {
    this.#answerAt = Math.min(this.#answerAt, Math.max(now, this.#lastSent + REQUESTS_APART));
  }

  /** Whether it is time for one. Those that are due together are one. */
  due(now: number): boolean {
    if (this.next > now) return false;
    if (this.#heartbeatAt <= now) {
      this.#heartbeat++;
      this.#heartbeatAt = now + (HEARTBEATS[this.#heartbeat] ?? Infinity);
    }
    if (this.#ambientAt <= now) this.#ambientAt = now + AMBIENT;
    this.#answerAt = Infinity;
    return true;
  }

  /** One has left, for whatever reason: it answers all who asked. */
  sent(now: number): void {
    this.#lastSent = now;
    this.#answerAt = Infinity;
  }
}
