import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Message } from "../../../src/message/frame.ts";
import { FrameDecoder } from "../../../src/pgm/frames_in.ts";
import type { FrameSink } from "../../../src/pgm/frames_in.ts";
import { NO_MESSAGE } from "../../../src/pgm/packet.ts";
import { assertFrames } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";

/** Hears everything, and is full when the test says so. */
class Recorder implements FrameSink {
  readonly messages: Message[] = [];
  readonly broken: string[] = [];
  room: () => boolean = () => true;

  onMessage(message: Message): boolean {
    this.messages.push(message);
    return this.room();
  }

  onBroken(reason: string): void {
    this.broken.push(reason);
  }
}

function make(maxMessageSize = Infinity): { sink: Recorder; decoder: FrameDecoder } {
  const sink = new Recorder();
  return { sink, decoder: new FrameDecoder(sink, maxMessageSize) };
}

/** One ZMTP/1.0 frame (RFC 13): length with the flags, flags, body. */
function frame(body: Uint8Array | string, more = false, long = false): number[] {
  const octets = typeof body === "string" ? [...new TextEncoder().encode(body)] : [...body];
  const length = octets.length + 1;
  const header = length < 255 && !long
    ? [length]
    : [0xff, 0, 0, 0, 0, length >>> 24, length >>> 16 & 0xff, length >>> 8 & 0xff, length & 0xff];
  return [...header, more ? 1 : 0, ...octets];
}

function message(...parts: (Uint8Array | string)[]): number[] {
  return parts.flatMap((part, i) => frame(part, i < parts.length - 1));
}

/** The stream in slices, each with the offset that a sender would give it. */
function cut(messages: readonly number[][], sizes: () => number): { offset: number; slice: Uint8Array }[] {
  const stream = Uint8Array.from(messages.flat());
  const begins: number[] = [];
  let begin = 0;
  for (const each of messages) {
    begins.push(begin);
    begin += each.length;
  }
  const slices: { offset: number; slice: Uint8Array }[] = [];
  for (let at = 0; at < stream.length;) {
    const end = Math.min(at + sizes(), stream.length);
    const first = begins.find((place) => place >= at && place < end);
    slices.push({ offset: first === undefined ? NO_MESSAGE : first - at, slice: stream.slice(at, end) });
    at = end;
  }
  return slices;
}

const BODY = Uint8Array.from({ length: 700 }, (_, i) => i & 0xff);
const TABLE: (Uint8Array | string)[][] = [
  ["a", "bb", ""],
  [""],
  ["hello"],
  [BODY.subarray(0, 253)],
  [BODY.subarray(0, 254)],
  [BODY, "end"],
  ["", "", ""],
];

