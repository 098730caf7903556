/**
 * One open WebSocket of the host as a stream: each chunk is one whole binary message. It fits any object with the
 * standard's interface: a page's, `ws`'s, or what a server upgraded.
 *
 * @module
 */

import type { ByteStream, ByteStreamSink } from "../src/io/stream.ts";

/** A WebSocket (WHATWG), as far as it is used. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  readonly readyState: number;
  /** Octets that `send` took and that have not left. */
  readonly bufferedAmount?: number;
  send(message: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    event: "close",
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(event: "open" | "error", listener: (event: unknown) => void): void;
}

declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;
declare const queueMicrotask: (callback: () => void) => void;

/** `readyState` of a WebSocket on which messages go. */
const OPEN = 1;
/** From so many octets on that have not left, `write` answers `false`; at so many it is told to go on. */
const FULL = 1 << 20;
const LOW = 1 << 18;
/** How often the count is looked at meanwhile, in milliseconds. */
const POLL_INTERVAL = 4;
/** A WebSocket cannot be told to stop reading. More octets than these are not kept for who is paused. */
const LARGEST_HELD = 64 << 20;
/** What a closed connection says when nothing went wrong (RFC 6455, 7.4.1): normal, going away, no code. */
const ORDERLY: readonly number[] = [1000, 1001, 1005];

/** A connection as the engine wants it. */
export class WebSocketStream implements ByteStream {
  readonly remote: string;
  readonly local = "";
  readonly protocol: string;
  readonly #socket: WebSocketLike;
  #sink: ByteStreamSink | undefined;
  /** What came while nobody read, and how much of it. */
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #paused = false;
  #poll: unknown;
  /** Nothing more is written, and nothing more is delivered. */
  #finished = false;
  #over: { readonly error: Error | undefined } | undefined;

  /** `socket` is open; `remote` is for people to read. */
  constructor(socket: WebSocketLike, remote: string) {
    this.#socket = socket;
    this.remote = remote;
    this.protocol = socket.protocol;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    // "close" follows, and has the code.
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", ({ code, reason }) => {
      this.#end(ORDERLY.includes(code) ? undefined : closeError(code, reason));
    });
  }

  /** Begins to read, in the next turn: who dialled has no stream yet. */
  start(sink: ByteStreamSink): void {
    setTimeout(() => {
      this.#sink = sink;
      this.#release();
    }, 0);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (this.#finished || socket.readyState !== OPEN) return false;
    for (const chunk of chunks) socket.send(chunk);
    if (this.#waiting() < FULL) return true;
    this.#poll ??= setTimeout(this.#look, POLL_INTERVAL);
    return false;
  }

  get unsent(): boolean {
    return this.#over === undefined && this.#waiting() > 0;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    queueMicrotask(() => this.#release());
  }

  end(): void {
    if (this.#finished) return;
    this.#finish();
    // What was sent goes out before the close frame.
    this.#socket.close(1000);
    this.#release();
  }

  destroy(): void {
    this.#finish();
    // It may wait for the peer's close frame as long as it likes: for us it is over.
    this.#socket.close();
    this.#over ??= { error: undefined };
    queueMicrotask(() => this.#release());
  }

  #receive(data: unknown): void {
    if (this.#finished || this.#over) return;
    if (data instanceof ArrayBuffer) return this.#take(new Uint8Array(data));
    if (ArrayBuffer.isView(data)) {
      return this.#take(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
    }
    this.#fail(1003, failure("EPROTO", "A text message: only binary ones are spoken here"));
  }

  #take(message: Uint8Array): void {
    if (this.#sink && !this.#paused && this.#held.length === 0) return this.#sink.onData(message);
    this.#heldLength += message.length;
    if (this.#heldLength > LARGEST_HELD) {
      const held = LARGEST_HELD >> 20;
      return this.#fail(1013, failure("ENOBUFS", `The peer sent more than ${held} MiB while nobody read`));
    }
    this.#held.push(message);
  }

  /** Hands out what was held back, and last the end. */
  #release(): void {
    while (this.#sink && this.#held.length > 0 && !this.#paused) {
      const message = this.#held.shift()!;
      this.#heldLength -= message.length;
      this.#sink.onData(message);
    }
    if (!this.#over || !this.#sink || this.#held.length > 0) return;
    this.#finish();
    const sink = this.#sink;
    this.#sink = undefined;
    sink.onClose(this.#over.error);
  }

  #waiting(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  /** The interface has no event for it, so the count must be polled, but only while somebody waits for it. */
  readonly #look = (): void => {
    this.#poll = undefined;
    if (this.#finished || this.#over) return;
    if (this.#waiting() > LOW) this.#poll = setTimeout(this.#look, POLL_INTERVAL);
    else this.#sink?.onDrain();
  };

  #finish(): void {
    this.#finished = true;
    this.#held = [];
    this.#heldLength = 0;
    clearTimeout(this.#poll);
  }

  /** Closes with a code that says why. A page may send none of RFC 6455's but 1000, so there it is 4000 and more. */
  #fail(code: number, error: Error): void {
    try {
      this.#socket.close(code, error.message);
    } catch {
      this.#socket.close(code + 3000, error.message);
    }
    this.#finish();
    this.#end(error);
  }

  #end(error: Error | undefined): void {
    this.#over ??= { error };
    clearTimeout(this.#poll);
    queueMicrotask(() => this.#release());
  }
}

/** An error with the system's name in `code`. */
export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function closeError(code: number, reason: string): Error {
  // Deno has no code at all for it.
  if (code === 1006 || code === 0) return failure("ECONNRESET", "The WebSocket was cut off (1006)");
  return failure(
    "EPROTO",
    `The peer closed the WebSocket with ${code}${reason && `: ${JSON.stringify(reason)}`}`,
  );
}
