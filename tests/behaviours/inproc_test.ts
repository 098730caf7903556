/**
 * inproc: names that are bound and connected to in any order, by any number of sockets at once, here and in another
 * thread (rows "inproc" of libzmq's own tests).
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, strictTest, test, texts, within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import { Thread } from "../workers/threads.ts";
import { carry, exchange, hear, heardNow } from "./exchange.ts";

const END = 5000;

describe("inproc names (test_inproc_connect)", () => {
  test("PAIR: what is sent to a name bound before arrives (LT-168)", async (scope) => {
    const [bound, connected] = [scope.socket("Pair"), scope.socket("Pair")];
    await bound.bind(scope.address("inproc"));
    connected.connect(bound.lastEndpoint!);
    await carry(connected, bound, ["foobar"]);
  });

  strictTest(
    "20 ROUTERs connected to names that are never bound close, and their context (LT-171)",
    async () => {
      const context = new zmq.Context();
      const routers = Array.from({ length: 20 }, () => new zmq.Router({ context }));
      for (const [number, router] of routers.entries()) router.connect(`inproc://nobody ${number}`);
      for (const router of routers) router.close();
      await within(context.close(), END, "the end of the context");
    },
  );

  strictTest(
    "30 sockets of three threads connect, send and close while the name is bound: PULL gets 30 (LT-173)",
    (scope) =>
      withThreads(scope, 3, async (threads, context) => {
        const pull = new zmq.Pull({ context });
        const pushing = threads.flatMap((thread) =>
          Array.from({ length: 10 }, async (_, number) => {
            const push = await thread.make("Push", { linger: -1 });
            await push.connect("inproc://sink");
            await push.send(`${number}`);
            await push.call("close");
          })
        );
        await pull.bind("inproc://sink");
        const heard: string[] = [];
        while (heard.length < 30) {
          heard.push(...texts(await within(pull.receive(), END, `message ${heard.length}`)));
        }
        await Promise.all(pushing);
        assertEquals(pull.tryReceive(), undefined);
        assertEquals(heard.sort(), Array.from({ length: 30 }, (_, index) => `${Math.floor(index / 3)}`));
      }),
  );

  test("what 30 sockets sent that were closed before the name is bound reaches the PULL, all of it (LT-173)", async (scope) => {
    const address = scope.address("inproc");
    for (let number = 0; number < 30; number++) {
      const push = scope.socket("Push", { linger: -1 });
      push.connect(address);
      await push.send(`${number}`);
      push.close();
    }
    const pull = scope.socket("Pull");
    await pull.bind(address);
    const heard: number[] = [];
    while (heard.length < 30) heard.push(Number(await hear(pull)));
    assertEquals(heard.sort((a, b) => a - b), Array.from({ length: 30 }, (_, number) => number));
    assertEquals(await heardNow(pull), undefined);
  });

  strictTest(
    "50 pairs of sockets race to bind and to connect in two threads, and each passes a message (LT-174)",
    (scope) =>
      withThreads(scope, 1, async ([thread], context) => {
        await Promise.all(Array.from({ length: 50 }, async (_, number) => {
          const name = `inproc://pair ${number}`;
          const here = new zmq.Pair({ context });
          const there = await thread!.make("Pair");
          // Both set out in the same turn, now the one first and now the other.
          const acts = [() => number % 2 ? here.bind(name) : here.connect(name), () =>
            number % 2 ? there.connect(name) : there.bind(name)];
          if (number % 4 < 2) {
            acts.reverse();
          }
          await Promise.all(acts.map((act) =>
            act()
          ));
          await here.send(`to ${number}`);
          assertEquals(await within(there.receive(), END, "the message there"), [`to ${number}`]);
          await there.send(`from ${number}`);
          assertEquals(texts(await within(here.receive(), END, "the message here")), [`from ${number}`]);
        }));
      }),
  );

  strictTest("a socket that connected to a name nobody binds closes, and its context (LT-176)", async () => {
    const context = new zmq.Context();
    const pair = new zmq.Pair({ context });
    pair.connect("inproc://nobody");
    pair.close();
    await within(context.close(), END, "the end of the context");
  });

  strictTest(
    "a context ends while a connect waits for a name, with a message on it or none (LT-178)",
    async () => {
      for (const messages of [0, 1]) {
        const context = new zmq.Context();
        const pair = new zmq.Pair({ context });
        pair.connect("inproc://nobody");
        for (let number = 0; number < messages; number++) await pair.send("x");
        await within(context.close(), END, "the end of the context");
        assertEquals(pair.closed, true);
      }
    },
  );
});

describe("inproc messages", () => {
  test("PAIR: exchanges both ways (LT-180)", async (scope) => {
    const [bound, connected] = [scope.socket("Pair"), scope.socket("Pair")];
    await bound.bind(scope.address("inproc"));
    connected.connect(bound.lastEndpoint!);
    await exchange(bound, connected);
  });

  test("two buffers that never change, sent as [foo, foobar], arrive so (LT-181)", async (scope) => {
    const [bound, connected] = [scope.socket("Pair"), scope.socket("Pair")];
    await bound.bind(scope.address("inproc"));
    connected.connect(bound.lastEndpoint!);
    const constant = ["foo", "foobar"].map((text) => new TextEncoder().encode(text));
    for (let round = 0; round < 2; round++) {
      await bound.send(constant);
      assertEquals(await hear(connected), ["foo", "foobar"]);
    }
    assertEquals(texts(constant), ["foo", "foobar"]);
  });

  test("REQ and REP: exchange (LT-182)", async (scope) => {
    const [reply, request] = [scope.socket("Reply"), scope.socket("Request")];
    await reply.bind(scope.address("inproc"));
    request.connect(reply.lastEndpoint!);
    await exchange(reply, request);
  });
});

/** Runs with Workers that share the names of a context. */
async function withThreads(
  scope: Scope,
  count: number,
  body: (threads: Thread[], context: InstanceType<typeof zmq.Context>) => Promise<void>,
): Promise<void> {
  const context = new zmq.Context({ blocky: false });
  const threads: Thread[] = [];
  scope.atEnd(async () => {
    await context.close();
    for (const thread of threads) await thread.end();
  });
  for (let number = 0; number < count; number++) threads.push(await Thread.start({ to: context }));
  await body(threads, context);
  for (const { strange } of threads) assertEquals(strange, []);
}
