/**
 * npm's fast-check, as much of it as the targets use, with types of our own: it is fetched by the runner, so no
 * checker finds its declarations.
 */

import { createRequire } from "node:module";

/** How values are made, and made smaller. */
export interface Arbitrary<T> {
  map<U>(mapper: (value: T) => U): Arbitrary<U>;
}

interface Lengths {
  readonly minLength?: number;
  readonly maxLength: number;
}

interface Weighted<T> {
  readonly weight: number;
  readonly arbitrary: Arbitrary<T>;
}

/** What became of a run. */
export interface RunDetails<T> {
  readonly failed: boolean;
  readonly numRuns: number;
  readonly numShrinks: number;
  readonly seed: number;
  readonly counterexample: readonly [T] | null;
  readonly counterexamplePath: string | null;
  readonly errorInstance: unknown;
}

/** The library. */
export interface FastCheck {
  boolean(): Arbitrary<boolean>;
  nat(most: number): Arbitrary<number>;
  integer(range: { readonly min: number; readonly max: number }): Arbitrary<number>;
  constant<T>(value: T): Arbitrary<T>;
  constantFrom<T>(...values: readonly T[]): Arbitrary<T>;
  string(
    lengths: Lengths & { readonly unit?: "binary" | "binary-ascii" | Arbitrary<string> },
  ): Arbitrary<string>;
  uint8Array(lengths: Lengths): Arbitrary<Uint8Array>;
  array<T>(of: Arbitrary<T>, lengths: Lengths): Arbitrary<T[]>;
  record<T>(fields: { readonly [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T>;
  oneof<T>(...choices: readonly (Arbitrary<T> | Weighted<T>)[]): Arbitrary<T>;
  option<T>(of: Arbitrary<T>, options?: { readonly freq: number }): Arbitrary<T | null>;
  property<T>(of: Arbitrary<T>, check: (value: T) => void): object;
  check<T>(property: object, options: {
    readonly seed: number;
    readonly numRuns: number;
    readonly path?: string;
    readonly interruptAfterTimeLimit?: number;
    readonly markInterruptAsFailure?: boolean;
  }): RunDetails<T>;
}

/** The library from the folder that it is installed in: the form of it that can be required, by its own path, for Deno. */
export function loadFastCheck(folder: string): FastCheck {
  return createRequire(import.meta.url)(
    `${folder}/node_modules/fast-check/lib/cjs/fast-check.js`,
  ) as FastCheck;
}
