/**
 * The ZMTP engine (RFC 37; RFC 23 for 3.0 peers), one side of one connection.
 *
 *   state      | input                         | next
 *   -----------+-------------------------------+----------------------------------------------
 *   greeting   | 64 octets, our mechanism      | handshake, after our own first command
 *   greeting   | an older peer's, all of it    | traffic, if such peers are served
 *   greeting   | anything else                 | closed
 *   handshake  | the mechanism's commands      | traffic, once both sides are content
 *   handshake  | ERROR, other commands, frames | closed
 *   handshake  | while a handler is asked      | kept
 *   traffic    | messages, PING, SUBSCRIBE …   | traffic
 *   traffic    | a broken frame or command     | closed
 *   any        | its deadline                  | closed
 *
 * Closed is for good; the host is told once, with the clause.
 *
 * @module
 */

import { concatBytes } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../io/engine.ts";
import type { Inquiry, ZapReply } from "../mechanism/zap.ts";
import { copyFrame } from "../message/frame.ts";
import type { Message } from "../message/frame.ts";
import { readCommand, readPing, requireGroup, trafficCommand } from "./commands.ts";
import type { TrafficOptions } from "./commands.ts";
import {
  GREETING_SIZE,
  GREETING_VERSION_SIZE,
  HANDSHAKE_COMMAND_MAX,
  MINOR_WITH_SUBSCRIBE,
  PONGS_MAX,
  SIGNATURE_SIZE,
  TRAFFIC_COMMAND_MAX,
} from "./constants.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderLimits, DecoderSink } from "./decoder.ts";
import { encodeGreeting, GreetingReader } from "./greeting.ts";
import { Handshake } from "./handshake.ts";
import type { HandshakeHost, HandshakeOptions } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { HeartbeatOptions } from "./heartbeat.ts";
import { OlderGreeting, olderGreeting } from "./older.ts";
import type { OlderPeers } from "./older.ts";
import { Opener, SEALED_OVERHEAD_MAX, Sealer } from "./sealed.ts";
import { V1Decoder, V1Encoder } from "./v1_framing.ts";
import { encodeCommand } from "./wire_queue.ts";

/** How an engine behaves. */
export interface ZmtpOptions extends HandshakeOptions, TrafficOptions {
  /** What the greeting names. */
  readonly mechanism: string;
  /** Whether we are the server of a mechanism with roles. */
  readonly asServer?: boolean;
  /** Milliseconds for greeting and handshake together, 0 for no limit (`ZMQ_HANDSHAKE_IVL`). */
  readonly handshakeInterval: number;
  /** Heartbeats. */
  readonly heartbeat: HeartbeatOptions;
  /** What the decoder refuses. */
  readonly limits: DecoderLimits;
}

/** One side of one connection. */
export class ZmtpEngine implements StreamEngine, DecoderSink, HandshakeHost {
  readonly #options: ZmtpOptions;
  readonly #host: EngineHost;
  /** Until the handshake is done. */
  #handshake: Handshake | undefined;
  /** From then on, if the mechanism seals what is said, or the peer wants another framing. */
  #sealer: Sealer | V1Encoder | undefined;
  #opener: Opener | undefined;
  #decoder: Decoder | V1Decoder;
  readonly #heartbeat: Heartbeat;
  #state: "greeting" | "handshake" | "traffic" | "closed" = "greeting";
  #greeting: GreetingReader | undefined;
  #greetingSent: number;
  /** How we meet older peers, until it is known that it is none, and its greeting if it is one. */
  #olderPeers: OlderPeers | undefined;
  #older: OlderGreeting | undefined;
  #handshakeAt: number;
  /** What waits to go out: handshake pieces, an ERROR; one PING; PONGs, by their contexts. */
  #output: Uint8Array[];
  #ping = false;
  #pongs: Uint8Array[] = [];
  #now: number;

