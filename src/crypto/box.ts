/**
 * NaCl's crypto_box ("Cryptography in NaCl", sections 5 to 10): X25519, HSalsa20, and a box of XSalsa20 and
 * Poly1305. With any key of 32 octets `seal` and `open` are crypto_secretbox. For the few boxes of a handshake;
 * those of messages are `DirectionKey`'s.
 *
 * @module
 */

import { DirectionKey } from "./direction.ts";
import { hsalsa20 } from "./salsa20.ts";
import { wipe } from "./secrets.ts";
import { x25519 } from "./x25519.ts";

/** Octets of a key: public, secret or shared. */
export const KEY_SIZE = 32;
/** Octets of a nonce. */
export const NONCE_SIZE = 24;
/** Octets by which a box is longer than its text. */
export const MAC_SIZE = 16;

/**
 * The key of the boxes between the owners of both keys (crypto_box_beforenm). Undefined: the public key is a
 * point of small order, so the "secret" is one that anybody knows.
 */
export function sharedKey(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined {
  const secret = x25519(secretKey, publicKey);
  let any = 0;
  for (const octet of secret) any |= octet;
  if (any === 0) return undefined;
  const key = hsalsa20(secret, new Uint8Array(16));
  wipe(secret);
  return key;
}

/** The box of a text, in new memory: the MAC, then the ciphertext. A nonce serves a key once. */
export function seal(text: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const box = new Uint8Array(MAC_SIZE + text.length);
  box.set(text, MAC_SIZE);
  const direction = new DirectionKey(key, nonce.subarray(0, 16));
  direction.seal(box, MAC_SIZE, text.length, counterWord(nonce, 16), counterWord(nonce, 20));
  direction.wipe();
  return box;
}

/** The text of a box, in new memory. Undefined: it is none of this key and nonce. */
export function open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  if (box.length < MAC_SIZE) return undefined;
  const memory = box.slice();
  const direction = new DirectionKey(key, nonce.subarray(0, 16));
  const length = box.length - MAC_SIZE;
  const valid = direction.open(memory, MAC_SIZE, length, counterWord(nonce, 16), counterWord(nonce, 20));
  direction.wipe();
  return valid ? memory.subarray(MAC_SIZE) : undefined;
}

/** Four octets of a nonce, as `DirectionKey` takes its counter. */
function counterWord(nonce: Uint8Array, at: number): number {
  return nonce[at]! << 24 | nonce[at + 1]! << 16 | nonce[at + 2]! << 8 | nonce[at + 3]!;
}
