/**
 * FRONT and BACK as they are written, and the line that a terminal shows.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { UsageError } from "../../src/cli/args.ts";
import { parseEnd } from "../../src/cli/devices/ends.ts";
import { liveLine } from "../../src/cli/devices/meter.ts";

describe("an end of a device", () => {
  it("is bound unless it says otherwise", () => {
    assertEquals(parseEnd("tcp://*:1"), { bind: ["tcp://*:1"], connect: [] });
    assertEquals(parseEnd("@tcp://*:1"), { bind: ["tcp://*:1"], connect: [] });
    assertEquals(parseEnd("connect:tcp://a:1"), { bind: [], connect: ["tcp://a:1"] });
    assertEquals(parseEnd(">tcp://a:1"), { bind: [], connect: ["tcp://a:1"] });
  });

  it("may be several, with commas between", () => {
    assertEquals(parseEnd("tcp://*:1, ipc:///tmp/x,>tcp://a:2"), {
      bind: ["tcp://*:1", "ipc:///tmp/x"],
      connect: ["tcp://a:2"],
    });
  });

  it("is refused where an endpoint is missing, or ends at this process", () => {
    assertThrows(() => parseEnd("tcp://*:1,"), UsageError);
    assertThrows(() => parseEnd("connect:"), UsageError);
    assertThrows(() => parseEnd("inproc://x"), UsageError);
  });
});

describe("the line of a device", () => {
  const traffic = { messages: 12_345_678, bytes: 1e9 };
  const side = {
    received: traffic,
    sent: traffic,
    peers: 12,
    queued: { received: 990, sent: 9 },
    dropped: 0,
  };
  const rates = { received: 999_999, receivedBytes: 1e8, sent: 1, sentBytes: 1 };
  const both = { front: rates, back: rates };
  const statistics = {
    front: side,
    back: side,
    captured: 0,
    missed: 0,
    control: { commands: 0, rejected: 0 },
  };

  it("shows peers, what waits, and what goes each way", () => {
    assertEquals(
      liveLine("queue", statistics, both, false),
      "queue  peers 12|12  queued 999|999  → 999 999/s 100 MB/s (12 345 678)  ← 999 999/s 100 MB/s (12 345 678)",
    );
  });

  it("fits into 80 columns at a million messages a second one way, and begins with a pause", () => {
    const silent = { ...side, received: { messages: 0, bytes: 0 } };
    const line = liveLine("forwarder", { ...statistics, back: silent }, both, false);
    assert(line.length < 80, line);
    assert(liveLine("queue", statistics, both, true).startsWith("queue (paused)  "));
  });

  it("tells of what was dropped and captured, if anything was", () => {
    const line = liveLine(
      "queue",
      { ...statistics, front: { ...side, dropped: 3 }, captured: 5, missed: 1 },
      both,
      false,
    );
    assert(line.endsWith("  dropped 3  captured 5, missed 1"), line);
  });
});
