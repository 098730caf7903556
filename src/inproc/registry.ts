/**
 * The names of one context (`inproc://`): bound by one socket each, connected to by many, in either order.
 *
 * A socket that connects first gets a pipe at once, whose queue is its own high-water mark; what it wrote is
 * handed on when the name is bound, as in libzmq, even if the socket was closed meanwhile.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { hold, release, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import type { Pattern } from "../pattern/pattern.ts";
import type { Pipe, PipeOrigin } from "../pipe/pipe.ts";
import { InprocPipe } from "./pipe.ts";
import type { FarEnd } from "./pipe.ts";

/** A socket, as inproc sees it. */
export interface InprocHost {
  readonly pattern: Pattern;
  /** What it would say in a handshake. */
  readonly self: Peer;
  /** Whether a peer of this type fits. */
  accepts(socketType: string): boolean;
  /** Makes one end of a connection, with the socket's options of now. */
  makePipe(connectRoutingId?: Uint8Array): InprocPipe;
  /** The options that a pipe to another thread reads. */
  readonly pipeOptions: {
    readonly sendHighWaterMark: number;
    readonly receiveHighWaterMark: number;
    readonly conflate: boolean;
    linger(): number;
  };
  /** Messages that were accepted and are lost with their connection. */
  lost(messages: number, pipe: Pipe): void;
  /** A pipe of this name is there, or is no more: for statistics. */
  enter(pipe: Pipe, origin: PipeOrigin): void;
  leave(pipe: Pipe): void;
  /** A connection to another thread has ended, and why. */
  disconnected(name: string, peer: Peer, error: Error): void;
}

/** The names that other threads have, as soon as this one has to do with any. */
export interface OtherThreads {
  /** Throws EADDRINUSE if another thread has the name, ENOTSUP if it cannot be known at once. */
  check(name: string): void;
  /** Gets the name for this thread. Rejects with EADDRINUSE. */
  claim(name: string): Promise<void>;
  /** The name was bound here. */
  bound(name: string): void;
  /** The name was given back. */
  released(name: string): void;
  /** A connection waits for a name that is not bound here. */
  seek(name: string, connection: InprocConnection): void;
  /** It waits no more. */
  forget(connection: InprocConnection): void;
}

/** The names. */
export class InprocRegistry {
  /** Where names of other threads are found; see `threads.ts`. */
  others: OtherThreads | undefined;
  /** Until it is settled, no name can be had for certain: another thread was asked to take us in. */
  joining: Promise<void> | undefined;
  readonly #bound = new Map<string, InprocBinding>();
  readonly #waiting = new Map<string, Set<InprocConnection>>();

  /** Binds a name that no other thread has, which may take asking. */
  async bindShared(name: string, host: InprocHost): Promise<InprocBinding> {
    if (this.joining === undefined) return this.bind(name, host);
    await this.joining;
    const others = this.others!;
    this.#checkFree(name);
    await others.claim(name);
    return this.#bind(name, host);
  }

  /** Binds a name and takes in who waits for it. */
  bind(name: string, host: InprocHost): InprocBinding {
    this.#checkFree(name);
    this.others?.check(name);
    if (this.joining !== undefined) throw cannotAsk(name);
    return this.#bind(name, host);
  }

  /** Connects to a name, bound or not. */
  connect(name: string, host: InprocHost, connectRoutingId: Uint8Array | undefined): InprocConnection {
    const connection = new InprocConnection(name, host, connectRoutingId, () => {
      this.forget(name, connection);
      this.others?.forget(connection);
    });
    const binding = this.#bound.get(name);
    if (binding !== undefined) connection.meet(binding);
    else {
      const waiting = this.#waiting.get(name);
      if (waiting === undefined) this.#waiting.set(name, new Set([connection]));
      else waiting.add(connection);
      connection.unanswered = this.others !== undefined || this.joining !== undefined;
      this.others?.seek(name, connection);
    }
    return connection;
  }

