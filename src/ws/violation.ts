/**
 * A violation that a close frame can name: which close code goes to the peer with it (RFC 6455, section 7.4.1).
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import type { ProtocolErrorCode } from "../base/errors.ts";
import { CLOSE_POLICY, CLOSE_PROTOCOL } from "./constants.ts";

/** A `ProtocolError` with the code of its close frame. */
export class Violation extends ProtocolError {
  readonly closeCode: number;

  /** Makes an error with a sentence with the clause; by default one of the framing. */
  constructor(
    message: string,
    closeCode: number = CLOSE_PROTOCOL,
    code: ProtocolErrorCode = "ERR_WS_PROTOCOL",
  ) {
    super(code, message);
    this.closeCode = closeCode;
  }
}

/** The code of the close frame that goes with any error: what ZMTP refuses is against our policy. */
export function closeCodeOf(error: ProtocolError): number {
  return error instanceof Violation ? error.closeCode : CLOSE_POLICY;
}

/**
 * The reason that goes with it. Why an authentication handler refused a peer, or that there is none, is not for the
 * peer: RFC 27 has the status code alone go over the wire, and of a 300 nothing.
 */
export function closeReasonOf({ code, status, message }: ProtocolError): string {
  return status !== undefined || !/^ERR_(?:ZMTP|WS)_/.test(code) ? "" : message;
}
