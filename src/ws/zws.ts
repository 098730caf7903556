/**
 * ZWS 2.0 (RFC 45), one side of one connection, above whatever carries its messages: our own WebSocket framing or
 * a host's WebSocket. Each message that is carried is a flag octet (00 last frame, 01 more follow, 02 command)
 * and a body.
 *
 *   sub-protocol | begins with                                  | the peer's type
 *   -------------+----------------------------------------------+---------------------
 *   ZWS2.0       | a message each way: flag 00 and a routing id | never known
 *   ZWS2.0/NULL  | the mechanism's commands                     | in READY
 *   …/PLAIN      | likewise                                     | in INITIATE or READY
 *   …/CURVE      | likewise; then all is sealed                 | likewise
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer } from "../io/engine.ts";
import { Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import type { Metadata } from "../message/metadata.ts";
import { checkIdentity, readCommand, readPing, requireGroup, trafficCommand } from "../zmtp/commands.ts";
import { HANDSHAKE_COMMAND_MAX, TRAFFIC_COMMAND_MAX } from "../zmtp/constants.ts";
import type { ZmtpOptions } from "../zmtp/engine.ts";
import { Handshake } from "../zmtp/handshake.ts";
import type { HandshakeHost } from "../zmtp/handshake.ts";
import { CLOSE_POLICY, CLOSE_TOO_BIG, ZWS_COMMAND, ZWS_LAST, ZWS_MORE, ZWS_PLAIN } from "./constants.ts";
import { encodeZws, encodeZwsCommand } from "./frame.ts";
import { ZwsSealing } from "./sealed.ts";
import { Violation } from "./violation.ts";

/** How a ZWS connection behaves. */
export interface ZwsOptions extends ZmtpOptions {
  /** Our own routing id, which the sub-protocol without a mechanism begins with; default: empty. */
  readonly routingId?: Uint8Array;
}

/** Whom a connection tells, beside the host. */
export interface ZwsCarrier {
  /** A ZWS message of our own is to be sent: flag octet and body. */
  say(message: Uint8Array): void;
  /** The handshake is done: time to tell the host. */
  onPeer(peer: Peer): void;
}

/** What MESSAGE adds to a frame: its limit is kept when it is open. */
const SEALED_OVERHEAD = 64;

const NO_METADATA: Metadata = new Map();

/** One side of one connection. */
export class Zws implements HandshakeHost {
  readonly #options: ZwsOptions;
  readonly #host: EngineHost;
  readonly #carrier: ZwsCarrier;
  /** Until the handshake is done; never in the sub-protocol without a mechanism. */
  #handshake: Handshake | undefined;
  /** From then on, under a mechanism that seals. */
  #sealing: ZwsSealing | undefined;
  #ready = false;
  /** The frames of a message that is not whole yet, and their octets. */
  #parts: Frame[] | undefined;
  #partsSize = 0;
  /** What the answer to the peer's latest PING command repeats. */
  #pong: Uint8Array | undefined;

  /** Says at once what comes first in this sub-protocol. */
  constructor(options: ZwsOptions, host: EngineHost, protocol: string, carrier: ZwsCarrier) {
    this.#options = options;
    this.#host = host;
    this.#carrier = carrier;
    if (protocol === ZWS_PLAIN) carrier.say(encodeZws(ZWS_LAST, EMPTY, options.routingId ?? EMPTY));
    // RFC 45 knows subscriptions as messages only, whatever the peer's version.
    else this.#handshake = new Handshake(options, this, false);
  }

