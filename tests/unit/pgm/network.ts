/**
 * A network that is none: engines joined by a virtual clock and a seeded generator that loses, delays, doubles
 * and so reorders datagrams. Sources write down which packets each message lies in, receivers what reached them,
 * so that what a receiver delivered can be held against what it could have delivered.
 */

import { fail } from "@std/assert";
import type { DatagramAddress } from "../../../src/io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, DatagramLoss } from "../../../src/io/engine.ts";
import type { Message } from "../../../src/message/frame.ts";
import { decodePacket, formatTsi, NCF, ODATA, RDATA, SPM } from "../../../src/pgm/packet.ts";
import type { PgmSettings } from "../../../src/pgm/settings.ts";
import { PgmReceiver } from "../../../src/pgm/receiver.ts";
import { PgmSource } from "../../../src/pgm/source.ts";
import type { Random } from "../../support/reference.ts";

export const GROUP = "239.192.1.1";
export const PORT = 5555;

/** What happens to datagrams, each for itself. */
export interface Weather {
  readonly loss: number;
  readonly twice: number;
  readonly delay: number;
  /** Up to so many milliseconds more; above the distance of packets it reorders them. */
  readonly jitter: number;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Runs events in order of their time. */
export class Network {
  now = 0;
  readonly random: Random;
  readonly nodes: Node[] = [];
  weather: Weather;
  sent = 0;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(random: Random, weather: Weather) {
    this.random = random;
    this.weather = weather;
  }

  at(time: number, run: () => void): void {
    const heap = this.#heap;
    const event = { at: Math.max(time, this.now), order: this.#order++, run };
    let i = heap.push(event) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (!before(event, heap[above]!)) break;
      heap[i] = heap[above]!;
      i = above;
    }
    heap[i] = event;
  }

