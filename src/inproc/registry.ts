/**
 * The names of one context (`inproc://`): bound by one socket each, connected to by many, in either order.
 *
 * A socket that connects first gets a pipe at once, whose queue is its own high-water mark; what it wrote is
 * handed on when the name is bound, as in libzmq.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { Pattern } from "../pattern/pattern.ts";
import { InprocPipe } from "./pipe.ts";

/** A socket, as inproc sees it. */
export interface InprocHost {
  readonly pattern: Pattern;
  /** What it would say in a handshake. */
  readonly self: Peer;
  /** Whether a peer of this type fits. */
  accepts(socketType: string): boolean;
  /** Makes one end of a connection, with the socket's options of now. */
  makePipe(connectRoutingId?: Uint8Array): InprocPipe;
}

/** The names. */
export class InprocRegistry {
  readonly #bound = new Map<string, InprocBinding>();
  readonly #waiting = new Map<string, Set<InprocConnection>>();

  /** Binds a name and takes in who waits for it. */
  bind(name: string, host: InprocHost): InprocBinding {
    if (this.#bound.has(name)) throw new ZmqError("EADDRINUSE", undefined, `inproc://${name}`);
    const binding: InprocBinding = new InprocBinding(host, () => {
      // Once given back, the name may be somebody else's.
      if (this.#bound.get(name) === binding) this.#bound.delete(name);
    });
    this.#bound.set(name, binding);
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const connection of waiting ?? []) connection.meet(binding);
    return binding;
  }

  /** Connects to a name, bound or not. */
  connect(name: string, host: InprocHost, connectRoutingId: Uint8Array | undefined): InprocConnection {
    const connection = new InprocConnection(host, connectRoutingId, () => {
      const waiting = this.#waiting.get(name);
      if (waiting?.delete(connection) && waiting.size === 0) this.#waiting.delete(name);
    });
    const binding = this.#bound.get(name);
    if (binding !== undefined) connection.meet(binding);
    else {
      const waiting = this.#waiting.get(name);
      if (waiting === undefined) this.#waiting.set(name, new Set([connection]));
      else waiting.add(connection);
    }
    return connection;
  }
}

/** One name that is bound. */
export class InprocBinding {
  readonly host: InprocHost;
  readonly pipes: Set<InprocPipe> = new Set();
  readonly #unbind: () => void;

  constructor(host: InprocHost, unbind: () => void) {
    this.host = host;
    this.#unbind = unbind;
  }

  /** Gives the name back; connections live on. */
  stopListening(): void {
    this.#unbind();
  }

  /** Ends the connections as well. */
  close(): void {
    this.#unbind();
    for (const pipe of [...this.pipes]) pipe.end();
  }
}

/** One connect. */
export class InprocConnection {
  readonly #host: InprocHost;
  readonly #forget: () => void;
  readonly #pipe: InprocPipe;

  constructor(host: InprocHost, connectRoutingId: Uint8Array | undefined, forget: () => void) {
    this.#host = host;
    this.#forget = forget;
    this.#pipe = host.makePipe(connectRoutingId);
    this.#pipe.onClosed = () => host.pattern.detach(this.#pipe);
    if (!host.pattern.attach(this.#pipe)) this.#pipe.closed = true;
  }

  /** The one pipe. */
  get pipes(): Iterable<InprocPipe> {
    return [this.#pipe];
  }

  /** The name is bound: both ends come together, if their types fit. */
  meet(binding: InprocBinding): void {
    const ours = this.#pipe;
    const { host } = binding;
    if (ours.closed) return;
    const theirs = host.makePipe();
    theirs.onClosed = () => {
      binding.pipes.delete(theirs);
      host.pattern.detach(theirs);
    };
    if (!host.accepts(this.#host.self.socketType) || !host.pattern.attach(theirs)) {
      theirs.closed = true;
      ours.end();
      return;
    }
    binding.pipes.add(theirs);
    InprocPipe.join(ours, theirs);
    if (!host.pattern.ready(theirs, this.#host.self) || !this.#host.pattern.ready(ours, host.self)) {
      ours.end();
      return;
    }
    // The bound end has something to say too: its program may have waited for a peer, or it greets each one.
    ours.opened();
    theirs.opened();
  }

  /** Ends it. */
  close(): void {
    this.#forget();
    this.#pipe.end();
  }
}
