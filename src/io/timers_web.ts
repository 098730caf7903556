/**
 * Takes the place of `timers.ts` in a bundle for browsers: a page lives as long as its user wants, whatever runs in
 * it, so nothing is referenced, held or released.
 *
 * @module
 */

/** A running timer. */
export type Timer = number | undefined;

declare const setTimeout: (callback: () => void, milliseconds: number) => number;
declare const clearTimeout: (timer: Timer) => void;
declare const performance: { now(): number };
declare const MessageChannel: new () => {
  readonly port1: { onmessage: (() => void) | null };
  readonly port2: { postMessage(value: unknown): void };
};

/** Milliseconds of a clock that only goes forward. */
export function now(): number {
  return performance.now();
}

/** Calls back once after so many milliseconds. */
export function startTimer(milliseconds: number, callback: () => void): Timer {
  // Timers hold 31 bits; a longer wait is cut to 24 days, beyond every option that is one in practice.
  return setTimeout(callback, Math.min(milliseconds, 0x7fffffff));
}

/** Stops a timer; `undefined` is allowed. */
export function stopTimer(timer: Timer): void {
  clearTimeout(timer);
}

let due: (() => void)[] = [];
let post: (() => void) | undefined;

/** Calls back in the next turn of the event loop, after the I/O that is already due. */
export function afterTurn(callback: () => void): void {
  if (due.push(callback) > 1) return;
  post ??= makePost();
  post();
}

/** Browsers clamp nested timeouts to 4 ms; a message to oneself is not. */
function makePost(): () => void {
  // Where a page's bundle is tried out on a server, an open channel would hold the process.
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (setImmediate) return () => setImmediate(callAll);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = callAll;
  return () => port2.postMessage(0);
}

function callAll(): void {
  const callbacks = due;
  due = [];
  for (const each of callbacks) each();
}

/** Nothing ends by itself. */
export function hold(): void {}

/** The same. */
export function release(): void {}
