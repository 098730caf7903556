/**
 * The sending end of a throughput measurement: a PUSH that connects. libzmq's `remote_thr`.
 *
 * @module
 */

import { hold, integer, load, parameters } from "./program.ts";
import { connectingEnd, secured } from "./security.ts";

await main();

async function main(): Promise<void> {
  const given = parameters("remote_thr <connect-to> <message-size> <message-count>");
  const endpoint = given[0]!;
  const message = new Uint8Array(integer(given[1]));
  const count = integer(given[2]);

  const { Push } = await load();
  const push = secured(new Push(connectingEnd()));
  push.connect(endpoint);

  for (let i = 0; i < count; i++) await push.send(message);
  await hold();
  push.close();
}
