/**
 * Options of connections whose effect the peer sees: `metadata` (ZMQ_METADATA), `connectTimeout`
 * (ZMQ_CONNECT_TIMEOUT) and `outBatchSize` (ZMQ_OUT_BATCH_SIZE).
 *
 * @module
 */

import { spawn } from "node:child_process";
import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import type { Transports } from "../../src/io/transports.ts";
import { type AnyTransport, failure, Scope, test, texts, within } from "../interop/scope.ts";
import { loose } from "../interop/subject.ts";
import { assertBytes } from "../support/bytes.ts";
import { itNeeds, toolPath } from "../support/legs.ts";
import { Network } from "../support/transports.ts";
import { RawPeer } from "../wire/raw.ts";

const OWN = { "X-hello": "World", "X-Octets": Uint8Array.of(0, 255) };

describe("metadata", () => {
  for (const transport of ["tcp", "ipc", "ws"] as const) {
    test(`${transport}: both sides find the other's in their events`, async (scope) => {
      const [told, heard] = await twoSides(scope, transport, { metadata: OWN }, {
        metadata: { "X-server": "1" },
      });
      assertBytes(told.metadata!.get("x-server")!, "1");
      assertBytes(heard.metadata!.get("x-hello")!, "World");
      assertBytes(heard.metadata!.get("x-octets")!, [0, 255]);
    });
  }

  test("stands in READY as it was given, behind what libzmq tells", async (scope) => {
    const dealer = scope.socket("Dealer", { metadata: OWN });
    await dealer.bind("tcp://127.0.0.1:*");
    const peer = await RawPeer.dial(scope, dealer);
    const properties = await peer.handshake("DEALER");
    assertEquals([...properties], [
      ["Socket-Type", "DEALER"],
      ["Identity", ""],
      ["X-hello", "World"],
      ["X-Octets", "\0\xff"],
    ]);
  });

  test("goes under PLAIN and CURVE, and is on the parts of whom a handler let in", async (scope) => {
    const { Authenticator, Context, curveKeyPair } = await import("../../mod.ts");
    const keys = [curveKeyPair(), curveKeyPair()];
    const secure = [
      [{ plainServer: true }, { plainUsername: "u", plainPassword: "p" }],
      [{ curveServer: true, curveSecretKey: keys[0]!.secretKey }, {
        curveServerKey: keys[0]!.publicKey,
        curvePublicKey: keys[1]!.publicKey,
        curveSecretKey: keys[1]!.secretKey,
      }],
    ];
    for (const [server, client] of secure) {
      const context = new Context();
      const authenticator = new Authenticator({ context });
      authenticator.configurePlain({ domain: "here", passwords: { u: "p" } });
      authenticator.configureCurve({ keys: [keys[1]!.publicKey] });
      scope.atEnd(() => authenticator.close());
      const pull = scope.own(new loose.Pull({ context, zapDomain: "here", ...server }));
      await pull.bind("tcp://127.0.0.1:*");
      const push = scope.own(new loose.Push({ context, metadata: OWN, linger: 0, ...client }));
      push.connect(pull.lastEndpoint);
      await push.send(["a", "b"]);
      for (const part of await pull.receive()) {
        assertBytes(part.metadata.get("x-hello"), "World");
        assertBytes(part.metadata.get("x-octets"), [0, 255]);
      }
    }
  });

  test("by number each one adds, and by name all are replaced", async (scope) => {
    const pair = scope.own(new loose.Pair());
    pair.setStringOption(95, "X-one:1");
    pair.setStringOption(95, new TextEncoder().encode("X-two:2:3"));
    assertEquals(pair.metadata, { "X-one": "1", "X-two": "2:3" });
    const peer = scope.own(new loose.Pair({ linger: 0 }));
    await peer.bind("tcp://127.0.0.1:*");
    const events = scope.watch(peer);
    pair.connect(peer.lastEndpoint);
    const { metadata } = await events.next("handshake") as WithMetadata;
    assertBytes(metadata!.get("x-two")!, "2:3");
    pair.metadata = { "X-three": "3" };
    assertEquals(pair.metadata, { "X-three": "3" });
    pair.metadata = null;
    assertEquals(pair.metadata, null);
  });

  test("of names that differ in case alone the last counts, here and for the peer", async (scope) => {
    const pair = scope.own(new loose.Pair({ metadata: { "X-a": "1", "X-b": "2", "X-A": "3" } }));
    assertEquals(pair.metadata, { "X-A": "3", "X-b": "2" });
    pair.setStringOption(95, "X-b:4");
    pair.metadata = new TextEncoder().encode("X-c:5");
    assertEquals(pair.metadata, { "X-A": "3", "X-b": "4", "X-c": "5" });
    for (const wrong of [new Map([["X-a", "1"]]), new ArrayBuffer(5)]) {
      assertEquals((await failure(() => pair.metadata = wrong)).name, "TypeError");
    }
    const peer = scope.own(new loose.Pair({ linger: 0 }));
    await peer.bind("tcp://127.0.0.1:*");
    const events = scope.watch(peer);
    pair.connect(peer.lastEndpoint);
    const { metadata } = await events.next("handshake") as WithMetadata;
    for (const [name, value] of [["x-a", "3"], ["x-b", "4"], ["x-c", "5"]]) {
      assertBytes(metadata!.get(name!)!, value!);
    }
  });

  test("as many as can be set are as many as a peer takes", async (scope) => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`X-${n.toString(36)}`, "v"]));
    const pair = scope.own(new loose.Pair());
    assertEquals((await failure(() => pair.metadata = many(1000))).code, "EINVAL");
    pair.metadata = many(880);
    const peer = scope.own(new loose.Pair({ linger: 0 }));
    await peer.bind("tcp://127.0.0.1:*");
    const events = scope.watch(peer);
    pair.connect(peer.lastEndpoint);
    const { metadata } = await events.next("handshake") as WithMetadata;
    assertBytes(metadata!.get("x-of")!, "v");
    assertEquals([...metadata!.keys()].filter((name) => name.startsWith("x-")).length, 880);
  });

  test("names begin X- and have up to 255 characters of RFC 37's, values are not empty, else EINVAL", async (scope) => {
    const pair = scope.own(new loose.Pair());
    pair.metadata = { [`X-${"n".repeat(253)}`]: "v" };
    const before = pair.metadata;
    for (
      const wrong of [
        { "hello": "v" },
        { "x-hello": "v" },
        { [`X-${"n".repeat(254)}`]: "v" },
        { "X-a b": "v" },
        { "X-é": "v" },
        { "X-": "" },
        { "X-a": null },
        { "X-a": new Uint8Array(0) },
        { "X-a": "v".repeat(40_000) },
      ]
    ) {
      const { code } = await failure(() => pair.metadata = wrong);
      assertEquals([Object.keys(wrong)[0]!.slice(0, 9), code], [
        Object.keys(wrong)[0]!.slice(0, 9),
        "EINVAL",
      ]);
    }
    for (const wrong of ["X-a", "X-a:", ":v", "Y-a:v", "", "1234"]) {
      assertEquals((await failure(() => pair.setStringOption(95, wrong))).code, "EINVAL");
    }
    assertEquals((await failure(() => pair.getStringOption(95))).code, "EINVAL");
    assertEquals(pair.metadata, before);
    for (const wrong of [5, true, undefined, { "X-a": 5 }]) {
      assert(await failure(() => pair.metadata = wrong) instanceof TypeError);
    }
  });

  itNeeds(
    ["python"],
    "a peer of libzmq's reads it from the message (zmq_msg_gets)",
    () =>
      scoped(async (scope) => {
        const push = scope.own(new loose.Push({ metadata: OWN, linger: 0, sendTimeout: 5000 }));
        await push.bind("tcp://127.0.0.1:*");
        const program = "import sys, zmq\ns = zmq.Context().socket(zmq.PULL)\ns.connect(sys.argv[1])\n" +
          "f = s.recv(copy=False)\nprint(f.get('X-hello'))";
        const peer = run(scope, program, push.lastEndpoint);
        await push.send("read this");
        assertEquals(await peer, "World\n");
      }),
  );
});

