/**
 * Deno's streams, on `Deno.connect` and `Deno.listen`. Reading is a loop of promises here; a write is always
 * under way for at least a microtask, so `write` answers `false` and the sink gathers meanwhile.
 *
 * @module
 */

import type { DatagramSettings, DatagramSink, DatagramSocket } from "../src/io/datagram.ts";
import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamSettings,
} from "../src/io/stream.ts";
import type { InterfaceAddress, Transports } from "../src/io/transports.ts";
import { udp } from "./dgram.ts";
import { ReadBuffer } from "./read_buffer.ts";
import {
  abortable,
  checkPath,
  formatAddress,
  listenOnPath,
  onLinux,
  resolve,
  systemError,
} from "./system.ts";

interface Address {
  readonly hostname?: string;
  readonly port?: number;
}

interface Connection {
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

interface Listener {
  readonly addr: Address;
  accept(): Promise<Connection>;
  close(): void;
  unref(): void;
}

declare const Deno: {
  connect(options: { [name: string]: unknown }): Promise<Connection>;
  listen(options: { [name: string]: unknown }): Listener;
  makeTempDir(options: { prefix: string }): Promise<string>;
  removeSync(path: string): void;
  unrefTimer(timer: number): void;
  networkInterfaces(): readonly {
    readonly name: string;
    readonly address: string;
    readonly family: "IPv4" | "IPv6";
    readonly scopeid: number | null;
  }[];
  readonly permissions: {
    request(descriptor: { name: "net"; host: string }): Promise<{ readonly state: string }>;
  };
};
declare const setImmediate: (callback: () => void) => unknown;
declare const setTimeout: (callback: () => void, milliseconds: number) => number;
declare const queueMicrotask: (callback: () => void) => void;

/** The transports of Deno. */
export const transports: Transports = {
  runtime: "deno",
  tcp: { dial, listen },
  ipc: { dial, listen },
  abstractNames: onLinux(),
  udp: { open },
  networkInterfaces,
  temporaryDirectory: () => Deno.makeTempDir({ prefix: "puremq-" }),
  remove,
  batchSize: 262144,
};

/** The most that is read at once. */
const LARGEST_READ = 262144;
/** The most that is gathered while a write is under way. */
const GATHER_SIZE = 262144;
/** Memory for that which no connection uses right now. */
const spare: Uint8Array[] = [];
const SPARE_MAX = 16;

class DenoStream implements ByteStream {
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
  /** Chunks that did not fit there: they go out behind it, and nothing is taken before they have left. */
  #held: readonly Uint8Array[] | undefined;
  #ending = false;
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

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resumed?.();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
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
        return this.#close(systemError(error));
      }
      if (length === null) return this.#close();
      if (this.#paused) await this.#resume();
      // After `end` we read on only to see the peer's end: closing with octets unread would send a reset,
      // and the peer could lose the last of ours.
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
    const memory = this.#gathered ??= spare.pop() ?? new Uint8Array(GATHER_SIZE);
    let at = this.#gatheredLength;
    for (const chunk of chunks) {
      memory.set(chunk, at);
      at += chunk.length;
    }
    this.#gatheredLength = at;
    return true;
  }

