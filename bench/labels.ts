/**
 * How rows, subjects and figures are written in the table and in the chart.
 *
 * @module
 */

import type { Line } from "./results.ts";

const NAMES: Record<string, string> = { deno: "Deno", bun: "Bun", node: "Node", libzmq: "libzmq (C)" };

/** What a row is called in a table or a chart. */
export function label(row: string): string {
  const [kind, transport, size] = row.split("/");
  if (kind === "handshakes") {
    return `${transport === "curve" ? "CURVE handshakes" : "the same connections without CURVE"}, one core`;
  }
  const what = { "round trip": "REQ/REP round trip, ", "fan-out": "PUB → 100 SUB, " }[kind!] ?? "";
  if (transport === "curve") return `${what}tcp with CURVE ${bytes(Number(size))}`;
  return `${what}${transport} ${bytes(Number(size))}`;
}

/** A number of bytes, in the unit that makes it short. */
export function bytes(size: number): string {
  if (size >= 1_000_000) return `${size / 1_000_000} MB`;
  return size >= 1000 ? `${size / 1000} kB` : `${size} B`;
}

/** A number with three significant digits and k or M. */
export function number(value: number): string {
  if (value >= 1e6) return `${significant(value / 1e6)} M`;
  return value >= 1e4 ? `${significant(value / 1e3)} k` : significant(value);
}

/** What a subject is called. */
export function name(id: string): string {
  return NAMES[id] ?? id;
}

/** The line of a row and a subject. */
export function find(lines: readonly Line[], row: string, subject: string): Line | undefined {
  return lines.find((line) => line.row === row && line.subject === subject);
}

/** A line's median, with its unit where it is not messages per second. */
export function absolute(line: Line | undefined): string {
  if (line === undefined) return "–";
  if (line.unit === "msg/s") return number(line.median);
  return line.unit === "/s" ? `${number(line.median)}/s` : `${number(line.median)} ${line.unit}`;
}

/** A ratio with as many digits as it deserves. */
export function ratio(value: number): string {
  return value >= 10 ? value.toFixed(0) : value >= 2 ? value.toFixed(1) : value.toFixed(2);
}

/** Three significant digits. */
export function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
