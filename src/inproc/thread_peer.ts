/**
 * The far end of an inproc pipe in another thread. Messages go as ZMTP frames and are decoded by ZMTP's decoder, so
 * that a batch of them is one copy into shared memory and one out of it; there is no greeting, and commands of one
 * letter carry what is no message. Memory that its owner gave away goes by the port without a copy, and a command
 * keeps its place among the messages.
 *
 * Credit: the writer counts what it sent, the reader tells how much its program has taken, and the difference never
 * exceeds both high-water marks together, as in libzmq.
 *
 * Whatever the other thread says that can't be ends this connection, with an event.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { beginTurn, currentTurn, schedule } from "../io/flusher.ts";
import type { Flushable } from "../io/flusher.ts";
import { LingerHold } from "../io/linger_hold.ts";
import { afterTurn, hold, now, release, startTimer, stopTimer } from "../io/timers.ts";
import type { Timer } from "../io/timers.ts";
import { copyFrame, Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import { membership } from "../message/membership.ts";
import { lowWaterMark } from "../pipe/pipe.ts";
import { Decoder } from "../zmtp/decoder.ts";
import type { DecoderSink } from "../zmtp/decoder.ts";
import { encodeCommand, WireQueue } from "../zmtp/wire_queue.ts";
import { breach } from "./breach.ts";
import { PostedCarrier, SharedCarrier } from "./carrier.ts";
import type { Carrier, Port } from "./carrier.ts";
import type { FarEnd, InprocPipe } from "./pipe.ts";
import { lost } from "./life.ts";
import { fromHanded, toHanded } from "./handed.ts";
import { isMarks, isObject, marksOf, stepOf, together } from "./marks.ts";
import type { Marks } from "./marks.ts";
import type { InprocHost } from "./registry.ts";

/** Octets that are worth a batch: on two cores the reader then starts while the writer goes on. */
const BATCH = 16 * 1024;

/**
 * Milliseconds for which a thread that has nothing to do looks again after each turn of the event loop, before it asks
 * for a bell. A bell takes 20 to 50 µs to be heard.
 */
const PATIENCE = 0.1;

const LIMITS = { frame: Infinity, message: Infinity, parts: Infinity };

/** One connection to another thread, from this side. */
export class ThreadPeer implements FarEnd, DecoderSink, Flushable {
  scheduled = false;
  flushedIn = 0;
  readonly #pipe: InprocPipe;
  readonly #host: InprocHost;
  readonly #port: Port;
  readonly #carrier: Carrier;
  readonly #onEnded: (error: Error | undefined) => void;
  readonly #queue = new WireQueue(BATCH);
  readonly #decoder: Decoder = new Decoder(this, LIMITS, Infinity);
  readonly #hold: LingerHold;
  #us: Marks;
  #them: Marks;
  /** Most messages that the peer's program has not taken, and when to go on after that. */
  #capacity = 0;
  /** Messages sent, and taken as far as we know; both modulo 2³². */
  #sent = 0;
  #taken = 0;
  /** Messages that were delivered, and of those that our program has taken as many as the peer was told. */
  #delivered = 0;
  #told = 0;
  /** It is told after so many more. */
  #step = 1;
  /** Most messages that may wait here. */
  #most = 0;
  /** Messages that came by the port, and whether the decoder waits for one. */
  readonly #handed: Message[] = [];
  #awaitsHanded = false;
  /** Whether the carrier has no room. */
  #cramped = false;
  /** Whether a write was refused, until half of the marks is free. */
  #awaitsCredit = false;
  /** When anything moved last. */
  #movedAt = 0;
  #draining = false;
  #polling = false;
  #lingering: { readonly done: () => void; readonly timer: Timer } | undefined;
  #ended = false;
  /** The peer is gone: all that has come is read, whoever holds it up. */
  #last = false;

  /** With rings the octets go through them: ours to write first. */
  constructor(
    pipe: InprocPipe,
    host: InprocHost,
    port: Port,
    them: Marks,
    rings: readonly [SharedArrayBuffer, SharedArrayBuffer] | undefined,
    onEnded: (error: Error | undefined) => void,
  ) {
    this.#pipe = pipe;
    this.#host = host;
    this.#port = port;
    this.#carrier = rings === undefined
      ? new PostedCarrier(port)
      : new SharedCarrier(port, rings[0], rings[1]);
    this.#us = marksOf(host);
    this.#them = them;
    this.#hold = new LingerHold(() => host.pipeOptions.linger());
    this.#onEnded = onEnded;
    this.#measure();
    port.onmessage = ({ data }) => this.#guarded(() => this.#posted(data));
    port.onmessageerror = () => this.cut(breach("unreadable"));
    // Node, Bun, and browsers of late; elsewhere `life.ts` notices.
    port.addEventListener("close", () => this.cut(lost()));
    port.unref?.();
    this.#poll(); // Not at once: the pattern hears of the peer before it hears what came from it.
  }

