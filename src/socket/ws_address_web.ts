/**
 * Takes the place of `ws_address.ts` in a bundle for browsers: reads endpoints of WebSocket that are connected to,
 * with the same outcome but in fewer words. The zone of an IPv6 address is refused, which no URL has (RFC 9844).
 *
 * @module
 */

import { type Given, refusal } from "./endpoint_text.ts";
import { WS_PORT } from "./ws_endpoint.ts";
import type { WsEndpoint, WsScheme } from "./ws_endpoint.ts";

/** Host, port, path: the host is the shortest, so that the last group of `::1:80` is the port. RFC 3986 section 3.3. */
const FORM = /^(.*?)(?::(\d{1,5}))?(\/(?:[\w\-.~!$&'()*+,;=:@/?]|%[\dA-Fa-f]{2})*)?$/;

/** A head of 8 KiB, which is what most servers read, must hold it and the fields. */
const MAX_PATH_CHARACTERS = 2048;

/** Reads what follows `ws://` or `wss://`. */
export function parseWs(scheme: WsScheme, rest: string, given: Given, socketType: string): WsEndpoint {
  if (socketType === "STREAM") throw refusal(given, "ENOCOMPATPROTO", "a STREAM socket speaks tcp only");
  const slash = rest.indexOf("/");
  if (slash >= 0 && rest.length - slash > MAX_PATH_CHARACTERS) {
    throw refusal(given, "ENAMETOOLONG", FORM_TEXT);
  }
  const [, bracketed = "", text, path = "/"] = FORM.exec(rest) ?? [];
  const host = bracketed.replace(/^\[(.*)\]$/, "$1");
  const port = text === undefined ? WS_PORT[scheme] : Number(text);
  if (!isHost(host) || port < 1 || port > 65535) throw refusal(given, "EINVAL", FORM_TEXT);
  return { scheme, host, port, path };
}

const FORM_TEXT = "it must be host:port/path, as in a URL";

/** RFC 1035 section 2.3.4; or what the host takes for an IPv6 address. */
function isHost(text: string): boolean {
  if (!text.includes(":")) return text.length <= 253 && /^\w[\w.-]*$/.test(text);
  try {
    return /^[\da-f:.]+$/i.test(text) && new URL(`ws://[${text}]`) !== undefined;
  } catch {
    return false;
  }
}

declare const URL: new (text: string) => object;
