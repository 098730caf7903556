/**
 * Nothing connects to a page by TCP: takes the place of `accept_filter.ts` in a bundle for browsers, where the
 * option is only kept.
 *
 * @module
 */

import type { AcceptFilter } from "./accept_filter.ts";

/** Keeps the text, whatever it says. */
export function parseAcceptFilter(text: string): AcceptFilter | undefined {
  return { text, octets: [], bits: 0 };
}

/** There is nobody to refuse. */
export function acceptFilterAllows(): boolean {
  return true;
}

/** The same. */
export const acceptFilterTakes: () => boolean = acceptFilterAllows;
