/**
 * Salsa20 with Poly1305, and X25519, as the kernel and its twin do them and as others do, in one form; and random
 * cases in which all must agree.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { MAC_SIZE, seal } from "../../../src/crypto/box.ts";
import { montgomeryLadder } from "../../../src/crypto/curve25519.ts";
import { DirectionKey, stage } from "../../../src/crypto/direction.ts";
import { DirectionTwin } from "../../../src/crypto/direction_twin.ts";
import { hsalsa20 } from "../../../src/crypto/salsa20.ts";
import type { Random } from "../../support/reference.ts";

/** NaCl by somebody. */
export interface Implementation {
  readonly name: string;
  /** crypto_secretbox: the MAC, then the ciphertext. */
  box(text: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array;
  /** crypto_scalarmult. */
  multiply(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

/** The one in plain TypeScript. */
export const TWIN: Implementation = {
  name: "the twin",
  box(text, nonce, key) {
    const box = new Uint8Array(MAC_SIZE + text.length);
    box.set(text, MAC_SIZE);
    const [high, low] = counterOf(nonce);
    new DirectionTwin(hsalsa20(key, nonce.subarray(0, 16))).seal(box, MAC_SIZE, text.length, high, low);
    return box;
  },
  multiply: montgomeryLadder,
};

/** Sizes at which something begins anew: blocks, four blocks, the kernel's window. */
export const EDGES: readonly number[] = [64, 224, 256, 480, 512, 16_384, 65_504, 65_520, 65_536, 1 << 20];

/** Mostly small, sometimes around an edge, the largest seldom. */
export function randomSize(random: Random, most = Infinity): number {
  if (random.chance(0.98)) return random.below(301);
  const edges = EDGES.filter((edge) => edge <= most);
  const edge = random.chance(0.9) ? random.pick(edges.slice(0, 5)) : random.pick(edges);
  return random.between(edge - 33, edge + 33);
}

/** One box of so many octets: made, compared with the others', opened, and refused with a bit turned. */
export function boxCase(random: Random, size: number, others: readonly Implementation[]): void {
  const key = random.octets(32), nonce = random.octets(24), text = random.octets(size);
  const label = `seed ${random.seed}, ${size} octets`;
  const box = seal(text, nonce, key);
  for (const other of others) assertSame(box, other.box(text, nonce, key), `${other.name}, ${label}`);

  // In place, and nothing beside.
  const before = random.between(0, 40), after = random.between(0, 40);
  const at = before + MAC_SIZE;
  const memory = new Uint8Array(at + size + after).fill(0xa5);
  memory.set(text, at);
  const direction = new DirectionKey(key, nonce.subarray(0, 16));
  const [high, low] = counterOf(nonce);
  direction.seal(memory, at, size, high, low);
  const expected = new Uint8Array(memory.length).fill(0xa5);
  expected.set(box, before);
  assertSame(memory, expected, `in place, ${label}`);

  const bit = random.below(8 * box.length);
  memory[before + (bit >>> 3)]! ^= 1 << (bit & 7);
  expected[before + (bit >>> 3)]! ^= 1 << (bit & 7);
  assertEquals(direction.open(memory, at, size, high, low), false, label);
  assertSame(memory, expected, `refused, ${label}`);
  memory[before + (bit >>> 3)]! ^= 1 << (bit & 7);
  assertEquals(direction.open(memory, at, size, high, low), true, label);
  expected.set(text, at);
  // The MAC stays where it is.
  expected.set(box.subarray(0, MAC_SIZE), before);
  assertSame(memory, expected, `opened, ${label}`);

  const window = stage();
  if (window === undefined || at + size > window.length) return;
  window.set(text, at);
  direction.seal(window, at, size, high, low);
  assertSame(window.subarray(before, at + size), box, `staged, ${label}`);
  assertEquals(direction.open(window, at, size, high, low), true, label);
  assertSame(window.subarray(at, at + size), text, `opened in the stage, ${label}`);
}

/** The last 8 octets of a nonce as `DirectionKey` takes them. */
export function counterOf(nonce: Uint8Array): readonly [high: number, low: number] {
  const view = new DataView(nonce.buffer, nonce.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

/** `assertEquals` for many octets many times. */
export function assertSame(actual: Uint8Array, expected: Uint8Array, label: string): void {
  let same = actual.length === expected.length;
  for (let i = 0; same && i < actual.length; i++) same = actual[i] === expected[i];
  if (!same) assertEquals(hex(actual), hex(expected), label);
}

/** Octets as text. */
export function hex(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return text;
}

/** Text as octets; spaces are for the reader. */
export function unhex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}
