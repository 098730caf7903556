/**
 * A REQ/REP pair as a user of the native binding wrote it. `zmq` is whichever module the caller imported; not a
 * line here knows which.
 */

import { Buffer } from "node:buffer";

// deno-lint-ignore no-explicit-any
export async function run(zmq: any): Promise<unknown> {
  const server = new zmq.Reply();
  await server.bind("tcp://127.0.0.1:*");

  const serve = async () => {
    for await (const [msg] of server) {
      const value = parseInt(msg.toString(), 10);
      if (Number.isNaN(value)) await server.send(["error", `not a number: ${msg}`]);
      else await server.send(["ok", 2 * value, null, Buffer.from([value])]);
    }
    return "server closed";
  };

  const client = new zmq.Request({ receiveTimeout: 5000 });
  client.connect(server.lastEndpoint);
  const results: unknown[] = [];
  const ask = async () => {
    for (const question of ["4", 21, "many", Buffer.from("100")]) {
      await client.send(question);
      const [status, ...rest] = await client.receive();
      results.push([status.toString(), rest.map((part: Uint8Array) => part.toString())]);
      results.push(rest.map((part: Uint8Array) => part.length));
    }
    client.close();
    server.close();
  };

  const [ending] = await Promise.all([serve(), ask()]);
  return { results, ending, closed: [client.closed, server.closed] };
}
