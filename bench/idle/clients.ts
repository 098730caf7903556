/**
 * Many idle peers in one process: plain TCP connections that complete a handshake and then say nothing. Prints
 * one line when all of them are there, and stays.
 *
 * @module
 */

import { connect } from "node:net";
import { integer, parameters, print } from "../program.ts";
import { handshake, isComplete, SUBSCRIPTION } from "./handshake.ts";

/** Below the backlog of 100 that a socket listens with: a connection that finds it full waits for a second. */
const AT_ONCE = 50;

await main();

async function main(): Promise<void> {
  const [type, port, count] = parameters("clients <DEALER|SUB> <port> <count>") as [string, string, string];
  const said = handshake(type as "DEALER" | "SUB");
  const then = type === "SUB" ? SUBSCRIPTION : new Uint8Array();
  let left = integer(count);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await introduce(integer(port), said, then);
  }));
  print({ connected: integer(count) });
}

function introduce(port: number, said: Uint8Array, then: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(said));
    let received = new Uint8Array();
    socket.on("data", (chunk: Uint8Array) => {
      received = new Uint8Array([...received, ...chunk]);
      if (!isComplete(received)) return;
      socket.removeAllListeners("data");
      socket.write(then, () => resolve());
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed a connection")));
  });
}