  /** `olderPeers`: how peers of ZMTP 2.0 and 1.0 are met; without it they are closed. */
  constructor(options: ZmtpOptions, host: EngineHost, now: number, olderPeers?: OlderPeers) {
    this.#options = options;
    this.#host = host;
    this.#decoder = new Decoder(this, outerLimits(options), HANDSHAKE_COMMAND_MAX);
    this.#heartbeat = new Heartbeat(options.heartbeat);
    this.#handshakeAt = options.handshakeInterval > 0 ? now + options.handshakeInterval : Infinity;
    this.#greeting = new GreetingReader(olderPeers?.oldest);
    this.#olderPeers = olderPeers;
    // An octet more would be the first of the identity to a 1.0 peer.
    this.#greetingSent = olderPeers?.oldest === 1 ? SIGNATURE_SIZE : GREETING_VERSION_SIZE;
    this.#output = [this.#greetingOctets().subarray(0, this.#greetingSent)];
    this.#now = now;
  }

  get ready(): boolean {
    return this.#state === "traffic";
  }

  get stalled(): boolean {
    return this.#decoder.stalled;
  }

  get seals(): boolean {
    return this.#sealer !== undefined;
  }

  start(): void {}

  receive(chunk: Uint8Array, now: number): void {
    if (this.#state === "closed") return;
    this.#heard(now);
    try {
      const rest = this.#greeting === undefined ? chunk : this.#greet(this.#greeting, chunk);
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

  authenticated(answer: ZapReply | ProtocolError): void {
    if (this.#state !== "handshake") return;
    try {
      const peer = this.#handshake!.authenticated(answer);
      if (peer !== undefined) this.#ready(peer);
    } catch (error) {
      this.#fail(error);
    }
  }

  seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    return this.#sealer!.seal(chunks);
  }

  recycle(): void {
    this.#sealer?.recycle();
  }

  end(): void {
    this.#state = "closed";
    this.#handshake?.end();
    this.#sealer?.end();
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
    return this.#output.length > 0 || this.#pongs.length > 0 || this.#ping;
  }

  transmit(): Uint8Array | undefined {
    if (this.#output.length > 0) {
      const output = this.#output.length === 1 ? this.#output[0] : concatBytes(...this.#output);
      this.#output = [];
      return output;
    }
    if (this.#pongs.length > 0) {
      // Sealed when they go, in the order of what goes: nonces only ever rise.
      const pongs = this.#pongs.map((context) => this.#command("PONG", context));
      this.#pongs = [];
      return concatBytes(...pongs);
    }
    if (!this.#ping) return undefined;
    this.#ping = false;
    const tenths = Math.floor(this.#options.heartbeat.timeToLive / 100);
    return this.#command("PING", Uint8Array.of(tenths >>> 8, tenths & 0xff));
  }

  deadline(): number | undefined {
    if (this.#state === "closed") return undefined;
    const at = Math.min(this.#handshakeAt, this.#heartbeat.deadline());
    return at === Infinity ? undefined : at;
  }

  /** From the decoder. */
  onMessage(message: Message): boolean {
    if (this.#state === "traffic") {
      if (this.#opener !== undefined) return this.#opener.open(message[0]!);
      // What `deliver` does, without the call: it cost Node 5 % at 10 octets.
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
    if (this.#state === "traffic") {
      return this.#opener === undefined ? this.#obey(body) : this.#opener.open(body);
    }
    const peer = this.#handshake!.receive(body);
    if (peer !== undefined) this.#ready(peer);
    return !this.#handshake?.waiting && !this.#host.full;
  }

  /** From the handshake. */
  say(name: string, data: Uint8Array): void {
    this.#output.push(encodeCommand(name, data));
  }

  /** From the handshake. */
  ask(inquiry: Inquiry): void {
    this.#host.authenticate?.(inquiry);
  }

  #deliver(message: Message): boolean {
    if (this.#options.dish) requireGroup(message);
    return this.#host.push(message);
  }

  /** A command in traffic. */
  #obey(body: Uint8Array): boolean {
    const command = readCommand(body);
    if (command.name !== "PING") return trafficCommand(command, this.#options, this.#host);
    const { tenths, context } = readPing(command.data);
    this.#heartbeat.promised(tenths, this.#now);
    // Each is answered (RFC 37), and of a peer that floods PINGs and reads no PONG the latest.
    if (this.#pongs.push(context.slice()) > PONGS_MAX) this.#pongs.shift();
    return true;
  }

  /** A command of our own in traffic. */
  #command(name: string, data: Uint8Array): Uint8Array {
    const command = encodeCommand(name, data);
    return this.#sealer === undefined ? command : this.#sealer.seal([command])[0]!;
  }

  #greetingOctets(): Uint8Array {
    const older = this.#olderPeers;
    const identity = older?.oldest === 1 ? older.identity.length : undefined;
    return encodeGreeting(this.#options.mechanism, this.#options.asServer, identity);
  }

  #sendGreeting(upTo: number): void {
    if (this.#greetingSent >= upTo) return;
    this.#output.push(this.#greetingOctets().subarray(this.#greetingSent, upTo));
    this.#greetingSent = upTo;
  }

  #heard(now: number): void {
    this.#now = now;
    this.#heartbeat.heard(now);
  }

  /** Takes what belongs to the greeting, and answers the rest. */
  #greet(greeting: GreetingReader, chunk: Uint8Array): Uint8Array {
    const rest = chunk.subarray(greeting.read(chunk));
    if (greeting.signed) this.#sendGreeting(GREETING_VERSION_SIZE);
    if (greeting.older !== undefined) return this.#greetOlder(greeting, rest);
    if (greeting.versionKnown) this.#sendGreeting(GREETING_SIZE);
    if (!greeting.complete) return rest;
    const { mechanism } = this.#options;
    if (greeting.mechanism !== mechanism) {
      throw new ProtocolError(
        "ERR_ZMTP_MECHANISM_MISMATCH",
        `The peer wants mechanism ${JSON.stringify(greeting.mechanism)}, we ${mechanism}`,
      );
    }
    this.#greeting = this.#olderPeers = undefined;
    this.#state = "handshake";
    this.#handshake = new Handshake(this.#options, this, greeting.minor >= MINOR_WITH_SUBSCRIBE);
    return rest;
  }

  /** The same of a peer of ZMTP 2.0 or 1.0, behind which there is no handshake. */
  #greetOlder(greeting: GreetingReader, chunk: Uint8Array): Uint8Array {
    if (this.#older === undefined) {
      const kind = greeting.older!;
      this.#output.push(olderGreeting(kind, this.#olderPeers!));
      this.#older = new OlderGreeting(kind, this.#options.accepts);
      // What looked like a signature is the header of its identity.
      if (kind === "unversioned") this.#older.read(greeting.octets);
    }
    const older = this.#older;
    const rest = chunk.subarray(older.read(chunk));
    if (older.complete) this.#beginOlder(older);
    return rest;
  }

  #beginOlder({ kind, peer }: OlderGreeting): void {
    this.#greeting = this.#olderPeers = this.#older = undefined;
    this.#state = "traffic";
    this.#handshakeAt = Infinity;
    if (kind === "2.0") (this.#decoder as Decoder).commandMax = 0;
    else {
      this.#decoder = new V1Decoder(this, this.#options.limits);
      this.#sealer = new V1Encoder();
    }
    this.#host.ready(peer);
    // A 1.0 subscriber cannot subscribe, and filters what comes: it gets everything, as from libzmq.
    if (kind !== "2.0" && this.#options.publishes) this.#host.push([copyFrame(Uint8Array.of(1))]);
    if (this.#host.full) this.#decoder.stall();
  }

  #ready(peer: Peer): void {
    this.#state = "traffic";
    const { traffic } = this.#handshake!;
    this.#handshake!.end();
    this.#handshake = undefined;
    this.#handshakeAt = Infinity;
    // RFC 25 has every message in a command.
    (this.#decoder as Decoder).commandMax = traffic === undefined ? TRAFFIC_COMMAND_MAX : Infinity;
    if (traffic !== undefined) {
      this.#sealer = new Sealer(traffic);
      this.#opener = new Opener(traffic, this.#options.limits, {
        onMessage: (message) => this.#deliver(message),
        onCommand: (body) => this.#obey(body),
      });
    }
    this.#heartbeat.start(this.#now);
    this.#host.ready(peer);
  }

  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#host.failed(error);
  }
}

/**
 * What a frame may be as it stands on the wire: the limits themselves are kept when it is open. Where each is sealed,
 * each is a message by itself (RFC 25).
 */
function outerLimits({ limits, mechanism }: ZmtpOptions): DecoderLimits {
  if (mechanism !== "CURVE") return limits;
  // Commands are sealed, too, and no part of a message's total.
  const most = Math.min(limits.frame, Math.max(limits.message, TRAFFIC_COMMAND_MAX));
  const frame = most + SEALED_OVERHEAD_MAX;
  return { ...limits, frame, message: frame, parts: 1 };
}
