/**
 * One measurement of multicast: a fresh lab of two hosts, a receiver on one that has joined, a source on the other,
 * and what the receiver says of the messages.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Lab } from "../../tests/lab/lab.ts";
import { CACHE } from "../../tests/runner/tools.ts";
import { Program, usage } from "../devices/process.ts";
import { HERE, median } from "../results.ts";
import { findRuntimes } from "../subjects.ts";
import { WARM_UP } from "./program.ts";

/** Everything is divided by what this one reaches. */
export const RIVAL = "libzmq";

/** Somebody who can be at both ends. */
export interface Contender {
  readonly id: string;
  readonly version: string;
  /** The command line of the end with this role. */
  end(side: "source" | "receiver", ...task: readonly (string | number)[]): string[];
}

/** A row of the table. */
export interface Workload {
  readonly row: string;
  readonly unit: "msg/s" | "ms";
  /** What libzmq is to be reached by: at least (throughput) or at most (repair) this multiple. */
  readonly goal: number;
  readonly size: number;
  /** `ZMQ_RATE`, kbit/s. */
  readonly rate: number;
  /** `ZMQ_RECOVERY_IVL`, ms: the window holds all that is sent. */
  readonly recovery: number;
  /** How many messages, or repairs. */
  readonly count: number;
}

/** What one measurement found. */
export interface Sample {
  readonly value: number;
  /** Processor time a message, µs. */
  readonly source: number;
  readonly receiver: number;
  /** Messages that never came. */
  readonly lost: number;
}

const GROUP = "239.192.1.1";
const GROUP_AS_THE_KERNEL_HAS_IT = "0101C0EF";
const PORT = 5555;

/** Whoever needs longer for a part of a flood has failed. */
const LIMIT_MS = 60_000;

/** A message each so many ms, so that each has a packet of its own. */
const INTERVAL_MS = 2;
/** What came sooner than the packet by which its loss is noticed was never lost: it shared a packet. */
const NEVER_LOST_MS = 1;
/** Octets of UDP (8), PGM (24) and the frames (2 + 2) before a message: there the mark is, in nft's bits. */
const DROP_MARKED = "@th,96,8 0x04 @th,288,8 0xee";

/** All rows, so long. */
export function workloads(seconds: number, repairs: number): Workload[] {
  return [
    ...[10_000, 1_000_000].flatMap((rate) => {
      // libzmq's bucket holds a second at low rates: that must be over when the clock starts.
      const length = rate < 1_000_000 ? 6 : seconds;
      return [100, 1000].map((size): Workload => ({
        row: `${rate / 1000} Mbit/s/${size}`,
        unit: "msg/s",
        goal: 1,
        size,
        rate,
        // Of each second about 0.9 are messages.
        count: Math.round(rate * 125 * length * 0.9 / size),
        recovery: length * 1000,
      }));
    }),
    { row: "repair/100", unit: "ms", goal: 0.5, size: 100, rate: 10_000, recovery: 10_000, count: repairs },
  ];
}

/** Who can run here; with `mixed` also libzmq at one end and one of ours at the other. */
export async function findContenders(
  mixed: boolean,
): Promise<{ contenders: readonly Contender[]; missing: readonly string[] }> {
  const { subjects, missing } = await findRuntimes();
  const ours = subjects.map(({ id, version, launch }): Contender => ({
    id,
    version,
    end: (side, ...task) => [...launch(), join(HERE, `multicast/${side}.ts`), ...task.map(String)],
  }));
  try {
    const rival = compile();
    const pairs = mixed ? ours.flatMap((one) => [joined(rival, one), joined(one, rival)]) : [];
    return { contenders: [rival, ...ours, ...pairs], missing };
  } catch (error) {
    return { contenders: ours, missing: [...missing, `libzmq: ${(error as Error).message}`] };
  }
}

