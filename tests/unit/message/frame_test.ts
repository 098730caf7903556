import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import {
  copyBeside,
  copyFrame,
  Frame,
  handOver,
  isShared,
  retain,
  REUSABLE,
  tag,
  toPart,
} from "../../../src/message/frame.ts";
import type { FrameEncoding } from "../../../src/message/frame.ts";
import { toParts } from "../../../src/socket/message_parts.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";
import { octets, pattern } from "../../support/transcript.ts";

function frameOf(bytes: Uint8Array): Frame {
  return Frame.from(bytes) as Frame;
}

describe("Frame.toString", () => {
  const encodings: FrameEncoding[] = ["utf8", "utf-8", "hex", "base64", "latin1", "binary", "ascii"];

  it("says what Node's Buffer says, for octets of every kind and every encoding", () => {
    const random = new Random(11);
    const inputs = [
      octets(""),
      octets("plain"),
      octets("exactly 24 octets of it."),
      octets("more than twenty-four octets of text"),
      octets("é€😀 mixed"),
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x61),
      Uint8Array.of(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf),
      Uint8Array.of(0xef, 0xbb),
      Uint8Array.of(0xc0, 0x80),
      Uint8Array.of(0xed, 0xa0, 0x80),
      Uint8Array.of(0xf0, 0x9f, 0x98),
      Uint8Array.of(0x80),
      pattern(256),
      pattern(70_000),
      ...Array.from({ length: 300 }, () => random.octets(random.below(60))),
    ];
    for (const input of inputs) {
      for (const encoding of encodings) {
        assertEquals(frameOf(input).toString(encoding), Buffer.from(input).toString(encoding), encoding);
      }
    }
  });

  it("says a part of them as Buffer does, for ends of every kind, and names encodings in any case", () => {
    const input = octets("0123456789é+/~?>");
    const ends = [undefined, -30, -1, 0, 1, 5, 10, 11, input.length, input.length + 1, Infinity];
    for (const start of ends) {
      for (const end of ends) {
        for (const encoding of ["utf8", "hex", "base64"] as const) {
          assertEquals(
            frameOf(input).toString(encoding, start, end),
            Buffer.from(input).toString(encoding, start, end),
            `${encoding} from ${start} to ${end}`,
          );
        }
      }
    }
    assertEquals(frameOf(input).toString("HEX" as FrameEncoding), Buffer.from(input).toString("hex"));
  });

  it("is UTF-8 unless told otherwise, also where a text is wanted", () => {
    const frame = frameOf(octets("grüße"));
    assertEquals([frame.toString(), frame.text(), String(frame), `${frame}`], Array(4).fill("grüße"));
  });

  it("refuses encodings that it does not know", () => {
    assertThrows(() => frameOf(octets("x")).toString("utf16le" as FrameEncoding), TypeError);
  });

  it("reads memory that other threads share", () => {
    const shared = new Frame(new SharedArrayBuffer(30) as unknown as ArrayBuffer).fill(0xc3);
    assertEquals(shared.toString(), "\ufffd".repeat(30));
  });
});

describe("Frame", () => {
  it("is a Uint8Array, and so are its parts", () => {
    const frame = frameOf(Uint8Array.of(1, 2, 3));
    assertInstanceOf(frame, Uint8Array);
    assertInstanceOf(frame.subarray(1), Frame);
    assertInstanceOf(frame.slice(1), Frame);
    assertBytes(frame.subarray(1), [2, 3]);
  });

  it("json reads a JSON value and throws SyntaxError for what is none", () => {
    assertEquals(frameOf(octets('{"a":[1,"é"]}')).json(), { a: [1, "é"] });
    for (const text of ["", "{", "undefined"]) assertThrows(() => frameOf(octets(text)).json(), SyntaxError);
  });

  it("equals compares octets, whatever class holds them", () => {
    assert(frameOf(octets("ab")).equals(octets("ab")));
    assert(!frameOf(octets("ab")).equals(octets("abc")));
    assert(!frameOf(octets("ab")).equals(octets("aB")));
  });
});

describe("copyFrame, handOver and retain", () => {
  it("a copy never changes with its original or with other copies", () => {
    const random = new Random(7);
    const copies: [Frame, Uint8Array][] = [];
    for (let i = 0; i < 4000; i++) {
      const original = random.octets(random.pick([0, 1, 5, 100, 1023, 1024, 1025, 9000]));
      copies.push([copyFrame(original), original.slice()]);
      original.fill(0xee);
    }
    for (const [copy, expected] of copies) assert(copy.equals(expected));
  });

  it("one small frame that is kept pins at most 8 KiB", () => {
    for (let i = 0; i < 1000; i++) assert(copyFrame(pattern(100, i)).buffer.byteLength <= 8192);
    assertEquals(copyFrame(pattern(5000)).buffer.byteLength, 5000);
  });

  it("inproc copies parts of up to 128 octets and hands on the memory of larger ones", () => {
    const small = pattern(REUSABLE);
    assert(handOver(small).buffer !== small.buffer);
    const large = pattern(1000).subarray(10, 10 + REUSABLE + 1);
    const frame = handOver(large);
    assertInstanceOf(frame, Frame);
    assertEquals([frame.buffer === large.buffer, frame.byteOffset, frame.length], [true, 10, REUSABLE + 1]);
  });

  it("parts that wait are copied up to 128 octets and kept as they are above", () => {
    const parts = [pattern(3), pattern(128), pattern(129)];
    const kept = retain(parts);
    assertFrames(kept, parts);
    assertEquals(kept.map((part, i) => part === parts[i]), [false, false, true]);
  });
});

