/**
 * Messages as datagrams, as libzmq's `udp_engine` has them: one message, one datagram, and nothing else on the
 * wire. A RADIO's is `group-length(1) group body`; a DGRAM's is the body alone.
 *
 * libzmq writes past its buffer of 8192 octets when it is given more, and reads the length of a group as a signed
 * octet. So neither is ever sent here, and what comes and is not sound is dropped.
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";
import { ZmqError } from "../base/errors.ts";
import { parseIpAddress } from "../base/ip_address.ts";
import type { DatagramAddress } from "../io/datagram.ts";
import { Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";

/** Most octets of a datagram (libzmq's `MAX_UDP_MSG`). */
export const MAX_DATAGRAM = 8192;

/** Most octets of a group: deployed receivers take the length for a signed octet. */
export const MAX_GROUP = 127;

/** Throws for a message, `[group, body]`, that no RADIO can send over udp: EMSGSIZE, or EINVAL for the group. */
export function checkRadioMessage(message: readonly Uint8Array[]): void {
  const [group, body] = message as [Uint8Array, Uint8Array];
  if (group.length > MAX_GROUP) {
    throw new ZmqError("EINVAL", `A group has at most ${MAX_GROUP} octets over udp, not ${group.length}`);
  }
  if (group.includes(0)) {
    throw new ZmqError("EINVAL", "A group has no NUL over udp: receivers take it for the group's end");
  }
  const length = 1 + group.length + body.length;
  if (length <= MAX_DATAGRAM) return;
  throw new ZmqError(
    "EMSGSIZE",
    `A datagram has at most ${MAX_DATAGRAM} octets, and length, group and body are ${length}`,
  );
}

/** The datagram of a message that `checkRadioMessage` has passed. */
export function encodeRadioMessage(message: readonly Uint8Array[]): Uint8Array {
  const [group, body] = message as [Uint8Array, Uint8Array];
  const datagram = new Uint8Array(1 + group.length + body.length);
  datagram[0] = group.length;
  datagram.set(group, 1);
  datagram.set(body, 1 + group.length);
  return datagram;
}

/** The message, `[group, body]`, of a datagram; text: why it is none. */
export function decodeRadioMessage(datagram: Uint8Array): Message | string {
  if (datagram.length === 0) return "an empty datagram";
  if (datagram.length > MAX_DATAGRAM) return `more than ${MAX_DATAGRAM} octets`;
  const length = datagram[0]!;
  if (length > MAX_GROUP) return `a group of more than ${MAX_GROUP} octets`;
  if (1 + length > datagram.length) return "a group beyond the end";
  // libzmq reads a group as C text: it ends at a NUL.
  const nul = datagram.subarray(1, 1 + length).indexOf(0);
  return [view(datagram, 1, nul < 0 ? length : nul), view(datagram, 1 + length)];
}

/** Throws for a message, `[address, body]`, that no DGRAM can send: EINVAL for the address, or EMSGSIZE. */
export function checkDgramMessage(message: readonly Uint8Array[]): void {
  const [address, body] = message as [Uint8Array, Uint8Array];
  if (parseAddress(address) === undefined) {
    throw new ZmqError(
      "EINVAL",
      'The first part of a DGRAM message is a numeric address with its port, "127.0.0.1:5555"',
    );
  }
  if (body.length <= MAX_DATAGRAM) return;
  throw new ZmqError(
    "EMSGSIZE",
    `A datagram has at most ${MAX_DATAGRAM} octets, and the body ${body.length}`,
  );
}

/** The first part of a DGRAM's message: `"1.2.3.4:5678"` and a NUL, as libzmq has it. */
export function encodeAddress({ host, port }: DatagramAddress): Frame {
  const text = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const octets = new Frame(text.length + 1);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}

/** What such a part says, with its NUL or without; `undefined` if it is no numeric address with a port. */
export function parseAddress(part: Uint8Array): DatagramAddress | undefined {
  if (part.length > MAX_ADDRESS) return undefined;
  const text = latin1(part[part.length - 1] === 0 ? part.subarray(0, -1) : part);
  const found = /^(?:((?:\d{1,3}\.){3}\d{1,3})|\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]):(\d{1,5})$/.exec(text);
  if (found === null) return undefined;
  const [, ipv4, ipv6, portText] = found;
  const port = Number(portText);
  if (port < 1 || port > 65535) return undefined;
  if (ipv4 !== undefined && ipv4.split(".").some((octet) => Number(octet) > 255)) return undefined;
  // Brackets are for IPv6 alone (RFC 3986, section 3.2.2).
  if (ipv6 !== undefined && parseIpAddress(ipv6.split("%", 1)[0]!)?.length !== 16) return undefined;
  return { host: (ipv4 ?? ipv6)!, port };
}

/** An IPv6 address in full, a zone, brackets, port and NUL. */
const MAX_ADDRESS = 128;

function view(datagram: Uint8Array, start: number, length: number = datagram.length - start): Frame {
  return new Frame(datagram.buffer as ArrayBuffer, datagram.byteOffset + start, length);
}
