/**
 * Turns the saved results into what people read: `results/table.md`, `results/chart.svg`, and the table
 * between the markers of the README.
 *
 *   deno run -A bench/report.ts            writes all of it from the newest run
 *   deno run -A bench/report.ts --compare  what moved against the last five runs, beyond their noise
 *
 * @module
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { chart } from "./chart.ts";
import { absolute, bytes, find, label, name, number, ratio, significant } from "./labels.ts";
import { HERE, type Line, median, readRuns, RESULTS, type Suite } from "./results.ts";
import { shortfalls } from "./targets.ts";

const OURS = ["deno", "bun", "node"] as const;
const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";
/** A median that left the spread of the earlier ones by more than this share has moved. */
const NOISE = 0.1;
const EARLIER_RUNS = 5;

/** Writes table, chart and the README's part from the newest run of each suite. Answers the table. */
export function writeReport(): string {
  const exchange = readRuns("exchange").at(-1) ?? [];
  const text = [table(exchange), memoryTable(newest("memory")), startupTable(newest("startup"))]
    .filter((part) => part !== "").join("\n\n");
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, "table.md"), text + "\n");
  if (exchange.length > 0) writeFileSync(join(RESULTS, "chart.svg"), chart(exchange));
  writeReadme(text);
  return [text, shortfallList([...exchange, ...newest("memory"), ...newest("startup")])].join("\n\n")
    .trimEnd();
}

/** What these lines miss of their targets, as a list; empty if nothing. */
export function shortfallList(lines: readonly Line[]): string {
  const missed = shortfalls(lines);
  return missed.length === 0 ? "" : `Short of the target:\n${missed.map((text) => `- ${text}`).join("\n")}`;
}

/** The Markdown tables of one run's exchanges: against the rivals, and against the bare streams. */
export function table(lines: readonly Line[]): string {
  if (lines.length === 0) return "";
  const rows = [...new Set(lines.map((line) => line.row))].filter((row) => !/^(bulk|echo|host)/.test(row));
  const present = OURS.filter((id) => lines.some((line) => line.subject === id));
  const rivals = ["libzmq", "zeromq.js"].filter((id) => lines.some((line) => line.subject === id));
  const head = [...rivals, ...present].map(name);
  const out = [
    `| | ${head.join(" | ")} |`,
    `|---|${"--:|".repeat(head.length)}`,
    ...rows.map((row) => {
      const cells = [
        ...rivals.map((id) => absolute(find(lines, row, id))),
        ...present.map((id) => withRatios(lines, row, id, rivals)),
      ];
      return `| ${label(row)} | ${cells.join(" | ")} |`;
    }),
  ];
  const bare = bareTable(lines, present);
  return [out.join("\n"), legend(lines, rivals), ...(bare === "" ? [] : [bare])].join("\n\n");
}

function withRatios(lines: readonly Line[], row: string, id: string, rivals: readonly string[]): string {
  const line = find(lines, row, id);
  if (line === undefined) return "–";
  const ratios = rivals.map((rival) => {
    const other = find(lines, row, rival);
    return other === undefined ? "–" : `${ratio(line.median / other.median)} ×`;
  });
  return ratios.length === 0 ? absolute(line) : `**${absolute(line)}**<br>${ratios.join(" · ")}`;
}

function legend(lines: readonly Line[], rivals: readonly string[]): string {
  const { run, commit, machine } = lines[0]!;
  const rounds = Math.min(...lines.map((line) => line.values.length));
  const versions = [
    ...new Set(lines.filter((line) => !line.subject.startsWith("bare ")).map((l) => l.version)),
  ];
  const under = rivals.length === 0 ? "" : ` Under each of ours: × ${rivals.map(name).join(" · × ")}.`;
  return `Messages per second (deliveries for PUB → 100 SUB), or µs where it says so: there less is better.${under} ` +
    `Two processes, loopback, ${rounds === 1 ? "one round" : `medians of ${rounds} rounds in turn`}; ${
      versions.join(", ")
    }; ${machine}; ` +
    `${run.slice(0, 10)}, commit ${commit}.`;
}

