/**
 * The publishing end: `source.ts flood|pace <endpoint> <rate> <recovery ms> <size> [<interval ms>]`. `libzmq.c`
 * says more.
 *
 * @module
 */

import { Publisher } from "../../mod.ts";
import { endWithInput, task, wallClock, writeHead } from "./program.ts";

await main();

async function main(): Promise<void> {
  const { role, endpoint, rate, recoveryInterval, size, numbers } = task();
  endWithInput();
  const publisher = new Publisher({ rate, recoveryInterval, noDrop: true });
  publisher.connect(endpoint);
  if (role === "flood") {
    for (let number = 0;; number++) {
      const message = new Uint8Array(size);
      writeHead(message, false, number, 0);
      await publisher.send(message);
    }
  }
  const [interval = 1] = numbers;
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
