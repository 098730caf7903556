/**
 * One `connect`: dials, and dials again for ever with back-off. The pipe is there from the first moment, so
 * messages can be sent before the peer exists; it keeps what was not sent over every reconnect.
 *
 *   dialling → open → (lost) waiting → dialling …        until closed, or the peer refused us for good
 *
 * With `immediate` the pipe is made when a handshake is done and ends with the connection. `reconnectStop` says which
 * ends of a try are the last.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import type { Inquiry } from "../mechanism/zap.ts";
import { Closing } from "./closing.ts";
import { emitFailure } from "./link.ts";
import type { LinkHost, LinkTarget } from "./link.ts";
import { reconnectDelay } from "./reconnect.ts";
import { StreamPipe } from "./stream_pipe.ts";
import { NativeSession } from "./native_session.ts";
import type { AskingSession, SessionOwner, StreamProtocol, StreamSession } from "./stream_session.ts";

/** `ZMQ_RECONNECT_STOP_CONN_REFUSED`, `_HANDSHAKE_FAILED`, `_AFTER_DISCONNECT`. */
const REFUSED = 1;
const HANDSHAKE_FAILED = 2;
const AFTER_DISCONNECT = 4;

/** One endpoint that is connected to. */
export class Connector implements SessionOwner {
  readonly direction = "connect";
  readonly endpoint: string;
  readonly #host: LinkHost;
  readonly #protocol: StreamProtocol;
  readonly #connectRoutingId: Uint8Array | undefined;
  #target: LinkTarget | undefined;
  #pipe: StreamPipe | undefined;
  #session: StreamSession | undefined;
  #dialling: AbortController | undefined;
  #timer: Timer;
  /** Dials since the last handshake: a server that accepts and closes is dialled ever more slowly. */
  #attempt = 0;
  /** How often a connection was made, kept from one pipe to the next. */
  #connections = 0;
  #closing: Closing | undefined;
  #stopped = false;
  /** Whether nothing is dialled any more, whatever waits. */
  #last = false;

  constructor(
    endpoint: string,
    host: LinkHost,
    protocol: StreamProtocol,
    connectRoutingId: Uint8Array | undefined,
  ) {
    this.endpoint = endpoint;
    this.#host = host;
    this.#protocol = protocol;
    this.#connectRoutingId = connectRoutingId;
    if (!host.options.immediate) this.#attach();
  }

  /** The pipe, if there is one now. */
  get pipes(): Iterable<StreamPipe> {
    return this.#pipe === undefined ? [] : [this.#pipe];
  }

  /** How many connections are in their handshake: one or none. */
  get handshakes(): number {
    return this.#session !== undefined && this.#session.peer === undefined ? 1 : 0;
  }

