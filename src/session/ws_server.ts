/**
 * Listening for WebSocket: one listening stream for each address of a context, shared by all who bind a path
 * there. At the door the request of each connection is read and answered; who bound the path gets the stream as
 * if it had listened alone.
 *
 *   reading the head → admitted: the stream of the path's listener
 *                    → refused: answered with a status, then closed; everybody on the address is told
 *
 * @module
 */

import { ProtocolError, ZmqError } from "../base/errors.ts";
import type { ByteStream, ByteStreamSink, StreamAddress, StreamListener } from "../io/stream.ts";
import type { StreamSettings, StreamTransport } from "../io/stream.ts";
import { startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import { formatRefusal, HeadReader, HttpError, pathOf } from "../ws/http.ts";
import type { RequestHead } from "../ws/http.ts";
import { answerUpgrade } from "../ws/upgrade.ts";
import { Admission } from "./admission.ts";
import { emitRefusal, emitUnaccepted } from "./link.ts";
import type { Connection } from "./link.ts";
import { END_PATIENCE, END_TIMEOUT, nextConnectionId } from "./stream_session.ts";
import { keyOf, rulesOf, sameCertificate } from "./ws_door.ts";
import type { Waiting, WsDoor } from "./ws_door.ts";

/** Milliseconds for a request where no socket has a limit: libzmq's ZMQ_HANDSHAKE_IVL. */
const PATIENCE = 30_000;

/** The listening streams of a context, by their addresses. */
export class WsServers {
  readonly #servers = new Map<string, WsServer>();
  /** Addresses where something opens or closes. */
  readonly #busy = new Map<string, Promise<unknown>>();

  /** What listens for one path by this transport, and shares the address with other paths. */
  at(door: WsDoor, transport: StreamTransport): StreamTransport {
    const { listenSync } = transport;
    return {
      dial: (address, settings, sink, signal) => transport.dial(address, settings, sink, signal),
      listen: async (address, settings, accept, failed) => {
        const key = keyOf(address, settings);
        // Who comes while another opens or closes finds what comes of that.
        while (this.#busy.has(key)) await this.#busy.get(key)!.catch(() => {});
        const waiting = { door, accept, failed };
        const shared = this.#shared(waiting, address, settings);
        if (shared !== undefined) return shared;
        const server = new WsServer(settings);
        const opening = transport.listen(address, settings, server.accept, server.failed);
        this.#mark(key, address, opening);
        return this.#opened(server, await opening, waiting, key);
      },
      ...(listenSync && {
        listenSync: (address, settings, accept, failed) => {
          const waiting = { door, accept, failed };
          const shared = this.#shared(waiting, address, settings);
          if (shared !== undefined) return shared;
          const server = new WsServer(settings);
          const listener = listenSync.call(transport, address, settings, server.accept, server.failed);
          return this.#opened(server, listener, waiting, keyOf(address, settings));
        },
      }),
    };
  }

  #shared(waiting: Waiting, address: StreamAddress, settings: StreamSettings): StreamListener | undefined {
    const server = address.port === 0 ? undefined : this.#servers.get(keyOf(address, settings));
    if (server === undefined) return undefined;
    if (server.has(waiting.door.path)) throw new ZmqError("EADDRINUSE");
    if (!sameCertificate(server.settings, settings)) {
      throw new ZmqError("EINVAL", "The port is shared with a socket that shows another certificate");
    }
    return this.#handle(server, waiting);
  }

  #opened(server: WsServer, listener: StreamListener, waiting: Waiting, asked: string): StreamListener {
    server.listener = listener;
    // By the name that was asked for, too: "localhost" is resolved by the system alone.
    if (!asked.endsWith(":0")) this.#servers.set(asked, server);
    this.#servers.set(keyOf(listener.address, server.settings), server);
    return this.#handle(server, waiting);
  }

  #handle(server: WsServer, waiting: Waiting): StreamListener {
    server.add(waiting);
    return {
      address: server.listener!.address,
      get handshakes() {
        return server.handshakes;
      },
      close: () => this.#leave(server, waiting),
    };
  }

  async #leave(server: WsServer, waiting: Waiting): Promise<void> {
    if (server.remove(waiting) > 0) return;
    const closing = server.close();
    for (const [key, each] of this.#servers) {
      if (each !== server) continue;
      this.#servers.delete(key);
      this.#mark(key, server.listener!.address, closing);
    }
    await closing;
  }

  #mark(key: string, { port }: StreamAddress, what: Promise<unknown>): void {
    if (port === 0) return;
    this.#busy.set(key, what);
    const over = () => {
      if (this.#busy.get(key) === what) this.#busy.delete(key);
    };
    what.then(over, over);
  }
}

