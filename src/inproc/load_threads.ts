/**
 * Loads what is needed to share names with other threads: programs of one thread never do. A bundler for browsers
 * takes `load_threads_web.ts` instead, as `src/package.json` says.
 *
 * @module
 */

/** What is used of it. */
export type ThreadsModule = Pick<typeof import("./threads.ts"), "makeThreads">;

export { catchHello, sayHello, threadAbove } from "./hello.ts";

/** Loads it. */
export function loadThreads(): Promise<ThreadsModule> {
  return import("./threads.ts");
}
