/**
 * Receivers that are slow, frozen or never read. What a type may not drop waits or is refused; what it may drop is
 * counted: what was accepted is what is delivered and what the socket says it dropped.
 *
 * @module
 */

import { connect } from "node:net";
import { assert, assertEquals } from "@std/assert";
import type { OperationOptions } from "../../mod.ts";
import { elapse, type Scope, texts, until, within } from "../interop/scope.ts";
import { type AnySocket, loose } from "../interop/subject.ts";
import { command, RawPeer, target } from "../wire/raw.ts";
import { startChild } from "./child.ts";
import { dropped, toldOfDrops } from "./counts.ts";
import { faultGroup, faultTest, type Figures } from "./fault.ts";
import { numbered, numberOf, sum, Tally } from "./tally.ts";

faultGroup("a queue is full", () => {
  faultTest("of our own connect, with nobody there (F-11, G8, G15)", async (world) => {
    const address = await world.freeAddress("tcp");
    const push = world.socket("Push", { sendHighWaterMark: 10, sendTimeout: 0, reconnectInterval: 10 });
    push.connect(address);
    let accepted = await sendUntilRefused(push, 0);
    assertEquals(accepted, 10);
    push.sendHighWaterMark = 20;
    accepted += await sendUntilRefused(push, accepted);
    assertEquals(accepted, 20);
    push.sendHighWaterMark = 5;
    assertEquals(await sendUntilRefused(push, accepted), 0);
    const pull = world.socket("Pull");
    await pull.bind(address);
    const tally = new Tally();
    for (; tally.delivered < accepted;) {
      tally.hear(numberOf((await within(pull.receive(), 5000, "what was queued"))[0]!));
    }
    push.sendTimeout = 5000;
    await push.send(numbered(accepted));
    tally.hear(numberOf((await within(pull.receive(), 5000, "sending to resume"))[0]!));
    assertEquals([tally.delivered, tally.doubled, tally.disordered], [accepted + 1, 0, 0]);
    return tally.figures(accepted + 1, { note: "10 accepted at a mark of 10, 20 at 20, none more at 5" });
  });

  faultTest("of a bound PUSH without peers there is none (F-12, G8)", async (world) => {
    const push = world.socket("Push", { sendTimeout: 0 });
    await push.bind(world.address("tcp"));
    assertEquals(await sendUntilRefused(push, 0), 0);
    return { sent: 0, delivered: 0, note: "none accepted" };
  });

  faultTest("to a peer that never reads (F-13, G4, G14)", async (world) => {
    const { socket: push, watch } = await target(world, "Push", { sendHighWaterMark: 10, sendTimeout: 0 });
    const peer = await RawPeer.dial(world, push);
    await peer.handshake("PULL");
    await watch.next("handshake");
    peer.pause();
    const accepted = await fill(push, 1000);
    assert(accepted >= 10, `${accepted}`);
    // Kernels hold the rest: Linux gives a send buffer 4 MiB, and a receive buffer that nobody reads some more.
    assert(accepted < 10 + 40_000, `${accepted} of 1000 octets were accepted`);
    return {
      sent: accepted,
      delivered: 0,
      note: `10 in the queue, ${accepted - 10} in the kernels`,
      bound: 1,
    };
  });

  faultTest("inproc adds both marks (F-14, G14)", async (world) => {
    const figures = [];
    for (const mark of [1000, 1]) {
      const address = world.address("inproc");
      const pull = world.socket("Pull", { receiveHighWaterMark: mark });
      await pull.bind(address);
      const push = world.socket("Push", { sendHighWaterMark: mark, sendTimeout: 0 });
      push.connect(address);
      const accepted = await sendUntilRefused(push, 0);
      assertEquals(accepted, 2 * mark);
      const tally = new Tally();
      for (let count = 0; count < accepted; count++) tally.hear(numberOf((await pull.receive())[0]!));
      figures.push(tally.figures(accepted));
    }
    return sum(figures, { note: "2000 at 1000 and 1000, 2 at 1 and 1" });
  });

  faultTest("to a receiver that is frozen, and goes on (F-15, G1, G4, G7)", async (world) => {
    const push = world.socket("Push", { sendHighWaterMark: 10, sendTimeout: 0 });
    const watch = world.watch(push);
    await push.bind(world.address("tcp"));
    const receiver = startChild(world, async ({ zmq, say, hear, numberOf }, address) => {
      const pull = new zmq.Pull({ receiveHighWaterMark: 10 });
      pull.connect(address);
      say("connected");
      const count = await hear();
      const numbers = [];
      while (numbers.length < (count as number)) numbers.push(numberOf((await pull.receive())[0]!));
      say(numbers);
    }, push.lastEndpoint!);
    await receiver.next();
    await watch.next("handshake");
    receiver.freeze();
    const accepted = await fill(push, 1000);
    assert(accepted < 20000, "nothing was refused");
    receiver.thaw();
    receiver.tell(accepted);
    const tally = new Tally();
    for (const number of await receiver.next() as number[]) tally.hear(number);
    assertEquals([tally.delivered, tally.doubled, tally.disordered], [accepted, 0, 0]);
    return tally.figures(accepted, { bound: 8, note: `refused after ${accepted} of 1 kB` });
  });

  faultTest("of a ROUTER to a peer that reads no replies (F-38, G6)", async (world) => {
    const router = world.socket("Router");
    await router.bind(world.address("tcp"));
    const count = world.size(3000, 3000);
    const slow = startChild(world, async ({ zmq, say, hear, numbered }, { address, count }) => {
      const dealer = new zmq.Dealer({ receiveHighWaterMark: 10, sendHighWaterMark: 0 });
      dealer.connect(address);
      for (let number = 0; number < count; number++) await dealer.send(numbered(number, 10_000));
      say("sent");
      await hear();
      let received = 0;
      while (await dealer.receive({ timeout: 1000 }).catch(() => undefined)) received++;
      say(received);
    }, { address: router.lastEndpoint!, count });
    const other = world.socket("Dealer");
    other.connect(router.lastEndpoint!);
    let [served, worst] = [0, 0];
    const serving = (async () => {
      while (served < count + 10) {
        const parts = await router.receive();
        await router.send(parts);
        served++;
      }
    })();
    for (let number = 0; number < 10; number++) {
      await until("some were served", () => served > number * count / 12);
      const start = performance.now();
      await other.send(numbered(number));
      await within(other.receive(), 5000, "another's answer");
      worst = Math.max(worst, performance.now() - start);
    }
    await within(serving, 20000, "all requests");
    assertEquals(await slow.next(), "sent");
    const { full } = dropped(router);
    assert(worst < 1000, `another waited ${worst} ms`);
    slow.tell("read");
    const delivered = await slow.next() as number;
    assertEquals(delivered + full, count);
    assert(full > 0, "nothing was dropped");
    const note = `another is answered within ${Math.ceil(worst)} ms`;
    return { sent: count, delivered, counted: full, bound: 60, note };
  });

  faultTest("one peer floods a ROUTER and another asks (F-39, G16)", async (world) => {
    const router = world.socket("Router");
    await router.bind(world.address("tcp"));
    const flood = startChild(world, async ({ zmq, say, numbered }, address) => {
      const dealer = new zmq.Dealer();
      dealer.connect(address);
      for (let number = 0;; number++) {
        await dealer.send(["flood", numbered(number)]);
        if (number === 1000) say("flooding");
      }
    }, router.lastEndpoint!);
    let flooded = 0;
    const serving = (async () => {
      for await (const parts of router) {
        if (parts.length === 3) flooded++;
        else await router.send(parts);
      }
    })();
    await flood.next();
    const asker = world.socket("Dealer");
    asker.connect(router.lastEndpoint!);
    let worst = 0;
    for (let number = 0; number < 20; number++) {
      const start = performance.now();
      await asker.send(numbered(number));
      assertEquals(numberOf((await within(asker.receive(), 5000, `answer ${number}`))[0]!), number);
      worst = Math.max(worst, performance.now() - start);
    }
    await flood.kill();
    assert(worst < 2000 && flooded > 0, `answered after ${worst} ms`);
    router.close();
    await serving;
    return { sent: 20, delivered: 20, note: `within ${Math.ceil(worst)} ms, ${flooded} others meanwhile` };
  });

  faultTest("of two senders each message counts the same, whatever its size (G16)", async (world) => {
    const pull = world.socket("Pull");
    const watch = world.watch(pull);
    await pull.bind(world.address("tcp"));
    for (const size of [5, 400]) {
      const push = world.socket("Push");
      push.connect(pull.lastEndpoint!);
      for (let number = 0; number < 100; number++) await push.send(numbered(number, size));
      await watch.next("handshake");
    }
    // Nothing tells that all have come; they are 42 kB.
    await elapse(100);
    const sizes: number[] = [];
    const hear = async () => sizes.push((await within(pull.receive(), 5000, "a message"))[0]!.length);
    while (!sizes.includes(5) || !sizes.includes(400)) await hear();
    const before = sizes.length;
    while (sizes.length < before + 40) await hear();
    const small = sizes.slice(before).filter((size) => size === 5).length;
    assert(small >= 18 && small <= 22, `${small} of 40 are of the one`);
    while (sizes.length < 200) await hear();
    return { sent: 200, delivered: 200, note: `${small} and ${40 - small} of 40` };
  });
});

