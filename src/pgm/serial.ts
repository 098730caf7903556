/**
 * Sequence numbers of 32 bits that wrap (RFC 1982): each number has half of all others before it and half after.
 * Numbers are kept unsigned, as they are in packets.
 *
 * @module
 */

/** The number so many after (or, negative, before) another. */
export function serialAdd(number: number, count: number): number {
  return (number + count) >>> 0;
}

/** How far `a` is after `b`: negative if it is before, 0 if they are equal. */
export function serialDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Whether `a` is before `b`. */
export function serialBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}
