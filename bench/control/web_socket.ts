/**
 * The floor under `ws://`: the same messages, one by one, over the runtime's own WebSocket, as a program would send
 * them that has no ZeroMQ.
 *
 * `sink` and `source` are `local_thr` and `remote_thr`, `echo` and `ping` are `local_lat` and `remote_lat`. Servers
 * are `Deno.serve`, `Bun.serve` and, for Node has none of its own, npm's `ws` (`--ws=<its path>`); clients are the
 * global WebSocket of each.
 *
 * @module
 */

import { exit, integer, option, parameters, printRoundTrip, printThroughput, warmUp } from "../program.ts";

declare const Deno: {
  serve(options: object, handler: (request: Request) => Response): unknown;
  upgradeWebSocket(request: Request): { socket: WebSocket; response: Response };
};
declare const Bun: { serve(options: object): unknown };

/** One end of a connection that a server has. */
interface Peer {
  send(message: Uint8Array): void;
}

/** Who hears the messages. */
type Listener = (length: number, peer: Peer) => void;

/** Octets that may wait in a WebSocket before its sender pauses. */
const BUFFERED_MAX = 1024 * 1024;
const RETRY_MS = 20;

await main();

async function main(): Promise<void> {
  const given = parameters("web_socket <sink|source|echo|ping> <url> <size> <count>");
  const roles: Record<string, typeof sink> = { sink, source, echo, ping };
  const role = roles[given[0]!];
  if (role === undefined) throw new TypeError(`No such role: "${given[0]}"`);
  await role(new URL(given[1]!), integer(given[2]), integer(given[3]));
}

async function sink(url: URL, size: number, count: number): Promise<void> {
  const warm = warmUp(count);
  let received = 0;
  let start = 0;
  await new Promise<void>((resolve) =>
    serve(url, (length) => {
      if (length !== size) throw new Error(`Message of ${length} bytes, expected ${size}`);
      if (++received === warm) start = performance.now();
      if (received === count) resolve();
    })
  );
  printThroughput(size, count - warm, performance.now() - start);
  exit(0);
}

async function source(url: URL, size: number, count: number): Promise<void> {
  const socket = await dial(url);
  const message = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    socket.send(message);
    // No event tells of room: the only way is to ask again.
    while (socket.bufferedAmount > BUFFERED_MAX) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function echo(url: URL, size: number, count: number): Promise<void> {
  const answer = new Uint8Array(size);
  let received = 0;
  await new Promise<void>((resolve) =>
    serve(url, (_, peer) => {
      peer.send(answer);
      if (++received === count) resolve();
    })
  );
}

async function ping(url: URL, size: number, count: number): Promise<void> {
  const warm = warmUp(count);
  const question = new Uint8Array(size);
  const socket = await dial(url);
  let done = 0;
  let start = 0;
  await new Promise<void>((resolve) => {
    socket.onmessage = () => {
      if (++done === warm) start = performance.now();
      if (done === count) resolve();
      else socket.send(question);
    };
    socket.send(question);
  });
  printRoundTrip(size, count - warm, performance.now() - start);
  exit(0);
}

function serve(url: URL, listener: Listener): void {
  const names = globalThis as { Deno?: unknown; Bun?: unknown };
  if (names.Deno !== undefined) serveDeno(url, listener);
  else if (names.Bun !== undefined) serveBun(url, listener);
  else void serveNode(url, listener);
}

function serveDeno({ hostname, port }: URL, listener: Listener): void {
  Deno.serve({ hostname, port: Number(port), onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => listener(data.byteLength, socket);
    return response;
  });
}

function serveBun({ hostname, port }: URL, listener: Listener): void {
  Bun.serve({
    hostname,
    port: Number(port),
    fetch: (request: Request, server: { upgrade(request: Request): boolean }) =>
      server.upgrade(request) ? undefined : new Response(null, { status: 426 }),
    websocket: {
      maxPayloadLength: 1 << 30,
      message: (peer: Peer, data: Uint8Array) => listener(data.byteLength, peer),
    },
  });
}

async function serveNode({ hostname, port }: URL, listener: Listener): Promise<void> {
  const { WebSocketServer } = await import(`${option("ws")}/wrapper.mjs`);
  const server = new WebSocketServer({ host: hostname, port: Number(port), perMessageDeflate: false });
  server.on("connection", (peer: Peer & { on(type: string, heard: (data: Uint8Array) => void): void }) => {
    peer.on("message", (data) => listener(data.length, peer));
  });
}

/** The two ends start at the same time: dial until the other one listens. */
async function dial(url: URL): Promise<WebSocket> {
  for (let attempt = 1;; attempt++) {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    const open = await new Promise<boolean>((resolve) => {
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    });
    if (open) return socket;
    if (attempt === 250) throw new Error(`Cannot connect to ${url}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
