/**
 * No tool in a page: takes the place of `start.ts` in a bundle for browsers.
 *
 * @module
 */

/** Does nothing. */
export function start(_meta: object): void {}
