/**
 * The limits that defend: on peers that are gone and have left messages, on what a server that comes and goes can
 * leave, on subscriptions and their octets, on notices that nobody reads, and the defaults of all of them.
 */

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import { describe } from "@std/testing/bdd";
import { elapse, type Scope, test, until } from "../interop/scope.ts";
import { type AnySocket, type DraftName, loose, type SocketName } from "../interop/subject.ts";
import { MORE, octets, property, type RawPeer } from "../wire/raw.ts";
import { heldMemory } from "../support/garbage.ts";
import { type Name, TRANSPORTS } from "./field.ts";
import { dial, Trap, Wire } from "./wire.ts";

type Options = { readonly [option: string]: unknown };
type Counted = AnySocket & { statistics(): { queuedIn: number; handshakes: number } };

const DRAFTS = new Set(["Server", "Gather", "Dish", "Radio"]);

function open(scope: Scope, name: Name, options: Options): Counted {
  return (DRAFTS.has(name)
    ? scope.draft(name as DraftName, options)
    : scope.socket(name as SocketName, options)) as unknown as Counted;
}

/** A peer of a bound socket, past its handshake. */
async function entered(scope: Scope, socket: AnySocket, type: string, transport: Transport): Promise<Wire> {
  const wire = new Wire(await dial(scope, socket.lastEndpoint!), transport, "listening");
  await wire.enter("ready", type);
  return wire;
}

type Transport = Wire["transport"];

describe("maxDepartedPeers: peers that come, send and go", () => {
  /** Types that read, the peers that they have, and a message of those. */
  const cases: [name: Name, type: string, parts: readonly string[]][] = [
    ["Pull", "PUSH", ["x"]],
    ["Router", "DEALER", ["x"]],
    ["Dealer", "DEALER", ["x"]],
    ["Reply", "REQ", ["", "x"]],
    ["Subscriber", "PUB", ["x"]],
    ["XSubscriber", "PUB", ["x"]],
    ["Pair", "PAIR", ["x"]],
    ["Server", "CLIENT", ["x"]],
    ["Gather", "SCATTER", ["x"]],
    ["Dish", "RADIO", ["g", "x"]],
  ];
  for (const transport of TRANSPORTS) {
    for (const [name, type, parts] of cases) {
      test(`${name} over ${transport}: takes no more while nobody reads, then goes on, and loses nothing`, async (scope) => {
        const socket = open(scope, name, { maxDepartedPeers: 3, receiveHighWaterMark: 5 });
        if (name === "Subscriber") socket.subscribe("");
        if (name === "XSubscriber") await socket.send("\x01");
        if (name === "Dish") (socket as unknown as { join(group: string): void }).join("g");
        const watch = scope.watch(socket);
        await socket.bind(scope.address(transport));
        for (let i = 0; i < 3; i++) {
          const wire = await entered(scope, socket, type, transport);
          await watch.next("handshake");
          wire.raw.send(...Array.from({ length: 5 }, () => wire.message(...parts)));
          wire.raw.end();
          await watch.next("disconnect");
        }
        assertEquals(socket.statistics().queuedIn, 15);
        const late = new Wire(await dial(scope, socket.lastEndpoint!), transport, "listening");
        const entering = late.enter("ready", type);
        if (transport !== "ws") await watch.next("accept");
        await elapse(50);
        assertEquals(watch.count("handshake"), 3, "a fourth was let in");

        for (let i = 0; i < 15; i++) {
          const received = await socket.receive() as unknown[];
          if (name === "Reply") await socket.send("y");
          assert(received.length > 0);
        }
        await entering;
        await watch.next("handshake");
        late.raw.send(late.message(...parts));
        assert((await socket.receive()).length > 0);
      });
    }
  }

  test("300 visits leave no more than the limit", async (scope) => {
    const socket = open(scope, "Pull", { maxDepartedPeers: 10, receiveHighWaterMark: 10, maxHandshakes: 50 });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    for (let i = 0; i < 300; i++) {
      const wire = new Wire(await dial(scope, socket.lastEndpoint!), "tcp", "listening");
      // Nobody asks whether it was let in: greeting, READY and messages at once.
      wire.raw.send(GREETING, wire.ready("PUSH"), ...Array.from({ length: 10 }, () => wire.message("x")));
      wire.raw.end();
      if (i < 10) await watch.next("disconnect");
    }
    await until("those beyond maxHandshakes are gone", () => watch.count("disconnect") >= 300 - 50);
    assertEquals(watch.count("handshake"), 10);
    assertEquals(socket.statistics().queuedIn, 100);
    // Those who still wait, and the next one, are taken as the program reads.
    const read = untilLast(socket);
    const wire = await entered(scope, socket, "PUSH", "tcp");
    wire.raw.send(wire.message("last"));
    await read;
  });

  test("0 is no limit", async (scope) => {
    const socket = open(scope, "Pull", { maxDepartedPeers: 0 });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    for (let i = 0; i < 20; i++) {
      const wire = await entered(scope, socket, "PUSH", "tcp");
      wire.raw.send(wire.message("x"));
      wire.raw.end();
      await watch.next("disconnect");
    }
    assertEquals(socket.statistics().queuedIn, 20);
  });

  test("peers that leave nothing do not count", async (scope) => {
    for (const [name, type] of [["Push", "PULL"], ["Publisher", "SUB"], ["Request", "REP"]] as const) {
      const socket = open(scope, name, { maxDepartedPeers: 1 });
      const watch = scope.watch(socket);
      await socket.bind("tcp://127.0.0.1:*");
      for (let i = 0; i < 5; i++) {
        const wire = await entered(scope, socket, type, "tcp");
        // What the type does not take, or nobody asked for.
        wire.raw.send(wire.message("", "never"), wire.message("never"), wire.frame(MORE, "never"));
        wire.raw.end();
        await watch.next("disconnect");
      }
      await entered(scope, socket, type, "tcp");
      await watch.next("handshake");
    }
  });

  test("who waits is closed with the socket", async (scope) => {
    const socket = open(scope, "Pull", { maxDepartedPeers: 1 });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const wire = await entered(scope, socket, "PUSH", "tcp");
    wire.raw.send(wire.message("x"));
    wire.raw.end();
    await watch.next("disconnect");
    const late = await dial(scope, socket.lastEndpoint!);
    await watch.next("accept");
    socket.close();
    await late.closed();
  });
});

