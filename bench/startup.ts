/**
 * What the first socket costs: the time from start to end of a program that imports the module and binds, and
 * of an empty one, in turn. On Node also with the module transpiled, as JSR serves it there: stripping types
 * anew at each start has its price.
 *
 *   deno run -A bench/startup.ts [--rounds=20] [--who=deno,bun,node] [--no-save]
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { transpile } from "../tests/runner/transpile.ts";
import { writeReport } from "./report.ts";
import { beginRun, HERE, type Line, median, save } from "./results.ts";
import { findRuntimes } from "./subjects.ts";

const START = join(HERE, "start");
/** The first runs fill the runtimes' caches of compiled code. */
const UNCOUNTED = 2;

const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    who: { type: "string", default: "deno,bun,node" },
    "no-save": { type: "boolean", default: false },
  },
});

await main();

async function main(): Promise<void> {
  const head = beginRun("startup");
  const { subjects, missing } = await findRuntimes();
  for (const reason of missing) console.error(`left out: ${reason}`);
  const transpiled = await transpiledProgram();
  const lines: Line[] = [];
  for (const runtime of subjects.filter(({ id }) => given.who.split(",").includes(id))) {
    const programs = [
      { row: "startup/empty", path: join(START, "empty.ts"), values: [] as number[] },
      { row: "startup/bound", path: join(START, "bound.ts"), values: [] as number[] },
      ...(runtime.id === "node"
        ? [{ row: "startup/transpiled", path: transpiled, values: [] as number[] }]
        : []),
    ];
    for (let round = 0; round < Number(given.rounds) + UNCOUNTED; round++) {
      for (const { path, values } of programs) {
        const time = milliseconds(runtime.launch(path));
        if (round >= UNCOUNTED) values.push(time);
      }
    }
    for (const { row, values } of programs) {
      const { id, version } = runtime;
      lines.push({ ...head, row, subject: id, version, unit: "ms", median: median(values), values });
      console.log(`${row} ${id} ${lines.at(-1)!.median.toFixed(1)} ms`);
    }
  }
  await Deno.remove(dirname(dirname(dirname(transpiled))), { recursive: true });
  if (given["no-save"]) return;
  save(lines);
  writeReport();
}

/** The program and the module in a temporary folder, as JavaScript. */
async function transpiledProgram(): Promise<string> {
  const target = await Deno.makeTempDir({ prefix: "bench-" });
  await transpile(dirname(HERE), target, {});
  const path = join(target, "bench/start/bound.js");
  await Deno.mkdir(dirname(path), { recursive: true });
  const source = await Deno.readTextFile(join(START, "bound.ts"));
  await Deno.writeTextFile(path, source.replace("/mod.ts", "/mod.js"));
  return path;
}

function milliseconds(command: readonly string[]): number {
  const start = performance.now();
  const done = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
  const elapsed = performance.now() - start;
  if (done.status !== 0) throw new Error(`${command.join(" ")} failed: ${done.stderr}`);
  return elapsed;
}
