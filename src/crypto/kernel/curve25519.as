/*
 * X25519 (RFC 7748, section 5). A number modulo 2^255 - 19 is ten limbs of 26 and 25 bits in turn, in 64
 * with a sign: limb i counts 2^ceil(25.5 i). A product of two odd limbs counts twice, and what is past the
 * tenth counts 19 times. Sums and differences of carried numbers are not carried: with limbs below 2^27 a
 * column stays below 2^61. AssemblyScript; see kernel.as.
 */

import { ELEMENTS, ELEMENTS_END, POINT, SCALAR } from "./layout";

const MASK26: i64 = 0x3ffffff;
const MASK25: i64 = 0x1ffffff;
/** (486662 - 2) / 4 (section 5). */
const A24: i64 = 121665;

const X1: usize = ELEMENTS;
const X2: usize = ELEMENTS + 80;
const Z2: usize = ELEMENTS + 160;
const X3: usize = ELEMENTS + 240;
const Z3: usize = ELEMENTS + 320;
const A: usize = ELEMENTS + 400;
const B: usize = ELEMENTS + 480;
const C: usize = ELEMENTS + 560;
const D: usize = ELEMENTS + 640;
const AA: usize = ELEMENTS + 720;
const BB: usize = ELEMENTS + 800;
const E: usize = ELEMENTS + 880;
const T0: usize = ELEMENTS + 960;
const T1: usize = ELEMENTS + 1040;
const T2: usize = ELEMENTS + 1120;
const T3: usize = ELEMENTS + 1200;

/** Clamps the scalar, multiplies, and puts the product in the place of the point. Nothing else is left. */
export function ladder(): void {
  store<u8>(SCALAR, load<u8>(SCALAR) & 248);
  store<u8>(SCALAR, load<u8>(SCALAR, 31) & 127 | 64, 31);
  decode(X1, POINT);
  one(X2);
  memory.fill(Z2, 0, 80);
  memory.copy(X3, X1, 80);
  one(Z3);
  let swapped: i64 = 0;
  for (let t = 254; t >= 0; t--) {
    const bit = i64(load<u8>(SCALAR + (t >> 3)) >> u8(t & 7) & 1);
    swap(swapped ^ bit);
    swapped = bit;
    add(A, X2, Z2);
    subtract(B, X2, Z2);
    add(C, X3, Z3);
    subtract(D, X3, Z3);
    multiply(D, D, A);
    multiply(C, C, B);
    square(AA, A);
    square(BB, B);
    add(X3, D, C);
    square(X3, X3);
    subtract(Z3, D, C);
    square(Z3, Z3);
    multiply(Z3, Z3, X1);
    multiply(X2, AA, BB);
    subtract(E, AA, BB);
    scale(Z2, E, A24);
    add(Z2, Z2, AA);
    multiply(Z2, Z2, E);
  }
  swap(swapped);
  invert(Z2);
  multiply(X2, X2, Z2);
  encode(POINT, X2);
  memory.fill(SCALAR, 0, 32);
  memory.fill(ELEMENTS, 0, ELEMENTS_END - ELEMENTS);
}

function one(to: usize): void {
  memory.fill(to, 0, 80);
  store<i64>(to, 1);
}

/** Little endian; the 256th bit is ignored (section 5). */
function decode(to: usize, octets: usize): void {
  for (let i = 0; i < 10; i++) {
    const bit = (51 * i + 1) >> 1;
    // Eight octets from a bit of the fourth-last on would be past the end.
    const from = min(bit >> 3, 24);
    const limb = load<u64>(octets + from) >> u64(bit - 8 * from);
    store<i64>(to + (i << 3), i64(limb) & (i & 1 ? MASK25 : MASK26));
  }
}

/** The one form below 2^255 - 19, little endian. */
export function encode(to: usize, a: usize): void {
  // Twice: what overflows the first time may run through all limbs, and then leaves a small first one.
  for (let pass = 0; pass < 2; pass++) {
    const over = carry(a, 0);
    store<i64>(a, load<i64>(a) + over * 19);
  }
  // It is 2^255 - 19 or more if 19 more overflow; that sum, without the bit, is then it.
  let over: i64 = 19;
  for (let i = 0; i < 10; i++) over = (load<i64>(a + (i << 3)) + over) >> (i & 1 ? 25 : 26);
  carry(a, over * 19);
  memory.fill(to, 0, 32);
  for (let i = 0; i < 10; i++) {
    const bit = (51 * i + 1) >> 1;
    const from = min(bit >> 3, 24);
    store<u64>(to + from, load<u64>(to + from) | load<u64>(a + (i << 3)) << u64(bit - 8 * from));
  }
}

