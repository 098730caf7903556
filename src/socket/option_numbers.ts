/**
 * Options of sockets and contexts by their numbers in `zmq.h`, those included that are no plain values: subscriptions, and
 * what can only be read.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { XPubPattern } from "../pattern/xpub.ts";
import type { XSubPattern } from "../pattern/xsub.ts";
import { toPart } from "../message/frame.ts";
import type { SocketCore } from "./core.ts";
import { classOf } from "./class_of.ts";
import { CONTEXT_OPTIONS, type ContextOptionValues } from "./context_options.ts";
import { CONTEXT_NUMBERS, isWriteOnly, notByNumber } from "./number_options.ts";
import { optionChanged, type OptionHost, optionValues, requireOpen } from "./option_access.ts";
import { invalid, type Option, type OptionKind } from "./option_kinds.ts";
import { type SocketName, socketOptionsOf } from "./option_table.ts";
import type { SocketOptionValues } from "./option_values.ts";
import { coreOf, hasCore } from "./symbols.ts";

const SUBSCRIBE = 6;
const UNSUBSCRIBE = 7;
const LAST_ENDPOINT = 32;

/** ZMQ_POLLIN and ZMQ_POLLOUT. */
const POLLIN = 1;
const POLLOUT = 2;

/** What is no row of the table to read: RCVMORE, EVENTS, TYPE, LAST_ENDPOINT, THREAD_SAFE, ROUTER_NOTIFY, TOPICS_COUNT. */
const READ_ONLY: { readonly [id: number]: (core: SocketCore) => number | string | null | undefined } = {
  13: () => 0,
  15: (core) => (core.canReceive ? POLLIN : 0) | (core.canSend ? POLLOUT : 0),
  16: (core) => core.type.id,
  [LAST_ENDPOINT]: (core) => core.endpoints.last,
  81: (core) => Number(core.type.threadSafe),
  // ROUTER_NOTIFY can be set on a ROUTER only, and read of all.
  97: (core) => core.options.routerNotify,
  116: ({ type, pattern }) => /SUB|PUB/.test(type.name) ? (pattern as XSubPattern).topicsCount : undefined,
};

/** Reads an option of a socket or a context. */
export function getOption(owner: object, id: number, kind: OptionKind): boolean | number | string | null {
  if (!hasCore(owner)) return getContextOption(owner as OptionHost<ContextOptionValues>, id, kind);
  const core = coreOf(owner);
  const value = core.closed ? undefined : READ_ONLY[id]?.(core);
  if (value === undefined || sizeOf(kind) !== (id === LAST_ENDPOINT ? "text" : "int")) {
    return getSocketOption(owner as OptionHost<SocketOptionValues>, classOf(core.type.name), id, kind);
  }
  return kind === "bool" ? Boolean(value) : value;
}

/** Sets an option of a socket or a context. */
export function setOption(owner: object, id: number, kind: OptionKind, value: unknown): void {
  if (!hasCore(owner)) return setContextOption(owner as OptionHost<ContextOptionValues>, id, kind, value);
  const core = coreOf(owner);
  if (core.closed) throw new ZmqError("ENOTSOCK");
  if (id !== SUBSCRIBE && id !== UNSUBSCRIBE) {
    setSocketOption(owner as OptionHost<SocketOptionValues>, classOf(core.type.name), id, kind, value);
    return;
  }
  const topic = toPart(value);
  if (core.type.name === "SUB") {
    const pattern = core.pattern as XSubPattern;
    if (id === SUBSCRIBE) pattern.subscribe(topic);
    else pattern.unsubscribe(topic);
  } else if (core.options.manual) {
    // An option of XPUB alone.
    const pattern = core.pattern as XPubPattern;
    if (id === SUBSCRIBE) pattern.confirm(topic);
    else pattern.revoke(topic);
  } else throw new ZmqError("EINVAL", `Option ${id} is not for this socket`);
}

/**
 * Reads a socket's option by its number, as `getInt32Option` and its like do. EINVAL for a number that is not
 * known, not of this class, or of another size in C.
 */
export function getSocketOption(
  host: OptionHost<SocketOptionValues>,
  socket: SocketName,
  id: number,
  kind: OptionKind,
): boolean | number | string | null {
  requireOpen(host, "ENOTSOCK");
  return readById(host, socketOptionsOf(socket), id, kind);
}

/** Sets a socket's option by its number, likewise. */
export function setSocketOption(
  host: OptionHost<SocketOptionValues>,
  socket: SocketName,
  id: number,
  kind: OptionKind,
  value: unknown,
): void {
  requireOpen(host, "ENOTSOCK");
  writeById(host, socketOptionsOf(socket), id, kind, value);
}

/** Of a context. */
const BY_NUMBER = [...CONTEXT_OPTIONS, ...CONTEXT_NUMBERS];

/** Reads a context's option by its number, likewise. */
export function getContextOption(
  host: OptionHost<ContextOptionValues>,
  id: number,
  kind: OptionKind,
): boolean | number | string | null {
  requireOpen(host, "ETERM");
  return readById(host, BY_NUMBER, id, kind);
}

/** Sets a context's option by its number, likewise. */
export function setContextOption(
  host: OptionHost<ContextOptionValues>,
  id: number,
  kind: OptionKind,
  value: unknown,
): void {
  requireOpen(host, "ETERM");
  writeById(host, BY_NUMBER, id, kind, value);
}

function readById<Values>(
  host: OptionHost<Values>,
  options: readonly Option<Values>[],
  id: number,
  kind: OptionKind,
): boolean | number | string | null {
  const option = options.find((each) => each.id === id);
  if (!option || sizeOf(option.kind) !== sizeOf(kind) || isWriteOnly(id)) throw notByNumber("get", id, kind);
  const value = option.read(host[optionValues]);
  if (sizeOf(kind) === "text") return value as string | null;
  // C has numbers only; the one enumeration with a number of its own reads null, which is its first value.
  return kind === "bool" ? Boolean(value) : Number(value);
}

function writeById<Values>(
  host: OptionHost<Values>,
  options: readonly Option<Values>[],
  id: number,
  kind: OptionKind,
  value: unknown,
): void {
  if (kind === "bool" && typeof value !== "boolean") throw new TypeError("Option value must be a boolean");
  if (isNumeric(kind) && typeof value !== "number") throw new TypeError("Option value must be a number");
  const option = options.find((each) => each.id === id && !each.readOnly);
  if (!option || sizeOf(option.kind) !== sizeOf(kind)) throw notByNumber("set", id, kind);
  let given = value;
  if (isNumeric(option.kind)) given = Number(value);
  else if (option.kind === "bool" && typeof value === "number") {
    if (value !== 0 && value !== 1) throw invalid(option.name, String(value), "it must be 0 or 1");
    given = value === 1;
  }
  option.write(host[optionValues], given);
  host[optionChanged]?.(option.name);
}

/** What C compares: an `int` for 32 bits, bool and enum, 8 octets for 64 bits, anything for text. */
function sizeOf(kind: OptionKind): "int" | "long" | "text" {
  if (kind === "int64" || kind === "uint64") return "long";
  return kind === "string" || kind === "bytes" ? "text" : "int";
}

function isNumeric(kind: OptionKind): boolean {
  return kind === "int32" || kind === "uint32" || kind === "int64" || kind === "uint64";
}
