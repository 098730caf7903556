/**
 * A receiver on a bench: packets go in by hand or from a capture, the clock is a number, and what comes out is
 * written down: messages, losses, what was malformed, and the packets that it sends.
 */

import { assert, fail } from "@std/assert";
import type { DatagramAddress } from "../../../src/io/datagram.ts";
import type { DatagramEngineHost, DatagramLoss, OutgoingDatagram } from "../../../src/io/engine.ts";
import type { Message } from "../../../src/message/frame.ts";
import {
  decodePacket,
  encodeData,
  encodeNak,
  encodeSpm,
  NAK,
  NCF,
  NO_MESSAGE,
  ODATA,
  RDATA,
} from "../../../src/pgm/packet.ts";
import type { PacketHeader } from "../../../src/pgm/packet.ts";
import { PgmReceiver } from "../../../src/pgm/receiver.ts";
import type { PgmSettings } from "../../../src/pgm/settings.ts";

export const SETTINGS: PgmSettings = {
  port: 5555,
  group: "239.192.1.1",
  interfaceAddress: "10.99.0.2",
  // A window of 80 packets: libzmq's defaults.
  rate: 100,
  recoveryInterval: 10_000,
  maxTpdu: 1500,
  maxMessageSize: Infinity,
  // A back-off of 25 ms.
  random: (length) => new Uint8Array(length).fill(0x80),
};

export const SENDER: DatagramAddress = { host: "10.99.0.1", port: 40_000 };
const NAME: PacketHeader = { sourcePort: 0x1111, destinationPort: 5555, gsi: 0x010203040506 };

/** The source whose packets a test makes. */
export class Made {
  readonly header: PacketHeader;
  readonly from: DatagramAddress;
  readonly receiving: Receiving;
  spmNumber = 0;
  trail = 0;

  constructor(receiving: Receiving, header: Partial<PacketHeader> = {}, host: string = SENDER.host) {
    this.receiving = receiving;
    this.header = { ...NAME, ...header };
    this.from = { host, port: 1 };
  }

  get name(): string {
    const { gsi, sourcePort } = this.header;
    const hex = gsi.toString(16).padStart(12, "0") + sourcePort.toString(16).padStart(4, "0");
    return `${hex}@${this.from.host}`;
  }

  spm(lead: number, trail: number = this.trail): void {
    const number = this.spmNumber++;
    const nla = this.from.host;
    this.#put(encodeSpm({ ...this.header, number, trail, lead: lead >>> 0, nla, fin: false }));
  }

  /** Data: text is one message, a list of texts one message of several parts. */
  data(number: number, body: string | string[] = `m${number}`, options: DataOptions = {}): void {
    const slice = options.slice ?? encodeMessage(typeof body === "string" ? [body] : body);
    const { type = ODATA, offset = 0, trail = this.trail } = options;
    this.#put(encodeData({ ...this.header, type, number: number >>> 0, trail: trail >>> 0, offset, slice }));
  }

  repair(number: number, body?: string): void {
    this.data(number, body, { type: RDATA });
  }

  ncf(numbers: number[], group: string = SETTINGS.group): void {
    this.#put(encodeNak({ ...this.header, type: NCF, numbers, nla: this.from.host, group }));
  }

  #put(octets: Uint8Array): void {
    this.receiving.put(octets, this.from);
  }
}

export interface DataOptions {
  readonly type?: typeof ODATA | typeof RDATA;
  readonly offset?: number;
  readonly trail?: number;
  readonly slice?: Uint8Array;
}

/** The receiver, and what came of it. */
export class Receiving implements DatagramEngineHost {
  now = 0;
  readonly engine: PgmReceiver;
  readonly messages: string[][] = [];
  /** Messages and losses in their order. */
  readonly story: string[] = [];
  readonly losses: DatagramLoss[] = [];
  readonly reasons: string[] = [];
  readonly sent: OutgoingDatagram[] = [];
  room: () => boolean = () => true;

  constructor(settings: Partial<PgmSettings> = {}) {
    this.engine = new PgmReceiver({ ...SETTINGS, ...settings }, this, 0);
  }

  put(octets: Uint8Array, from: DatagramAddress = SENDER): void {
    this.engine.receive(octets, from, this.now);
    this.#drain();
  }

  resume(): void {
    this.engine.resume(this.now);
    this.#drain();
  }

  /** Lets time pass, deadline by deadline. */
  passTo(time: number): void {
    for (let rounds = 0;; rounds++) {
      if (rounds > 100_000) fail("The receiver never comes to rest");
      const deadline = this.engine.deadline();
      if (deadline === undefined || deadline > time) break;
      assert(deadline > this.now || rounds < 100_000);
      this.now = Math.max(this.now, deadline);
      this.engine.tick(this.now);
      this.#drain();
    }
    this.now = time;
  }

  pass(milliseconds: number): void {
    this.passTo(this.now + milliseconds);
  }

  /** Takes what was sent: each NAK as its numbers, anything else by its type, with where it went. */
  takeSent(): { to: string; naks?: readonly number[]; type: number }[] {
    return this.sent.splice(0).map(({ datagram, to }) => {
      const packet = decodePacket(datagram);
      if (typeof packet === "string") return fail(`The receiver sends nonsense: ${packet}`);
      const where = `${to.host}:${to.port}`;
      return packet.type === NAK
        ? { to: where, type: packet.type, naks: packet.numbers }
        : { to: where, type: packet.type };
    });
  }

  /** Takes what was sent, which must be NAKs: their numbers. */
  takeNaks(): (readonly number[])[] {
    return this.takeSent().map(({ naks, type }) => naks ?? fail(`Not a NAK: ${type}`));
  }

  push(message: Message): boolean {
    const parts = message.map((frame) => frame.toString("latin1"));
    this.messages.push(parts);
    this.story.push(parts.join("|"));
    return this.room();
  }

  pull(): undefined {
    fail("A receiver pulls nothing");
  }

  lost(loss: DatagramLoss): void {
    this.losses.push(loss);
    this.story.push(`lost ${loss.first}+${loss.count}`);
  }

  malformed(_from: DatagramAddress, reason: string): void {
    this.reasons.push(reason);
  }

  #drain(): void {
    for (;;) {
      const next = this.engine.transmit(this.now);
      if (next === undefined) return;
      this.sent.push(next);
    }
  }
}

/** Short parts as ZMTP/1.0 frames. */
export function encodeMessage(parts: readonly string[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part, i) => {
    const body = [...new TextEncoder().encode(part)];
    return [body.length + 1, i < parts.length - 1 ? 1 : 0, ...body];
  }));
}

export { NO_MESSAGE };
