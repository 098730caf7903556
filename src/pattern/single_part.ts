/**
 * What the types of RFC 41, 49, 51 and 52 have in common: a message is one part. Sending several is the caller's
 * mistake; several that come are the peer's, and are dropped whole, as libzmq drops them.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Message } from "../message/frame.ts";
import { FairQueue } from "./fair_queue.ts";
import type { PatternHost } from "./pattern.ts";

/** Throws EINVAL for a message of several parts; `extra` are those that the type itself puts before it. */
export function requireSinglePart(message: readonly Uint8Array[], extra = 0): void {
  if (message.length === 1 + extra) return;
  throw new ZmqError("EINVAL", `A message of this socket type has one part, not ${message.length - extra}`);
}

/** A fair queue that hands on messages of one part only. */
export class SinglePartQueue extends FairQueue {
  readonly #host: PatternHost;

  constructor(host: PatternHost) {
    super();
    this.#host = host;
  }

  override get readable(): boolean {
    for (;;) {
      const message = this.peek();
      if (message === undefined) return false;
      if (message.length === 1) return true;
      super.receive();
      this.#host.dropped(this.last, "unexpected");
    }
  }

  override receive(): Message | undefined {
    return this.readable ? super.receive() : undefined;
  }
}
