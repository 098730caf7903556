/**
 * Messages that are sealed frame by frame, against the same messages in the clear: what the plain decoder makes of a
 * queue's octets is what comes out behind sealing, any cut of the stream, and opening.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { ProtocolError } from "../../../src/base/errors.ts";
import { ShortNonce } from "../../../src/mechanism/curve_nonce.ts";
import { CurveTraffic } from "../../../src/mechanism/curve_traffic.ts";
import type { Traffic } from "../../../src/mechanism/mechanism.ts";
import { TRAFFIC_COMMAND_MAX } from "../../../src/zmtp/constants.ts";
import { Decoder } from "../../../src/zmtp/decoder.ts";
import type { DecoderLimits } from "../../../src/zmtp/decoder.ts";
import { eachFrame, Opener, SEALED_OVERHEAD_MAX, Sealer } from "../../../src/zmtp/sealed.ts";
import { encodeCommand, FanOut, WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { dice } from "../../support/curve_by_hand.ts";
import { decodeAll, Random } from "../../support/reference.ts";
import type { Decoded } from "../../support/reference.ts";
import { join, longFrame, message, octets, pattern } from "../../support/transcript.ts";

const NONE: DecoderLimits = { frame: Infinity, message: Infinity, parts: Infinity };
const OVERHEAD = 33;

/** Both ends of one direction, with CURVE's own boxes. */
function ends(): { readonly out: Traffic; readonly into: Traffic } {
  const key = dice(1)(32);
  const make = (side: "client" | "server") =>
    new CurveTraffic(key, side, new ShortNonce(0, 2), new ShortNonce(0, 2));
  return { out: make("client"), into: make("server") };
}

/** Seals nothing, but for a mark, a count, the flags and a copy of the length: what is wrong with it can be read. */
class Marked implements Traffic {
  readonly overhead: number;
  #sealed = 0;
  #opened = 0;

  constructor(overhead: number) {
    this.overhead = overhead;
  }

