/**
 * A turn's budget: an endless loop of awaits that are all answered at once runs in microtasks alone and would
 * keep timers and I/O from ever being served. After so many operations in one turn of the event loop, the
 * promise of the next settles in the following turn.
 *
 * @module
 */

import { afterTurn } from "../io/timers.ts";
import { currentTurn } from "../io/flusher.ts";

/** Operations a turn: about a millisecond of small messages. Each KiB of a message counts as one more. */
const BUDGET = 4096;

let left = BUDGET;
let turn = 0;

/** Takes operations from the budget, so many octets in all; `false`: it is used up. */
export function spend(octets: number, operations: number = 1): boolean {
  left -= operations + (octets >>> 10);
  if (left > 0) return true;
  const now = currentTurn();
  if (now === turn) return false;
  turn = now;
  left = BUDGET;
  return true;
}

/** Settles in the next turn. */
export function nextTurn<T>(value: T): Promise<T> {
  return new Promise((resolve) => inNextTurn(() => resolve(value)));
}

/** Calls back in the next turn, with a new budget. */
export function inNextTurn(callback: () => void): void {
  afterTurn(() => {
    left = BUDGET;
    callback();
  });
}
