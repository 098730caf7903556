/**
 * The waist: a pattern knows pipes and nothing below, a session knows pipes and nothing above. A pipe is the
 * relation to one peer. What came in waits in `inbound`, at most about `receiveHighWaterMark` messages of it;
 * how messages go out is the subclass's affair (to the wire, or to the other end in this process).
 *
 * Everything is synchronous, and nothing here calls a program's own code.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import type { Message } from "../message/frame.ts";
import type { DropCounts, DropReason } from "./drops.ts";

/** The pattern's side: told when a pipe that had nothing to read, or no room to write, has it again. */
export interface PipeSink {
  /** There is something to read. May be told of a pipe that it already reads from. */
  readActivated(pipe: Pipe): void;
  /** There is room to write. */
  writeActivated(pipe: Pipe): void;
  /** A message gave way to a newer one. */
  dropped(pipe: Pipe, reason: DropReason): void;
}

/** What was bound or connected, of which the pipe is one peer. */
export interface PipeOrigin {
  /** The endpoint. */
  readonly endpoint: string;
  readonly direction: "bind" | "connect";
}

/** The connection under a pipe, for events and statistics. */
export interface PipeConnection {
  /** Unique in the process. */
  readonly id: number;
  /** The peer's address. */
  readonly remote: string;
  /** Octets that came and went by it. */
  readonly octetsIn: number;
  readonly octetsOut: number;
  /** Milliseconds that the handshake took. */
  readonly handshakeTime: number;
  /** When octets came or went last, as `now` counts. */
  readonly activeAt: number;
}

/** What the handshake told of a peer. */
export interface PipePeer {
  readonly socketType: string;
  readonly routingId: Uint8Array;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly authenticated?: boolean;
}

/** For a pipe that still sends, when the pattern has no more to do with it. */
const NOBODY: PipeSink = { readActivated() {}, writeActivated() {}, dropped() {} };

let lastId = 0;

/** One relation to one peer. */
export abstract class Pipe {
  /** Unique in the process: the connection id of events. */
  readonly id: number = ++lastId;
  /** Messages from the peer. */
  readonly inbound: Ring<Message> = new Ring();
  /** The pattern that reads and writes. */
  sink: PipeSink;
  /** The key of the peer in a routing table; `undefined` until it is known. */
  routingKey: string | undefined;
  /** The routing id itself. */
  routingId: Uint8Array | undefined;
  /** The routing id that `connect` gave this peer. */
  connectRoutingId: Uint8Array | undefined;
  /** Whether the peer is gone for good: what is in `inbound` is all there will ever be. */
  closed = false;
  /** Whether nothing new is taken from the peer: what has arrived can still be read. */
  halted = false;
  /**
   * Whether it leads to a medium (epgm, udp) and not to a peer that could subscribe: all that is published goes to
   * it, and nothing comes from it.
   */
  broadcast = false;
  /** Whether the fair queue and the load balancer have it in their active lists. */
  readable = false;
  writable = false;
  // What it has carried: counted here and summed up where it is asked for (`socket/statistics`).
  messagesIn = 0;
  messagesOut = 0;
  partsIn = 0;
  partsOut = 0;
  octetsIn = 0;
  octetsOut = 0;
  /** The most that waited, either way, as far as it was seen on the way of messages. */
  peakIn = 0;
  peakOut = 0;
  /** Made with the first drop. */
  drops: DropCounts | undefined;
  /** How often a connection was made for it. */
  connections = 0;
  /** How often the peer broke the protocol, and was tried again. */
  protocolErrors = 0;
  origin: PipeOrigin | undefined;
  peer: PipePeer | undefined;
  #receiveMark: number;
  /** How many messages are taken from the other side at a time: `AHEAD`, or up to the high-water mark. */
  #limit: number;
  #conflate: boolean;
  /** Whether the other side stopped because `inbound` has as many as it may. */
  #full = false;
  /** It goes on when no more than this many are left. */
  #resumeAt = 0;
  /** Whether the reader is here already and need not be told of what is delivered. */
  #reading = false;

  constructor(sink: PipeSink, receiveHighWaterMark: number, conflate: boolean) {
    this.sink = sink;
    this.#conflate = conflate;
    this.#receiveMark = this.highWaterMark(receiveHighWaterMark);
    this.#limit = Math.min(this.#receiveMark, AHEAD);
  }

  /** Throws a `ZmqError` if no such message can ever go this way: a pattern that sends to many asks all first. */
  check(_message: readonly Uint8Array[]): void {}

  /** Takes the message to send it on, or answers `false`: no room, and nothing was taken. */
  abstract write(message: readonly Uint8Array[]): boolean;

  /** The same for a message that goes to other pipes too, unchanged: cheaper where it can be shared. */
  writeShared(message: readonly Uint8Array[]): boolean {
    return this.write(message);
  }

