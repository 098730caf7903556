/**
 * The matrix: every test file on Deno, Bun, Node 24, Node 22 and (transpiled) Node 20; those of `tests/browser` in
 * Chromium.
 *
 *     deno task test [--leg deno,bun,node24,node22,node20,chromium] [--files "tests/unit/**"] [--filter text]
 *                    [--parallel] [--trace-leaks] [--record file.json]
 *
 * Needs Deno, and npm for the other runtimes; what cannot be had is skipped by name. Exits with 1 if a test
 * failed or a leg ran none. `tests/README.md` has more.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Leg, type LegName, LEGS, prepare, type Setting } from "./runner/legs.ts";
import { parseJunit } from "./runner/junit.ts";
import { endWithUs, type Outcome, run } from "./runner/process.ts";
import * as report from "./runner/report.ts";
import {
  assemblyscript,
  bun,
  bundlers,
  cryptography,
  esbuild,
  fastcheck,
  jeromq,
  peerNode,
  python,
  sodium,
  type Tool,
  ws,
  wsproto,
  zeromq,
} from "./runner/tools.ts";
import { filesUnder } from "./runner/transpile.ts";

/** Milliseconds after which a test file, and a whole leg, is cut off. */
const FILE_LIMIT = 180_000;
const LEG_LIMIT = 1_500_000;

/** Files about the source text and the package, for which one runtime is enough. */
const ON_DENO_ONLY = [
  "tests/architecture_test.ts",
  "tests/package_test.ts",
  "tests/bundle/bundle_test.ts",
  "tests/rows/rows_test.ts",
];

/** Long ones about rows of the catalogue and about what goes wrong, for which one version of Node is enough. */
const ON_THREE_LEGS = ["tests/rows/", "tests/behaviours/", "tests/hostile/", "tests/faults/"];
const THREE_LEGS: readonly LegName[] = ["deno", "bun", "node24"];

interface Options {
  readonly legs: readonly LegName[];
  readonly files: string;
  readonly filter: string;
  readonly parallel: boolean;
  readonly traceLeaks: boolean;
  readonly record: string;
}

if (import.meta.main) {
  endWithUs();
  Deno.exit(await main(parseOptions(Deno.args)));
}

async function main(options: Options): Promise<number> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files = await testFiles(root, options.files);
  if (files.length === 0) usage(`no test file matches ${options.files}`);
  const scratch = await Deno.makeTempDir({ prefix: "puremq-test-" });
  try {
    const environment = await tools(root);
    const setting: Setting = { root, scratch, traceLeaks: options.traceLeaks };
    const runLeg = (name: LegName) =>
      oneLeg(name, files, setting, { ...environment, PUREMQ_FILTER: options.filter });

    const results = await inTurn(options.legs, options.parallel ? 2 : 1, runLeg);
    if (options.record !== "") await Deno.writeTextFile(options.record, report.recordText(results));
    return conclude(results);
  } finally {
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
  }
}

