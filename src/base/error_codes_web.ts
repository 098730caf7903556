/**
 * The codes of errors but for those that only a system or a network of one's own can answer. Takes the place of
 * `error_codes.ts` in a bundle for browsers.
 *
 * @module
 */

/** Linux's numbers, and libzmq's own for what no system has (`zmq.h`). */
export const ERRNO = {
  EACCES: 13,
  EADDRINUSE: 98,
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
  EMFILE: 24,
  ENAMETOOLONG: 36,
  ENOCOMPATPROTO: 156384764,
  ENOENT: 2,
  ENOTSOCK: 88,
  ENOTSUP: 95,
  EPROTO: 71,
  EPROTONOSUPPORT: 93,
  ETERM: 156384765,
  ETIMEDOUT: 110,
} as const;

/** The sentence that goes with a code when nothing more is known. */
export const MESSAGES = {
  EADDRINUSE: "Address already in use",
  EAGAIN: "Operation was not possible or timed out",
  EBADF: "Socket is closed",
  EBUSY: "Socket is busy",
  EFAULT: "Context is closed",
  EFSM: "Operation cannot be accomplished in current state",
  EHOSTUNREACH: "Host unreachable",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open file descriptors",
  ENAMETOOLONG: "File name too long",
  ENOCOMPATPROTO: "The protocol is not compatible with the socket type",
  ENOENT: "No such endpoint",
  ENOTSOCK: "Socket operation on non-socket",
  ENOTSUP: "Operation not supported",
  EPROTONOSUPPORT: "Protocol not supported",
  ETERM: "Context was terminated",
} as const;
