/**
 * Endpoints of datagrams as text: `udp://[interface;]host:port` and `epgm://interface;groups;group:port`, in the
 * forms of libzmq's zmq_udp and zmq_pgm pages. Pure: names and interfaces are looked up with what the caller knows.
 *
 * Three things differ from libzmq: what follows a port is refused, the loopback interface may be named (libzmq takes
 * it by its address only), and without an interface the first one that is not loopback is meant, where libzmq takes
 * whichever the host's own name resolves to.
 *
 * @module
 */

import type { InterfaceAddress } from "../io/transports.ts";
import {
  checkHost,
  type Given,
  isLinkLocal,
  parsePort,
  refusal,
  splitPort,
  splitZone,
} from "./endpoint_text.ts";
import { parseIpAddress } from "../base/ip_address.ts";

/** An address of plain UDP, or a multicast group without PGM. */
export interface UdpEndpoint {
  /** Transport. */
  readonly scheme: "udp";
  /** Numeric address or group, host name (connect) or interface name (bind); `"*"` for any (bind). */
  readonly host: string;
  /** 1 to 65535, or 0 for one that the system chooses (bind). */
  readonly port: number;
  /** Whether the host is a multicast group. */
  readonly multicast: boolean;
  /** Interface of the group, by name, address or network; empty (`*` in the text): the system's choice. */
  readonly networkInterface: string;
}

