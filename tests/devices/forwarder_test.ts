/**
 * FORWARDER between real libzmq publishers and subscribers (RFC 29): what is subscribed to arrives, all of it and
 * in order; what nobody subscribed to never crosses; subscriptions travel upstream through any number of hops, and
 * are withdrawn when their subscriber is gone.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, until } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import { type Device, pyzmqTest, running, startStepwise, Worker } from "./workers.ts";

const ANYWHERE = "tcp://127.0.0.1:*";
/** Nothing is to be dropped: the subject is the device, and a PUB drops at a mark. */
const UNBOUNDED = { sendHighWaterMark: 0, receiveHighWaterMark: 0 };

/** What a SUB saw. */
interface Heard {
  readonly topics: {
    readonly [topic: string]: {
      readonly probes: number;
      readonly count: number;
      readonly first: number | null;
      readonly last: number | null;
      readonly gaps: number;
    };
  };
  readonly other: number;
}

describe("FORWARDER with libzmq on both sides", () => {
  for (const hops of [1, 2]) {
    pyzmqTest(
      `100 000 messages on two topics SHALL arrive through ${hops} hop(s), and nothing else SHALL cross`,
      async (scope) => {
        const devices = await chain(scope, hops);
        const publisher = await Worker.start(scope, "publisher", {
          address: devices[0]!.front.lastEndpoint!,
          topics: ["a", "b", "nobody's"],
          count: 50_000,
        });
        const subscribers = await Promise.all(["a", "b"].map((topic) => subscribe(scope, devices, [topic])));
        await Promise.all(subscribers.map((subscriber) => subscriber.reached(1)));
        await publisher.release();
        const heard = await Promise.all(subscribers.map((subscriber) => subscriber.result<Heard>()));

        let arrived = 0;
        for (const [index, topic] of ["a", "b"].entries()) {
          const { topics, other } = heard[index]!;
          const { probes, ...tally } = topics[topic]!;
          assertEquals(tally, { count: 50_000, first: 0, last: 49_999, gaps: 0 });
          assertEquals(other, 0);
          arrived += probes + 50_000 + 1; // And the last.
        }
        for (const device of devices) {
          const { front, back } = device.statistics();
          assertEquals(front.received.messages, arrived, "what crossed, and what arrived");
          assertEquals(back.sent.messages, arrived);
          assertEquals([back.received.messages, front.sent.messages], [2, 2], "the subscriptions");
          assertEquals([front.dropped, back.dropped], [0, 0]);
        }
      },
      50,
    );

    pyzmqTest(`an unsubscription SHALL travel upstream through ${hops} hop(s)`, async (scope) => {
      const devices = await chain(scope, hops);
      const peer = await startStepwise(scope);
      const publisher = await peer.open("XPublisher");
      await publisher.connect(devices[0]!.front.lastEndpoint!);
      const [one, two] = [await peer.open("Subscriber"), await peer.open("Subscriber")];
      await one.connect(devices.at(-1)!.back.lastEndpoint!);
      await one.subscribe("shared");
      assertEquals(await publisher.receiveTexts(), ["\x01shared"]);
      // Whichever way libzmq goes through its topics, "shared" is there when its neighbours are.
      await two.subscribe("a neighbour", "shared", "z neighbour");
      await two.connect(devices.at(-1)!.back.lastEndpoint!);
      const neighbours = [await publisher.receiveTexts(), await publisher.receiveTexts()];
      assertEquals(neighbours.flat().sort(), ["\x01a neighbour", "\x01z neighbour"]);
      await one.subscribe("single");
      assertEquals(await publisher.receiveTexts(), ["\x01single"]);
      // One of two goes: nothing for the publisher to hear. So the next notice is that of the other topic.
      await one.unsubscribe("shared");
      await one.unsubscribe("single");
      assertEquals(await publisher.receiveTexts(), ["\x00single"]);
      await publisher.send(["single", "to nobody"]);
      await publisher.send(["shared", "to two"]);
      assertEquals(await two.receiveTexts(), ["shared", "to two"]);
      for (const device of devices) {
        assertEquals(device.statistics().front.received.messages, 1, "only what somebody wants crosses");
      }
      await two.unsubscribe("shared");
      assertEquals(await publisher.receiveTexts(), ["\x00shared"]);
    });

    pyzmqTest(`a late subscriber has everything from its first message on, ${hops} hop(s)`, async (scope) => {
      const devices = await chain(scope, hops);
      const publisher = await Worker.start(scope, "publisher", {
        address: devices[0]!.front.lastEndpoint!,
        topics: ["t"],
        count: 20_000,
        pauses: [10_000],
      });
      const early = await subscribe(scope, devices, ["t"]);
      await early.reached(1);
      await publisher.release();
      await early.reached(5000);
      // Whichever way libzmq goes through its topics, "t" has arrived when both of its neighbours have.
      const late = await subscribe(scope, devices, ["s", "t", "u"], ["t"]);
      await until(
        "the subscriptions are there",
        () => devices.at(-1)!.statistics().back.received.messages === 3,
      );
      await publisher.reached(10_000);
      await publisher.release();
      const whole = (await early.result<Heard>()).topics["t"]!;
      assertEquals([whole.count, whole.first, whole.gaps], [20_000, 0, 0]);
      const rest = (await late.result<Heard>()).topics["t"]!;
      assert(rest.first !== null && rest.first <= 10_000, `the first was ${rest.first}`);
      assertEquals([rest.count, rest.last, rest.gaps], [20_000 - rest.first, 19_999, 0]);
    });

    pyzmqTest(
      `a publisher that comes back SHALL hear of all subscriptions, ${hops} hop(s)`,
      async (scope) => {
        const devices = await chain(scope, hops);
        const peer = await startStepwise(scope);
        const subscriber = await peer.open("Subscriber");
        await subscriber.connect(devices.at(-1)!.back.lastEndpoint!);
        await subscriber.subscribe("a", "b");
        for (let life = 1; life <= 3; life++) {
          const publishing = await startStepwise(scope);
          const publisher = await publishing.open("XPublisher");
          await publisher.connect(devices[0]!.front.lastEndpoint!);
          const told = [await publisher.receiveTexts(), await publisher.receiveTexts()];
          assertEquals(told.map(([topic]) => topic).sort(), ["\x01a", "\x01b"]);
          await publisher.send(["a", `life ${life}`]);
          assertEquals(await subscriber.receiveTexts(), ["a", `life ${life}`]);
          await publishing.kill();
        }
      },
    );

    pyzmqTest(`3000 topics SHALL travel upstream, and be withdrawn, ${hops} hop(s)`, async (scope) => {
      const devices = await chain(scope, hops, {});
      const [publishing, subscribing] = [await startStepwise(scope), await startStepwise(scope)];
      const publisher = await publishing.open("XPublisher", { receiveHighWaterMark: 0 });
      await publisher.connect(devices[0]!.front.lastEndpoint!);
      const subscriber = await subscribing.open("Subscriber", { sendHighWaterMark: 0 });
      await subscriber.connect(devices.at(-1)!.back.lastEndpoint!);
      const topics = Array.from({ length: 3000 }, (_, number) => `${number}`.padStart(4, "0"));
      await subscriber.subscribe(...topics);
      for (const mark of ["\x01", "\x00"]) {
        const told: string[] = [];
        for (let number = 0; number < 3000; number++) told.push(...await publisher.receiveTexts());
        assertEquals(told.sort(), topics.map((topic) => mark + topic));
        if (mark === "\x01") await subscribing.kill();
      }
    });

    pyzmqTest(
      `a killed subscriber's subscription is withdrawn upstream within 1 s, ${hops} hop(s) (F-47)`,
      async (scope) => {
        const devices = await chain(scope, hops);
        const peer = await startStepwise(scope);
        const publisher = await peer.open("XPublisher", { sendHighWaterMark: 0 });
        await publisher.connect(devices[0]!.front.lastEndpoint!);
        const doomed = await subscribe(scope, devices, ["doomed"]);
        assertEquals(await publisher.receiveTexts(), ["\x01doomed"]);
        const other = await subscribe(scope, devices, ["other"]);
        assertEquals(await publisher.receiveTexts(), ["\x01other"]);

        let notice: Promise<[string[], number]> | undefined;
        for (let number = 0; number < 2000; number += 100) {
          for (let next = number; next < number + 100; next++) {
            const body = new Uint8Array(4);
            new DataView(body.buffer).setUint32(0, next);
            await Promise.all([publisher.send(["doomed", body]), publisher.send(["other", body])]);
          }
          if (number !== 900) continue;
          await doomed.reached(1000);
          await doomed.kill();
          const killed = performance.now();
          notice = publisher.receiveTexts().then((parts) => [parts, performance.now() - killed]);
        }
        const [parts, waited] = await notice!;
        assertEquals(parts, ["\x00doomed"]);
        assert(waited < 1000, `the subscription was withdrawn after ${waited} ms`);
        await publisher.send(["other", "last"]);
        const { count, first, last, gaps } = (await other.result<Heard>()).topics["other"]!;
        assertEquals([count, first, last, gaps], [2000, 0, 1999, 0]);
      },
    );
  }
});