  seal(memory: Uint8Array, at: number, length: number, flags: number): void {
    const view = new DataView(memory.buffer, memory.byteOffset + at, this.overhead);
    view.setUint8(0, 0xa5);
    view.setUint32(1, ++this.#sealed);
    view.setUint32(5, length);
    view.setUint8(this.overhead - 1, flags);
  }

  open(body: Uint8Array): number {
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    assertEquals(
      [view.getUint8(0), view.getUint32(1), view.getUint32(5)],
      [0xa5, ++this.#opened, body.length - this.overhead],
    );
    return view.getUint8(this.overhead - 1);
  }

  end(): void {}
}

/** What seals the batches of one connection. */
function sealing(traffic: Traffic): (chunks: readonly Uint8Array[]) => Uint8Array[] {
  const sealer = new Sealer(traffic);
  return (chunks) => sealer.seal(chunks);
}

/** What came out, up to and with the first error. */
class Heard {
  readonly all: Decoded[] = [];
  room: () => boolean = () => true;

  onMessage(frames: readonly Uint8Array[]): boolean {
    this.all.push({ type: "message", frames: frames.map((frame) => new Uint8Array(frame)) });
    return this.room();
  }

  onCommand(body: Uint8Array): boolean {
    this.all.push({ type: "command", body: new Uint8Array(body) });
    return true;
  }

  take(input: () => void): void {
    try {
      input();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.all.push({ type: "error", code: error.code });
    }
  }
}

/** A decoder of the wire, and behind it one of what is sealed: as an engine has them. */
function opening(traffic: Traffic, limits: DecoderLimits, heard: Heard): Decoder {
  const opener = new Opener(traffic, limits, heard);
  const frame = limits.frame + SEALED_OVERHEAD_MAX;
  const sink = {
    onMessage: (frames: readonly Uint8Array[]) => opener.open(frames[0]!),
    onCommand: (body: Uint8Array) => opener.open(body),
  };
  return new Decoder(sink, { frame, message: frame, parts: 1 }, Infinity);
}

/** What is heard of sealed octets that come in these chunks. */
function heardOf(chunks: readonly Uint8Array[], traffic: Traffic, limits: DecoderLimits = NONE): Decoded[] {
  const heard = new Heard();
  const decoder = opening(traffic, limits, heard);
  for (const chunk of chunks) {
    heard.take(() => decoder.decode(chunk.slice()));
    if (heard.all.at(-1)?.type === "error") break;
  }
  return heard.all;
}

/** What the plain decoder says to the same octets in the clear. */
function plain(wire: Uint8Array, limits: DecoderLimits = NONE): Decoded[] {
  const heard = new Heard();
  heard.take(() => new Decoder(heard, limits, TRAFFIC_COMMAND_MAX).decode(wire.slice()));
  return heard.all;
}

function same(actual: readonly Decoded[], expected: readonly Decoded[], note: string): void {
  assertEquals(actual.length, expected.length, `${note}: how much`);
  actual.forEach((each, i) => {
    const other = expected[i]!;
    assertEquals(each.type, other.type, `${note}: ${i}`);
    const [ours, theirs] = [bodies(each), bodies(other)];
    assert(
      ours.length === theirs.length && ours.every((body, k) => equalBytes(body, theirs[k]!)),
      `${note}: ${i} is another`,
    );
  });
}

function bodies(each: Decoded): readonly Uint8Array[] {
  if (each.type === "message") return each.frames;
  return each.type === "command" ? [each.body] : [octets(each.code)];
}

/** Lengths around the places where something changes: the copy by a loop, short and long frames, slabs, references. */
const LENGTHS = [
  0,
  1,
  47,
  48,
  221,
  222,
  223,
  254,
  255,
  256,
  1000,
  16_383,
  16_384,
  16_385,
  40_000,
  65_535,
  65_536,
  65_537,
];

function randomMessage(random: Random, most = LENGTHS.length): Uint8Array[] {
  const count = random.chance(0.5) ? 1 : random.between(2, 6);
  return Array.from({ length: count }, (_, i) => pattern(LENGTHS[random.below(most)]!, random.below(99) + i));
}

/** Fills a queue with messages, commands among them, by all ways in. */
function fill(queue: WireQueue, random: Random, count: number, most?: number): void {
  const shared = new FanOut();
  for (let i = 0; i < count; i++) {
    const parts = randomMessage(random, most);
    if (random.chance(0.2)) {
      queue.appendCommand(encodeCommand("SUBSCRIBE", pattern(random.pick([0, 5, 245, 246, 300]))));
    }
    if (random.chance(0.3)) {
      shared.append(parts, queue);
      shared.done();
    } else queue.append(parts);
  }
}

describe("eachFrame", () => {
  it("sees the frames of all that a queue gives, and nothing else", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = new Random(seed);
      const queue = new WireQueue(random.pick([512, 4096, 65_536]));
      fill(queue, random, random.between(1, 12));
      for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
        const wire = join(...batch);
        const seen: Uint8Array[] = [];
        eachFrame(batch, (flags, memory, start, length) => {
          assert(start + length <= memory.length, `seed ${seed}: beyond its memory`);
          const body = memory.subarray(start, start + length);
          const wireFlags = (flags & 1) | (flags & 2 ? 4 : 0);
          seen.push(length > 255 ? longFrame(body, wireFlags) : join([wireFlags, length], body));
        });
        assert(equalBytes(join(...seen), wire), `seed ${seed}`);
        queue.recycle();
      }
    }
  });