  /** Most octets of a message as it is carried: nobody is known before the handshake is done. */
  get most(): number {
    const { frame, message } = this.#options.limits;
    if (!this.#ready) return 1 + Math.min(frame, HANDSHAKE_COMMAND_MAX);
    return 1 + Math.min(frame, message) + (this.#sealing === undefined ? 0 : SEALED_OVERHEAD);
  }

  /**
   * Takes a message as it was carried, `length` octets from `start` on. Answers whether the host has room for
   * more. Throws a `ProtocolError`.
   */
  receive(memory: Uint8Array, start: number, length: number): boolean {
    if (length === 0) {
      throw new Violation("An empty message: the flag octet is missing (RFC 45)", CLOSE_POLICY);
    }
    const body = new Frame(memory.buffer as ArrayBuffer, memory.byteOffset + start + 1, length - 1);
    const flags = memory[start]!;
    if (this.#sealing !== undefined) return this.#open(this.#sealing, body, flags);
    if (this.#ready && flags <= ZWS_MORE) return this.#frame(body, flags);
    if (flags > ZWS_COMMAND) {
      throw new Violation(`A flag octet of ${flags}: 0, 1 and 2 are known (RFC 45)`, CLOSE_POLICY);
    }
    if (flags === ZWS_COMMAND) return this.#command(body);
    if (this.#handshake !== undefined || flags === ZWS_MORE) {
      throw new ProtocolError(
        "ERR_ZMTP_UNEXPECTED_COMMAND",
        "A message before the handshake was done (RFC 45)",
      );
    }
    this.#named(body);
    return true;
  }

  /** The answer to the peer's PING command, if one came: only the latest is kept. */
  takePong(): Uint8Array | undefined {
    const context = this.#pong;
    if (context === undefined) return undefined;
    this.#pong = undefined;
    return this.#sealing === undefined
      ? encodeZwsCommand("PONG", context)
      : this.#sealing.command("PONG", context);
  }

  /** Whether `takePong` would answer something. */
  get hasPong(): boolean {
    return this.#pong !== undefined;
  }

  /** Whether what is sent must be sealed, which `seal` does. */
  get seals(): boolean {
    return this.#sealing !== undefined;
  }

  /** ZWS messages of what waits in ZMTP's framing. */
  seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    return this.#sealing!.seal(chunks);
  }

  /** The authentication handler's answer. Throws a `ProtocolError`. */
  authenticated(answer: ZapReply | ProtocolError): void {
    const peer = this.#handshake?.authenticated(answer);
    if (peer !== undefined) this.#begin(peer);
  }

  /** The connection is over. */
  end(): void {
    this.#handshake?.end();
    this.#sealing?.end();
  }

  /** From the handshake. */
  say(name: string, data: Uint8Array): void {
    this.#carrier.say(encodeZwsCommand(name, data));
  }

  /** From the handshake. */
  ask(inquiry: Inquiry): void {
    this.#host.authenticate?.(inquiry);
  }

  /** libzmq sends MESSAGE as a message, RFC 25 wants a command: both are taken. */
  #open(sealing: ZwsSealing, body: Frame, flags: number): boolean {
    if (flags === ZWS_LAST || flags === ZWS_COMMAND) return sealing.open(body);
    throw new Violation(`A flag octet of ${flags} where each frame is one message (RFC 25)`, CLOSE_POLICY);
  }

  #frame(frame: Frame, flags: number): boolean {
    if (flags === ZWS_LAST && this.#parts === undefined) return this.#deliver([frame]);
    const { limits } = this.#options;
    const parts = this.#parts ??= [];
    parts.push(frame);
    this.#partsSize += frame.length;
    if (parts.length > limits.parts || this.#partsSize > limits.message) {
      throw new Violation(
        `A message of more than ${parts.length - 1} frames or ${limits.message} octets`,
        CLOSE_TOO_BIG,
        "ERR_ZMTP_MESSAGE_TOO_LONG",
      );
    }
    if (flags === ZWS_MORE) return true;
    this.#parts = undefined;
    this.#partsSize = 0;
    return this.#deliver(parts);
  }

  #deliver(message: Message): boolean {
    if (this.#options.dish) requireGroup(message);
    return this.#host.push(message);
  }

  #command(body: Uint8Array): boolean {
    if (body.length > Math.min(TRAFFIC_COMMAND_MAX, this.#options.limits.frame)) {
      throw new Violation(
        `A command of ${body.length} octets, above the limit`,
        CLOSE_TOO_BIG,
        "ERR_ZMTP_MESSAGE_TOO_LONG",
      );
    }
    if (this.#ready) return this.#obey(body);
    if (this.#handshake === undefined) {
      throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "A command in place of the routing id (RFC 45)");
    }
    const peer = this.#handshake.receive(body);
    if (peer !== undefined) this.#begin(peer);
    return !this.#handshake?.waiting;
  }

  /** A command in traffic. */
  #obey(body: Uint8Array): boolean {
    const command = readCommand(body);
    if (command.name !== "PING") return trafficCommand(command, this.#options, this.#host);
    // Heartbeats are WebSocket's; a peer that sends ZMTP's all the same gets its answer.
    this.#pong = readPing(command.data).context.slice();
    return true;
  }

  /** The first message of the sub-protocol without a mechanism. */
  #named(routingId: Uint8Array): void {
    checkIdentity(routingId);
    // Copied: it outlives the chunk that it came in.
    const own = routingId.length === 0 ? EMPTY : new Uint8Array(routingId);
    this.#begin({ socketType: "", routingId: own, subscribeCommands: false, metadata: NO_METADATA });
  }

  #begin(peer: Peer): void {
    const traffic = this.#handshake?.traffic;
    if (traffic !== undefined) {
      this.#sealing = new ZwsSealing(traffic, this.#options.limits, {
        onMessage: (message) => this.#deliver(message),
        onCommand: (body) => this.#obey(body),
      });
    }
    this.#handshake?.end();
    this.#handshake = undefined;
    this.#ready = true;
    this.#carrier.onPeer(peer);
  }
}
