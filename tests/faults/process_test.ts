/**
 * What the system does to a process: it is frozen, its event loop stands still, its clock is set, it runs out of
 * descriptors or disk, and thousands come and go.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { elapse, texts, until, within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";
import { command, commandOf, message, RawListener, target } from "../wire/raw.ts";
import { startChild } from "./child.ts";
import { closedAgain, descriptors } from "./counts.ts";
import { faultGroup, faultTest, faultTestIf } from "./fault.ts";
import { numbered, numberOf, Tally } from "./tally.ts";

faultGroup("a process stands still", () => {
  faultTest("it is frozen, with heartbeats on both sides (F-50, G19)", async (world) => {
    const [interval, timeout, frozen] = [
      world.size(200, 1000),
      world.size(400, 2000),
      world.size(1500, 10000),
    ];
    const heartbeat = { heartbeatInterval: interval, heartbeatTimeout: timeout };
    const { socket, watch } = await target(world, "Dealer", heartbeat);
    const child = startChild(world, async ({ zmq, say }, { address, heartbeat }) => {
      const dealer = new zmq.Dealer({ ...heartbeat, reconnectInterval: 50 });
      dealer.connect(address);
      say("connected");
      for await (const [part] of dealer) await dealer.send(part);
    }, { address: socket.lastEndpoint!, heartbeat });
    await watch.next("handshake");
    child.freeze();
    const start = performance.now();
    await watch.next("disconnect", frozen);
    const took = performance.now() - start;
    assert(took >= timeout - 50 && took < interval + timeout + 1000, `dropped after ${took} ms`);
    await world.sleep(frozen - took);
    child.thaw();
    await watch.next("handshake");
    await socket.send("again");
    assertEquals(texts(await within(socket.receive(), 5000, "the answer")), ["again"]);
    return { sent: 1, delivered: 1, note: `dropped after ${Math.round(took)} ms, back after SIGCONT` };
  }, 40);

  faultTest("what came while it was frozen is heard before the peer is judged (F-50, G19)", async (world) => {
    const [interval, timeout, frozen] = [
      world.size(200, 1000),
      world.size(400, 2000),
      world.size(1500, 10000),
    ];
    const listener = await RawListener.open(world);
    const child = startChild(world, async ({ zmq, say }, { address, interval, timeout }) => {
      const pull = new zmq.Pull({ heartbeatInterval: interval, heartbeatTimeout: timeout });
      pull.events.on("disconnect", () => say("disconnect"));
      pull.connect(address);
      for await (const [part] of pull) say(part!.toString());
    }, { address: listener.address, interval, timeout });
    const peer = await listener.accept(10000);
    await peer.handshake("PUSH");
    // Its first PING is there, and what answers it comes when it is frozen.
    assertEquals(commandOf(await peer.frame()).name, "PING");
    child.freeze();
    peer.send(command("PONG"), message("while it was frozen"));
    await world.sleep(frozen);
    child.thaw();
    assertEquals(await child.next(), "while it was frozen");
    const start = performance.now();
    let pings = 0;
    while (performance.now() - start < interval * 0.8) {
      const found = await peer.frame(interval).catch(() => undefined);
      if (found === undefined) break;
      assertEquals(commandOf(found).name, "PING");
      peer.send(command("PONG"));
      if (performance.now() - start < interval * 0.8) pings++;
    }
    assert(pings <= 2, `${pings} PINGs at once`);
    peer.send(message("and after"));
    assertEquals(await child.next(), "and after");
    assertEquals(listener.count, 1);
    return { sent: 2, delivered: 2, note: `the connection stays, ${pings} PING at once` };
  }, 40);

  faultTest("its event loop is blocked, by the receiver itself (F-54, G19)", async (world) => {
    const stall = world.size(1000, 5000);
    const push = world.socket("Push");
    const watch = world.watch(push);
    await push.bind(world.address("tcp"));
    const child = startChild(world, async ({ zmq, say, hear, numberOf }, { address, stall, count }) => {
      const pull = new zmq.Pull({ heartbeatInterval: 100, heartbeatTimeout: 200, heartbeatTimeToLive: 0 });
      let lost = 0;
      pull.events.on("disconnect", () => lost++);
      pull.connect(address);
      say("connected");
      await hear();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stall);
      const numbers = [];
      while (numbers.length < count) numbers.push(numberOf((await pull.receive())[0]!));
      say({ numbers, lost });
    }, { address: push.lastEndpoint!, stall, count: 5000 });
    await watch.next("handshake");
    child.tell("block");
    const start = performance.now();
    for (let number = 0; number < 5000; number++) {
      await push.send(numbered(number, 100));
      if (number % 100 === 0) await elapse(stall / 100);
    }
    assert(performance.now() - start > stall / 2, "it was not blocked while messages came");
    await child.next();
    const { numbers, lost } = await child.next() as { numbers: number[]; lost: number };
    const tally = new Tally();
    for (const number of numbers) tally.hear(number);
    assertEquals([tally.delivered, tally.doubled, tally.disordered, lost], [5000, 0, 0, 0]);
    return tally.figures(5000, { note: `blocked for ${stall} ms, heartbeats of 100/200 ms, no disconnect` });
  });

  faultTest("the system's clock is set an hour forward, and back (F-51)", async (world) => {
    const { socket, watch } = await target(world, "Dealer");
    const child = startChild(world, async ({ zmq, say, hear }, address) => {
      const dealer = new zmq.Dealer({
        heartbeatInterval: 50,
        heartbeatTimeout: 150,
        heartbeatTimeToLive: 500,
      });
      dealer.connect(address);
      say("connected");
      const { now } = Date;
      for (const step of [3_600_000, -3_600_000]) {
        await hear();
        Date.now = () => now() + step;
        const start = performance.now();
        const code = await dealer.receive({ timeout: 300 }).catch((error: { code: string }) => error.code);
        say({ code, took: performance.now() - start, said: Date.now() - now() });
      }
      for await (const parts of dealer) await dealer.send(parts);
    }, socket.lastEndpoint!);
    await watch.next("handshake");
    await child.next();
    for (const step of [3_600_000, -3_600_000]) {
      child.tell("step");
      const { code, took, said } = await child.next() as { code: string; took: number; said: number };
      assertEquals(code, "EAGAIN");
      assert(Math.abs(said - step) < 1000, "the clock was not set");
      assert(took > 290 && took < 1300, `a time-out of 300 ms took ${took}`);
    }
    await socket.send("same connection");
    assertEquals(texts(await within(socket.receive(), 5000, "the answer")), ["same connection"]);
    assertEquals([watch.count("handshake"), watch.count("disconnect")], [1, 0]);
    return { sent: 1, delivered: 1, note: "heartbeats and time-outs go by a clock that only goes forward" };
  });
});

faultGroup("something runs out", () => {
  faultTest("descriptors, with 64 allowed and 100 connections (F-49)", async (world) => {
    const child = startChild(
      world,
      async ({ zmq, say, numberOf }) => {
        const pull = new zmq.Pull();
        pull.events.on(
          "accept:error",
          ({ error }: { error: { code?: string } }) => say({ refused: error.code }),
        );
        await pull.bind("tcp://127.0.0.1:*");
        say({ endpoint: pull.lastEndpoint });
        for await (const [part] of pull) say({ number: numberOf(part!) });
      },
      null,
      { before: "ulimit -n 64" },
    );
    const { endpoint } = await child.next() as { endpoint: string };
    const push = world.socket("Push");
    const watch = world.watch(push);
    push.connect(endpoint);
    await watch.next("handshake");
    const sockets: Socket[] = [];
    world.atEnd(() => sockets.forEach((socket) => socket.destroy()));
    for (let count = 0; count < 100; count++) {
      const socket = connect(Number(endpoint.split(":").pop()), "127.0.0.1");
      socket.on("error", () => {});
      sockets.push(socket);
      await new Promise<void>((resolve) => socket.on("connect", resolve).on("close", () => resolve()));
    }
    const heard = (key: string) => child.said.filter((said) => key in (said as object));
    for (let number = 0; number < 10; number++) await push.send(numbered(number));
    await until("who is there is served", () => heard("number").length === 10);
    if (tellsOfAccepts) await until("the failed accept is told", () => heard("refused").length > 0);
    for (const socket of sockets) socket.destroy();
    const next = world.socket("Push", { reconnectInterval: 20 });
    next.connect(endpoint);
    await next.send(numbered(10));
    await until("the next is served", () => heard("number").length === 11);
    assertEquals(watch.count("disconnect"), 0);
    const codes = [...new Set(heard("refused").map((said) => (said as { refused: string }).refused))];
    return {
      sent: 11,
      delivered: 11,
      note: `accept:error ${codes.join(", ") || "not told by this runtime"}`,
    };
  });

  faultTestIf(
    ownMounts(),
    "disk: none left for a Unix socket, one that is read-only, and a path that is too long",
    async (world) => {
      const folder = dirname(world.path());
      const child = startChild(
        world,
        async ({ zmq, say }, folder) => {
          const pull = new zmq.Pull();
          const told: string[] = [];
          pull.events.on(
            "bind:error",
            ({ error }: { error: { code?: string } }) => told.push(error.code ?? ""),
          );
          for (const path of ["full/x.sock", "still/x.sock", "x".repeat(200)]) {
            const bound = pull.bind(`ipc://${folder}/${path}`);
            say(await bound.then(() => "bound", (error: { code: string }) => error.code));
          }
          await pull.bind(`ipc://${folder}/good.sock`);
          const push = new zmq.Push();
          push.connect(`ipc://${folder}/good.sock`);
          await push.send("goes on");
          say((await pull.receive()).toString());
          say(told);
        },
        folder,
        {
          ownMounts: true,
          before: `mount -t tmpfs tmpfs ${folder} && mkdir ${folder}/full ${folder}/still && ` +
            `mount -t tmpfs -o size=4k,nr_inodes=1 tmpfs ${folder}/full && ` +
            `mount -t tmpfs -o ro tmpfs ${folder}/still`,
        },
      );
      const said = [];
      for (let count = 0; count < 5; count++) said.push(await child.next());
      const [full, still, long, message, told] = said;
      assertEquals([full, still, long, message], ["ENOSPC", "EROFS", "ENAMETOOLONG", "goes on"]);
      assertEquals(told, ["ENOSPC", "EROFS", "ENAMETOOLONG"]);
      return { sent: 1, delivered: 1, note: "ENOSPC, EROFS, ENAMETOOLONG, and the next bind works" };
    },
  );

  faultTest("connections: thousands come and go, beside one that stays", async (world) => {
    const router = world.socket("Router");
    // Counted and not kept: ten thousand events with all their details are megabytes of the test's own.
    let [came, gone] = [0, 0];
    router.events.on("handshake", () => came++);
    router.events.on("disconnect", () => gone++);
    await router.bind(world.address("tcp"));
    const count = world.size(500, 10_000);
    const dealer = world.socket("Dealer");
    dealer.connect(router.lastEndpoint!);
    await until("the one that stays is there", () => came === 1);
    const before = descriptors();
    let served = 0;
    const serving = (async () => {
      for await (const parts of router) {
        await router.send(parts);
        served++;
      }
    })();
    const crowd = startChild(world, async ({ say }, { port, count, greeting, ready, hello }) => {
      const { connect } = (globalThis as unknown as {
        process: { getBuiltinModule(name: string): typeof import("node:net") };
      }).process.getBuiltinModule("node:net");
      const octets = Uint8Array.from([...greeting, ...ready, ...hello]);
      let [left, answered] = [count, 0];
      const one = () =>
        new Promise<void>((resolve) => {
          const socket = connect(port, "127.0.0.1");
          let heard = 0;
          socket.on("error", () => {});
          socket.on("close", () => resolve());
          socket.on("connect", () => socket.write(octets));
          socket.on("data", (chunk) => {
            heard += chunk.length;
            // Its own message came back, behind greeting and READY; half of them leave in order.
            if (!chunk.subarray(-5).every((octet, index) => octet === hello.at(index - 5))) return;
            answered++;
            if (heard % 2) socket.end();
            else socket.destroy();
          });
        });
      const runners = Array.from({ length: 100 }, async () => {
        while (left-- > 0) await one();
      });
      await Promise.all(runners);
      say(answered);
    }, {
      port: Number(router.lastEndpoint!.split(":").pop()),
      count,
      greeting: [...GREETING],
      ready: [...READY],
      hello: [...message("hello")],
    });
    const tally = new Tally();
    let worst = 0;
    const beside = async () => {
      for (let number = 0; !crowd.said.length; number++) {
        const start = performance.now();
        await dealer.send(numbered(number));
        tally.hear(numberOf((await within(dealer.receive(), 5000, `answer ${number}`))[0]!));
        worst = Math.max(worst, performance.now() - start);
        await elapse(5);
      }
    };
    await beside();
    const answered = await crowd.next() as number;
    assertEquals(answered, count);
    await until("all have gone", () => gone === count);
    await closedAgain(before);
    router.close();
    await serving;
    assertEquals([tally.gaps, tally.doubled, tally.disordered, came], [
      0,
      0,
      0,
      count + 1,
    ]);
    assert(served >= count + tally.delivered);
    // The heap is as large after it as before; what grows is the nursery, which V8 and JavaScriptCore give back late.
    const note = `the one that stays is answered within ${Math.ceil(worst)} ms`;
    return { sent: count, delivered: answered, bound: 64, note };
  }, 58);

  faultTest("subscribers join and leave while messages flow (F-53)", async (world) => {
    const pub = world.socket("XPublisher");
    let gone = 0;
    pub.events.on("disconnect", () => gone++);
    await pub.bind(world.address("tcp"));
    const seconds = world.size(3, 45);
    const body = numbered(0, 1000);
    const stays = world.socket("Subscriber");
    stays.subscribe("");
    stays.connect(pub.lastEndpoint!);
    assertEquals(texts(await within(pub.receive(), 5000, "the subscription")), ["\x01"]);
    const notices = (async () => {
      for await (const _ of pub);
    })();
    const tally = new Tally();
    const reading = (async () => {
      for await (const [part] of stays) tally.hear(numberOf(part!));
    })();
    let [sent, joined] = [0, 0];
    const rest: number[] = [];
    const open = new Set<{ close(): unknown }>();
    world.atEnd(() => open.forEach((sub) => sub.close()));
    let before: number | undefined;
    const start = performance.now();
    for (let tick = 0; tick < seconds * 50; tick++) {
      // Not the world's, which keeps what it closes at its end.
      const sub = new zmq.Subscriber({ linger: 0 });
      sub.subscribe("");
      sub.connect(pub.lastEndpoint!);
      open.add(sub);
      joined++;
      if (open.size > 10) {
        const [oldest] = open;
        open.delete(oldest!);
        oldest!.close();
      }
      for (let each = 0; each < 20; each++) {
        new DataView(body.buffer).setUint32(0, sent++);
        await pub.send(body.slice());
      }
      if (tick % 50 === 49) rest.push(residentMiB());
      if (tick === 50) before = descriptors();
      await elapse(Math.max(1, start + tick * 20 - performance.now()));
    }
    await until("all that was sent is there", () => tally.delivered === sent);
    for (const sub of open) sub.close();
    await until("all have left", () => gone === joined);
    await closedAgain(before);
    stays.close();
    pub.close();
    await Promise.all([reading, notices]);
    assertEquals([tally.doubled, tally.disordered], [0, 0]);
    // The last third against the one before, by their medians: a heap that is not collected yet is no drift.
    const third = Math.floor(rest.length / 3);
    const drift = median(rest.slice(-third)) - median(rest.slice(third, 2 * third));
    assert(drift < 16 + 64, `grew by ${drift} MiB, from third to third`);
    return tally.figures(sent, {
      note: `${joined} joined and left in ${seconds} s; ${drift} MiB from third to third`,
    });
  }, 58);
});

const GREETING = Uint8Array.from([
  ...[0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1],
  ..."NULL".padEnd(20, "\0").split("").map((each) => each.charCodeAt(0)),
  ...new Uint8Array(32),
]);
const READY = command(
  "READY",
  [11, ..."Socket-Type".split("").map((c) => c.charCodeAt(0)), 0, 0, 0, 6].concat(
    "DEALER".split("").map((c) => c.charCodeAt(0)),
  ),
);

/** Node's own loop accepts and closes such a connection without a word, and Bun leaves it waiting. */
const tellsOfAccepts = "Deno" in globalThis;

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

function residentMiB(): number {
  return Math.round(process.memoryUsage().rss / (1 << 20));
}

/** Why no file system can be mounted here; `undefined`: it can. */
function ownMounts(): string | undefined {
  const { status } = spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs tmpfs /tmp"]);
  return status === 0 ? undefined : "no mounts of our own";
}
