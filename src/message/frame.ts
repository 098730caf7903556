/**
 * A frame, one part of a message: octets with the few text methods that programs written for Node's Buffer
 * use. A message is an array of frames and always whole: no half message exists above the decoder.
 *
 * @module
 */

import { EMPTY, encodeText, equalBytes } from "../base/bytes.ts";
import type { Metadata } from "./metadata.ts";

declare class TextDecoder {
  constructor(label?: string);
  decode(octets: Uint8Array): string;
}
declare function btoa(text: string): string;
declare const SharedArrayBuffer: (new (length: number) => object) | undefined;

/** How {@linkcode Frame.toString} can show octets. */
export type FrameEncoding = "utf8" | "utf-8" | "hex" | "base64" | "latin1" | "binary" | "ascii";

/** Where a frame of an authenticated peer keeps `metadata`; other frames have nothing there, not even a place. */
const METADATA = Symbol("metadata");

/**
 * One part of a received message: a `Uint8Array` that knows how to be text.
 *
 * A frame may be a view on a larger chunk of what the connection received, at most 256 KiB;
 * keep a small frame for long by copying it, `frame.slice()`, so that the chunk can go.
 *
 * @example
 * ```ts
 * import { Pair } from "@puremq/zmq";
 *
 * await using a = new Pair();
 * await using b = new Pair();
 * await a.bind("inproc://frame-example");
 * b.connect("inproc://frame-example");
 *
 * await a.send('{"hello":"world"}');
 * const [frame] = await b.receive();
 * console.log(frame.toString(), frame.json(), frame.length);
 * ```
 */
export class Frame extends Uint8Array {
  declare private [METADATA]?: Metadata;

  /**
   * What is known of the peer that sent this frame, if an authentication handler (RFC 27) let it in: the properties
   * of its handshake (RFC 37) and those that the handler added, by their lower-case names; all frames of a message
   * have the same, a ROUTER's routing id too. `undefined` for all other peers, by whatever transport, and for
   * frames that are no peer's: a copy or a part of a frame (`slice`, `subarray`) has none, and none is sent on with
   * it. It is the same map as an event's `metadata`. Of one name the handler's word counts; what the handler has not
   * said may be there all the same, and is then the peer's own word: only `user-id` is the handler's always.
   *
   * This is what libzmq's `zmq_msg_gets` tells, which has it of any peer.
   *
   * @example
   * ```ts
   * import { Frame } from "@puremq/zmq";
   *
   * function groupsOf(frame: Frame): string[] {
   *   const groups = frame.metadata?.get("x-groups");
   *   return groups === undefined ? [] : new TextDecoder().decode(groups).split(" ");
   * }
   * console.log(groupsOf(new Frame(0)));
   * ```
   */
  get metadata(): ReadonlyMap<string, Uint8Array> | undefined {
    return this[METADATA];
  }

  /**
   * Who sent this frame, as the authentication handler (RFC 27) knows the peer: the user id of its reply, which may
   * be the empty text. `undefined` wherever `metadata` is. It is libzmq's `zmq_msg_gets(message, "User-Id")`.
   *
   * @example
   * ```ts
   * import { Router } from "@puremq/zmq";
   *
   * await using router = new Router();
   * await router.bind("inproc://user-id-example");
   * const message = router.tryReceive();
   * if (message !== undefined) console.log(message[0]!.userId ?? "nobody that we know");
   * ```
   */
  get userId(): string | undefined {
    const id = this.metadata?.get("user-id");
    return id && decodeUtf8(id);
  }

  /** The octets as text, those from `start` to before `end`: UTF-8 unless told otherwise. As Buffer's. */
  override toString(encoding: FrameEncoding = "utf8", start: number = 0, end: number = this.length): string {
    if (start > 0 || end < this.length) {
      return (this.subarray(Math.max(start, 0), Math.max(end, 0)) as Frame).toString(encoding);
    }
    switch (encoding.toLowerCase()) {
      case "utf8":
      case "utf-8":
        return decodeUtf8(this);
      case "hex":
        return toHex(this);
      case "base64":
        return btoa(toLatin1(this));
      case "latin1":
      case "binary":
        return toLatin1(this);
      case "ascii":
        return toLatin1(this.map((octet) => octet & 0x7f));
      default:
        throw new TypeError(`Unknown encoding: ${encoding}`);
    }
  }

  /** The octets as UTF-8 text. */
  text(): string {
    return decodeUtf8(this);
  }