describe("a server that comes, sends and goes", () => {
  /** Octets that a listener of a raw peer sends to each who connects, before it closes. */
  async function serve(trap: Trap, transport: Transport, type: string, count: number): Promise<RawPeer> {
    const wire = new Wire(await trap.accept(), transport, "connecting");
    await wire.enter("ready", type);
    wire.raw.send(octets(...Array.from({ length: count }, () => wire.message("x"))));
    wire.raw.end();
    return wire.raw;
  }

  for (const transport of TRANSPORTS) {
    for (const [name, type] of [["Pull", "PUSH"], ["Dealer", "ROUTER"], ["Subscriber", "PUB"]] as const) {
      test(`${name} over ${transport}: keeps no more than the mark and what the first left`, async (scope) => {
        const trap = await Trap.open(scope, transport);
        const socket = open(scope, name, { receiveHighWaterMark: 10, reconnectInterval: 2 });
        if (name === "Subscriber") socket.subscribe("");
        const watch = scope.watch(socket);
        socket.connect(trap.endpoint);
        let most = 0;
        for (let i = 0; i < 8; i++) {
          await serve(trap, transport, type, 100);
          // Of a connection that is not read, the end may not be noticed either: then it is the last.
          const held = await watch.next("disconnect", 300).then(() => false, () => true);
          if (i === 0) most = socket.statistics().queuedIn;
          if (held) break;
        }
        assertGreaterOrEqual(most, 10);
        // One message may be ahead of the mark.
        assertLessOrEqual(socket.statistics().queuedIn, Math.max(most, 11) + 1);
        const read = untilLast(socket);
        const last = new Wire(await trap.accept(), transport, "connecting");
        await last.enter("ready", type);
        last.raw.send(last.message("last"));
        await read;
      });
    }
  }

  test("with immediate, maxDepartedPeers counts such connections and those that came", async (scope) => {
    const trap = await Trap.open(scope, "tcp");
    const socket = open(scope, "Pull", { immediate: true, maxDepartedPeers: 3, reconnectInterval: 2 });
    const watch = scope.watch(socket);
    await socket.bind("tcp://127.0.0.1:*");
    const visitor = await entered(scope, socket, "PUSH", "tcp");
    visitor.raw.send(...Array.from({ length: 5 }, () => visitor.message("x")));
    visitor.raw.end();
    await watch.next("disconnect");
    socket.connect(trap.endpoint);
    for (let i = 0; i < 2; i++) {
      await serve(trap, "tcp", "PUSH", 5);
      await watch.next("disconnect");
    }
    const dials = watch.count("connect");
    for (let i = 0; i < 5; i++) await watch.next("connect:retry");
    assertEquals(watch.count("connect"), dials);
    for (let i = 0; i < 15; i++) await socket.receive();
    await serve(trap, "tcp", "PUSH", 1);
  });
});

