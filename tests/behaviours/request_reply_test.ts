/**
 * REQ, REP and DEALER: turns, envelopes, and queues whose peer goes (rows "REQ/REP, DEALER/ROUTER" of libzmq's own
 * tests). Over inproc, spec/rfc28_reqrep_test.ts asserts the others.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { freePort, type Scope, strictTest, test, until } from "../interop/scope.ts";
import { type AnySocket, isOurs } from "../interop/subject.ts";
import { arrange, type Arrangement, queueGoes, takesTurns, times, whoHears } from "./arrangements.ts";
import { assertBlocks, exchange, hear, heardNow, queued } from "./exchange.ts";

const PEERS = 5;

describe("REQ and REP over a stream (test_reqrep_tcp, test_reqrep_ipc)", () => {
  test("127.0.0.1: they exchange; then disconnect and unbind by the endpoint succeed (LT-183)", (scope) =>
    single(scope, "tcp://127.0.0.1:*", false));

  test("[::1]: they exchange; then disconnect and unbind by the endpoint succeed (LT-184)", (scope) =>
    single(scope, "tcp://[::1]:*", true));

  test("[::1]: a REQ connected to three REPs asks each in turn, and the first again (LT-186)", async (scope) => {
    const replies = await Promise.all(times(3).map(() => bound(scope, "tcp://[::1]:*", true)));
    const request = scope.socket("Request", { ipv6: true });
    for (const reply of replies) request.connect(reply.lastEndpoint!);
    for (const index of [0, 1, 2, 0, 1, 2, 0]) await exchange(replies[index]!, request);
    for (const reply of replies) request.disconnect(reply.lastEndpoint!);
    for (const reply of replies) await reply.unbind(reply.lastEndpoint!);
  });

  test("127.0.0.1: two REQs with crossed source ports ask two REPs in turn (LT-187)", (scope) =>
    crossed(scope, "127.0.0.1", false));

  test("[::1]: two REQs with crossed source ports ask two REPs in turn (LT-188)", (scope) =>
    crossed(scope, "[::1]", true));

  test("ipc: they exchange (LT-190)", async (scope) => {
    const reply = await bound(scope, scope.address("ipc"), false);
    const request = scope.socket("Request");
    request.connect(reply.lastEndpoint!);
    for (let round = 0; round < 3; round++) await exchange(reply, request);
  });
});

describe("REQ (test_spec_req, test_req_relaxed)", () => {
  test("relaxed: two sends in a row do not lose the first peer, which is next in turn later (LT-196)", async (scope) => {
    const { hub: request, others } = await arrange(scope, "tcp", ["Request", {
      relaxed: true,
      correlate: true,
    }], ["Reply", ...times(2)]);
    await request.send("A");
    await request.send("B");
    const [first, second] = await whoHears(others, "A", "B");
    await first!.send("too late");
    await second!.send("B again");
    assertEquals(await hear(request), ["B again"]);
    await request.send("J");
    assertEquals(await hear(first!), ["J"]);
    await first!.send("J again");
    assertEquals(await hear(request), ["J again"]);
    assertEquals(await heardNow(second!), undefined);
  });

  test("tcp: asks five REPs in turn, and each answers (LT-229)", async (scope) => {
    const { hub: request, others } = await arrange(scope, "tcp", ["Request"], ["Reply", ...times(PEERS)]);
    const asked: AnySocket[] = [];
    for (let number = 0; number < 2 * PEERS; number++) {
      await request.send("ABC");
      const [reply] = await whoHears(others, "ABC");
      asked.push(reply!);
      await reply!.send("DEF");
      assertEquals(await hear(request), ["DEF"]);
    }
    assertEquals(new Set(asked.slice(0, PEERS)).size, PEERS);
    assertEquals(
      asked.slice(PEERS).map((reply, turn) => reply === asked[turn]),
      times(PEERS).map(() => true),
    );
  });

  test("tcp: listens only to the peer that it has asked (LT-234)", async (scope) => {
    const { hub: request, others } = await arrange(scope, "tcp", ["Request", { routingId: "A" }], [
      "Router",
      ...times(3),
    ]);
    for (let round = 1; round <= 3; round++) {
      await request.send("ABC");
      const [asked] = await whoHears(others, "ABC");
      for (const router of others) if (router !== asked) await router.send(["A", "", "wrong"]);
      // All that is wrong has come before what is right.
      if (isOurs) await until("two replies are dropped", () => unexpected(request) === 2 * round);
      await asked!.send(["A", "", "right"]);
      assertEquals(await hear(request), ["right"]);
    }
    assertEquals(await heardNow(others[0]!), undefined);
  });
});

describe("REP (test_spec_rep)", () => {
  test("inproc: two exchanges with one REQ of five, and then with all of them in turn (LT-224)", async (scope) =>
    await servesAll(await arrange(scope, "inproc", ["Reply"], ["Request", ...times(PEERS)])));

  test("tcp: two exchanges with one REQ of five, and then with all of them in turn (LT-225)", async (scope) =>
    await servesAll(await arrange(scope, "tcp", ["Reply"], ["Request", ...times(PEERS)])));

  test("inproc: gets [A] of [empty, A] and of [X, Y, empty, A], and replies go under the same envelopes (LT-226)", async (scope) => {
    const { hub: reply, others: [dealer] } = await arrange(scope, "inproc", ["Reply"], ["Dealer", {}]);
    for (const envelope of [[], ["X", "Y"]]) {
      await dealer!.send([...envelope, "", "A"]);
      assertEquals(await hear(reply), ["A"]);
      await reply.send("B");
      assertEquals(await hear(dealer!), [...envelope, "", "B"]);
    }
  });
});

describe("DEALER (test_spec_dealer)", () => {
  test("tcp: each of five senders has its turn before any has a second (LT-220)", async (scope) =>
    await takesTurns(await arrange(scope, "tcp", ["Dealer"], ["Dealer", ...times(PEERS)])));

  test("inproc: without a peer it is EAGAIN at once, and after a SNDTIMEO of 250 ms (LT-221)", async (scope) => {
    const dealer = scope.socket("Dealer");
    await dealer.bind(scope.address("inproc"));
    await assertBlocks(dealer, 250);
  });

  test("tcp: what waits for a peer vanishes when it disconnects, and is not there when it is back (LT-223)", (scope) =>
    vanishes(scope, "to"));

  // A program of libzmq's would notice only when it asks its socket for anything.
  strictTest(
    "tcp: so does what waits at the peer that disconnects (LT-223)",
    (scope) => vanishes(scope, "from"),
  );
});

async function vanishes(scope: Scope, direction: "to" | "from"): Promise<void> {
  const marks = { sendHighWaterMark: 5, receiveHighWaterMark: 5 };
  await queueGoes(await arrange(scope, "tcp", ["Dealer", marks], ["Dealer", marks]), direction);
}

async function bound(scope: Scope, address: string, ipv6: boolean): Promise<AnySocket> {
  const reply = scope.socket("Reply", { ipv6 });
  await reply.bind(address);
  return reply;
}

async function single(scope: Scope, address: string, ipv6: boolean): Promise<void> {
  const reply = await bound(scope, address, ipv6);
  const request = scope.socket("Request", { ipv6 });
  request.connect(reply.lastEndpoint!);
  await exchange(reply, request);
  request.disconnect(reply.lastEndpoint!);
  await reply.unbind(reply.lastEndpoint!);
}

/** Each REQ dials either REP from either of two ports, so that each port is in use twice. */
async function crossed(scope: Scope, host: string, ipv6: boolean): Promise<void> {
  const replies = [await bound(scope, `tcp://${host}:*`, ipv6), await bound(scope, `tcp://${host}:*`, ipv6)];
  const targets = replies.map((reply) => reply.lastEndpoint!.slice("tcp://".length));
  const [one, other] = [await freePort(), await freePort()];
  const endpoints = [
    [`tcp://${host}:${one};${targets[0]}`, `tcp://${host}:${other};${targets[1]}`],
    [`tcp://${host}:${other};${targets[0]}`, `tcp://${host}:${one};${targets[1]}`],
  ];
  const requests: AnySocket[] = [];
  for (const [first, second] of endpoints) {
    const request = scope.socket("Request", { ipv6 });
    const watch = scope.watch(request);
    for (const endpoint of [first!, second!]) {
      request.connect(endpoint);
      await watch.next("handshake");
    }
    requests.push(request);
  }
  for (const request of [requests[0]!, requests[1]!, requests[0]!]) {
    for (const reply of replies) await exchange(reply, request);
  }
  for (const [number, request] of requests.entries()) {
    for (const endpoint of endpoints[number]!) request.disconnect(endpoint);
  }
  for (const reply of replies) await reply.unbind(reply.lastEndpoint!);
}

async function servesAll({ hub: reply, others }: Arrangement): Promise<void> {
  const [first] = others;
  for (let round = 0; round < 2; round++) {
    await first!.send("A");
    assertEquals(await hear(reply), ["A"]);
    await reply.send("A");
    assertEquals(await hear(first!), ["A"]);
  }
  for (const [number, request] of others.entries()) await request.send(`${number}`);
  await queued(reply, PEERS);
  const heard: string[] = [];
  for (let turn = 0; turn < PEERS; turn++) {
    const [number] = await hear(reply);
    heard.push(number!);
    await reply.send(`re ${number}`);
  }
  assertEquals(heard.sort(), times(PEERS).map((_, number) => `${number}`));
  for (const [number, request] of others.entries()) assertEquals(await hear(request), [`re ${number}`]);
}

function unexpected(socket: AnySocket): number {
  return (socket as unknown as { dropped: { unexpected: number } }).dropped.unexpected;
}
