/**
 * The Worker of these tests: makes sockets and calls their methods as the main thread says, over the channel that is
 * the program's own.
 *
 * @module
 */

import * as zmq from "../../mod.ts";
import { parentThread } from "./threads.ts";
import type { Call } from "./threads.ts";

// deno-lint-ignore no-explicit-any -- any socket's methods are called by name
type Any = any;

const thread = parentThread();
const sockets: Any[] = [];

thread.listen(async (value) => {
  const { number, socket, method, values } = value as Call;
  let answer: object;
  try {
    const target = socket === undefined ? own : sockets[socket];
    answer = { number, value: plain(await (target[method] ?? (own as Any)[method]).apply(target, values)) };
  } catch (error) {
    answer = { number, code: (error as { code?: string }).code ?? String(error) };
  }
  thread.postMessage(answer);
});
thread.postMessage("up");

/** What the main thread can call that is no socket's method, or has a socket for `this`. */
const own = {
  join: () => zmq.context.join(),
  withoutSharedMemory() {
    Object.defineProperty(globalThis, "crossOriginIsolated", { value: false, configurable: true });
  },
  make(type: string, options: object): number {
    return sockets.push(new (zmq as Any)[type](options)) - 1;
  },
  /** Sends numbers. */
  async sendNumbers(this: Any, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.send(["number", String(i)]);
  },
  /** Receives numbers: how many came in order. */
  async receiveNumbers(this: Any, count: number): Promise<number> {
    for (let i = 0; i < count; i++) {
      const message = await this.receive();
      if (message.length !== 2 || String(message[1]) !== String(i)) return i;
    }
    return count;
  },
  /** How many messages it takes without waiting. */
  fill(this: Any, most: number): number {
    let sent = 0;
    while (sent < most && this.trySend(String(sent))) sent++;
    return sent;
  },
  async echo(this: Any): Promise<void> {
    for await (const message of this) await this.send(message);
  },
  /** Sends octets and answers what is left of them. */
  async give(this: Any, length: number): Promise<number> {
    const octets = new Uint8Array(length).fill(7);
    await this.send(["head", octets, "tail"], { transfer: true });
    return octets.length;
  },
  async publishForEver(this: Any): Promise<void> {
    for (;;) await this.send(new Uint8Array(1000));
  },
};

/** Frames as text, so that they cost nothing to compare over there. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  return value;
}
