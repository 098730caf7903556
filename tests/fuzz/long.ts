/**
 * Made-up input for as long as asked: every target in turn, a slice of time each, with a seed of its own.
 *
 *     deno task fuzz [--seconds 60] [--target zmtp_decoder,http] [--seed 1] [--corpus tests/fuzz/corpus]
 *
 * Ends with the number of executions, and with a file in the corpus for each failure, which every later run of
 * `fuzz_test.ts` replays. Exits with 1 if there was one.
 */

import { fastcheck } from "../runner/tools.ts";
import { corpusFolder, formatCase } from "./corpus.ts";
import { type FastCheck, loadFastCheck } from "./fast_check.ts";
import { type AnyTarget, run } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Milliseconds of a slice, at most. */
const SLICE = 2000;
/** Milliseconds in which what was found is made small. */
const SHRINK = 10_000;
/** A target that has failed so often is not run any more: it would find the same again. */
const FAILURES_MAX = 3;

interface Options {
  readonly seconds: number;
  readonly targets: readonly AnyTarget[];
  readonly seed: number;
  readonly corpus: string;
}

/** What became of one target. */
interface Tally {
  readonly target: AnyTarget;
  runs: number;
  milliseconds: number;
  readonly files: string[];
}

if (import.meta.main) Deno.exit(await main(parseOptions(Deno.args)));

async function main(options: Options): Promise<number> {
  const tool = await fastcheck();
  if (tool.path === undefined) {
    console.error(`Without fast-check nothing is made up: ${tool.missing}`);
    return 1;
  }
  const { seconds, seed } = options;
  console.log(`fast-check ${tool.version}, ${seconds} s, --seed ${seed}`);
  const tallies = options.targets.map((target): Tally => ({ target, runs: 0, milliseconds: 0, files: [] }));
  rounds(loadFastCheck(tool.path), tallies, options);
  return conclude(tallies);
}

function rounds(fc: FastCheck, tallies: readonly Tally[], { seconds, seed, corpus }: Options): void {
  const end = performance.now() + seconds * 1000;
  for (let round = 0; performance.now() < end; round++) {
    const open = tallies.filter(({ files }) => files.length < FAILURES_MAX);
    if (open.length === 0) return;
    for (const tally of open) {
      const left = end - performance.now();
      if (left <= 0 && round > 0) break;
      // Told before: what never comes back is found by this line.
      const name = tally.target.name.padEnd(16);
      const own = (seed + round * 0x9e3779b1) | 0;
      Deno.stdout.writeSync(new TextEncoder().encode(`${name} seed ${own} ... `));
      const slice = Math.min(SLICE, seconds * 1000 / open.length);
      const start = performance.now();
      const details = run(fc, tally.target, own, 1_000_000_000, { milliseconds: slice });
      tally.milliseconds += performance.now() - start;
      tally.runs += details.numRuns;
      console.log(`${count(tally.runs)} in all${details.failed ? ", FAILED" : ""}`);
      if (!details.failed) continue;
      // The slice may have ended while it was made smaller.
      const at = details.counterexamplePath ?? "";
      const small = run(fc, tally.target, own, 1, { milliseconds: SHRINK, path: at });
      const { counterexample, counterexamplePath, errorInstance } = small.failed ? small : details;
      const [input] = counterexample ?? [];
      const found = String((errorInstance as Error)?.message ?? errorInstance);
      console.log((errorInstance as Error)?.stack ?? found);
      const file = `${corpus}/${tally.target.name}-${own >>> 0}.json`;
      const path = counterexamplePath ?? "";
      Deno.mkdirSync(corpus, { recursive: true });
      Deno.writeTextFileSync(file, formatCase({ target: tally.target.name, found, seed: own, path, input }));
      tally.files.push(file);
    }
  }
}

function conclude(tallies: readonly Tally[]): number {
  console.log("\ntarget              executions   each second   failures");
  for (const { target, runs, milliseconds, files } of tallies) {
    const rate = milliseconds > 0 ? runs / milliseconds * 1000 : 0;
    const cells = [count(runs).padStart(13), count(rate).padStart(13), String(files.length).padStart(10)];
    console.log(`${target.name.padEnd(16)} ${cells.join(" ")}`);
  }
  const files = tallies.flatMap((tally) => tally.files);
  const runs = tallies.reduce((sum, tally) => sum + tally.runs, 0);
  for (const file of files) console.log(`found: ${file}`);
  console.log(`\n${count(runs)} executions, ${files.length} failures`);
  return files.length > 0 ? 1 : 0;
}

/** 1234567 as "1 234 567". */
function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

function parseOptions(args: readonly string[]): Options {
  let seconds = 60;
  let targets = TARGETS;
  let seed = Date.now() & 0x7fffffff;
  let corpus = corpusFolder();
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = args[i]!.split(/=(.*)/s);
    const value = () => inline ?? args[++i] ?? usage(`${name} needs a value`);
    if (name === "--seconds") seconds = numberOf(value());
    else if (name === "--seed") seed = numberOf(value());
    else if (name === "--corpus") corpus = value();
    else if (name === "--target") targets = value().split(",").map(targetOf);
    else usage(`unknown option ${args[i]}`);
  }
  return { seconds, targets, seed, corpus };
}

function numberOf(text: string): number {
  const number = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : usage(`${text} is no whole number`);
}

function targetOf(name: string): AnyTarget {
  const known = TARGETS.map((each) => each.name).join(", ");
  return TARGETS.find((each) => each.name === name) ?? usage(`unknown target ${name}; there are ${known}`);
}

function usage(problem: string): never {
  console.error(
    `${problem}\nusage: deno task fuzz [--seconds N] [--target a,b] [--seed N] [--corpus folder]`,
  );
  Deno.exit(2);
}
