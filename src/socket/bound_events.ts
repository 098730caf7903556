/**
 * What a socket tells of the endpoints that it is bound to, and why it could not be.
 *
 * @module
 */

import { asZmqError, ZmqError } from "../base/errors.ts";
import type { SocketCore } from "./core.ts";
import type { BoundLink } from "./scheme.ts";

/** It listens. */
export function tellBound(core: SocketCore, { told, endpoint }: BoundLink): void {
  if (told) core.tell({ type: "bind", address: endpoint });
}

/** It listens no more. */
export function tellClosed(core: SocketCore, { told, endpoint }: BoundLink): void {
  if (told) core.tell({ type: "close", address: endpoint });
}

/** Why it could not be bound. */
export function asBindError(failure: unknown, address: string): ZmqError {
  // A name that is none, where an interface or an address is wanted (libzmq says so too).
  const unknown = (failure as { code?: string }).code === "ENOTFOUND";
  return unknown ? new ZmqError("ENODEV", undefined, address) : asZmqError(failure, address);
}
