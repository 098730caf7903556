/**
 * Memory that is used again: slabs of a few sizes, for whoever gathers octets before a write. Fresh memory is
 * zeroed first, and 256 KiB of zeros cost 20 µs: with a hundred subscribers that was half of a forwarder's time.
 *
 * @module
 */

/** The smallest slab that is kept. */
export const SMALLEST_SLAB: number = 16 * 1024;

/** Each four times the one before: nobody holds more than four times what it needs, and few are of each. */
const SIZES: readonly number[] = [SMALLEST_SLAB, 64 * 1024, 256 * 1024];

/** Octets that nobody uses, at most. */
const SPARE_MAX = 16 * 1024 * 1024;

const spare: readonly Uint8Array[][] = SIZES.map(() => []);
let spareSize = 0;

/** A slab of at least so many octets, with whatever is in it; below the smallest size exactly as many. */
export function borrowSlab(atLeast: number): Uint8Array {
  if (atLeast < SMALLEST_SLAB) return new Uint8Array(atLeast);
  for (let i = 0; i < SIZES.length; i++) {
    const size = SIZES[i]!;
    if (size < atLeast) continue;
    const slab = spare[i]!.pop();
    if (slab === undefined) return new Uint8Array(size);
    spareSize -= size;
    return slab;
  }
  return new Uint8Array(atLeast);
}

/** Nobody looks at the slab any more. One of another size, which a single long message needed, is not kept. */
export function returnSlab(slab: Uint8Array): void {
  const size = slab.length;
  const kept = spare[SIZES.indexOf(size)];
  if (kept === undefined || spareSize + size > SPARE_MAX) return;
  spareSize += size;
  kept.push(slab);
}
