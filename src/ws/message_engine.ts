/**
 * The engine of a host's own WebSocket (a browser's): each chunk that comes or goes is one ZWS message (RFC 45),
 * and framing, masks, PONGs and close frames are the host's. There are no heartbeats, because a page can send no
 * PING; the host answers the peer's.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import type { EngineHost, Peer, StreamEngine } from "../io/engine.ts";
import { Violation } from "./violation.ts";
import { CLOSE_TOO_BIG } from "./constants.ts";
import type { Zws, ZwsCarrier, ZwsOptions } from "./zws.ts";
import { startZws } from "./zws_secured.ts";

/** How an engine behaves. */
export interface ZwsMessageEngineOptions extends ZwsOptions {
  /** The sub-protocol that both sides agreed on. */
  readonly protocol: string;
}

/** One side of one connection. */
export class ZwsMessageEngine implements StreamEngine, ZwsCarrier {
  readonly #options: ZwsMessageEngineOptions;
  readonly #host: EngineHost;
  protected readonly zws: Zws;
  protected state: "handshake" | "traffic" | "closed" = "handshake";
  /** What came while the host was full. A page cannot pause its WebSocket, so the peer's rate is the limit. */
  #kept: Uint8Array[] = [];
  #open = true;
  #handshakeAt: number;
  /** Handshake pieces: each is a message of its own. */
  #output: Uint8Array[] = [];

  constructor(options: ZwsMessageEngineOptions, host: EngineHost, now: number) {
    this.#options = options;
    this.#host = host;
    this.#handshakeAt = options.handshakeInterval > 0 ? now + options.handshakeInterval : Infinity;
    this.zws = startZws(options, host, options.protocol, this);
  }

  get ready(): boolean {
    return this.state === "traffic";
  }

  get stalled(): boolean {
    return !this.#open;
  }

  start(): void {}

  receive(chunk: Uint8Array, _now: number): void {
    if (this.state === "closed") return;
    if (!this.#open) {
      this.#kept.push(chunk);
      return;
    }
    try {
      this.#take(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  target(): undefined {
    return undefined;
  }

  filled(): void {}

  resume(): void {
    if (this.#open) return;
    this.#open = true;
    const kept = this.#kept;
    this.#kept = [];
    for (const chunk of kept) this.receive(chunk, 0);
  }

  tick(now: number): void {
    if (this.state === "closed" || now < this.#handshakeAt) return;
    const { handshakeInterval } = this.#options;
    this.fail(
      new ProtocolError("ERR_ZMTP_HANDSHAKE_TIMEOUT", `No handshake within ${handshakeInterval} ms`),
    );
  }

  get talks(): boolean {
    return this.#output.length > 0 || this.state === "traffic" && this.zws.hasPong;
  }

  /** One message at a time. */
  transmit(): Uint8Array | undefined {
    if (this.#output.length > 0) return this.#output.shift();
    return this.state === "traffic" ? this.zws.takePong() : undefined;
  }

  deadline(): number | undefined {
    return this.state === "closed" || this.#handshakeAt === Infinity ? undefined : this.#handshakeAt;
  }

  /** From ZWS. */
  say(message: Uint8Array): void {
    this.#output.push(message);
  }

  /** From ZWS. */
  onPeer(peer: Peer): void {
    this.state = "traffic";
    this.#handshakeAt = Infinity;
    this.#host.ready(peer);
  }

  #take(chunk: Uint8Array): void {
    const { length } = chunk;
    if (length > this.zws.most) {
      throw new Violation(
        `A message of ${length} octets, above the limit of ${this.zws.most}`,
        CLOSE_TOO_BIG,
        "ERR_ZMTP_MESSAGE_TOO_LONG",
      );
    }
    this.#open = this.zws.receive(chunk, 0, length);
  }

  protected fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    if (this.state === "closed") return;
    this.state = "closed";
    this.#kept = [];
    // A host that ends a connection asks once more: an ERROR counts more than what stood before it.
    this.#output = this.#output.slice(-1);
    this.#host.failed(error);
  }
}
