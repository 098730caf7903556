/**
 * In a page's bundle, takes the place of `load_threads.ts`. Only a program that names `Context` or `context` can
 * attach a Worker or join the page, and only its bundle carries what is needed for it: `any_context_web.ts`.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { ThreadsModule } from "./load_threads.ts";

let load: (() => Promise<ThreadsModule>) | undefined;

/** Says how it is loaded. */
export function useThreads(loader: () => Promise<ThreadsModule>): void {
  load = loader;
}

/** Loads it. */
export async function loadThreads(): Promise<ThreadsModule> {
  if (load !== undefined) return await load();
  throw new ZmqError(
    "ENOTSUP",
    "This bundle has no code for threads: import Context or context from the module by name",
  );
}
