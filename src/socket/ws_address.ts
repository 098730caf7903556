/**
 * Endpoints of WebSocket from text. Pure, like `endpoint.ts`.
 *
 * Otherwise than libzmq, which reads on from the last slash: the path is all from the first slash on (RFC 3986),
 * so it may have several segments. To connect, the port may be missing, and a query may follow the path
 * (RFC 6455, section 3).
 *
 * @module
 */

import { checkHost, type Given, parsePort, refusal, splitPort, splitZone } from "./endpoint_text.ts";
import { WS_PORT } from "./ws_endpoint.ts";
import type { WsEndpoint, WsScheme } from "./ws_endpoint.ts";

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
  const port = text === undefined ? WS_PORT[scheme] : parsePort(text, purpose, given);
  checkHost(host, zone, purpose, given);
  return { scheme, host, port, ...(zone === undefined ? {} : { zone }), path };
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
