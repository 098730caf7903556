/**
 * Sockets that are closed and processes that end, in every state: how long it takes, and whether what waits is still
 * delivered.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { OperationOptions } from "../../mod.ts";
import { failure, within } from "../interop/scope.ts";
import { type AnySocket, zmq } from "../interop/subject.ts";
import { RawListener, RawPeer, target } from "../wire/raw.ts";
import { startChild } from "./child.ts";
import { closedAgain, descriptors, dropped } from "./counts.ts";
import { faultGroup, faultTest, type Figures, type World } from "./fault.ts";
import { Proxy } from "./proxy.ts";
import { numbered, numberOf, Tally } from "./tally.ts";

faultGroup("close()", () => {
  faultTest("with messages for a peer that comes half a second later (F-30, G11)", async (world) => {
    const figures: Record<string, Figures> = {};
    for (const linger of [-1, 0, 2000]) {
      const address = await world.freeAddress("tcp");
      const context = new zmq.Context();
      const push = new zmq.Push({ context, linger, reconnectInterval: 20 });
      push.connect(address);
      for (let number = 0; number < 100; number++) await push.send(numbered(number));
      const start = performance.now();
      push.close();
      assert(performance.now() - start < 200, "close() waited");
      const over = context.close().then(() => performance.now() - start);
      if (linger === 0) assert(await within(over, 2000, "its end") < 900);
      await world.sleep(world.size(200, 500));
      const pull = world.socket("Pull");
      await pull.bind(address);
      const tally = new Tally();
      const count = linger === 0 ? 0 : 100;
      while (tally.delivered < count) {
        tally.hear(numberOf((await within(pull.receive(), 5000, `message ${tally.delivered}`))[0]!));
      }
      assertEquals(await receiveSoon(pull, 20), undefined);
      const took = await within(over, 2500, "the end of what lingers");
      const { lost } = dropped(push);
      assertEquals([tally.delivered + lost, tally.doubled, tally.disordered], [100, 0, 0]);
      const note = `over after ${Math.round(took)} ms`;
      figures[`linger ${linger}`] = tally.figures(100, { counted: lost, note });
    }
    return figures;
  });

  faultTest("with messages for a peer that never comes (F-31, G11)", async (world) => {
    const address = await world.freeAddress("tcp");
    const before = descriptors();
    const context = new zmq.Context();
    const push = new zmq.Push({ context, linger: 500 });
    push.connect(address);
    for (let number = 0; number < 100; number++) await push.send(numbered(number, 1000));
    const start = performance.now();
    push.close();
    await within(context.close(), 3000, "the end");
    const took = performance.now() - start;
    assert(took >= 480 && took < 1400, `${took} ms`);
    const { lost } = dropped(push);
    assertEquals(lost, 100);
    await closedAgain(before);
    return { sent: 100, delivered: 0, counted: lost, note: `over after ${Math.round(took)} ms` };
  });

  faultTest("with ten thousand that nobody has received (F-32)", async (world) => {
    const context = new zmq.Context();
    const pull = new zmq.Pull({ context, receiveHighWaterMark: 0 });
    world.own(pull);
    const watch = world.watch(pull as unknown as AnySocket);
    await pull.bind("tcp://127.0.0.1:*");
    const sending = new zmq.Context();
    const push = new zmq.Push({ context: sending, sendHighWaterMark: 0, linger: -1 });
    push.connect(pull.lastEndpoint!);
    const count = 10_000;
    for (let number = 0; number < count; number++) await push.send(numbered(number, 100));
    push.close();
    await sending.close();
    await watch.next("disconnect");
    const start = performance.now();
    pull.close();
    await within(context.close(), 2000, "the end");
    const took = performance.now() - start;
    assert(took < 900, `${took} ms`);
    assertEquals((await failure(() => pull.receive())).code, "EBADF");
    const after = watch.seen.slice(watch.seen.findIndex(({ type }) => type === "disconnect") + 1);
    assert(after.every(({ type }) => type === "close" || type === "end"), `${after.map(({ type }) => type)}`);
    return { sent: count, delivered: 0, note: `over after ${Math.round(took)} ms` };
  });

  faultTest(
    "disconnect() delivers what was sent, and unbind() ends who was accepted (G20, G11)",
    async (world) => {
      const address = await world.freeAddress("tcp");
      const push = world.socket("Push", { linger: -1, reconnectInterval: 20 });
      push.connect(address);
      for (let number = 0; number < 100; number++) await push.send(numbered(number));
      push.disconnect(address);
      const pull = world.socket("Pull");
      await pull.bind(address);
      const tally = new Tally();
      while (tally.delivered < 100) {
        tally.hear(numberOf((await within(pull.receive(), 5000, `message ${tally.delivered}`))[0]!));
      }
      const { socket } = await target(world, "Dealer");
      const peer = await RawPeer.dial(world, socket);
      await peer.handshake("DEALER");
      await socket.unbind(socket.lastEndpoint!);
      await peer.closed();
      assertEquals([tally.doubled, tally.disordered], [0, 0]);
      return tally.figures(100);
    },
  );
});

/** How a process comes to its end. */
const WAYS = ["the program ends", "exit is called", "something is thrown"] as const;
type Way = typeof WAYS[number];

