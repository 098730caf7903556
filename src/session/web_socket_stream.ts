/**
 * A WebSocket that somebody else frames, as a stream whose chunks are whole messages: for those that a program's
 * own server has accepted.
 *
 * Such a WebSocket can seldom be told to stop reading. What its peer sends while nobody takes it is kept, up to a
 * limit; then the connection ends, for memory does not.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import type { ByteStream, ByteStreamSink } from "../io/stream.ts";

/** The WebSocket, as it is told what to do. */
export interface WebSocketCarrier {
  /** Sends a binary message. "full": it was taken, and no more is until `drained`; "refused": it was not. */
  send(message: Uint8Array): "sent" | "full" | "refused";
  /** Ends it in order, after what was sent. */
  close(code: number, reason: string): void;
  /** Ends it now. */
  terminate(): void;
  /** Whether something that was sent has not left. */
  readonly unsent: boolean;
  /** Stops reading, and reads on, if that can be. */
  pause?(): void;
  resume?(): void;
}

/** Where a WebSocket leads, and what is spoken on it. */
export interface WebSocketDetails {
  readonly remote: string;
  readonly protocol: string;
}

/** Octets that are kept for a socket that does not receive: as much as a thousand messages of 64 KiB. */
const KEPT_MAX = 64 * 1024 * 1024;

/** Close codes (RFC 6455, section 7.4.1, and IANA's registry). */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const UNSUPPORTED = 1003;
const NO_CODE = 1005;
const ABNORMAL = 1006;
const TRY_AGAIN_LATER = 1013;

/** One WebSocket. */
export class WebSocketStream implements ByteStream {
  readonly remote: string;
  readonly local = "";
  readonly protocol: string;
  /** Who uses it, set before anything comes. */
  sink!: ByteStreamSink;
  readonly #carrier: WebSocketCarrier;
  /** What the WebSocket has not taken yet. */
  #held: readonly Uint8Array[] = [];
  #full = false;
  #paused = false;
  /** Octets that came while nobody took them. */
  #kept = 0;
  #ending = false;
  #over = false;

  constructor(carrier: WebSocketCarrier, { remote, protocol }: WebSocketDetails) {
    this.#carrier = carrier;
    this.remote = remote;
    this.protocol = protocol;
  }

  get unsent(): boolean {
    return this.#held.length > 0 || this.#carrier.unsent;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#over || this.#ending) return false;
    this.#held = chunks;
    this.#send();
    return !this.#full;
  }

  pause(): void {
    this.#paused = true;
    this.#carrier.pause?.();
  }

  resume(): void {
    this.#paused = false;
    this.#kept = 0;
    this.#carrier.resume?.();
  }

  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = true;
    if (this.#held.length === 0) this.#carrier.close(NORMAL, "");
  }

  destroy(): void {
    if (this.#over) return;
    this.#ending = true;
    this.#carrier.terminate();
    // A WebSocket may wait for its peer's close frame before it says that it is closed.
    queueMicrotask(() => this.#end());
  }

  // What the WebSocket tells.

  /** A message has come. */
  received(message: Uint8Array | string): void {
    if (this.#over) return;
    if (typeof message === "string") {
      return this.#fail(UNSUPPORTED, "A text message, where all are binary (RFC 45)", "ERR_WS_PROTOCOL");
    }
    if (this.#paused) {
      this.#kept += message.length;
      if (this.#kept > KEPT_MAX) {
        const reason = `More than ${KEPT_MAX} octets that nobody has received`;
        return this.#fail(TRY_AGAIN_LATER, reason, "ERR_ZMTP_MESSAGE_TOO_LONG");
      }
    }
    this.sink.onData(message);
  }

  /** It takes more. */
  drained(): void {
    if (this.#over || !this.#full) return;
    this.#full = false;
    this.#send();
    if (this.#full) return;
    if (this.#ending) this.#carrier.close(NORMAL, "");
    else this.sink.onDrain();
  }

  /** It is closed. */
  closed(code: number, reason: string): void {
    if (code === NORMAL || code === GOING_AWAY || code === NO_CODE || code === ABNORMAL) return this.#end();
    const why = reason === "" ? "" : `: ${JSON.stringify(reason.slice(0, 123))}`;
    this.#end(
      new ProtocolError("ERR_WS_CLOSED", `The peer closed with ${code}${why} (RFC 6455, section 7.4)`),
    );
  }

  #send(): void {
    const chunks = this.#held;
    for (let i = 0; i < chunks.length; i++) {
      const answer = this.#carrier.send(chunks[i]!);
      if (answer === "sent") continue;
      this.#full = true;
      this.#held = chunks.slice(answer === "full" ? i + 1 : i);
      return;
    }
    this.#held = [];
  }

  #fail(code: number, reason: string, name: ProtocolError["code"]): void {
    this.#carrier.close(code, reason);
    this.#end(new ProtocolError(name, reason));
  }

  #end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#held = [];
    this.sink?.onClose(error);
  }
}

declare function queueMicrotask(callback: () => void): void;
