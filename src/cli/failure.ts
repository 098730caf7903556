/**
 * What can go wrong, as a sentence and an exit code. Pure.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { UsageError } from "./args.ts";

/** Something did not happen in the time it was given: exit code 3. */
export class TimeoutError extends Error {}

/** Something failed that is no fault of ours, told in its sentence: exit code 1. */
export class Failure extends Error {}

/** Codes of an address that can never be one, on whatever machine. */
const NO_ADDRESS: readonly unknown[] = ["EINVAL", "EPROTONOSUPPORT", "ENOCOMPATPROTO", "ENAMETOOLONG"];

/** What only binding fails with; the runtimes say it in words of their own. */
const NOT_BOUND: { readonly [code: string]: string } = {
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "permission denied",
  ENODEV: "there is no such network interface",
};

/** The sentence of an error, and the exit code that it makes. */
export function explain(error: unknown): { readonly sentence: string; readonly code: number } {
  if (error instanceof UsageError) return { sentence: error.message, code: 2 };
  if (error instanceof TimeoutError) return { sentence: error.message, code: 3 };
  if (error instanceof Failure) return { sentence: error.message, code: 1 };
  if (!(error instanceof ZmqError)) {
    return { sentence: error instanceof Error ? error.message : String(error), code: 1 };
  }
  const { address, code, message } = error;
  const reason = NOT_BOUND[code];
  if (address !== undefined && reason !== undefined) {
    return { sentence: `cannot bind to ${address}: ${reason} (${code})`, code: 1 };
  }
  const known = address === undefined || message.includes(address);
  const sentence = `${known ? "" : `${address}: `}${message}${message.includes(code) ? "" : ` (${code})`}`;
  return { sentence, code: address !== undefined && NO_ADDRESS.includes(code) ? 2 : 1 };
}

/** Runs a call of a socket that may take so long, and says what it was that took longer. */
export async function timed<T>(call: Promise<T>, what: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ZmqError && error.code === "EAGAIN") throw new TimeoutError(what);
    throw error;
  }
}
