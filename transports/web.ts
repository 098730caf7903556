/**
 * Browsers and other hosts without sockets of the system: no transport at all. What needs no transport
 * (inproc) works there all the same.
 *
 * @module
 */

import type { Transports } from "../src/io/transports.ts";

/** The transports of a host that has none. */
export const transports: Transports = { runtime: "web" };
