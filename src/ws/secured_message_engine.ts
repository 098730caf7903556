/**
 * ZWS with a mechanism on a WebSocket of a host's own, as a server has accepted it.
 *
 * @module
 */

import type { ProtocolError } from "../base/errors.ts";
import type { ZapReply } from "../mechanism/zap.ts";
import { ZwsMessageEngine } from "./message_engine.ts";

/** The engine of one connection. */
export class SecuredMessageEngine extends ZwsMessageEngine {
  get seals(): boolean {
    return this.zws.seals;
  }

  seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    return this.zws.seal(chunks);
  }

  authenticated(answer: ZapReply | ProtocolError): void {
    if (this.state !== "handshake") return;
    try {
      this.zws.authenticated(answer);
    } catch (error) {
      this.fail(error);
    }
  }

  end(): void {
    this.zws.end();
  }
}
