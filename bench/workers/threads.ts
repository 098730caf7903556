/**
 * Workers on all runtimes, and the first message of a program of this bench to its Worker.
 *
 * @module
 */

/** A thread as the program sees it. */
export interface Thread {
  postMessage(value: unknown): void;
  addEventListener?(type: string, listener: (event: { readonly data: unknown }) => void): void;
  on?(type: string, listener: (value: unknown) => void): void;
}

interface Host {
  readonly Worker?: new (url: URL, options: object) => Thread;
  readonly Bun?: object;
  readonly Deno?: object;
  readonly process?: {
    getBuiltinModule(name: string): { Worker: new (url: URL) => Thread; parentPort: Thread };
  };
}

const host = globalThis as unknown as Host;
const isNode = host.Deno === undefined && host.Bun === undefined;

/** Makes a Worker. */
export function makeThread(url: URL): Thread {
  if (!isNode) return new host.Worker!(url, { type: "module" });
  return new (host.process!.getBuiltinModule("worker_threads").Worker)(url);
}

/** The thread that made this one. */
export function parentThread(): Thread {
  return isNode
    ? host.process!.getBuiltinModule("worker_threads").parentPort
    : globalThis as unknown as Thread;
}

/** Hears what a thread says. */
export function listen(thread: Thread, heard: (value: unknown) => void): void {
  if (thread.on !== undefined) thread.on("message", heard);
  else thread.addEventListener!("message", ({ data }) => heard(data));
}

/** The next thing that a thread says. */
export function received<T>(thread: Thread): Promise<T> {
  return new Promise((resolve) => listen(thread, (value) => resolve(value as T)));
}
