/**
 * Takes the place of `options_by_number.ts` in a bundle for browsers, where options have names alone.
 *
 * @module
 */

/** Nothing. */
export class SocketOptionsByNumber {}

/** Nothing. */
export class ContextOptionsByNumber {}
