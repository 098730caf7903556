/**
 * A sink that keeps what it hears and lets a test wait for it, and two of them at the ends of a connection.
 */

import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamSettings,
  StreamTransport,
} from "../../src/io/stream.ts";

/** How the tests open streams unless they are about a setting. */
export const SETTINGS: StreamSettings = { keepAlive: -1, keepAliveIdle: -1, backlog: 100, ipv6: false };

/** What an adapter told, and promises for what it will tell. */
export class Recorder implements ByteStreamSink {
  /** The octets as they came, each chunk with a copy made on arrival. */
  readonly chunks: { readonly chunk: Uint8Array; readonly copy: Uint8Array }[] = [];
  /** How many octets came. */
  received = 0;
  /** How many times `onDrain` came. */
  drains = 0;
  /** What `onClose` brought, once for each time. */
  readonly closes: (Error | undefined)[] = [];
  /** What came after `onClose`, by name. */
  readonly late: string[] = [];
  /** Called after each chunk. */
  afterChunk: (() => void) | undefined;
  readonly #waiting = new Set<() => void>();

  onData(chunk: Uint8Array): void {
    this.note("onData");
    this.chunks.push({ chunk, copy: chunk.slice() });
    this.received += chunk.length;
    this.afterChunk?.();
    this.wake();
  }

  onDrain(): void {
    this.note("onDrain");
    this.drains++;
    this.wake();
  }

  onClose(error?: Error): void {
    this.note("onClose");
    this.closes.push(error);
    this.wake();
  }

  /** The code of the error that the connection ended by, `undefined` without an error. */
  get closeCode(): unknown {
    return (this.closes[0] as { code?: unknown } | undefined)?.code;
  }

  /** Waits until so many octets came. */
  octets(count: number): Promise<void> {
    return this.until(() => this.received >= count, () => `${this.received} of ${count} octets`);
  }

  /** Waits until `onDrain` came so many times. */
  drained(times: number): Promise<void> {
    return this.until(() => this.drains >= times, () => `${this.drains} of ${times} onDrain`);
  }

  /** Waits for `onClose`. */
  closed(): Promise<void> {
    return this.until(() => this.closes.length > 0, () => `no onClose, ${this.received} octets`);
  }

  /** All octets, as the chunks hold them now: who wrote to a chunk later is found out. */
  contents(): Uint8Array {
    const all = new Uint8Array(this.received);
    let offset = 0;
    for (const { chunk } of this.chunks) {
      all.set(chunk, offset);
      offset += chunk.length;
    }
    return all;
  }

  protected note(event: string): void {
    if (this.closes.length > 0) this.late.push(event);
  }

  protected wake(): void {
    for (const each of this.#waiting) each();
  }

  protected until(met: () => boolean, state: () => string): Promise<void> {
    return new Promise((fulfil, reject) => {
      const check = () => {
        if (met()) fulfil();
        else if (this.closes.length > 0) {
          reject(new Error(`closed by ${this.closes[0]?.message ?? "either side"} with ${state()}`));
        } else return;
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
  }
}

/** What a pair is made with, where the usual does not do. */
export interface PairParts {
  /** What the end that dials hears by. */
  readonly near?: Recorder;
  /** What the end that accepts hears by. */
  readonly far?: Recorder;
  /** Sees the accepted stream before it reads. */
  prepare?(stream: ByteStream): void;
}

/** A listener, a connection to it and both its ends. */
export class Pair {
  readonly listener: StreamListener;
  readonly dialled: ByteStream;
  readonly accepted: ByteStream;
  /** What the end that dialled hears. */
  readonly near: Recorder;
  /** What the end that accepted hears. */
  readonly far: Recorder;

  private constructor(
    listener: StreamListener,
    dialled: ByteStream,
    accepted: ByteStream,
    near: Recorder,
    far: Recorder,
  ) {
    this.listener = listener;
    this.dialled = dialled;
    this.accepted = accepted;
    this.near = near;
    this.far = far;
  }

  /** Opens all of it. `prepare` sees the accepted stream before it reads. */
  static async open(
    transport: StreamTransport,
    address: StreamAddress,
    { near = new Recorder(), far = new Recorder(), prepare }: PairParts = {},
  ): Promise<Pair> {
    let arrived: (stream: ByteStream) => void;
    const arrival = new Promise<ByteStream>((fulfil) => arrived = fulfil);
    const listener = await transport.listen(address, SETTINGS, (stream) => {
      prepare?.(stream);
      arrived(stream);
      return far;
    }, unexpected);
    const dialled = await transport.dial(listener.address, SETTINGS, near, new AbortController().signal);
    return new Pair(listener, dialled, await arrival, near, far);
  }

  /** Closes what is open, waits for both ends to hear it. */
  async close(): Promise<void> {
    this.dialled.destroy();
    this.accepted.destroy();
    await this.listener.close();
    await Promise.all([this.near.closed(), this.far.closed()]);
  }
}

/** For a listener that must not fail. */
export function unexpected(error: Error): void {
  throw error;
}

/** Octets of which no two stretches are alike for long, so that a lost or doubled one shows. */
export function pattern(length: number, seed = 1): Uint8Array {
  const octets = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    octets[i] = state >>> 16;
  }
  return octets;
}

/** The first place where two runs of octets differ, -1 if there is none. For megabytes, where a text is too long. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? -1 : length;
}
