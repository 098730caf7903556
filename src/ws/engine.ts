/**
 * The engine of `ws://` and `wss://`: ZWS 2.0 (RFC 45) over our own WebSocket (RFC 6455), one side of one
 * connection. A server's begins behind the opening handshake, which whoever accepted has read and answered.
 *
 *   state     | input                               | next
 *   ----------+-------------------------------------+------------------------------------------
 *   upgrade   | 101 that answers our request        | open, after ZWS's first message
 *   upgrade   | anything else                       | closed
 *   open      | ZWS's handshake, messages, PING …   | open
 *   open      | a close frame                       | closed, after ours
 *   open      | a violation                         | closed, after a close frame that says which
 *   any       | its deadline                        | closed
 *
 * @module
 */

import { concatBytes } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../io/engine.ts";
import type { ZapReply } from "../mechanism/zap.ts";
import { Heartbeat } from "../zmtp/heartbeat.ts";
import { BINARY, CLOSE, CLOSE_GOING_AWAY, CLOSE_NONE, CLOSE_NORMAL, PING, PONG } from "./constants.ts";
import { WsDecoder } from "./decoder.ts";
import type { WsDecoderSink } from "./decoder.ts";
import { encodeClose, encodeFrame, readClose } from "./frame.ts";
import { HeadReader, HttpError, quote } from "./http.ts";
import { checkResponse, formatRequest, makeKey, zwsProtocols } from "./upgrade.ts";
import type { UpgradeRequest } from "./upgrade.ts";
import { closeCodeOf, closeReasonOf } from "./violation.ts";
import type { Zws, ZwsCarrier, ZwsOptions } from "./zws.ts";
import { startZws } from "./zws_secured.ts";

/** How an engine behaves. */
export interface WsEngineOptions extends ZwsOptions {
  /** Which side of the connection this is: a client asks, and masks what it sends. */
  readonly role: "client" | "server";
  /** Server: the sub-protocol that was answered; default: the first that goes with the mechanism. */
  readonly protocol?: string;
  /** Client: what to ask for. */
  readonly request?: UpgradeRequest;
  /** So many octets that nobody can foresee: for the key of the request, and for masks. */
  readonly random: (length: number) => Uint8Array;
}

/** One side of one connection. */
export class WsEngine implements StreamEngine, WsDecoderSink, ZwsCarrier {
  readonly #options: WsEngineOptions;
  readonly #host: EngineHost;
  readonly #decoder: WsDecoder;
  readonly #heartbeat: Heartbeat;
  readonly #client: boolean;
  #state: "upgrade" | "open" | "closed" = "upgrade";
  #ready = false;
  /** Of a client, until the server has answered. */
  #answer: HeadReader | undefined;
  #key = "";
  #zws: Zws | undefined;
  #handshakeAt: number;
  /** What waits to go out: handshake pieces, a close frame; a PING; a PONG. Never more than one of the latter. */
  #output: Uint8Array[] = [];
  #ping = false;
  #pong: Uint8Array | undefined;
  #now: number;

  constructor(options: WsEngineOptions, host: EngineHost, now: number) {
    this.#options = options;
    this.#host = host;
    this.#client = options.role === "client";
    const { limits, heartbeat, handshakeInterval, request } = options;
    this.#decoder = new WsDecoder(this, !this.#client, 0, limits.allocate);
    this.#heartbeat = new Heartbeat(heartbeat);
    this.#handshakeAt = handshakeInterval > 0 ? now + handshakeInterval : Infinity;
    this.#now = now;
    if (!this.#client) {
      try {
        this.#open(options.protocol ?? zwsProtocols(options.mechanism, true)[0]!);
      } catch (error) {
        // A key of our own that is none: a peer that connects must not end the process by it.
        this.#fail(error);
      }
    } else {
      this.#answer = new HeadReader();
      this.#key = makeKey(options.random(16));
      this.#output.push(formatRequest(request!, this.#key));
    }
  }

  get ready(): boolean {
    return this.#ready && this.#state === "open";
  }

  get stalled(): boolean {
    return this.#decoder.stalled;
  }

  get seals(): boolean {
    return this.#zws?.seals === true;
  }

  start(): void {}