function conclude(results: readonly report.LegResult[]): number {
  const skipped = report.skippedText(results);
  const failed = report.failedText(results);
  const idle = results.filter(report.ranNothing);
  const total = report.totals(results);
  console.log(`\n${report.matrix(results)}`);
  if (skipped !== "") console.log(`\nSkipped:\n${skipped}`);
  if (failed !== "") console.log(`\nFailed:\n${failed}`);
  for (const leg of idle) console.log(`\nFailed: leg ${leg.name} ran no test`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** What tests find in their environment: the peers, and the tools of the package checks. */
async function tools(root: string): Promise<{ [name: string]: string }> {
  console.log("Looking for peers and tools (the first run fetches them from npm) ...");
  const [newest, bundler, py, wsPeer, wsPy] = await Promise.all([
    peerNode(),
    esbuild(),
    python(),
    ws(),
    wsproto(),
  ]);
  const jero = await jeromq();
  const [native, others, bunTool] = await Promise.all([zeromq(newest.path), bundlers(newest.path), bun()]);
  const [compiler, crypto, naCl, maker] = await Promise.all([
    assemblyscript(),
    cryptography(),
    sodium(),
    fastcheck(),
  ]);
  const rows: [string, Tool][] = [
    ["Node for peers", newest],
    ["zeromq.js, by its libzmq", native],
    ["pyzmq", py],
    ["JeroMQ", jero],
    ["ws", wsPeer],
    ["wsproto", wsPy],
    ["esbuild", bundler],
    ["bundlers", others],
    ["assemblyscript", compiler],
    ["cryptography", crypto],
    ["libsodium", naCl],
    ["fast-check", maker],
  ];
  for (const [name, tool] of rows) console.log(`  ${name}: ${tool.version ?? `none: ${tool.missing}`}`);
  return {
    PUREMQ_ROOT: root,
    PUREMQ_NODE: newest.path ?? "",
    PUREMQ_ZEROMQ: native.path ?? "",
    PUREMQ_PYTHON: py.path ?? "",
    PUREMQ_JEROMQ: jero.path ?? "",
    PUREMQ_WS: wsPeer.path ?? "",
    PUREMQ_WSPROTO: wsPy.path ?? "",
    PUREMQ_ESBUILD: bundler.path ?? "",
    PUREMQ_BUNDLERS: others.path ?? "",
    PUREMQ_BUN: bunTool.path ?? "",
    PUREMQ_ASSEMBLYSCRIPT: compiler.path ?? "",
    PUREMQ_CRYPTOGRAPHY: crypto.path ?? "",
    PUREMQ_SODIUM: naCl.path ?? "",
    PUREMQ_FASTCHECK: maker.path ?? "",
  };
}

async function oneLeg(
  name: LegName,
  files: readonly string[],
  setting: Setting,
  environment: { readonly [name: string]: string },
): Promise<report.LegResult> {
  const own = files.filter((file) => belongs(file, name));
  const elsewhere = files.filter((file) => onThreeLegs(file)).length - own.filter(onThreeLegs).length;
  if (own.length === 0) return { name, reason: "none of these files is for it", files: [], seconds: 0 };
  let leg: Leg | string;
  try {
    leg = await prepare(name, setting);
  } catch (error) {
    const failed = [String(error)];
    const result = { file: "(making it ready)", passed: [], failed, skipped: [], seconds: 0 };
    console.log(`\n${report.failureText(name, result)}`);
    return { name, files: [result], seconds: 0 };
  }
  if (typeof leg === "string") {
    console.log(`\n${name}: skipped: ${leg}`);
    return { name, reason: leg, files: [], seconds: 0 };
  }
  console.log(`\n${name}: ${leg.version}, assertions: ${leg.seam}`);
  if (elsewhere > 0 && name !== "chromium") {
    const folders = ON_THREE_LEGS.join(", ");
    console.log(`${name}: leaves ${elsewhere} of the files in ${folders} to ${THREE_LEGS.join(", ")}`);
  }
  const start = performance.now();
  const results: report.FileResult[] = [];
  for (const file of own) {
    const left = LEG_LIMIT - (performance.now() - start);
    const result = left > 0 ? await oneFile(leg, file, Math.min(FILE_LIMIT, left), setting, environment) : {
      file,
      passed: [],
      failed: [`not run: the leg's ${LEG_LIMIT / 1000} s are over`],
      skipped: [],
      seconds: 0,
    };
    results.push(result);
    console.log(report.fileLine(name, result));
    if (result.failed.length > 0) console.log(report.failureText(name, result));
  }
  return { name, leg, files: results, seconds: (performance.now() - start) / 1000 };
}

async function oneFile(
  leg: Leg,
  file: string,
  limit: number,
  { scratch }: Setting,
  environment: { readonly [name: string]: string },
): Promise<report.FileResult> {
  const xml = join(scratch, `${leg.name}-${file.replaceAll("/", "-")}.xml`);
  const command = leg.command(file, xml);
  const start = performance.now();
  const outcome = await run(
    { ...command, env: { ...environment, ...command.env, PUREMQ_LEG: leg.name } },
    limit,
  );
  const seconds = (performance.now() - start) / 1000;

  const cases = parseJunit(await Deno.readTextFile(xml).catch(() => ""));
  const named = (result: string) =>
    cases.filter((found) => found.result === result).map((found) => found.name);
  const failed = named("failed");
  const filtered = environment.PUREMQ_FILTER !== "";
  const crash = processFailure(outcome, limit, cases.length > 0 || filtered, failed.length > 0);
  if (crash !== undefined) failed.push(crash);
  return {
    file,
    passed: named("passed"),
    failed,
    skipped: named("skipped"),
    seconds,
    output: failed.length > 0 ? outcome.output : "",
  };
}

/** What is wrong with the process as a whole, beyond the tests that it reported. */
function processFailure(
  { late, code }: Outcome,
  limit: number,
  reported: boolean,
  explained: boolean,
): string | undefined {
  if (late) return `the file as a whole: still running after ${Math.round(limit / 1000)} s, killed`;
  if (code === undefined) return "the file as a whole: ended by a signal";
  if (!reported) return `the file as a whole: no test was reported, exit code ${code}`;
  if (code !== 0 && !explained) return `the file as a whole: exit code ${code}`;
  return undefined;
}

async function testFiles(root: string, pattern: string): Promise<string[]> {
  const wanted = globExpression(pattern);
  const files: string[] = [];
  for await (const path of filesUnder(root, "tests")) {
    if (path.endsWith("_test.ts") && wanted.test(path)) files.push(path);
  }
  return files;
}

/** `*` stands for a part of a name, `**` for any folders; a pattern without either is a part of the path. */
function globExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\?]/g, "\\$&");
  if (!pattern.includes("*")) return new RegExp(escaped);
  const body = escaped.replace(/\*\*\/?|\*/g, (stars) => stars === "*" ? "[^/]*" : ".*");
  return new RegExp(`^(tests/)?${body}$`);
}

