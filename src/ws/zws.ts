/**
 * ZWS 2.0 (RFC 45), one side of one connection, above whatever carries its messages: our own WebSocket framing or
 * a host's WebSocket. Each message that is carried is a flag octet (00 last frame, 01 more follow, 02 command)
 * and a body.
 *
 *   sub-protocol | begins with                                  | the peer's type
 *   -------------+----------------------------------------------+---------------------
 *   ZWS2.0       | a message each way: flag 00 and a routing id | never known
 *   ZWS2.0/…     | the mechanism's commands (`zws_secured.ts`)  | in its metadata
 *
 * @module
 */

import { EMPTY } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer } from "../io/engine.ts";
import type { ZapReply } from "../mechanism/zap.ts";
import { Frame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import type { Metadata } from "../message/metadata.ts";
import { checkIdentity, readCommand, readPing, requireGroup, trafficCommand } from "../zmtp/commands.ts";
import { HANDSHAKE_COMMAND_MAX, TRAFFIC_COMMAND_MAX } from "../zmtp/constants.ts";
import type { ZmtpOptions } from "../zmtp/engine.ts";
import { CLOSE_POLICY, CLOSE_TOO_BIG, ZWS_COMMAND, ZWS_LAST, ZWS_MORE } from "./constants.ts";
import { encodeZws, encodeZwsCommand } from "./frame.ts";
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

const NO_METADATA: Metadata = new Map();

/** One side of one connection, without a mechanism. */
export class Zws {
  protected readonly options: ZwsOptions;
  protected readonly host: EngineHost;
  protected readonly carrier: ZwsCarrier;
  protected ready = false;
  /** Whether messages come as they are: there is a peer, and nothing is sealed. */
  protected clear = false;
  /** The frames of a message that is not whole yet, and their octets. */
  #parts: Frame[] | undefined;
  #partsSize = 0;
  /** What the answer to the peer's latest PING command repeats. */
  #pong: Uint8Array | undefined;

  constructor(options: ZwsOptions, host: EngineHost, carrier: ZwsCarrier) {
    this.options = options;
    this.host = host;
    this.carrier = carrier;
  }

  /** Says what comes first in this sub-protocol. */
  start(): void {
    this.carrier.say(encodeZws(ZWS_LAST, EMPTY, this.options.routingId ?? EMPTY));
  }

  /** Most octets of a message as it is carried: nobody is known before the handshake is done. */
  get most(): number {
    const { frame, message } = this.options.limits;
    return 1 + (this.ready ? Math.min(frame, message) : Math.min(frame, HANDSHAKE_COMMAND_MAX));
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
    if (this.clear && flags <= ZWS_MORE) return this.#frame(body, flags);
    if (flags > ZWS_COMMAND) {
      throw new Violation(`A flag octet of ${flags}: 0, 1 and 2 are known (RFC 45)`, CLOSE_POLICY);
    }
    return this.take(body, flags);
  }

  /** The answer to the peer's PING command, if one came: only the latest is kept. */
  takePong(): Uint8Array | undefined {
    const context = this.#pong;
    if (context === undefined) return undefined;
    this.#pong = undefined;
    return this.encodeCommand("PONG", context);
  }

  /** Whether `takePong` would answer something. */
  get hasPong(): boolean {
    return this.#pong !== undefined;
  }

  /** Whether what is sent must be sealed, which `seal` does. */
  get seals(): boolean {
    return false;
  }

  /** ZWS messages of what waits in ZMTP's framing. */
  seal(_chunks: readonly Uint8Array[]): Uint8Array[] {
    return [];
  }

  /** The authentication handler's answer. Throws a `ProtocolError`. */
  authenticated(_answer: ZapReply | ProtocolError): void {}

  /** The connection is over. */
  end(): void {}

  /** A ZWS message: its body and its flags, which are known ones. */
  protected take(body: Frame, flags: number): boolean {
    if (flags === ZWS_COMMAND) return this.#command(body);
    this.first(body, flags);
    return !this.host.full;
  }

  /** A message that is none yet: the peer's routing id. */
  protected first(routingId: Frame, flags: number): void {
    if (flags === ZWS_MORE) throw tooEarly();
    checkIdentity(routingId);
    // Copied: it outlives the chunk that it came in.
    const own = routingId.length === 0 ? EMPTY : new Uint8Array(routingId);
    this.begin({ socketType: "", routingId: own, subscribeCommands: false, metadata: NO_METADATA });
  }

  /** A command before there is a peer. Answers whether more may come. */
  protected greeting(_body: Uint8Array): boolean {
    throw new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "A command in place of the routing id (RFC 45)");
  }

  protected begin(peer: Peer): void {
    this.ready = true;
    this.clear = !this.seals;
    this.carrier.onPeer(peer);
  }

  protected deliver(message: Message): boolean {
    if (this.options.dish) requireGroup(message);
    return this.host.push(message);
  }

  /** A command in traffic. */
  protected obey(body: Uint8Array): boolean {
    const command = readCommand(body);
    if (command.name !== "PING") return trafficCommand(command, this.options, this.host);
    // Heartbeats are WebSocket's; a peer that sends ZMTP's all the same gets its answer.
    this.#pong = readPing(command.data).context.slice();
    return true;
  }

  /** A command of our own in traffic. */
  protected encodeCommand(name: string, data: Uint8Array): Uint8Array {
    return encodeZwsCommand(name, data);
  }

  #frame(frame: Frame, flags: number): boolean {
    if (flags === ZWS_LAST && this.#parts === undefined) return this.deliver([frame]);
    const { limits } = this.options;
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
    return this.deliver(parts);
  }

  #command(body: Uint8Array): boolean {
    if (body.length > Math.min(TRAFFIC_COMMAND_MAX, this.options.limits.frame)) {
      throw new Violation(
        `A command of ${body.length} octets, above the limit`,
        CLOSE_TOO_BIG,
        "ERR_ZMTP_MESSAGE_TOO_LONG",
      );
    }
    return this.ready ? this.obey(body) : this.greeting(body);
  }
}

/** What is no command, while there is no peer. */
export function tooEarly(): ProtocolError {
  return new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "A message before the handshake was done (RFC 45)");
}
