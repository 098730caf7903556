/**
 * What is asked of an authentication handler, and what it answers (RFC 27), as values and as frames. Who asks is
 * not known here.
 *
 *     request   delimiter, "1.0", request id, domain, address, identity, mechanism, credentials …
 *     reply     delimiter, "1.0", request id, status code, status text, user id, metadata
 *
 * @module
 */

import { EMPTY, encodeText, equalBytes, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { ProtocolErrorCode } from "../base/errors.ts";
import { addressOf, formatIpAddress, parseIpAddress } from "../base/ip_address.ts";
import { copyFrame } from "../message/frame.ts";
import { decodeMetadata, encodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";

/** What a mechanism wants to know. */
export interface Inquiry {
  /** `"NULL"`, `"PLAIN"` or `"CURVE"`. */
  readonly mechanism: string;
  /** NULL: none. PLAIN: user name and password. CURVE: the client's long-term key, 32 octets. */
  readonly credentials: readonly Uint8Array[];
  /** `zapDomain` of the endpoint, as it was when that was bound or connected; default: that of the socket now. */
  readonly domain?: string;
}

/** What the handler answers. */
export interface ZapReply {
  /** 200: let in; 300: not now; 400: refused; 500: the handler failed. */
  readonly status: 200 | 300 | 400 | 500;
  /** For people. */
  readonly text: string;
  /** Who the peer is, as the handler knows it; octets, empty unless the status is 200. */
  readonly userId: Uint8Array;
  /** What else the handler says of the peer. */
  readonly metadata: Metadata;
  /** There is no handler, and none is needed: the peer is let in, and nobody knows it. */
  readonly unasked?: boolean;
}

/** Whose connection it is. */
export interface ZapOrigin {
  /** `zapDomain` of the socket. */
  readonly domain: string;
  /** The peer's address by `zapAddress`. */
  readonly address: string;
  /** The socket's own routing id, as libzmq has it; RFC 27 speaks of the connection's. */
  readonly identity: Uint8Array;
}

/** A request as the handler reads it. */
export interface ZapRequest extends ZapOrigin, Omit<Inquiry, "domain"> {
  /** What the reply must say again. */
  readonly id: Uint8Array;
}

/** The name that the handler binds: `inproc://zeromq.zap.01`. */
export const ZAP_NAME = "zeromq.zap.01";

/** RFC 27: "All string fields are at most 255 characters". */
const STRING_MAX = 255;
/** Nothing in RFC 27 bounds metadata; a handler that says more of a peer than this has lost its way. */
const METADATA_MAX = 65536;
const REPLY_FRAMES = 7;

const VERSION = /* @__PURE__ */ encodeText("1.0");
const STATUSES: { readonly [code: string]: ZapReply["status"] } = {
  "200": 200,
  "300": 300,
  "400": 400,
  "500": 500,
};

/**
 * The address of a peer as a request has it: a dotted IPv4 or a canonical IPv6 address without port and zone, empty
 * for what is none, such as the path of a Unix socket. An IPv4 peer of an IPv6 listener is told by its IPv4
 * address, where libzmq says `::ffff:a.b.c.d`, so that a list of addresses means the same on every listener.
 */
export function zapAddress(remote: string): string {
  const octets = parseIpAddress(addressOf(remote).split("%", 1)[0]!);
  return octets === undefined ? "" : formatIpAddress(octets);
}

/** The frames of a request as a DEALER sends them, with the delimiter. */
export function encodeZapRequest(id: Uint8Array, origin: ZapOrigin, inquiry: Inquiry): Uint8Array[] {
  return [
    EMPTY,
    VERSION,
    id,
    encodeText(origin.domain),
    encodeText(origin.address),
    origin.identity,
    encodeText(inquiry.mechanism),
    ...inquiry.credentials,
  ];
}

/**
 * Reads the frames of a reply to the request `id`, delimiter and all, in libzmq's order.
 *
 * @throws {ProtocolError} with an `ERR_ZAP_…` code, which says what is wrong with it
 */
export function decodeZapReply(frames: readonly Uint8Array[], id: Uint8Array): ZapReply {
  if (frames.length !== REPLY_FRAMES) {
    throw wrong("ERR_ZAP_MALFORMED_REPLY", `${frames.length} frames in place of ${REPLY_FRAMES}`);
  }
  const [delimiter, version, echo, code, text, userId, metadata] = frames;
  if (delimiter!.length > 0) throw wrong("ERR_ZAP_UNSPECIFIED", "no delimiter before it");
  if (!equalBytes(version!, VERSION)) throw wrong("ERR_ZAP_BAD_VERSION", "a version that is not 1.0");
  if (!equalBytes(echo!, id)) throw wrong("ERR_ZAP_BAD_REQUEST_ID", "the id of no request that was asked");
  const status = code!.length === 3 ? STATUSES[latin1(code!)] : undefined;
  if (status === undefined) {
    throw wrong("ERR_ZAP_INVALID_STATUS_CODE", "a status code that is none of 200, 300, 400 and 500");
  }
  if (userId!.length > STRING_MAX) {
    throw wrong("ERR_ZAP_MALFORMED_REPLY", `a user id of more than ${STRING_MAX} octets`);
  }
  const properties = metadata!.length > METADATA_MAX ? undefined : decodeMetadata(metadata!);
  if (properties === undefined) throw wrong("ERR_ZAP_INVALID_METADATA", "metadata that is malformed");
  return {
    status,
    text: copyFrame(text!.subarray(0, STRING_MAX)).text(),
    // RFC 27: both are for who was let in.
    userId: status === 200 ? new Uint8Array(userId!) : EMPTY,
    metadata: status === 200 ? properties : NO_METADATA,
  };
}

const NO_METADATA: Metadata = /* @__PURE__ */ new Map();

/**
 * Reads the frames of a request behind its delimiter; a text says what is wrong with it. Whether the credentials are
 * those of the mechanism is not asked here.
 */
export function decodeZapRequest(frames: readonly Uint8Array[]): ZapRequest | string {
  if (frames.length < 6) return `${frames.length} frames in place of 6 or more`;
  const [version, id, ...fields] = frames;
  if (!equalBytes(version!, VERSION)) return "A version that is not 1.0";
  const credentials = fields.splice(4);
  if (fields.some(({ length }) => length > STRING_MAX)) return `A field of more than ${STRING_MAX} octets`;
  const [domain, address, identity, mechanism] = fields;
  if (mechanism!.length === 0) return "No mechanism";
  return {
    id: id!,
    domain: textOf(domain!),
    address: textOf(address!),
    identity: identity!,
    mechanism: textOf(mechanism!),
    credentials,
  };
}

/** The frames of a reply behind the delimiter, as a REP sends them. */
export function encodeZapReply(id: Uint8Array, reply: ZapReply): Uint8Array[] {
  const { status, text, userId, metadata } = reply;
  return [VERSION, id, encodeText(`${status}`), asciiText(text), userId, encodeMetadata(metadata)];
}

/** RFC 27: strings are ASCII. */
function asciiText(text: string): Uint8Array {
  return encodeText(text.slice(0, STRING_MAX).replace(/[^ -~]/g, "?"));
}

function textOf(octets: Uint8Array): string {
  return copyFrame(octets).text();
}

function wrong(code: ProtocolErrorCode, what: string): ProtocolError {
  return new ProtocolError(code, `The authentication handler's reply has ${what} (RFC 27)`);
}
