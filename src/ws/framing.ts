/**
 * How messages look on a WebSocket (RFC 45 over RFC 6455), and the queues in which they wait in that form: a
 * server's frames, and a client's, which are masked. Those for a host's own WebSocket are in `zws_framing.ts`.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import type { Framing } from "../zmtp/framing.ts";
import { COPY_MAX, SharedEncoder, SlabQueue } from "../zmtp/slab_queue.ts";
import { BINARY, FRAME_HEADER_MAX, MASKED, ZWS_LAST, ZWS_MORE } from "./constants.ts";
import { encodeFrame, encodeZws, encodeZwsCommand, putHeader, putKey } from "./frame.ts";
import { mask } from "./mask.ts";

/** The longest header and the flag octet. */
const HEADER_MAX = FRAME_HEADER_MAX + 1;

/** A server's: not masked, so one encoded copy of a publication serves all subscribers. */
export const WS_SERVER_FRAMING: Framing = {
  separate: false,
  makeQueue: (slabSize) => new WsQueue(slabSize),
  appendShared: (message, queue) => fanOut.append(message, queue as WsQueue),
  command: (name, data) => encodeFrame(BINARY, encodeZwsCommand(name, data), undefined),
  message: (head, body) => encodeFrame(BINARY, encodeZws(ZWS_LAST, head, body), undefined),
};

/** A client's: masked, each frame with a key of its own (RFC 6455, section 5.3). */
export function wsClientFraming(random: (length: number) => Uint8Array): Framing {
  const keys = new MaskingKeys(random);
  return {
    separate: false,
    makeQueue: (slabSize) => new MaskedWsQueue(slabSize, keys),
    appendShared: (message, queue) => queue.append(message),
    command: (name, data) => encodeFrame(BINARY, encodeZwsCommand(name, data), keys.next()),
    message: (head, body) => encodeFrame(BINARY, encodeZws(ZWS_LAST, head, body), keys.next()),
  };
}

/** The messages of a server's connection. */
class WsQueue extends SlabQueue {
  protected override frame(body: Uint8Array, more: boolean): void {
    const { length } = body;
    const copied = length <= COPY_MAX;
    this.reserve(copied ? length + HEADER_MAX : HEADER_MAX);
    const start = this.end;
    const at = putFrameHead(this.slab, start, length, more);
    this.end = at;
    this.octets += at - start;
    if (!copied) return this.refer(body, !more);
    this.slab.set(body, at);
    this.end += length;
    this.octets += length;
  }
}

/** The messages of a client's connection: the frame that goes out is a copy, because it is masked. */
class MaskedWsQueue extends SlabQueue {
  readonly #keys: MaskingKeys;

  constructor(slabSize: number, keys: MaskingKeys) {
    super(slabSize);
    this.#keys = keys;
  }

  protected override frame(body: Uint8Array, more: boolean): void {
    const { length } = body;
    const key = this.#keys.next();
    const copied = length <= COPY_MAX;
    this.reserve(copied ? length + HEADER_MAX : HEADER_MAX);
    const { slab } = this;
    const start = this.end;
    const from = putKey(slab, putHeader(slab, start, BINARY, length + 1, MASKED), key);
    slab[from] = more ? ZWS_MORE : ZWS_LAST;
    if (copied) {
      slab.set(body, from + 1);
      this.end = from + 1 + length;
      mask(slab, from, this.end, key);
      this.octets += this.end - start;
      return;
    }
    mask(slab, from, from + 1, key);
    this.end = from + 1;
    this.octets += this.end - start;
    const masked = new Uint8Array(body);
    mask(masked, 0, length, key, 1);
    this.refer(masked, !more);
  }
}

/** One publication for all subscribers of a server. */
class WsFanOut extends SharedEncoder {
  constructor() {
    super(HEADER_MAX);
  }

  protected override header(memory: Uint8Array, at: number, length: number, more: boolean): number {
    return putFrameHead(memory, at, length, more);
  }
}

const fanOut = new WsFanOut();

/** Masking keys that nobody can foresee; drawn a page at a time, because each draw is a call to the system. */
class MaskingKeys {
  readonly #random: (length: number) => Uint8Array;
  #page: Uint8Array = EMPTY;
  #at = 0;

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  next(): number {
    if (this.#at === this.#page.length) {
      this.#page = this.#random(KEYS_PAGE);
      this.#at = 0;
    }
    const page = this.#page;
    const at = this.#at;
    this.#at = at + 4;
    return page[at]! << 24 | page[at + 1]! << 16 | page[at + 2]! << 8 | page[at + 3]!;
  }
}

const KEYS_PAGE = 1024;

/** The header of a frame that is not masked, and the flag octet. */
function putFrameHead(memory: Uint8Array, start: number, length: number, more: boolean): number {
  const at = putHeader(memory, start, BINARY, length + 1, 0);
  memory[at] = more ? ZWS_MORE : ZWS_LAST;
  return at + 1;
}
