/**
 * Two kinds of error. The caller's: `ZmqError`, thrown or rejected with libzmq's code. The peer's:
 * `ProtocolError`, never thrown at a caller; it closes the connection and becomes a monitor event.
 *
 * @module
 */

import { ERRNO, MESSAGES } from "./error_codes.ts";
import type { ZmqErrorCode } from "./error_codes.ts";

export type { ZmqErrorCode };

/**
 * An operation of yours that could not be done. Nothing was changed by it.
 *
 * @example
 * ```ts
 * import { Push, ZmqError } from "@puremq/zmq";
 *
 * using push = new Push({ sendTimeout: 0 });
 * try {
 *   await push.send("nobody is there");
 * } catch (error) {
 *   if (error instanceof ZmqError) console.log(error.code); // "EAGAIN"
 * }
 * ```
 */
export class ZmqError extends Error {
  /** The error's name in libzmq and the system, such as `"EAGAIN"`. */
  readonly code: ZmqErrorCode;
  /** The number that goes with {@linkcode ZmqError.code} on Linux, or libzmq's own. */
  readonly errno: number;
  /** The endpoint concerned, for errors of bind, connect, unbind and disconnect. */
  address?: string;

  /** Makes an error with a code, a sentence (default: the code's own) and the endpoint concerned. */
  constructor(
    code: ZmqErrorCode,
    message?: string,
    address?: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message ?? MESSAGES[code] ?? code, options);
    this.name = "ZmqError";
    this.code = code;
    this.errno = ERRNO[code];
    if (address !== undefined) this.address = address;
  }
}

/** Turns a system's error into ours; what has no known code becomes EIO, with the original as its cause. */
export function asZmqError(error: unknown, address?: string): ZmqError {
  if (error instanceof ZmqError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = typeof code === "string" && code in ERRNO;
  return new ZmqError(
    known ? code as ZmqErrorCode : "EIO",
    known && MESSAGES[code as ZmqErrorCode] || String(message ?? error),
    address,
    { cause: error },
  );
}

/**
 * What a peer did against the protocol, by zeromq.js's names for libzmq's `ZMQ_PROTOCOL_ERROR_*`; what an
 * authentication handler did against its own (`ERR_ZAP_…`), or that there was none (`EFAULT`) or none any more
 * (`EPIPE`); and of WebSocket (RFC 6455): the opening handshake failed, a frame broke the rules, the peer closed
 * for a reason.
 */
export type ProtocolErrorCode =
  | "ERR_ZMTP_UNSPECIFIED"
  | "ERR_ZMTP_UNEXPECTED_COMMAND"
  | "ERR_ZMTP_INVALID_SEQUENCE"
  | "ERR_ZMTP_KEY_EXCHANGE"
  | "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED"
  | "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"
  | "ERR_ZMTP_MALFORMED_COMMAND_HELLO"
  | "ERR_ZMTP_MALFORMED_COMMAND_INITIATE"
  | "ERR_ZMTP_MALFORMED_COMMAND_ERROR"
  | "ERR_ZMTP_MALFORMED_COMMAND_READY"
  | "ERR_ZMTP_MALFORMED_COMMAND_WELCOME"
  | "ERR_ZMTP_INVALID_METADATA"
  | "ERR_ZMTP_CRYPTOGRAPHIC"
  | "ERR_ZMTP_MECHANISM_MISMATCH"
  | "ERR_ZMTP_MESSAGE_TOO_LONG"
  | "ERR_ZMTP_VERSION_UNSUPPORTED"
  | "ERR_ZMTP_HANDSHAKE_TIMEOUT"
  | "ERR_ZMTP_HEARTBEAT_TIMEOUT"
  | "ERR_ZMTP_HALF_OPEN"
  | "ERR_ZAP_UNSPECIFIED"
  | "ERR_ZAP_MALFORMED_REPLY"
  | "ERR_ZAP_BAD_REQUEST_ID"
  | "ERR_ZAP_BAD_VERSION"
  | "ERR_ZAP_INVALID_STATUS_CODE"
  | "ERR_ZAP_INVALID_METADATA"
  | "EFAULT"
  | "EPIPE"
  | "ERR_WS_HANDSHAKE"
  | "ERR_WS_PROTOCOL"
  | "ERR_WS_CLOSED";

/** A peer broke the rules. The connection ends and an event tells of it; no caller ever catches one. */
export class ProtocolError extends Error {
  /** Which rule, by its name in libzmq. */
  readonly code: ProtocolErrorCode;
  /** Whether dialling again is pointless: the peer refused us for good (an ERROR command, RFC 37). */
  readonly final: boolean;
  /** The status of a refusal by the peer's authentication (RFC 27): 300, 400 or 500. */
  readonly status: number | undefined;

  /** Makes an error with its code and one sentence with the clause. */
  constructor(
    code: ProtocolErrorCode,
    message: string,
    { final = false, status }: { readonly final?: boolean; readonly status?: number } = {},
  ) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
    this.final = final;
    this.status = status;
  }
}
