/**
 * epgm against libzmq's OpenPGM, in a throw-away lab of two network namespaces: `deno task bench:multicast`, with
 * options:
 *
 *   --quick                one short round, nothing saved
 *   --rounds=5             rounds a row
 *   --seconds=2            how long the messages would take at 1 Gbit/s; the first fifth is the warm-up
 *   --repairs=50           how many repairs a measurement waits for
 *   --who=libzmq,deno      who is measured; everything is divided by libzmq
 *   --rows=repair          rows whose name contains one of these
 *   --mixed                also libzmq at one end and one of ours at the other
 *   --no-save              leave bench/results alone
 *
 * Contenders take turns within a round, rounds follow each other, and the median counts. Needs root or user
 * namespaces, iproute2 and nft.
 *
 * @module
 */

import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { labMissing } from "../tests/lab/lab.ts";
import { number } from "./labels.ts";
import {
  type Contender,
  findContenders,
  measure,
  type Sample,
  type Workload,
  workloads,
} from "./multicast/measure.ts";
import { type MulticastLine, multicastShortfalls, multicastTable } from "./multicast/table.ts";
import { beginRun, median, RESULTS } from "./results.ts";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    repairs: { type: "string" },
    who: { type: "string" },
    rows: { type: "string" },
    mixed: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
const seconds = Number(given.seconds ?? (given.quick ? 1 : 2));
const all = workloads(seconds, Number(given.repairs ?? (given.quick ? 20 : 50)));

await main();

async function main(): Promise<void> {
  if (labMissing !== undefined) {
    console.error(`Nothing can be measured: ${labMissing}`);
    return;
  }
  const head = { ...beginRun("exchange"), suite: "multicast" as const };
  const found = await findContenders(given.mixed);
  const who = given.who?.split(",");
  const contenders = found.contenders.filter(({ id }) => who?.includes(id) ?? true);
  console.error(`${head.machine}; commit ${head.commit}; ${rounds} rounds of ${seconds} s`);
  for (const { id, version } of contenders) console.error(`  ${id}: ${version}`);
  for (const reason of found.missing) console.error(`  left out: ${reason}`);

  const rows = given.rows?.split(",");
  const lines: MulticastLine[] = [];
  const failed: string[] = [];
  for (const work of all.filter(({ row }) => rows?.some((part) => row.includes(part)) ?? true)) {
    const samples = await measureInTurn(contenders, work, failed);
    for (const { id, version } of contenders) {
      const found = samples.get(id)!;
      if (found.length > 0) {
        lines.push({ ...head, row: work.row, subject: id, version, ...summary(work, found) });
      }
    }
  }

  for (const reason of failed) console.error(`FAILED ${reason}`);
  const text = multicastTable(lines, all);
  const missed = multicastShortfalls(lines, all);
  console.log(text);
  if (missed.length > 0) console.log(`\nShort of the goal:\n${missed.map((line) => `- ${line}`).join("\n")}`);
  if (!given["no-save"] && !given.quick && lines.length > 0) save(lines, text);
  if (failed.length > 0) process.exitCode = 1;
}

async function measureInTurn(
  contenders: readonly Contender[],
  work: Workload,
  failed: string[],
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ id }) => [id, []]));
  const out = new Set<string>();
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders.filter(({ id }) => !out.has(id))) {
      const { id } = contender;
      try {
        const sample = await measure(contender, work);
        samples.get(id)!.push(sample);
        const { value, source, receiver, lost } = sample;
        console.error(
          `${round}/${rounds} ${work.row.padEnd(16)} ${id.padEnd(16)} ${
            number(value)
          } ${work.unit}, ${lost} lost, ` +
            `${source.toFixed(2)} + ${receiver.toFixed(2)} µs of processor each`,
        );
      } catch (error) {
        out.add(id);
        failed.push(`${work.row} ${id}: ${(error as Error).message}`);
      }
    }
  }
  return samples;
}

function summary(
  { unit }: Workload,
  samples: readonly Sample[],
): Pick<MulticastLine, "unit" | "median" | "values" | "processor" | "lost"> {
  const middle = (of: (sample: Sample) => number): number => Number(median(samples.map(of)).toFixed(4));
  return {
    unit,
    median: middle(({ value }) => value),
    values: samples.map(({ value }) => value),
    processor: { source: middle(({ source }) => source), receiver: middle(({ receiver }) => receiver) },
    lost: samples.reduce((sum, { lost }) => sum + lost, 0),
  };
}

function save(lines: readonly MulticastLine[], text: string): void {
  mkdirSync(RESULTS, { recursive: true });
  appendFileSync(join(RESULTS, "multicast.jsonl"), lines.map((line) => JSON.stringify(line) + "\n").join(""));
  writeFileSync(join(RESULTS, "multicast.md"), text + "\n");
}
