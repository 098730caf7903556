/**
 * A WebSocket peer made of nothing but octets: the opening handshake by hand, and frames as a test writes them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Scope } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { KEY, wsFrame, zws } from "../unit/ws/wire.ts";
import { octets, RawPeer, text } from "../wire/raw.ts";

/** Opcodes of RFC 6455, section 5.2. */
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The key of RFC 6455, section 1.3, and what must be answered to it. */
export const REQUEST_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The path and the port of an endpoint. */
export function parts({ lastEndpoint }: Pick<AnySocket, "lastEndpoint">): { port: number; path: string } {
  const url = new URL(lastEndpoint!.replace(/^ws/, "http"));
  return { port: Number(url.port), path: url.pathname };
}

/** Closes a socket; resolves when nothing lingers any more. */
export function ended(socket: AnySocket): Promise<void> {
  return (socket as unknown as { [Symbol.asyncDispose](): Promise<void> })[Symbol.asyncDispose]();
}

/** A TCP connection to where a socket is bound. */
export function dial(scope: Scope, target: Pick<AnySocket, "lastEndpoint">): Promise<RawPeer> {
  return RawPeer.dial(scope, { lastEndpoint: `tcp://127.0.0.1:${parts(target).port}` });
}

/** A request for an upgrade, good in all that is not said otherwise; `undefined` leaves a field out. */
export function request(
  path: string,
  fields: { readonly [name: string]: string | undefined } = {},
  line = `GET ${path} HTTP/1.1`,
): string {
  const all = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": REQUEST_KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "ZWS2.0/NULL",
    ...fields,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `${line}\r\n${lines.join("")}\r\n`;
}

/** Reads a head: its first line, and its fields by their lower-case names. */
export async function readHead(peer: RawPeer): Promise<{ line: string; fields: Map<string, string> }> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += text(await peer.read(1));
  const [line, ...rest] = head.trimEnd().split("\r\n");
  const fields = rest.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { line: line!, fields: new Map(fields) };
}

/** A frame of a client: masked. */
export function masked(
  payload: Uint8Array | string | readonly number[],
  opcode: number = BINARY,
): Uint8Array {
  return wsFrame(payload, { opcode, key: KEY });
}

/** A message of one part from a client. */
export function said(body: string): Uint8Array {
  return masked(zws(0, body));
}

/** READY as a ZWS command (RFC 45, section 3.3). */
export function ready(type: string): Uint8Array {
  const size = [0, 0, 0, type.length];
  return octets([2, 5], "READY", [11], "Socket-Type", size, type);
}

/** One frame, unmasked. */
export async function readFrame(
  peer: RawPeer,
): Promise<{ opcode: number; masked: boolean; body: Uint8Array }> {
  const [first, second] = await peer.read(2) as unknown as [number, number];
  let size = second & 0x7f;
  if (size === 126) size = new DataView((await peer.read(2)).buffer).getUint16(0);
  else if (size === 127) size = Number(new DataView((await peer.read(8)).buffer).getBigUint64(0));
  const key = second & 0x80 ? await peer.read(4) : new Uint8Array(4);
  assert((first & 0xf0) === 0x80, "a fragment, or reserved bits");
  const body = (await peer.read(size)).map((octet, i) => octet ^ key[i % 4]!);
  return { opcode: first & 15, masked: (second & 0x80) !== 0, body };
}

/** A good client of a bound socket, through the upgrade and ZWS's handshake. */
export async function join(
  scope: Scope,
  target: Pick<AnySocket, "lastEndpoint">,
  type: string,
): Promise<RawPeer> {
  const peer = await dial(scope, target);
  peer.send(request(parts(target).path));
  const { line, fields } = await readHead(peer);
  assertEquals(line, "HTTP/1.1 101 Switching Protocols");
  assertEquals(fields.get("sec-websocket-accept"), ACCEPT);
  assertEquals(fields.get("sec-websocket-protocol"), "ZWS2.0/NULL");
  const hello = await readFrame(peer);
  assertEquals([hello.opcode, hello.masked, text(hello.body.subarray(0, 7))], [
    BINARY,
    false,
    "\x02\x05READY",
  ]);
  peer.send(masked(ready(type)));
  return peer;
}

/** Answers a client's request, and its READY; the key is the client's own. */
export async function answer(peer: RawPeer, type: string): Promise<Map<string, string>> {
  const { fields } = await readHead(peer);
  peer.send(response(await acceptOf(fields.get("sec-websocket-key")!)));
  const hello = await readFrame(peer);
  assertEquals([hello.opcode, hello.masked], [BINARY, true]);
  peer.send(wsFrame(ready(type)));
  return fields;
}

/** A 101, good in all that is not said otherwise. */
export function response(
  accept: string,
  fields: { readonly [name: string]: string | undefined } = {},
  line = "HTTP/1.1 101 Switching Protocols",
): string {
  const all = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Accept": accept,
    "Sec-WebSocket-Protocol": "ZWS2.0/NULL",
    ...fields,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `${line}\r\n${lines.join("")}\r\n`;
}

/** Sec-WebSocket-Accept by the host's own SHA-1. */
export async function acceptOf(key: string): Promise<string> {
  const whole = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", whole));
  return btoa(String.fromCharCode(...digest));
}
