/**
 * Every option of a socket, one row each, after libzmq's `options.cpp` and the sockets' `xsetsockopt`. From this
 * table come the properties and the access by number; what only people ask is in `option_facts.ts`.
 *
 * @module
 */

import {
  asText,
  booleanOption,
  INT32_MAX,
  integerOption,
  invalid,
  type Option,
  type OptionDetails,
  requireBoolean,
  requireOctets,
  row,
} from "./option_kinds.ts";
import { directedOptions, NATIVE_OPTIONS } from "./native_options.ts";
import type { SocketOptionValues } from "./option_values.ts";
import { SECURITY_OPTIONS } from "./security_options.ts";

/** The classes of sockets. */
export type SocketName =
  | "Pair"
  | "Publisher"
  | "Subscriber"
  | "Request"
  | "Reply"
  | "Dealer"
  | "Router"
  | "Pull"
  | "Push"
  | "XPublisher"
  | "XSubscriber"
  | "Stream"
  | "Server"
  | "Client"
  | "Radio"
  | "Dish"
  | "Gather"
  | "Scatter"
  | "Datagram"
  | "Peer"
  | "Channel";

/** An option of a socket. */
export type SocketOption = Option<SocketOptionValues, SocketName>;

type Details = OptionDetails<SocketName>;

const BOTH_WAYS: readonly SocketName[] = [
  "Pair",
  "Request",
  "Reply",
  "Dealer",
  "Router",
  "XPublisher",
  "XSubscriber",
  "Stream",
  "Server",
  "Client",
  "Datagram",
  "Peer",
  "Channel",
];
const SENDERS: readonly SocketName[] = [...BOTH_WAYS, "Publisher", "Push", "Radio", "Scatter"];
const RECEIVERS: readonly SocketName[] = [...BOTH_WAYS, "Subscriber", "Pull", "Dish", "Gather"];
const CONFLATING: readonly SocketName[] = [
  "Publisher",
  "Subscriber",
  "Dealer",
  "Pull",
  "Push",
  "Gather",
  "Scatter",
];

/** All options, those of every class first. */
export const SOCKET_OPTIONS: readonly SocketOption[] = [
  int32("linger", 17, -1),
  int32("reconnectInterval", 18, -1),
  int32("reconnectMaxInterval", 21, 0),
  int32("backlog", 19, 0),
  // libzmq takes any negative number for "no limit".
  integerOption("maxMessageSize", 22, "int64", -(2 ** 63), 2 ** 63),
  integerOption("maxMessageParts", undefined, "int32", 1, INT32_MAX),
  integerOption("maxMessageTotal", undefined, "int64", -1, 2 ** 63),
  booleanOption("immediate", 39),
  booleanOption("ipv6", 42),
  int32("handshakeInterval", 66, 0),
  int32("heartbeatInterval", 75, 0),
  // PING carries it as 16 bits of deciseconds (37/ZMTP), so that is what is kept.
  integerOption("heartbeatTimeToLive", 76, "int32", 0, 6553599, {}, toDeciseconds),
  int32("heartbeatTimeout", 77, 0),
  int32("connectTimeout", 79, 0),
  ...SECURITY_OPTIONS,
  ...NATIVE_OPTIONS,

  int32("sendHighWaterMark", 23, 0, { owners: SENDERS }),
  int32("sendTimeout", 28, -1, { owners: SENDERS }),
  int32("receiveHighWaterMark", 24, 0, { owners: RECEIVERS }),
  int32("receiveTimeout", 27, -1, { owners: RECEIVERS }),
  ...directedOptions(SENDERS, RECEIVERS),
  booleanOption("conflate", 54, { owners: CONFLATING }),
  routingId({ owners: ["Request", "Reply", "Dealer", "Router"] }),
  flag("probeRouter", 51, "Router", "Dealer", "Request"),
  flag("mandatory", 33, "Router"),
  flag("handover", 56, "Router"),
  flag("correlate", 52, "Request"),
  flag("relaxed", 53, "Request"),
  verbosity({ owners: ["XPublisher"] }),
  flag("noDrop", 69, "XPublisher", "Publisher", "Radio"),
  flag("manual", 71, "XPublisher"),
  manualLastValue({ owners: ["XPublisher"] }),
  message("welcomeMessage", 72, "XPublisher"),
  flag("onlyFirstSubscribe", 108, "XPublisher", "Publisher", "XSubscriber"),
  flag("verboseUnsubscribe", 115, "XSubscriber"),
  flag("invertMatching", 74, "Publisher", "Subscriber", "XPublisher"),
  integerOption("maxSubscriptions", undefined, "int32", 0, INT32_MAX, {
    owners: ["Publisher", "XPublisher", "Radio"],
  }),
  integerOption("maxSubscriptionTotal", undefined, "int32", 0, INT32_MAX, {
    owners: ["Publisher", "XPublisher", "Radio"],
  }),
  booleanOption("notify", 73, { owners: ["Stream"] }),
  integerOption("notify", 97, "int32", 0, 3, { owners: ["Router"] }, undefined, "routerNotify"),
  message("helloMessage", 110, "Router", "Dealer", "Request", "Client", "Server", "Peer"),
  message("disconnectMessage", 111, "Router", "Server", "Peer"),
  message("hiccupMessage", 114, "Dealer", "Client", "Peer"),
];

