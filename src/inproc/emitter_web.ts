/**
 * Takes the place of `emitter.ts` in a bundle for browsers, where Workers are event targets.
 *
 * @module
 */

/** Throws a TypeError. */
export function catchEmitted(): never {
  throw new TypeError("A Worker or a MessagePort is needed");
}
