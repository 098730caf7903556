/**
 * A hostile peer's end of one connection, over tcp, ipc or WebSocket, on either side of it: the handshake as far as an
 * attack wants it, and frames and commands in the form of the transport. An attack is written once and runs on all.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { type Scope, type Transport, within } from "../interop/scope.ts";
import { KEY, wsFrame } from "../unit/ws/wire.ts";
import { acceptOf, readFrame, readHead, ready as webReady, request, response } from "../ws/raw_ws.ts";
import { COMMAND, frame, greeting, MORE, type Octets, octets, RawPeer, ready } from "../wire/raw.ts";

/** How far the handshake is before the attack begins. */
export type Stage = "connected" | "greeted" | "ready";

/** Which side of the connection the socket under attack is on. */
export type Side = "listening" | "connecting";

/** One connection. */
export class Wire {
  readonly raw: RawPeer;
  readonly transport: Transport;
  readonly side: Side;

  constructor(raw: RawPeer, transport: Transport, side: Side) {
    this.raw = raw;
    this.transport = transport;
    this.side = side;
  }

  /** A frame of ZMTP, or of ZWS in a WebSocket frame; `flags` are those of ZMTP. */
  frame(flags: number, body: Octets): Uint8Array {
    if (this.transport !== "ws") return frame(flags, body);
    return this.web(octets([flags & COMMAND ? 2 : flags & MORE], body));
  }

  /** A command by its name. */
  command(name: string, body: Octets = ""): Uint8Array {
    return this.frame(COMMAND, octets([name.length], name, body));
  }

  /** A whole message. */
  message(...parts: readonly Octets[]): Uint8Array {
    return octets(...parts.map((part, i) => this.frame(i < parts.length - 1 ? MORE : 0, part)));
  }

  /** READY, or what the transport has in its place. */
  ready(type: string, ...properties: readonly Uint8Array[]): Uint8Array {
    if (this.transport !== "ws") return ready(type, ...properties);
    return this.web(octets(webReady(type), ...properties));
  }

  /** A binary WebSocket frame, masked if this end is the client. */
  web(payload: Uint8Array): Uint8Array {
    return wsFrame(payload, this.side === "listening" ? { key: KEY } : {});
  }

  /** Goes through the handshake as a good peer does. */
  async enter(stage: Stage, type: string): Promise<void> {
    if (stage === "connected") return;
    const { raw } = this;
    if (this.transport === "ws") {
      if (this.side === "listening") {
        raw.send(request("/zeromq"));
        await readHead(raw);
      } else {
        const { fields } = await readHead(raw);
        raw.send(response(await acceptOf(fields.get("sec-websocket-key")!)));
      }
      await readFrame(raw);
    } else {
      raw.send(greeting());
      await raw.read(64);
      await raw.frame();
    }
    if (stage === "ready") raw.send(this.ready(type));
  }

  /** Whether the other side still answers: a PING of ZMTP with a context of its own. */
  async answers(): Promise<boolean> {
    this.raw.send(this.command("PING", "\0\0alive?"));
    for (;;) {
      const body = this.transport === "ws" ? (await readFrame(this.raw)).body : (await this.raw.frame()).body;
      if (String.fromCharCode(...body.subarray(-6)) === "alive?") return true;
    }
  }
}

/** Connects to a socket that is bound. */
export async function dial(scope: Scope, endpoint: string): Promise<RawPeer> {
  const socket = endpoint.startsWith("ipc://")
    ? connect(endpoint.slice("ipc://".length))
    : connect(Number(/:(\d+)/.exec(endpoint.slice(6))![1]), "127.0.0.1");
  scope.atEnd(() => socket.destroy());
  const raw = new RawPeer(socket);
  await within(
    new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("error", reject)),
    10_000,
    `a connection to ${endpoint}`,
  );
  return raw;
}

/** Listens for sockets that connect. */
export class Trap {
  readonly endpoint: string;
  readonly #waiting: RawPeer[] = [];
  #wake = () => {};

  private constructor(server: Server, endpoint: string) {
    this.endpoint = endpoint;
    server.on("connection", (socket: Socket) => {
      this.#waiting.push(new RawPeer(socket));
      this.#wake();
    });
  }

  static async open(scope: Scope, transport: Transport): Promise<Trap> {
    const sockets = new Set<Socket>();
    const server = createServer();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    const path = transport === "ipc" ? scope.path() : "";
    await new Promise<void>((resolve) =>
      path === "" ? server.listen(0, "127.0.0.1", resolve) : server.listen(path, resolve)
    );
    scope.atEnd(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    });
    const { port } = path === "" ? server.address() as { port: number } : { port: 0 };
    const endpoint = path !== ""
      ? `ipc://${path}`
      : transport === "ws"
      ? `ws://127.0.0.1:${port}/zeromq`
      : `tcp://127.0.0.1:${port}`;
    return new Trap(server, endpoint);
  }

  /** The next connection that is still there. */
  accept(milliseconds = 10_000): Promise<RawPeer> {
    const one = async () => {
      for (;;) {
        const raw = this.#waiting.shift();
        if (raw === undefined) await new Promise<void>((resolve) => this.#wake = resolve);
        else if (!raw.isClosed) return raw;
      }
    };
    return within(one(), milliseconds, `a connection from the socket to ${this.endpoint}`);
  }
}
