/**
 * The only bridge from `src` to `transports`, and all its arrows are dynamic: only the runtime's own adapter is
 * loaded. A bundler for browsers takes `adapters_web.ts` instead, as `src/package.json` says.
 *
 * `bindSync` cannot wait for an `import()`, so there is a second way: `require`, which loads modules as well and
 * gives the same instance of them. It needs files: a module from `https:` or in a bundle has none.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Transports } from "./transports.ts";

declare const process: { getBuiltinModule?(name: string): unknown };

interface ThreadsHost {
  readonly WorkerGlobalScope?: object;
  readonly Bun?: { readonly isMainThread: boolean };
}

interface ModuleLoading {
  createRequire(from: string): (path: string) => { readonly transports?: Transports };
}

/** Loads the adapter of this runtime. */
export async function importTransports(): Promise<Transports> {
  switch (runtime()) {
    case "deno":
      return (await import("../../transports/deno.ts")).transports;
    case "bun":
      return (await import("../../transports/bun.ts")).transports;
    case "node":
      return await importOnNode();
    case "web":
      return (await import("../../transports/web.ts")).transports;
  }
}

/**
 * Loads the adapter of this runtime without waiting.
 *
 * @throws {ZmqError} ENOTSUP where that cannot be
 */
export function requireTransports(): Transports {
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

/** The runtime that we are on. Deno and Bun define `process` too, so they are asked for first. */
export function runtime(): Transports["runtime"] {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return "process" in globalThis ? "node" : "web";
}

/** What leads to the thread that made this one; nothing if this is no Worker. */
export function threadAbove(): object | null | undefined {
  const { WorkerGlobalScope, Bun } = globalThis as ThreadsHost;
  if (WorkerGlobalScope !== undefined || Bun?.isMainThread === false) return globalThis;
  if (runtime() !== "node") return undefined;
  const threads = process.getBuiltinModule?.("worker_threads") as { readonly parentPort: object | null };
  return threads?.parentPort;
}

async function importOnNode(): Promise<Transports> {
  // Node refuses to require a module whose import is under way, so a bindSync right after a connect would fail:
  // here both go the same way, and import is for what has no files.
  try {
    return requireTransports();
  } catch {
    // The import tells what is wrong, if anything is.
    return (await import("../../transports/node.ts")).transports;
  }
}
