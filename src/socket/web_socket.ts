/**
 * Sockets on the program's own HTTP server: a WebSocket that somebody else has accepted becomes a peer, as if the
 * socket were bound to `ws://`. What is special to one runtime's server is in `web_socket_servers.ts`.
 *
 * Plain functions and no methods, so that a program without them carries none of this.
 *
 * @module
 */

import { ProtocolError, ZmqError } from "../base/errors.ts";
import { Attached } from "../session/attached.ts";
import { emitRefusal } from "../session/link.ts";
import { nextConnectionId } from "../session/stream_session.ts";
import type { StreamProtocol } from "../session/stream_session.ts";
import { WebSocketStream } from "../session/web_socket_stream.ts";
import type { WebSocketCarrier, WebSocketDetails } from "../session/web_socket_stream.ts";
import { startTimer } from "../io/timers.ts";
import type { SocketCore } from "./core.ts";
import { enginesOf } from "./engine_options.ts";
import type { Socket } from "./socket.ts";
import { coreOf } from "./symbols.ts";
import { messageProtocol } from "./web_socket_scheme.ts";

/** A WebSocket as the web's standard has it, what of it is used here: Deno's, or that of npm's `ws`. */
export interface WebSocketLike {
  /** 0 while it opens, 1 while it is open. */
  readonly readyState: number;
  /** The subprotocol that was agreed on. */
  readonly protocol: string;
  /** Octets that were sent and have not left. */
  readonly bufferedAmount: number;
  /** How messages come: "arraybuffer" is set here. */
  binaryType: string;
  /** Sends a binary message. */
  send(message: Uint8Array): void;
  /** Closes it. */
  close(code?: number, reason?: string): void;
  /** Tells of what happens to it. */
  addEventListener(type: "open" | "message" | "close" | "error", listener: (event: never) => void): void;
}

/** What is known of a WebSocket that it does not say itself. */
export interface AttachDetails {
  /** The subprotocol, where `webSocket.protocol` is not it: what {@linkcode selectSubprotocol} has answered. */
  readonly protocol?: string | undefined;
  /**
   * The peer's address for events, and for the authentication handler, `"192.0.2.1:50000"`; default: the empty text,
   * which no list of addresses has.
   */
  readonly remote?: string | undefined;
  /** The endpoint that events name; default: `"ws://attached/"`. */
  readonly endpoint?: string | undefined;
}

/**
 * Which subprotocol a server answers with: the first that this socket speaks of those that the request's
 * `Sec-WebSocket-Protocol` offers, `undefined` if there is none (RFC 45; RFC 6455, section 4.2.2).
 *
 * `ZWS2.0/NULL`, which libzmq and this module prefer, has a slash, and so is no token, which RFC 6455 asks for. Pages
 * cannot offer it and offer `ZWS2.0` alone. npm's `ws` refuses every request that has it: there, only pages get in,
 * and {@linkcode nodeUpgrade} takes all.
 */
export function selectSubprotocol(socket: Socket, offered: string | null | undefined): string | undefined {
  const names = (offered ?? "").split(",").map((name) => name.trim());
  return enginesOf(coreOf(socket)).protocols.find((name) => names.includes(name));
}

/**
 * Makes a WebSocket that the program's own server has accepted a peer of a socket. It is one until it closes; when
 * the socket closes, it is closed after what waits for it was sent, within `linger`. Events tell of it as of any
 * that came by `bind`: `accept`, `handshake`, `disconnect`.
 *
 * Most WebSockets cannot be told to stop reading. Of a peer that sends more than the socket receives, 64 MiB are
 * kept beyond `receiveHighWaterMark`, then it is disconnected.
 *
 * @throws {ZmqError} EBADF if the socket is closed, ENOCOMPATPROTO if its type (STREAM, DGRAM) does not speak it
 *
 * @example
 * ```ts ignore
 * const publisher = new Publisher();
 * Deno.serve({ port: 8080 }, (request) => {
 *   const protocol = selectSubprotocol(publisher, request.headers.get("sec-websocket-protocol"));
 *   if (protocol === undefined) return new Response("No ZeroMQ", { status: 400 });
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *   response.headers.set("sec-websocket-protocol", protocol);
 *   attach(publisher, socket, { protocol });
 *   return response;
 * });
 * ```
 */
