/**
 * The options about what a page does not have: TCP, TLS of one's own, multicast, the system's interfaces and buffers.
 * As rows of the options' table.
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
  requireBoolean,
  requireOctets,
  row,
} from "./option_kinds.ts";
import type { SocketOptionValues, Verbosity } from "./option_values.ts";
import { ownProperties } from "./own_properties.ts";

type NativeOption = Option<SocketOptionValues, "XPublisher">;

/** Of every socket, but for what only has a number. */
export const NATIVE_OPTIONS: readonly NativeOption[] = [
  integerOption("tcpKeepalive", 34, "int32", -1, 1),
  integerOption("tcpKeepaliveIdle", 36, "int32", -1, INT32_MAX),
  integerOption("tcpKeepaliveCount", 35, "int32", -1, INT32_MAX),
  integerOption("tcpKeepaliveInterval", 37, "int32", -1, INT32_MAX),
  tcpAcceptFilter(),
  integerOption("tcpMaxRetransmitTimeout", 80, "int32", 0, INT32_MAX),
  integerOption("typeOfService", 57, "uint32", 0, INT32_MAX),
  integerOption("useFileDescriptor", 89, "int32", -1, INT32_MAX),
  booleanOption("zmtp1", undefined),
  integerOption("reconnectStop", 109, "int32", -(2 ** 31), INT32_MAX),
  clearableText("socksProxy", 68, INT32_MAX),
  credential("socksUsername", 99),
  credential("socksPassword", 100),
  metadata(),
  clearableText("wssKeyPem", 103, INT32_MAX),
  clearableText("wssCertPem", 104, INT32_MAX),
  clearableText("wssTrustPem", 105, INT32_MAX),
  clearableText("wssHostname", 106, INT32_MAX),
  booleanOption("wssTrustSystem", 107),
  // IFNAMSIZ, which libzmq takes without its final NUL.
  clearableText("interface", 92, 16),
  integerOption("affinity", 4, "uint64", 0, 2 ** 64),
  integerOption("priority", 112, "int32", 0, INT32_MAX),
  integerOption("busyPoll", 113, "int32", -(2 ** 31), INT32_MAX),
  integerOption("inBatchSize", 101, "int32", 1, INT32_MAX),
  integerOption("outBatchSize", 102, "int32", 1, INT32_MAX),
  integerOption("rate", 8, "int32", 1, INT32_MAX),
  integerOption("recoveryInterval", 9, "int32", 0, INT32_MAX),
  integerOption("multicastMaxTransportDataUnit", 84, "int32", 1, INT32_MAX),
  booleanOption("loopbackFastPath", 94),
  integerOption("vmciBufferSize", 85, "uint64", 0, 2 ** 64),
  integerOption("vmciBufferMinSize", 86, "uint64", 0, 2 ** 64),
  integerOption("vmciBufferMaxSize", 87, "uint64", 0, 2 ** 64),
  integerOption("vmciConnectTimeout", 88, "int32", -1, INT32_MAX),
  // Reached by number alone, which is nothing for pages either.
  ipv4Only(),
  verbose(40, "allSubs"),
  verbose(78, "allSubsUnsubs"),
];

/** Of sockets that send, and of those that receive. */
export function directedOptions<Owner extends string>(
  senders: readonly Owner[],
  receivers: readonly Owner[],
): readonly Option<SocketOptionValues, Owner>[] {
  return [
    integerOption("sendBufferSize", 11, "int32", -1, INT32_MAX, { owners: senders }),
    integerOption("multicastHops", 25, "int32", 1, INT32_MAX, { owners: senders }),
    booleanOption("multicastLoop", 96, { owners: senders }),
    integerOption("receiveBufferSize", 12, "int32", -1, INT32_MAX, { owners: receivers }),
  ];
}

function tcpAcceptFilter(): NativeOption {
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
): NativeOption {
  const range = most === INT32_MAX ? "text or null" : `at most ${most} octets or null`;
  return row(name, id, "string", range, {}, (values) => values[name], (values, value) => {
    const octets = requireOctets(value);
    if (octets && (octets.length === 0 || octets.length > most)) {
      throw invalid(name, JSON.stringify(asText(octets) ?? ""), `it must be ${range}, and not empty`);
    }
    values[name] = asText(octets);
  });
}

/** Of RFC 1929, whose lengths are one octet; none is the same as an empty one. */
function credential(name: "socksUsername" | "socksPassword", id: number): NativeOption {
  const range = "at most 255 octets or null";
  return row(name, id, "string", range, {}, (values) => values[name] || null, (values, value) => {
    const octets = requireOctets(value);
    if (octets !== undefined && octets.length > 255) {
      throw invalid(name, `${octets.length} octets`, `it must be ${range}`);
    }
    values[name] = asText(octets) ?? "";
  });
}

/** All at once by its name; by its number, as in C, one more each time and nothing to read. */
function metadata(): NativeOption {
  const range = "names that begin X-, with text or octets, or null";
  return row("metadata", 95, "string", range, {}, (values) => {
    const all = values.ownProperties.map(([name, octets]) => [name, new TextDecoder().decode(octets)]);
    return all.length === 0 ? null : Object.fromEntries(all);
  }, (values, value) => values.ownProperties = ownProperties(value, values.ownProperties));
}

/** The older switch for `ipv6`, upside down. */
function ipv4Only(): NativeOption {
  return row("ipv6", 31, "bool", "true or false", { hidden: true }, (values) => {
    return !values.ipv6;
  }, (values, value) => {
    values.ipv6 = !requireBoolean(value);
  });
}

/** libzmq's two switches, of which the one set last says everything (`xpub.cpp`). */
function verbose(id: number, on: Verbosity): NativeOption {
  const details = { owners: ["XPublisher"], hidden: true } as const;
  return row("verbosity", id, "bool", "true or false", details, (values) => {
    return values.verbosity === "allSubsUnsubs" || values.verbosity === on;
  }, (values, value) => {
    values.verbosity = requireBoolean(value) ? on : "";
  });
}
