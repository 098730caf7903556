/**
 * ROUTER (RFC 28): the first frame of a message is the peer's routing id, put before what comes in and taken
 * off what goes out.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import type { ZmqErrorCode } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { copyBeside } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { Pattern } from "./pattern.ts";
import type { PatternHost } from "./pattern.ts";
import { bidFarewell, greet, tell } from "./presence.ts";
import { RoutingTable } from "./routing_table.ts";

/** ZMQ_ROUTER_NOTIFY. */
const NOTIFY_CONNECT = 1;
const NOTIFY_DISCONNECT = 2;

/** The behaviour of ROUTER. */
export class RouterPattern extends Pattern {
  readonly #in = new FairQueue();
  readonly #peers: RoutingTable;

  constructor(host: PatternHost) {
    super(host);
    this.#peers = new RoutingTable((length) => host.random(length));
  }

  attach(pipe: Pipe): boolean {
    // A peer that `connect` named can be sent to at once, before it is there.
    if (pipe.connectRoutingId !== undefined) {
      if (this.#peers.find(pipe.connectRoutingId)) return false;
      this.#peers.add(pipe, pipe.connectRoutingId);
      this.host.writable();
    }
    return true;
  }

  override ready(pipe: Pipe, peer: Peer): boolean {
    if (pipe.connectRoutingId === undefined && !this.#name(pipe, peer.routingId)) return false;
    const { options } = this.host;
    if (options.routerNotify & NOTIFY_CONNECT) tell(this.host, pipe, EMPTY);
    greet(pipe, options);
    this.readActivated(pipe);
    this.host.writable();
    return true;
  }

  override lost(pipe: Pipe): void {
    // Who was refused, or whose id another peer took over, must not seem to be that other peer.
    if (pipe.routingId === undefined || this.#peers.find(pipe.routingId) !== pipe) return;
    if (this.host.options.routerNotify & NOTIFY_DISCONNECT) tell(this.host, pipe, EMPTY);
    bidFarewell(this.host, pipe);
  }

  detach(pipe: Pipe): void {
    this.#peers.remove(pipe);
    if (pipe.inbound.length === 0) this.#in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    if (this.#in.activate(pipe)) this.host.readable();
  }

  writeActivated(): void {
    if (this.host.options.mandatory) this.host.writable();
  }

  override receive(): Message | undefined {
    const message = this.#in.receive();
    // A copy: the program may write into the frame, and the id must stay what it is.
    if (message !== undefined) message.unshift(copyBeside(message[0]!, this.#in.last!.routingId!));
    return message;
  }

  override send(message: Uint8Array[]): boolean {
    const { mandatory } = this.host.options;
    const pipe = this.#peers.find(message[0]!);
    if (pipe === undefined) {
      if (!mandatory) this.host.dropped(undefined, "unroutable");
      // zeromq.js waits while there is no peer at all, and libzmq's POLLOUT is off then.
      else if (this.#peers.size > 0) throw new ZmqError("EHOSTUNREACH");
      return !mandatory;
    }
    // An id alone is no message.
    if (message.length === 1) return true;
    if (pipe.write(message.slice(1))) return true;
    if (!mandatory) this.host.dropped(pipe, "full");
    return !mandatory;
  }

  override sendRefusal(message?: readonly Uint8Array[]): ZmqErrorCode {
    return message !== undefined && this.#peers.find(message[0]!) === undefined ? "EHOSTUNREACH" : "EAGAIN";
  }

  override get readable(): boolean {
    return this.#in.readable;
  }

  override get queued(): number {
    return this.#in.queued;
  }

  override get writable(): boolean {
    if (!this.host.options.mandatory) return true;
    for (const pipe of this.#peers.values()) if (pipe.hasRoom) return true;
    return false;
  }

  /** Enters a peer under the id it chose or a generated one. `false`: somebody else has its id. */
  #name(pipe: Pipe, chosen: Uint8Array): boolean {
    if (chosen.length === 0) {
      if (pipe.routingKey === undefined) this.#peers.add(pipe, this.#peers.generate());
      return true;
    }
    const owner = this.#peers.find(chosen);
    if (owner === pipe) return true;
    if (owner !== undefined) {
      // ZMQ_ROUTER_HANDOVER: the newcomer takes over. Without it the owner keeps the id, and unlike libzmq
      // the newcomer's connection is closed instead of being left open and unread for ever.
      if (!this.host.options.handover) return false;
      this.#peers.remove(owner);
      owner.terminate(new Error("Another peer took over the routing id"));
    }
    this.#peers.add(pipe, chosen.slice());
    return true;
  }
}
