/**
 * One connection of Node, a `net.Socket` inside.
 *
 * @module
 */

import type { ByteStream, ByteStreamSink } from "../src/io/stream.ts";
import { ReadBuffer } from "./read_buffer.ts";
import { allocate, formatAddress, systemError } from "./system.ts";

type Callback = (error?: Error | null) => void;

/** How Node is told to read into memory of ours (`onread`). */
export interface OnRead {
  /** Where the next octets go; asked after each read. */
  readonly buffer: () => Uint8Array;
  readonly callback: (length: number) => boolean;
}

/** `net.Socket`, as far as it is used. */
export interface Socket {
  /** The system's socket inside; no public name has it. */
  _handle?: unknown;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly writableLength: number;
  readonly destroyed: boolean;
  /** Whether "close" has been. */
  readonly closed: boolean;
  write(chunk: Uint8Array, sent?: () => void): boolean;
  _write(chunk: Uint8Array, encoding: string, callback: Callback): void;
  _writev(chunks: readonly unknown[], callback: Callback): void;
  cork(): void;
  uncork(): void;
  pause(): void;
  resume(): void;
  end(): void;
  destroy(error?: Error): void;
  unref(): void;
  setNoDelay(on: boolean): void;
  setTimeout(milliseconds: number): void;
  setKeepAlive(on: boolean, idleMilliseconds?: number, intervalMilliseconds?: number, count?: number): void;
  setTypeOfService?(octet: number): void;
  on(event: "data", listener: (chunk: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "connect" | "secureConnect" | "end" | "close", listener: () => void): void;
}

declare const queueMicrotask: (callback: () => void) => void;

const EMPTY = new Uint8Array(0);
/** The most that is read at once. */
const LARGEST_READ = 131072;
/**
 * Whether sockets read into memory of ours: large bodies arrive where they belong, and small reads cost neither a
 * buffer of 64 KiB each nor the machinery of a Readable. Bun, which borrows this adapter, has its own way.
 */
export const ownMemory: boolean = !("Bun" in globalThis || "Deno" in globalThis);

/** Reads one socket's octets into memory of ours. */
export class Reader implements OnRead {
  sink: ByteStreamSink | undefined;
  /** What becomes of octets that nobody hears any more. */
  letGo: ((length: number) => void) | undefined;
  paused = false;
  readonly #buffer = new ReadBuffer(LARGEST_READ, allocate);
  #targeted = false;
  #late: (() => void) | undefined;

  readonly buffer = (): Uint8Array => {
    const target = this.letGo || this.paused ? undefined : this.sink?.target?.();
    this.#targeted = target !== undefined;
    return target ?? this.#buffer.space();
  };

  readonly callback = (length: number): boolean => {
    if (this.letGo) {
      // Where it lies: what nobody hears costs no memory.
      this.letGo(length);
      return !this.paused;
    }
    const chunk = this.#targeted ? undefined : this.#buffer.take(length);
    // Node may still read once after `pause`; that waits here.
    if (this.paused) this.#late = () => this.#deliver(length, chunk);
    else this.#deliver(length, chunk);
    return !this.paused;
  };

  /** Reads on. */
  resume(): void {
    this.paused = false;
    const late = this.#late;
    this.#late = undefined;
    late?.();
  }

  #deliver(length: number, chunk: Uint8Array | undefined): void {
    if (this.letGo) return this.letGo(length);
    if (chunk) this.sink!.onData(chunk);
    else this.sink!.onFilled!(length);
  }
}

/** A connection as the engine wants it. */
export class NodeStream implements ByteStream {
  readonly remote: string;
  readonly local: string;
  readonly #socket: Socket;
  readonly #reader: Reader | undefined;
  /** Deno's TLS never calls back for an empty write, nor for what comes behind one. */
  readonly #marked: boolean = "Deno" in globalThis;
  #sink: ByteStreamSink | undefined;
  /** Nothing more may be written: `end` or `destroy` was called, or the connection is gone. */
  #finished = false;
  /** How many octets may still come. */
  #patience = Infinity;
  #error: Error | undefined;