/** One measurement. */
export async function measure(contender: Contender, work: Workload): Promise<Sample> {
  const lab = await Lab.open(2);
  const programs: Program[] = [];
  const start = (side: "source" | "receiver", role: string, number: number): Program => {
    const host = lab.hosts[side === "source" ? 0 : 1]!;
    const endpoint = `epgm://${host.address};${GROUP}:${PORT}`;
    const [command, ...args] = contender.end(
      side,
      role,
      endpoint,
      work.rate,
      work.recovery,
      work.size,
      number,
    );
    const line = host.within({ command: command!, args });
    const program = new Program([line.command, ...line.args]);
    programs.push(program);
    return program;
  };
  try {
    return await (work.unit === "ms" ? repairs(lab, work, start) : throughput(work, start));
  } finally {
    await Promise.all(programs.map((program) => program.end()));
    await lab.close();
  }
}

type Start = (side: "source" | "receiver", role: string, number: number) => Program;

async function throughput({ count }: Workload, start: Start): Promise<Sample> {
  const receiver = start("receiver", "count", count);
  await joins(receiver.pid);
  const source = start("source", "flood", count);
  const [spent, { messages, lost, seconds, used }] = await Promise.all([
    timed<{ sent: number }>(source),
    timed<{ messages: number; lost: number; seconds: number }>(receiver),
  ]);
  const after = count * (1 - WARM_UP);
  return { value: messages / seconds, source: spent.used / after, receiver: used / messages, lost };
}

async function repairs(lab: Lab, { count }: Workload, start: Start): Promise<Sample> {
  await lab.hosts[1]!.drop(DROP_MARKED);
  const receiver = start("receiver", "repair", count);
  await joins(receiver.pid);
  const source = start("source", "pace", INTERVAL_MS);
  const { milliseconds } = await receiver.line<{ milliseconds: number[] }>();
  const late = milliseconds.filter((value) => value >= NEVER_LOST_MS);
  if (late.length < count / 2) throw new Error(`only ${late.length} of ${count} messages were dropped`);
  const each = (pid: number) => usage(pid).processor * 1000 / (count * 100);
  return { value: median(late), source: each(source.pid), receiver: each(receiver.pid), lost: 0 };
}

/** What a program prints at the end of what it times, with the processor time that it took from the start, µs. */
async function timed<T>(program: Program): Promise<T & { used: number }> {
  await program.line(LIMIT_MS);
  const before = usage(program.pid).processor;
  const result = await program.line<T>(LIMIT_MS);
  return { ...result, used: (usage(program.pid).processor - before) * 1000 };
}

/** Until the process's host has joined the group: what is sent before that is no loss. */
async function joins(pid: number): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await setTimeout(10)) {
    if (readFileSync(`/proc/${pid}/net/igmp`, "utf8").includes(GROUP_AS_THE_KERNEL_HAS_IT)) return;
  }
  throw new Error("the receiver has joined no group");
}

function joined(source: Contender, receiver: Contender): Contender {
  return {
    id: `${source.id} → ${receiver.id}`,
    version: source.version,
    end: (side, ...task) => (side === "source" ? source : receiver).end(side, ...task),
  };
}

function compile(): Contender {
  mkdirSync(CACHE, { recursive: true });
  const binary = join(CACHE, "bench-multicast");
  output("cc", ["-O2", "-o", binary, join(HERE, "multicast/libzmq.c"), "-lzmq", "-lpthread"]);
  return {
    id: RIVAL,
    version: `libzmq ${output(binary, ["version"])}`,
    end: (_side, ...task) => [binary, ...task.map(String)],
  };
}

function output(command: string, args: string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" });
  if (done.error !== undefined) throw new Error(`${command} cannot be run: ${done.error.message}`);
  if (done.status !== 0) {
    const reason = done.stderr.split("\n").find((line) => /error/.test(line)) ?? done.stderr;
    throw new Error(`${reason.trim()} (Debian's package: libzmq3-dev)`);
  }
  return done.stdout.trim();
}
