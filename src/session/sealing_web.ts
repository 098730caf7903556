/**
 * Takes the place of `sealing.ts` in a bundle for browsers: a page's engine seals nothing.
 *
 * @module
 */

/** As they are. */
export function sealed(_engine: unknown, octets: Uint8Array[] | undefined): Uint8Array[] | undefined {
  return octets;
}
