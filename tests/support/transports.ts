/**
 * A network in memory for `new Context({ transports })`: TCP and Unix sockets without a kernel. It cuts what is
 * written into random pieces, takes only so much before it is full, and loses connections when and where a test
 * says, all from one seed.
 *
 * What `write` refused to copy (it answered `false`) is read when it is delivered and not before: memory that
 * its owner changes too early arrives changed.
 */

import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamTransport,
} from "../../src/io/stream.ts";
import { afterTurn } from "../../src/io/timers.ts";
import type { Transports } from "../../src/io/transports.ts";
import { Random } from "./reference.ts";

/** How the network behaves. */
export interface NetworkOptions {
  readonly seed?: number;
  /** Most octets of a piece. */
  readonly piece?: number;
  /** Octets on their way in one direction from which on a stream is full. */
  readonly capacity?: number;
  /** Whether octets are read to where the sink's `target` says. */
  readonly direct?: boolean;
  /** Octets that the engine gathers for one write. */
  readonly batchSize?: number;
}

/** Pieces that a connection delivers in one turn of the event loop. */
const STEPS = 8;

/** An error with the system's name. */
function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The network. */
export class Network {
  readonly random: Random;
  readonly piece: number;
  readonly capacity: number;
  readonly direct: boolean;
  readonly transports: Transports;
  /** All connections that are open, oldest first. */
  readonly connections: Connection[] = [];
  /** How many connections were made. */
  made = 0;
  /** How many dials there were, refused ones too. */
  dials = 0;
  /** While true, nothing is delivered. */
  frozen = false;
  /** While true, dials are refused though somebody listens. */
  refusing = false;
  /** Called with each new connection, before an octet of it has gone anywhere. */
  onConnection: (connection: Connection) => void = () => {};
  readonly #listeners = new Map<string, Listening>();
  readonly #idle: (() => void)[] = [];
  #port = 40_000;
  #scheduled = false;
  #quiet = 0;

  constructor(
    { seed = 1, piece = 65_536, capacity = 1 << 20, direct = false, batchSize }: NetworkOptions = {},
  ) {
    this.random = new Random(seed);
    this.piece = piece;
    this.capacity = capacity;
    this.direct = direct;
    const transport: StreamTransport = {
      dial: (address, _settings, sink, signal) => this.#dial(address, sink, signal),
      listen: (address, _settings, accept) => this.#listen(address, accept),
    };
    this.transports = {
      runtime: "node",
      tcp: transport,
      ipc: transport,
      ...(batchSize === undefined ? {} : { batchSize }),
    };
  }

  /** Resolves when nothing can be delivered any more, for some turns in a row. */
  idle(): Promise<void> {
    this.#quiet = 0;
    this.wake();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when this is true, asked once a turn. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.turn();
  }

  /** The next turn of the event loop, in which something may be delivered. */
  turn(): Promise<void> {
    this.wake();
    return new Promise((resolve) => afterTurn(resolve));
  }

  /** Loses every connection, without a word to either side's peer. */
  killAll(): void {
    for (const connection of [...this.connections]) connection.kill();
  }

  /** Something may be deliverable. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterTurn(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    let moved = false;
    for (let i = 0; i < STEPS && !this.frozen; i++) {
      let some = false;
      for (const connection of [...this.connections]) some = connection.step() || some;
      if (!some) break;
      moved = true;
    }
    if (moved) this.#quiet = 0;
    else if (++this.#quiet >= 4) {
      this.#idle.splice(0).forEach((resolve) => resolve());
      return;
    }
    this.wake();
  }

  async #dial(address: StreamAddress, sink: ByteStreamSink, signal: AbortSignal): Promise<ByteStream> {
    this.dials++;
    await new Promise<void>((resolve) => afterTurn(resolve));
    signal.throwIfAborted();
    const listening = this.#listeners.get(keyOf(address));
    if (listening === undefined || this.refusing) throw systemError("ECONNREFUSED");
    const connection = new Connection(this, ++this.made);
    const { near, far } = connection;
    near.sink = sink;
    this.connections.push(connection);
    this.onConnection(connection);
    afterTurn(() => {
      if (connection.closed) return;
      far.sink = listening.accept(far);
      this.wake();
    });
    this.wake();
    return near;
  }

  async #listen(
    address: StreamAddress,
    accept: (stream: ByteStream) => ByteStreamSink,
  ): Promise<StreamListener> {
    await Promise.resolve();
    const actual = address.path === undefined
      ? { host: address.host ?? "127.0.0.1", port: address.port || ++this.#port }
      : { path: address.path };
    const key = keyOf(actual);
    if (this.#listeners.has(key)) throw systemError("EADDRINUSE");
    this.#listeners.set(key, { accept });
    return {
      address: actual,
      close: () => {
        this.#listeners.delete(key);
        return Promise.resolve();
      },
    };
  }
}

interface Listening {
  readonly accept: (stream: ByteStream) => ByteStreamSink;
}

function keyOf({ port, path }: StreamAddress): string {
  return path ?? String(port);
}

/** One connection: two ends and what is on its way between them. */
export class Connection {
  readonly id: number;
  /** The end that dialled. */
  readonly near: End;
  /** The end that accepted. */
  readonly far: End;
  closed = false;
  readonly network: Network;

