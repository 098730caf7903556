/**
 * The classes of sockets by the names of their types.
 *
 * @module
 */

import type { SocketName } from "./option_table.ts";

/** The others are called as their types are. */
const LONG: { readonly [type: string]: SocketName } = {
  PUB: "Publisher",
  SUB: "Subscriber",
  REQ: "Request",
  REP: "Reply",
  XPUB: "XPublisher",
  XSUB: "XSubscriber",
  DGRAM: "Datagram",
};

/** The class of a socket type, by the type's name on the wire. */
export function classOf(type: string): SocketName {
  return LONG[type] ?? type[0] + type.slice(1).toLowerCase() as SocketName;
}
