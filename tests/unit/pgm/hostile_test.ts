/**
 * What strangers can do to a PGM receiver, which has no authentication: made-up sources by the thousand, packets
 * that claim the moon, and octets at random. Nothing may be thrown, grow, or silence a source that talks.
 *
 * PUREMQ_PGM_FUZZ asks for more packets than the ordinary run's.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { checksumOf, sumOf } from "../../../src/pgm/checksum.ts";
import { decodePacket, encodeData, encodeSpm, ODATA, putUint16, RDATA } from "../../../src/pgm/packet.ts";
import { Random } from "../../support/reference.ts";
import * as captures from "../../vectors/pgm/captures.ts";
import { encodeMessage, Made, Receiving, SENDER, SETTINGS } from "./receiving.ts";

const FUZZ = Number(process.env["PUREMQ_PGM_FUZZ"] ?? 100_000);
/** As many sources as are followed, and what their windows may hold at the settings of these tests. */
const SOURCES_MAX = 256;
const BUDGET_MAX = 2 * 16 * 1024 * 1024;

describe("PgmReceiver: sources that are made up", () => {
  it("are bounded in number, and none takes the place of one that talks", () => {
    for (const kind of ["spm", "data", "gap"] as const) {
      const receiving = new Receiving();
      const good = new Made(receiving);
      good.spm(-1);
      let number = 0;
      for (let i = 0; i < 20_000; i++) {
        receiving.pass(1);
        if (i % 100 === 0) good.data(number++);
        if (i < 1200) continue;
        const liar = new Made(
          receiving,
          { gsi: 2 ** 40 + i, sourcePort: i & 0xfff },
          `10.1.${i & 127}.${i >> 7}`,
        );
        if (kind === "spm") liar.spm(1000);
        else liar.data(i, "spoof");
        if (kind === "gap") liar.data(i + 5, "spoof");
        receiving.sent.length = 0;
      }
      assert(receiving.engine.sources <= SOURCES_MAX);
      assert(receiving.engine.budget.used <= BUDGET_MAX);
      const own = receiving.messages.flat().filter((text) => text !== "spoof");
      assertEquals(own, Array.from({ length: number }, (_, i) => `m${i}`), kind);
      assertEquals(receiving.losses.filter(({ source }) => source === good.name), []);
    }
  });

  it("do not keep out a source that begins in the middle of them, once it has talked for a while", () => {
    const receiving = new Receiving();
    const good = new Made(receiving);
    let number = 0;
    for (let i = 0; i < 10_000; i++) {
      receiving.pass(1);
      new Made(receiving, { gsi: i }, "10.1.1.1").data(0, "spoof");
      if (i >= 5000 && i % 20 === 0) good.data(number++);
      receiving.sent.length = 0;
    }
    assertEquals(receiving.messages.flat().filter((text) => text !== "spoof").length, number);
  });

  it("are refused and counted when all that are followed talk", () => {
    const receiving = new Receiving();
    const all = Array.from({ length: SOURCES_MAX }, (_, i) => new Made(receiving, { gsi: i }));
    for (let second = 0; second < 3; second++) {
      for (const made of all) made.data(second);
      receiving.pass(1000);
    }
    const late = new Made(receiving, { gsi: 10_000 });
    late.data(0, "late");
    assertEquals(receiving.engine.sources, SOURCES_MAX);
    assertEquals(receiving.reasons.length, 1);
    // Silent for a minute, they make room.
    receiving.pass(61_000);
    late.data(1, "late");
    assertEquals(receiving.messages.at(-1), ["late"]);
  });

  it("are forgotten 300 s after their last SPM, and what they held is delivered before", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.spm(-1);
    receiving.passTo(200_000);
    made.spm(-1);
    receiving.passTo(499_999);
    assertEquals(receiving.engine.sources, 1);
    receiving.passTo(500_001);
    assertEquals(receiving.engine.sources, 0);
    // Without any SPM nothing can be repaired, and nothing is lost before.
    made.data(7, "first");
    made.data(9, "last");
    receiving.passTo(800_000);
    assertEquals(receiving.story, ["first"]);
    receiving.passTo(800_002);
    assertEquals(receiving.story, ["first", "lost 8+1", "last"]);
    assertEquals([receiving.engine.sources, receiving.engine.budget.used], [0, 0]);
    assertEquals(receiving.engine.deadline(), undefined);
  });

  it("are kept while the host is full, until what they sent is delivered", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.spm(-1);
    receiving.room = () => false;
    for (let n = 0; n < 5; n++) made.data(n);
    receiving.passTo(400_000);
    receiving.room = () => true;
    receiving.resume();
    receiving.pass(2000);
    assertEquals(receiving.messages.length, 5);
    assertEquals(receiving.engine.sources, 0);
  });
});

