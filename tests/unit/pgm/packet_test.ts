/**
 * PGM packets: libzmq's own in both directions, and everything that no packet may be.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { formatIpAddress, parseIpAddress } from "../../../src/base/ip_address.ts";
import { adjustedChecksum, checksumOf, sumOf } from "../../../src/pgm/checksum.ts";
import {
  type DataPacket,
  decodePacket,
  encodeData,
  encodeNak,
  encodeSpm,
  encodeSpmr,
  formatTsi,
  NAK,
  NCF,
  NO_MESSAGE,
  ODATA,
  type Packet,
  RDATA,
  SPM,
  SPMR,
} from "../../../src/pgm/packet.ts";
import { serialAdd, serialBefore, serialDistance } from "../../../src/pgm/serial.ts";
import { assertBytes } from "../../support/bytes.ts";
import * as captures from "../../vectors/pgm/captures.ts";

const { packetsOf, unpack } = captures;
const REAL = [
  captures.START,
  captures.LENGTHS,
  captures.SPLIT,
  captures.DEFAULT_TPDU,
  captures.PACKED,
  captures.SPLIT_HEADER,
  captures.REPAIR,
  captures.REPAIR_LIST,
  captures.LATE_JOIN,
  captures.WINDOW,
  captures.RATE,
  captures.IPV6,
].flatMap(packetsOf);
const CRAFTED = packetsOf(captures.CRAFTED);

const HEADER = { sourcePort: 0x1111, destinationPort: 5555, gsi: 0x010203040506 };
const UPSTREAM = { sourcePort: 5555, destinationPort: 0x1111, gsi: 0x010203040506 };
const NLA = "10.99.0.1";
const GROUP = "239.192.1.1";
const SPM_PACKET = { ...HEADER, type: SPM, number: 7, trail: 3, lead: 9, nla: NLA, fin: false } as const;
const DATA_PACKET: DataPacket = {
  ...HEADER,
  type: ODATA,
  number: 5,
  trail: 2,
  offset: 0,
  slice: Uint8Array.of(2, 0, 0x61),
};
const NAK_PACKET = { ...UPSTREAM, type: NAK, numbers: [4, 6, 8], nla: NLA, group: GROUP } as const;

describe("a PGM packet", () => {
  it("is read from everything that libzmq sends", () => {
    const wrong = REAL.filter(({ label, octets }) => {
      const packet = decodePacket(octets);
      return typeof packet === "string" || nameOf(packet) !== label;
    });
    assertEquals(wrong.map(({ label, time }) => `${label} ${time}`), []);
    assert(REAL.length > 200);
  });

  it("is written octet for octet as libzmq does, but for what OpenPGM leaves uninitialised in a list", () => {
    let lists = 0;
    for (const { label, octets } of REAL) {
      const expected = octets.slice();
      if (label === "ncf-list" || label === "nak-list") {
        const change = -expected[42]! << 8;
        expected[42] = 0;
        putChecksum(expected, adjustedChecksum(expected[6]! << 8 | expected[7]!, change));
        lists++;
      }
      assertBytes(encode(decodePacket(octets) as Packet), expected, label);
    }
    assert(lists > 0);
  });

  it("has the fields that RFC 3208 section 8 names", () => {
    assertEquals(decodePacket(encodeSpm(SPM_PACKET)), SPM_PACKET);
    assertEquals(decodePacket(encodeSpm({ ...SPM_PACKET, fin: true })), { ...SPM_PACKET, fin: true });
    assertEquals(decodePacket(encodeSpm({ ...SPM_PACKET, nla: "fe80::1%eth0" })), {
      ...SPM_PACKET,
      nla: "fe80::1",
    });
    assertEquals(decodePacket(encodeData(DATA_PACKET)), DATA_PACKET);
    assertEquals(decodePacket(encodeData({ ...DATA_PACKET, type: RDATA, offset: NO_MESSAGE })), {
      ...DATA_PACKET,
      type: RDATA,
      offset: NO_MESSAGE,
    });
    assertEquals(decodePacket(encodeNak(NAK_PACKET)), NAK_PACKET);
    const most = {
      ...NAK_PACKET,
      type: NCF,
      numbers: Array.from({ length: 63 }, (_, i) => i * 1000),
    } as const;
    assertEquals(decodePacket(encodeNak(most)), most);
    const v6 = { ...NAK_PACKET, nla: "2001:db8::1", group: "ff08::1", numbers: [0xffffffff] };
    assertEquals(decodePacket(encodeNak(v6)), v6);
    assertEquals(decodePacket(encodeSpmr(UPSTREAM)), { ...UPSTREAM, type: SPMR });
  });

  it("is read at any place in memory", () => {
    for (const { octets } of REAL.slice(0, 40)) {
      const expected = decodePacket(octets);
      for (let shift = 1; shift < 4; shift++) {
        const memory = new Uint8Array(octets.length + 8).fill(0xaa);
        memory.set(octets, shift);
        assertEquals(decodePacket(memory.subarray(shift, shift + octets.length)), expected);
      }
    }
  });

  it("is named by TSI in 16 hexadecimal digits", () => {
    assertEquals(formatTsi(0x00b7c6d1bc03, 0x0a2), "00b7c6d1bc0300a2");
  });
});

describe("a packet that is none", () => {
  it("is dropped where libzmq drops it, and where libzmq does not survive it", () => {
    const outcomes: { [label: string]: string } = {
      "odata-no-checksum:dropped": "data without a checksum",
      "odata-bad-tsdu-length:dropped": "data of another length than its header says",
      "odata-trail-ahead:dropped": "trail ahead of the sequence number",
      "odata-empty:MUST-BE-DROPPED": "data without an offset",
      "odata-one-byte:MUST-BE-DROPPED": "data without an offset",
      "odata-offset-too-big:MUST-BE-DROPPED": "offset beyond the data",
      "odata-opt-fragment-1of2:MUST-BE-DROPPED": "fragment",
      "odata-opt-fragment-2of2:MUST-BE-DROPPED": "fragment",
      "odata-opt-fragment-single:MUST-BE-DROPPED": "fragment",
      "odata-options-overrun:MUST-BE-DROPPED": "options beyond the packet",
    };
    const seen: { [label: string]: string } = {};
    for (const { label, octets } of CRAFTED) {
      const packet = decodePacket(octets);
      if (typeof packet === "string") seen[label] = packet;
      else assert(!/dropped/i.test(label), label);
    }
    assertEquals(seen, outcomes);
  });

  it("is too short, too long, or of a type that libzmq never sends", () => {
    for (const octets of [encodeSpm(SPM_PACKET), encodeData(DATA_PACKET), encodeNak(NAK_PACKET)]) {
      for (let length = 0; length < octets.length; length++) {
        const cut = octets.slice(0, length);
        assertEquals(typeof decodePacket(cut), "string");
        if (length >= 16) assertEquals(typeof decodePacket(withChecksum(cut)), "string", `cut at ${length}`);
      }
    }
    assertEquals(decodePacket(new Uint8Array(65536)), "longer than a packet can be");
    for (const type of [0x01, 0x02, 0x03, 0x06, 0x07, 0x09, 0x0b, 0x0d, 0x0e, 0x84, 0xff]) {
      assertEquals(decodePacket(changed(encodeSpm(SPM_PACKET), { 4: type })), "unknown packet type");
    }
  });

  it("has the wrong checksum; zero means none, but not for data", () => {
    for (const { octets } of REAL.slice(0, 30)) {
      for (const at of [0, 5, 10, octets.length - 1]) {
        const broken = octets.slice();
        broken[at]! ^= 0x10;
        assertEquals(decodePacket(broken), "wrong checksum");
      }
      const without = octets.slice();
      putChecksum(without, 0);
      const packet = decodePacket(without);
      if (octets[4] === ODATA || octets[4] === RDATA) assertEquals(packet, "data without a checksum");
      else assertEquals(packet, decodePacket(octets));
    }
  });

  it("contradicts itself", () => {
    const spm = encodeSpm(SPM_PACKET);
    const nak = encodeNak(NAK_PACKET);
    const data = encodeData(DATA_PACKET);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [changed(spm, { 15: 1 }), "data in a packet without data"],
      [changed(nak, { 14: 1 }), "data in a packet without data"],
      [withChecksum(longer(spm, 4)), "octets after the end"],
      [withChecksum(longer(encodeSpmr(UPSTREAM), 1)), "octets after the end"],
      [encodeSpm({ ...SPM_PACKET, trail: 11 }), "trail ahead of the lead"],
      [changed(spm, { 29: 3 }), "no address of the source"],
      [encodeSpm({ ...SPM_PACKET, nla: GROUP }), "address of the source is not unicast"],
      [encodeSpm({ ...SPM_PACKET, nla: "0.0.0.0" }), "address of the source is not unicast"],
      [encodeSpm({ ...SPM_PACKET, nla: "255.255.255.255" }), "address of the source is not unicast"],
      [encodeSpm({ ...SPM_PACKET, nla: "::" }), "address of the source is not unicast"],
      [encodeSpm({ ...SPM_PACKET, nla: "ff02::1" }), "address of the source is not unicast"],
      [changed(nak, { 21: 0 }), "no address of the source"],
      [changed(nak, { 29: 9 }), "no address of the group"],
      [changed(nak, { 5: 0x83 }), "parity numbers"],
      [changed(data, { 5: 0x80 }), "parity data"],
      [changed(data, { 15: 4 }), "data of another length than its header says"],
      [encodeData({ ...DATA_PACKET, trail: 6 }), "trail ahead of the sequence number"],
      [encodeData({ ...DATA_PACKET, offset: 4 }), "offset beyond the data"],
    ];
    for (const [octets, reason] of cases) assertEquals(decodePacket(octets), reason);
  });

  it("has options that do not add up", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => i === count - 1 ? "bf040000" : "3f040000").join("");
    const cases: readonly (readonly [string, string | undefined])[] = [
      ["00040008" + "bf040000", undefined],
      ["00040044" + many(16), undefined],
      ["00040048" + many(17), "too many options"],
      ["", "options without their length"],
      ["0004", "options without their length"],
      ["01040008" + "bf040000", "options without their length"],
      ["00050008" + "bf040000", "options without their length"],
      ["00040004", "options end too early"],
      ["00040000", "options end too early"],
      ["00040008" + "3f040000", "options end too early"],
      ["0004000c" + "bf040000" + "00000000", "octets after the last option"],
      ["0004000c" + "3f000000" + "bf040000", "option shorter than its header"],
      ["00040008" + "bf030000", "option shorter than its header"],
      ["00040008" + "bf050000", "option beyond the options"],
      ["00040009" + "bf040000", "options beyond the packet"],
      ["0004ffff" + "bf040000", "options beyond the packet"],
      ["00040014" + "81100000" + "000000000000000000000000", "fragment"],
      ["00040008" + "82040000", "wrong NAK list"],
      ["0004000b" + "82070000" + "000000", "wrong NAK list"],
      ["00040010" + "820c0000" + "0000000100000002", undefined],
      ["00040014" + "02080000" + "00000001" + "82080000" + "00000002", "wrong NAK list"],
      ["00040100" + "82fc0000" + "00000001".repeat(62), undefined],
    ];
    const spmr = encodeSpmr(UPSTREAM);
    for (const [hex, reason] of cases) {
      const options = hex === "" ? new Uint8Array(0) : unpack(hex);
      const octets = longer(spmr, options.length);
      octets.set(options, spmr.length);
      octets[5] = 0x01;
      const packet = decodePacket(withChecksum(octets));
      assertEquals(typeof packet === "string" ? packet : undefined, reason, hex);
    }
  });

  it("never makes the decoder throw, whatever is in it", () => {
    const random = generator(20_261_122);
    const seeds = [...REAL, ...CRAFTED].map(({ octets }) => octets);
    const reasons = new Set<string>();
    let accepted = 0;
    for (let i = 0; i < 200_000; i++) {
      const octets = mutated(seeds[random(seeds.length)]!, random);
      const packet = decodePacket(octets);
      if (typeof packet === "string") {
        reasons.add(packet);
        continue;
      }
      accepted++;
      if (packet.type === ODATA || packet.type === RDATA) {
        assert(packet.offset === NO_MESSAGE || packet.offset <= packet.slice.length);
      } else if (packet.type === NAK || packet.type === NCF) {
        assert(packet.numbers.length >= 1 && packet.numbers.length <= 63);
      }
    }
    // It reached the places behind the checksum, too.
    assert(reasons.size >= 20, [...reasons].join(", "));
    assert(accepted > 1000);
  });
});

describe("the checksum (RFC 1071)", () => {
  it("is ffff where the complement is 0", () => {
    assertEquals(checksumOf(0xffff), 0xffff);
    const packet = CRAFTED.find(({ label }) => label.startsWith("odata-ck-ffff"))!;
    assert(typeof decodePacket(packet.octets) !== "string");
    assertBytes(encode(decodePacket(packet.octets) as Packet), packet.octets);
  });

  it("is the plain sum of 16-bit words for every length and place", () => {
    const random = generator(1);
    const memory = Uint8Array.from({ length: 3000 }, () => random(256));
    for (let length = 0; length < 70; length++) {
      for (let at = 0; at < 5; at++) {
        const octets = memory.subarray(at, at + length);
        assertEquals(sumOf(octets), plainSum(octets));
      }
    }
    const most = new Uint8Array(65535).fill(0xff);
    assertEquals(sumOf(most), plainSum(most));
    assertEquals(sumOf(most.subarray(1)), plainSum(most.subarray(1)));
  });

  it("follows a change of words without a new sum (RFC 1624)", () => {
    const random = generator(2);
    for (let i = 0; i < 20_000; i++) {
      const words = Array.from(
        { length: 4 },
        () => random(3) === 0 ? [0, 0xffff, 0xfffe][random(3)]! : random(65536),
      );
      words[0] ||= 1;
      const field = checksumOf(sumOf(octetsOf(words)));
      const changed = [words[0]!, random(65536), [0, 0xffff][random(2)]!, words[3]!];
      const change = changed[1]! - words[1]! + changed[2]! - words[2]!;
      assertEquals(adjustedChecksum(field, change), checksumOf(sumOf(octetsOf(changed))));
    }
  });
});

describe("sequence numbers", () => {
  it("wrap at 32 bits, with half of all before each and half after (RFC 1982)", () => {
    assertEquals(serialAdd(0xffffffff, 1), 0);
    assertEquals(serialAdd(0, -1), 0xffffffff);
    assertEquals(serialDistance(1, 0xfffffffe), 3);
    assertEquals(serialDistance(0xfffffffe, 1), -3);
    assert(serialBefore(0xffffffff, 0) && !serialBefore(0, 0xffffffff) && !serialBefore(5, 5));
    assert(serialBefore(0, 0x7fffffff) && !serialBefore(0, 0x80000001));
  });
});

describe("the text of an address", () => {
  it("is the recommended one (RFC 5952 section 4)", () => {
    const texts = [
      "10.99.0.1",
      "::",
      "::1",
      "fe80::5861:95ff:fe1f:cbd4",
      "ff08::1",
      "2001:db8:0:1:1:1:1:1",
      "2001:db8::1:0:0:1",
      "2001:0:0:1::1",
      "1:2:3:4:5:6:7:0",
      "1::",
    ];
    for (const text of texts) assertEquals(formatIpAddress(parseIpAddress(text)!), text);
    assertEquals(formatIpAddress(parseIpAddress("2001:DB8::0:0:1")!), "2001:db8::1");
  });
});

function nameOf(packet: Packet): string {
  switch (packet.type) {
    case SPM:
      return packet.fin ? "spm-fin" : "spm";
    case ODATA:
      return "odata";
    case RDATA:
      return "rdata";
    case SPMR:
      return "spmr";
    default:
      return (packet.type === NAK ? "nak" : "ncf") + (packet.numbers.length > 1 ? "-list" : "");
  }
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

/** The packet with some octets replaced, and a right checksum. */
function changed(octets: Uint8Array, at: { readonly [place: number]: number }): Uint8Array {
  const copy = octets.slice();
  for (const [place, octet] of Object.entries(at)) copy[Number(place)] = octet;
  return withChecksum(copy);
}

