/**
 * The subscribing end of the fan-out measurement: one process, `<sockets>` SUB sockets, each with its own
 * connection and its own `await receive()` loop.
 *
 * Once every socket has heard something, and after a warm-up, it counts what all of them receive in one
 * second: deliveries/s. What the publisher dropped meanwhile is told by the numbers in the messages.
 *
 * @module
 */

import { exit, integer, load, parameters, print } from "./program.ts";

const WARM_UP_MS = 300;
const WINDOW_MS = 1000;

async function main(): Promise<void> {
  const given = parameters("remote_sub <connect-to> <message-size> <sockets>");
  const endpoint = given[0]!;
  const size = integer(given[1]);
  const sockets = integer(given[2]);
  const { Subscriber } = await load();

  const window = new Window(size, sockets);
  await Promise.all(Array.from({ length: sockets }, async (_, index) => {
    const subscriber = new Subscriber();
    subscriber.subscribe("");
    subscriber.connect(endpoint);
    for (;;) {
      const [message] = await subscriber.receive();
      window.count(index, message!);
    }
  }));
}

class Window {
  readonly #size: number;
  readonly #received: number[];
  readonly #latest: (Uint8Array | undefined)[];
  #silent: number;
  #calls = 0;
  #next = Infinity;
  #start = 0;
  #receivedBefore: number[] = [];
  #numbersBefore: number[] = [];

  constructor(size: number, sockets: number) {
    this.#size = size;
    this.#silent = sockets;
    this.#received = new Array(sockets).fill(0);
    this.#latest = new Array(sockets).fill(undefined);
  }

  count(index: number, message: Uint8Array): void {
    if (message.length !== this.#size) {
      throw new Error(`Message of ${message.length} bytes, expected ${this.#size}`);
    }
    if (this.#received[index]!++ === 0 && --this.#silent === 0) this.#next = performance.now() + WARM_UP_MS;
    this.#latest[index] = message;
    // The clock is read once in 256 messages: reading it costs as much as a message does.
    if ((++this.#calls & 255) === 0 && performance.now() >= this.#next) this.#edge(performance.now());
  }

  #edge(now: number): void {
    const numbers = this.#latest.map((message) => number(message!));
    if (this.#start === 0) {
      this.#start = now;
      this.#next = now + WINDOW_MS;
      this.#receivedBefore = this.#received.slice();
      this.#numbersBefore = numbers;
      return;
    }
    const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
    const deliveries = sum(this.#received) - sum(this.#receivedBefore);
    const published = sum(numbers.map((n, i) => (n - this.#numbersBefore[i]!) >>> 0));
    const seconds = (now - this.#start) / 1000;
    print({
      size: this.#size,
      sockets: numbers.length,
      messages: deliveries,
      seconds,
      rate: deliveries / seconds,
      megabytes: deliveries * this.#size / seconds / 1e6,
      lost: published === 0 ? 0 : 1 - deliveries / published,
    });
    exit(0);
  }
}

function number(message: Uint8Array): number {
  return (message[0]! | message[1]! << 8 | message[2]! << 16 | message[3]! << 24) >>> 0;
}

await main();
