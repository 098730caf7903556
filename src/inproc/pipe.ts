/**
 * The two ends of a connection inside one process: what one writes is in the other's `inbound` at once. There
 * is no session, no engine and no wire; the queue may hold both high-water marks together, as in libzmq. Where
 * the other end is in another thread, a `FarEnd` stands in for it.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import { handOver, retain } from "../message/frame.ts";
import { membership } from "../message/membership.ts";
import { lowWaterMark, Pipe } from "../pipe/pipe.ts";
import type { PipeSink } from "../pipe/pipe.ts";

/** The way to an end in another thread. */
export interface FarEnd {
  /** Takes the message, or answers `false`: both marks are reached, and `relieved` follows. `accepted`: in any case. */
  write(message: readonly Uint8Array[], accepted?: boolean): boolean;
  readonly hasRoom: boolean;
  readonly outbound: number;
  subscription(on: boolean, topic: Uint8Array): void;
  membership(on: boolean, group: Uint8Array): void;
  /** The reader has taken a message. */
  taken(): void;
  /** The reader wants more, or `halted` has changed. */
  resume(): void;
  /** The marks have changed. */
  marks(send: number, receive: number): void;
  /** Ends it: what waits is sent within `linger` milliseconds. */
  finish(linger: number): Promise<void> | void;
}

/** One end. */
export class InprocPipe extends Pipe {
  #other: InprocPipe | undefined;
  /** The same in another thread. */
  #far: FarEnd | undefined;
  /** What was written before both patterns knew each other. */
  readonly #early = new Ring<Uint8Array[]>();
  #open = false;
  #send: number;
  #receive: number;
  readonly #conflate: boolean;
  /** Most messages on their way to the other end. */
  #capacity = Infinity;
  /** Whether a write was refused: the pattern waits to be told of room. */
  #refused = false;
  /** Told when the end has come; `byPeer`: by the other end. */
  onClosed: (byPeer: boolean) => void = () => {};

  /** High-water marks as options, 0 for none; conflation is each receiver's own. */
  constructor(sink: PipeSink, sendHighWaterMark: number, receiveHighWaterMark: number, conflate: boolean) {
    // What bounds the queue is the writer's count of it, not the reader's.
    super(sink, 0, conflate);
    this.#send = sendHighWaterMark;
    this.#receive = receiveHighWaterMark;
    this.#conflate = conflate;
  }

  /** Joins two ends. */
  static join(a: InprocPipe, b: InprocPipe): void {
    a.#other = b;
    b.#other = a;
    a.#measure();
    b.#measure();
  }

  /** Joins it to an end in another thread. */
  joinFar(far: FarEnd): void {
    this.#far = far;
  }

