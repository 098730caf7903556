/**
 * No tool in a page: takes the place of `start.ts` in a bundle for browsers.
 *
 * @module
 */

/** Does nothing. */
export function start(_url: string, _main: boolean | undefined, _filename: string | undefined): void {}
