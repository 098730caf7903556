/**
 * A test with figures: what goes wrong on purpose, and what came of it as numbers. The matrix runs each with small
 * numbers; `deno task faults` runs the same code in full size and makes a table of what they answer.
 *
 * Memory is the growth of this process's resident set up to its peak: by the kernel's own mark where it can be set
 * back (Linux), else by looking at it forty times a second.
 *
 * @module
 */

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Scope, within } from "../interop/scope.ts";

/** What came of a fault. Counts are messages. */
export interface Figures {
  /** How many were accepted by `send`, or made by a peer of octets. */
  readonly sent: number;
  /** How many different ones the receiver's program got. */
  readonly delivered: number;
  /** How many it got again. */
  readonly doubled?: number;
  /** How many came after one that was sent later. */
  readonly disordered?: number;
  /** How many of the lost ones the socket's own counters tell of. */
  readonly counted?: number;
  /** A number that the row is about beside these, in a few words. */
  readonly note?: string;
  /** MiB that this process may have grown, and `SLACK` for the collector. */
  readonly bound?: number;
}

/** MiB that a heap may hold back before it is collected; the list of faults grants it to every row. */
const SLACK = 64;

/** Whether the numbers are those of the list of faults, and not smaller ones. */
const full = process.env.PUREMQ_FAULTS === "full";
const report = process.env.PUREMQ_FAULTS_REPORT;
const rows = process.env.PUREMQ_FAULTS_ROWS?.split(",").filter((row) => row !== "") ?? [];

/** One test, and the world that it spoils. */
export class World extends Scope {
  readonly full: boolean = full;
  #done: (() => void)[] = [];

  /** The number of the matrix, or that of the list. */
  size(small: number, large: number): number {
    return full ? large : small;
  }

  /** Lets time pass, but not beyond the end of the test. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#done.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  override async end(): Promise<void> {
    for (const done of this.#done) done();
    this.#done = [];
    await super.end();
  }
}

let group = "";

/** Declares several that have something in common. */
export function faultGroup(name: string, body: () => void): void {
  group = name;
  describe(name, body);
}

/**
 * Declares one: what goes wrong, and in parentheses the rows that it is about. The body answers what came of it, or
 * that of several cases, and throws if a promise is broken.
 */
export function faultTest(
  name: string,
  body: (world: World) => Promise<Figures | Readonly<Record<string, Figures>>>,
  seconds = 30,
): void {
  if (!wanted(name)) return;
  const told = { group, name };
  it(name, async () => {
    const world = new World();
    const memory = new Memory();
    let complete = false;
    try {
      const answer = await within(body(world), seconds * 1000, `the fault "${name}"`);
      const cases = isFigures(answer) ? { "": answer } : answer;
      const growth = memory.growth();
      const bounds = Object.values(cases).map(({ bound = Infinity }) => bound);
      const bound = Math.min(...bounds) + SLACK;
      const error = growth > bound ? { error: `grew by more than ${bound} MiB` } : {};
      complete = true;
      for (const [label, figures] of Object.entries(cases)) {
        tell(told, label, { ...figures, growth, ...error });
      }
      assert(growth <= bound, `grew by ${growth} MiB, and ${bound} are allowed`);
    } catch (error) {
      if (!complete) tell(told, "", { error: String((error as Error).message).split("\n")[0] });
      throw error;
    } finally {
      memory.stop();
      await world.end();
    }
  });
}

/** The same, reported as skipped with the reason where it cannot be made to go wrong here. */
export function faultTestIf(
  reason: string | undefined,
  name: string,
  body: (world: World) => Promise<Figures | Readonly<Record<string, Figures>>>,
  seconds?: number,
): void {
  if (reason === undefined) faultTest(name, body, seconds);
  else if (wanted(name)) {
    tell({ group, name }, "", { skipped: reason });
    it.skip(`${name} (skipped: ${reason})`);
  }
}

function wanted(name: string): boolean {
  return rows.length === 0 || rows.some((row) => name.split(/[ ,()]+/).includes(row));
}

function isFigures(answer: Figures | Readonly<Record<string, Figures>>): answer is Figures {
  return typeof answer.sent === "number";
}

function tell(who: { readonly group: string; readonly name: string }, label: string, details: object): void {
  if (report) appendFileSync(report, `${JSON.stringify({ ...who, label, ...details })}\n`);
}

/** How far this process grows from now on. */
class Memory {
  readonly #before = residentSet();
  #peak = this.#before;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #kernel: boolean = resetPeak();

  constructor() {
    if (!this.#kernel) this.#timer = setInterval(() => this.#look(), 25);
  }

  /** MiB up to the peak. */
  growth(): number {
    this.#look();
    return Math.max(0, Math.round((this.#peak - this.#before) / (1 << 20)));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, this.#kernel ? kernelPeak() : residentSet());
  }
}

function residentSet(): number {
  return process.memoryUsage().rss;
}

/** Sets the mark of the largest resident set back to what it is now (proc(5), clear_refs). */
function resetPeak(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

function kernelPeak(): number {
  const line = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}
