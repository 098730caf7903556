/**
 * PGM packets (RFC 3208) and their options, mostly with a checksum that is right, or nothing else would be read.
 */

import { checksumOf, sumOf } from "../../../src/pgm/checksum.ts";
import {
  decodePacket,
  encodeData,
  encodeNak,
  encodeSpm,
  encodeSpmr,
  NAK,
  NCF,
  NO_MESSAGE,
  NUMBERS_MAX,
  ODATA,
  type Packet,
  putUint16,
  RDATA,
  SPM,
  SPMR,
} from "../../../src/pgm/packet.ts";
import { must } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf, uint32 } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";

/** What a packet is made from. */
export interface Made {
  readonly kind: "spm" | "odata" | "rdata" | "nak" | "ncf" | "spmr";
  readonly number: number;
  readonly trail: number;
  readonly lead: number;
  readonly offset: number;
  readonly slice: Body;
  readonly numbers: number[];
  readonly address: string;
  /** Of an SPM; of data: whether the header names the length that it has after the changes. */
  readonly fin: boolean;
  readonly edits: Edit[];
  readonly sealed: boolean;
}

const HEADER = { sourcePort: 0x1111, destinationPort: 5555, gsi: 0x010203040506 };

export const pgmPacket: AnyTarget = target<Made>({
  name: "pgm_packet",
  promise: "is read or named for what it is not, consistent in itself, and the same encoded and read again",
  input: made,
  check(input) {
    const octets = encodeMade(input);
    const packet = decodePacket(octets);
    if (typeof packet === "string") {
      must(packet.length > 0 && packet.length < 80, "a reason of no or many words");
      return;
    }
    mustBeConsistent(packet, octets);
    const again = decodePacket(encode(packet));
    must(typeof again !== "string", `encoded and read again: ${String(again)}`);
    must(JSON.stringify(again) === JSON.stringify(packet), "another packet");
  },
});

/** Any packet. */
export function made(fc: FastCheck, numbers: Arbitrary<number> = uint32(fc)): Arbitrary<Made> {
  return fc.record<Made>({
    kind: fc.constantFrom("spm", "odata", "odata", "rdata", "nak", "ncf", "spmr"),
    number: numbers,
    trail: numbers,
    lead: numbers,
    offset: fc.oneof(fc.constantFrom(0, NO_MESSAGE), fc.nat(40), fc.nat(65_535)),
    slice: body(fc),
    numbers: fc.array(numbers, { minLength: 1, maxLength: NUMBERS_MAX }),
    address: fc.constantFrom("10.99.0.1", "239.192.1.1", "0.0.0.0", "fe80::1", "ff08::1", "::"),
    fin: fc.boolean(),
    edits: edits(fc),
    sealed: fc.oneof(
      { weight: 9, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  });
}

/** Its octets after the changes. */
export function encodeMade(given: Made, header: typeof HEADER = HEADER, group = given.address): Uint8Array {
  const octets = edited(soundOctets(given, header, group), given.edits);
  if (given.sealed && octets.length >= 16) {
    const isData = given.kind === "odata" || given.kind === "rdata";
    if (isData && given.fin && octets.length >= 24) putUint16(octets, 14, octets.length - 24);
    putUint16(octets, 6, 0);
    putUint16(octets, 6, checksumOf(sumOf(octets)));
  }
  return octets;
}

function soundOctets(given: Made, header: typeof HEADER, group: string): Uint8Array {
  const { kind, number, trail, lead, offset, numbers, address: nla, fin } = given;
  switch (kind) {
    case "spm":
      return encodeSpm({ ...header, number, trail, lead, nla, fin });
    case "odata":
    case "rdata": {
      const type = kind === "odata" ? ODATA : RDATA;
      return encodeData({ ...header, type, number, trail, offset, slice: octetsOf(given.slice) });
    }
    case "nak":
      return encodeNak({ ...swapped(header), type: NAK, numbers, nla, group });
    case "ncf":
      return encodeNak({ ...header, type: NCF, numbers, nla, group });
    case "spmr":
      return encodeSpmr(swapped(header));
  }
}

function swapped({ sourcePort, destinationPort, gsi }: typeof HEADER): typeof HEADER {
  return { sourcePort: destinationPort, destinationPort: sourcePort, gsi };
}

function encode(packet: Packet): Uint8Array {
  switch (packet.type) {
    case SPM:
      return encodeSpm(packet);
    case SPMR:
      return encodeSpmr(packet);
    case NAK:
    case NCF:
      return encodeNak(packet);
    default:
      return encodeData(packet);
  }
}

function mustBeConsistent(packet: Packet, octets: Uint8Array): void {
  if (packet.type === ODATA || packet.type === RDATA) {
    const { slice, offset, number, trail } = packet;
    must(slice.length < octets.length, "more data than came");
    must(offset === NO_MESSAGE || offset <= slice.length, "an offset beyond the data");
    must(((number - trail) | 0) >= 0, "a trail ahead of the number");
  } else if (packet.type === NAK || packet.type === NCF) {
    const { length } = packet.numbers;
    must(length >= 1 && length <= NUMBERS_MAX, `${length} numbers`);
  } else if (packet.type === SPM) {
    must(((packet.lead + 1 - packet.trail) | 0) >= 0, "a trail ahead of the lead");
  }
}
