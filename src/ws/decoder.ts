/**
 * WebSocket's framing (RFC 6455, section 5): octets in, whole binary messages and control frames out. A message
 * in one frame that lies whole in its chunk is a view on it, unmasked in place; anything else is gathered in
 * memory of its own, which runs at most 1 MiB ahead of what arrived, whatever a header claims.
 *
 * States: between frames → (header in pieces) → (payload in pieces) → between frames; beside it, a message whose
 * fragments are not all there. A sink that is full stops the decoder; what is left of the chunk is kept until
 * `resume`.
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import {
  BINARY,
  CLOSE_TOO_BIG,
  CLOSE_UNSUPPORTED,
  CONTINUATION,
  CONTROL,
  CONTROL_MAX,
  FIN,
  FRAME_HEADER_MAX,
  LENGTH,
  LENGTH_16,
  LENGTH_64,
  MASKED,
  OPCODE,
  PONG,
  RSV,
  TEXT,
} from "./constants.ts";
import { mask } from "./mask.ts";
import { Violation } from "./violation.ts";

/** Who hears of what was decoded. */
export interface WsDecoderSink {
  /** A whole binary message: `length` octets from `start` on, which are the sink's. `false`: no more now. */
  onBinary(memory: Uint8Array, start: number, length: number): boolean;
  /** A control frame; the body is only valid during the call. */
  onControl(opcode: number, body: Uint8Array): void;
}

/** A message that is not whole yet is gathered in steps of at most this; later ones double. */
const GROWTH = 1024 * 1024;
/** Memory up to this size is as fast zeroed. */
const ZEROED_MAX = 32 * 1024;
/** Payloads with more than this still to come ask the stream to read straight into them. */
const DIRECT_MIN = 8 * 1024;
/** A message of fragments that fills its memory no better than this is moved to one of its size. */
const WASTE_MAX = 1024;

/** Decodes one connection's input. */
export class WsDecoder {
  readonly #sink: WsDecoderSink;
  /** Whether the peer's frames must be masked: those of a client, and no others. */
  readonly #masked: boolean;
  /** Most octets of a message, over all of its fragments. */
  most: number;
  readonly #allocate: ((length: number) => Uint8Array) | undefined;

  /** Input that waits for the sink: a chunk from some place on, and those behind it. */
  #rest: Uint8Array | undefined;
  #restAt = 0;
  #kept: Uint8Array[] = [];
  /** `false` while the sink is full. */
  #open = true;
  /** Set by a failure or `stop`: nothing is decoded any more. */
  #dead = false;

  /** A header in pieces. */
  #header: Uint8Array | undefined;
  #headerLength = 0;

  /** The frame whose payload is coming: its first octet, its key, and how much is there of how much. */
  #inPayload = false;
  #first = 0;
  #key = 0;
  #size = 0;
  #filled = 0;
  /** The payload of a control frame in pieces. */
  #control: Uint8Array | undefined;
  /** A message that is not whole: its memory, and what is there of it. */
  #body: Uint8Array = EMPTY;
  #bodyLength = 0;
  /** Whether the next data frame is a continuation. */
  #fragmented = false;

  constructor(
    sink: WsDecoderSink,
    masked: boolean,
    most: number,
    allocate?: (length: number) => Uint8Array,
  ) {
    this.#sink = sink;
    this.#masked = masked;
    this.most = most;
    this.#allocate = allocate;
  }

  /** Whether input waits because the sink is full. */
  get stalled(): boolean {
    return !this.#open;
  }

