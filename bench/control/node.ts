/** Bare streams by `node:net`. @module */

import { connect, createServer, type Socket } from "node:net";
import type { Bare, BareSink, BareStream, Endpoint } from "./bare.ts";

/** Node's streams. */
export const node: Bare = {
  listen(endpoint, sink) {
    const server = createServer({ noDelay: true }, (socket) => attach(socket, sink));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(options(endpoint), () => resolve());
    });
  },
  connect(endpoint, sink) {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...options(endpoint), noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(attach(socket, sink)));
    });
  },
};

function attach(socket: Socket, sink: BareSink): BareStream {
  const stream: BareStream = {
    write(bytes) {
      if (socket.write(bytes)) return undefined;
      return new Promise((resolve) => socket.once("drain", resolve));
    },
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Uint8Array) => sink.data(stream, chunk));
  sink.open?.(stream);
  return stream;
}

function options(endpoint: Endpoint): { path: string } | { host: string; port: number } {
  return "path" in endpoint ? endpoint : { host: endpoint.hostname, port: endpoint.port };
}
