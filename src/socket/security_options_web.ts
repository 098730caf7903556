/**
 * A page has no mechanism but NULL: takes the place of `security_options.ts` in a bundle for browsers, where to
 * give an option of security is a TypeError, as for any name that is no option, and never a connection without it.
 *
 * @module
 */

import { type Option, row } from "./option_kinds.ts";
import type { SocketOptionValues } from "./option_values.ts";

/** That the mechanism is NULL, which may be asked everywhere. */
export const SECURITY_OPTIONS: readonly Option<SocketOptionValues, never>[] = [
  row("securityMechanism", 43, "enum", "", { readOnly: true }, () => null, () => {}),
];
