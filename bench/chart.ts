/**
 * Draws a run as an SVG: bars as multiples of libzmq in the same run, for sizes apart by a factor of 10⁵ share
 * no scale of messages per second.
 *
 * The picture brings its own background and follows the reader's light or dark scheme.
 *
 * @module
 */

import { bytes, find, label, name, number } from "./labels.ts";
import type { Line } from "./results.ts";

const WIDTH = 960;
const MARGIN = { left: 52, right: 20 };
const PLOT_HEIGHT = 170;
const PANEL_HEIGHT = 268;
const HEAD_HEIGHT = 86;
const SUBJECTS = ["libzmq", "zeromq.js", "deno", "bun", "node"];

const STYLE = `
  .ground { fill: #ffffff; stroke: #d0d7de }
  text { fill: #1f2328; font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
  .title { font-size: 17px; font-weight: 600 } .panel { font-size: 14px; font-weight: 600 }
  .dim { fill: #59636e; font-size: 11px } .value { font-size: 10.5px }
  .grid { stroke: #d8dee4 } .one { stroke: #59636e; stroke-dasharray: 4 3 }
  .libzmq { fill: #8c959f } .zeromq-js { fill: #d4a72c } .deno { fill: #1f6feb } .bun { fill: #bf3989 } .node { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #30363d }
    text { fill: #e6edf3 } .dim { fill: #9198a1 }
    .grid { stroke: #262c34 } .one { stroke: #9198a1 }
    .libzmq { fill: #6e7681 } .zeromq-js { fill: #d29922 } .deno { fill: #58a6ff } .bun { fill: #f778ba } .node { fill: #3fb950 }
  }`;

interface Panel {
  readonly title: string;
  readonly rows: readonly { readonly row: string; readonly title: string }[];
}