  /** Sends messages of one part each before all that waits; never refused, counts against no mark. */
  greet(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.write([message]);
  }

  /** Whether `write` would take a message. */
  abstract get hasRoom(): boolean;

  /** Whether the peer is there now. */
  abstract get connected(): boolean;

  /** How many messages wait for the peer. */
  abstract get outbound(): number;

  /** The most that ever waited for the peer; who asks may be the first to see it. */
  get outboundPeak(): number {
    return this.peakOut = Math.max(this.peakOut, this.outbound);
  }

  /** The connection that it has now; absent where there is none, or nothing like one. */
  get connection(): PipeConnection | undefined {
    return undefined;
  }

  /** Tells a publisher of one subscription more or less; never refused, counts against no mark. */
  abstract subscription(on: boolean, topic: Uint8Array): void;

  /** Tells a RADIO of one group joined or left; the same. A medium is told of none: it brings all groups. */
  membership(_on: boolean, _group: Uint8Array): void {}

  /** Ends the relation: `error` is why, if the peer is to blame. Nothing is sent any more. */
  abstract terminate(error?: Error): void;

  /** Takes nothing new from the peer, or does so again. */
  halt(on: boolean): void {
    this.halted = on;
  }

  /** The pattern has let go of it: what waits is still sent, and nobody is told of anything. */
  retire(): void {
    this.sink = NOBODY;
  }

  /** Whether it has. */
  get retired(): boolean {
    return this.sink === NOBODY;
  }

  /** New marks for a live pipe (`ZMQ_SNDHWM`, `ZMQ_RCVHWM`). */
  setHighWaterMarks(_send: number, receive: number): void {
    this.#receiveMark = this.highWaterMark(receive);
    this.#limit = Math.min(this.#receiveMark, AHEAD);
    if (this.#full) this.takeAll();
  }

  /**
   * Nobody has read for a while: what the other side has goes on up to the high-water mark, so that this is what
   * counts in the end.
   */
  takeAll(): void {
    if (this.#full && this.inbound.length < this.#receiveMark) this.#take(this.#receiveMark);
  }

  /**
   * The connection is over: all that came by it is taken, at most a chunk or two above the mark. That once: of a
   * reader who reads nothing, a peer that comes, sends and goes again and again must not fill the memory.
   */
  takeRest(): void {
    if (!this.#full || this.over) return;
    this.#take(Infinity);
    if (this.inbound.length < this.#receiveMark) return;
    this.#full = true;
    this.#resumeAt = lowWaterMark(this.#receiveMark);
  }

  /** Whether more waits than the mark allows: of a new connection not even the first message is taken. */
  get over(): boolean {
    return this.inbound.length > this.#receiveMark;
  }

  /** The peer is gone and has left messages: `inboundRelieved` is told when the last of them was read. */
  leaveBehind(): void {
    this.#full = true;
    this.#resumeAt = 0;
  }

  /** The next message from the peer. */
  read(): Message | undefined {
    const message = this.inbound.shift();
    if (this.#full && this.inbound.length <= this.#resumeAt) {
      this.#full = false;
      this.#reading = true;
      this.inboundRelieved();
      this.#reading = false;
    }
    return message;
  }

  /** A message from the peer. `false`: `inbound` is full now; `inboundRelieved` follows. */
  deliver(message: Message): boolean {
    const { inbound } = this;
    if (this.#conflate && inbound.shift() !== undefined) this.sink.dropped(this, "conflated");
    inbound.push(message);
    this.messagesIn++;
    this.partsIn += message.length;
    const waiting = inbound.length;
    if (waiting > this.peakIn) this.peakIn = waiting;
    if (waiting === 1 && !this.#reading) this.sink.readActivated(this);
    const { length } = inbound;
    if (length < this.#limit) return true;
    this.#full = true;
    this.#resumeAt = length < this.#receiveMark ? 0 : lowWaterMark(this.#receiveMark);
    return false;
  }

  /** An option's value as a bound: 0 is none, and the one message of a conflating pipe has none (libzmq). */
  protected highWaterMark(option: number): number {
    return this.#conflate ? Infinity : option || Infinity;
  }

  #take(limit: number): void {
    const before = this.#limit;
    this.#limit = limit;
    this.#full = false;
    this.inboundRelieved();
    this.#limit = before;
  }

  /** Room was made for more from the peer. */
  protected abstract inboundRelieved(): void;
}

/**
 * Messages decoded ahead of their reader. Decoded one thousand at a time, a message costs 142 ns on V8 until its
 * `await` is over, one by one 73: objects that die young cost no collection, and stay in the nearest cache.
 */
const AHEAD = 16;

/**
 * A side that had to stop goes on when half of the queue is free, as in libzmq: at each single free place the
 * two sides would wake each other for every message.
 */
export function lowWaterMark(highWaterMark: number): number {
  return highWaterMark === Infinity ? Infinity : highWaterMark >> 1;
}
