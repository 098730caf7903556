/**
 * Takes the place of `security.ts` in a bundle for browsers: a page's WebSocket can offer no sub-protocol with a
 * mechanism (`ws/zws_secured_web.ts`).
 *
 * @module
 */

import type { Framing } from "../zmtp/framing.ts";

const NONE = {
  mechanism: "NULL",
  asServer: false,
  guarded: false,
  loading: undefined,
  make: () => undefined,
};

/** There is none. */
export function securityOf(): typeof NONE {
  return NONE;
}

/** As it is. */
export function framingOf(_security: unknown, framing: Framing): Framing {
  return framing;
}

/** Nobody asks. */
export function askHandler(): void {}
