/**
 * udp:// over the loopback interface, unicast: RADIO, DISH and DGRAM of our module with each other and with libzmq's
 * drafts (npm's zeromq), each of those a process of its own. Multicast, and loss, are in `tests/lab`.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { Datagram, Dish, Radio } from "../../mod.ts";
import type { Host } from "../lab/lab.ts";
import { libzmqMissing, type Note, UdpEnd } from "../lab/udp_ends.ts";
import { assertBytes, assertFrames } from "../support/bytes.ts";
import { programCommand } from "../support/legs.ts";
import { pattern } from "../support/transcript.ts";
import { Scope } from "./scope.ts";

/** This machine in place of one of the lab's. */
const HERE = {
  address: "127.0.0.1",
  within: (command: { command: string; args: readonly string[] }) => command,
} as unknown as Host;

/** Each limit of a datagram: empty bodies, the empty group, 127 octets of group, 8192 in all. */
const NOTES: readonly Note[] = [
  ["g", new TextEncoder().encode("hello")],
  ["g", new Uint8Array(0)],
  ["", pattern(10, 1)],
  ["x".repeat(127), pattern(300, 2)],
  ["g", pattern(8190, 3)],
  ["x".repeat(127), pattern(8192 - 128, 4)],
];
const GROUPS = [...new Set(NOTES.map(([group]) => group))];

describe("udp:// on loopback, ours with ours", () => {
  it("RADIO → DISH: what the limits allow, in the order of the datagrams (LT-309)", async () => {
    const dish = new Dish({ linger: 0 });
    await dish.bind("udp://127.0.0.1:*");
    dish.join(...GROUPS);
    const radio = new Radio();
    radio.connect(dish.lastEndpoint!);
    for (const [group, body] of NOTES) await radio.send(body, { group });
    for (const [group, body] of NOTES) {
      const [received, { group: of }] = await dish.receive();
      assertBytes(received, body);
      assertBytes(of, group);
    }
    await Promise.all([radio[Symbol.asyncDispose](), dish[Symbol.asyncDispose]()]);
  });

  it("DGRAM → DGRAM and back to the address in front (LT-316)", async () => {
    const [near, far] = [new Datagram(), new Datagram()];
    await near.bind("udp://127.0.0.1:*");
    await far.bind("udp://127.0.0.1:*");
    for (const length of [0, 1, 8192]) {
      await near.send([far.lastEndpoint!.slice(6), pattern(length, length)]);
      const [from, body] = await far.receive();
      assertBytes(body, pattern(length, length));
      assertBytes(from, `${near.lastEndpoint!.slice(6)}\0`);
      await far.send([from, "back"]);
      assertFrames(await near.receive(), [`${far.lastEndpoint!.slice(6)}\0`, "back"]);
    }
    await Promise.all([near[Symbol.asyncDispose](), far[Symbol.asyncDispose]()]);
  });

  it("IPv6: RADIO → DISH on ::1, with the option ipv6 (LT-310)", async () => {
    const dish = new Dish({ ipv6: true });
    await dish.bind("udp://[::1]:*");
    assert(/^udp:\/\/\[::1\]:\d+$/.test(dish.lastEndpoint!), dish.lastEndpoint!);
    dish.join("g");
    const radio = new Radio({ ipv6: true });
    radio.connect(dish.lastEndpoint!);
    await radio.send("six", { group: "g" });
    assertBytes((await dish.receive())[0], "six");
    await Promise.all([radio[Symbol.asyncDispose](), dish[Symbol.asyncDispose]()]);
  });

  it("a RADIO connects to a host by name", async () => {
    const dish = new Dish();
    await dish.bind("udp://127.0.0.1:*");
    dish.join("g");
    const radio = new Radio();
    radio.connect(dish.lastEndpoint!.replace("127.0.0.1", "localhost"));
    await radio.send("named", { group: "g" });
    assertBytes((await dish.receive())[0], "named");
    await Promise.all([radio[Symbol.asyncDispose](), dish[Symbol.asyncDispose]()]);
  });

  it("a program that sends and ends has sent all of it, closed or not", async () => {
    for (const closing of ["close", "leave"]) {
      const dish = new Dish();
      await dish.bind("udp://127.0.0.1:*");
      dish.join("g");
      const { command, args } = programCommand(
        new URL("./udp_sender_program.ts", import.meta.url),
        dish.lastEndpoint!,
        closing,
      );
      const ended = new Promise<void>((resolve, reject) => {
        execFile(
          command,
          [...args],
          { timeout: 20_000 },
          (error) => error === null ? resolve() : reject(error),
        );
      });
      for (let n = 0; n < 50; n++) assertBytes((await dish.receive())[0], String(n));
      await ended;
      await dish[Symbol.asyncDispose]();
    }
  });
});

describe("udp:// on loopback, ours with libzmq", () => {
  function test(name: string, body: (scope: Scope, libzmq: UdpEnd) => Promise<void>): void {
    if (libzmqMissing !== undefined) return it.skip(`${name} (missing: ${libzmqMissing})`, () => {});
    it(name, async () => {
      const scope = new Scope();
      try {
        await body(scope, await UdpEnd.start(scope, HERE, "libzmq"));
      } finally {
        await scope.end();
      }
    });
  }

  test("our RADIO → its DISH", async (scope, libzmq) => {
    const port = await freePort();
    const dish = await libzmq.open("Dish");
    await dish.bind(`udp://127.0.0.1:${port}`);
    await dish.join(...GROUPS);
    const radio = scope.own(new Radio());
    radio.connect(`udp://127.0.0.1:${port}`);
    for (const [group, body] of NOTES) await radio.send(body, { group });
    assertEquals(await dish.take(NOTES.length), [...NOTES]);
  });

  test("its RADIO → our DISH", async (scope, libzmq) => {
    const dish = scope.own(new Dish());
    await dish.bind("udp://127.0.0.1:*");
    dish.join(...GROUPS);
    const radio = await libzmq.open("Radio");
    await radio.connect(dish.lastEndpoint!);
    await radio.send(...NOTES);
    for (const [group, body] of NOTES) {
      const [received, { group: of }] = await dish.receive();
      assertBytes(received, body);
      assertBytes(of, group);
    }
  });

  test("DGRAM, asked by either, answered by the other", async (scope, libzmq) => {
    const port = await freePort();
    const theirs = await libzmq.open("Datagram");
    await theirs.bind(`udp://127.0.0.1:${port}`);
    const ours = scope.own(new Datagram());
    await ours.bind("udp://127.0.0.1:*");
    await ours.send([`127.0.0.1:${port}`, "question"]);
    const [question] = await theirs.take(1);
    assertEquals([question![0], new TextDecoder().decode(question![1])], [
      `${ours.lastEndpoint!.slice(6)}\0`,
      "question",
    ]);
    await theirs.send([question![0], pattern(8192, 5)]);
    assertFrames(await ours.receive(), [`127.0.0.1:${port}\0`, pattern(8192, 5)]);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