describe("subscriptions", () => {
  test("maxSubscriptionTotal bounds their octets, each topic counted once (X-60, X-62)", async (scope) => {
    for (
      const [name, type, verb, limit] of [
        ["Publisher", "SUB", "SUBSCRIBE", 200],
        ["XPublisher", "SUB", "SUBSCRIBE", 200],
        ["Radio", "DISH", "JOIN", 200],
      ] as const
    ) {
      const socket = open(scope, name, { maxSubscriptionTotal: 1000 });
      const watch = scope.watch(socket);
      await socket.bind("tcp://127.0.0.1:*");
      const wire = await entered(scope, socket, type, "tcp");
      const off = verb === "JOIN" ? "LEAVE" : "CANCEL";
      const topic = (i: number) => String.fromCharCode(97 + i).repeat(limit);
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 5; i++) wire.raw.send(wire.command(verb, topic(i)), wire.command(verb, topic(i)));
        if (round < 9) { for (let i = 0; i < 5; i++) wire.raw.send(wire.command(off, topic(i))); }
      }
      assert(await wire.answers());
      wire.raw.send(wire.command(verb, "z"));
      await wire.raw.closed();
      const { error } = await watch.next("disconnect");
      assertMatch(error!.message, /1000 octets/);
      // What it had is gone with it.
      const next = await entered(scope, socket, type, "tcp");
      for (let i = 0; i < 5; i++) next.raw.send(next.command(verb, topic(i)));
      assert(await next.answers());
    }
  });

  test("of an XPUB whose program reads no notices, the peers are read no further (X-65)", async (scope) => {
    const socket = open(scope, "XPublisher", { receiveHighWaterMark: 100 });
    await socket.bind("tcp://127.0.0.1:*");
    const good = scope.socket("Subscriber");
    good.subscribe("good");
    good.connect(socket.lastEndpoint!);
    await socket.receive();
    const wire = await entered(scope, socket, "SUB", "tcp");
    const flood = octets(
      ...Array.from({ length: 20_000 }, (_, i) => wire.command(i % 2 ? "CANCEL" : "SUBSCRIBE", "x")),
    );
    wire.raw.send(flood);
    await until("the notices are as many as may be", () => socket.statistics().queuedIn >= 100);
    await socket.send("good to see you");
    await good.receive();
    assertLessOrEqual(socket.statistics().queuedIn, 200);
    // Each is still there for who reads in the end.
    for (let i = 0; i < 20_000; i++) {
      const [notice] = await socket.receive();
      assertEquals([...notice!], [i % 2 ? 0 : 1, 120]);
    }
  }, 40);

  test("subscribers that come and go under traffic leave nothing (V-18, V-15)", async (scope) => {
    const socket = open(scope, "XPublisher", {});
    await socket.bind("tcp://127.0.0.1:*");
    const watch = scope.watch(socket);
    for (let i = 0; i < 50; i++) {
      const wire = await entered(scope, socket, "SUB", "tcp");
      wire.raw.send(
        wire.command("SUBSCRIBE", ""),
        wire.command("SUBSCRIBE", `t${i}`),
        wire.command("CANCEL", ""),
      );
      for (let k = 0; k < 20; k++) await socket.send(`t${i} news`);
      wire.raw[i % 2 ? "end" : "reset"]();
      await watch.next("disconnect");
    }
    await until("all topics are told to be gone", async () => {
      while (socket.readable) await socket.receive();
      return (socket as unknown as { topicsCount?: number }).topicsCount === 0 ||
        socket.statistics().queuedIn === 0;
    });
  });
});