faultGroup("a subscriber is slow", () => {
  faultTest("one never reads and another misses nothing (F-16, G5)", async (world) => {
    const { socket: pub, watch } = await target(world, "XPublisher", { sendHighWaterMark: 100 });
    const never = await RawPeer.dial(world, pub);
    await never.handshake("SUB");
    never.send(command("SUBSCRIBE", "n"));
    assertEquals(texts(await pub.receive()), ["\x01n"]);
    never.pause();
    const reader = startChild(world, async ({ zmq, say, numberOf }, address) => {
      const sub = new zmq.Subscriber();
      sub.subscribe("r");
      sub.connect(address);
      const numbers: number[] = [];
      for await (const [topic, number] of sub) {
        if (topic.toString() === "rend") break;
        numbers.push(numberOf(number!));
      }
      say(numbers);
    }, pub.lastEndpoint!);
    assertEquals(texts(await within(pub.receive(), 10000, "the reader's subscription")), ["\x01r"]);
    const milliseconds = world.size(800, 3000);
    const body = new Uint8Array(5000);
    let [sent, stall] = [0, 0];
    const start = performance.now();
    for (let due = 0; due < milliseconds; due++) {
      for (let each = 0; each < 5; each++) {
        const before = performance.now();
        await pub.send(["n", body]);
        await pub.send(["r", numbered(sent++)]);
        stall = Math.max(stall, performance.now() - before);
      }
      if (performance.now() - start < due) await elapse(1);
    }
    const { full } = dropped(pub);
    await pub.send(["rend", ""]);
    const tally = new Tally();
    for (const number of await reader.next() as number[]) tally.hear(number);
    assertEquals([tally.delivered, tally.doubled, tally.disordered, tally.gaps], [sent, 0, 0, 0]);
    assert(full > 0, "nothing was dropped for the one that never reads");
    await toldOfDrops(watch, "full", full);
    assert(stall < 500, `send() took ${stall} ms`);
    return {
      reader: tally.figures(sent, { bound: 16 }),
      "never reads": {
        sent,
        delivered: 0,
        counted: full,
        note: `${sent - full} in its queue and the kernels`,
      },
    };
  }, 40);

  faultTest("it is frozen, and then reads on (F-17, G1, G5)", async (world) => {
    const { socket: pub } = await target(world, "XPublisher", { sendHighWaterMark: 100 });
    const reader = startChild(world, async ({ zmq, say, numberOf }, address) => {
      const sub = new zmq.Subscriber({ receiveHighWaterMark: 100 });
      sub.subscribe("");
      sub.connect(address);
      for await (const [part] of sub) say(numberOf(part));
    }, pub.lastEndpoint!);
    assertEquals(texts(await within(pub.receive(), 10000, "the subscription")), ["\x01"]);
    reader.freeze();
    const count = world.size(20000, 20000);
    let sent = 0;
    for (; sent < count; sent++) await pub.send(numbered(sent, 506));
    const { full } = dropped(pub);
    reader.thaw();
    // Its queue is full still: what is sent from here on may find room or not.
    while (((reader.said.at(-1) ?? 0) as number) < count) {
      await pub.send(numbered(sent++, 506));
      await elapse(5);
    }
    await until("all that was not dropped is there", () => {
      return reader.said.length + dropped(pub).full === sent;
    });
    const tally = new Tally();
    for (const number of reader.said as number[]) tally.hear(number);
    assertEquals([tally.numbers[0], tally.doubled, tally.disordered], [0, 0, 0]);
    assertEquals(tally.gaps, 1);
    assert(full > 0, "nothing was dropped");
    return tally.figures(sent, { counted: dropped(pub).full, bound: 4, note: "one gap" });
  });

  faultTest("it comes late (F-18, G13)", async (world) => {
    const pub = world.socket("Publisher");
    await pub.bind(world.address("tcp"));
    let tick = 0;
    const timer = setInterval(() => void pub.send(numbered(tick++)), world.size(5, 20));
    world.atEnd(() => clearInterval(timer));
    await until("more than 20 ticks are gone", () => tick > world.size(25, 50));
    const sub = world.socket("Subscriber");
    sub.subscribe("");
    sub.connect(pub.lastEndpoint!);
    const tally = new Tally();
    for (let count = 0; count < 50; count++) {
      tally.hear(numberOf((await within(sub.receive(), 5000, "a tick"))[0]!));
    }
    clearInterval(timer);
    assert(tally.numbers[0]! > 20, `the first is ${tally.numbers[0]}`);
    assertEquals([tally.gaps, tally.doubled, tally.disordered], [0, 0, 0]);
    return tally.figures(tally.highest + 1, { note: `from tick ${tally.numbers[0]} on, none missing` });
  });

  faultTest("noDrop turns a drop into EAGAIN (F-45, G5)", async (world) => {
    const { socket: pub } = await target(world, "XPublisher", {
      noDrop: true,
      sendTimeout: 0,
      sendHighWaterMark: 2000,
    });
    const reader = startChild(world, async ({ zmq, say, sleep, numberOf }, { address, count }) => {
      const sub = new zmq.Subscriber({ receiveHighWaterMark: 100 });
      sub.subscribe("");
      sub.connect(address);
      const numbers = [];
      while (numbers.length < count) {
        if (numbers.length % 500 === 0) await sleep(20);
        numbers.push(numberOf((await sub.receive())[0]!));
      }
      say(numbers);
    }, { address: pub.lastEndpoint!, count: 6000 });
    assertEquals(texts(await within(pub.receive(), 10000, "the subscription")), ["\x01"]);
    let refused = 0;
    for (let sent = 0; sent < 6000;) {
      const code = await pub.send(numbered(sent, 4000)).then(() => void sent++, (error) => error.code);
      if (code === undefined) continue;
      assertEquals(code, "EAGAIN");
      refused++;
      await elapse(1);
    }
    const tally = new Tally();
    for (const number of await reader.next() as number[]) tally.hear(number);
    assertEquals([tally.delivered, tally.doubled, tally.disordered], [6000, 0, 0]);
    assert(refused > 0, "nothing was refused");
    return tally.figures(6000, { counted: dropped(pub).full, note: `${refused} times EAGAIN` });
  });

  faultTest("conflate keeps the newest alone (F-46)", async (world) => {
    const address = await world.freeAddress("tcp");
    const push = world.socket("Push", { conflate: true, reconnectInterval: 10 });
    push.connect(address);
    for (let number = 0; number < 20; number++) await push.send(numbered(number));
    const pull = world.socket("Pull", { conflate: true });
    await pull.bind(address);
    assertEquals(numberOf((await within(pull.receive(), 5000, "the newest"))[0]!), 19);
    assertEquals(await receiveSoon(pull, 50), undefined);
    const { conflated } = dropped(push);
    assertEquals(conflated, 19);
    return { sent: 20, delivered: 1, counted: conflated, note: "the last" };
  });
});

