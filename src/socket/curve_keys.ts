/**
 * Keys for CURVE (RFC 26), made at once and by the host's own cryptography, so that a program that makes keys loads
 * nothing of CURVE.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { octetsOfKey, z85Encode } from "../base/z85.ts";
import { randomOctets, x25519PublicKey } from "../io/host_crypto.ts";

/** Whether sockets can use CURVE here. */
export const CURVE: boolean = true;

/** A pair of keys for CURVE, each as the 40 characters of its Z85 (RFC 32). */
export interface CurveKeyPair {
  /** What others may know: a server's is its clients' `curveServerKey`. */
  publicKey: string;
  /** What nobody else may know. */
  secretKey: string;
}

/**
 * A new pair of keys for CURVE: `zmq_curve_keypair(3)`. Every peer needs one of its own; those of a server live long,
 * those of a client may be made for each run, unless the server knows its clients by them.
 *
 * @example
 * ```ts
 * import { curveKeyPair } from "@puremq/zmq";
 *
 * const { publicKey, secretKey } = curveKeyPair();
 * console.log(publicKey.length, secretKey.length); // 40 40
 * ```
 *
 * @returns Both keys as Z85.
 * @throws {ZmqError} ENOTSUP in a page, and on a runtime without `process.getBuiltinModule` (Node before 20.16)
 */
export function curveKeyPair(): CurveKeyPair {
  const secretKey = randomOctets(32);
  const pair = { publicKey: publicKeyOf(secretKey), secretKey: z85Encode(secretKey) };
  secretKey.fill(0);
  return pair;
}

/**
 * The public key that goes with a secret one: `zmq_curve_public(3)`.
 *
 * @example
 * ```ts
 * import { curveKeyPair, curvePublicKey } from "@puremq/zmq";
 *
 * const { publicKey, secretKey } = curveKeyPair();
 * console.log(curvePublicKey(secretKey) === publicKey); // true
 * ```
 *
 * @param secretKey 40 characters of Z85, or 32 octets.
 * @returns The public key as Z85.
 * @throws {ZmqError} EINVAL if it is no key, ENOTSUP as with {@linkcode curveKeyPair}
 */
export function curvePublicKey(secretKey: string | Uint8Array): string {
  const octets = octetsOfKey(secretKey);
  if (!octets) throw new ZmqError("EINVAL", "A secret key is 40 characters of Z85, or 32 octets");
  return publicKeyOf(octets);
}

function publicKeyOf(secretKey: Uint8Array): string {
  const publicKey = x25519PublicKey(secretKey);
  if (!publicKey) throw new ZmqError("ENOTSUP", "This runtime has no X25519 to make keys with");
  return z85Encode(publicKey);
}
