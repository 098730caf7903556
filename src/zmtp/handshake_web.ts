/**
 * Takes the place of `handshake.ts` in a bundle for browsers: the sub-protocols with a mechanism have a slash in their
 * names, which a page's WebSocket cannot offer (RFC 6455, section 11.3.4), so a page never has this handshake.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";

/** A handshake that cannot be. */
export class Handshake {
  constructor() {
    throw new ProtocolError("ERR_ZMTP_MECHANISM_MISMATCH", "A sub-protocol that no page offers");
  }

  /** Never called, like all below. */
  receive(): undefined {}
  authenticated(): undefined {}
  end(): void {}
}
