/**
 * Endpoints of streams as text: `tcp://host:port` and `ipc://path`, by the rules of libzmq's zmq_tcp and zmq_ipc
 * pages; those of datagrams are in `multicast_endpoint.ts`. Pure: no name is resolved here,
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
  type Given,
  isLinkLocal,
  parsePort,
  refusal,
  splitPort,
  splitZone,
} from "./endpoint_text.ts";
import { isIpv4, isIpv6 } from "../base/ip_address.ts";

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

/** Reads `ipc://`'s path. */
export function parseIpc(path: string, given: Given): IpcEndpoint {
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

/** Reads `tcp://`'s host and port. */
export function parseTcp(address: string, given: Given): TcpEndpoint {
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