  it("takes an empty frame at the end of a chunk for what it is, and sizes above 2^32", () => {
    const seen: number[][] = [];
    const visit = (flags: number, _memory: Uint8Array, start: number, length: number) => {
      seen.push([flags, start, length]);
    };
    eachFrame([message("a", ""), message("b")], visit);
    eachFrame([octets("\x03\0\0\0\0\0\0\0\0\x02\0\0\0\x01\0\0\0\x05"), new Uint8Array(0)], visit);
    assertEquals(seen, [[1, 2, 1], [0, 5, 0], [0, 2, 1], [1, 9, 0], [0, 0, 2 ** 32 + 5]]);
    eachFrame([], () => {
      throw new Error("nothing is there");
    });
  });
});

describe("sealing", () => {
  it("makes of each frame a message of one frame, short up to 255 octets, and without COMMAND", () => {
    for (const overhead of [10, OVERHEAD, 64]) {
      for (const length of LENGTHS) {
        for (
          const [frame, flags] of [[message(pattern(length)), 0], [
            encodeCommand("X", pattern(length)),
            2,
          ]] as const
        ) {
          const sealed = join(...sealing(new Marked(overhead))([frame]));
          const size = overhead + length + (flags === 2 ? 2 : 0);
          const found = decodeAll(sealed, { ...NONE, command: Infinity });
          assertEquals(found.map(({ type }) => type), ["message"]);
          const body = bodies(found[0]!)[0]!;
          assertEquals([body.length, body[overhead - 1]], [size, flags], `${overhead} and ${length}`);
          assertEquals([sealed[0], sealed.length - size], size > 255 ? [2, 9] : [0, 2]);
        }
      }
    }
  });

  it("writes to no memory but its own: that of the program, and what other connections send, stay as they are", () => {
    const parts = [pattern(20_000), pattern(10), pattern(300), pattern(70_000)];
    const small = [pattern(100), pattern(200)];
    const queues = [new WireQueue(4096), new WireQueue(4096)];
    const shared = new FanOut();
    for (const queue of queues) {
      shared.append(small, queue);
      queue.append(parts);
    }
    const wire = message(...small);
    const expected = plain(join(wire, message(...parts)));
    for (const queue of queues) {
      const { out, into } = ends();
      const seal = sealing(out);
      const sealed: Uint8Array[] = [];
      for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
        sealed.push(...seal(batch));
        queue.recycle();
      }
      same(heardOf(sealed, into), expected, "one of two");
    }
    parts.forEach((part) =>
      assert(equalBytes(part, pattern(part.length)), "the program's memory was changed")
    );
  });
});

describe("Sealer: memory that is used again", () => {
  it("what is out is not written before it has left, whoever seals meanwhile", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new Random(seed);
      const connections = Array.from({ length: 3 }, () => {
        const { out, into } = ends();
        return { sealer: new Sealer(out), into, clear: [] as Uint8Array[], sealed: [] as Uint8Array[] };
      });
      for (let round = 0; round < 12; round++) {
        const { sealer, clear, sealed } = random.pick(connections);
        const queue = new WireQueue(random.pick([4096, 65_536]));
        fill(queue, random, random.between(1, 4));
        const out: Uint8Array[] = [];
        for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
          clear.push(join(...batch));
          out.push(...sealer.seal(batch));
          queue.recycle();
        }
        // Others seal while this is on its way.
        for (const other of connections) {
          if (other.sealer === sealer || random.chance(0.5)) continue;
          other.clear.push(message("between"));
          other.sealed.push(join(...other.sealer.seal([message("between")])));
          other.sealer.recycle();
        }
        sealed.push(join(...out));
        sealer.recycle();
      }
      for (const { into, clear, sealed } of connections) {
        same(heardOf(sealed, into), plain(join(...clear)), `seed ${seed}`);
      }
    }
  });

  it("nothing to seal is nothing to send", () => {
    assertEquals(join(...new Sealer(ends().out).seal([])), new Uint8Array(0));
  });
});

