import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fullNonce, ShortNonce } from "../../../src/mechanism/curve_nonce.ts";
import { assertBytes } from "../../support/bytes.ts";
import { u64 } from "../../support/curve_by_hand.ts";
import { octets } from "../../support/transcript.ts";

const MAX = 2n ** 64n - 1n;
/** Where an integer of 8, 31, 32, 53 or 64 bits changes its ways. */
const EDGES = [7n, 8n, 16n, 31n, 32n, 33n, 48n, 52n, 53n, 54n, 63n, 64n].flatMap((bits) => {
  return [2n ** bits - 2n, 2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n];
}).concat(0n, 1n).filter((value) => value <= MAX);

function nonce(value: bigint): ShortNonce {
  return new ShortNonce(Number(value >> 32n), Number(value & 0xffffffffn));
}

function valueOf({ high, low }: ShortNonce): bigint {
  return BigInt(high) << 32n | BigInt(low);
}

describe("short nonces (RFC 26)", () => {
  it("begin before 1", () => {
    const first = new ShortNonce();
    assertEquals(first.increase(), true);
    assertEquals(valueOf(first), 1n);
  });

  it("count exactly through all 64 bits, and never wrap", () => {
    for (const value of EDGES) {
      const next = nonce(value);
      assertEquals(next.increase(), value < MAX, String(value));
      assertEquals(valueOf(next), value < MAX ? value + 1n : MAX);
    }
  });

  it("are written in network order", () => {
    for (const value of EDGES) {
      const memory = new Uint8Array(12).fill(0xaa);
      nonce(value).put(memory, 2);
      assertBytes(memory.subarray(2, 10), u64(value));
      assertBytes(memory.subarray(0, 2), [0xaa, 0xaa]);
      assertBytes(memory.subarray(10), [0xaa, 0xaa]);
      assertBytes(nonce(value).octets(), u64(value));
    }
  });

  it("are compared and read exactly: 2^53 + 1 is above 2^53", () => {
    for (const value of EDGES) {
      for (const other of EDGES) {
        const memory = new Uint8Array(11);
        memory.set(u64(other), 3);
        const known = nonce(value);
        assertEquals(known.isBelow(memory, 3), value < other, `${value} and ${other}`);
        assertEquals(valueOf(known), value);
        known.take(memory, 3);
        assertEquals(valueOf(known), other);
      }
    }
  });

  it("that are exhausted have no next, and nothing is above", () => {
    const over = new ShortNonce();
    over.exhaust();
    assertEquals(over.increase(), false);
    assertEquals(over.isBelow(u64(MAX), 0), false);
  });

  it("are the end of 24 octets, long ones the last sixteen", () => {
    assertBytes(fullNonce("CurveZMQHELLO---", u64(1n)), "CurveZMQHELLO---\0\0\0\0\0\0\0\x01");
    assertBytes(fullNonce("VOUCH---", octets("0123456789abcdef")), "VOUCH---0123456789abcdef");
  });
});
