import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { concatBytes, encodeText, equalBytes, latin1 } from "../../../src/base/bytes.ts";
import { assertBytes } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";

describe("bytes", () => {
  it("text becomes UTF-8, a lone surrogate U+FFFD, and a NUL is kept", () => {
    assertBytes(encodeText("aé€😀\0"), [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0]);
    assertBytes(encodeText("\ud800x"), [0xef, 0xbf, 0xbd, 0x78]);
  });

  it("runs of octets are equal if lengths and octets are", () => {
    assert(equalBytes(new Uint8Array(0), new Uint8Array(0)));
    assert(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(9, 1, 2).subarray(1)));
    assert(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)));
    assert(!equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2)));
    assert(!equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  });

  it("parts are joined in order", () => {
    assertBytes(concatBytes(), []);
    assertBytes(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)), [1, 2, 3]);
  });

  it("latin1 has one code unit an octet and is one-to-one, for any length", () => {
    const random = new Random(5);
    for (const length of [0, 1, 4, 5, 6, 255, 4095, 4096, 4097, 20_000]) {
      const octets = random.octets(length);
      const text = latin1(octets);
      assertEquals(text.length, length);
      assertBytes(Uint8Array.from(text, (unit) => unit.charCodeAt(0)), octets);
    }
  });
});
