/**
 * The handshake of a mechanism, for every engine that carries one (tcp here, WebSocket in `ws`): its commands, and
 * what the peer's metadata make of it (RFC 37).
 *
 * @module
 */

import { EMPTY, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { Mechanism, Traffic } from "../mechanism/mechanism.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import type { Metadata } from "../message/metadata.ts";
import { checkIdentity, readCommand } from "./commands.ts";

/** What a handshake needs to know. */
export interface HandshakeOptions {
  /** Makes what does the handshake of one connection. */
  readonly makeMechanism: () => Mechanism;
  /** Whether a peer of this socket type is one to talk to (RFC 37, "socket semantics"). */
  readonly accepts: (socketType: string) => boolean;
  /** Where the authentication handler is asked about: `Inquiry.domain`. */
  readonly zapDomain?: string;
}

/** Who may name itself: RFC 37, "the Identity property". */
const WITH_IDENTITY = new Set(["REQ", "DEALER", "ROUTER"]);

/** Whom a handshake tells. */
export interface HandshakeHost {
  /** Carries a command to the peer. */
  say(name: string, data: Uint8Array): void;
  /** Asks the authentication handler; `Handshake.authenticated` has its answer, later. */
  ask(inquiry: Inquiry): void;
}

/** One side of one handshake, from the first command to the peer. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #mechanism: Mechanism;
  readonly #host: HandshakeHost;
  readonly #subscribeCommands: boolean;
  #checked = false;
  #waiting = false;
  /** What the authentication handler said of the peer, if it was asked and lets it in. */
  #reply: ZapReply | undefined;

  /** Says at once what the mechanism has to say first. `subscribeCommands`: see `Peer`. */
  constructor(options: HandshakeOptions, host: HandshakeHost, subscribeCommands: boolean) {
    this.#options = options;
    this.#mechanism = options.makeMechanism();
    this.#host = host;
    this.#subscribeCommands = subscribeCommands;
    this.#goOn();
  }

  /** Whether the authentication handler was asked and has not answered: nothing more is to be received. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** What seals and opens all that follows, once there is a peer. */
  get traffic(): Traffic | undefined {
    return this.#mechanism.traffic;
  }

  /** Takes the body of the peer's command; answers who it is when both sides are content. Throws a `ProtocolError`. */
  receive(body: Uint8Array): Peer | undefined {
    const mechanism = this.#mechanism;
    const hearsErrors = mechanism.name === "NULL" || !mechanism.refuses;
    if (hearsErrors && isMisspelt(body)) throw refusal(body.subarray(MISSPELT.length));
    const { name, data } = readCommand(body);
    // A server is never refused by its client (RFC 24, RFC 25): its mechanism does not expect the command.
    if (name === "ERROR" && hearsErrors) throw refusal(data);
    mechanism.processCommand(name, data);
    return this.#goOn();
  }

  /** The authentication handler's answer, or why there is none. Like `receive`. */
  authenticated(answer: ZapReply | ProtocolError): Peer | undefined {
    if (!this.#waiting) return undefined;
    this.#waiting = false;
    if (answer instanceof ProtocolError) throw answer;
    const { status, text } = answer;
    if (status !== 200) {
      // RFC 27: 300 is temporary, so the peer is let go without a word and may come again.
      if (status !== 300) this.#host.say("ERROR", reason(String(status)));
      const why = text === "" ? "" : `: ${JSON.stringify(text)}`;
      throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", `Authentication failed with ${status}${why}`, {
        status,
      });
    }
    if (!answer.unasked) this.#reply = answer;
    this.#mechanism.authenticated!();
    return this.#goOn();
  }

  /** It will not be finished, or is. */
  end(): void {
    this.#mechanism.end?.();
  }

  /** What follows from what was heard: a question for the handler, commands, and the peer. */
  #goOn(): Peer | undefined {
    const mechanism = this.#mechanism;
    if (mechanism.peer !== undefined && !this.#checked) this.#check(mechanism.peer);
    const inquiry = mechanism.inquiry?.();
    if (inquiry !== undefined) {
      this.#waiting = true;
      const { zapDomain } = this.#options;
      this.#host.ask(zapDomain === undefined ? inquiry : { ...inquiry, domain: zapDomain });
    }
    for (;;) {
      const command = mechanism.nextCommand();
      if (command === undefined) break;
      this.#host.say(command.name, command.data);
    }
    return mechanism.done ? this.#peer(mechanism.peer!) : undefined;
  }

  #check(metadata: Metadata): void {
    this.#checked = true;
    const socketType = typeOf(metadata);
    if (!this.#options.accepts(socketType)) {
      if (this.#mechanism.refuses) this.#host.say("ERROR", reason("Invalid socket type"));
      throw new ProtocolError(
        "ERR_ZMTP_INVALID_METADATA",
        `A peer of type ${JSON.stringify(socketType.slice(0, 32))} does not fit (RFC 37, socket semantics)`,
      );
    }
    checkIdentity(identityOf(metadata));
  }

  #peer(metadata: Metadata): Peer {
    const socketType = typeOf(metadata);
    const said = this.#reply;
    return {
      socketType,
      routingId: identityOf(metadata),
      subscribeCommands: this.#subscribeCommands,
      metadata: said === undefined ? shared(socketType, unnamed(metadata)) : withReply(metadata, said),
      ...(said !== undefined && { authenticated: true }),
    };
  }
}

function typeOf(metadata: Metadata): string {
  const type = metadata.get("socket-type");
  return type === undefined ? "" : latin1(type);
}

function identityOf(metadata: Metadata): Uint8Array {
  const identity = metadata.get("identity");
  return identity?.length && WITH_IDENTITY.has(typeOf(metadata)) ? identity : EMPTY;
}

/** Nobody names his own user id: without a handler there is none. */
function unnamed(metadata: Metadata): Metadata {
  if (!metadata.has("user-id")) return metadata;
  const rest = new Map(metadata);
  rest.delete("user-id");
  return rest;
}

/** What the handler says counts more than what the peer says of itself. */
function withReply(metadata: Metadata, { userId, metadata: more }: ZapReply): Metadata {
  const all = new Map(metadata);
  for (const [name, value] of more) all.set(name, value);
  return all.set("user-id", userId);
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

/** RFC 37: error-reason = OCTET 0*255VCHAR. */
function reason(text: string): Uint8Array {
  const octets = new Uint8Array(1 + text.length);
  octets[0] = text.length;
  for (let i = 0; i < text.length; i++) octets[i + 1] = text.charCodeAt(i);
  return octets;
}

/** A PLAIN server of libzmq 4.3 sends the name so: "\\x5ERROR" in C is these octets. */
const MISSPELT = [0x5e, 0x52, 0x52, 0x4f, 0x52];

function isMisspelt(body: Uint8Array): boolean {
  return MISSPELT.every((octet, i) => body[i] === octet);
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
