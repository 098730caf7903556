/**
 * What can be set on a context: types, defaults and table, after libzmq's `ctx.cpp`.
 *
 * @module
 */

import { booleanOption, INT32_MAX, integerOption, type Option } from "./option_kinds.ts";

/** What `new Context(…)` takes, and what a context then has to read and assign. */
export interface ContextOptions {
  /**
   * `ZMQ_BLOCKY`: `true` gives new sockets `linger` -1: messages not yet sent keep the process alive. `false`
   * gives them 0. Default `true`.
   */
  blocky?: boolean;
  /** `ZMQ_IO_THREADS`: number of I/O threads. From 0. Default 1. Kept, without effect: there are no threads. */
  ioThreads?: number;
  /** `ZMQ_MAX_MSGSZ`: largest message of this context. Octets, from 0. Default 2147483647. */
  maxMessageSize?: number;
  /** `ZMQ_MAX_SOCKETS`: most sockets open at a time; one more is EMFILE. 1 to 65535. Default 1023. */
  maxSockets?: number;
  /** `ZMQ_IPV6`: the `ipv6` of sockets made after it is set. Default `false`. */
  ipv6?: boolean;
  /** `ZMQ_THREAD_PRIORITY`: from 0. Default -1, not set. Kept, without effect: there are no threads. */
  threadPriority?: number;
  /** `ZMQ_THREAD_SCHED_POLICY`: from 0. Default -1, not set. Kept, without effect: there are no threads. */
  threadSchedulingPolicy?: number;
}

/** What a context has to read and assign. */
export interface ContextProperties extends Required<ContextOptions> {
  /** `ZMQ_SOCKET_LIMIT`: the largest value that `maxSockets` takes. */
  readonly maxSocketsLimit: number;
}

/** The options of one context. */
export class ContextOptionValues {
  blocky: boolean = true;
  ioThreads: number = 1;
  maxMessageSize: number = INT32_MAX;
  maxSockets: number = 1023;
  readonly maxSocketsLimit: number = 65535;
  ipv6: boolean = false;
  threadPriority: number = -1;
  threadSchedulingPolicy: number = -1;
}

/** An option of a context. */
export type ContextOption = Option<ContextOptionValues, never>;

/** All of them. */
export const CONTEXT_OPTIONS: readonly ContextOption[] = [
  booleanOption("blocky", 70),
  integerOption("ioThreads", 1, "int32", 0, INT32_MAX),
  integerOption("maxMessageSize", 5, "int32", 0, INT32_MAX),
  integerOption("maxSockets", 2, "int32", 1, 65535),
  integerOption("maxSocketsLimit", 3, "int32", 0, INT32_MAX, { readOnly: true }),
  booleanOption("ipv6", 42),
  // The number 3 is the limit when it is read and this one when it is set.
  integerOption("threadPriority", 3, "int32", 0, INT32_MAX),
  integerOption("threadSchedulingPolicy", 4, "int32", 0, INT32_MAX),
];
