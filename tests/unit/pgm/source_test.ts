/**
 * The sending half of PGM: libzmq's captures octet for octet with the same inputs, each promise of RFC 3208 and
 * libzmq by itself, and what a liar on the link can make of it.
 */

import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type DataPacket,
  decodePacket,
  encodeNak,
  encodeSpm,
  encodeSpmr,
  NAK,
  type NakPacket,
  NCF,
  NO_MESSAGE,
  ODATA,
  RDATA,
  SPM,
} from "../../../src/pgm/packet.ts";
import { maxSlice, type PgmSettings, windowPackets } from "../../../src/pgm/settings.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import * as captures from "../../vectors/pgm/captures.ts";
import { messagesOf, type Sent, settingsOf, SourceDriver, spms } from "./source_driver.ts";

const { packetsOf } = captures;
const GSI = 0xb7c6d1bc038a;
const SPORT = 41638;
/** IP's and UDP's headers, which count against the rate. */
const OUTER = 28;

describe("a PGM source, given what libzmq was given", () => {
  it("sends the same packets: start, one message, heartbeats, farewell", () => {
    assertSame(captures.START, 41638, {}, [[200, ["hello"]]], 450.5);
  });

  it("sends the same packets: multipart, empty, both forms of length", () => {
    const inputs: Inputs = [
      [100.1, ["a", "bb", ""]],
      [150.4, [""]],
      [200.4, ["k".repeat(253)]],
      [250.6, ["k".repeat(254)]],
    ];
    assertSame(captures.LENGTHS, 20886, {}, inputs, 301);
  });

  it("sends the same packets: messages over several TPDUs, an exact fit, one octet over", () => {
    const first = new Uint8Array(300);
    for (let i = 0; i < 256; i++) first[i] = i;
    const inputs: Inputs = [
      [99.9, [first]],
      [150.1, ["E".repeat(124)]],
      [200.3, ["F".repeat(125)]],
      [250.6, ["P".repeat(100), "Q".repeat(100), "R".repeat(100)]],
      [300.7, ["end"]],
    ];
    assertSame(captures.SPLIT, 40410, { maxTpdu: 200 }, inputs, 351.3);
  });

  it("sends the same packets: the default TPDU", () => {
    assertSame(captures.DEFAULT_TPDU, 10259, {}, [[99.8, ["X".repeat(4000)]]], 150.4);
  });

  it("sends the same packets: messages that queue up share TPDUs", () => {
    const inputs: Inputs = Array.from(
      { length: 24 },
      (_, i) => [100, [String(i).padStart(2, "0") + ".".repeat(28)]],
    );
    assertSame(captures.PACKED, 44630, { maxTpdu: 200 }, inputs, 1000.5);
  });

  it("sends the same packets: a header split between two TPDUs", () => {
    const inputs: Inputs = [[100, ["G".repeat(123)]], [100, ["H".repeat(10)]], [100, ["I".repeat(3)]]];
    // libzmq closed as a heartbeat was due; its timer was late by as much.
    assertSame(captures.SPLIT_HEADER, 34947, { maxTpdu: 200 }, inputs, 199.9);
  });

  it("sends the same packets: the trailing edge of a window of four", () => {
    const times = [99.9, 120.2, 140.8, 163.9, 184.1, 204.5, 224.7, 245.1, 265.3];
    const inputs: Inputs = times.map((time, i) => [time, [`m${i}`]]);
    assertSame(captures.WINDOW, 15418, { recoveryInterval: 500 }, inputs, 435.9);
  });

  it("sends the same packets over IPv6, the repair sooner", () => {
    const settings = { group: "ff08::1", interfaceAddress: "fe80::5861:95ff:fe1f:cbd4" };
    const inputs: Inputs = [501, 557, 600.7, 657.2].map((time, i) => [time, [`m${i}`]]);
    // The close comes 200 ms earlier: our heartbeats follow the last data, libzmq's its late repair.
    const sent = replay(captures.IPV6, 0x4862, settings, inputs, 1130);
    assertEquals(sorted(sent), sorted(downstream(captures.IPV6)));
    assertRepairedAtOnce(sent);
  });

  it("sends the same packets when one was lost, the repair sooner", () => {
    const inputs: Inputs = [100, 140.2, 180.6, 220.8, 261, 301.3].map((time, i) => [time, [`m${i}`]]);
    const sent = replay(captures.REPAIR, 65168, {}, inputs, 491.8);
    assertEquals(sorted(sent), sorted(downstream(captures.REPAIR)));
    assertRepairedAtOnce(sent);
  });

  it("sends the same packets for a NAK with a list, and no repair twice for OpenPGM's second NAK", () => {
    const inputs: Inputs = Array.from({ length: 10 }, (_, i) => [100.3 + 30.27 * i, [`m${i}`]]);
    // Closed before the first heartbeat, which libzmq's late repairs put off beyond the end.
    const sent = replay(captures.REPAIR_LIST, 12804, {}, inputs, 430);
    // OpenPGM leaves an octet of the list uninitialised; ours is 0.
    const expected = downstream(captures.REPAIR_LIST).map((octets) =>
      octets[4] === NCF && octets.length > 36
        ? sent.find(({ packet }) => packet.type === NCF)!.octets
        : octets
    );
    assertEquals(sorted(sent), sorted(expected));
    assertRepairedAtOnce(sent);
  });

  it("sends the same data under a low rate, but never names in an SPM what is still to be sent", () => {
    const inputs: Inputs = Array.from(
      { length: 24 },
      (_, i) => [100, [String(i).padStart(2, "0") + "-".repeat(98)]],
    );
    const sent = replay(captures.RATE, 26800, { rate: 12, maxTpdu: 200 }, inputs, 3000, false);
    const data = sent.filter(({ packet }) => packet.type === ODATA).map(({ octets }) => octets);
    assertEquals(hexes(data), hexes(downstream(captures.RATE).filter((octets) => octets[4] === ODATA)));
    let lead = 0xffffffff;
    for (const { packet } of sent) {
      if (packet.type === ODATA) lead = packet.number;
      if (packet.type === SPM) assertEquals(packet.lead, lead);
    }
  });

  it("answers a late receiver's SPMR, by group and unicast, with an SPM at once and one 100 ms later", () => {
    const requests = packetsOf(captures.LATE_JOIN).filter(({ label }) => label.startsWith("spmr"));
    assertEquals(requests.length, 2);
    const driver = new SourceDriver(settingsOf({ sport: 25451 }));
    driver.send("m0");
    driver.runTo(5000);
    driver.take();
    for (const { octets } of requests) driver.receive(octets);
    driver.runTo(5200);
    assertEquals(spms(driver.take()).map(({ time }) => time), [5000, 5100]);
  });
});

