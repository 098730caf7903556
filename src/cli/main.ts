/**
 * The tool: finds the command, runs it, and ends the process with its exit code. Whatever goes wrong is one
 * sentence on stderr.
 *
 * @module
 */

import { asksForHelp, nearest, parse, UsageError } from "./args.ts";
import type { Command } from "./command.ts";
import { demo } from "./demo/command.ts";
import { DEVICE_COMMANDS } from "./devices/commands.ts";
import { explain } from "./failure.ts";
import { commandHelp, EXIT_CODES, overview, STARTING } from "./help.ts";
import { exit, print, programArguments, warn } from "./host.ts";
import { keygen } from "./keygen.ts";
import { monitor } from "./monitor.ts";
import { perf } from "./perf/command.ts";
import { SOCKET_COMMANDS } from "./sockets/commands.ts";
import { version } from "./version.ts";

/** The commands, as the overview groups them. */
export const GROUPS: readonly (readonly [title: string, commands: readonly Command[]])[] = [
  ["Devices, the stable points of a network", DEVICE_COMMANDS],
  ["Sockets, with lines of stdin and stdout for messages", SOCKET_COMMANDS],
  ["Tools", [monitor, perf, keygen, demo, version]],
];

/** Runs the program that the process was started for. */
export async function main(): Promise<void> {
  let code: number;
  const args = programArguments();
  try {
    code = await run(args);
  } catch (error) {
    const { sentence, code: failed } = explain(error);
    await warn(`zmq: ${sentence}`);
    if (failed === 2) {
      const known = commandNames().includes(args[0] ?? "");
      await warn(`Try: zmq ${known ? `${args[0]} ` : ""}--help`);
    }
    code = failed;
  }
  exit(code);
}

async function run([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined) {
    await warn(summary());
    return 2;
  }
  if (name === "--version" || name === "-V") return await version.run(parse(version.spec, rest));
  if (name === "help" || name === "--help" || name === "-h") {
    await print(rest[0] === undefined ? `${summary()}\n\n${EXIT_CODES}` : commandHelp(find(rest[0]).spec));
    return 0;
  }
  const { spec, run } = find(name);
  if (asksForHelp(rest)) {
    await print(commandHelp(spec));
    return 0;
  }
  return await run(parse(spec, rest));
}

function find(name: string): Command {
  const command = commands().find(({ spec }) => spec.name === name);
  if (command !== undefined) return command;
  const meant = nearest(name, commandNames());
  throw new UsageError(
    `there is no command "${name}"${meant === undefined ? "" : `; did you mean ${meant}?`}`,
  );
}

function commands(): readonly Command[] {
  return GROUPS.flatMap(([, commands]) => commands);
}

function commandNames(): readonly string[] {
  return commands().map(({ spec }) => spec.name);
}

function summary(): string {
  const groups = GROUPS.map(([title, commands]) => [title, commands.map(({ spec }) => spec)] as const);
  return `${overview(groups)}\n\n${STARTING}`;
}
