import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sha1 } from "../../../src/crypto/sha1.ts";
import { octets, pattern } from "../../support/transcript.ts";

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("SHA-1", () => {
  it("has the digests of the FIPS 180 examples", () => {
    const rows: readonly (readonly [string, string])[] = [
      ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
      ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
      [
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
      ],
      ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
    ];
    for (const [text, digest] of rows) assertEquals(hex(sha1(octets(text))), digest, text.slice(0, 60));
  });

  it("agrees with the host's at every length around the block borders", async () => {
    for (let length = 0; length <= 200; length++) {
      const message = pattern(length, 3);
      const expected = new Uint8Array(await crypto.subtle.digest("SHA-1", message as BufferSource));
      assertEquals(hex(sha1(message)), hex(expected), `${length} octets`);
    }
  });
});
