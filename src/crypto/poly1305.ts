/**
 * Poly1305 (RFC 8439, section 2.5) in plain TypeScript: the fall-back where there is no WebAssembly, and what the
 * kernel is held against (tests/unit/crypto/direction_test.ts).
 *
 * Numbers modulo 2^130 - 5 are six limbs of 22 bits, in doubles. A limb of the sum is below 2^23, one of r below
 * 2^22; 2^132 is 20. So a column of the product stays below 2^45 + 5 * 20 * 2^45 < 2^52: exact, with room for
 * the carry.
 *
 * @module
 */

const LIMBS = 6;
const BITS = 22;
const RADIX = 2 ** BITS;
const MASK = RADIX - 1;
/** The value of 2^132, which is what overflows. */
const FOLD = 20;

/** Writes the 16 octets of the MAC of a text to `tag`, from `tagAt` on. `key`: 32 octets, used once only. */
export function poly1305(
  key: Uint8Array,
  memory: Uint8Array,
  at: number,
  length: number,
  tag: Uint8Array,
  tagAt: number,
): void {
  const r = clamped(key);
  const h = new Float64Array(LIMBS);
  const columns = new Float64Array(LIMBS);
  const end = at + length;
  for (; at + 16 <= end; at += 16) addBlock(h, r, columns, memory, at, 1);
  if (at < end) {
    const last = new Uint8Array(16);
    for (let i = 0; at < end; i++, at++) last[i] = memory[at]!;
    last[length & 15] = 1;
    addBlock(h, r, columns, last, 0, 0);
    last.fill(0);
  }
  reduce(h);
  let carry = 0;
  for (let i = 0; i < 16; i++) {
    carry += octet(h, i) + key[16 + i]!;
    tag[tagAt + i] = carry;
    carry >>>= 8;
  }
  r.fill(0);
  h.fill(0);
  columns.fill(0);
}

/** The first half of the key, without the bits that section 2.5.1 clears. */
function clamped(key: Uint8Array): Float64Array {
  const octets = key.slice(0, 16);
  for (const i of [3, 7, 11, 15]) octets[i]! &= 15;
  for (const i of [4, 8, 12]) octets[i]! &= 252;
  const r = new Float64Array(LIMBS);
  for (let i = 0; i < LIMBS; i++) r[i] = limb(octets, 0, 0, i);
  octets.fill(0);
  return r;
}

/** h = (h + block + 2^128 * top) * r */
function addBlock(
  h: Float64Array,
  r: Float64Array,
  columns: Float64Array,
  block: Uint8Array,
  at: number,
  top: number,
): void {
  for (let i = 0; i < LIMBS; i++) h[i]! += limb(block, at, top, i);
  for (let i = 0; i < LIMBS; i++) {
    let low = 0, high = 0;
    for (let j = 0; j <= i; j++) low += h[j]! * r[i - j]!;
    for (let j = i + 1; j < LIMBS; j++) high += h[j]! * r[LIMBS + i - j]!;
    columns[i] = low + FOLD * high;
  }
  let carry = 0;
  for (let i = 0; i < LIMBS; i++) {
    const column = columns[i]! + carry;
    carry = Math.floor(column / RADIX);
    h[i] = column - carry * RADIX;
  }
  // Below 2^30 * 20: one more step leaves the second limb with a few more than 22 bits at most.
  const low = h[0]! + carry * FOLD;
  carry = Math.floor(low / RADIX);
  h[0] = low - carry * RADIX;
  h[1]! += carry;
}

/** The `i`th 22 bits of 16 octets at `at`, and of `top` behind them. */
function limb(octets: Uint8Array, at: number, top: number, i: number): number {
  const from = at + (i * BITS >>> 3);
  const fourth = i === LIMBS - 1 ? top : octets[from + 3]!;
  const bits = octets[from]! | octets[from + 1]! << 8 | octets[from + 2]! << 16 | fourth << 24;
  return bits >>> (i * BITS & 7) & MASK;
}

/** Makes `h` the one number below 2^130 - 5. */
function reduce(h: Float64Array): void {
  // Twice: the first time what overflows may run through all limbs.
  for (let pass = 0; pass < 2; pass++) {
    let carry = 0;
    for (let i = 0; i < LIMBS; i++) {
      const sum = h[i]! + carry;
      const radix = i === LIMBS - 1 ? 2 ** 20 : RADIX;
      carry = Math.floor(sum / radix);
      h[i] = sum - carry * radix;
    }
    h[0]! += 5 * carry;
  }
  // h + 5 has bit 130 if h is 2^130 - 5 or more; it is then the result, without that bit.
  const other = new Int32Array(LIMBS);
  let carry = 5;
  for (let i = 0; i < LIMBS; i++) {
    const sum = h[i]! + carry;
    other[i] = sum & MASK;
    carry = sum >>> BITS;
  }
  const mask = -(other[LIMBS - 1]! >>> 20 & 1);
  for (let i = 0; i < LIMBS; i++) h[i] = (h[i]! & ~mask) | (other[i]! & mask);
  h[LIMBS - 1] = h[LIMBS - 1]! & 0xfffff;
  other.fill(0);
}

/** The `i`th octet of a reduced number. */
function octet(h: Float64Array, i: number): number {
  const bit = 8 * i;
  const at = Math.floor(bit / BITS);
  const shift = bit - at * BITS;
  const above = at + 1 < LIMBS ? h[at + 1]! : 0;
  return (h[at]! >>> shift | above << (BITS - shift)) & 0xff;
}
