/**
 * The pipe to a peer behind a stream: what is sent waits in the form of the wire, for the connection that is
 * open or for the next one. It outlives connections that `connect` makes again.
 *
 * @module
 */

import { concatBytes, EMPTY } from "../base/bytes.ts";
import { lowWaterMark, Pipe } from "../pipe/pipe.ts";
import type { PipeSink } from "../pipe/pipe.ts";
import type { Framing, OutgoingQueue } from "../zmtp/framing.ts";
import { currentTurn, schedule } from "../io/flusher.ts";
import type { Flushable } from "../io/flusher.ts";
import { LingerHold } from "../io/linger_hold.ts";
import type { StreamSession } from "./stream_session.ts";

/** What a pipe needs to know. */
export interface StreamPipeOptions {
  readonly sendHighWaterMark: number;
  readonly receiveHighWaterMark: number;
  /** Only the newest message waits, either way (`ZMQ_CONFLATE`). */
  readonly conflate: boolean;
  /** STREAM: data goes out as it is, without framing. */
  readonly raw: boolean;
  /** Octets worth a write on this runtime. */
  readonly batchSize: number;
  /** Milliseconds that unsent messages keep the process alive: the socket's `linger`, as it is now. */
  linger(): number;
}

/** The pipe of one stream peer. */
export class StreamPipe extends Pipe implements Flushable {
  readonly queue: OutgoingQueue;
  scheduled = false;
  flushedIn = 0;
  /** What ends the relation, set by who made it. */
  onTerminate: (error?: Error) => void = () => {};
  /** Told when the last message of a peer that is gone was read. */
  onDrained: (() => void) | undefined;
  readonly #options: StreamPipeOptions;
  readonly #framing: Framing;
  /** As they were when the pipe was made; read for each message, where a getter costs 3 % on V8. */
  readonly #conflate: boolean;
  readonly #raw: boolean;
  /** Subscriptions on their way to the peer of this connection; they are no messages, and go with it. */
  #subscriptions: Uint8Array[] | undefined;
  #sendMark: number;
  #lowSendMark: number;
  /** Whether a write was refused: the pattern waits to be told of room. */
  #refused = false;
  #session: StreamSession | undefined;
  readonly #hold: LingerHold;

  constructor(sink: PipeSink, options: StreamPipeOptions, framing: Framing) {
    super(sink, options.receiveHighWaterMark, options.conflate);
    this.#options = options;
    this.#framing = framing;
    this.#hold = new LingerHold(options.linger);
    this.#conflate = options.conflate;
    this.#raw = options.raw;
    this.queue = framing.makeQueue(options.batchSize);
    this.#sendMark = this.highWaterMark(options.sendHighWaterMark);
    this.#lowSendMark = lowWaterMark(this.#sendMark);
  }

  override get connection(): StreamSession | undefined {
    return this.#session;
  }

  /** The connection that is open and past its handshake. */
  get session(): StreamSession | undefined {
    return this.#session;
  }

  set session(session: StreamSession | undefined) {
    const before = this.#session;
    if (before !== undefined) {
      this.octetsIn += before.octetsIn;
      this.octetsOut += before.octetsOut;
      before.octetsIn = before.octetsOut = 0;
    }
    if (session !== undefined) this.connections++;
    this.#session = session;
    // The runtime's own value is known when its transports are loaded.
    this.queue.slabSize = this.#options.batchSize;
    this.#subscriptions = undefined;
    if (session === undefined) this.queue.forget();
    else if (!this.queue.empty) this.#schedule();
    this.updateHold();
  }

