/**
 * What a program does to its own sockets at a bad moment: it closes them amid anything, throws in a listener, opens
 * observers again and again, sets the system's clock, and gives values and addresses that are none. Every promise is
 * settled once, no descriptor is left, and nothing that was refused has changed anything.
 */

import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { assert, assertEquals, assertGreater, assertLess, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { heldMemory } from "../support/garbage.ts";
import { programCommand } from "../support/legs.ts";
import { elapse, Scope, test, until, within } from "../interop/scope.ts";
import { type AnySocket, loose, zmq } from "../interop/subject.ts";
import { RawPeer } from "../wire/raw.ts";
import { KINDS, TRANSPORTS } from "./field.ts";
import { dial, Trap, Wire } from "./wire.ts";

/** How many descriptors the process has; 0 where nobody says. */
function descriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/**
 * The number of descriptors comes back to what it was; a runtime's own may be a few more, which is not known before
 * those of connections that end have had their time.
 */
async function returns(before: number): Promise<void> {
  for (let i = 0; i < 300 && descriptors() > before; i++) await elapse(5);
  await until("the descriptors are as many as before", () => descriptors() <= before + 4);
}

/** A promise and how often it was settled. */
function settled(promise: Promise<unknown>): { times: number; done: Promise<void> } {
  const state = { times: 0, done: Promise.resolve() };
  state.done = promise.then(() => void state.times++, () => void state.times++);
  return state;
}

describe("close", () => {
  for (const transport of TRANSPORTS) {
    test(`${transport}: at each stage settles every promise once and leaves no descriptor (X-103, V-29)`, async (scope) => {
      const before = descriptors();
      /** Closes the socket at this moment of its life. */
      const moments: ((socket: AnySocket, other: AnySocket) => void)[] = [
        (socket) => socket.close(),
        (socket) => queueMicrotask(() => socket.close()),
        (socket) => setTimeout(() => socket.close(), 0),
        (socket) => socket.events.on("accept", () => socket.close()),
        (socket) => socket.events.on("connect", () => socket.close()),
        (socket) => socket.events.on("handshake", () => socket.close()),
        (socket, other) => other.events.on("handshake", () => socket.close()),
        (socket, other) => {
          other.events.on("handshake", () => other.close());
          socket.events.on("disconnect", () => socket.close());
        },
      ];
      for (const side of ["listening", "connecting"]) {
        for (const moment of moments) {
          const bound = scope.socket("Dealer", { reconnectInterval: 1 });
          const connecting = scope.socket("Dealer", { reconnectInterval: 1 });
          await bound.bind(scope.address(transport));
          const [socket, other] = side === "listening" ? [bound, connecting] : [connecting, bound];
          moment(socket, other);
          const promises: ReturnType<typeof settled>[] = [];
          const attempt = (act: () => Promise<unknown>) => {
            try {
              promises.push(settled(act()));
            } catch {
              // It is closed already: told at once, and there is no promise.
            }
          };
          attempt(() => socket.receive());
          try {
            connecting.connect(bound.lastEndpoint!);
          } catch {
            // Closed before.
          }
          for (let i = 0; i < 3; i++) attempt(() => socket.send("x"));
          attempt(() => socket.bind(scope.address(transport)));
          for (let i = 0; i < 60 && !socket.closed; i++) await elapse(5);
          socket.close();
          other.close();
          await within(Promise.all(promises.map(({ done }) => done)), 5000, "all promises");
          assertEquals(promises.map(({ times }) => times), promises.map(() => 1));
        }
      }
      await returns(before);
    });

    test(`${transport}: with peers at each stage of their handshake (X-103)`, async (scope) => {
      const before = descriptors();
      for (const stage of ["connected", "greeted", "ready"] as const) {
        const socket = scope.socket("Dealer");
        await socket.bind(scope.address(transport));
        const wires: Wire[] = [];
        for (let i = 0; i < 5; i++) {
          const wire = new Wire(await dial(scope, socket.lastEndpoint!), transport, "listening");
          await wire.enter(stage, "DEALER");
          wires.push(wire);
        }
        const trap = await Trap.open(scope, transport);
        const connecting = scope.socket("Dealer");
        connecting.connect(trap.endpoint);
        const wire = new Wire(await trap.accept(), transport, "connecting");
        await wire.enter(stage, "DEALER");
        socket.close();
        connecting.close();
        for (const { raw } of [...wires, wire]) await raw.closed();
      }
      // The three traps listen on.
      await returns(before + 3);
    });
  }

  test("amid subscriptions and a device's traffic: the other side is told, and goes on (X-103)", async (scope) => {
    const before = descriptors();
    for (let i = 0; i < 20; i++) {
      const publisher = scope.socket("XPublisher");
      await publisher.bind("tcp://127.0.0.1:*");
      const subscriber = scope.socket("Subscriber");
      subscriber.connect(publisher.lastEndpoint!);
      for (let k = 0; k < 100; k++) subscriber.subscribe(`${k}`);
      if (i % 2) await publisher.receive();
      for (let k = 0; k < 50; k++) subscriber.unsubscribe(`${k}`);
      subscriber.close();
      assertThrows(() => subscriber.unsubscribe("x"));
      publisher.close();
    }
    await returns(before);
  });
});

describe("observers", () => {
  test("opened and closed a thousand times keep no descriptor and no memory (V-31)", async () => {
    const before = descriptors();
    const round = async () => {
      // A scope of its own: the test's would hold every socket until its end.
      const own = new Scope();
      for (let i = 0; i < 250; i++) {
        const socket = own.socket("Pull");
        const { events } = socket;
        const end = events.receive();
        socket.close();
        assertEquals((await end).type, "end");
        assertThrows(() => events.receive());
      }
      await own.end();
    };
    await round();
    const memory = await heldMemory();
    for (let i = 0; i < 3; i++) await round();
    // 750 that are kept are 3 MiB or more; Bun's count itself comes and goes by 1.
    assertLess(await heldMemory() - memory, 2 * 1024 * 1024);
    await returns(before);
  });
});

describe("listeners", () => {
  it("that throw end no connection and no loop: the program hears of it, and goes on (X-104)", async () => {
    const { command, args } = programCommand(new URL("./listener_program.ts", import.meta.url));
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout!.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
    await new Promise<void>((resolve) => child.on("close", () => resolve()));
    const [, thrown] = /^served, and (\d+) were thrown/.exec(output) ?? [];
    assertGreater(Number(thrown), 5);
  });
});

describe("clocks", () => {
  test("heartbeats and time-outs do not see the system's clock being set (X-109)", async (scope) => {
    const { now } = Date;
    scope.atEnd(() => Date.now = now);
    const one = scope.socket("Dealer", { heartbeatInterval: 30, heartbeatTimeout: 1000 });
    const watch = scope.watch(one);
    await one.bind("tcp://127.0.0.1:*");
    const two = scope.socket("Dealer", {
      heartbeatInterval: 30,
      heartbeatTimeToLive: 1000,
      reconnectInterval: 5,
    });
    two.connect(one.lastEndpoint!);
    await watch.next("handshake");
    for (const jump of [86_400_000, -86_400_000, 0]) {
      Date.now = () => now() + jump;
      await elapse(100);
      await two.send("still here");
      await one.receive();
    }
    assertEquals(watch.count("disconnect"), 0);

    const impatient = scope.socket("Dealer", { handshakeInterval: 100, receiveTimeout: 100 });
    const told = scope.watch(impatient);
    await impatient.bind("tcp://127.0.0.1:*");
    await RawPeer.dial(scope, impatient);
    await told.next("accept");
    Date.now = () => now() - 86_400_000;
    const begin = performance.now();
    await assertRejects(() => impatient.receive());
    await told.next("handshake:error:other");
    assertLess(performance.now() - begin, 2000);
  });
});

describe("names of inproc", () => {
  test("are taken once in a context, and each context has its own (X-106)", async (scope) => {
    const name = "inproc://zeromq.zap.01";
    const [one, two] = [new zmq.Context(), new zmq.Context()];
    scope.atEnd(() => Promise.all([one.close(), two.close()]));
    const handler = scope.socket("Reply", { context: one });
    await handler.bind(name);
    const second = scope.socket("Router", { context: one });
    assertEquals((await assertRejects(() => second.bind(name)) as { code?: string }).code, "EADDRINUSE");
    const elsewhere = scope.socket("Reply", { context: two });
    await elsewhere.bind(name);

    // A server of the second context asks its own handler, and nobody else.
    const server = scope.socket("Dealer", { context: two, plainServer: true, zapDomain: "test" });
    await server.bind("tcp://127.0.0.1:*");
    const client = scope.socket("Dealer", { context: two, plainUsername: "a", plainPassword: "b" });
    client.connect(server.lastEndpoint!);
    const asked = await elsewhere.receive();
    assertEquals(asked.length, 8);
    await elsewhere.send(["1.0", asked[1]!, "200", "OK", "a", ""]);
    await client.send("in");
    await server.receive();
    assertEquals(handler.readable, false);
  });
});

describe("values that are none", () => {
  test("for any option of any socket throw, and change nothing (X-100)", (scope) => {
    const junk: unknown[] = [
      NaN,
      Infinity,
      -(2 ** 40),
      2 ** 64,
      0.5,
      Symbol("x"),
      () => {},
      {},
      [],
      1n,
      new Uint8Array(1 << 20),
      "x".repeat(1 << 20),
      undefined,
    ];
    let refused = 0;
    for (const [name] of KINDS) {
      const socket = scope.own(new loose[name]({ linger: 0 }));
      const names = new Set<string>();
      for (let proto = socket; proto !== null; proto = Object.getPrototypeOf(proto)) {
        for (const [key, { get, set }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
          if (get !== undefined && set !== undefined && !key.startsWith("_")) names.add(key);
        }
      }
      assertGreater(names.size, 20);
      for (const option of names) {
        for (const value of junk) {
          const before = socket[option];
          try {
            socket[option] = value;
          } catch (error) {
            assert(error instanceof Error, `${option} threw ${String(error)}`);
            assertEquals(socket[option], before, `${name}.${option}`);
            refused++;
          }
        }
      }
      // Nothing that was taken makes a constructor's value out of a bad one either.
      assertThrows(() => new loose[name]({ linger: NaN }));
      assertThrows(() => new loose[name]({ linger: {} }));
    }
    assertGreater(refused, 1000);
    return Promise.resolve();
  });

  test("as endpoints are refused shortly by bind and connect, and nothing is made (X-101)", async (scope) => {
    const path = scope.path();
    const bad = [
      "",
      "tcp://",
      "tcp:///",
      "://",
      "tcp://127.0.0.1",
      "tcp://127.0.0.1:65536",
      "tcp://127.0.0.1:-1",
      "tcp://127.0.0.1:1\0",
      `tcp://${"x".repeat(1_000_000)}:1`,
      `tcp://127.0.0.1:${"1".repeat(1_000_000)}`,
      "x".repeat(1_000_000),
      `ipc://${path}${"x".repeat(120)}`,
      `ipc://${path}\0x`,
      "ipc://",
      "inproc://",
      `inproc://${"x".repeat(257)}`,
      "ws://",
      "ws://127.0.0.1:99999/x",
      "ws://[::1/x",
      "wss://\0",
      "tcp://ж:ж",
      "nonsense://x",
      "udp://239.0.0.1",
    ];
    const socket = scope.socket("Dealer");
    const begin = performance.now();
    for (const endpoint of bad) {
      const bound = await assertRejects(() => socket.bind(endpoint), Error) as Error & { code?: string };
      assert(
        bound.code !== undefined && bound.message.length < 2000,
        `${endpoint.slice(0, 30)}: ${bound.message}`,
      );
      const connected = assertThrows(() => socket.connect(endpoint), Error) as Error & { code?: string };
      assert(connected.code !== undefined && connected.message.length < 2000);
    }
    assertLess(performance.now() - begin, 5000);
    assertEquals(socket.lastEndpoint, null);
    assertEquals(statSync(path, { throwIfNoEntry: false }), undefined);
  });

  test("as parts: memory that is changed, shared or taken away is never torn on the wire (X-102)", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push");
    push.connect(pull.lastEndpoint!);
    // Up to 128 octets the memory may be used again at once.
    const small = new Uint8Array(128).fill(1);
    const first = push.send(small);
    small.fill(2);
    await first;
    assertEquals(new Set((await pull.receive())[0]!), new Set([1]));
    // Shared memory is copied, so that a message is one state of it and never two.
    const shared = new Uint8Array(new SharedArrayBuffer(100_000)).fill(3);
    const second = push.send(shared);
    shared.fill(4);
    await second;
    const [got] = await pull.receive();
    assertEquals([got!.length, new Set(got).size], [100_000, 1]);
    // Memory that is gone has no octets.
    const gone = new Uint8Array(1000);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await push.send(gone);
    assertEquals((await pull.receive())[0]!.length, 0);
    for (const value of [undefined, Symbol("x")]) {
      await assertRejects(async () => await push.send(value as never), TypeError);
    }
  });
});

describe("ipc", () => {
  const posix = process.platform !== "win32";
  if (posix) {
    test("a file, a directory or a link in the way is not replaced, a dead socket's file is (X-105)", async (scope) => {
      const file = scope.path(), folder = scope.path(), link = scope.path(), dead = scope.path();
      writeFileSync(file, "precious");
      mkdirSync(folder);
      symlinkSync(file, link);
      const socket = scope.socket("Pull");
      for (const path of [file, folder, link]) {
        const error = await assertRejects(() => socket.bind(`ipc://${path}`)) as { code?: string };
        assert(["EADDRINUSE", "EACCES", "EISDIR", "EEXIST"].includes(error.code!), `${path}: ${error.code}`);
      }
      assertEquals(statSync(file).size, 8);
      assert(statSync(folder).isDirectory());
      // One that somebody listens on is theirs.
      const owner = scope.socket("Pull");
      await owner.bind(`ipc://${dead}`);
      assertEquals(
        (await assertRejects(() => socket.bind(`ipc://${dead}`)) as { code?: string }).code,
        "EADDRINUSE",
      );
    });
  }
});
