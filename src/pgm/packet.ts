/**
 * PGM packets (RFC 3208) as libzmq uses them: SPM, ODATA, RDATA, NAK, NCF and SPMR; octets to fields and back.
 * The payload of a UDP datagram is one packet, whole. The decoder is strict and never throws: it answers the
 * packet, or in a few words why there is none. What it accepts is consistent in itself: lengths add up, a trail
 * is never ahead, an offset lies within the data.
 *
 * @module
 */

import { formatIpAddress, parseIpAddress } from "../base/ip_address.ts";
import { checksumOf, sumOf } from "./checksum.ts";
import { type Options, optionsOf } from "./packet_options.ts";
import { serialAdd, serialBefore } from "./serial.ts";

/** Source path message: the window of a source, and where to send NAKs. Downstream. */
export const SPM = 0x00;
/** Original data. Downstream. */
export const ODATA = 0x04;
/** Repair data. Downstream. */
export const RDATA = 0x05;
/** Negative acknowledgement: these are missing. Upstream. */
export const NAK = 0x08;
/** NAK confirmation: a NAK has arrived, nobody else needs to send it. Downstream. */
export const NCF = 0x0a;
/** Request for an SPM. Upstream. */
export const SPMR = 0x0c;

/** The offset that says: no message begins in this packet, and it is full. */
export const NO_MESSAGE = 0xffff;

/** The generic header and the data's own, before the two octets of the offset. */
export const DATA_HEADER = 24;

/** A NAK or NCF names at most so many: one, and a list of 62. */
export const NUMBERS_MAX = 63;

const HEADER = 16;
const OFFSET = 2;
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const FLAG_OPTIONS = 0x01;
const FLAG_NETWORK_SIGNIFICANT = 0x02;
const FLAG_PARITY = 0x80;
/** A packet's length has 16 bits wherever it is written. */
const LONGEST = 0xffff;

/** What every packet says: the transport session it belongs to, and which way it goes. */
export interface PacketHeader {
  /** PGM's source port: downstream the source's own random one, upstream the destination port of the data. */
  readonly sourcePort: number;
  /** PGM's destination port: the two are swapped upstream. */
  readonly destinationPort: number;
  /** The source's global identifier, 48 bits; with the source's port it is the TSI. */
  readonly gsi: number;
}

/** An SPM. */
export interface SpmPacket extends PacketHeader {
  readonly type: typeof SPM;
  /** Counts the SPMs of this source, from 0. */
  readonly number: number;
  /** The oldest packet that the source can repair. */
  readonly trail: number;
  /** The newest packet; `trail` - 1 before there is any. */
  readonly lead: number;
  /** The source's unicast address, where NAKs go. */
  readonly nla: string;
  /** Whether this says that the source ends. */
  readonly fin: boolean;
}

/** ODATA or RDATA. */
export interface DataPacket extends PacketHeader {
  readonly type: typeof ODATA | typeof RDATA;
  readonly number: number;
  /** The oldest packet that the source could repair when it made this one. */
  readonly trail: number;
  /** Where in `slice` the first message begins that begins in it, or {@linkcode NO_MESSAGE}. */
  readonly offset: number;
  /** A piece of the stream of frames: a view on the datagram. */
  readonly slice: Uint8Array;
}

/** A NAK or NCF. */
export interface NakPacket extends PacketHeader {
  readonly type: typeof NAK | typeof NCF;
  /** The packets it names, at least one, at most {@linkcode NUMBERS_MAX}. */
  readonly numbers: readonly number[];
  /** The source's unicast address, as its SPM gave it. */
  readonly nla: string;
  /** The multicast group. */
  readonly group: string;
}

/** An SPMR. */
export interface SpmrPacket extends PacketHeader {
  readonly type: typeof SPMR;
}

/** Any packet that libzmq sends. */
export type Packet = SpmPacket | DataPacket | NakPacket | SpmrPacket;

/** The packet that a datagram is, or a short phrase that says why it is none. */
export function decodePacket(octets: Uint8Array): Packet | string {
  const { length } = octets;
  if (length < HEADER) return "shorter than a header";
  if (length > LONGEST) return "longer than a packet can be";
  const type = octets[4]!;
  if (!isKnown(type)) return "unknown packet type";
  const isData = type === ODATA || type === RDATA;
  if (getUint16(octets, 6) === 0) {
    if (isData) return "data without a checksum";
  } else if (sumOf(octets) !== 0xffff) return "wrong checksum";
  const header = {
    sourcePort: getUint16(octets, 0),
    destinationPort: getUint16(octets, 2),
    gsi: getUint16(octets, 8) * 2 ** 32 + getUint32(octets, 10),
  };
  if (isData) return decodeData(octets, type, header);
  if (getUint16(octets, 14) !== 0) return "data in a packet without data";
  if (type === SPM) return decodeSpm(octets, header);
  if (type === SPMR) return decodeSpmr(octets, header);
  return decodeNak(octets, type, header);
}

