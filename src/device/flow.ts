/**
 * One direction of a device: whole messages from one socket's pattern to the other's, counted on both sides.
 * Nothing is read that could not be handed on, so a full back end fills the front end's queues and closes its
 * peers' windows: high-water marks work through a device.
 *
 * @module
 */

import type { Message } from "../message/frame.ts";
import type { SocketCore } from "../socket/core.ts";
import type { Tap } from "./capture.ts";

/** Messages, and their octets: all frames, routing ids included, as `zmq_proxy_steerable` counts. */
export interface Traffic {
  /** Whole messages, whatever their number of parts. */
  messages: number;
  /** Octets of all their parts. */
  bytes: number;
}

/** One direction. */
export class Flow {
  readonly received: Traffic = { messages: 0, bytes: 0 };
  readonly sent: Traffic = { messages: 0, bytes: 0 };
  readonly #from: SocketCore;
  readonly #to: SocketCore;
  readonly #tap: Tap | undefined;
  /** Taken from the one socket, and refused by the other: a ROUTER with `mandatory` whose peer has no room. */
  #held: Message | undefined;

  constructor(from: SocketCore, to: SocketCore, tap: Tap | undefined) {
    this.#from = from;
    this.#to = to;
    this.#tap = tap;
  }

  /** Whether a message waits to be moved. */
  get waiting(): boolean {
    return this.#held !== undefined || this.#from.pattern.readable;
  }

  /** Whether anybody is there to whom it could be. */
  get leads(): boolean {
    for (const pipe of this.#to.endpoints.pipes()) if (pipe.connected) return true;
    return false;
  }

  /** Moves messages, at most so many; answers how many it was. */
  move(most: number): number {
    const from = this.#from.pattern;
    const to = this.#to.pattern;
    for (let moved = 0; moved < most; moved++) {
      let message = this.#held;
      if (message === undefined) {
        if (!to.writable) return moved;
        message = from.receive();
        if (message === undefined) return moved;
        count(this.received, message);
        this.#tap?.take(message);
      }
      try {
        if (!to.send(message)) {
          this.#held = message;
          return moved;
        }
        count(this.sent, message);
      } catch {
        // It can never be sent: a ROUTER with `mandatory` has no such peer, a STREAM wants two parts.
        this.#to.dropped(undefined, "unroutable");
      }
      this.#held = undefined;
    }
    return most;
  }

  /** Gives up what is held, and with `all` what waits to be taken: the socket that has it is about to be closed. */
  drop(all: boolean): void {
    if (this.#held !== undefined) this.#to.lost(1);
    this.#held = undefined;
    // Notices of subscriptions are no messages.
    if (!all || this.#from.closed || this.#from.type.publishes) return;
    while (this.#from.pattern.receive() !== undefined) this.#from.lost(1);
  }
}

function count(traffic: Traffic, message: readonly Uint8Array[]): void {
  traffic.messages++;
  // Written out: `reduce` costs a call for each frame.
  let { bytes } = traffic;
  for (let i = 0; i < message.length; i++) bytes += message[i]!.length;
  traffic.bytes = bytes;
}
