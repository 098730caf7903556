/**
 * When what was sent goes out. A write for every message costs a system call each; a write that always waits for
 * the end of the turn costs a round trip its latency. So the first message after idle leaves at the end of the
 * current microtasks, and once something was flushed in this turn of the event loop, later messages gather
 * until the next turn (or until the slab or the high-water mark is full, which flushes at once).
 *
 * @module
 */

import { afterTurn } from "./timers.ts";

declare function queueMicrotask(callback: () => void): void;

/** What can be flushed. */
export interface Flushable {
  /** Whether it waits in one of the lists here. */
  scheduled: boolean;
  /** The turn of its last flush. */
  flushedIn: number;
  flush(): void;
}

/** Counts turns of the event loop, as far as they bring us input. */
let turn = 1;
let soon: Flushable[] = [];
let later: Flushable[] = [];

/** The event loop has called us: what was gathered so far belongs to an earlier turn. */
export function beginTurn(): void {
  turn++;
}

/** The current turn. */
export function currentTurn(): number {
  return turn;
}

/** Flushes it soon, or after this turn if it was already flushed in this one. */
export function schedule(item: Flushable): void {
  item.scheduled = true;
  if (item.flushedIn !== turn) {
    if (soon.push(item) === 1) queueMicrotask(flushSoon);
  } else if (later.push(item) === 1) afterTurn(flushLater);
}

function flushSoon(): void {
  const due = soon;
  soon = [];
  flushAll(due);
}

function flushLater(): void {
  turn++;
  const due = later;
  later = [];
  flushAll(due);
}

function flushAll(due: readonly Flushable[]): void {
  for (const item of due) {
    item.scheduled = false;
    item.flushedIn = turn;
    item.flush();
  }
}
