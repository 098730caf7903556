/**
 * The floor: the same bytes over the bare stream of the runtime, without a line of ours in between.
 *
 * `sink` and `source` are `local_thr` and `remote_thr`: `<count>` writes of `<size>` bytes. `echo` and `ping`
 * are `local_lat` and `remote_lat`: `<count>` round trips of `<size>` bytes. `source` and `echo` stay until
 * they are ended, for what they wrote may still be under way.
 *
 * @module
 */

import { exit, integer, parameters, printRoundTrip, printThroughput, warmUp } from "../program.ts";
import { type Bare, bare, type BareSink, type BareStream, type Endpoint, parse } from "./bare.ts";

const RETRY_MS = 20;

await main();

async function main(): Promise<void> {
  const given = parameters("stream <sink|source|echo|ping> <endpoint> <size> <count>");
  const roles: Record<string, typeof sink> = { sink, source, echo, ping };
  const role = roles[given[0]!];
  if (role === undefined) throw new TypeError(`No such role: "${given[0]}"`);
  await role(await bare(), parse(given[1]!), integer(given[2]), integer(given[3]));
}

async function sink(streams: Bare, endpoint: Endpoint, size: number, count: number): Promise<void> {
  const warm = warmUp(count) * size;
  const all = count * size;
  let received = 0;
  let before = 0;
  let start = 0;
  await new Promise<void>((resolve, reject) => {
    streams.listen(endpoint, {
      data(_, chunk) {
        received += chunk.length;
        if (start === 0 && received >= warm) {
          start = performance.now();
          before = received;
        }
        if (received >= all) resolve();
      },
    }).catch(reject);
  });
  printThroughput(size, (received - before) / size, performance.now() - start);
  exit(0);
}

async function source(streams: Bare, endpoint: Endpoint, size: number, count: number): Promise<void> {
  const stream = await dial(streams, endpoint, { data() {} });
  const bytes = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    const full = stream.write(bytes);
    if (full !== undefined) await full;
  }
}

async function echo(streams: Bare, endpoint: Endpoint, size: number, count: number): Promise<void> {
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    streams.listen(endpoint, {
      data(stream, chunk) {
        received += chunk.length;
        if (received >= size * count) resolve();
        return stream.write(chunk);
      },
    }).catch(reject);
  });
}

async function ping(streams: Bare, endpoint: Endpoint, size: number, count: number): Promise<void> {
  const warm = warmUp(count);
  const bytes = new Uint8Array(size);
  let missing = size;
  let done = 0;
  let start = 0;
  await new Promise<void>((resolve, reject) => {
    dial(streams, endpoint, {
      data(stream, chunk) {
        missing -= chunk.length;
        if (missing > 0) return;
        missing = size;
        if (++done === warm) start = performance.now();
        if (done === count) resolve();
        else return stream.write(bytes);
      },
    }).then((stream) => stream.write(bytes)).catch(reject);
  });
  printRoundTrip(size, count - warm, performance.now() - start);
  exit(0);
}

/** The two ends start at the same time: dial until the other one listens. */
async function dial(streams: Bare, endpoint: Endpoint, listener: BareSink): Promise<BareStream> {
  for (let attempt = 1;; attempt++) {
    try {
      return await streams.connect(endpoint, listener);
    } catch (error) {
      if (attempt === 250) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
