/**
 * Deno's transports: streams on `Deno.connect` and `Deno.listen`, datagrams on Node's `dgram`.
 *
 * @module
 */

import { ZmqError } from "../src/base/errors.ts";
import type { DatagramSettings, DatagramSink, DatagramSocket } from "../src/io/datagram.ts";
import type {
  ByteStream,
  ByteStreamSink,
  StreamAddress,
  StreamListener,
  StreamSettings,
  StreamTransport,
} from "../src/io/stream.ts";
import type { InterfaceAddress, Transports } from "../src/io/transports.ts";
import { DenoStream } from "./deno_stream.ts";
import type { Address, Connection } from "./deno_stream.ts";
import { listenSecurely, secure, shake } from "./deno_tls.ts";
import type { TlsConnection } from "./deno_tls.ts";
import { udp } from "./dgram.ts";
import { adopt } from "./node_stream.ts";
import {
  abortable,
  checkPath,
  formatAddress,
  isZonedName,
  listenOnPath,
  listenOnPathSync,
  requireNumeric,
  resolve,
  systemError,
} from "./system.ts";
import { Handshakes, trusting } from "./tls.ts";

interface Listener {
  readonly addr: Address;
  accept(): Promise<Connection>;
  close(): void;
  unref(): void;
}

declare const Deno: {
  readonly build: { readonly os: string };
  connect(options: { [name: string]: unknown }): Promise<Connection>;
  listen(options: { [name: string]: unknown }): Listener;
  makeTempDir(options: { prefix: string }): Promise<string>;
  makeTempDirSync(options: { prefix: string }): string;
  removeSync(path: string): void;
  unrefTimer(timer: number): void;
  networkInterfaces(): readonly {
    readonly name: string;
    readonly address: string;
    readonly family: "IPv4" | "IPv6";
    readonly scopeid: number | null;
  }[];
  readonly permissions: {
    request(descriptor: { name: "net"; host: string }): Promise<{ readonly state: string }>;
  };
};
declare const setImmediate: (callback: () => void) => unknown;
declare const setTimeout: (callback: () => void, milliseconds: number) => number;

/** The transports of Deno. */
export const transports: Transports = {
  runtime: "deno",
  tcp: kind(false),
  ipc: kind(false),
  tls: kind(true),
  adopt,
  // Not by `process`: the first look at it loads Node's modules, which takes Deno 12 ms.
  abstractNames: Deno.build.os === "linux",
  udp: { ...udp, open },
  networkInterfaces,
  temporaryDirectory: () => Deno.makeTempDir({ prefix: "puremq-" }),
  temporaryDirectorySync: () => Deno.makeTempDirSync({ prefix: "puremq-" }),
  remove,
  batchSize: 262144,
};

/** Streams with TLS, or without. */
function kind(tls: boolean): StreamTransport {
  return {
    dial: (...given) => dial(tls, ...given),
    listen: (...given) => listen(tls, ...given),
    listenSync: (...given) => listenSync(tls, ...given),
  };
}

async function dial(
  tls: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  signal.throwIfAborted();
  const { path } = address;
  if (path === undefined && (address.sourceHost !== undefined || address.sourcePort)) {
    if (tls) throw new ZmqError("ENOTSUP", "Deno cannot dial by TLS from a given address");
    // Deno's own interface cannot dial from a given address; Node's on Deno can, at half the speed.
    const { transports } = await import("./node.ts");
    return await transports.tcp!.dial(address, settings, sink, signal);
  }
  if (path !== undefined) checkPath(path);
  if (tls) trusting(settings);
  const connected = async (): Promise<Connection> => {
    const connection = await connect(address, settings, signal);
    return tls ? await secure(connection, address, settings, signal) : connection;
  };
  const connection = await abortable(connected(), signal, (late) => late.close());
  const stream = new DenoStream(connection, path, settings);
  stream.start(sink);
  return stream;
}

async function connect(
  { host = "", port, path }: StreamAddress,
  { ipv6 }: StreamSettings,
  signal: AbortSignal,
): Promise<Connection> {
  try {
    if (path !== undefined) return await Deno.connect({ transport: "unix", path });
    const hostname = ipv6 && !isZonedName(host) ? host : await resolve(host, ipv6);
    // It may have been given up while the name was looked up; a signal tells that once.
    signal.throwIfAborted();
    return await Deno.connect({ hostname, port, signal: silent(signal) });
  } catch (error) {
    throw systemError(error);
  }
}

/**
 * A signal that ends a dial and throws nothing: Deno 2.9 asks it to once more when the dial is done, and what it has
 * connected just then would be left open, with nobody who could close it.
 */
function silent(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  Object.defineProperty(controller.signal, "throwIfAborted", { value: () => {} });
  signal.addEventListener("abort", () => controller.abort(), { once: true });
  return controller.signal;
}

async function listen(
  tls: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): Promise<StreamListener> {
  const { host = "", path, descriptor } = address;
  if (descriptor !== undefined) {
    // Deno's own interface cannot take over a socket; Node's on Deno can.
    const { transports } = await import("./node.ts");
    return await transports.tcp!.listen(address, settings, accept, failed);
  }
  if (path !== undefined) {
    return await listenOnPath(
      path,
      async () => {
        await closing.get(path);
        return listenHere(tls, address, settings, accept, failed);
      },
      async () => (await Deno.connect({ transport: "unix", path })).close(),
    );
  }
  const numeric = await resolve(host, settings.ipv6);
  return listenHere(tls, { ...address, host: numeric }, settings, accept, failed);
}