describe("a PGM source's SPMs", () => {
  it("are three at the start, before anything else", () => {
    const driver = new SourceDriver();
    driver.send("x");
    const [a, b, c, data] = driver.take();
    assertEquals(
      [a, b, c].map((one) => spms([one!])[0]),
      [0, 1, 2].map((number) => ({ time: 0, number, trail: 0, lead: 0xffffffff })),
    );
    assertEquals(data!.packet.type, ODATA);
  });

  it("follow data after 100 ms five times, then 1300, 7000 and 16000, and every 30 s in any case", () => {
    const driver = new SourceDriver();
    driver.send("x");
    driver.take();
    driver.runTo(100_000);
    const times = spms(driver.take()).map(({ time }) => time);
    assertEquals(times, [100, 200, 300, 400, 500, 1800, 8800, 24_800, 30_000, 60_000, 90_000]);
  });

  it("name the last packet 100 ms after it, so that its loss is noticed", () => {
    const driver = new SourceDriver();
    for (let i = 0; i < 5; i++) {
      driver.runTo(i * 60);
      driver.send("x");
    }
    driver.take();
    driver.runTo(341);
    assertEquals(spms(driver.take()), [{ time: 340, number: 3, trail: 0, lead: 4 }]);
  });

  it("are not put off by repairs of other packets", () => {
    const driver = new SourceDriver();
    for (let i = 0; i < 3; i++) driver.send("x");
    driver.take();
    for (let time = 60; time <= 1000; time += 60) {
      driver.runTo(time);
      driver.receive(nak([0]));
    }
    assertEquals(spms(driver.take())[0], { time: 100, number: 3, trail: 0, lead: 2 });
  });

  it("follow a repair on an idle source as after libzmq's: 100 ms four times, then 1300", () => {
    const driver = new SourceDriver();
    driver.send("x");
    driver.runTo(25_000);
    driver.receive(nak([0]));
    driver.take();
    driver.runTo(27_000);
    assertEquals(spms(driver.take()).map(({ time }) => time - 25_000), [100, 200, 300, 400, 1700]);
  });

  it("answer requests at most once in 100 ms (RFC 3208 section 13.3.1), and late rather than never", () => {
    const driver = new SourceDriver();
    driver.runTo(1000);
    driver.take();
    for (let i = 0; i < 10_000; i++) {
      driver.runTo(1000 + i / 10);
      driver.receive(request());
    }
    driver.runTo(2500);
    const times = spms(driver.take()).map(({ time }) => time);
    assertEquals(times.length, 11);
    assertEquals(times[0], 1000);
    for (let i = 1; i < times.length; i++) assert(times[i]! - times[i - 1]! >= 100);
  });

  it("are three with FIN at the end, after everything that waits and as soon as that has left", () => {
    const driver = new SourceDriver(settingsOf({ rate: 12 }));
    driver.send(...Array.from({ length: 5 }, () => "x".repeat(1400)));
    driver.finish();
    assert(!driver.source.finished);
    driver.runTo(20_000);
    assert(driver.source.finished);
    assertEquals(new Set(driver.sent.slice(-4).map(({ time }) => time)).size, 1);
    assertEquals(driver.source.deadline(), undefined);
    const last = driver.take().slice(-4);
    assertEquals(last.map(({ packet }) => packet.type), [ODATA, SPM, SPM, SPM]);
    for (const { packet, octets } of last.slice(1)) {
      assert(packet.type === SPM && packet.fin && packet.lead === 4);
      assertBytes(octets.subarray(36), [0x00, 0x04, 0x00, 0x08, 0x8e, 0x04, 0x00, 0x00]);
      assertEquals(octets[5], 1);
    }
    driver.receive(nak([0]));
    assertEquals(driver.source.transmit(30_000), undefined);
    assertEquals(driver.take(), []);
  });
});

