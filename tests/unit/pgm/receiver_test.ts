import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { decodePacket, RDATA, SPMR } from "../../../src/pgm/packet.ts";
import { assertBytes } from "../../support/bytes.ts";
import * as captures from "../../vectors/pgm/captures.ts";
import { Made, NO_MESSAGE, Receiving } from "./receiving.ts";

/** The groups of the captures. */
const IPV6 = { group: "ff08::1", interfaceAddress: "fe80::9c1c:f0ff:fe1f:54a3" };
const IPV6_SENDER = { host: "fe80::5861:95ff:fe1f:cbd4%eth0", port: 1 };

/** Lets a receiver hear a capture, but for the packets of data that it loses, up to the first with this label. */
function play(
  capture: string,
  drop: readonly number[] = [],
  receiving: Receiving = new Receiving(),
  until?: string,
): Receiving {
  const from = capture === captures.IPV6 ? IPV6_SENDER : undefined;
  for (const { label, time, octets } of captures.packetsOf(capture)) {
    if (until !== undefined && label.startsWith(until)) break;
    if (label.startsWith("nak") || label.startsWith("spmr")) continue;
    const packet = decodePacket(octets);
    if (typeof packet === "string") throw new Error(packet);
    if (label === "odata" && "number" in packet && drop.includes(packet.number)) continue;
    receiving.passTo(time);
    receiving.put(octets, from);
  }
  return receiving;
}

function numbered(count: number): string[][] {
  return Array.from({ length: count }, (_, i) => [`m${i}`]);
}

describe("PgmReceiver: what libzmq sent", () => {
  it("is delivered, capture by capture", () => {
    const x = (text: string, count: number) => text.repeat(count);
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    assertEquals(play(captures.START).messages, [["hello"]]);
    assertEquals(play(captures.LENGTHS).messages, [["a", "bb", ""], [""], [x("k", 253)], [x("k", 254)]]);
    assertEquals(play(captures.SPLIT, [], new Receiving({ maxTpdu: 200 })).messages, [
      [bytes + x("\0", 44)],
      [x("E", 124)],
      [x("F", 125)],
      [x("P", 100), x("Q", 100), x("R", 100)],
      ["end"],
    ]);
    assertEquals(play(captures.DEFAULT_TPDU).messages, [[x("X", 4000)]]);
    const two = (i: number) => String(i).padStart(2, "0");
    const all = Array.from({ length: 24 }, (_, i) => i);
    assertEquals(play(captures.PACKED).messages, all.map((i) => [two(i) + x(".", 28)]));
    assertEquals(play(captures.SPLIT_HEADER).messages, [[x("G", 123)], [x("H", 10)], [x("I", 3)]]);
    assertEquals(play(captures.REPAIR).messages, numbered(6));
    assertEquals(play(captures.REPAIR_LIST).messages, numbered(10));
    assertEquals(play(captures.LATE_JOIN).messages, numbered(36));
    assertEquals(play(captures.WINDOW).messages, numbered(9));
    const rated = play(captures.RATE);
    assertEquals(rated.messages, all.map((i) => [two(i) + x("-", 98)]));
    // SPMs that name what is not sent yet are no loss, and data that comes twice is delivered once.
    assertEquals([rated.losses, rated.reasons], [[], []]);
    assertEquals(play(captures.IPV6, [], new Receiving(IPV6)).messages, numbered(4));
  });

  it("by hand (capture 14) is taken or dropped as it must be", () => {
    for (const { label, octets } of captures.packetsOf(captures.CRAFTED)) {
      const [, outcome] = label.split(":");
      const receiving = new Receiving();
      new Made(receiving).spm(-1);
      receiving.put(octets);
      if (outcome === "delivered") assertEquals(receiving.messages.length, 1, label);
      else if (outcome === "delivered-as-multipart") {
        assertEquals(receiving.messages, [["a"], ["b", "c"]], label);
      } else assertEquals(receiving.messages, [], label);
      const counted = outcome!.toLowerCase().endsWith("dropped") || outcome === "stream-reset" ? 1 : 0;
      assertEquals(receiving.reasons.length, counted, `${label}: ${receiving.reasons}`);
    }
  });

  const DROPPED = [
    { capture: captures.REPAIR, drop: [3], settings: {}, count: 6 },
    { capture: captures.REPAIR_LIST, drop: [3, 4, 5, 6], settings: {}, count: 10 },
    { capture: captures.IPV6, drop: [1], settings: IPV6, count: 4 },
  ];

  it("is repaired by the RDATA that libzmq sent, and its NCF keeps ours back (captures 07, 08 and 12)", () => {
    for (const { capture, drop, settings, count } of DROPPED) {
      // A back-off of almost 50 ms: libzmq's receiver was faster.
      const random = (length: number) => new Uint8Array(length).fill(0xff);
      const receiving = play(capture, drop, new Receiving({ ...settings, random }));
      assertEquals(receiving.messages, numbered(count));
      assertEquals([receiving.takeSent(), receiving.losses, receiving.reasons], [[], [], []]);
    }
  });

  it("is asked for again in libzmq's own words, where its SPM says (captures 07, 08 and 12)", () => {
    for (const { capture, drop, settings } of DROPPED) {
      const nak = captures.packetsOf(capture).find(({ label }) => label.startsWith("nak"))!.octets;
      const receiving = play(capture, drop, new Receiving(settings), "ncf");
      receiving.pass(100);
      const [sent] = receiving.sent;
      assertBytes(sent!.datagram, nak);
      // A link-local address leads nowhere without its zone.
      assertEquals(sent!.to, {
        host: settings === IPV6 ? IPV6_SENDER.host : "10.99.0.1",
        port: 5555,
      });
      assertEquals(receiving.sent.length, 1);
    }
  });
});

