/**
 * What sockets need of a transport, by the scheme of its endpoints: reading them, binding, connecting.
 *
 * @module
 */

import type { Transports } from "../io/transports.ts";
import type { Pipe } from "../pipe/pipe.ts";
import type { SocketCore } from "./core.ts";
import { type Given, refusal } from "./endpoint_text.ts";

/** What was connected. */
export interface ConnectedLink {
  /** The endpoint, with what was left out; absent if nothing was. */
  readonly endpoint?: string;
  /** The pipes to its peers. */
  readonly pipes: Iterable<Pipe>;
  /** How many connections are in their handshake; absent where there are none. */
  readonly handshakes?: number;
  /** Ends it, `disconnected` if by name; what waits is sent within `linger` milliseconds. */
  close(linger: number, disconnected?: boolean): Promise<void> | void;
}

/** What was bound. */
export interface BoundLink extends ConnectedLink {
  /** The endpoint, wildcards resolved. */
  readonly endpoint: string;
  /** Whether events tell that it was bound and closed: inproc has none, as in libzmq, and datagrams their own. */
  readonly told: boolean;
  /** Accepts no more; the connections that are there stay. */
  stopListening(): Promise<void> | void;
}

/** Who asks for something, and what. */
export interface Asked extends Given {
  /** The socket. */
  readonly core: SocketCore;
  /** The endpoint without its scheme. */
  readonly rest: string;
}

/** One transport. */
export interface Scheme {
  /** Whether bind and connect are one thing, so that `disconnect` ends what `bind` made: multicast. */
  readonly symmetric?: boolean;
  /** Reads the endpoint, for sockets of this type. Throws a `ZmqError` if it is none. */
  parse(rest: string, given: Given, socketType: string): unknown;
  /** Binds. */
  bind(asked: Asked): Promise<BoundLink>;
  /** The same at once. */
  bindSync(asked: Asked): BoundLink;
  /** Connects; what is wrong with the address is thrown, the rest goes on behind. */
  connect(asked: Asked, routingId: Uint8Array | undefined): ConnectedLink;
}

/** The transports of this build. */
export interface Schemes {
  /** By the scheme, as it is written. */
  readonly [scheme: string]: Scheme | undefined;
}

/** Transports that libzmq has and this build has not, and why, if there is more to say. */
export interface AbsentSchemes {
  readonly [scheme: string]: string;
}

/** The transport of an endpoint, and the rest of it, on this runtime. */
export function findScheme(
  schemes: Schemes,
  absent: AbsentSchemes,
  given: Given,
  socketType: string,
  runtime: Transports["runtime"],
): { readonly scheme: Scheme; readonly rest: string } {
  const { address } = given;
  if (typeof address !== "string") throw new TypeError("Address must be a string");
  const separator = address.indexOf("://");
  if (separator < 0) throw refusal(given, "EINVAL", "an endpoint is a transport, :// and an address");
  const name = address.slice(0, separator);
  const rest = address.slice(separator + 3);
  if (name === "") throw refusal(given, "EINVAL", "the transport before :// is missing");
  if (rest === "") throw refusal(given, "EINVAL", "the address after :// is missing");
  if (runtime === "web" && NATIVE.includes(name)) {
    throw refusal(given, "EPROTONOSUPPORT", notOn(name, runtime));
  }
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (scheme === undefined) throw refusal(given, "EPROTONOSUPPORT", unsupported(name, schemes, absent));
  if (socketType === "DGRAM" && name !== "udp") {
    throw refusal(given, "ENOCOMPATPROTO", "a DGRAM socket speaks udp only");
  }
  return { scheme, rest };
}

/** Transports that there are where the host has them. */
const NATIVE = ["tcp", "ipc", "udp", "epgm"];

function unsupported(name: string, schemes: Schemes, absent: AbsentSchemes): string {
  if (Object.hasOwn(absent, name)) return absent[name] || `the transport ${name} is not offered`;
  const lower = name.length < 16 ? name.toLowerCase() : name;
  if (lower !== name && Object.hasOwn(schemes, lower)) {
    return `transports are written in lower case, ${lower}`;
  }
  return `the transports are ${Object.keys(schemes).join(", ").replace(/, (?=[^,]*$)/, " and ")}`;
}

/** Why a host cannot have a transport. */
export function notOn(scheme: string, runtime: Transports["runtime"]): string {
  return `${scheme}:// is not available on ${runtime}${
    runtime === "web" ? ": a page has no network but WebSocket (ws://, wss://)" : ""
  }`;
}
