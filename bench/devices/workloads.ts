/**
 * What is measured through a device, and how one measurement goes: a fresh device process, fresh C clients, a
 * warm-up, a window of time.
 *
 * @module
 */

import type { Clients, Contender } from "./contenders.ts";
import { observe, Program, type Usage } from "./process.ts";

/** A row of the table. */
export interface Workload {
  readonly row: string;
  readonly part: Part;
  readonly unit: "msg/s" | "µs";
  /** What zmq_proxy is to be reached by: at least (throughput) or at most (round trip) this multiple. */
  readonly goal?: number;
  readonly kind: string;
  /**
   * Shorter measurements a round, where scheduling decides: a round trip is 40 µs or 190 µs long for the life of
   * four processes, whoever they are, and a median of few such is a coin that was tossed.
   */
  readonly times?: number;
  /** The client that is started first and serves, and the one that prints the result. */
  clients(front: string, back: string, warmMs: number, windowMs: number): Command[];
}

/** What one measurement found. */
export interface Sample {
  readonly value: number;
  /** Of round trips, the 99th of a hundred. */
  readonly p99?: number;
  /** Processor time of the device a message, µs. */
  readonly processor: number;
  readonly lost?: number;
}

/** How a device's memory went while a slow back end took `count` messages. */
export interface MemoryRun {
  readonly count: number;
  readonly rate: number;
  /** Before the first message. */
  readonly idleMiB: number;
  /** After the warm-up. */
  readonly startMiB: number;
  readonly maxMiB: number;
  readonly endMiB: number;
  /** Of the straight line through the second half, MiB for each million messages. */
  readonly slope: number;
  /** Ten a run. */
  readonly course: readonly number[];
}

/** What --only selects. */
export type Part = "streamer" | "queue" | "forwarder" | "memory";

type Command = readonly (string | number)[];

interface Printed {
  readonly messages: number;
  readonly seconds: number;
  readonly rate?: number;
  readonly median?: number;
  readonly p99?: number;
  readonly lost?: number;
}

export const SUBSCRIBERS = 100;
/** How far the publisher may be ahead of the slowest subscriber: below half of what libzmq drops at. */
export const AHEAD = 400;
/** Requests that the pipelined client has under way. */
export const IN_FLIGHT = 200;
const SIZES = [10, 100, 1000, 10_000];
const SLOW = { size: 100, rate: 400_000 };
const ANY = "tcp://127.0.0.1:*";

/** All rows. */
export function workloads(): Workload[] {
  return [
    ...SIZES.map((size): Workload => ({
      row: `streamer/${size}`,
      part: "streamer",
      unit: "msg/s",
      kind: "streamer",
      goal: size === 100 || size === 1000 ? 1 : undefined,
      clients: (front, back, ...times) => [["push", front, size], ["pull", back, size, ...times]],
    })),
    {
      row: "queue/round trip/10",
      part: "queue",
      unit: "µs",
      kind: "queue",
      times: 3,
      goal: 1.1,
      clients: (front, back, ...times) => [["rep", back], ["req", front, 10, ...times]],
    },
    {
      row: "queue/pipelined/10",
      part: "queue",
      unit: "msg/s",
      kind: "queue",
      times: 3,
      clients: (front, back, ...times) => [["rep", back], ["dealer", front, 10, IN_FLIGHT, ...times]],
    },
    {
      row: "forwarder/100",
      part: "forwarder",
      unit: "msg/s",
      kind: "forwarder",
      goal: 1,
      clients: (front, back, ...times) => [["pubsub", front, back, 100, SUBSCRIBERS, AHEAD, ...times]],
    },
  ];
}

/** Measures a row once. */
export async function measure(
  contender: Contender,
  clients: Clients,
  work: Workload,
  warmMs: number,
  windowMs: number,
): Promise<Sample> {
  return await withDevice(contender, work.kind, async (device, front, back, start) => {
    const stop = observe(device.pid);
    let seen: Usage[] = [];
    let printed: Printed;
    try {
      const commands = work.clients(front, back, warmMs, windowMs);
      printed = await commands.map((command) => start(clients.command(...command))).at(-1)!.line<Printed>();
    } finally {
      seen = stop();
    }
    const last = seen.at(-1)!;
    const first = seen.findLast(({ time }) => time <= last.time - windowMs) ?? seen[0]!;
    const cores = (last.processor - first.processor) / (last.time - first.time);
    return {
      value: (work.unit === "µs" ? printed.median : printed.rate)!,
      p99: printed.p99,
      processor: cores * 1e6 * printed.seconds / printed.messages,
      lost: printed.lost,
    };
  });
}

/**
 * Sends `count` messages through a streamer whose back end takes fewer than its front end is offered; as many
 * before that, as fast as they go, let V8's young generation grow to its size: it does so in steps of 16 MiB, up
 * to a minute apart, that would look like a leak.
 */
export async function measureMemory(
  contender: Contender,
  clients: Clients,
  count: number,
): Promise<MemoryRun> {
  return await withDevice(contender, "streamer", async (device, front, back, start) => {
    const [idle] = observe(device.pid)();
    start(clients.command("push", front, SLOW.size));
    const slow = start(clients.command("take", back, SLOW.size, count, count, SLOW.rate));
    await slow.line<Printed>();
    const stop = observe(device.pid);
    let seen: Usage[] = [];
    let printed: Printed;
    try {
      printed = await slow.line<Printed>();
    } finally {
      seen = stop();
    }
    const mib = seen.map(({ resident }) => resident / 1024);
    const span = seen.at(-1)!.time - seen[0]!.time;
    return {
      count,
      rate: printed.rate!,
      idleMiB: idle!.resident / 1024,
      startMiB: mib[0]!,
      maxMiB: Math.max(...mib),
      endMiB: mib.at(-1)!,
      slope: slopeOf(seen.slice(seen.length >> 1)) / 1024 * span / (count / 1e6),
      course: Array.from({ length: 10 }, (_, i) => Math.round(mib[Math.floor((mib.length - 1) * i / 9)]!)),
    };
  });
}

type Start = (command: readonly string[]) => Program;

async function withDevice<T>(
  contender: Contender,
  kind: string,
  work: (device: Program, front: string, back: string, start: Start) => Promise<T>,
): Promise<T> {
  const programs: Program[] = [];
  const start = (command: readonly string[]): Program => {
    const program = new Program(command);
    programs.push(program);
    return program;
  };
  try {
    const device = start(contender.device(kind, ANY, ANY));
    const bound = await device.line<{ front: string; back: string }>(10_000);
    return await work(device, bound.front, bound.back, start);
  } finally {
    // The device last: its clients gone, nothing keeps it from ending at once.
    for (const program of programs.reverse()) await program.end();
  }
}

/** KiB a millisecond, by least squares. */
function slopeOf(seen: readonly Usage[]): number {
  const mean = (of: (one: Usage) => number): number =>
    seen.reduce((sum, one) => sum + of(one), 0) / seen.length;
  const time = mean((one) => one.time);
  const resident = mean((one) => one.resident);
  const squares = mean((one) => (one.time - time) ** 2);
  return squares === 0 ? 0 : mean((one) => (one.time - time) * (one.resident - resident)) / squares;
}
