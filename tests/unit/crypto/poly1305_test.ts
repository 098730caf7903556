import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { kernel } from "../../../src/crypto/kernel.ts";
import { poly1305 } from "../../../src/crypto/poly1305.ts";
import { Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";
import { hex, unhex } from "./implementations.ts";

const CONTRIBUTION = octets(
  "Any submission to the IETF intended by the Contributor for publication as all or part of an IETF " +
    "Internet-Draft or RFC and any statement made within the context of an IETF activity is considered an " +
    '"IETF Contribution". Such statements include oral statements in IETF sessions, as well as written and ' +
    "electronic communications made at any time or place, which are addressed to",
);
const JABBERWOCKY = octets(
  "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\nAll mimsy were the borogoves,\n" +
    "And the mome raths outgrabe.",
);
const Z16 = "00".repeat(16);
const S = "36e5f6b5c5e06070f0efca96227a863e";
const EDGE = "e33594d7505e43b9000000000000000033 94d7505e4379cd0100000000000000" +
  Z16;

/** RFC 8439: where it is, key, text, MAC. */
const ROWS: readonly (readonly [string, string, Uint8Array, string])[] = [
  [
    "section 2.5.2",
    "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
    octets("Cryptographic Forum Research Group"),
    "a8061dc1305136c6c22b8baf0c0127a9",
  ],
  ["A.3 #1", Z16 + Z16, new Uint8Array(64), Z16],
  ["A.3 #2", Z16 + S, CONTRIBUTION, S],
  ["A.3 #3", S + Z16, CONTRIBUTION, "f3477e7cd95417af89a6b8794c310cf0"],
  [
    "A.3 #4",
    "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
    JABBERWOCKY,
    "4541669a7eaaee61e708dc7cbcc5eb62",
  ],
  ["A.3 #5", small(2) + Z16, unhex("ff".repeat(16)), small(3)],
  ["A.3 #6", small(2) + "ff".repeat(16), unhex(small(2)), small(3)],
  ["A.3 #7", small(1) + Z16, unhex("ff".repeat(16) + "f0" + "ff".repeat(15) + small(0x11)), small(5)],
  ["A.3 #8", small(1) + Z16, unhex("ff".repeat(16) + "fb" + "fe".repeat(15) + "01".repeat(16)), Z16],
  ["A.3 #9", small(2) + Z16, unhex("fd" + "ff".repeat(15)), "fa" + "ff".repeat(15)],
  [
    "A.3 #10",
    "01000000000000000400000000000000" + Z16,
    unhex(EDGE + small(1)),
    "14000000000000005500000000000000",
  ],
  ["A.3 #11", "01000000000000000400000000000000" + Z16, unhex(EDGE), small(0x13)],
];

const WAYS = [["the twin", twin], ["the kernel", kernelMac], [
  "the kernel, in two pieces",
  inPieces,
]] as const;

for (const [name, mac] of WAYS) {
  describe(`Poly1305, ${name}`, () => {
    for (const [where, key, text, expected] of ROWS) {
      it(`has the MAC of RFC 8439, ${where}`, () => assertEquals(hex(mac(unhex(key), text)), expected));
    }

    it("reduces sums from 2^130 - 6 to 2^130 - 1 to those below 2^130 - 5", () => {
      // With r = 1 three blocks add up to this: 3 * 2^128, and the first without its top bit.
      for (let first = 0xfa; first <= 0xff; first++) {
        const text = unhex(first.toString(16) + "ff".repeat(15) + Z16 + Z16);
        const key = unhex(small(1) + Z16);
        assertEquals(hex(mac(key, text)), hex(obvious(key, text)), `2^130 - ${0x100 - first}`);
      }
    });

    it("agrees with arithmetic on whole numbers, at every length and with extreme numbers", () => {
      const random = new Random(8439);
      for (let length = 0; length <= 320; length++) {
        for (const fill of [undefined, 0, 0xff]) {
          const key = random.octets(32), text = random.octets(length);
          if (fill !== undefined) {
            text.fill(fill);
            if (random.chance(0.5)) key.fill(0xff, 0, random.pick([16, 32]));
          }
          assertEquals(hex(mac(key, text)), hex(obvious(key, text)), `${length} octets, key ${hex(key)}`);
        }
      }
    });
  });
}

function twin(key: Uint8Array, text: Uint8Array): Uint8Array {
  const tag = new Uint8Array(18);
  poly1305(key, text, 0, text.length, tag, 1);
  assertEquals([tag[0], tag[17]], [0, 0]);
  return tag.subarray(1, 17);
}

function kernelMac(key: Uint8Array, text: Uint8Array, first = 0): Uint8Array {
  const { code, octets, window } = kernel()!;
  const at = window.byteOffset;
  octets.set(key, 0);
  code.startMac(0);
  window.set(text, 16);
  code.absorb(at + 16, first);
  code.absorb(at + 16 + first, text.length - first);
  code.finish(at);
  code.wipe();
  return window.slice(0, 16);
}

/** A piece that is not the last is a multiple of 16. */
function inPieces(key: Uint8Array, text: Uint8Array): Uint8Array {
  return kernelMac(key, text, (text.length >> 5) * 16);
}

/** Section 2.5.1 as it is written. */
function obvious(key: Uint8Array, text: Uint8Array): Uint8Array {
  const p = (1n << 130n) - 5n;
  const r = number(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < text.length; at += 16) {
    const block = text.subarray(at, at + 16);
    sum = (sum + number(block) + (1n << BigInt(8 * block.length))) * r % p;
  }
  sum += number(key.subarray(16));
  return Uint8Array.from({ length: 16 }, (_, i) => Number(sum >> BigInt(8 * i) & 0xffn));
}

function number(octets: Uint8Array): bigint {
  let value = 0n;
  for (let i = octets.length - 1; i >= 0; i--) value = value << 8n | BigInt(octets[i]!);
  return value;
}

/** Sixteen octets of a small number. */
function small(value: number): string {
  return value.toString(16).padStart(2, "0") + "00".repeat(15);
}
