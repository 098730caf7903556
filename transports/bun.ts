/**
 * Bun's streams, on `Bun.connect` and `Bun.listen`. Its `write` copies what the system takes at once and
 * answers how much that was; the rest waits here for `drain`. It has no gather write, so small chunks are
 * joined in scratch memory that all connections share.
 *
 * @module
 */

import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamSettings,
} from "../src/io/stream.ts";
import type { Transports } from "../src/io/transports.ts";
import { udp } from "./dgram.ts";
import {
  abortable,
  allocate,
  checkPath,
  formatAddress,
  listenOnPath,
  listenOnPathSync,
  networkInterfaces,
  onLinux,
  remove,
  requireNumeric,
  resolve,
  systemError,
  temporaryDirectory,
  temporaryDirectorySync,
} from "./system.ts";

interface Socket {
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
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, idleMilliseconds?: number): void;
}

interface Listener {
  readonly hostname: string;
  readonly port: number;
  stop(): void;
  unref(): void;
}

declare const Bun: {
  connect(options: { [name: string]: unknown }): Promise<Socket>;
  listen(options: { [name: string]: unknown }): Listener;
};
declare const queueMicrotask: (callback: () => void) => void;

/** The transports of Bun. */
export const transports: Transports = {
  runtime: "bun",
  tcp: { dial, listen, listenSync },
  ipc: { dial, listen, listenSync },
  abstractNames: onLinux(),
  udp,
  networkInterfaces,
  temporaryDirectory,
  temporaryDirectorySync,
  remove,
  allocate,
  batchSize: 262144,
};

/** From this size on, writing a chunk by itself is cheaper than copying it behind the others. */
const LARGE_CHUNK = 16384;
/** Where small chunks are joined; it is free again when the write returns. */
const SCRATCH_SIZE = 131072;
let scratch: Uint8Array | undefined;

class BunStream implements ByteStream {
  readonly remote: string;
  readonly local: string;
  readonly #socket: Socket;
  #sink: ByteStreamSink | undefined;
  /** What is being written, and how far that is: a chunk and an offset in it. */
  #chunks: readonly Uint8Array[] = [];
  #next = 0;
  #offset = 0;
  #paused = false;
  /** Bun reads on after a reset, paused or not. */
  #held: Uint8Array[] = [];
  #ending = false;
  #closed = false;
  #over: { readonly error: Error | undefined } | undefined;

  constructor(socket: Socket, path: string | undefined, settings: StreamSettings) {
    this.#socket = socket;
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
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    if (this.#held.length > 0 || this.#over) queueMicrotask(() => this.#release());
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.resume();
    if (this.#next === this.#chunks.length) this.#socket.shutdown();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#ending = this.#closed = true;
    this.#held = [];
    this.#socket.end();
    if (this.#over) queueMicrotask(() => this.#release());
  }

  onData(chunk: Uint8Array): void {
    // After `end` we read on only to see the peer's end: closing with octets unread would send a reset, and
    // the peer could lose the last of ours.
    if (this.#ending) return;
    if (this.#paused || this.#held.length > 0) this.#held.push(chunk);
    else this.#sink?.onData(chunk);
  }

  onDrain(): void {
    if (this.#closed || this.#next === this.#chunks.length || !this.#flush()) return;
    if (this.#ending) this.#socket.shutdown();
    else this.#sink?.onDrain();
  }

  onClose(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = { error: this.#closed ? undefined : error };
    // Bun may come here from within a write that failed.
    queueMicrotask(() => this.#release());
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

const HANDLERS = {
  binaryType: "uint8array",
  data(socket: Socket, chunk: Uint8Array): void {
    socket.data?.onData(chunk);
  },
  drain(socket: Socket): void {
    socket.data?.onDrain();
  },
  end(socket: Socket): void {
    socket.end();
  },
  close(socket: Socket, error?: Error): void {
    socket.data?.onClose(error && systemError(error));
  },
} as const;

async function dial(
  address: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  signal.throwIfAborted();
  const { host = "", port, path } = address;
  if (path === undefined && !(isLoopback(host) && address.sourceHost === undefined && !address.sourcePort)) {
    // `Bun.connect` knows no source address, and an attempt of it cannot be cancelled: one that nobody answers
    // would hold the process for two minutes. On loopback an answer comes at once, and Bun's own is faster.
    const { transports } = await import("./node.ts");
    return await transports.tcp!.dial(address, settings, sink, signal);
  }
  if (path !== undefined) checkPath(path);
  let stream: BunStream | undefined;
  const open = (socket: Socket): void => {
    if (signal.aborted) return void socket.end();
    stream = socket.data = new BunStream(socket, path, settings);
    stream.start(sink);
  };
  const connected = async (): Promise<void> => {
    const place = path !== undefined
      ? { unix: path }
      : { hostname: settings.ipv6 ? host : await resolve(host, false), port };
    try {
      signal.throwIfAborted();
      await Bun.connect({ ...place, allowHalfOpen: true, socket: { ...HANDLERS, open, connectError() {} } });
    } catch (error) {
      throw systemError(error);
    }
  };
  await abortable(connected(), signal);
  return stream!;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.[\d.]+$/.test(host);
}

async function listen(
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
): Promise<StreamListener> {
  const { host = "", path } = address;
  if (path !== undefined) {
    return await listenOnPath(path, () => open(address, settings, accept), () => testDial(path));
  }
  return open({ ...address, host: await resolve(host, settings.ipv6) }, settings, accept);
}

function listenSync(
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
): StreamListener {
  const { host = "", path } = address;
  if (path !== undefined) return listenOnPathSync(path, () => open(address, settings, accept));
  requireNumeric(host);
  return open(address, settings, accept);
}

function open(
  { host, port, path }: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
): StreamListener {
  const opened = (socket: Socket): void => {
    const stream = socket.data = new BunStream(socket, path, settings);
    try {
      stream.start(accept(stream));
    } catch {
      stream.destroy();
    }
  };
  const place = path !== undefined ? { unix: path } : { hostname: host, port, ipv6Only: !settings.ipv6 };
  let listener: Listener;
  try {
    listener = Bun.listen({
      ...place,
      allowHalfOpen: true,
      exclusive: true,
      socket: { ...HANDLERS, open: opened },
    });
  } catch (error) {
    throw systemError(error);
  }
  listener.unref();
  return {
    address: path !== undefined ? { path } : { host: listener.hostname, port: listener.port },
    close: () => Promise.resolve(listener.stop()),
  };
}

async function testDial(path: string): Promise<void> {
  const socket = await Bun.connect({ unix: path, socket: { ...HANDLERS, open() {}, connectError() {} } });
  socket.end();
}