describe("sealed and opened again", () => {
  it("any messages by any way in come out as in the clear, whatever the pieces", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const { out, into } = ends();
      const seal = sealing(out);
      const queue = new WireQueue(random.pick([512, 4096, 65_536]));
      const [clear, sealed]: [Uint8Array[], Uint8Array[]] = [[], []];
      for (let round = 0; round < 3; round++) {
        fill(queue, random, random.between(1, 6));
        for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
          clear.push(join(...batch));
          sealed.push(...seal(batch));
          queue.recycle();
        }
      }
      const chunks = random.split(join(...sealed), random.pick([100, 5000, 200_000]));
      same(heardOf(chunks, into), plain(join(...clear)), `seed ${seed}`);
    }
  });

  it("octet by octet, and split at every place", () => {
    const random = new Random(5);
    const queue = new WireQueue(65_536);
    fill(queue, random, 4, 9);
    queue.append([octets(""), octets("a"), octets("")]);
    queue.appendCommand(encodeCommand("PING", octets("\0\0x")));
    queue.append([octets("last")]);
    const batch = queue.take()!;
    const expected = plain(join(...batch));
    const wire = join(...sealing(ends().out)(batch));
    same(
      heardOf(Array.from(wire, (octet) => Uint8Array.of(octet)), ends().into),
      expected,
      "octet by octet",
    );
    for (let at = 1; at < wire.length; at++) {
      same(heardOf([wire.subarray(0, at), wire.subarray(at)], ends().into), expected, `split at ${at}`);
    }
  });

  it("what is too long in the clear is too long sealed, at the same frame", () => {
    let refused = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const limits = {
        frame: random.pick([0, 1, 48, 222, 255, 256, 1000, 40_000, Infinity, Infinity]),
        message: random.pick([100, 300, 1500, 50_000, 200_000, Infinity]),
        parts: random.pick([1, 2, 3, 5, 6, Infinity]),
      };
      const queue = new WireQueue(65_536);
      fill(queue, random, random.between(1, 4), 15);
      const batch = queue.take()!;
      const expected = plain(join(...batch), limits);
      if (expected.at(-1)?.type === "error") refused++;
      const sealed = join(...sealing(new Marked(OVERHEAD))(batch));
      const chunks = random.split(sealed, random.pick([1000, 100_000]));
      same(
        heardOf(chunks, new Marked(OVERHEAD), limits),
        expected,
        `seed ${seed}, ${JSON.stringify(limits)}`,
      );
    }
    assert(refused > 100 && refused < 290, `${refused} of 300 were refused`);
  });

  it("a reader that is full stops it between two messages, and nothing is lost or opened twice", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Random(seed);
      const { out, into } = ends();
      const seal = sealing(out);
      const queue = new WireQueue(4096);
      fill(queue, random, 10, 12);
      const [clear, sealed]: [Uint8Array[], Uint8Array[]] = [[], []];
      for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
        clear.push(join(...batch));
        sealed.push(...seal(batch));
        queue.recycle();
      }
      const heard = new Heard();
      heard.room = () => random.chance(0.5);
      const decoder = opening(into, NONE, heard);
      for (const chunk of random.split(join(...sealed), 700)) {
        decoder.decode(chunk);
        if (random.chance(0.3)) decoder.resume();
      }
      while (decoder.stalled) decoder.resume();
      same(heard.all, plain(join(...clear)), `seed ${seed}`);
    }
  });

  it("MORE on the wire is refused when it comes, though the message has not ended", () => {
    const { out, into } = ends();
    const sealed = join(...sealing(out)([message("never")]));
    sealed[0] = 1;
    same(heardOf([sealed], into), [{ type: "error", code: "ERR_ZMTP_MESSAGE_TOO_LONG" }], "MORE");
  });

  it("after the end of the connection nothing is sealed or opened", () => {
    const { out, into } = ends();
    const sealed = join(...sealing(out)([message("never")]));
    out.end();
    into.end();
    assertThrows(() => sealing(out)([message("never")]), ProtocolError);
    same(heardOf([sealed], into), [{ type: "error", code: "ERR_ZMTP_INVALID_SEQUENCE" }], "after the end");
  });
});
