/**
 * Callers that wait for a socket, in the order of their calls: each with its time-out and its signal. While one
 * waits, the process is kept alive.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import { hold, release, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";

/** What every waiting call can be given. */
export interface OperationOptions {
  /** Gives up when it is aborted: the promise rejects with the signal's reason, and nothing is lost. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds to wait, in place of the socket's `sendTimeout` or `receiveTimeout`: -1 for ever, 0 not at
   * all. When they are over the promise rejects with EAGAIN.
   */
  readonly timeout?: number;
}

/** What `send` can be given beside. */
export interface SendingOptions extends OperationOptions {
  /**
   * Gives the message's memory away: it is the socket's from now on, whatever its size, and must not be used again.
   * What goes to another thread by `inproc://` then changes hands without a copy if it has 16 KiB or more and is all
   * of its `ArrayBuffer`, which is detached by that; all else is sent as ever. Default `false`.
   */
  readonly transfer?: boolean;
}

/** A caller that waits. */
interface Caller<Item, Value> {
  readonly item: Item;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
  timer: Timer;
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  settled: boolean;
}

/** A line of callers, each with an item of its own. */
export class WaitingLine<Item, Value> {
  readonly #callers = new Ring<Caller<Item, Value>>();
  /** How many of them still wait. */
  #count = 0;
  #serving = false;

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#count === 0;
  }

  /** Waits. `expired` makes the error of a time-out. */
  add(item: Item, timeout: number, signal: AbortSignal | undefined, expired: () => Error): Promise<Value> {
    return new Promise((resolve, reject) => {
      const caller: Caller<Item, Value> = {
        item,
        resolve,
        reject,
        timer: undefined,
        signal,
        onAbort: undefined,
        settled: false,
      };
      if (timeout > 0) caller.timer = startTimer(timeout, () => this.#settle(caller) && reject(expired()));
      if (signal !== undefined) {
        caller.onAbort = () => {
          if (this.#settle(caller)) reject(signal.reason);
        };
        signal.addEventListener("abort", caller.onAbort);
      }
      this.#callers.push(caller);
      if (++this.#count === 1) hold();
    });
  }

  /**
   * Serves them in order while `serve` does something for the first: it answers a value, `undefined` for not
   * now, or throws what the caller's promise is to reject with.
   */
  serve(serve: (item: Item) => Value | undefined): void {
    if (this.#serving) return;
    this.#serving = true;
    for (;;) {
      const caller = this.#callers.peek();
      if (caller === undefined) break;
      if (caller.settled) {
        this.#callers.shift();
        continue;
      }
      let value: Value | undefined;
      try {
        value = serve(caller.item);
      } catch (error) {
        this.#callers.shift();
        this.#settle(caller);
        caller.reject(error);
        continue;
      }
      if (value === undefined) break;
      this.#callers.shift();
      this.#settle(caller);
      caller.resolve(value);
    }
    this.#serving = false;
  }

  /** Nobody is served any more. */
  rejectAll(error: (item: Item) => Error): void {
    for (;;) {
      const caller = this.#callers.shift();
      if (caller === undefined) return;
      if (this.#settle(caller)) caller.reject(error(caller.item));
    }
  }

  #settle(caller: Caller<Item, Value>): boolean {
    if (caller.settled) return false;
    caller.settled = true;
    stopTimer(caller.timer);
    if (caller.onAbort !== undefined) caller.signal!.removeEventListener("abort", caller.onAbort);
    if (--this.#count === 0) {
      release();
      // All that is left in the line has been settled.
      if (!this.#serving) this.#callers.clear();
    }
    return true;
  }
}