/** What a type does when its peer's queue is full. */
type Policy = "refuses" | "drops";

/** Begins as no subscription does. */
const WHAT = new Uint8Array(20_000).fill(9);

faultGroup("a slow reader", () => {
  for (
    const [sender, reader, policy] of [
      ["Push", "Pull", "refuses"],
      ["Dealer", "Dealer", "refuses"],
      ["Dealer", "Router", "refuses"],
      ["Pair", "Pair", "refuses"],
      ["Scatter", "Gather", "refuses"],
      ["Channel", "Channel", "refuses"],
      ["Client", "Server", "refuses"],
      ["Server", "Client", "refuses"],
      ["Peer", "Peer", "refuses"],
      ["XSubscriber", "XPublisher", "drops"],
      ["Router", "Dealer", "drops"],
      ["Publisher", "Subscriber", "drops"],
      ["XPublisher", "XSubscriber", "drops"],
      ["Radio", "Dish", "drops"],
    ] as const
  ) {
    faultTest(`${reader} behind ${sender}, which ${policy} (G4, G5, G6, G7)`, (world) => {
      return slowReader(world, sender, reader, policy);
    });
  }

  faultTest("a program behind a STREAM, which refuses (G4, G7)", async (world) => {
    const { socket: stream } = await target(world, "Stream", { sendHighWaterMark: 10, sendTimeout: 0 });
    const socket = connect(Number(stream.lastEndpoint!.split(":").pop()), "127.0.0.1");
    world.atEnd(() => socket.destroy());
    socket.on("error", () => {});
    socket.pause();
    const [id] = await within(stream.receive(), 5000, "the connection");
    let accepted = 0;
    for (let refused = 0; refused < 5 && accepted < 1000;) {
      const taken = await stream.send([id!, WHAT] as never).then(() => true, () => false);
      if (taken) accepted++;
      else {
        refused++;
        await elapse(5);
      }
    }
    assert(accepted < 1000, "nothing was refused");
    let octets = 0;
    socket.on("data", (chunk: Uint8Array) => octets += chunk.length);
    socket.resume();
    await until("all octets are there", () => octets === accepted * WHAT.length);
    return { sent: accepted, delivered: accepted, bound: 8 };
  });
});

