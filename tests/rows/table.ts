/**
 * The table of rows in tests/README.md, made and not typed:
 *
 *     deno task rows [--from run.json[,later.json]] [--check]
 *
 * Which files cover a row is read from the sources, what came of them from a run that `--record` has written; without
 * `--from` the three legs are run first. Of several runs the last counts for each file that it has run, so that one of
 * the files that were changed is enough. `--check` runs and writes nothing: it says what is wrong, and exits with 1.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recorded, Verdict } from "../runner/report.ts";
import { SECTIONS } from "./catalogue/all.ts";
import type { Row, Section } from "./catalogue/section.ts";
import { type Coverage, coverage, idsIn, problems } from "./coverage.ts";
import { LEFT_OUT } from "./left_out.ts";

const LEGS: readonly (readonly [leg: string, name: string])[] = [
  ["deno", "Deno"],
  ["bun", "Bun"],
  ["node24", "Node 24"],
];

const BEGIN = "<!-- the table of rows: deno task rows -->";
const END = "<!-- the end of the table of rows -->";

/** By the name of a leg: from a row's id to whether its tests passed there; a row whose tests did not run is absent. */
type Results = ReadonlyMap<string, ReadonlyMap<string, "passed" | "failed">>;

if (import.meta.main) {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  if (Deno.args.includes("--check")) {
    const found = [...problems(await coverage(root)), ...await staleRows(root)];
    console.log(found.length === 0 ? "every row is covered or left out" : found.join("\n"));
    Deno.exit(found.length === 0 ? 0 : 1);
  }
  const from = Deno.args.indexOf("--from");
  await write(root, from < 0 ? await runLegs(root) : await readAll(Deno.args[from + 1]!.split(",")));
}

/** Where tests/README.md says otherwise than the catalogue and the sources, in one line or none. */
export async function staleRows(root: string): Promise<string[]> {
  const found = await coverage(root);
  const expected = new Map<string, string>();
  for (const row of SECTIONS.flatMap((section) => section.rows)) {
    expected.set(row.id, uncounted([row.says, row.source, coveredBy(row, found)].map(escaped)));
  }
  const stale: string[] = [];
  const text = await Deno.readTextFile(join(root, "tests/README.md"));
  for (const line of text.slice(text.indexOf(BEGIN), text.indexOf(END)).split("\n")) {
    const [id, ...cells] = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
    if (id === undefined || !/^(G\d|[A-Z][A-Z0-9]?-\d)/.test(id)) continue;
    if (expected.get(id) !== uncounted(cells.slice(0, 3))) stale.push(id);
    expected.delete(id);
  }
  stale.push(...expected.keys());
  return stale.length === 0 ? [] : [`tests/README.md does not say what the sources do: ${stale.join(", ")}`];
}

/** The cells of a line without how many tests a file has, which changes more often than the table is made. */
function uncounted(cells: readonly string[]): string {
  return cells.join(" | ").replace(/: \d+(?=,|$)/g, "");
}

async function write(root: string, recorded: Recorded): Promise<void> {
  const path = join(root, "tests/README.md");
  const text = await Deno.readTextFile(path);
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path} lacks the marks of the table`);
  const found = await coverage(root);
  const unheard = unheardIds(recorded, found);
  if (unheard.length > 0) {
    console.log(`in the sources, but in the name of no test that ran: ${unheard.join(", ")}`);
  }
  const table = tableText(recorded, found);
  await Deno.writeTextFile(path, `${text.slice(0, begin)}${BEGIN}\n\n${table}\n\n${text.slice(end)}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path], cwd: root }).output();
}

function tableText(recorded: Recorded, found: Coverage): string {
  const results = resultsOf(recorded);
  const versions = LEGS.map(([leg, name]) => `${name} (${recorded[leg]?.version ?? "not run"})`).join(", ");
  return [
    `Made by \`deno task rows\` from a run on ${versions}. "Green": the tests that have the row's id ran, and all passed.`,
    summary(found, results),
    ...SECTIONS.map((section) => sectionText(section, found, results)),
  ].join("\n\n");
}

function summary(found: Coverage, results: Results): string {
  const lines = SECTIONS.map((section) => counts(section.title, section.rows, found, results));
  const all = SECTIONS.flatMap((section) => section.rows);
  return table(
    ["section", "rows", "applicable", "covered", ...LEGS.map(([, name]) => `green on ${name}`), "left out"],
    [...lines, counts("**all**", all, found, results)],
  );
}

