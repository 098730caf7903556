/**
 * The sending half of PGM (RFC 3208 section 5), as libzmq uses OpenPGM: messages become packets that any number
 * of receivers may hear, and are kept for a while to be sent again to who missed them. A calculator: it sends
 * whether or not anybody listens, and is told the time.
 *
 * What differs from libzmq, on purpose:
 * - A packet gets its number when it leaves, so no SPM names one that is still to be sent.
 * - A repair leaves with the confirmation, not with the next thing that happens to wake the engine.
 * - Repairs and confirmations count against the rate. In libzmq they do not: a NAK of 300 octets, which anybody
 *   can forge, brings 63 packets, so a handful of receivers with a bad link, or one liar, could make a source
 *   fill the link. Here repairs and data take turns while both wait, and confirmations get a quarter.
 * - A number that was never sent is not confirmed: receivers take a confirmation as a sign that it was.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import type { DatagramAddress } from "../io/datagram.ts";
import type { DatagramEngine, DatagramEngineHost, OutgoingDatagram } from "../io/engine.ts";
import { canonicalAddress } from "./addresses.ts";
import { adjustedChecksum } from "./checksum.ts";
import { FramesOut } from "./frames_out.ts";
import {
  DATA_HEADER,
  type DataPacket,
  decodePacket,
  encodeNak,
  encodeSpm,
  getUint16,
  getUint32,
  NAK,
  type NakPacket,
  NCF,
  ODATA,
  type PacketHeader,
  putUint16,
  putUint32,
  RDATA,
  sealData,
  SPMR,
} from "./packet.ts";
import { RepairQueue } from "./repair_queue.ts";
import { serialAdd, serialBefore } from "./serial.ts";
import { maxNumbers, maxSlice, outerHeaders, type PgmSettings, windowPackets } from "./settings.ts";
import { SpmSchedule } from "./spm_schedule.ts";
import { TokenBucket } from "./token_bucket.ts";
import { TransmitWindow } from "./transmit_window.ts";

/** SPMs at the start, and with FIN at the end: three, for some of them may be lost. */
const SPMS_TOGETHER = 3;
/** Where the slice of a packet begins: headers, then two octets of offset. */
const SLICE_AT = DATA_HEADER + 2;
/** Memory for packets is made in pieces of this size; one packet's own buffer costs ten times a view on them. */
const SLAB = 64 * 1024;
/** Which part of the rate confirmations may have. */
const CONFIRMATIONS_SHARE = 1 / 4;
/**
 * Milliseconds of the rate that may leave at once where the rate is high. libzmq has 1 there, but timers of the
 * runtimes come up to 2 ms late, and what does not fit into the bucket meanwhile is lost to the stream.
 */
const BURST_FAST = 4;
/** And where it is low, as in libzmq. */
const BURST_SLOW = 1000;

/** One source: what an `epgm://` endpoint of a PUB or XPUB drives. */
export class PgmSource implements DatagramEngine {
  finished = false;
  readonly #settings: PgmSettings;
  readonly #host: DatagramEngineHost;
  readonly #to: DatagramAddress;
  readonly #name: PacketHeader;
  readonly #nla: string;
  readonly #group: string;
  readonly #window: TransmitWindow;
  readonly #frames: FramesOut;
  readonly #schedule: SpmSchedule;
  readonly #bucket: TokenBucket;
  readonly #confirmationBucket: TokenBucket;
  readonly #outer: number;
  readonly #maxPacket: number;
  /** How many numbers fit into a confirmation. */
  readonly #numbersMax: number;
  /** What is written into the next data packet; one object for all of them. */
  readonly #data: { -readonly [field in keyof Omit<DataPacket, "slice">]: DataPacket[field] };
  readonly #confirmations = new Ring<Uint8Array>();
  readonly #repairs = new RepairQueue();
  #slab = new Uint8Array(0);
  #slabUsed = 0;
  #spmNumber = 0;
  #spmsDue = SPMS_TOGETHER;
  #repairsTurn = true;
  /** Whether the rate held something back, or may have. */
  #held = false;
  #finishing = false;
  /** Whether what is to be sent from now on are the last words. */
  #farewell = false;