/** One chain of carries, with something added to the first limb; answers what overflows from the last. */
function carry(a: usize, more: i64): i64 {
  let over = more;
  for (let i = 0; i < 10; i++) {
    const limb = load<i64>(a + (i << 3)) + over;
    over = limb >> (i & 1 ? 25 : 26);
    store<i64>(a + (i << 3), limb & (i & 1 ? MASK25 : MASK26));
  }
  return over;
}

/** Exchanges the two points if `bit` is 1, by masks. */
function swap(bit: i64): void {
  const mask = i64x2.splat(-bit);
  // X2 and Z2 lie before X3 and Z3.
  for (let at: usize = X2; at < X3; at += 16) {
    const a = v128.load(at);
    const b = v128.load(at, X3 - X2);
    const difference = v128.and(v128.xor(a, b), mask);
    v128.store(at, v128.xor(a, difference));
    v128.store(at, v128.xor(b, difference), X3 - X2);
  }
}

@inline
function add(to: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 80; i += 16) v128.store(to + i, i64x2.add(v128.load(a + i), v128.load(b + i)));
}

@inline
function subtract(to: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < 80; i += 16) v128.store(to + i, i64x2.sub(v128.load(a + i), v128.load(b + i)));
}

/** The power 2^255 - 21, which is the inverse (and of zero, zero). The comments are the exponents. */
function invert(z: usize): void {
  square(T0, z); // 2
  raise(T1, T0, 2); // 8
  multiply(T1, T1, z); // 9
  multiply(T0, T0, T1); // 11
  square(T2, T0); // 22
  multiply(T1, T1, T2); // 2^5 - 1
  raise(T2, T1, 5);
  multiply(T1, T2, T1); // 2^10 - 1
  raise(T2, T1, 10);
  multiply(T2, T2, T1); // 2^20 - 1
  raise(T3, T2, 20);
  multiply(T2, T3, T2); // 2^40 - 1
  raise(T2, T2, 10);
  multiply(T1, T2, T1); // 2^50 - 1
  raise(T2, T1, 50);
  multiply(T2, T2, T1); // 2^100 - 1
  raise(T3, T2, 100);
  multiply(T2, T3, T2); // 2^200 - 1
  raise(T2, T2, 50);
  multiply(T1, T2, T1); // 2^250 - 1
  raise(T1, T1, 5); // 2^255 - 32
  multiply(z, T1, T0);
}

/** Squares again and again. */
function raise(to: usize, a: usize, times: i32): void {
  square(to, a);
  for (let i = 1; i < times; i++) square(to, to);
}

/** `d` is twice a limb, `n` nineteen times one. */
function multiply(to: usize, a: usize, b: usize): void {
  const a0 = load<i64>(a, 0), a1 = load<i64>(a, 8);
  const a2 = load<i64>(a, 16), a3 = load<i64>(a, 24);
  const a4 = load<i64>(a, 32), a5 = load<i64>(a, 40);
  const a6 = load<i64>(a, 48), a7 = load<i64>(a, 56);
  const a8 = load<i64>(a, 64), a9 = load<i64>(a, 72);
  const b0 = load<i64>(b, 0), b1 = load<i64>(b, 8);
  const b2 = load<i64>(b, 16), b3 = load<i64>(b, 24);
  const b4 = load<i64>(b, 32), b5 = load<i64>(b, 40);
  const b6 = load<i64>(b, 48), b7 = load<i64>(b, 56);
  const b8 = load<i64>(b, 64), b9 = load<i64>(b, 72);
  const d1 = 2 * a1, d3 = 2 * a3, d5 = 2 * a5, d7 = 2 * a7, d9 = 2 * a9;
  const n1 = 19 * b1, n2 = 19 * b2, n3 = 19 * b3, n4 = 19 * b4, n5 = 19 * b5, n6 = 19 * b6, n7 = 19 * b7,
    n8 = 19 * b8, n9 = 19 * b9;
  let y0 = a0 * b0 + d1 * n9 + a2 * n8 + d3 * n7 + a4 * n6 + d5 * n5 + a6 * n4 + d7 * n3 + a8 * n2 + d9 * n1;
  let y1 = a0 * b1 + a1 * b0 + a2 * n9 + a3 * n8 + a4 * n7 + a5 * n6 + a6 * n5 + a7 * n4 + a8 * n3 + a9 * n2;
  let y2 = a0 * b2 + d1 * b1 + a2 * b0 + d3 * n9 + a4 * n8 + d5 * n7 + a6 * n6 + d7 * n5 + a8 * n4 + d9 * n3;
  let y3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + a4 * n9 + a5 * n8 + a6 * n7 + a7 * n6 + a8 * n5 + a9 * n4;
  let y4 = a0 * b4 + d1 * b3 + a2 * b2 + d3 * b1 + a4 * b0 + d5 * n9 + a6 * n8 + d7 * n7 + a8 * n6 + d9 * n5;
  let y5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + a6 * n9 + a7 * n8 + a8 * n7 + a9 * n6;
  let y6 = a0 * b6 + d1 * b5 + a2 * b4 + d3 * b3 + a4 * b2 + d5 * b1 + a6 * b0 + d7 * n9 + a8 * n8 + d9 * n7;
  let y7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + a8 * n9 + a9 * n8;
  let y8 = a0 * b8 + d1 * b7 + a2 * b6 + d3 * b5 + a4 * b4 + d5 * b3 + a6 * b2 + d7 * b1 + a8 * b0 + d9 * n9;
  let y9 = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
  keep(to, y0, y1, y2, y3, y4, y5, y6, y7, y8, y9);
}

