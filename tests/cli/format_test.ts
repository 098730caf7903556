/**
 * Messages as lines, and back.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Format,
  FormatError,
  formatMessage,
  FORMATS,
  parseMessage,
  parseSeparator,
  showRoutingId,
} from "../../src/cli/format.ts";
import { assertBytes, assertFrames } from "../support/bytes.ts";

const octets = (text: string) => new TextEncoder().encode(text);
const text = (octets: Uint8Array) => new TextDecoder().decode(octets);
const ALL = Uint8Array.from({ length: 256 }, (_, i) => i);

describe("a message as a line", () => {
  for (
    const [format, parts, line] of [
      ["text", ["a", "", "c"], "a||c"],
      ["hex", ["hi", "", [0, 255]], "6869||00ff"],
      [
        "quoted",
        ['say "hi"\n', [0, 0x1b], "21 °C", [0xff, 0x41]],
        '"say \\"hi\\"\\n"|"\\x00\\x1b"|"21 °C"|"\\xffA"',
      ],
      ["json", ["hi", "", [0xff, 0]], '["hi","",{"hex":"ff00"}]'],
      ["json", ['"\n\u2028é'], '["\\"\\n\u2028é"]'],
    ] as [Format, (string | number[])[], string][]
  ) {
    it(`is what the form says: ${format} ${line}`, () => {
      const message = parts.map((part) => typeof part === "string" ? octets(part) : Uint8Array.from(part));
      assertEquals(text(formatMessage(message, { format, separator: "|" })), line);
    });
  }

  for (const format of FORMATS) {
    const parts = format === "text"
      ? [octets("a"), octets(""), octets("é\r\x00")]
      : [ALL, octets(""), octets("é\t\n\\")];
    for (const separator of ["\t", "||", " "]) {
      it(`comes back as it was: ${format}, ${JSON.stringify(separator)}`, () => {
        const style = { format, separator };
        assertFrames(parseMessage(formatMessage(parts, style), style), parts);
      });
    }
  }

  it("keeps octets that are no text, as text too", () => {
    const invalid = Uint8Array.of(0xff, 0xfe, 0x41);
    assertBytes(formatMessage([invalid], { format: "text", separator: "\t" }), invalid);
  });

  it("cannot move a terminal's cursor", () => {
    const line = formatMessage([octets("\x1b[2Jhi\x07\u009b")], {
      format: "text",
      separator: "\t",
      terminal: true,
    });
    assertEquals(text(line), "\\x1b[2Jhi\\x07\\xc2\\x9b");
  });

  it("begins with a routing id that can be typed back", () => {
    const style = { format: "text", separator: "\t", routingId: true } as const;
    const id = Uint8Array.of(0, 1, 0xfe);
    const line = formatMessage([id, octets("x")], style);
    assertEquals(text(line), "0x0001fe\tx");
    assertFrames(parseMessage(line, style), [id, "x"]);
    assertEquals(text(formatMessage([octets("d1")], style)), "d1");
    // One whose text looks like digits of another is shown by its own digits.
    assertEquals(showRoutingId(octets("0x00")), "0x30783030");
  });
});

describe("a line as a message", () => {
  it("is one part where the separator is empty or does not occur", () => {
    assertFrames(parseMessage(octets("a\tb"), { format: "text", separator: "" }), ["a\tb"]);
    assertFrames(parseMessage(octets("a b"), { format: "text", separator: "\t" }), ["a b"]);
    assertFrames(parseMessage(octets(""), { format: "text", separator: "\t" }), [""]);
  });

  it("is split at each whole separator", () => {
    assertFrames(parseMessage(octets(":a:::b::"), { format: "text", separator: "::" }), [":a", ":b", ""]);
  });

  for (
    const [format, line] of [
      ["hex", "0"],
      ["hex", "zz"],
      ["quoted", "bare"],
      ["quoted", '"open'],
      ["quoted", '"bad \\q"'],
      ["quoted", '"a""b"'],
      ["json", "{}"],
      ["json", "[]"],
      ["json", "[1]"],
      ["json", '[{"hex":"0"}]'],
      ["json", "[null]"],
      ["json", "hello"],
    ] as [Format, string][]
  ) {
    it(`is refused where it is not ${format}: ${line}`, () => {
      assertThrows(() => parseMessage(octets(line), { format, separator: "|" }), FormatError);
    });
  }
});

describe("a separator", () => {
  it("may be written with escapes", () => {
    assertEquals(parseSeparator("\\t"), "\t");
    assertEquals(parseSeparator("\\x1f\\0\\\\n"), "\x1f\0\\n");
    assertEquals(parseSeparator(" | "), " | ");
    assertEquals(parseSeparator("\\q"), "\\q");
  });
});
