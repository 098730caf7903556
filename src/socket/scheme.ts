/**
 * What sockets need of a transport, by the scheme of its endpoints: reading them, binding, connecting.
 *
 * @module
 */

import type { Pipe } from "../pipe/pipe.ts";
import type { SocketCore } from "./core.ts";
import type { Given } from "./endpoint_text.ts";

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
