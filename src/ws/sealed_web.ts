/**
 * Takes the place of `sealed.ts` in a bundle for browsers, where no connection has a mechanism
 * (`zmtp/handshake_web.ts`).
 *
 * @module
 */

/** Nobody makes one. */
export class ZwsSealing {}
