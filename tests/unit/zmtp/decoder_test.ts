import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { ProtocolError } from "../../../src/base/errors.ts";
import type { Message } from "../../../src/message/frame.ts";
import { Decoder } from "../../../src/zmtp/decoder.ts";
import type { DecoderLimits, DecoderSink } from "../../../src/zmtp/decoder.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { decodeAll, Random } from "../../support/reference.ts";
import type { Decoded } from "../../support/reference.ts";
import { command, frame, join, longFrame, message, octets, pattern, size } from "../../support/transcript.ts";
import { CANONICAL, LARGE, LENIENT } from "./cases.ts";

const NO_LIMITS: DecoderLimits = { frame: Infinity, message: Infinity, parts: Infinity };

/** Hears everything, copies it, and is full when the test says so. */
class Recorder implements DecoderSink {
  readonly heard: Decoded[] = [];
  room: () => boolean = () => true;

  onMessage(frames: Message): boolean {
    this.heard.push({ type: "message", frames: frames.map((each) => Uint8Array.from(each)) });
    return this.room();
  }

  onCommand(body: Uint8Array): boolean {
    this.heard.push({ type: "command", body: Uint8Array.from(body) });
    return this.room();
  }
}

function make(limits: Partial<DecoderLimits> = {}, commandMax = 1000): { sink: Recorder; decoder: Decoder } {
  const sink = new Recorder();
  return { sink, decoder: new Decoder(sink, { ...NO_LIMITS, ...limits }, commandMax) };
}

/** Decodes the chunks; a `ProtocolError` is the last thing heard. */
function run(
  chunks: Iterable<Uint8Array>,
  limits: Partial<DecoderLimits> = {},
  commandMax = 1000,
): Decoded[] {
  const { sink, decoder } = make(limits, commandMax);
  try {
    for (const chunk of chunks) decoder.decode(chunk);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    sink.heard.push({ type: "error", code: error.code });
  }
  return sink.heard;
}

function assertHeard(actual: readonly Decoded[], expected: readonly Decoded[], note: string): void {
  assertEquals(actual.length, expected.length, `${note}: how many`);
  actual.forEach((each, i) => {
    const other = expected[i]!;
    assertEquals(each.type, other.type, `${note}: type of ${i}`);
    if (each.type === "message" && other.type === "message") {
      // The readable form of `assertFrames` is slow: only for what differs.
      const same = each.frames.length === other.frames.length &&
        each.frames.every((body, k) => equalBytes(body, other.frames[k]!));
      if (!same) assertFrames(each.frames, other.frames, note);
    }
    if (each.type === "command" && other.type === "command") assertBytes(each.body, other.body, note);
    if (each.type === "error" && other.type === "error") assertEquals(each.code, other.code, note);
  });
}

describe("Decoder: every message of the table", () => {
  for (const { name, frames, wire } of [...CANONICAL, ...LENIENT]) {
    it(`${name}: whole, octet by octet and at every split`, () => {
      const expected: Decoded[] = [{ type: "message", frames }];
      assertHeard(run([wire.slice()]), expected, "whole");
      assertHeard(run(Array.from(wire, (octet) => Uint8Array.of(octet))), expected, "octet by octet");
      for (let at = 1; at < wire.length; at++) {
        assertHeard(run([wire.slice(0, at), wire.slice(at)]), expected, `split at ${at}`);
      }
    });
  }

  for (const { name, frames, wire } of LARGE) {
    it(`${name}: whole and in pieces`, () => {
      const expected: Decoded[] = [{ type: "message", frames }];
      assertHeard(run([wire.slice()]), expected, "whole");
      for (const piece of [1000, 4096, 65536, 300_001]) {
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < wire.length; at += piece) chunks.push(wire.slice(at, at + piece));
        assertHeard(run(chunks), expected, `pieces of ${piece}`);
      }
    });
  }

  it("a chunk that is a view into a larger buffer is read from where it begins", () => {
    for (const { name, frames, wire } of CANONICAL) {
      const around = join([4, 1, 4, 1, 4], wire, [0xff, 0xff]);
      const chunk = around.subarray(5, 5 + wire.length);
      assertHeard(run([chunk]), [{ type: "message", frames }], name);
    }
  });

  it("commands come between messages and between the frames of one (RFC 37 allows PING there)", () => {
    const wire = join(message("a"), command("PING", "xy"), frame("b", 1), command("PONG"), frame("c"));
    const expected = decodeAll(wire, { ...NO_LIMITS, command: 1000 });
    assertEquals(expected.map((each) => each.type), ["message", "command", "command", "message"]);
    for (let at = 0; at <= wire.length; at++) {
      const chunks = [wire.slice(0, at), wire.slice(at)].filter((chunk) => chunk.length > 0);
      assertHeard(run(chunks), expected, `split at ${at}`);
    }
  });

  it("a command in the long form is accepted", () => {
    const body = join([4], octets("PING"), [0, 0]);
    assertHeard(run([longFrame(body, 4)]), [{ type: "command", body }], "long command");
  });
});