/** `q` is four times a limb. */
function square(to: usize, a: usize): void {
  const a0 = load<i64>(a, 0), a1 = load<i64>(a, 8);
  const a2 = load<i64>(a, 16), a3 = load<i64>(a, 24);
  const a4 = load<i64>(a, 32), a5 = load<i64>(a, 40);
  const a6 = load<i64>(a, 48), a7 = load<i64>(a, 56);
  const a8 = load<i64>(a, 64), a9 = load<i64>(a, 72);
  const d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, d4 = 2 * a4, d5 = 2 * a5, d6 = 2 * a6,
    d7 = 2 * a7, d8 = 2 * a8, d9 = 2 * a9;
  const q1 = 4 * a1, q3 = 4 * a3, q5 = 4 * a5, q7 = 4 * a7;
  const n5 = 19 * a5, n6 = 19 * a6, n7 = 19 * a7, n8 = 19 * a8, n9 = 19 * a9;
  let y0 = a0 * a0 + q1 * n9 + d2 * n8 + q3 * n7 + d4 * n6 + d5 * n5;
  let y1 = d0 * a1 + d2 * n9 + d3 * n8 + d4 * n7 + d5 * n6;
  let y2 = d0 * a2 + d1 * a1 + q3 * n9 + d4 * n8 + q5 * n7 + a6 * n6;
  let y3 = d0 * a3 + d1 * a2 + d4 * n9 + d5 * n8 + d6 * n7;
  let y4 = d0 * a4 + q1 * a3 + a2 * a2 + q5 * n9 + d6 * n8 + d7 * n7;
  let y5 = d0 * a5 + d1 * a4 + d2 * a3 + d6 * n9 + d7 * n8;
  let y6 = d0 * a6 + q1 * a5 + d2 * a4 + d3 * a3 + q7 * n9 + a8 * n8;
  let y7 = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4 + d8 * n9;
  let y8 = d0 * a8 + q1 * a7 + d2 * a6 + q3 * a5 + a4 * a4 + d9 * n9;
  let y9 = d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5;
  keep(to, y0, y1, y2, y3, y4, y5, y6, y7, y8, y9);
}

function scale(to: usize, a: usize, by: i64): void {
  keep(
    to,
    load<i64>(a, 0) * by,
    load<i64>(a, 8) * by,
    load<i64>(a, 16) * by,
    load<i64>(a, 24) * by,
    load<i64>(a, 32) * by,
    load<i64>(a, 40) * by,
    load<i64>(a, 48) * by,
    load<i64>(a, 56) * by,
    load<i64>(a, 64) * by,
    load<i64>(a, 72) * by,
  );
}

/** Brings limbs back to their size, two chains beside each other, and stores them. */
@inline
function keep(
  to: usize,
  y0: i64,
  y1: i64,
  y2: i64,
  y3: i64,
  y4: i64,
  y5: i64,
  y6: i64,
  y7: i64,
  y8: i64,
  y9: i64,
): void {
  y1 += y0 >> 26;
  y0 &= MASK26;
  y5 += y4 >> 26;
  y4 &= MASK26;
  y2 += y1 >> 25;
  y1 &= MASK25;
  y6 += y5 >> 25;
  y5 &= MASK25;
  y3 += y2 >> 26;
  y2 &= MASK26;
  y7 += y6 >> 26;
  y6 &= MASK26;
  y4 += y3 >> 25;
  y3 &= MASK25;
  y8 += y7 >> 25;
  y7 &= MASK25;
  y5 += y4 >> 26;
  y4 &= MASK26;
  y9 += y8 >> 26;
  y8 &= MASK26;
  y0 += (y9 >> 25) * 19;
  y9 &= MASK25;
  y1 += y0 >> 26;
  y0 &= MASK26;
  store<i64>(to, y0, 0);
  store<i64>(to, y1, 8);
  store<i64>(to, y2, 16);
  store<i64>(to, y3, 24);
  store<i64>(to, y4, 32);
  store<i64>(to, y5, 40);
  store<i64>(to, y6, 48);
  store<i64>(to, y7, 56);
  store<i64>(to, y8, 64);
  store<i64>(to, y9, 72);
}
