import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import { ringMemory, RingReader, RingWriter } from "../../../src/inproc/ring.ts";
import { Random } from "../../support/reference.ts";

const SIZE = 16;
/** Where the header keeps what, in words: the first of each line of 64 octets. */
const TAIL = 0, HEAD = 16, TAKEN = 64;

function makeRing(size = SIZE, position = 0): { writer: RingWriter; reader: RingReader; words: Int32Array } {
  const memory = new ArrayBuffer(ringMemory(size));
  const ring = {
    writer: new RingWriter(memory),
    reader: new RingReader(memory),
    words: new Int32Array(memory, 0, 96),
  };
  for (let left = position; left > 0;) {
    const step = Math.min(left, size);
    ring.writer.write(new Uint8Array(step), 0);
    ring.reader.read(new Uint8Array(step));
    left -= step;
  }
  return ring;
}

function numbered(length: number, first = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

describe("the ring", () => {
  it("carries any length from any offset, cut anywhere by either side", () => {
    for (let offset = 0; offset < SIZE; offset++) {
      for (let length = 1; length <= SIZE; length++) {
        for (let cut = 0; cut <= length; cut++) {
          const { writer, reader } = makeRing(SIZE, offset);
          const sent = numbered(length);
          assertEquals(writer.write(sent.slice(0, cut), 0), cut);
          assertEquals(writer.write(sent, cut), length - cut);
          const got = new Uint8Array(length);
          assertEquals(reader.read(got.subarray(0, length - cut)), length - cut);
          assertEquals(reader.read(got.subarray(length - cut)), cut);
          assertEquals(got, sent);
          assertEquals(reader.available, 0);
        }
      }
    }
  });

  it("takes what it has room for, and no octet more", () => {
    for (let offset = 0; offset < SIZE; offset++) {
      const { writer, reader } = makeRing(SIZE, offset);
      assertEquals(writer.write(numbered(SIZE + 5), 0), SIZE);
      assertEquals(writer.write(numbered(1), 0), 0);
      const got = new Uint8Array(SIZE + 5);
      assertEquals(reader.read(got), SIZE);
      assertEquals(got.subarray(0, SIZE), numbered(SIZE));
      assertEquals(reader.read(got), 0);
    }
  });

  it("goes on where positions wrap at 2³²", () => {
    for (const start of [0x7fffffff - 5, -6]) {
      const memory = new ArrayBuffer(ringMemory(SIZE));
      const words = new Int32Array(memory, 0, 96);
      words[TAIL] = words[HEAD] = start;
      const writer = new RingWriter(memory), reader = new RingReader(memory);
      const got = new Uint8Array(SIZE);
      for (let i = 0; i < 3; i++) {
        assertEquals(writer.write(numbered(11), 0), 11);
        assertEquals(reader.available, 11);
        assertEquals(reader.read(got), 11);
        assertEquals(got.subarray(0, 11), numbered(11));
      }
      assertEquals(words[TAIL], (start + 33) | 0);
    }
  });

  it("SHALL lose no bell: whoever goes to sleep is woken, in any order of steps", () => {
    for (let seed = 1; seed <= 300; seed++) simulate(new Random(seed));
  });

  it("rings for room when half is free, and not before", () => {
    const { writer, reader } = makeRing();
    writer.write(numbered(SIZE), 0);
    assertEquals(writer.awaitRoom(), true);
    reader.read(new Uint8Array(SIZE / 2 - 1));
    assertFalse(reader.relieves);
    reader.read(new Uint8Array(1));
    assertEquals(reader.relieves, true);
    assertFalse(reader.relieves);
    assertEquals(writer.awaitRoom(), false);
  });

  it("rings for credit when as many messages were taken as the writer asked for", () => {
    const { writer, reader } = makeRing();
    assertEquals(writer.awaitTaken(3), true);
    assertFalse(reader.take(2));
    assertEquals(writer.taken, 2);
    assertEquals(reader.take(3), true);
    assertFalse(reader.take(4));
    assertEquals(writer.awaitTaken(4), false);
    // Counts wrap as positions do.
    reader.take(0x7fffffff);
    assertEquals(writer.awaitTaken(0x80000001 | 0), true);
    assertEquals(reader.take(0x80000001 | 0), true);
  });

  it("refuses memory that is no ring, and positions that can't be", () => {
    for (const length of [0, 383, 384, 384 + 3]) {
      assertThrows(() => new RingReader(new ArrayBuffer(length)), ProtocolError);
    }
    for (const word of [-1, SIZE + 1, 0x7fffffff, -0x80000000]) {
      const ring = makeRing();
      ring.words[TAIL] = word;
      assertThrows(() => ring.reader.available, ProtocolError);
      assertThrows(() => ring.reader.read(new Uint8Array(1)), ProtocolError);
      assertThrows(() => ring.reader.sleep(), ProtocolError);
      ring.words[HEAD] = -word | 0;
      assertThrows(() => ring.writer.write(numbered(1), 0), ProtocolError);
      assertThrows(() => ring.writer.awaitRoom(), ProtocolError);
    }
    const ring = makeRing();
    ring.words[TAKEN] = -5;
    assertEquals(ring.writer.taken, -5); // Whether that can be is for who counts what was sent.
  });
});

/** Two sides that take steps at random, each asleep until its bell. Neither may be left asleep with work to do. */
function simulate(random: Random): void {
  const { writer, reader } = makeRing(SIZE, random.between(0, 64));
  const total = 400;
  let written = 0, read = 0;
  let writerAsleep = false, readerAsleep = false;
  for (let step = 0; read < total; step++) {
    if (step > 100_000) throw new Error(`stuck: ${written} written, ${read} read`);
    if (writerAsleep && readerAsleep) throw new Error(`both sleep: ${written} written, ${read} read`);
    if (random.between(0, 1) === 0) {
      if (writerAsleep || written === total) continue;
      const chunk = numbered(Math.min(random.between(1, 2 * SIZE), total - written), written);
      const count = writer.write(chunk, 0);
      written += count;
      if (writer.wakes) readerAsleep = false;
      if (count < chunk.length) writerAsleep = writer.awaitRoom();
    } else {
      if (readerAsleep) continue;
      const target = new Uint8Array(random.between(1, SIZE));
      const count = reader.read(target);
      for (let i = 0; i < count; i++) assertEquals(target[i], (read + i) & 0xff);
      read += count;
      if (reader.relieves) writerAsleep = false;
      if (count === 0) readerAsleep = reader.sleep();
    }
  }
}
