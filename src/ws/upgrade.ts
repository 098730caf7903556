/**
 * The opening handshake of WebSocket (RFC 6455, section 4), both sides, with the sub-protocols of ZWS 2.0
 * (RFC 45). No extension is ever offered or accepted.
 *
 * @module
 */

import { encodeText, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { sha1 } from "../crypto/sha1.ts";
import { ZWS_PLAIN } from "./constants.ts";
import { formatHead, formatRefusal, isToken, listOf, lists, onlyValue, pathOf, quote } from "./http.ts";
import type { Fields, RequestHead, ResponseHead } from "./http.ts";

declare function btoa(text: string): string;

/** The version of the protocol (RFC 6455, section 4.1). */
const VERSION = "13";
/** RFC 6455, section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** 16 octets in base64: 22 characters, of which the last has four bits of zero, and the padding. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** What a server answers. */
export type UpgradeAnswer =
  | { readonly response: Uint8Array; readonly protocol: string }
  | { readonly response: Uint8Array; readonly reason: string };

/** What a client asks for. */
export interface UpgradeRequest {
  /** The Host field: the host as it was given, and the port unless it is the scheme's own. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** The sub-protocols, the one that is wanted most first. */
  readonly protocols: readonly string[];
}

/**
 * The sub-protocols that carry a mechanism (RFC 45), the one that is wanted most first. `guarded`: nobody may come
 * without one.
 */
export function zwsProtocols(mechanism: string, guarded: boolean): readonly string[] {
  const named = `${ZWS_PLAIN}/${mechanism}`;
  // Without a mechanism the peer's type is never known, so it is the second choice.
  return guarded ? [named] : [named, ZWS_PLAIN];
}

/** Answers a request: 101 with the first of `protocols` that was offered, or why not. */
export function answerUpgrade(head: RequestHead, protocols: readonly string[]): UpgradeAnswer {
  const { method, target, fields } = head;
  if (method !== "GET") return refuse(405, "WebSocket begins with GET", [["Allow", "GET"]]);
  if (pathOf(target) === undefined) return refuse(400, "The request's target is no path");
  if (!onlyValue(fields, "host")) return refuse(400, "One Host is needed");
  // A body behind the head would be taken for frames.
  if (fields.has("transfer-encoding") || listOf(fields, "content-length").some((length) => length !== "0")) {
    return refuse(400, "A request for an upgrade has no body");
  }
  if (!lists(fields, "upgrade", "websocket") || !lists(fields, "connection", "upgrade")) {
    return refuse(426, "WebSocket is spoken here: Upgrade and Connection are needed", NEEDS_UPGRADE);
  }
  const version = fields.get("sec-websocket-version");
  if (version !== undefined && version.length > 1) return refuse(400, "One Sec-WebSocket-Version is needed");
  if (version?.[0] !== VERSION) return refuse(426, `WebSocket version ${VERSION} is needed`, NEEDS_UPGRADE);
  const key = onlyValue(fields, "sec-websocket-key");
  if (key === undefined || !KEY.test(key)) {
    return refuse(400, "One Sec-WebSocket-Key of 16 octets in base64 is needed");
  }
  const offered = listOf(fields, "sec-websocket-protocol");
  // ZWS's names have a slash (RFC 45), which no token has; all but browsers' own WebSockets take it.
  if (!offered.every((each) => each.split("/").every(isToken))) {
    return refuse(400, "Sec-WebSocket-Protocol is no list of tokens");
  }
  const protocol = protocols.find((each) => offered.includes(each));
  if (protocol === undefined) {
    return refuse(400, `Sec-WebSocket-Protocol offers none of ${protocols.join(", ")}`);
  }
  const response = formatHead("HTTP/1.1 101 Switching Protocols", [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptOf(key)],
    ["Sec-WebSocket-Protocol", protocol],
  ]);
  return { response, protocol };
}

/** A key for a request: 16 random octets as text. */
export function makeKey(octets: Uint8Array): string {
  return btoa(latin1(octets));
}

/** The octets of a request. */
export function formatRequest({ host, path, protocols }: UpgradeRequest, key: string): Uint8Array {
  return formatHead(`GET ${path} HTTP/1.1`, [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Protocol", protocols.join(", ")],
    ["Sec-WebSocket-Version", VERSION],
  ]);
}

/**
 * Checks the answer to a request (RFC 6455, section 4.1) and answers the sub-protocol that the server chose.
 * Throws a `ProtocolError` that says what came instead.
 */
export function checkResponse(head: ResponseHead, key: string, offered: readonly string[]): string {
  const { status, reason, fields } = head;
  if (status !== 101) {
    throw refused(`The server answered ${status} ${quote(reason)} in place of 101`);
  }
  requireElement(fields, "Upgrade", "websocket");
  requireElement(fields, "Connection", "upgrade");
  const accept = onlyValue(fields, "sec-websocket-accept");
  if (accept !== acceptOf(key)) {
    throw refused(`Sec-WebSocket-Accept is ${accept === undefined ? "not there once" : quote(accept)}`);
  }
  if (fields.has("sec-websocket-extensions")) {
    throw refused(
      `Extensions that were not offered: ${quote(listOf(fields, "sec-websocket-extensions")[0] ?? "")}`,
    );
  }
  const protocol = onlyValue(fields, "sec-websocket-protocol");
  if (protocol === undefined || !offered.includes(protocol)) {
    throw refused(
      protocol === undefined
        ? "The server chose no sub-protocol, or several"
        : `The server chose ${quote(protocol)}, which was not offered`,
    );
  }
  return protocol;
}

/** Sec-WebSocket-Accept for a key (RFC 6455, section 4.2.2). */
export function acceptOf(key: string): string {
  return btoa(latin1(sha1(encodeText(key + ACCEPT_GUID))));
}

const NEEDS_UPGRADE: readonly (readonly [string, string])[] = [
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", VERSION],
];

function refuse(
  status: number,
  reason: string,
  fields: readonly (readonly [string, string])[] = [],
): UpgradeAnswer {
  return { response: formatRefusal(status, reason, fields), reason };
}

function requireElement(fields: Fields, name: string, element: string): void {
  if (lists(fields, name.toLowerCase(), element)) return;
  const values = fields.get(name.toLowerCase());
  throw refused(`${name} is ${values === undefined ? "not there" : quote(values.join(", "))}`);
}

function refused(what: string): ProtocolError {
  return new ProtocolError("ERR_WS_HANDSHAKE", `${what} (RFC 6455, section 4.1)`);
}