describe("routing ids", () => {
  test("of 128 to 255 octets name a peer like any other (V-20, X-78)", async (scope) => {
    const socket = open(scope, "Router", { mandatory: true });
    await socket.bind("tcp://127.0.0.1:*");
    const before = await heldMemory();
    const wires: Wire[] = [];
    for (let i = 0; i < 200; i++) {
      const wire = new Wire(await dial(scope, socket.lastEndpoint!), "tcp", "listening");
      const id = String.fromCharCode(128 + i % 100, 1 + i % 200).repeat(128).slice(0, 128 + i % 128);
      wire.raw.send(GREETING, wire.ready("DEALER", property("Identity", id)), wire.message("hello"));
      wires.push(wire);
      const [from] = await socket.receive();
      assertEquals(String.fromCharCode(...from!), id);
      await socket.send([from!, "answer"]);
    }
    assertLess((await heldMemory() - before) / 200, 200 * 1024);
    for (const { raw } of wires) raw.end();
    const watch = scope.watch(socket);
    await until("all are gone", () => (socket as unknown as { peers: unknown[] }).peers.length === 0);
    void watch;
  });

  test("chosen anew with each connection, they leave nothing behind", async (scope) => {
    const socket = open(scope, "Router", { handover: true });
    await socket.bind("tcp://127.0.0.1:*");
    for (let i = 0; i < 100; i++) {
      const wire = new Wire(await dial(scope, socket.lastEndpoint!), "tcp", "listening");
      wire.raw.send(GREETING, wire.ready("DEALER", property("Identity", `n${i >> 1}`)), wire.message("x"));
      await socket.receive();
      // Every other one is taken over by the next.
      if (i % 2) wire.raw.end();
    }
    await until("none is left", () => (socket as unknown as { peers: unknown[] }).peers.length === 0);
  });
});

describe("silent peers", () => {
  test("take no part in routing: all that is sent goes to the one who speaks (V-06)", async (scope) => {
    for (const [name, mate] of [["Push", "Pull"], ["Dealer", "Dealer"], ["Request", "Reply"]] as const) {
      const socket = open(scope, name, { curveServer: false });
      await socket.bind("tcp://127.0.0.1:*");
      for (let i = 0; i < 20; i++) await dial(scope, socket.lastEndpoint!);
      const good = scope.socket(mate);
      good.connect(socket.lastEndpoint!);
      for (let i = 0; i < 50; i++) {
        await socket.send(`${i}`);
        assertEquals(String.fromCharCode(...(await good.receive())[0]!), `${i}`);
        if (mate === "Reply") {
          await good.send("yes");
          await socket.receive();
        }
      }
    }
  });
});

describe("defaults", () => {
  test("every limit has one that is finite (H-14, V-26)", (scope) => {
    const router = scope.own(new loose.Router({ linger: 0 }));
    assertEquals([
      router.handshakeInterval,
      router.maxHandshakes,
      router.maxDepartedPeers,
      router.maxMessageParts,
      router.maxMessageTotal,
      router.sendHighWaterMark,
      router.receiveHighWaterMark,
    ], [30_000, 1024, 1024, 65_536, 2 ** 31 - 1, 1000, 1000]);
    for (const name of ["Publisher", "XPublisher", "Radio"]) {
      const { maxSubscriptions, maxSubscriptionTotal } = scope.own(new loose[name]({ linger: 0 }));
      assertEquals([maxSubscriptions, maxSubscriptionTotal], [1_000_000, 64 * 1024 * 1024]);
    }
    assertEquals(loose.context.maxMessageSize, 2 ** 31 - 1);
    return Promise.resolve();
  });
});

/** Receives until a message says that it is the last. */
async function untilLast(socket: AnySocket): Promise<void> {
  for (;;) if (String.fromCharCode(...(await socket.receive()).at(-1)!) === "last") return;
}

/** A greeting of ZMTP 3.1 for NULL. */
const GREETING = octets([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1], "NULL", new Uint8Array(48));
