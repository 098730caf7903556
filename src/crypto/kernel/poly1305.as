/*
 * Poly1305 (RFC 8439, section 2.5): five limbs of 26 bits in 64, so that a column of a product needs no
 * carry. AssemblyScript; see kernel.as.
 */

import { LAST } from "./layout";

const MASK: u64 = 0x3ffffff;
/** From so many octets on two blocks are taken at a time: r^2 costs as much as a block. */
const PAIRS: u32 = 128;

let r0: u64, r1: u64, r2: u64, r3: u64, r4: u64;
let h0: u64, h1: u64, h2: u64, h3: u64, h4: u64;
/** The second half of the key, which is added at the end. */
let pad0: u64, pad1: u64;

/** Begins a MAC with the key of 32 octets that is there. */
export function startMac(key: usize): void {
  const low = load<u64>(key) & 0x0ffffffc0fffffff;
  const high = load<u64>(key, 8) & 0x0ffffffc0ffffffc;
  r0 = low & MASK;
  r1 = low >> 26 & MASK;
  r2 = (low >> 52 | high << 12) & MASK;
  r3 = high >> 14 & MASK;
  r4 = high >> 40;
  h0 = h1 = h2 = h3 = h4 = 0;
  pad0 = load<u64>(key, 16);
  pad1 = load<u64>(key, 24);
}

/** Takes in a piece of the text: a multiple of 16 octets, but for the last. */
export function absorb(at: usize, length: u32): void {
  const whole = length & ~15;
  blocks(at, whole, 1 << 24);
  const rest = length & 15;
  if (rest === 0) return;
  v128.store(LAST, i64x2(0, 0));
  for (let i: u32 = 0; i < rest; i++) store<u8>(LAST + i, load<u8>(at + whole + i));
  store<u8>(LAST + rest, 1);
  blocks(LAST, 16, 0);
}

