/**
 * STREAMER between real libzmq pushers and pullers (RFC 30): nothing lost or doubled, in order; a puller that is
 * killed loses its own share only; one that does not read stops the pushers at the high-water marks; and what the
 * device accepted arrives although it is terminated.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { pattern } from "../interop/peer.ts";
import { elapse, type Scope, until, within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import {
  delivered,
  type Device,
  type Pulled,
  pyzmqTest,
  reachedTogether,
  running,
  startStepwise,
  Worker,
} from "./workers.ts";

const ANYWHERE = "tcp://127.0.0.1:*";
/** Of messages this large a few megabytes of the kernel's buffers are a few hundred. */
const LARGE = 20_000;

describe("STREAMER with libzmq on both sides", () => {
  pyzmqTest(
    "SHALL carry 100 000 messages of two PUSH to two PULL, none lost or doubled, each pusher's in order",
    async (scope) => {
      const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger: 0 }));
      const pullers = await Promise.all([pull(scope, device), pull(scope, device)]);
      await until("both pullers are there", () => device.statistics().back.peers === 2);
      await Promise.all([1, 2].map((name) => push(scope, device, { name, count: 50_000 })));
      await reachedTogether(pullers, 100_000);
      const pulled = await Promise.all(pullers.map((puller) => puller.stop<Pulled>()));
      for (const pusher of [1, 2]) {
        assertEquals(delivered(pulled, pusher, 50_000), { count: 50_000, lost: [], doubles: 0, disorder: 0 });
      }
      for (const puller of pullers) {
        assert(await puller.count() > 10_000, "one puller was given less than a tenth");
      }
      const { front, back } = device.statistics();
      assertEquals([front.received.messages, back.sent.messages], [100_000, 100_000]);
      assertEquals([front.received.bytes, back.sent.bytes], [3_200_000, 3_200_000]);
      assertEquals([front.dropped, back.dropped], [0, 0]);
    },
    40,
  );

  pyzmqTest(
    "of 100 000 messages a killed puller loses no more than its share, and it has work when it is back",
    async (scope) => {
      const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger: 0 }));
      const [one, two, doomed] = await Promise.all([
        pull(scope, device),
        pull(scope, device),
        pull(scope, device),
      ]);
      const spare = await Worker.spawn(scope);
      await until("all pullers are there", () => device.statistics().back.peers === 3);
      const pusher = await push(scope, device, { name: 1, count: 100_000, pauses: [50_000, 50_900] });
      await reachedTogether([one, two, doomed], 50_000);
      const early = await doomed.count();

      // Frozen, it still has its third of 900 messages, which all marks have room for. That dies with it.
      doomed.freeze();
      await pusher.release();
      await until("the 900 are handed on", () => device.statistics().back.sent.messages === 50_900);
      await doomed.kill();
      await until("the streamer knows of the loss", () => device.statistics().back.peers === 2);
      await spare.play("puller", { address: device.back.lastEndpoint! });
      await until("the streamer has the new one", () => device.statistics().back.peers === 3);
      await pusher.release();
      await pusher.reached(100_000);
      await until("all is handed on", () => {
        const { sent, queued } = device.statistics().back;
        return sent.messages === 100_000 && queued.sent === 0;
      });
      const pulled = await Promise.all([one, two, spare].map((puller) => puller.stop<Pulled>()));
      const { lost, doubles, disorder } = delivered(pulled, 1, 100_000);
      assertEquals([doubles, disorder], [0, 0]);
      assertEquals(lost.filter((number) => number < 50_000).length, early, "what it had read before");
      const died = lost.filter((number) => number >= 50_000 && number < 50_900).length;
      assert(died >= 1 && died <= 300, `${died} of 900 messages died with one of three pullers`);
      assertEquals(lost.filter((number) => number >= 50_900), [], "lost after the streamer knew");
      assert(await spare.count() >= 1000, `the restarted puller was given ${await spare.count()}`);
    },
  );

  pyzmqTest(
    "a puller that does not read SHALL block the pusher at the marks, and all SHALL arrive in the end",
    async (scope) => {
      const device = await smallStreamer(scope, -1);
      const puller = await pull(scope, device, { marks: 10, pauses: [0] });
      await until("the puller is there", () => device.statistics().back.peers === 1);
      const pusher = await push(scope, device, { name: 1, count: 4000, size: LARGE, marks: 10 });
      const sent = await stalled(pusher, device);
      assert(sent < 2500, `${sent} messages of ${LARGE} octets went to somebody who does not read`);
      await puller.release();
      await puller.reached(4000);
      const pulled = await puller.stop<Pulled>();
      assertEquals(delivered([pulled], 1, 4000), { count: 4000, lost: [], doubles: 0, disorder: 0 });
    },
    40,
  );

  pyzmqTest("pushers SHALL be fair-queued: what waits of two of them goes out in turn", async (scope) => {
    const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger: 0 }));
    device.pause();
    const peer = await startStepwise(scope);
    for (const name of ["a", "b"]) {
      const pusher = await peer.open("Push");
      await pusher.connect(device.front.lastEndpoint!);
      for (let number = 0; number < 10; number++) await pusher.send([name]);
    }
    await until("all of it waits", () => device.statistics().front.queued.received === 20);
    const puller = await peer.open("Pull");
    await puller.connect(device.back.lastEndpoint!);
    await until("the puller is there", () => device.statistics().back.peers === 1);
    device.resume();
    const ahead = { a: 0, b: 0 };
    for (let number = 0; number < 20; number++) {
      const [name] = await puller.receiveTexts();
      ahead[name as "a" | "b"]++;
      assert(Math.abs(ahead.a - ahead.b) <= 1, `${ahead.a} of one went out, and ${ahead.b} of the other`);
    }
  });

  pyzmqTest("messages of every shape SHALL arrive unchanged", async (scope) => {
    const device = await running(scope, zmq.streamer(scope.address("ipc"), ANYWHERE, { linger: 0 }));
    const peer = await startStepwise(scope);
    const pusher = await peer.open("Push");
    await pusher.connect(device.front.lastEndpoint!);
    const puller = await peer.open("Pull");
    await puller.connect(device.back.lastEndpoint!);
    let octets = 0;
    const sizes = [0, 1, 127, 128, 129, 255, 256, 8191, 8192, 8193, 65_535, 65_536, 1_000_000, 10_000_000];
    const shapes = sizes.map((size) => [size]);
    shapes.push(
      [0, 0, 0],
      [1, 100_000, 1],
      [300, 0, 70_000, 255],
      Array(1000).fill(1),
      Array(50).fill(10_000),
    );
    for (const [seed, shape] of shapes.entries()) {
      const parts = shape.map((size, index) => ({ size, seed: seed + index }));
      await pusher.send(parts);
      const arrived = await puller.receive();
      assertEquals(arrived.length, shape.length);
      for (const [index, part] of arrived.entries()) {
        const expected = pattern(shape[index]!, seed + index);
        if (part instanceof Uint8Array) assertEquals(part, expected);
        else assertEquals(part.sha256, createHash("sha256").update(expected).digest("hex"));
        octets += expected.length;
      }
    }
    const { front, back } = device.statistics();
    for (const traffic of [front.received, back.sent]) {
      assertEquals(traffic, { messages: shapes.length, bytes: octets });
    }
  });

  pyzmqTest(
    "a capture that is frozen SHALL not slow the streamer: what it misses is counted",
    async (scope) => {
      const capture = scope.own(new zmq.Push({ linger: 0, sendHighWaterMark: 100 }));
      await capture.bind(ANYWHERE);
      const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger: 0, capture }));
      const listener = await Worker.start(scope, "puller", { address: capture.lastEndpoint!, marks: 100 });
      const puller = await pull(scope, device);
      await until("the puller is there", () => device.statistics().back.peers === 1);
      const pusher = await push(scope, device, { name: 1, count: 20_000, size: 2000, pauses: [50] });
      await listener.reached(50);
      assertEquals(device.statistics().missed, 0);
      listener.freeze();
      await pusher.release();
      await puller.reached(20_000);
      const { captured, missed } = device.statistics();
      assertEquals(captured + missed, 20_000);
      assert(missed > 0, "40 MB went to a capture that reads nothing");
      listener.wake();
      await listener.reached(captured);
      const copies = delivered([await listener.stop<Pulled>()], 1, 20_000);
      assertEquals([copies.count, copies.doubles, copies.disorder], [captured, 0, 0]);
      const all = delivered([await puller.stop<Pulled>()], 1, 20_000);
      assertEquals(all, { count: 20_000, lost: [], doubles: 0, disorder: 0 });
    },
  );

  pyzmqTest("terminate() SHALL lose nothing that the device accepted from the pushers", async (scope) => {
    const device = await smallStreamer(scope, -1);
    const puller = await pull(scope, device, { marks: 10, pauses: [0] });
    await until("the puller is there", () => device.statistics().back.peers === 1);
    const pusher = await push(scope, device, { name: 1, count: 4000, size: LARGE, marks: 10 });
    await stalled(pusher, device);
    const { front, back } = device.statistics();
    const accepted = front.received.messages + front.queued.received;
    assert(accepted > 0 && back.queued.sent > 0, "nothing is in the device");
    let over = false;
    const ended = device.terminate().then(() => over = true);
    await elapse(100);
    assertEquals(over, false, "it ended with messages inside, and its linger is without end");
    await puller.release();
    await within(ended, 5000, "the end of the streamer");
    await within(device.done, 1000, "done");
    const handed = device.statistics().back.sent.messages;
    assert(handed >= accepted, `${accepted} messages were accepted, and ${handed} handed on`);
    await puller.reached(handed);
    const pulled = await puller.stop<Pulled>();
    assertEquals(delivered([pulled], 1, handed), { count: handed, lost: [], doubles: 0, disorder: 0 });
  });

  pyzmqTest("terminate() in full flow SHALL lose nothing that was accepted", async (scope) => {
    const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE));
    const pullers = await Promise.all([pull(scope, device), pull(scope, device)]);
    await until("both pullers are there", () => device.statistics().back.peers === 2);
    const pusher = await push(scope, device, { name: 1, count: 1_000_000 });
    await pusher.reached(10_000);
    const { front } = device.statistics();
    await within(device.terminate(), 5000, "the end of the streamer");
    const handed = device.statistics().back.sent.messages;
    assert(handed >= front.received.messages + front.queued.received, "something accepted was not handed on");
    assert(handed < 1_000_000, "it was not in full flow");
    await reachedTogether(pullers, handed);
    const pulled = await Promise.all(pullers.map((puller) => puller.stop<Pulled>()));
    assertEquals(delivered(pulled, 1, handed), { count: handed, lost: [], doubles: 0, disorder: 0 });
  });

  pyzmqTest("terminate() SHALL end within the linger time if nobody reads", async (scope) => {
    const device = await smallStreamer(scope, 300);
    const puller = await pull(scope, device, { marks: 10, pauses: [0] });
    await until("the puller is there", () => device.statistics().back.peers === 1);
    const pusher = await push(scope, device, { name: 1, count: 4000, size: LARGE, marks: 10 });
    await stalled(pusher, device);
    const start = performance.now();
    await within(device.terminate(), 5000, "the end of the streamer");
    const waited = performance.now() - start;
    assert(waited > 250 && waited < 2000, `a linger of 300 ms took ${waited} ms`);
    // What had left before is whole and in order: nothing is torn by the end.
    await puller.release();
    const pulled = await puller.stop<Pulled>();
    const { count, lost, doubles, disorder } = delivered([pulled], 1, 4000);
    assertEquals([doubles, disorder], [0, 0]);
    assertEquals(lost[0], count, "there is a gap before the last that arrived");
  });
});

