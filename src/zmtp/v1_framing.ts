/**
 * The framing of ZMTP 1.0 (RFC 13): a length that counts the flags, the flags, the body. Both ways it is a
 * translation from and to the v2 framing, in which messages wait and which `Decoder` reads: 1.0 peers are rare, and
 * so the limits, the memory and the states of a connection are those of all others.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { FLAG_MORE, SHORT_MAX } from "./constants.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderLimits, DecoderSink } from "./decoder.ts";
import { eachFrame, putBody, SEALED_COMMAND } from "./sealed.ts";
import { COPY_MAX } from "./slab_queue.ts";
import { HEADER_MAX, putLongHeader } from "./wire_queue.ts";

/** A first octet that says that eight of length follow. */
export const V1_LONG = 0xff;

/** The long header: the octet that says so, the length, the flags. */
export const V1_HEADER_MAX = 10;

/** Above this no length fits v2's header as it is written here, nor any memory. */
const SIZE_MAX = 2 ** 48 - 1;

/** Decodes one connection's input. To the engine it is a `Decoder`. */
export class V1Decoder {
  readonly #decoder: Decoder;
  /** A header in pieces. */
  readonly #header = new Uint8Array(V1_HEADER_MAX);
  #headerLength = 0;
  /** Octets of the body that are still to come. */
  #left = 0;
  /** What is wrong behind all that was translated: it is told when that was decoded. */
  #failure: ProtocolError | undefined;
  /** Whether it was told, or what the decoder refused. */
  #failed = false;

  constructor(sink: DecoderSink, limits: DecoderLimits) {
    this.#decoder = new Decoder(sink, limits, 0);
  }

  get stalled(): boolean {
    return this.#decoder.stalled;
  }

  stall(): void {
    this.#decoder.stall();
  }

  decode(chunk: Uint8Array): void {
    if (this.#failure === undefined && !this.#failed) {
      this.#run(() => this.#decoder.decode(this.#translate(chunk)));
    }
  }

  resume(): void {
    this.#run(() => this.#decoder.resume());
  }

  target(): Uint8Array | undefined {
    return this.#decoder.target();
  }

  filled(length: number): void {
    this.#left -= length;
    this.#run(() => this.#decoder.filled(length));
  }

  /** A failure of either kind is told once, and is the end. */
  #run(step: () => void): void {
    if (this.#failed) return;
    try {
      step();
      if (this.#failure !== undefined && !this.#decoder.stalled) throw this.#failure;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  /** The same in v2 framing, whose headers are never longer. */
  #translate(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(this.#headerLength + chunk.length);
    const header = this.#header;
    let end = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const length = Math.min(this.#left, chunk.length - at);
        putBody(out, end, chunk, at, length);
        this.#left -= length;
        end += length;
        at += length;
        continue;
      }
      header[this.#headerLength++] = chunk[at++]!;
      const size = v1BodySize(header, this.#headerLength);
      if (size === undefined) continue;
      if (size < 0 || size > SIZE_MAX) {
        this.#failure = v1Failure(size);
        break;
      }
      // Other bits are "reserved" (RFC 13); libzmq up to 2.1.9 sets some, and nobody looks at them.
      const flags = header[this.#headerLength - 1]! & FLAG_MORE;
      this.#headerLength = 0;
      if (size > SHORT_MAX) {
        putLongHeader(out, end, flags, size);
        end += HEADER_MAX;
      } else {
        out[end++] = flags;
        out[end++] = size;
      }
      this.#left = size;
    }
    return out.subarray(0, end);
  }
}

/**
 * What so many octets of a header say of its body's size: `undefined` until the header is whole, -1 for the length 0,
 * which none may have, for the flags count.
 */
export function v1BodySize(header: Uint8Array, length: number): number | undefined {
  const first = header[0]!;
  if (first === 0) return -1;
  if (length < (first === V1_LONG ? V1_HEADER_MAX : 2)) return undefined;
  if (first !== V1_LONG) return first - 1;
  const view = new DataView(header.buffer, header.byteOffset);
  return view.getUint32(1) * 0x100000000 + view.getUint32(5) - 1;
}

/** Why a frame with this size of the body is refused. */
export function v1Failure(size: number): ProtocolError {
  return size < 0
    ? new ProtocolError("ERR_ZMTP_UNSPECIFIED", "A frame of length 0: the flags count (RFC 13, framing)")
    : new ProtocolError("ERR_ZMTP_MESSAGE_TOO_LONG", `A frame of ${size} octets`);
}

/** Writes the header of a frame; answers where its body begins. From 255 on a length is long. */
export function putV1Header(memory: Uint8Array, at: number, flags: number, length: number): number {
  const size = length + 1;
  if (size < V1_LONG) {
    memory[at] = size;
    memory[at + 1] = flags;
    return at + 2;
  }
  // The same eight octets as v2's, behind one that says that they follow.
  putLongHeader(memory, at, 0, size);
  memory[at] = V1_LONG;
  memory[at + HEADER_MAX] = flags;
  return at + V1_HEADER_MAX;
}

/** How long that header is. */
export function v1HeaderSize(length: number): number {
  return length + 1 < V1_LONG ? 2 : V1_HEADER_MAX;
}

/**
 * Encodes anew what waited in v2 framing. To the engine it is a `Sealer`. Commands are left out: 1.0 has none, and
 * "a subscriber SHALL NOT send any content" (RFC 13).
 */
export class V1Encoder {
  seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    let size = 0;
    eachFrame(chunks, (flags, _memory, _start, length) => {
      if (!(flags & SEALED_COMMAND)) size += v1HeaderSize(length) + (length > COPY_MAX ? 0 : length);
    });
    const out: Uint8Array[] = [];
    const own = new Uint8Array(size);
    let begin = 0;
    let end = 0;
    const cut = () => {
      if (end > begin) out.push(own.subarray(begin, end));
      begin = end;
    };
    eachFrame(chunks, (flags, memory, start, length) => {
      if (flags & SEALED_COMMAND) return;
      end = putV1Header(own, end, flags, length);
      if (length > COPY_MAX) {
        cut();
        out.push(memory.subarray(start, start + length));
      } else {
        putBody(own, end, memory, start, length);
        end += length;
      }
    });
    cut();
    return out;
  }

  recycle(): void {}

  end(): void {}
}
