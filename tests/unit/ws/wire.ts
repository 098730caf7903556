/**
 * Frames of RFC 6455 as a test writes them by hand, octet by octet and without any help from the code under
 * test, and a slow reader of whole ones.
 */

import { join, octets } from "../../support/transcript.ts";

/** What a frame is to be; without more, a whole binary message in the shortest form. */
export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  /** A client's frame has a masking key. */
  readonly key?: readonly number[];
  /** The form of the length: 7, 16 or 64 bits; default: the shortest. */
  readonly form?: 7 | 16 | 64;
}

export const KEY = [0x37, 0xfa, 0x21, 0x3d] as const;

/** One frame. */
export function wsFrame(
  payload: Uint8Array | string | readonly number[],
  options: FrameOptions = {},
): Uint8Array {
  const body = typeof payload === "string" ? octets(payload) : Uint8Array.from(payload);
  const { opcode = 2, fin = true, rsv = 0, key } = options;
  const form = options.form ?? (body.length < 126 ? 7 : body.length < 65536 ? 16 : 64);
  const length = form === 7 ? [body.length] : form === 16 ? [126] : [127];
  if (form === 16) length.push(body.length >>> 8, body.length & 255);
  if (form === 64) {
    const eight = new Uint8Array(8);
    new DataView(eight.buffer).setBigUint64(0, BigInt(body.length));
    length.push(...eight);
  }
  length[0]! |= key === undefined ? 0 : 0x80;
  const masked = key === undefined ? body : body.map((octet, i) => octet ^ key[i % 4]!);
  return join([(fin ? 0x80 : 0) | rsv << 4 | opcode, ...length], key ?? [], masked);
}

/** The payload of a close frame. */
export function closeBody(code: number, reason: Uint8Array | string = ""): Uint8Array {
  return join([code >>> 8, code & 255], typeof reason === "string" ? octets(reason) : reason);
}

/** A frame that was read. */
export interface ReadFrame {
  readonly first: number;
  readonly masked: boolean;
  readonly payload: Uint8Array;
}

/** All frames of whole octets. */
export function readFrames(wire: Uint8Array): ReadFrame[] {
  const frames: ReadFrame[] = [];
  const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
  for (let at = 0; at < wire.length;) {
    const first = wire[at]!;
    const masked = (wire[at + 1]! & 0x80) !== 0;
    let size = wire[at + 1]! & 0x7f;
    at += 2;
    if (size === 126) {
      size = view.getUint16(at);
      if (size < 126) throw new Error("not the shortest form");
      at += 2;
    } else if (size === 127) {
      size = Number(view.getBigUint64(at));
      if (size < 65536) throw new Error("not the shortest form");
      at += 8;
    }
    const key = masked ? wire.slice(at, at + 4) : new Uint8Array(4);
    if (masked) at += 4;
    if (at + size > wire.length) throw new Error("a frame that is cut off");
    frames.push({ first, masked, payload: wire.slice(at, at + size).map((octet, i) => octet ^ key[i % 4]!) });
    at += size;
  }
  return frames;
}

/** A ZWS message: flag octet and body. */
export function zws(flags: number, body: Uint8Array | string = ""): Uint8Array {
  return join([flags], typeof body === "string" ? octets(body) : body);
}

/** A ZWS command. */
export function zwsCommand(name: string, data: Uint8Array | string = ""): Uint8Array {
  return join([2, name.length], octets(name), typeof data === "string" ? octets(data) : data);
}

/** The octets whole, one by one, and cut at every place (or at some, if there are many). */
export function* everySplit(
  wire: Uint8Array,
): Generator<{ readonly how: string; readonly chunks: Uint8Array[] }> {
  yield { how: "whole", chunks: [wire.slice()] };
  if (wire.length <= 5000) {
    yield { how: "octet by octet", chunks: Array.from(wire, (octet) => Uint8Array.of(octet)) };
  }
  const step = wire.length <= 600 ? 1 : Math.ceil(wire.length / 97);
  for (let at = 1; at < wire.length; at += at < 20 ? 1 : step) {
    yield { how: `split at ${at}`, chunks: [wire.slice(0, at), wire.slice(at)] };
  }
}