/** Multicast groups with PGM in UDP. */
export interface EpgmEndpoint {
  /** Transport. */
  readonly scheme: "epgm";
  /** Interface by name, address or network; empty: the first that is not loopback. */
  readonly networkInterface: string;
  /** The groups to receive from, at least one. */
  readonly groups: readonly string[];
  /** The group to send to. */
  readonly sendGroup: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Parses what follows `udp://`. ENOCOMPATPROTO unless a RADIO connects, or a DISH or DGRAM binds. */
export function parseUdp(text: string, given: Given, socketType: string): UdpEndpoint {
  const { purpose } = given;
  const needed = UDP_PURPOSES[socketType];
  if (needed !== purpose) {
    throw refusal(
      given,
      "ENOCOMPATPROTO",
      needed === undefined
        ? "udp carries RADIO, DISH and DGRAM sockets only"
        : `a ${socketType} can only ${needed} udp`,
    );
  }
  const semicolon = text.lastIndexOf(";");
  const source = semicolon < 0 ? "" : unbracketed(text.slice(0, semicolon));
  const networkInterface = source === "*" ? "" : source;
  const { host: zoned, port: portText } = splitPort(text.slice(semicolon + 1));
  if (portText === undefined) throw refusal(given, "EINVAL", "the port is missing");
  const port = parsePort(portText, purpose, given);
  const [host, zone] = splitZone(zoned);
  checkHost(host, zone, purpose, given);
  const multicast = isMulticast(host);
  if (semicolon >= 0) {
    if (!multicast) throw refusal(given, "EINVAL", "an interface before ; is for a multicast group");
    checkInterface(networkInterface, given);
  }
  return { scheme: "udp", host: zoned, port, multicast, networkInterface };
}

/** Parses what follows `epgm://`. ENOCOMPATPROTO unless the socket is a PUB, XPUB, SUB or XSUB. */
export function parseEpgm(text: string, given: Given, socketType: string): EpgmEndpoint {
  if (!isSource(socketType) && socketType !== "SUB" && socketType !== "XSUB") {
    throw refusal(given, "ENOCOMPATPROTO", "epgm carries PUB, XPUB, SUB and XSUB sockets only");
  }
  const colon = text.lastIndexOf(":");
  if (colon < 0 || text.endsWith("]")) throw refusal(given, "EINVAL", "the port is missing");
  const port = parsePort(text.slice(colon + 1), "connect", given);
  if (colon > MAX_ADDRESSES) {
    throw refusal(given, "EINVAL", `more than ${MAX_ADDRESSES} characters before the port`);
  }
  const fields = text.slice(0, colon).split(";");
  if (fields.length > 3) throw refusal(given, "EINVAL", "it is interface;groups;group to send to:port");
  // One field alone is either.
  if (fields.length === 1 && isMulticast(unbracketed(fields[0]!))) fields.unshift("");
  const [networkInterface = "", groupList = "", sendText = ""] = fields.map(unbracketed);
  checkInterface(networkInterface, given);
  const ipv6 = (groupList || sendText || networkInterface).includes(":");
  const groups = (groupList || (ipv6 ? DEFAULT_GROUP_IPV6 : DEFAULT_GROUP)).split(",").map(unbracketed);
  const sendGroup = sendText || groups[0]!;
  for (const group of [...groups, sendGroup]) {
    if (!isMulticast(group)) {
      throw refusal(given, "EINVAL", "a group is a numeric multicast address, 224.0.0.0/4 or ff00::/8");
    }
    if (group.includes(":") !== ipv6) {
      throw refusal(given, "EINVAL", "the groups are of one family, IPv4 or IPv6");
    }
  }
  return { scheme: "epgm", networkInterface, groups: [...new Set(groups)], sendGroup, port };
}

/** Whether sockets of this type are sources of multicast; the others are receivers. */
export function isSource(socketType: string): boolean {
  return socketType === "PUB" || socketType === "XPUB";
}

/** Whether this is a numeric multicast address: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7). */
export function isMulticast(host: string): boolean {
  const octets = parseIpAddress(splitZone(host)[0]);
  if (octets === undefined) return false;
  return octets.length === 4 ? octets[0]! >> 4 === 14 : octets[0] === 255;
}

/**
 * The interface that is meant by a name, an address, a network (`10.0.0.0/24`) or nothing, with its address of the
 * family; of several IPv6 addresses one that is not link-local, if there is one. A numeric address is believed where
 * the interfaces are not known. `undefined`: there is none.
 */
export function resolveMulticastInterface(
  text: string,
  interfaces: readonly InterfaceAddress[],
  family: InterfaceAddress["family"],
): InterfaceAddress | undefined {
  const all = interfaces.filter((each) => each.family === family).sort(routableFirst);
  if (text === "") return all.find(({ address }) => !isLoopback(address)) ?? all[0];
  const slash = text.indexOf("/");
  if (slash >= 0) {
    return all.find(({ address }) => isWithin(address, text.slice(0, slash), +text.slice(slash + 1)));
  }
  const [bare, zone] = splitZone(text);
  const octets = parseIpAddress(bare);
  if (octets === undefined) return all.find(({ name }) => name === text);
  if ((octets.length === 4 ? "IPv4" : "IPv6") !== family) return undefined;
  if (interfaces.length === 0) return { name: zone ?? "", address: bare, family };
  return all.find(({ name, address, scope }) =>
    parseIpAddress(splitZone(address)[0])?.join() === octets.join() &&
    (zone === undefined || zone === name || zone === String(scope))
  );
}

/** What may be done with udp, by socket type. */
const UDP_PURPOSES: { readonly [socketType: string]: Given["purpose"] | undefined } = {
  __proto__: null as never,
  RADIO: "connect",
  DISH: "bind",
  DGRAM: "bind",
};

/** OpenPGM's default groups. */
const DEFAULT_GROUP = "239.192.0.1";
const DEFAULT_GROUP_IPV6 = "ff08::1";

/** OpenPGM has room for twenty groups; this is more. */
const MAX_ADDRESSES = 1024;

function unbracketed(text: string): string {
  return text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
}

function checkInterface(text: string, given: Given): void {
  if (text === "") return;
  const [, network = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const octets = parseIpAddress(splitZone(network)[0]);
  const sound = bits !== undefined
    ? octets !== undefined && Number(bits) <= octets.length * 8
    : octets !== undefined
    ? !isMulticast(network)
    : network.length <= 64 && /^[^\s\p{Cc}*;,%[\]]+$/u.test(network);
  if (!sound) throw refusal(given, "EINVAL", "the interface is a name, an address or a network with /bits");
}

function isWithin(address: string, network: string, bits: number): boolean {
  const a = parseIpAddress(splitZone(address)[0]);
  const b = parseIpAddress(splitZone(network)[0]);
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  for (let bit = 0; bit < bits; bit++) {
    if ((a[bit >> 3]! ^ b[bit >> 3]!) & (128 >> (bit & 7))) return false;
  }
  return true;
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function routableFirst(a: InterfaceAddress, b: InterfaceAddress): number {
  return Number(isLinkLocal(a.address)) - Number(isLinkLocal(b.address));
}
