/**
 * PUSH, PULL and PAIR: turns, waiting, queues whose peer goes, and messages that arrive whole or not at all (rows
 * "PUSH/PULL, PAIR" of libzmq's own tests).
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type AnyTransport, type Scope, strictTest, test, texts, within } from "../interop/scope.ts";
import { arrange, queueGoes, takesTurns, times } from "./arrangements.ts";
import { assertBlocks, exchange, heardNow, takesNow } from "./exchange.ts";

const PEERS = 5;

describe("PUSH and PULL (test_spec_pushpull)", () => {
  test("tcp: each of five PUSHes has its turn at the PULL before any has a second (LT-242)", async (scope) =>
    await takesTurns(await arrange(scope, "tcp", ["Pull"], ["Push", ...times(PEERS)])));

  test("inproc: PUSH without a peer is EAGAIN at once, and after a SNDTIMEO of 250 ms (LT-243)", async (scope) => {
    const push = scope.socket("Push");
    await push.bind(scope.address("inproc"));
    await assertBlocks(push, 250);
  });

  test("tcp: PUSH without a peer is EAGAIN at once, and after a SNDTIMEO of 250 ms (LT-244)", async (scope) => {
    const push = scope.socket("Push");
    await push.bind(scope.address("tcp"));
    await assertBlocks(push, 250);
  });

  test("tcp: what waits for a PULL vanishes when it disconnects, and is not there when it is back (LT-246)", async (scope) =>
    await queueGoes(
      await arrange(scope, "tcp", ["Push", { sendHighWaterMark: 1 }], ["Pull", { receiveHighWaterMark: 1 }]),
      "to",
    ));

  // A program of libzmq's would notice the end of a peer only when it asks its socket for anything.
  strictTest(
    "inproc, without waiting: a message whose PULL has gone is dropped whole, parts and all (LT-248)",
    (scope) => whole(scope, "inproc", false),
  );

  strictTest(
    "tcp, waiting: a message whose PULL goes meanwhile is dropped whole, parts and all (LT-249)",
    (scope) => whole(scope, "tcp", true),
  );

  strictTest(
    "tcp, without waiting: a message whose PULL goes meanwhile is dropped whole, parts and all (LT-250)",
    (scope) => whole(scope, "tcp", false),
  );
});

describe("PAIR (test_pair_tcp)", () => {
  test("tcp: exchanges both ways (LT-251)", async (scope) => {
    const [bound, connected] = [scope.socket("Pair"), scope.socket("Pair")];
    await bound.bind(scope.address("tcp"));
    connected.connect(bound.lastEndpoint!);
    await exchange(bound, connected);
    await exchange(connected, bound);
  });
});

/** Sizes of parts: so large that a stream is full in the middle of one. */
const SIZES = [10, 3_000_000, 0, 2_000_000];

/**
 * Sends messages of several parts, with marks of 1, while the PULL disconnects and comes back again and again: what it
 * hears are whole messages, in their order, none twice.
 */
async function whole(scope: Scope, transport: AnyTransport, waiting: boolean): Promise<void> {
  const marks = [{ sendHighWaterMark: 1 }, { receiveHighWaterMark: 1 }] as const;
  const { hub: push, others: [other], watch } = await arrange(scope, transport, ["Push", marks[0]], [
    "Pull",
    marks[1],
  ]);
  const pull = other!;
  const bodies = SIZES.map((size) => new Uint8Array(size));
  push.sendTimeout = waiting ? 50 : 0;
  let number = 0;
  const heard: number[] = [];
  const take = (parts: readonly Uint8Array[]): void => {
    assertEquals(parts.slice(1).map(({ length }) => length), SIZES);
    heard.push(Number(texts(parts.slice(0, 1))[0]));
  };
  for (let round = 0; round < 4; round++) {
    let sent = 0;
    for (;;) {
      const message = [`${number}`, ...bodies];
      if (!waiting) { if (!await takesNow(push, message)) break; }
      else if (!await push.send(message).then(() => true, () => false)) break;
      number++;
      sent++;
    }
    assertGreater(sent, 0);
    // One is read, so that the connection ends somewhere in the others.
    if (round % 2 === 0) take(await within(pull.receive(), 5000, "a message"));
    pull.disconnect(push.lastEndpoint!);
    await watch?.next("disconnect");
    for (let parts = await now(pull); parts !== undefined; parts = await now(pull)) take(parts);
    pull.connect(push.lastEndpoint!);
    await watch?.next("handshake");
  }
  push.sendTimeout = 5000;
  await push.send(["1000000", ...bodies]);
  while (heard.at(-1) !== 1_000_000) take(await within(pull.receive(), 5000, "the last message"));
  for (const [index, message] of heard.entries()) {
    if (index > 0) assertGreater(message, heard[index - 1]!);
  }
  assertEquals(await heardNow(pull), undefined);
}

async function now(pull: { receiveTimeout: number; receive(): Promise<Uint8Array[]> }): Promise<
  Uint8Array[] | undefined
> {
  pull.receiveTimeout = 0;
  try {
    return await pull.receive();
  } catch {
    return undefined;
  } finally {
    pull.receiveTimeout = -1;
  }
}