describe("connectTimeout", () => {
  test("a dial that nobody answers is given up after it, told as close with ETIMEDOUT, and made again", async (scope) => {
    const { Context } = await import("../../mod.ts");
    const aborted: number[] = [];
    const transports: Transports = {
      runtime: "node",
      tcp: {
        dial: (_address, _settings, _sink, signal) =>
          new Promise((_, reject) => {
            const started = performance.now();
            signal.addEventListener("abort", () => {
              aborted.push(performance.now() - started);
              reject(signal.reason);
            });
          }),
        listen: () => Promise.reject(new Error("not here")),
      },
    };
    const context = new Context({ transports });
    const push = scope.own(new loose.Push({ context, connectTimeout: 60, reconnectInterval: 1, linger: 0 }));
    const events = scope.watch(push);
    push.connect("tcp://10.255.255.1:1");
    for (let round = 0; round < 2; round++) {
      assertEquals((await events.next("close")).error?.code, "ETIMEDOUT");
      await events.next("connect:retry");
    }
    for (const time of aborted) assert(time >= 55 && time < 2000, `${time} ms`);
  });

  itNeeds(
    ["python"],
    "counts against a listener whose backlog is full, on this runtime's own sockets",
    () =>
      scoped(async (scope) => {
        // The queue of connections not yet accepted takes two at backlog 0, and then the system lets SYNs lie.
        const program =
          "import socket, sys, time\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen(0)\n" +
          "f = []\nfor i in range(8):\n  c = socket.socket()\n  c.setblocking(False)\n" +
          "  c.connect_ex(s.getsockname())\n  f.append(c)\n" +
          "print(s.getsockname()[1], flush=True)\ntime.sleep(30)";
        const port = await line(scope, program);
        const push = scope.own(new loose.Push({ connectTimeout: 150, reconnectInterval: 1, linger: 0 }));
        const events = scope.watch(push);
        push.connect(`tcp://127.0.0.1:${port}`);
        const { error, address } = await events.next("close");
        assertEquals([error?.code, address], ["ETIMEDOUT", `tcp://127.0.0.1:${port}`]);
        await events.next("connect:retry");
        assertEquals(events.count("connect"), 0);
      }),
  );
});

