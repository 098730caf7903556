/**
 * A run of the multicast measurements as Markdown, and what of it missed its goal.
 *
 * @module
 */

import { bytes, name, number, ratio, significant } from "../labels.ts";
import type { RunHead } from "../results.ts";
import { RIVAL, type Workload } from "./measure.ts";

/** One measured cell, as it is saved. */
export interface MulticastLine extends Omit<RunHead, "suite"> {
  readonly suite: "multicast";
  readonly row: string;
  readonly subject: string;
  readonly version: string;
  readonly unit: string;
  readonly median: number;
  readonly values: readonly number[];
  /** Processor time a message, µs. */
  readonly processor: { readonly source: number; readonly receiver: number };
  /** Messages that never came, of all rounds. */
  readonly lost: number;
}

/** The table of a run. */
export function multicastTable(lines: readonly MulticastLine[], workloads: readonly Workload[]): string {
  if (lines.length === 0) return "";
  const subjects = [...new Set(lines.map(({ subject }) => subject))];
  const rows = workloads.map(({ row }) => row).filter((row) => lines.some((line) => line.row === row));
  return [
    `| epgm | ${subjects.map(name).join(" | ")} |`,
    `|---|${"--:|".repeat(subjects.length)}`,
    ...rows.map((row) => `| ${label(row)} | ${subjects.map((one) => cell(lines, row, one)).join(" | ")} |`),
    "",
    legend(lines),
  ].join("\n");
}

/** One sentence for each goal that was measured and missed. */
export function multicastShortfalls(
  lines: readonly MulticastLine[],
  workloads: readonly Workload[],
): string[] {
  const missed: string[] = [];
  for (const { row, unit, goal } of workloads) {
    const rival = find(lines, row, RIVAL);
    for (const line of lines.filter((other) => other.row === row && other !== rival)) {
      if (line.lost > 0) missed.push(`${row}, ${line.subject}: ${line.lost} messages lost`);
      if (rival === undefined) continue;
      const times = line.median / rival.median;
      if (unit === "ms" ? times <= goal : times >= goal) continue;
      const wanted = `${unit === "ms" ? "at most" : "at least"} ${goal}`;
      missed.push(`${row}, ${line.subject}: ${times.toFixed(2)} × ${RIVAL}, wanted ${wanted} ×`);
    }
  }
  return missed;
}

function cell(lines: readonly MulticastLine[], row: string, subject: string): string {
  const line = find(lines, row, subject);
  if (line === undefined) return "–";
  const rival = find(lines, row, RIVAL);
  const value = line.unit === "ms" ? `${significant(line.median)} ms` : number(line.median);
  const times = subject === RIVAL || rival === undefined ? "" : ` ${ratio(line.median / rival.median)} ×`;
  const { source, receiver } = line.processor;
  const lost = line.lost > 0 ? `<br>${number(line.lost)} lost` : "";
  const text = subject === RIVAL ? value : `**${value}**`;
  return `${text}${times}<br>${significant(source)} + ${significant(receiver)} µs${lost}`;
}

function label(row: string): string {
  if (row.startsWith("repair/")) return `repair of 1 % loss, ${bytes(Number(row.slice(7)))}`;
  const cut = row.lastIndexOf("/");
  return `${row.slice(0, cut)}, ${bytes(Number(row.slice(cut + 1)))}`;
}

function legend(lines: readonly MulticastLine[]): string {
  const { run, commit, machine } = lines[0]!;
  const least = Math.min(...lines.map(({ values }) => values.length));
  const often = least === 1 ? "One round" : `Medians of ${least} rounds, in turn`;
  const versions = [...new Set(lines.map(({ version }) => version))].join(", ");
  return `PUB → SUB over epgm, the same at both ends unless an arrow says otherwise, on two network namespaces that ` +
    `a veth pair joins; messages a second at the SUB with the rate set on both ends, default high-water marks, a ` +
    `receive buffer of 4 MiB, the PUB with ZMQ_XPUB_NODROP. Repair: of 500 messages a second one in a hundred is dropped on its way in; the median ` +
    `time from its sending to its arrival. Below: processor time a message, source + receiver. ${often}; ${versions}; ` +
    `${machine}; ${run.slice(0, 10)}, commit ${commit}.`;
}

function find(lines: readonly MulticastLine[], row: string, subject: string): MulticastLine | undefined {
  return lines.find((line) => line.row === row && line.subject === subject);
}
