/**
 * What a socket tells of the endpoints that it is bound to, by which names they are unbound, and why it could not be.
 *
 * @module
 */

import { asZmqError, ZmqError } from "../base/errors.ts";
import type { SocketCore } from "./core.ts";
import type { BoundLink } from "./scheme.ts";

/** How what is bound was asked for, which may have been by a host's name. */
const ASKED = new WeakMap<BoundLink, string>();

/** It listens. */
export function tellBound(core: SocketCore, link: BoundLink, asked: string): void {
  ASKED.set(link, asked);
  const { told, endpoint } = link;
  if (told) core.tell({ type: "bind", address: endpoint });
}

/** Whether it is unbound by this name: as libzmq, which looks names up again and takes no wildcard for one. */
export function isBoundAs(link: BoundLink, address: string): boolean {
  return link.endpoint === address || (ASKED.get(link) === address && !/\*|:0$/.test(address));
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
