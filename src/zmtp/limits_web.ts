/**
 * Takes the place of `limits.ts` in a bundle for browsers: only other threads of the page's own are decoded there, and
 * inproc has no limits. What comes by WebSocket is limited by `ws/zws.ts`.
 *
 * @module
 */

/** Everything fits. */
export function checkFrame(): void {}

/** The same. */
export function checkMessage(): void {}
