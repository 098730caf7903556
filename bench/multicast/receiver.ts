/**
 * The subscribing end: `receiver.ts count|repair <endpoint> <rate> <recovery ms> <size> <count>`. `libzmq.c` says
 * more.
 *
 * @module
 */

import { Subscriber } from "../../mod.ts";
import { endWithInput, MARK, numberOf, print, sentAt, task, wallClock, WARM_UP } from "./program.ts";

const QUIET_MS = 15_000;
const RECEIVE_BUFFER = 4 << 20;

await main();

async function main(): Promise<void> {
  const { role, endpoint, rate, recoveryInterval, size, number } = task();
  endWithInput();
  const subscriber = new Subscriber({
    rate,
    recoveryInterval,
    receiveTimeout: QUIET_MS,
    receiveBufferSize: RECEIVE_BUFFER,
  });
  subscriber.subscribe("");
  subscriber.connect(endpoint);
  if (role === "count") await count(subscriber, size, number);
  else await repair(subscriber, size, number);
}

async function count(subscriber: Subscriber, size: number, count: number): Promise<void> {
  const warm = Math.floor(count * WARM_UP);
  let all = 0;
  let timed = 0;
  let start = 0;
  let last = 0;
  try {
    for (let number = 0; number < count - 1;) {
      const [message] = await subscriber.receive();
      if (message!.length !== size) throw new Error(`Message of ${message!.length} bytes, expected ${size}`);
      number = numberOf(message!);
      all++;
      if (start > 0) {
        if (++timed % 256 === 0 || number === count - 1) last = performance.now();
      } else if (number >= warm) {
        print({ begun: true });
        start = performance.now();
      }
    }
  } catch (error) {
    if ((error as { code?: string }).code !== "EAGAIN") throw error;
  }
  print({ messages: timed, lost: count - all, seconds: (last - start) / 1000 });
}

async function repair(subscriber: Subscriber, size: number, wanted: number): Promise<void> {
  const milliseconds: number[] = [];
  while (milliseconds.length < wanted) {
    const [message] = await subscriber.receive();
    if (message!.length !== size) throw new Error(`Message of ${message!.length} bytes, expected ${size}`);
    if (message![0] === MARK) milliseconds.push(wallClock() - sentAt(message!));
  }
  print({ milliseconds });
}
