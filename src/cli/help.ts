/**
 * Help as text, made from what the commands declare. Pure.
 *
 * @module
 */

import type { CommandSpec, OptionSpec } from "./args.ts";

const WIDTH = 88;

/** How the program is started, which differs by runtime; the examples say `zmq` for all of it. */
export const STARTING = `zmq stands for one of these:
  deno run -A jsr:@puremq/zmq
  node node_modules/@puremq/zmq/mod.js     after: npx jsr add @puremq/zmq
  bun node_modules/@puremq/zmq/mod.js      after: bunx jsr add @puremq/zmq
  node mod.ts                              in a clone (deno run -A and bun likewise)`;

/** Exit codes that a script can rely on. */
export const EXIT_CODES = `Exit codes:
  0    done
  1    failed: one sentence on stderr says why
  2    wrong usage
  3    --timeout passed, or messages were not delivered within --linger
  130  ended by Ctrl-C (SIGINT), 143 by SIGTERM; a device that ended in order: 0`;

/** The help of one command. */
export function commandHelp(spec: CommandSpec): string {
  const sections = [
    `zmq ${spec.name}: ${spec.summary}`,
    usageLine(spec),
    ...spec.text.map((text) => wrap(text, 0)),
  ];
  if (spec.options.length > 0) {
    const help: OptionSpec = { name: "help", help: "this text" };
    sections.push(`Options:\n${[...spec.options, help].map(optionHelp).join("\n")}`);
  }
  sections.push(`Examples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}`);
  sections.push(EXIT_CODES, STARTING);
  return sections.join("\n\n");
}

/** What is said where no command is given: the commands, a line each. */
export function overview(
  groups: readonly (readonly [title: string, commands: readonly CommandSpec[]])[],
): string {
  const lists = groups.map(([title, commands]) =>
    `${title}:\n${commands.map(({ name, summary }) => `  ${name.padEnd(11)}${summary}`).join("\n")}`
  );
  return ["usage: zmq COMMAND …        zmq COMMAND --help tells of each, with examples", ...lists].join(
    "\n\n",
  );
}

/** The usage of a command in one line. */
export function usageLine({ name, operands, options }: CommandSpec): string {
  const words = ["usage: zmq", name, ...operands];
  if (options.length > 0) words.push("[OPTION]…");
  return words.join(" ");
}

function optionHelp({ name, value, choices, many, help }: OptionSpec): string {
  const choice = choices === undefined ? "" : ` (${choices.join(", ")})`;
  const head = `  --${name}${value === undefined ? "" : ` ${value}`}`;
  const text = wrap(`${help}${choice}${many ? "; may be given several times" : ""}`, 23);
  return head.length <= 21 ? head.padEnd(23) + text : `${head}\n${" ".repeat(23)}${text}`;
}

/** Breaks a text between words; lines after the first are indented. A text with line breaks stays as it is. */
function wrap(text: string, indent: number): string {
  if (text.includes("\n")) return text;
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && indent + last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
