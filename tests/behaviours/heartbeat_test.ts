/**
 * Heartbeats between all pairs of types as libzmq's test_heartbeats asserts them, in the clear and under CURVE; LT-n
 * is the row of the list of behaviours. What goes over the wire is in `wire/heartbeat_test.ts`.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { elapse, type Scope, test } from "../interop/scope.ts";
import { curveClient, curveServer, keyPair } from "../interop/security.ts";
import { loose, zmq } from "../interop/subject.ts";

describe("who pings more rarely than its own time to live is disconnected", () => {
  test("REQ by REP (LT-345)", (scope) => outlivesItsTtl(scope, "Request", "Reply"));
  test("PULL by PUSH (LT-346)", (scope) => outlivesItsTtl(scope, "Pull", "Push"));
  test("PAIR by PAIR (LT-348)", (scope) => outlivesItsTtl(scope, "Pair", "Pair"));
  test("CLIENT by SERVER (LT-349)", (scope) => outlivesItsTtl(scope, "Client", "Server"));
  test("GATHER by SCATTER (LT-350)", (scope) => outlivesItsTtl(scope, "Gather", "Scatter"));
});

describe("who pings and is answered stays connected for longer than any timeout", () => {
  test("REQ and REP (LT-355)", (scope) => stays(scope, "Request", "Reply"));
  test("PULL and PUSH (LT-356)", (scope) => stays(scope, "Pull", "Push"));
  test("SUB and PUB (LT-357)", (scope) => stays(scope, "Subscriber", "Publisher"));
  test("PAIR and PAIR (LT-358)", (scope) => stays(scope, "Pair", "Pair"));
  test("CLIENT and SERVER (LT-359)", (scope) => stays(scope, "Client", "Server"));
  test("GATHER and SCATTER (LT-360)", (scope) => stays(scope, "Gather", "Scatter"));
  test("REQ and REP over CURVE (LT-362)", (scope) => stays(scope, "Request", "Reply", secured()));
  test("PULL and PUSH over CURVE (LT-363)", (scope) => stays(scope, "Pull", "Push", secured()));
  test("PAIR and PAIR over CURVE (LT-365)", (scope) => stays(scope, "Pair", "Pair", secured()));
  test("CLIENT and SERVER over CURVE (LT-366)", (scope) => stays(scope, "Client", "Server", secured()));
  test("GATHER and SCATTER over CURVE (LT-367)", (scope) => stays(scope, "Gather", "Scatter", secured()));
});

describe("heartbeatTimeToLive", () => {
  test("of 6553600 is EINVAL, and the greatest is 6553599 (LT-352)", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    const error = assertThrows(() => dealer.heartbeatTimeToLive = 6_553_600, Error) as Error & {
      code?: string;
    };
    assertEquals([error.code, dealer.heartbeatTimeToLive], ["EINVAL", 0]);
    dealer.heartbeatTimeToLive = 6_553_599;
    assertEquals(dealer.heartbeatTimeToLive, 6_553_500);
    return Promise.resolve();
  });

  test("of 99 is taken and reads back as 0: it counts in tenths of a second (LT-353)", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    dealer.heartbeatTimeToLive = 99;
    assertEquals(dealer.heartbeatTimeToLive, 0);
    return Promise.resolve();
  });
});

interface Options {
  readonly client?: { [option: string]: unknown };
  readonly server?: { [option: string]: unknown };
}

function secured(): Options {
  const keys = keyPair();
  return { server: curveServer(keys), client: curveClient(keys.publicKey) };
}

/** A bound server and a client that is connected to it, with their events. */
async function join(scope: Scope, client: string, server: string, { client: own, server: its }: Options) {
  // deno-lint-ignore no-explicit-any
  const open = (name: string, options?: object): any => scope.own(new loose[name]({ linger: 0, ...options }));
  const bound = open(server, its);
  const hosts = scope.watch(bound);
  await bound.bind("tcp://127.0.0.1:*");
  const connecting = open(client, own);
  const guests = scope.watch(connecting);
  connecting.connect(bound.lastEndpoint);
  await Promise.all([hosts.next("handshake"), guests.next("handshake")]);
  return { hosts, guests };
}

/** The client promises to be heard within a tenth of a second, and pings four times a second. */
async function outlivesItsTtl(scope: Scope, client: string, server: string): Promise<void> {
  const options = { heartbeatInterval: 250, heartbeatTimeToLive: 100, reconnectInterval: 60_000 };
  const { hosts, guests } = await join(scope, client, server, { client: options });
  await hosts.next("disconnect");
  await guests.next("disconnect");
  assertEquals([hosts.count("accept"), hosts.count("handshake")], [1, 1]);
}

/** Both sides ping many times for longer than it takes to find a dead peer. */
async function stays(
  scope: Scope,
  client: string,
  server: string,
  { client: own, server: its }: Options = {},
): Promise<void> {
  const beats = { heartbeatInterval: 20, heartbeatTimeout: 300, heartbeatTimeToLive: 300 };
  const { hosts, guests } = await join(scope, client, server, {
    client: { ...own, ...beats },
    server: { ...its, ...beats },
  });
  await elapse(450);
  for (const watch of [hosts, guests]) {
    assertEquals([watch.count("disconnect"), watch.count("handshake")], [0, 1]);
  }
}
