/**
 * Takes the place of `bound_events.ts` in a bundle for browsers: a page binds by inproc alone, of which nothing is told.
 *
 * @module
 */

import { asZmqError } from "../base/errors.ts";

/** Nothing. */
export function tellBound(): void {}

/** Nothing. */
export function tellClosed(): void {}

export { asZmqError as asBindError };