  receive(chunk: Uint8Array, now: number): void {
    if (this.#state === "closed") return;
    this.#heard(now);
    try {
      const rest = this.#answer === undefined ? chunk : this.#upgrade(this.#answer, chunk);
      if (rest.length > 0) this.#decoder.decode(rest);
    } catch (error) {
      this.#fail(error);
    }
  }

  target(): Uint8Array | undefined {
    return this.#ready ? this.#decoder.target() : undefined;
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
    if (this.#state !== "open") return;
    try {
      this.#zws!.authenticated(answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  seal(chunks: readonly Uint8Array[]): Uint8Array[] {
    const frames = this.#zws!.seal(chunks).map((message) => encodeFrame(BINARY, message, this.#maskingKey()));
    return [concatBytes(...frames)];
  }

  end(): void {
    this.#zws?.end();
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
        this.#fail(
          new ProtocolError("ERR_ZMTP_HEARTBEAT_TIMEOUT", "No sign of life in time (RFC 6455, 5.5.2)"),
        );
    }
  }

  get talks(): boolean {
    return this.#output.length > 0 ||
      this.#state === "open" && (this.#pong !== undefined || this.#ping || this.#zws!.hasPong);
  }

  transmit(): Uint8Array | undefined {
    if (this.#output.length > 0) {
      const output = this.#output.length === 1 ? this.#output[0] : concatBytes(...this.#output);
      this.#output = [];
      return output;
    }
    if (this.#state !== "open") return undefined;
    if (this.#pong !== undefined) {
      const pong = this.#pong;
      this.#pong = undefined;
      return pong;
    }
    const answer = this.#zws!.takePong();
    if (answer !== undefined) return encodeFrame(BINARY, answer, this.#maskingKey());
    if (!this.#ping) return undefined;
    this.#ping = false;
    return encodeFrame(PING, new Uint8Array(0), this.#maskingKey());
  }

  /** Nothing more will be sent: the close frame that ends the connection in order. */
  farewell(): Uint8Array | undefined {
    if (this.#state !== "open") return undefined;
    this.#close();
    return encodeClose(CLOSE_NORMAL, "", this.#maskingKey());
  }

  deadline(): number | undefined {
    if (this.#state === "closed") return undefined;
    const at = Math.min(this.#handshakeAt, this.#heartbeat.deadline());
    return at === Infinity ? undefined : at;
  }

  /** From the decoder. */
  onBinary(memory: Uint8Array, start: number, length: number): boolean {
    return this.#zws!.receive(memory, start, length);
  }

  /** From the decoder. */
  onControl(opcode: number, body: Uint8Array): void {
    if (opcode === CLOSE) this.#closedBy(body);
    // The latest only (RFC 6455, 5.5.3): a peer that floods PINGs and reads no PONG holds one of them.
    else if (opcode === PING) this.#pong = encodeFrame(PONG, body, this.#maskingKey());
  }

  /** From ZWS. */
  say(message: Uint8Array): void {
    this.#output.push(encodeFrame(BINARY, message, this.#maskingKey()));
  }

  /** From ZWS. */
  onPeer(peer: Peer): void {
    this.#ready = true;
    this.#handshakeAt = Infinity;
    this.#decoder.most = this.#zws!.most;
    this.#heartbeat.start(this.#now);
    this.#host.ready(peer);
  }

  #heard(now: number): void {
    this.#now = now;
    this.#heartbeat.heard(now);
  }

  /** Answers what came behind the server's answer. */
  #upgrade(answer: HeadReader, chunk: Uint8Array): Uint8Array {
    const rest = chunk.subarray(answer.read(chunk));
    if (!answer.complete) return rest;
    const protocol = checkResponse(answer.response(), this.#key, this.#options.request!.protocols);
    this.#answer = undefined;
    this.#open(protocol);
    return rest;
  }

  #open(protocol: string): void {
    this.#state = "open";
    this.#zws = startZws(this.#options, this.#host, protocol, this);
    this.#decoder.most = this.#zws.most;
  }

  /** The peer's close frame: ours answers it with the same code (RFC 6455, 5.5.1). */
  #closedBy(body: Uint8Array): void {
    const { code, reason } = readClose(body);
    this.#output.push(encodeClose(code, "", this.#maskingKey()));
    this.#close();
    const inOrder = code === CLOSE_NORMAL || code === CLOSE_GOING_AWAY || code === CLOSE_NONE;
    const text = reason === "" ? `${code}` : `${code} ${quote(reason)}`;
    this.#host.ended?.(
      inOrder
        ? undefined
        : new ProtocolError("ERR_WS_CLOSED", `The peer closed the WebSocket: ${text} (RFC 6455, 7.4)`),
    );
  }

  #close(): void {
    this.#state = "closed";
    this.#decoder.stop();
  }

  #maskingKey(): number | undefined {
    if (!this.#client) return undefined;
    const [a, b, c, d] = this.#options.random(4);
    return a! << 24 | b! << 16 | c! << 8 | d!;
  }

  #fail(cause: unknown): void {
    const error = cause instanceof HttpError ? new ProtocolError("ERR_WS_HANDSHAKE", cause.message) : cause;
    if (!(error instanceof ProtocolError)) throw error;
    if (this.#state === "closed") return;
    // Before the upgrade there is no frame to say it with.
    if (this.#state === "open") {
      this.#output.push(encodeClose(closeCodeOf(error), closeReasonOf(error), this.#maskingKey()));
    }
    this.#close();
    this.#host.failed(error);
  }
}