  /** Lets time pass up to `end`; a run that never comes to rest fails. */
  runTo(end: number, mostEvents = 400_000): void {
    let count = 0;
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      if (++count > mostEvents) fail(`Still busy after ${count} events, at ${this.now} ms`);
      this.#pop();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  /** Sends a datagram to all whom it concerns, but never back. */
  send(from: Node, datagram: Uint8Array, to: DatagramAddress): void {
    this.sent++;
    for (const node of this.nodes) {
      if (node === from || (to.host !== GROUP && to.host !== node.host)) continue;
      if (this.random.chance(this.weather.loss)) continue;
      for (let copies = this.random.chance(this.weather.twice) ? 2 : 1; copies > 0; copies--) {
        const copy = datagram.slice();
        const at = this.now + this.weather.delay + this.random.next() * this.weather.jitter;
        this.at(at, () => node.receive(copy, { host: from.host, port: 40_000 }));
      }
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

/** An engine with a place in the network; what a session is to it elsewhere. */
export abstract class Node implements DatagramEngineHost {
  readonly network: Network;
  readonly host: string;
  readonly malformedReasons: string[] = [];
  abstract readonly engine: DatagramEngine;
  #wakeAt = Infinity;

  constructor(network: Network, host: string) {
    this.network = network;
    this.host = host;
    network.nodes.push(this);
  }

  receive(datagram: Uint8Array, from: DatagramAddress): void {
    this.engine.receive(datagram, from, this.network.now);
    this.drive();
  }

  /** Sends what there is, and waits for the deadline. */
  drive(): void {
    const { network, engine } = this;
    for (;;) {
      const next = engine.transmit(network.now);
      if (next === undefined) break;
      this.sending(next.datagram);
      network.send(this, next.datagram, next.to);
    }
    const deadline = engine.deadline();
    if (deadline === undefined || deadline >= this.#wakeAt) return;
    // As timers of runtimes do: whole milliseconds, never early.
    const at = this.#wakeAt = Math.max(network.now + 1, Math.ceil(deadline));
    network.at(at, () => {
      if (this.#wakeAt !== at) return;
      this.#wakeAt = Infinity;
      if ((engine.deadline() ?? Infinity) <= network.now) engine.tick(network.now);
      this.drive();
    });
  }

  sending(_datagram: Uint8Array): void {}

  push(_message: Message): boolean {
    return fail("A source pushes no messages");
  }

  pull(): readonly Uint8Array[] | undefined {
    return undefined;
  }

  lost(_loss: DatagramLoss): void {
    fail("A source loses nothing");
  }

  malformed(_from: DatagramAddress, reason: string): void {
    this.malformedReasons.push(reason);
  }
}

/** A source, and where in its packets its messages lie. */
export class SourceNode extends Node {
  readonly engine: PgmSource;
  readonly #queue: Uint8Array[][] = [];
  /** By message: the octet of the stream after its last one, and the first packet it lies in. */
  readonly ends: number[] = [];
  readonly firstPackets: number[] = [];
  /** By packet, counted from the first: the octet of the stream after its last one. */
  readonly packetEnds: number[] = [];
  readonly first: number;
  tsi = "";
  /** Numbers of the messages that were pulled since the last packet. */
  #pulled = 0;

  constructor(network: Network, host: string, settings: PgmSettings, first: number) {
    super(network, host);
    this.first = first;
    this.engine = new PgmSource({ ...settings, interfaceAddress: host }, this, network.now, first);
    this.drive();
  }

  get name(): string {
    return `${this.tsi}@${this.host}`;
  }

  publish(parts: Uint8Array[]): void {
    this.#queue.push(parts);
    this.drive();
  }

  /** The packets that a message lies in, counted from the first one. */
  packetsOf(message: number): { first: number; last: number } {
    const end = this.ends[message]!;
    let low = this.firstPackets[message]!;
    while (this.packetEnds[low]! < end) low++;
    return { first: this.firstPackets[message]!, last: low };
  }

  override pull(): readonly Uint8Array[] | undefined {
    const message = this.#queue.shift();
    if (message === undefined) return undefined;
    this.#pulled++;
    let end = this.ends.at(-1) ?? 0;
    for (const { length } of message) end += length + (length > 253 ? 10 : 2);
    this.ends.push(end);
    return message;
  }

  override sending(datagram: Uint8Array): void {
    const packet = decodePacket(datagram);
    if (typeof packet === "string") return fail(`The source sends nonsense: ${packet}`);
    this.tsi = formatTsi(packet.gsi, packet.sourcePort);
    if (packet.type !== ODATA) return;
    for (; this.#pulled > 0; this.#pulled--) this.firstPackets.push(this.packetEnds.length);
    this.packetEnds.push((this.packetEnds.at(-1) ?? 0) + packet.slice.length);
  }
}

/** What happened to a receiver, in order. */
export type Happening =
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "loss"; readonly loss: DatagramLoss };

/** A receiver, what it told, and what it could know. */
export class ReceiverNode extends Node {
  readonly engine: PgmReceiver;
  readonly happened: Happening[] = [];
  /** By source: the first number that its window could hold, and the newest it could know of. */
  readonly knows = new Map<string, { first: number; newest: number }>();
  /** How often a push is answered with `false`, and how long it then takes at most. */
  fullness = 0;
  fullFor = 0;
  #full = false;

  constructor(network: Network, host: string, settings: PgmSettings) {
    super(network, host);
    this.engine = new PgmReceiver({ ...settings, interfaceAddress: host }, this, network.now);
  }

  override receive(datagram: Uint8Array, from: DatagramAddress): void {
    const packet = decodePacket(datagram);
    if (typeof packet !== "string" && packet.destinationPort === PORT) {
      const name = `${formatTsi(packet.gsi, packet.sourcePort)}@${from.host}`;
      const known = this.knows.get(name);
      if (packet.type === ODATA || packet.type === RDATA || packet.type === SPM) {
        const newest = packet.type === SPM ? packet.lead : packet.number;
        if (known === undefined) {
          this.knows.set(name, { first: packet.type === SPM ? (newest + 1) >>> 0 : newest, newest });
        } else if ((newest - known.newest | 0) > 0) known.newest = newest;
      } else if (packet.type === NCF && known !== undefined) {
        for (const number of packet.numbers) if ((number - known.newest | 0) > 0) known.newest = number;
      }
    }
    super.receive(datagram, from);
  }

  override push(message: Message): boolean {
    if (this.#full) fail("Pushed while full");
    this.happened.push({ type: "message", message });
    const { random } = this.network;
    if (!random.chance(this.fullness)) return true;
    if (random.chance(0.1)) {
      // A reader who takes it at once, from within.
      this.engine.resume(this.network.now);
      return false;
    }
    this.#full = true;
    this.network.at(this.network.now + random.next() * this.fullFor, () => {
      this.#full = false;
      this.engine.resume(this.network.now);
      this.drive();
    });
    return false;
  }

  override lost(loss: DatagramLoss): void {
    this.happened.push({ type: "loss", loss });
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
