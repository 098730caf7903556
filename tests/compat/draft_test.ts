/**
 * The classes of `zeromq/draft` as that module has them: numbers, `threadSafe`, arguments and errors.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { failure, strictTest, test } from "../interop/scope.ts";
import { type DraftName, isOurs, loose } from "../interop/subject.ts";

const NUMBERS: readonly (readonly [DraftName, number])[] = [
  ["Server", 12],
  ["Client", 13],
  ["Radio", 14],
  ["Dish", 15],
  ["Gather", 16],
  ["Scatter", 17],
];

describe("draft types", () => {
  test("have libzmq's numbers, and are thread-safe by ZMQ_THREAD_SAFE", (scope) => {
    for (const [name, number] of NUMBERS) {
      const { type, threadSafe } = scope.draft(name);
      assertEquals([name, type, threadSafe], [name, number, true]);
    }
    assertEquals(loose.capability.draft, true);
    assertEquals(scope.own(new loose.Dealer()).threadSafe, false);
    return Promise.resolve();
  });

  strictTest("PEER, CHANNEL and DGRAM are classes too, with libzmq's numbers", (scope) => {
    for (const [name, number] of [["Datagram", 18], ["Peer", 19], ["Channel", 20]] as const) {
      const socket = scope.own(new loose[name]());
      assertEquals([name, socket.type, socket.threadSafe], [name, number, number !== 18]);
    }
    return Promise.resolve();
  });

  test("options that must be there are checked at once: TypeError without an object, EINVAL without the key", async (scope) => {
    for (const name of ["Server", "Radio"] as const) {
      const socket = scope.draft(name);
      for (const wrong of [null, 5]) {
        const error = await failure(() => socket.send("x", wrong as never));
        assertEquals([error instanceof TypeError, error.message], [true, "Options must be an object"]);
      }
      assertEquals((await failure(() => socket.send("x", {}))).code, "EINVAL");
    }
    assertEquals((await failure(() => scope.draft("Server").send("x", { routingId: 0 }))).code, "EINVAL");
  });

  test("several parts are EINVAL; a routing id that is nobody's is EHOSTUNREACH", async (scope) => {
    const server = scope.draft("Server");
    const radio = scope.draft("Radio");
    const client = scope.draft("Client");
    const scatter = scope.draft("Scatter");
    for (const socket of [server, radio, client, scatter]) await socket.bind("tcp://127.0.0.1:*");
    const { code, errno } = await failure(() => server.send("x", { routingId: 12345 }));
    assertEquals([code, errno], ["EHOSTUNREACH", 113]);
    assertEquals((await failure(() => radio.send(["a", "b"], { group: "g" }))).code, "EINVAL");
    if (!isOurs) return; // The binding waits for a peer before it asks libzmq.
    for (const socket of [client, scatter]) {
      assertEquals((await failure(() => socket.send(["a", "b"]))).code, "EINVAL");
    }
  });

  test("join and leave: EINVAL for a group that is joined already, is not joined, or is too long", async (scope) => {
    const dish = scope.draft("Dish");
    dish.join("a", "b", new Uint8Array([120]), "g".repeat(255));
    for (const wrong of ["a", "x", "g".repeat(255), "g".repeat(256)]) {
      assertEquals((await failure(() => dish.join(wrong))).code, "EINVAL");
    }
    assertEquals((await failure(() => dish.leave("c"))).code, "EINVAL");
    dish.leave("a", "b", "x");
    dish.join("a");
    dish.close();
    for (const late of [() => dish.join("b"), () => dish.leave("a")]) {
      assertEquals((await failure(late)).code, "EBADF");
    }
  });
});