describe("FORWARDER with high-water marks", () => {
  pyzmqTest("a frozen subscriber SHALL not keep another from anything", async (scope) => {
    const device = await running(
      scope,
      zmq.forwarder(ANYWHERE, { bind: ANYWHERE, options: { sendHighWaterMark: 100 } }, { linger: 0 }),
    );
    const [publishing, freezing] = [await startStepwise(scope), await startStepwise(scope)];
    const publisher = await publishing.open("XPublisher");
    await publisher.connect(device.front.lastEndpoint!);
    const slow = await freezing.open("Subscriber", { receiveHighWaterMark: 10 });
    await slow.subscribe("t");
    await slow.connect(device.back.lastEndpoint!);
    assertEquals(await publisher.receiveTexts(), ["\x01t"]);
    freezing.freeze();
    const quick = await publishing.open("Subscriber");
    await quick.subscribe("s", "t", "u");
    await quick.connect(device.back.lastEndpoint!);
    assertEquals([await publisher.receiveTexts(), await publisher.receiveTexts()].flat().sort(), [
      "\x01s",
      "\x01u",
    ]);
    // Never more than fifty under way, which all marks have room for; in all it is 40 MB for the frozen one.
    for (let number = 0; number < 2000;) {
      const first = number;
      for (; number < first + 50; number++) {
        await publisher.send(["t", `${number}`, { size: 20_000, seed: 0 }]);
      }
      for (let next = first; next < number; next++) {
        const parts = await quick.receive();
        assertEquals(new TextDecoder().decode(parts[1] as Uint8Array), `${next}`);
      }
    }
    const { back } = device.statistics();
    assert(back.queued.sent <= 100, `${back.queued.sent} messages wait behind a mark of 100`);
    assert(back.dropped > 0, "40 MB went to a subscriber that is frozen");
    assertEquals(device.statistics().front.dropped, 0);
  });
});

/** Forwarders of which each publishes into the next; they have no marks unless said. */
async function chain(scope: Scope, hops: number, options: object = UNBOUNDED): Promise<Device[]> {
  const devices: Device[] = [];
  for (let hop = 0; hop < hops; hop++) {
    const upstream = devices.at(-1)?.back.lastEndpoint;
    devices.push(
      await running(
        scope,
        zmq.forwarder(
          upstream ? { connect: upstream, options } : { bind: ANYWHERE, options },
          { bind: ANYWHERE, options },
          { linger: 0 },
        ),
      ),
    );
  }
  return devices;
}

/** A SUB at the end of the chain. */
function subscribe(
  scope: Scope,
  devices: readonly Device[],
  topics: readonly string[],
  awaits: readonly string[] = topics,
): Promise<Worker> {
  return Worker.start(scope, "subscriber", { address: devices.at(-1)!.back.lastEndpoint!, topics, awaits });
}
