/**
 * The script of the tests' pages: the module as a program would bundle it, and Workers that have it too, for the
 * functions that tests run there.
 *
 * @module
 */

import * as zmq from "../../mod.ts";

/** A Worker at work. */
export interface Work<R> {
  readonly worker: Worker;
  /** What the function answered or threw. */
  readonly result: Promise<R>;
}

/**
 * Starts a Worker that shares the page's inproc names, and runs the function in it: it sees its argument and `zmq`,
 * as functions in the page do.
 */
export function inWorker<A, R>(body: (argument: A) => R, argument: A): Work<Awaited<R>> {
  const worker = new Worker("worker.js", { type: "module" });
  zmq.context.attach(worker);
  const result = new Promise<Awaited<R>>((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => {
      if ("error" in data) reject(new Error(data.error));
      else if ("result" in data) resolve(data.result);
    });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
  result.catch(() => {}); // A Worker that is terminated may never be asked.
  worker.postMessage({ body: String(body), argument });
  return { worker, result };
}

Object.assign(globalThis, { zmq, inWorker });
