/**
 * One end dies: by kill -9, by a reset, by leaving. What it had is gone, what others have is not, and nothing comes
 * twice.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { elapse, failure, texts, until, within } from "../interop/scope.ts";
import type { OperationOptions } from "../../mod.ts";
import { zmq } from "../interop/subject.ts";
import { command, message, property, RawListener, RawPeer, target } from "../wire/raw.ts";
import { type Child, startChild } from "./child.ts";
import { closedAgain, descriptors, dropped, toldOfDrops } from "./counts.ts";
import { faultGroup, faultTest, type World } from "./fault.ts";
import { Proxy } from "./proxy.ts";
import { numbered, numberOf, sum, Tally } from "./tally.ts";

faultGroup("one end is killed", () => {
  faultTest("a receiver is killed with -9 and comes back (F-05, G2, G9, G10)", async (world) => {
    const address = await world.freeAddress("tcp");
    const half = world.size(300, 1000);
    const push = world.socket("Push", { reconnectInterval: 20 });
    push.connect(address);
    const first = startReceiver(world, address);
    assertEquals(await first.next(), "bound");
    const send = async (from: number, to: number) => {
      for (let number = from; number < to; number++) {
        await push.send(numbered(number, 100));
        // Five thousand a second: what the killed one had not read is what came in its last moments.
        if (number % 10 === 0) await elapse(2);
      }
    };
    await send(0, half);
    const killed = first.kill();
    const sending = send(half, 2 * half);
    await killed;
    const second = startReceiver(world, address);
    assertEquals(await second.next(), "bound");
    await within(sending, 10000, "the rest to be accepted");
    await within(
      until("the last message arrives", () => second.said.at(-1) === 2 * half - 1),
      10000,
      "the last message",
    );
    await second.kill();

    const tally = new Tally();
    const [before, after] = [numbersOf(first), numbersOf(second)];
    for (const number of [...before, ...after]) tally.hear(number);
    assertEquals([tally.doubled, tally.disordered], [0, 0]);
    assert(after[0]! > before.at(-1)!, `${after[0]} after ${before.at(-1)}`);
    const lost = 2 * half - tally.delivered;
    const { lost: counted } = dropped(push);
    // What the kernel had is lost uncounted: that is what at-most-once without acknowledgement means.
    assert(lost < 500, `${lost} are lost`);
    assertEquals(counted, 0);
    return tally.figures(2 * half, { counted, note: `${lost} in the killed one's kernel and program` });
  });

  faultTest("senders are killed with -9 in the middle (F-06, G1, G2, G3)", async (world) => {
    const pull = world.socket("Pull");
    const watch = world.watch(pull);
    await pull.bind(world.address("tcp"));
    const lives = world.size(3, 20);
    const all = [];
    let before: number | undefined;
    for (let life = 0; life < lives; life++) {
      const sender = startChild(world, async ({ zmq, numbered }, { address, life }) => {
        const push = new zmq.Push();
        push.connect(address);
        for (let number = 0;; number++) await push.send([numbered(life), numbered(number, 2000)]);
      }, { address: pull.lastEndpoint!, life });
      const tally = new Tally();
      const hear = (parts: Uint8Array[]) => {
        assertEquals([parts.length, numberOf(parts[0]!), parts[1]!.length], [2, life, 2000]);
        tally.hear(numberOf(parts[1]!));
      };
      for (let count = 0; count < 200 + 37 * life; count++) {
        hear(await within(pull.receive(), 10000, `message ${count} of life ${life}`));
      }
      await sender.kill();
      // It ends when all that had come was read: a full queue does not read on.
      let over = false;
      const gone = watch.next("disconnect", 20000).then(() => over = true);
      while (true) {
        const parts = await receiveSoon(pull);
        if (parts !== undefined) hear(parts);
        else if (over) break;
      }
      await gone;
      assertEquals([tally.numbers[0], tally.gaps, tally.doubled, tally.disordered], [0, 0, 0, 0]);
      all.push(tally.figures(tally.delivered));
      if (life === 0) before = descriptors();
    }
    await closedAgain(before);
    return sum(all, { note: `the beginning of each of ${lives}, whole` });
  }, 50);

  faultTest("a server is killed with -9 under a relaxed REQ that correlates (F-07, G18)", async (world) => {
    const address = await world.freeAddress("tcp");
    const request = world.socket("Request", {
      relaxed: true,
      correlate: true,
      receiveTimeout: 500,
      reconnectInterval: 20,
    });
    request.connect(address);
    const lives = world.size(2, 3);
    const tally = new Tally();
    let server = startServer(world, address);
    await server.next();
    for (let life = 0; life < lives; life++) {
      let answered = 0;
      let restart: Promise<unknown> | undefined;
      for (let number = 20 * life; number < 20 * (life + 1); number++) {
        await request.send(numbered(number));
        if (number % 20 === 10) {
          restart = server.kill().then(() => server = startServer(world, address));
        }
        const reply = await request.receive().catch(() => undefined);
        if (reply === undefined) continue;
        assertEquals(numberOf(reply[0]!), number, "a wrong answer");
        tally.hear(number);
        answered++;
      }
      await restart;
      assert(answered >= 15, `${answered} of 20 were answered in life ${life}`);
    }
    return tally.figures(20 * lives);
  });

  faultTest("a ROUTER is killed with -9 and bound again at its port (F-08)", async (world) => {
    const address = await world.freeAddress("tcp");
    const dealer = world.socket("Dealer");
    const watch = world.watch(dealer);
    dealer.connect(address);
    const lives = world.size(2, 5);
    let worst = 0;
    for (let life = 0; life < lives; life++) {
      const router = startChild(world, async ({ zmq, say }, address) => {
        const router = new zmq.Router();
        await router.bind(address);
        say("bound");
        for await (const parts of router) await router.send(parts);
      }, address);
      assertEquals(await router.next(), "bound");
      const start = performance.now();
      await watch.next("handshake");
      await dealer.send(`life ${life}`);
      assertEquals(texts(await within(dealer.receive(), 5000, "the answer")), [`life ${life}`]);
      worst = Math.max(worst, performance.now() - start);
      await router.kill();
      await watch.next("disconnect");
    }
    assert(worst < 1000, `served ${worst} ms after it was bound`);
    return {
      sent: lives,
      delivered: lives,
      note: `served ${Math.round(worst)} ms after its bind at the latest`,
    };
  });

  faultTest("a ROUTER closes and binds again, and names its DEALER (F-09, G12)", async (world) => {
    const address = await world.freeAddress("tcp");
    const dealer = world.socket("Dealer", { routingId: "named" });
    dealer.connect(address);
    const lives = world.size(5, 5);
    let worst = 0;
    for (let life = 0; life < lives; life++) {
      const router = world.socket("Router", { mandatory: true });
      await until("the port is free", () => router.bind(address).then(() => true, () => false));
      const start = performance.now();
      await until("it is reachable", () => router.send(["named", `${life}`]).then(() => true, () => false));
      assertEquals(texts(await within(dealer.receive(), 8000, "its message")), [`${life}`]);
      worst = Math.max(worst, performance.now() - start);
      router.close();
    }
    assert(worst < 8000, `${worst} ms`);
    return { sent: lives, delivered: lives, note: `reached after ${Math.round(worst)} ms at the latest` };
  });

  faultTest("a process ends in the middle of a message of 16 MiB (F-52, G3)", async (world) => {
    const pull = world.socket("Pull");
    const watch = world.watch(pull);
    await pull.bind(world.address("tcp"));
    const proxy = await Proxy.open(world, pull);
    const ways = ["kill", "exit", "throw"] as const;
    for (const way of ways) {
      proxy.rate = 4 << 20;
      const sender = startChild(world, async ({ zmq, say, hear }, { address, way }) => {
        const push = new zmq.Push();
        push.connect(address);
        const sending = push.send(["first", new Uint8Array(16 << 20)]);
        say("sending");
        await hear();
        await sending;
        if (way === "exit") (globalThis as { process?: { exit(code: number): void } }).process!.exit(0);
        setTimeout(() => {
          throw new Error("on purpose");
        });
      }, { address: proxy.address, way });
      await sender.next();
      // So much that kernels cannot hold the rest: it is still in the process.
      await until("some went through", () => (proxy.links[0]?.forwarded.caller ?? 0) >= 1 << 20);
      if (way === "kill") await sender.kill();
      else {
        sender.tell("end");
        await within(sender.ended, 10000, `the end by ${way}`);
      }
      proxy.rate = 0;
      await watch.next("disconnect");
    }
    const other = world.socket("Push");
    other.connect(pull.lastEndpoint!);
    await other.send("whole");
    const [part] = await within(pull.receive(), 5000, "another's message");
    assertEquals(new TextDecoder().decode(part!.subarray(0, 100)), "whole");
    return { sent: ways.length, delivered: 0, note: "nothing of them arrives; another's message does" };
  });

  faultTest("a worker of a queue is killed with -9 (F-48)", async (world) => {
    const device = zmq.queue("tcp://127.0.0.1:*", "tcp://127.0.0.1:*", { linger: 0 });
    world.atEnd(() => device.terminate());
    await until("it is bound", () => !!device.back.lastEndpoint && !!device.front.lastEndpoint);
    const workers = [0, 1].map(() =>
      startChild(world, async ({ zmq, say, sleep, numberOf }, address) => {
        const reply = new zmq.Reply();
        reply.connect(address);
        say("connected");
        for await (const [part] of reply) {
          say(numberOf(part));
          await sleep(2);
          await reply.send(part);
        }
      }, device.back.lastEndpoint!)
    );
    for (const worker of workers) assertEquals(await worker.next(), "connected");
    await until("both are there", () => device.statistics().back.peers === 2);
    const dealer = world.socket("Dealer");
    dealer.connect(device.front.lastEndpoint!);
    const [count, window] = [world.size(200, 1000), 10];
    const tally = new Tally();
    let sent = 0;
    let killed: Promise<void> | undefined;
    const more = async () => void await dealer.send(["", numbered(sent++)]);
    for (let ahead = 0; ahead < window; ahead++) await more();
    while (true) {
      const parts = await receiveSoon(dealer, killed === undefined ? 5000 : 500);
      if (parts === undefined) {
        if (sent === count) break;
        // Those in the dead one's hands are given up.
        await more();
        continue;
      }
      tally.hear(numberOf(parts[1]!));
      if (tally.delivered === count / 4) killed = workers[0]!.kill();
      if (sent < count) await more();
    }
    await killed;
    const answered = new Set(tally.numbers);
    const missing = Array.from({ length: count }, (_, number) => number).filter((each) =>
      !answered.has(each)
    );
    const byOther = new Set(workers[1]!.said);
    for (const number of missing) {
      assert(!byOther.has(number), `${number} is lost and was with the other one`);
    }
    assert(missing.length <= window, `${missing.length} are lost`);
    assertEquals(tally.doubled, 0);
    // Two workers take turns: answers of one may pass the other's.
    const figures = tally.figures(count, { disordered: 0, note: "lost with the worker that had them" });
    return figures;
  });
});

faultGroup("a peer resets its connection", () => {
  faultTest("a DEALER leaves by a reset and comes back under its name (F-36)", async (world) => {
    const { socket: router, watch } = await target(world, "Router");
    const rounds = world.size(30, 30);
    let worst = 0;
    const before = descriptors();
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const peer = await RawPeer.dial(world, router);
      await peer.handshake("DEALER", property("Identity", "phoenix"));
      peer.send(message(`${round}`));
      assertEquals(texts(await within(router.receive(), 5000, `round ${round}`)), ["phoenix", `${round}`]);
      await router.send(["phoenix", "welcome back"]);
      assertEquals(await peer.message(), ["welcome back"]);
      worst = Math.max(worst, performance.now() - start);
      peer.reset();
      await watch.next("disconnect");
    }
    await closedAgain(before);
    assert(worst < 200, `served after ${worst} ms`);
    return {
      sent: rounds,
      delivered: rounds,
      bound: 8,
      note: `served after ${Math.round(worst)} ms at the latest`,
    };
  });

  faultTest("a ROUTER answers twenty peers that have reset (F-37, G6)", async (world) => {
    const { socket: router, watch } = await target(world, "Router");
    const rest = await RawPeer.dial(world, router);
    await rest.handshake("DEALER", property("Identity", "rest"));
    const [peers, each] = [20, 20];
    const asked: Uint8Array[] = [];
    for (let peer = 0; peer < peers; peer++) {
      const raw = await RawPeer.dial(world, router);
      await raw.handshake("DEALER");
      for (let number = 0; number < each; number++) raw.send(message("?"));
      for (let number = 0; number < each; number++) asked.push((await router.receive())[0]!);
      raw.reset();
      await watch.next("disconnect");
    }
    assertEquals(asked.length, peers * each);
    for (const id of asked) await router.send([id, "!"] as never);
    const { unroutable } = dropped(router);
    assertEquals(unroutable, peers * each);
    await toldOfDrops(watch, "unroutable", unroutable);
    await router.send(["rest", "is served"]);
    assertEquals(await rest.message(), ["is served"]);
    Object.assign(router, { mandatory: true });
    const { code } = await failure(() => router.send([asked[0]!, "!"] as never));
    assertEquals(code, "EHOSTUNREACH");
    return { sent: peers * each, delivered: 0, counted: unroutable, note: "mandatory: EHOSTUNREACH" };
  });

  faultTest("a server takes a request and resets (F-42, G2, G18)", async (world) => {
    const listener = await RawListener.open(world);
    const request = world.socket("Request", { receiveTimeout: 300, sendTimeout: 0, reconnectInterval: 10 });
    const watch = world.watch(request);
    request.connect(listener.address);
    const server = await listener.accept();
    await server.handshake("REP");
    await request.send("once");
    assertEquals(await server.message(), ["", "once"]);
    server.reset();
    await watch.next("disconnect");
    const again = await listener.accept();
    await again.handshake("REP");
    await watch.next("handshake");
    assertEquals((await failure(() => request.receive())).code, "EAGAIN");
    assertEquals(again.pending, 0, "something was sent again");
    assertEquals((await failure(() => request.send("again"))).code, "EFSM");
    Object.assign(request, { relaxed: true, correlate: false });
    await request.send("relaxed");
    assertEquals(await again.message(), ["", "relaxed"]);
    return { sent: 2, delivered: 2, doubled: 0, note: "EAGAIN, then EFSM unless relaxed" };
  });

  faultTest("askers reset before their reply (F-43, G6)", async (world) => {
    const { socket: reply, watch } = await target(world, "Reply");
    const count = 10;
    for (let round = 0; round < count; round++) {
      const asker = await RawPeer.dial(world, reply);
      await asker.handshake("REQ");
      asker.send(message("", "?"));
      assertEquals(texts(await within(reply.receive(), 5000, "the request")), ["?"]);
      asker.reset();
      await watch.next("disconnect");
      await reply.send("to nobody");
      const next = await RawPeer.dial(world, reply);
      await next.handshake("REQ");
      next.send(message("", "next"));
      assertEquals(texts(await within(reply.receive(), 5000, "the next request")), ["next"]);
      await reply.send("served");
      assertEquals(await next.message(), ["", "served"]);
      next.end();
      await watch.next("disconnect");
    }
    const { unroutable } = dropped(reply);
    assertEquals(unroutable, count);
    return { sent: 2 * count, delivered: count, counted: unroutable };
  });

  faultTest("a subscriber with three topics resets (F-44)", async (world) => {
    const { socket: xpub } = await target(world, "XPublisher");
    const holder = await RawPeer.dial(world, xpub);
    await holder.handshake("SUB");
    holder.send(command("SUBSCRIBE", "shared"));
    assertEquals(texts(await xpub.receive()), ["\x01shared"]);
    const peer = await RawPeer.dial(world, xpub);
    await peer.handshake("SUB");
    for (const topic of ["a", "b", "c", "shared"]) peer.send(command("SUBSCRIBE", topic));
    const heard = [];
    for (let count = 0; count < 3; count++) heard.push(...texts(await xpub.receive()));
    peer.reset();
    for (let count = 0; count < 3; count++) {
      heard.push(...texts(await within(xpub.receive(), 5000, "an unsubscription")));
    }
    assertEquals(heard.slice(3).sort(), ["\x00a", "\x00b", "\x00c"]);
    return { sent: 3, delivered: 3, note: "unsubscriptions; none for the topic that another holds" };
  });
});

function startReceiver(world: World, address: string): Child {
  return startChild(world, async ({ zmq, say, numberOf }, address) => {
    const pull = new zmq.Pull();
    await pull.bind(address);
    say("bound");
    for await (const [part] of pull) say(numberOf(part));
  }, address);
}

function startServer(world: World, address: string): Child {
  return startChild(world, async ({ zmq, say }, address) => {
    const reply = new zmq.Reply();
    await reply.bind(address);
    say("bound");
    for await (const parts of reply) await reply.send(parts);
  }, address);
}

function numbersOf(child: Child): number[] {
  return child.said.filter((value) => typeof value === "number");
}

/** A message, or nothing if none comes for a while. */
function receiveSoon(
  socket: { receive(options?: OperationOptions): Promise<Uint8Array[]> },
  timeout = 20,
): Promise<Uint8Array[] | undefined> {
  return socket.receive({ timeout }).catch(() => undefined);
}
