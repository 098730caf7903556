/**
 * What the mechanisms with a client and a server say to a command that is not due.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";

/** The refusal of a command; `due` is the one that was to come, `undefined` if it was not the peer's turn. */
export function unexpected(name: string, due: string | undefined, source: string): ProtocolError {
  const heard = JSON.stringify(name.slice(0, 32));
  const instead = due === undefined ? "when no command is due" : `in place of ${due}`;
  return new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", `${heard} ${instead} (${source})`);
}
