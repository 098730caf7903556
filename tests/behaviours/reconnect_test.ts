/**
 * Sockets that do not come back, as libzmq's test_reconnect_ivl has them; LT-n is the row of the list of behaviours.
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type AnyTransport, type Scope, test, texts, within } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";

describe("reconnectInterval -1: after unbind and bind nothing passes before another connect", () => {
  test("over ipc (LT-334)", (scope) => staysAway(scope, "ipc", (scope) => scope.address("ipc")));
  test("over tcp on ::1 (LT-336)", (scope) => staysAway(scope, "tcp", () => "tcp://[::1]:*"));
});

async function staysAway(
  scope: Scope,
  transport: AnyTransport,
  addressOf: (scope: Scope) => string,
): Promise<void> {
  const bound = scope.socket("Pair", { ipv6: true });
  const hosts = scope.watch(bound);
  await bound.bind(addressOf(scope));
  const address = bound.lastEndpoint!;
  const connecting = scope.socket("Pair", { ipv6: true, reconnectInterval: -1 });
  const guests = scope.watch(connecting);
  connecting.connect(address);
  await exchange(bound, connecting);

  await bound.unbind(address);
  await guests.next("disconnect");
  await hosts.next("disconnect");
  await bound.bind(address);
  // Who comes by this path or port from now on came by a connect of its own.
  const probe = scope.socket("Pair", { ipv6: true });
  const probed = scope.watch(probe);
  probe.connect(address);
  await probed.next("handshake");
  assertEquals(guests.seen.slice(guests.seen.findIndex(({ type }) => type === "disconnect") + 1), []);
  assertEquals([guests.count("handshake"), hosts.count("accept")], [1, 2], transport);
  probe.close();
  await hosts.next("disconnect");

  connecting.connect(address);
  await guests.next("handshake");
  await exchange(bound, connecting);
}

async function exchange(one: AnySocket, other: AnySocket): Promise<void> {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    await from.send(["two", "parts"]);
    assertEquals(texts(await within(to.receive(), 5000, "a message")), ["two", "parts"]);
  }
}