/** `deno_test.ts`, `bun_test.ts` and `node_test.ts` are about one runtime each. */
function belongs(file: string, leg: LegName): boolean {
  if (file.startsWith("tests/browser/") || leg === "chromium") {
    return file.startsWith("tests/browser/") && leg === "chromium";
  }
  if (ON_DENO_ONLY.includes(file)) return leg === "deno";
  if (onThreeLegs(file) && !THREE_LEGS.includes(leg)) return false;
  const runtime = /(?:^|\/)(deno|bun|node)_test\.ts$/.exec(file)?.[1];
  return runtime === undefined || leg.startsWith(runtime);
}

function onThreeLegs(file: string): boolean {
  return ON_THREE_LEGS.some((folder) => file.startsWith(folder));
}

/** Runs the work for each item, so many at once, and answers in the items' order. */
async function inTurn<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

function parseOptions(args: readonly string[]): Options {
  let legs: readonly LegName[] = LEGS;
  let files = "tests/**";
  let filter = "";
  let parallel = false;
  let traceLeaks = false;
  let record = "";
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = args[i]!.split(/=(.*)/s);
    const value = () => inline ?? args[++i] ?? usage(`${name} needs a value`);
    if (name === "--leg") legs = value().split(",").map(legName);
    else if (name === "--files") files = value();
    else if (name === "--filter") filter = value();
    else if (name === "--parallel") parallel = true;
    else if (name === "--trace-leaks") traceLeaks = true;
    else if (name === "--record") record = value();
    else usage(`unknown option ${args[i]}`);
  }
  return { legs, files, filter, parallel, traceLeaks, record };
}

function legName(text: string): LegName {
  const name = text.trim() as LegName;
  return LEGS.includes(name) ? name : usage(`unknown leg ${text}; there are ${LEGS.join(", ")}`);
}

function usage(problem: string): never {
  console.error(
    `${problem}\nusage: tests/run.ts [--leg a,b] [--files glob] [--filter text] [--parallel] [--trace-leaks] ` +
      "[--record file.json]",
  );
  Deno.exit(2);
}
