/**
 * In a page's bundle, takes the place of `load_threads.ts`. Only a program that names `Context` or `context` can
 * attach a Worker or join the page, and only its bundle carries what is needed for it: `any_context_web.ts`.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Port } from "./carrier.ts";
import type * as hello from "./hello.ts";
import type { ThreadsModule } from "./load_threads.ts";

type Given = ThreadsModule & Pick<typeof hello, "catchHello" | "sayHello" | "threadAbove">;

let given: Given | undefined;

/** Gives it to this bundle. */
export function useThreads(threads: Given): void {
  given = threads;
}

/** Answers it. */
export function loadThreads(): Promise<ThreadsModule> {
  return Promise.resolve(threads());
}

/** As that of `hello.ts`, and so are the next ones. */
export function catchHello(thread: object, caught: (port: Port) => void): () => void {
  return threads().catchHello(thread, caught);
}

/** See there. */
export function sayHello(above: hello.ThreadLike): Port {
  return threads().sayHello(above);
}

/** See there. */
export function threadAbove(): hello.ThreadLike {
  return threads().threadAbove();
}

function threads(): Given {
  if (given !== undefined) return given;
  throw new ZmqError("ENOTSUP", "This bundle has no code for threads: import Context or context by name");
}
