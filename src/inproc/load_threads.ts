/**
 * Loads what is needed to share names with other threads: programs of one thread never do. A bundler for browsers
 * takes `load_threads_web.ts` instead, as `src/package.json` says.
 *
 * @module
 */

/** The module of that. */
export type ThreadsModule = typeof import("./threads.ts");

/** Loads it. */
export function loadThreads(): Promise<ThreadsModule> {
  return import("./threads.ts");
}
