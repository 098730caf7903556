/**
 * What was measured, as lines of JSON: one a cell (a workload done by a subject), with every round's value.
 *
 * Lines of one run share `run`, the time it began at. Absolute figures drift between runs by a factor of
 * two, so only figures of one run may be divided by each other.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus, platform, release } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Which programs wrote the line. */
export type Suite = "exchange" | "memory" | "startup";

/** One measured cell. */
export interface Line {
  readonly suite: Suite;
  readonly run: string;
  readonly commit: string;
  readonly machine: string;
  readonly row: string;
  readonly subject: string;
  readonly version: string;
  readonly unit: string;
  readonly median: number;
  readonly values: readonly number[];
}

/** What all lines of one run have in common. */
export type RunHead = Pick<Line, "suite" | "run" | "commit" | "machine">;

/** The folder of the benches. */
export const HERE: string = dirname(fileURLToPath(import.meta.url));
/** Where results, table and chart are. */
export const RESULTS: string = `${HERE}/results`;
const FILE = `${RESULTS}/results.jsonl`;

/** The head of a run that begins now. */
export function beginRun(suite: Suite): RunHead {
  const { model } = cpus()[0] ?? { model: "unknown processor" };
  return {
    suite,
    run: new Date().toISOString().slice(0, 19) + "Z",
    commit: commit(),
    machine: `${model.trim()}, ${cpus().length} cores, ${platform()} ${release().split("-")[0]}`,
  };
}

/** Appends lines to the file of results. */
export function save(lines: readonly Line[]): void {
  mkdirSync(RESULTS, { recursive: true });
  appendFileSync(FILE, lines.map((line) => JSON.stringify(line) + "\n").join(""));
}

/** The saved runs of a suite, oldest first. */
export function readRuns(suite: Suite): Line[][] {
  if (!existsSync(FILE)) return [];
  const runs = new Map<string, Line[]>();
  for (const text of readFileSync(FILE, "utf8").split("\n")) {
    if (text === "") continue;
    const line = JSON.parse(text) as Line;
    if (line.suite !== suite) continue;
    const lines = runs.get(line.run) ?? [];
    lines.push(line);
    runs.set(line.run, lines);
  }
  return [...runs.values()].sort((a, b) => a[0]!.run < b[0]!.run ? -1 : 1);
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function commit(): string {
  const git = (...args: string[]): string => {
    const done = spawnSync("git", args, { cwd: HERE, encoding: "utf8" });
    return done.status === 0 ? done.stdout.trim() : "";
  };
  const changed = git("status", "--porcelain", "--", ":/src", ":/transports", ":/mod.ts") !== "";
  return (git("rev-parse", "--short", "HEAD") || "unknown") + (changed ? "+" : "");
}
