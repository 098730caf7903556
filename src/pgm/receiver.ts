/**
 * The receiving half of PGM (RFC 3208 section 6), as libzmq uses OpenPGM: puts each source's packets in order,
 * asks for what is missing, and hands on the messages in them. A calculator: it is told the time, and each
 * source is told apart by its TSI and by the address that its packets come from.
 *
 * What differs from libzmq, on purpose:
 * - A loss is told, what waited behind it is delivered at once, and a message with a hole is dropped whole.
 * - Nothing is lost for want of an SPM; while data is missing and none comes, it is asked for again.
 * - Sources are bounded in number, their windows together in octets, and NAKs in their rate: PGM has no
 *   authentication, and one forged SPM could make a receiver ask a stranger for a million packets.
 *
 * @module
 */

import type { DatagramAddress } from "../io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, OutgoingDatagram } from "../io/engine.ts";
import { Ring } from "../base/ring.ts";
import type { Message } from "../message/frame.ts";
import { canonicalAddress, withZone } from "./addresses.ts";
import { Budget } from "./budget.ts";
import { decodePacket, encodeNak, encodeSpmr, NAK, NCF, ODATA, RDATA, SPM, SPMR } from "./packet.ts";
import type { Packet, PacketHeader } from "./packet.ts";
import { Peer } from "./peer.ts";
import type { PeerHost } from "./peer.ts";
import { Peers, PEERS_MAX } from "./peers.ts";
import { maxNumbers, type PgmSettings, windowPackets } from "./settings.ts";

/** The back-off before a NAK, in milliseconds, is drawn below this. */
const BACK_OFF_MAX = 50;
/** The windows of all sources may hold at least this; more if one window is larger. */
const BUDGET_MIN = 16 * 1024 * 1024;
/** What a packet costs beside its octets, with some to spare. */
const PACKET_OVERHEAD = 512;
/** In so many milliseconds at most so many datagrams go out, and so many NAKs to one source. */
const SLOT = 10;
const SLOT_DATAGRAMS = 64;
const SLOT_NAKS = 16;
/** Random octets are asked for in lots of this. */
const RANDOM_LOT = 256;

/** One receiver: what an `epgm://` endpoint of a SUB or XSUB drives. */
export class PgmReceiver implements DatagramEngine, PeerHost {
  finished = false;
  open = true;
  readonly windowSize: number;
  readonly listSize: number;
  readonly maxMessageSize: number;
  readonly budget: Budget;
  readonly #settings: PgmSettings;
  readonly #host: DatagramEngineHost;
  readonly #group: string;
  readonly #peers = new Peers();
  readonly #outgoing = new Ring<OutgoingDatagram>();
  /** No peer is due before this. */
  #earliest = Infinity;
  /** The slot that `#left` counts for ends here. */
  #slotEnd = -Infinity;
  #left = 0;
  /** With whom the next round begins, so that nobody is always the last. */
  #turn = 0;
  /** Whether peers are at work, and whether `resume` was called meanwhile. */
  #busy = false;
  #resumed = false;
  #random: Uint8Array = new Uint8Array(0);
  #randomUsed = 0;

  /** A receiver that begins now: it takes what is sent from now on. */
  constructor(settings: PgmSettings, host: DatagramEngineHost, _now: number) {
    this.#settings = settings;
    this.#host = host;
    this.#group = canonicalAddress(settings.group);
    this.windowSize = windowPackets(settings);
    this.listSize = maxNumbers(settings);
    this.maxMessageSize = settings.maxMessageSize;
    const limit = Math.max(BUDGET_MIN, this.windowSize * (settings.maxTpdu + PACKET_OVERHEAD));
    this.budget = new Budget(limit, limit / PEERS_MAX);
  }

  /** How many sources it knows. */
  get sources(): number {
    return this.#peers.count;
  }

  receive(datagram: Uint8Array, from: DatagramAddress, now: number): void {
    if (this.finished) return;
    const packet = decodePacket(datagram);
    const reason = typeof packet === "string" ? packet : this.#receive(packet, from, now);
    if (reason !== undefined) this.#host.malformed(from, reason);
  }