describe("PgmReceiver: packets that claim too much", () => {
  it("bring NAKs at a bounded rate, whatever lead they name", () => {
    const receiving = new Receiving({ rate: 1_000_000 });
    const liars = Array.from({ length: 100 }, (_, i) => new Made(receiving, { gsi: i }));
    for (const liar of liars) {
      liar.spm(-1);
      liar.spm(700_000);
    }
    receiving.pass(1000);
    const octets = receiving.sent.reduce((sum, { datagram }) => sum + datagram.length + 28, 0);
    assert(receiving.sent.length > 1000, "asks at all");
    assert(octets < 2_500_000, `${octets} octets in a second`);
    assert(receiving.engine.budget.used < 2_000_000, `${receiving.engine.budget.used}`);
  });

  it("cost the same whether a jump is by ten numbers or by two thousand millions", () => {
    const receiving = new Receiving({ rate: 1_000_000 });
    const liar = new Made(receiving);
    liar.spm(-1);
    let number = 0;
    for (let i = 0; i < 20_000; i++) {
      number = (number + 0x7ffffff0) >>> 0;
      if (i % 3 === 0) liar.data(number, "far", { trail: (number - 100) >>> 0 });
      else liar.spm(number, (number - 800_000) >>> 0);
      receiving.sent.length = 0;
    }
    assert(receiving.engine.budget.used < 10_000_000);
  });

  it("cost one run if they come one after the other and nothing is between them", () => {
    const receiving = new Receiving({ rate: 1_000_000 });
    const liar = new Made(receiving);
    liar.spm(-1);
    for (let lead = 0; lead < 5000; lead++) liar.spm(lead);
    assert(receiving.engine.budget.used < 1000, `${receiving.engine.budget.used}`);
  });

  it("cannot take the memory that others need: a full budget lets each source go on in order", () => {
    const receiving = new Receiving({ rate: 1_000_000, recoveryInterval: 100 });
    const liars = Array.from({ length: 100 }, (_, i) => new Made(receiving, { gsi: 100 + i }));
    const slice = encodeMessage(["x".repeat(250)]);
    for (const liar of liars) {
      liar.spm(-1);
      for (let n = 1; n < 6000; n += 2) liar.data(n, "", { slice });
    }
    const { used } = receiving.engine.budget;
    assert(used <= BUDGET_MAX * 2, `${used}`);
    const good = new Made(receiving);
    good.spm(-1);
    for (let n = 0; n < 500; n += 2) {
      good.data(n + 1);
      good.data(n);
    }
    assertEquals(receiving.messages.flat().filter((text) => text.startsWith("m")).length, 500);
  });
});

