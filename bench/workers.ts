/**
 * inproc between the main thread and a Worker, against libzmq's inproc between two threads and the runtime's own
 * `postMessage`: `deno run -A bench/workers.ts`, with options:
 *
 *   --quick                one round
 *   --rounds=5             rounds a row
 *   --runtime=deno,bun,node
 *
 * Subjects take turns within a round, and medians count. A message of 1 MB is measured against a libzmq that copies
 * it in and out, as `zmq_send` and `zmq_recv` do; without, it never touches the octets, and a message of any size
 * is a pointer.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { Child, type Sample } from "./measure.ts";
import { median } from "./results.ts";
import { findRuntimes, findSubjects } from "./subjects.ts";

/** One row: what libzmq and what we are asked to run. */
interface Row {
  readonly name: string;
  readonly libzmq: readonly string[] | undefined;
  readonly ours: readonly string[];
  readonly value: (sample: Sample) => number;
}

const rate = (sample: Sample): number => sample.rate!;
const ROWS: readonly Row[] = [
  {
    name: "100 B, messages/s",
    libzmq: ["inproc_thr", "100", "2000000"],
    ours: ["thr", "100", "2000000"],
    value: rate,
  },
  {
    name: "1 MB, messages/s",
    libzmq: ["inproc_thr", "1000000", "4000", "--copy"],
    ours: ["thr", "1000000", "4000"],
    value: rate,
  },
  {
    name: "1 MB given away, messages/s",
    libzmq: ["inproc_thr", "1000000", "4000", "--copy"],
    ours: ["given", "1000000", "4000"],
    value: rate,
  },
  {
    name: "round trip 10 B, µs",
    libzmq: ["inproc_lat", "10", "20000"],
    ours: ["lat", "10", "20000"],
    value: (sample) => sample.microseconds!,
  },
  { name: "postMessage 100 B, messages/s", libzmq: undefined, ours: ["post", "100", "200000"], value: rate },
];

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    runtime: { type: "string" },
  },
});

await main();

async function main(): Promise<void> {
  const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
  const runtimes = (await findRuntimes()).subjects.filter(({ id }) =>
    given.runtime?.split(",").includes(id) ?? true
  );
  const libzmq = (await findSubjects((id) => id === "libzmq")).subjects[0];
  const program = fileURLToPath(new URL("./workers/main.ts", import.meta.url));
  console.log(`| | libzmq | ${runtimes.map(({ id }) => id).join(" | ")} |`);
  console.log(`| --- | ---: | ${runtimes.map(() => "---:").join(" | ")} |`);
  for (const row of ROWS) {
    const theirs: number[] = [];
    const ours = runtimes.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      if (row.libzmq !== undefined && libzmq !== undefined) {
        theirs.push(row.value(await run(libzmq.command(row.libzmq))));
      }
      for (const [i, runtime] of runtimes.entries()) {
        ours[i]!.push(row.value(await run([...runtime.launch(), program, ...row.ours])));
      }
    }
    const base = theirs.length > 0 ? median(theirs) : undefined;
    const cells = ours.map((values) => {
      const value = median(values);
      return base === undefined ? show(value) : `${show(value)} (${(value / base).toFixed(2)} ×)`;
    });
    console.log(`| ${row.name} | ${base === undefined ? "" : show(base)} | ${cells.join(" | ")} |`);
  }
  process.exit(0);
}

async function run(command: readonly string[]): Promise<Sample> {
  const child = new Child(command);
  try {
    return JSON.parse(await Promise.race([child.line(), child.failed])) as Sample;
  } finally {
    await child.kill();
  }
}

function show(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(0)} k` : value.toFixed(1);
}