describe("a PGM source that ends", () => {
  it("repairs first what it was asked for, and has its last words then", () => {
    const driver = new SourceDriver();
    driver.send(...Array.from({ length: 8 }, () => "x".repeat(1416)));
    driver.take();
    driver.receive(nak([1, 2]));
    driver.finish();
    assertEquals(driver.take().map(({ packet }) => packet.type), [NCF]);
    driver.runTo(1000);
    const sent = driver.take().filter(({ packet }) => packet.type !== SPM || packet.fin);
    assertEquals(sent.map(({ packet }) => packet.type), [RDATA, RDATA, SPM, SPM, SPM]);
    assert(driver.source.finished);
  });
});

describe("a PGM source's data", () => {
  it("is the stream of messages, whatever the sizes; offsets name the first message that begins", () => {
    const random = generator(7);
    for (const [maxTpdu, group, own] of SHAPES) {
      const settings = settingsOf({ maxTpdu, group, interfaceAddress: own, rate: 8_000_000 });
      const driver = new SourceDriver(settings);
      const messages: Uint8Array[][] = [];
      for (let i = 0; i < 150; i++) {
        const message = Array.from({ length: 1 + random(3) }, () => randomPart(random, maxTpdu));
        messages.push(message);
        driver.queue.push(message);
        if (random(3) === 0) {
          driver.runTo(driver.now + random(20));
          driver.drain();
        }
      }
      driver.runTo(driver.now + 50);
      driver.drain();
      assertStream(driver.take(), messages, settings);
    }
  });

  it("waits in the host until the rate has a whole packet", () => {
    const driver = new SourceDriver(settingsOf({ rate: 12 }));
    driver.send(...Array.from({ length: 100 }, () => "x".repeat(1000)));
    assertGreater(driver.queue.length, 95);
  });

  it("stays in a window of floor(floor(RATE/8) * RECOVERY_IVL / TPDU) packets", () => {
    assertEquals(windowPackets(settingsOf()), 80);
    assertEquals(windowPackets(settingsOf({ recoveryInterval: 500 })), 4);
    assertEquals(windowPackets(settingsOf({ recoveryInterval: 0 })), 1);
    assertEquals(windowPackets(settingsOf({ rate: 7 })), 1);
    assertEquals(windowPackets(settingsOf({ rate: 1_000_000 })), 833_333);
    const driver = new SourceDriver();
    for (let i = 0; i < 200; i++) {
      driver.runTo(i * 20);
      driver.send("x");
    }
    const data = driver.take().flatMap(({ packet }) => packet.type === ODATA ? [packet] : []);
    // Each has the trail from before it came into the window, as libzmq's (capture 10).
    assertEquals(data.map(({ trail }) => trail), data.map(({ number }) => Math.max(0, number - 80)));
    driver.receive(nak([119, 120]));
    const [ncf, ...repairs] = driver.take();
    assertEquals((ncf!.packet as NakPacket).numbers, [119, 120]);
    assertEquals(repairs.map(({ packet }) => [packet.type, (packet as DataPacket).number]), [[RDATA, 120]]);
    assertEquals((repairs[0]!.packet as DataPacket).trail, 120);
  });

  it("takes memory for what it holds, not for what the rate and the interval allow", () => {
    const driver = new SourceDriver(settingsOf({ rate: 1_000_000 }));
    const memories = new Set<ArrayBufferLike>();
    for (let i = 0; i < 2000; i++) {
      driver.queue.push([new Uint8Array(5)]);
      memories.add(driver.source.transmit(0)!.datagram.buffer);
    }
    // 33 octets each, from one word to the next; pieces of 64 KiB, the last of which is not used up.
    assertLessOrEqual(sizeOf(memories), 2000 * 36 + 65_536);
  });

  it("goes on over the end of the sequence numbers", () => {
    const driver = new SourceDriver(settingsOf({ recoveryInterval: 500 }), { first: 0xfffffffd });
    for (let i = 0; i < 8; i++) {
      driver.runTo(i * 20);
      driver.send(`m${i}`);
    }
    const sent = driver.take();
    assertEquals(spms(sent)[0], { time: 0, number: 0, trail: 0xfffffffd, lead: 0xfffffffc });
    const data = sent.flatMap(({ packet }) => packet.type === ODATA ? [packet] : []);
    assertEquals(data.map(({ number }) => number), [0xfffffffd, 0xfffffffe, 0xffffffff, 0, 1, 2, 3, 4]);
    driver.receive(nak([0xffffffff, 1, 4, 5]));
    const answers = driver.take().map(({ packet }) =>
      packet.type === NCF ? packet.numbers : (packet as DataPacket).number
    );
    assertEquals(answers, [[0xffffffff, 1, 4], 1, 4]);
  });

  it("is a stream of its own for each source: GSI and port are random, the port never the data's", () => {
    const ports = [0, 5554, 5555, 65534, 65535].map((sport) => {
      const driver = new SourceDriver(settingsOf({ sport }));
      const { packet } = driver.sent[0]!;
      assertEquals([packet.gsi, packet.destinationPort], [GSI, 5555]);
      return packet.sourcePort;
    });
    assertEquals(ports, [0, 5554, 5556, 65534, 0]);
  });
});