  /** A source that begins now; `first` is the number of its first data packet, 0 as in libzmq. */
  constructor(settings: PgmSettings, host: DatagramEngineHost, now: number, first = 0) {
    this.#settings = settings;
    this.#host = host;
    this.#to = { host: settings.group, port: settings.port };
    this.#name = randomName(settings);
    this.#nla = canonicalAddress(settings.interfaceAddress);
    this.#group = canonicalAddress(settings.group);
    this.#window = new TransmitWindow(windowPackets(settings), first);
    this.#frames = new FramesOut(host);
    this.#schedule = new SpmSchedule(now);
    // One kbit/s is 125 octets a second, an eighth of an octet a millisecond.
    const perMillisecond = settings.rate / 8;
    const burst = burstOf(settings);
    this.#bucket = new TokenBucket(perMillisecond, burst, now);
    const share = Math.max(burst * CONFIRMATIONS_SHARE, settings.maxTpdu);
    this.#confirmationBucket = new TokenBucket(perMillisecond * CONFIRMATIONS_SHARE, share, now);
    this.#outer = outerHeaders(settings);
    this.#maxPacket = SLICE_AT + maxSlice(settings);
    this.#numbersMax = maxNumbers(settings);
    this.#data = { type: ODATA, ...this.#name, number: first, trail: first, offset: 0 };
  }

  get busy(): boolean {
    return this.#frames.cut;
  }

  receive(datagram: Uint8Array, from: DatagramAddress, now: number): void {
    if (this.finished) return;
    const packet = decodePacket(datagram);
    const reason = typeof packet === "string"
      ? packet
      : packet.type !== NAK && packet.type !== SPMR
      ? "not for a source"
      : !this.#isOwn(packet)
      ? "for another source"
      : packet.type === NAK
      ? this.#onNak(packet, now)
      : this.#onRequest(now);
    if (reason !== undefined) this.#host.malformed(from, reason);
  }

