/**
 * How large a peer's messages may be, and what is said of one that is larger.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";

/** What a decoder refuses. */
export interface DecoderLimits {
  /** Most octets of a frame (`maxMessageSize`). */
  readonly frame: number;
  /** Most octets of a whole message. */
  readonly message: number;
  /** Most frames of a message. */
  readonly parts: number;
  /** Memory for a large body, with any contents; where a runtime has none faster, new memory is zeroed. */
  readonly allocate?: (length: number) => Uint8Array;
}

/** Refuses a frame or command by its header; `before` octets of its message have come. Throws a `ProtocolError`. */
export function checkFrame(
  command: boolean,
  size: number,
  { frame, message }: DecoderLimits,
  commandMax: number,
  before: number,
): void {
  const most = Math.min(frame, command ? commandMax : message - before);
  if (size <= most) return;
  throw new ProtocolError(
    "ERR_ZMTP_MESSAGE_TOO_LONG",
    `A ${command ? "command" : "frame"} of ${size} octets, above the limit of ${most}`,
  );
}

/** Refuses a message of more frames or octets. Throws a `ProtocolError`. */
export function checkMessage({ parts, message }: DecoderLimits, count: number, octets: number): void {
  if (count <= parts && octets <= message) return;
  throw new ProtocolError(
    "ERR_ZMTP_MESSAGE_TOO_LONG",
    `A message of more than ${parts} frames or ${message} octets`,
  );
}
