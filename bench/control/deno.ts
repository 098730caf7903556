/** Bare streams by `Deno.connect` and `Deno.listen`. @module */

import type { Bare, BareSink, BareStream, Endpoint } from "./bare.ts";

interface Connection {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  setNoDelay?(on?: boolean): void;
}
type Options = { hostname: string; port: number } | { path: string; transport: "unix" };
declare const Deno: {
  connect(options: Options): Promise<Connection>;
  listen(options: Options): AsyncIterable<Connection>;
};

/** Deno's streams. */
export const deno: Bare = {
  listen(endpoint, sink) {
    accept(Deno.listen(options(endpoint)), sink);
    return Promise.resolve();
  },
  async connect(endpoint, sink) {
    return attach(await Deno.connect(options(endpoint)), sink);
  },
};

async function accept(listener: AsyncIterable<Connection>, sink: BareSink): Promise<void> {
  for await (const connection of listener) attach(connection, sink);
}

function attach(connection: Connection, sink: BareSink): BareStream {
  connection.setNoDelay?.(true);
  const stream: BareStream = { write: (bytes) => writeAll(connection, bytes) };
  sink.open?.(stream);
  readAll(connection, stream, sink);
  return stream;
}

async function readAll(connection: Connection, stream: BareStream, sink: BareSink): Promise<void> {
  const buffer = new Uint8Array(sink.readSize ?? 256 * 1024);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    const waits = sink.data(stream, new Uint8Array(buffer.buffer, 0, length));
    if (waits !== undefined) await waits;
  }
}

async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(at === 0 ? bytes : bytes.subarray(at));
}

function options(endpoint: Endpoint): Options {
  return "path" in endpoint ? { path: endpoint.path, transport: "unix" } : endpoint;
}
