/**
 * Peers that come late, go and come back, or are not who was expected: when dials are made, and what is said anew.
 *
 * @module
 */

import { createServer } from "node:net";
import { assert, assertEquals } from "@std/assert";
import type { OperationOptions } from "../../mod.ts";
import { elapse, freePort, texts, until, within } from "../interop/scope.ts";
import { loose, zmq } from "../interop/subject.ts";
import { RawPeer, target } from "../wire/raw.ts";
import { startChild } from "./child.ts";
import { closedAgain, descriptors } from "./counts.ts";
import { faultGroup, faultTest } from "./fault.ts";
import { numbered, numberOf, Tally } from "./tally.ts";

faultGroup("a peer that is not there yet", () => {
  faultTest("what is sent before it binds waits for it (F-10, G8)", async (world) => {
    const address = await world.freeAddress("tcp");
    const push = world.socket("Push");
    push.connect(address);
    const [count, pause] = [world.size(30, 60), world.size(5, 20)];
    const receiver = (async () => {
      await world.sleep(count * pause / 2);
      const pull = world.socket("Pull");
      await pull.bind(address);
      const tally = new Tally();
      while (tally.delivered < count) {
        tally.hear(numberOf((await within(pull.receive(), 5000, `message ${tally.delivered}`))[0]!));
      }
      return tally;
    })();
    for (let number = 0; number < count; number++) {
      await push.send(numbered(number));
      await world.sleep(pause);
    }
    const tally = await receiver;
    assertEquals([tally.numbers[0], tally.delivered, tally.doubled, tally.disordered], [0, count, 0, 0]);
    return tally.figures(count);
  });

  faultTest("dials are refused (F-27, G12)", async (world) => {
    const notes = [];
    for (const most of [0, 800]) {
      const address = await world.freeAddress("tcp");
      const push = world.socket("Push", { reconnectInterval: 100, reconnectMaxInterval: most });
      const watch = world.watch(push);
      push.connect(address);
      const intervals: number[] = [];
      const rounds = most === 0 ? world.size(4, 8) : world.size(5, 7);
      const start = performance.now();
      for (let round = 0; round < rounds; round++) {
        intervals.push((await watch.next("connect:retry")).interval!);
      }
      const took = performance.now() - start;
      if (most === 0) { for (const each of intervals) assert(each >= 100 && each <= 200, `${intervals}`); }
      else {
        for (const [index, each] of intervals.entries()) {
          const base = Math.min(100 * 2 ** index, most);
          assert(each >= base && each <= base + most / 4, `${intervals}`);
        }
      }
      const waited = intervals.slice(0, -1).reduce((whole, each) => whole + each, 0);
      assert(took >= waited - rounds, `${rounds} dials in ${took} ms, and the intervals are ${intervals}`);
      assert(rounds / (took / 1000) < 15, `${rounds} dials in ${took} ms`);
      notes.push(intervals.join(" "));
    }
    return { sent: 0, delivered: 0, note: `ms: ${notes.join("; up to 800: ")}` };
  });

  faultTest("a server accepts and closes (F-28, G12)", async (world) => {
    const dials: number[] = [];
    const server = createServer((socket) => {
      dials.push(performance.now());
      socket.on("error", () => {});
      socket.destroy();
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    world.atEnd(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const push = world.socket("Push", { reconnectInterval: 50, reconnectMaxInterval: 400 });
    push.connect(`tcp://127.0.0.1:${port}`);
    await until("it dialled six times", () => dials.length >= 6);
    const gaps = dials.slice(1).map((at, index) => Math.round(at - dials[index]!));
    for (const gap of gaps) assert(gap >= 25, `dials after ${gaps} ms`);
    assert(gaps[4]! >= 2 * gaps[0]! && gaps[4]! >= 300, `dials after ${gaps} ms`);
    return { sent: 0, delivered: 0, note: `dials after ${gaps.join(" ")} ms` };
  });

  faultTest("its name resolves late, and to another address after a reconnect (F-29)", async (world) => {
    const port = await freePort();
    const pull = world.socket("Pull");
    const { context, answer, asked } = await namedNetwork();
    world.atEnd(() => context.close());
    const push = new zmq.Push({ context, linger: 0, reconnectInterval: 10, sendTimeout: 5000 });
    push.connect(`tcp://some.name:${port}`);
    await push.send(numbered(0));
    await until("it asked for the name", () => asked() >= 2);
    await pull.bind(`tcp://127.0.0.1:${port}`);
    answer("127.0.0.1");
    const tally = new Tally();
    tally.hear(numberOf((await within(pull.receive(), 5000, "the first message"))[0]!));
    await pull.unbind(pull.lastEndpoint!);
    answer("127.0.0.2");
    const other = world.socket("Pull");
    await other.bind(`tcp://127.0.0.2:${port}`);
    await until("it was dialled anew", () => asked() >= 4);
    await push.send(numbered(1));
    tally.hear(numberOf((await within(other.receive(), 5000, "the second message"))[0]!));
    return tally.figures(2, { note: "asked for at each dial" });
  });
});

faultGroup("a peer that comes back", () => {
  faultTest(
    "thousands of subscriptions, before and during a connection, and after each loss (F-19, G17)",
    async (world) => {
      const topics = world.size(2000, 5000);
      const address = await world.freeAddress("tcp");
      const sub = world.socket("Subscriber", { reconnectInterval: 10 });
      for (let topic = 0; topic < topics; topic++) sub.subscribe(`before ${topic}`);
      sub.connect(address);
      const heard: number[] = [];
      for (let life = 0; life < 3; life++) {
        const pub = world.socket("XPublisher");
        await until("the port is free", () => pub.bind(address).then(() => true, () => false));
        const seen = new Set<string>();
        const want = life === 0 ? topics : 2 * topics;
        const listen = async (count: number) => {
          while (seen.size < count) {
            seen.add(texts(await within(pub.receive(), 10000, () => `topic ${seen.size} of ${count}`))[0]!);
          }
        };
        await listen(want);
        if (life === 0) {
          for (let topic = 0; topic < topics; topic++) sub.subscribe(`during ${topic}`);
          await listen(2 * topics);
        }
        heard.push(seen.size);
        pub.close();
      }
      // The list grants 64 octets and the topic each; with an object for each topic it is about 700 on either side,
      // and both sides are here.
      return {
        sent: 3 * 2 * topics,
        delivered: heard.reduce((a, b) => a + b),
        bound: 96,
        note: "subscriptions",
      };
    },
  );

  faultTest("both topics are heard again after each of three reconnects (F-33, G17)", async (world) => {
    const address = await world.freeAddress("tcp");
    const sub = world.socket("Subscriber", { reconnectInterval: 10 });
    sub.subscribe("a", "b");
    sub.connect(address);
    let delivered = 0;
    for (let life = 0; life < 4; life++) {
      const pub = world.socket("XPublisher");
      await until("the port is free", () => pub.bind(address).then(() => true, () => false));
      const topics = [...texts(await pub.receive()), ...texts(await pub.receive())];
      assertEquals(topics.sort(), ["\x01a", "\x01b"]);
      for (const topic of ["a", "b"]) {
        await pub.send([topic, `${life}`]);
        assertEquals(texts(await within(sub.receive(), 5000, topic)), [topic, `${life}`]);
        delivered++;
      }
      pub.close();
    }
    return { sent: 8, delivered };
  });

  faultTest("a PUSH has one live peer and one that never comes (F-40, G8)", async (world) => {
    const figures: Record<string, { sent: number; delivered: number; note?: string }> = {};
    for (const immediate of [false, true]) {
      const pull = world.socket("Pull");
      const watch = world.watch(pull);
      await pull.bind(world.address("tcp"));
      const push = world.socket("Push", { immediate });
      push.connect(pull.lastEndpoint!);
      await watch.next("handshake");
      push.connect(await world.freeAddress("tcp"));
      for (let number = 0; number < 10; number++) await push.send(numbered(number));
      const want = immediate ? 10 : 5;
      for (let count = 0; count < want; count++) await within(pull.receive(), 5000, `message ${count}`);
      assertEquals(await receiveSoon(pull, 50), undefined);
      const note = immediate ? "immediate" : "the others wait for the one that never comes";
      figures[immediate ? "immediate" : ""] = { sent: 10, delivered: want, note };
    }
    return figures;
  });

  faultTest("a second peer of a PAIR comes, the first goes, the second comes again (F-41)", async (world) => {
    const { socket: pair, watch } = await target(world, "Pair");
    const rounds = world.size(5, 20);
    let before: number | undefined;
    let worst = 0;
    for (let round = 0; round < rounds; round++) {
      const first = await RawPeer.dial(world, pair);
      await first.handshake("PAIR");
      await watch.next("handshake");
      const second = await RawPeer.dial(world, pair);
      await second.handshake("PAIR").catch(() => {});
      await second.closed();
      await watch.next("disconnect");
      first.end();
      await watch.next("disconnect");
      const start = performance.now();
      const again = await RawPeer.dial(world, pair);
      await again.handshake("PAIR");
      await watch.next("handshake");
      await pair.send(`${round}`);
      assertEquals(await again.message(), [`${round}`]);
      worst = Math.max(worst, performance.now() - start);
      again.end();
      await watch.next("disconnect");
      before ??= descriptors();
    }
    await closedAgain(before);
    assert(worst < 500, `${worst} ms`);
    return { sent: rounds, delivered: rounds, note: `accepted after ${Math.ceil(worst)} ms at the latest` };
  });

  faultTest("a subscriber behind a proxy is killed with -9 (F-47)", async (world) => {
    const device = zmq.forwarder("tcp://127.0.0.1:*", "tcp://127.0.0.1:*", { linger: 0 });
    world.atEnd(() => device.terminate());
    await until("it is bound", () => !!device.back.lastEndpoint && !!device.front.lastEndpoint);
    const pub = world.socket("XPublisher");
    pub.connect(device.front.lastEndpoint!);
    const [one, other] = ["one", "other"].map((topic) =>
      startChild(world, async ({ zmq, say, numberOf }, { address, topic }) => {
        const sub = new zmq.Subscriber();
        sub.subscribe(topic);
        sub.connect(address);
        for await (const [, number] of sub) say(numberOf(number!));
      }, { address: device.back.lastEndpoint!, topic })
    ) as [ReturnType<typeof startChild>, ReturnType<typeof startChild>];
    const seen = [...texts(await pub.receive()), ...texts(await pub.receive())];
    assertEquals(seen.sort(), ["\x01one", "\x01other"]);
    const count = world.size(1000, 2000);
    let withdrawn = 0;
    for (let number = 0; number < count; number++) {
      for (const topic of ["one", "other"]) await pub.send([topic, numbered(number)]);
      if (number % 20 === 0) await elapse(1);
      if (number !== count / 2) continue;
      const start = performance.now();
      await one.kill();
      assertEquals(texts(await within(pub.receive(), 5000, "the unsubscription")), ["\x00one"]);
      withdrawn = performance.now() - start;
    }
    await other.until(count);
    const tally = new Tally();
    for (const number of other.said as number[]) tally.hear(number);
    assertEquals([tally.delivered, tally.doubled, tally.disordered], [count, 0, 0]);
    assert(withdrawn < 1000, `${withdrawn} ms`);
    return tally.figures(count, { note: `withdrawn upstream after ${Math.ceil(withdrawn)} ms` });
  });
});

/** A context whose name server is the test's: it knows no name until it is told an address. */
async function namedNetwork(): Promise<
  { context: InstanceType<typeof zmq.Context>; answer(host: string): void; asked(): number }
> {
  const { loadTransports } = await import("../../src/io/platform.ts");
  const transports = await loadTransports();
  let known: string | undefined;
  let asked = 0;
  const tcp = {
    ...transports.tcp!,
    dial: (address: { host?: string }, ...rest: unknown[]) => {
      asked++;
      if (known === undefined) {
        return Promise.reject(Object.assign(new Error("unknown"), { code: "ENOTFOUND" }));
      }
      return (transports.tcp!.dial as (...all: unknown[]) => Promise<unknown>)(
        { ...address, host: known },
        ...rest,
      );
    },
  };
  const context = new loose.Context({ transports: { ...transports, tcp } });
  return { context, answer: (host) => known = host, asked: () => asked };
}

function receiveSoon(
  socket: { receive(options?: OperationOptions): Promise<Uint8Array[]> },
  timeout: number,
): Promise<Uint8Array[] | undefined> {
  return socket.receive({ timeout }).catch(() => undefined);
}