/** Fills the way to a reader that does not read; then it reads all, and nothing is missing that is not counted. */
async function slowReader(world: Scope, from: string, to: string, policy: Policy): Promise<Figures> {
  const marks = { linger: 0 };
  const sender = world.own(new loose[from]({ ...marks, sendHighWaterMark: 10, sendTimeout: 0 }));
  const readerOptions = to === "Dealer" && from === "Router" ? { routingId: "reader" } : {};
  const reader = world.own(new loose[to]({ ...marks, receiveHighWaterMark: 10, ...readerOptions }));
  await sender.bind(world.address("tcp"));
  const watch = world.watch(sender);
  if (to === "Subscriber") reader.subscribe("");
  if (to === "XSubscriber") await reader.send("\x01");
  if (to === "Dish") reader.join("group");
  const id: number = to === "Peer" ? reader.connectPeer(sender.lastEndpoint) : 0;
  if (to !== "Peer") reader.connect(sender.lastEndpoint);
  await watch.next("handshake");
  const give = await giverOf(from, sender, reader, id);
  let accepted = 0;
  for (let refused = 0; refused < 5 && accepted < 1000;) {
    const error = await give().then(() => undefined, (error: { code: string }) => error);
    if (error === undefined) {
      if (++accepted % 50 === 0) await turn();
      continue;
    }
    assertEquals(error.code, "EAGAIN");
    refused++;
    await elapse(5);
  }
  const { full } = dropped(sender);
  if (policy === "refuses") {
    assertEquals([accepted < 1000, full], [true, 0], `${accepted} accepted, ${full} dropped`);
  } else assert(accepted === 1000 && full > 0, `${accepted} accepted, ${full} dropped`);
  let delivered = 0;
  while (delivered < accepted - full) {
    const received = await within(reader.receive() as Promise<unknown[]>, 5000, () => `message ${delivered}`);
    const body = received.findLast((part) => part instanceof Uint8Array) as Uint8Array;
    assertEquals(body.length, WHAT.length);
    delivered++;
  }
  assertEquals(await receiveSoon(reader, 20), undefined, "there are more than were accepted");
  return { sent: accepted, delivered, counted: full, bound: 16 };
}

