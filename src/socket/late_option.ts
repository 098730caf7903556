/**
 * The warnings of zeromq.js for an option that is set while the socket is bound or connected, since most count at the
 * next bind or connect only and nothing else says so; and for a number that a double may not have kept as it was meant.
 *
 * zeromq.js also warns of the options of patterns that libzmq applies at once (`noDrop`, `manual`, `welcomeMessage`,
 * `invertMatching`, …). What would not be true is not said here.
 *
 * @module
 */

import { AT_ONCE } from "./at_once.ts";
import type { SocketCore } from "./core.ts";

/** Warns, each time, if this option was set too late for what the socket is bound and connected to, or is too large. */
export function warnIfLate({ endpoints, options }: SocketCore, name: string): void {
  const value = (options as unknown as Record<string, unknown>)[name];
  if (typeof value === "number" && value > Number.MAX_SAFE_INTEGER) {
    emitWarning("Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.");
  }
  if ((AT_ONCE as ReadonlySet<string>).has(name) || !endpoints.some) return;
  emitWarning("Socket option will not take effect until next connect/bind.");
}

/** Asked for when there is something to say: the first look at `process` takes Deno 12 ms. */
function emitWarning(text: string): void {
  const { process } = globalThis as { process?: { emitWarning?(text: string): void } };
  process?.emitWarning?.(text);
}