describe("outBatchSize", () => {
  test("bounds the octets of messages that go out in one write", async (scope) => {
    const { Context } = await import("../../mod.ts");
    const largest: { [size: number]: number } = {};
    for (const outBatchSize of [1, 4096, 8192]) {
      const network = new Network();
      const { transports } = network;
      let most = 0;
      const tcp = transports.tcp!;
      const context = new Context({
        transports: {
          ...transports,
          tcp: {
            ...tcp,
            dial: async (...asked) => {
              const stream = await tcp.dial(...asked);
              const write = stream.write.bind(stream);
              stream.write = (chunks) => {
                most = Math.max(most, chunks.reduce((sum, { length }) => sum + length, 0));
                return write(chunks);
              };
              return stream;
            },
          },
        },
      });
      const push = scope.own(new loose.Push({ context, outBatchSize, linger: 0 }));
      const pull = scope.own(new loose.Pull({ context }));
      push.connect("tcp://127.0.0.1:5555");
      for (let i = 0; i < 500; i++) await push.send(new Uint8Array(98));
      await pull.bind("tcp://127.0.0.1:5555");
      for (let i = 0; i < 500; i++) await pull.receive();
      largest[outBatchSize] = most;
    }
    assert(largest[1]! <= 2048, `at 1: ${largest[1]}`);
    assert(largest[4096]! > 2048 && largest[4096]! <= 8192, `at 4096: ${largest[4096]}`);
    assert(largest[8192]! > 40_000, `at the default: ${largest[8192]}`);
  });
});

interface WithMetadata {
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}

/** What a connecting and a listening side hear of each other at the handshake. */
async function twoSides(
  scope: Scope,
  transport: AnyTransport,
  connecting: object,
  listening: object,
): Promise<WithMetadata[]> {
  const server = scope.own(new loose.Pair(listening));
  const client = scope.own(new loose.Pair({ linger: 0, ...connecting }));
  const watches = [scope.watch(client), scope.watch(server)];
  await server.bind(scope.address(transport));
  client.connect(server.lastEndpoint);
  const events = await Promise.all(watches.map((watch) => watch.next("handshake")));
  await client.send("there");
  assertEquals(texts(await server.receive()), ["there"]);
  return events as WithMetadata[];
}

async function scoped(body: (scope: Scope) => Promise<void>): Promise<void> {
  const scope = new Scope();
  try {
    await body(scope);
  } finally {
    await scope.end();
  }
}

/** What a program in Python prints. */
function run(scope: Scope, program: string, ...args: string[]): Promise<string> {
  const child = start(scope, program, args);
  let output = "";
  child.stdout.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
  return within(new Promise((resolve) => child.on("close", () => resolve(output))), 10_000, "the program");
}

/** Its first line, while it goes on. */
function line(scope: Scope, program: string): Promise<string> {
  const child = start(scope, program, []);
  const first = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Uint8Array) => resolve(new TextDecoder().decode(chunk).trim()));
  });
  return within(first, 10_000, "the program's line");
}

function start(scope: Scope, program: string, args: readonly string[]) {
  return scope.program(
    spawn(toolPath("python")!, ["-c", program, ...args], { stdio: ["ignore", "pipe", "inherit"] }),
  );
}