  /** Both patterns know each other: what was written before goes on its way. Both ends are to be told. */
  opened(): void {
    this.#open = true;
    const early = this.#early;
    this.peakOut = early.length;
    for (;;) {
      const message = early.shift();
      if (message === undefined) break;
      if (this.#far !== undefined) this.#far.write(message, true);
      else {
        for (const { length } of message) this.#other!.octetsIn += length;
        this.#other!.deliver(message.map(handOver));
      }
    }
    this.relieved();
  }

  override write(message: readonly Uint8Array[]): boolean {
    const other = this.#other;
    if (this.closed) return false;
    if (other === undefined || !this.#open) return this.#writeEarly(message);
    if (other.inbound.length >= this.#capacity && !other.#conflate) {
      this.#refused = true;
      return false;
    }
    const frames = new Array(message.length);
    let octets = 0;
    for (let i = 0; i < message.length; i++) {
      const frame = frames[i] = handOver(message[i]!);
      octets += frame.length;
    }
    this.messagesOut++;
    this.partsOut += message.length;
    this.octetsOut += octets;
    other.octetsIn += octets;
    other.deliver(frames);
    return true;
  }

  /** Both patterns are about to know each other: the messages go before what was written until now. */
  override greet(messages: readonly Uint8Array[]): void {
    const early = this.#early;
    const waiting = early.length;
    for (const each of messages) {
      const message = [each.slice()];
      early.push(message);
      this.#count(message);
    }
    for (let i = 0; i < waiting; i++) early.push(early.shift()!);
  }

  override get hasRoom(): boolean {
    if (this.closed) return false;
    if (this.#far !== undefined && this.#open) return this.#far.hasRoom || !(this.#refused = true);
    const waiting = this.#open ? this.#other!.inbound.length : this.#early.length;
    if (waiting < (this.#open ? this.#capacity : this.#send || Infinity)) return true;
    this.#refused = true;
    return false;
  }

  override get connected(): boolean {
    return this.#open && !this.closed;
  }

  override get outbound(): number {
    if (this.#far !== undefined && this.#open) return this.#far.outbound;
    return this.#open ? this.#other!.inbound.length : this.#early.length;
  }

  /** The writer is the one that must stop. */
  override halt(on: boolean): void {
    super.halt(on);
    this.#far?.resume();
    const other = this.#other;
    if (other === undefined) return;
    other.#measure();
    other.relieved();
  }

  /** What waits for the peer is what it has to read. */
  override get outboundPeak(): number {
    return Math.max(super.outboundPeak, this.#other?.peakIn ?? 0);
  }

  override subscription(on: boolean, topic: Uint8Array): void {
    if (this.#far !== undefined) return this.#far.subscription(on, topic);
    const message = new Uint8Array(1 + topic.length);
    message[0] = on ? 1 : 0;
    message.set(topic, 1);
    this.#other?.deliver([handOver(message)]);
  }

  override membership(on: boolean, group: Uint8Array): void {
    if (this.#far !== undefined) return this.#far.membership(on, group);
    this.#other?.deliver(membership(on, handOver(group)));
  }

  override terminate(): void {
    this.end();
  }

  /**
   * Ends the connection for both; what is in `inbound` can still be read. What waits for another thread is sent
   * within `linger` milliseconds.
   */
  end(linger = 0, byPeer = false): Promise<void> | void {
    if (this.closed) return;
    this.closed = true;
    const other = this.#other;
    if (other !== undefined && !other.closed) {
      other.closed = true;
      other.onClosed(true);
    }
    this.onClosed(byPeer);
    return this.#far?.finish(linger);
  }

  /** Drops what was written before anybody was there; answers how many messages that was. */
  dropEarly(): number {
    const { length } = this.#early;
    if (length > 0) this.peakOut = length;
    this.#early.clear();
    return length;
  }

  override read(): ReturnType<Pipe["read"]> {
    const message = super.read();
    const other = this.#other;
    if (other === undefined) { if (message !== undefined) this.#far?.taken(); }
    else if (other.#refused) other.#room(this.inbound.length);
    return message;
  }

  override setHighWaterMarks(send: number, receive: number): void {
    this.#send = send;
    this.#receive = receive;
    for (const end of this.#other === undefined ? [this] : [this, this.#other]) {
      end.#measure();
      end.relieved();
    }
    this.#far?.marks(send, receive);
  }

  /** Tells our pattern of room that is new for another reason than a message that was read. */
  relieved(): void {
    if (!this.#refused || !this.hasRoom) return;
    this.#refused = false;
    this.sink.writeActivated(this);
  }

  protected override inboundRelieved(): void {
    this.#far?.resume();
  }

  /** Nobody is there yet: our own high-water mark counts alone. Or somebody is, but in another thread. */
  #writeEarly(message: readonly Uint8Array[]): boolean {
    if (this.#far !== undefined && this.#open) return this.#writeFar(message);
    if (this.#conflate && this.#early.length > 0) {
      this.sink.dropped(this, "conflated");
      this.#early.clear();
    }
    if (!this.hasRoom) return false;
    this.#early.push(retain(message));
    this.#count(message);
    return true;
  }

  /**
   * ZMQ_SNDHWM of this end and ZMQ_RCVHWM of the other together; if either is without limit, so is the sum.
   */
  #measure(): void {
    const receive = this.#other === undefined ? 0 : this.#other.#receive;
    if (this.#other?.halted) this.#capacity = 0;
    else this.#capacity = this.#send === 0 || receive === 0 ? Infinity : this.#send + receive;
  }

  #writeFar(message: readonly Uint8Array[]): boolean {
    if (!this.#far!.write(message)) {
      this.#refused = true;
      return false;
    }
    this.#count(message);
    return true;
  }

  #count(message: readonly Uint8Array[]): void {
    this.messagesOut++;
    this.partsOut += message.length;
    for (const { length } of message) this.octetsOut += length;
  }

  #room(waiting: number): void {
    if (waiting > lowWaterMark(this.#capacity)) return;
    this.#refused = false;
    this.sink.writeActivated(this);
  }
}
