/**
 * A page has no TCP, no TLS of its own and no multicast: takes the place of `native_options.ts` in a bundle for
 * browsers, where to give one of these options is a TypeError, as for any name that is no option.
 *
 * @module
 */

import type { Option } from "./option_kinds.ts";
import type { SocketOptionValues } from "./option_values.ts";

/** None. */
export const NATIVE_OPTIONS: readonly Option<SocketOptionValues, never>[] = [];

/** Neither. */
export function directedOptions(): typeof NATIVE_OPTIONS {
  return NATIVE_OPTIONS;
}
