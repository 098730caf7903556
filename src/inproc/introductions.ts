/**
 * What threads say to each other before two of their sockets talk: a wish to connect, with what the socket would say
 * in a handshake, and the answer. All of it is checked when it comes: what another thread says may be anything.
 *
 * @module
 */

import type { ProtocolError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import { breach } from "./breach.ts";
import type { Port } from "./carrier.ts";
import { isMarks, isObject } from "./marks.ts";
import type { Marks } from "./marks.ts";

/** What comes by a link: an object with some properties. */
export type Said = { readonly [name: string]: unknown };

/** What a socket tells a socket of another thread of itself. */
export interface Introduction {
  readonly peer: Peer;
  readonly marks: Marks;
  /** The lock that its thread holds for life. */
  readonly life: string;
  /** Whether it can share memory. */
  readonly shares: boolean;
}

/** A wish to connect, on its way to who has the name. */
export interface Request {
  readonly connect: string;
  /** Unique over all threads. */
  readonly id: string;
  readonly port: Port;
  readonly introduction: Introduction;
}

/** What the owner of the name answers over the new channel. */
export interface Welcome {
  readonly introduction: Introduction;
  /** Memory for both directions, the owner's to write first. */
  readonly rings: readonly [SharedArrayBuffer, SharedArrayBuffer] | undefined;
}

/** zmq_inproc's limit. */
const NAME_MAX = 256;
/** RFC 28: identities have at most as many octets. */
const ROUTING_ID_MAX = 255;
/** Throws if it is none. */
export function toRequest(message: Said): Request {
  const { connect, id, port } = message;
  if (!isName(connect) || typeof id !== "string" || !isObject(port) || !("postMessage" in port)) {
    throw nonsense();
  }
  return {
    connect,
    id,
    port: port as unknown as Port,
    introduction: toIntroduction(message.introduction),
  };
}

/** `undefined` for a refusal; throws if it is neither. */
export function toWelcome(data: unknown): Welcome | undefined {
  if (!isObject(data)) throw nonsense();
  if (data.refused === true) return undefined;
  const { rings } = data;
  const shared = (value: unknown) => value instanceof SharedArrayBuffer;
  if (rings !== undefined && !(Array.isArray(rings) && rings.length === 2 && rings.every(shared))) {
    throw nonsense();
  }
  return {
    introduction: toIntroduction(data.introduction),
    rings: rings as unknown as Welcome["rings"],
  };
}

function toIntroduction(value: unknown): Introduction {
  if (!isObject(value) || !isObject(value.peer) || !isMarks(value.marks)) throw nonsense();
  const { peer, marks, life, shares } = value;
  const { socketType, routingId, metadata } = peer;
  if (
    typeof socketType !== "string" || !(routingId instanceof Uint8Array) ||
    routingId.length > ROUTING_ID_MAX ||
    !(metadata instanceof Map) || typeof life !== "string"
  ) throw nonsense();
  return {
    peer: { socketType, routingId, metadata, subscribeCommands: true },
    marks,
    life,
    shares: shares === true,
  };
}

/** Whether it can be the name of an endpoint. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= NAME_MAX;
}

/** The error of a thread that says what means nothing. */
export function nonsense(): ProtocolError {
  return breach("no introduction");
}
