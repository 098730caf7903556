/**
 * A run's devices as Markdown, and what of it missed its goal.
 *
 * @module
 */

import { bytes, name, number, ratio, significant } from "../labels.ts";
import type { RunHead } from "../results.ts";
import { RIVAL } from "./contenders.ts";
import { AHEAD, IN_FLIGHT, type MemoryRun, SUBSCRIBERS, workloads } from "./workloads.ts";

/** One measured cell, as it is saved. */
export interface DeviceLine extends Omit<RunHead, "suite"> {
  readonly suite: "devices";
  readonly row: string;
  readonly subject: string;
  readonly version: string;
  readonly unit: string;
  readonly median: number;
  readonly values: readonly number[];
  readonly p99?: number;
  /** The device's processor time a message, µs. */
  readonly processor?: number;
  readonly lost?: number;
  readonly memory?: MemoryRun;
}

/** Growth below this is a collector's or an allocator's whim, MiB for each million messages. */
const FLAT = 1;

/** The tables of a run. */
export function deviceTables(lines: readonly DeviceLine[]): string {
  if (lines.length === 0) return "";
  const subjects = [...new Set(lines.map(({ subject }) => subject))];
  const parts = [exchanges(lines, subjects), memory(lines.filter((line) => line.memory !== undefined))];
  return [...parts.filter((part) => part !== ""), legend(lines)].join("\n\n");
}

/** One sentence for each goal that was measured and missed. */
export function deviceShortfalls(lines: readonly DeviceLine[]): string[] {
  const missed: string[] = [];
  for (const { row, unit, goal } of workloads()) {
    const rival = find(lines, row, RIVAL);
    if (goal === undefined || rival === undefined) continue;
    for (const line of lines.filter((other) => other.row === row && other !== rival)) {
      const times = line.median / rival.median;
      if (unit === "µs" ? times <= goal : times >= goal) continue;
      const wanted = `${unit === "µs" ? "at most" : "at least"} ${goal}`;
      missed.push(`${row} on ${line.subject}: ${times.toFixed(2)} × ${RIVAL}, wanted ${wanted} ×`);
    }
  }
  for (const { subject, memory, lost, row } of lines) {
    if (lost !== undefined && lost > 0) missed.push(`${row} on ${subject}: ${lost} deliveries lost`);
    if (memory === undefined || memory.slope <= FLAT) continue;
    missed.push(`memory on ${subject}: grows by ${significant(memory.slope)} MiB a million messages`);
  }
  return missed;
}

function exchanges(lines: readonly DeviceLine[], subjects: readonly string[]): string {
  const rows = workloads().map(({ row }) => row).filter((row) => lines.some((line) => line.row === row));
  if (rows.length === 0) return "";
  return [
    `| through a device | ${subjects.map(title).join(" | ")} |`,
    `|---|${"--:|".repeat(subjects.length)}`,
    ...rows.map((row) =>
      `| ${label(row)} | ${subjects.map((subject) => cell(lines, row, subject)).join(" | ")} |`
    ),
  ].join("\n");
}

function cell(lines: readonly DeviceLine[], row: string, subject: string): string {
  const line = find(lines, row, subject);
  if (line === undefined) return "–";
  const rival = find(lines, row, RIVAL);
  const value = line.unit === "µs" ? `${number(line.median)} µs` : number(line.median);
  const tail = line.p99 === undefined ? "" : `<br>p99 ${number(line.p99)} µs`;
  if (subject === RIVAL || rival === undefined) return value + tail;
  return `**${value}** ${ratio(line.median / rival.median)} ×${tail}`;
}

function memory(lines: readonly DeviceLine[]): string {
  if (lines.length === 0) return "";
  const column = (what: string, of: (run: MemoryRun) => string): string =>
    `| ${what} | ${lines.map((line) => of(line.memory!)).join(" | ")} |`;
  const { count } = lines[0]!.memory!;
  return [
    `| ${count / 1e6} M messages, slow back end | ${
      lines.map(({ subject }) => title(subject)).join(" | ")
    } |`,
    `|---|${"--:|".repeat(lines.length)}`,
    column("taken a second", ({ rate }) => number(rate)),
    column("resident before the first, MiB", ({ idleMiB }) => significant(idleMiB)),
    column("after as many at full speed", ({ startMiB }) => significant(startMiB)),
    column("at most, from then on", ({ maxMiB }) => significant(maxMiB)),
    column("at the end", ({ endMiB }) => significant(endMiB)),
    column("second half, MiB a million messages", ({ slope }) => slope.toFixed(2)),
  ].join("\n");
}

function legend(lines: readonly DeviceLine[]): string {
  const { run, commit, machine } = lines[0]!;
  const least = Math.min(
    ...lines.filter((line) => line.memory === undefined).map(({ values }) => values.length),
  );
  const often = least === 1 || least === Infinity
    ? "One round"
    : `Medians of ${least} measurements or more, in turn`;
  const versions = [...new Set(lines.map(({ version }) => version))].join(", ");
  return `The device in a process of its own, between the same C clients (libzmq), tcp on loopback. STREAMER and ` +
    `pipelined QUEUE: messages a second; FORWARDER: deliveries a second to ${SUBSCRIBERS} subscribers, the ` +
    `publisher at most ${AHEAD} ahead of the slowest; round trip: µs, less is better; pipelined: ${IN_FLIGHT} ` +
    `requests under way. ${often}; ${versions}; ` +
    `${machine}; ${run.slice(0, 10)}, commit ${commit}.`;
}

function label(row: string): string {
  const [device, ...rest] = row.split("/");
  const what = rest.length > 1 ? ` ${rest[0]}` : "";
  const fan = device === "forwarder" ? ` → ${SUBSCRIBERS} SUB` : "";
  return `${device!.toUpperCase()}${what}${fan}, ${bytes(Number(rest.at(-1)))}`;
}

function title(subject: string): string {
  return subject === RIVAL ? `${RIVAL} (C)` : name(subject);
}

function find(lines: readonly DeviceLine[], row: string, subject: string): DeviceLine | undefined {
  return lines.find((line) => line.row === row && line.subject === subject);
}