  /** What a name is bound to in this thread. */
  find(name: string): InprocBinding | undefined {
    return this.#bound.get(name);
  }

  /** All names that are bound in this thread. */
  names(): Iterable<string> {
    return this.#bound.keys();
  }

  /** All connections that wait, with their names. */
  *waiting(): Iterable<[string, InprocConnection]> {
    for (const [name, connections] of this.#waiting) {
      for (const connection of connections) yield [name, connection];
    }
  }

  /** The sockets are closed: what they left for names that nobody has bound is lost. */
  close(): void {
    for (const [, connection] of [...this.waiting()]) connection.drop();
  }

  /** The connection waits for the name no more: it has met a peer, or has ended. */
  forget(name: string, connection: InprocConnection): void {
    const waiting = this.#waiting.get(name);
    if (waiting?.delete(connection) && waiting.size === 0) this.#waiting.delete(name);
  }

  #bind(name: string, host: InprocHost): InprocBinding {
    const binding: InprocBinding = new InprocBinding(name, host, () => {
      // Once given back, the name may be somebody else's.
      if (this.#bound.get(name) !== binding) return;
      this.#bound.delete(name);
      this.others?.released(name);
    });
    this.#bound.set(name, binding);
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const connection of waiting ?? []) {
      this.others?.forget(connection);
      connection.meet(binding);
    }
    this.others?.bound(name);
    return binding;
  }

  #checkFree(name: string): void {
    if (this.#bound.has(name)) throw new ZmqError("EADDRINUSE", undefined, `inproc://${name}`);
  }
}

/** The error of a bind that cannot wait, where another thread must be asked for the name. */
export function cannotAsk(name: string): ZmqError {
  return new ZmqError(
    "ENOTSUP",
    "Names are shared with the thread above, which cannot be asked at once: use bind()",
    `inproc://${name}`,
  );
}

/** One name that is bound. */
export class InprocBinding implements PipeOrigin {
  readonly endpoint: string;
  readonly direction = "bind";
  readonly host: InprocHost;
  readonly pipes: Set<InprocPipe> = new Set();
  readonly #unbind: () => void;

  constructor(name: string, host: InprocHost, unbind: () => void) {
    this.endpoint = `inproc://${name}`;
    this.host = host;
    this.#unbind = unbind;
  }

  /** Gives the name back; connections live on. */
  stopListening(): void {
    this.#unbind();
  }

  /** Ends the connections as well; what waits for other threads is sent within `linger` milliseconds. */
  async close(linger: number): Promise<void> {
    this.#unbind();
    await Promise.all([...this.pipes].map((pipe) => pipe.end(linger)));
  }

  /** Makes an end for a peer of this type; `undefined` if it is not welcome. */
  admit(socketType: string): InprocPipe | undefined {
    const { host } = this;
    const pipe = host.makePipe();
    pipe.onClosed = (byPeer) => {
      this.pipes.delete(pipe);
      if (byPeer) host.pattern.lost(pipe);
      host.pattern.detach(pipe);
      leave(host, pipe);
    };
    if (!host.accepts(socketType) || !host.pattern.attach(pipe)) {
      pipe.closed = true;
      return undefined;
    }
    this.pipes.add(pipe);
    host.enter(pipe, this);
    return pipe;
  }
}

/** One connect. */
export class InprocConnection implements PipeOrigin {
  readonly endpoint: string;
  readonly direction = "connect";
  readonly host: InprocHost;
  readonly #forget: () => void;
  readonly #pipe: InprocPipe;
  /** Whether other threads were asked for the name, and have not said yet whether any has it. */
  unanswered = false;
  #onAnswer: () => void = () => {};
  /** For how long what was sent waits for somebody to bind the name, once the socket has let go of it. */
  #linger: number | undefined;

