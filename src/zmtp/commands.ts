/**
 * What ZMTP says above its framing once a peer is known, for every engine that carries it (tcp here, WebSocket in
 * `ws`): commands in traffic, and what they may hold (RFC 37, RFC 48).
 *
 * @module
 */

import { latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost } from "../io/engine.ts";
import { copyFrame } from "../message/frame.ts";
import type { Frame, Message } from "../message/frame.ts";
import { GROUP_MAX, membership } from "../message/membership.ts";
import { PING_CONTEXT_MAX } from "./constants.ts";

/** What decides which commands in traffic are for us. */
export interface TrafficOptions {
  /** Whether we publish: then SUBSCRIBE and CANCEL are for us, as messages 01 and 00. */
  readonly publishes: boolean;
  /** Whether we are a RADIO: then JOIN and LEAVE are for us (RFC 48). */
  readonly radio: boolean;
  /** Whether we are a DISH: then a message is a group and one part (RFC 48). */
  readonly dish: boolean;
}

/** A command: its name, and what follows. */
export interface Command {
  readonly name: string;
  readonly data: Uint8Array;
}

/** RFC 37, "the Identity property". */
export const IDENTITY_MAX = 255;

/** Name and data of a command's body. Throws a `ProtocolError`. */
export function readCommand(body: Uint8Array): Command {
  const nameLength = body.length > 0 ? body[0]! : 0;
  if (nameLength === 0 || nameLength + 1 > body.length) {
    throw new ProtocolError(
      "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
      "A command without a name, or with one longer than itself (RFC 37, commands)",
    );
  }
  return { name: latin1(body.subarray(1, 1 + nameLength)), data: body.subarray(1 + nameLength) };
}

/** Refuses an identity that RFC 37 does. */
export function checkIdentity(identity: Uint8Array): void {
  if (identity.length <= IDENTITY_MAX && identity[0] !== 0) return;
  throw new ProtocolError(
    "ERR_ZMTP_INVALID_METADATA",
    "An identity of more than 255 octets, or one that begins with 0 (RFC 37)",
  );
}

/**
 * Commands in traffic but PING; unknown ones are ignored (RFC 37), so that later versions can add some. Answers
 * whether the host has room for more.
 */
export function trafficCommand({ name, data }: Command, options: TrafficOptions, host: EngineHost): boolean {
  switch (name) {
    case "SUBSCRIBE":
      return options.publishes ? host.push([subscription(1, data)]) : true;
    case "CANCEL":
      return options.publishes ? host.push([subscription(0, data)]) : true;
    case "JOIN":
      return options.radio ? host.push(membership(true, groupOf(data))) : true;
    case "LEAVE":
      return options.radio ? host.push(membership(false, groupOf(data))) : true;
    default:
      return true;
  }
}

/** What a PING says: the time to live in tenths of a second, and what the PONG has to repeat. */
export function readPing(data: Uint8Array): { readonly tenths: number; readonly context: Uint8Array } {
  if (data.length < 2) {
    throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", "A PING without its TTL (RFC 37)");
  }
  return { tenths: data[0]! * 256 + data[1]!, context: data.subarray(2, 2 + PING_CONTEXT_MAX) };
}

/** A DISH closes a connection that brings anything but messages of RADIO's form, as libzmq does. */
export function requireGroup(message: Message): void {
  if (message.length === 2 && message[0]!.length <= GROUP_MAX) return;
  throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "A message that is no group and one part (RFC 48)");
}

/** The message form of a subscription: 01 or 00 and the topic (RFC 23). */
function subscription(first: number, topic: Uint8Array): Frame {
  const message = new Uint8Array(1 + topic.length);
  message[0] = first;
  message.set(topic, 1);
  return copyFrame(message);
}

/** The group of a JOIN or LEAVE. */
function groupOf(data: Uint8Array): Frame {
  if (data.length <= GROUP_MAX) return copyFrame(data);
  throw new ProtocolError(
    "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
    `A group of ${data.length} octets (RFC 48: at most ${GROUP_MAX})`,
  );
}
