/**
 * One connection of Bun. Its `write` copies what the system takes at once and answers how much that was; the rest
 * waits here for `drain`. It has no gather write, so small chunks are joined in scratch memory that all
 * connections share.
 *
 * @module
 */

import type { ByteStream, ByteStreamSink, StreamSettings } from "../src/io/stream.ts";
import { formatAddress } from "./system.ts";

/** A connection as Bun has it. */
export interface Socket {
  data?: BunStream;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  /** The number of octets taken, or -1 if the connection is closed. */
  write(chunk: Uint8Array, offset: number, length: number): number;
  pause(): void;
  resume(): void;
  /** Closes the sending side. */
  shutdown(): void;
  /** Closes both. */
  end(): void;
  unref(): void;
  /** Closes at once. */
  terminate(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, idleMilliseconds?: number): void;
}

declare const queueMicrotask: (callback: () => void) => void;

/** From this size on, writing a chunk by itself is cheaper than copying it behind the others. */
const LARGE_CHUNK = 16384;
/** Where small chunks are joined; it is free again when the write returns. */
const SCRATCH_SIZE = 131072;
let scratch: Uint8Array | undefined;

/** A connection as the engine wants it. */
export class BunStream implements ByteStream {
  readonly remote: string;
  readonly local: string;
  readonly #socket: Socket;
  readonly #secure: boolean;
  #sink: ByteStreamSink | undefined;
  /** What is being written, and how far that is: a chunk and an offset in it. */
  #chunks: readonly Uint8Array[] = [];
  #next = 0;
  #offset = 0;
  #paused = false;
  /** Bun reads on after a reset, paused or not. */
  #held: Uint8Array[] = [];
  #ending = false;
  /** Whether all was written, and our side is closed. */
  #shut = false;
  /** How many octets may still come. */
  #patience = Infinity;
  #closed = false;
  #over: { readonly error: Error | undefined } | undefined;

  constructor(socket: Socket, path: string | undefined, settings: StreamSettings, secure = false) {
    this.#socket = socket;
    this.#secure = secure;
    this.remote = path ?? formatAddress(socket.remoteAddress, socket.remotePort);
    this.local = path ?? formatAddress(socket.localAddress, socket.localPort);
    socket.unref();
    if (path !== undefined) return;
    socket.setNoDelay(true);
    const { keepAlive, keepAliveIdle } = settings;
    if (keepAlive === 1) socket.setKeepAlive(true, Math.max(keepAliveIdle, 0) * 1000);
    else if (keepAlive === 0) socket.setKeepAlive(false);
  }

  start(sink: ByteStreamSink): void {
    this.#sink = sink;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ending || this.#closed) return false;
    this.#chunks = chunks;
    this.#next = this.#offset = 0;
    return this.#flush();
  }

  pause(): void {
    if (this.#over) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    if (this.#held.length > 0 || this.#over) queueMicrotask(() => this.#release());
  }

  end(patience = Infinity): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#patience = patience;
    this.resume();
    if (this.#next === this.#chunks.length) this.#shutdown();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#ending = this.#closed = true;
    this.#held = [];
    // By TLS, `end` waits for the peer to take what is left and to close its side; after `shutdown` it does not.
    if (this.#secure && !this.#shut) this.#socket.terminate();
    else this.#socket.end();
    if (this.#over) queueMicrotask(() => this.#release());
  }

  onData(chunk: Uint8Array): void {
    // After `end` we read on only to see the peer's end: closing with octets unread would send a reset, and
    // the peer could lose the last of ours.
    if (this.#ending) return this.#letGo(chunk.length);
    if (this.#paused || this.#held.length > 0) this.#held.push(chunk);
    else this.#sink?.onData(chunk);
  }

  onDrain(): void {
    if (this.#closed || this.#next === this.#chunks.length || !this.#flush()) return;
    if (this.#ending) this.#shutdown();
    else this.#sink?.onDrain();
  }

  /** The peer has closed its side, and so do we; what it has not taken it will hardly take. */
  onEnd(): void {
    if (this.#secure && this.#next < this.#chunks.length) this.#socket.terminate();
    else this.#socket.end();
  }

  onClose(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = { error: this.#closed ? undefined : error };
    // Who is paused must hear of it, too: otherwise what is held stays, and the system no longer bounds how many do.
    this.#paused = false;
    // Bun may come here from within a write that failed.
    queueMicrotask(() => this.#release());
  }

  #shutdown(): void {
    this.#shut = true;
    this.#socket.shutdown();
  }

  #letGo(length: number): void {
    this.#patience -= length;
    if (this.#patience < 0) this.destroy();
  }

  /** Hands out what was held back, and last the end. */
  #release(): void {
    while (this.#held.length > 0 && !this.#paused) this.#sink?.onData(this.#held.shift()!);
    if (!this.#over || this.#held.length > 0) return;
    this.#ending = this.#closed = true;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.onClose(this.#over.error);
  }

  /** Writes until the system takes no more; `true` if it took all. */
  #flush(): boolean {
    const chunks = this.#chunks;
    while (this.#next < chunks.length) {
      const chunk = chunks[this.#next]!;
      const length = chunk.length - this.#offset;
      const joined = length < LARGE_CHUNK ? this.#join() : 0;
      const offered = joined || length;
      const taken = joined
        ? this.#socket.write(scratch!, 0, joined)
        : this.#socket.write(chunk, this.#offset, length);
      this.#advance(Math.max(taken, 0));
      if (taken < offered) return false;
    }
    this.#chunks = [];
    this.#next = 0;
    return true;
  }

  /** Copies small chunks to the scratch memory, two at least; answers their octets, 0 if it was not worth it. */
  #join(): number {
    const chunks = this.#chunks;
    let filled = 0;
    let next = this.#next;
    let offset = this.#offset;
    if (next + 1 === chunks.length) return 0;
    scratch ??= new Uint8Array(SCRATCH_SIZE);
    for (; next < chunks.length; next++, offset = 0) {
      const chunk = chunks[next]!;
      const length = chunk.length - offset;
      if (length >= LARGE_CHUNK || filled + length > SCRATCH_SIZE) break;
      scratch.set(offset === 0 ? chunk : chunk.subarray(offset), filled);
      filled += length;
    }
    return filled;
  }

  #advance(taken: number): void {
    this.#offset += taken;
    while (this.#next < this.#chunks.length && this.#offset >= this.#chunks[this.#next]!.length) {
      this.#offset -= this.#chunks[this.#next++]!.length;
    }
  }
}
