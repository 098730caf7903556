/**
 * The command line and the lines of messages that it reads and writes.
 */

import { nearest, parse, UsageError } from "../../../src/cli/args.ts";
import type { CommandSpec } from "../../../src/cli/args.ts";
import {
  FormatError,
  formatMessage,
  FORMATS,
  parseMessage,
  parseSeparator,
} from "../../../src/cli/format.ts";
import { must, refused, showAll } from "../holds.ts";
import { textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly args: string[];
  readonly line: Uint8Array;
  readonly text: string;
  readonly parts: Uint8Array[];
  readonly separator: string;
}

const SPEC: CommandSpec = {
  name: "try",
  summary: "",
  operands: ["ONE", "[TWO]"],
  options: [
    { name: "linger", value: "MS", least: -1, help: "" },
    { name: "bind", value: "EP", many: true, help: "" },
    { name: "format", value: "FORM", choices: FORMATS, help: "" },
    { name: "quiet", help: "" },
  ],
  text: [],
  examples: [],
};

const TOKENS = [
  "--",
  "-",
  "=",
  "linger",
  "bind",
  "format",
  "quiet",
  "json",
  "-1",
  "9999999999",
  "x",
  " ",
  "--quiet",
];

export const commandLine: AnyTarget = target<Input>({
  name: "command_line",
  promise:
    "is read or refused with a UsageError, and lines with a FormatError; each form reads what it wrote",
  input: (fc) =>
    fc.record<Input>({
      args: fc.array(textOf(fc, TOKENS, 4), { maxLength: 6 }),
      line: fc.uint8Array({ maxLength: 20 }),
      text: textOf(fc, [
        '"',
        "\\",
        "x00",
        "\\n",
        "[",
        "]",
        "{",
        "}",
        '"hex":"00"',
        ",",
        "|",
        "a",
        "0x",
        "é",
        " ",
      ], 12),
      parts: fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1, maxLength: 4 }),
      separator: fc.constantFrom("|", ",", "\t", "\\x00", "", "||"),
    }),
  check({ args, line, text, parts, separator: typed }) {
    refused(UsageError, () => {
      const { operands } = parse(SPEC, args);
      must(operands.length === 1 || operands.length === 2, `${operands.length} operands`);
    });
    nearest(args.join(""), SPEC.options.map(({ name }) => name));
    const separator = parseSeparator(typed);
    for (const format of FORMATS) {
      for (const routingId of [false, true]) {
        const style = { format, separator, routingId };
        refused(FormatError, () => parseMessage(line, style));
        refused(FormatError, () => parseMessage(new TextEncoder().encode(text), style));
      }
      formatMessage(parts, { format, separator, terminal: true });
      if (format === "text" || separator === "" || separator === "\0") continue;
      const style = { format, separator };
      const again = parseMessage(formatMessage(parts, style), style);
      must(showAll(again) === showAll(parts), `other parts, as ${format}`);
    }
  },
});