  constructor(
    name: string,
    host: InprocHost,
    connectRoutingId: Uint8Array | undefined,
    forget: () => void,
  ) {
    this.endpoint = `inproc://${name}`;
    this.host = host;
    this.#forget = forget;
    this.#pipe = host.makePipe(connectRoutingId);
    this.#pipe.onClosed = (byPeer) => {
      if (byPeer) host.pattern.lost(this.#pipe);
      host.pattern.detach(this.#pipe);
      leave(host, this.#pipe);
    };
    if (!host.pattern.attach(this.#pipe)) this.#pipe.closed = true;
    else host.enter(this.#pipe, this);
  }

  /** The one pipe. */
  get pipes(): Iterable<InprocPipe> {
    return [this.#pipe];
  }

  /** The name is bound: both ends come together, if their types fit. */
  meet(binding: InprocBinding): void {
    const ours = this.#pipe;
    if (ours.closed) return;
    this.unanswered = false;
    const theirs = binding.admit(this.host.self.socketType);
    if (theirs === undefined) return this.refused();
    InprocPipe.join(ours, theirs);
    ours.peer = binding.host.self;
    theirs.peer = this.host.self;
    const { host } = binding;
    if (!host.pattern.ready(theirs, this.host.self) || !this.#ready(host.self)) return this.refused();
    ours.opened();
    // The bound end has something to say too: its program may have waited for a peer, or it greets each one.
    if (this.#linger === undefined) theirs.opened();
    else ours.end();
    this.#onAnswer();
  }

  /** The name is bound in another thread, which has taken us in. */
  meetFar(peer: Peer, makeFarEnd: (pipe: InprocPipe) => FarEnd): void {
    const ours = this.#pipe;
    ours.joinFar(makeFarEnd(ours));
    ours.peer = peer;
    if (this.#ready(peer)) ours.opened();
    else this.drop();
    if (this.#linger !== undefined) void ours.end(this.#linger);
    this.answered();
  }

  /** Other threads have said whether the name is theirs. */
  answered(): void {
    this.unanswered = false;
    this.#onAnswer();
  }

  /** Calls back, maybe at once, when the name is met, or is known to be nobody's now. */
  whenAnswered(callback: () => void): void {
    if (this.unanswered) this.#onAnswer = callback;
    else callback();
  }

  /** Who has bound the name refused us: the types don't fit, or it has its one peer already. */
  refused(): void {
    this.drop();
    this.answered();
  }

  /**
   * Ends it; what waits is sent within `linger` milliseconds. Neither the socket nor the process waits for a name that
   * nobody has bound: its messages are lost with the context.
   */
  close(linger: number): Promise<void> | void {
    const pipe = this.#pipe;
    if (linger === 0 || pipe.closed || pipe.connected || pipe.outbound === 0) {
      this.#forget();
      return pipe.end(linger);
    }
    if (!this.unanswered) return this.#leave(linger);
    // If the name is bound, then in another thread: what was sent goes there first.
    hold();
    let timer: Timer;
    return new Promise<void>((resolve) => {
      this.#onAnswer = resolve;
      if (linger > 0) timer = startTimer(linger, resolve);
    }).then(() => {
      stopTimer(timer);
      release();
      if (!pipe.closed && !pipe.connected && !this.unanswered) return this.#leave(linger);
      this.#forget();
      return pipe.end(linger);
    });
  }

  /** The socket lets go of it, and the messages wait alone. */
  #leave(linger: number): void {
    const { host } = this, pipe = this.#pipe;
    this.#linger = linger;
    host.pattern.detach(pipe);
    pipe.retire();
    const timer = linger < 0 ? undefined : startTimer(linger, () => this.drop());
    pipe.onClosed = () => {
      stopTimer(timer);
      leave(host, pipe);
    };
  }

  /** Ends it; what waits is lost. */
  drop(): void {
    this.#forget();
    void this.#pipe.end();
  }

  #ready(peer: Peer): boolean {
    return this.#linger !== undefined || this.host.pattern.ready(this.#pipe, peer);
  }
}

/** The connection is over; what was written before both ends had met is lost. */
function leave(host: InprocHost, pipe: InprocPipe): void {
  host.lost(pipe.dropEarly(), pipe);
  host.leave(pipe);
}
