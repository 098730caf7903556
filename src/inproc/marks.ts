/**
 * The high-water marks of the two ends of a connection between threads, which each tells the other.
 *
 * @module
 */

import type { InprocHost } from "./registry.ts";

/** What each end tells the other of itself. */
export interface Marks {
  readonly send: number;
  readonly receive: number;
  readonly conflate: boolean;
}

/** What this socket tells of itself. */
export function marksOf(host: InprocHost): Marks {
  const { sendHighWaterMark, receiveHighWaterMark, conflate } = host.pipeOptions;
  return { send: sendHighWaterMark, receive: receiveHighWaterMark, conflate };
}

/** Whether a value is what `marksOf` makes. */
export function isMarks(value: unknown): value is Marks {
  return isObject(value) && isMark(value.send) && isMark(value.receive) &&
    typeof value.conflate === "boolean";
}

/** Whether a value has properties. */
export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null;
}

/** ZMQ_SNDHWM of one end and ZMQ_RCVHWM of the other; if either is without limit, so is the sum. */
export function together(send: number, receive: number): number {
  return send === 0 || receive === 0 ? Infinity : send + receive;
}

/** After how many messages that were taken it is told; `cheap`: by a store in shared memory. */
export function stepOf(most: number, cheap: boolean): number {
  const half = Math.max(1, Math.min(most, STEP_MAX) >> 1);
  return cheap ? Math.min(half, CHEAP_STEP) : half;
}

/** It is told at least so often where nothing bounds it. */
const STEP_MAX = 2000;
/** As often as messages are decoded ahead of their reader. */
const CHEAP_STEP = 16;

function isMark(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}
