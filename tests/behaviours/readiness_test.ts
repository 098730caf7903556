/**
 * What libzmq's C API tests ask of a poller and of its version (test_poller, test_ancillaries), in the shape that it
 * has here: `readable` and `writable` of a socket, and a `receive` that waits for nothing; LT-n is the row of the
 * list of behaviours.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { test, until, within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";

describe("readiness", () => {
  test("of nothing, asked without time to wait, is EAGAIN (LT-531)", async (scope) => {
    const server = scope.own(new zmq.Server({ receiveTimeout: 0 }));
    assertEquals(server.readable, false);
    const error = await assertRejects(() => server.receive(), Error) as Error & { code?: string };
    assertEquals(error.code, "EAGAIN");
  });

  test("of a SERVER comes with what a CLIENT sends, and goes with it; it can be sent to then (LT-541)", async (scope) => {
    const server = scope.own(new zmq.Server({ linger: 0 }));
    await server.bind("tcp://127.0.0.1:*");
    assertEquals(server.readable, false);
    const client = scope.own(new zmq.Client({ linger: 0 }));
    client.connect(server.lastEndpoint!);
    await client.send("I");
    await until("the server is readable", () => server.readable);
    const [message, { routingId }] = await server.receive();
    assertEquals([String(message), server.readable, server.writable], ["I", false, true]);
    await server.send("you", { routingId });
    const [answer] = await within(client.receive(), 5000, "the answer");
    assertEquals(String(answer), "you");
  });
});

describe("version", () => {
  test("is three numbers, of the libzmq whose promises are kept (LT-548)", () => {
    assertEquals(zmq.version.split(".").map(Number), [4, 3, 5]);
    return Promise.resolve();
  });
});
