/**
 * The loads of `deno task hostile` at a hundredth of their size, each against a victim in a process of its own on this
 * runtime: the memory of that process stays within the bound of the load, the event is the right one, and a good peer
 * is served meanwhile and afterwards, over the connection that it had.
 */

import { assert, assertGreater } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { programCommand } from "../support/legs.ts";
import { LOADS } from "./loads.ts";
import { measure } from "./measure.ts";

const SCALE = 0.01;

/** Runs the loads of these rows. */
async function bear(...rows: readonly string[]): Promise<void> {
  const loads = LOADS.filter((load) => rows.includes(load.rows));
  assert(loads.length >= rows.length, `no load has ${rows}`);
  for (const load of loads) {
    const { served } = await measure(load, programCommand, SCALE);
    if (load.good !== undefined) assertGreater(served!, 0);
  }
}

describe("by quantity", () => {
  it("subscriptions beyond maxSubscriptions end it, at PUB and XPUB (X-60)", () => bear("X-60"));

  it("topics of 1 MiB end it when they are 64 (X-60, X-62)", () => bear("X-60, X-62"));

  it("one topic again and again costs nothing (X-61, X-63)", () => bear("X-61, X-63"));

  it("notices that nobody reads hold their peer (X-65)", () => bear("X-65"));

  it("connections that say nothing, and peers that do nothing, cost little (X-22, V-06)", async () => {
    await bear("X-22, V-06", "X-22");
  });

  it("peers with long routing ids cost little (X-78, V-20)", () => bear("X-78, V-20"));

  it("connections that come and are reset leave nothing (X-23, X-24, V-13)", () => bear("X-23, X-24, V-13"));

  it("HTTP is closed at once (V-28, X-05)", () => bear("V-28, X-05"));

  it("octets now and then do not put off the end of a handshake (X-02, X-03)", () => bear("X-02, X-03"));

  it("a READY of 64 MiB is refused from its header (H-13, X-13)", () => bear("H-13, X-13"));

  it("sizes near 2^64, and of 1 GiB with nothing behind, take no memory (X-30, X-31, V-04, V-26)", async () => {
    await bear("X-30, V-04, V-26", "X-31, V-26");
  });

  it("MORE without end is ended by its parts or its octets (H-14, X-36, X-38)", async () => {
    await bear("H-14, X-36, X-38", "H-14, X-36");
  });

  it("tiny segments and tiny messages keep nobody waiting (X-39, X-40)", () => bear("X-39", "X-40"));

  it("unknown commands and PONGs are passed over (X-42, X-54)", () => bear("X-42", "X-54"));

  it("of PINGs whose PONGs are not read, the latest is answered (X-53)", () => bear("X-53"));

  it("answers that are not read wait up to the mark (X-73)", () => bear("X-73"));

  it("an envelope of 10^5 hops is refused (X-77)", () => bear("X-77"));

  it("peers that come, send and go are held while nobody reads (V-13)", () => bear("V-13"));

  it("half-done handshakes of CURVE cost little (X-90)", () => bear("X-90"));

  it("PINGs and fragments of WebSocket are bounded (X-108, V-27)", () => bear("X-108, V-27"));

  it("malformed datagrams are dropped (V-16)", () => bear("V-16"));
});
