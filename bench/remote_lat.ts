/**
 * The asking end of a round-trip measurement: a REQ that connects. libzmq's `remote_lat`, but it prints the
 * whole round trip.
 *
 * @module
 */

import { integer, load, parameters, printRoundTrip, warmUp } from "./program.ts";
import { connectingEnd, secured } from "./security.ts";

await main();

async function main(): Promise<void> {
  const given = parameters("remote_lat <connect-to> <message-size> <roundtrip-count>");
  const endpoint = given[0]!;
  const size = integer(given[1]);
  const count = integer(given[2]);
  const warm = warmUp(count);
  const question = new Uint8Array(size);

  const { Request } = await load();
  const request = secured(new Request(connectingEnd()));
  request.connect(endpoint);

  let start = 0;
  for (let i = 0; i < count; i++) {
    if (i === warm) start = performance.now();
    await request.send(question);
    const [answer] = await request.receive();
    if (answer!.length !== size) throw new Error(`Answer of ${answer!.length} bytes, expected ${size}`);
  }
  const elapsed = performance.now() - start;

  request.close();
  printRoundTrip(size, count - warm, elapsed);
}
