/**
 * The two ends of a latency measurement, compatible with libzmq's `local_lat` and `remote_lat`.
 *
 * @module
 */

import { Reply, Request } from "../../socket/sockets.ts";
import { print } from "../host.ts";
import type { Load } from "./command.ts";
import { requireSize } from "./throughput.ts";

/** Binds and sends back what comes, so many times; prints nothing. */
export async function answer(
  endpoint: string,
  { size, count }: Load,
  _json: boolean,
  bound: (endpoint: string) => void,
): Promise<void> {
  const reply = new Reply();
  try {
    await reply.bind(endpoint);
    bound(reply.lastEndpoint!);
    for (let left = count; left > 0; left--) {
      const message = await reply.receive();
      requireSize(message, size);
      await reply.send(message);
    }
  } finally {
    await reply[Symbol.asyncDispose]();
  }
}

/** Connects, makes the round trips, and prints half of what they took. */
export async function ask(endpoint: string, { size, count }: Load, json: boolean): Promise<void> {
  const request = new Request();
  request.connect(endpoint);
  const message = new Uint8Array(size);
  const samples = new Float64Array(count);
  try {
    for (let trip = 0; trip < count; trip++) {
      const begin = performance.now();
      await request.send(message);
      requireSize(await request.receive(), size);
      samples[trip] = (performance.now() - begin) * 500;
    }
  } finally {
    await request[Symbol.asyncDispose]();
  }
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / count;
  samples.sort();
  const at = (share: number) => samples[Math.min(count - 1, Math.floor(count * share))]!;
  const [p50, p99] = [at(0.5), at(0.99)];
  await print(
    json
      ? JSON.stringify({ size, count, mean, p50, p99 })
      : `${count} round trips of ${size} B: one way ${mean.toFixed(1)} µs on average, ` +
        `p50 ${p50.toFixed(1)} µs, p99 ${p99.toFixed(1)} µs`,
  );
}
