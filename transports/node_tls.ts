/**
 * Node's TLS for `node.ts`, on the module `tls`. It takes no `onread`, so octets come by `data` events.
 *
 * @module
 */

import type { StreamAddress, StreamSettings } from "../src/io/stream.ts";
import type { Socket } from "./node_stream.ts";
import { builtin, isNumeric, systemError } from "./system.ts";
import { certified, handshakeTime, tooLate, trusting, unusable } from "./tls.ts";
import type { Handshakes } from "./tls.ts";

declare const setTimeout: (callback: () => void, milliseconds: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

interface Tls {
  readonly rootCertificates: readonly string[];
  /** From Node 22.15 on; with what the environment adds (`NODE_EXTRA_CA_CERTS`). */
  getCACertificates?(kind: "default"): readonly string[];
  connect(options: { [name: string]: unknown }): Socket;
  createServer<Server>(options: { [name: string]: unknown }): Server;
  checkServerIdentity(name: string, certificate: unknown): Error | undefined;
}

/** What of a server is used here. */
interface Server {
  on(event: "connection" | "secureConnection", listener: (socket: Socket) => void): void;
  on(event: "tlsClientError", listener: (error: Error, socket: Socket) => void): void;
}

/** A connection under way: "secureConnect" tells that the certificate is good, "error" that it is not. */
export function connectSecurely(
  place: { [name: string]: unknown },
  { host = "" }: StreamAddress,
  settings: StreamSettings,
): Socket {
  const { trust, trustSystem, serverName, certificate, key } = trusting(settings);
  const tls = builtin<Tls>("tls");
  const roots = trustSystem && trust ? tls.getCACertificates?.("default") ?? tls.rootCertificates : [];
  const name = serverName ?? host;
  let socket: Socket;
  try {
    socket = tls.connect({
      ...place,
      // Without any, Node takes the system's.
      ...(trust && { ca: [...roots, trust] }),
      ...(certificate && { cert: certificate, key }),
      // RFC 6066, 3: an address is no server name. It is compared with the certificate all the same.
      servername: isNumeric(name) ? "" : name,
      checkServerIdentity: (_: string, shown: unknown) => tls.checkServerIdentity(name, shown),
      rejectUnauthorized: true,
    });
  } catch (error) {
    throw unusable(error);
  }
  giveUpInTime(socket, handshakeTime(settings));
  return socket;
}

/** Before the connection there is the dial's own patience; from then on this one. */
function giveUpInTime(socket: Socket, milliseconds: number): void {
  let timer: unknown;
  socket.on("connect", () => timer = setTimeout(() => socket.destroy(tooLate(milliseconds)), milliseconds));
  socket.on("secureConnect", () => clearTimeout(timer));
  socket.on("close", () => clearTimeout(timer));
}

/**
 * A server whose `accepted` gets connections when their handshake is done. Node itself notices those whose
 * handshake fails or takes too long, and `failed` hears of them.
 */
export function createSecureServer<Of>(
  settings: StreamSettings,
  handshakes: Handshakes,
  accepted: (socket: Socket) => void,
  failed: (error: Error) => void,
): Of {
  const milliseconds = handshakeTime(settings);
  const options = { ...certified(settings), handshakeTimeout: milliseconds };
  let server: Server;
  try {
    server = builtin<Tls>("tls").createServer<Server>(options);
  } catch (error) {
    throw unusable(error);
  }
  /** What says that the handshake is over, by the peer: only that is alike in a connection and in its TLS. */
  const under = new Map<string, () => boolean>();
  server.on("connection", (socket) => {
    // A handshake under way does not keep the process alive either.
    socket.unref();
    const peer = peerOf(socket);
    const over = handshakes.begin((error) => socket.destroy(error));
    under.set(peer, over);
    socket.on("close", () => {
      over();
      if (under.get(peer) === over) under.delete(peer);
    });
  });
  server.on("secureConnection", (socket) => {
    under.get(peerOf(socket))?.();
    accepted(socket);
  });
  server.on("tlsClientError", (error, socket) => {
    // Node closes what failed, but leaves open what took too long.
    socket.destroy();
    const late = (error as { code?: unknown }).code === "ERR_TLS_HANDSHAKE_TIMEOUT";
    failed(late ? tooLate(milliseconds) : systemError(error));
  });
  return server as Of;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
