/**
 * The receiving end of a throughput measurement: a PULL that binds.
 *
 * libzmq's `local_thr`: same arguments, and either end may be libzmq's own program. The clock runs from the
 * end of the warm-up to the last message.
 *
 * @module
 */

import { integer, load, parameters, printThroughput, warmUp } from "./program.ts";
import { bindingEnd, secured } from "./security.ts";

await main();

async function main(): Promise<void> {
  const given = parameters("local_thr <bind-to> <message-size> <message-count>");
  const endpoint = given[0]!;
  const size = integer(given[1]);
  const count = integer(given[2]);
  const warm = warmUp(count);

  const { Pull } = await load();
  const pull = secured(new Pull(bindingEnd()));
  await pull.bind(endpoint);

  for (let i = 0; i < warm; i++) await pull.receive();
  const start = performance.now();
  for (let i = warm; i < count; i++) {
    const [message] = await pull.receive();
    if (message!.length !== size) throw new Error(`Message of ${message!.length} bytes, expected ${size}`);
  }
  const elapsed = performance.now() - start;

  pull.close();
  printThroughput(size, count - warm, elapsed);
}
