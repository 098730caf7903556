/**
 * Another checkout of this project beside the present one: what a change costs the paths that it does not need.
 * Both run the programs of this folder and differ by the module alone, one right after the other in each round.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { find, label, name, number, ratio } from "./labels.ts";
import { type Line, median } from "./results.ts";
import type { Subject } from "./subjects.ts";

/** What is measured unless the options say otherwise: rows whose names contain one of these, in these sizes. */
export const ROWS: readonly string[] = [
  "throughput/tcp",
  "throughput/inproc",
  "fan-out/tcp",
  "round trip/tcp",
];
export const SIZES: readonly number[] = [10, 100, 10_000];
/** Ours, each of which meets its earlier self. */
export const WHO: readonly string[] = ["deno", "bun", "node"];

const BEFORE = "before on ";

/** Each of ours, with the same one of the other checkout behind it. The rest is left as it is. */
export function withEarlier(subjects: readonly Subject[], directory: string): Subject[] {
  const module = join(resolve(directory), "mod.ts");
  if (!existsSync(module)) throw new Error(`There is no ${module}`);
  return subjects.flatMap((one) => {
    if (!WHO.includes(one.id)) return [one];
    const command = (program: readonly string[]) => [...one.command(program), `--module=${module}`];
    return [one, { id: BEFORE + one.id, version: `${one.version}, ${module}`, command }];
  });
}

/**
 * A Markdown table of ratios, now by before: of the medians, and in brackets the lowest and the highest of a
 * round. Where those lie on either side of 1, the rounds do not agree that anything changed.
 */
export function ratioTable(lines: readonly Line[]): string {
  const present = WHO.filter((id) => lines.some((line) => line.subject === BEFORE + id));
  const rows = [...new Set(lines.map((line) => line.row))];
  return [
    `| now ÷ before | ${present.map(name).join(" | ")} |`,
    `|---|${"--:|".repeat(present.length)}`,
    ...rows.map((row) => {
      const { unit } = lines.find((line) => line.row === row)!;
      const cells = present.map((id) => cell(find(lines, row, id), find(lines, row, BEFORE + id)));
      return `| ${label(row)}, ${unit}${unit === "µs" ? " (less is better)" : ""} | ${cells.join(" | ")} |`;
    }),
  ].join("\n");
}

function cell(now: Line | undefined, before: Line | undefined): string {
  if (now === undefined || before === undefined) return "–";
  const rounds = now.values.slice(0, before.values.length).map((value, i) => value / before.values[i]!);
  const spread = `${ratio(Math.min(...rounds))} to ${ratio(Math.max(...rounds))}`;
  const figures = `${number(median(before.values))} → ${number(median(now.values))}`;
  return `**${ratio(median(now.values) / median(before.values))}** (${spread})<br>${figures}`;
}
