/**
 * The transports of the runtime that we are on, loaded at the first bind or connect that needs them and once
 * in a program.
 *
 * @module
 */

import { importTransports, requireTransports } from "./adapters.ts";
import type { Transports } from "./transports.ts";

let loading: Promise<Transports> | undefined;
let loaded: Transports | undefined;

/** The transports. */
export function loadTransports(): Promise<Transports> {
  return loading ??= load();
}

/**
 * The same at once.
 *
 * @throws {ZmqError} ENOTSUP if they are not loaded yet and cannot be without waiting
 */
export function loadTransportsSync(): Transports {
  return loaded ??= requireTransports();
}

async function load(): Promise<Transports> {
  return loaded ??= await importTransports();
}
