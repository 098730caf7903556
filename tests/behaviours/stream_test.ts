/**
 * STREAM as libzmq's test_stream_empty and test_stream_exceeds_buffer have it; LT-n is the row of the list of
 * behaviours.
 */

import { connect, type Socket } from "node:net";
import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, within } from "../interop/scope.ts";
import { type AnySocket, zmq } from "../interop/subject.ts";

describe("STREAM", () => {
  test("takes [id, no octets] made of one constant, which closes that connection (LT-330)", async (scope) => {
    const EMPTY = Object.freeze(zmq.Frame.from("")) as unknown as Uint8Array;
    const stream = scope.socket("Stream");
    await stream.bind("tcp://127.0.0.1:*");
    for (let round = 0; round < 3; round++) {
      const client = await dial(scope, stream);
      const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
      client.resume();
      const [id] = await stream.receive();
      await stream.send([id!, EMPTY]);
      await within(closed, 5000, "the close");
      assertEquals(EMPTY.length, 0);
    }
  });

  test("8193 octets, one more than its buffer, come unchanged from the first on, in either direction (LT-331)", async (scope) => {
    const all = Uint8Array.from({ length: 8193 }, (_, i) => (i * 7) % 251 + 1);
    const stream = scope.socket("Stream");
    await stream.bind("tcp://127.0.0.1:*");
    const client = await dial(scope, stream);
    const [id, notice] = await stream.receive();
    assertEquals(notice!.length, 0);
    client.write(all);
    const there: number[] = [];
    while (there.length < all.length) {
      const [from, data] = await within(stream.receive(), 5000, `octet ${there.length}`);
      assertEquals([...from!], [...id!]);
      there.push(...data!);
    }
    assertEquals(there, [...all]);

    const back: number[] = [];
    const whole = new Promise<void>((resolve) => {
      client.on("data", (chunk: Uint8Array) => {
        back.push(...chunk);
        if (back.length >= all.length) resolve();
      });
    });
    await stream.send([id!, all]);
    await within(whole, 5000, "all that was sent");
    assertEquals(back, [...all]);
  });
});

async function dial(scope: Scope, stream: AnySocket): Promise<Socket> {
  const client = connect(Number(stream.lastEndpoint!.split(":").pop()), "127.0.0.1");
  scope.atEnd(() => client.destroy());
  await within(
    new Promise<void>((resolve, reject) => client.on("connect", resolve).on("error", reject)),
    5000,
    "the TCP connection",
  );
  return client;
}
