/** 30/PIPELINE, one test for each SHALL, over inproc. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Pull, Push, ZmqError } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { withContext } from "../support/contexts.ts";

const NAME = "inproc://rfc30";

describe("RFC 30, PUSH", () => {
  it("SHALL NOT receive messages: it has no receive", () =>
    withContext((context) => {
      const push = new Push({ context });
      assertEquals(["receive" in push, push.readable], [false, false]);
      return Promise.resolve();
    }));

  it("SHALL route outgoing messages to its PULL peers using a round-robin strategy (PP-1, LT-239)", () =>
    withContext(async (context) => {
      const push = new Push({ context });
      await push.bind(NAME);
      const pulls = Array.from({ length: 5 }, () => new Pull({ context }));
      for (const pull of pulls) pull.connect(NAME);
      for (const round of ["ABC", "DEF"]) for (let i = 0; i < 5; i++) await push.send(round);
      for (const pull of pulls) {
        assertFrames(await pull.receive({ timeout: 1000 }), ["ABC"]);
        assertFrames(await pull.receive({ timeout: 1000 }), ["DEF"]);
        assertEquals(pull.tryReceive(), undefined);
      }
    }));

  it("SHALL block on sending, or return an error, when it has no available peers (PP-1)", () =>
    withContext(async (context) => {
      const push = new Push({ context });
      await push.bind(NAME);
      for (const timeout of [0, 3]) {
        const error = await assertRejects(() => push.send("x", { timeout }), ZmqError) as ZmqError;
        assertEquals(error.code, "EAGAIN");
      }
    }));

  it("SHALL NOT discard messages that it can't queue: they wait until a peer takes them (PP-1)", () =>
    withContext(async (context) => {
      const push = new Push({ context, sendHighWaterMark: 1 });
      await push.bind(NAME);
      const sends = Array.from({ length: 20 }, (_, i) => push.send(`${i}`));
      const pull = new Pull({ context, receiveHighWaterMark: 1 });
      pull.connect(NAME);
      for (let i = 0; i < 20; i++) assertFrames(await pull.receive(), [`${i}`]);
      await Promise.all(sends);
    }));

  it("SHALL consider a peer as available only when its queue is not full (PP-1)", () =>
    withContext(async (context) => {
      const push = new Push({ context, sendHighWaterMark: 1 });
      await push.bind(NAME);
      const [full, free] = [new Pull({ context, receiveHighWaterMark: 1 }), new Pull({ context })];
      for (const pull of [full, free]) pull.connect(NAME);
      for (let i = 0; i < 20; i++) await push.send(`${i}`, { timeout: 0 });
      let taken = 0;
      while (full.tryReceive() !== undefined) taken++;
      assertEquals(taken, 2);
      taken = 0;
      while (free.tryReceive() !== undefined) taken++;
      assertEquals(taken, 18);
    }));

  it("SHALL deliver a message whole or not at all", () =>
    withContext(async (context) => {
      const push = new Push({ context, sendHighWaterMark: 1 });
      await push.bind(NAME);
      const pull = new Pull({ context, receiveHighWaterMark: 1 });
      pull.connect(NAME);
      let sent = 0;
      while (push.trySend([`${sent}`, "2", "3"])) sent++;
      for (let i = 0; i < sent; i++) assertFrames(await pull.receive(), [`${i}`, "2", "3"]);
      assertEquals(pull.tryReceive(), undefined);
    }));
});

describe("RFC 30, PULL", () => {
  it("SHALL NOT send messages: it has no send (PP-3)", () =>
    withContext((context) => {
      const pull = new Pull({ context });
      assertEquals(["send" in pull, pull.writable], [false, false]);
      return Promise.resolve();
    }));

  it("SHALL receive incoming messages from its PUSH peers using a fair-queuing strategy (PP-3)", () =>
    withContext(async (context) => {
      const pull = new Pull({ context });
      await pull.bind(NAME);
      const pushes = Array.from({ length: 5 }, () => new Push({ context }));
      for (const push of pushes) push.connect(NAME);
      for (let i = 0; i < 2; i++) for (const [p, push] of pushes.entries()) await push.send(`${p}`);
      const first = new Set<string>();
      for (let i = 0; i < 5; i++) first.add(String((await pull.receive())[0]));
      assertEquals(first.size, 5);
    }));

  it("SHALL deliver the messages of a peer in the order in which they were sent (SO-5)", () =>
    withContext(async (context) => {
      const pull = new Pull({ context });
      await pull.bind(NAME);
      const pushes = Array.from({ length: 3 }, () => new Push({ context }));
      for (const push of pushes) push.connect(NAME);
      for (let i = 0; i < 100; i++) await pushes[i % 7 % 3]!.send([`${i % 7 % 3}`, `${i}`]);
      const last = [-1, -1, -1];
      for (let i = 0; i < 100; i++) {
        const [push, number] = (await pull.receive()).map((frame) => Number(String(frame)));
        assert(number! > last[push!]!);
        last[push!] = number!;
      }
    }));
});
