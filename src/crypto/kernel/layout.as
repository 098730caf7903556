/*
 * Where things are in the kernel's memory: two pages, of which the second is the window for texts.
 * AssemblyScript; see kernel.as.
 */

/** The key of the direction that the kernel works for now: 32 octets. */
export const KEY: usize = 0;
/** A MAC that was computed, to compare it with the one that came. */
export const MAC: usize = 32;
/** The last block of a text, filled up. */
export const LAST: usize = 48;
/** 256 octets of key stream. */
export const STREAM: usize = 64;
/** 256 octets that are never written. */
export const ZEROS: usize = 320;
/** X25519: a scalar and a u coordinate, 32 octets each; the product takes the place of the coordinate. */
export const SCALAR: usize = 1024;
export const POINT: usize = 1056;
/** X25519: field elements, of 80 octets each. */
export const ELEMENTS: usize = 1104;
/** Where that ends, all of which is wiped after each multiplication. */
export const ELEMENTS_END: usize = ELEMENTS + 20 * 80;
