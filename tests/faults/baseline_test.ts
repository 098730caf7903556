/**
 * Nothing goes wrong: what faults are held against. Two processes, many messages, large ones, many parts, and
 * callers of one socket at the same time.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import { startChild } from "./child.ts";
import { faultGroup, faultTest } from "./fault.ts";
import { numbered, numberOf, sum, Tally } from "./tally.ts";

faultGroup("without a fault", () => {
  faultTest("all arrives, once, in the order sent (F-01, G1, G2, G4)", async (world) => {
    const pull = world.socket("Pull");
    await pull.bind(world.address("tcp"));
    const figures = [];
    for (const [count, size] of [[world.size(5000, 20000), 5], [world.size(5000, 100000), 100]] as const) {
      const sender = startChild(world, async ({ zmq, say, numbered }, { address, count, size }) => {
        const push = new zmq.Push();
        push.connect(address);
        for (let number = 0; number < count; number++) await push.send(numbered(number, size));
        push.close();
        say("sent");
      }, { address: pull.lastEndpoint!, count, size });
      const tally = new Tally();
      while (tally.numbers.length < count) {
        const [part, ...more] = await within(pull.receive(), 20000, `message ${tally.numbers.length}`);
        assertEquals([part!.length, more.length], [size, 0]);
        tally.hear(numberOf(part!));
      }
      assertEquals(await sender.next(), "sent");
      assertEquals(await sender.ended, 0);
      figures.push(tally.figures(count));
    }
    const all = sum(figures, { bound: 64 });
    assertEquals([all.delivered, all.doubled, all.disordered], [all.sent, 0, 0]);
    return all;
  });

  faultTest("three senders, each in its order, and no part among another's (F-02, G1, G3)", async (world) => {
    const pull = world.socket("Pull");
    await pull.bind(world.address("tcp"));
    const count = world.size(1000, 3000);
    for (let sender = 0; sender < 3; sender++) {
      startChild(world, async ({ zmq, numbered }, { address, sender, count }) => {
        const push = new zmq.Push();
        push.connect(address);
        for (let number = 0; number < count; number++) {
          await push.send([`sender ${sender}`, numbered(number, 40)]);
        }
        push.close();
      }, { address: pull.lastEndpoint!, sender, count });
    }
    const tallies = new Map<string, Tally>();
    for (let received = 0; received < 3 * count; received++) {
      const parts = await within(pull.receive(), 20000, `message ${received}`);
      assertEquals([parts.length, parts[1]!.length], [2, 40]);
      const name = new TextDecoder().decode(parts[0]!);
      if (!tallies.has(name)) tallies.set(name, new Tally());
      tallies.get(name)!.hear(numberOf(parts[1]!));
    }
    assertEquals([...tallies.keys()].sort(), ["sender 0", "sender 1", "sender 2"]);
    const all = sum([...tallies.values()].map((tally) => tally.figures(count)));
    assertEquals([all.delivered, all.doubled, all.disordered], [3 * count, 0, 0]);
    return all;
  });

  faultTest("messages of 16 MiB come back as they went (F-03)", async (world) => {
    const size = 16 << 20;
    const echo = startChild(world, async ({ zmq, say }) => {
      const reply = new zmq.Reply();
      await reply.bind("tcp://127.0.0.1:*");
      say(reply.lastEndpoint);
      for await (const parts of reply) await reply.send(parts);
    }, null);
    const request = world.socket("Request");
    request.connect(await echo.next() as string);
    const count = world.size(2, 10);
    let delivered = 0;
    const message = new Uint8Array(size);
    for (let number = 0; number < count; number++) {
      for (let at = 0; at < size; at += 4093) message[at] = number + at & 255;
      await request.send(message);
      const [back] = await within(request.receive(), 20000, `message ${number}`);
      assert(Buffer.compare(back!, message) === 0, `message ${number} came back changed`);
      delivered++;
      collect();
    }
    return { sent: count, delivered, bound: 6 * 16 };
  }, 50);

  faultTest("a message of 1000 parts is one (F-04, G3)", async (world) => {
    const pull = world.socket("Pull");
    await pull.bind(world.address("tcp"));
    const count = world.size(20, 100);
    startChild(world, async ({ zmq, numbered }, { address, count }) => {
      const push = new zmq.Push();
      push.connect(address);
      for (let number = 0; number < count; number++) {
        await push.send(Array.from({ length: 1000 }, (_, part) => numbered(number * 1000 + part)));
      }
      push.close();
    }, { address: pull.lastEndpoint!, count });
    const tally = new Tally();
    for (let number = 0; number < count; number++) {
      const parts = await within(pull.receive(), 10000, `message ${number}`);
      assertEquals(parts.map(numberOf), Array.from({ length: 1000 }, (_, part) => number * 1000 + part));
      tally.hear(number);
    }
    return tally.figures(count);
  });

  faultTest(
    "a receive that is given up as a message arrives leaves it for the next (F-55)",
    async (world) => {
      const pull = new zmq.Pull();
      world.own(pull);
      await pull.bind(world.address("tcp"));
      const push = world.socket("Push");
      push.connect(pull.lastEndpoint!);
      const count = world.size(300, 3000);
      const tally = new Tally();
      const sending = (async () => {
        for (let number = 0; number < count; number++) {
          await push.send(numbered(number));
          // Few are on the way at any time, or there would be nothing to wait for, and to give up.
          do await new Promise((resolve) => setImmediate(resolve)); while (
            number - tally.delivered > 1 && !push.closed
          );
        }
      })();
      let aborted = 0;
      const { random } = Math;
      while (tally.delivered < count) {
        const controller = new AbortController();
        const receiving = pull.receive({ signal: controller.signal });
        if (aborted < count && random() < 0.7) {
          if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
          controller.abort();
        }
        const parts = await within(receiving.catch(() => undefined), 10000, `${tally.delivered} so far`);
        if (parts === undefined) aborted++;
        else tally.hear(numberOf(parts[0]));
      }
      await sending;
      assert(aborted > 0, "no receive was given up");
      assertEquals([tally.doubled, tally.disordered], [0, 0]);
      return tally.figures(count, { note: `${aborted} receives given up` });
    },
  );

  faultTest("sends that nobody awaits keep their order and stay whole (F-56, G1, G3)", async (world) => {
    const push = world.socket("Push", { sendHighWaterMark: 10 });
    const address = await world.freeAddress("tcp");
    push.connect(address);
    const count = world.size(100, 100);
    let queued = 0;
    const sends = Array.from(
      { length: count },
      (_, number) => push.send([numbered(number), "middle", numbered(number)]).then(() => void queued++),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(queued, 10);
    const pull = world.socket("Pull");
    await pull.bind(address);
    const tally = new Tally();
    for (let number = 0; number < count; number++) {
      const [first, middle, last] = await within(pull.receive(), 5000, `message ${number}`);
      assertEquals([numberOf(first!), middle!.length, numberOf(last!)], [number, 6, number]);
      tally.hear(number);
    }
    await Promise.all(sends);
    return tally.figures(count, { note: "10 accepted before anybody listened" });
  });
});

/** Bun lets such large garbage lie for long, and the bound is about what is held. */
function collect(): void {
  (globalThis as { Bun?: { gc(now: boolean): void } }).Bun?.gc(true);
}
