/**
 * What unit tests import as `@std/testing/bdd` when they run in a page: collects them, and `runTests`, a global,
 * runs them and tells what came of each.
 *
 * @module
 */

import type { Body, Describe, It, TestOptions } from "../../seam/bdd.ts";

/** What came of one test. */
export interface Outcome {
  /** Its groups and its name. */
  readonly name: string;
  readonly skipped?: boolean;
  /** What it threw. */
  readonly error?: string;
}

interface Group {
  readonly path: string;
  readonly outer: Group | undefined;
  readonly skipped: boolean;
  readonly before: Body[];
  readonly after: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  readonly entries: (Group | Test)[];
}

interface Test {
  readonly name: string;
  /** Absent: skipped. */
  readonly body: Body | undefined;
}

const LIMIT = 20_000;

const top: Group = makeGroup("", undefined, false);
let current = top;

/** Groups tests under a name. */
export const describe: Describe = Object.assign(
  (name: string, body: () => void) => group(name, body, current.skipped),
  {
    skip: (name: string, body: () => void) => group(name, body, true),
    ignore: (name: string, body: () => void) => group(name, body, true),
  },
);

/** Registers one test. */
export const it: It = Object.assign(test, {
  skip: (name: string) => test(name, undefined),
  ignore: (name: string) => test(name, undefined),
});

export function beforeAll(body: Body): void {
  current.before.push(body);
}

export function afterAll(body: Body): void {
  current.after.push(body);
}

export function beforeEach(body: Body): void {
  current.beforeEach.push(body);
}

export function afterEach(body: Body): void {
  current.afterEach.push(body);
}

Object.assign(globalThis, { runTests: () => runGroup(top) });

function group(name: string, body: () => void, skipped: boolean): void {
  const outer = current;
  const inner = makeGroup(`${outer.path}${name} > `, outer, skipped);
  outer.entries.push(inner);
  current = inner;
  try {
    body();
  } finally {
    current = outer;
  }
}

function makeGroup(path: string, outer: Group | undefined, skipped: boolean): Group {
  return { path, outer, skipped, before: [], after: [], beforeEach: [], afterEach: [], entries: [] };
}

function test(name: string, options: TestOptions | Body | undefined, body?: Body): void {
  const run = typeof options === "function" ? options : options?.ignore ? undefined : body;
  current.entries.push({ name, body: current.skipped ? undefined : run });
}

async function runGroup(group: Group): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await all(group.before);
  for (const entry of group.entries) {
    if ("entries" in entry) outcomes.push(...await runGroup(entry));
    else outcomes.push(await runTest(entry, group));
  }
  await all(group.after);
  return outcomes;
}

async function runTest({ name, body }: Test, group: Group): Promise<Outcome> {
  const full = `${group.path}${name}`;
  if (body === undefined) return { name: full, skipped: true };
  const groups: Group[] = [];
  for (let each: Group | undefined = group; each; each = each.outer) groups.unshift(each);
  try {
    for (const { beforeEach } of groups) await all(beforeEach);
    try {
      await limited(body);
    } finally {
      for (const { afterEach } of groups.reverse()) await all(afterEach);
    }
    return { name: full };
  } catch (error) {
    return { name: full, error: (error as Error)?.stack ?? String(error) };
  }
}

async function all(bodies: readonly Body[]): Promise<void> {
  for (const body of bodies) await body();
}

async function limited(body: Body): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still running after ${LIMIT / 1000} s`)), LIMIT);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}
