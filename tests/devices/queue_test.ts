/**
 * QUEUE between real libzmq clients and services (RFC 28: requests are fair-queued from all peers and load-balanced
 * over all services, and a reply goes to the client that asked): none lost, none doubled, also when a service is
 * killed, and through three queues in a row.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import type { Scope } from "../interop/scope.ts";
import { texts, until, within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import { pyzmqTest, running, startStepwise, Worker } from "./workers.ts";

const ANYWHERE = "tcp://127.0.0.1:*";

/** What so many REQ saw together. */
interface Asked {
  readonly answered: number;
  readonly wrong: number;
  /** The client and the round of each request that had no reply in time. */
  readonly lost: readonly (readonly [client: number, round: number])[];
  readonly services: { readonly [name: string]: number };
}

describe("QUEUE with libzmq on both sides", () => {
  pyzmqTest(
    "SHALL carry 100 000 requests of 100 REQ to two REP and each reply to its asker, none lost or doubled",
    async (scope) => {
      const device = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
      const { front, back } = device;
      const services = await Promise.all(
        ["a", "b"].map((name) => Worker.start(scope, "service", { address: back.lastEndpoint!, name })),
      );
      // REQ waits for each reply: 100 of them at once keep the queue filled, and are as many askers to confuse.
      const clients = await Worker.start(scope, "clients", {
        address: front.lastEndpoint!,
        clients: 100,
        rounds: 1000,
        name: "q",
      });
      const { answered, wrong, lost, services: shares } = await clients.result<Asked>();
      assertEquals({ answered, wrong, lost }, { answered: 100_000, wrong: 0, lost: [] });
      const served = await Promise.all(services.map((service) => service.stop<number>()));
      assertEquals(served, [shares["a"], shares["b"]], "served and answered");
      assertEquals(served[0]! + served[1]!, 100_000);
      assert(Math.min(...served) > 30_000, `the shares of the services are ${served.join(" and ")}`);
      const statistics = device.statistics();
      for (const side of [statistics.front, statistics.back]) {
        assertEquals([side.received.messages, side.sent.messages], [100_000, 100_000]);
        assertEquals(side.queued, { received: 0, sent: 0 });
        assertEquals(side.dropped, 0);
      }
    },
    50,
  );

  pyzmqTest(
    "of 100 000 requests a killed service loses no more than it had, and it has its share when it is back",
    async (scope) => {
      const device = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
      const address = device.back.lastEndpoint!;
      const spare = await Worker.spawn(scope);
      const doomed = await Worker.start(scope, "service", { address, name: "doomed", hang: 1000 });
      const others = await Promise.all(
        ["a", "b"].map((name) => Worker.start(scope, "service", { address, name })),
      );
      await until("all services are there", () => device.statistics().back.peers === 3);
      const clients = await Worker.start(scope, "clients", {
        address: device.front.lastEndpoint!,
        clients: 50,
        rounds: 2000,
        name: "k",
        patience: 3000,
        pauses: [60_000],
      });
      // It hangs over its 1000th request, and those that are sent to it from then on wait with it.
      await doomed.reached(1000);
      await doomed.kill();
      await until("the queue knows of the loss", () => device.statistics().back.peers === 2);
      await clients.reached(60_000);
      await spare.play("service", { address, name: "restarted" });
      await until("the queue has the new one", () => device.statistics().back.peers === 3);
      await clients.release();

      const { answered, wrong, lost, services } = await clients.result<Asked>();
      assertEquals({ answered, wrong }, { answered: 100_000, wrong: 0 });
      // All wait for all in each round: what is lost is of the round in which it hung, and a third of that at most.
      assert(lost.length >= 1 && lost.length <= 17, `${lost.length} requests were lost`);
      assertEquals(new Set(lost.map(([client]) => client)).size, lost.length, "lost twice");
      assertEquals(new Set(lost.map(([, round]) => round)).size, 1, "lost in several rounds");
      // What its I/O thread had not written when it was killed is lost with it, and is among the lost.
      const unwritten = 999 - services["doomed"]!;
      assert(
        unwritten >= 0 && unwritten < lost.length,
        `${services["doomed"]} replies of the killed service`,
      );
      assert(services["restarted"]! > 10_000, `the restarted service was given ${services["restarted"]}`);
      const served = await Promise.all([...others, spare].map((service) => service.stop<number>()));
      assertEquals(served, [services["a"], services["b"], services["restarted"]], "served and answered");
    },
    50,
  );

  pyzmqTest(
    "clients that are killed, or that never read, SHALL not keep others from their replies",
    async (scope) => {
      const device = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
      const address = device.front.lastEndpoint!;
      await Worker.start(scope, "service", { address: device.back.lastEndpoint!, name: "a" });
      const doomed = await Worker.start(scope, "clients", {
        address,
        clients: 20,
        rounds: 100_000,
        name: "doomed",
      });
      const deaf = await startStepwise(scope);
      const dealer = await deaf.open("Dealer", { sendHighWaterMark: 0, receiveHighWaterMark: 1 });
      await dealer.connect(address);
      await until("all clients are there", () => device.statistics().front.peers === 21);
      const others = await Worker.start(scope, "clients", {
        address,
        clients: 10,
        rounds: 500,
        name: "others",
      });
      // 20 MB of replies for one who reads one of them: beyond all marks and all buffers of the kernel.
      for (let number = 0; number < 2000; number++) await dealer.send(["", { size: 10_000, seed: number }]);
      await doomed.reached(1000);
      await doomed.kill();
      const { answered, wrong, lost } = await others.result<Asked>();
      assertEquals({ answered, wrong, lost }, { answered: 5000, wrong: 0, lost: [] });
      await until("the queue knows of the loss", () => device.statistics().front.peers === 11);
      // All requests of the deaf one are served in the end; its replies wait within its marks or were dropped.
      await until("all is served", () => {
        const { front, back } = device.statistics();
        return front.queued.received === 0 && back.received.messages >= 7000 && back.queued.sent === 0;
      });
      assert(device.statistics().front.queued.sent <= 1000, "more replies wait than the mark allows");
    },
  );

  pyzmqTest("a queue that ends and is made again SHALL be found by both its sides", async (scope) => {
    const [front, back] = [await scope.freeAddress("tcp"), await scope.freeAddress("tcp")];
    const peer = await startStepwise(scope);
    const client = await peer.open("Dealer", { reconnectInterval: 20 });
    await client.connect(front);
    const service = await peer.open("Reply", { reconnectInterval: 20 });
    await service.connect(back);
    for (let life = 1; life <= 3; life++) {
      const device = zmq.queue(front, back, { linger: 0 });
      try {
        await within(device.ready, 5000, `life ${life}`);
        await until("both sides are there", () => {
          const { front, back } = device.statistics();
          return front.peers === 1 && back.peers === 1;
        });
        await client.send(["", `life ${life}`]);
        assertEquals(await service.receiveTexts(), [`life ${life}`]);
        await service.send(["reply", `${life}`]);
        assertEquals(await client.receiveTexts(), ["", "reply", `${life}`]);
      } finally {
        await within(device.terminate(), 5000, `the end of life ${life}`);
      }
    }
  });

  pyzmqTest("three queues in a row SHALL carry each reply back to its client among 50", async (scope) => {
    const last = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
    const middle = await running(
      scope,
      zmq.queue(scope.address("ipc"), { connect: last.front.lastEndpoint! }, { linger: 0 }),
    );
    const first = await running(
      scope,
      zmq.queue(ANYWHERE, { connect: middle.front.lastEndpoint! }, { linger: 0 }),
    );
    const address = last.back.lastEndpoint!;
    await Promise.all(["a", "b"].map((name) => Worker.start(scope, "service", { address, name })));
    serve(scope, address);
    const theirs = await Worker.start(scope, "clients", {
      address: first.front.lastEndpoint!,
      clients: 25,
      rounds: 120,
      name: "theirs",
    });
    const ours: Promise<void>[] = [];
    for (let client = 0; client < 25; client++) {
      ours.push(client % 2 ? ask(scope, first.front.lastEndpoint!, client) : pipeline(scope, first, client));
    }
    await within(Promise.all(ours), 25_000, "the replies of our clients");
    const { answered, wrong, lost, services } = await theirs.result<Asked>();
    assertEquals({ answered, wrong, lost }, { answered: 25 * 120, wrong: 0, lost: [] });
    assertEquals(Object.keys(services).sort(), ["a", "b", "ours"]);
    for (
      const { statistics } of [first, middle, last].map((device) => ({ statistics: device.statistics() }))
    ) {
      assertEquals(statistics.front.received.messages, 50 * 120);
      assertEquals(statistics.front.sent.messages, 50 * 120);
    }
  });
});

