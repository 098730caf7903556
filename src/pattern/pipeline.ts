/**
 * PUSH and PULL (RFC 30): data flows down, load-balanced to the next stage, fair-queued from the one before.
 *
 * @module
 */

import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { LoadBalancer } from "./load_balancer.ts";
import { Pattern } from "./pattern.ts";

/** The behaviour of PUSH, on which SCATTER stands. */
export class PushPattern extends Pattern {
  readonly #out = new LoadBalancer();

  attach(pipe: Pipe): boolean {
    this.#out.activate(pipe);
    this.host.writable();
    return true;
  }

  detach(pipe: Pipe): void {
    this.#out.remove(pipe);
  }

  /** RFC 30: PULL never sends; what comes all the same is dropped. */
  readActivated(pipe: Pipe): void {
    while (pipe.read() !== undefined) this.host.dropped(pipe, "unexpected");
  }

  writeActivated(pipe: Pipe): void {
    this.#out.activate(pipe);
    this.host.writable();
  }

  override send(message: Uint8Array[]): boolean {
    return this.#out.send(message);
  }

  override get writable(): boolean {
    return this.#out.writable;
  }
}

/** The behaviour of PULL, on which GATHER stands. */
export class PullPattern extends Pattern {
  protected readonly in: FairQueue = new FairQueue();

  attach(pipe: Pipe): boolean {
    this.readActivated(pipe);
    return true;
  }

  detach(pipe: Pipe): void {
    // What is left stays in the fair queue until it is read.
    if (pipe.inbound.length === 0) this.in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    if (this.in.activate(pipe)) this.host.readable();
  }

  writeActivated(): void {}

  override receive(): Message | undefined {
    return this.in.receive();
  }

  override get readable(): boolean {
    return this.in.readable;
  }

  override get queued(): number {
    return this.in.queued;
  }
}
