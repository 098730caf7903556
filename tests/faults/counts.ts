/**
 * What a socket counts, and what this process has open.
 *
 * @module
 */

import { readdirSync } from "node:fs";
import { assertEquals } from "@std/assert";
import { until, type Watch } from "../interop/scope.ts";

/** Messages that a socket says it dropped, by reason. */
export interface Dropped {
  readonly full: number;
  readonly unroutable: number;
  readonly unexpected: number;
  readonly filtered: number;
  readonly lost: number;
  readonly malformed: number;
  readonly conflated: number;
}

/** The socket's own count, which its statistics must repeat. */
export function dropped(socket: unknown): Dropped {
  const counted = socket as { readonly dropped: Dropped; statistics(): { readonly dropped: Dropped } };
  assertEquals(counted.statistics().dropped, counted.dropped);
  return counted.dropped;
}

/** Waits until events have told of so many drops for this reason. */
export async function toldOfDrops(watch: Watch, reason: keyof Dropped, count: number): Promise<void> {
  const told = () => {
    const events = watch.seen as unknown as { type: string; reason?: string; count?: number }[];
    const those = events.filter((event) => event.type === "drop" && event.reason === reason);
    return those.reduce((whole, event) => whole + event.count!, 0);
  };
  await until(`events tell of ${count} drops`, () => told() === count);
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
