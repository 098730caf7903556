/**
 * What libzmq has by numbers and this module does not have by names: numbers that are refused, with what to do instead,
 * and options of contexts about threads and memory, which are checked and kept.
 *
 * @module
 */

import { ZmqError, type ZmqErrorCode } from "../base/errors.ts";
import type { ContextOption, ContextOptionValues } from "./context_options.ts";
import { INT32_MAX, invalid, type OptionKind, row } from "./option_kinds.ts";

type Refusal = readonly [code: ZmqErrorCode, why: string];

const GSSAPI: Refusal = ["EINVAL", "there is no GSSAPI here; capability.gssapi is false"];
const NORM: Refusal = ["EINVAL", "there is no NORM here"];
/** Not EINVAL: a program that takes this for an old library would go on without the filter. */
const CREDENTIALS: Refusal = [
  "ENOTSUP",
  "no runtime tells who is at the other end of a Unix socket, so nobody could be kept out; protect the path",
];

const REFUSED: { readonly [id: number]: Refusal } = {
  14: ["EINVAL", "there is no descriptor to poll: await receive(), or ask readable and writable"],
  41: ["EINVAL", "for plain TCP there is Stream"],
  58: CREDENTIALS,
  59: CREDENTIALS,
  60: CREDENTIALS,
  61: ["EINVAL", "connect(address, { routingId }) does it"],
  62: GSSAPI,
  63: GSSAPI,
  64: GSSAPI,
  65: GSSAPI,
  90: GSSAPI,
  91: GSSAPI,
  117: NORM,
  118: NORM,
  119: NORM,
  120: NORM,
  121: NORM,
  122: NORM,
  123: NORM,
  124: NORM,
};

/** METADATA adds, and has nothing to read. */
const METADATA = 95;

/** The error of who reaches for this number on a socket. */
export function notByNumber(verb: "get" | "set", id: number, kind: OptionKind): ZmqError {
  const [code, why] = REFUSED[id] ?? ["EINVAL", `there is none of this kind here, as ${kind}`];
  return new ZmqError(code, `Cannot ${verb} option ${id}: ${why}`);
}

/** Whether a number can be set alone. */
export function isWriteOnly(id: number): boolean {
  return id === METADATA;
}

/** What is kept for a context. */
class Kept {
  threadNamePrefix = 0;
  zeroCopyReceive = 1;
  readonly cpus: Set<number> = new Set();
}

const kept = new WeakMap<ContextOptionValues, Kept>();

/** ZMQ_MSG_T_SIZE, ZMQ_THREAD_AFFINITY_CPU_ADD and _REMOVE, ZMQ_THREAD_NAME_PREFIX, ZMQ_ZERO_COPY_RECV. */
export const CONTEXT_NUMBERS: readonly ContextOption[] = [
  // What `zmq_msg_t` has in C; here nobody has one.
  number(6, undefined, () => 64),
  number(7, (of, cpu) => void of.cpus.add(cpu)),
  number(8, (of, cpu) => {
    if (!of.cpus.delete(cpu)) throw invalid("option 8", String(cpu), "it must be one that option 7 added");
  }),
  number(9, (of, value) => of.threadNamePrefix = value, ({ threadNamePrefix }) => threadNamePrefix),
  number(10, (of, value) => {
    if (value > 1) throw invalid("option 10", String(value), "it must be 0 or 1");
    of.zeroCopyReceive = value;
  }, ({ zeroCopyReceive }) => zeroCopyReceive),
];

/** An integer from 0 that can be set, read, or both. */
function number(
  id: number,
  write: ((kept: Kept, value: number) => void) | undefined,
  read?: (kept: Kept) => number,
): ContextOption {
  const details = { hidden: true, readOnly: write === undefined };
  return row(`option ${id}`, id, "int32", `0 to ${INT32_MAX}`, details, (values) => {
    if (read === undefined) throw notByNumber("get", id, "int32");
    return read(keptOf(values));
  }, (values, value) => {
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > INT32_MAX) {
      throw invalid(`option ${id}`, String(value), `it must be an integer from 0 to ${INT32_MAX}`);
    }
    write?.(keptOf(values), value as number);
  });
}

function keptOf(values: ContextOptionValues): Kept {
  let found = kept.get(values);
  if (found === undefined) kept.set(values, found = new Kept());
  return found;
}
