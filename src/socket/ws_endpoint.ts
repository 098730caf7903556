/**
 * Endpoints of WebSocket, and how they are written: `ws://host:port/path` and `wss://host:port/path`.
 * `ws_address.ts` reads them.
 *
 * @module
 */

/** Which of the two. */
export type WsScheme = "ws" | "wss";

/** Where WebSocket is spoken. */
export interface WsEndpoint {
  /** Transport. */
  readonly scheme: WsScheme;
  /** Numeric address, host name or (bind) interface name, without brackets; `"*"` for any (bind). */
  readonly host: string;
  /** 1 to 65535, or 0 for one that the system chooses (bind). */
  readonly port: number;
  /** Name or number of the zone of a link-local IPv6 address, what follows `%`. */
  readonly zone?: string;
  /** Begins with a slash; to connect it may have a query behind it. */
  readonly path: string;
}

/** The port that a scheme has of itself (RFC 6455, section 3). */
export const WS_PORT: { readonly [scheme in WsScheme]: number } = { ws: 80, wss: 443 };

/** The endpoint as text: `formatWs("ws", "::1", 80, "/a")` is `"ws://[::1]:80/a"`. */
export function formatWs(scheme: WsScheme, host: string, port: number, path: string): string {
  return `${scheme}://${bracketed(host)}:${port}${path}`;
}

/** The endpoint as text with nothing left out. */
export function normalWs({ scheme, host, zone, port, path }: WsEndpoint): string {
  return formatWs(scheme, zone === undefined ? host : `${host}%${zone}`, port, path);
}

/** The Host field of a request (RFC 9110, section 7.2): no zone, and no port that the scheme has of itself. */
export function hostField({ scheme, host, port }: WsEndpoint): string {
  return port === WS_PORT[scheme] ? bracketed(host) : `${bracketed(host)}:${port}`;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
