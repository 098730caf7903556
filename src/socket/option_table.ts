/**
 * Every option of a socket, one row each, after libzmq's `options.cpp` and the sockets' `xsetsockopt`. From this
 * table come the properties and the access by number; what only people ask is in `option_facts.ts`.
 *
 * @module
 */

import { type AcceptFilter, parseAcceptFilter } from "./accept_filter.ts";
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
import type { SocketOptionValues, Verbosity } from "./option_values.ts";
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
  ipv4Only(),
  int32("handshakeInterval", 66, 0),
  int32("heartbeatInterval", 75, 0),
  // PING carries it as 16 bits of deciseconds (37/ZMTP), so that is what is kept.
  integerOption("heartbeatTimeToLive", 76, "int32", 0, 6553599, {}, toDeciseconds),
  int32("heartbeatTimeout", 77, 0),
  int32("connectTimeout", 79, 0),
  ...SECURITY_OPTIONS,
  integerOption("tcpKeepalive", 34, "int32", -1, 1),
  int32("tcpKeepaliveIdle", 36, -1),
  int32("tcpKeepaliveCount", 35, -1),
  int32("tcpKeepaliveInterval", 37, -1),
  tcpAcceptFilter(),
  int32("tcpMaxRetransmitTimeout", 80, 0),
  integerOption("typeOfService", 57, "uint32", 0, INT32_MAX),
  clearableText("socksProxy", 68, INT32_MAX),
  clearableText("wssKeyPem", 103, INT32_MAX),
  clearableText("wssCertPem", 104, INT32_MAX),
  clearableText("wssTrustPem", 105, INT32_MAX),
  clearableText("wssHostname", 106, INT32_MAX),
  booleanOption("wssTrustSystem", 107),
  // IFNAMSIZ, which libzmq takes without its final NUL.
  clearableText("interface", 92, 16),
  integerOption("affinity", 4, "uint64", 0, 2 ** 64),
  int32("rate", 8, 1),
  int32("recoveryInterval", 9, 0),
  int32("multicastMaxTransportDataUnit", 84, 1),
  booleanOption("loopbackFastPath", 94),
  integerOption("vmciBufferSize", 85, "uint64", 0, 2 ** 64),
  integerOption("vmciBufferMinSize", 86, "uint64", 0, 2 ** 64),
  integerOption("vmciBufferMaxSize", 87, "uint64", 0, 2 ** 64),
  int32("vmciConnectTimeout", 88, -1),

  int32("sendHighWaterMark", 23, 0, { owners: SENDERS }),
  int32("sendTimeout", 28, -1, { owners: SENDERS }),
  int32("sendBufferSize", 11, -1, { owners: SENDERS }),
  int32("multicastHops", 25, 1, { owners: SENDERS }),
  booleanOption("multicastLoop", 96, { owners: SENDERS }),
  int32("receiveHighWaterMark", 24, 0, { owners: RECEIVERS }),
  int32("receiveTimeout", 27, -1, { owners: RECEIVERS }),
  int32("receiveBufferSize", 12, -1, { owners: RECEIVERS }),
  booleanOption("conflate", 54, { owners: CONFLATING }),
  routingId({ owners: ["Request", "Reply", "Dealer", "Router"] }),
  flag("probeRouter", 51, "Router", "Dealer", "Request"),
  flag("mandatory", 33, "Router"),
  flag("handover", 56, "Router"),
  flag("correlate", 52, "Request"),
  flag("relaxed", 53, "Request"),
  verbosity({ owners: ["XPublisher"] }),
  verbose(40, "allSubs"),
  verbose(78, "allSubsUnsubs"),
  flag("noDrop", 69, "XPublisher", "Publisher", "Radio"),
  flag("manual", 71, "XPublisher"),
  welcomeMessage({ owners: ["XPublisher"] }),
  flag("invertMatching", 74, "Publisher", "Subscriber", "XPublisher"),
  integerOption("maxSubscriptions", undefined, "int32", 0, INT32_MAX, {
    owners: ["Publisher", "XPublisher", "Radio"],
  }),
  booleanOption("notify", 73, { owners: ["Stream"] }),
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

/** The older switch for the same thing, upside down. */
function ipv4Only(): SocketOption {
  return row("ipv6", 31, "bool", "true or false", { hidden: true }, (values) => {
    return !values.ipv6;
  }, (values, value) => {
    values.ipv6 = !requireBoolean(value);
  });
}

function tcpAcceptFilter(): SocketOption {
  const range = "address or address/bits";
  return row("tcpAcceptFilter", 38, "string", range, {}, (values) => {
    return values.tcpAcceptFilter.map((filter: AcceptFilter) => filter.text).join(",") || null;
  }, (values, value) => {
    const octets = requireOctets(value);
    if (octets === undefined) {
      values.tcpAcceptFilter = [];
      return;
    }
    const text = new TextDecoder().decode(octets);
    const filter = parseAcceptFilter(text);
    if (!filter) throw invalid("tcpAcceptFilter", JSON.stringify(text), `it must be an ${range}`);
    values.tcpAcceptFilter = [...values.tcpAcceptFilter, filter];
  });
}

/** Text that `null` removes and that is not empty otherwise. */
function clearableText(
  name: "socksProxy" | "interface" | "wssKeyPem" | "wssCertPem" | "wssTrustPem" | "wssHostname",
  id: number,
  most: number,
  details: Details = {},
): SocketOption {
  const range = most === INT32_MAX ? "text or null" : `at most ${most} octets or null`;
  return row(name, id, "string", range, details, (values) => values[name], (values, value) => {
    const octets = requireOctets(value);
    if (octets && (octets.length === 0 || octets.length > most)) {
      throw invalid(name, JSON.stringify(asText(octets) ?? ""), `it must be ${range}, and not empty`);
    }
    values[name] = asText(octets);
  });
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

function welcomeMessage(details: Details): SocketOption {
  return row(
    "welcomeMessage",
    72,
    "bytes",
    "octets or null",
    details,
    (values) => {
      return asText(values.welcomeMessage);
    },
    (values, value) => {
      const octets = requireOctets(value);
      values.welcomeMessage = octets?.length ? octets : undefined;
    },
  );
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

/** libzmq's two switches, of which the one set last says everything (`xpub.cpp`). */
function verbose(id: number, on: Verbosity): SocketOption {
  const details: Details = { owners: ["XPublisher"], hidden: true };
  return row("verbosity", id, "bool", "true or false", details, (values) => {
    return values.verbosity === "allSubsUnsubs" || values.verbosity === on;
  }, (values, value) => {
    values.verbosity = requireBoolean(value) ? on : "";
  });
}

function toDeciseconds(milliseconds: number): number {
  return milliseconds - milliseconds % 100;
}
