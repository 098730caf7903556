/**
 * X25519 (RFC 7748, section 5): the agreement on a secret by which CURVE's keys work.
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