describe("a PGM source's repairs", () => {
  it("follow the confirmation at once, which names what the NAK names", () => {
    const driver = sending(10);
    driver.receive(nak([4, 2, 7]));
    const [ncf, ...repairs] = driver.take();
    assertEquals(ncf!.packet, {
      type: NCF,
      sourcePort: SPORT,
      destinationPort: 5555,
      gsi: GSI,
      numbers: [4, 2, 7],
      nla: "10.99.0.1",
      group: "239.192.1.1",
    });
    assertEquals(numbersOf(repairs), [[RDATA, 4], [RDATA, 2], [RDATA, 7]]);
  });

  it("are the data again with the current trail and a right checksum, as often as it is asked for", () => {
    const driver = new SourceDriver(settingsOf({ recoveryInterval: 500 }));
    driver.send("hello");
    const original = driver.take().at(-1)!;
    for (let round = 1; round < 4; round++) {
      driver.runTo(round * 1000);
      driver.send("more");
      driver.take();
      driver.receive(nak([0]));
      const repair = driver.take().at(-1)!;
      assertEquals(repair.packet, { ...original.packet as DataPacket, type: RDATA });
    }
    // It leaves the window of four with the next but one, and a repair of its neighbour has the trail of then.
    driver.runTo(5000);
    driver.send("out");
    driver.take();
    driver.receive(nak([0, 1]));
    const [ncf, repair, ...none] = driver.take();
    assertEquals((ncf!.packet as NakPacket).numbers, [0, 1]);
    assertEquals(numbersOf([repair!]), [[RDATA, 1]]);
    assertEquals((repair!.packet as DataPacket).trail, 1);
    assertEquals(none, []);
  });

  it("are not queued twice, and not sent again to those who ask within the back-off of 50 ms", () => {
    const driver = sending(10);
    driver.receive(nak([3, 3, 4]));
    driver.receive(nak([3]));
    driver.runTo(driver.now + 49);
    driver.receive(nak([4]));
    const answers = driver.take();
    assertEquals(numbersOf(answers.filter(({ packet }) => packet.type === RDATA)), [[RDATA, 3], [RDATA, 4]]);
    assertEquals(answers.filter(({ packet }) => packet.type === NCF).length, 3);
    // libzmq asks again 200 ms after a confirmation whose repair did not come.
    driver.runTo(driver.now + 151);
    driver.receive(nak([3]));
    assertEquals(numbersOf(driver.take().filter(({ packet }) => packet.type === RDATA)), [[RDATA, 3]]);
  });

  it("are confirmed even outside the window, as libzmq does, but not beyond what was sent", () => {
    const driver = new SourceDriver(settingsOf({ recoveryInterval: 500 }));
    for (let i = 0; i < 10; i++) driver.send("x");
    driver.take();
    driver.receive(nak([2]));
    assertEquals(driver.take().map(({ packet }) => packet.type), [NCF]);
    driver.receive(nak([10]));
    driver.receive(nak([10, 0x7fffffff, 0x80000009]));
    assertEquals(driver.take(), []);
    assertEquals(driver.dropped, ["NAK for what was never sent", "NAK for what was never sent"]);
  });

  it("are not for NAKs that name another source, group or port, are parity, or broken; each is counted", () => {
    const driver = sending(5);
    const good = { type: NAK, sourcePort: 5555, destinationPort: SPORT, gsi: GSI, numbers: [1] } as const;
    const own = { nla: "10.99.0.1", group: "239.192.1.1" };
    const parity = encodeNak({ ...good, ...own });
    parity[5] = 0x80;
    parity.fill(0, 6, 8);
    const broken = encodeNak({ ...good, ...own });
    broken[19]! ^= 1;
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [encodeNak({ ...good, ...own, gsi: GSI + 1 }), "for another source"],
      [encodeNak({ ...good, ...own, destinationPort: SPORT + 1 }), "for another source"],
      [encodeNak({ ...good, ...own, sourcePort: 5556 }), "for another source"],
      [encodeNak({ ...good, ...own, sourcePort: SPORT, destinationPort: 5555 }), "for another source"],
      [encodeSpmr({ ...good, gsi: 1 }), "for another source"],
      [encodeNak({ ...good, ...own, nla: "10.99.0.2" }), "NAK with another source's address"],
      [encodeNak({ ...good, ...own, nla: "fe80::1" }), "NAK with another source's address"],
      [encodeNak({ ...good, ...own, group: "239.192.1.2" }), "NAK for another group"],
      [encodeNak({ ...good, ...own, type: NCF }), "not for a source"],
      [encodeSpm({ ...good, number: 0, trail: 0, lead: 0, nla: own.nla, fin: false }), "not for a source"],
      [parity, "parity numbers"],
      [broken, "wrong checksum"],
      [new Uint8Array(0), "shorter than a header"],
    ];
    for (const [octets, reason] of cases) {
      driver.receive(octets);
      assertEquals(driver.dropped.splice(0), [reason]);
    }
    driver.runTo(driver.now + 10);
    assertEquals(driver.take(), []);
    const without = encodeNak({ ...good, ...own });
    without.fill(0, 6, 8);
    driver.receive(without);
    assertEquals(driver.take().map(({ packet }) => packet.type), [NCF, RDATA]);
  });

  it("are confirmed in packets that fit a receiver's TPDU", () => {
    const driver = new SourceDriver(settingsOf({ maxTpdu: 200, rate: 10_000, recoveryInterval: 1000 }));
    for (let i = 0; i < 70; i++) {
      driver.send("x");
      driver.runTo(driver.now + 1);
    }
    driver.take();
    driver.receive(nak(Array.from({ length: 63 }, (_, i) => i)));
    driver.runTo(driver.now + 10);
    const sent = driver.take();
    for (const { octets } of sent) assertLessOrEqual(octets.length + OUTER, 200);
    const confirmed = sent.flatMap(({ packet }) => packet.type === NCF ? packet.numbers : []);
    assertEquals(confirmed, Array.from({ length: 63 }, (_, i) => i));
    assertEquals(sent.filter(({ packet }) => packet.type === RDATA).length, 63);
  });
});

