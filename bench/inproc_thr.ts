/**
 * Throughput inside one process: PUSH to PULL over `inproc`. libzmq's `inproc_thr`, which gives each end a
 * thread; here both ends take turns on one.
 *
 * @module
 */

import { integer, load, parameters, printThroughput, warmUp } from "./program.ts";

type Module = Awaited<ReturnType<typeof load>>;
const ENDPOINT = "inproc://throughput";

await main();

async function main(): Promise<void> {
  const given = parameters("inproc_thr <message-size> <message-count>");
  const size = integer(given[0]);
  const count = integer(given[1]);
  const zmq = await load();

  const pull = new zmq.Pull();
  await pull.bind(ENDPOINT);
  const [elapsed] = await Promise.all([receiveAll(pull, size, count), sendAll(zmq, size, count)]);

  pull.close();
  printThroughput(size, count - warmUp(count), elapsed);
}

async function receiveAll(pull: InstanceType<Module["Pull"]>, size: number, count: number): Promise<number> {
  const warm = warmUp(count);
  for (let i = 0; i < warm; i++) await pull.receive();
  const start = performance.now();
  for (let i = warm; i < count; i++) {
    const [message] = await pull.receive();
    if (message!.length !== size) throw new Error(`Message of ${message!.length} bytes, expected ${size}`);
  }
  return performance.now() - start;
}

async function sendAll(zmq: Module, size: number, count: number): Promise<void> {
  const push = new zmq.Push();
  push.connect(ENDPOINT);
  const message = new Uint8Array(size);
  for (let i = 0; i < count; i++) await push.send(message);
  push.close();
}
