/**
 * The pipe to a medium: a multicast group or an address of plain UDP. There is no connection and no peer; what is
 * sent waits here as messages, up to `sendHighWaterMark`, until the engine makes datagrams of them.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import { retain } from "../message/frame.ts";
import { lowWaterMark, Pipe } from "../pipe/pipe.ts";
import type { PipeSink } from "../pipe/pipe.ts";
import { schedule } from "../io/flusher.ts";
import type { Flushable } from "../io/flusher.ts";
import { LingerHold } from "../io/linger_hold.ts";

/** What such a pipe needs to know. */
export interface DatagramPipeOptions {
  readonly sendHighWaterMark: number;
  readonly receiveHighWaterMark: number;
  /** Only the newest message waits, either way (`ZMQ_CONFLATE`). */
  readonly conflate: boolean;
  /** Milliseconds that unsent messages keep the process alive: the socket's `linger`, as it is now. */
  linger(): number;
}

/** Who takes the messages from it. */
export interface DatagramPipeOwner {
  /** Throws a `ZmqError` for what no datagram can carry. */
  check(message: readonly Uint8Array[]): void;
  /** Sends what can be sent now. */
  flush(): void;
  /** There is room for messages from the medium again. */
  resume(): void;
  /** Ends the relation. */
  terminate(): void;
  /** Whether the medium is open. */
  readonly isOpen: boolean;
  /** Whether a message that was taken from the pipe has not left completely. */
  readonly sending: boolean;
}

/** The pipe of one endpoint. */
export class DatagramPipe extends Pipe implements Flushable {
  scheduled = false;
  flushedIn = 0;
  readonly #owner: DatagramPipeOwner;
  readonly #options: DatagramPipeOptions;
  readonly #outgoing = new Ring<readonly Uint8Array[]>();
  readonly #conflate: boolean;
  #sendMark: number;
  /** Whether a write was refused: the pattern waits to be told of room. */
  #refused = false;
  readonly #hold: LingerHold;

  /** `broadcast`: all that is published goes to it. */
  constructor(sink: PipeSink, options: DatagramPipeOptions, owner: DatagramPipeOwner, broadcast: boolean) {
    super(sink, options.receiveHighWaterMark, options.conflate);
    this.#owner = owner;
    this.#options = options;
    this.#hold = new LingerHold(options.linger);
    this.#conflate = options.conflate;
    this.#sendMark = this.highWaterMark(options.sendHighWaterMark);
    this.broadcast = broadcast;
  }

  override check(message: readonly Uint8Array[]): void {
    this.#owner.check(message);
  }

  override write(message: readonly Uint8Array[]): boolean {
    if (this.closed) return false;
    this.#owner.check(message);
    if (!this.hasRoom) return false;
    if (this.#conflate && this.dropQueue() > 0) this.sink.dropped(this, "conflated");
    this.#outgoing.push(retain(message));
    this.messagesOut++;
    this.partsOut += message.length;
    if (this.#outgoing.length > this.peakOut) this.peakOut = this.#outgoing.length;
    if (!this.scheduled) schedule(this);
    return true;
  }

  override get hasRoom(): boolean {
    if (this.closed) return false;
    if (this.#outgoing.length < this.#sendMark) return true;
    // What may leave now need not wait for the flusher.
    this.#owner.flush();
    if (this.#outgoing.length < this.#sendMark) return true;
    this.#refused = true;
    return false;
  }

  override get connected(): boolean {
    return this.#owner.isOpen;
  }

  override get outbound(): number {
    return this.#outgoing.length;
  }

  /** Nobody is told: receivers filter. */
  override subscription(): void {}

  override terminate(): void {
    this.#owner.terminate();
  }

  override setHighWaterMarks(send: number, receive: number): void {
    super.setHighWaterMarks(send, receive);
    this.#sendMark = this.highWaterMark(send);
    this.sent();
  }

  /** The next message that waits. */
  take(): readonly Uint8Array[] | undefined {
    return this.#outgoing.shift();
  }

  flush(): void {
    this.#owner.flush();
    this.updateHold();
  }

  /** Something has left: tells the pattern of room, if it waits for it and half of the queue is free. */
  sent(): void {
    if (!this.#refused || this.#outgoing.length > lowWaterMark(this.#sendMark)) return;
    this.#refused = false;
    this.sink.writeActivated(this);
  }

  /** Drops what waits; answers how many messages that was. */
  dropQueue(): number {
    const { length } = this.#outgoing;
    this.#outgoing.clear();
    this.updateHold();
    return length;
  }

  /** Whether messages wait, or are on their way out of the process. */
  get busy(): boolean {
    return this.#outgoing.length > 0 || this.#owner.sending;
  }

  /** Unsent messages keep the process alive as those of every pipe: for ever with `linger` -1, or so long. */
  updateHold(): void {
    this.#hold.update(!this.closed && this.busy);
  }

  protected override inboundRelieved(): void {
    this.#owner.resume();
  }
}