describe("FrameDecoder: ZMTP/1.0 frames over slices (RFC 13)", () => {
  it("takes every message whole, in slices of every size", () => {
    const wire = TABLE.map((parts) => message(...parts));
    for (let size = 1; size < 300; size++) {
      const { sink, decoder } = make();
      for (const { offset, slice } of cut(wire, () => size)) decoder.decode(offset, slice);
      assertEquals(sink.messages.length, TABLE.length, `slices of ${size}`);
      sink.messages.forEach((each, i) => assertFrames(each, TABLE[i]!, `slices of ${size}, message ${i}`));
    }
  });

  it("takes every message whole at every split of two", () => {
    for (const parts of TABLE) {
      const wire = Uint8Array.from(message(...parts));
      for (let at = 1; at < wire.length; at++) {
        const { sink, decoder } = make();
        decoder.decode(0, wire.slice(0, at));
        decoder.decode(NO_MESSAGE, wire.slice(at));
        assertEquals(sink.messages.length, 1);
        assertFrames(sink.messages[0]!, parts, `split at ${at}`);
      }
    }
  });

  it("takes the length of 8 octets for a short body, and only bit 0 of the flags (libzmq)", () => {
    const { sink, decoder } = make();
    decoder.decode(0, Uint8Array.from(frame("abc", false, true)));
    decoder.decode(0, Uint8Array.from([2, 0xfe, 0x61, 2, 0xff, 0x62, 2, 0, 0x63]));
    assertEquals(sink.messages.length, 3);
    assertFrames(sink.messages[0]!, ["abc"]);
    assertFrames(sink.messages[1]!, ["a"]);
    assertFrames(sink.messages[2]!, ["b", "c"]);
  });

  it("gives views on the slice for frames that lie in it whole", () => {
    const { sink, decoder } = make();
    const slice = Uint8Array.from([...message("one"), ...message("two", BODY)]);
    decoder.decode(0, slice);
    for (const each of sink.messages.flat()) assert(each.buffer === slice.buffer);
  });

  it("joins where the offset says, not before, and not at a slice that only ends a message", () => {
    const { sink, decoder } = make();
    decoder.decode(NO_MESSAGE, Uint8Array.from([9, 9, 9]));
    decoder.decode(3, Uint8Array.from([9, 9, 9]));
    assertEquals([decoder.joined, sink.messages.length], [false, 0]);
    decoder.decode(2, Uint8Array.from([9, 9, ...message("here")]));
    assertEquals(decoder.joined, true);
    // Once joined, the offset is of no interest.
    decoder.decode(3, Uint8Array.from(message("next")));
    assertEquals(sink.messages.map(String), ["here", "next"]);
  });

  it("drops the whole message that a hole fell into, parts already read included, and joins again", () => {
    const { sink, decoder } = make();
    decoder.decode(
      0,
      Uint8Array.from([...message("whole"), ...frame("A", true), ...frame("cut").slice(0, 3)]),
    );
    decoder.skip();
    decoder.decode(NO_MESSAGE, Uint8Array.from([1, 2, 3]));
    decoder.decode(1, Uint8Array.from([7, ...message("m0")]));
    assertEquals(sink.messages.length, 2);
    assertFrames(sink.messages[1]!, ["m0"]);
  });

  it("breaks at a length of 0, and joins again at the next slice with an offset (libzmq)", () => {
    for (const zero of [[0], [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0]]) {
      const { sink, decoder } = make();
      decoder.decode(0, Uint8Array.from([...message("a"), ...frame("part", true), ...zero, ...message("b")]));
      assertEquals(sink.broken.length, 1);
      decoder.decode(NO_MESSAGE, Uint8Array.from(message("c")));
      decoder.decode(0, Uint8Array.from(message("d")));
      assertEquals(sink.messages.map(String), ["a", "d"]);
    }
  });

  it("holds ZMQ_MAXMSGSIZE against each part, in one slice or over several", () => {
    for (const size of [1, 7, 1000]) {
      const { sink, decoder } = make(10);
      const wire = [message("0123456789", "0123456789"), message("0123456789a"), message("ok")];
      for (const { offset, slice } of cut(wire, () => size)) decoder.decode(offset, slice);
      decoder.decode(0, Uint8Array.from(message("after")));
      assertEquals(sink.broken.length, 1, `slices of ${size}`);
      assertFrames(sink.messages[0]!, ["0123456789", "0123456789"]);
      assertEquals(String(sink.messages.at(-1)), "after");
    }
  });

  it("grows with what has arrived, whatever a header claims", () => {
    // 4000 sources that each announce two gigabytes: no runtime has eight terabytes.
    const claim = Uint8Array.from([0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0]);
    const liars = Array.from({ length: 4000 }, () => make());
    for (const { decoder } of liars) decoder.decode(0, claim);
    for (const { decoder } of liars) decoder.decode(NO_MESSAGE, new Uint8Array(1400));
    for (const { sink } of liars) assertEquals(sink.broken, []);
    const { sink, decoder } = make();
    decoder.decode(0, Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]));
    assertEquals(sink.broken.length, 1, "a length beyond all memory");
    decoder.decode(0, Uint8Array.from(message("still here")));
    assertEquals(sink.messages.length, 1);
  });

  it("refuses a message of endless parts", () => {
    const { sink, decoder } = make();
    const slice = Uint8Array.from(Array.from({ length: 1000 }, () => frame("", true)).flat());
    for (let i = 0; i < 70; i++) decoder.decode(0, slice);
    assertEquals(sink.broken.length, 1);
    assertEquals(sink.messages.length, 0);
  });

  it("stops in the middle of a slice when the sink is full, and goes on there", () => {
    const random = new Random(7);
    for (let run = 0; run < 200; run++) {
      const { sink, decoder } = make();
      const wire = Array.from(
        { length: 20 },
        (_, i) => message(`${i}`, ...TABLE[random.below(TABLE.length)]!),
      );
      sink.room = () => random.chance(0.5);
      for (const { offset, slice } of cut(wire, () => random.between(1, 400))) {
        decoder.decode(offset, slice);
        while (decoder.stalled) {
          const before = sink.messages.length;
          decoder.resume();
          assert(sink.messages.length > before || !decoder.stalled);
        }
      }
      assertEquals(sink.messages.map(([first]) => String(first)), wire.map((_, i) => `${i}`));
    }
  });
});
