/**
 * SERVER (RFC 41) and PEER (RFC 51): each peer has a number of 32 bits that we choose, never 0. A message here is
 * that number in four octets, network order, and the one part of it that goes over the wire.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { copyBeside } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import type { FairQueue } from "./fair_queue.ts";
import { Pattern } from "./pattern.ts";
import { bidFarewell, greet } from "./presence.ts";
import { requireSinglePart, SinglePartQueue } from "./single_part.ts";

/** The behaviour of SERVER and PEER: they differ in whom they may meet alone. */
export class ServerPattern extends Pattern {
  readonly #in: FairQueue = new SinglePartQueue(this.host);
  readonly #peers = new Map<number, Pipe>();

  /** A peer that is connected to has its number at once, and what is sent to it waits for the connection. */
  attach(pipe: Pipe): boolean {
    pipe.routingId = this.#newId();
    this.#peers.set(toNumber(pipe.routingId), pipe);
    this.readActivated(pipe);
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
    this.#peers.delete(toNumber(pipe.routingId!));
    if (pipe.inbound.length === 0) this.#in.remove(pipe);
    // Who waits to send to this peer is to hear that it is gone.
    this.host.writable();
  }

  readActivated(pipe: Pipe): void {
    if (this.#in.activate(pipe)) this.host.readable();
  }

  writeActivated(): void {
    this.host.writable();
  }

  override send(message: Uint8Array[]): boolean {
    requireSinglePart(message, 1);
    const pipe = this.#find(message[0]!);
    return pipe.write([message[1]!]);
  }

  override receive(): Message | undefined {
    const message = this.#in.receive();
    if (message !== undefined) message.unshift(copyBeside(message[0]!, this.#in.last!.routingId!));
    return message;
  }

  override get readable(): boolean {
    return this.#in.readable;
  }

  override get queued(): number {
    return this.#in.queued;
  }

  /** It depends on the peer; libzmq says so too. */
  override get writable(): boolean {
    return true;
  }

  /** Ends the connection to a peer (`zmq_disconnect_peer`); what is queued for it is still sent. */
  disconnect(routingId: Uint8Array): void {
    this.#find(routingId).terminate();
  }

  #find(routingId: Uint8Array): Pipe {
    const pipe = this.#peers.get(toNumber(routingId));
    if (pipe === undefined) throw new ZmqError("EHOSTUNREACH");
    return pipe;
  }

  /** libzmq counts up from one value that is the same in every process; this one cannot be guessed. */
  #newId(): Uint8Array {
    for (;;) {
      const id = this.host.random(4);
      const number = toNumber(id);
      if (number !== 0 && !this.#peers.has(number)) return id;
    }
  }
}

/** Four octets in network order as a number; 0, which is nobody's, for any other size. */
function toNumber(octets: Uint8Array): number {
  if (octets.length !== 4) return 0;
  return octets[0]! * 0x1000000 + (octets[1]! << 16 | octets[2]! << 8 | octets[3]!);
}
