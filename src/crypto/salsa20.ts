/**
 * Salsa20/20 (D. J. Bernstein, "The Salsa20 family of stream ciphers"), HSalsa20 and XSalsa20 (the same,
 * "Extending the Salsa20 nonce"), in plain TypeScript: the fall-back where there is no WebAssembly, and what the
 * kernel is held against (tests/unit/crypto/direction_test.ts).
 *
 * @module
 */

const BLOCK = 64;
/** "expand 32-byte k", on the diagonal of the state. */
const SIGMA: readonly number[] = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

/** The key stream of one key, under one nonce after the other. */
export class KeyStream {
  readonly #state: Uint32Array;
  readonly #block = new Uint32Array(16);
  /** Octets of the block that are used up. */
  #used = BLOCK;

  /** `key`: 32 octets. */
  constructor(key: Uint8Array) {
    this.#state = initialState(key);
  }

  /** Begins the stream of a nonce: two words, as the octets of it are read little endian. */
  start(nonce0: number, nonce1: number): void {
    this.#state[6] = nonce0;
    this.#state[7] = nonce1;
    this.#state[8] = 0;
    this.#state[9] = 0;
    this.#used = BLOCK;
  }

  /** Adds the next octets of the stream to those in memory. */
  xor(memory: Uint8Array, at: number, length: number): void {
    const end = at + length;
    const block = this.#block;
    while (at < end) {
      if (this.#used === BLOCK) this.#next();
      if (this.#used === 0 && end - at >= BLOCK) {
        for (let i = 0; i < 16; i++, at += 4) {
          const word = block[i]!;
          memory[at]! ^= word;
          memory[at + 1]! ^= word >>> 8;
          memory[at + 2]! ^= word >>> 16;
          memory[at + 3]! ^= word >>> 24;
        }
        this.#used = BLOCK;
      } else {
        const used = this.#used++;
        memory[at++]! ^= block[used >>> 2]! >>> ((used & 3) << 3);
      }
    }
  }

  /** Forgets the key: what follows is the stream of the key of zeros. */
  wipe(): void {
    this.#state.fill(0, 1, 5);
    this.#state.fill(0, 11, 15);
    this.#block.fill(0);
    this.#used = BLOCK;
  }

  #next(): void {
    salsa20(this.#state, this.#block);
    this.#used = 0;
    if (++this.#state[8]! === 0) this.#state[9]!++;
  }
}

/** The core ("Salsa20 family", section 3): 16 words to 16 words. */
export function salsa20(input: Uint32Array, output: Uint32Array): void {
  rounds(input, output);
  for (let i = 0; i < 16; i++) output[i]! += input[i]!;
}

/** HSalsa20 ("Extending the Salsa20 nonce", section 2): a key of 32 octets from one and 16 octets of input. */
export function hsalsa20(key: Uint8Array, input: Uint8Array): Uint8Array {
  const state = initialState(key);
  for (let i = 0; i < 4; i++) state[6 + i] = word(input, 4 * i);
  rounds(state, state);
  const derived = new Uint8Array(32);
  const view = new DataView(derived.buffer);
  for (let i = 0; i < 4; i++) {
    view.setUint32(4 * i, state[5 * i]!, true);
    view.setUint32(16 + 4 * i, state[6 + i]!, true);
  }
  state.fill(0);
  return derived;
}

/** The word of four octets, little endian. */
function word(octets: Uint8Array, at: number): number {
  return octets[at]! | octets[at + 1]! << 8 | octets[at + 2]! << 16 | octets[at + 3]! << 24;
}

/** Key and constants in their places; nonce and counter are zero. */
function initialState(key: Uint8Array): Uint32Array {
  const state = new Uint32Array(16);
  for (let i = 0; i < 4; i++) {
    state[5 * i] = SIGMA[i]!;
    state[1 + i] = word(key, 4 * i);
    state[11 + i] = word(key, 16 + 4 * i);
  }
  return state;
}

/** Ten double rounds: the columns, then the rows. */
function rounds(input: Uint32Array, output: Uint32Array): void {
  let x0 = input[0]!, x1 = input[1]!, x2 = input[2]!, x3 = input[3]!;
  let x4 = input[4]!, x5 = input[5]!, x6 = input[6]!, x7 = input[7]!;
  let x8 = input[8]!, x9 = input[9]!, x10 = input[10]!, x11 = input[11]!;
  let x12 = input[12]!, x13 = input[13]!, x14 = input[14]!, x15 = input[15]!;
  for (let i = 0; i < 10; i++) {
    x4 ^= rotate(x0 + x12, 7);
    x8 ^= rotate(x4 + x0, 9);
    x12 ^= rotate(x8 + x4, 13);
    x0 ^= rotate(x12 + x8, 18);
    x9 ^= rotate(x5 + x1, 7);
    x13 ^= rotate(x9 + x5, 9);
    x1 ^= rotate(x13 + x9, 13);
    x5 ^= rotate(x1 + x13, 18);
    x14 ^= rotate(x10 + x6, 7);
    x2 ^= rotate(x14 + x10, 9);
    x6 ^= rotate(x2 + x14, 13);
    x10 ^= rotate(x6 + x2, 18);
    x3 ^= rotate(x15 + x11, 7);
    x7 ^= rotate(x3 + x15, 9);
    x11 ^= rotate(x7 + x3, 13);
    x15 ^= rotate(x11 + x7, 18);
    x1 ^= rotate(x0 + x3, 7);
    x2 ^= rotate(x1 + x0, 9);
    x3 ^= rotate(x2 + x1, 13);
    x0 ^= rotate(x3 + x2, 18);
    x6 ^= rotate(x5 + x4, 7);
    x7 ^= rotate(x6 + x5, 9);
    x4 ^= rotate(x7 + x6, 13);
    x5 ^= rotate(x4 + x7, 18);
    x11 ^= rotate(x10 + x9, 7);
    x8 ^= rotate(x11 + x10, 9);
    x9 ^= rotate(x8 + x11, 13);
    x10 ^= rotate(x9 + x8, 18);
    x12 ^= rotate(x15 + x14, 7);
    x13 ^= rotate(x12 + x15, 9);
    x14 ^= rotate(x13 + x12, 13);
    x15 ^= rotate(x14 + x13, 18);
  }
  output[0] = x0;
  output[1] = x1;
  output[2] = x2;
  output[3] = x3;
  output[4] = x4;
  output[5] = x5;
  output[6] = x6;
  output[7] = x7;
  output[8] = x8;
  output[9] = x9;
  output[10] = x10;
  output[11] = x11;
  output[12] = x12;
  output[13] = x13;
  output[14] = x14;
  output[15] = x15;
}

function rotate(sum: number, by: number): number {
  return sum << by | sum >>> (32 - by);
}