  constructor(socket: Socket, path: string | undefined, reader: Reader | undefined) {
    this.#socket = socket;
    this.#reader = reader;
    this.remote = path ?? formatAddress(socket.remoteAddress, socket.remotePort);
    this.local = path ?? formatAddress(socket.localAddress, socket.localPort);
    surviveFailedWrites(socket, (error) => {
      // `destroy` cancels what is being written, and that is no error.
      if (!socket.destroyed) this.#error ??= systemError(error);
    });
    socket.on("error", (error) => this.#error ??= systemError(error));
    const closed = (): void => {
      this.#finished = true;
      this.#sink?.onClose(this.#error);
    };
    if (socket.closed) queueMicrotask(closed);
    else socket.on("close", closed);
  }

  /** Begins to read. */
  start(sink: ByteStreamSink): void {
    this.#sink = sink;
    // After `end` we read on only to see the peer's end: closing with octets unread would send a reset, and
    // the peer could lose the last of ours.
    if (!this.#reader) {
      this.#socket.on("data", (chunk) => this.#finished ? this.#letGo(chunk.length) : sink.onData(chunk));
    }
    this.#socket.on("end", () => this.destroy());
    if (!this.#reader) return;
    this.#reader.sink = sink;
    this.#socket.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#finished || this.#error) return false;
    const socket = this.#socket;
    if (this.#marked) return this.#writeMarked(chunks);
    if (chunks.length === 1) socket.write(chunks[0]!);
    else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
    // What the system took at once is gone from the count by now, though callbacks and events come later.
    if (socket.writableLength === 0) return true;
    // "drain" is for those above the high-water mark only; the callback of an empty write behind is for all.
    if (!this.#finished) socket.write(EMPTY, this.#sent);
    return false;
  }

  /** The same by the callback of the last chunk. */
  #writeMarked(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    const filled = chunks.filter((chunk) => chunk.length > 0);
    const last = filled.pop();
    if (last === undefined) return true;
    socket.cork();
    for (const chunk of filled) socket.write(chunk);
    socket.write(last, this.#sent);
    socket.uncork();
    return false;
  }

  pause(): void {
    if (this.#reader) this.#reader.paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#reader?.resume();
    if (!this.#reader?.paused) this.#socket.resume();
  }

  end(patience = Infinity): void {
    if (this.#finished) return;
    this.#patience = patience;
    this.#finish();
    this.resume();
    this.#socket.end();
  }

  destroy(): void {
    this.#finish();
    this.#socket.destroy();
  }

  #finish(): void {
    this.#finished = true;
    if (this.#reader) this.#reader.letGo = this.#letGo;
  }

  readonly #letGo = (length: number): void => {
    this.#patience -= length;
    if (this.#patience < 0) this.#socket.destroy();
  };

  readonly #sent = (): void => {
    if (!this.#finished && this.#socket.writableLength === 0) this.#sink?.onDrain();
  };
}

/**
 * Takes over a connection that another server has accepted, at once: what comes from now on is the sink's. It is
 * not told from inside this call.
 */
export function adopt(socket: object, sink: ByteStreamSink): ByteStream {
  const adopted = socket as Socket;
  // A server for HTTP ends connections that are idle for long; this one may be.
  adopted.setTimeout(0);
  adopted.setNoDelay(true);
  adopted.unref();
  const stream = new NodeStream(adopted, undefined, undefined);
  stream.start(sink);
  return stream;
}

/**
 * Keeps a failed write from closing the socket: it would take the octets along that the peer sent before it
 * left and that we have not read yet. Reading comes to the end, or to an error, by itself.
 */
function surviveFailedWrites(socket: Socket, failed: (error: Error) => void): void {
  const { _write, _writev } = socket;
  let original: Callback | undefined;
  let wrapped: Callback;
  const wrap = (callback: Callback): Callback => {
    // It is always the same one, so one wrapper serves all writes.
    if (callback !== original) {
      original = callback;
      wrapped = (error) => error ? failed(error) : callback(error);
    }
    return wrapped;
  };
  socket._write = (chunk, encoding, callback) => _write.call(socket, chunk, encoding, wrap(callback));
  socket._writev = (chunks, callback) => _writev.call(socket, chunks, wrap(callback));
}
