/**
 * Node's transports: streams on `net`, datagrams on `dgram`. Its modules come from `process.getBuiltinModule`, so
 * that no bundler for browsers meets a name it cannot resolve.
 *
 * @module
 */

import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamSettings,
  StreamTransport,
} from "../src/io/stream.ts";
import type { Transports } from "../src/io/transports.ts";
import { udp } from "./dgram.ts";
import { adopt, NodeStream, ownMemory, Reader } from "./node_stream.ts";
import type { OnRead, Socket } from "./node_stream.ts";
import { connectSecurely, createSecureServer } from "./node_tls.ts";
import {
  allocate,
  builtin,
  checkPath,
  isZonedName,
  listenOnPath,
  listenOnPathSync,
  networkInterfaces,
  onLinux,
  remove,
  requireNumeric,
  resolve,
  systemError,
  temporaryDirectory,
  temporaryDirectorySync,
} from "./system.ts";
import { Handshakes } from "./tls.ts";

declare const process: { readonly version: string };

/** A socket of the system's that is bound. */
interface Handle {
  /** 0, or the number of an error. */
  listen(backlog: number): number;
  close(): void;
}

interface Server {
  _handle: Handle | null;
  _listen2(address: null, port: -1, addressType: -1, backlog: number): void;
  address(): { readonly address: string; readonly port: number } | string | null;
  listen(options: { [name: string]: unknown }, listening: () => void): void;
  close(): void;
  unref(): void;
  on(event: "connection", listener: (socket: Socket) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

interface Net {
  readonly Socket: new (options: { readonly handle: unknown; readonly onread: OnRead }) => Socket;
  connect(options: { [name: string]: unknown }): Socket;
  createServer(options: { readonly pauseOnConnect: boolean }): Server;
  /** A handle, or the number of an error. A path has -1 for port and family. */
  _createServerHandle(
    host: string | null,
    port: number | null,
    family: 4 | 6 | -1 | null,
    fd?: number,
    flags?: number,
  ): Handle | number;
}

interface Util {
  getSystemErrorName(number: number): string;
}

/** libuv's `UV_TCP_IPV6ONLY`. */
const IPV6_ONLY = 1;

/** The transports of Node. */
export const transports: Transports = {
  runtime: "node",
  tcp: kind(false),
  ipc: kind(false),
  tls: kind(true),
  adopt,
  // Before version 22, Node pads abstract names with NULs to the full length: no other program has those.
  abstractNames: onLinux() && Number.parseInt(process.version.slice(1)) >= 22,
  udp,
  networkInterfaces,
  temporaryDirectory,
  temporaryDirectorySync,
  remove,
  allocate,
  batchSize: 262144,
};

/** Streams with TLS, or without. */
function kind(secure: boolean): StreamTransport {
  return {
    dial: (...given) => dial(secure, ...given),
    listen: (...given) => listen(secure, ...given),
    listenSync: (...given) => listenSync(secure, ...given),
  };
}

function dial(
  secure: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  return new Promise((fulfil, reject) => {
    signal.throwIfAborted();
    if (address.path !== undefined) checkPath(address.path);
    const reader = ownMemory && !secure ? new Reader() : undefined;
    const options = connectOptions(address, settings);
    const socket = secure
      ? connectSecurely(options, address, settings)
      : builtin<Net>("net").connect({ ...options, ...(reader && { onread: reader }) });
    socket.unref();
    const abort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    let stream: NodeStream | undefined;
    socket.on("error", (error) => {
      signal.removeEventListener("abort", abort);
      if (!stream) reject(systemError(error));
    });
    socket.on(secure ? "secureConnect" : "connect", () => {
      signal.removeEventListener("abort", abort);
      configure(socket, settings);
      stream = new NodeStream(socket, address.path, reader);
      stream.start(sink);
      fulfil(stream);
    });
  });
}

function connectOptions(address: StreamAddress, settings: StreamSettings): { [name: string]: unknown } {
  if (address.path !== undefined) return { path: address.path };
  return {
    host: address.host,
    port: address.port,
    family: settings.ipv6 ? 0 : 4,
    ...(isZonedName(address.host!) && { lookup: lookupZoned }),
    ...(address.sourceHost !== undefined && { localAddress: address.sourceHost }),
    ...(address.sourcePort && { localPort: address.sourcePort }),
  };
}

type Found = (error: unknown, address?: unknown, family?: number) => void;

function lookupZoned(host: string, { family, all }: { family?: unknown; all?: boolean }, found: Found): void {
  resolve(host, family !== 4 && family !== "IPv4").then((address) => {
    const version = address.includes(":") ? 6 : 4;
    if (all) found(null, [{ address, family: version }]);
    else found(null, address, version);
  }, found);
}

function configure(socket: Socket, settings: StreamSettings): void {
  const { keepAlive, keepAliveIdle, keepAliveInterval = -1, keepAliveCount = -1, typeOfService } = settings;
  socket.setNoDelay(true);
  // Node has it from 25.6 on and late in 24, and Bun has it; a Unix socket refuses it.
  if (typeOfService) {
    try {
      socket.setTypeOfService?.(typeOfService);
    } catch {
      // The peer is gone already, or it is no socket of TCP.
    }
  }
  // Earlier Nodes take no more than two arguments.
  if (keepAlive === 1) {
    const interval = keepAliveInterval > 0 ? keepAliveInterval * 1000 : undefined;
    const count = keepAliveCount > 0 ? keepAliveCount : undefined;
    socket.setKeepAlive(true, Math.max(keepAliveIdle, 0) * 1000, interval, count);
  } else if (keepAlive === 0) socket.setKeepAlive(false);
}

function listen(
  secure: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Promise<StreamListener> {
  const { path, descriptor } = address;
  if (path === undefined || descriptor !== undefined) return open(secure, address, settings, accept, failed);
  return listenOnPath(path, () => open(secure, address, settings, accept, failed), () => testDial(path));
}

function listenSync(
  secure: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  const { path, host = "", descriptor } = address;
  if (path !== undefined && descriptor === undefined) {
    return listenOnPathSync(path, () => openSync(secure, address, settings, accept, failed));
  }
  if (descriptor === undefined) requireNumeric(host);
  return openSync(secure, address, settings, accept, failed);
}

async function open(
  secure: boolean,
  { path, host = "", port, descriptor }: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Promise<StreamListener> {
  const place = descriptor !== undefined
    ? { fd: descriptor }
    : path !== undefined
    ? { path }
    : { host: await resolve(host, settings.ipv6), port, ipv6Only: !settings.ipv6 };
  return await new Promise((fulfil, reject) => {
    let listening = false;
    const handshakes = new Handshakes(settings);
    const server = createServer(secure, path, settings, handshakes, accept, failed);
    server.on("error", (error) => listening ? failed(systemError(error)) : reject(systemError(error)));
    // Workers of a cluster would share the address; here a second listener must hear that it is in use.
    server.listen({ ...place, backlog: settings.backlog, exclusive: true }, () => {
      listening = true;
      try {
        fulfil(listenerOf(server, path, handshakes));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/**
 * `server.listen` tells of errors in a later turn, and asks the resolver even for a numeric address. So the
 * handle is made and listens before the server gets it, by the calls that `server.listen` itself makes in the
 * end; they are in Node from its beginning, but no public names.
 */
function openSync(
  secure: boolean,
  { path, host = "", port = 0, descriptor }: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  const net = builtin<Net>("net");
  // Before there is a handle that an exception would leave open.
  const handshakes = new Handshakes(settings);
  const server = createServer(secure, path, settings, handshakes, accept, failed);
  const ipv6 = host.includes(":");
  const handle = descriptor !== undefined
    ? net._createServerHandle(null, null, null, descriptor)
    : path !== undefined
    ? net._createServerHandle(path, -1, -1)
    : net._createServerHandle(host, port, ipv6 ? 6 : 4, undefined, ipv6 && !settings.ipv6 ? IPV6_ONLY : 0);
  if (typeof handle === "number") throw numberedError(handle);
  // TCP hears only here that its address is in use.
  const failure = handle.listen(settings.backlog);
  if (failure !== 0) {
    handle.close();
    throw numberedError(failure);
  }
  server.on("error", (error) => failed(systemError(error)));
  server._handle = handle;
  server._listen2(null, -1, -1, settings.backlog);
  return listenerOf(server, path, handshakes);
}

function createServer(
  secure: boolean,
  path: string | undefined,
  settings: StreamSettings,
  handshakes: Handshakes,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Server {
  const { createServer, Socket } = builtin<Net>("net");
  const arrived = (accepted: Socket): void => {
    const reader = ownMemory && !secure ? new Reader() : undefined;
    const socket = reader ? rehouse(accepted, Socket, reader) : accepted;
    socket.unref();
    configure(socket, settings);
    const stream = new NodeStream(socket, path, reader);
    try {
      stream.start(accept(stream));
    } catch {
      stream.destroy();
    }
  };
  if (secure) return createSecureServer<Server>(settings, handshakes, arrived, failed);
  const server = createServer({ pauseOnConnect: ownMemory });
  server.on("connection", arrived);
  return server;
}

function listenerOf(server: Server, path: string | undefined, handshakes: Handshakes): StreamListener {
  server.unref();
  const bound = server.address();
  const tcp = typeof bound === "object" && bound?.port !== undefined;
  // Only a descriptor that was given can be of another kind than its endpoint.
  if (tcp !== (path === undefined)) {
    server.close();
    throw systemError(new Error("The descriptor is of another kind of socket than the endpoint"), "EINVAL");
  }
  const address = tcp ? { host: bound.address, port: bound.port } : { path: path! };
  // The system's socket is closed within the call; the server's own event would wait for connections.
  return {
    address,
    get handshakes() {
      return handshakes.count;
    },
    close: () => {
      server.close();
      handshakes.end();
      return Promise.resolve();
    },
  };
}

function numberedError(number: number): Error {
  const code = builtin<Util>("util").getSystemErrorName(number);
  return systemError(new Error(`listen ${code}`), code);
}

/**
 * The same connection in a socket that reads into our memory: `createServer` has no option for it. A paused
 * connection is what Node hands to other processes, by its handle, too.
 */
function rehouse(accepted: Socket, Socket: Net["Socket"], onread: OnRead): Socket {
  const handle = accepted._handle;
  accepted._handle = null;
  return new Socket({ handle, onread });
}

function testDial(path: string): Promise<void> {
  return new Promise((fulfil, reject) => {
    const socket = builtin<Net>("net").connect({ path });
    socket.on("error", reject);
    socket.on("connect", () => {
      socket.destroy();
      fulfil();
    });
  });
}