function counts(title: string, rows: readonly Row[], found: Coverage, results: Results): string[] {
  const applicable = rows.filter((row) => !Object.hasOwn(LEFT_OUT, row.id));
  const green = (leg: string) => applicable.filter((row) => results.get(leg)?.get(row.id) === "passed");
  return [
    title,
    ...[
      rows,
      applicable,
      applicable.filter((row) => found.files.has(row.id)),
      ...LEGS.map(([leg]) => green(leg)),
    ].map((some) => `${some.length}`),
    `${rows.length - applicable.length}`,
  ];
}

function sectionText(section: Section, found: Coverage, results: Results): string {
  const lines = section.rows.map((row) => [
    row.id,
    row.says,
    row.source,
    coveredBy(row, found),
    Object.hasOwn(LEFT_OUT, row.id) ? "–" : greenOn(row, results),
  ]);
  return `#### ${section.title}\n\n${table(["id", "what", "source", "covered by", "green on"], lines)}`;
}

/** Ids that stand in a literal which is no test's name, or whose tests are for other legs. */
function unheardIds(recorded: Recorded, found: Coverage): string[] {
  const heard = new Set(Object.values(recorded).flatMap(({ tests }) => Object.keys(tests).flatMap(idsIn)));
  return [...found.files.keys()].filter((id) => !heard.has(id));
}

/** Files and how many names of tests in each have the id; or why there is none. */
function coveredBy(row: Row, found: Coverage): string {
  const reason = LEFT_OUT[row.id];
  if (reason !== undefined) return `left out: ${reason}`;
  const files = [...found.files.get(row.id) ?? []];
  return files.map(([path, tests]) => `${path.replace(/^tests\/|\.ts$/g, "")}: ${tests}`).join(", ") ||
    "**nothing yet**";
}

function greenOn(row: Row, results: Results): string {
  const of = (verdict: string) =>
    LEGS.filter(([leg]) => results.get(leg)?.get(row.id) === verdict).map(([, name]) => name);
  const passed = of("passed"), failed = of("failed");
  if (passed.length === LEGS.length) return "all three";
  return [...passed, ...failed.map((name) => `**not ${name}**`)].join(", ") || "–";
}

function resultsOf(recorded: Recorded): Results {
  return new Map(LEGS.map(([leg]) => {
    const results = new Map<string, "passed" | "failed">();
    for (const [test, verdict] of Object.entries(recorded[leg]?.tests ?? {})) {
      for (const id of idsIn(test)) note(results, id, verdict);
    }
    return [leg, results];
  }));
}

function note(results: Map<string, "passed" | "failed">, id: string, verdict: Verdict): void {
  if (verdict !== "skipped" && results.get(id) !== "failed") results.set(id, verdict);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.map(escaped).join(" | ")} |`).join(
    "\n",
  );
}

/** As a cell of Markdown, which the formatter leaves as it is. */
function escaped(text: string): string {
  return text.replace(/(?<!\\)\|/g, "\\|").replace(/(?<![`\w*])\*(?!\*)/g, (star) => `\\${star}`);
}

async function runLegs(root: string): Promise<Recorded> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const args = ["run", "-A", "tests/run.ts", "--leg", LEGS.map(([leg]) => leg).join(","), "--record", file];
    await new Deno.Command(Deno.execPath(), { args, cwd: root, stdout: "inherit", stderr: "inherit" })
      .output();
    return await read(file);
  } finally {
    await Deno.remove(file);
  }
}

/** The runs as one: what a later one says of a file replaces what the earlier ones said of it. */
async function readAll(files: readonly string[]): Promise<Recorded> {
  const merged: Record<string, { version?: string; tests: Record<string, Verdict> }> = {};
  for (const file of files) {
    for (const [leg, { version, tests }] of Object.entries(await read(file))) {
      const again = new Set(Object.keys(tests).map(fileOf));
      const kept = Object.entries(merged[leg]?.tests ?? {}).filter(([test]) => !again.has(fileOf(test)));
      merged[leg] = {
        version: version ?? merged[leg]?.version,
        tests: { ...Object.fromEntries(kept), ...tests },
      };
    }
  }
  return merged;
}

function fileOf(test: string): string {
  return test.slice(0, test.indexOf(": "));
}

async function read(file: string): Promise<Recorded> {
  return JSON.parse(await Deno.readTextFile(file));
}