  constructor(network: Network, id: number) {
    this.network = network;
    this.id = id;
    this.near = new End(this, `127.0.0.1:${50_000 + id}`);
    this.far = new End(this, "127.0.0.1:40000");
    this.near.other = this.far;
    this.far.other = this.near;
  }

  /** Loses it: both sides hear that it was reset. */
  kill(): void {
    if (this.closed) return;
    this.close(systemError("ECONNRESET"));
  }

  /** Delivers a little, each way. Answers whether anything happened. */
  step(): boolean {
    if (this.closed || this.far.sink === undefined) return false;
    const [first, second] = this.network.random.chance(0.5) ? [this.near, this.far] : [this.far, this.near];
    const moved = first.deliver();
    return (!this.closed && second.deliver()) || moved;
  }

  /** Both ends hear of it, not from inside a call of theirs. */
  close(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    const { connections } = this.network;
    connections.splice(connections.indexOf(this), 1);
    afterTurn(() => {
      this.near.sink?.onClose(error);
      this.far.sink?.onClose(error);
      this.network.wake();
    });
  }
}

/** One end, as the engine sees it. */
export class End implements ByteStream {
  readonly local: string;
  sink: ByteStreamSink | undefined;
  other!: End;
  /** Whether the engine has stopped reading here. */
  paused = false;
  /** Octets written here so far, and octets that have reached the other end. */
  written = 0;
  delivered = 0;
  /** The connection is lost when this many octets have reached the other end. */
  killAt = Infinity;
  /** Nothing written here is delivered while true. */
  held = false;
  readonly #connection: Connection;
  readonly #waiting: Uint8Array[] = [];
  #size = 0;
  #full = false;
  #ended = false;

  constructor(connection: Connection, local: string) {
    this.#connection = connection;
    this.local = local;
  }

  get remote(): string {
    return this.other.local;
  }

  /** Octets that are on their way. */
  get waiting(): number {
    return this.#size;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const { network, closed } = this.#connection;
    if (closed || this.#ended) return false;
    if (this.#full) throw new Error("written to before onDrain");
    let size = 0;
    for (const chunk of chunks) size += chunk.length;
    this.written += size;
    this.#size += size;
    this.#full = this.#size >= network.capacity;
    for (const chunk of chunks) this.#waiting.push(this.#full ? chunk : chunk.slice());
    network.wake();
    return !this.#full;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#connection.network.wake();
  }

  end(): void {
    this.#ended = true;
    this.#connection.network.wake();
  }

  destroy(): void {
    this.#ended = true;
    this.#connection.close();
  }

  /** Brings a piece to the other end. Answers whether anything happened. */
  deliver(): boolean {
    const connection = this.#connection;
    const { network } = connection;
    const { sink } = this.other;
    if (sink === undefined || this.held) return false;
    if (this.#size === 0) {
      if (this.#ended) connection.close();
      return this.#ended;
    }
    // An end that has said its last reads on, but nobody listens to it.
    if (this.other.paused) return false;
    const most = Math.min(this.#size, network.random.between(1, network.piece), this.killAt - this.delivered);
    if (most > 0) {
      const target = network.direct ? sink.target?.() : undefined;
      const piece = this.#take(target === undefined ? most : Math.min(most, target.length));
      this.delivered += piece.length;
      if (target === undefined) sink.onData(piece);
      else {
        target.set(piece);
        sink.onFilled!(piece.length);
      }
    }
    if (connection.closed) return true;
    if (this.delivered >= this.killAt) connection.kill();
    else if (this.#full && this.#size === 0) {
      this.#full = false;
      if (!this.#ended) this.sink?.onDrain();
    }
    return true;
  }

  #take(length: number): Uint8Array {
    const piece = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const first = this.#waiting[0]!;
      const some = Math.min(first.length, length - at);
      piece.set(first.subarray(0, some), at);
      at += some;
      if (some === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(some);
    }
    this.#size -= length;
    return piece;
  }
}
