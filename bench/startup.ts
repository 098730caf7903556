/**
 * What the first socket costs: the time from start to end of a program that imports the module and binds, and
 * of an empty one, in turn.
 *
 *   deno run -A bench/startup.ts [--rounds=20] [--who=deno,bun,node] [--no-save]
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeReport } from "./report.ts";
import { beginRun, HERE, type Line, median, save } from "./results.ts";
import { findRuntimes } from "./subjects.ts";

const PROGRAMS = ["empty", "bound"];
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
  const lines: Line[] = [];
  for (const runtime of subjects.filter(({ id }) => given.who.split(",").includes(id))) {
    const values: Record<string, number[]> = Object.fromEntries(PROGRAMS.map((program) => [program, []]));
    for (let round = 0; round < Number(given.rounds) + UNCOUNTED; round++) {
      for (const program of PROGRAMS) {
        const time = milliseconds(runtime.launch(join(HERE, "start", `${program}.ts`)));
        if (round >= UNCOUNTED) values[program]!.push(time);
      }
    }
    for (const program of PROGRAMS) {
      const line = {
        ...head,
        row: `startup/${program}`,
        subject: runtime.id,
        version: runtime.version,
        unit: "ms",
        median: median(values[program]!),
        values: values[program]!,
      };
      lines.push(line);
      console.log(`${line.row} ${runtime.id} ${line.median.toFixed(1)} ms`);
    }
  }
  if (given["no-save"]) return;
  save(lines);
  writeReport();
}

function milliseconds(command: readonly string[]): number {
  const start = performance.now();
  const done = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
  const elapsed = performance.now() - start;
  if (done.status !== 0) throw new Error(`${command.join(" ")} failed: ${done.stderr}`);
  return elapsed;
}
