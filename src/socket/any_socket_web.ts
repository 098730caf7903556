/**
 * `Socket` in a page: takes the place of `any_socket.ts` in a bundle for browsers. Only a program that names
 * `Socket` carries all types; the others' classes are completed when they are first used.
 *
 * @module
 */

import { SOCKET_TYPES } from "../pattern/types.ts";
import { Socket as BareSocket } from "./socket.ts";
import { learnType } from "./socket_types.ts";

/** The class that all sockets' classes extend. */
export const Socket: typeof BareSocket = /* @__PURE__ */ withAllTypes();

function withAllTypes(): typeof BareSocket {
  for (const type of Object.values(SOCKET_TYPES)) learnType(type);
  return BareSocket;
}