describe("PgmReceiver: joining", () => {
  it("starts after the lead of a first SPM, and with a first packet of data or repair", () => {
    for (const first of ["spm", "data", "repair"] as const) {
      const receiving = new Receiving();
      const made = new Made(receiving);
      made.trail = 3;
      if (first === "spm") made.spm(9);
      else made[first](10);
      made.data(11);
      made.data(9);
      made.spm(11);
      if (first === "spm") made.data(10);
      receiving.pass(1000);
      assertEquals(receiving.messages, [["m10"], ["m11"]], first);
      assertEquals(receiving.losses, []);
    }
  });

  it("asks for an SPM after 25 ms, the group and the sender, once if nothing is missing", () => {
    const receiving = new Receiving();
    new Made(receiving).data(0);
    receiving.pass(24);
    assertEquals(receiving.takeSent(), []);
    receiving.pass(1);
    assertEquals(receiving.sent.map(({ datagram }) => datagram.length), [16, 16]);
    assertEquals(receiving.takeSent(), [
      { to: "239.192.1.1:5555", type: SPMR },
      { to: "10.99.0.1:5555", type: SPMR },
    ]);
    receiving.pass(60_000);
    assertEquals(receiving.takeSent(), []);
  });

  it("does not ask if an SPM came, or another receiver has asked (capture 09)", () => {
    const spmr = captures.packetsOf(captures.LATE_JOIN).find(({ label }) => label === "spmr")!.octets;
    const data = captures.packetsOf(captures.LATE_JOIN).find(({ label }) => label === "odata")!.octets;
    const asked = new Receiving();
    asked.put(data);
    asked.put(spmr, { host: "10.99.0.77", port: 1 });
    asked.pass(249);
    assertEquals([asked.takeSent(), asked.reasons], [[], []]);
    const told = new Receiving();
    const made = new Made(told);
    made.data(0);
    made.spm(0);
    told.pass(10_000);
    assertEquals(told.takeSent(), []);
  });

  it("asks in libzmq's own words (capture 09)", () => {
    const packets = captures.packetsOf(captures.LATE_JOIN);
    const receiving = new Receiving();
    receiving.put(packets.find(({ label }) => label === "odata")!.octets);
    receiving.pass(25);
    assertBytes(receiving.sent[0]!.datagram, packets.find(({ label }) => label === "spmr")!.octets);
  });

  it("joins in the middle of a long message at the next one that begins", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.data(5, "", { offset: NO_MESSAGE, slice: new Uint8Array(50).fill(7) });
    made.data(6, "", { offset: 3, slice: Uint8Array.from([7, 7, 7]) });
    made.data(7, "whole");
    assertEquals(receiving.messages, [["whole"]]);
    assertEquals(receiving.reasons, []);
  });

  it("takes no window from a first NCF, and no part in other ports and groups", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.ncf([4, 5]);
    made.data(9);
    made.spm(9);
    made.ncf([10], "239.192.1.9");
    new Made(receiving, { destinationPort: 5556 }).data(0);
    receiving.pass(1000);
    assertEquals(receiving.messages, [["m9"]]);
    assertEquals(receiving.takeSent(), []);
    assertEquals(receiving.reasons, ["for another group", "for another port"]);
  });

  it("tells sources with an equal GSI apart, and such with an equal TSI by their address", () => {
    const receiving = new Receiving();
    const sources = [
      new Made(receiving),
      new Made(receiving, { sourcePort: 0x2222 }),
      new Made(receiving, {}, "10.99.0.3"),
      new Made(receiving, { gsi: 0x990203040506 }),
    ];
    for (let n = 0; n < 3; n++) sources.forEach((source, i) => source.data(n + i * 1000, `${i}:${n}`));
    assertEquals(receiving.engine.sources, 4);
    for (let i = 0; i < 4; i++) {
      assertEquals(
        receiving.messages.flat().filter((text) => text.startsWith(`${i}`)),
        [`${i}:0`, `${i}:1`, `${i}:2`],
      );
    }
  });
});

