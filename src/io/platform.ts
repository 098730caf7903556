/**
 * The only bridge from `src` to `transports`, and all its arrows are dynamic: nothing is loaded before the
 * first bind or connect that needs it, and a bundler for browsers sees no runtime's own modules.
 *
 * `bindSync` cannot wait for an `import()`, so there is a second way: `require`, which loads modules as well and
 * gives the same instance of them. It needs files: a module from `https:` or in a bundle has none.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Transports } from "./transports.ts";

declare const process: { getBuiltinModule?(name: string): unknown };

interface ModuleLoading {
  createRequire(from: string): (path: string) => { readonly transports?: Transports };
}

let loading: Promise<Transports> | undefined;
let loaded: Transports | undefined;

/** The transports of the runtime that we are on, loaded once. */
export function loadTransports(): Promise<Transports> {
  return loading ??= load();
}

/**
 * The same at once.
 *
 * @throws {ZmqError} ENOTSUP if they are not loaded yet and cannot be without waiting
 */
export function loadTransportsSync(): Transports {
  return loaded ??= required();
}

async function load(): Promise<Transports> {
  if (loaded === undefined && runtime() === "node") {
    // Node refuses to require a module whose import is under way, so a bindSync right after a connect would
    // fail: here both go the same way, and import is for what has no files.
    try {
      return loaded = required();
    } catch {
      // The import tells what is wrong, if anything is.
    }
  }
  return loaded = await imported();
}

async function imported(): Promise<Transports> {
  switch (runtime()) {
    case "deno":
      return (await import("../../transports/deno.ts")).transports;
    case "bun":
      return (await import("../../transports/bun.ts")).transports;
    case "node":
      return (await import("../../transports/node.ts")).transports;
    case "web":
      return (await import("../../transports/web.ts")).transports;
  }
}

function required(): Transports {
  const name = runtime();
  if (name === "web") return { runtime: name };
  let cause: unknown;
  try {
    const { createRequire } = process.getBuiltinModule!("module") as ModuleLoading;
    const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const { transports } = createRequire(import.meta.url)(`../../transports/${name}.${ending}`);
    if (transports?.runtime === name) return transports;
  } catch (error) {
    cause = error;
  }
  throw new ZmqError(
    "ENOTSUP",
    "The transports are not loaded yet, and cannot be without waiting here: await bind(), or anything else that " +
      "binds or connects, first",
    undefined,
    { cause },
  );
}

/** Deno and Bun define `process` too, so they are asked for first. */
function runtime(): Transports["runtime"] {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return "process" in globalThis ? "node" : "web";
}
