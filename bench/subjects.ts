/**
 * Who is measured: this module on three runtimes, libzmq from C, zeromq.js on Node, and the runtimes' bare
 * streams. A subject that this machine cannot run is left out, and said so by name.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { HERE } from "./results.ts";

/** A runtime that runs our TypeScript. */
export type Runtime = "deno" | "bun" | "node";

/** Who does the work of a cell. */
export interface Subject {
  readonly id: string;
  readonly version: string;
  /** The command line of one of the programs, `local_thr` and its like, with its arguments. */
  command(program: readonly string[]): string[];
}

export const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];

/** The command that starts a runtime, up to the script. */
export type Launcher = (runtime: Runtime) => string[];

/** The subjects among `wanted` that can run here, and why the others cannot. */
export function findSubjects(wanted: (id: string) => boolean): { subjects: Subject[]; missing: string[] } {
  const subjects: Subject[] = [];
  const missing: string[] = [];
  const add = (id: string, make: () => Subject): void => {
    if (!wanted(id)) return;
    try {
      subjects.push(make());
    } catch (error) {
      missing.push(`${id}: ${(error as Error).message}`);
    }
  };
  add("libzmq", libzmq);
  add("zeromq.js", zeromqJs);
  for (const runtime of RUNTIMES) add(runtime, () => ours(runtime));
  for (const runtime of RUNTIMES) add(`bare ${runtime}`, () => ({ ...ours(runtime), id: `bare ${runtime}` }));
  return { subjects, missing };
}

/** The command line that starts a runtime's script. */
export function launcher(runtime: Runtime): string[] {
  const path = find(runtime);
  return runtime === "deno" ? [path, "run", "-A", "--quiet"] : [path];
}

/** The version a runtime says it is. */
export function versionOf(runtime: Runtime): string {
  const text = output(find(runtime), ["--version"]);
  return `${runtime} ${/\d+\.\d+\.\d+/.exec(text)?.[0] ?? text}`;
}

function ours(runtime: Runtime): Subject {
  const launch = launcher(runtime);
  return {
    id: runtime,
    version: versionOf(runtime),
    command: ([name, ...rest]) => [...launch, join(HERE, `${name}.ts`), ...rest],
  };
}

function zeromqJs(): Subject {
  const path = find("zeromq");
  const node = ours("node");
  const version = output(find("node"), [
    "-p",
    `require(${JSON.stringify(join(path, "package.json"))}).version`,
  ]);
  return {
    id: "zeromq.js",
    version: `zeromq.js ${version} on ${node.version}`,
    command: (program) => [...node.command(program), `--module=${join(path, "lib/index.js")}`],
  };
}

function libzmq(): Subject {
  const binary = join(mkdtempSync(join(tmpdir(), "bench-")), "libzmq");
  output("cc", ["-O2", "-o", binary, join(HERE, "peers/libzmq.c"), "-lzmq", "-lpthread"]);
  return {
    id: "libzmq",
    version: `libzmq ${output(binary, ["version"])}`,
    command: (program) => [binary, ...program],
  };
}

/** An executable by its environment variable (`BENCH_DENO`, `BENCH_ZEROMQ`, …) or on the path. */
function find(name: string): string {
  const variable = `BENCH_${name.toUpperCase()}`;
  const given = process.env[variable];
  if (given !== undefined) return given;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && existsSync(path)) return path;
  }
  throw new Error(`not found; set ${variable}`);
}

function output(command: string, args: string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`${command}: ${firstLine(done.stderr)}`);
  return done.stdout.trim();
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