  /** Decodes a chunk, which is changed by that, or keeps it while the sink is full. Throws a `Violation`, once. */
  decode(chunk: Uint8Array): void {
    if (this.#dead) return;
    if (this.#open) this.#run(chunk, 0);
    else this.#kept.push(chunk);
  }

  /** The sink has room again. */
  resume(): void {
    if (this.#open || this.#dead) return;
    this.#open = true;
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = undefined;
      this.#run(rest, this.#restAt);
    }
    if (this.#kept.length === 0) return;
    const kept = this.#kept;
    this.#kept = [];
    // A chunk that stalls again leaves its rest, and those behind it queue up again.
    for (const chunk of kept) this.decode(chunk);
  }

  /** Decodes nothing any more: the peer has closed. */
  stop(): void {
    this.#dead = true;
    this.#kept = [];
    this.#rest = undefined;
    this.#body = EMPTY;
  }

  /** Where the rest of a large payload should be read to (see `ByteStreamSink.target`). */
  target(): Uint8Array | undefined {
    if (!this.#inPayload || !this.#open || this.#dead || this.#control !== undefined) return undefined;
    const left = this.#size - this.#filled;
    if (left < DIRECT_MIN) return undefined;
    if (this.#bodyLength === this.#body.length) this.#grow(left);
    return this.#body.subarray(this.#bodyLength, Math.min(this.#body.length, this.#bodyLength + left));
  }

  /** So many octets were read to where `target` said. Throws a `Violation`. */
  filled(length: number): void {
    if (this.#dead) return;
    this.#arrived(length);
    if (this.#filled === this.#size) this.#endFrame();
  }

  #run(chunk: Uint8Array, at: number): void {
    try {
      this.#decode(chunk, at);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  #decode(chunk: Uint8Array, start: number): void {
    let at = start;
    const end = chunk.length;
    if (this.#inPayload) at = this.#fillPayload(chunk, at);
    else if (this.#headerLength > 0) at = this.#fillHeader(chunk, at);
    const masked = this.#masked;
    const headerSize = masked ? 6 : 2;
    const maskBit = masked ? MASKED : 0;
    while (at < end) {
      if (this.#dead) return;
      if (!this.#open) {
        this.#rest = chunk;
        this.#restAt = at;
        return;
      }
      // A short message in one frame that lies whole in the chunk: nearly all of them.
      if (chunk[at] === (FIN | BINARY) && at + headerSize <= end && !this.#fragmented) {
        const size = chunk[at + 1]! ^ maskBit;
        const from = at + headerSize;
        const next = from + size;
        if (size < LENGTH_16 && next <= end && size <= this.most) {
          if (masked) mask(chunk, from, next, keyAt(chunk, from - 4));
          at = next;
          this.#open = this.#sink.onBinary(chunk, from, size);
          continue;
        }
      }
      at = this.#general(chunk, at);
    }
  }

  /** Any frame, in any state of completeness. Answers where to go on. */
  #general(chunk: Uint8Array, at: number): number {
    const from = at + this.#checkStart(chunk, at, chunk.length);
    if (from > chunk.length) return this.#fillHeader(chunk, at);
    this.#begin(chunk, at);
    return this.#payload(chunk, from);
  }

  #fillHeader(chunk: Uint8Array, start: number): number {
    let at = start;
    const header = this.#header ??= new Uint8Array(FRAME_HEADER_MAX);
    for (;;) {
      if (at === chunk.length) return at;
      header[this.#headerLength++] = chunk[at++]!;
      if (this.#headerLength === this.#checkStart(header, 0, this.#headerLength)) break;
    }
    this.#header = undefined;
    this.#headerLength = 0;
    this.#begin(header, 0);
    return this.#payload(chunk, at);
  }

  /**
   * What is wrong with a header is said as soon as it is there. Answers the length of the header; more than there
   * is, while its second octet is not there.
   */
  #checkStart(octets: Uint8Array, at: number, end: number): number {
    const first = octets[at]!;
    const opcode = first & OPCODE;
    if (first & RSV) {
      throw new Violation("Reserved bits of a frame are set, and no extension was agreed on (RFC 6455, 5.2)");
    }
    if (opcode > PONG || opcode > BINARY && opcode < CONTROL) {
      throw new Violation(`A frame with the reserved opcode ${opcode} (RFC 6455, 5.2)`);
    }
    if (opcode === TEXT) {
      throw new Violation("A text message: ZWS is binary (RFC 45)", CLOSE_UNSUPPORTED);
    }
    if (opcode & CONTROL) {
      if (!(first & FIN)) throw new Violation("A fragment of a control frame (RFC 6455, 5.5)");
    } else if ((opcode === CONTINUATION) !== this.#fragmented) {
      throw new Violation(
        this.#fragmented
          ? "A new message inside of a fragmented one (RFC 6455, 5.4)"
          : "A continuation of nothing (RFC 6455, 5.4)",
      );
    }
    if (end - at < 2) return FRAME_HEADER_MAX;
    const second = octets[at + 1]!;
    if ((second & MASKED) !== 0 !== this.#masked) {
      throw new Violation(
        this.#masked
          ? "A client's frame without a mask (RFC 6455, 5.1)"
          : "A server's frame with a mask (5.1)",
      );
    }
    const length = second & LENGTH;
    if ((opcode & CONTROL) && length > CONTROL_MAX) {
      throw new Violation("A control frame of more than 125 octets (RFC 6455, 5.5)");
    }
    return 2 + (length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0) + (this.#masked ? 4 : 0);
  }

  /** The whole header lies in `octets`. */
  #begin(octets: Uint8Array, at: number): void {
    const length = octets[at + 1]! & LENGTH;
    let size = length;
    let keyFrom = at + 2;
    if (length === LENGTH_16) {
      size = octets[at + 2]! << 8 | octets[at + 3]!;
      keyFrom += 2;
      if (size < LENGTH_16) throw tooLongForm();
    } else if (length === LENGTH_64) {
      if (octets[at + 2]! & 0x80) {
        throw new Violation("A length with its highest bit set (RFC 6455, 5.2)");
      }
      // Exact up to 2^53; above that only the comparison with a limit matters.
      size = (keyAt(octets, at + 2) >>> 0) * 0x100000000 + (keyAt(octets, at + 6) >>> 0);
      keyFrom += 8;
      if (size < 0x10000) throw tooLongForm();
    }
    if (!(octets[at]! & CONTROL) && this.#bodyLength + size > this.most) {
      throw new Violation(
        `A message of ${this.#bodyLength + size} octets, above the limit of ${this.most}`,
        CLOSE_TOO_BIG,
        "ERR_ZMTP_MESSAGE_TOO_LONG",
      );
    }
    this.#first = octets[at]!;
    this.#key = this.#masked ? keyAt(octets, keyFrom) : 0;
    this.#size = size;
    this.#filled = 0;
  }

  /** The payload of the frame that has begun, from `at` on. Answers where to go on. */
  #payload(chunk: Uint8Array, at: number): number {
    const next = at + this.#size;
    const control = (this.#first & CONTROL) !== 0;
    if (next <= chunk.length && (control || (this.#first & FIN) !== 0 && !this.#fragmented)) {
      if (this.#masked) mask(chunk, at, next, this.#key);
      if (control) this.#sink.onControl(this.#first & OPCODE, chunk.subarray(at, next));
      else this.#open = this.#sink.onBinary(chunk, at, this.#size);
      return next;
    }
    if (control) this.#control = new Uint8Array(this.#size);
    else if (this.#bodyLength + this.#size > this.#body.length) this.#grow(this.#size);
    this.#inPayload = true;
    return this.#fillPayload(chunk, at);
  }

  #fillPayload(chunk: Uint8Array, start: number): number {
    let at = start;
    while (this.#filled < this.#size) {
      if (at === chunk.length) return at;
      const left = this.#size - this.#filled;
      const into = this.#control ?? this.#body;
      const place = this.#control === undefined ? this.#bodyLength : this.#filled;
      const length = Math.min(left, into.length - place, chunk.length - at);
      if (length > 0) {
        into.set(at === 0 && length === chunk.length ? chunk : chunk.subarray(at, at + length), place);
        at += length;
        this.#arrived(length);
      } else this.#grow(left);
    }
    this.#endFrame();
    return at;
  }

  /** So many octets more of the payload are in their place: unmasks them. */
  #arrived(length: number): void {
    const control = this.#control;
    const place = control === undefined ? this.#bodyLength : this.#filled;
    if (this.#masked) mask(control ?? this.#body, place, place + length, this.#key, this.#filled);
    this.#filled += length;
    if (control === undefined) this.#bodyLength += length;
  }

  #endFrame(): void {
    this.#inPayload = false;
    const control = this.#control;
    if (control !== undefined) {
      this.#control = undefined;
      this.#sink.onControl(this.#first & OPCODE, control);
      return;
    }
    this.#fragmented = (this.#first & FIN) === 0;
    if (this.#fragmented) return;
    const length = this.#bodyLength;
    const waste = this.#body.length - length;
    const body = waste > WASTE_MAX ? this.#body.slice(0, length) : this.#body;
    this.#body = EMPTY;
    this.#bodyLength = 0;
    this.#open = this.#sink.onBinary(body, 0, length);
  }

  /** Makes room for more of a frame of which `left` octets are to come. */
  #grow(left: number): void {
    const old = this.#body;
    const length = this.#bodyLength;
    let size = Math.min(length + left, Math.max(length + GROWTH, 2 * length));
    // Many small fragments must not mean as many copies of all that came before.
    if (this.#fragmented) size = Math.max(size, 2 * old.length);
    const allocate = this.#allocate;
    // Every octet is written before anybody sees it; zeroing a megabyte first costs Node 100 µs.
    this.#body = allocate === undefined || size < ZEROED_MAX ? new Uint8Array(size) : allocate(size);
    this.#body.set(length === old.length ? old : old.subarray(0, length));
  }
}

function tooLongForm(): Violation {
  return new Violation("A length that is not in its shortest form (RFC 6455, 5.2)");
}

/** Four octets as a number. */
function keyAt(octets: Uint8Array, at: number): number {
  return octets[at]! << 24 | octets[at + 1]! << 16 | octets[at + 2]! << 8 | octets[at + 3]!;
}
