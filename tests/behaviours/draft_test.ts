/**
 * Rows of libzmq's own tests about draft sockets that no test of their standards has: RADIO and DISH over tcp with
 * IPv6, what of udp:// is bound and what is connected to, and who is thread-safe. Multicast is in `tests/lab`. LT-n is
 * the row of the list of behaviours.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { networkInterfaces } from "node:os";
import { failure, type Scope, strictTest, test, until } from "../interop/scope.ts";
import { loose } from "../interop/subject.ts";

describe("RADIO and DISH over tcp", () => {
  const here = Object.values(networkInterfaces()).flat().some((each) => each?.address === "::1");
  const name = "on ::1 a DISH can be read when a message of its groups has come, and no sooner (LT-304)";
  if (!here) it.skip(`${name} (skipped: no ::1)`, () => {});
  else {
    test(name, async (scope) => {
      const radio = scope.draft("Radio", { ipv6: true });
      await radio.bind("tcp://[::1]:*");
      const dish = scope.draft("Dish", { ipv6: true });
      dish.join("Movies");
      dish.connect(radio.lastEndpoint!);
      const hello = async () => {
        await radio.send("hello", { group: "Movies" });
        return dish.readable;
      };
      // The native binding cannot be asked whether the group has come to the radio.
      await until("the radio knows of the group", hello);
      while (dish.readable) await dish.receive();
      await radio.send("Godfather", { group: "TV" });
      await radio.send("Terminator", { group: "Movies" });
      await until("the DISH can be read", () => dish.readable);
      for (;;) {
        const [body, from] = await dish.receive();
        assertEquals(String(from!.group), "Movies");
        if (String(body) === "hello") continue;
        assertEquals(String(body), "Terminator");
        break;
      }
      assertEquals(dish.readable, false);
    });
  }
});

describe("udp", () => {
  test("a DISH does not connect, to IPv4 (LT-305)", (scope) =>
    refused(scope, "Dish", "connect", "127.0.0.1:5556"));
  test("a DISH does not connect, to IPv6 (LT-306)", (scope) =>
    refused(scope, "Dish", "connect", "[::1]:5556"));
  test("a RADIO does not bind, to IPv4 (LT-307)", (scope) =>
    refused(scope, "Radio", "bind", "127.0.0.1:5556"));
  test("a RADIO does not bind, to IPv6 (LT-308)", (scope) => refused(scope, "Radio", "bind", "[::1]:5556"));
  strictTest(
    "a DGRAM does not connect (LT-315)",
    (scope) => refused(scope, "Datagram", "connect", "127.0.0.1:5556"),
  );
});

describe("ZMQ_THREAD_SAFE", () => {
  test("reads 1 on a CLIENT, by name and by number (LT-325)", (scope) => threadSafe(scope, "Client"));
  test("reads 1 on a SERVER, by name and by number (LT-326)", (scope) => threadSafe(scope, "Server"));
});

async function refused(
  scope: Scope,
  type: "Dish" | "Radio" | "Datagram",
  purpose: "bind" | "connect",
  address: string,
): Promise<void> {
  const options = { ipv6: address.startsWith("["), linger: 0 };
  const socket = type === "Datagram" ? scope.own(new loose.Datagram(options)) : scope.draft(type, options);
  const error = await failure(() => socket[purpose](`udp://${address}`));
  assertEquals([error.code, socket.lastEndpoint], ["ENOCOMPATPROTO", null]);
}

function threadSafe(scope: Scope, type: "Client" | "Server"): Promise<void> {
  const socket = scope.draft(type) as unknown as {
    readonly threadSafe: boolean;
    getInt32Option(id: number): number;
  };
  assertEquals([socket.threadSafe, socket.getInt32Option(81)], [true, 1]);
  return Promise.resolve();
}
