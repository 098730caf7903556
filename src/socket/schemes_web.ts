/**
 * The transports of a page: takes the place of `schemes.ts` in a bundle for browsers.
 *
 * @module
 */

import { INPROC } from "./inproc_scheme.ts";
import type { Schemes } from "./scheme.ts";

/** By the scheme of the endpoint. */
export const SCHEMES: Schemes = {
  inproc: INPROC,
};
