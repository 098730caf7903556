/**
 * A target: one part of the module, what it is fed with, and what must hold whatever that is. An input is plain data
 * (`corpus.ts` writes it as JSON), a check is a function of it: no clock, no random numbers, nothing kept from run to
 * run. The short run and the long one are two drivers of the same targets.
 */

import type { Arbitrary, FastCheck, RunDetails } from "./fast_check.ts";

/** One target. */
export interface Target<T> {
  /** The name of its file, and of what is found by it. */
  readonly name: string;
  /** What must hold, as the name of a test. */
  readonly promise: string;
  /** So many runs of the short kind; default 300. */
  readonly runs?: number;
  /** What it is fed with. */
  input(fc: FastCheck): Arbitrary<T>;
  /** Throws if something does not hold. */
  check(input: T): void;
}

/** A target of any input: whoever runs it need not know which. */
export type AnyTarget = Target<unknown>;

/** Keeps the type of the input to the file that it is made in. */
export function target<T>(given: Target<T>): AnyTarget {
  return given as unknown as AnyTarget;
}

/** Milliseconds that one check may take: they are of microseconds, so this is a loop, or a backtracking expression. */
const LONGEST = 5000;

/** Runs a target so often, or until the time is up; from `path` on, which an earlier run with this seed has told. */
export function run(
  fc: FastCheck,
  { input, check }: AnyTarget,
  seed: number,
  runs: number,
  { milliseconds, path }: { readonly milliseconds?: number; readonly path?: string } = {},
): RunDetails<unknown> {
  const property = fc.property(input(fc), (value) => {
    const start = performance.now();
    check(value);
    const took = performance.now() - start;
    if (took > LONGEST) throw new Error(`One check took ${Math.round(took)} ms`);
  });
  return fc.check(property, {
    seed,
    numRuns: runs,
    ...(milliseconds === undefined ? {} : { interruptAfterTimeLimit: milliseconds }),
    ...(path === undefined ? {} : { path }),
  });
}
