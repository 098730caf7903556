/**
 * The classes of sockets by the names of their types.
 *
 * @module
 */

import type { SocketTypeName } from "../pattern/types.ts";
import type { SocketName } from "./option_table.ts";

const CLASSES: { readonly [type in SocketTypeName]: SocketName } = {
  PAIR: "Pair",
  PUB: "Publisher",
  SUB: "Subscriber",
  REQ: "Request",
  REP: "Reply",
  DEALER: "Dealer",
  ROUTER: "Router",
  PULL: "Pull",
  PUSH: "Push",
  XPUB: "XPublisher",
  XSUB: "XSubscriber",
  STREAM: "Stream",
  SERVER: "Server",
  CLIENT: "Client",
  RADIO: "Radio",
  DISH: "Dish",
  GATHER: "Gather",
  SCATTER: "Scatter",
  DGRAM: "Datagram",
  PEER: "Peer",
  CHANNEL: "Channel",
};

/** The class of a socket type, by the type's name on the wire. */
export function classOf(type: string): SocketName {
  return CLASSES[type as SocketTypeName];
}
