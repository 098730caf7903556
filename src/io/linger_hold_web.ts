/**
 * Takes the place of `linger_hold.ts` in a bundle for browsers: nothing keeps a page open.
 *
 * @module
 */

/** No hold. */
export class LingerHold {
  /** It asks for nothing. */
  constructor(_linger: () => number) {}

  /** Nothing changes. */
  update(_busy: boolean): void {}
}
