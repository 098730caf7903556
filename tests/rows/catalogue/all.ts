/**
 * All rows there are: what the standards ask for, what libzmq's own tests assert, what peers do that mean harm, and what
 * goes wrong. The order is that of the table in tests/README.md.
 */

import { CONNECTION } from "./connection.ts";
import { FAULTS } from "./faults.ts";
import { HOSTILE } from "./hostile.ts";
import { LIBZMQ_LIFE } from "./libzmq_life.ts";
import { LIBZMQ_SOCKETS } from "./libzmq_sockets.ts";
import { LIBZMQ_UNITS } from "./libzmq_units.ts";
import { NAMES } from "./names.ts";
import { SECURITY } from "./security.ts";
import type { Section } from "./section.ts";
import { TRAFFIC } from "./traffic.ts";

/** Every section, with its rows. */
export const SECTIONS: readonly Section[] = [
  ...CONNECTION,
  ...TRAFFIC,
  ...SECURITY,
  ...NAMES,
  ...LIBZMQ_SOCKETS,
  ...LIBZMQ_LIFE,
  ...LIBZMQ_UNITS,
  ...HOSTILE,
  ...FAULTS,
];
