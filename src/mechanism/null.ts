/**
 * The NULL mechanism (RFC 37): each side sends READY with its metadata, at once and without waiting, which is
 * what 3.0 asks, what libzmq does, and the only order that no pair of readings can deadlock.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { decodeMetadata, encodeMetadata } from "../message/metadata.ts";
import type { Metadata } from "../message/metadata.ts";
import type { Mechanism } from "./mechanism.ts";

/** No security: whoever speaks the protocol is let in. */
export class NullMechanism implements Mechanism {
  readonly name = "NULL";
  readonly #properties: readonly (readonly [string, Uint8Array])[];
  #sent = false;
  #peer: Metadata | undefined;

  constructor(properties: readonly (readonly [string, Uint8Array])[]) {
    this.#properties = properties;
  }

  get peer(): Metadata | undefined {
    return this.#sent ? this.#peer : undefined;
  }

  nextCommand(): { readonly name: string; readonly data: Uint8Array } | undefined {
    if (this.#sent) return undefined;
    this.#sent = true;
    return { name: "READY", data: encodeMetadata(this.#properties) };
  }

  processCommand(name: string, data: Uint8Array): void {
    if (name !== "READY") {
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
