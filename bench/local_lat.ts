/**
 * The answering end of a round-trip measurement: a REP that binds and returns what it gets. libzmq's
 * `local_lat`.
 *
 * @module
 */

import { hold, integer, load, parameters } from "./program.ts";
import { bindingEnd, secured } from "./security.ts";

await main();

async function main(): Promise<void> {
  const given = parameters("local_lat <bind-to> <message-size> <roundtrip-count>");
  const endpoint = given[0]!;
  const size = integer(given[1]);
  const count = integer(given[2]);

  const { Reply } = await load();
  const reply = secured(new Reply(bindingEnd()));
  await reply.bind(endpoint);

  for (let i = 0; i < count; i++) {
    const [message] = await reply.receive();
    if (message!.length !== size) throw new Error(`Message of ${message!.length} bytes, expected ${size}`);
    await reply.send(message!);
  }
  await hold();
  reply.close();
}
