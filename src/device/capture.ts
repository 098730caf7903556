/**
 * Capture: a copy of each message that a device moves goes to one more socket. It never slows the device: what
 * that socket cannot take at once is missed, and counted.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Message } from "../message/frame.ts";
import type { Relay, SocketCore } from "../socket/core.ts";

/** Types that send without being asked and without an address (`zmq_proxy`: PUB, DEALER, PUSH or PAIR). */
const TYPES: readonly string[] = ["PUB", "XPUB", "PUSH", "DEALER", "PAIR"];

/** The way into a capture socket. */
export class Tap implements Relay {
  readonly core: SocketCore;
  captured = 0;
  #refused = 0;
  readonly #droppedBefore: number;
  #waking = false;

  constructor(core: SocketCore) {
    if (!TYPES.includes(core.type.name)) {
      throw new ZmqError(
        "EINVAL",
        `A ${core.type.name} socket cannot capture: it has to be one of ${TYPES.join(", ")}`,
      );
    }
    this.core = core;
    this.#droppedBefore = core.dropCounts.full;
  }

  /** Copies that had no room: here, or in a subscriber's queue. */
  get missed(): number {
    return this.#refused + this.core.dropCounts.full - this.#droppedBefore;
  }

  /** Sends a copy if there is room for it now. */
  take(message: Message): void {
    if (!this.core.closed && this.core.pattern.send(message)) this.captured++;
    else this.#refused++;
  }

  /** What a capture's peers say interests nobody, but unread it would stop an XPUB from taking subscriptions. */
  wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      while (this.core.pattern.receive() !== undefined);
    });
  }
}

declare function queueMicrotask(callback: () => void): void;
