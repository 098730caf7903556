/**
 * Who is measured: this module on three runtimes, libzmq from C, zeromq.js on Node, and the runtimes' bare
 * streams. A subject that this machine cannot run is left out, and said so by name.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { bun, CACHE, node, type Tool, ws, zeromq } from "../tests/runner/tools.ts";
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

/** What could be found, and why the rest could not. */
export interface Found<T> {
  readonly subjects: readonly T[];
  readonly missing: readonly string[];
}

/** A runtime that is there. */
export interface Launcher {
  readonly id: Runtime;
  readonly version: string;
  /** The command line up to the script; `flags` are the runtime's own. */
  launch(...flags: string[]): string[];
}

const NODE_MAJOR = 24;

/** The subjects among `wanted` that can run here. */
export async function findSubjects(wanted: (id: string) => boolean): Promise<Found<Subject>> {
  const runtimes = await findRuntimes();
  const missing = [...runtimes.missing];
  const subjects = [];
  const nativeNode = runtimes.subjects.find(({ id }) => id === "node");
  for (const make of [libzmq, () => zeromqJs(nativeNode)]) {
    try {
      subjects.push(await make());
    } catch (error) {
      missing.push((error as Error).message);
    }
  }
  const ours = runtimes.subjects.map(subject);
  const server = await ws();
  if (server.path === undefined) missing.push(`WebSocket server for bare node: ${server.missing}`);
  subjects.push(...ours, ...ours.map((one) => bare(one, server.path)));
  return { subjects: subjects.filter(({ id }) => wanted(id)), missing };
}

/** The runtimes that can run here: this Deno, and Bun and Node as the tests fetch them. */
export async function findRuntimes(): Promise<Found<Launcher>> {
  const deno: Tool = { path: Deno.execPath(), version: Deno.version.deno };
  const tools: [Runtime, Tool][] = [["deno", deno], ["bun", await bun()], ["node", await node(NODE_MAJOR)]];
  const subjects: Launcher[] = [];
  const missing: string[] = [];
  for (const [id, { path, version, missing: reason }] of tools) {
    if (path === undefined) {
      missing.push(`${id}: ${reason}`);
      continue;
    }
    const run = id === "deno" ? ["run", "-A", "--quiet"] : [];
    subjects.push({
      id,
      version: `${id} ${version.replace(/^v/, "")}`,
      launch: (...flags) => [path, ...run, ...flags],
    });
  }
  return { subjects, missing };
}

/** This module on a runtime. */
export function subject({ id, version, launch }: Launcher): Subject {
  return { id, version, command: ([name, ...rest]) => [...launch(), join(HERE, `${name}.ts`), ...rest] };
}

/** The runtime without us. Node has no WebSocket server of its own: npm's `ws` is the one that its users have. */
function bare(one: Subject, ws: string | undefined): Subject {
  const more = one.id === "node" && ws !== undefined ? [`--ws=${ws}`] : [];
  return { ...one, id: `bare ${one.id}`, command: (program) => [...one.command(program), ...more] };
}

async function zeromqJs(runtime: Launcher | undefined): Promise<Subject> {
  const tool = await zeromq(runtime?.launch()[0]);
  if (tool.path === undefined) throw new Error(`zeromq.js: ${tool.missing}`);
  const manifest = JSON.parse(await Deno.readTextFile(join(tool.path, "package.json")));
  return {
    id: "zeromq.js",
    version: `zeromq.js ${manifest.version} on ${runtime!.version}`,
    command: (
      program,
    ) => [...subject(runtime!).command(program), `--module=${join(tool.path, "lib/index.js")}`],
  };
}

/** libzmq in C, compiled anew. */
export function libzmq(): Subject {
  mkdirSync(CACHE, { recursive: true });
  const binary = join(CACHE, "bench-libzmq");
  // Beside it first: another bench may be running the one that is there.
  const fresh = `${binary}-${process.pid}`;
  output("cc", ["-O2", "-o", fresh, join(HERE, "peers/libzmq.c"), "-lzmq", "-lpthread"]);
  renameSync(fresh, binary);
  return {
    id: "libzmq",
    version: `libzmq ${output(binary, ["version"])}`,
    command: (program) => [binary, ...program],
  };
}

function output(command: string, args: string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" });
  if (done.error !== undefined) throw new Error(`libzmq: ${command} cannot be run: ${done.error.message}`);
  if (done.status !== 0) {
    const reason = done.stderr.split("\n").find((line) => /error/.test(line)) ?? done.stderr;
    throw new Error(`libzmq: ${reason.trim()} (Debian's package: libzmq3-dev)`);
  }
  return done.stdout.trim();
}
