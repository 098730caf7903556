/**
 * The transports of a page: takes the place of `schemes.ts` in a bundle for browsers.
 *
 * @module
 */

import { INPROC } from "./inproc_scheme.ts";
import type { AbsentSchemes, Schemes } from "./scheme.ts";
import { WS_BY_HOST, WSS_BY_HOST } from "./web_socket_scheme.ts";

/** By the scheme of the endpoint. */
export const SCHEMES: Schemes = {
  inproc: INPROC,
  ws: WS_BY_HOST,
  wss: WSS_BY_HOST,
};

/** A page has so little that it needs no list of the rest. */
export const ABSENT: AbsentSchemes = {};
