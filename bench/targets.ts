/**
 * What a run must reach, as data, and what of it a run did not.
 *
 * @module
 */

import type { Line } from "./results.ts";

/** At least (`min`) or at most (`max`) this multiple of what `against` did, in the row of the same run. */
interface Target {
  readonly row: RegExp;
  readonly against: (subject: string) => { readonly subject: string; readonly row?: (row: string) => string };
  readonly min?: number;
  readonly max?: number;
}

const OURS = ["deno", "bun", "node"];

const rival = (subject: string) => (): { subject: string } => ({ subject });
const bare = (row: (row: string) => string) => (subject: string): { subject: string; row: typeof row } => ({
  subject: `bare ${subject}`,
  row,
});
const LIBZMQ = rival("libzmq");
const ZEROMQ_JS = rival("zeromq.js");

const TARGETS: readonly Target[] = [
  { row: /^throughput\/(tcp|ipc)\/10$/, against: LIBZMQ, min: 0.8 },
  { row: /^throughput\/(tcp|ipc)\/100$/, against: LIBZMQ, min: 1.2 },
  { row: /^throughput\/(tcp|ipc)\/1000$/, against: LIBZMQ, min: 1.5 },
  { row: /^throughput\/(tcp|ipc)\/10000$/, against: LIBZMQ, min: 1.3 },
  { row: /^throughput\/(tcp|ipc)\/100000+$/, against: LIBZMQ, min: 1.0 },
  { row: /^throughput\/(tcp|ipc)\/100?$/, against: ZEROMQ_JS, min: 8 },
  { row: /^throughput\/(tcp|ipc)\/1000$/, against: ZEROMQ_JS, min: 5 },
  { row: /^throughput\/(tcp|ipc)\/10000$/, against: ZEROMQ_JS, min: 1.5 },
  { row: /^throughput\/(tcp|ipc)\/100000+$/, against: ZEROMQ_JS, min: 1.1 },
  { row: /^throughput\/inproc\/100$/, against: LIBZMQ, min: 1.5 },
  { row: /^throughput\/ws\//, against: ZEROMQ_JS, min: 1.0 },
  { row: /^fan-out\//, against: LIBZMQ, min: 1.0 },
  { row: /^throughput\/curve\/100$/, against: LIBZMQ, min: 1.0 },
  { row: /^throughput\/curve\/10000$/, against: LIBZMQ, min: 0.7 },
  { row: /^round trip\/curve\/10$/, against: LIBZMQ, max: 1.1 },
  { row: /^handshakes\/curve\//, against: LIBZMQ, min: 0.5 },
  { row: /^round trip\/tcp\/10$/, against: LIBZMQ, max: 1.0 },
  { row: /^round trip\/tcp\/10$/, against: ZEROMQ_JS, max: 0.6 },
  {
    row: /^round trip\/(tcp|ipc)\/10$/,
    against: bare((row) => row.replace(/^.*?\/(.*)\/.*/, "echo/$1/14")),
    max: 1.25,
  },
  {
    row: /^throughput\/(tcp|ipc)\/1000000$/,
    against: bare((row) => row.replace("throughput", "bulk")),
    min: 0.85,
  },
];

/** Most that an idle connection may cost above the bare socket, KiB. */
const IDLE_CONNECTION_KIB = 8;
/** Most that importing and binding may cost above an empty program, ms. */
const FIRST_SOCKET_MS = 15;

/** One sentence for each target that these lines miss. What was not measured is not missed. */
export function shortfalls(lines: readonly Line[]): string[] {
  const value = (row: string, subject: string): number | undefined =>
    lines.find((line) => line.row === row && line.subject === subject)?.median;
  const missed: string[] = [];

  for (const { row, subject, median } of lines) {
    if (!OURS.includes(subject)) continue;
    for (const target of TARGETS) {
      if (!target.row.test(row)) continue;
      const other = target.against(subject);
      const reference = value(other.row?.(row) ?? row, other.subject);
      if (reference === undefined) continue;
      const ratio = median / reference;
      if (ratio < (target.min ?? 0) || ratio > (target.max ?? Infinity)) {
        const wanted = target.min === undefined ? `at most ${target.max}` : `at least ${target.min}`;
        missed.push(`${row} on ${subject}: ${ratio.toFixed(2)} × ${other.subject}, wanted ${wanted} ×`);
      }
    }
  }
  const above = (row: string, floor: string, limit: number, unit: string): void => {
    for (const subject of OURS) {
      const cost = (value(row, subject) ?? NaN) - (value(floor, subject) ?? NaN);
      if (cost > limit) {
        missed.push(`${row} on ${subject}: ${cost.toFixed(1)} ${unit} above ${floor}, wanted ${limit}`);
      }
    }
  };
  above("memory/router", "memory/bare", IDLE_CONNECTION_KIB, "KiB");
  above("memory/pub", "memory/bare", IDLE_CONNECTION_KIB, "KiB");
  above("startup/transpiled", "startup/transpiled empty", FIRST_SOCKET_MS, "ms");
  above("startup/bound", "startup/empty", FIRST_SOCKET_MS, "ms");
  return missed;
}
