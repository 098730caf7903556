/**
 * Measures everything: `deno task bench`, with options:
 *
 *   --quick            one short round of three sizes, nothing saved
 *   --rounds=5         rounds a row
 *   --seconds=0.8      how long a timed part should take
 *   --sizes=10,1000    message sizes
 *   --rows=tcp,inproc  rows whose name contains one of these (names as printed: "throughput/tcp/10")
 *   --who=deno,libzmq  subjects: libzmq, zeromq.js, deno, bun, node, "bare deno", "bare bun", "bare node"
 *   --against=FOLDER   another checkout of this project: ours there, in turn with ours here, and a table of
 *                      ratios. Without --rows and --sizes the paths that everybody uses; never saved
 *   --save             save what --quick, --sizes, --rows or --who selected, too: else only a whole run is
 *                      saved, for the README shows the newest
 *
 * Subjects take turns within a round, rounds follow each other, and the median counts.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import * as against from "./against.ts";
import { endWithUs, measure, type Sample } from "./measure.ts";
import { WARM_UP } from "./program.ts";
import { number } from "./labels.ts";
import { shortfallList, table, writeReport } from "./report.ts";
import { beginRun, type Line, median, save } from "./results.ts";
import { findSubjects, type Subject } from "./subjects.ts";
import { firstCount, groups, isControl, SIZES, unitOf, type Workload } from "./workloads.ts";

interface Cell {
  readonly subject: Subject;
  readonly work: Workload;
  readonly values: number[];
  count: number;
  error?: string;
}

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    sizes: { type: "string" },
    rows: { type: "string" },
    who: { type: "string" },
    against: { type: "string" },
    save: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
const seconds = Number(given.seconds ?? (given.quick ? 0.3 : 0.8));
const usual = given.against === undefined
  ? { sizes: given.quick ? [10, 1000, 100_000] : SIZES, rows: undefined, who: undefined }
  : { sizes: against.SIZES, rows: against.ROWS, who: against.WHO };
const sizes = given.sizes?.split(",").map(Number) ?? usual.sizes;
const rows = given.rows?.split(",") ?? usual.rows;
const who = given.who?.split(",") ?? usual.who;

await main();

async function main(): Promise<void> {
  endWithUs();
  const head = beginRun("exchange");
  const { subjects: found, missing } = await findSubjects((id) => who?.includes(id) ?? true);
  const subjects = given.against === undefined ? found : against.withEarlier(found, given.against);
  console.error(`${head.machine}; commit ${head.commit}; ${rounds} rounds of ${seconds} s`);
  for (const subject of subjects) console.error(`  ${subject.id}: ${subject.version}`);
  for (const reason of missing) console.error(`  left out: ${reason}`);

  const plan = groups(sizes).map((group) => cells(group, subjects)).filter((group) => group.length > 0);
  const total = plan.flat().length * (rounds + 1);
  let done = 0;
  for (const group of plan) {
    for (let round = 0; round <= rounds; round++) {
      // Who goes first must not matter to a pair that is divided by each other.
      for (const cell of round % 2 === 0 ? group.toReversed() : group) {
        done++;
        if (cell.error !== undefined) continue;
        await step(cell, round);
        console.error(`[${String(done).padStart(4)}/${total}] ${describe(cell, round)}`);
      }
    }
  }

  const lines: Line[] = plan.flat().filter((cell) => cell.values.length > 0).map((cell) => ({
    ...head,
    row: cell.work.row,
    subject: cell.subject.id,
    version: cell.subject.version,
    unit: unitOf(cell.work),
    median: median(cell.values),
    values: cell.values,
  }));
  const failed = plan.flat().filter((cell) => cell.error !== undefined);
  for (const { subject, work, error } of failed) console.error(`FAILED ${work.row} ${subject.id}: ${error}`);
  const whole = !given.quick && [given.sizes, given.rows, given.who].every((option) => option === undefined);
  if (given.against !== undefined) {
    console.log(against.ratioTable(lines));
  } else if (whole || given.save) {
    save(lines);
    console.log(writeReport());
  } else {
    console.log([table(lines), shortfallList(lines)].join("\n\n").trimEnd());
  }
  if (failed.length > 0) process.exitCode = 1;
}

function cells(group: readonly Workload[], subjects: readonly Subject[]): Cell[] {
  return group
    .filter((work) => rows?.some((name) => work.row.includes(name)) ?? true)
    .flatMap((work) =>
      subjects
        .filter((subject) => subject.id.startsWith("bare ") === isControl(work))
        // Debian's libzmq, which the C program is linked to, is built without its drafts, and so without ws.
        .filter((subject) => work.transport !== "ws" || subject.id !== "libzmq")
        .map((subject) => ({ subject, work, values: [], count: firstCount(work) }))
    );
}

/** Round 0 only finds out how many messages fill the time; each later round sizes the next. */
async function step(cell: Cell, round: number): Promise<void> {
  try {
    const sample = await measure(cell.subject, cell.work, cell.count);
    if (round > 0) cell.values.push(valueOf(sample, cell.work));
    const perSecond = cell.count * (1 - WARM_UP) / sample.seconds;
    cell.count = Math.max(100, Math.round(perSecond * seconds / (1 - WARM_UP)));
  } catch (error) {
    cell.error = (error as Error).message;
  }
}

function valueOf(sample: Sample, work: Workload): number {
  const { microseconds, megabytes, rate } = sample;
  const value = { "µs": microseconds, "MB/s": megabytes, "msg/s": rate, "/s": rate }[unitOf(work)];
  if (value === undefined || !Number.isFinite(value)) {
    throw new Error(`no value in ${JSON.stringify(sample)}`);
  }
  return value;
}

function describe(cell: Cell, round: number): string {
  const name = `${cell.work.row.padEnd(26)} ${cell.subject.id.padEnd(14)}`;
  if (cell.error !== undefined) return `${name} failed`;
  return round === 0 ? `${name} sized` : `${name} ${number(cell.values.at(-1)!)} ${unitOf(cell.work)}`;
}