function longer(octets: Uint8Array, by: number): Uint8Array {
  const copy = new Uint8Array(octets.length + by);
  copy.set(octets);
  return copy;
}

function withChecksum(octets: Uint8Array): Uint8Array {
  putChecksum(octets, 0);
  putChecksum(octets, ~plainSum(octets) & 0xffff || 0xffff);
  return octets;
}

function putChecksum(octets: Uint8Array, field: number): void {
  octets[6] = field >> 8;
  octets[7] = field & 0xff;
}

function plainSum(octets: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i++) {
    sum += i % 2 === 0 ? octets[i]! * 256 : octets[i]!;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

function octetsOf(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** Some octets replaced, cut off, doubled or added; two of three times with the checksum set right again. */
function mutated(seed: Uint8Array, random: (below: number) => number): Uint8Array {
  let octets: Uint8Array = seed.slice();
  if (random(8) === 0) octets = octets.slice(0, random(octets.length + 1));
  if (random(8) === 0) octets = longer(octets, random(40));
  const changes = random(4);
  for (let i = 0; i < changes && octets.length > 0; i++) {
    // Mostly in the headers, where the decisions are.
    const at = random(random(4) === 0 ? octets.length : Math.min(octets.length, 48));
    octets[at] = random(3) === 0 ? [0, 1, 4, 0x80, 0xff][random(5)]! : random(256);
  }
  if (random(3) === 0 || octets.length < 8) return octets;
  return withChecksum(octets);
}

/** Numbers that are the same in every run (xorshift). */
function generator(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
