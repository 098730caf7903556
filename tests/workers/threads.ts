/**
 * Workers for tests, on every runtime, and sockets in them that are driven from here.
 *
 * @module
 */

import { type Context, context } from "../../mod.ts";

/** What the Worker is asked to do. */
export interface Call {
  readonly number: number;
  /** The socket; absent for the Worker itself. */
  readonly socket?: number;
  readonly method: string;
  readonly values: readonly unknown[];
}

/** One side of the program's own channel. */
export interface Channel {
  postMessage(value: unknown): void;
  listen(heard: (value: unknown) => void): void;
}

interface RawWorker {
  postMessage(value: unknown, transfer: Transferable[]): void;
  terminate(): unknown;
  addEventListener?(type: string, listener: (event: { readonly data: unknown }) => void): void;
  on?(type: string, listener: (value: unknown) => void): void;
  once?(type: string, listener: () => void): void;
}

interface Host {
  readonly Worker: new (url: URL, options: object) => RawWorker;
  readonly Deno?: object;
  readonly Bun?: object;
  readonly process: {
    getBuiltinModule(name: string): { Worker: new (url: URL) => RawWorker; parentPort: RawWorker };
  };
}

const host = globalThis as unknown as Host;
const isNode = host.Deno === undefined && host.Bun === undefined;

/** A Worker that makes sockets. */
export class Thread {
  /** All that the program heard on its own channel that this class did not expect. */
  readonly strange: unknown[] = [];
  readonly raw: RawWorker;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #up!: () => void;
  #lastNumber = 0;

  /** With `shared: false` as in a page that is not isolated from other origins. */
  static async start(
    { shared = true, to = context }: { shared?: boolean; to?: Context } = {},
  ): Promise<Thread> {
    const url = new URL("./worker.ts", import.meta.url);
    const raw = isNode
      ? new (host.process.getBuiltinModule("worker_threads").Worker)(url)
      : new host.Worker(url, { type: "module" });
    const thread = new Thread(raw);
    to.attach(raw);
    await new Promise<void>((resolve) => thread.#up = resolve);
    if (!shared) await thread.call("withoutSharedMemory");
    await thread.call("join");
    return thread;
  }

  constructor(raw: RawWorker) {
    this.raw = raw;
    channelOf(raw).listen((value) => this.#heard(value));
  }

  /** Calls something of the Worker's own, or of a socket in it. */
  call(method: string, values: readonly unknown[] = [], socket?: number): Promise<unknown> {
    const number = ++this.#lastNumber;
    return new Promise((resolve, reject) => {
      this.#calls.set(number, { resolve, reject });
      this.raw.postMessage({ number, method, values, ...(socket !== undefined && { socket }) }, []);
    });
  }

  /** Makes a socket there. */
  async make(type: string, options: object = {}): Promise<FarSocket> {
    return new FarSocket(this, await this.call("make", [type, { linger: 0, ...options }]) as number);
  }

  /** Ends it in the middle of whatever it does. */
  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.raw.once?.("exit", resolve));
    this.raw.terminate();
    if (this.raw.once !== undefined) await ended;
  }

  #heard(value: unknown): void {
    if (value === "up") return this.#up();
    const { number, value: result, code } = value as { number?: number; value?: unknown; code?: string };
    const call = number === undefined ? undefined : this.#calls.get(number);
    if (call === undefined) return void this.strange.push(value);
    this.#calls.delete(number!);
    if (code === undefined) call.resolve(result);
    else call.reject(Object.assign(new Error(`The Worker says ${code}`), { code }));
  }
}

/** A socket in a Worker. */
export class FarSocket {
  readonly #thread: Thread;
  readonly #number: number;

  constructor(thread: Thread, number: number) {
    this.#thread = thread;
    this.#number = number;
  }

  /** Calls a method of the socket, or one that `worker.ts` has for sockets. */
  call(method: string, ...values: unknown[]): Promise<unknown> {
    return this.#thread.call(method, values, this.#number);
  }

  bind(address: string): Promise<unknown> {
    return this.call("bind", address);
  }

  connect(address: string): Promise<unknown> {
    return this.call("connect", address);
  }

  send(...values: unknown[]): Promise<unknown> {
    return this.call("send", ...values);
  }

  /** The frames as texts. */
  receive(): Promise<unknown> {
    return this.call("receive");
  }
}

/** In the Worker: the channel to the thread that made it. */
export function parentThread(): Channel {
  return channelOf(
    isNode ? host.process.getBuiltinModule("worker_threads").parentPort : globalThis as unknown as RawWorker,
  );
}

function channelOf(raw: RawWorker): Channel {
  return {
    postMessage: (value) => raw.postMessage(value, []),
    listen: (heard) =>
      raw.on !== undefined
        ? raw.on("message", heard)
        : raw.addEventListener!("message", ({ data }) => heard(data)),
  };
}
