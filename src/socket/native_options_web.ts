/**
 * A page has no TCP, no TLS of its own, no multicast and nobody who connects to it: takes the place of
 * `native_options.ts` in a bundle for browsers. What is set is kept, whatever it is, so that an object of options for
 * servers will do; nothing comes of it.
 *
 * @module
 */

import { type Option, row } from "./option_kinds.ts";
import { SocketOptionValues } from "./option_values.ts";

type Kept = Option<SocketOptionValues, never>;

/** By their defaults, which are there and stand last: a list of their names would weigh more. */
const NAMES = Object.keys(new SocketOptionValues({ blocky: true, ipv6: false }));

/** For every socket, also those of one direction. */
export const NATIVE_OPTIONS: readonly Kept[] = NAMES.slice(NAMES.indexOf("rate")).map((name) => {
  const key = name as "rate";
  return row(key, undefined, "int32", "", {}, (values) => values[key], (values, value) => {
    values[key] = value as number;
  });
});

/** None besides. */
export function directedOptions(): readonly Kept[] {
  return [];
}
