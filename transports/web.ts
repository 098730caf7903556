/**
 * Browsers and other hosts without sockets of the system: their own WebSocket, which dials only. What needs no
 * transport (inproc) works there all the same.
 *
 * @module
 */

import type { ByteStream, ByteStreamSink, StreamAddress, StreamSettings } from "../src/io/stream.ts";
import type { Transports } from "../src/io/transports.ts";
import { failure, type WebSocketLike, WebSocketStream } from "./web_stream.ts";

declare const WebSocket: new (url: string, protocols: readonly string[]) => WebSocketLike;

/** The transports of a host that has a WebSocket at most. */
export const transports: Transports = {
  runtime: "web",
  ...("WebSocket" in globalThis && { webSocket: { dial, listen } }),
};

function dial(
  { url = "", protocols = [] }: StreamAddress,
  _settings: StreamSettings,
  sink: ByteStreamSink,
  signal: AbortSignal,
): Promise<ByteStream> {
  return new Promise((fulfil, reject) => {
    signal.throwIfAborted();
    let socket: WebSocketLike;
    try {
      socket = new WebSocket(url, protocols);
    } catch (error) {
      const { name, message } = error as Error;
      throw failure(name === "SecurityError" ? "EACCES" : "EINVAL", message);
    }
    const abort = (): void => {
      // First, because Node tells of the close from inside the call.
      reject(signal.reason);
      socket.close();
    };
    const settled = (): void => signal.removeEventListener("abort", abort);
    // A page is not told why: it must not find out what else listens where.
    const refused = (): void => {
      settled();
      reject(failure("ECONNREFUSED", `No WebSocket to ${url}: the host does not say why`));
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.addEventListener("error", refused);
    socket.addEventListener("close", refused);
    socket.addEventListener("open", () => {
      if (signal.aborted) return;
      settled();
      const stream = new WebSocketStream(socket, url);
      stream.start(sink);
      fulfil(stream);
    });
  });
}

function listen(): Promise<never> {
  return Promise.reject(failure("EPROTONOSUPPORT", "A page cannot listen"));
}
