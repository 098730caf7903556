/**
 * The engine of STREAM sockets: no protocol at all. Each chunk that arrives is a message of one frame.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import type { EngineHost, StreamEngine } from "../io/engine.ts";
import { Frame } from "../message/frame.ts";

/** Octets as messages. */
export class RawEngine implements StreamEngine {
  readonly #host: EngineHost;
  #kept: Uint8Array[] = [];
  #open = true;
  readonly ready = true;

  constructor(host: EngineHost) {
    this.#host = host;
  }

  /** There is no handshake. */
  start(): void {
    this.#host.ready({ socketType: "", routingId: EMPTY, subscribeCommands: false, metadata: new Map() });
    this.#open = !this.#host.full;
  }

  get stalled(): boolean {
    return !this.#open;
  }

  receive(chunk: Uint8Array, _now: number): void {
    if (!this.#open) this.#kept.push(chunk);
    else {
      const frame = new Frame(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
      this.#open = this.#host.push([frame]);
    }
  }

  target(): undefined {
    return undefined;
  }

  filled(): void {}

  resume(): void {
    this.#open = true;
    const kept = this.#kept;
    this.#kept = [];
    for (const chunk of kept) this.receive(chunk, 0);
  }

  tick(): void {}

  readonly talks = false;

  transmit(): undefined {
    return undefined;
  }

  deadline(): undefined {
    return undefined;
  }
}