/** One listening stream, and who waits behind it. */
class WsServer {
  listener: StreamListener | undefined;
  readonly settings: StreamSettings;
  readonly #waiting = new Map<string, Waiting>();
  /** Of those that have not said yet for whom they are, by the most that all paths together allow. */
  readonly #arriving: Admission<Arrival> = new Admission(
    rulesOf(this.#waiting),
    (arrival, error) => arrival.expire(error),
  );

  constructor(settings: StreamSettings) {
    this.settings = settings;
  }

  readonly accept = (stream: ByteStream): ByteStreamSink => {
    const arrival = new Arrival(this, stream, this.#patience());
    const refusal = this.#arriving.enter(arrival, stream.remote);
    if (refusal !== undefined) {
      const who = { id: nextConnectionId(), remote: stream.remote };
      for (const { door } of [...this.#waiting.values()]) {
        emitUnaccepted(door.host, door.name(this.listener!.address), who, refusal);
      }
      arrival.drop();
    }
    return arrival;
  };

  readonly failed = (error: Error): void => {
    for (const { failed } of [...this.#waiting.values()]) failed(error);
  };

  /** How many have not said yet for whom they are: each may be for any. */
  get handshakes(): number {
    return this.#arriving.halfOpen.size + (this.listener!.handshakes ?? 0);
  }

  has(path: string): boolean {
    return this.#waiting.has(path);
  }

  find(path: string): Waiting | undefined {
    return this.#waiting.get(path);
  }

  add(waiting: Waiting): void {
    this.#waiting.set(waiting.door.path, waiting);
  }

  /** Answers how many are left. */
  remove({ door }: Waiting): number {
    this.#waiting.delete(door.path);
    return this.#waiting.size;
  }

  close(): Promise<void> {
    for (const arrival of [...this.#arriving.halfOpen]) arrival.destroy();
    return this.listener!.close();
  }

  /** This connection is somebody's, or over. */
  settled(arrival: Arrival): void {
    this.#arriving.leave(arrival);
  }

  /** Nobody has taken this connection: it may have been meant for any of them. */
  refused(connection: Connection, error: ProtocolError | undefined): void {
    const { address } = this.listener!;
    for (const { door } of [...this.#waiting.values()]) {
      if (door.host.allows(connection.remote)) emitRefusal(door.host, door.name(address), connection, error);
    }
  }

  /** Until the path is known a request may be for any of them, so the most patient decides. */
  #patience(): number {
    let longest = 0;
    for (const { door } of this.#waiting.values()) {
      longest = Math.max(longest, door.handshakeInterval() || PATIENCE);
    }
    return longest || PATIENCE;
  }
}

/** A connection at the door: the sink of the stream while its request is read, then the stream of who gets it. */
class Arrival implements ByteStreamSink, ByteStream {
  protocol = "";
  readonly #server: WsServer;
  readonly #stream: ByteStream;
  readonly #head = new HeadReader();
  readonly #timer: Timer;
  #endTimer: Timer;
  #state: "reading" | "refused" | "admitted" | "closed" = "reading";
  #sink: ByteStreamSink | undefined;
  /** The answer, until it is written: with the first octets of the engine, if it has any to begin with. */
  #response: Uint8Array | undefined;
  /** Whether the stream was full with the answer alone, and what was to follow it then. */
  #full = false;
  #held: readonly Uint8Array[] | undefined;
  #ending = false;
  #patience: number | undefined;
  /** Why it was refused. */
  #error: ProtocolError | undefined;

  constructor(server: WsServer, stream: ByteStream, patience: number) {
    this.#server = server;
    this.#stream = stream;
    this.#timer = startTimer(patience, () => {
      this.#refuse(408, `No request within ${patience} ms`, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
    });
  }

  // The sink.

  onData(chunk: Uint8Array): void {
    if (this.#sink !== undefined) return this.#sink.onData(chunk);
    if (this.#state !== "reading") return;
    try {
      const length = this.#head.read(chunk);
      if (this.#head.complete) this.#answer(this.#head.request(), chunk.subarray(length));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#refuse(error.status, error.message);
    }
  }

  onDrain(): void {
    if (!this.#full) return this.#sink?.onDrain();
    this.#full = false;
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const written = this.#stream.write(held);
    if (this.#ending) this.#stream.end(this.#patience);
    else if (written) this.#sink?.onDrain();
  }

  onClose(error?: Error): void {
    const state = this.#state;
    this.#state = "closed";
    stopTimer(this.#timer);
    stopTimer(this.#endTimer);
    this.#server.settled(this);
    if (state === "admitted") this.#sink?.onClose(error);
    else if (state === "reading") this.#server.refused(this.#connection(), undefined);
  }

  target(): Uint8Array | undefined {
    return this.#sink?.target?.();
  }

  onFilled(length: number): void {
    this.#sink?.onFilled?.(length);
  }

  // The stream.

  get remote(): string {
    return this.#stream.remote;
  }

  get local(): string {
    return this.#stream.local;
  }

  get unsent(): boolean {
    return this.#held !== undefined || (this.#stream.unsent ?? false);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#response !== undefined) {
      const response = this.#response;
      this.#response = undefined;
      return this.#stream.write([response, ...chunks]);
    }
    if (!this.#full) return this.#stream.write(chunks);
    this.#held = chunks;
    return false;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(patience?: number): void {
    this.#patience = patience;
    if (this.#held === undefined) this.#stream.end(patience);
    else this.#ending = true;
  }

  destroy(): void {
    this.#response = undefined;
    this.#stream.destroy();
  }

  /** There is no place for it any more. */
  expire(error: ProtocolError): void {
    if (this.#state === "reading") this.#server.refused(this.#connection(), error);
    this.drop();
  }

  /** Ends it now, and nothing is told of that. */
  drop(): void {
    stopTimer(this.#timer);
    this.#state = "refused";
    this.#stream.destroy();
  }

  #answer(head: RequestHead, rest: Uint8Array): void {
    const path = pathOf(head.target);
    const waiting = path === undefined ? undefined : this.#server.find(path);
    if (waiting === undefined) return this.#refuse(404, "Nothing is bound to this path");
    const answer = answerUpgrade(head, waiting.door.protocols);
    if (!("protocol" in answer)) return this.#close(answer.response, answer.reason);
    stopTimer(this.#timer);
    this.#server.settled(this);
    this.protocol = answer.protocol;
    this.#response = answer.response;
    this.#state = "admitted";
    const sink = waiting.accept(this);
    this.#sink = sink;
    if (this.#response !== undefined) this.#full = !this.#stream.write([this.#takeResponse()]);
    if (rest.length > 0) sink.onData(rest);
  }

  #takeResponse(): Uint8Array {
    const response = this.#response!;
    this.#response = undefined;
    return response;
  }

  #refuse(status: number, reason: string, code?: ProtocolError["code"]): void {
    this.#close(formatRefusal(status, reason), reason, code);
  }

  #close(response: Uint8Array, reason: string, code: ProtocolError["code"] = "ERR_WS_HANDSHAKE"): void {
    stopTimer(this.#timer);
    this.#state = "refused";
    this.#error = new ProtocolError(code, reason);
    this.#server.refused(this.#connection(), this.#error);
    this.#stream.write([response]);
    this.#stream.end(END_PATIENCE);
    this.#endTimer = startTimer(END_TIMEOUT, () => this.#stream.destroy());
  }

  #connection(): Connection {
    return { id: nextConnectionId(), remote: this.remote, peer: undefined, pipe: undefined };
  }
}
