/**
 * The two ends of a throughput measurement, compatible with libzmq's `local_thr` and `remote_thr`.
 *
 * @module
 */

import { Pull, Push } from "../../socket/sockets.ts";
import { Failure } from "../failure.ts";
import { print } from "../host.ts";
import { showCount } from "../numbers.ts";
import type { Load } from "./command.ts";

/** Binds, receives all, and prints how fast they came. The first only starts the clock. */
export async function pullAll(
  endpoint: string,
  { size, count }: Load,
  json: boolean,
  bound: (endpoint: string) => void,
): Promise<void> {
  const pull = new Pull();
  try {
    await pull.bind(endpoint);
    bound(pull.lastEndpoint!);
    requireSize(await pull.receive(), size);
    const begin = performance.now();
    for (let left = count - 1; left > 0;) {
      const messages = await pull.receiveMany(left);
      for (const message of messages) requireSize(message, size);
      left -= messages.length;
    }
    const seconds = Math.max(performance.now() - begin, 1e-3) / 1000;
    const rate = count / seconds;
    const megabytes = rate * size / 1e6;
    await print(
      json
        ? JSON.stringify({ size, count, seconds, rate, megabytes })
        : `${showCount(count)} messages of ${size} B in ${seconds.toFixed(3)} s: ` +
          `${showCount(rate)} msg/s, ${megabytes.toFixed(1)} MB/s`,
    );
  } finally {
    await pull[Symbol.asyncDispose]();
  }
}

/** Connects and sends all; prints nothing. */
export async function pushAll(endpoint: string, { size, count }: Load): Promise<void> {
  const push = new Push();
  push.connect(endpoint);
  const message = new Uint8Array(size);
  try {
    for (let sent = 0; sent < count; sent++) {
      // Only when the queue is full is there something to wait for.
      if (!push.trySend(message)) await push.send(message);
    }
  } finally {
    await push[Symbol.asyncDispose]();
  }
}

/** Whether a message is what was agreed on; libzmq's programs stop likewise. */
export function requireSize(message: readonly Uint8Array[], size: number): void {
  if (message.length === 1 && message[0]!.length === size) return;
  throw new Failure(
    `a message of ${message[0]!.length} B came instead of ${size} B: give both ends the same --size`,
  );
}
