/**
 * The link between two ends is bad: cut, slow, silent, closed on one side, in tiny pieces, or with its connections in
 * another order. Messages are whole or not there, in order, and none comes twice.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { OperationOptions } from "../../mod.ts";
import { elapse, texts, within } from "../interop/scope.ts";
import { frame, message, MORE, octets, RawListener, RawPeer, size64, target } from "../wire/raw.ts";
import { startChild } from "./child.ts";
import { dropped, toldOfDrops } from "./counts.ts";
import { faultGroup, faultTest } from "./fault.ts";
import { Proxy } from "./proxy.ts";
import { numbered, numberOf, sum, Tally } from "./tally.ts";

faultGroup("a message is cut off", () => {
  faultTest("its sender vanishes after some of its parts (F-20, G3)", async (world) => {
    const { socket: pull, watch } = await target(world, "Pull");
    const parts = ["first", "second", "x".repeat(1000), "fourth"];
    const frames = parts.map((part, index) => frame(index < parts.length - 1 ? MORE : 0, part));
    const cuts: Uint8Array[] = [];
    for (let count = 1; count < parts.length; count++) cuts.push(octets(...frames.slice(0, count)));
    cuts.push(
      octets(...frames).subarray(0, -1),
      octets(frames[0]!, [2], size64(1 << 20)),
      octets(frames[0]!, [1]),
    );
    const rounds = world.size(4, 1000 / (2 * cuts.length));
    let [sent, delivered] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      for (const cut of cuts) {
        for (const way of ["end", "reset"] as const) {
          const peer = await RawPeer.dial(world, pull);
          await peer.handshake("PUSH");
          peer.send(message("whole", `${sent}`), cut);
          assertEquals(texts(await within(pull.receive(), 5000, "the whole one")), ["whole", `${sent}`]);
          sent += 2;
          delivered++;
          peer[way]();
          await watch.next("disconnect");
        }
      }
    }
    return { sent, delivered, note: "every other message was cut off", bound: 8 };
  }, 60);

  faultTest(
    "its receiver vanishes before its third part, of 16 MiB, is through (F-21, G3, G9)",
    async (world) => {
      const push = world.socket("Push", { reconnectInterval: 10 });
      const watch = world.watch(push);
      const listener = await RawListener.open(world);
      push.connect(listener.address);
      const first = await listener.accept();
      await first.handshake("PULL");
      await watch.next("handshake");
      await push.send(["one", "two", new Uint8Array(16 << 20)]);
      await push.send(["next", "message"]);
      await first.read(100_000);
      first.reset();
      await watch.next("disconnect");
      const second = await listener.accept();
      await second.handshake("PULL");
      await push.send("last");
      const heard = [];
      do heard.push(await second.message()); while (heard.at(-1)![0] !== "last");
      // Whole ones alone: the one under way is gone, and what was queued behind it may be gone with its batch.
      for (const parts of heard) {
        assert(
          ["next,message", "last"].includes(parts.join()),
          `${parts}`.slice(0, 100),
        );
      }
      return { sent: 3, delivered: heard.length, disordered: 0, note: "begins with a first part" };
    },
  );

  faultTest("its sender closes the socket after it has sent (G3, G11)", async (world) => {
    const { socket: pull } = await target(world, "Pull");
    // Here a message is an array: one that is half sent cannot be made. What is sent before close() arrives whole.
    const push = world.socket("Push", { linger: -1 });
    push.connect(pull.lastEndpoint!);
    await push.send(["first", "second"]);
    push.close();
    assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["first", "second"]);
    return { sent: 1, delivered: 1, note: "a message is given whole to send()" };
  });

  faultTest("the link is cut at random octets, again and again (F-23, G1, G2, G3)", async (world) => {
    const pull = world.socket("Pull");
    await pull.bind(world.address("tcp"));
    const proxy = await Proxy.open(world, pull, { seed: 23 });
    proxy.cutAfter = () => proxy.random.between(200, 60000);
    proxy.piece = 4000;
    const count = world.size(1000, 3000);
    const sender = startChild(world, async ({ zmq, say, sleep, numbered }, { address, count }) => {
      const push = new zmq.Push({ reconnectInterval: 10, sendHighWaterMark: 100 });
      push.connect(address);
      for (let number = 0; number < count; number++) {
        await push.send([numbered(number), numbered(number, 20 + number % 500), numbered(number)]);
        if (number % 20 === 0) await sleep(1);
      }
      say("sent");
      // What still waits is sent, whatever is cut.
      await sleep(2000);
    }, { address: proxy.address, count });
    const tally = new Tally();
    while (tally.highest < count - 1) {
      const parts = await receiveSoon(pull, 3000);
      if (parts === undefined) break;
      assertEquals(parts.map((part) => part.length), [4, 20 + numberOf(parts[0]!) % 500, 4]);
      assertEquals(parts.map(numberOf), Array(3).fill(numberOf(parts[0]!)));
      tally.hear(numberOf(parts[0]!));
    }
    assertEquals(await sender.next(), "sent");
    assertEquals([tally.doubled, tally.disordered], [0, 0]);
    assert(tally.delivered >= 100, `${tally.delivered} arrived`);
    return tally.figures(count, { note: `over ${proxy.count} connections` });
  });
});

faultGroup("a link is slow or silent", () => {
  faultTest("at 10 kB/s a long message is a sign of life (F-24, G19)", async (world) => {
    const heartbeat = { heartbeatInterval: world.size(150, 1000), heartbeatTimeout: world.size(300, 1000) };
    const size = world.size(15_000, 100_000);
    const pull = world.socket("Pull", heartbeat);
    const watch = world.watch(pull);
    await pull.bind(world.address("tcp"));
    const proxy = await Proxy.open(world, pull);
    const push = world.socket("Push", heartbeat);
    push.connect(proxy.address);
    await watch.next("handshake");
    proxy.rate = 10_000;
    const start = performance.now();
    const count = 2;
    for (let number = 0; number < count; number++) await push.send(numbered(number, size));
    const tally = new Tally();
    for (let number = 0; number < count; number++) {
      const [part] = await within(pull.receive(), 40000, `message ${number}`);
      assertEquals(part!.length, size);
      tally.hear(numberOf(part!));
    }
    assertEquals(watch.count("disconnect"), 0);
    const took = performance.now() - start;
    assert(took > heartbeat.heartbeatInterval + heartbeat.heartbeatTimeout, `${took} ms prove nothing`);
    return tally.figures(count, { note: `${Math.round(took / 100) / 10} s, one connection` });
  }, 55);

  faultTest("a black hole is found by heartbeats, and not without (F-25, G19)", async (world) => {
    const pull = world.socket("Pull");
    await pull.bind(world.address("tcp"));
    const proxy = await Proxy.open(world, pull);
    const push = world.socket("Push", {
      heartbeatInterval: 200,
      heartbeatTimeout: 300,
      reconnectInterval: 50,
    });
    const plain = world.socket("Push", { reconnectInterval: 50 });
    const [watch, plainWatch] = [world.watch(push), world.watch(plain)];
    push.connect(proxy.address);
    plain.connect(proxy.address);
    await watch.next("handshake");
    await plainWatch.next("handshake");
    proxy.stalled = true;
    const start = performance.now();
    await watch.next("disconnect");
    const took = performance.now() - start;
    // Interval and time-out, and not a second more for a peer that closes nothing.
    assert(took >= 290 && took < 1250, `found after ${took} ms`);
    assertEquals(plainWatch.count("disconnect"), 0);
    await watch.next("connect");
    proxy.flow();
    await watch.next("handshake");
    await push.send("again");
    await plain.send("still");
    const heard = [...texts(await pull.receive()), ...texts(await pull.receive())];
    assertEquals(heard.sort(), ["again", "still"]);
    return { sent: 2, delivered: 2, note: `found after ${Math.round(took)} ms` };
  });

  faultTest("the asker closes its direction after the request (F-26)", async (world) => {
    const { socket: reply, watch } = await target(world, "Reply");
    const asker = await RawPeer.dial(world, reply);
    await asker.handshake("REQ");
    asker.send(message("", "request"));
    asker.end();
    assertEquals(texts(await within(reply.receive(), 5000, "the request")), ["request"]);
    await reply.send("reply");
    const rest = await asker.closed();
    await watch.next("disconnect");
    const next = await RawPeer.dial(world, reply);
    await next.handshake("REQ");
    next.send(message("", "next"));
    assertEquals(texts(await within(reply.receive(), 5000, "the next request")), ["next"]);
    await reply.send("served");
    assertEquals(await next.message(), ["", "served"]);
    const arrived = rest.length > 0 ? 1 : 0;
    const { unroutable, lost } = dropped(reply);
    assertEquals(arrived + unroutable + lost, 1, "the reply is neither there nor counted");
    return { sent: 2, delivered: 1 + arrived, counted: unroutable + lost };
  });

  for (const end of ["caller", "server"] as const) {
    faultTest(`one direction is closed, towards the ${end} (G1, G2, G9)`, async (world) => {
      const pull = world.socket("Pull");
      await pull.bind(world.address("tcp"));
      const proxy = await Proxy.open(world, pull);
      const push = world.socket("Push", { reconnectInterval: 10 });
      const watch = world.watch(push);
      push.connect(proxy.address);
      await watch.next("handshake");
      const [count, tally] = [200, new Tally()];
      for (let number = 0; number < count; number++) {
        await push.send(numbered(number, 1000));
        if (number % 10 === 0) await elapse(1);
        if (number === count / 2) proxy.links[0]!.halfClose(end);
      }
      await watch.next("handshake");
      while (tally.highest < count - 1) {
        tally.hear(numberOf((await within(pull.receive(), 5000, `the one after ${tally.highest}`))[0]!));
      }
      assertEquals(tally.doubled, 0);
      assert(tally.gaps <= 1, `${tally.gaps} gaps`);
      // In order on each connection: a bound receiver cannot know that the second is by the same peer, and takes
      // turns between what is left of the first and what came by the second.
      const runs = ascendingRuns(tally.numbers);
      assert(runs <= proxy.count, `${runs} ascending runs by ${proxy.count} connections`);
      return tally.figures(count, { note: `${proxy.count} connections` });
    });
  }

  faultTest("in tiny pieces, delayed, and by a Unix socket (G1, G2, G3)", async (world) => {
    const figures = [];
    for (
      const [spoil, count] of [[{ piece: 3 }, 60], [{ piece: 700, delay: 2 }, 60]] as const
    ) {
      for (const transport of ["tcp", "ipc"] as const) {
        const pull = world.socket("Pull");
        await pull.bind(world.address(transport));
        const path = transport === "ipc" ? { path: world.path() } : {};
        const proxy = await Proxy.open(world, pull, { seed: 7, ...path });
        Object.assign(proxy, spoil);
        const push = world.socket("Push");
        push.connect(proxy.address);
        for (let number = 0; number < count; number++) {
          await push.send([numbered(number, 4 + number), numbered(number, 300 - number)]);
        }
        const tally = new Tally();
        for (let number = 0; number < count; number++) {
          const parts = await within(pull.receive(), 10000, `message ${number} over ${transport}`);
          assertEquals(parts.map((part) => [part.length, numberOf(part)]), [[4 + number, number], [
            300 - number,
            number,
          ]]);
          tally.hear(number);
        }
        figures.push(tally.figures(count));
      }
    }
    return sum(figures);
  });

  faultTest("connections that arrive in another order than they were made (G1)", async (world) => {
    const pull = world.socket("Pull");
    const watch = world.watch(pull);
    await pull.bind(world.address("tcp"));
    const proxy = await Proxy.open(world, pull, { seed: 5 });
    const [senders, each] = [8, 20];
    proxy.reorder(senders);
    for (let sender = 0; sender < senders; sender++) {
      const push = world.socket("Push");
      push.connect(proxy.address);
      for (let number = 0; number < each; number++) await push.send([numbered(sender), numbered(number)]);
    }
    for (let sender = 0; sender < senders; sender++) await watch.next("handshake");
    const tallies = Array.from({ length: senders }, () => new Tally());
    for (let count = 0; count < senders * each; count++) {
      const [sender, number] = await within(pull.receive(), 5000, `message ${count}`);
      tallies[numberOf(sender!)]!.hear(numberOf(number!));
    }
    const all = sum(tallies.map((tally) => tally.figures(each)));
    assertEquals([all.delivered, all.doubled, all.disordered], [senders * each, 0, 0]);
    return all;
  });
});

faultGroup("a connection is reset while messages wait", () => {
  faultTest("the queue of our own connect goes to the next one (F-34, G1, G9)", async (world) => {
    const pull = world.socket("Pull");
    await pull.bind(world.address("tcp"));
    const proxy = await Proxy.open(world, pull);
    const push = world.socket("Push", { sendHighWaterMark: 100, sendTimeout: 0, reconnectInterval: 10 });
    const watch = world.watch(push);
    push.connect(proxy.address);
    await watch.next("handshake");
    proxy.stalled = true;
    // Behind the five that are read they are so large that kernels hold few of them; one body for all.
    const body = new Uint8Array(600_000);
    for (let number = 0; number < 100; number++) {
      await push.send([numbered(number), number < 5 ? new Uint8Array(9) : body]);
    }
    proxy.rate = 1_000_000;
    proxy.flow();
    const tally = new Tally();
    const hear = async () => {
      const parts = await within(pull.receive(), 5000, `the message after ${tally.highest}`);
      const number = numberOf(parts[0]!);
      assertEquals(parts.map((part) => part.length), [4, number < 5 ? 9 : body.length]);
      tally.hear(numberOf(parts[0]!));
    };
    while (tally.delivered < 5) await hear();
    proxy.cut();
    proxy.rate = 0;
    await watch.next("disconnect");
    while (tally.highest < 99) await hear();
    assertEquals([tally.doubled, tally.disordered], [0, 0]);
    assertEquals(tally.gaps, 1);
    assert(tally.delivered >= 85, `${tally.delivered} of 100 arrived`);
    return tally.figures(100, { note: "lost are those that the kernels had" });
  });

  faultTest("the queue of a peer that came to us goes with it, and is counted (F-35, G9)", async (world) => {
    const { socket: push, watch } = await target(world, "Push", { sendHighWaterMark: 100, sendTimeout: 0 });
    const first = await RawPeer.dial(world, push);
    await first.handshake("PULL");
    await watch.next("handshake");
    first.pause();
    const body = new Uint8Array(60_000);
    let accepted = 0;
    for (let refused = 0; refused < 10;) {
      new DataView(body.buffer).setUint32(0, accepted);
      const taken = await push.send(body.slice()).then(() => true, () => false);
      if (taken) accepted++;
      else {
        refused++;
        await elapse(5);
      }
    }
    first.reset();
    await watch.next("disconnect");
    const { lost } = dropped(push);
    assert(lost >= 50 && lost <= 100, `${lost} of ${accepted} are counted as lost`);
    await toldOfDrops(watch, "lost", lost);
    const second = await RawPeer.dial(world, push);
    await second.handshake("PULL");
    await watch.next("handshake");
    await push.send("after it joined");
    assertEquals(await second.message(), ["after it joined"]);
    return {
      sent: accepted + 1,
      delivered: 1,
      counted: lost,
      note: `${accepted - lost} in the kernels and the peer`,
    };
  });
});

/** By how many ascending rows, one among the other, these numbers can have come. */
function ascendingRuns(numbers: readonly number[]): number {
  const ends: number[] = [];
  for (const number of numbers) {
    const best = ends.reduce(
      (found, end, index) => end < number && end > (ends[found] ?? -1) ? index : found,
      -1,
    );
    ends[best === -1 ? ends.length : best] = number;
  }
  return ends.length;
}

function receiveSoon(
  socket: { receive(options?: OperationOptions): Promise<Uint8Array[]> },
  timeout: number,
): Promise<Uint8Array[] | undefined> {
  return socket.receive({ timeout }).catch(() => undefined);
}
