/**
 * The NULL mechanism (RFC 37): each side sends READY with its metadata, at once and without waiting, which is
 * what 3.0 asks, what libzmq does, and the only order that no pair of readings can deadlock.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { decodeMetadata, encodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";
import type { HandshakeCommand, Mechanism } from "./mechanism.ts";
import type { Inquiry } from "./zap.ts";

/** No security: whoever speaks the protocol is let in, unless an authentication handler says no. */
export class NullMechanism implements Mechanism {
  readonly name = "NULL";
  readonly refuses = true;
  readonly #properties: readonly (readonly [string, Uint8Array])[];
  /** What the authentication handler has to do with it: READY waits for its word, as in libzmq. */
  #handler: "none" | "to be asked" | "asked";
  #sent = false;
  #peer: Metadata | undefined;

  constructor(properties: readonly (readonly [string, Uint8Array])[], asks = false) {
    this.#properties = properties;
    this.#handler = asks ? "to be asked" : "none";
  }

  get peer(): Metadata | undefined {
    return this.#peer;
  }

  get done(): boolean {
    return this.#sent && this.#peer !== undefined;
  }

  inquiry(): Inquiry | undefined {
    if (this.#handler !== "to be asked") return undefined;
    this.#handler = "asked";
    return { mechanism: "NULL", credentials: [] };
  }

  authenticated(): void {
    this.#handler = "none";
  }

  nextCommand(): HandshakeCommand | undefined {
    if (this.#sent || this.#handler !== "none") return undefined;
    this.#sent = true;
    return { name: "READY", data: encodeMetadata(this.#properties) };
  }

  processCommand(name: string, data: Uint8Array): void {
    if (name !== "READY" || this.#peer !== undefined) {
      throw new ProtocolError(
        "ERR_ZMTP_UNEXPECTED_COMMAND",
        `${JSON.stringify(name.slice(0, 32))} in place of READY (RFC 37, NULL mechanism)`,
      );
    }
    this.#peer = decodeMetadata(data);
    if (this.#peer === undefined) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_READY", "READY with malformed metadata (RFC 37)");
    }
  }
}
