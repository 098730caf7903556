/**
 * STREAM: plain TCP peers. Each message is a routing id and a run of octets; an empty run tells of, or asks for,
 * the beginning and the end of a connection.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import type { ZmqErrorCode } from "../base/errors.ts";
import { copyFrame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { FairQueue } from "./fair_queue.ts";
import { Pattern } from "./pattern.ts";
import type { PatternHost } from "./pattern.ts";
import { tell } from "./presence.ts";
import { RoutingTable } from "./routing_table.ts";

/** The behaviour of STREAM. */
export class StreamPattern extends Pattern {
  readonly #in = new FairQueue();
  readonly #peers: RoutingTable;

  constructor(host: PatternHost) {
    super(host);
    this.#peers = new RoutingTable((length) => host.random(length));
  }

  attach(pipe: Pipe): boolean {
    if (pipe.connectRoutingId !== undefined && this.#peers.find(pipe.connectRoutingId)) return false;
    this.#peers.add(pipe, pipe.connectRoutingId ?? this.#peers.generate());
    return true;
  }

  override ready(pipe: Pipe): boolean {
    this.#notify(pipe);
    return true;
  }

  override lost(pipe: Pipe): void {
    this.#notify(pipe);
  }

  detach(pipe: Pipe): void {
    this.#peers.remove(pipe);
    if (pipe.inbound.length === 0) this.#in.remove(pipe);
  }

  readActivated(pipe: Pipe): void {
    if (this.#in.activate(pipe)) this.host.readable();
  }

  writeActivated(): void {
    this.host.writable();
  }

  override receive(): Message | undefined {
    const message = this.#in.receive();
    if (message !== undefined) message.unshift(copyFrame(this.#in.last!.routingId!));
    return message;
  }

  override send(message: Uint8Array[]): boolean {
    const pipe = this.#peers.find(message[0]!);
    if (pipe === undefined) throw new ZmqError("EHOSTUNREACH");
    const data = message[1];
    if (data === undefined) return true;
    if (message.length > 2) {
      throw new ZmqError("EINVAL", "A STREAM message has two parts: routing id and data");
    }
    if (data.length > 0) return pipe.write([data]);
    pipe.terminate();
    return true;
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
    for (const pipe of this.#peers.values()) if (pipe.hasRoom) return true;
    return false;
  }

  /** ZMQ_STREAM_NOTIFY: an empty message for a connection that came or went. */
  #notify(pipe: Pipe): void {
    if (this.host.options.notify) tell(this.host, pipe, EMPTY);
  }
}
