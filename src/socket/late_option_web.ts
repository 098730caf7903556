/**
 * Takes the place of `late_option.ts` in a bundle for browsers: a page has no `process` to warn by.
 *
 * @module
 */

/** Says nothing. */
export function warnIfLate(): void {}
