/**
 * A bad network between two ends: a TCP or Unix proxy that cuts connections, delays, splits, throttles and stalls
 * what goes through, closes one direction, and connects those that came in another order. What is random comes from
 * one seed. It never buffers more than 64 KiB a direction, so a stalled link is felt as back-pressure.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { Random } from "../support/reference.ts";
import type { World } from "./fault.ts";

/** Octets that wait in the proxy in one direction from which on it reads no more. */
const CAPACITY = 65536;

/** Where connections are led to: a port of this machine, or the path of a socket. */
export type Target = number | string;

/** Which end of a link: who dialled the proxy, or who is dialled by it. */
export type End = "caller" | "server";

/** The proxy, and what it does to connections that are open or come. */
export class Proxy {
  /** Where to connect to instead of the target. */
  readonly address: string;
  /** Connections that are open, oldest first. */
  readonly links: Link[] = [];
  /** How many connections came. */
  count = 0;
  /** Where connections are led to that come from now on. */
  target: Target;
  /** Whether what comes waits: a black hole, for nobody is told. */
  stalled = false;
  /** Milliseconds that each piece waits. */
  delay = 0;
  /** Most octets of a piece, each written in a turn of its own; 0 for any number. The size is random up to it. */
  piece = 0;
  /** Octets a second, each direction; 0 for any number. */
  rate = 0;
  /** After how many octets from the caller a new connection is cut; absent for never. */
  cutAfter: (() => number) | undefined;
  /** Called with each new connection. */
  onLink: (link: Link) => void = () => {};
  readonly random: Random;
  readonly #server: Server;
  /** How many connections are gathered before they are led on, in another order. */
  #gather = 0;
  #gathered: Socket[] = [];
  readonly #sleepers = new Set<() => void>();
  #changed: (() => void)[] = [];
  closed = false;

  private constructor(server: Server, address: string, target: Target, seed: number) {
    this.#server = server;
    this.address = address;
    this.target = target;
    this.random = new Random(seed);
  }