/** The chart of one run's exchanges. */
export function chart(lines: readonly Line[]): string {
  const panels = panelsOf(lines);
  const subjects = SUBJECTS.filter((id) => lines.some((line) => line.subject === id));
  const baseline = subjects.includes("libzmq") ? "libzmq" : subjects[0] ?? "libzmq";
  const height = HEAD_HEIGHT + panels.length * PANEL_HEIGHT + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" ` +
    `aria-label="Speed as multiples of ${name(baseline)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    text(20, 32, "title", `Speed as a multiple of ${name(baseline)}: higher is better`),
    text(20, 52, "dim", escape(machineOf(lines))),
    legend(subjects),
    ...panels.map((panel, i) => drawPanel(panel, lines, subjects, baseline, HEAD_HEIGHT + i * PANEL_HEIGHT)),
    "</svg>\n",
  ].join("\n");
}

function panelsOf(lines: readonly Line[]): Panel[] {
  const rows = [...new Set(lines.map((line) => line.row))];
  const sizes = (transport: string): Panel => ({
    title: `PUSH → PULL over ${transport}, two processes`,
    rows: rows.filter((row) => row.startsWith(`throughput/${transport}/`))
      .map((row) => ({ row, title: bytes(Number(row.split("/")[2])) })),
  });
  const others = rows.filter((row) => /^(throughput\/inproc|fan-out|round trip)/.test(row) && !secure(row));
  const titles = others.map((row) => ({
    row,
    title: label(row).replace("REQ/REP round trip, ", "round trip, "),
  }));
  return [sizes("tcp"), sizes("ipc"), {
    title: "Other work (round trips as round trips per second)",
    rows: titles,
  }, {
    title: "tcp with CURVE, the round trip as round trips per second; handshakes with both ends on one core",
    rows: rows.filter(secure).map((row) => ({ row, title: secureTitle(row) })),
  }]
    .filter((panel) => panel.rows.length > 0);
}

function secure(row: string): boolean {
  return row.split("/")[1] === "curve";
}

function secureTitle(row: string): string {
  const [kind, , size] = row.split("/");
  return kind === "handshakes" ? kind : `${kind === "throughput" ? "" : `${kind} `}${bytes(Number(size))}`;
}

function drawPanel(
  panel: Panel,
  lines: readonly Line[],
  subjects: readonly string[],
  baseline: string,
  top: number,
): string {
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const base = top + 40 + PLOT_HEIGHT;
  const values = panel.rows.flatMap(({ row }) => subjects.map((id) => speed(lines, row, id, baseline) ?? 0));
  const step = gridStep(Math.max(1, ...values));
  const ceiling = Math.max(1, Math.ceil(Math.max(...values) / step)) * step;
  const y = (value: number): number => base - value / ceiling * PLOT_HEIGHT;

  const parts = [text(20, top + 16, "panel", escape(panel.title))];
  for (let value = 0; value <= ceiling + 1e-9; value += step) {
    parts.push(line(MARGIN.left, WIDTH - MARGIN.right, y(value), "grid"));
    parts.push(text(MARGIN.left - 8, y(value) + 4, "dim", `${Number(value.toFixed(2))} ×`, "end"));
  }
  const slot = width / panel.rows.length;
  const bar = Math.min(26, (slot - 18) / subjects.length);
  panel.rows.forEach(({ row, title }, i) => {
    const middle = MARGIN.left + slot * (i + 0.5);
    subjects.forEach((id, j) => {
      const value = speed(lines, row, id, baseline);
      if (value === undefined) return;
      const x = middle + (j - subjects.length / 2) * bar;
      parts.push(
        `<rect class="${style(id)}" x="${round(x + 1)}" y="${round(y(value))}" width="${round(bar - 2)}" ` +
          `height="${round(base - y(value))}" rx="2"><title>${escape(hint(lines, row, id))}</title></rect>`,
      );
      if (id !== baseline) {
        parts.push(text(x + bar / 2, y(value) - 4, "value", value.toFixed(value < 10 ? 1 : 0), "middle"));
      }
    });
    parts.push(text(middle, base + 17, "", escape(title), "middle"));
    const reference = find(lines, row, baseline);
    if (reference !== undefined) {
      const amount = `${name(baseline)} ${number(reference.median)}${reference.unit === "µs" ? " µs" : "/s"}`;
      parts.push(text(middle, base + 32, "dim", escape(amount), "middle"));
    }
  });
  parts.push(line(MARGIN.left, WIDTH - MARGIN.right, y(1), "one"));
  return parts.join("\n");
}

/** How many times as fast as the baseline: for a round trip, the baseline's time by its own. */
function speed(lines: readonly Line[], row: string, id: string, baseline: string): number | undefined {
  const own = find(lines, row, id);
  const reference = find(lines, row, baseline);
  if (own === undefined || reference === undefined) return undefined;
  return own.unit === "µs" ? reference.median / own.median : own.median / reference.median;
}

function legend(subjects: readonly string[]): string {
  let x = 20;
  return subjects.map((id) => {
    const item = `<rect class="${style(id)}" x="${x}" y="62" width="11" height="11" rx="2"/>` +
      text(x + 17, 72, "", escape(OURS.has(id) ? `@puremq/zmq on ${name(id)}` : name(id)));
    x += OURS.has(id) ? 170 : 100;
    return item;
  }).join("\n");
}

const OURS = new Set(["deno", "bun", "node"]);

function hint(lines: readonly Line[], row: string, id: string): string {
  const found = find(lines, row, id)!;
  return `${found.version}, ${label(row)}: ${number(found.median)} ${found.unit}`;
}

function machineOf(lines: readonly Line[]): string {
  const head = lines[0];
  return head === undefined ? "" : `${head.machine}; ${head.run.slice(0, 10)}; medians of rounds in turn`;
}

function gridStep(most: number): number {
  return [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100].find((step) => most / step <= 6) ?? 200;
}

function text(x: number, y: number, style: string, content: string, anchor = "start"): string {
  const classes = style === "" ? "" : ` class="${style}"`;
  return `<text${classes} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

function line(from: number, to: number, y: number, style: string): string {
  return `<line class="${style}" x1="${from}" x2="${to}" y1="${round(y)}" y2="${round(y)}"/>`;
}

function style(id: string): string {
  return id.replace(".", "-");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