export function attach(socket: Socket, webSocket: WebSocketLike, details: AttachDetails = {}): void {
  const core = attachable(socket);
  const { remote = "", endpoint = "ws://attached/" } = details;
  webSocket.binaryType = "arraybuffer";
  const carrier = new StandardCarrier(webSocket);
  const engines = enginesOf(core);
  const place = takePlace(core, endpoint, messageProtocol(engines), () => carrier.terminate());
  let stream: WebSocketStream | undefined;
  const opened = () => {
    stream = acceptOn(place, core, engines.protocols, carrier, {
      remote,
      protocol: details.protocol ?? webSocket.protocol,
    });
    carrier.stream = stream;
  };
  const { addEventListener } = webSocket as { addEventListener(type: string, listener: unknown): void };
  const on = (type: string, listener: unknown) => addEventListener.call(webSocket, type, listener);
  on("open", opened);
  on("message", ({ data }: { readonly data: string | ArrayBuffer }) => {
    stream?.received(typeof data === "string" ? data : new Uint8Array(data));
  });
  on("close", ({ code, reason }: { readonly code: number; readonly reason: string }) => {
    if (stream === undefined) place.over();
    else stream.closed(code, reason);
  });
  // What follows an error is always "close"; but one that nobody hears of may end the program.
  on("error", () => {});
  if (webSocket.readyState === OPEN) opened();
  else if (webSocket.readyState > OPEN) place.over();
}

/** The socket, if something can be attached to it. */
export function attachable(socket: Socket): SocketCore {
  const core = coreOf(socket);
  if (core.closed) throw new ZmqError("EBADF");
  const { name } = core.type;
  if (name === "STREAM" || name === "DGRAM") {
    throw new ZmqError("ENOCOMPATPROTO", `A ${name} socket does not speak ZeroMQ's WebSocket protocol`);
  }
  return core;
}

/** A place among a socket's endpoints, until the connection there is over. */
export function takePlace(
  core: SocketCore,
  endpoint: string,
  protocol: StreamProtocol,
  giveUp: () => void,
): Attached {
  const place = new Attached(core, endpoint, protocol, giveUp);
  place.onOver = core.endpoints.adopt(place);
  return place;
}

/** A WebSocket is open: it becomes a peer, unless it speaks something else. */
export function acceptOn(
  place: Attached,
  core: SocketCore,
  ours: readonly string[],
  carrier: WebSocketCarrier,
  details: WebSocketDetails,
): WebSocketStream | undefined {
  const { remote, protocol } = details;
  if (ours.includes(protocol)) {
    const stream = new WebSocketStream(carrier, details);
    stream.sink = place.accept(stream);
    return stream;
  }
  const reason = `The subprotocol is ${JSON.stringify(protocol)}, and none of ${ours.join(", ")}`;
  refuse(core, place.endpoint, remote, reason);
  carrier.close(PROTOCOL_ERROR, "No subprotocol of ZeroMQ's");
  place.over();
  return undefined;
}

/** Tells the socket of a connection that it did not get. */
export function refuse(core: SocketCore, endpoint: string, remote: string, reason: string): void {
  const connection = { id: nextConnectionId(), remote, peer: undefined, pipe: undefined };
  emitRefusal(core, endpoint, connection, new ProtocolError("ERR_WS_HANDSHAKE", reason));
}

const OPEN = 1;
/** RFC 6455, section 7.4.1. */
const PROTOCOL_ERROR = 1002;

/** Octets that may wait in a WebSocket: a batch and what follows while it leaves. */
const BUFFERED_MAX = 1024 * 1024;
/** Milliseconds between two looks at what waits, which no event tells: few at first, then more. */
const LOOK_FIRST = 1;
const LOOK_LAST = 32;

/** A WebSocket of the standard: it takes all, and says how much of it waits. */
class StandardCarrier implements WebSocketCarrier {
  stream: WebSocketStream | undefined;
  readonly #webSocket: WebSocketLike & { terminate?(): void; pause?(): void; resume?(): void };
  /** Only some have these: that of npm's `ws`. */
  readonly pause?: () => void;
  readonly resume?: () => void;

  constructor(webSocket: WebSocketLike & { terminate?(): void; pause?(): void; resume?(): void }) {
    this.#webSocket = webSocket;
    if (typeof webSocket.pause === "function" && typeof webSocket.resume === "function") {
      this.pause = () => webSocket.pause!();
      this.resume = () => webSocket.resume!();
    }
  }

  get unsent(): boolean {
    return this.#webSocket.bufferedAmount > 0;
  }

  send(message: Uint8Array): "sent" | "full" {
    // One that closes lets all go, and its event follows.
    if (this.#webSocket.readyState === OPEN) this.#webSocket.send(message);
    if (this.#webSocket.bufferedAmount < BUFFERED_MAX) return "sent";
    this.#look(LOOK_FIRST);
    return "full";
  }

  close(code: number, reason: string): void {
    // The standard lets a program say 1000 and 3000 to 4999 only.
    const allowed = code === 1000 ? code : code + 3000;
    this.#webSocket.close(allowed, reason);
  }

  terminate(): void {
    if (typeof this.#webSocket.terminate === "function") this.#webSocket.terminate();
    else this.#webSocket.close();
  }

  #look(milliseconds: number): void {
    startTimer(milliseconds, () => {
      if (this.#webSocket.readyState > OPEN) return;
      if (this.#webSocket.bufferedAmount > BUFFERED_MAX / 2) {
        this.#look(Math.min(LOOK_LAST, 2 * milliseconds));
      } else this.stream?.drained();
    });
  }
}
