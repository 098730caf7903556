/**
 * Which two sockets a device can join: each has to be able to send what the other receives.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

const NEVER_SEND: readonly string[] = ["SUB", "PULL", "DISH", "GATHER"];
const NEVER_RECEIVE: readonly string[] = ["PUB", "PUSH", "RADIO", "SCATTER"];

/** Types of which every message has one part. */
const ONE_PART: readonly string[] = ["CLIENT", "SCATTER", "GATHER", "CHANNEL"];

/** Types whose messages carry a name that no other socket knows. */
const OWN_NAMES: readonly string[] = ["SERVER", "PEER", "DGRAM"];

/** Types whose messages carry a group. */
const GROUPED: readonly string[] = ["RADIO", "DISH"];

/** Types whose messages mean nothing when they come back to where they came from. */
const NEVER_REFLECT: readonly string[] = ["REQ", "XPUB", "XSUB", "STREAM"];

/** Whether a type receives. */
export function receives(type: string): boolean {
  return !NEVER_RECEIVE.includes(type);
}

/** Throws an EINVAL that says why two sockets of these types cannot be joined. */
export function requirePair(front: string, back: string): void {
  const why = refusal(front, back) ?? refusal(back, front);
  if (why !== undefined) throw new ZmqError("EINVAL", `A device cannot join ${front} and ${back}: ${why}`);
}

/** Throws an EINVAL that says why a socket of this type cannot be reflected on itself. */
export function requireReflection(type: string): void {
  const why = !receives(type) || NEVER_SEND.includes(type)
    ? "it goes one way only"
    : NEVER_REFLECT.includes(type)
    ? "its messages have no way back"
    : undefined;
  if (why !== undefined) throw new ZmqError("EINVAL", `A device cannot reflect ${type} on itself: ${why}`);
}

function refusal(from: string, to: string): string | undefined {
  if (!receives(from)) return receives(to) ? undefined : "neither of them receives";
  if (NEVER_SEND.includes(to)) return `${to} cannot send what ${from} receives`;
  for (const type of [from, to]) {
    if (OWN_NAMES.includes(type)) return `the peers that ${type} names mean nothing to another socket`;
  }
  if (GROUPED.includes(from) !== GROUPED.includes(to)) return "RADIO and DISH alone have groups";
  if (ONE_PART.includes(to) && !ONE_PART.includes(from)) {
    return `${to} sends one part a message, and ${from} receives any number`;
  }
  if (from === "REQ" && to !== "REP") return "REQ answers to a REP only; use DEALER";
  if (from === "REP" && to !== "REQ") return "REP serves one request at a time, for a REQ; use ROUTER";
  return undefined;
}
