/**
 * The Montgomery ladder of X25519 (RFC 7748, section 5) in plain TypeScript: the fall-back where there is no
 * WebAssembly, and what the kernel is held against (tests/unit/crypto/x25519_test.ts).
 *
 * Numbers modulo 2^255 - 19 are fifteen limbs of 17 bits, in doubles: 15 * 17 is 255, so what overflows comes
 * back times 19, without shifts. Between multiplications limbs are below 2^19 in size (sums and differences of
 * carried ones), so a column of a product is below 15 * 19 * 2^38 < 2^47: exact.
 *
 * @module
 */

type Element = Float64Array;

const LIMBS = 15;
const BITS = 17;
const RADIX = 2 ** BITS;
/** (486662 - 2) / 4 (section 5). */
const A24 = 121665;

/** The product of a point's u coordinate with a scalar that is clamped here; both 32 octets. */
export function montgomeryLadder(scalar: Uint8Array, u: Uint8Array): Uint8Array {
  const bits = scalar.slice();
  bits[0]! &= 248;
  bits[31] = bits[31]! & 127 | 64;
  const x1 = decoded(u);
  const x2 = one(), z2 = element(), x3 = x1.slice(), z3 = one();
  const a = element(), b = element(), c = element(), d = element(), e = element(), product = element();
  let swapped = 0;
  for (let t = 254; t >= 0; t--) {
    const bit = bits[t >>> 3]! >>> (t & 7) & 1;
    swap(swapped ^ bit, x2, x3);
    swap(swapped ^ bit, z2, z3);
    swapped = bit;
    add(a, x2, z2);
    subtract(b, x2, z2);
    add(c, x3, z3);
    subtract(d, x3, z3);
    multiply(d, d, a, product); // DA
    multiply(c, c, b, product); // CB
    multiply(a, a, a, product); // AA
    multiply(b, b, b, product); // BB
    add(x3, d, c);
    multiply(x3, x3, x3, product);
    subtract(z3, d, c);
    multiply(z3, z3, z3, product);
    multiply(z3, z3, x1, product);
    multiply(x2, a, b, product);
    subtract(e, a, b); // E
    for (let i = 0; i < LIMBS; i++) c[i] = e[i]! * A24;
    carry(c);
    add(c, c, a);
    multiply(z2, e, c, product);
  }
  swap(swapped, x2, x3);
  swap(swapped, z2, z3);
  invert(z2, product);
  multiply(x2, x2, z2, product);
  const result = encoded(x2);
  bits.fill(0);
  for (const used of [x1, x2, z2, x3, z3, a, b, c, d, e, product]) used.fill(0);
  return result;
}

function element(): Element {
  return new Float64Array(LIMBS);
}

function one(): Element {
  const number = element();
  number[0] = 1;
  return number;
}

/** Little endian; the 256th bit is ignored (section 5). */
function decoded(octets: Uint8Array): Element {
  const number = element();
  for (let i = 0; i < LIMBS; i++) {
    const at = i * BITS >>> 3;
    const bits = octets[at]! | octets[at + 1]! << 8 | octets[at + 2]! << 16;
    number[i] = bits >>> (i * BITS & 7) & (RADIX - 1);
  }
  return number;
}

/** The one form below 2^255 - 19, little endian. Of limbs in size below 2^30, with any signs. */
export function encoded(number: Element): Uint8Array {
  // Twice: what overflows the first time may run through all limbs, and then leaves a small first one.
  for (let pass = 0; pass < 2; pass++) carry(number);
  // Below 2^255 now, so it is at least 2^255 - 19 if 19 more overflow; then that sum, without the bit, is it.
  const limbs = new Int32Array(number);
  let over = 19;
  for (let i = 0; i < LIMBS; i++) over = limbs[i]! + over >> BITS;
  over *= 19;
  for (let i = 0; i < LIMBS; i++) {
    over += limbs[i]!;
    limbs[i] = over & (RADIX - 1);
    over >>= BITS;
  }
  const octets = new Uint8Array(32);
  for (let i = 0; i < LIMBS; i++) {
    const at = i * BITS >>> 3;
    const bits = limbs[i]! << (i * BITS & 7);
    octets[at]! |= bits;
    octets[at + 1]! |= bits >>> 8;
    octets[at + 2]! |= bits >>> 16;
  }
  limbs.fill(0);
  return octets;
}

/** Exchanges both if `bit` is 1, by arithmetic. */
function swap(bit: number, a: Element, b: Element): void {
  for (let i = 0; i < LIMBS; i++) {
    const difference = bit * (a[i]! - b[i]!);
    a[i]! -= difference;
    b[i]! += difference;
  }
}

function add(sum: Element, a: Element, b: Element): void {
  for (let i = 0; i < LIMBS; i++) sum[i] = a[i]! + b[i]!;
}

function subtract(difference: Element, a: Element, b: Element): void {
  for (let i = 0; i < LIMBS; i++) difference[i] = a[i]! - b[i]!;
}

/** `result` may be a factor. */
function multiply(result: Element, a: Element, b: Element, product: Element): void {
  for (let i = 0; i < LIMBS; i++) {
    let low = 0, high = 0;
    for (let j = 0; j <= i; j++) low += a[j]! * b[i - j]!;
    for (let j = i + 1; j < LIMBS; j++) high += a[j]! * b[LIMBS + i - j]!;
    product[i] = low + 19 * high;
  }
  carry(product);
  for (let i = 0; i < LIMBS; i++) result[i] = product[i]!;
  carry(result);
}

/** Limbs back to 17 bits; the first may have a few more. */
function carry(number: Element): void {
  let over = 0;
  for (let i = 0; i < LIMBS; i++) {
    const limb = number[i]! + over;
    over = Math.floor(limb / RADIX);
    number[i] = limb - over * RADIX;
  }
  number[0]! += 19 * over;
}

/** The power 2^255 - 21, which is the inverse (and of zero, zero). */
function invert(z: Element, product: Element): void {
  const base = z.slice();
  const result = one();
  // The exponent is all ones, but for bits 2 and 4.
  for (let bit = 254; bit >= 0; bit--) {
    multiply(result, result, result, product);
    if (bit !== 2 && bit !== 4) multiply(result, result, base, product);
  }
  z.set(result);
  base.fill(0);
  result.fill(0);
}
