/**
 * PAIR (RFC 31): exactly one peer at a time, both ways, no routing, no filtering. CHANNEL and DGRAM stand on it.
 *
 * @module
 */

import type { Message } from "../message/frame.ts";
import type { Pipe } from "../pipe/pipe.ts";
import { Pattern } from "./pattern.ts";

/** The behaviour of PAIR. */
export class PairPattern extends Pattern {
  #pipe: Pipe | undefined;
  /** What a peer that has gone left to be read. */
  #left: Pipe[] = [];
  /** Where the last message came from. */
  protected last: Pipe | undefined;

  attach(pipe: Pipe): boolean {
    // RFC 31: "SHALL ... reject any further connections".
    if (this.#pipe !== undefined) return false;
    this.#pipe = pipe;
    this.host.writable();
    return true;
  }

  detach(pipe: Pipe): void {
    if (pipe !== this.#pipe) return;
    this.#pipe = undefined;
    pipe.readable = pipe.inbound.length > 0;
    if (pipe.readable) this.#left.push(pipe);
  }

  readActivated(pipe: Pipe): void {
    if (pipe === this.#pipe) this.host.readable();
  }

  writeActivated(pipe: Pipe): void {
    if (pipe === this.#pipe) this.host.writable();
  }

  override send(message: Uint8Array[]): boolean {
    return this.#pipe !== undefined && this.#pipe.write(message);
  }

  override receive(): Message | undefined {
    while (this.#left.length > 0) {
      this.last = this.#left[0]!;
      const message = this.last.read();
      if (message !== undefined) return message;
      this.#left.shift()!.readable = false;
    }
    this.last = this.#pipe;
    return this.#pipe?.read();
  }

  override get readable(): boolean {
    return this.#left.some((pipe) => pipe.inbound.length > 0) || (this.#pipe?.inbound.length ?? 0) > 0;
  }

  /** What `receive` would answer. */
  protected peek(): Message | undefined {
    for (const pipe of this.#left) if (pipe.inbound.length > 0) return pipe.inbound.peek();
    return this.#pipe?.inbound.peek();
  }

  override get queued(): number {
    let queued = this.#pipe?.inbound.length ?? 0;
    for (const pipe of this.#left) queued += pipe.inbound.length;
    return queued;
  }

  override get writable(): boolean {
    return this.#pipe?.hasRoom ?? false;
  }
}