  /** The transport is loaded and the address is known. */
  start(target: LinkTarget): void {
    if (this.#stopped) return;
    this.#target = target;
    this.#dial();
  }

  /** No connection can be made on this host. */
  fail(error: Error): void {
    if (this.#stopped) return;
    this.#host.emit({ type: "close", address: this.endpoint, error });
    this.#stop();
  }

  /** Ends it: what waits is sent within `linger` milliseconds. Resolves when all is over. */
  close(linger: number, disconnected: boolean = false): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.done;
    if (disconnected && this.#stopsAt(AFTER_DISCONNECT)) {
      this.#last = true;
      // Where there is no connection whose end is told.
      if (!this.#stopped && this.#session === undefined) {
        this.#host.emit({ type: "close", address: this.endpoint });
      }
    }
    const closing = this.#closing = new Closing();
    const pipe = this.#pipe;
    if (pipe !== undefined) {
      this.#host.pattern.detach(pipe);
      pipe.retire();
      if (linger === 0) this.#host.lost(pipe.dropQueue(), pipe);
    }
    // Without a connection, or with one in its handshake, it is over unless messages wait for it. With one,
    // it is ended in order, unless what is on its way must not be waited for.
    const open = pipe?.session !== undefined;
    const busy = pipe?.busy ?? false;
    if (this.#stopped || (open ? linger === 0 && busy : !busy || this.#last)) this.#stop();
    else {
      if (open) this.#session!.finish();
      closing.limit(linger, () => this.#stop());
    }
    return closing.done;
  }

  sessionReady(session: StreamSession, peer: Peer): StreamPipe | Error {
    this.#attempt = 0;
    const { pattern } = this.#host;
    if (this.#pipe === undefined && !this.#attach()) return new Error("The socket has its only peer already");
    const pipe = this.#pipe!;
    pipe.session = session;
    pipe.connections = ++this.#connections;
    if (this.#connections > 1) this.#host.counts.reconnects++;
    // Attached and ready are two things here; the pattern of a closed socket hears of neither any more.
    if (this.#closing === undefined && !pattern.ready(pipe, peer)) {
      return new Error("Another peer has the routing id");
    }
    this.#host.emit({ type: "handshake", address: this.endpoint, session, peer });
    if (this.#closing !== undefined) queueMicrotask(() => session.finish());
    return pipe;
  }

  sessionAsks(session: AskingSession, inquiry: Inquiry): () => void {
    return this.#host.authenticate(inquiry, session.remote, (answer) => session.authenticated(answer));
  }

  sessionFailed(session: StreamSession, error: ProtocolError): void {
    emitFailure(this.#host, this.endpoint, session, error, this.#pipe);
  }

  sessionClosed(session: StreamSession, error: Error | undefined): void {
    this.#session = undefined;
    const pipe = this.#pipe;
    if (pipe !== undefined && pipe.session === session) {
      if (this.#closing === undefined) {
        this.#host.pattern.lost(pipe);
        // What is lost now is told with the connection that it was lost with.
        if (this.#host.options.immediate) this.#dropPipe();
      }
      pipe.session = undefined;
    }
    this.#host.ledger.spent(session);
    this.#host.emit({ type: "disconnect", address: this.endpoint, session, ...(error && { error }) });
    if (this.#stopped) return this.#closing?.closed();
    // In the linger time a connection is made again only for messages that still wait.
    if (this.#closing !== undefined && !this.#pipe?.busy) return this.#stop();
    if (error instanceof ProtocolError && error.final) return this.#stop();
    if (session.peer === undefined && this.#stopsAt(HANDSHAKE_FAILED)) return this.#stop();
    this.#retry();
  }

  #stopsAt(condition: number): boolean {
    return (this.#host.options.reconnectStop & condition) !== 0;
  }

  #attach(): boolean {
    const pipe = new StreamPipe(this.#host.pattern, this.#host.pipeOptions, this.#protocol.framing);
    pipe.connectRoutingId = this.#connectRoutingId;
    pipe.onTerminate = (error) => this.#terminate(error);
    this.#pipe = pipe;
    if (this.#host.pattern.attach(pipe)) {
      this.#host.enter(pipe, this);
      return true;
    }
    // A PAIR that has its peer: this one gets in when that one has gone.
    pipe.closed = true;
    this.#pipe = undefined;
    return false;
  }

  /** The pattern ends the connection: with an error it may come back, without it the relation is over. */
  #terminate(error: Error | undefined): void {
    if (error !== undefined) this.#session?.refuse(error);
    else if (this.#closing === undefined) void this.close(this.#host.pipeOptions.linger());
  }

  #dropPipe(): void {
    const pipe = this.#pipe;
    if (pipe === undefined) return;
    this.#pipe = undefined;
    pipe.closed = true;
    this.#host.pattern.detach(pipe);
    this.#host.departed.add(pipe);
    this.#host.lost(pipe.dropQueue(), pipe);
    this.#host.leave(pipe);
  }

  #stop(): void {
    this.#stopped = true;
    stopTimer(this.#timer);
    this.#dialling?.abort();
    if (this.#closing === undefined) this.#dropPipe();
    else if (this.#pipe !== undefined) {
      this.#pipe.closed = true;
      this.#host.lost(this.#pipe.dropQueue(), this.#pipe);
      this.#host.leave(this.#pipe);
    }
    if (this.#session === undefined) this.#closing?.closed();
    else this.#session.destroy();
  }

  async #dial(): Promise<void> {
    const { endpoint } = this;
    const target = this.#target!;
    const dialling = this.#dialling = new AbortController();
    const { connectTimeout } = this.#host.options;
    const timer = connectTimeout > 0
      ? startTimer(connectTimeout, () => dialling.abort(timeout(connectTimeout)))
      : undefined;
    this.#host.emit({ type: "connect:delay", address: endpoint });
    const session = new NativeSession(this, this.#protocol);
    try {
      const stream = await target.transport.dial(target.address, target.settings, session, dialling.signal);
      if (this.#stopped) return stream.destroy();
      this.#session = session;
      this.#host.emit({ type: "connect", address: endpoint, session });
      session.start(stream);
    } catch (error) {
      if (this.#stopped) return;
      this.#host.emit({ type: "close", address: endpoint, error: error as Error });
      const refused = (error as { code?: unknown }).code === "ECONNREFUSED";
      if (refused && this.#stopsAt(REFUSED)) this.#stop();
      else this.#retry();
    } finally {
      stopTimer(timer);
    }
  }

  #retry(): void {
    const { reconnectInterval, reconnectMaxInterval } = this.#host.options;
    if (reconnectInterval < 0 || this.#last) return this.#stop();
    const random = Math.random();
    const interval = reconnectDelay(this.#attempt++, reconnectInterval, reconnectMaxInterval, random);
    this.#host.emit({ type: "connect:retry", address: this.endpoint, interval });
    // A server that comes, sends and goes must not fill the memory either.
    this.#timer = startTimer(interval, () => {
      if (this.#host.options.immediate && this.#host.departed.tooMany) this.#retry();
      else void this.#dial();
    });
  }
}

declare function queueMicrotask(callback: () => void): void;
declare const AbortController: new () => AbortController;
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

function timeout(milliseconds: number): Error {
  return Object.assign(new Error(`Not connected within ${milliseconds} ms`), { code: "ETIMEDOUT" });
}
