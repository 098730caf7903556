/**
 * Endpoints as text: `tcp://host:port`, `ipc://path`, `inproc://name`, by the rules of libzmq's zmq_tcp,
 * zmq_ipc and zmq_inproc pages; those of datagrams are in `multicast_endpoint.ts`. Pure: no name is resolved here,
 * and no interface looked up.
 *
 * Stricter than libzmq in two places: what follows a port is refused (it accepts `1.2.3.4:567bad`), and so are
 * the ports 0 and above 65535 to connect to (it accepts them and dials for ever).
 *
 * @module
 */

import type { InterfaceAddress } from "../io/transports.ts";
import {
  checkHost,
  type EndpointPurpose,
  type Given,
  isLinkLocal,
  parsePort,
  refusal,
  splitPort,
  splitZone,
} from "./endpoint_text.ts";
import { isIpv4, isIpv6 } from "../base/ip_address.ts";
import { type EpgmEndpoint, parseEpgm, parseUdp, type UdpEndpoint } from "./multicast_endpoint.ts";

export type { EndpointPurpose };

/** A name inside one context. */
export interface InprocEndpoint {
  /** Transport. */
  readonly scheme: "inproc";
  /** 1 to 256 characters, compared exactly. */
  readonly name: string;
}

/** A Unix socket. */
export interface IpcEndpoint {
  /** Transport. */
  readonly scheme: "ipc";
  /**
   * Path of the socket. For an abstract name (`ipc://@name`) it starts with NUL in place of the `@`, as a
   * `StreamAddress` wants it; for `ipc://*` it is empty, and the binder makes one up.
   */
  readonly path: string;
  /** Whether it is `ipc://*`. */
  readonly wildcard: boolean;
  /** Whether it is in Linux's abstract namespace. */
  readonly abstract: boolean;
}

/** A TCP address. */
export interface TcpEndpoint {
  /** Transport. */
  readonly scheme: "tcp";
  /** Numeric address, host name or (bind) interface name, without brackets; `"*"` for any (bind). */
  readonly host: string;
  /** 1 to 65535, or 0 for one that the system chooses (bind). */
  readonly port: number;
  /** Name or number of the zone of a link-local IPv6 address, what follows `%`. */
  readonly zone?: string;
  /**
   * Connect only: numeric address (its zone still on it) or interface name to dial from, without brackets.
   * Absent if there is no source or if it is `*`.
   */
  readonly sourceHost?: string;
  /** Connect only: port to dial from, 0 for any. Absent if there is no source. */
  readonly sourcePort?: number;
}

/** Where a socket binds or connects to. */
export type Endpoint = InprocEndpoint | IpcEndpoint | TcpEndpoint | UdpEndpoint | EpgmEndpoint;

/**
 * Parses an endpoint for sockets of this type (its name on the wire). Throws a TypeError if it is no string, else a
 * `ZmqError` with the endpoint as its `address`: EINVAL, EPROTONOSUPPORT (unknown transport), ENOCOMPATPROTO (not
 * for these sockets) or ENAMETOOLONG.
 */
export function parseEndpoint(address: string, purpose: EndpointPurpose, socketType = "PAIR"): Endpoint {
  if (typeof address !== "string") throw new TypeError("Address must be a string");
  const given = { address, purpose };
  const separator = address.indexOf("://");
  if (separator < 0) throw refusal(given, "EINVAL", "an endpoint is a transport, :// and an address");
  const scheme = address.slice(0, separator);
  const rest = address.slice(separator + 3);
  if (scheme === "") throw refusal(given, "EINVAL", "the transport before :// is missing");
  if (rest === "") throw refusal(given, "EINVAL", "the address after :// is missing");
  if (scheme === "udp") return parseUdp(rest, given, socketType);
  if (scheme === "epgm") return parseEpgm(rest, given, socketType);
  if (socketType === "DGRAM" && OFFERED.includes(scheme)) {
    throw refusal(given, "ENOCOMPATPROTO", "a DGRAM socket speaks udp only");
  }
  if (scheme === "tcp") return parseTcp(rest, given);
  if (scheme === "ipc") return parseIpc(rest, given);
  if (scheme === "inproc") return parseInproc(rest, given);
  throw refusal(given, "EPROTONOSUPPORT", unsupported(scheme));
}

/** The endpoint of a TCP address: `formatTcp("::1", 80)` is `"tcp://[::1]:80"`. */
export function formatTcp(host: string, port: number): string {
  return host.includes(":") ? `tcp://[${host}]:${port}` : `tcp://${host}:${port}`;
}

/** The endpoint of a Unix socket; a leading NUL becomes `@`. */
export function formatIpc(path: string): string {
  return path.startsWith("\0") ? `ipc://@${path.slice(1)}` : `ipc://${path}`;
}

