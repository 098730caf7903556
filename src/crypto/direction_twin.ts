/**
 * Boxes of one direction in plain TypeScript: `DirectionKey`'s fall-back where there is no WebAssembly, and what it
 * is held against (tests/unit/crypto/direction_test.ts).
 *
 * @module
 */

import { poly1305 } from "./poly1305.ts";
import { KeyStream } from "./salsa20.ts";
import { equalSecrets } from "./secrets.ts";

const MAC_SIZE = 16;

/** What `DirectionKey` does, by the derived key of a direction. */
export class DirectionTwin {
  readonly #stream: KeyStream;
  readonly #macKey = new Uint8Array(32);

  /** `derived`: what HSalsa20 makes of key and prefix. It is read now, and not kept. */
  constructor(derived: Uint8Array) {
    this.#stream = new KeyStream(derived);
  }

  seal(memory: Uint8Array, at: number, length: number, counterHigh: number, counterLow: number): void {
    this.#start(counterHigh, counterLow);
    this.#stream.xor(memory, at, length);
    poly1305(this.#macKey, memory, at, length, memory, at - MAC_SIZE);
    this.#macKey.fill(0);
  }

  open(memory: Uint8Array, at: number, length: number, counterHigh: number, counterLow: number): boolean {
    this.#start(counterHigh, counterLow);
    const mac = new Uint8Array(MAC_SIZE);
    poly1305(this.#macKey, memory, at, length, mac, 0);
    this.#macKey.fill(0);
    const valid = equalSecrets(mac, memory.subarray(at - MAC_SIZE, at));
    if (valid) this.#stream.xor(memory, at, length);
    return valid;
  }

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
export function swapped(word: number): number {
  return word << 24 | (word & 0xff00) << 8 | word >>> 8 & 0xff00 | word >>> 24;
}
