/**
 * How the program sees messages that go to somebody by name: the body, and beside it an object with the routing id
 * (SERVER, PEER) or the group (RADIO, DISH), as in zeromq.js. Inside, the name is the message's first frame.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { copyFrame, toPart } from "../message/frame.ts";
import type { Frame, Message } from "../message/frame.ts";
import { toParts } from "./message_parts.ts";

/** The two directions of one type. */
export interface Addressing {
  /** What `send` was given, as the pattern takes it; none for an empty message. */
  toParts(message: unknown, options: unknown): Uint8Array[];
  /** What `receive` answers, made of the pattern's message, which is used up. */
  fromParts(message: Message): Message;
}

/** The addressing of a type by its name on the wire; `undefined` for those whose parts say all. */
export function addressingOf(type: string): Addressing | undefined {
  return type === "SERVER" || type === "PEER"
    ? BY_ID
    : type === "RADIO" || type === "DISH"
    ? BY_GROUP
    : undefined;
}

/**
 * A routing id in the form that patterns have: four octets, network order. EINVAL if it is missing or can be nobody's,
 * else a TypeError for what is no number.
 */
export function toRoutingNumber(routingId: unknown = 0): Uint8Array {
  if (typeof routingId !== "number") throw new TypeError("Routing id must be a number");
  if (!Number.isInteger(routingId) || routingId < 1 || routingId > 0xffffffff) {
    throw new ZmqError("EINVAL", `A routing id is a number from 1 to 4294967295, not ${routingId}`);
  }
  return Uint8Array.of(routingId >>> 24, routingId >>> 16, routingId >>> 8, routingId);
}

/** The number of a routing id in four octets. */
export function fromRoutingNumber(octets: Uint8Array): number {
  return ((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) >>> 0;
}

/** A group as octets. A TypeError for what can be none. */
export function toGroup(group: unknown): Uint8Array {
  if (typeof group !== "string" && !ArrayBuffer.isView(group)) {
    throw new TypeError("Group must be a string or buffer");
  }
  return toPart(group);
}

const BY_ID: Addressing = {
  toParts: (message, options) => addressed(toRoutingNumber(requireObject(options).routingId), message),
  fromParts: ([id, body]) => received(body!, { routingId: fromRoutingNumber(id!) }),
};

const BY_GROUP: Addressing = {
  toParts: (message, options) => {
    const { group } = requireObject(options);
    if (group === undefined) throw new ZmqError("EINVAL", "A message of RADIO needs a group");
    return addressed(toGroup(group), message);
  },
  // A copy: the frame must not pin the chunk that it came in for as long as somebody remembers the group.
  fromParts: ([group, body]) => received(body!, { group: copyFrame(group!) }),
};

function requireObject(options: unknown): { readonly routingId?: unknown; readonly group?: unknown } {
  if (typeof options === "object" && options !== null) return options;
  throw new TypeError("Options must be an object");
}

function addressed(name: Uint8Array, message: unknown): Uint8Array[] {
  const parts = toParts(message);
  if (parts.length > 0) parts.unshift(name);
  return parts;
}

function received(body: Frame, from: object): Message {
  return [body, from as Frame];
}
