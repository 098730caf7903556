/**
 * What the matrix run says: a line as each file ends, the output of what failed in full, and at the end the
 * table of legs and files, what was skipped and why, and one plain line with the sums; and the run as a file.
 */

import type { Leg, LegName } from "./legs.ts";

/** What one test file did on one leg. */
export interface FileResult {
  readonly file: string;
  /** Names of the tests, each with its groups: "describe > it". */
  readonly passed: readonly string[];
  /** Names of the tests that failed; a crash or a hang is one of them. */
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** What it printed, if something failed. */
  readonly output?: string;
}

/** What one leg did. */
export interface LegResult {
  readonly name: LegName;
  /** Absent: its runtime is not to be had, and `reason` says why; or making it ready failed. */
  readonly leg?: Leg;
  readonly reason?: string;
  readonly files: readonly FileResult[];
  readonly seconds: number;
}

/** What `--record` writes: by the name of a leg, what it ran. */
export interface Recorded {
  readonly [leg: string]: {
    /** The runtime's version; absent if it is not to be had. */
    readonly version?: string;
    /** What came of each test, by "tests/some_test.ts: describe > it". */
    readonly tests: { readonly [name: string]: Verdict };
  };
}

/** What came of one test. */
export type Verdict = "passed" | "failed" | "skipped";

/** The run as JSON; `rows/table.ts` reads it. */
export function recordText(legs: readonly LegResult[]): string {
  const recorded: Record<string, Recorded[string]> = {};
  for (const { name, leg, files } of legs) recorded[name] = { version: leg?.version, tests: verdicts(files) };
  return JSON.stringify(recorded, undefined, 2) + "\n";
}

/** Two tests of one name count as one, that failed if either did. */
function verdicts(files: readonly FileResult[]): Record<string, Verdict> {
  const tests: Record<string, Verdict> = {};
  for (const result of files) {
    for (const verdict of ["skipped", "passed", "failed"] as const) {
      for (const name of result[verdict]) tests[`${result.file}: ${name}`] = verdict;
    }
  }
  return tests;
}

/** The line that tells of one file. */
export function fileLine(leg: LegName, result: FileResult): string {
  const parts = [`${result.passed.length} passed`];
  if (result.failed.length > 0) parts.push(`${result.failed.length} FAILED`);
  if (result.skipped.length > 0) parts.push(`${result.skipped.length} skipped`);
  return `${leg.padEnd(8)}  ${result.file}  ${parts.join(", ")}  (${result.seconds.toFixed(1)} s)`;
}

/** What a failed file printed, set off from the rest. */
export function failureText(leg: LegName, result: FileResult): string {
  const rule = "-".repeat(100);
  const names = result.failed.map((name) => `  failed: ${name}`).join("\n");
  return `${rule}\n${leg}: ${result.file}\n${names}\n\n${(result.output ?? "").trimEnd()}\n${rule}`;
}

/** The table: a row a file, a column a leg. */
export function matrix(legs: readonly LegResult[]): string {
  const files = [...new Set(legs.flatMap((leg) => leg.files.map((result) => result.file)))].sort();
  const rows = [
    ["", ...legs.map((leg) => leg.name)],
    ["runtime", ...legs.map((leg) => leg.leg?.version ?? (leg.reason ? "skipped" : "FAILED"))],
    ["assertions", ...legs.map((leg) => leg.leg?.seam ?? "–")],
    ...files.map((file) => [
      file.replace(/^tests\//, ""),
      ...legs.map((leg) => cell(leg.files.filter((result) => result.file === file))),
    ]),
    ["**all**", ...legs.map((leg) => cell(leg.files))],
    ["seconds", ...legs.map((leg) => leg.leg ? leg.seconds.toFixed(0) : "–")],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(" | ")} |`;
  return [
    line(rows[0]!),
    `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
    ...rows.slice(1).map(line),
  ]
    .join("\n");
}

function cell(results: readonly FileResult[]): string {
  if (results.length === 0) return "–";
  const { passed, failed, skipped } = sums(results);
  if (failed > 0) return `${passed}, ${failed} FAILED`;
  return skipped > 0 ? `${passed} (${skipped} skipped)` : `${passed}`;
}

/** Everything that was skipped, by name, with the legs that skipped it. */
export function skippedText(legs: readonly LegResult[]): string {
  const lines = legs.filter((leg) => leg.reason !== undefined).map((leg) =>
    `- leg ${leg.name}: ${leg.reason}`
  );
  const names = new Map<string, LegName[]>();
  for (const leg of legs) {
    for (const { file, skipped } of leg.files) {
      for (const name of skipped) {
        const key = `${file.replace(/^tests\//, "")}: ${name}`;
        names.set(key, [...names.get(key) ?? [], leg.name]);
      }
    }
  }
  for (const [name, where] of names) lines.push(`- ${name} [${where.join(", ")}]`);
  return lines.join("\n");
}

/** Everything that failed, by name. */
export function failedText(legs: readonly LegResult[]): string {
  return legs.flatMap((leg) =>
    leg.files.flatMap(({ file, failed }) => failed.map((name) => `- ${leg.name}: ${file}: ${name}`))
  ).join("\n");
}

/** The sums over all legs; a leg that could not run counts as one skipped, one without a test as one failed. */
export function totals(legs: readonly LegResult[]): { passed: number; failed: number; skipped: number } {
  const total = sums(legs.flatMap((leg) => leg.files));
  for (const leg of legs) {
    if (leg.reason !== undefined) total.skipped++;
    else if (ranNothing(leg)) total.failed++;
  }
  return total;
}

/** Whether a leg was ready and yet ran no test at all. */
export function ranNothing(leg: LegResult): boolean {
  const { passed, failed } = sums(leg.files);
  return leg.leg !== undefined && passed + failed === 0;
}

function sums(results: readonly FileResult[]): { passed: number; failed: number; skipped: number } {
  let passed = 0, failed = 0, skipped = 0;
  for (const result of results) {
    passed += result.passed.length;
    failed += result.failed.length;
    skipped += result.skipped.length;
  }
  return { passed, failed, skipped };
}
