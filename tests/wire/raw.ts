/**
 * A peer made of nothing but octets: a TCP connection on which a test writes what it likes and reads what came,
 * and the few builders of 37/ZMTP's greeting, frames and commands that keep the tests short.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { elapse, type Scope, type Watch, within } from "../interop/scope.ts";
import { type AnySocket, isOurs, type MonitorEvent } from "../interop/subject.ts";

/** Octets, or text of which each character is one octet. */
export type Octets = Uint8Array | string | readonly number[];

/** Joins octets. */
export function octets(...pieces: readonly Octets[]): Uint8Array {
  const parts = pieces.map((piece) =>
    typeof piece === "string" ? Uint8Array.from(piece, (c) => c.charCodeAt(0)) : Uint8Array.from(piece)
  );
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A greeting of 64 octets; by default a perfect one for NULL. */
export function greeting({
  padding = [0, 0, 0, 0, 0, 0, 0, 0],
  version = [3, 1],
  mechanism = "NULL",
  asServer = 0,
  filler = 0,
}: {
  padding?: readonly number[];
  version?: readonly number[];
  mechanism?: string;
  asServer?: number;
  filler?: number;
} = {}): Uint8Array {
  return octets(
    [0xff],
    padding,
    [0x7f],
    version,
    mechanism.padEnd(20, "\0"),
    [asServer],
    new Uint8Array(31).fill(filler),
  );
}

/** Flags of frames. */
export const MORE = 1;
export const LONG = 2;
export const COMMAND = 4;

/** A frame in its canonical form: short up to 255 octets. */
export function frame(flags: number, body: Octets): Uint8Array {
  const content = octets(body);
  if (content.length <= 255 && !(flags & LONG)) return octets([flags, content.length], content);
  return octets([flags | LONG], size64(content.length), content);
}

/** A size of eight octets. */
export function size64(size: number | bigint): Uint8Array {
  const field = new Uint8Array(8);
  new DataView(field.buffer).setBigUint64(0, BigInt(size));
  return field;
}

/** A whole message. */
export function message(...parts: readonly Octets[]): Uint8Array {
  return octets(...parts.map((part, index) => frame(index < parts.length - 1 ? MORE : 0, part)));
}

/** A command frame. */
export function command(name: string, body: Octets = ""): Uint8Array {
  return frame(COMMAND, octets([name.length], name, body));
}

/** A property of a READY. */
export function property(name: string, value: Octets): Uint8Array {
  const content = octets(value);
  return octets([name.length], name, size64(content.length).subarray(4), content);
}

/** READY with a socket type and further properties. */
export function ready(type: string, ...properties: readonly Uint8Array[]): Uint8Array {
  return command("READY", octets(property("Socket-Type", type), ...properties));
}

/** PING with its time to live in tenths of a second. */
export function ping(ttl: number, context: Octets = ""): Uint8Array {
  return command("PING", octets([ttl >> 8, ttl & 255], context));
}

/** One frame as it came. */
export interface RawFrame {
  readonly flags: number;
  readonly body: Uint8Array;
}

/** What a command frame says. */
export function commandOf({ flags, body }: RawFrame): { name: string; body: Uint8Array } {
  assert(flags & COMMAND, `a command was expected, and the flags are ${flags}`);
  const name = String.fromCharCode(...body.subarray(1, 1 + body[0]!));
  return { name, body: body.subarray(1 + body[0]!) };
}

/** The properties of a READY. */
export function propertiesOf(found: RawFrame): Map<string, string> {
  const { name, body } = commandOf(found);
  assertEquals(name, "READY");
  const properties = new Map<string, string>();
  for (let at = 0; at < body.length;) {
    const key = String.fromCharCode(...body.subarray(at + 1, at + 1 + body[at]!));
    at += 1 + body[at]!;
    const size = new DataView(body.buffer, body.byteOffset + at).getUint32(0);
    properties.set(key, String.fromCharCode(...body.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return properties;
}

/** Text of a body, one character an octet. */
export function text(body: Uint8Array): string {
  let whole = "";
  for (let at = 0; at < body.length; at += 8192) {
    whole += String.fromCharCode(...body.subarray(at, at + 8192));
  }
  return whole;
}

/** One TCP connection. */
export class RawPeer {
  readonly #socket: Socket;
  #buffer: Uint8Array = new Uint8Array(0);
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {}); // A reset is a close like another; "close" follows.
    socket.on("data", (chunk: Uint8Array) => {
      this.#buffer = octets(this.#buffer, chunk);
      this.#wake();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Whether the other side has closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** How many octets came that nobody has read yet. */
  get pending(): number {
    return this.#buffer.length;
  }

  /** Connects to a socket under test. */
  static async dial(scope: Scope, target: Pick<AnySocket, "lastEndpoint">): Promise<RawPeer> {
    const endpoint = target.lastEndpoint!;
    const socket = endpoint.startsWith("ipc://")
      ? connect(endpoint.slice("ipc://".length))
      : connect(Number(endpoint.split(":").pop()), "127.0.0.1");
    scope.atEnd(() => socket.destroy());
    const peer = new RawPeer(socket);
    await within(
      new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("error", reject)),
      5000,
      "the TCP connection",
    );
    return peer;
  }

  /** Reads nothing from the connection until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** Writes octets. */
  send(...pieces: readonly Octets[]): void {
    if (!this.#closed) this.#socket.write(octets(...pieces));
  }

  /** Writes octets in segments of this size, each in its own turn of the event loop. */
  async sendInSegments(size: number, whole: Uint8Array): Promise<void> {
    for (let at = 0; at < whole.length && !this.#closed; at += size) {
      this.send(whole.subarray(at, at + size));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Takes exactly so many octets from what came. */
  async read(size: number, milliseconds = 5000): Promise<Uint8Array> {
    const enough = async () => {
      while (this.#buffer.length < size) {
        if (this.#closed) throw new Error(`Closed after ${this.#buffer.length} of ${size} octets`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    };
    await within(enough(), milliseconds, () => `${size} octets; there are ${this.#buffer.length}`);
    const taken = this.#buffer.slice(0, size);
    this.#buffer = this.#buffer.slice(size);
    return taken;
  }

  /** Takes one frame. */
  async frame(milliseconds?: number): Promise<RawFrame> {
    const [flags] = await this.read(1, milliseconds);
    const header = await this.read(flags! & LONG ? 8 : 1, milliseconds);
    const size = flags! & LONG ? Number(new DataView(header.buffer).getBigUint64(0)) : header[0]!;
    return { flags: flags!, body: await this.read(size, milliseconds) };
  }

  /** Takes one message; commands before it are passed over. */
  async message(milliseconds?: number): Promise<string[]> {
    const parts: string[] = [];
    while (true) {
      const { flags, body } = await this.frame(milliseconds);
      if (flags & COMMAND) continue;
      parts.push(text(body));
      if (!(flags & MORE)) return parts;
    }
  }

  /** Waits until the other side closed; answers with what it sent and nobody read. */
  async closed(milliseconds = 5000): Promise<Uint8Array> {
    const over = async () => {
      while (!this.#closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    };
    await within(over(), milliseconds, "the other side's close");
    return this.#buffer;
  }

  /** Goes through greeting and handshake as a good peer, and answers with the other side's properties. */
  handshake(type: string, ...properties: readonly Uint8Array[]): Promise<Map<string, string>> {
    return this.join(greeting(), ready(type, ...properties));
  }

  /**
   * The same with any greeting and READY. Waits for the other side's READY, because libzmq takes a message that
   * comes before it has sent its own for a breach of the handshake.
   */
  async join(ourGreeting: Uint8Array, ourReady: Uint8Array): Promise<Map<string, string>> {
    this.send(ourGreeting);
    await this.read(64);
    this.send(ourReady);
    return propertiesOf(await this.frame());
  }

  /** Closes in order. */
  end(): void {
    this.#socket.end();
  }

  /** Closes with a reset where the runtime can, else at once. */
  reset(): void {
    const socket = this.#socket as Socket & { resetAndDestroy?: () => unknown };
    try {
      if (socket.resetAndDestroy) socket.resetAndDestroy();
      else socket.destroy();
    } catch {
      socket.destroy(); // Some runtimes have the method and not the means.
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A listening TCP socket for sockets under test that connect. */
export class RawListener {
  readonly address: string;
  readonly #accepted: RawPeer[] = [];
  #count = 0;
  #wake = () => {};

  private constructor(address: string) {
    this.address = address;
  }

  /** How many connections came. */
  get count(): number {
    return this.#count;
  }

  static async open(scope: Scope): Promise<RawListener> {
    const sockets: Socket[] = [];
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const listener = new RawListener(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`);
    server.on("connection", (socket) => {
      sockets.push(socket);
      listener.#count++;
      listener.#accepted.push(new RawPeer(socket));
      listener.#wake();
    });
    scope.atEnd(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    });
    return listener;
  }

  /** The next connection. */
  async accept(milliseconds = 5000): Promise<RawPeer> {
    const one = async () => {
      while (this.#accepted.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
      return this.#accepted.shift()!;
    };
    return await within(one(), milliseconds, "a connection");
  }
}

/** A bound DEALER under attack, with its monitor. */
export interface Target {
  readonly socket: AnySocket;
  readonly watch: Watch;
}

/** Binds a socket of ours; DEALER unless said, as it takes from and gives to anybody. */
export async function target(
  scope: Scope,
  name: Parameters<Scope["socket"]>[0] = "Dealer",
  options?: { [option: string]: unknown },
): Promise<Target> {
  const socket = scope.socket(name, options);
  const watch = scope.watch(socket);
  await socket.bind("tcp://127.0.0.1:*");
  return { socket, watch };
}

const REFUSALS = ["handshake:error:protocol", "handshake:error:auth", "handshake:error:other", "disconnect"];

/**
 * The connection was closed, an event of ours says why, and a DEALER goes on serving: the next good peer's message
 * is the next that it receives, so nothing of the bad one's was delivered.
 */
export async function assertRefused(
  scope: Scope,
  { socket, watch }: Target,
  bad: RawPeer,
  code?: string,
): Promise<MonitorEvent> {
  await bad.closed();
  const event = await watch.next(REFUSALS);
  if (isOurs) {
    assertEquals(event.address, socket.lastEndpoint);
    assert(event.error instanceof Error, `the event ${event.type} carries no error`);
    assert(event.error.message.length > 0);
    assertEquals(typeof event.error.code, "string");
    if (code) assertEquals(event.error.code, code);
  }
  await assertServes(scope, socket);
  return event;
}

/** A good DEALER peer is served, and what it says is the next that the socket receives. */
export async function assertServes(scope: Scope, socket: AnySocket): Promise<void> {
  const good = await RawPeer.dial(scope, socket);
  await good.handshake("DEALER");
  good.send(message("from a good peer"));
  const received = await within(socket.receive(), 5000, "a good peer's message");
  assertEquals(received.map(text), ["from a good peer"]);
  good.end();
  await good.closed();
}

/** Nothing comes for so long. For tests whose subject is silence. */
export async function assertSilent(peer: RawPeer, milliseconds: number): Promise<void> {
  await elapse(milliseconds);
  assertEquals(peer.isClosed, false, "the connection was closed");
}