describe("a PGM source's rate", () => {
  it("is RATE*125 octets a second with the outer headers, after a burst of one second (12500 by default)", () => {
    const driver = new SourceDriver();
    driver.send(...Array.from({ length: 200 }, () => "x".repeat(1424)));
    const full = ({ packet, octets }: Sent) => packet.type === ODATA && octets.length === 1452;
    assertEquals(driver.take().filter(full).length, 8);
    driver.runTo(10_000);
    const sent = driver.take().filter(full);
    // 125000 octets and what the burst left, in packets of 1480.
    assertEquals(sent.length, 84);
    // A whole packet at a time, and what a millisecond that was waited too long brought.
    assertBounded(sent, 12.5, 1500 + 12.5);
  });

  it("is met where it is high, though timers are late", () => {
    const settings = settingsOf({ rate: 1_000_000, recoveryInterval: 10 });
    const driver = new SourceDriver(settings);
    const message = [new Uint8Array(1424)];
    let packets = 0;
    for (let time = 0; time < 1000; time += 3) {
      driver.now = time;
      driver.source.tick(time);
      while (driver.queue.length < 400) driver.queue.push(message);
      driver.drain();
      packets += driver.take().filter(({ packet }) => packet.type === ODATA).length;
    }
    // 125 MB a second are 84459 packets of 1480 octets.
    assertGreater(packets, 84_000);
    assertLessOrEqual(packets, 85_000);
  });

  it("does not let a clock that stands still, or a deadline that is met exactly, spin", () => {
    for (const now of [0, 1.1, 12_345.678, 9e9 + 0.3]) {
      const driver = new SourceDriver(settingsOf({ rate: 12_345 }), { now });
      driver.send(...Array.from({ length: 3000 }, () => "x".repeat(1400)));
      driver.runTo(now + 1000);
      assertGreater(driver.take().length, 1000);
    }
  });

  it("holds for repairs, too: no storm of NAKs makes it send more", () => {
    const driver = sending(80, { recoveryInterval: 20_000 }, "x".repeat(1400));
    const list = nak(Array.from({ length: 63 }, (_, i) => i));
    const start = driver.now;
    for (let i = 0; i < 20_000; i++) {
      driver.runTo(start + i / 2);
      driver.receive(list);
    }
    const sent = driver.take();
    const confirmations = sent.filter(({ packet }) => packet.type === NCF);
    assertBounded(sent.filter(({ packet }) => packet.type !== SPM), 12.5, 12_500 + 3125);
    assertBounded(confirmations, 12.5 / 4, 3125);
    assertGreater(sent.filter(({ packet }) => packet.type === RDATA).length, 50);
  });

  it("leaves half of what confirmations leave to data while repairs wait", () => {
    const driver = sending(80, { recoveryInterval: 20_000 }, "x".repeat(1400));
    const start = driver.now;
    for (let i = 0; i < 2000; i++) driver.queue.push([new Uint8Array(1424)]);
    for (let time = 0; time < 10_000; time += 10) {
      driver.runTo(start + time);
      driver.receive(nak(Array.from({ length: 63 }, (_, i) => i)));
    }
    const sent = driver.take();
    const data = sent.filter(({ packet }) => packet.type === ODATA).length;
    const repairs = sent.filter(({ packet }) => packet.type === RDATA).length;
    assertGreater(data, 25);
    assertGreater(repairs, 20);
    assertLessOrEqual(repairs, data + 1);
  });

  it("survives any sequence of octets on its socket", () => {
    const random = generator(99);
    const driver = sending(40);
    const seeds = [nak([1, 2, 3]), nak([5]), request()];
    for (let i = 0; i < 50_000; i++) {
      const octets = seeds[random(seeds.length)]!.slice(0, random(4) === 0 ? random(60) : undefined);
      for (let n = random(3); n > 0 && octets.length > 0; n--) octets[random(octets.length)] = random(256);
      if (octets.length > 8 && random(2) === 0) octets.fill(0, 6, 8);
      driver.receive(octets);
      if (random(10) === 0) driver.runTo(driver.now + random(3));
    }
    const { now } = driver;
    assertGreater(driver.dropped.length, 10_000);
    assertLessOrEqual(
      driver.take().reduce((sum, { octets }) => sum + octets.length + OUTER, 0),
      12_500 + now * 13,
    );
  });
});

