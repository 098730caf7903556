/**
 * STREAM against plain TCP, with no ZeroMQ on the other side: an empty message at connect and at disconnect,
 * octets in between, and an empty part that closes.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";
import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { type Scope, test, texts, until, within } from "./scope.ts";
import type { AnySocket } from "./subject.ts";

describe("STREAM with plain TCP", () => {
  test("bound: tells of the connection, exchanges octets, tells of its end", async (scope) => {
    const stream = scope.socket("Stream");
    await stream.bind("tcp://127.0.0.1:*");
    const client = dial(scope, stream);
    const [id, notice] = await stream.receive();
    assertEquals([id!.length, id![0], notice!.length], [5, 0, 0]);

    client.write("request\r\n");
    assertEquals(await gather(stream, id!, 9), "request\r\n");
    const reply = octets(client, 8);
    await stream.send([id!, "response"]);
    assertEquals(await reply, "response");

    client.end();
    const [sameId, end] = await stream.receive();
    assertEquals([sameId, end!.length], [id, 0]);
  });

  test("bound: an empty part after the id closes that connection only", async (scope) => {
    const stream = scope.socket("Stream");
    await stream.bind("tcp://127.0.0.1:*");
    const first = dial(scope, stream);
    const [firstId] = await stream.receive();
    const second = dial(scope, stream);
    const [secondId] = await stream.receive();

    let closed = false;
    first.on("close", () => closed = true);
    first.resume();
    await stream.send([firstId!, ""]);
    // libzmq goes on with a close only when the socket is asked for something.
    await until("the first connection is closed", () => closed || stream.readable && closed);

    const reply = octets(second, 5);
    await stream.send([secondId!, "alive"]);
    assertEquals(await reply, "alive");
  });

  test("bound with notify off: octets only", async (scope) => {
    const stream = scope.socket("Stream", { notify: false });
    await stream.bind("tcp://127.0.0.1:*");
    dial(scope, stream).write("straight away");
    const [, data] = await stream.receive();
    assertEquals(texts([data!]), ["straight away"]);
  });

  test("bound: 8193 octets arrive unchanged from the first to the last", async (scope) => {
    const stream = scope.socket("Stream");
    await stream.bind("tcp://127.0.0.1:*");
    const client = dial(scope, stream);
    const [id] = await stream.receive();
    const sent = "0123456789".repeat(820).slice(0, 8193);
    client.write(sent);
    assertEquals(await gather(stream, id!, sent.length), sent);
    const back = octets(client, sent.length);
    await stream.send([id!, sent]);
    assertEquals(await back, sent);
  });

  test("connecting with a routing id: the server is reached and answers under that id", async (scope) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk: Uint8Array) => socket.write(`re ${new TextDecoder().decode(chunk)}`));
    });
    scope.atEnd(() => new Promise<void>((resolve) => server.close(() => resolve())));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };

    const stream = scope.socket("Stream");
    stream.connect(`tcp://127.0.0.1:${port}`, { routingId: "the server" });
    const [id, notice] = await stream.receive();
    assertEquals([...texts([id!]), notice!.length], ["the server", 0]);
    await stream.send(["the server", "hello"]);
    assertEquals(await gather(stream, id!, 8), "re hello");
  });

  test("an unknown id is EHOSTUNREACH", async (scope) => {
    const stream = scope.socket("Stream", { sendTimeout: 0 });
    await stream.bind("tcp://127.0.0.1:*");
    const error = await stream.send(["nobody", "x"]).catch((error) => error);
    assertEquals([error?.code, error?.message], ["EHOSTUNREACH", "Host unreachable"]);
  });
});

function dial(scope: Scope, stream: AnySocket): Socket {
  const client = connect(Number(stream.lastEndpoint!.split(":").pop()), "127.0.0.1");
  client.on("error", () => {});
  scope.atEnd(() => client.destroy());
  return client;
}

/** Octets come in whatever pieces; gathers so many of one connection. */
async function gather(stream: AnySocket, id: Uint8Array, size: number): Promise<string> {
  let text = "";
  while (text.length < size) {
    const [from, data] = await within(stream.receive(), 5000, `${size} octets, of which came ${text.length}`);
    assertEquals(from, id);
    assert(data!.length > 0, "An empty message means that the connection ended");
    text += texts([data!])[0];
  }
  return text;
}

function octets(client: Socket, size: number): Promise<string> {
  let text = "";
  const whole = new Promise<string>((resolve) => {
    client.on("data", (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      if (text.length >= size) resolve(text);
    });
  });
  return within(whole, 5000, `${size} octets at the client`);
}
