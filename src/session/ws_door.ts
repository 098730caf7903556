/**
 * Who waits at an address of `ws://` or `wss://`: each for a path, and all together with what they allow.
 *
 * @module
 */

import type { ByteStream, ByteStreamSink, StreamAddress, StreamSettings } from "../io/stream.ts";
import type { AdmissionRules } from "./admission.ts";
import type { LinkHost } from "./link.ts";

/** Who waits for connections at a path. */
export interface WsDoor {
  /** The path, compared exactly. */
  readonly path: string;
  /** The socket. */
  readonly host: LinkHost;
  /** The endpoint at an address. */
  name(address: StreamAddress): string;
  /** The sub-protocols that the socket speaks, the one that is wanted most first. */
  readonly protocols: readonly string[];
  /** Milliseconds that a request may take, 0 for no limit of this socket's. */
  handshakeInterval(): number;
}

/** What a listener gives to a transport, and whose it is. */
export interface Waiting {
  readonly door: WsDoor;
  readonly accept: (stream: ByteStream) => ByteStreamSink;
  readonly failed: (error: Error) => void;
}

/** What all of them allow together, of connections that may be for any. */
export function rulesOf(waiting: ReadonlyMap<string, Waiting>): AdmissionRules {
  const hosts = () => [...waiting.values()].map(({ door }) => door.host);
  return {
    allows: (remote) => waiting.size === 0 || hosts().some((host) => host.allows(remote)),
    get maxHandshakes() {
      const most = hosts().map(({ options }) => options.maxHandshakes);
      return most.includes(0) ? 0 : Math.max(...most);
    },
    get maxConnectionsPerAddress() {
      const most = hosts().map(({ options }) => options.maxConnectionsPerAddress);
      return most.includes(0) ? 0 : most.reduce((sum, each) => sum + each, 0);
    },
  };
}

/** What those have in common who share an address. */
export function keyOf({ host, port }: StreamAddress, { tls }: StreamSettings): string {
  return `${tls === undefined ? "ws" : "wss"}://${host}:${port}`;
}

/** Whether both show the same. */
export function sameCertificate(one: StreamSettings, other: StreamSettings): boolean {
  return one.tls?.certificate === other.tls?.certificate && one.tls?.key === other.tls?.key;
}