  /** Listens, at a port of the system's choice or at a path. Ends with the test. */
  static async open(
    world: World,
    target: Target | { readonly lastEndpoint: string | null },
    { path, seed = 1 }: { readonly path?: string; readonly seed?: number } = {},
  ): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: false });
    await new Promise<void>((resolve, reject) => {
      server.on("error", reject);
      if (path === undefined) server.listen(0, "127.0.0.1", resolve);
      else server.listen(path, resolve);
    });
    const address = path === undefined
      ? `tcp://127.0.0.1:${(server.address() as { port: number }).port}`
      : `ipc://${path}`;
    const proxy = new Proxy(server, address, targetOf(target), seed);
    server.on("connection", (socket) => proxy.#accept(socket));
    world.atEnd(() => proxy.close());
    return proxy;
  }

  /** What was stalled goes on. */
  flow(): void {
    this.stalled = false;
    this.change();
  }

  /** Those who wait for something look again. */
  change(): void {
    const changed = this.#changed;
    this.#changed = [];
    for (const look of changed) look();
  }

  /** Gathers so many connections, then leads them on in a random order that is not theirs. */
  reorder(count: number): void {
    this.#gather = count;
  }

  /** Ends all connections at once, by a reset where the runtime can. */
  cut(): void {
    for (const link of [...this.links]) link.cut();
  }

  /** Ends all, and listens no more. */
  async close(): Promise<void> {
    this.closed = true;
    for (const socket of this.#gathered) socket.destroy();
    this.cut();
    for (const wake of [...this.#sleepers]) wake();
    this.change();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Resolves after so long, or when the proxy is closed. */
  sleep(milliseconds: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#sleepers.add(wake);
    });
  }

  /** Resolves when something may have changed: an order, octets, room. */
  news(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #accept(socket: Socket): void {
    this.count++;
    socket.on("error", () => {});
    if (this.closed) return void socket.destroy();
    if (this.#gather === 0) return this.#lead(socket);
    socket.pause();
    if (this.#gathered.push(socket) < this.#gather) return;
    const [first, ...rest] = this.#gathered.splice(0);
    this.#gather = 0;
    while (rest.length > 0) this.#lead(rest.splice(this.random.below(rest.length), 1)[0]!);
    this.#lead(first!);
  }

  #lead(caller: Socket): void {
    const link = new Link(this, caller, this.cutAfter?.() ?? Infinity);
    this.links.push(link);
    this.onLink(link);
  }
}

/** One connection through the proxy. */
export class Link {
  readonly #proxy: Proxy;
  readonly #caller: Socket;
  readonly #server: Socket;
  /** Octets that went from the caller to the server, and back. */
  readonly forwarded: Record<End, number> = { caller: 0, server: 0 };
  #open = true;

  constructor(proxy: Proxy, caller: Socket, cutAfter: number) {
    this.#proxy = proxy;
    this.#caller = caller;
    const { target } = proxy;
    this.#server = typeof target === "number"
      ? connect({ port: target, host: "127.0.0.1", allowHalfOpen: true })
      : connect({ path: target, allowHalfOpen: true });
    for (const socket of [caller, this.#server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => this.cut());
    }
    void this.#pump("caller", caller, this.#server, cutAfter);
    void this.#pump("server", this.#server, caller, Infinity);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Ends it at once, towards both ends, by a reset where the runtime can. */
  cut(): void {
    if (!this.#open) return;
    this.#open = false;
    const { links } = this.#proxy;
    links.splice(links.indexOf(this), 1);
    for (const socket of [this.#caller, this.#server]) reset(socket);
    this.#proxy.change();
  }

  /** Tells this end that the other says nothing more (FIN); the other direction goes on. */
  halfClose(towards: End): void {
    (towards === "caller" ? this.#caller : this.#server).end();
  }

  async #pump(from: End, source: Socket, sink: Socket, cutAfter: number): Promise<void> {
    const proxy = this.#proxy;
    const waiting: Uint8Array[] = [];
    let size = 0;
    let ended = false;
    let drained = true;
    source.on("data", (chunk: Uint8Array) => {
      waiting.push(chunk);
      size += chunk.length;
      if (size >= CAPACITY) source.pause();
      proxy.change();
    });
    source.on("end", () => {
      ended = true;
      proxy.change();
    });
    sink.on("drain", () => {
      drained = true;
      proxy.change();
    });
    source.resume();
    while (this.#open) {
      if (proxy.stalled || !drained || (size === 0 && !ended)) {
        await proxy.news();
        continue;
      }
      if (size === 0) return void sink.end();
      const piece = take(waiting, this.#pieceSize());
      size -= piece.length;
      if (size < CAPACITY) source.resume();
      if (proxy.delay > 0) await proxy.sleep(proxy.delay);
      if (proxy.rate > 0) await proxy.sleep((piece.length / proxy.rate) * 1000);
      if (!this.#open) return;
      const left = cutAfter - this.forwarded[from];
      drained = sink.write(piece.subarray(0, Math.min(left, piece.length)));
      this.forwarded[from] += Math.min(left, piece.length);
      if (piece.length >= left) return void this.#cutBehind(sink);
      if (proxy.piece > 0) await turn();
    }
  }

  #pieceSize(): number {
    const { piece, rate, random } = this.#proxy;
    if (piece > 0) return 1 + random.below(piece);
    // A tenth of a second's worth.
    return rate > 0 ? Math.max(1, Math.floor(rate / 10)) : Infinity;
  }

  /** What was forwarded arrives, and then nothing more. */
  #cutBehind(sink: Socket): void {
    sink.end(() => this.cut());
  }
}

function targetOf(target: Target | { readonly lastEndpoint: string | null }): Target {
  if (typeof target !== "object") return target;
  const endpoint = target.lastEndpoint!;
  return endpoint.startsWith("ipc://") ? endpoint.slice(6) : Number(endpoint.split(":").pop());
}

function take(waiting: Uint8Array[], most: number): Uint8Array {
  const first = waiting[0]!;
  if (first.length <= most) {
    waiting.shift();
    return first;
  }
  waiting[0] = first.subarray(most);
  return first.subarray(0, most);
}

function reset(socket: Socket): void {
  const { resetAndDestroy } = socket as Socket & { resetAndDestroy?: () => unknown };
  try {
    if (resetAndDestroy && socket.readyState === "open") resetAndDestroy.call(socket);
    else socket.destroy();
  } catch {
    socket.destroy(); // Some runtimes have the method and not the means.
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
