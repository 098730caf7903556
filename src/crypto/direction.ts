/**
 * Boxes of one direction of a connection: XSalsa20 and Poly1305 as NaCl's crypto_box_afternm combines them
 * ("Cryptography in NaCl", sections 8 to 10), in place. All nonces of a direction begin with the same 16 octets,
 * so HSalsa20 is done once.
 *
 * @module
 */

import { poly1305 } from "./poly1305.ts";
import { hsalsa20, KeyStream } from "./salsa20.ts";
import { equalSecrets, wipe } from "./secrets.ts";

const MAC_SIZE = 16;

/** The key of one direction. */
export class DirectionKey {
  readonly #stream: KeyStream;
  readonly #macKey = new Uint8Array(32);

  /**
   * `key`: 32 octets, as `sharedKey` makes them. `noncePrefix`: the first 16 octets of every nonce; the other 8
   * are a counter, big endian. Both are read now, and not kept.
   */
  constructor(key: Uint8Array, noncePrefix: Uint8Array) {
    const derived = hsalsa20(key, noncePrefix);
    this.#stream = new KeyStream(derived);
    wipe(derived);
  }

  /** Encrypts the text at `[at, at + length)` in place, and writes its MAC to the 16 octets before it. */
  seal(memory: Uint8Array, at: number, length: number, counterHigh: number, counterLow: number): void {
    this.#start(counterHigh, counterLow);
    this.#stream.xor(memory, at, length);
    poly1305(this.#macKey, memory, at, length, memory, at - MAC_SIZE);
    this.#macKey.fill(0);
  }

  /**
   * Decrypts what `seal` has made, in place. False: it is not from the owner of the key, or not under this
   * counter; nothing was changed.
   */
  open(memory: Uint8Array, at: number, length: number, counterHigh: number, counterLow: number): boolean {
    this.#start(counterHigh, counterLow);
    const mac = new Uint8Array(MAC_SIZE);
    poly1305(this.#macKey, memory, at, length, mac, 0);
    this.#macKey.fill(0);
    const valid = equalSecrets(mac, memory.subarray(at - MAC_SIZE, at));
    if (valid) this.#stream.xor(memory, at, length);
    return valid;
  }

  /** Forgets the key; it must not be used afterwards. */
  wipe(): void {
    this.#stream.wipe();
  }

  /** The first 32 octets of the stream are the key of the MAC (section 9). */
  #start(counterHigh: number, counterLow: number): void {
    this.#stream.start(swapped(counterHigh), swapped(counterLow));
    this.#stream.xor(this.#macKey, 0, 32);
  }
}

/** Salsa20 reads little endian what the counter is written big endian. */
function swapped(word: number): number {
  return word << 24 | (word & 0xff00) << 8 | word >>> 8 & 0xff00 | word >>> 24;
}
