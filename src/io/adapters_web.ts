/**
 * What a page can have of transports: takes the place of `adapters.ts` in a bundle for browsers.
 *
 * @module
 */

import { transports } from "../../transports/web.ts";
import type { Transports } from "./transports.ts";

/** The transports of a page. */
export function importTransports(): Promise<Transports> {
  return Promise.resolve(transports);
}

/** The same at once. */
export function requireTransports(): Transports {
  return transports;
}

/** The runtime that we are on. */
export function runtime(): Transports["runtime"] {
  return transports.runtime;
}

/** What leads to the thread that made this one; nothing if this is no Worker. */
export function threadAbove(): object | undefined {
  return "WorkerGlobalScope" in globalThis ? globalThis : undefined;
}
