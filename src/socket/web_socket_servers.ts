/**
 * Sockets on the HTTP servers that the runtimes have: `Deno.serve`, `Bun.serve` and `node:http`.
 *
 * @module
 */

import type { ByteStreamSink } from "../io/stream.ts";
import type { Attached } from "../session/attached.ts";
import type { WebSocketCarrier, WebSocketDetails, WebSocketStream } from "../session/web_socket_stream.ts";
import type { Fields } from "../ws/http.ts";
import { answerUpgrade } from "../ws/upgrade.ts";
import type { SocketCore } from "./core.ts";
import { enginesOf } from "./engine_options.ts";
import type { EndpointEngines } from "./engine_options.ts";
import { notOn } from "./find_scheme.ts";
import type { Socket } from "./socket.ts";
import { acceptOn, attach, attachable, refuse, selectSubprotocol, takePlace } from "./web_socket.ts";
import type { WebSocketLike } from "./web_socket.ts";
import { messageProtocol } from "./web_socket_scheme.ts";
import { serverProtocol } from "./ws_scheme.ts";

/**
 * Upgrades a request of `Deno.serve` and makes the WebSocket a peer of a socket (see {@linkcode attach}). Answers
 * the response for it: 101, or 426 or 400 to a request that asks for something else.
 *
 * @throws {ZmqError} as `attach`
 *
 * @example
 * ```ts ignore
 * const publisher = new Publisher();
 * Deno.serve({ port: 8080 }, (request, info) => denoUpgrade(publisher, request, info));
 * ```
 */
export function denoUpgrade(
  socket: Socket,
  request: Request,
  info?: { readonly remoteAddr: object },
): Response {
  const core = attachable(socket);
  const { Deno, Response } = globalThis as unknown as DenoGlobal;
  const { hostname, port } = (info?.remoteAddr ?? {}) as { hostname?: string; port?: number };
  const remote = hostname === undefined ? "" : addressText(hostname, port!);
  const endpoint = endpointOf(request.url);
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    refuse(core, endpoint, remote, NO_UPGRADE);
    return new Response(`${NO_UPGRADE}\n`, { status: 426, headers: { upgrade: "websocket" } });
  }
  const protocol = selectSubprotocol(socket, request.headers.get(PROTOCOL));
  if (protocol === undefined) {
    refuse(core, endpoint, remote, NO_SUBPROTOCOL);
    return new Response(`${NO_SUBPROTOCOL}\n`, { status: 400 });
  }
  const upgraded = Deno.upgradeWebSocket(request);
  // Not by `upgradeWebSocket` itself: it reads a list only with blanks behind the commas, and libzmq sends none.
  upgraded.response.headers.set(PROTOCOL, protocol);
  attach(socket, upgraded.socket, { protocol, remote, endpoint });
  return upgraded.response;
}

/**
 * Upgrades a request of `Bun.serve` and makes the WebSocket a peer of a socket (see {@linkcode attach}). Answers
 * whether it was for one; the server's `websocket` must be {@linkcode bunWebSocket}.
 *
 * @throws {ZmqError} as `attach`
 *
 * @example
 * ```ts ignore
 * const publisher = new Publisher();
 * Bun.serve({
 *   port: 8080,
 *   fetch: (request, server) =>
 *     bunUpgrade(publisher, request, server) ? undefined : new Response("Not found", { status: 404 }),
 *   websocket: bunWebSocket,
 * });
 * ```
 */
export function bunUpgrade(socket: Socket, request: Request, server: BunServer): boolean {
  const core = attachable(socket);
  const address = server.requestIP(request);
  const remote = address === null ? "" : addressText(address.address, address.port);
  const endpoint = endpointOf(request.url);
  const protocol = selectSubprotocol(socket, request.headers.get(PROTOCOL));
  if (protocol === undefined) {
    refuse(core, endpoint, remote, NO_SUBPROTOCOL);
    return false;
  }
  const data: OnBun = { core, engines: enginesOf(core), endpoint, details: { protocol, remote } };
  if (server.upgrade(request, { headers: { [PROTOCOL]: protocol }, data })) return true;
  refuse(core, endpoint, remote, NO_UPGRADE);
  return false;
}

/**
 * The `websocket` of a `Bun.serve` that uses {@linkcode bunUpgrade}. Bun ends connections that send a message of more
 * than `maxPayloadLength`, by default 16 MiB: `{ ...bunWebSocket, maxPayloadLength: 2 ** 30 }`.
 */
export const bunWebSocket: BunHandlers = {
  open(webSocket) {
    const data = webSocket.data as OnBun;
    const { core, engines, endpoint, details } = data;
    if (core.closed) return webSocket.terminate();
    const carrier = new BunCarrier(webSocket);
    const place = takePlace(core, endpoint, messageProtocol(engines), () => carrier.terminate());
    data.stream = acceptOn(place, core, engines.protocols, carrier, details);
  },
  message({ data }, message) {
    (data as OnBun).stream?.received(
      typeof message === "string"
        ? message
        : new Uint8Array(message.buffer, message.byteOffset, message.length),
    );
  },
  drain({ data }) {
    (data as OnBun).stream?.drained();
  },
  close({ data }, code, reason) {
    (data as OnBun).stream?.closed(code, reason);
  },
};

/**
 * Answers an `upgrade` of `node:http` or `node:https` and makes the connection a peer of a socket. It is read and
 * written by this module itself, so that a socket that does not receive makes its peer wait; otherwise all is as by
 * {@linkcode attach}.
 *
 * @throws {ZmqError} as `attach`
 *
 * @example
 * ```ts ignore
 * const publisher = new Publisher();
 * const server = createServer().listen(8080);
 * server.on("upgrade", (request, stream, head) => nodeUpgrade(publisher, request, stream, head));
 * ```
 */
