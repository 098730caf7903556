/**
 * Sockets as Web streams.
 *
 * @module
 */

import type { Frame } from "../message/frame.ts";
import type { SocketCore } from "./core.ts";

/** Messages as they come; ends with the socket. Nothing is taken from the socket before it is asked for. */
export function streamFrom(core: SocketCore): ReadableStream<Frame[]> {
  const cancelled = new AbortController();
  return new ReadableStream<Frame[]>({
    async pull(controller) {
      try {
        controller.enqueue(await core.receive({ signal: cancelled.signal }));
      } catch (error) {
        if (core.closed) controller.close();
        else if (!cancelled.signal.aborted) throw error;
      }
    },
    cancel() {
      cancelled.abort();
    },
  }, { highWaterMark: 0 });
}

/** Each chunk becomes a message. */
export function streamInto(core: SocketCore): WritableStream<unknown> {
  return new WritableStream<unknown>({
    write(chunk, controller) {
      const { signal } = controller;
      if (core.addressing === undefined) return core.send(chunk, { signal });
      if (!Array.isArray(chunk)) throw new TypeError("A chunk must be a message and where it goes");
      return core.send(chunk[0], { ...chunk[1], signal });
    },
  });
}