describe("PgmReceiver: malformed packets", () => {
  it("are dropped and counted, and nothing is thrown or grows", () => {
    const random = new Random(4711);
    const receiving = new Receiving({ recoveryInterval: 2000 });
    receiving.room = () => random.chance(0.9);
    const seeds = Object.values(captures).filter((each) => typeof each === "string")
      .flatMap((each) => captures.packetsOf(each)).map(({ octets }) => octets);
    const good = new Made(receiving, { gsi: 0xfeedfacebeef }, "10.7.7.7");
    good.spm(-1);
    let number = 0;
    let refused = 0;
    for (let i = 0; i < FUZZ; i++) {
      const octets = malformed(random, seeds);
      if (typeof decodePacket(octets) === "string") refused++;
      receiving.put(octets, { host: `10.99.0.${random.below(4)}`, port: 1 });
      if (i % 500 === 0) good.data(number++, `good ${i}`);
      if (random.chance(0.05)) receiving.pass(random.below(400));
      if (random.chance(0.2)) receiving.resume();
      if (i % 5000 === 0) {
        good.spm(number - 1);
        assert(receiving.engine.sources <= SOURCES_MAX);
        assert(receiving.engine.budget.used <= BUDGET_MAX, `${receiving.engine.budget.used}`);
      }
      receiving.sent.length = 0;
      receiving.losses.length = 0;
      receiving.story.length = 0;
      if (receiving.messages.length > 10_000) receiving.messages.splice(0, 5000);
    }
    assert(refused > FUZZ / 4 && refused < FUZZ * 0.95, `${refused} of ${FUZZ} were no packets`);
    assert(receiving.reasons.length >= refused, "every one is counted");
    receiving.room = () => true;
    receiving.resume();
    receiving.pass(1_000_000);
    assertEquals([receiving.engine.sources, receiving.engine.budget.used], [0, 0]);
    assertEquals(receiving.engine.deadline(), undefined);
  });

  it("do no harm to the stream of a source beside them", () => {
    const random = new Random(11);
    const receiving = new Receiving();
    const good = new Made(receiving, {}, "10.7.7.7");
    good.spm(-1);
    const seeds = captures.packetsOf(captures.CRAFTED).map(({ octets }) => octets);
    for (let n = 0; n < 2000; n++) {
      for (let i = 0; i < 5; i++) receiving.put(malformed(random, seeds), SENDER);
      receiving.pass(10);
      good.data(n, `good ${n}`);
    }
    const own = receiving.messages.flat().filter((text) => text.startsWith("good"));
    assertEquals(own.length, 2000);
    assertEquals(receiving.losses.filter(({ source }) => source === good.name), []);
  });
});

/** A captured packet with some octets changed, cut or added, mostly under a right checksum; or noise, or fields at random. */
function malformed(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const kind = random.below(10);
  if (kind === 0) return random.octets(random.below(80));
  if (kind === 1) return ofFields(random);
  let octets = random.pick(seeds).slice();
  for (let i = random.below(4); i > 0; i--) octets[random.below(octets.length)] = random.below(256);
  if (random.chance(0.2)) octets = octets.slice(0, random.below(octets.length + 1));
  if (random.chance(0.1)) octets = Uint8Array.from([...octets, ...random.octets(random.below(20))]);
  if (octets.length < 16 || random.chance(0.2)) return octets;
  putUint16(octets, 6, 0);
  putUint16(octets, 6, checksumOf(sumOf(octets)));
  return octets;
}

/** A packet that is right in itself, with fields that nobody would send. */
function ofFields(random: Random): Uint8Array {
  const header = { sourcePort: random.below(3), destinationPort: SETTINGS.port, gsi: random.below(3) };
  const number = random.pick([random.below(300), random.below(2 ** 32)]);
  const trail = (number - random.pick([0, random.below(100), random.below(2 ** 31)])) >>> 0;
  if (random.chance(0.3)) {
    return encodeSpm({
      ...header,
      number: random.below(2 ** 32),
      trail,
      lead: number,
      nla: "10.9.9.9",
      fin: false,
    });
  }
  const slice = random.octets(random.below(60));
  const offset = random.pick([0xffff, 0, Math.min(3, slice.length)]);
  return encodeData({ ...header, type: random.pick([ODATA, RDATA]), number, trail, offset, slice });
}