/** An SPM in octets. */
export function encodeSpm(packet: Omit<SpmPacket, "type">): Uint8Array {
  const nla = addressOctets(packet.nla);
  const octets = new Uint8Array(HEADER + 16 + nla.length + (packet.fin ? 8 : 0));
  putHeader(octets, SPM, packet);
  putUint32(octets, 16, packet.number);
  putUint32(octets, 20, packet.trail);
  putUint32(octets, 24, packet.lead);
  const end = putAddress(octets, 28, nla);
  if (packet.fin) {
    octets[5] = FLAG_OPTIONS;
    octets.set([0x00, 0x04, 0x00, 0x08, 0x8e, 0x04, 0x00, 0x00], end);
  }
  return sealed(octets);
}

/** A NAK or NCF in octets; with more than one number it has a list. */
export function encodeNak(packet: NakPacket): Uint8Array {
  const { numbers } = packet;
  const nla = addressOctets(packet.nla);
  const group = addressOctets(packet.group);
  const listed = numbers.length - 1;
  const octets = new Uint8Array(HEADER + 12 + nla.length + group.length + (listed > 0 ? 8 + 4 * listed : 0));
  putHeader(octets, packet.type, packet);
  putUint32(octets, 16, numbers[0]!);
  const end = putAddress(octets, putAddress(octets, 20, nla), group);
  if (listed > 0) {
    octets[5] = FLAG_OPTIONS | FLAG_NETWORK_SIGNIFICANT;
    const length = 4 + 4 * listed;
    octets.set([0x00, 0x04, length + 4 >> 8, length + 4, 0x82, length, 0x00, 0x00], end);
    for (let i = 1; i <= listed; i++) putUint32(octets, end + 4 + 4 * i, numbers[i]!);
  }
  return sealed(octets);
}

/** An SPMR in octets. */
export function encodeSpmr(packet: PacketHeader): Uint8Array {
  const octets = new Uint8Array(HEADER);
  putHeader(octets, SPMR, packet);
  return sealed(octets);
}

/** ODATA or RDATA in octets. A source writes its data in place instead: see {@linkcode sealData}. */
export function encodeData(packet: DataPacket): Uint8Array {
  const octets = new Uint8Array(DATA_HEADER + OFFSET + packet.slice.length);
  octets.set(packet.slice, DATA_HEADER + OFFSET);
  sealData(octets, packet);
  return octets;
}

/** Writes the headers and the checksum before and over a slice that already lies at its place. */
export function sealData(octets: Uint8Array, packet: Omit<DataPacket, "slice">): void {
  putHeader(octets, packet.type, packet);
  putUint16(octets, 14, octets.length - DATA_HEADER);
  putUint32(octets, 16, packet.number);
  putUint32(octets, 20, packet.trail);
  putUint16(octets, DATA_HEADER, packet.offset);
  sealed(octets);
}

/** The name of a transport session as 16 hexadecimal digits. */
export function formatTsi(gsi: number, sourcePort: number): string {
  return gsi.toString(16).padStart(12, "0") + sourcePort.toString(16).padStart(4, "0");
}

/** A 16-bit number of a packet. */
export function getUint16(octets: Uint8Array, at: number): number {
  return octets[at]! << 8 | octets[at + 1]!;
}

/** A 32-bit number of a packet. */
export function getUint32(octets: Uint8Array, at: number): number {
  return (octets[at]! << 24 | octets[at + 1]! << 16 | octets[at + 2]! << 8 | octets[at + 3]!) >>> 0;
}

/** Writes a 16-bit number. */
export function putUint16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

/** Writes a 32-bit number. */
export function putUint32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

function isKnown(type: number): type is Packet["type"] {
  return type === ODATA || type === RDATA || type === SPM || type === NAK || type === NCF || type === SPMR;
}