/** A service of ours. */
function serve(scope: Scope, address: string): void {
  const reply = new zmq.Reply({ linger: 0 });
  scope.own(reply);
  reply.connect(address);
  const serving = async () => {
    for await (const request of reply) await reply.send([...request, "ours"]);
  };
  serving().catch(() => {}); // A close() in the middle of a send.
}

/** A client of ours that asks again when it has its reply: REQ. */
async function ask(scope: Scope, address: string, client: number): Promise<void> {
  const request = scope.own(new zmq.Request({ linger: 0 }));
  request.connect(address);
  for (let number = 0; number < 120; number++) {
    await request.send(`${client}.${number}`);
    assertEquals(texts(await request.receive())[0], `${client}.${number}`);
  }
}

/** A client of ours that has ten requests under way: DEALER, with the empty delimiter that REQ would put. */
async function pipeline(
  scope: Scope,
  { front }: { front: { lastEndpoint: string | null } },
  client: number,
): Promise<void> {
  const dealer = scope.own(new zmq.Dealer({ linger: 0 }));
  dealer.connect(front.lastEndpoint!);
  const waiting = new Set<string>();
  for (let number = 0; number < 120 || waiting.size > 0; number++) {
    if (number < 120) {
      waiting.add(`${client}.${number}`);
      await dealer.send(["", `${client}.${number}`]);
    }
    if (waiting.size < 10 && number < 119) continue;
    const [delimiter, body] = texts(await dealer.receive());
    assertEquals(delimiter, "");
    assert(waiting.delete(body!), `client ${client} has not asked ${body}, or has had its reply`);
  }
}
