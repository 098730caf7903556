import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sharedKey } from "../../../src/crypto/box.ts";
import { encoded, montgomeryLadder } from "../../../src/crypto/curve25519.ts";
import { kernel } from "../../../src/crypto/kernel.ts";
import { publicKeyOf, x25519 } from "../../../src/crypto/x25519.ts";
import { Random } from "../../support/reference.ts";
import { wycheproofCases } from "../../vectors/crypto/wycheproof_x25519.ts";
import { hex, unhex } from "./implementations.ts";

/** RFC 7748, section 6.1. */
const ALICE = unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
const BOB = unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");

for (const [name, multiply] of [["the twin", montgomeryLadder], ["the kernel", byKernel]] as const) {
  describe(`X25519, ${name}`, () => {
    it("has the products of RFC 7748, section 5.2", () => {
      const rows: readonly (readonly [string, string, string])[] = [
        [
          "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
          "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ],
        [
          "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
          "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
          "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ],
      ];
      for (const [scalar, u, product] of rows) {
        assertEquals(hex(multiply(unhex(scalar), unhex(u))), product);
      }
    });

    it("comes after 1 and 1000 iterations to where section 5.2 says", () => {
      let k: Uint8Array = unhex("09" + "00".repeat(31)), u: Uint8Array = k;
      for (let i = 1; i <= 1000; i++) {
        [k, u] = [multiply(k, u), k];
        if (i === 1) {
          assertEquals(hex(k), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
        }
      }
      assertEquals(hex(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
    });

    it("has the products of Project Wycheproof's 518 cases", () => {
      const cases = wycheproofCases();
      assertEquals(cases.length, 518);
      for (const [number, secretKey, publicKey, shared] of cases) {
        assertEquals(hex(multiply(unhex(secretKey), unhex(publicKey))), shared, `case ${number}`);
      }
    });

    it("ignores the top bit of a public key, and takes those that are not reduced (section 5)", () => {
      const random = new Random(7748);
      for (let i = 0; i < 10; i++) {
        const scalar = random.octets(32), u = random.octets(32), other = u.slice();
        other[31]! ^= 0x80;
        assertEquals(hex(multiply(scalar, other)), hex(multiply(scalar, u)));
      }
      // 2^255 - 19 + 9 is 9.
      const scalar = random.octets(32);
      const nine = unhex("09" + "00".repeat(31)), large = unhex("f6" + "ff".repeat(30) + "7f");
      assertEquals(hex(multiply(scalar, large)), hex(multiply(scalar, nine)));
    });

    it("changes neither of its inputs", () => {
      const scalar = new Uint8Array(32).fill(0xff), u = new Uint8Array(32).fill(0xff);
      multiply(scalar, u);
      assertEquals([...scalar, ...u], new Array(64).fill(0xff));
    });
  });
}

describe("X25519", () => {
  it("gives the public keys and the secret of RFC 7748, section 6.1", () => {
    const alice = publicKeyOf(ALICE), bob = publicKeyOf(BOB);
    assertEquals(hex(alice), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assertEquals(hex(bob), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    assertEquals([hex(x25519(ALICE, bob)), hex(x25519(BOB, alice))], [secret, secret]);
  });

  it("makes no shared key with a point of small order (section 6.1)", () => {
    const small = [
      "00".repeat(32),
      "01" + "00".repeat(31),
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      // 2^255 - 19 less one, itself, and one more.
      "ec" + "ff".repeat(30) + "7f",
      "ed" + "ff".repeat(30) + "7f",
      "ee" + "ff".repeat(30) + "7f",
    ];
    for (const point of small) {
      for (const top of [0, 0x80]) {
        const publicKey = unhex(point);
        publicKey[31]! |= top;
        assertEquals(hex(montgomeryLadder(ALICE, publicKey)), "00".repeat(32), point);
        assertEquals(sharedKey(publicKey, ALICE), undefined, point);
      }
    }
  });

  it("has the same products by the kernel and by its twin", () => {
    const random = new Random(1987);
    for (let i = 0; i < 200; i++) {
      const scalar = random.octets(32), u = random.octets(32);
      // Limbs that are all ones or zeros, too.
      if (i % 4 === 0) u.fill(random.pick([0, 0xff]), random.below(16), 16 + random.below(16));
      assertEquals(hex(byKernel(scalar, u)), hex(montgomeryLadder(scalar, u)), `case ${i}`);
    }
  });

  it("reduces what is around multiples of 2^255 - 19 and of 2^255, and numbers that are not carried", () => {
    const random = new Random(255);
    for (const [name, sizes, encode] of FORMS) {
      for (const base of [-1n << 256n, -1n << 255n, -P, 0n, P, 1n << 255n, 1n << 256n]) {
        for (let more = -40n; more <= 40n; more++) {
          const limbs = split(base + more, sizes);
          assertEquals(hex(encode(limbs)), hexOf(base + more), `${name}, ${base} + ${more}`);
        }
      }
      for (let i = 0; i < 2000; i++) {
        const limbs = sizes.map((size) => {
          const full = 2 ** size;
          return BigInt(
            random.pick([0, -1, full - 1, full, random.below(full), random.below(8 * full) - 4 * full]),
          );
        });
        assertEquals(hex(encode(limbs)), hexOf(joined(limbs, sizes)), `${name}, ${limbs}`);
      }
    }
  });

  it("leaves in the kernel's memory neither the keys nor what was made of them", () => {
    const { octets } = kernel()!;
    x25519(ALICE, publicKeyOf(BOB));
    assertEquals(octets.subarray(1024, 4096).every((octet) => octet === 0), true);
  });
});

/** The forms of numbers: sizes of limbs in bits, and what writes the number. */
const FORMS: readonly (readonly [string, readonly number[], (limbs: readonly bigint[]) => Uint8Array])[] = [
  ["the twin", new Array(15).fill(17), (limbs) => encoded(Float64Array.from(limbs, Number))],
  ["the kernel", [26, 25, 26, 25, 26, 25, 26, 25, 26, 25], (limbs) => {
    const { code, buffer, octets } = kernel()!;
    const view = new DataView(buffer);
    limbs.forEach((limb, i) => view.setBigInt64(1104 + 8 * i, limb, true));
    code.encode(1056, 1104);
    const result = octets.slice(1056, 1088);
    octets.fill(0, 1024, 4096);
    return result;
  }],
];

const P = (1n << 255n) - 19n;

/** The last limb takes what is left, with its sign. */
function split(value: bigint, sizes: readonly number[]): bigint[] {
  return sizes.map((size, i) => {
    const limb = i < sizes.length - 1 ? BigInt.asUintN(size, value) : value;
    value = (value - limb) >> BigInt(size);
    return limb;
  });
}

function joined(limbs: readonly bigint[], sizes: readonly number[]): bigint {
  let value = 0n, shift = 0n;
  limbs.forEach((limb, i) => {
    value += limb << shift;
    shift += BigInt(sizes[i]!);
  });
  return value;
}

function hexOf(value: bigint): string {
  const reduced = (value % P + P) % P;
  return hex(Uint8Array.from({ length: 32 }, (_, i) => Number(reduced >> BigInt(8 * i) & 0xffn)));
}

function byKernel(scalar: Uint8Array, u: Uint8Array): Uint8Array {
  return kernel()!.multiply(scalar, u);
}
