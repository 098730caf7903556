/**
 * What a socket counts, and what this process has open.
 *
 * @module
 */

import { readdirSync } from "node:fs";
import { until } from "../interop/scope.ts";

/** Messages that a socket says it dropped, by reason. */
export interface Dropped {
  readonly full: number;
  readonly unroutable: number;
  readonly unexpected: number;
  readonly filtered: number;
  readonly lost: number;
  readonly malformed: number;
}

/** The socket's own count. */
export function dropped(socket: unknown): Dropped {
  return (socket as { readonly dropped: Dropped }).dropped;
}

/** Descriptors that this process has open; `undefined` where the system does not say. */
export function descriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

/** Waits until there are no more descriptors open than before. */
export async function closedAgain(before: number | undefined): Promise<void> {
  if (before === undefined) return;
  await until(`at most ${before} descriptors are open`, () => descriptors()! <= before);
}