  override write(message: readonly Uint8Array[]): boolean {
    if (this.closed) return false;
    const { queue } = this;
    if (queue.messages >= this.#sendMark && !this.#makeRoom()) return false;
    if (this.#conflate) this.#supersede();
    if (this.#raw) queue.appendRaw(message[0]!);
    else queue.append(message);
    this.messagesOut++;
    this.partsOut += message.length;
    this.#written();
    return true;
  }

  override writeShared(message: readonly Uint8Array[]): boolean {
    if (this.closed) return false;
    const { queue } = this;
    if (queue.messages >= this.#sendMark && !this.#makeRoom()) return false;
    if (this.#conflate) this.#supersede();
    this.#framing.appendShared(message, queue);
    this.messagesOut++;
    this.partsOut += message.length;
    this.#written();
    return true;
  }

  override greet(messages: readonly Uint8Array[]): void {
    for (const message of messages) {
      this.#tell(this.#framing.message(EMPTY, message));
      this.messagesOut++;
      this.partsOut++;
    }
  }

  override get hasRoom(): boolean {
    return !this.closed && (this.queue.messages < this.#sendMark || this.#makeRoom());
  }

  override get connected(): boolean {
    return this.#session !== undefined;
  }

  override get outbound(): number {
    return this.queue.messages;
  }

  override halt(on: boolean): void {
    super.halt(on);
    if (on) this.#session?.pause();
    else this.#session?.resume();
  }

  override subscription(on: boolean, topic: Uint8Array): void {
    // Without a connection there is nobody to tell: all subscriptions are said when there is one.
    const session = this.#session;
    if (session === undefined) return;
    this.#tell(
      session.peer!.subscribeCommands
        ? this.#framing.command(on ? "SUBSCRIBE" : "CANCEL", topic)
        : this.#framing.message(Uint8Array.of(on ? 1 : 0), topic),
    );
  }

  /** RFC 48 knows no older form than the command. */
  override membership(on: boolean, group: Uint8Array): void {
    if (this.#session !== undefined) this.#tell(this.#framing.command(on ? "JOIN" : "LEAVE", group));
  }

  /** The next batch of messages. */
  takeMessages(): Uint8Array[] | undefined {
    // Between two batches the queue only grows, so that its peaks are here.
    const { queue } = this;
    if (queue.messages > this.peakOut) this.peakOut = queue.messages;
    return queue.take();
  }

  /** The subscriptions that wait, in one piece if they may be joined. */
  takeSubscriptions(): Uint8Array[] | undefined {
    const waiting = this.#subscriptions;
    if (waiting === undefined) return undefined;
    this.#subscriptions = undefined;
    return this.#framing.separate ? waiting : [concatBytes(...waiting)];
  }

  override terminate(error?: Error): void {
    this.onTerminate(error);
  }

  override setHighWaterMarks(send: number, receive: number): void {
    super.setHighWaterMarks(send, receive);
    this.#sendMark = this.highWaterMark(send);
    this.#lowSendMark = lowWaterMark(this.#sendMark);
    this.sent();
  }

  /** Sends what the connection takes. */
  flush(): void {
    this.#session?.flush();
    this.updateHold();
  }

  /** Something has left: tells the pattern of room, if it waits for it and half of the queue is free. */
  sent(): void {
    if (!this.#refused || this.queue.messages > this.#lowSendMark) return;
    this.#refused = false;
    this.sink.writeActivated(this);
  }

  /** Drops what waits; answers how many messages that was. */
  dropQueue(): number {
    const { messages } = this.queue;
    if (messages > this.peakOut) this.peakOut = messages;
    this.queue.clear();
    this.updateHold();
    return messages;
  }

  /** Whether messages wait, or are on their way out of the process. */
  get busy(): boolean {
    return !this.queue.empty || (this.#session?.writing ?? false);
  }

  /**
   * Unsent messages keep the process alive, as libzmq's do when its context ends: for ever with `linger` -1, so
   * many milliseconds otherwise.
   */
  updateHold(): void {
    this.#hold.update(!this.closed && this.busy);
  }

  protected override inboundRelieved(): void {
    if (this.closed) this.onDrained?.();
    this.#session?.resume();
  }

  #tell(frame: Uint8Array): void {
    this.#subscriptions ??= [];
    this.#subscriptions.push(frame);
    this.#schedule();
  }

  /** The message that waits gives way to a newer one. */
  #supersede(): void {
    if (this.queue.messages > 0) this.sink.dropped(this, "conflated");
    this.queue.clear();
  }

  #written(): void {
    // A full slab goes out at once; the rest when the flusher says.
    if (this.queue.octets >= this.queue.slabSize && this.#session?.idle) {
      this.flushedIn = currentTurn();
      this.#session.flush();
    } else if (!this.scheduled) this.#schedule();
  }

  #schedule(): void {
    if (!this.scheduled) schedule(this);
  }

  /** At the high-water mark: what the stream takes now need not wait for the flusher. */
  #makeRoom(): boolean {
    if (this.#session?.idle) {
      this.flushedIn = currentTurn();
      this.#session.flush();
    }
    if (this.queue.messages < this.#sendMark) return true;
    this.#refused = true;
    return false;
  }
}