describe("PgmReceiver: repair", () => {
  function started(settings = {}): { receiving: Receiving; made: Made } {
    const receiving = new Receiving(settings);
    const made = new Made(receiving);
    made.spm(-1);
    return { receiving, made };
  }

  it("sends nothing for packets that are late by less than the back-off, or come twice", () => {
    const { receiving, made } = started();
    for (const number of [0, 3, 3, 1, 0, 2, 4, 2]) made.data(number);
    receiving.pass(10_000);
    assertEquals(receiving.messages, numbered(5));
    assertEquals(receiving.takeSent(), []);
  });

  it("draws the back-off from 0 to 50 ms", () => {
    for (const [octet, least, most] of [[0, 0, 0], [0x80, 25, 26], [0xff, 49, 50]] as const) {
      const { receiving, made } = started({ random: (length: number) => new Uint8Array(length).fill(octet) });
      made.data(1);
      receiving.passTo(Math.max(0, least - 0.01));
      if (octet > 0) assertEquals(receiving.takeNaks(), []);
      receiving.passTo(most);
      assertEquals(receiving.takeNaks(), [[0]]);
    }
  });

  it("asks for all that has expired together, 63 numbers a NAK, less if the TPDU is small", () => {
    const { receiving, made } = started({ rate: 10_000 });
    made.data(130);
    receiving.pass(26);
    assertEquals(receiving.takeNaks().map((list) => [list[0], list.length]), [[0, 63], [63, 63], [126, 4]]);
    const small = started({ maxTpdu: 100, rate: 10_000 });
    small.made.data(10);
    small.receiving.pass(26);
    assert(small.receiving.sent.every(({ datagram }) => datagram.length + 28 <= 100));
    assertEquals(small.receiving.takeNaks().flat(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("waits 200 ms for the NCF, then backs off and asks again; 50 times, about 11 s", () => {
    const { receiving, made } = started();
    made.data(1, "held");
    const times: number[] = [];
    while (times.length < 50) {
      receiving.passTo(receiving.engine.deadline()!);
      if (receiving.takeNaks().length > 0) times.push(receiving.now);
    }
    for (let i = 1; i < 50; i++) assert(Math.abs(times[i]! - times[i - 1]! - 225.1) < 0.5, `${times}`);
    assertEquals(receiving.messages.length, 0);
    receiving.pass(260);
    assertEquals(receiving.story, ["lost 0+1", "held"]);
    assertEquals(receiving.losses, [{ source: made.name, first: 0, count: 1 }]);
    assert(receiving.now > 11_000 && receiving.now < 11_700, `${receiving.now}`);
  });

  it("waits 200 ms for the data after the NCF, and counts those tries by themselves", () => {
    const { receiving, made } = started();
    made.data(1, "held");
    for (let i = 0; i < 49; i++) {
      receiving.pass(26);
      assertEquals(receiving.takeNaks(), [[0]], `try ${i}`);
      made.ncf([0]);
      receiving.pass(199.5);
      assertEquals(receiving.takeNaks(), []);
      receiving.pass(0.5);
    }
    receiving.pass(26);
    assertEquals(receiving.takeNaks(), [[0]]);
    made.ncf([0]);
    assertEquals(receiving.losses, []);
    receiving.pass(200);
    assertEquals(receiving.story, ["lost 0+1", "held"]);
  });

  it("keeps quiet when another receiver's NCF names the number, also a later one that extends the window", () => {
    const { receiving, made } = started();
    made.data(3);
    made.ncf([0, 1, 2]);
    receiving.pass(150);
    made.ncf([1]);
    made.ncf([5]);
    receiving.pass(25);
    assertEquals(receiving.takeNaks(), []);
    // 4 was missing with 5, and nobody confirmed it.
    receiving.pass(1);
    assertEquals(receiving.takeNaks(), [[4]]);
    receiving.pass(49);
    assertEquals(receiving.takeNaks(), []);
    receiving.pass(1);
    assertEquals(receiving.takeNaks(), [[0, 2]]);
  });

  it("learns from an SPM that the last packet is missing", () => {
    const { receiving, made } = started();
    made.data(0);
    made.spm(1);
    receiving.pass(30);
    assertEquals(receiving.takeNaks(), [[1]]);
    made.ncf([1]);
    made.repair(1);
    receiving.pass(5000);
    assertEquals(receiving.messages, numbered(2));
    assertEquals(receiving.takeNaks(), []);
  });

  it("takes no SPM that is older than the last (RFC 3208)", () => {
    const { receiving, made } = started();
    made.spmNumber = 7;
    made.spm(-1);
    made.spmNumber = 5;
    made.spm(3);
    receiving.pass(1000);
    assertEquals(receiving.takeNaks(), []);
    made.spmNumber = 8;
    made.spm(0);
    receiving.pass(30);
    assertEquals(receiving.takeNaks(), [[0]]);
  });

  it("declares no loss and sends no NAK before an SPM, asks for one again, and NAKs when it is there", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.data(0);
    made.data(2);
    receiving.pass(60_000);
    const types = new Set(receiving.takeSent().map(({ type }) => type));
    assertEquals([...types], [SPMR]);
    assertEquals(receiving.losses, []);
    made.spm(2);
    assertEquals(receiving.takeNaks(), [[1]]);
    made.repair(1);
    assertEquals(receiving.messages, numbered(3));
  });

  it("fills holes in any order, over the wrap of the numbers", () => {
    const { receiving, made } = started();
    made.spmNumber = 1;
    const base = 0xfffffffc;
    const other = new Made(receiving, { sourcePort: 9 });
    other.trail = base;
    other.spm(base - 1, base);
    for (const step of [7, 3, 5, 1, 6, 0, 4, 2]) other.data(base + step, `${step}`);
    assertEquals(receiving.messages.flat(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    receiving.pass(1000);
    assertEquals(receiving.losses, []);
    other.data(base + 10, "10");
    receiving.pass(30);
    assertEquals(receiving.takeNaks(), [[4, 5]]);
  });
});

describe("PgmReceiver: unrecoverable loss", () => {
  it("delivers at once what is held when the trail passes a hole, drops the broken message, joins again", () => {
    for (const by of ["spm", "data"] as const) {
      const receiving = new Receiving();
      const made = new Made(receiving);
      made.spm(-1);
      made.data(0, "", { slice: Uint8Array.from([2, 1, 0x41]) });
      // 1 has the rest of that message. In 2 it would go on; the offset points behind.
      made.data(2, "", { offset: 3, slice: Uint8Array.from([2, 0, 0x5a, 2, 0, 0x42]) });
      made.data(3, "C");
      assertEquals(receiving.story, []);
      made.trail = 2;
      if (by === "spm") made.spm(3);
      else made.data(4, "D");
      assertEquals(receiving.story.slice(0, 3), ["lost 1+1", "B", "C"]);
    }
  });

  it("ignores a trail from before it joined, one that goes back, and one that passes nothing missing", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.data(10, "a", { trail: 2 });
    made.spm(10, 5);
    made.spm(10, 11);
    made.data(12, "c", { trail: 7 });
    receiving.pass(30);
    assertEquals(receiving.takeNaks(), [[11]]);
    made.repair(11, "b");
    assertEquals(receiving.story, ["a", "b", "c"]);
  });

  it("tells of one hole once, as a whole, also if it reaches beyond what was seen", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.spm(-1);
    made.data(3, "x");
    made.trail = 8;
    made.spm(9);
    receiving.pass(0);
    assertEquals(receiving.story, ["lost 0+3", "x", "lost 4+4"]);
    made.repair(8, "y");
    made.data(9, "z");
    assertEquals(receiving.story.slice(3), ["y", "z"]);
  });

  it("gives up the oldest when the window is full, and not before", () => {
    const receiving = new Receiving({ recoveryInterval: 500 });
    const made = new Made(receiving);
    made.spm(-1);
    for (const number of [1, 2, 3]) made.data(number);
    assertEquals(receiving.story, []);
    made.data(4);
    assertEquals(receiving.story, ["lost 0+1", "m1", "m2", "m3", "m4"]);
    made.data(1_000_004, "far");
    assertEquals(receiving.story.slice(5), ["lost 5+999996"]);
    made.trail = 1_000_004;
    made.spm(1_000_004);
    assertEquals(receiving.story.slice(6), ["lost 1000001+3", "far"]);
  });

  it("asks no more for what is lost but not told yet, whoever confirms it", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.spm(-1);
    receiving.room = () => false;
    made.data(0);
    made.data(3);
    made.trail = 3;
    made.spm(3);
    made.ncf([1, 2]);
    receiving.pass(1000);
    assertEquals(receiving.takeNaks(), []);
    receiving.resume();
    assertEquals(receiving.story, ["m0", "lost 1+2", "m3"]);
  });

  it("fills what is lost but not told yet", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.spm(-1);
    receiving.room = () => false;
    made.data(0);
    made.trail = 2;
    made.data(2);
    made.data(1, "m1", { type: RDATA, trail: 0 });
    receiving.room = () => true;
    receiving.resume();
    assertEquals(receiving.story, ["m0", "m1", "m2"]);
  });
});

describe("PgmReceiver: a full host", () => {
  it("holds on within its window, goes on in the middle of a packet, and loses nothing", () => {
    const receiving = new Receiving({ recoveryInterval: 500 });
    const made = new Made(receiving);
    made.spm(-1);
    receiving.room = () => false;
    made.data(0, "", { slice: Uint8Array.from([2, 0, 0x61, 2, 0, 0x62, 2, 0, 0x63]) });
    // The window is 4: 5 and 6 have no place.
    for (let n = 1; n < 7; n++) made.data(n);
    assertEquals(receiving.messages, [["a"]]);
    receiving.resume();
    assertEquals(receiving.messages, [["a"], ["b"]]);
    receiving.resume();
    receiving.room = () => true;
    receiving.resume();
    assertEquals(receiving.messages.flat(), ["a", "b", "c", "m1", "m2", "m3", "m4"]);
    // What was sent without a place is asked for as soon as there is room.
    receiving.pass(30);
    assertEquals(receiving.takeNaks(), [[5, 6]]);
    made.repair(6);
    made.repair(5);
    assertEquals(receiving.messages.flat().slice(7), ["m5", "m6"]);
    assertEquals([receiving.losses, receiving.engine.budget.used], [[], 0]);
  });

  it("loses what the source cannot repair any more meanwhile, and says so in its place", () => {
    const receiving = new Receiving({ recoveryInterval: 500 });
    const made = new Made(receiving);
    made.spm(-1);
    receiving.room = () => false;
    for (let n = 0; n < 6; n++) made.data(n);
    for (let n = 6; n < 2000; n++) made.data(n, undefined, { trail: n - 4 });
    assert(receiving.engine.budget.used < 10_000, `${receiving.engine.budget.used}`);
    assertEquals(receiving.story, ["m0"]);
    receiving.room = () => true;
    receiving.resume();
    assertEquals(receiving.story, ["m0", "m1", "m2", "m3", "m4", "lost 5+1990"]);
    receiving.pass(30);
    assertEquals(receiving.takeNaks(), [[1995, 1996, 1997, 1998]]);
  });

  it("takes its peers in turn, and goes on when there is room again within a push", () => {
    const receiving = new Receiving();
    const sources = [new Made(receiving), new Made(receiving, { sourcePort: 2 })];
    receiving.room = () => false;
    for (let n = 0; n < 4; n++) sources.forEach((source, i) => source.data(n, `${i}`));
    for (let i = 0; i < 7; i++) receiving.resume();
    assertEquals(receiving.messages.length, 8);
    assert(receiving.messages.slice(0, 4).flat().includes("1"), receiving.story.join());
    receiving.room = () => {
      receiving.engine.resume(receiving.now);
      return false;
    };
    receiving.resume();
    for (let n = 4; n < 8; n++) sources.forEach((source, i) => source.data(n, `${i}`));
    assertEquals(receiving.messages.length, 16);
  });

  it("says nothing and takes nothing once it has ended", () => {
    const receiving = new Receiving();
    const made = new Made(receiving);
    made.spm(-1);
    made.data(3);
    receiving.engine.finish(0);
    assertEquals([receiving.engine.finished, receiving.engine.deadline()], [true, undefined]);
    made.data(0);
    receiving.pass(1000);
    assertEquals([receiving.story, receiving.takeSent()], [[], []]);
  });
});
