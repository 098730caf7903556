/**
 * A session: the only place where an engine and a stream meet, for one connection. It hands input to the engine,
 * writes what engine and pipe have while the stream takes it, stops reading while the pipe is full, keeps the
 * engine's deadline, and ends the connection in order.
 *
 * Back-pressure: a full pipe stalls the engine; input that comes all the same is kept and the stream is paused,
 * so the peer's window closes. A full stream leaves messages in the pipe, where the high-water mark counts them.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../io/engine.ts";
import type { ByteStream, ByteStreamSink } from "../io/stream.ts";
import { afterTurn, now, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import { tag } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Metadata } from "../message/metadata.ts";
import type { Framing } from "../zmtp/framing.ts";
import { beginTurn } from "../io/flusher.ts";
import { nextBatch } from "./batch.ts";
import { Deadline } from "./deadline.ts";
import type { StreamPipe } from "./stream_pipe.ts";

/** What is spoken on a stream. */
export interface StreamProtocol {
  /** How messages wait, and are written. */
  readonly framing: Framing;
  /** Settled when what engines need is loaded; absent if nothing is missing. */
  readonly loading?: Promise<void> | undefined;
  /** Makes the engine of one connection, when its stream is open. */
  makeEngine(host: EngineHost, now: number, stream: ByteStream): StreamEngine;
}

/** A session that waits for the authentication handler. */
export interface AskingSession {
  /** The peer's address. */
  readonly remote: string;
  /** The handler's answer. */
  authenticated(answer: ZapReply | ProtocolError): void;
}

/** Who made the session: a listener or a connector. */
export interface SessionOwner {
  /** The handshake is done. Answers the pipe, or why the peer is refused all the same. */
  sessionReady(session: StreamSession, peer: Peer): StreamPipe | Error;
  /** The connection is over. `error` is why, `byPeer` whether the protocol was broken. */
  sessionClosed(session: StreamSession, error: Error | undefined): void;
  /** The peer broke the protocol; the connection is about to be closed. */
  sessionFailed(session: StreamSession, error: ProtocolError): void;
  /** The authentication handler is to be asked; the session is told its answer. Answers what forgets the question. */
  sessionAsks(session: AskingSession, inquiry: Inquiry): () => void;
}

/**
 * How long a connection that was ended in order may take for it: the peer may have stopped reading, or never
 * close its side.
 */
export const END_TIMEOUT = 1000;
/**
 * Octets that still may come of a peer that was refused. Its last words and what the system holds of them are less; one
 * that writes on for the sake of it is reset. In order the connection is ended without this bound: the peer's writes
 * must not block its reads.
 */
export const END_PATIENCE = 16 * 1024 * 1024;

let lastId = 0;

/** A number for a connection that no other of the process has. */
export function nextConnectionId(): number {
  return ++lastId;
}

/** One connection. */
export class StreamSession implements ByteStreamSink, EngineHost {
  /** Unique in the process: the connection id of events. */
  readonly id: number = nextConnectionId();
  protected readonly owner: SessionOwner;
  protected readonly protocol: StreamProtocol;
  /** Made when the stream is open: the time for the handshake counts from there. */
  protected engine: StreamEngine | undefined;
  protected stream: ByteStream | undefined;
  #pipe: StreamPipe | undefined;
  #peer: Peer | undefined;
  /** Whether the stream takes a write now. */
  #writable = false;
  #flushing = false;
  protected paused = false;
  #catchingUp = false;
  octetsIn = 0;
  octetsOut = 0;
  handshakeTime = 0;
  activeAt = 0;
  #startedAt = 0;
  protected state: "open" | "finishing" | "ending" | "closed" = "open";
  #error: Error | undefined;
  /** What the messages of a peer say of it that an authentication handler let in. */
  #tags: Metadata | undefined;
  readonly #deadline = new Deadline(() => this.#tick());
  #endTimer: Timer;

  constructor(owner: SessionOwner, protocol: StreamProtocol) {
    this.owner = owner;
    this.protocol = protocol;
  }

  /** The peer, once the handshake is done. */
  get peer(): Peer | undefined {
    return this.#peer;
  }

