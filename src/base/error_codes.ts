/**
 * What is known of each code of an error: its number and its sentence. Those that a page meets, too, are in its twin.
 *
 * @module
 */

import * as PAGE from "./error_codes_web.ts";

/** What a {@linkcode ZmqError} can say in `code`: libzmq's and the system's names. */
export type ZmqErrorCode =
  | "EACCES"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "EAFNOSUPPORT"
  | "EAGAIN"
  | "EBADF"
  | "EBUSY"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "EFAULT"
  | "EFSM"
  | "EHOSTUNREACH"
  | "EINVAL"
  | "EIO"
  | "EISDIR"
  | "EMFILE"
  | "EMSGSIZE"
  | "EMTHREAD"
  | "ENAMETOOLONG"
  | "ENETUNREACH"
  | "ENOCOMPATPROTO"
  | "ENODEV"
  | "ENOENT"
  | "ENOSPC"
  | "ENOTDIR"
  | "ENOTFOUND"
  | "ENOTSOCK"
  | "ENOTSUP"
  | "EPERM"
  | "EPIPE"
  | "EPROTO"
  | "EPROTONOSUPPORT"
  | "EROFS"
  | "ETERM"
  | "ETIMEDOUT";

/** Linux's numbers, and libzmq's own for what no system has (`zmq.h`). */
export const ERRNO: { readonly [code in ZmqErrorCode]: number } = {
  ...PAGE.ERRNO,
  EADDRNOTAVAIL: 99,
  EAFNOSUPPORT: 97,
  EISDIR: 21,
  EMSGSIZE: 90,
  EMTHREAD: 156384766,
  ENETUNREACH: 101,
  ENODEV: 19,
  ENOSPC: 28,
  ENOTDIR: 20,
  ENOTFOUND: 3008,
  EPERM: 1,
  EPIPE: 32,
  EROFS: 30,
};

/** The sentence that goes with a code when nothing more is known. */
export const MESSAGES: { readonly [code in ZmqErrorCode]?: string } = {
  ...PAGE.MESSAGES,
  EMTHREAD: "No thread available",
  ENODEV: "No such device",
};
