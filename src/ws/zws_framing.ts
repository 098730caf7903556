/**
 * How messages look on a host's own WebSocket (RFC 45), and the queue in which they wait in that form. Apart from
 * `framing.ts`, so that a page's bundle carries no frames of RFC 6455.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { Ring } from "../base/ring.ts";
import type { Framing, OutgoingQueue } from "../zmtp/framing.ts";
import { ZWS_LAST, ZWS_MORE } from "./constants.ts";
import { encodeZws, encodeZwsCommand } from "./frame.ts";

/** For a host's own WebSocket: each chunk is one ZWS message. */
export const ZWS_FRAMING: Framing = {
  separate: true,
  makeQueue: (slabSize) => new ZwsQueue(slabSize),
  appendShared: (message, queue) => queue.append(message),
  command: encodeZwsCommand,
  message: (head, body) => encodeZws(ZWS_LAST, head, body),
};

/** A message that waits for a host's WebSocket, one chunk a frame. */
interface Waiting {
  readonly chunks: readonly Uint8Array[];
  readonly octets: number;
}

/**
 * The messages for a host's own WebSocket. Each chunk is memory of its own: the host takes it as it is, and a
 * call of its `send` costs more than the copy.
 */
class ZwsQueue implements OutgoingQueue {
  octets = 0;
  slabSize: number;
  #waiting = new Ring<Waiting>();

  constructor(slabSize: number) {
    this.slabSize = slabSize;
  }

  get messages(): number {
    return this.#waiting.length;
  }

  get empty(): boolean {
    return this.octets === 0;
  }

  append(frames: readonly Uint8Array[]): void {
    const last = frames.length - 1;
    this.#add(frames.map((frame, i) => encodeZws(i < last ? ZWS_MORE : ZWS_LAST, EMPTY, frame)));
  }

  /** STREAM is not spoken over ZWS; the octets are one chunk all the same. */
  appendRaw(octets: Uint8Array): void {
    this.#add([new Uint8Array(octets)]);
  }

  take(): Uint8Array[] | undefined {
    if (this.octets === 0) return undefined;
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (size < this.slabSize) {
      const message = this.#waiting.shift();
      if (message === undefined) break;
      for (const chunk of message.chunks) chunks.push(chunk);
      size += message.octets;
    }
    this.octets -= size;
    return chunks;
  }

  /** No memory is used again. */
  recycle(): void {}

  forget(): void {}

  clear(): void {
    this.#waiting.clear();
    this.octets = 0;
  }

  #add(chunks: readonly Uint8Array[]): void {
    let octets = 0;
    for (const chunk of chunks) octets += chunk.length;
    this.#waiting.push({ chunks, octets });
    this.octets += octets;
  }
}