  /** The peer's address, for events. */
  get remote(): string {
    return this.stream?.remote ?? "";
  }

  /** The messages' pipe, once the handshake is done. */
  get pipe(): StreamPipe | undefined {
    return this.#pipe;
  }

  /** Whether a flush would write something. */
  get idle(): boolean {
    return this.#writable && !this.#flushing && this.state !== "ending";
  }

  /** Whether the stream still has octets of ours. */
  get writing(): boolean {
    return !this.#writable && this.state !== "closed";
  }

  /** Why the connection was ended from our side. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** The stream is open. */
  start(stream: ByteStream): void {
    this.stream = stream;
    this.begin(stream);
  }

  protected begin(stream: ByteStream): void {
    this.#writable = true;
    this.#startedAt = this.activeAt = now();
    this.engine = this.protocol.makeEngine(this, this.#startedAt, stream);
    this.engine.start();
    this.flush();
    this.#arm();
  }

  // What the stream tells.

  onData(chunk: Uint8Array): void {
    beginTurn();
    const { engine } = this;
    if (this.state === "ending" || this.state === "closed") return;
    if (engine === undefined) return this.keep(chunk);
    if (engine.stalled && this.state === "open") {
      this.#pipe?.takeAll();
      if (engine.stalled) this.pause();
    }
    if (this.#pipe?.halted) this.pause();
    this.octetsIn += chunk.length;
    engine.receive(chunk, this.activeAt = now());
    if (engine.stalled && !this.#catchingUp) this.#catchUpLater();
    this.drive();
  }

  onDrain(): void {
    beginTurn();
    this.#writable = true;
    this.#recycle();
    this.flush();
    this.#pipe?.updateHold();
  }

  onClose(error?: Error): void {
    beginTurn();
    // What has arrived is not lost with the connection that it came by.
    this.#pipe?.takeRest();
    if (this.state === "open" && this.#peer === undefined) this.#cutOff(error);
    this.state = "closed";
    this.#writable = false;
    this.engine?.end?.();
    this.#deadline.stop();
    stopTimer(this.#endTimer);
    this.owner.sessionClosed(this, this.#error ?? error);
  }

  // What the engine tells.

  ready(peer: Peer): void {
    this.#peer = peer;
    this.handshakeTime = now() - this.#startedAt;
    if (peer.authenticated) this.#tags = peer.metadata;
    const pipe = this.owner.sessionReady(this, peer);
    if (pipe instanceof Error) this.abort(pipe);
    else {
      pipe.peer = peer;
      this.#pipe = pipe;
      // The socket has let go of it already: nobody would receive. `finish` follows.
      if (pipe.retired) this.state = "finishing";
    }
  }

  push(message: Message): boolean {
    // After close nobody receives: what still comes is let go.
    if (this.state !== "open") return true;
    const pipe = this.#pipe;
    if (this.#tags !== undefined) tag(message, this.#tags);
    return pipe === undefined || pipe.deliver(message);
  }

  /** Only a pipe that outlives connections can be more than full when one begins. */
  get full(): boolean {
    return this.#pipe?.over ?? false;
  }

  /** Nobody can be asked here; `NativeSession` can. */
  authenticate(_inquiry: Inquiry): void {}

  failed(error: ProtocolError): void {
    this.owner.sessionFailed(this, error);
    this.abort(error);
    // A peer that is dead by its silence closes nothing either: it is not waited for.
    if (error.code === "ERR_ZMTP_HEARTBEAT_TIMEOUT") this.destroy();
  }

  ended(error: ProtocolError | undefined): void {
    this.abort(error);
  }

  // What the owner and the pipe want.

  /** Reads no more from the stream; what has arrived is still decoded. */
  pause(): void {
    if (this.paused || this.state !== "open") return;
    this.paused = true;
    this.stream?.pause();
  }

  /** The pipe has room again. */
  resume(): void {
    const engine = this.engine;
    if (this.state !== "open" || engine === undefined || this.full) return;
    engine.resume();
    if (engine.stalled && !this.#catchingUp) this.#catchUpLater();
    if (this.paused && !engine.stalled && !this.#pipe?.halted) {
      this.paused = false;
      this.stream!.resume();
    }
    if (engine.talks) this.drive();
  }

  /** Writes all that the stream takes. */
  flush(): void {
    if (this.#flushing || this.stream === undefined) return;
    this.#flushing = true;
    const stream = this.stream;
    while (this.#writable && this.state !== "ending") {
      const chunks = nextBatch(this.engine!, this.#pipe);
      // Subscriptions to a ZMTP 1.0 peer are sealed to nothing.
      if (chunks === undefined || chunks.length === 0) break;
      for (let i = 0; i < chunks.length; i++) this.octetsOut += chunks[i]!.length;
      // Cleared before the call: a stream that is drained at once may say so from inside.
      this.#writable = stream.write(chunks);
      this.activeAt = now();
      if (this.#writable) this.#recycle();
    }
    this.#flushing = false;
    if (this.state === "finishing" && this.#writable) {
      const last = this.engine!.farewell?.();
      if (last !== undefined) this.#writable = this.#say(last);
      this.#end();
    }
    this.#pipe?.sent();
  }

  /** Ends the connection when all that waits was written. */
  finish(): void {
    if (this.state === "ending" || this.state === "closed") return;
    this.state = "finishing";
    // Input is let go from here on, so that the peer's writes do not block its reads; a stalled engine would keep it.
    this.engine?.resume();
    if (this.paused) this.stream?.resume();
    this.flush();
  }

  /** Ends the connection after what the engine has to say, without the messages. */
  abort(error?: Error): void {
    if (this.state === "ending" || this.state === "closed") return;
    this.#error ??= error;
    const last = this.engine?.transmit();
    if (this.#writable && last !== undefined) this.#say(last);
    this.#end();
  }

  /** The same, of the pattern: the peer may have broken the protocol after all, which counts once. */
  refuse(error: Error): void {
    if (this.#error === undefined && error instanceof ProtocolError) this.failed(error);
    else this.abort(error);
  }

  /** Ends the connection now; what waits is lost. */
  destroy(): void {
    if (this.state === "closed") return;
    this.state = "ending";
    this.stream?.destroy();
  }

  /**
   * What a reader who reads has not taken when the turn is over is decoded up to the high-water mark: commands
   * may stand behind the messages, and the mark is a promise.
   */
  #catchUpLater(): void {
    this.#catchingUp = true;
    afterTurn(() => {
      if (this.state === "open" && this.engine!.stalled) this.#pipe?.takeAll();
      this.#catchingUp = false;
    });
  }

  /** What comes before the engine can be made. */
  protected keep(_chunk: Uint8Array): void {}

  protected drive(): void {
    this.flush();
    this.#arm();
  }

  /** The peer left in the handshake: an event of its own in libzmq, for a refusal without a word looks so. */
  #cutOff(cause: Error | undefined): void {
    const why = cause === undefined ? "" : ` (${cause.message})`;
    const said = `The connection was lost before the handshake was done${why}`;
    this.owner.sessionFailed(this, new ProtocolError("ERR_ZMTP_HALF_OPEN", said));
  }

  /** What was written has left. */
  #recycle(): void {
    this.#pipe?.queue.recycle();
    this.engine?.recycle?.();
  }

  #say(last: Uint8Array): boolean {
    this.octetsOut += last.length;
    return this.stream!.write([last]);
  }

  #end(): void {
    this.state = "ending";
    if (this.#error === undefined) this.stream?.end();
    else this.stream?.end(END_PATIENCE);
    this.#deadline.stop();
    this.#limitEnd();
  }

  /** What an adapter has taken and not yet written may need longer, within the linger time, if all is in order. */
  #limitEnd(): void {
    this.#endTimer = startTimer(END_TIMEOUT, () => {
      if (this.stream?.unsent && this.#error === undefined) this.#limitEnd();
      else this.stream?.destroy();
    });
  }

  #arm(): void {
    if (this.state === "open") this.#deadline.set(this.engine!.deadline());
  }

  #tick(): void {
    beginTurn();
    if (this.state !== "open") return;
    this.engine!.tick(now());
    this.drive();
  }
}