/** What sends one message to the reader, which has been heard of if it must be. */
async function giverOf(
  from: string,
  // deno-lint-ignore no-explicit-any
  sender: any,
  // deno-lint-ignore no-explicit-any
  reader: any,
  id: number,
): Promise<() => Promise<void>> {
  switch (from) {
    case "Router":
      await reader.send("here");
      await sender.receive();
      return () => sender.send(["reader", WHAT]);
    case "Server":
    case "Peer": {
      await reader.send("here", id === 0 ? undefined : { routingId: id });
      const [, { routingId }] = await sender.receive();
      return () => sender.send(WHAT, { routingId });
    }
    case "Radio":
      await untilHeard(() => sender.send("x", { group: "group" }), reader);
      return () => sender.send(WHAT, { group: "group" });
    case "Publisher":
      await untilHeard(() => sender.send("x"), reader);
      return () => sender.send(WHAT);
    case "XPublisher":
      await sender.receive();
      return () => sender.send(WHAT);
    default:
      return () => sender.send(WHAT);
  }
}

/** Sends until one arrives: the subscription is there then. */
async function untilHeard(
  give: () => Promise<void>,
  reader: { receive(options: OperationOptions): Promise<Uint8Array[]> },
): Promise<void> {
  await until("the subscription is there", async () => {
    await give();
    return await receiveSoon(reader, 5) !== undefined;
  });
  while (await receiveSoon(reader, 20) !== undefined);
}

/** Sends numbers until one is refused; answers how many were accepted. */
async function sendUntilRefused(push: AnySocket, first: number): Promise<number> {
  for (let accepted = 0;; accepted++) {
    const taken = await push.send(numbered(first + accepted)).then(() => true, (error) => {
      assertEquals(error.code, "EAGAIN");
      return false;
    });
    if (!taken) return accepted;
  }
}

/** Sends numbered messages of this size until they are refused for good; answers how many were accepted. */
async function fill(push: AnySocket, size: number): Promise<number> {
  let accepted = 0;
  // One refusal can be a matter of the moment: full is what still refuses after the kernel took its share.
  for (let refused = 0; refused < 20;) {
    const taken = await push.send(numbered(accepted, size)).then(() => true, () => false);
    if (taken) {
      accepted++;
      refused = 0;
    } else {
      refused++;
      await elapse(2);
    }
  }
  return accepted;
}

function receiveSoon(
  socket: { receive(options?: OperationOptions): Promise<Uint8Array[]> },
  timeout: number,
): Promise<Uint8Array[] | undefined> {
  return socket.receive({ timeout }).catch(() => undefined);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