describe("Decoder: compared with the reference on random input", () => {
  it("valid streams in random pieces give the same messages and commands", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const wire = randomStream(random);
      const expected = decodeAll(wire, { ...NO_LIMITS, command: 1000 });
      assertHeard(run(random.split(wire, random.pick([1, 3, 20, 700, 5000]))), expected, `seed ${seed}`);
    }
  });

  it("streams with octets changed at random give the same messages, and the same error at the same place", () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const random = new Random(seed);
      const wire = randomStream(random).slice(0, 3000);
      for (let i = random.between(1, 6); i > 0; i--) wire[random.below(wire.length)] = random.below(256);
      const limits = {
        frame: random.pick([0, 10, 255, 256, 5000]),
        message: Infinity,
        parts: random.pick([1, 2, 5, 100]),
      };
      const commandMax = random.pick([8, 300]);
      const expected = decodeAll(wire, { ...limits, command: commandMax });
      const chunks = random.split(wire, random.pick([1, 3, 20, 700, 5000]));
      assertHeard(run(chunks, limits, commandMax), expected, `seed ${seed}`);
    }
  });
});

describe("Decoder: limits", () => {
  const codeOf = (wire: Uint8Array, limits: Partial<DecoderLimits>, commandMax?: number) => {
    const last = run([wire], limits, commandMax).at(-1);
    return last?.type === "error" ? last.code : last?.type;
  };
  const TOO_LONG = "ERR_ZMTP_MESSAGE_TOO_LONG";

  it("a frame of the limit passes, one octet more is refused from its header alone", () => {
    for (const limit of [0, 1, 254, 255, 256, 1000, 100_000]) {
      const passes = frame(pattern(limit));
      assertEquals(codeOf(passes, { frame: limit }), "message", `${limit}`);
      const header = frame(pattern(limit + 1)).slice(0, limit + 1 > 255 ? 9 : 2);
      assertEquals(codeOf(header, { frame: limit }), TOO_LONG, `${limit} + 1`);
    }
  });

  it("sizes above what memory holds are refused as soon as the header is there: 2^40, 2^53+1, 2^63, 2^64-1", () => {
    for (const length of [2n ** 40n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      const header = join([2], size(length));
      for (let at = 1; at < 9; at++) {
        const heard = run([header.slice(0, at), header.slice(at)], { frame: 2 ** 31 });
        assertHeard(heard, [{ type: "error", code: TOO_LONG }], `${length} split at ${at}`);
      }
    }
  });

  it("without a limit a header of 2^40 octets takes memory as octets arrive, not as it claims", () => {
    const { decoder, sink } = make();
    decoder.decode(join([2], size(2n ** 40n)));
    decoder.decode(new Uint8Array(100_000));
    assert(decoder.target()!.buffer.byteLength <= 4 * 1024 * 1024);
    assertEquals(sink.heard, []);
  });

  it("the octets of a whole message are limited, over all of its frames", () => {
    const wire = message(pattern(60), pattern(40));
    assertEquals(codeOf(wire, { message: 100 }), "message");
    assertEquals(codeOf(wire, { message: 99 }), TOO_LONG);
  });

  it("a single frame above the limit of a message is refused, whole or in pieces", () => {
    const wire = message(pattern(200));
    assertEquals(codeOf(wire, { message: 100 }), TOO_LONG);
    assertHeard(
      run([wire.slice(0, 5), wire.slice(5)], { message: 100 }),
      [{ type: "error", code: TOO_LONG }],
      "",
    );
  });

  it("what a header announces beyond the limit of a message is refused before it is gathered", () => {
    const announced = join([2], size(0x7fffffffn));
    assertEquals(codeOf(announced, { message: 100 }), TOO_LONG);
    assertEquals(codeOf(join(frame(pattern(60), 1), [0, 41]), { message: 100 }), TOO_LONG);
    assertEquals(run([join(frame(pattern(60), 1), [0, 40])], { message: 100 }), []);
  });

  it("the octets of one message do not count for the next", () => {
    const wire = join(message(pattern(60), pattern(40)), message(pattern(60), pattern(40)));
    assertEquals(run([wire], { message: 100 }).length, 2);
  });

  it("the frames of a message are limited", () => {
    assertEquals(codeOf(message("a", "b", "c"), { parts: 3 }), "message");
    assertEquals(codeOf(message("a", "b", "c"), { parts: 2 }), TOO_LONG);
  });

  it("empty frames with MORE without end are refused at the limit of frames", () => {
    assertEquals(run([new Uint8Array(2000).fill(1).map((_, i) => i % 2 ? 0 : 1)], { parts: 50 }), [
      { type: "error", code: TOO_LONG },
    ]);
  });

  it("a command is limited by its own limit and by that of frames", () => {
    const wire = frame(pattern(50), 4);
    assertEquals(codeOf(wire, {}, 50), "command");
    assertEquals(codeOf(wire, {}, 49), TOO_LONG);
    assertEquals(codeOf(wire, { frame: 49 }, 1000), TOO_LONG);
  });

  it("the limit of commands can be raised after the handshake", () => {
    const { sink, decoder } = make({}, 10);
    decoder.commandMax = 100;
    decoder.decode(frame(pattern(50), 4));
    assertEquals(sink.heard.length, 1);
  });
});

describe("Decoder: what RFC 37 forbids", () => {
  it("any reserved flag bit is refused from the first octet", () => {
    for (let flags = 8; flags < 256; flags++) {
      assertHeard(run([Uint8Array.of(flags)]), [{ type: "error", code: "ERR_ZMTP_UNSPECIFIED" }], `${flags}`);
    }
  });

  it("MORE on a command is refused from the first octet", () => {
    for (const flags of [5, 7]) {
      assertHeard(run([Uint8Array.of(flags)]), [{ type: "error", code: "ERR_ZMTP_UNSPECIFIED" }], `${flags}`);
    }
  });

  it("what came whole before a violation is delivered, what comes after it is not", () => {
    const { sink, decoder } = make();
    assertThrows(
      () => decoder.decode(join(message("a"), frame("half", 1), [0x80], message("b"))),
      ProtocolError,
    );
    decoder.decode(message("c"));
    assertHeard(sink.heard, [{ type: "message", frames: [octets("a")] }], "before");
  });

  it("a violation behind kept input is told by resume", () => {
    const { sink, decoder } = make();
    sink.room = () => false;
    decoder.decode(join(message("a"), [0x80]));
    sink.room = () => true;
    assertThrows(() => decoder.resume(), ProtocolError);
    assertEquals(sink.heard.length, 1);
  });
});

describe("Decoder: a sink that is full", () => {
  it("hears nothing more until resume, and then all of it in order", () => {
    const { sink, decoder } = make();
    sink.room = () => false;
    decoder.decode(join(message("a"), message("b"), message("c")));
    assertEquals(sink.heard.length, 1);
    assert(decoder.stalled);
    decoder.decode(message("d"));
    assertEquals(sink.heard.length, 1);
    for (const count of [2, 3, 4]) {
      decoder.resume();
      assertEquals(sink.heard.length, count);
    }
    decoder.resume();
    assert(!decoder.stalled);
    assertHeard(
      sink.heard,
      ["a", "b", "c", "d"].map((text) => ({ type: "message", frames: [octets(text)] })),
      "order",
    );
  });

  it("resume without a stall does nothing", () => {
    const { sink, decoder } = make();
    decoder.decode(message("a"));
    decoder.resume();
    assertEquals(sink.heard.length, 1);
  });

  it("a command can fill it too", () => {
    const { sink, decoder } = make();
    sink.room = () => false;
    decoder.decode(join(command("A"), command("B")));
    assertEquals(sink.heard.length, 1);
    decoder.resume();
    assertEquals(sink.heard.length, 2);
  });

  it("that is full at random loses nothing and keeps the order", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed);
      const wire = randomStream(random);
      const expected = decodeAll(wire, { ...NO_LIMITS, command: 1000 });
      const { sink, decoder } = make();
      let asked = 0;
      sink.room = () => {
        asked++;
        return random.chance(0.6);
      };
      for (const chunk of random.split(wire, random.pick([1, 10, 300, 3000]))) {
        const before = asked;
        const wasStalled = decoder.stalled;
        decoder.decode(chunk);
        if (wasStalled) assertEquals(asked, before, "a stalled decoder told its sink of something");
        if (random.chance(0.5)) decoder.resume();
      }
      while (decoder.stalled) decoder.resume();
      assertHeard(sink.heard, expected, `seed ${seed}`);
    }
  });
});

