/**
 * The publishing end of the fan-out measurement: a PUB that binds and publishes for a number of seconds.
 *
 * Each message starts with its number (32 bits, little-endian), from which `remote_sub` computes what was
 * dropped: a PUB drops at the high-water mark and does not wait.
 *
 * @module
 */

import { exit, integer, load, parameters } from "./program.ts";

/** Up to here a socket copies what it is given, and the sender may write into it again. */
const COPIED = 128;

await main();

async function main(): Promise<void> {
  const given = parameters("local_pub <bind-to> <message-size> <seconds>");
  const endpoint = given[0]!;
  const size = integer(given[1]);
  if (size < 4) throw new RangeError("A message holds at least its number, 4 bytes");
  const end = performance.now() + integer(given[2]) * 1000;

  const { Publisher } = await load();
  const publisher = new Publisher();
  await publisher.bind(endpoint);

  let message = new Uint8Array(size);
  for (let n = 0; (n & 255) !== 0 || performance.now() < end; n++) {
    if (size > COPIED) message = new Uint8Array(size);
    message[0] = n;
    message[1] = n >> 8;
    message[2] = n >> 16;
    message[3] = n >> 24;
    await publisher.send(message);
  }
  exit(0);
}
