/*
 * Salsa20/20, four blocks at a time: lane i of each vector belongs to the i-th block. AssemblyScript; see
 * kernel.as. The sections are those of D. J. Bernstein, "The Salsa20 family of stream ciphers".
 */

import { KEY, STREAM, ZEROS } from "./layout";

/** Octets that are made at a time. */
const STEP: u32 = 256;

let nonce0: u32 = 0;
let nonce1: u32 = 0;
/** The next block, in fours. */
let counter: u32 = 0;
/** Octets of STREAM that are used up. */
let used: u32 = STEP;

/** The key stream of this nonce begins; its first four blocks are in STREAM. */
export function startStream(first: u32, second: u32, taken: u32): void {
  nonce0 = first;
  nonce1 = second;
  counter = 0;
  blocks(ZEROS, STREAM);
  used = taken;
}

/** Adds the next octets of the key stream to a text. */
export function cipher(at: usize, length: u32): void {
  let left = length;
  if (used < STEP) {
    const part = min(left, STEP - used);
    add(at, part);
    at += part;
    left -= part;
  }
  while (left >= STEP) {
    blocks(at, at);
    at += STEP;
    left -= STEP;
  }
  if (left > 0) {
    blocks(ZEROS, STREAM);
    used = 0;
    add(at, left);
  }
}

/** The same with what is left in STREAM. */
function add(at: usize, length: u32): void {
  let from: usize = STREAM + used;
  used += length;
  const end = at + length;
  while (at + 16 <= end) {
    v128.store(at, v128.xor(v128.load(at), v128.load(from)));
    at += 16;
    from += 16;
  }
  while (at < end) {
    store<u8>(at, load<u8>(at) ^ load<u8>(from));
    at++;
    from++;
  }
}

/** The core (section 3) for the next four blocks, added to 256 octets. */
function blocks(from: usize, to: usize): void {
  let x0 = i32x4.splat(0x61707865);
  let x1 = v128.load_splat<u32>(KEY + 0);
  let x2 = v128.load_splat<u32>(KEY + 4);
  let x3 = v128.load_splat<u32>(KEY + 8);
  let x4 = v128.load_splat<u32>(KEY + 12);
  let x5 = i32x4.splat(0x3320646e);
  let x6 = i32x4.splat(nonce0);
  let x7 = i32x4.splat(nonce1);
  let x8 = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  let x9 = i32x4.splat(0);
  let x10 = i32x4.splat(0x79622d32);
  let x11 = v128.load_splat<u32>(KEY + 16);
  let x12 = v128.load_splat<u32>(KEY + 20);
  let x13 = v128.load_splat<u32>(KEY + 24);
  let x14 = v128.load_splat<u32>(KEY + 28);
  let x15 = i32x4.splat(0x6b206574);
  for (let i = 0; i < 10; i++) {
    x4 = v128.xor(x4, rotated(x0, x12, 7));
    x9 = v128.xor(x9, rotated(x5, x1, 7));
    x14 = v128.xor(x14, rotated(x10, x6, 7));
    x3 = v128.xor(x3, rotated(x15, x11, 7));
    x8 = v128.xor(x8, rotated(x4, x0, 9));
    x13 = v128.xor(x13, rotated(x9, x5, 9));
    x2 = v128.xor(x2, rotated(x14, x10, 9));
    x7 = v128.xor(x7, rotated(x3, x15, 9));
    x12 = v128.xor(x12, rotated(x8, x4, 13));
    x1 = v128.xor(x1, rotated(x13, x9, 13));
    x6 = v128.xor(x6, rotated(x2, x14, 13));
    x11 = v128.xor(x11, rotated(x7, x3, 13));
    x0 = v128.xor(x0, rotated(x12, x8, 18));
    x5 = v128.xor(x5, rotated(x1, x13, 18));
    x10 = v128.xor(x10, rotated(x6, x2, 18));
    x15 = v128.xor(x15, rotated(x11, x7, 18));
    x1 = v128.xor(x1, rotated(x0, x3, 7));
    x6 = v128.xor(x6, rotated(x5, x4, 7));
    x11 = v128.xor(x11, rotated(x10, x9, 7));
    x12 = v128.xor(x12, rotated(x15, x14, 7));
    x2 = v128.xor(x2, rotated(x1, x0, 9));
    x7 = v128.xor(x7, rotated(x6, x5, 9));
    x8 = v128.xor(x8, rotated(x11, x10, 9));
    x13 = v128.xor(x13, rotated(x12, x15, 9));
    x3 = v128.xor(x3, rotated(x2, x1, 13));
    x4 = v128.xor(x4, rotated(x7, x6, 13));
    x9 = v128.xor(x9, rotated(x8, x11, 13));
    x14 = v128.xor(x14, rotated(x13, x12, 13));
    x0 = v128.xor(x0, rotated(x3, x2, 18));
    x5 = v128.xor(x5, rotated(x4, x7, 18));
    x10 = v128.xor(x10, rotated(x9, x8, 18));
    x15 = v128.xor(x15, rotated(x14, x13, 18));
  }
  x0 = i32x4.add(x0, i32x4.splat(0x61707865));
  x1 = i32x4.add(x1, v128.load_splat<u32>(KEY + 0));
  x2 = i32x4.add(x2, v128.load_splat<u32>(KEY + 4));
  x3 = i32x4.add(x3, v128.load_splat<u32>(KEY + 8));
  x4 = i32x4.add(x4, v128.load_splat<u32>(KEY + 12));
  x5 = i32x4.add(x5, i32x4.splat(0x3320646e));
  x6 = i32x4.add(x6, i32x4.splat(nonce0));
  x7 = i32x4.add(x7, i32x4.splat(nonce1));
  x8 = i32x4.add(x8, i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)));
  x10 = i32x4.add(x10, i32x4.splat(0x79622d32));
  x11 = i32x4.add(x11, v128.load_splat<u32>(KEY + 16));
  x12 = i32x4.add(x12, v128.load_splat<u32>(KEY + 20));
  x13 = i32x4.add(x13, v128.load_splat<u32>(KEY + 24));
  x14 = i32x4.add(x14, v128.load_splat<u32>(KEY + 28));
  x15 = i32x4.add(x15, i32x4.splat(0x6b206574));
  quarters(x0, x1, x2, x3, from + 0, to + 0);
  quarters(x4, x5, x6, x7, from + 16, to + 16);
  quarters(x8, x9, x10, x11, from + 32, to + 32);
  quarters(x12, x13, x14, x15, from + 48, to + 48);
  counter += 4;
}

@inline
function rotated(a: v128, b: v128, by: i32): v128 {
  const sum = i32x4.add(a, b);
  return v128.or(i32x4.shl(sum, by), i32x4.shr_u(sum, 32 - by));
}

/** Four words of four blocks: turned from one vector a word into one a block, and added to the text. */
@inline
function quarters(a: v128, b: v128, c: v128, d: v128, from: usize, to: usize): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const AB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const CD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.xor(v128.load(from), v128.shuffle<i64>(ab, cd, 0, 2)));
  v128.store(to + 64, v128.xor(v128.load(from + 64), v128.shuffle<i64>(ab, cd, 1, 3)));
  v128.store(to + 128, v128.xor(v128.load(from + 128), v128.shuffle<i64>(AB, CD, 0, 2)));
  v128.store(to + 192, v128.xor(v128.load(from + 192), v128.shuffle<i64>(AB, CD, 1, 3)));
}
