/**
 * Every option of a socket, one row each, after libzmq's `options.cpp` and the sockets'
 * `xsetsockopt`. From this table come the properties, the access by number and the README's option table.
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
  type OptionKind,
  requireBoolean,
  requireOctets,
  row,
} from "./option_kinds.ts";
import type { SocketOptionValues, Verbosity } from "./option_values.ts";

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

const AT_ONCE: Details = { effect: "at once" };
/** Checked and kept, for no runtime lets it be set or nothing uses it so far. */
const KEPT: Details = { honoured: false };

/** All options, those of every class first. */
export const SOCKET_OPTIONS: readonly SocketOption[] = [
  int32("linger", "ZMQ_LINGER", 17, -1, AT_ONCE),
  int32("reconnectInterval", "ZMQ_RECONNECT_IVL", 18, -1),
  int32("reconnectMaxInterval", "ZMQ_RECONNECT_IVL_MAX", 21, 0),
  int32("backlog", "ZMQ_BACKLOG", 19, 0),
  // libzmq takes any negative number for "no limit".
  integerOption("maxMessageSize", "ZMQ_MAXMSGSIZE", 22, "int64", -(2 ** 63), 2 ** 63),
  integerOption("maxMessageParts", "", undefined, "int32", 1, INT32_MAX),
  integerOption("maxMessageTotal", "", undefined, "int64", -1, 2 ** 63),
  booleanOption("immediate", "ZMQ_IMMEDIATE", 39),
  booleanOption("ipv6", "ZMQ_IPV6", 42),
  ipv4Only(),
  int32("handshakeInterval", "ZMQ_HANDSHAKE_IVL", 66, 0),
  int32("heartbeatInterval", "ZMQ_HEARTBEAT_IVL", 75, 0),
  // PING carries it as 16 bits of deciseconds (37/ZMTP), so that is what is kept.
  integerOption("heartbeatTimeToLive", "ZMQ_HEARTBEAT_TTL", 76, "int32", 0, 6553599, {}, toDeciseconds),
  int32("heartbeatTimeout", "ZMQ_HEARTBEAT_TIMEOUT", 77, 0),
  int32("connectTimeout", "ZMQ_CONNECT_TIMEOUT", 79, 0),
  securityMechanism(),
  integerOption("tcpKeepalive", "ZMQ_TCP_KEEPALIVE", 34, "int32", -1, 1),
  int32("tcpKeepaliveIdle", "ZMQ_TCP_KEEPALIVE_IDLE", 36, -1),
  int32("tcpKeepaliveCount", "ZMQ_TCP_KEEPALIVE_CNT", 35, -1, KEPT),
  int32("tcpKeepaliveInterval", "ZMQ_TCP_KEEPALIVE_INTVL", 37, -1, KEPT),
  tcpAcceptFilter(),
  int32("tcpMaxRetransmitTimeout", "ZMQ_TCP_MAXRT", 80, 0, KEPT),
  integerOption("typeOfService", "ZMQ_TOS", 57, "uint32", 0, INT32_MAX, KEPT),
  clearableText("socksProxy", "ZMQ_SOCKS_PROXY", 68, INT32_MAX, KEPT),
  clearableText("wssKeyPem", "ZMQ_WSS_KEY_PEM", 103, INT32_MAX),
  clearableText("wssCertPem", "ZMQ_WSS_CERT_PEM", 104, INT32_MAX),
  clearableText("wssTrustPem", "ZMQ_WSS_TRUST_PEM", 105, INT32_MAX),
  clearableText("wssHostname", "ZMQ_WSS_HOSTNAME", 106, INT32_MAX),
  booleanOption("wssTrustSystem", "ZMQ_WSS_TRUST_SYSTEM", 107),
  // IFNAMSIZ, which libzmq takes without its final NUL.
  clearableText("interface", "ZMQ_BINDTODEVICE", 92, 16, KEPT),
  integerOption("affinity", "ZMQ_AFFINITY", 4, "uint64", 0, 2 ** 64, KEPT),
  int32("rate", "ZMQ_RATE", 8, 1),
  int32("recoveryInterval", "ZMQ_RECOVERY_IVL", 9, 0),
  int32("multicastMaxTransportDataUnit", "ZMQ_MULTICAST_MAXTPDU", 84, 1),
  booleanOption("loopbackFastPath", "ZMQ_LOOPBACK_FASTPATH", 94, KEPT),
  integerOption("vmciBufferSize", "ZMQ_VMCI_BUFFER_SIZE", 85, "uint64", 0, 2 ** 64, KEPT),
  integerOption("vmciBufferMinSize", "ZMQ_VMCI_BUFFER_MIN_SIZE", 86, "uint64", 0, 2 ** 64, KEPT),
  integerOption("vmciBufferMaxSize", "ZMQ_VMCI_BUFFER_MAX_SIZE", 87, "uint64", 0, 2 ** 64, KEPT),
  int32("vmciConnectTimeout", "ZMQ_VMCI_CONNECT_TIMEOUT", 88, -1, KEPT),

  int32("sendHighWaterMark", "ZMQ_SNDHWM", 23, 0, { owners: SENDERS, effect: "at once" }),
  int32("sendTimeout", "ZMQ_SNDTIMEO", 28, -1, { owners: SENDERS, effect: "at once" }),
  int32("sendBufferSize", "ZMQ_SNDBUF", 11, -1, { owners: SENDERS, honoured: false }),
  int32("multicastHops", "ZMQ_MULTICAST_HOPS", 25, 1, { owners: SENDERS }),
  booleanOption("multicastLoop", "ZMQ_MULTICAST_LOOP", 96, { owners: SENDERS }),
  int32("receiveHighWaterMark", "ZMQ_RCVHWM", 24, 0, { owners: RECEIVERS, effect: "at once" }),
  int32("receiveTimeout", "ZMQ_RCVTIMEO", 27, -1, { owners: RECEIVERS, effect: "at once" }),
  int32("receiveBufferSize", "ZMQ_RCVBUF", 12, -1, { owners: RECEIVERS, honoured: false }),
  booleanOption("conflate", "ZMQ_CONFLATE", 54, { owners: CONFLATING }),
  routingId({ owners: ["Request", "Reply", "Dealer", "Router"] }),
  flag("probeRouter", "ZMQ_PROBE_ROUTER", 51, "Router", "Dealer", "Request"),
  flag("mandatory", "ZMQ_ROUTER_MANDATORY", 33, "Router"),
  flag("handover", "ZMQ_ROUTER_HANDOVER", 56, "Router"),
  flag("correlate", "ZMQ_REQ_CORRELATE", 52, "Request"),
  flag("relaxed", "ZMQ_REQ_RELAXED", 53, "Request"),
  verbosity({ owners: ["XPublisher"], effect: "at once" }),
  verbose("ZMQ_XPUB_VERBOSE", 40, "allSubs"),
  verbose("ZMQ_XPUB_VERBOSER", 78, "allSubsUnsubs"),
  flag("noDrop", "ZMQ_XPUB_NODROP", 69, "XPublisher", "Publisher", "Radio"),
  flag("manual", "ZMQ_XPUB_MANUAL", 71, "XPublisher"),
  welcomeMessage({ owners: ["XPublisher"], effect: "at once" }),
  flag("invertMatching", "ZMQ_INVERT_MATCHING", 74, "Publisher", "Subscriber", "XPublisher"),
  integerOption("maxSubscriptions", "", undefined, "int32", 0, INT32_MAX, {
    owners: ["Publisher", "XPublisher", "Radio"],
    effect: "at once",
  }),
  booleanOption("notify", "ZMQ_STREAM_NOTIFY", 73, { owners: ["Stream"] }),
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
function int32(name: NumberName, constant: string, id: number, minimum: number, details: Details = {}) {
  return integerOption<SocketOptionValues, SocketName>(
    name,
    constant,
    id,
    "int32",
    minimum,
    INT32_MAX,
    details,
  );
}

/** A switch in a pattern's own behaviour, which asks it each time. */
function flag(name: FlagName, constant: string, id: number, ...owners: SocketName[]): SocketOption {
  return booleanOption(name, constant, id, { owners, effect: "at once" });
}

function special(
  name: string,
  constant: string,
  id: number | undefined,
  kind: OptionKind,
  range: string,
  details: Details,
  read: SocketOption["read"],
  write: SocketOption["write"],
): SocketOption {
  return row(name, constant, id, kind, range, details, read, write);
}

/** The older switch for the same thing, upside down. */
function ipv4Only(): SocketOption {
  return special("ipv6", "ZMQ_IPV4ONLY", 31, "bool", "true or false", { hidden: true }, (values) => {
    return !values.ipv6;
  }, (values, value) => {
    values.ipv6 = !requireBoolean(value);
  });
}

/** NULL, the one mechanism there is so far; libzmq gives this option no setter either. */
function securityMechanism(): SocketOption {
  return special("securityMechanism", "ZMQ_MECHANISM", 43, "enum", "", { readOnly: true }, () => null, () => {
    throw invalid("securityMechanism", "a value", "it can only be read");
  });
}

function tcpAcceptFilter(): SocketOption {
  const range = "address or address/bits";
  return special("tcpAcceptFilter", "ZMQ_TCP_ACCEPT_FILTER", 38, "string", range, {}, (values) => {
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
  constant: string,
  id: number,
  most: number,
  details: Details = {},
): SocketOption {
  const range = most === INT32_MAX ? "text or null" : `at most ${most} octets or null`;
  return special(name, constant, id, "string", range, details, (values) => values[name], (values, value) => {
    const octets = requireOctets(value);
    if (octets && (octets.length === 0 || octets.length > most)) {
      throw invalid(name, JSON.stringify(asText(octets) ?? ""), `it must be ${range}, and not empty`);
    }
    values[name] = asText(octets);
  });
}

function routingId(details: Details): SocketOption {
  const range = "1 to 255 octets";
  return special("routingId", "ZMQ_ROUTING_ID", 5, "bytes", range, details, (values) => {
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
  return special(
    "welcomeMessage",
    "ZMQ_XPUB_WELCOME_MSG",
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
  const constants = "ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER";
  return special("verbosity", constants, undefined, "enum", range, details, (values) => {
    return values.verbosity || null;
  }, (values, value) => {
    if (value === null) values.verbosity = "";
    else if (value === "allSubs" || value === "allSubsUnsubs") values.verbosity = value;
    else if (typeof value !== "string") throw new TypeError("Option value must be a string or null");
    else throw invalid("verbosity", JSON.stringify(value), `it must be ${range}`);
  });
}

/** libzmq's two switches, of which the one set last says everything (`xpub.cpp`). */
function verbose(constant: string, id: number, on: Verbosity): SocketOption {
  const details: Details = { owners: ["XPublisher"], effect: "at once", hidden: true };
  return special("verbosity", constant, id, "bool", "true or false", details, (values) => {
    return values.verbosity === "allSubsUnsubs" || values.verbosity === on;
  }, (values, value) => {
    values.verbosity = requireBoolean(value) ? on : "";
  });
}

function toDeciseconds(milliseconds: number): number {
  return milliseconds - milliseconds % 100;
}
