/**
 * The only bridge from `src` to `transports`, and all its arrows are dynamic: nothing is loaded before the
 * first bind or connect that needs it, and a bundler for browsers sees no runtime's own modules.
 *
 * @module
 */

import type { Transports } from "./transports.ts";

let loaded: Promise<Transports> | undefined;

/** The transports of the runtime that we are on, loaded once. */
export function loadTransports(): Promise<Transports> {
  return loaded ??= detect();
}

async function detect(): Promise<Transports> {
  // Deno and Bun define `process` too, so they are asked first.
  if ("Deno" in globalThis) return (await import("../../transports/deno.ts")).transports;
  if ("Bun" in globalThis) return (await import("../../transports/bun.ts")).transports;
  if ("process" in globalThis) return (await import("../../transports/node.ts")).transports;
  return (await import("../../transports/web.ts")).transports;
}