/** What our code costs over the runtime's own stream. */
function bareTable(lines: readonly Line[], present: readonly string[]): string {
  const cell = (ours: Line | undefined, bare: Line | undefined, value: number): string => {
    if (ours === undefined || bare === undefined) return "–";
    return `${ratio(value / bare.median)} ×<br>${number(value)} of ${number(bare.median)} ${bare.unit}`;
  };
  const rows = (["tcp", "ipc"] as const).flatMap((transport) => [
    ...["1000000", "65536"].map((size) => ({
      title: `${transport} 1 MB messages, against writes of ${size === "65536" ? "64 KiB" : "1 MB"}`,
      cells: present.map((id) => {
        const ours = find(lines, `throughput/${transport}/1000000`, id);
        const bare = find(lines, `bulk/${transport}/${size}`, `bare ${id}`);
        return cell(ours, bare, ours?.median ?? 0); // messages of 1 MB a second are MB/s
      }),
    })),
    {
      title: `${transport} round trip, against an echo of as many bytes`,
      cells: present.map((id) => {
        const ours = find(lines, `round trip/${transport}/10`, id);
        return cell(ours, find(lines, `echo/${transport}/14`, `bare ${id}`), ours?.median ?? 0);
      }),
    },
  ]);
  for (const size of ["10", "100", "1000", "10000", "1000000"]) {
    rows.push({
      title: `ws ${bytes(Number(size))}, against the runtime's own WebSocket`,
      cells: present.map((id) => {
        const ours = find(lines, `throughput/ws/${size}`, id);
        return cell(ours, find(lines, `host messages/ws/${size}`, `bare ${id}`), ours?.median ?? 0);
      }),
    });
  }
  rows.push({
    title: "ws round trip, against one over the runtime's own WebSocket",
    cells: present.map((id) => {
      const ours = find(lines, "round trip/ws/10", id);
      return cell(ours, find(lines, "host echo/ws/10", `bare ${id}`), ours?.median ?? 0);
    }),
  });
  const measured = rows.filter(({ cells }) => cells.some((text) => text !== "–"));
  if (measured.length === 0) return "";
  return [
    `| against the bare stream of the runtime | ${present.map(name).join(" | ")} |`,
    `|---|${"--:|".repeat(present.length)}`,
    ...measured.map(({ title, cells }) => `| ${title} | ${cells.join(" | ")} |`),
  ].join("\n");
}

function memoryTable(lines: readonly Line[]): string {
  return plainTable(lines, "memory of an idle connection, KiB", [
    ["memory/router", "one ROUTER"],
    ["memory/pub", "one PUB"],
    ["memory/bare", "the bare socket"],
  ]);
}

function startupTable(lines: readonly Line[]): string {
  return plainTable(lines, "start to end of a program, ms", [
    ["startup/bound", "imports the module, binds a first socket"],
    ["startup/empty", "empty"],
    ["startup/transpiled", "transpiled, as JSR serves Node: imports, binds"],
    ["startup/transpiled empty", "transpiled: empty"],
  ]);
}

function plainTable(
  lines: readonly Line[],
  title: string,
  rows: readonly (readonly [string, string])[],
): string {
  const present = OURS.filter((id) => lines.some((line) => line.subject === id));
  if (present.length === 0) return "";
  const cells = (row: string): string =>
    present.map((id) => {
      const line = find(lines, row, id);
      return line === undefined ? "–" : significant(line.median);
    }).join(" | ");
  return [
    `| ${title} | ${present.map(name).join(" | ")} |`,
    `|---|${"--:|".repeat(present.length)}`,
    ...rows.map(([row, what]) => `| ${what} | ${cells(row)} |`),
  ].join("\n");
}

function writeReadme(text: string): void {
  const path = join(HERE, "../README.md");
  if (!existsSync(path)) return;
  const readme = readFileSync(path, "utf8");
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) return;
  writeFileSync(path, `${readme.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${readme.slice(end)}`);
}

function newest(suite: Suite): Line[] {
  return readRuns(suite).at(-1) ?? [];
}

/** The newest run against the ones before it on the same machine: only what moved. */
function compare(): string {
  const runs = readRuns("exchange");
  const latest = runs.at(-1);
  if (latest === undefined) return "No results yet.";
  const before = runs.slice(0, -1).filter((run) => run[0]!.machine === latest[0]!.machine).slice(
    -EARLIER_RUNS,
  );
  if (before.length === 0) return "Nothing to compare with: this is the first run on this machine.";
  const moved = latest.flatMap((line) => {
    // As multiples of libzmq in the same run where it was there: the machine's own drift cancels out.
    const relative = (run: readonly Line[]): number | undefined => {
      const value = find(run, line.row, line.subject)?.median;
      const unit = find(run, line.row, "libzmq")?.median ?? 1;
      return value === undefined ? undefined : value / unit;
    };
    const earlier = before.map(relative).filter((value) => value !== undefined);
    const now = relative(latest)!;
    if (earlier.length === 0 || line.subject === "libzmq") return [];
    if (now >= Math.min(...earlier) * (1 - NOISE) && now <= Math.max(...earlier) * (1 + NOISE)) return [];
    const change = Math.round((now / median(earlier) - 1) * 100);
    return [
      `${line.row} ${line.subject}: ${
        change > 0 ? "+" : ""
      }${change} % against ${before.length} earlier runs`,
    ];
  });
  return moved.length === 0 ? "Nothing moved beyond the noise." : moved.join("\n");
}

if (import.meta.main) console.log(process.argv.includes("--compare") ? compare() : writeReport());
