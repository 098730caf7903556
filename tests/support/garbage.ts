/**
 * Has the runtime collect its garbage, so that a test can see what is held.
 *
 * @module
 */

import process from "node:process";
import v8 from "node:v8";
import vm from "node:vm";

let collect: (() => void) | undefined;

/** Collects what nobody holds; in a later turn, when nothing is on the stack any more. */
export async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  (collect ??= collector())();
}

/** Octets that are held when all garbage is collected: the heap's and those beside it. */
export async function heldMemory(): Promise<number> {
  // The first time some memory beside the heap only comes to be nobody's.
  await collectGarbage();
  await collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  // Bun counts what is external in both.
  return "Bun" in globalThis ? heapUsed : heapUsed + external;
}

function collector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc");
}
