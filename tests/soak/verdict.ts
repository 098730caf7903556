/**
 * What a soak has shown: the sums of each kind of flow, the drift of each process, and whether every promise was kept.
 *
 * @module
 */

import type { Running, Sample } from "./actors.ts";
import { type EndCount, type Flow, type Kind, KINDS, noCount } from "./plan.ts";

/**
 * MiB that what is alive in a process may drift, from the second quarter of the run to the last, and its resident
 * memory: V8 lets its heap grow in steps of some ten MiB, long after the last object more is alive.
 */
const ALIVE_MAX = 4;
const DRIFT_MAX = 64;
/** Descriptors that may come and go between two looks: guests are always under way. */
const HANDLES_MAX = 24;

/** One flow with the counts of both ends. */
export interface Outcome {
  readonly flow: Flow;
  readonly kind: Kind;
  readonly from: EndCount;
  readonly to: EndCount;
  /** What was not as promised. */
  readonly broken: string[];
}

/** The two ends of each flow together. */
export function outcomes(flows: readonly Flow[], running: readonly Running[]): Outcome[] {
  const counts = running.flatMap((each) => each.counts);
  return flows.map((flow) => {
    const kind = KINDS.find(({ name }) => name === flow.kind)!;
    // A process that died early has counted nothing.
    const of = (end: "from" | "to") =>
      counts.find((count) => count.flow === flow.id && count.end === end) ?? noCount(flow.id, end);
    const outcome = { flow, kind, from: of("from"), to: of("to"), broken: [] as string[] };
    outcome.broken.push(...judge(outcome));
    return outcome;
  });
}

/** Whether everything that was sent has come, or been counted. */
export function settled({ kind, from, to }: Outcome): boolean {
  if (kind.echo && from.answers < from.sent) return false;
  return kind.promise === "all"
    ? to.received >= from.sent
    : to.last >= from.sent - 1 || kind.promise === "net";
}

function judge({ flow, kind, from, to }: Omit<Outcome, "broken">): string[] {
  const broken: string[] = [];
  for (const { end, errors } of [from, to]) for (const error of errors) broken.push(`${end}: ${error}`);
  if (from.sent === 0) broken.push("nothing was sent");
  if (to.received === 0) broken.push("nothing came");
  if (to.disorder + from.disorder > 0) broken.push(`${to.disorder + from.disorder} doubled or out of order`);
  if (to.damaged + from.damaged > 0) broken.push(`${to.damaged + from.damaged} damaged`);
  if (kind.promise === "all" && to.received !== from.sent) {
    broken.push(`${from.sent - to.received} of ${from.sent} lost`);
  }
  if (kind.echo && from.answers !== from.sent) broken.push(`${from.sent - from.answers} answers lost`);
  // A publisher counts what it drops; the other end must miss no more than that.
  if (kind.promise === "gaps" && flow.from !== "libzmq" && to.missing > from.dropped) {
    broken.push(`${to.missing} missing, ${from.dropped} counted as dropped`);
  }
  return broken;
}

/** What a process's memory and descriptors did between the second quarter and the last. */
export interface Drift {
  readonly memory: number;
  readonly peak: number;
  readonly last: number;
  readonly handles: number;
}

/** What is alive, the same way. */
export function aliveDrift(alive: readonly number[]): number | undefined {
  const quarter = Math.floor(alive.length / 4);
  if (quarter === 0) return undefined;
  // The least: a look may come amid a burst.
  return Math.min(...alive.slice(-quarter)) - Math.min(...alive.slice(quarter, 2 * quarter));
}

/** From the samples of one process. `undefined`: there are too few. */
export function drift(samples: readonly Sample[]): Drift | undefined {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return undefined;
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const median = (of: readonly Sample[], key: "memory" | "handles") =>
    of.map((sample) => sample[key]).sort((a, b) => a - b)[of.length >> 1]!;
  return {
    memory: median(late, "memory") - median(early, "memory"),
    peak: Math.max(...samples.map(({ memory }) => memory)),
    last: median(late, "memory"),
    handles: median(late, "handles") - median(early, "handles"),
  };
}

/** All that speaks against it. `judged`: whether the run was long enough for its drift to mean something. */
export function complaints(
  all: readonly Outcome[],
  running: readonly Running[],
  judged: boolean,
): string[] {
  const found = all.flatMap(({ flow, broken }) =>
    broken.map((what) =>
      `${flow.kind} over ${flow.transport}${
        flow.curve ? " with CURVE" : ""
      }, ${flow.from} to ${flow.to}: ${what}`
    )
  );
  for (const { actor, samples, alive, errors, churned } of running) {
    for (const error of errors) found.push(`${actor}: ${error}`);
    if (churned === 0) found.push(`${actor}: no guest came`);
    const drifted = drift(samples);
    if (!judged || drifted === undefined) continue;
    const grown = aliveDrift(alive);
    if (grown !== undefined && grown > ALIVE_MAX) {
      found.push(`${actor}: ${grown.toFixed(1)} MiB more are alive`);
    }
    if (drifted.memory > DRIFT_MAX) found.push(`${actor}: memory grew by ${drifted.memory.toFixed(1)} MiB`);
    if (drifted.handles > HANDLES_MAX) found.push(`${actor}: ${drifted.handles} descriptors more`);
  }
  return found;
}

/** The tables, in Markdown. */
export function report(all: readonly Outcome[], running: readonly Running[], seconds: number): string {
  const sum = (of: readonly Outcome[], value: (outcome: Outcome) => number) =>
    of.reduce((total, outcome) => total + value(outcome), 0);
  const cells = (of: readonly Outcome[]) =>
    [
      sum(of, ({ from }) => from.sent),
      sum(of, ({ to }) => to.received),
      sum(of, ({ from }) => from.answers),
      sum(of, ({ to }) => to.missing),
      sum(of, ({ from }) => from.dropped),
      sum(of, ({ from, to }) => from.disorder + to.disorder),
      sum(of, ({ from, to }) => from.damaged + to.damaged),
    ].map((n) => n.toLocaleString("en"));
  const kinds = [...new Set(all.map(({ kind }) => kind.name))];
  const rows = kinds.map((name) => {
    const of = all.filter(({ kind }) => kind.name === name);
    const where = [...new Set(of.map(({ flow }) => flow.transport))].join(", ");
    return [name, where, `${of.filter(({ flow }) => flow.curve).length} of ${of.length}`, ...cells(of)];
  });
  const head = [
    "flow",
    "over",
    "with CURVE",
    "sent",
    "received",
    "answered",
    "missing",
    "dropped, by the sender's count",
    "doubled or out of order",
    "damaged",
  ];
  const traffic = table([head, ...rows, ["**all**", "", "", ...cells(all)]]);
  const processes = running.map(({ actor, samples, alive, churned }) => {
    const { memory, peak, last, handles } = drift(samples) ??
      { memory: NaN, peak: NaN, last: NaN, handles: NaN };
    const mib = (value: number) => value.toFixed(1);
    const grown = mib(aliveDrift(alive) ?? NaN);
    return [
      actor,
      mib(Math.min(...alive)),
      grown,
      mib(last),
      mib(peak),
      mib(memory),
      `${handles}`,
      `${churned}`,
    ];
  });
  return `${traffic}\n\n${
    table([
      ["process", "alive, MiB", "drift", "resident, MiB", "peak", "drift", "descriptors, drift", "guests"],
      ...processes,
    ])
  }\n\n${seconds.toFixed(0)} s.`;
}

function table([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head!), `|${head!.map((_, i) => i < 1 ? "---" : "--:").join("|")}|`, ...rows.map(line)].join(
    "\n",
  );
}
