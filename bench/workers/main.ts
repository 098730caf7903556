/**
 * One measurement between the main thread and a Worker, as one line of JSON: `main.ts <kind> <size> <count>`, where
 * the kind is `thr` (PUSH in the Worker, PULL here), `given` (the same with memory that is given away), `lat` (REQ
 * here, REP in the Worker) or `post` (the runtime's own `postMessage`, one message at a time).
 *
 * @module
 */

import { context, Pull, Request } from "../../mod.ts";
import { exit, integer, parameters, printRoundTrip, printThroughput, warmUp } from "../program.ts";
import { listen, makeThread } from "./threads.ts";
import type { Thread } from "./threads.ts";

await main();
exit(0);

async function main(): Promise<void> {
  const [kind, sizeGiven, countGiven] = parameters("main <kind> <message-size> <count>");
  const size = integer(sizeGiven);
  const count = integer(countGiven);
  const thread = makeThread(new URL("./worker.ts", import.meta.url));
  if (kind !== "post") context.attach(thread as unknown as Parameters<typeof context.attach>[0]);
  thread.postMessage([kind, size, count]);
  if (kind === "post") await hear(thread, size, count);
  else if (kind === "lat") await ask(size, count);
  else await receive(size, count);
}

async function receive(size: number, count: number): Promise<void> {
  const pull = new Pull();
  await pull.bind("inproc://bench");
  const warm = warmUp(count);
  for (let i = 0; i < warm; i++) await pull.receive();
  const start = performance.now();
  for (let i = warm; i < count; i++) {
    const [message] = await pull.receive();
    if (message.length !== size) throw new Error(`Message of ${message.length} bytes, expected ${size}`);
  }
  printThroughput(size, count - warm, performance.now() - start);
}

async function ask(size: number, count: number): Promise<void> {
  const request = new Request();
  request.connect("inproc://bench");
  const question = new Uint8Array(size);
  const warm = warmUp(count);
  let start = 0;
  for (let i = 0; i < count; i++) {
    if (i === warm) start = performance.now();
    await request.send(question);
    await request.receive();
  }
  printRoundTrip(size, count - warm, performance.now() - start);
}

function hear(thread: Thread, size: number, count: number): Promise<void> {
  const warm = warmUp(count);
  let heard = 0;
  let start = 0;
  return new Promise((resolve) =>
    listen(thread, () => {
      if (++heard === warm) start = performance.now();
      if (heard < count) return;
      printThroughput(size, count - warm, performance.now() - start);
      resolve();
    })
  );
}
