/**
 * Boxes of one direction of a connection: XSalsa20 and Poly1305 as NaCl's crypto_box_afternm combines them
 * ("Cryptography in NaCl", sections 8 to 10), in place. All nonces of a direction begin with the same 16 octets,
 * so HSalsa20 is done once.
 *
 * A text of 100 octets costs 0.36 µs in V8 and 0.52 µs in JavaScriptCore, without WebAssembly 1.8 µs and more
 * (libsodium's crypto_box_easy_afternm, which does HSalsa20 each time: 0.53 µs); 10 kB go through at 780 and 480 MB/s,
 * without at 125 (libsodium, with AVX2: 1380). That all make the same boxes: tests/unit/crypto/direction_test.ts and
 * rivals_test.ts; the numbers: bench/micro/crypto_bench.ts.
 *
 * @module
 */

import { DirectionTwin, swapped } from "./direction_twin.ts";
import { type Kernel, kernel, PIECE, TEXT } from "./kernel.ts";
import { hsalsa20 } from "./salsa20.ts";

const MAC_SIZE = 16;

/** The key of one direction. */
export class DirectionKey {
  /** What HSalsa20 makes of key and prefix. */
  readonly #key: Uint8Array;
  readonly #kernel: Kernel | undefined = kernel();
  readonly #twin: DirectionTwin | undefined;

  /**
   * `key`: 32 octets, as `sharedKey` makes them. `noncePrefix`: the first 16 octets of every nonce; the other 8
   * are a counter, big endian. Both are read now, and not kept.
   */
  constructor(key: Uint8Array, noncePrefix: Uint8Array) {
    this.#key = hsalsa20(key, noncePrefix);
    if (this.#kernel === undefined) this.#twin = new DirectionTwin(this.#key);
  }

  /**
   * Encrypts the text at `[at, at + length)` in place, and writes its MAC to the 16 octets before it. Memory of
   * `stage()` saves two copies.
   */
  seal(memory: Uint8Array, at: number, length: number, counterHigh: number, counterLow: number): void {
    const kernel = this.#kernel;
    if (kernel === undefined) return this.#twin!.seal(memory, at, length, counterHigh, counterLow);
    const nonce0 = swapped(counterHigh), nonce1 = swapped(counterLow);
    kernel.hold(this.#key);
    if (memory.buffer === kernel.buffer) {
      kernel.code.seal(nonce0, nonce1, memory.byteOffset + at, length);
    } else if (length <= PIECE) {
      kernel.octets.set(memory.subarray(at, at + length), TEXT);
      kernel.code.seal(nonce0, nonce1, TEXT, length);
      memory.set(kernel.box(length), at - MAC_SIZE);
    } else {
      kernel.code.start(nonce0, nonce1);
      eachPiece(kernel, memory, at, length, (size) => {
        kernel.code.cipher(TEXT, size);
        kernel.code.absorb(TEXT, size);
      });
      kernel.code.finish(TEXT - MAC_SIZE);
      memory.set(kernel.box(0), at - MAC_SIZE);
    }
  }

  /**
   * Decrypts what `seal` has made, in place. False: it is not from an owner of the key, or not under this counter,
   * and nothing was changed.
   */
  open(memory: Uint8Array, at: number, length: number, counterHigh: number, counterLow: number): boolean {
    const kernel = this.#kernel;
    if (kernel === undefined) return this.#twin!.open(memory, at, length, counterHigh, counterLow);
    const nonce0 = swapped(counterHigh), nonce1 = swapped(counterLow);
    kernel.hold(this.#key);
    if (memory.buffer === kernel.buffer) {
      return kernel.code.open(nonce0, nonce1, memory.byteOffset + at, length) !== 0;
    }
    if (length > PIECE) return openLong(kernel, memory, at, length, nonce0, nonce1);
    kernel.octets.set(memory.subarray(at - MAC_SIZE, at + length), TEXT - MAC_SIZE);
    if (kernel.code.open(nonce0, nonce1, TEXT, length) === 0) return false;
    memory.set(kernel.box(length), at - MAC_SIZE);
    return true;
  }

  /** Forgets the key; it must not be used afterwards. */
  wipe(): void {
    this.#kernel?.forget();
    this.#twin?.wipe();
    this.#key.fill(0);
  }
}

/**
 * Memory in which texts are sealed and opened without being copied: 64 KiB, the same for all keys of this thread,
 * so nothing may be left there for later. The first 16 octets are for the MAC of a text behind them. Undefined
 * where there is no WebAssembly.
 */
export function stage(): Uint8Array | undefined {
  return kernel()?.window;
}

/** Twice over the text: what is not authentic is never deciphered. */
function openLong(
  kernel: Kernel,
  memory: Uint8Array,
  at: number,
  length: number,
  nonce0: number,
  nonce1: number,
): boolean {
  kernel.code.start(nonce0, nonce1);
  for (let done = 0; done < length; done += PIECE) {
    const size = Math.min(PIECE, length - done);
    kernel.octets.set(memory.subarray(at + done, at + done + size), TEXT);
    kernel.code.absorb(TEXT, size);
  }
  kernel.octets.set(memory.subarray(at - MAC_SIZE, at), TEXT - MAC_SIZE);
  if (kernel.code.verify(TEXT - MAC_SIZE) === 0) return false;
  eachPiece(kernel, memory, at, length, (size) => kernel.code.cipher(TEXT, size));
  return true;
}

/** A long text through the window, piece by piece. */
function eachPiece(
  kernel: Kernel,
  memory: Uint8Array,
  at: number,
  length: number,
  change: (size: number) => void,
): void {
  for (const end = at + length; at < end; at += PIECE) {
    const size = Math.min(PIECE, end - at);
    kernel.octets.set(memory.subarray(at, at + size), TEXT);
    change(size);
    memory.set(kernel.octets.subarray(TEXT, TEXT + size), at);
  }
}
