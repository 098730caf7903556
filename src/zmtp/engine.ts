/**
 * The ZMTP engine (RFC 37; RFC 23 for 3.0 peers), one side of one connection.
 *
 *   state      | input                         | next
 *   -----------+-------------------------------+----------------------------------------------
 *   greeting   | 64 octets, our mechanism      | handshake, after our own first command
 *   greeting   | anything else                 | closed
 *   handshake  | the mechanism's commands      | traffic, once both sides are content
 *   handshake  | ERROR, other commands, frames | closed
 *   traffic    | messages, PING, SUBSCRIBE …   | traffic
 *   traffic    | a broken frame or command     | closed
 *   any        | its deadline                  | closed
 *
 * Closed is for good; the host is told once, with the clause.
 *
 * @module
 */

import { concatBytes, EMPTY, latin1 } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../io/engine.ts";
import type { Mechanism } from "../mechanism/mechanism.ts";
import { copyFrame } from "../message/frame.ts";
import { GROUP_MAX, membership } from "../message/membership.ts";
import type { Metadata } from "../message/metadata.ts";
import type { Frame, Message } from "../message/frame.ts";
import {
  GREETING_SIZE,
  GREETING_VERSION_SIZE,
  HANDSHAKE_COMMAND_MAX,
  MINOR_WITH_SUBSCRIBE,
  PING_CONTEXT_MAX,
  TRAFFIC_COMMAND_MAX,
} from "./constants.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderLimits, DecoderSink } from "./decoder.ts";
import { encodeGreeting, GreetingReader } from "./greeting.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { HeartbeatOptions } from "./heartbeat.ts";
import { encodeCommand } from "./wire_queue.ts";

/** How an engine behaves. */
export interface ZmtpOptions {
  /** What the greeting names. */
  readonly mechanism: string;
  /** Makes what does the handshake of one connection. */
  readonly makeMechanism: () => Mechanism;
  /** Whether a peer of this socket type is one to talk to (RFC 37, "socket semantics"). */
  readonly accepts: (socketType: string) => boolean;
  /** Whether we publish: then SUBSCRIBE and CANCEL are for us, as messages 01 and 00. */
  readonly publishes: boolean;
  /** Whether we are a RADIO: then JOIN and LEAVE are for us (RFC 48). */
  readonly radio: boolean;
  /** Whether we are a DISH: then a message is a group and one part (RFC 48). */
  readonly dish: boolean;
  /** Milliseconds for greeting and handshake together, 0 for no limit (`ZMQ_HANDSHAKE_IVL`). */
  readonly handshakeInterval: number;
  /** Heartbeats. */
  readonly heartbeat: HeartbeatOptions;
  /** What the decoder refuses. */
  readonly limits: DecoderLimits;
}

/** Who may name itself: RFC 37, "the Identity property". */
const WITH_IDENTITY = new Set(["REQ", "DEALER", "ROUTER"]);
const IDENTITY_MAX = 255;

/** One side of one connection. */
export class ZmtpEngine implements StreamEngine, DecoderSink {
  readonly #options: ZmtpOptions;
  readonly #host: EngineHost;
  /** Until the handshake is done. */
  #mechanism: Mechanism | undefined;
  readonly #decoder: Decoder;
  readonly #heartbeat: Heartbeat;
  #state: "greeting" | "handshake" | "traffic" | "closed" = "greeting";
  #greeting: GreetingReader | undefined = new GreetingReader();
  #greetingSent = GREETING_VERSION_SIZE;
  #minor = 0;
  #handshakeAt: number;
  /** What waits to go out: handshake pieces, an ERROR; a PING; a PONG. Never more than one of the latter. */
  #output: Uint8Array[];
  #ping = false;
  #pong: Uint8Array | undefined;
  #now: number;

  constructor(options: ZmtpOptions, host: EngineHost, now: number) {
    this.#options = options;
    this.#host = host;
    this.#decoder = new Decoder(this, options.limits, HANDSHAKE_COMMAND_MAX);
    this.#heartbeat = new Heartbeat(options.heartbeat);
    this.#handshakeAt = options.handshakeInterval > 0 ? now + options.handshakeInterval : Infinity;
    this.#output = [encodeGreeting(this.#options.mechanism).subarray(0, GREETING_VERSION_SIZE)];
    this.#now = now;
  }

