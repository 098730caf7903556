/**
 * A WebSocket server for tests of clients (RFC 6455), over `node:http` and by hand: what a test says is what goes
 * out, allowed or not. It reads no fragments and answers no ping.
 */

import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** A frame that came, unmasked. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** The server's end of a WebSocket. */
export class ServerEnd {
  readonly socket: Duplex;
  readonly frames: ReceivedFrame[] = [];
  /** What follows octets that are not a whole frame yet. */
  #rest: Uint8Array = new Uint8Array(0);
  readonly #waiting = new Set<() => void>();

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.take(chunk));
    socket.on("error", () => {});
  }

  /** Sends a frame; the opcodes are 1 for text, 2 for binary, 8 for close. */
  send(opcode: number, payload: Uint8Array): Promise<void> {
    const { length } = payload;
    const header = length < 126
      ? [length]
      : length < 65_536
      ? [126, length >> 8, length & 255]
      : [127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
    this.socket.write(Uint8Array.of(0x80 | opcode, ...header));
    return new Promise((fulfil) => this.socket.write(payload, () => fulfil()));
  }

  /** Sends a close frame. */
  close(code: number, reason = ""): Promise<void> {
    return this.send(8, Uint8Array.of(code >> 8, code & 255, ...new TextEncoder().encode(reason)));
  }

  /** The frames when there are so many. */
  async received(count: number): Promise<readonly ReceivedFrame[]> {
    while (this.frames.length < count) await new Promise<void>((fulfil) => this.#waiting.add(fulfil));
    return this.frames;
  }

  take(chunk: Uint8Array): void {
    const octets = new Uint8Array(this.#rest.length + chunk.length);
    octets.set(this.#rest);
    octets.set(chunk, this.#rest.length);
    let at = 0;
    for (;;) {
      const short = octets[at + 1]! & 127;
      const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
      const body = at + 2 + extended + 4;
      if (octets.length < body) break;
      let length = extended === 0 ? short : 0;
      for (let i = 0; i < extended; i++) length = length * 256 + octets[at + 2 + i]!;
      if (octets.length < body + length) break;
      const payload = octets.slice(body, body + length).map((octet, i) =>
        octet ^ octets[body - 4 + (i & 3)]!
      );
      this.frames.push({ opcode: octets[at]! & 15, payload });
      at = body + length;
    }
    this.#rest = octets.subarray(at);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Accepts WebSockets; of the sub-protocols that are offered it chooses the last. */
export class WebSocketServer {
  readonly #server: Server = createServer();
  readonly #sockets = new Set<Duplex>();
  readonly #arrived: ServerEnd[] = [];
  #waiting: (() => void) | undefined;
  /** Set to leave requests without an answer. */
  silent = false;

  static async open(): Promise<WebSocketServer> {
    const made = new WebSocketServer();
    const server = made.#server;
    server.on("upgrade", (request, socket, head) => {
      made.#sockets.add(socket);
      socket.on("error", () => {});
      if (made.silent) return made.#wake();
      const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const protocol = request.headers["sec-websocket-protocol"]?.split(/\s*,\s*/).at(-1);
      socket.write([
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${createHash("sha1").update(key).digest("base64")}`,
        ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
        "\r\n",
      ].join("\r\n"));
      const end = new ServerEnd(socket);
      if (head.length > 0) end.take(head);
      made.#arrived.push(end);
      made.#wake();
    });
    await new Promise<void>((fulfil) => server.listen(0, "127.0.0.1", fulfil));
    return made;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/path`;
  }

  /** The next WebSocket that was not asked for yet. */
  async arrival(): Promise<ServerEnd> {
    while (this.#arrived.length === 0) await this.event();
    return this.#arrived.shift()!;
  }

  /** Waits for the next request. */
  event(): Promise<void> {
    return new Promise((fulfil) => this.#waiting = fulfil);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((fulfil) => this.#server.close(fulfil));
  }

  #wake(): void {
    this.#waiting?.();
  }
}
