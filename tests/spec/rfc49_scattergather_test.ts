/** 49/SCATTERGATHER, one test for each SHALL and MUST, over inproc. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Gather, Scatter } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { codeOf, withContext } from "../support/contexts.ts";

const NAME = "inproc://rfc49";

describe("RFC 49, SCATTER", () => {
  it("SHALL NOT receive messages, and GATHER SHALL NOT send any: they have no such method", () =>
    withContext((context) => {
      const scatter = new Scatter({ context });
      const gather = new Gather({ context });
      assertEquals(
        ["receive" in scatter, scatter.readable, "send" in gather, gather.writable],
        Array(4).fill(false),
      );
      return Promise.resolve();
    }));

  it("SHALL route outgoing messages to its GATHER peers using a round-robin strategy (DR-9)", () =>
    withContext(async (context) => {
      const scatter = new Scatter({ context });
      await scatter.bind(NAME);
      const gathers = Array.from({ length: 3 }, () => new Gather({ context }));
      for (const gather of gathers) gather.connect(NAME);
      for (const round of ["1", "2"]) for (let i = 0; i < 3; i++) await scatter.send(round);
      for (const gather of gathers) {
        for (const round of ["1", "2"]) assertFrames(await gather.receive(), [round]);
        assertEquals(gather.tryReceive(), undefined);
      }
    }));

  it("SHALL block on sending, or return an error, when it has no available peers; and SHALL NOT discard (DR-9)", () =>
    withContext(async (context) => {
      const scatter = new Scatter({ context, sendHighWaterMark: 1 });
      await scatter.bind(NAME);
      assertEquals(await codeOf(scatter.send("x", { timeout: 0 })), "EAGAIN");
      const sends = Array.from({ length: 20 }, (_, i) => scatter.send(`${i}`));
      const gather = new Gather({ context, receiveHighWaterMark: 1 });
      gather.connect(NAME);
      for (let i = 0; i < 20; i++) assertFrames(await gather.receive(), [`${i}`]);
      await Promise.all(sends);
    }));

  it("MUST NOT send messages of several parts (DR-1, LT-297)", () =>
    withContext(async (context) => {
      const scatter = new Scatter({ context });
      assertEquals(await codeOf(scatter.send(["a", "b"] as never)), "EINVAL");
    }));

  it("conflate keeps the newest message alone (here: libzmq has the option without effect)", () =>
    withContext(async (context) => {
      const gather = new Gather({ context, conflate: true });
      await gather.bind(NAME);
      const scatter = new Scatter({ context });
      scatter.connect(NAME);
      for (const body of ["old", "older", "new"]) await scatter.send(body);
      assertFrames(await gather.receive(), ["new"]);
      assertEquals(gather.tryReceive(), undefined);
    }));
});

describe("RFC 49, GATHER", () => {
  it("SHALL receive incoming messages from its SCATTER peers using a fair-queuing strategy, in their order (DR-9)", () =>
    withContext(async (context) => {
      const gather = new Gather({ context });
      await gather.bind(NAME);
      const scatters = Array.from({ length: 3 }, () => new Scatter({ context }));
      for (const scatter of scatters) scatter.connect(NAME);
      for (const [i, scatter] of scatters.entries()) for (const n of [1, 2]) await scatter.send(`${i}${n}`);
      const all = (await gather.receiveMany()).map(([body]) => String(body));
      assertEquals(new Set(all.slice(0, 3).map((each) => each[0])).size, 3);
      for (const i of "012") assertEquals(all.filter((each) => each[0] === i), [`${i}1`, `${i}2`]);
    }));
});
