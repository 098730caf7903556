/** 31/EXPAIR, one test for each SHALL, over inproc. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Pair } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { codeOf, withSockets } from "../support/contexts.ts";

const NAME = "inproc://rfc31";

function withPairs(count: number, body: (...pairs: Pair[]) => Promise<void>): Promise<void> {
  return withSockets(
    count,
    (context) => new Pair({ context, sendHighWaterMark: 2, receiveHighWaterMark: 2 }),
    body,
  );
}

describe("RFC 31, PAIR", () => {
  it("SHALL send and receive at the same time, both ways, without any change to messages", () =>
    withPairs(2, async (a, b) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      const heard = [a!.receive(), b!.receive()];
      await Promise.all([a!.send(["", "from a", ""]), b!.send(["from b"])]);
      assertFrames(await heard[0]!, ["from b"]);
      assertFrames(await heard[1]!, ["", "from a", ""]);
    }));

  it("SHALL accept at most one peer at a time and reject any further connections (PP-4)", () =>
    withPairs(3, async (a, b, c) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      c!.connect(NAME);
      assertEquals(await codeOf(c!.send("x", { timeout: 0 })), "EAGAIN");
      await b!.send("b");
      assertFrames(await a!.receive(), ["b"]);
      await a!.send("to b");
      assertFrames(await b!.receive(), ["to b"]);
      assertEquals([a!.tryReceive(), c!.tryReceive()], [undefined, undefined]);
    }));

  it("SHALL accept another peer when the one it had is gone (PP-4)", () =>
    withPairs(3, async (a, b, c) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      await b!.send("left");
      await b![Symbol.asyncDispose]();
      c!.connect(NAME);
      await c!.send("new");
      assertFrames(await a!.receive(), ["left"]);
      assertFrames(await a!.receive(), ["new"]);
    }));

  it("SHALL block on sending, or return an error, when it has no connected peer (PP-5)", () =>
    withPairs(1, async (a) => {
      await a!.bind(NAME);
      for (const timeout of [0, 3]) assertEquals(await codeOf(a!.send("x", { timeout })), "EAGAIN");
    }));

  it("SHALL NOT discard messages: when the queue is full, sending waits (PP-5)", () =>
    withPairs(2, async (a, b) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      const sends = Array.from({ length: 20 }, (_, i) => a!.send(`${i}`));
      assertEquals(await codeOf(a!.send("x", { timeout: 0 })), "EAGAIN");
      for (let i = 0; i < 20; i++) assertFrames(await b!.receive(), [`${i}`]);
      await Promise.all(sends);
      assertEquals(b!.tryReceive(), undefined);
    }));
});
