/**
 * A socket's options by their numbers in `zmq.h`, those included that are no plain values: subscriptions, and
 * what can only be read.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { SocketTypeName } from "../pattern/types.ts";
import type { XPubPattern } from "../pattern/xpub.ts";
import type { XSubPattern } from "../pattern/xsub.ts";
import { toPart } from "../message/frame.ts";
import type { SocketCore } from "./core.ts";
import {
  getSocketOption,
  optionChanged,
  optionClosed,
  optionValues,
  setSocketOption,
} from "./option_access.ts";
import type { OptionKind } from "./option_kinds.ts";
import type { SocketName } from "./option_table.ts";
import { coreOf } from "./symbols.ts";

const SUBSCRIBE = 6;
const UNSUBSCRIBE = 7;

/** ZMQ_POLLIN and ZMQ_POLLOUT. */
const POLLIN = 1;
const POLLOUT = 2;

/** What can only be read: RCVMORE, EVENTS, TYPE, LAST_ENDPOINT, THREAD_SAFE. */
const READ_ONLY: { readonly [id: number]: (core: SocketCore) => number | string | null } = {
  13: () => 0,
  15: (core) => (core.canReceive ? POLLIN : 0) | (core.canSend ? POLLOUT : 0),
  16: (core) => core.type.id,
  32: (core) => core.endpoints.last,
  81: (core) => Number(core.type.threadSafe),
};

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

/** Reads an option. */
export function getOption(socket: object, id: number, kind: OptionKind): boolean | number | string | null {
  const core = coreOf(socket);
  const read = READ_ONLY[id];
  if (read === undefined || core.closed) {
    return getSocketOption(hostOf(core), classOf(core.type.name), id, kind);
  }
  const value = read(core);
  return kind === "bool" ? Boolean(value) : value;
}

/** Sets an option. */
export function setOption(socket: object, id: number, kind: OptionKind, value: unknown): void {
  const core = coreOf(socket);
  if (core.closed) throw new ZmqError("ENOTSOCK");
  if (id !== SUBSCRIBE && id !== UNSUBSCRIBE) {
    setSocketOption(hostOf(core), classOf(core.type.name), id, kind, value);
    return;
  }
  const topic = toPart(value);
  if (core.type.name === "SUB") {
    const pattern = core.pattern as XSubPattern;
    if (id === SUBSCRIBE) pattern.subscribe(topic);
    else pattern.unsubscribe(topic);
  } else if (core.options.manual) {
    // An option of XPUB alone.
    const pattern = core.pattern as XPubPattern;
    if (id === SUBSCRIBE) pattern.confirm(topic);
    else pattern.revoke(topic);
  } else throw new ZmqError("EINVAL", `Option ${id} is not for this socket`);
}

/** The class of a socket type, by the type's name on the wire. */
export function classOf(type: string): SocketName {
  return CLASSES[type as SocketTypeName];
}

function hostOf(core: SocketCore): Parameters<typeof getSocketOption>[0] {
  return {
    [optionValues]: core.options,
    [optionClosed]: core.closed,
    [optionChanged]: (name) => core.optionChanged(name),
  };
}
