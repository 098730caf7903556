/**
 * The handshake of a mechanism, for every engine that carries one (tcp here, WebSocket in `ws`): its commands, and
 * what the peer's metadata make of it (RFC 37).
 *
 * @module
 */

import { EMPTY, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { Peer } from "../io/engine.ts";
import type { Mechanism } from "../mechanism/mechanism.ts";
import type { Metadata } from "../message/metadata.ts";
import { checkIdentity } from "./commands.ts";
import type { Command } from "./commands.ts";

/** What a handshake needs to know. */
export interface HandshakeOptions {
  /** Makes what does the handshake of one connection. */
  readonly makeMechanism: () => Mechanism;
  /** Whether a peer of this socket type is one to talk to (RFC 37, "socket semantics"). */
  readonly accepts: (socketType: string) => boolean;
}

/** Who may name itself: RFC 37, "the Identity property". */
const WITH_IDENTITY = new Set(["REQ", "DEALER", "ROUTER"]);

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
