/** Z85 by RFC 32, and by libzmq's test_base85 and test_z85_decode_fuzzer. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError } from "../../../src/base/errors.ts";
import { octetsOfKey, octetsOfZ85, z85Decode, z85Encode } from "../../../src/base/z85.ts";
import { Random } from "../../support/reference.ts";

const HELLO = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
const KEY = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

describe("Z85", () => {
  it('SHALL encode the RFC\'s eight octets as "HelloWorld", and back (RFC 32, "Test Case"; Z8-1, LT-45)', () => {
    assertEquals(z85Encode(HELLO), "HelloWorld");
    assertEquals(z85Decode("HelloWorld"), HELLO);
  });

  it("encodes the key of the RFC's reference code both ways (Z8-1, LT-55)", () => {
    const octets = bytes("8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7");
    assertEquals(z85Encode(octets), KEY);
    assertEquals(z85Decode(KEY), octets);
  });

  it("encodes nothing as nothing, and the least and the most that four octets can say (Z8-1, Z8-3, LT-53, LT-54)", () => {
    const cases: [number[], string][] = [
      [[], ""],
      [[0, 0, 0, 0], "00000"],
      [[255, 255, 255, 255], "%nSc0"],
      [[0, 0, 0, 84], "0000#"],
      [[0, 0, 0, 85], "00010"],
    ];
    for (const [octets, text] of cases) {
      assertEquals(z85Encode(Uint8Array.from(octets)), text);
      assertEquals([...z85Decode(text)], octets);
    }
  });

  it("takes octets by fours only: others are EINVAL (Z8-2, LT-43, LT-44)", () => {
    for (const length of [1, 2, 3, 5, 31, 33, 42]) {
      assertEquals(code(() => z85Encode(new Uint8Array(length))), "EINVAL");
    }
  });

  for (
    const [what, text] of [
      ["a length that is no multiple of five (Z8-2, LT-46)", "01234567"],
      ["a single character (Z8-2, LT-47)", "0"],
      ["four characters", "0000"],
      ["an illegal character between legal ones (Z8-3, LT-50)", "####\x04"],
      ["libzmq's own example of it, which has six characters (LT-50)", "####\x047"],
      ["an illegal one of the printable ones", '0000"'],
      ["the character below the legal ones (Z8-3, LT-51)", "0000 "],
      ["the character above the legal ones (Z8-3, LT-52)", "0000~"],
      ["a character of two octets", "0000é"],
      ["a character of two code units", "000😀"],
      ["a NUL in place of a digit", "0000\0"],
      ["2^32, one more than four octets can say (Z8-3)", "%nSc1"],
      ["85^5 - 1, the largest number of five digits (Z8-3)", "#####"],
      ["that after what is right", "HelloWorld#####"],
    ] as const
  ) {
    it(`refuses ${what}: EINVAL, without showing the text`, () => {
      const error = assertThrows(() => z85Decode(text), ZmqError) as ZmqError;
      assertEquals(error.code, "EINVAL");
      assertEquals(error.message, `Not Z85 (RFC 32): ${text.length} characters`);
      assertEquals(octetsOfZ85(text), undefined);
    });
  }

  it("agrees with the arithmetic of large integers on random octets", () => {
    const random = new Random(32);
    for (let round = 0; round < 500; round++) {
      const octets = random.octets(4 * random.below(17));
      const text = z85Encode(octets);
      assertEquals(text, slow(octets));
      assertEquals(z85Decode(text), octets);
    }
  });

  it("decodes arbitrary text to octets that encode to it, or refuses it (LT-56)", () => {
    const random = new Random(85);
    let decoded = 0;
    for (let round = 0; round < 2000; round++) {
      const text = String.fromCharCode(...random.octets(5).map((octet) => 0x20 + octet % 96));
      const octets = octetsOfZ85(text);
      if (octets === undefined) continue;
      decoded++;
      assertEquals(z85Encode(octets), text);
    }
    assertEquals(decoded > 500 && decoded < 2000, true, `${decoded} decoded`);
  });
});

describe("a key of CURVE", () => {
  it("is 32 octets, or 40 characters of Z85, also as octets", () => {
    const octets = z85Decode(KEY);
    for (const key of [octets, KEY, new TextEncoder().encode(KEY)]) assertEquals(octetsOfKey(key), octets);
  });

  it("is nothing else", () => {
    const wrong = ["", "42", "x".repeat(32), KEY.slice(1), `${KEY}0`, "#".repeat(40), `${KEY}${KEY}`];
    for (const key of wrong) assertEquals(octetsOfKey(key), undefined);
    for (const length of [0, 31, 33, 40, 41]) assertEquals(octetsOfKey(new Uint8Array(length)), undefined);
  });
});

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

function slow(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 4) {
    const value = BigInt(
      `0x${[...octets.subarray(at, at + 4)].map((o) => o.toString(16).padStart(2, "0")).join("")}`,
    );
    for (let power = 4n; power >= 0n; power--) text += ALPHABET[Number(value / 85n ** power % 85n)];
  }
  return text;
}

function code(action: () => unknown): string {
  return (assertThrows(action, ZmqError) as ZmqError).code;
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (digits) => parseInt(digits, 16));
}