/** h = (h + block) * r for each block; `top` is the bit above its 16 octets. */
function blocks(at: usize, length: u32, top: u64): void {
  const a0 = r0, a1 = r1, a2 = r2, a3 = r3, a4 = r4;
  // 2^130 is 5.
  const b1 = a1 * 5, b2 = a2 * 5, b3 = a3 * 5, b4 = a4 * 5;
  let x0 = h0, x1 = h1, x2 = h2, x3 = h3, x4 = h4;
  const end = at + length;
  if (length >= PAIRS) {
    // ((h + first) r + second) r is (h + first) r^2 + second r: one chain of carries for two blocks.
    let c0 = a0 * a0 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1;
    let c1 = a0 * a1 + a1 * a0 + a2 * b4 + a3 * b3 + a4 * b2;
    let c2 = a0 * a2 + a1 * a1 + a2 * a0 + a3 * b4 + a4 * b3;
    let c3 = a0 * a3 + a1 * a2 + a2 * a1 + a3 * a0 + a4 * b4;
    let c4 = a0 * a4 + a1 * a3 + a2 * a2 + a3 * a1 + a4 * a0;
    c1 += c0 >> 26;
    c2 += c1 >> 26;
    c3 += c2 >> 26;
    c4 += c3 >> 26;
    c0 = (c0 & MASK) + (c4 >> 26) * 5;
    c1 = (c1 & MASK) + (c0 >> 26);
    c0 &= MASK;
    c2 &= MASK;
    c3 &= MASK;
    c4 &= MASK;
    const d1 = c1 * 5, d2 = c2 * 5, d3 = c3 * 5, d4 = c4 * 5;
    for (; at + 32 <= end; at += 32) {
      const low = load<u64>(at), high = load<u64>(at, 8);
      x0 += low & MASK;
      x1 += low >> 26 & MASK;
      x2 += (low >> 52 | high << 12) & MASK;
      x3 += high >> 14 & MASK;
      x4 += high >> 40 | top;
      const low2 = load<u64>(at, 16), high2 = load<u64>(at, 24);
      const z0 = low2 & MASK;
      const z1 = low2 >> 26 & MASK;
      const z2 = (low2 >> 52 | high2 << 12) & MASK;
      const z3 = high2 >> 14 & MASK;
      const z4 = high2 >> 40 | top;
      const y0 = x0 * c0 + x1 * d4 + x2 * d3 + x3 * d2 + x4 * d1 +
        z0 * a0 + z1 * b4 + z2 * b3 + z3 * b2 + z4 * b1;
      let y1 = x0 * c1 + x1 * c0 + x2 * d4 + x3 * d3 + x4 * d2 +
        z0 * a1 + z1 * a0 + z2 * b4 + z3 * b3 + z4 * b2;
      let y2 = x0 * c2 + x1 * c1 + x2 * c0 + x3 * d4 + x4 * d3 +
        z0 * a2 + z1 * a1 + z2 * a0 + z3 * b4 + z4 * b3;
      let y3 = x0 * c3 + x1 * c2 + x2 * c1 + x3 * c0 + x4 * d4 +
        z0 * a3 + z1 * a2 + z2 * a1 + z3 * a0 + z4 * b4;
      let y4 = x0 * c4 + x1 * c3 + x2 * c2 + x3 * c1 + x4 * c0 +
        z0 * a4 + z1 * a3 + z2 * a2 + z3 * a1 + z4 * a0;
      y1 += y0 >> 26;
      y2 += y1 >> 26;
      y3 += y2 >> 26;
      y4 += y3 >> 26;
      x0 = (y0 & MASK) + (y4 >> 26) * 5;
      x1 = (y1 & MASK) + (x0 >> 26);
      x0 &= MASK;
      x2 = y2 & MASK;
      x3 = y3 & MASK;
      x4 = y4 & MASK;
    }
  }
  for (; at < end; at += 16) {
    const low = load<u64>(at);
    const high = load<u64>(at, 8);
    x0 += low & MASK;
    x1 += low >> 26 & MASK;
    x2 += (low >> 52 | high << 12) & MASK;
    x3 += high >> 14 & MASK;
    x4 += high >> 40 | top;
    const y0 = x0 * a0 + x1 * b4 + x2 * b3 + x3 * b2 + x4 * b1;
    let y1 = x0 * a1 + x1 * a0 + x2 * b4 + x3 * b3 + x4 * b2;
    let y2 = x0 * a2 + x1 * a1 + x2 * a0 + x3 * b4 + x4 * b3;
    let y3 = x0 * a3 + x1 * a2 + x2 * a1 + x3 * a0 + x4 * b4;
    let y4 = x0 * a4 + x1 * a3 + x2 * a2 + x3 * a1 + x4 * a0;
    y1 += y0 >> 26;
    y2 += y1 >> 26;
    y3 += y2 >> 26;
    y4 += y3 >> 26;
    x0 = (y0 & MASK) + (y4 >> 26) * 5;
    x1 = (y1 & MASK) + (x0 >> 26);
    x0 &= MASK;
    x2 = y2 & MASK;
    x3 = y3 & MASK;
    x4 = y4 & MASK;
  }
  h0 = x0;
  h1 = x1;
  h2 = x2;
  h3 = x3;
  h4 = x4;
}

/** Writes the MAC. */
export function finishMac(to: usize): void {
  let x0 = h0, x1 = h1, x2 = h2, x3 = h3, x4 = h4;
  x2 += x1 >> 26;
  x3 += x2 >> 26;
  x4 += x3 >> 26;
  x0 += (x4 >> 26) * 5;
  x1 &= MASK;
  x2 &= MASK;
  x3 &= MASK;
  x4 &= MASK;
  // Now h is below 2^130 + 5. If h + 5 has bit 130, h is 2^130 - 5 or more, and that sum without the bit is it.
  let over = (x0 + 5) >> 26;
  over = (x1 + over) >> 26;
  over = (x2 + over) >> 26;
  over = (x3 + over) >> 26;
  over = (x4 + over) >> 26;
  x0 += over * 5;
  x1 += x0 >> 26;
  x2 += x1 >> 26;
  x3 += x2 >> 26;
  x4 += x3 >> 26;
  const low = x0 & MASK | (x1 & MASK) << 26 | x2 << 52;
  const high = (x2 & MASK) >> 12 | (x3 & MASK) << 14 | x4 << 40;
  const sum = low + pad0;
  store<u64>(to, sum);
  store<u64>(to, high + pad1 + u64(sum < low), 8);
}

/** Forgets key and state. */
export function wipeMac(): void {
  r0 = r1 = r2 = r3 = r4 = 0;
  h0 = h1 = h2 = h3 = h4 = 0;
  pad0 = pad1 = 0;
}