function listenSync(
  tls: boolean,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  const { host = "", path, descriptor } = address;
  if (descriptor !== undefined) throw new ZmqError("ENOTSUP", "Deno takes over a descriptor by bind() only");
  if (path !== undefined) {
    if (closing.has(path)) throw systemError(new Error(`${path} is closing`), "EADDRINUSE");
    return listenOnPathSync(path, () => listenHere(tls, address, settings, accept, failed));
  }
  requireNumeric(host);
  return listenHere(tls, address, settings, accept, failed);
}

function listenHere(
  tls: boolean,
  { host, port, path }: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  try {
    if (path !== undefined) {
      return serve(Deno.listen({ transport: "unix", path }), { path }, settings, accept, failed);
    }
    const options = { hostname: host, port, tcpBacklog: settings.backlog };
    const listener = tls ? listenSecurely(options, settings) : Deno.listen(options);
    const { addr } = listener;
    return serve(listener, { host: addr.hostname!, port: addr.port! }, settings, accept, failed);
  } catch (error) {
    throw systemError(error);
  }
}

/**
 * Paths whose listener is closing: Deno removes the file when the accept has failed, and would remove the one of
 * a new listener that came before that.
 */
const closing = new Map<string, Promise<void>>();

/** What `accept` says of one connection, and not of the listener. */
const GONE: ReadonlySet<string> = new Set(["ENOTCONN", "ECONNABORTED", "ECONNRESET", "EPROTO", "EINVAL"]);
/** Connections that are accepted in a turn of the event loop: as many as are also read in it. */
const ACCEPTS = 4;
/** A listener that is none any more says EINVAL, too, and for ever: after so many in a row there is a pause. */
const INVALID_MAX = 256;

function serve(
  listener: Listener,
  address: StreamAddress,
  settings: StreamSettings,
  accept: (stream: ByteStream) => ByteStreamSink,
  failed: (error: Error) => void,
): StreamListener {
  listener.unref();
  let open = true;
  const acceptAll = async (): Promise<void> => {
    let invalid = 0;
    let accepted = 0;
    while (open) {
      let connection: Connection;
      try {
        connection = await listener.accept();
        invalid = 0;
      } catch (error) {
        if (!open) return;
        const reason = systemError(error);
        failed(reason);
        // A peer that was gone before it was looked at costs the others no time, or many of them would.
        const { code = "" } = reason as { code?: string };
        if (GONE.has(code) && (code !== "EINVAL" || ++invalid % INVALID_MAX > 0)) continue;
        // Out of descriptors, most likely: trying again at once would fail again at once.
        await new Promise<void>((fulfil) => Deno.unrefTimer(setTimeout(fulfil, 100)));
        continue;
      }
      if (open && "handshake" in connection) void welcome(connection as TlsConnection);
      else enter(connection);
      // Those that wait are accepted without a turn in between: none is read, and with too many the oldest would go.
      if (++accepted % ACCEPTS > 0) continue;
      await new Promise<void>((fulfil) => setImmediate(fulfil));
    }
  };
  const handshakes = new Handshakes(settings);
  /** Of one connection, while others are accepted. */
  const welcome = async (connection: TlsConnection): Promise<void> => {
    connection.unref();
    let crowded: Error | undefined;
    const over = handshakes.begin((error) => {
      crowded = error;
      connection.close();
    });
    try {
      await shake(connection, settings, Deno.unrefTimer);
    } catch (error) {
      return failed(crowded ?? error as Error);
    } finally {
      over();
    }
    enter(connection);
  };
  const enter = (connection: Connection): void => {
    // Deno may have accepted it when the listener was closed already: nobody is left to end it.
    if (!open) return connection.close();
    const stream = new DenoStream(connection, address.path, settings);
    try {
      stream.start(accept(stream));
    } catch {
      stream.destroy();
    }
  };
  const accepting = acceptAll();
  return {
    address,
    get handshakes() {
      return handshakes.count;
    },
    async close(): Promise<void> {
      if (!open) return;
      open = false;
      listener.close();
      handshakes.end();
      // The system's socket lives until the accept that was under way has failed.
      const { path } = address;
      if (!path) return await accepting;
      closing.set(path, accepting);
      await accepting;
      if (closing.get(path) === accepting) closing.delete(path);
      // Deno 2.9 has removed the file by now, earlier versions have not.
      if (!path.startsWith("\0")) removeNow(path);
    },
  };
}

async function open(settings: DatagramSettings, sink: DatagramSink): Promise<DatagramSocket> {
  // Node's module on Deno throws a refused permission where nobody can catch it.
  const descriptor = { name: "net", host: hostAndPort(settings) } as const;
  const { state } = await Deno.permissions.request(descriptor);
  if (state !== "granted") {
    throw systemError(new Error(`Requires net access to "${descriptor.host}"`), "EACCES");
  }
  return await udp.open(settings, sink);
}

function hostAndPort({ host, port }: DatagramSettings): string {
  return formatAddress(host, port);
}

function networkInterfaces(): readonly InterfaceAddress[] {
  try {
    return Deno.networkInterfaces().map(({ name, address, family, scopeid }) =>
      scopeid ? { name, address, family, scope: scopeid } : { name, address, family }
    );
  } catch {
    // Not permitted: as if there were none.
    return [];
  }
}

function remove(path: string): Promise<void> {
  return new Promise((fulfil) => fulfil(removeNow(path)));
}

function removeNow(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    const failure = systemError(error) as Error & { code: string };
    if (failure.code !== "ENOENT") throw failure;
  }
}
