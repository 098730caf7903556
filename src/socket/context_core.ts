/**
 * The inside of a context: its options, its inproc names, its sockets, and the transports of the runtime.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { ThreadLike } from "../inproc/hello.ts";
import { catchHello, loadThreads, sayHello, threadAbove } from "../inproc/load_threads.ts";
import type { ThreadsModule } from "../inproc/load_threads.ts";
import { InprocRegistry } from "../inproc/registry.ts";
import { runtime } from "../io/adapters.ts";
import { loadTransports, loadTransportsSync } from "../io/platform.ts";
import type { Transports } from "../io/transports.ts";
import { ContextOptionValues } from "./context_options.ts";
import type { SocketCore } from "./core.ts";

type Threads = ReturnType<ThreadsModule["makeThreads"]>;

/** What gathers for one write before the runtime's own value is known. */
const BATCH = 64 * 1024;

/** One context. */
export class ContextCore {
  readonly options: ContextOptionValues = new ContextOptionValues();
  readonly inproc: InprocRegistry = new InprocRegistry();
  readonly sockets: Set<SocketCore> = new Set();
  closed = false;
  #transports: Transports | undefined;
  #threads: Promise<Threads> | undefined;
  /** Stops waiting for threads that were attached and have not joined. */
  readonly #attached: (() => void)[] = [];

  /** `transports` stands in for the runtime's own. */
  constructor(transports?: Transports) {
    this.#transports = transports;
  }

  /** The runtime, known without loading anything. */
  get runtime(): Transports["runtime"] {
    return this.#transports?.runtime ?? runtime();
  }

  /** Octets worth a write on this runtime. */
  get batchSize(): number {
    return this.#transports?.batchSize ?? BATCH;
  }

  /** Faster memory, where the runtime has it. */
  get allocate(): ((length: number) => Uint8Array) | undefined {
    return this.#transports?.allocate;
  }

  /** The transports, loaded when they are first asked for. */
  async transports(): Promise<Transports> {
    return this.#transports ??= await loadTransports();
  }

  /** The same at once; ENOTSUP where they cannot be loaded without waiting. */
  transportsSync(): Transports {
    return this.#transports ??= loadTransportsSync();
  }

  /** Shares the names with a thread below, as soon as it joins. */
  attach(thread: object): void {
    if (this.closed) throw new ZmqError("ETERM");
    this.#attached.push(catchHello(thread, (port) => {
      void this.#loadThreads().then((threads) => threads.attach(port));
    }));
  }

  /** Shares the names of the thread above. */
  join(above?: ThreadLike): Promise<void> {
    if (this.closed) throw new ZmqError("ETERM");
    const { inproc } = this;
    if (inproc.joining !== undefined) throw new ZmqError("EBUSY", "The context has joined a thread already");
    const thread = above ?? threadAbove();
    const joining = this.#loadThreads().then((threads) => threads.join(() => sayHello(thread)));
    inproc.joining = joining;
    joining.catch(() => {
      inproc.joining = undefined;
    });
    return joining;
  }

  add(socket: SocketCore): void {
    if (this.closed) throw new ZmqError("ETERM");
    if (this.sockets.size >= this.options.maxSockets) throw new ZmqError("EMFILE");
    this.sockets.add(socket);
  }

  remove(socket: SocketCore): void {
    this.sockets.delete(socket);
  }

  /** Closes all sockets; resolves when nothing lingers any more. */
  async close(): Promise<void> {
    this.closed = true;
    for (const stop of this.#attached.splice(0)) stop();
    await Promise.all([...this.sockets].map((socket) => socket.close()));
    this.inproc.close();
    if (this.#threads !== undefined) (await this.#threads).close();
  }

  /** Programs of one thread never load it. */
  #loadThreads(): Promise<Threads> {
    return this.#threads ??= loadThreads().then(({ makeThreads }) => {
      return this.inproc.others = makeThreads(this.inproc) as Threads;
    });
  }
}
