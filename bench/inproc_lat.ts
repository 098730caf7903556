/**
 * Round trip inside one process: REQ to REP over `inproc`. libzmq's `inproc_lat`.
 *
 * @module
 */

import { integer, load, parameters, printRoundTrip, warmUp } from "./program.ts";

type Module = Awaited<ReturnType<typeof load>>;
const ENDPOINT = "inproc://latency";

await main();

async function main(): Promise<void> {
  const given = parameters("inproc_lat <message-size> <roundtrip-count>");
  const size = integer(given[0]);
  const count = integer(given[1]);
  const zmq = await load();

  const reply = new zmq.Reply();
  await reply.bind(ENDPOINT);
  const [elapsed] = await Promise.all([ask(zmq, size, count), answer(reply, count)]);

  reply.close();
  printRoundTrip(size, count - warmUp(count), elapsed);
}

async function ask(zmq: Module, size: number, count: number): Promise<number> {
  const warm = warmUp(count);
  const request = new zmq.Request();
  request.connect(ENDPOINT);
  const question = new Uint8Array(size);
  let start = 0;
  for (let i = 0; i < count; i++) {
    if (i === warm) start = performance.now();
    await request.send(question);
    const [reply] = await request.receive();
    if (reply!.length !== size) throw new Error(`Answer of ${reply!.length} bytes, expected ${size}`);
  }
  const elapsed = performance.now() - start;
  request.close();
  return elapsed;
}

async function answer(reply: InstanceType<Module["Reply"]>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const [question] = await reply.receive();
    await reply.send(question!);
  }
}
