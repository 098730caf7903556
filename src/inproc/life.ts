/**
 * How a thread notices that another has ended without a word. On Node and Bun, and in browsers of late, its ports
 * tell (`close`, within some milliseconds). Deno's do not, and older browsers' neither; they have Web Locks, which
 * end with the thread that holds them: a Worker holds one for life, and whoever talks to it asks for the same. The
 * main thread needs none, for its Workers end with it.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

interface Locks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal },
    granted: () => Promise<void> | void,
  ): Promise<void>;
}

interface Host {
  readonly navigator?: { readonly locks?: Locks };
  readonly Deno?: object;
  readonly process?: object;
  readonly WorkerGlobalScope?: object;
}

interface Watch {
  readonly callbacks: Set<() => void>;
  readonly stop: AbortController;
}

const host = globalThis as unknown as Host;
const watches = new Map<string, Watch>();
let holding: Promise<string> | undefined;

/** The name of the lock that this thread holds for life; empty where none is needed. */
export function holdLife(): Promise<string> {
  return holding ??= hold();
}

/** Calls back when the thread that holds this lock has ended. Answers how to stop waiting for it. */
export function watchLife(name: string, ended: () => void): () => void {
  const locks = locksOfHost();
  if (name === "" || locks === undefined) return () => {};
  let watch = watches.get(name);
  if (watch === undefined) {
    watch = { callbacks: new Set(), stop: new AbortController() };
    watches.set(name, watch);
    start(locks, name, watch);
  }
  const { callbacks, stop } = watch;
  callbacks.add(ended);
  return () => {
    if (!callbacks.delete(ended) || callbacks.size > 0) return;
    if (watches.get(name) === watch) watches.delete(name);
    stop.abort();
  };
}

/** The error of a thread that ended without a word. */
export function lost(): Error {
  return new ZmqError("ECONNRESET", "The other thread has ended");
}

function hold(): Promise<string> {
  const locks = locksOfHost();
  if (locks === undefined || host.WorkerGlobalScope === undefined) return Promise.resolve("");
  const name = `puremq ${[...crypto.getRandomValues(new Uint32Array(4))].join(" ")}`;
  return new Promise((resolve) => {
    // Refused where storage is: then only ports can tell.
    locks.request(name, {}, () => {
      resolve(name);
      return new Promise(() => {});
    }).catch(() => resolve(""));
  });
}

function start(locks: Locks, name: string, { callbacks, stop }: Watch): void {
  locks.request(name, { signal: stop.signal }, () => {
    watches.delete(name);
    for (const ended of [...callbacks]) ended();
    callbacks.clear();
  }).catch(() => {});
}

/** Node has locks too, but ports that tell. */
function locksOfHost(): Locks | undefined {
  return host.Deno !== undefined || host.process === undefined ? host.navigator?.locks : undefined;
}

declare const crypto: { getRandomValues(numbers: Uint32Array): Uint32Array };
