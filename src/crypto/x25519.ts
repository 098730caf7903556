/**
 * X25519 (RFC 7748, section 5): the agreement on a secret by which CURVE's keys work.
 *
 * Ours, because a handshake is arithmetic here and must not wait. Web Crypto's answers with a promise, and with keys
 * that come as octets it takes 76 µs on Deno, 70 on Node and 36 on Bun, on a busy machine 100 to 200 (import and
 * deriveBits: two promises and another thread), where the kernel takes 76, 71 and 102. node:crypto has one at once, of
 * 30 to 90 µs with the key object that it wants first, but not every engine has that. libsodium takes 36 µs, the twin
 * in TypeScript 900 and more. That kernel, twin and the others agree: x25519_test.ts and rivals_test.ts in
 * tests/unit/crypto; the numbers: bench/micro/crypto_bench.ts.
 *
 * @module
 */

import { montgomeryLadder } from "./curve25519.ts";
import { kernel } from "./kernel.ts";

/**
 * The secret that the owners of both keys share: 32 octets, all zero for a public key of small order (section
 * 6.1), which the caller has to refuse. The secret key is clamped here, and the top bit of the public one
 * ignored.
 */
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return kernel()?.multiply(secretKey, publicKey) ?? montgomeryLadder(secretKey, publicKey);
}

/** The public key of a secret one. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  const base = new Uint8Array(32);
  base[0] = 9;
  return x25519(secretKey, base);
}
