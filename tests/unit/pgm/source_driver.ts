/**
 * A source under a virtual clock: what its session would do, without socket and timer. Time goes from deadline
 * to deadline, everything that leaves is kept with its time.
 */

import type { DatagramEngineHost } from "../../../src/io/engine.ts";
import { decodePacket, type Packet, SPM } from "../../../src/pgm/packet.ts";
import type { PgmSettings } from "../../../src/pgm/settings.ts";
import { PgmSource } from "../../../src/pgm/source.ts";

/** One datagram that left. */
export interface Sent {
  readonly time: number;
  readonly octets: Uint8Array;
  readonly packet: Packet;
}

/** The settings of the captures: libzmq's defaults, and the TSI of its first socket. */
export function settingsOf(changes: Partial<PgmSettings> & { sport?: number } = {}): PgmSettings {
  const sport = changes.sport ?? 41638;
  return {
    port: 5555,
    group: "239.192.1.1",
    interfaceAddress: "10.99.0.1",
    rate: 100,
    recoveryInterval: 10_000,
    maxTpdu: 1500,
    maxMessageSize: Infinity,
    random: (length) =>
      Uint8Array.of(0xb7, 0xc6, 0xd1, 0xbc, 0x03, 0x8a, sport >> 8, sport & 0xff).subarray(0, length),
    ...changes,
  };
}

/** A source with everything around it. */
export class SourceDriver {
  readonly sent: Sent[] = [];
  readonly dropped: string[] = [];
  /** Messages that the program has queued. */
  readonly queue: (readonly Uint8Array[])[] = [];
  readonly source: PgmSource;
  now: number;
  /** Datagrams that left and were no packet: never any. */
  broken = 0;

  constructor(settings: PgmSettings = settingsOf(), { now = 0, first = 0 } = {}) {
    this.now = now;
    const host: DatagramEngineHost = {
      pull: () => this.queue.shift(),
      push: () => {
        throw new Error("a source has no messages to give");
      },
      lost: () => {
        throw new Error("a source loses nothing");
      },
      malformed: (_, reason) => void this.dropped.push(reason),
    };
    this.source = new PgmSource(settings, host, now, first);
    this.drain();
  }

  /** Queues messages, whose parts are texts or octets, and lets leave what may. */
  send(...messages: (readonly (string | Uint8Array)[] | string)[]): void {
    for (const message of messages) {
      const parts = typeof message === "string" ? [message] : message;
      this.queue.push(parts.map((part) => typeof part === "string" ? new TextEncoder().encode(part) : part));
    }
    this.drain();
  }

  /** A datagram comes in. */
  receive(datagram: Uint8Array): void {
    this.source.receive(datagram, { host: "10.99.0.2", port: 40_000 }, this.now);
    this.drain();
  }

  /** Lets the time pass, from deadline to deadline. */
  runTo(time: number): void {
    for (let steps = 0;; steps++) {
      if (steps > 1_000_000) throw new Error("the deadline never passes");
      const deadline = this.source.deadline();
      if (deadline === undefined || deadline > time) break;
      this.now = Math.max(this.now, deadline);
      this.source.tick(this.now);
      this.drain();
    }
    this.now = time;
  }

  finish(): void {
    this.source.finish(this.now);
    this.drain();
  }

  /** What left since the last call, or since the beginning. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  drain(): void {
    for (let out = this.source.transmit(this.now); out !== undefined; out = this.source.transmit(this.now)) {
      const packet = decodePacket(out.datagram);
      if (typeof packet === "string") throw new Error(`the source sent what is no packet: ${packet}`);
      // A repair changes the packet in its place, so what was sent is copied, as the system does.
      this.sent.push({ time: this.now, octets: out.datagram.slice(), packet });
    }
  }
}

/** The SPMs among them, without their type. */
export function spms(sent: readonly Sent[]): { time: number; number: number; trail: number; lead: number }[] {
  return sent.flatMap(({ time, packet }) =>
    packet.type === SPM ? [{ time, number: packet.number, trail: packet.trail, lead: packet.lead }] : []
  );
}

/** What a receiver makes of slices in order: the messages, each with the place in the stream where it begins. */
export function messagesOf(stream: Uint8Array): { start: number; parts: Uint8Array[] }[] {
  const messages: { start: number; parts: Uint8Array[] }[] = [];
  let parts: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < stream.length;) {
    if (parts.length === 0) start = at;
    let length = stream[at++]!;
    if (length === 0xff) {
      length = Number(new DataView(stream.buffer, stream.byteOffset).getBigUint64(at));
      at += 8;
    }
    const flags = stream[at]!;
    parts.push(stream.slice(at + 1, at + length));
    at += length;
    if (at > stream.length) throw new Error("the stream ends within a frame");
    if ((flags & 1) === 0) {
      messages.push({ start, parts });
      parts = [];
    }
  }
  if (parts.length > 0) throw new Error("the stream ends within a message");
  return messages;
}
