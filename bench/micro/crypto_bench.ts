/**
 * CURVE's primitives alone: boxes by `DirectionKey`, with the copies into the kernel's memory and without, by its
 * twin in TypeScript; X25519 by both, and by what the host has.
 *
 * @module
 */

import { montgomeryLadder } from "../../src/crypto/curve25519.ts";
import { DirectionKey, stage } from "../../src/crypto/direction.ts";
import { DirectionTwin } from "../../src/crypto/direction_twin.ts";
import { publicKeyOf, x25519 } from "../../src/crypto/x25519.ts";

const KEY = pattern(32, 3);
const PREFIX = pattern(16, 5);
const MAC = 16;

for (const size of [0, 20, 100, 300, 1000, 10_000, 64_000, 1_000_000]) {
  const group = `${size} B`;
  const direction = new DirectionKey(KEY, PREFIX);
  const memory = new Uint8Array(MAC + size);
  let counter = 0;
  Deno.bench({ name: `seal ${size} B`, group, fn: () => direction.seal(memory, MAC, size, 0, ++counter) });

  const box = new Uint8Array(MAC + size);
  Deno.bench({
    name: `seal and open ${size} B`,
    group,
    fn() {
      direction.seal(box, MAC, size, 0, 0);
      if (!direction.open(box, MAC, size, 0, 0)) throw new Error("refused");
    },
  });

  const window = stage();
  if (window !== undefined && MAC + size <= window.length) {
    Deno.bench({
      name: `seal ${size} B in the stage`,
      group,
      fn: () => direction.seal(window, MAC, size, 0, ++counter),
    });
  }
  const twin = new DirectionTwin(KEY);
  Deno.bench({
    name: `seal ${size} B by the twin`,
    group,
    fn: () => twin.seal(memory, MAC, size, 0, ++counter),
  });
}

const secretKey = pattern(32, 7);
const publicKey = publicKeyOf(pattern(32, 11));
Deno.bench({ name: "x25519", group: "x25519", fn: () => void x25519(secretKey, publicKey) });
Deno.bench({
  name: "x25519 by the twin",
  group: "x25519",
  fn: () => void montgomeryLadder(secretKey, publicKey),
});

const own = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
const other = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
const algorithm = { name: "X25519", public: other.publicKey };
Deno.bench({
  name: "x25519 by Web Crypto, one key for all",
  group: "x25519",
  fn: () => crypto.subtle.deriveBits(algorithm, own.privateKey, 256).then(() => {}),
});
Deno.bench({
  name: "x25519 by Web Crypto, a new key pair each",
  group: "x25519",
  async fn() {
    const pair = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
    await crypto.subtle.deriveBits(algorithm, pair.privateKey, 256);
  },
});

function pattern(length: number, step: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * step + 1);
}