/** What its socket is doing then. */
type State = "dialling" | "handshake" | "traffic" | "lingering" | "closing";

faultGroup("a process ends", () => {
  faultTest("while it dials, to nobody (G11)", async (world) => {
    return await eachWay((way) => end(world, "dialling", way, async () => await world.freeAddress("tcp")));
  });

  faultTest("in its handshake, with a peer that says nothing (G11)", async (world) => {
    const listener = await RawListener.open(world);
    return await eachWay((way) => end(world, "handshake", way, () => Promise.resolve(listener.address)));
  });

  faultTest("in traffic (G11, G1, G2)", async (world) => {
    return await eachWay((way) => withReader(world, "traffic", way));
  });

  faultTest("while closed sockets linger for a slow peer (G11, G1, G2)", async (world) => {
    return await eachWay((way) => withReader(world, "lingering", way));
  });

  faultTest("while its context is closing (G11, G1, G2)", async (world) => {
    return await eachWay((way) => withReader(world, "closing", way));
  });
});

async function eachWay(one: (way: Way) => Promise<Figures>): Promise<Record<string, Figures>> {
  const all: Record<string, Figures> = {};
  for (const way of WAYS) all[way] = await one(way);
  return all;
}

const COUNT = 200;
const SIZE = 20_000;
/** For what the peer never takes. */
const LINGER = 300;

/** A process that ends in this state without anybody who reads: soon, and not before its linger is over. */
async function end(world: World, state: State, way: Way, where: () => Promise<string>): Promise<Figures> {
  const child = startEnding(world, state, way, await where(), LINGER);
  assertEquals(await child.next(), "there");
  const start = performance.now();
  const code = await within(child.ended, 10000, `the end, as ${way}`);
  const took = performance.now() - start;
  assertCode(way, code, child.errors);
  // Counted from when we hear of it, which may be late.
  if (way === "the program ends") assert(took >= LINGER / 2, `it did not linger: ${took} ms`);
  assert(took < 3000, `${way}: ${took} ms`);
  return { sent: COUNT, delivered: 0, note: `over after ${Math.round(took)} ms` };
}

/** A process that ends in this state with a slow reader: all of it if the program ends, else a beginning. */
async function withReader(world: World, state: State, way: Way): Promise<Figures> {
  const pull = world.socket("Pull");
  const watch = world.watch(pull);
  await pull.bind(world.address("tcp"));
  const proxy = await Proxy.open(world, pull);
  if (state !== "traffic") proxy.rate = 2_000_000;
  const child = startEnding(world, state, way, proxy.address, -1);
  assertEquals(await child.next(), "there");
  const start = performance.now();
  const tally = new Tally();
  let over = false;
  const gone = watch.next("disconnect", 20000).then(() => over = true);
  const reading = (async () => {
    while (true) {
      const parts = await receiveSoon(pull, 20);
      if (parts !== undefined) {
        assertEquals(parts[0]!.length, SIZE);
        tally.hear(numberOf(parts[0]!));
      } else if (over) break;
    }
  })();
  const code = await within(child.ended, 20000, `the end, as ${way}`);
  const took = performance.now() - start;
  proxy.rate = 0;
  await gone;
  await reading;
  assertCode(way, code, child.errors);
  assertEquals([tally.gaps, tally.doubled, tally.disordered], [0, 0, 0]);
  if (way === "the program ends") assertEquals(tally.delivered, COUNT);
  else assert(took < 3000, `${way}: ${took} ms`);
  return tally.figures(COUNT, { note: `over after ${Math.round(took)} ms` });
}

function startEnding(world: World, state: State, way: Way, address: string, linger: number) {
  return startChild(world, async ({ zmq, say, numbered }, { state, way, address, linger, count, size }) => {
    const context = new zmq.Context();
    const push = new zmq.Push({ context, linger, reconnectInterval: 20 });
    push.connect(address);
    const waitFor = state === "dialling" ? "connect:delay" : state === "handshake" ? "connect" : "handshake";
    while ((await push.events.receive()).type !== waitFor);
    for (let number = 0; number < count; number++) await push.send(numbered(number, size));
    push.events.close();
    if (state === "lingering") push.close();
    if (state === "closing") void context.close();
    say("there");
    if (way === "exit is called") {
      (globalThis as unknown as { process: { exit(code: number): void } }).process.exit(7);
    }
    if (way === "something is thrown") throw new Error("on purpose");
  }, { state, way, address, linger, count: COUNT, size: SIZE });
}

function assertCode(way: Way, code: number | null, errors: string): void {
  if (way === "the program ends") assertEquals(code, 0, errors);
  else if (way === "exit is called") assertEquals(code, 7, errors);
  else assert(code !== 0 && errors.includes("on purpose"), errors);
}

function receiveSoon(
  socket: { receive(options?: OperationOptions): Promise<Uint8Array[]> },
  timeout: number,
): Promise<Uint8Array[] | undefined> {
  return socket.receive({ timeout }).catch(() => undefined);
}