export function nodeUpgrade(
  socket: Socket,
  request: NodeRequest,
  stream: NodeDuplex,
  head: Uint8Array,
): void {
  const core = attachable(socket);
  const { method = "", url = "", socket: { remoteAddress, remotePort } } = request;
  const fields = fieldsOf(request.rawHeaders);
  const endpoint = `ws://${fields.get("host")?.[0] ?? ""}${url}`;
  const remote = remoteAddress === undefined ? "" : addressText(remoteAddress, remotePort!);
  const engines = enginesOf(core);
  const answer = answerUpgrade({ method, target: url, fields }, engines.protocols);
  if (!("protocol" in answer)) {
    stream.on("error", () => {});
    stream.end(answer.response);
    return refuse(core, endpoint, remote, answer.reason);
  }
  const protocol = serverProtocol(engines, core, answer.protocol);
  const place = takePlace(core, endpoint, protocol, () => stream.destroy());
  stream.on("error", () => {});
  stream.write(answer.response);
  void takeOver(core, stream, head, place);
}

async function takeOver(
  core: SocketCore,
  stream: NodeDuplex,
  head: Uint8Array,
  place: Attached,
): Promise<void> {
  const { adopt, runtime } = await core.context.transports();
  if (adopt === undefined) {
    refuse(core, place.endpoint, "", notOn("node:http", runtime));
    stream.destroy();
    return place.over();
  }
  if (stream.destroyed) return place.over();
  let sink: ByteStreamSink | undefined = undefined;
  const adopted = adopt(stream, {
    onData: (chunk) => sink?.onData(chunk),
    onDrain: () => sink?.onDrain(),
    onClose: (error) => sink?.onClose(error),
    target: () => sink?.target?.(),
    onFilled: (length) => sink?.onFilled?.(length),
  });
  sink = place.accept(adopted);
  if (head.length > 0) sink.onData(new Uint8Array(head));
}

/** `Bun.serve`'s server, what of it is used here. */
export interface BunServer {
  /** Where a request comes from. */
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  /** Makes a request a WebSocket. */
  upgrade(request: Request, options: { headers: { [name: string]: string }; data: unknown }): boolean;
}

/** A WebSocket of `Bun.serve`, what of it is used here. */
export interface BunWebSocket {
  /** What {@linkcode bunUpgrade} gave it. */
  readonly data: unknown;
  /** Sends a binary message: above 0 it was sent, -1 it waits, 0 it was dropped. */
  sendBinary(message: Uint8Array): number;
  /** Octets that were sent and have not left. */
  getBufferedAmount(): number;
  /** Closes it. */
  close(code?: number, reason?: string): void;
  /** Closes it at once. */
  terminate(): void;
}

/** The handlers of `Bun.serve` for its WebSockets. */
export interface BunHandlers {
  /** One is open. */
  open(webSocket: BunWebSocket): void;
  /** A message has come. */
  message(webSocket: BunWebSocket, message: string | Uint8Array): void;
  /** It takes more. */
  drain(webSocket: BunWebSocket): void;
  /** It is closed. */
  close(webSocket: BunWebSocket, code: number, reason: string): void;
}

/** The request of an `upgrade` of `node:http`, what of it is used here. */
export interface NodeRequest {
  /** `GET`, if it is right. */
  readonly method?: string | undefined;
  /** The path and the query. */
  readonly url?: string | undefined;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The connection. */
  readonly socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined };
}

/** The stream of an `upgrade` of `node:http`, what of it is used here. */
export interface NodeDuplex {
  /** Writes. */
  write(octets: Uint8Array): boolean;
  /** Writes and ends. */
  end(octets: Uint8Array): unknown;
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Ends at once. */
  destroy(): unknown;
  /** Tells of what happens to it. */
  on(event: "error", listener: (error: Error) => void): unknown;
}

const PROTOCOL = "sec-websocket-protocol";
const NO_UPGRADE = "WebSocket is spoken here: Upgrade and Connection are needed";
const NO_SUBPROTOCOL = "Sec-WebSocket-Protocol offers none of ZeroMQ's";

/** What a WebSocket of Bun's has with it. */
interface OnBun {
  readonly core: SocketCore;
  readonly engines: EndpointEngines;
  readonly endpoint: string;
  readonly details: WebSocketDetails;
  stream?: WebSocketStream | undefined;
}

interface DenoGlobal {
  readonly Deno: {
    upgradeWebSocket(request: Request): { readonly socket: WebSocketLike; readonly response: Response };
  };
  readonly Response: new (
    body: string,
    init: { readonly status: number; readonly headers?: { readonly [name: string]: string } },
  ) => Response;
}

/** Bun says itself when it takes more. */
class BunCarrier implements WebSocketCarrier {
  readonly #webSocket: BunWebSocket;

  constructor(webSocket: BunWebSocket) {
    this.#webSocket = webSocket;
  }

  get unsent(): boolean {
    return this.#webSocket.getBufferedAmount() > 0;
  }

  send(message: Uint8Array): "sent" | "full" | "refused" {
    const answer = this.#webSocket.sendBinary(message);
    return answer > 0 ? "sent" : answer < 0 ? "full" : "refused";
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}

function fieldsOf(raw: readonly string[]): Fields {
  const fields = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [raw[i + 1]!]);
    else values.push(raw[i + 1]!);
  }
  return fields;
}

function endpointOf(url: string): string {
  return url.replace(/^http/, "ws");
}

function addressText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
