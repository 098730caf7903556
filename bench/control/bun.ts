/** Bare streams by `Bun.connect` and `Bun.listen`. @module */

import type { Bare, BareSink, BareStream, Endpoint } from "./bare.ts";

interface Connection {
  data: State;
  write(bytes: Uint8Array): number;
}
interface State extends BareStream {
  rest: Uint8Array | undefined;
  drained: (() => void) | undefined;
}
interface Handler {
  open(connection: Connection): void;
  data(connection: Connection, chunk: Uint8Array): void;
  drain(connection: Connection): void;
}
type Options = ({ hostname: string; port: number } | { unix: string }) & { socket: Handler };
declare const Bun: {
  connect(options: Options): Promise<Connection>;
  listen(options: Options): unknown;
};

/** Bun's streams. */
export const bun: Bare = {
  listen(endpoint, sink) {
    Bun.listen(options(endpoint, sink));
    return Promise.resolve();
  },
  async connect(endpoint, sink) {
    return (await Bun.connect(options(endpoint, sink))).data;
  },
};

function options(endpoint: Endpoint, sink: BareSink): Options {
  const where = "path" in endpoint ? { unix: endpoint.path } : endpoint;
  return {
    ...where,
    socket: {
      open(connection) {
        connection.data = { write: (bytes) => write(connection, bytes), rest: undefined, drained: undefined };
        sink.open?.(connection.data);
      },
      data(connection, chunk) {
        sink.data(connection.data, chunk);
      },
      drain(connection) {
        const { rest, drained } = connection.data;
        if (rest === undefined) return;
        const written = Math.max(0, connection.write(rest));
        if (written < rest.length) {
          connection.data.rest = rest.subarray(written);
          return;
        }
        connection.data.rest = undefined;
        drained!();
      },
    },
  };
}

/** Bun writes what the kernel takes and says how much; the rest is its caller's to keep until `drain`. */
function write(connection: Connection, bytes: Uint8Array): Promise<void> | undefined {
  const written = Math.max(0, connection.write(bytes));
  if (written === bytes.length) return undefined;
  connection.data.rest = bytes.subarray(written);
  return new Promise((resolve) => connection.data.drained = resolve);
}
