/**
 * Takes the place of `bound_events.ts` in a bundle for browsers: a page binds by inproc alone, of which nothing is told.
 *
 * @module
 */

import { asZmqError } from "../base/errors.ts";
import type { BoundLink } from "./scheme.ts";

/** Nothing. */
export function tellBound(): void {}

/** By its one name. */
export function isBoundAs({ endpoint }: BoundLink, address: string): boolean {
  return endpoint === address;
}

/** Nothing. */
export function tellClosed(): void {}

export { asZmqError as asBindError };
