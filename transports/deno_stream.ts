/**
 * One connection of Deno. Reading is a loop of promises here; a write is always under way for at least a
 * microtask, so `write` gathers meanwhile what comes.
 *
 * @module
 */

import { borrowSlab, returnSlab, SMALLEST_SLAB } from "../src/base/slabs.ts";
import type { ByteStream, ByteStreamSink, StreamSettings } from "../src/io/stream.ts";
import { ReadBuffer } from "./read_buffer.ts";
import { formatAddress, systemError } from "./system.ts";

/** Where an end of a connection is, or a listener. */
export interface Address {
  readonly hostname?: string;
  readonly port?: number;
}

/** A connection as Deno has it. */
export interface Connection {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  read(into: Uint8Array): Promise<number | null>;
  write(from: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
  ref(): void;
  unref(): void;
  setNoDelay?(on: boolean): void;
  setKeepAlive?(on: boolean): void;
}

declare const setImmediate: (callback: () => void) => unknown;
declare const queueMicrotask: (callback: () => void) => void;

/** The most that is read at once. */
const LARGEST_READ = 262144;
/** The most that is gathered while a write is under way. */
const GATHER_SIZE = 262144;

/** A connection as the engine wants it. */
export class DenoStream implements ByteStream {
  readonly remote: string;
  readonly local: string;
  readonly #connection: Connection;
  #sink: ByteStreamSink | undefined;
  readonly #buffer = new ReadBuffer(LARGEST_READ);
  #resumed: (() => void) | undefined;
  #paused = false;
  #writing = false;
  /** What is gathered while a write is under way, and how much of it. */
  #gathered: Uint8Array | undefined;
  #gatheredLength = 0;
  /** How much the last write had gathered: the next one begins with memory for as much. */
  #usual = SMALLEST_SLAB;
  /** Chunks that did not fit there: they go out behind it, and nothing is taken before they have left. */
  #held: readonly Uint8Array[] | undefined;
  #ending = false;
  /** How many octets may still come. */
  #patience = Infinity;
  #closed = false;
  #error: Error | undefined;

  constructor(connection: Connection, path: string | undefined, settings: StreamSettings) {
    const { localAddr, remoteAddr } = connection;
    this.#connection = connection;
    this.local = path ?? formatAddress(localAddr.hostname, localAddr.port);
    this.remote = path ?? formatAddress(remoteAddr.hostname, remoteAddr.port);
    connection.unref();
    try {
      connection.setNoDelay?.(true);
      if (settings.keepAlive !== -1) connection.setKeepAlive?.(settings.keepAlive === 1);
    } catch {
      // The peer is gone already; reading will tell.
    }
  }

  /** Begins to read in the next turn: Deno may have octets at once, and who dialled has no stream yet. */
  start(sink: ByteStreamSink): void {
    this.#sink = sink;
    setImmediate(() => this.#read(sink));
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ending || this.#closed || this.#error) return false;
    const taken = this.#gather(chunks);
    if (!taken) this.#held = chunks;
    if (!this.#writing) {
      this.#writing = true;
      this.#send();
    }
    return taken;
  }

  get unsent(): boolean {
    return this.#writing && !this.#closed;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resumed?.();
  }

  end(patience = Infinity): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#patience = patience;
    this.resume();
    if (!this.#writing) this.#shutdown();
  }

  destroy(): void {
    this.#close();
  }

  async #read(sink: ByteStreamSink): Promise<void> {
    while (!this.#closed) {
      if (this.#paused) await this.#resume();
      const target = this.#ending ? undefined : sink.target?.();
      const view = target ?? this.#buffer.space();
      let length: number | null;
      try {
        length = await this.#connection.read(view);
      } catch (error) {
        // TLS without its own end. What it cuts short is not taken for whole by anybody above; Node and Bun say
        // nothing of it.
        return this.#close((error as Error).name === "UnexpectedEof" ? undefined : systemError(error));
      }
      if (length === null) return this.#close();
      if (this.#paused) await this.#resume();
      // After `end` we read on only to see the peer's end: closing with octets unread would send a reset,
      // and the peer could lose the last of ours.
      if (this.#ending && (this.#patience -= length) < 0) return this.#close();
      if (length === 0 || this.#ending || this.#closed) continue;
      if (target) sink.onFilled!(length);
      else sink.onData(this.#buffer.take(length));
    }
  }

  #resume(): Promise<void> {
    return new Promise((fulfil) => this.#resumed = fulfil);
  }

  /**
   * Copies the chunks behind what waits already, if they fit. A write takes some 10 µs of this thread, and ends
   * in a later turn of the event loop only: a program that sends in a loop of awaits fills a few hundred
   * kilobytes until then, where its high-water mark would hold it up after each thousand messages.
   */
  #gather(chunks: readonly Uint8Array[]): boolean {
    let length = this.#gatheredLength;
    for (const chunk of chunks) length += chunk.length;
    if (length > GATHER_SIZE) return false;
    const memory = this.#room(length);
    let at = this.#gatheredLength;
    for (const chunk of chunks) {
      memory.set(chunk, at);
      at += chunk.length;
    }
    this.#gatheredLength = at;
    return true;
  }

  /** Memory for so much, with what was gathered so far. */
  #room(length: number): Uint8Array {
    const memory = this.#gathered;
    if (memory === undefined) return this.#gathered = borrowSlab(Math.max(length, this.#usual));
    if (length <= memory.length) return memory;
    const larger = this.#gathered = borrowSlab(length);
    larger.set(memory.subarray(0, this.#gatheredLength));
    returnSlab(memory);
    return larger;
  }

  /** In one function: each further one that is awaited costs three microtasks a write. */
  async #send(): Promise<void> {
    const connection = this.#connection;
    try {
      for (;;) {
        const memory = this.#gathered;
        if (memory === undefined) {
          if (this.#held === undefined) break;
          await this.#sendHeld(this.#held);
          continue;
        }
        const length = this.#gatheredLength;
        this.#gathered = undefined;
        this.#gatheredLength = 0;
        this.#usual = Math.max(length, SMALLEST_SLAB);
        let sent = 0;
        while (sent < length) sent += await connection.write(memory.subarray(sent, length));
        returnSlab(memory);
      }
    } catch (error) {
      // Not the end yet: octets of the peer may still wait to be read, and the reader finds the end itself.
      this.#error ??= systemError(error);
      return;
    }
    this.#writing = false;
    if (!this.#closed && this.#ending) this.#shutdown();
  }

  async #sendHeld(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      let sent = 0;
      while (sent < chunk.length) sent += await this.#connection.write(chunk.subarray(sent));
    }
    this.#held = undefined;
    if (!this.#closed && !this.#ending) this.#sink?.onDrain();
  }

  #shutdown(): void {
    this.#connection.closeWrite().catch(() => this.#close());
  }

  #close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
    this.#buffer.clear();
    this.resume();
    queueMicrotask(() => this.#sink?.onClose(this.#error ?? error));
  }
}
