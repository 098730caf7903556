/**
 * Our devices against libzmq's `zmq_proxy`, between the same C clients: `deno task bench:devices`, with options:
 *
 *   --quick                 one short round, a million messages for memory, nothing saved
 *   --rounds=5              rounds a row
 *   --seconds=2             how long a window is; half of it, at least one second, comes before as the warm-up
 *   --messages=10000000     how many the memory's course is watched for
 *   --runtime=deno,bun,node whose devices; zmq_proxy always runs, for nothing else says what a figure is worth
 *   --only=streamer,queue,forwarder,memory
 *   --rows=streamer/100     rows whose name contains one of these
 *   --flags=--cpu-prof      for our runtimes
 *   --no-save               leave bench/results alone
 *
 * Contenders take turns within a round, rounds follow each other, and the median counts.
 *
 * @module
 */

import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Clients, type Contender, findCast, RIVAL } from "./devices/contenders.ts";
import { type DeviceLine, deviceShortfalls, deviceTables } from "./devices/table.ts";
import { measure, measureMemory, type Sample, type Workload, workloads } from "./devices/workloads.ts";
import { number } from "./labels.ts";
import { beginRun, median, RESULTS } from "./results.ts";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    messages: { type: "string" },
    runtime: { type: "string" },
    only: { type: "string" },
    rows: { type: "string" },
    flags: { type: "string" },
    "no-save": { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
const windowMs = 1000 * Number(given.seconds ?? (given.quick ? 1 : 2));
const warmMs = Math.max(1000, windowMs / 2);
const messages = Number(given.messages ?? (given.quick ? 1e6 : 1e7));
const only = given.only?.split(",");
const runtimes = given.runtime?.split(",");

await main();

async function main(): Promise<void> {
  const head = { ...beginRun("exchange"), suite: "devices" as const };
  const { clients, contenders, missing } = await findCast(
    (id) => runtimes?.includes(id) ?? true,
    given.flags?.split(" ") ?? [],
  );
  console.error(`${head.machine}; commit ${head.commit}; ${rounds} rounds of ${windowMs / 1000} s`);
  for (const contender of contenders) console.error(`  ${contender.id}: ${contender.version}`);
  for (const reason of missing) console.error(`  left out: ${reason}`);
  if (clients === undefined) return;

  const rows = given.rows?.split(",");
  const chosen = workloads().filter(({ row, part }) =>
    (only?.includes(part) ?? true) && (rows?.some((name) => row.includes(name)) ?? true)
  );
  const lines: DeviceLine[] = [];
  const failed: string[] = [];
  for (const work of chosen) {
    const samples = await measureInTurn(contenders, clients, work, failed);
    for (const { id, version } of contenders) {
      const found = samples.get(id)!;
      if (found.length > 0) {
        lines.push({ ...head, row: work.row, subject: id, version, ...summary(work, found) });
      }
    }
  }
  if (only?.includes("memory") ?? rows === undefined) {
    for (const contender of contenders) {
      try {
        const memory = await measureMemory(contender, clients, messages);
        const { id: subject, version } = contender;
        const { maxMiB } = memory;
        lines.push({
          ...head,
          row: "memory",
          subject,
          version,
          unit: "MiB",
          median: maxMiB,
          values: [maxMiB],
          memory,
        });
        console.error(`memory ${subject.padEnd(10)} ${memory.course.join(" ")} MiB`);
      } catch (error) {
        failed.push(`memory ${contender.id}: ${(error as Error).message}`);
      }
    }
  }

  for (const reason of failed) console.error(`FAILED ${reason}`);
  const text = deviceTables(lines);
  const missed = deviceShortfalls(lines);
  console.log(text);
  if (missed.length > 0) console.log(`\nShort of the goal:\n${missed.map((line) => `- ${line}`).join("\n")}`);
  if (!given["no-save"] && !given.quick && lines.length > 0) save(lines, text);
  if (failed.length > 0) process.exitCode = 1;
}

async function measureInTurn(
  contenders: readonly Contender[],
  clients: Clients,
  work: Workload,
  failed: string[],
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ id }) => [id, []]));
  const out = new Set<string>();
  const { times = 1 } = work;
  const turns = given.quick ? rounds : rounds * times;
  for (let turn = 1; turn <= turns; turn++) {
    for (const contender of contenders.filter(({ id }) => !out.has(id))) {
      const { id } = contender;
      try {
        const sample = await measure(contender, clients, work, warmMs, windowMs / times);
        samples.get(id)!.push(sample);
        const processor = `${sample.processor.toFixed(3)} µs of processor each`;
        console.error(
          `${turn}/${turns} ${work.row.padEnd(20)} ${id.padEnd(10)} ${number(sample.value)} ${work.unit}, ` +
            processor,
        );
      } catch (error) {
        out.add(id);
        failed.push(
          `${work.row} ${id}${id === RIVAL ? " (everything is divided by it)" : ""}: ${
            (error as Error).message
          }`,
        );
      }
    }
  }
  return samples;
}

function summary(
  work: Workload,
  samples: readonly Sample[],
): Pick<DeviceLine, "unit" | "median" | "values" | "p99" | "processor" | "lost"> {
  const values = samples.map(({ value }) => value);
  const tails = samples.map(({ p99 }) => p99).filter((p99) => p99 !== undefined);
  const lost = samples.map((sample) => sample.lost).filter((count) => count !== undefined);
  return {
    unit: work.unit,
    median: median(values),
    values,
    processor: Number(median(samples.map(({ processor }) => processor)).toFixed(4)),
    ...(tails.length > 0 && { p99: median(tails) }),
    ...(lost.length > 0 && { lost: lost.reduce((sum, count) => sum + count, 0) }),
  };
}

function save(lines: readonly DeviceLine[], text: string): void {
  mkdirSync(RESULTS, { recursive: true });
  appendFileSync(join(RESULTS, "devices.jsonl"), lines.map((line) => JSON.stringify(line) + "\n").join(""));
  writeFileSync(join(RESULTS, "devices.md"), text + "\n");
}