type Inputs = readonly (readonly [number, readonly (string | Uint8Array)[]])[];

const SHAPES: readonly (readonly [number, string, string])[] = [
  [75, "239.192.1.1", "10.99.0.1"],
  [76, "239.192.1.1", "10.99.0.1"],
  [96, "ff08::1", "fe80::1"],
  [130, "239.192.1.1", "10.99.0.1"],
  [1500, "239.192.1.1", "10.99.0.1"],
  [1500, "ff08::1", "fe80::1"],
  [65_535, "239.192.1.1", "10.99.0.1"],
];

/** Fails unless the source sends what libzmq sent, in the same order, and when. */
function assertSame(
  capture: string,
  sport: number,
  settings: Partial<PgmSettings>,
  inputs: Inputs,
  close: number,
): void {
  const expected = packetsOf(capture);
  const sent = replay(capture, sport, settings, inputs, close);
  assertEquals(hexes(sent.map(({ octets }) => octets)), hexes(expected.map(({ octets }) => octets)));
  for (const [i, { time }] of sent.entries()) assertLessOrEqual(Math.abs(time - expected[i]!.time), 3);
}

/** What the source sends when the program does this, with the capture's NAKs at their times. */
function replay(
  capture: string,
  sport: number,
  settings: Partial<PgmSettings>,
  inputs: Inputs,
  close: number,
  withNaks = true,
): Sent[] {
  const driver = new SourceDriver(settingsOf({ ...settings, sport }));
  const naks = packetsOf(capture).filter(({ label }) => withNaks && label.startsWith("nak"));
  const events = [...inputs.map(([time, message]) => ({ time, message })), ...naks]
    .sort((a, b) => a.time - b.time);
  for (const [i, event] of events.entries()) {
    driver.runTo(event.time);
    if ("octets" in event) driver.receive(event.octets);
    else {
      // Messages of the same time are queued together.
      driver.queue.push(
        event.message.map((part) => typeof part === "string" ? new TextEncoder().encode(part) : part),
      );
      if (events[i + 1]?.time !== event.time) driver.drain();
    }
  }
  driver.runTo(close);
  driver.finish();
  driver.runTo(close + 60_000);
  assert(driver.source.finished);
  return driver.take();
}