  tick(now: number): void {
    if (this.finished || now < this.#earliest) return;
    const peers = this.#peers.all;
    let earliest = Infinity;
    this.#busy = true;
    const start = this.#turn++ % Math.max(1, peers.length);
    for (const peer of [...peers.slice(start), ...peers.slice(0, start)]) {
      if (now >= peer.deadline) this.#tick(peer, now);
      if (peer.forgotten(now)) this.#peers.remove(peer);
      // What is due even now has to wait for the next slot.
      else earliest = Math.min(earliest, peer.deadline > now ? peer.deadline : this.#slotEnd);
    }
    this.#busy = false;
    this.#earliest = earliest;
    this.#catchUp(now);
  }

  transmit(_now: number): OutgoingDatagram | undefined {
    return this.#outgoing.shift();
  }

  deadline(): number | undefined {
    return this.#earliest === Infinity ? undefined : this.#earliest;
  }

  resume(now: number): void {
    this.#resumed = true;
    if (this.#busy || this.open || this.finished) return;
    this.open = true;
    this.#busy = true;
    const peers = this.#peers.all;
    const start = this.#turn++ % Math.max(1, peers.length);
    for (let i = 0; i < peers.length && this.open; i++) {
      const peer = peers[(start + i) % peers.length]!;
      peer.resume(now);
      this.#schedule(peer);
    }
    this.#busy = false;
    this.#catchUp(now);
  }

  finish(_now: number): void {
    this.finished = true;
    this.#peers.clear();
    this.#outgoing.clear();
    this.#earliest = Infinity;
  }

  // What the peers ask and tell.

  backOff(): number {
    if (this.#randomUsed + 2 > this.#random.length) {
      this.#random = this.#settings.random(RANDOM_LOT);
      this.#randomUsed = 0;
    }
    const drawn = this.#random[this.#randomUsed]! << 8 | this.#random[this.#randomUsed + 1]!;
    this.#randomUsed += 2;
    return drawn * BACK_OFF_MAX / 65536;
  }

  push(message: Message): boolean {
    this.#resumed = false;
    // `resume` from within the call means that there is room after all.
    return this.open = this.#host.push(message) || this.#resumed;
  }

  lost(peer: Peer, first: number, count: number): void {
    this.#host.lost({ source: peer.name, first, count });
  }

  broken(peer: Peer, reason: string): void {
    this.#host.malformed(peer.address, reason);
  }

  /** Answers why a packet is of no use, as the decoder does. */
  #receive(packet: Packet, from: DatagramAddress, now: number): string | undefined {
    const { port } = this.#settings;
    if (packet.type === SPMR) {
      if (packet.sourcePort !== port) return "for another port";
      for (const peer of this.#peers.named(packet.gsi, packet.destinationPort)) peer.onRequest(now);
      return undefined;
    }
    if (packet.type === NAK) return "not for a receiver";
    if (packet.destinationPort !== port) return "for another port";
    if (packet.type === NCF && packet.group !== this.#group) return "for another group";
    const peer = this.#peers.find(packet, from.host) ?? this.#admit(packet, from, now);
    if (peer === undefined) return "more sources than are followed";
    peer.heard = now;
    this.#busy = true;
    if (packet.type === ODATA || packet.type === RDATA) peer.onData(packet, now);
    else if (packet.type === NCF) peer.onConfirmation(packet, now);
    else if (packet.type === SPM && peer.onSpm(packet, now)) this.#tick(peer, now);
    this.#busy = false;
    this.#schedule(peer);
    this.#catchUp(now);
    return undefined;
  }

  #admit(packet: PacketHeader, from: DatagramAddress, now: number): Peer | undefined {
    if (this.#peers.isFull) {
      const victim = this.#peers.victim(now);
      if (victim === undefined) return undefined;
      this.#peers.remove(victim);
      victim.evict();
    }
    const peer = new Peer(this, packet, from, now);
    this.#peers.add(peer);
    return peer;
  }

  /** What is due for one peer: an SPMR, NAKs. */
  #tick(peer: Peer, now: number): void {
    if (now >= this.#slotEnd) {
      this.#slotEnd = now + SLOT;
      this.#left = SLOT_DATAGRAMS;
    }
    const { gsi, sourcePort, nla } = peer;
    const { port } = this.#settings;
    // Upstream, the ports are swapped.
    const header: PacketHeader = { sourcePort: port, destinationPort: sourcePort, gsi };
    if (this.#left > 1 && peer.requests(now)) {
      const datagram = encodeSpmr(header);
      this.#send(datagram, this.#settings.group);
      this.#send(datagram, peer.address.host);
    }
    const lists = peer.tick(now, Math.min(this.#left, SLOT_NAKS));
    for (const numbers of lists) {
      const datagram = encodeNak({ type: NAK, ...header, numbers, nla: nla!, group: this.#group });
      this.#send(datagram, withZone(nla!, peer.address.host));
    }
  }

  #send(datagram: Uint8Array, host: string): void {
    this.#left--;
    this.#outgoing.push({ datagram, to: { host, port: this.#settings.port } });
  }

  #schedule({ deadline }: Peer): void {
    if (deadline < this.#earliest) this.#earliest = deadline;
  }

  /** If the host got room while peers were at work, those that had found none go on. */
  #catchUp(now: number): void {
    if (this.#resumed && !this.open) this.resume(now);
  }
}