  tick(now: number): void {
    if (this.#schedule.due(now)) this.#spmsDue = Math.max(this.#spmsDue, 1);
  }

  transmit(now: number): OutgoingDatagram | undefined {
    if (this.finished) return undefined;
    const confirmation = this.#confirmations.shift();
    if (confirmation !== undefined) return { datagram: confirmation, to: this.#to };
    if (this.#spmsDue > 0) return this.#spm(now);
    if (this.#farewell) return undefined;
    // The rate must have a whole packet before a message is taken: what waits, waits where the marks count it,
    // and fills packets better.
    this.#held = !this.#bucket.has(this.#settings.maxTpdu, now);
    const datagram = this.#held ? undefined : this.#nextInTurn(now);
    if (datagram !== undefined) {
      this.#bucket.take(datagram.length + this.#outer);
      return { datagram, to: this.#to };
    }
    if (!this.#finishing || !this.#repairs.empty || this.#frames.waiting) return undefined;
    this.#farewell = true;
    this.#spmsDue = SPMS_TOGETHER;
    return this.#spm(now);
  }

  deadline(): number | undefined {
    if (this.finished) return undefined;
    const spm = this.#schedule.next;
    return this.#held ? Math.min(spm, this.#bucket.when(this.#settings.maxTpdu)) : spm;
  }

  /** A source takes messages and gives none: nothing waits for room. */
  resume(_now: number): void {}

  finish(_now: number): void {
    this.#finishing = true;
  }

  #isOwn({ sourcePort, destinationPort, gsi }: PacketHeader): boolean {
    const name = this.#name;
    // Upstream, the ports are swapped.
    return gsi === name.gsi && destinationPort === name.sourcePort && sourcePort === name.destinationPort;
  }

  /** Confirms, and queues what can be repaired. Answers why not, as the decoder does. */
  #onNak(packet: NakPacket, now: number): string | undefined {
    if (packet.nla !== this.#nla) return "NAK with another source's address";
    if (packet.group !== this.#group) return "NAK for another group";
    const { lead } = this.#window;
    const numbers = packet.numbers.filter((number) => !serialBefore(lead, number));
    if (numbers.length === 0) return "NAK for what was never sent";
    for (const number of numbers) {
      if (this.#window.get(number) !== undefined) this.#repairs.add(number, now);
    }
    this.#confirm(numbers, now);
    return undefined;
  }

  /** At once even if data has used up the rate: a late confirmation is of no use. Data pays it back. */
  #confirm(numbers: readonly number[], now: number): void {
    // Receivers read into memory of the same TPDU size, so a list may have to be cut.
    for (let i = 0; i < numbers.length; i += this.#numbersMax) {
      this.#confirmThese(numbers.slice(i, i + this.#numbersMax), now);
    }
  }

  #confirmThese(numbers: readonly number[], now: number): void {
    const { gsi, sourcePort, destinationPort } = this.#name;
    const ncf = encodeNak({
      type: NCF,
      sourcePort,
      destinationPort,
      gsi,
      numbers,
      nla: this.#nla,
      group: this.#group,
    });
    const cost = ncf.length + this.#outer;
    // Above its share there is none: the repair confirms as well, or the receiver asks again.
    if (!this.#confirmationBucket.has(cost, now)) return;
    this.#confirmationBucket.take(cost);
    this.#bucket.take(cost);
    this.#confirmations.push(ncf);
  }

  #onRequest(now: number): undefined {
    this.#schedule.requested(now);
    this.tick(now);
  }

  #spm(now: number): OutgoingDatagram {
    const { trail, lead } = this.#window;
    const number = this.#spmNumber;
    this.#spmNumber = serialAdd(number, 1);
    this.#spmsDue--;
    this.#schedule.sent(now);
    if (this.#farewell && this.#spmsDue === 0) this.finished = true;
    const datagram = encodeSpm({
      ...this.#name,
      number,
      trail,
      lead,
      nla: this.#nla,
      fin: this.#farewell,
    });
    return { datagram, to: this.#to };
  }

  #nextInTurn(now: number): Uint8Array | undefined {
    return this.#repairsTurn
      ? this.#nextRepair(now) ?? this.#nextData(now)
      : this.#nextData(now) ?? this.#nextRepair(now);
  }

  #nextData(now: number): Uint8Array | undefined {
    if (this.#slab.length - this.#slabUsed < this.#maxPacket) {
      this.#slab = new Uint8Array(Math.max(SLAB, this.#maxPacket));
      this.#slabUsed = 0;
    }
    const slab = this.#slab;
    const start = this.#slabUsed;
    const end = this.#frames.fill(slab, start + SLICE_AT, start + this.#maxPacket);
    if (end === start + SLICE_AT) return undefined;
    // The next one begins at a word, for the sake of the checksum.
    this.#slabUsed = (end + 3) & ~3;
    const packet = new Uint8Array(slab.buffer, start, end - start);
    const data = this.#data;
    const window = this.#window;
    data.number = serialAdd(window.lead, 1);
    // As libzmq does: the trail from before this packet came into the window.
    data.trail = window.trail;
    data.offset = this.#frames.offset;
    sealData(packet, data);
    window.push(packet);
    this.#schedule.data(now);
    this.#repairsTurn = true;
    return packet;
  }

  #nextRepair(now: number): Uint8Array | undefined {
    for (;;) {
      const number = this.#repairs.take();
      if (number === undefined) return undefined;
      const packet = this.#window.get(number);
      // The trail may have passed it in the meantime.
      if (packet === undefined) continue;
      toRepair(packet, this.#window.trail);
      this.#repairs.sent(number, now);
      this.#schedule.repair(now);
      this.#repairsTurn = false;
      return packet;
    }
  }
}

/**
 * Makes RDATA of a packet in its place, by changing three words: the type, and the trail. Whoever still holds it
 * to send it as ODATA sends RDATA then, which says the same.
 */
function toRepair(packet: Uint8Array, trail: number): void {
  const change = (RDATA - packet[4]! << 8) + sumOfHalves(trail) - sumOfHalves(getUint32(packet, 20));
  packet[4] = RDATA;
  putUint32(packet, 20, trail);
  putUint16(packet, 6, adjustedChecksum(getUint16(packet, 6), change));
}

function sumOfHalves(number: number): number {
  return (number >>> 16) + (number & 0xffff);
}

/** A transport session of one's own. libzmq's GSI is the same in every process; ours is random as its port. */
function randomName({ random, port }: PgmSettings): PacketHeader {
  const octets = random(8);
  const gsi = getUint16(octets, 0) * 2 ** 32 + getUint32(octets, 2);
  // OpenPGM's range. A source's port that equals the data's could be confused with it.
  const drawn = getUint16(octets, 6) % 0xffff;
  const sourcePort = drawn === port ? (drawn + 1) % 0xffff : drawn;
  return { sourcePort, destinationPort: port, gsi };
}

function burstOf({ rate, maxTpdu }: PgmSettings): number {
  const perMillisecond = rate / 8;
  return Math.max(maxTpdu, perMillisecond * (perMillisecond < maxTpdu ? BURST_SLOW : BURST_FAST));
}