  get ready(): boolean {
    return this.#state === "traffic";
  }

  get stalled(): boolean {
    return this.#decoder.stalled;
  }

  start(): void {}

  receive(chunk: Uint8Array, now: number): void {
    if (this.#state === "closed") return;
    this.#heard(now);
    try {
      let rest = chunk;
      if (this.#greeting !== undefined) {
        rest = chunk.subarray(this.#greeting.read(chunk));
        this.#greet(this.#greeting);
      }
      if (rest.length > 0) this.#decoder.decode(rest);
    } catch (error) {
      this.#fail(error);
    }
  }

  target(): Uint8Array | undefined {
    return this.#state === "traffic" ? this.#decoder.target() : undefined;
  }

  filled(length: number, now: number): void {
    if (this.#state === "closed") return;
    this.#heard(now);
    try {
      this.#decoder.filled(length);
    } catch (error) {
      this.#fail(error);
    }
  }

  resume(): void {
    if (this.#state === "closed") return;
    try {
      this.#decoder.resume();
    } catch (error) {
      this.#fail(error);
    }
  }

  tick(now: number): void {
    if (this.#state === "closed") return;
    if (now >= this.#handshakeAt) {
      const { handshakeInterval } = this.#options;
      this.#fail(
        new ProtocolError("ERR_ZMTP_HANDSHAKE_TIMEOUT", `No handshake within ${handshakeInterval} ms`),
      );
      return;
    }
    // While we do not read, silence is ours and no sign of the peer's death.
    if (this.#decoder.stalled) this.#heartbeat.heard(now);
    switch (this.#heartbeat.tick(now)) {
      case "ping":
        this.#ping = true;
        break;
      case "dead":
        this.#fail(new ProtocolError("ERR_ZMTP_HEARTBEAT_TIMEOUT", "No sign of life in time (RFC 37, PING)"));
    }
  }

  get talks(): boolean {
    return this.#output.length > 0 || this.#pong !== undefined || this.#ping;
  }

  transmit(): Uint8Array | undefined {
    if (this.#output.length > 0) {
      const output = this.#output.length === 1 ? this.#output[0] : concatBytes(...this.#output);
      this.#output = [];
      return output;
    }
    if (this.#pong !== undefined) {
      const pong = this.#pong;
      this.#pong = undefined;
      return pong;
    }
    if (!this.#ping) return undefined;
    this.#ping = false;
    const tenths = Math.floor(this.#options.heartbeat.timeToLive / 100);
    return encodeCommand("PING", Uint8Array.of(tenths >>> 8, tenths & 0xff));
  }

  deadline(): number | undefined {
    if (this.#state === "closed") return undefined;
    const at = Math.min(this.#handshakeAt, this.#heartbeat.deadline());
    return at === Infinity ? undefined : at;
  }

  /** From the decoder. */
  onMessage(message: Message): boolean {
    if (this.#state === "traffic") {
      if (this.#options.dish) requireGroup(message);
      return this.#host.push(message);
    }
    throw new ProtocolError(
      "ERR_ZMTP_UNEXPECTED_COMMAND",
      "A message before the handshake was done (RFC 37)",
    );
  }

  /** From the decoder. */
  onCommand(body: Uint8Array): boolean {
    const nameLength = body.length > 0 ? body[0]! : 0;
    if (nameLength === 0 || nameLength + 1 > body.length) {
      throw new ProtocolError(
        "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
        "A command without a name, or with one longer than itself (RFC 37, commands)",
      );
    }
    const name = latin1(body.subarray(1, 1 + nameLength));
    const data = body.subarray(1 + nameLength);
    if (this.#state === "traffic") return this.#command(name, data);
    this.#handshake(name, data);
    return true;
  }

  #heard(now: number): void {
    this.#now = now;
    this.#heartbeat.heard(now);
  }

  #greet(greeting: GreetingReader): void {
    if (greeting.versionKnown && this.#greetingSent < GREETING_SIZE) {
      this.#output.push(encodeGreeting(this.#options.mechanism).subarray(this.#greetingSent));
      this.#greetingSent = GREETING_SIZE;
    }
    if (!greeting.complete) return;
    const { mechanism, makeMechanism } = this.#options;
    if (greeting.mechanism !== mechanism) {
      throw new ProtocolError(
        "ERR_ZMTP_MECHANISM_MISMATCH",
        `The peer wants mechanism ${JSON.stringify(greeting.mechanism)}, we ${mechanism}`,
      );
    }
    this.#minor = greeting.minor;
    this.#greeting = undefined;
    this.#state = "handshake";
    this.#mechanism = makeMechanism();
    this.#nextCommands();
  }

  #nextCommands(): void {
    for (;;) {
      const command = this.#mechanism!.nextCommand();
      if (command === undefined) return;
      this.#output.push(encodeCommand(command.name, command.data));
    }
  }

  #handshake(name: string, data: Uint8Array): void {
    if (name === "ERROR") throw refusal(data);
    this.#mechanism!.processCommand(name, data);
    this.#nextCommands();
    const metadata = this.#mechanism!.peer;
    if (metadata === undefined) return;
    const type = metadata.get("socket-type");
    const socketType = type === undefined ? "" : latin1(type);
    if (!this.#options.accepts(socketType)) {
      this.#output.push(encodeCommand("ERROR", reason("Invalid socket type")));
      throw new ProtocolError(
        "ERR_ZMTP_INVALID_METADATA",
        `A peer of type ${JSON.stringify(socketType.slice(0, 32))} does not fit (RFC 37, socket semantics)`,
      );
    }
    const named = WITH_IDENTITY.has(socketType) && metadata.get("identity")?.length;
    const identity = named ? metadata.get("identity")! : EMPTY;
    if (identity.length > IDENTITY_MAX || identity[0] === 0) {
      throw new ProtocolError(
        "ERR_ZMTP_INVALID_METADATA",
        "An identity of more than 255 octets, or one that begins with 0 (RFC 37)",
      );
    }
    this.#state = "traffic";
    this.#mechanism = undefined;
    this.#handshakeAt = Infinity;
    this.#decoder.commandMax = TRAFFIC_COMMAND_MAX;
    this.#heartbeat.start(this.#now);
    const peer: Peer = {
      socketType,
      routingId: identity,
      subscribeCommands: this.#minor >= MINOR_WITH_SUBSCRIBE,
      metadata: shared(socketType, metadata),
    };
    this.#host.ready(peer);
  }

  /** Commands in traffic; unknown ones are ignored (RFC 37), so that later versions can add some. */
  #command(name: string, data: Uint8Array): boolean {
    switch (name) {
      case "PING":
        this.#onPing(data);
        return true;
      case "SUBSCRIBE":
        return this.#options.publishes ? this.#host.push([subscription(1, data)]) : true;
      case "CANCEL":
        return this.#options.publishes ? this.#host.push([subscription(0, data)]) : true;
      case "JOIN":
        return this.#options.radio ? this.#host.push(membership(true, groupOf(data))) : true;
      case "LEAVE":
        return this.#options.radio ? this.#host.push(membership(false, groupOf(data))) : true;
      default:
        return true;
    }
  }

  #onPing(data: Uint8Array): void {
    if (data.length < 2) {
      throw new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", "A PING without its TTL (RFC 37)");
    }
    this.#heartbeat.promised(data[0]! * 256 + data[1]!, this.#now);
    // The latest only: a peer that floods PINGs and reads no PONG holds one of them.
    this.#pong = encodeCommand("PONG", data.subarray(2, 2 + PING_CONTEXT_MAX));
  }

  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#host.failed(error);
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

/** A DISH closes a connection that brings anything but messages of RADIO's form, as libzmq does. */
function requireGroup(message: Message): void {
  if (message.length === 2 && message[0]!.length <= GROUP_MAX) return;
  throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "A message that is no group and one part (RFC 48)");
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
