/**
 * Child processes with a time limit. Each gets a process group of its own, so that what it started itself
 * (the peers of an interop test) dies with it, also when this run is interrupted.
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

/** What to run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
}

/** What came of it. */
export interface Outcome {
  /** Exit code; `undefined` if a signal ended it. */
  readonly code: number | undefined;
  /** What it printed, standard output and errors as they came. */
  readonly output: string;
  /** It was ended because its time was up. */
  readonly late: boolean;
}

const running = new Set<ChildProcess>();

/** Runs a command to its end. Rejects only if it cannot be started. */
export function run(command: Command, limitMilliseconds: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...inherited(), ...command.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output: string[] = [];
    const keep = (chunk: string) => void output.push(chunk);
    child.stdout!.setEncoding("utf8").on("data", keep);
    child.stderr!.setEncoding("utf8").on("data", keep);
    running.add(child);

    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child);
    }, limitMilliseconds);
    child.on("error", (error) => {
      clearTimeout(timer);
      running.delete(child);
      reject(error);
    });
    // "exit" comes before the pipes are closed: a grandchild that holds them must not hold up the run.
    child.on("exit", () => killGroup(child));
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: code ?? undefined, output: output.join(""), late });
    });
  });
}

/** The first line that a command prints, or `undefined` if it fails. */
export async function firstLine(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { code, output } = await run({ command, args }, 20_000);
    return code === 0 ? output.trim().split("\n")[0] : undefined;
  } catch {
    return undefined;
  }
}

/** Ends whatever still runs when this process is told to end. */
export function endWithUs(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      for (const child of running) killGroup(child);
      process.exit(130);
    });
  }
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // The group is empty already.
  }
}

/**
 * Our own environment without what npx, npm and `deno task` add to it: `npm_config_local_prefix` and its like
 * would send an `npm install` of ours to the wrong place.
 */
function inherited(): { [name: string]: string } {
  const kept: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined) continue;
    if (
      /^npm_(package|lifecycle|command|execpath|node_execpath|config_local_prefix|config_global_prefix)/.test(
        name,
      )
    ) {
      continue;
    }
    kept[name] = value;
  }
  delete kept.FORCE_COLOR;
  return { ...kept, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
}
