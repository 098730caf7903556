/**
 * What ZMTP says above its framing, for every engine that carries it (tcp here, WebSocket in `ws`): the commands
 * of the handshake, what the peer's metadata make of it, and the commands in traffic (RFC 37).
 *
 * @module
 */

import { EMPTY, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer } from "../io/engine.ts";
import type { Mechanism } from "../mechanism/mechanism.ts";
import { copyFrame } from "../message/frame.ts";
import type { Frame, Message } from "../message/frame.ts";
import { GROUP_MAX, membership } from "../message/membership.ts";
import type { Metadata } from "../message/metadata.ts";
import { PING_CONTEXT_MAX } from "./constants.ts";

/** What a handshake needs to know. */
export interface HandshakeOptions {
  /** Makes what does the handshake of one connection. */
  readonly makeMechanism: () => Mechanism;
  /** Whether a peer of this socket type is one to talk to (RFC 37, "socket semantics"). */
  readonly accepts: (socketType: string) => boolean;
}

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

/** Who may name itself: RFC 37, "the Identity property". */
const WITH_IDENTITY = new Set(["REQ", "DEALER", "ROUTER"]);
const IDENTITY_MAX = 255;

/** One side of one handshake, from the first command to the peer. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #mechanism: Mechanism;
  /** Carries a command to the peer. */
  readonly #say: (name: string, data: Uint8Array) => void;

  /** Says at once what the mechanism has to say first. */
  constructor(options: HandshakeOptions, say: (name: string, data: Uint8Array) => void) {
    this.#options = options;
    this.#mechanism = options.makeMechanism();
    this.#say = say;
    this.#nextCommands();
  }

  /** Takes the peer's command; answers who it is when both sides are content. Throws a `ProtocolError`. */
  receive({ name, data }: Command, subscribeCommands: boolean): Peer | undefined {
    if (name === "ERROR") throw refusal(data);
    this.#mechanism.processCommand(name, data);
    this.#nextCommands();
    const metadata = this.#mechanism.peer;
    if (metadata === undefined) return undefined;
    const type = metadata.get("socket-type");
    const socketType = type === undefined ? "" : latin1(type);
    if (!this.#options.accepts(socketType)) {
      this.#say("ERROR", reason("Invalid socket type"));
      throw new ProtocolError(
        "ERR_ZMTP_INVALID_METADATA",
        `A peer of type ${JSON.stringify(socketType.slice(0, 32))} does not fit (RFC 37, socket semantics)`,
      );
    }
    const named = WITH_IDENTITY.has(socketType) && metadata.get("identity")?.length;
    const routingId = named ? metadata.get("identity")! : EMPTY;
    checkIdentity(routingId);
    return { socketType, routingId, subscribeCommands, metadata: shared(socketType, metadata) };
  }

  #nextCommands(): void {
    for (;;) {
      const command = this.#mechanism.nextCommand();
      if (command === undefined) return;
      this.#say(command.name, command.data);
    }
  }
}

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

/** Most peers say no more than their type: one map serves all of them, and an idle one costs 0.6 KiB less. */
const plain = new Map<string, Metadata>();

function shared(socketType: string, metadata: Metadata): Metadata {
  const named = metadata.get("identity")?.length ?? 0;
  if (named > 0 || metadata.size > (metadata.has("identity") ? 2 : 1)) return metadata;
  const key = metadata.has("identity") ? `${socketType} and identity` : socketType;
  let same = plain.get(key);
  if (same === undefined) plain.set(key, same = metadata);
  return same;
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

/** RFC 37: error-reason = OCTET 0*255VCHAR. */
function reason(text: string): Uint8Array {
  const octets = new Uint8Array(1 + text.length);
  octets[0] = text.length;
  for (let i = 0; i < text.length; i++) octets[i + 1] = text.charCodeAt(i);
  return octets;
}

/** What the peer's ERROR says: it refused us, and would again. */
function refusal(data: Uint8Array): ProtocolError {
  if (data.length === 0 || data[0]! > data.length - 1) {
    return new ProtocolError(
      "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
      "An ERROR without its whole reason (RFC 37)",
    );
  }
  const text = latin1(data.subarray(1, 1 + data[0]!));
  // RFC 27: a refusal by the authentication handler carries its status.
  const status = /^[345]00$/.test(text) ? Number(text) : undefined;
  return new ProtocolError("ERR_ZMTP_UNSPECIFIED", `The peer refused us: ${JSON.stringify(text)}`, {
    final: true,
    ...(status === undefined ? {} : { status }),
  });
}
