/**
 * What is known of each code of an error: its number and its sentence.
 *
 * @module
 */

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
  EACCES: 13,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  EAFNOSUPPORT: 97,
  EAGAIN: 11,
  EBADF: 9,
  EBUSY: 16,
  ECONNREFUSED: 111,
  ECONNRESET: 104,
  EFAULT: 14,
  EFSM: 156384763,
  EHOSTUNREACH: 113,
  EINVAL: 22,
  EIO: 5,
  EISDIR: 21,
  EMFILE: 24,
  EMSGSIZE: 90,
  EMTHREAD: 156384766,
  ENAMETOOLONG: 36,
  ENETUNREACH: 101,
  ENOCOMPATPROTO: 156384764,
  ENODEV: 19,
  ENOENT: 2,
  ENOSPC: 28,
  ENOTDIR: 20,
  ENOTFOUND: 3008,
  ENOTSOCK: 88,
  ENOTSUP: 95,
  EPERM: 1,
  EPIPE: 32,
  EPROTO: 71,
  EPROTONOSUPPORT: 93,
  EROFS: 30,
  ETERM: 156384765,
  ETIMEDOUT: 110,
};

/** The sentence that goes with a code when nothing more is known. */
export const MESSAGES: { readonly [code in ZmqErrorCode]?: string } = {
  EADDRINUSE: "Address already in use",
  EAGAIN: "Operation was not possible or timed out",
  EBADF: "Socket is closed",
  EBUSY: "Socket is busy",
  EFAULT: "Context is closed",
  EFSM: "Operation cannot be accomplished in current state",
  EHOSTUNREACH: "Host unreachable",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open file descriptors",
  EMTHREAD: "No thread available",
  ENAMETOOLONG: "File name too long",
  ENOCOMPATPROTO: "The protocol is not compatible with the socket type",
  ENODEV: "No such device",
  ENOENT: "No such endpoint",
  ENOTSOCK: "Socket operation on non-socket",
  ENOTSUP: "Operation not supported",
  EPROTONOSUPPORT: "Protocol not supported",
  ETERM: "Context was terminated",
};
