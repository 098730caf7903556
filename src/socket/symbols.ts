/**
 * How a public socket leads to its core. The property is not in the types, so it is no part of the interface.
 *
 * @module
 */

import type { SocketCore } from "./core.ts";

/** Where a public socket keeps its core. */
export const CORE: unique symbol = Symbol("core");

/** The core of a public socket. */
export function coreOf(socket: object): SocketCore {
  const core = (socket as { readonly [CORE]?: SocketCore } | undefined)?.[CORE];
  if (core === undefined) throw new TypeError("Socket must be a socket object");
  return core;
}

/** Whether a value leads to a core. */
export function hasCore(value: unknown): value is object {
  return typeof value === "object" && value !== null &&
    (value as { [CORE]?: SocketCore })[CORE] !== undefined;
}
