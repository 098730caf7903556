/**
 * Numbers as people read them. Pure.
 *
 * @module
 */

/** 1234567 as "1 234 567". */
export function showCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** Octets in the unit that fits. */
export function showSize(octets: number): string {
  if (octets < 999.5) return `${Math.round(octets)} B`;
  if (octets < 999_500) return `${(octets / 1e3).toPrecision(3)} kB`;
  if (octets < 999_500_000) return `${(octets / 1e6).toPrecision(3)} MB`;
  return `${(octets / 1e9).toPrecision(3)} GB`;
}
