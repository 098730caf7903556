/**
 * Endpoints of WebSocket as text: `ws://host:port/path` and `wss://host:port/path`. Pure, like `endpoint.ts`.
 *
 * Otherwise than libzmq, which reads on from the last slash: the path is all from the first slash on (RFC 3986),
 * so it may have several segments. To connect, the port may be missing, and a query may follow the path
 * (RFC 6455, section 3).
 *
 * @module
 */

import { checkHost, type Given, parsePort, refusal, splitPort, splitZone } from "./endpoint_text.ts";

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

/** RFC 6455, section 3. */
const PORT: { readonly [scheme in WsScheme]: number } = { ws: 80, wss: 443 };

/** A head of 8 KiB, which is what most servers read, must hold it and the fields. */
const MAX_PATH_CHARACTERS = 2048;

/** RFC 3986, section 3.3: segments of `pchar`; and section 3.4. */
const PATH = /^(?:[\w\-.~!$&'()*+,;=:@/]|%[\dA-Fa-f]{2})*$/;
const PATH_AND_QUERY = /^(?:[\w\-.~!$&'()*+,;=:@/?]|%[\dA-Fa-f]{2})*$/;

/** Reads what follows `ws://` or `wss://`. */
export function parseWs(scheme: WsScheme, rest: string, given: Given, socketType: string): WsEndpoint {
  const { purpose } = given;
  if (socketType === "STREAM" || socketType === "DGRAM") {
    throw refusal(
      given,
      "ENOCOMPATPROTO",
      `a ${socketType} socket does not speak ZeroMQ's WebSocket protocol`,
    );
  }
  const slash = rest.indexOf("/");
  const path = slash < 0 ? "/" : rest.slice(slash);
  checkPath(path, given);
  const { host: zoned, port: text } = splitPort(slash < 0 ? rest : rest.slice(0, slash));
  const [host, zone] = splitZone(zoned);
  if (text === undefined && purpose === "bind") throw refusal(given, "EINVAL", "the port is missing");
  const port = text === undefined ? PORT[scheme] : parsePort(text, purpose, given);
  checkHost(host, zone, purpose, given);
  return { scheme, host, port, ...(zone === undefined ? {} : { zone }), path };
}

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
  return port === PORT[scheme] ? bracketed(host) : `${bracketed(host)}:${port}`;
}

function checkPath(path: string, given: Given): void {
  if (path.length > MAX_PATH_CHARACTERS) {
    throw refusal(given, "ENAMETOOLONG", `a path has at most ${MAX_PATH_CHARACTERS} characters`);
  }
  if (given.purpose === "bind") {
    if (path.includes("?")) throw refusal(given, "EINVAL", "a path is bound without a query");
    if (!PATH.test(path)) throw refusal(given, "EINVAL", NOT_IN_PATH);
  } else if (!PATH_AND_QUERY.test(path)) throw refusal(given, "EINVAL", NOT_IN_PATH);
}

const NOT_IN_PATH =
  "the path has a character that no path of a URL has; write it as % and two hexadecimal digits";

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
