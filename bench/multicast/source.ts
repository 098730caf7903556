/**
 * The publishing end: `source.ts flood <endpoint> <rate> <recovery ms> <size> <count>`, or `pace` with an interval
 * in ms instead of the count. `libzmq.c` says more.
 *
 * @module
 */

import { Publisher } from "../../mod.ts";
import { endWithInput, print, task, wallClock, WARM_UP, writeHead } from "./program.ts";

await main();

async function main(): Promise<void> {
  const { role, endpoint, rate, recoveryInterval, size, number } = task();
  endWithInput();
  const publisher = new Publisher({ rate, recoveryInterval, noDrop: true });
  publisher.connect(endpoint);
  if (role === "flood") await flood(publisher, size, number);
  else await pace(publisher, size, number);
}

async function flood(publisher: Publisher, size: number, count: number): Promise<void> {
  const warm = Math.floor(count * WARM_UP);
  // Up to 128 octets a message's memory may be used again as soon as `send` has returned.
  const again = size <= 128 ? new Uint8Array(size) : undefined;
  for (let number = 0; number < count; number++) {
    if (number === warm) print({ begun: true });
    const message = again ?? new Uint8Array(size);
    writeHead(message, false, number, 0);
    await publisher.send(message);
  }
  print({ sent: count });
}

async function pace(publisher: Publisher, size: number, interval: number): Promise<void> {
  let next = wallClock();
  for (let number = 0;; number++) {
    next += interval;
    const wait = next - wallClock();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const message = new Uint8Array(size);
    writeHead(message, number % 100 === 99, number, wallClock());
    await publisher.send(message);
  }
}
