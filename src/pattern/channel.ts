/**
 * CHANNEL (RFC 52): as PAIR, with messages of one part.
 *
 * @module
 */

import type { Message } from "../message/frame.ts";
import { PairPattern } from "./pair.ts";
import { requireSinglePart } from "./single_part.ts";

/** The behaviour of CHANNEL. */
export class ChannelPattern extends PairPattern {
  override send(message: Uint8Array[]): boolean {
    requireSinglePart(message);
    return super.send(message);
  }

  override receive(): Message | undefined {
    return this.readable ? super.receive() : undefined;
  }

  override get readable(): boolean {
    for (;;) {
      const message = this.peek();
      if (message === undefined) return false;
      if (message.length === 1) return true;
      super.receive();
      this.host.dropped(this.last, "unexpected");
    }
  }
}
