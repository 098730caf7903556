/**
 * One source as a receiver sees it: where it is, its window once something defines one, the decoder of its
 * stream, and when to ask it for an SPM or to forget it. Without an SPM there is no address for NAKs: what is
 * missing waits, and is not given up.
 *
 * @module
 */

import type { DatagramAddress } from "../io/datagram.ts";
import type { Message } from "../message/frame.ts";
import { FrameDecoder } from "./frames_in.ts";
import type { FrameSink } from "./frames_in.ts";
import { type DataPacket, formatTsi, type NakPacket, type PacketHeader, type SpmPacket } from "./packet.ts";
import { ReceiveWindow } from "./receive_window.ts";
import type { WindowHost, WindowSink } from "./receive_window.ts";
import { serialBefore } from "./serial.ts";

/** Milliseconds that a new source has to send an SPM unasked. */
const SPMR_DELAY = 25;
/** Milliseconds to the next request while data is missing and none came; each wait is twice the one before. */
const SPMR_AGAIN = 250;
const SPMR_AGAIN_MAX = 30_000;
/** A source without an SPM for so many milliseconds is forgotten. */
const FORGOTTEN_AFTER = 300_000;
/** A source that is to be forgotten while the host is full is looked at again after so many milliseconds. */
const FORGET_AGAIN = 1000;

/** What a peer needs of the receiver. */
export interface PeerHost extends WindowHost {
  /** Whether the host takes messages now. */
  readonly open: boolean;
  readonly maxMessageSize: number;
  /** A whole message. `false`: no more now. */
  push(message: Message): boolean;
  lost(peer: Peer, first: number, count: number): void;
  broken(peer: Peer, reason: string): void;
}

/** One source, by its TSI and its address. */
export class Peer implements WindowSink, FrameSink {
  readonly gsi: number;
  readonly sourcePort: number;
  /** Where its first packet came from; the port means nothing. */
  readonly address: DatagramAddress;
  /** When its first packet came, and the last. */
  readonly since: number;
  heard: number;
  readonly #host: PeerHost;
  readonly #decoder: FrameDecoder;
  #window: ReceiveWindow | undefined;
  #spm: SpmPacket | undefined;
  #requestAt: number;
  #requestAgain = SPMR_AGAIN;
  #forgetAt: number;

  constructor(host: PeerHost, { gsi, sourcePort }: PacketHeader, address: DatagramAddress, now: number) {
    this.#host = host;
    this.gsi = gsi;
    this.sourcePort = sourcePort;
    this.address = address;
    this.since = this.heard = now;
    this.#requestAt = now + SPMR_DELAY;
    this.#forgetAt = now + FORGOTTEN_AFTER;
    this.#decoder = new FrameDecoder(this, host.maxMessageSize);
  }

  /** Its name in events. */
  get name(): string {
    return `${formatTsi(this.gsi, this.sourcePort)}@${this.address.host}`;
  }

  /** Its address for NAKs, once it has told it. */
  get nla(): string | undefined {
    return this.#spm?.nla;
  }

  /** When `tick` has something to do; early rather than late. */
  get deadline(): number {
    const waits = this.#spm === undefined ? this.#requestAt : this.#window?.deadline ?? Infinity;
    return Math.min(waits, this.#forgetAt);
  }

  /** Whether nothing of it is missing or waits for the host. */
  get drained(): boolean {
    return !this.#decoder.stalled && (this.#window === undefined || this.#window.drained);
  }

  /** An SPM. Answers whether it is news. */
  onSpm(packet: SpmPacket, now: number): boolean {
    if (this.#spm !== undefined && serialBefore(packet.number, this.#spm.number)) return false;
    this.#spm = packet;
    this.#forgetAt = now + FORGOTTEN_AFTER;
    const window = this.#window;
    // What was sent before is neither asked for nor taken.
    if (window === undefined) this.#open(packet.lead + 1);
    else {
      window.moveTrail(packet.trail, now);
      window.moveLead(packet.lead, now);
    }
    return true;
  }

  /** ODATA or RDATA. */
  onData(packet: DataPacket, now: number): void {
    const window = this.#window ?? this.#open(packet.number);
    window.moveTrail(packet.trail, now);
    window.take(packet, now);
  }

  /** An NCF. It defines no window: what it names was before our time. */
  onConfirmation({ numbers }: NakPacket, now: number): void {
    this.#window?.confirm(numbers, now);
  }

  /** Another receiver has asked it for an SPM. */
  onRequest(now: number): void {
    if (this.#spm === undefined) this.#requestAgainFrom(now);
  }

  /** Whether it has to be asked for an SPM now. */
  requests(now: number): boolean {
    if (this.#spm !== undefined || now < this.#requestAt) return false;
    const first = this.#requestAgain === SPMR_AGAIN;
    this.#requestAgainFrom(now);
    // Later only if there is something to repair: receivers are quiet otherwise.
    return first || this.#window?.drained === false;
  }

  /** Lets time pass: answers the numbers to ask for, in lists for one NAK each, at most `most` of them. */
  tick(now: number, most: number): number[][] {
    if (this.#spm === undefined || this.#window === undefined) return [];
    return this.#window.tick(now, most);
  }

  /** Whether it is to be forgotten. What is missing then is lost first, and what is there is delivered. */
  forgotten(now: number): boolean {
    if (now < this.#forgetAt) return false;
    this.#window?.giveUp();
    if (this.drained) return true;
    this.#forgetAt = now + FORGET_AGAIN;
    return false;
  }

  /** Ends it at once, for want of room: what cannot be delivered now is lost. */
  evict(): void {
    const window = this.#window;
    if (window === undefined) return;
    window.giveUp();
    const stalled = this.#decoder.stalled ? 1 : 0;
    const first = window.next - stalled;
    const count = window.discard() + stalled;
    if (count > 0) this.#host.lost(this, first, count);
  }

  /** The host has room again. */
  resume(now: number): void {
    this.#decoder.resume();
    if (this.open) this.#window?.resume(now);
  }

  // What the window and the decoder tell.

  get open(): boolean {
    return this.#host.open;
  }

  onPacket(packet: DataPacket): void {
    this.#decoder.decode(packet.offset, packet.slice);
  }

  onHole(first: number, count: number): void {
    this.#decoder.skip();
    this.#host.lost(this, first, count);
  }

  onMessage(message: Message): boolean {
    return this.#host.push(message);
  }

  onBroken(reason: string): void {
    this.#host.broken(this, reason);
  }

  #open(first: number): ReceiveWindow {
    return this.#window = new ReceiveWindow(this, this.#host, first);
  }

  #requestAgainFrom(now: number): void {
    this.#requestAt = now + this.#requestAgain;
    this.#requestAgain = Math.min(this.#requestAgain * 2, SPMR_AGAIN_MAX);
  }
}