  /** The octets as a JSON value. Throws a `SyntaxError` if they are none. */
  json(): unknown {
    return JSON.parse(decodeUtf8(this));
  }

  /** Whether the octets are the same as the other's. */
  equals(other: Uint8Array): boolean {
    return equalBytes(this, other);
  }
}

/**
 * Marks the frames of a message as an authenticated peer's. An assignment, because it costs 2 ns a frame, which
 * `Object.defineProperty` makes 200 on V8, and leaves frames without it as they were.
 */
export function tag(message: Message, metadata: Metadata): void {
  for (const frame of message) frame[METADATA] = metadata;
}

/** A part whose memory the caller has given away: it may change hands without a copy. */
export class GivenPart extends Uint8Array {}

/** A whole message: its frames, at least one. */
export type Message = Frame[];

/** What can be sent as one part; anything else is sent as its text, `String(part)`. */
export type MessageLike = ArrayBufferView | ArrayBufferLike | string | number | null;

/** Up to this many octets the caller may reuse its memory as soon as `send` returned (zeromq.js's rule). */
export const REUSABLE = 128;

/** Arena pages: small frames share them, so one frame that is kept pins at most this much. */
const PAGE = 8192;
let page = new ArrayBuffer(0);
let octets = new Uint8Array(page);
let used = 0;

/** A frame of our own with the same octets. Small ones cost a view, not a buffer (16 ns against 700 on V8). */
export function copyFrame(part: Uint8Array): Frame {
  const { length } = part;
  if (length > PAGE >> 3) {
    const copy = new Frame(length);
    copy.set(part);
    return copy;
  }
  if (used + length > page.byteLength) {
    page = new ArrayBuffer(PAGE);
    octets = new Uint8Array(page);
    used = 0;
  }
  octets.set(part, used);
  const frame = new Frame(page, used, length);
  used += length;
  return frame;
}

/** The same for a frame that a pattern adds to what a peer sent: it is as much that peer's. */
export function copyBeside(received: Frame, part: Uint8Array): Frame {
  const frame = copyFrame(part);
  const { metadata } = received;
  if (metadata !== undefined) tag([frame], metadata);
  return frame;
}

/** What inproc hands on: small parts are copied, large ones are the same memory (zeromq.js does likewise). */
export function handOver(part: Uint8Array): Frame {
  if (part.length <= REUSABLE) return copyFrame(part);
  return new Frame(part.buffer as ArrayBuffer, part.byteOffset, part.length);
}

/** Keeps the parts of a message that has to wait: the small ones are copied now. */
export function retain(parts: readonly Uint8Array[]): Uint8Array[] {
  return parts.map((part) => part.length <= REUSABLE ? copyFrame(part) : part);
}

/** The parts of a message whose memory was given away; small ones and shared memory are copied as ever. */
export function give(parts: Uint8Array[]): Uint8Array[] {
  return parts.map((part) =>
    part.length <= REUSABLE || isShared(part.buffer)
      ? part
      : new GivenPart(part.buffer as ArrayBuffer, part.byteOffset, part.length)
  );
}

/** The octets of one part as the caller gave it. */
export function toPart(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encodeText(value);
  if (value === null) return EMPTY;
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer || isShared(value)) return new Uint8Array(value as ArrayBuffer);
  // A template throws the TypeError for symbols that `String(value)` does not.
  return encodeText(`${value}`);
}

/** Whether this is memory that other threads can change: it is copied before it is handed to a runtime. */
export function isShared(buffer: unknown): boolean {
  return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer;
}

const utf8 = new TextDecoder();

/** UTF-8 text; what is none becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  const { length } = bytes;
  // Short ASCII text, the usual topic or verb, costs a tenth of what a TextDecoder call does.
  if (length <= 24) {
    let text = "";
    for (let i = 0; i < length; i++) {
      const octet = bytes[i]!;
      if (octet >= 0x80) return decodeLong(bytes);
      text += String.fromCharCode(octet);
    }
    return text;
  }
  return decodeLong(bytes);
}

function decodeLong(bytes: Uint8Array): string {
  // TextDecoder drops a leading byte-order mark; Buffer's toString, and so this one, keeps it.
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "\ufeff" : "";
  return mark + utf8.decode(isShared(bytes.buffer) ? bytes.slice() : bytes);
}

function toLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** Two hexadecimal digits an octet. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (bytes[i]! + 256).toString(16).slice(1);
  return text;
}