  async #send(): Promise<void> {
    try {
      for (;;) {
        if (this.#gathered) await this.#sendGathered(this.#gathered, this.#gatheredLength);
        else if (this.#held) await this.#sendHeld(this.#held);
        else break;
      }
    } catch (error) {
      // Not the end yet: octets of the peer may still wait to be read, and the reader finds the end itself.
      this.#error ??= systemError(error);
      return;
    }
    this.#writing = false;
    if (!this.#closed && this.#ending) this.#shutdown();
  }

  async #sendGathered(memory: Uint8Array, length: number): Promise<void> {
    this.#gathered = undefined;
    this.#gatheredLength = 0;
    await this.#sendAll(memory.subarray(0, length));
    if (spare.length < SPARE_MAX) spare.push(memory);
  }

  async #sendHeld(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) await this.#sendAll(chunk);
    this.#held = undefined;
    if (!this.#closed && !this.#ending) this.#sink?.onDrain();
  }

  async #sendAll(chunk: Uint8Array): Promise<void> {
    let sent = await this.#connection.write(chunk);
    while (sent < chunk.length) sent += await this.#connection.write(chunk.subarray(sent));
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

async function dial(
  address: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  signal.throwIfAborted();
  const { path } = address;
  if (path === undefined && (address.sourceHost !== undefined || address.sourcePort)) {
    // Deno's own interface cannot dial from a given address; Node's on Deno can, at half the speed.
    const { transports } = await import("./node.ts");
    return await transports.tcp!.dial(address, settings, sink, signal);
  }
  if (path !== undefined) checkPath(path);
  const connection = await abortable(connect(address, settings, signal), signal, (late) => late.close());
  const stream = new DenoStream(connection, path, settings);
  stream.start(sink);
  return stream;
}

async function connect(
  { host = "", port, path }: StreamAddress,
  { ipv6 }: StreamSettings,
  signal: AbortSignal,
): Promise<Connection> {
  try {
    if (path !== undefined) return await Deno.connect({ transport: "unix", path });
    return await Deno.connect({ hostname: ipv6 ? host : await resolve(host, false), port, signal });
  } catch (error) {
    throw systemError(error);
  }
}

async function listen(
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Promise<StreamListener> {
  const { path } = address;
  if (path === undefined) return await listenTcp(address, settings, accept, failed);
  return await listenOnPath(path, async () => {
    await closing.get(path);
    const listener = Deno.listen({ transport: "unix", path });
    return serve(listener, address, settings, accept, failed);
  }, async () => (await Deno.connect({ transport: "unix", path })).close());
}

async function listenTcp(
  { host = "", port }: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Promise<StreamListener> {
  try {
    const hostname = await resolve(host, settings.ipv6);
    const listener = Deno.listen({ hostname, port, tcpBacklog: settings.backlog });
    const { addr } = listener;
    return serve(listener, { host: addr.hostname!, port: addr.port! }, settings, accept, failed);
  } catch (error) {
    throw systemError(error);
  }
}

/**
 * Paths whose listener is closing: Deno removes the file when the accept has failed, and would remove the one of
 * a new listener that came before that.
 */
const closing = new Map<string, Promise<void>>();

function serve(
  listener: Listener,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  listener.unref();
  let open = true;
  const acceptAll = async (): Promise<void> => {
    while (open) {
      let stream: DenoStream;
      try {
        stream = new DenoStream(await listener.accept(), address.path, settings);
      } catch (error) {
        if (!open) return;
        failed(systemError(error));
        // Out of descriptors, most likely: trying again at once would fail again at once.
        await new Promise<void>((fulfil) => Deno.unrefTimer(setTimeout(fulfil, 100)));
        continue;
      }
      try {
        stream.start(accept(stream));
      } catch {
        stream.destroy();
      }
    }
  };
  const accepting = acceptAll();
  return {
    address,
    async close(): Promise<void> {
      if (!open) return;
      open = false;
      listener.close();
      // The system's socket lives until the accept that was under way has failed.
      const { path } = address;
      if (!path) return await accepting;
      closing.set(path, accepting);
      await accepting;
      if (closing.get(path) === accepting) closing.delete(path);
      // Deno 2.9 has removed the file by now, earlier versions have not.
      if (!path.startsWith("\0")) removeNow(path);
    },
  };
}

async function open(settings: DatagramSettings, sink: DatagramSink): Promise<DatagramSocket> {
  // Node's module on Deno throws a refused permission where nobody can catch it.
  const descriptor = { name: "net", host: hostAndPort(settings) } as const;
  const { state } = await Deno.permissions.request(descriptor);
  if (state !== "granted") {
    throw systemError(new Error(`Requires net access to "${descriptor.host}"`), "EACCES");
  }
  return await udp.open(settings, sink);
}

function hostAndPort({ host, port }: DatagramSettings): string {
  return formatAddress(host, port);
}

function networkInterfaces(): readonly InterfaceAddress[] {
  try {
    return Deno.networkInterfaces().map(({ name, address, family, scopeid }) =>
      scopeid ? { name, address, family, scope: scopeid } : { name, address, family }
    );
  } catch {
    // Not permitted: as if there were none.
    return [];
  }
}

function remove(path: string): Promise<void> {
  return new Promise((fulfil) => fulfil(removeNow(path)));
}

function removeNow(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    const failure = systemError(error) as Error & { code: string };
    if (failure.code !== "ENOENT") throw failure;
  }
}
