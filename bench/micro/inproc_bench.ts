/**
 * Sockets without a wire: what a message costs from a program's `send` to the other's `receive` in one process.
 * One iteration is 100 messages of 100 B, well below the high-water mark.
 *
 * @module
 */

import { Pair, Publisher, Pull, Push, Subscriber } from "../../mod.ts";

const MESSAGES = 100;
const message = new Uint8Array(100);

const push = new Push();
const pull = new Pull();
await pull.bind("inproc://micro-pipeline");
push.connect("inproc://micro-pipeline");

Deno.bench("PUSH to PULL: await send, await receive", async () => {
  for (let i = 0; i < MESSAGES; i++) {
    await push.send(message);
    await pull.receive();
  }
});

Deno.bench("PUSH to PULL: trySend, tryReceive", () => {
  for (let i = 0; i < MESSAGES; i++) {
    push.trySend(message);
    if (pull.tryReceive() === undefined) throw new Error("Nothing arrived");
  }
});

Deno.bench("PUSH to PULL: await send, receiveMany", async () => {
  for (let i = 0; i < MESSAGES; i++) await push.send(message);
  for (let received = 0; received < MESSAGES;) received += (await pull.receiveMany()).length;
});

const left = new Pair();
const right = new Pair();
await left.bind("inproc://micro-pair");
right.connect("inproc://micro-pair");

Deno.bench("PAIR there and back", async () => {
  for (let i = 0; i < MESSAGES; i++) {
    await left.send(message);
    await right.send((await right.receive())[0]);
    await left.receive();
  }
});

const publisher = new Publisher();
await publisher.bind("inproc://micro-fan-out");
const subscribers = Array.from({ length: 10 }, () => {
  const subscriber = new Subscriber();
  subscriber.subscribe("");
  subscriber.connect("inproc://micro-fan-out");
  return subscriber;
});

Deno.bench("PUB to 10 SUB: await send, await receive", async () => {
  for (let i = 0; i < MESSAGES; i++) {
    await publisher.send(message);
    for (const subscriber of subscribers) await subscriber.receive();
  }
});