  // Out.

  write(message: readonly Uint8Array[], accepted = false): boolean {
    if (this.#ended) return false;
    if (((this.#sent - this.#taken) | 0) >= this.#capacity && !accepted && !this.hasRoom) return false;
    const queue = this.#queue;
    const conflates = this.#us.conflate || this.#them.conflate;
    if (conflates && queue.messages > 0) {
      this.#pipe.sink.dropped(this.#pipe, "conflated");
      queue.clear();
    } else this.#sent = (this.#sent + 1) | 0;
    // What is on the port already could not give way to a newer one.
    if (conflates || !this.#handOn(message)) queue.append(message);
    this.#written();
    return true;
  }

  get hasRoom(): boolean {
    if (this.#ended) return false;
    if (this.outbound < this.#capacity) return true;
    // The reader may need what has not left yet in order to go on.
    this.flush();
    this.#awaitsCredit = true;
    this.#poll();
    return false;
  }

  get outbound(): number {
    const { taken } = this.#carrier;
    // Nobody can take what was not sent. Not at once: a pattern is in the middle of something.
    if (((this.#sent - taken) | 0) < 0 || ((taken - this.#taken) | 0) < 0) {
      queueMicrotask(() => this.cut(breach("more taken than sent")));
    } else this.#taken = taken;
    return (this.#sent - this.#taken) | 0;
  }

  subscription(on: boolean, topic: Uint8Array): void {
    this.#command(on ? "S" : "C", topic);
  }

  membership(on: boolean, group: Uint8Array): void {
    this.#command(on ? "J" : "L", group);
  }

  marks(send: number, receive: number): void {
    this.#us = { ...this.#us, send, receive };
    this.#measure();
    if (!this.#ended) this.#port.postMessage({ marks: this.#us });
  }

  flush(): void {
    if (this.#ended || this.#cramped) return;
    this.#pipe.peakOut = Math.max(this.#pipe.peakOut, this.outbound);
    this.#guarded(() => {
      this.#cramped = !this.#carrier.send(this.#queue);
      if (this.#cramped) this.#poll();
    });
    this.#hold.update(this.#waits);
    if (this.#lingering !== undefined && !this.#waits) this.#bye();
  }

  finish(linger: number): Promise<void> | void {
    if (this.#ended || this.#lingering !== undefined) return;
    this.flush();
    if (linger === 0 || !this.#waits) return this.#bye();
    hold();
    return new Promise<void>((done) => {
      this.#lingering = { done, timer: linger < 0 ? undefined : startTimer(linger, () => this.#bye()) };
    }).then(release);
  }

  // In.

  taken(): void {
    const { length } = this.#pipe.inbound;
    const mine = (this.#delivered - length) | 0;
    const more = (mine - this.#told) | 0;
    if (more <= 0 || (more < this.#step && !(this.#carrier.cheap && length === 0)) || this.#ended) return;
    this.#told = mine;
    this.#guarded(() => this.#carrier.take(mine));
  }

  resume(): void {
    if (this.#ended || (this.#pipe.halted && !this.#last)) return;
    this.#guarded(() => {
      if (!this.#awaitsHanded) this.#decoder.resume();
      this.#drain();
      if (!this.#decoder.stalled) this.#poll();
    });
  }

  onMessage(message: Message): boolean {
    this.#delivered = (this.#delivered + 1) | 0;
    for (let i = 0; i < message.length; i++) this.#pipe.octetsIn += message[i]!.length;
    const room = this.#pipe.deliver(message);
    if (this.#us.conflate) this.taken();
    // A message may end it.
    return room && !this.#ended && (!this.#pipe.halted || this.#last);
  }

  onCommand(body: Uint8Array): boolean {
    const pipe = this.#pipe;
    const data = body.subarray(2);
    switch (body[0] === 1 ? String.fromCharCode(body[1]!) : "") {
      case "S":
      case "C": {
        const message = new Frame(1 + data.length);
        message[0] = body[1] === 0x53 ? 1 : 0;
        message.set(data, 1);
        return pipe.deliver([message]);
      }
      case "J":
      case "L":
        return pipe.deliver(membership(body[1] === 0x4a, copyFrame(data)));
      case "H": {
        const message = this.#handed.shift();
        this.#awaitsHanded = message === undefined;
        return message !== undefined && this.onMessage(message);
      }
      default:
        throw breach("an unknown command");
    }
  }

  /** The other thread is gone, or broke the rules. What has come whole can still be read. */
  cut(error: Error | undefined): void {
    // Reading the last of it may fail for the same reason once more.
    if (this.#ended || this.#last) return;
    this.#last = true;
    try {
      this.resume();
      this.#pipe.takeRest();
    } catch {
      // What can't be read is the reason, or would be another.
    }
    this.#over();
    this.#pipe.end(0, true);
    this.#onEnded(error);
  }

  /** Whether anything waits to be sent. */
  get #waits(): boolean {
    return !this.#ended && (this.#cramped || !this.#queue.empty);
  }

  #posted(data: unknown): void {
    if (typeof data === "number" || data instanceof ArrayBuffer) this.#carrier.posted(data);
    else if (Array.isArray(data)) this.#handed.push(this.#checkHanded(data));
    else if (isObject(data) && isMarks(data.marks)) {
      this.#them = data.marks;
      this.#measure();
    } else if (isObject(data) && data.end === true) return this.cut(undefined);
    else throw breach("an unknown message");
    if (this.#awaitsHanded && this.#handed.length > 0) {
      this.#awaitsHanded = false;
      if (this.onMessage(this.#handed.shift()!)) this.#decoder.resume();
    }
    this.#look();
  }

  #checkHanded(data: readonly unknown[]): Message {
    if (this.#handed.length > this.#most || data.length === 0) {
      throw breach("more messages than allowed");
    }
    return fromHanded(data);
  }

  /** Answers whether anything had come. */
  #drain(): boolean {
    if (this.#draining || this.#ended) return false;
    this.#draining = true;
    try {
      return this.#carrier.receive(this.#decoder);
    } finally {
      this.#draining = false;
    }
  }

  /** Looks at all that the other thread can have done. */
  #look(): void {
    beginTurn();
    const credit = (this.#sent - lowWaterMark(this.#capacity)) | 0;
    let moved = false;
    if (this.#cramped) {
      this.#cramped = false;
      this.flush();
      moved = !this.#cramped;
    }
    const { outbound } = this;
    if (this.#awaitsCredit && outbound <= lowWaterMark(this.#capacity)) {
      this.#awaitsCredit = false;
      this.#pipe.relieved();
      moved = true;
    }
    if (this.#drain() || moved) this.#movedAt = now();
    if (this.#ended) return;
    const reads = !this.#decoder.stalled;
    if (!reads && !this.#cramped && !this.#awaitsCredit) return;
    if (!this.#carrier.cheap) return;
    if (
      now() - this.#movedAt < PATIENCE ||
      !this.#carrier.sleep(reads, this.#cramped, this.#awaitsCredit ? credit : undefined)
    ) this.#poll();
  }

  /** The other thread, if it is at work, has something in a moment, and a bell would cost it more than a look us. */
  #poll(): void {
    if (this.#polling || this.#ended || !this.#carrier.cheap) return;
    this.#polling = true;
    afterTurn(() => {
      this.#polling = false;
      if (!this.#ended) this.#guarded(() => this.#look());
    });
  }

  #command(name: string, data: Uint8Array): void {
    if (this.#ended) return;
    this.#queue.appendCommand(encodeCommand(name, data));
    this.#written();
  }

  /** A batch goes at once, less at the end of the microtasks or of the turn. */
  #written(): void {
    if (this.#queue.octets >= BATCH && !this.#cramped) {
      this.flushedIn = currentTurn();
      this.flush();
    } else {
      if (!this.scheduled) schedule(this);
      if (this.#cramped) this.#hold.update(true);
    }
  }

  /** Sends a message with memory that was given away by the port. `false`: it has none worth that. */
  #handOn(message: readonly Uint8Array[]): boolean {
    const handed = toHanded(message);
    if (handed === undefined) return false;
    try {
      this.#port.postMessage(handed.parts, handed.given);
    } catch {
      // Memory that cannot change hands, such as Node's pool.
      return false;
    }
    this.#queue.appendCommand(encodeCommand("H", EMPTY));
    return true;
  }

  #measure(): void {
    const [us, them] = [this.#us, this.#them];
    this.#capacity = them.conflate ? Infinity : together(us.send, them.receive);
    this.#most = us.conflate ? Infinity : together(them.send, us.receive);
    this.#step = stepOf(this.#most, this.#carrier.cheap);
  }

  /** The orderly end: what was sent before is still read over there. */
  #bye(): void {
    if (this.#ended) return;
    this.#port.postMessage({ end: true });
    this.#over();
    this.#onEnded(undefined);
  }

  #over(): void {
    this.#ended = true;
    if (this.#queue.messages > 0) this.#host.lost(this.#queue.messages, this.#pipe);
    this.#queue.clear();
    this.#hold.update(false);
    this.#port.onmessage = this.#port.onmessageerror = null;
    this.#port.close();
    stopTimer(this.#lingering?.timer);
    this.#lingering?.done();
  }

  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.cut(error as Error);
    }
  }
}

declare function queueMicrotask(callback: () => void): void;
