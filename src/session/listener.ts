/**
 * One `bind`: accepts connections. A connection joins the pattern when its handshake is done and not before, so
 * that silent and broken peers never take part in routing or fair-queueing (CVE-2020-15166); its pipe ends
 * with it.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { ProtocolError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { Inquiry } from "../mechanism/zap.ts";
import type { ByteStream, ByteStreamSink, StreamListener } from "../io/stream.ts";
import { Admission } from "./admission.ts";
import type { AdmissionRules } from "./admission.ts";
import { Closing } from "./closing.ts";
import { emitFailure, emitUnaccepted } from "./link.ts";
import type { LinkHost, LinkTarget } from "./link.ts";
import { StreamPipe } from "./stream_pipe.ts";
import { NativeSession } from "./native_session.ts";
import type { AskingSession, SessionOwner, StreamProtocol, StreamSession } from "./stream_session.ts";

/** Makes an endpoint of an address. */
type NameOf = (address: StreamListener["address"]) => string;

/** One endpoint that is bound. */
export class Listener implements SessionOwner {
  readonly direction = "bind";
  /** The endpoint as text, wildcards resolved. */
  endpoint: string;
  readonly #host: LinkHost;
  readonly #protocol: StreamProtocol;
  #listener: StreamListener | undefined;
  #stopped: Promise<void> | undefined;
  readonly #sessions = new Map<StreamSession, Closing | undefined>();
  readonly #admission: Admission<StreamSession>;

  private constructor({ endpoint, address }: LinkTarget, host: LinkHost, protocol: StreamProtocol) {
    this.endpoint = endpoint;
    this.#host = host;
    this.#protocol = protocol;
    const rules = rulesOf(host, address.path === undefined);
    this.#admission = new Admission(rules, (session, error) => this.#expire(session, error));
  }

  /** Listens. `name` makes the endpoint of the address that the system chose. */
  static async open(
    target: LinkTarget,
    host: LinkHost,
    protocol: StreamProtocol,
    name: NameOf,
  ): Promise<Listener> {
    const self = new Listener(target, host, protocol);
    const { transport, address, settings } = target;
    self.#opened(await transport.listen(address, settings, self.#accept, self.#failed), name);
    return self;
  }

  /** The same at once. */
  static openSync(target: LinkTarget, host: LinkHost, protocol: StreamProtocol, name: NameOf): Listener {
    const self = new Listener(target, host, protocol);
    const { transport, address, settings } = target;
    if (!transport.listenSync) {
      throw new ZmqError("ENOTSUP", "This transport cannot listen without waiting: use bind()");
    }
    self.#opened(transport.listenSync(address, settings, self.#accept, self.#failed), name);
    return self;
  }