function downstream(capture: string): Uint8Array[] {
  return packetsOf(capture).filter(({ label }) => !/^(?:nak|spmr)/.test(label)).map(({ octets }) => octets);
}

/** Each repair at the time of its confirmation. */
function assertRepairedAtOnce(sent: readonly Sent[]): void {
  const repairs = sent.filter(({ packet }) => packet.type === RDATA);
  const confirmed = sent.find(({ packet }) => packet.type === NCF)!.time;
  assertGreater(repairs.length, 0);
  for (const { time } of repairs) assertEquals(time, confirmed);
}

/** Fails unless the data is these messages, cut into packets as RFC 3208 and libzmq want them. */
function assertStream(sent: readonly Sent[], messages: readonly Uint8Array[][], settings: PgmSettings): void {
  const slice = maxSlice(settings);
  const outer = settings.group.includes(":") ? 48 : 28;
  const data = sent.flatMap(({ packet, octets }) => {
    assertLessOrEqual(octets.length + outer, settings.maxTpdu);
    return packet.type === ODATA ? [packet] : [];
  });
  assertEquals(data.map(({ number }) => number), data.map((_, i) => i));
  const stream = new Uint8Array(data.reduce((sum, packet) => sum + packet.slice.length, 0));
  const places: number[] = [];
  let end = 0;
  for (const packet of data) {
    // At least three octets of data: two of the offset, and a slice.
    assert(packet.slice.length >= 1 && packet.slice.length <= slice);
    stream.set(packet.slice, end);
    places.push(end);
    end += packet.slice.length;
  }
  const received = messagesOf(stream);
  assertEquals(received.length, messages.length);
  for (const [i, { parts }] of received.entries()) assertFrames(parts, messages[i]!);
  const starts = received.map(({ start }) => start);
  for (const [i, { offset, slice: { length } }] of data.entries()) {
    const place = places[i]!;
    const first = starts.find((start) => start >= place && start < place + length);
    const none = length === slice ? NO_MESSAGE : length;
    assertEquals(offset, first === undefined ? none : first - place);
  }
}

