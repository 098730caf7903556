/**
 * Frames as an engine writes them one by one: the handshake, control frames, subscriptions. Messages in bulk are
 * encoded by `framing.ts`.
 *
 * @module
 */

import { EMPTY, encodeText, latin1 } from "../base/bytes.ts";
import {
  CLOSE,
  CLOSE_INVALID,
  CLOSE_NONE,
  CONTROL_MAX,
  FIN,
  LENGTH_16,
  LENGTH_64,
  MASKED,
  ZWS_COMMAND,
} from "./constants.ts";
import { mask } from "./mask.ts";
import { Violation } from "./violation.ts";

declare class TextDecoder {
  constructor(label: string, options: { readonly fatal: boolean });
  decode(octets: Uint8Array): string;
}

/** How many octets the header of a frame has, without the masking key. */
export function headerSize(size: number): number {
  return size < LENGTH_16 ? 2 : size < 0x10000 ? 4 : 10;
}

/** Writes a header without the masking key, in the shortest form; answers where it ends. */
export function putHeader(
  memory: Uint8Array,
  at: number,
  opcode: number,
  size: number,
  maskBit: number,
): number {
  memory[at] = FIN | opcode;
  if (size < LENGTH_16) {
    memory[at + 1] = maskBit | size;
    return at + 2;
  }
  if (size < 0x10000) {
    memory[at + 1] = maskBit | LENGTH_16;
    memory[at + 2] = size >>> 8;
    memory[at + 3] = size;
    return at + 4;
  }
  memory[at + 1] = maskBit | LENGTH_64;
  const high = Math.floor(size / 0x100000000);
  memory[at + 2] = memory[at + 3] = 0;
  memory[at + 4] = high >>> 8;
  memory[at + 5] = high;
  memory[at + 6] = size >>> 24;
  memory[at + 7] = size >>> 16;
  memory[at + 8] = size >>> 8;
  memory[at + 9] = size;
  return at + 10;
}

/** Writes a masking key; answers where it ends. */
export function putKey(memory: Uint8Array, at: number, key: number): number {
  memory[at] = key >>> 24;
  memory[at + 1] = key >>> 16;
  memory[at + 2] = key >>> 8;
  memory[at + 3] = key;
  return at + 4;
}

/** A whole frame; `key` for a client's. */
export function encodeFrame(opcode: number, payload: Uint8Array, key: number | undefined): Uint8Array {
  const size = payload.length;
  const frame = new Uint8Array(headerSize(size) + (key === undefined ? 0 : 4) + size);
  let at = putHeader(frame, 0, opcode, size, key === undefined ? 0 : MASKED);
  if (key !== undefined) at = putKey(frame, at, key);
  frame.set(payload, at);
  if (key !== undefined) mask(frame, at, frame.length, key);
  return frame;
}

/** A ZWS message (RFC 45): the flag octet, and the body in two pieces. */
export function encodeZws(flags: number, head: Uint8Array, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + head.length + body.length);
  message[0] = flags;
  message.set(head, 1);
  message.set(body, 1 + head.length);
  return message;
}

/** A command as a ZWS message: flag octet, the name with its length, the data. */
export function encodeZwsCommand(name: string, data: Uint8Array): Uint8Array {
  const head = new Uint8Array(1 + name.length);
  head[0] = name.length;
  for (let i = 0; i < name.length; i++) head[i + 1] = name.charCodeAt(i);
  return encodeZws(ZWS_COMMAND, head, data);
}

/** A close frame: code, and as much of the reason as fits. */
export function encodeClose(code: number, reason: string, key: number | undefined): Uint8Array {
  if (code === CLOSE_NONE) return encodeFrame(CLOSE, EMPTY, key);
  const text = encodeText(reason);
  let length = Math.min(text.length, CONTROL_MAX - 2);
  // Not within a character: a cut one would be invalid UTF-8.
  while (length < text.length && (text[length]! & 0xc0) === 0x80) length--;
  const body = new Uint8Array(2 + length);
  body[0] = code >>> 8;
  body[1] = code;
  body.set(text.subarray(0, length), 2);
  return encodeFrame(CLOSE, body, key);
}

/** What a close frame says; `CLOSE_NONE` for no code. Throws a `Violation`. */
export function readClose(body: Uint8Array): { readonly code: number; readonly reason: string } {
  if (body.length === 0) return { code: CLOSE_NONE, reason: "" };
  if (body.length === 1) throw new Violation("Half a close code (RFC 6455, 5.5.1)");
  const code = body[0]! * 256 + body[1]!;
  if (!mayBeSent(code)) throw new Violation(`Close code ${code} must not be sent (RFC 6455, 7.4)`);
  return { code, reason: readText(body.subarray(2)) };
}

/** 1004 to 1006 and 1015 are never on the wire; 3000 to 4999 belong to libraries and programs. */
function mayBeSent(code: number): boolean {
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006) || code >= 3000 && code <= 4999;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readText(octets: Uint8Array): string {
  // The fatal decoder throws on what is no UTF-8; Latin-1 is how ASCII, the usual reason, is read without it.
  if (octets.every((octet) => octet < 0x80)) return latin1(octets);
  try {
    return utf8.decode(octets);
  } catch {
    throw new Violation("A close reason that is no UTF-8 (RFC 6455, 5.5.1)", CLOSE_INVALID);
  }
}