/**
 * The numeric address that a host stands for when it is bound or dialled from: the any-address for `*`, a
 * numeric address itself (IPv6 only if `ipv6`), or the address of the interface with this name. As in libzmq
 * that is the IPv4 one, or the IPv6 one if `ipv6`; an interface without IPv6, or with a link-local address
 * alone, then gives its IPv4 address (libzmq does so for neither). `undefined` if there is none: libzmq then
 * resolves the host as a name (`tcp://localhost:*`) and answers ENODEV if it is none, as it does for numeric
 * IPv6 without `ipv6`.
 */
export function resolveInterface(
  host: string,
  interfaces: readonly InterfaceAddress[],
  ipv6: boolean,
): string | undefined {
  if (host === "*") return ipv6 ? "::" : "0.0.0.0";
  const [bare] = splitZone(host);
  if (isIpv4(bare)) return host;
  if (isIpv6(bare)) return ipv6 ? host : undefined;
  const named = interfaces.filter((each) => each.name === host);
  const ipv4Address = named.find((each) => each.family === "IPv4")?.address;
  if (!ipv6) return ipv4Address;
  const ipv6Addresses = named.filter((each) => each.family === "IPv6").map((each) => each.address);
  const routable = ipv6Addresses.find((address) => !isLinkLocal(address));
  if (routable !== undefined) return routable;
  if (ipv4Address !== undefined || ipv6Addresses.length === 0) return ipv4Address;
  // A link-local address means nothing without its zone.
  const local = ipv6Addresses[0]!;
  return local.includes("%") ? local : `${local}%${host}`;
}

/** Linux's `sun_path` holds 108 octets, one of them the final NUL. */
const MAX_IPC_OCTETS = 107;

/** zmq_inproc's limit. */
const MAX_INPROC_CHARACTERS = 256;

/** Transports that libzmq knows and this version has not. */
const NOT_OFFERED = ["ws", "wss", "norm", "tipc", "vmci", "vsock", "hvsocket"];

/** Transports that there are. */
const OFFERED = ["tcp", "ipc", "inproc", "udp", "epgm"];

function unsupported(scheme: string): string {
  if (scheme === "pgm") {
    return "PGM directly over IP needs raw sockets, which JavaScript has not; epgm:// is the same over UDP";
  }
  if (NOT_OFFERED.includes(scheme)) return `the transport ${scheme} is not offered`;
  const lower = scheme.length < 16 ? scheme.toLowerCase() : scheme;
  if (lower !== scheme && OFFERED.includes(lower)) {
    return `transports are written in lower case, ${lower}`;
  }
  return "the transports are tcp, ipc, inproc, udp and epgm";
}

function parseInproc(name: string, given: Given): InprocEndpoint {
  if (name.length > MAX_INPROC_CHARACTERS) {
    throw refusal(given, "ENAMETOOLONG", `a name has at most ${MAX_INPROC_CHARACTERS} characters`);
  }
  return { scheme: "inproc", name };
}

function parseIpc(path: string, given: Given): IpcEndpoint {
  if (path === "*") {
    if (given.purpose === "connect") throw refusal(given, "EINVAL", "the wildcard * can only be bound");
    return { scheme: "ipc", path: "", wildcard: true, abstract: false };
  }
  if (path === "@") throw refusal(given, "EINVAL", "the name after @ is missing");
  // Octets are at least as many as characters: a long text need not be encoded to be refused.
  if (path.length > MAX_IPC_OCTETS || new TextEncoder().encode(path).length > MAX_IPC_OCTETS) {
    throw refusal(given, "ENAMETOOLONG", `a path has at most ${MAX_IPC_OCTETS} octets in UTF-8`);
  }
  if (path.includes("\0")) throw refusal(given, "EINVAL", "a path has no NUL");
  const abstract = path.startsWith("@");
  return { scheme: "ipc", path: abstract ? `\0${path.slice(1)}` : path, wildcard: false, abstract };
}

function parseTcp(address: string, given: Given): TcpEndpoint {
  const semicolon = address.lastIndexOf(";");
  const source = semicolon < 0 ? undefined : parseSource(address.slice(0, semicolon), given);
  const { host: zoned, port: portText } = splitPort(address.slice(semicolon + 1));
  const [host, zone] = splitZone(zoned);
  if (portText === undefined) throw refusal(given, "EINVAL", "the port is missing");
  const port = parsePort(portText, given.purpose, given);
  checkHost(host, zone, given.purpose, given);
  return { scheme: "tcp", host, port, ...(zone === undefined ? {} : { zone }), ...source };
}

/** The part before `;`. Its port may be missing, which libzmq refuses, and there is one meaning only. */
function parseSource(
  text: string,
  given: Given,
): Pick<TcpEndpoint, "sourceHost" | "sourcePort"> {
  if (given.purpose === "bind") throw refusal(given, "EINVAL", "a source before ; is for connect");
  const { host, port } = splitPort(text);
  const [bare, zone] = splitZone(host);
  const sourcePort = port === undefined ? 0 : parsePort(port, "bind", given);
  checkHost(bare, zone, "bind", given);
  return host === "*" ? { sourcePort } : { sourceHost: host, sourcePort };
}
