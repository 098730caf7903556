/**
 * Time as the host gives it: timers that never keep the process alive, the end of the current turn of the
 * event loop, a monotonic clock, and the one handle that does keep the process alive.
 *
 * @module
 */

/** A running timer. */
export type Timer = unknown;

declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;
declare const setInterval: (callback: () => void, milliseconds: number) => unknown;
declare const performance: { now(): number };

interface Host {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly Deno?: { refTimer?(timer: number): void; unrefTimer?(timer: number): void };
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(value: unknown): void };
  };
}

const host = globalThis as unknown as Host;

/** Milliseconds of a clock that only goes forward. */
export function now(): number {
  return performance.now();
}

/** Calls back once after so many milliseconds, unless the process has nothing else to do before. */
export function startTimer(milliseconds: number, callback: () => void): Timer {
  // Timers hold 31 bits; a longer wait is cut to 24 days, beyond every option that is one in practice.
  const timer = setTimeout(callback, Math.min(milliseconds, 0x7fffffff));
  setReferenced(timer, false);
  return timer;
}

/** Stops a timer; `undefined` is allowed. */
export function stopTimer(timer: Timer): void {
  if (timer !== undefined) clearTimeout(timer);
}

/** Calls back in the next turn of the event loop, after the I/O that is already due. */
export function afterTurn(callback: () => void): void {
  // Not when the module is loaded: Deno takes 8 ms to make `setImmediate` when it is first looked at.
  immediately ??= immediate();
  immediately(callback);
}

let immediately: ((callback: () => void) => void) | undefined;

function immediate(): (callback: () => void) => void {
  const { setImmediate } = host;
  if (setImmediate) return (callback) => void setImmediate(callback);
  const { MessageChannel } = host;
  if (!MessageChannel) return (callback) => void setTimeout(callback, 0);
  // Browsers clamp nested timeouts to 4 ms; a message to oneself is not.
  let waiting: (() => void)[] = [];
  let post: (() => void) | undefined;
  return (callback) => {
    if (!post) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const due = waiting;
        waiting = [];
        for (const each of due) each();
      };
      post = () => port2.postMessage(0);
    }
    if (waiting.push(callback) === 1) post();
  };
}

let holds = 0;

/**
 * Made once, when the module is loaded: an interval made by the first waiting call would look to a test runner
 * like a leak of whoever called.
 */
const holder = setInterval(() => {}, 0x7fffffff);
setReferenced(holder, false);

/**
 * Keeps the process alive until `release` was called as often: for waiting callers and lingering messages. One
 * interval that is referenced or not costs 0.05 µs a change; a timer for each waiting call would cost ten times
 * that.
 */
export function hold(): void {
  if (++holds === 1) setReferenced(holder, true);
}

/** Takes back one `hold`. */
export function release(): void {
  if (--holds === 0) setReferenced(holder, false);
}

/** Node and Bun have objects for timers with methods of their own, Deno numbers. */
function setReferenced(timer: unknown, on: boolean): void {
  if (typeof timer === "object" && timer !== null) {
    const object = timer as { ref?(): void; unref?(): void };
    if (on) object.ref?.();
    else object.unref?.();
  } else if (on) host.Deno?.refTimer?.(timer as number);
  else host.Deno?.unrefTimer?.(timer as number);
}
