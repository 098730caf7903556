/**
 * REP (RFC 28): receives a request, sends its reply, strictly in turn; requests are fair-queued. The envelope
 * up to and with the empty delimiter is kept and put back before the reply.
 *
 * @module
 */

import type { ZmqErrorCode } from "../base/errors.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { Pattern } from "./pattern.ts";

/** The behaviour of REP. */
export class RepPattern extends Pattern {
  readonly #in = new FairQueue();
  /** The envelope of the request in work, and who asked: `undefined` if it has gone meanwhile. */
  #envelope: Message | undefined;
  #asker: Pipe | undefined;

  attach(pipe: Pipe): boolean {
    this.readActivated(pipe);
    return true;
  }

  detach(pipe: Pipe): void {
    if (pipe === this.#asker) this.#asker = undefined;
    if (pipe.inbound.length === 0) this.#in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    this.#in.activate(pipe);
    if (this.readable) this.host.readable();
  }

  writeActivated(): void {}

  override receive(): Message | undefined {
    if (!this.readable) return undefined;
    const request = this.#in.receive()!;
    const delimiter = request.findIndex((frame) => frame.length === 0);
    this.#envelope = request.slice(0, delimiter + 1);
    this.#asker = this.#in.last?.closed ? undefined : this.#in.last;
    // One may send now: a caller may be waiting to.
    this.host.writable();
    return request.slice(delimiter + 1);
  }

  override send(message: Uint8Array[]): boolean {
    const envelope = this.#envelope;
    if (envelope === undefined) return false;
    this.#envelope = undefined;
    const asker = this.#asker;
    this.#asker = undefined;
    // RFC 28: "SHALL discard the reply if the original requester is no longer connected"; it never blocks.
    if (asker === undefined) this.host.dropped(undefined, "unroutable");
    else if (!asker.write([...envelope, ...message])) this.host.dropped(asker, "full");
    if (this.readable) this.host.readable();
    return true;
  }

  override get readable(): boolean {
    if (this.#envelope !== undefined) return false;
    for (;;) {
      // Looked at and left there: taken, it would wait where nobody counts it.
      const message = this.#in.peek();
      if (message === undefined) return false;
      const delimiter = message.findIndex((frame) => frame.length === 0);
      // RFC 28 wants the delimiter, and something behind it; the rest is discarded, as libzmq does.
      if (delimiter !== -1 && delimiter !== message.length - 1) return true;
      this.#in.receive();
      this.host.dropped(this.#in.last, "unexpected");
    }
  }

  override get queued(): number {
    return this.#in.queued;
  }

  override get writable(): boolean {
    return this.#envelope !== undefined;
  }

  override sendRefusal(): ZmqErrorCode {
    return "EFSM";
  }

  override receiveRefusal(): ZmqErrorCode {
    return this.#envelope === undefined ? "EAGAIN" : "EFSM";
  }
}