  /** The pipes of all connections that are past their handshake. */
  get pipes(): Iterable<StreamPipe> {
    return [...this.#sessions.keys()].flatMap(({ pipe }) => pipe ?? []);
  }

  /** How many connections are in their handshake, or on the way to it. */
  get handshakes(): number {
    let count = this.#listener?.handshakes ?? 0;
    for (const { peer } of this.#sessions.keys()) if (peer === undefined) count++;
    return count;
  }

  /** Accepts no more. Resolves when the address is free again. */
  stopListening(): Promise<void> {
    return this.#stopped ??= this.#listener?.close() ?? Promise.resolve();
  }

  /** Ends the connections as well; what waits is sent within `linger` milliseconds. */
  async close(linger: number): Promise<void> {
    const stopped = this.stopListening();
    const ends: Promise<void>[] = [];
    for (const session of [...this.#sessions.keys()]) ends.push(this.#closeSession(session, linger));
    await Promise.all(ends);
    await stopped;
  }

  sessionReady(session: StreamSession, peer: Peer): StreamPipe | Error {
    this.#admission.done(session);
    const { pattern } = this.#host;
    const pipe = new StreamPipe(pattern, this.#host.pipeOptions, this.#protocol.framing);
    pipe.onTerminate = (error) => {
      if (error !== undefined) session.refuse(error);
      else void this.#closeSession(session, this.#host.pipeOptions.linger());
    };
    if (!pattern.attach(pipe)) {
      pipe.closed = true;
      return new Error("The socket has its only peer already");
    }
    pipe.session = session;
    this.#host.enter(pipe, this);
    if (!pattern.ready(pipe, peer)) {
      this.#detach(pipe);
      return new Error("Another peer has the routing id");
    }
    this.#host.emit({ type: "handshake", address: this.endpoint, session, peer });
    return pipe;
  }

  sessionAsks(session: AskingSession, inquiry: Inquiry): () => void {
    return this.#host.authenticate(inquiry, session.remote, (answer) => session.authenticated(answer));
  }

  sessionFailed(session: StreamSession, error: ProtocolError): void {
    emitFailure(this.#host, this.endpoint, session, error, session.pipe);
  }

  sessionClosed(session: StreamSession, error: Error | undefined): void {
    if (!this.#sessions.has(session)) return;
    const closing = this.#sessions.get(session);
    this.#sessions.delete(session);
    this.#admission.leave(session);
    this.#host.departed.forget(session);
    const { pipe } = session;
    if (pipe !== undefined) {
      if (closing === undefined) this.#host.pattern.lost(pipe);
      this.#detach(pipe);
    }
    this.#host.ledger.spent(session);
    this.#host.emit({ type: "disconnect", address: this.endpoint, session, ...(error && { error }) });
    closing?.closed();
  }

  #opened(listener: StreamListener, name: NameOf): void {
    this.#listener = listener;
    this.endpoint = name(listener.address);
  }

  readonly #accept = (stream: ByteStream): ByteStreamSink => {
    const host = this.#host;
    const session = new NativeSession(this, this.#protocol);
    const refusal = this.#admission.enter(session, stream.remote);
    if (refusal !== undefined) {
      emitUnaccepted(host, this.endpoint, { id: session.id, remote: stream.remote }, refusal);
      // That says all: what the session hears of the stream's end is nobody's handshake.
      session.destroy();
      stream.destroy();
      return session;
    }
    this.#sessions.set(session, undefined);
    if (host.departed.tooMany) {
      session.hold(stream);
      host.departed.wait(session, () => session.start(stream));
    } else session.start(stream);
    host.emit({ type: "accept", address: this.endpoint, session });
    return session;
  };

  readonly #failed = (error: Error): void => {
    this.#host.emit({ type: "accept:error", address: this.endpoint, error });
  };

  /** It is ended at once: in order takes a peer that closes its side, and this one does nothing. */
  #expire(session: StreamSession, error: ProtocolError): void {
    if (session.error === undefined && this.#sessions.get(session) === undefined) session.failed(error);
    session.destroy();
  }

  /** The peer is gone, and with it what waited for it (RFC 28: the queue of an accepted peer dies with it). */
  #detach(pipe: StreamPipe): void {
    pipe.closed = true;
    // Told with the connection that it was lost with.
    this.#host.lost(pipe.dropQueue(), pipe);
    pipe.session = undefined;
    this.#host.pattern.detach(pipe);
    this.#host.departed.add(pipe);
    this.#host.leave(pipe);
  }

  #closeSession(session: StreamSession, linger: number): Promise<void> {
    const running = this.#sessions.get(session);
    if (running !== undefined) return running.done;
    const closing = new Closing();
    this.#sessions.set(session, closing);
    const { pipe } = session;
    if (pipe !== undefined) {
      this.#host.pattern.detach(pipe);
      pipe.retire();
      if (linger === 0) this.#host.lost(pipe.dropQueue(), pipe);
    }
    // In its handshake there is nothing to wait for; with linger 0 nothing may be waited for.
    if (pipe === undefined || (linger === 0 && pipe.busy)) session.destroy();
    else {
      session.finish();
      closing.limit(linger, () => session.destroy());
    }
    return closing.done;
  }
}

/** Peers of a Unix socket have no addresses. */
function rulesOf(host: LinkHost, addressed: boolean): AdmissionRules {
  return {
    allows: (remote) => !addressed || host.allows(remote),
    get maxHandshakes() {
      return host.options.maxHandshakes;
    },
    get maxConnectionsPerAddress() {
      return addressed ? host.options.maxConnectionsPerAddress : 0;
    },
  };
}
