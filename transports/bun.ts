/**
 * Bun's transports: streams on `Bun.connect` and `Bun.listen`, datagrams on Node's `dgram`.
 *
 * @module
 */

import { ZmqError } from "../src/base/errors.ts";
import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamSettings,
  StreamTransport,
} from "../src/io/stream.ts";
import type { Transports } from "../src/io/transports.ts";
import { BunStream } from "./bun_stream.ts";
import type { Socket } from "./bun_stream.ts";
import { udp } from "./dgram.ts";
import { adopt } from "./node_stream.ts";
import {
  abortable,
  allocate,
  checkPath,
  codeOf,
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
import { certified, Handshakes, handshakeTime, tooLate, unusable } from "./tls.ts";

interface Listener {
  readonly hostname: string;
  readonly port: number;
  stop(): void;
  unref(): void;
}

declare const Bun: {
  connect(options: { [name: string]: unknown }): Promise<Socket>;
  listen(options: { [name: string]: unknown }): Listener;
};
declare const setTimeout: (callback: () => void, milliseconds: number) => { unref(): void };
declare const clearTimeout: (timer: unknown) => void;

/** The transports of Bun. */
export const transports: Transports = {
  runtime: "bun",
  tcp: kind(false),
  ipc: kind(false),
  tls: kind(true),
  adopt,
  abstractNames: onLinux(),
  udp,
  networkInterfaces,
  temporaryDirectory,
  temporaryDirectorySync,
  remove,
  allocate,
  batchSize: 262144,
};

const HANDLERS = {
  binaryType: "uint8array",
  data(socket: Socket, chunk: Uint8Array): void {
    socket.data?.onData(chunk);
  },
  drain(socket: Socket): void {
    socket.data?.onDrain();
  },
  end(socket: Socket): void {
    if (socket.data) socket.data.onEnd();
    else socket.end();
  },
  close(socket: Socket, error?: Error): void {
    socket.data?.onClose(error && systemError(error));
  },
} as const;

/** Streams with TLS, or without. */
function kind(secure: boolean): StreamTransport {
  return {
    dial: (...given) => secure ? dialSecurely(...given) : dial(...given),
    listen: (...given) => listen(secure, ...given),
    listenSync: (...given) => listenSync(secure, ...given),
  };
}

async function dialSecurely(
  address: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  // Most dials go this way without TLS too, see below; so all of TLS does, and there is one way of trusting.
  const { transports } = await import("./node.ts");
  return await transports.tls!.dial(address, settings, sink, signal);
}

async function dial(
  address: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  signal.throwIfAborted();
  const { host = "", port, path } = address;
  const special = address.sourceHost !== undefined || address.sourcePort || settings.typeOfService;
  if (path === undefined && (special || !isLoopback(host))) {
    // `Bun.connect` knows no source address and no type of service, and an attempt of it cannot be cancelled: one
    // that nobody answers would hold the process for two minutes. On loopback an answer comes at once, and Bun's own
    // is faster.
    const { transports } = await import("./node.ts");
    return await transports.tcp!.dial(address, settings, sink, signal);
  }
  if (path !== undefined) checkPath(path);
  let stream: BunStream | undefined;
  const open = (socket: Socket): void => {
    if (signal.aborted) return void socket.end();
    stream = socket.data = new BunStream(socket, path, settings);
    stream.start(sink);
  };
  const connected = async (): Promise<void> => {
    const place = path !== undefined
      ? { unix: path }
      : { hostname: settings.ipv6 ? host : await resolve(host, false), port };
    try {
      signal.throwIfAborted();
      await Bun.connect({ ...place, allowHalfOpen: true, socket: { ...HANDLERS, open, connectError() {} } });
    } catch (error) {
      throw systemError(error);
    }
  };
  await abortable(connected(), signal);
  return stream!;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.[\d.]+$/.test(host);
}

async function listen(
  secure: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Promise<StreamListener> {
  const { host = "", path, descriptor } = address;
  if (descriptor !== undefined || (settings.typeOfService && path === undefined && !secure)) {
    // Bun's own can say no type of service, and not where a descriptor listens.
    const { transports } = await import("./node.ts");
    return await transports.tcp!.listen(address, settings, accept, failed);
  }
  if (path !== undefined) {
    return await listenOnPath(
      path,
      () => open(secure, address, settings, accept, failed),
      () => testDial(path),
    );
  }
  return open(secure, { ...address, host: await resolve(host, settings.ipv6) }, settings, accept, failed);
}

function listenSync(
  secure: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  const { host = "", path, descriptor } = address;
  if (descriptor !== undefined) throw new ZmqError("ENOTSUP", "Bun takes over a descriptor by bind() only");
  if (path !== undefined) {
    return listenOnPathSync(path, () => open(secure, address, settings, accept, failed));
  }
  requireNumeric(host);
  return open(secure, address, settings, accept, failed);
}

function open(
  secure: boolean,
  { host, port, path }: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  const opened = (socket: Socket): void => {
    const stream = socket.data = new BunStream(socket, path, settings, secure);
    try {
      stream.start(accept(stream));
    } catch {
      stream.destroy();
    }
  };
  const place = path !== undefined ? { unix: path } : { hostname: host, port, ipv6Only: !settings.ipv6 };
  const tls = secure && { tls: certified(settings) };
  const handshakes = new Handshakes(settings);
  const handlers = secure ? shaking(settings, handshakes, opened, failed) : { open: opened };
  let listener: Listener;
  try {
    listener = Bun.listen({
      ...place,
      ...tls,
      allowHalfOpen: true,
      exclusive: true,
      socket: { ...HANDLERS, ...handlers },
    });
  } catch (error) {
    throw secure && isUnusable(error) ? unusable(error) : systemError(error);
  }
  listener.unref();
  return {
    address: path !== undefined ? { path } : { host: listener.hostname, port: listener.port },
    get handshakes() {
      return handshakes.count;
    },
    close: () => {
      listener.stop();
      handshakes.end();
      return Promise.resolve();
    },
  };
}

/** The handlers of connections that are not open before their TLS handshake is done. */
function shaking(
  settings: StreamSettings,
  handshakes: Handshakes,
  opened: (socket: Socket) => void,
  failed: (error: Error) => void,
): { readonly [name: string]: unknown } {
  const milliseconds = handshakeTime(settings);
  const under = new Map<Socket, () => boolean>();
  /** Whether it was under way. */
  const finish = (socket: Socket): boolean => {
    const over = under.get(socket);
    under.delete(socket);
    return over?.() === true;
  };
  return {
    open(socket: Socket): void {
      socket.unref();
      const giveUp = (error: Error): void => {
        finish(socket);
        socket.terminate();
        failed(error);
      };
      const timer = setTimeout(() => giveUp(tooLate(milliseconds)), milliseconds);
      timer.unref();
      const over = handshakes.begin(giveUp);
      under.set(socket, () => {
        clearTimeout(timer);
        return over();
      });
    },
    handshake(socket: Socket, success: boolean, error: Error | null): void {
      if (!finish(socket)) return;
      if (success) return opened(socket);
      socket.terminate();
      failed(systemError(error));
    },
    close(socket: Socket, error?: Error): void {
      if (finish(socket)) {
        failed(systemError(error ?? new Error("Closed within the TLS handshake"), "ECONNRESET"));
      } else HANDLERS.close(socket, error);
    },
  };
}

/** Whether it is a certificate or a key that Bun cannot use. */
function isUnusable(error: unknown): boolean {
  return /^ERR_(OSSL|BORINGSSL|SSL)/.test(codeOf(error));
}

async function testDial(path: string): Promise<void> {
  const socket = await Bun.connect({ unix: path, socket: { ...HANDLERS, open() {}, connectError() {} } });
  socket.end();
}
