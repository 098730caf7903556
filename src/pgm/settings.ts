/**
 * What a PGM source or receiver must know, and what follows from it: the window and the size of its packets, by
 * libzmq's arithmetic, because both ends of a stream compute them for themselves and have to agree.
 *
 * @module
 */

import { NUMBERS_MAX } from "./packet.ts";

/** What an endpoint and its socket's options say. */
export interface PgmSettings {
  /** The port of the URL: PGM's destination port, and the UDP port of everything. */
  readonly port: number;
  /** Numeric address of the group: where a source sends, and whose confirmations (NCF) a receiver expects. */
  readonly group: string;
  /** Numeric unicast address of the interface: a source's network-layer address (NLA). */
  readonly interfaceAddress: string;
  /** Kilobits a second (`ZMQ_RATE`). */
  readonly rate: number;
  /** Milliseconds for which a source can repair at that rate (`ZMQ_RECOVERY_IVL`). */
  readonly recoveryInterval: number;
  /** The largest packet in octets, headers of IP and UDP included (`ZMQ_MULTICAST_MAXTPDU`). */
  readonly maxTpdu: number;
  /** The longest part in octets that a receiver takes (`ZMQ_MAXMSGSIZE`), `Infinity` for any. */
  readonly maxMessageSize: number;
  /** So many random octets: for the name of a source, and for a receiver's back-off. */
  random(length: number): Uint8Array;
}

/** The headers of UDP (8) and of IPv4 (20) or IPv6 (40): what the system adds to a packet. */
export function outerHeaders(settings: PgmSettings): number {
  return isIpv6(settings) ? 48 : 28;
}

/** How many packets a window holds, at either end. */
export function windowPackets({ rate, recoveryInterval, maxTpdu }: PgmSettings): number {
  // libzmq rounds twice: whole octets a millisecond, then whole packets.
  return Math.max(1, Math.floor(Math.floor(rate / 8) * recoveryInterval / maxTpdu));
}

/** How many octets of the stream fit into one packet. */
export function maxSlice(settings: PgmSettings): number {
  // PGM's own header and the data's (24), the offset (2), and 20 that OpenPGM reserves for an OPT_FRAGMENT it
  // never sends: a packet of ours is never larger than one of libzmq's with the same setting.
  return settings.maxTpdu - outerHeaders(settings) - 24 - 20 - 2;
}

/** How many numbers a NAK or its confirmation can name: after headers and two addresses, four octets each. */
export function maxNumbers(settings: PgmSettings): number {
  // OpenPGM reads into memory of its own TPDU size, and what is cut fails the checksum.
  const addresses = isIpv6(settings) ? 32 : 8;
  const listed = Math.floor((settings.maxTpdu - outerHeaders(settings) - 28 - addresses - 8) / 4);
  return Math.min(NUMBERS_MAX, Math.max(0, listed) + 1);
}

function isIpv6({ group }: PgmSettings): boolean {
  return group.includes(":");
}