function decodeData(octets: Uint8Array, type: DataPacket["type"], header: PacketHeader): DataPacket | string {
  const { length } = octets;
  if (length < DATA_HEADER) return "shorter than its header";
  const flags = octets[5]!;
  if ((flags & FLAG_PARITY) !== 0) return "parity data";
  let start = DATA_HEADER;
  if ((flags & FLAG_OPTIONS) !== 0) {
    const options = optionsOf(octets, start);
    if (typeof options === "string") return options;
    start = options.end;
  }
  const data = length - start;
  if (getUint16(octets, 14) !== data) return "data of another length than its header says";
  if (data < OFFSET) return "data without an offset";
  const number = getUint32(octets, 16);
  const trail = getUint32(octets, 20);
  if (serialBefore(number, trail)) return "trail ahead of the sequence number";
  const offset = getUint16(octets, start);
  if (offset > data - OFFSET && offset !== NO_MESSAGE) return "offset beyond the data";
  const { sourcePort, destinationPort, gsi } = header;
  const slice = octets.subarray(start + OFFSET);
  return { type, sourcePort, destinationPort, gsi, number, trail, offset, slice };
}

function decodeSpm(octets: Uint8Array, header: PacketHeader): SpmPacket | string {
  const nla = addressAt(octets, 28);
  if (nla === undefined) return "no address of the source";
  if (!isUnicast(nla)) return "address of the source is not unicast";
  const options = optionsAtEnd(octets, 32 + nla.length);
  if (typeof options === "string") return options;
  const trail = getUint32(octets, 20);
  const lead = getUint32(octets, 24);
  if (serialBefore(serialAdd(lead, 1), trail)) return "trail ahead of the lead";
  const number = getUint32(octets, 16);
  return { type: SPM, ...header, number, trail, lead, nla: formatIpAddress(nla), fin: options.fin };
}

function decodeNak(octets: Uint8Array, type: NakPacket["type"], header: PacketHeader): NakPacket | string {
  if ((octets[5]! & FLAG_PARITY) !== 0) return "parity numbers";
  const nla = addressAt(octets, 20);
  if (nla === undefined) return "no address of the source";
  const group = addressAt(octets, 24 + nla.length);
  if (group === undefined) return "no address of the group";
  const options = optionsAtEnd(octets, 28 + nla.length + group.length);
  if (typeof options === "string") return options;
  const numbers = [getUint32(octets, 16)];
  for (let at = options.listStart; at < options.listEnd; at += 4) numbers.push(getUint32(octets, at));
  return { type, ...header, numbers, nla: formatIpAddress(nla), group: formatIpAddress(group) };
}

function decodeSpmr(octets: Uint8Array, header: PacketHeader): SpmrPacket | string {
  const options = optionsAtEnd(octets, HEADER);
  return typeof options === "string" ? options : { type: SPMR, ...header };
}

/** The options of a packet without data: they, or what is before them, end it. */
function optionsAtEnd(octets: Uint8Array, start: number): Options | string {
  const options = (octets[5]! & FLAG_OPTIONS) !== 0
    ? optionsOf(octets, start)
    : { end: start, fin: false, listStart: 0, listEnd: 0 };
  if (typeof options !== "string" && options.end !== octets.length) return "octets after the end";
  return options;
}

/** The 4 or 16 octets of the address at this place, `undefined` if there is none or the packet ends in it. */
function addressAt(octets: Uint8Array, at: number): Uint8Array | undefined {
  if (octets.length < at + 4) return undefined;
  const family = getUint16(octets, at);
  const size = family === AFI_IPV4 ? 4 : family === AFI_IPV6 ? 16 : undefined;
  if (size === undefined || octets.length < at + 4 + size) return undefined;
  return octets.subarray(at + 4, at + 4 + size);
}

/** Neither a group, nor broadcast, nor nobody: NAKs to one of these would be sent to everybody. */
function isUnicast(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] !== 0 && address[0]! < 224;
  return address[0] !== 0xff && address.some((octet) => octet !== 0);
}

function putHeader(octets: Uint8Array, type: number, header: PacketHeader): void {
  putUint16(octets, 0, header.sourcePort);
  putUint16(octets, 2, header.destinationPort);
  octets[4] = type;
  putUint16(octets, 8, Math.floor(header.gsi / 2 ** 32));
  putUint32(octets, 10, header.gsi);
}

function putAddress(octets: Uint8Array, at: number, address: readonly number[]): number {
  putUint16(octets, at, address.length === 4 ? AFI_IPV4 : AFI_IPV6);
  octets.set(address, at + 4);
  return at + 4 + address.length;
}

/** Octets of an address that this side knows; a zone ("%eth0") means nothing on the wire. */
function addressOctets(text: string): readonly number[] {
  const octets = parseIpAddress(text.split("%", 1)[0]!);
  if (octets === undefined) throw new TypeError(`Not a numeric address: ${text}`);
  return octets;
}

/** The packet with its checksum, written into a field that is 0. */
function sealed(octets: Uint8Array): Uint8Array {
  putUint16(octets, 6, checksumOf(sumOf(octets)));
  return octets;
}
