/**
 * X25519 (RFC 7748, section 5): the agreement on a secret by which CURVE's keys work.
 *
 * Ours, because a handshake is arithmetic here and must not wait. Web Crypto's answers with a promise, and is no
 * faster with keys that come as octets: 76 µs on Deno, 81 on Node, 36 on Bun (import and deriveBits; two promises),
 * where the kernel takes 76, 71 and 101. node:crypto has one at once, of 30 to 90 µs with the key object that it wants
 * first, but no page and no other engine has that. libsodium takes 36 µs, our twin in TypeScript 950 and more. That
 * kernel, twin and the others agree: tests/unit/crypto/x25519_test.ts and rivals_test.ts.
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
