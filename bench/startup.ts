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
  const folder = await transpiledFolder();
  const lines: Line[] = [];
  for (const runtime of subjects.filter(({ id }) => given.who.split(",").includes(id))) {
    const programs = [
      { row: "startup/empty", path: join(START, "empty.ts"), values: [] as number[] },
      { row: "startup/bound", path: join(START, "bound.ts"), values: [] as number[] },
      ...(runtime.id === "node" ? transpiled(folder) : []),
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
  await Deno.remove(folder, { recursive: true });
  if (given["no-save"]) return;
  save(lines);
  writeReport();
}

function transpiled(folder: string): { row: string; path: string; values: number[] }[] {
  return [
    { row: "startup/transpiled empty", path: join(folder, "bench/start/empty.js"), values: [] },
    { row: "startup/transpiled", path: join(folder, "bench/start/bound.js"), values: [] },
  ];
}

/** The module and the two programs as JavaScript, in a temporary folder of the same shape. */
async function transpiledFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  await transpile(dirname(HERE), folder, {});
  await Deno.mkdir(join(folder, "bench/start"), { recursive: true });
  for (const name of ["empty", "bound"]) {
    const source = await Deno.readTextFile(join(START, `${name}.ts`));
    await Deno.writeTextFile(join(folder, `bench/start/${name}.js`), source.replace("/mod.ts", "/mod.js"));
  }
  return folder;
}

function milliseconds(command: readonly string[]): number {
  const start = performance.now();
  const done = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
  const elapsed = performance.now() - start;
  if (done.status !== 0) throw new Error(`${command.join(" ")} failed: ${done.stderr}`);
  return elapsed;
}
