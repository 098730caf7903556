/**
 * DEALER (RFC 28): load-balanced out, fair-queued in.
 *
 * @module
 */

import type { Peer } from "../io/engine.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { LoadBalancer } from "./load_balancer.ts";
import { Pattern } from "./pattern.ts";
import { bidFarewell, greet } from "./presence.ts";

/** The behaviour of DEALER, on which REQ and CLIENT stand. */
export class DealerPattern extends Pattern {
  protected readonly out: LoadBalancer = new LoadBalancer();
  protected readonly in: FairQueue = new FairQueue();

  attach(pipe: Pipe): boolean {
    this.out.activate(pipe);
    this.readActivated(pipe);
    this.host.writable();
    return true;
  }

  override ready(pipe: Pipe, _peer: Peer): boolean {
    greet(pipe, this.host.options);
    return true;
  }

  override lost(pipe: Pipe): void {
    bidFarewell(this.host, pipe);
  }

  detach(pipe: Pipe): void {
    this.out.remove(pipe);
    if (pipe.inbound.length === 0) this.in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    if (this.in.activate(pipe)) this.host.readable();
  }

  writeActivated(pipe: Pipe): void {
    this.out.activate(pipe);
    this.host.writable();
  }

  override send(message: Uint8Array[]): boolean {
    return this.out.send(message);
  }

  override receive(): Message | undefined {
    return this.in.receive();
  }

  override get readable(): boolean {
    return this.in.readable;
  }

  override get queued(): number {
    return this.in.queued;
  }

  override get writable(): boolean {
    return this.out.writable;
  }
}