/** Fails if at any time more has left than the rate allows since the beginning, and the burst. */
function assertBounded(sent: readonly Sent[], perMillisecond: number, burst: number): void {
  const start = sent[0]!.time;
  let octets = 0;
  for (const one of sent) {
    octets += one.octets.length + OUTER;
    assertLessOrEqual(octets, burst + (one.time - start) * perMillisecond + 1);
  }
}

/** A source that has sent so many packets, a while ago, so that it has the whole burst. */
function sending(count: number, settings: Partial<PgmSettings> = {}, message = "x"): SourceDriver {
  const driver = new SourceDriver(settingsOf(settings));
  for (let i = 0; i < count; i++) {
    driver.send(message);
    driver.runTo(driver.now + 120);
  }
  driver.runTo(driver.now + 5000);
  driver.take();
  return driver;
}

function nak(numbers: readonly number[]): Uint8Array {
  const octets = encodeNak({
    type: NAK,
    sourcePort: 5555,
    destinationPort: SPORT,
    gsi: GSI,
    numbers,
    nla: "10.99.0.1",
    group: "239.192.1.1",
  });
  assert(typeof decodePacket(octets) !== "string");
  return octets;
}

function request(): Uint8Array {
  return encodeSpmr({ sourcePort: 5555, destinationPort: SPORT, gsi: GSI });
}

function sizeOf(memories: Iterable<ArrayBufferLike>): number {
  let size = 0;
  for (const { byteLength } of memories) size += byteLength;
  return size;
}

function numbersOf(sent: readonly Sent[]): [number, number][] {
  return sent.map(({ packet }) => [packet.type, (packet as DataPacket).number]);
}

function randomPart(random: (below: number) => number, maxTpdu: number): Uint8Array {
  const length = [0, 1, random(300), 253, 254, maxTpdu, random(3 * Math.min(maxTpdu, 3000))][random(7)]!;
  return new Uint8Array(length).fill(random(256));
}

function sorted(packets: readonly (Sent | Uint8Array)[]): string[] {
  return hexes(packets.map((one) => one instanceof Uint8Array ? one : one.octets)).sort();
}

function hexes(packets: readonly Uint8Array[]): string[] {
  return packets.map((octets) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(""));
}

/** Numbers that are the same in every run (xorshift). */
function generator(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