function push(scope: Scope, device: Device, details: { [name: string]: unknown }): Promise<Worker> {
  return Worker.start(scope, "pusher", { address: device.front.lastEndpoint!, ...details });
}

function pull(scope: Scope, device: Device, details: { [name: string]: unknown } = {}): Promise<Worker> {
  return Worker.start(scope, "puller", { address: device.back.lastEndpoint!, ...details });
}

/** A streamer with marks of ten on either side. */
function smallStreamer(scope: Scope, linger: number): Promise<Device> {
  return running(
    scope,
    zmq.streamer(
      { bind: ANYWHERE, options: { receiveHighWaterMark: 10 } },
      { bind: ANYWHERE, options: { sendHighWaterMark: 10 } },
      { linger },
    ),
  );
}

/** Waits until the pusher gets no further, and sees to it that the marks hold meanwhile; answers how far it got. */
async function stalled(pusher: Worker, device: Device): Promise<number> {
  let count = 0;
  for (let still = 0; still < 10;) {
    await elapse(50);
    const now = await pusher.count();
    still = now > 0 && now === count ? still + 1 : 0;
    count = now;
    const { front, back } = device.statistics();
    assert(front.queued.received <= 20, `${front.queued.received} messages wait behind a mark of 10`);
    assert(back.queued.sent <= 10, `${back.queued.sent} messages wait behind a mark of 10`);
  }
  return count;
}