describe("Decoder: reading straight into a body", () => {
  it("asks for it only when many octets of a body are still to come", () => {
    const { decoder } = make();
    assertEquals(decoder.target(), undefined);
    decoder.decode(frame(pattern(20_000)).slice(0, 5));
    assertEquals(decoder.target(), undefined);
    decoder.decode(frame(pattern(20_000)).slice(5, 100));
    assert(decoder.target() !== undefined);
    decoder.decode(frame(pattern(20_000)).slice(100, 19_000));
    assertEquals(decoder.target(), undefined);
  });

  it("is over with what it fails by, as decode is", () => {
    const { sink, decoder } = make({ parts: 1 });
    decoder.decode(frame(pattern(20_000), 1).slice(0, 100));
    const target = decoder.target()!;
    assertThrows(() => decoder.filled(target.length), ProtocolError);
    assertEquals(decoder.target(), undefined);
    decoder.decode(message("behind it"));
    assertEquals(sink.heard, []);
  });

  it("gives the same messages as decode, whatever lengths are filled", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = new Random(seed);
      const parts: Uint8Array[] = [];
      for (let i = random.between(1, 6); i > 0; i--) {
        const more = i > 1 && random.chance(0.5) ? 1 : 0;
        parts.push(frame(pattern(random.pick([0, 3, 300, 9000, 70_000, 2_500_000]), i), more));
      }
      parts.push(frame("last"));
      const wire = join(...parts);
      const expected = decodeAll(wire, { ...NO_LIMITS, command: 1000 });
      const { sink, decoder } = make();
      sink.room = () => random.chance(0.7);
      for (let at = 0; at < wire.length;) {
        const target = decoder.target();
        if (target === undefined) {
          const length = Math.min(random.pick([1, 10, 5000, 66_000]), wire.length - at);
          decoder.decode(wire.slice(at, at + length));
          at += length;
        } else {
          assert(target.length > 0, "an empty target");
          const length = Math.min(
            random.pick([1, 8000, 500_000, 5_000_000]),
            target.length,
            wire.length - at,
          );
          target.set(wire.subarray(at, at + length));
          decoder.filled(length);
          at += length;
        }
        if (decoder.stalled && random.chance(0.7)) decoder.resume();
      }
      while (decoder.stalled) decoder.resume();
      assertHeard(sink.heard, expected, `seed ${seed}`);
    }
  });

  it("asks for nothing while input waits for the sink", () => {
    const { sink, decoder } = make();
    sink.room = () => false;
    decoder.decode(join(message("a"), frame(pattern(50_000)).slice(0, 1000)));
    assertEquals(decoder.target(), undefined);
    sink.room = () => true;
    decoder.resume();
    assert(decoder.target() !== undefined);
  });
});

function randomStream(random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let i = random.between(1, 12); i > 0; i--) {
    const length = random.pick([0, 1, 2, 15, 16, 100, 255, 256, 300, 2000]);
    if (random.chance(0.2)) parts.push(frame(pattern(Math.min(length, 900), i), 4));
    else {
      const form = random.chance(0.2) ? longFrame : frame;
      parts.push(form(pattern(length, i), random.chance(0.4) ? 1 : 0));
    }
  }
  return join(...parts);
}
