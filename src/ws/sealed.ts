/**
 * Messages under a mechanism that seals them, on a WebSocket (RFC 45, RFC 25): each frame becomes a ZWS message of
 * its own, a flag octet and MESSAGE. What waits does so in ZMTP's framing.
 *
 * @module
 */

import type { Traffic } from "../mechanism/mechanism.ts";
import type { DecoderLimits, DecoderSink } from "../zmtp/decoder.ts";
import { eachFrame, Opener, putBody } from "../zmtp/sealed.ts";
import { encodeCommand } from "../zmtp/wire_queue.ts";
import { ZWS_LAST } from "./constants.ts";

/** Seals and opens for one connection. */
export class ZwsSealing extends Opener {
  readonly #traffic: Traffic;

  constructor(traffic: Traffic, limits: DecoderLimits, sink: DecoderSink) {
    super(traffic, limits, sink);
    this.#traffic = traffic;
  }

  /** ZWS messages of frames in ZMTP's framing. */
  seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    const { overhead } = this.#traffic;
    const messages: Uint8Array[] = [];
    eachFrame(chunks, (flags, memory, start, length) => {
      const message = new Uint8Array(1 + overhead + length);
      message[0] = ZWS_LAST;
      putBody(message, 1 + overhead, memory, start, length);
      this.#traffic.seal(message, 1, length, flags);
      messages.push(message);
    });
    return messages;
  }

  /** A command of our own. */
  command(name: string, data: Uint8Array): Uint8Array {
    return this.seal([encodeCommand(name, data)])[0]!;
  }

  /** The connection is over. */
  end(): void {
    this.#traffic.end();
  }
}
