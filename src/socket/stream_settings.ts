/**
 * What a stream's transport is told of a socket's options.
 *
 * @module
 */

import type { StreamSettings } from "../io/stream.ts";
import type { SocketCore } from "./core.ts";

/** How streams of this socket are opened. */
export function settings({ options }: SocketCore): StreamSettings {
  const { tcpKeepalive, tcpKeepaliveIdle, tcpKeepaliveInterval, tcpKeepaliveCount } = options;
  const { backlog, ipv6, typeOfService } = options;
  return {
    keepAlive: tcpKeepalive,
    keepAliveIdle: tcpKeepaliveIdle,
    keepAliveInterval: tcpKeepaliveInterval,
    keepAliveCount: tcpKeepaliveCount,
    backlog,
    ipv6,
    // The header has an octet for it.
    typeOfService: typeOfService & 0xff,
  };
}
