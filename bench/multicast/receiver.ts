/**
 * The subscribing end: `receiver.ts count <endpoint> <rate> <recovery ms> <size> <warm-up ms> <window ms>` or
 * `receiver.ts repair <endpoint> <rate> <recovery ms> <size> <count>`. `libzmq.c` says more.
 *
 * @module
 */

import { Subscriber } from "../../mod.ts";
import { endWithInput, MARK, numberOf, sentAt, task, wallClock } from "./program.ts";

await main();

async function main(): Promise<void> {
  const { role, endpoint, rate, recoveryInterval, size, numbers } = task();
  endWithInput();
  const subscriber = new Subscriber({ rate, recoveryInterval });
  subscriber.subscribe("");
  subscriber.connect(endpoint);
  const receive = async (): Promise<Uint8Array> => {
    const [message] = await subscriber.receive();
    if (message!.length !== size) throw new Error(`Message of ${message!.length} bytes, expected ${size}`);
    return message!;
  };
  if (role === "count") await count(receive, numbers[0]!, numbers[1]!);
  else await repair(receive, numbers[0]!);
}

async function count(receive: () => Promise<Uint8Array>, warm: number, window: number): Promise<void> {
  let first = numberOf(await receive());
  let edge = performance.now() + warm;
  let start = 0;
  let received = 0;
  for (;;) {
    const message = await receive();
    if (++received % 16 !== 0 || performance.now() < edge) continue;
    const now = performance.now();
    const number = numberOf(message);
    if (start > 0) {
      print({ messages: received, lost: number - first - received, seconds: (now - start) / 1000 });
      return;
    }
    print({ begun: true });
    start = performance.now();
    edge = start + window;
    first = number;
    received = 0;
  }
}

async function repair(receive: () => Promise<Uint8Array>, wanted: number): Promise<void> {
  const milliseconds: number[] = [];
  while (milliseconds.length < wanted) {
    const message = await receive();
    if (message[0] === MARK) milliseconds.push(wallClock() - sentAt(message));
  }
  print({ milliseconds });
}

function print(result: object): void {
  console.log(JSON.stringify(result));
}