/** The options that sockets of this class have. */
export function socketOptionsOf(socket: SocketName): readonly SocketOption[] {
  return SOCKET_OPTIONS.filter(({ owners }) => owners.length === 0 || owners.includes(socket));
}

/** The option with this property name. */
export function optionByName(name: string): SocketOption | undefined {
  return SOCKET_OPTIONS.find((option) => option.name === name && !option.hidden);
}

/** The option with this number in `zmq.h`. */
export function optionById(id: number): SocketOption | undefined {
  return SOCKET_OPTIONS.find((option) => option.id === id);
}

type NumberName = {
  [Name in keyof SocketOptionValues]: SocketOptionValues[Name] extends number ? Name : never;
}[
  keyof SocketOptionValues
];
type FlagName = {
  [Name in keyof SocketOptionValues]: SocketOptionValues[Name] extends boolean ? Name : never;
}[
  keyof SocketOptionValues
];

/** A C int with a least value and no other limit. */
function int32(name: NumberName, id: number, minimum: number, details: Details = {}) {
  return integerOption<SocketOptionValues, SocketName>(
    name,
    id,
    "int32",
    minimum,
    INT32_MAX,
    details,
  );
}

/** A switch in a pattern's own behaviour, which asks it each time. */
function flag(name: FlagName, id: number, ...owners: SocketName[]): SocketOption {
  return booleanOption(name, id, { owners });
}

function routingId(details: Details): SocketOption {
  const range = "1 to 255 octets";
  return row("routingId", 5, "bytes", range, details, (values) => {
    return asText(values.routingId);
  }, (values, value) => {
    const octets = requireOctets(value);
    if (!octets || octets.length === 0 || octets.length > 255) {
      throw invalid("routingId", octets ? `${octets.length} octets` : "null", `it must be ${range}`);
    }
    values.routingId = octets;
  });
}

/** A message that the socket sends or delivers of itself; an empty one is none. */
function message(
  name: "welcomeMessage" | "helloMessage" | "disconnectMessage" | "hiccupMessage",
  id: number,
  ...owners: SocketName[]
): SocketOption {
  return row(name, id, "bytes", "octets or null", { owners }, (values) => {
    return asText(values[name]);
  }, (values, value) => {
    const octets = requireOctets(value);
    values[name] = octets?.length ? octets : undefined;
  });
}

function manualLastValue(details: Details): SocketOption {
  return row("manualLastValue", 98, "bool", "true or false", details, (values) => {
    return values.manualLastValue;
  }, (values, value) => {
    // One switch in libzmq, too.
    values.manual = values.manualLastValue = requireBoolean(value);
  });
}

function verbosity(details: Details): SocketOption {
  const range = 'null, "allSubs" or "allSubsUnsubs"';
  return row("verbosity", undefined, "enum", range, details, (values) => {
    return values.verbosity || null;
  }, (values, value) => {
    if (value === null) values.verbosity = "";
    else if (value === "allSubs" || value === "allSubsUnsubs") values.verbosity = value;
    else if (typeof value !== "string") throw new TypeError("Option value must be a string or null");
    else throw invalid("verbosity", JSON.stringify(value), `it must be ${range}`);
  });
}

function toDeciseconds(milliseconds: number): number {
  return milliseconds - milliseconds % 100;
}
