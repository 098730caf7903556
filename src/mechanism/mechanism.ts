/**
 * A security mechanism as pure state: command bodies in and out (RFC 37, "mechanisms"). The engine carries
 * them; who is allowed in is decided here.
 *
 * @module
 */

import type { Metadata } from "../message/metadata.ts";

/** One side of one handshake. */
export interface Mechanism {
  /** The name in the greeting: `"NULL"`. */
  readonly name: string;
  /** The next command to send: name and data; `undefined` while it is the peer's turn. */
  nextCommand(): { readonly name: string; readonly data: Uint8Array } | undefined;
  /** Takes the peer's command. Throws a `ProtocolError`. */
  processCommand(name: string, data: Uint8Array): void;
  /** What the peer said of itself, once the handshake is done on both sides. */
  readonly peer: Metadata | undefined;
}