describe("toPart: what send takes as one part", () => {
  it("octets of any view, from where it begins to where it ends, and nothing is copied", () => {
    const buffer = pattern(64).buffer as ArrayBuffer;
    for (
      const view of [
        new Uint8Array(buffer, 8, 8),
        new Uint16Array(buffer, 8, 4),
        new Float64Array(buffer, 8, 1),
        new DataView(buffer, 8, 8),
        new Uint8ClampedArray(buffer, 8, 8),
        new BigInt64Array(buffer, 8, 1),
        Buffer.from(buffer, 8, 8),
        new Frame(buffer, 8, 8),
      ]
    ) {
      const part = toPart(view);
      assertBytes(part, new Uint8Array(buffer, 8, 8), view.constructor.name);
      assertEquals(part.buffer === buffer, true, view.constructor.name);
    }
  });

  it("an ArrayBuffer and a SharedArrayBuffer, whole", () => {
    assertBytes(toPart(Uint8Array.of(1, 2).buffer), [1, 2]);
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([3, 4]);
    assertBytes(toPart(shared), [3, 4]);
    assert(isShared(toPart(shared).buffer));
  });

  it("text as UTF-8 and null as no octets", () => {
    assertBytes(toPart("é\0"), [0xc3, 0xa9, 0]);
    assertBytes(toPart(""), []);
    assertBytes(toPart(null), []);
  });

  it("anything else as its text, as zeromq.js does", () => {
    const cases: [unknown, string][] = [
      [42, "42"],
      [-0.5, "-0.5"],
      [NaN, "NaN"],
      [true, "true"],
      [10n ** 20n, "100000000000000000000"],
      [{}, "[object Object]"],
      [{ toString: () => "own" }, "own"],
      [["b", "c"], "b,c"],
      [undefined, "undefined"],
      [new Set([1]), "[object Set]"],
      [new String("object"), "object"],
    ];
    for (const [value, text] of cases) assertBytes(toPart(value), text);
    assert(new TextDecoder().decode(toPart(() => 1)).includes("1"));
  });

  it("a symbol, and an object without a text, throw TypeError", () => {
    assertThrows(() => toPart(Symbol("s")), TypeError);
    assertThrows(() => toPart(Object.create(null)), TypeError);
  });
});

describe("toParts: what send takes as a message", () => {
  it("one part, or an array of them; an empty array is no message", () => {
    assertFrames(toParts("a"), ["a"]);
    assertFrames(toParts(null), [""]);
    assertFrames(toParts(["a", null, 3, Uint8Array.of(9)]), ["a", "", "3", [9]]);
    assertFrames(toParts([]), []);
    assertFrames(toParts(new Set(["a"])), ["[object Set]"]);
  });

  it("holes and undefined within an array are the text undefined", () => {
    assertFrames(toParts(["a", undefined]), ["a", "undefined"]);
    assertFrames(toParts(new Array(2)), ["undefined", "undefined"]);
  });

  it("undefined is no message: TypeError, with zeromq.js's words", () => {
    let text = "";
    try {
      toParts(undefined);
    } catch (error) {
      assertInstanceOf(error, TypeError);
      text = (error as Error).message;
    }
    assertEquals(text, "Message must be present");
  });
});

describe("Frame.metadata", () => {
  const metadata = new Map([["socket-type", octets("DEALER")], ["user-id", octets("grüße")]]);

  function tagged(...lengths: number[]): Frame[] {
    const message = lengths.map((length) => frameOf(pattern(length)));
    tag(message, metadata);
    return message;
  }

  it("is the peer's, on each frame of its message, and so is userId (zmq_msg_gets, User-Id)", () => {
    for (const frame of tagged(0, 3, 5000)) {
      assert(frame.metadata === metadata);
      assertEquals(frame.userId, "grüße");
    }
  });

  it("is undefined for a peer that no handler let in", () => {
    const frame = frameOf(octets("x"));
    assertEquals([frame.metadata, frame.userId], [undefined, undefined]);
    assertEquals(Reflect.ownKeys(frame), ["0"]);
  });

  it("tells of an empty user id, and of none where the handler's properties have none", () => {
    const [a, b] = tagged(1, 1);
    tag([a!], new Map([["user-id", octets("")]]));
    tag([b!], new Map());
    assertEquals([a!.userId, b!.userId, b!.metadata?.size], ["", undefined, 0]);
  });

  it("is the frame's and not the octets': no copy, part or view has it", () => {
    for (const length of [REUSABLE, REUSABLE + 1, 5000]) {
      const [frame] = tagged(length);
      const others = [frame!.slice(), frame!.subarray(1), copyFrame(frame!), handOver(frame!)] as Frame[];
      assertEquals(others.map((other) => other.metadata), [undefined, undefined, undefined, undefined]);
    }
  });

  it("is on what a pattern puts beside what the peer sent", () => {
    const [frame] = tagged(3);
    assert(copyBeside(frame!, octets("id")).metadata === metadata);
    assertBytes(copyBeside(frame!, octets("id")), "id");
    assertEquals(copyBeside(frameOf(octets("x")), octets("id")).metadata, undefined);
  });
});
