/**
 * The inside of a context: its options, its inproc names, its sockets, and the transports of the runtime.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { InprocRegistry } from "../inproc/registry.ts";
import { runtime } from "../io/adapters.ts";
import { loadTransports, loadTransportsSync } from "../io/platform.ts";
import type { Transports } from "../io/transports.ts";
import { ContextOptionValues } from "./context_options.ts";
import type { SocketCore } from "./core.ts";

/** What gathers for one write before the runtime's own value is known. */
const BATCH = 64 * 1024;

/** One context. */
export class ContextCore {
  readonly options: ContextOptionValues = new ContextOptionValues();
  readonly inproc: InprocRegistry = new InprocRegistry();
  readonly sockets: Set<SocketCore> = new Set();
  closed = false;
  #transports: Transports | undefined;

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
    await Promise.all([...this.sockets].map((socket) => socket.close()));
  }
}
