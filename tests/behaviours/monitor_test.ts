/**
 * Monitors as libzmq's test_monitor has them; LT-n is the row of the list of behaviours. A monitor is here
 * `socket.events` and needs no endpoint, and what ZMQ_SOCKET_MONITOR's PIPES_STATS asks for is
 * `socket.statistics()`.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type AnyTransport, failure, type Scope, test, until } from "../interop/scope.ts";
import { type AnySocket, type MonitorEvent, zmq } from "../interop/subject.ts";

describe("a monitor", () => {
  test("cannot be had of a closed socket: ENOTSOCK; statistics are none without peers (LT-368)", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    assertEquals(dealer.statistics().peers, []);
    dealer.close();
    const error = assertThrows(() => new zmq.Observer(dealer), Error) as Error & { code?: string };
    assertEquals(error.code, "ENOTSOCK");
    return Promise.resolve();
  });

  test("of a listener on [::1] tells bind, accept, handshake, disconnect, close, end; of who connects connect:delay, connect, handshake, disconnect, connect:retry (LT-372)", async (scope) => {
    const server = scope.socket("Dealer", { ipv6: true });
    const hosts = scope.watch(server);
    await server.bind("tcp://[::1]:*");
    const address = server.lastEndpoint!;
    const client = scope.socket("Dealer", { ipv6: true, reconnectInterval: 60_000 });
    const guests = scope.watch(client);
    client.connect(address);
    await Promise.all([hosts.next("handshake"), guests.next("handshake")]);
    server.close();
    await Promise.all([hosts.next("end"), guests.next("connect:retry")]);

    const told = (events: readonly MonitorEvent[]) => events.map(({ type, address }) => [type, address]);
    assertEquals(told(guests.seen), [
      ["connect:delay", address],
      ["connect", address],
      ["handshake", address],
      ["disconnect", address],
      ["connect:retry", address],
    ]);
    // libzmq as well: a socket's close stops the monitor first, so what ends with it may not be told.
    const [bind, accept, handshake] = hosts.seen;
    assertEquals(told([bind!, accept!, handshake!]), [
      ["bind", address],
      ["accept", address],
      ["handshake", address],
    ]);
    assertEquals(hosts.seen.at(-1)!.type, "end");
    const ending = hosts.seen.slice(3, -1).map(({ type }) => type).toSorted();
    assertEquals(ending, ["close", "disconnect"]);
  });
});

describe("statistics of a socket's queues", () => {
  test("over tcp on 127.0.0.1: 500 of 500 for who does not read, none for who does (LT-375)", (scope) =>
    fillAndDrain(scope, "tcp", "tcp://127.0.0.1:*"));
  test("over tcp on [::1]: 500 of 500 for who does not read, none for who does (LT-376)", (scope) =>
    fillAndDrain(scope, "tcp", "tcp://[::1]:*"));
  test("over ipc: 500 of 500 for who does not read, none for who does (LT-377)", (scope) =>
    fillAndDrain(scope, "ipc"));
});

/** A PUSH with four PULLs: all of its queues are full, and then one of the PULLs reads. */
async function fillAndDrain(scope: Scope, transport: AnyTransport, address?: string): Promise<void> {
  const mark = 500;
  const push = scope.socket("Push", { sendHighWaterMark: mark, ipv6: true });
  const { statistics } = push as unknown as { statistics: () => Statistics };
  const counts = () => statistics.call(push).peers.map(({ queuedOut }) => queuedOut);
  await push.bind(address ?? scope.address(transport));
  assertEquals(counts(), []);
  const watch = scope.watch(push);
  const pulls: AnySocket[] = [];
  for (let i = 0; i < 4; i++) {
    const pull = scope.socket("Pull", { receiveHighWaterMark: 1, ipv6: true });
    pull.connect(push.lastEndpoint!);
    pulls.push(pull);
    await watch.next("handshake");
  }
  const body = new Uint8Array(8193);
  push.sendTimeout = 300;
  let sent = 0;
  const full = await failure(async () => {
    for (;;) {
      await push.send(body);
      sent++;
    }
  });
  assertEquals(full.code, "EAGAIN");
  const { queuedIn, messagesSent, peers } = statistics.call(push);
  assertEquals([queuedIn, messagesSent], [0, sent]);
  assertEquals(peers.map(({ queuedOutPeak }) => queuedOutPeak), [mark, mark, mark, mark]);
  assertFull(counts(), mark);

  let reading = true;
  const drained = (async () => {
    while (reading) await pulls[0]!.receive();
  })().catch(() => {}); // The socket is closed under it when the test ends.
  await until("one queue is empty", () => counts().includes(0));
  const [none, ...others] = counts().toSorted((a, b) => a - b);
  assertEquals(none, 0);
  assertFull(others, mark);
  reading = false;
  pulls[0]!.close();
  await drained;
}

/**
 * A queue that was full takes nothing new before half of it has gone (in libzmq, too), and a runtime may take some of
 * it after the last message was refused.
 */
function assertFull(counts: readonly number[], mark: number): void {
  assert(counts.every((count) => count > mark / 2 && count <= mark), `${counts} of ${mark}`);
}

interface Statistics {
  readonly queuedIn: number;
  readonly messagesSent: number;
  readonly peers: readonly { readonly queuedOut: number; readonly queuedOutPeak: number }[];
}
