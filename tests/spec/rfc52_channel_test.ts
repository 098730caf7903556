/** 52/CHANNEL, one test for each SHALL and MUST, over inproc. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Channel } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { codeOf, withSockets } from "../support/contexts.ts";

const NAME = "inproc://rfc52";

function withChannels(count: number, body: (...channels: Channel[]) => Promise<void>): Promise<void> {
  return withSockets(
    count,
    (context) => new Channel({ context, sendHighWaterMark: 2, receiveHighWaterMark: 2 }),
    body,
  );
}

describe("RFC 52, CHANNEL", () => {
  it("SHALL send and receive at the same time, both ways, without any change to messages (LT-290)", () =>
    withChannels(2, async (a, b) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      const heard = [a!.receive(), b!.receive()];
      await Promise.all([a!.send("HELLO"), b!.send("")]);
      assertFrames(await heard[0]!, [""]);
      assertFrames(await heard[1]!, ["HELLO"]);
    }));

  it("SHALL accept at most one peer at a time and reject any further connections (DR-9)", () =>
    withChannels(3, async (a, b, c) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      c!.connect(NAME);
      assertEquals(await codeOf(c!.send("x", { timeout: 0 })), "EAGAIN");
      await b!.send("b");
      assertFrames(await a!.receive(), ["b"]);
      await b![Symbol.asyncDispose]();
      const next = new Channel({ context: a!.context });
      next.connect(NAME);
      await next.send("next");
      assertFrames(await a!.receive(), ["next"]);
    }));

  it("SHALL block, or return an error, when it has no peer or the peer is full; and SHALL NOT discard", () =>
    withChannels(2, async (a, b) => {
      await a!.bind(NAME);
      for (const timeout of [0, 2]) assertEquals(await codeOf(a!.send("x", { timeout })), "EAGAIN");
      b!.connect(NAME);
      const sends = Array.from({ length: 20 }, (_, i) => a!.send(`${i}`));
      assertEquals(await codeOf(a!.send("x", { timeout: 0 })), "EAGAIN");
      for (let i = 0; i < 20; i++) assertFrames(await b!.receive(), [`${i}`]);
      await Promise.all(sends);
    }));

  it("MUST NOT send messages of several parts (DR-1)", () =>
    withChannels(2, async (a, b) => {
      await a!.bind(NAME);
      b!.connect(NAME);
      assertEquals(await codeOf(a!.send(["a", "b"] as never)), "EINVAL");
      assertEquals(b!.tryReceive(), undefined);
    }));
});
