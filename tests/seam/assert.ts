/**
 * What the tests import as `@std/assert` where the registry of that package does not answer, and always on
 * Bun and Node: the part of it that is in use, over `node:assert`. Same names, same argument order, same
 * verdicts. Where `node:assert` is stricter (it tells `0` from `-0`) it stays stricter: what passes here
 * passes there.
 *
 * Like the original, `assertEquals` compares constructors: a `Frame` never equals a plain `Uint8Array`. For
 * octets use `assertBytes` of `tests/support/bytes.ts`.
 */

import nodeAssert from "node:assert";

/** A class of errors, as `assertThrows` and `assertRejects` take it. */
// deno-lint-ignore no-explicit-any
export type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;

/** What every failed assertion throws. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
}

/** Fails unless the value is truthy. */
export function assert(value: unknown, message = "expected a truthy value"): asserts value {
  if (!value) throw new AssertionError(message);
}

/** Fails unless the value is falsy. */
export function assertFalse(value: unknown, message = "expected a falsy value"): void {
  if (value) throw new AssertionError(message);
}

/** Fails, always. */
export function fail(message?: string): never {
  throw new AssertionError(message === undefined ? "failed" : `failed: ${message}`);
}

/** Fails unless both are deeply equal, their constructors included. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  explained(() => nodeAssert.deepStrictEqual(actual, expected), message);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  explained(() => nodeAssert.notDeepStrictEqual(actual, expected), message);
}

/** Fails unless both are the same value, as by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  explained(() => nodeAssert.strictEqual(actual, expected), message);
}

/** Fails if both are the same value, as by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  explained(() => nodeAssert.notStrictEqual(actual, expected), message);
}

/** Fails if the value is `undefined` or `null`. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw new AssertionError(message ?? `expected a value, got ${actual}`);
  }
}

/** Fails unless the value is an instance of the class. */
// deno-lint-ignore no-explicit-any
export function assertInstanceOf<C extends abstract new (...args: any[]) => any>(
  actual: unknown,
  expected: C,
  message?: string,
): asserts actual is InstanceType<C> {
  if (actual instanceof expected) return;
  throw new AssertionError(
    message ?? `expected an instance of ${expected.name}, got ${describeValue(actual)}`,
  );
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (actual.search(expected) >= 0) return;
  throw new AssertionError(message ?? `expected ${JSON.stringify(actual)} to match ${expected}`);
}

/** Fails unless the text contains the other. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(
    message ?? `expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`,
  );
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) throw new AssertionError(message ?? `expected ${actual} > ${expected}`);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) throw new AssertionError(message ?? `expected ${actual} >= ${expected}`);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) throw new AssertionError(message ?? `expected ${actual} < ${expected}`);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) throw new AssertionError(message ?? `expected ${actual} <= ${expected}`);
}

/** Fails unless the function throws; with a class and a text, unless the error is such and says so. */
export function assertThrows(run: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error>(
  run: () => unknown,
  errorClass: ErrorClass<E>,
  includes?: string,
  message?: string,
): E;
export function assertThrows(
  run: () => unknown,
  errorClass?: ErrorClass | string,
  includes?: string,
  message?: string,
): unknown {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
    return checked(thrown, errorClass, includes, message);
  }
  throw new AssertionError(text(errorClass, message) ?? "expected the function to throw");
}

/**
 * Fails unless the promise rejects; with a class and a text, unless the error is such and says so. A throw
 * before there is a promise is a failure: whoever promises to reject must not throw.
 */
export function assertRejects(run: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
export function assertRejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  run: () => PromiseLike<unknown>,
  errorClass?: ErrorClass | string,
  includes?: string,
  message?: string,
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = run();
  } catch (error) {
    throw new AssertionError(`expected a rejection, but the function threw: ${describeValue(error)}`);
  }
  try {
    await promise;
  } catch (error) {
    return checked(error, errorClass, includes, message);
  }
  throw new AssertionError(text(errorClass, message) ?? "expected the promise to reject");
}

function checked(
  error: unknown,
  errorClass: ErrorClass | string | undefined,
  includes: string | undefined,
  message: string | undefined,
): unknown {
  if (typeof errorClass !== "function") return error;
  const prefix = message === undefined ? "" : `${message}: `;
  if (!(error instanceof errorClass)) {
    throw new AssertionError(`${prefix}expected a ${errorClass.name}, got ${describeValue(error)}`);
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    throw new AssertionError(
      `${prefix}expected the error to say ${JSON.stringify(includes)}, got ${JSON.stringify(error.message)}`,
    );
  }
  return error;
}

/** `assertThrows(run, "message")` carries its message where the class stands otherwise. */
function text(errorClass: unknown, message: string | undefined): string | undefined {
  return typeof errorClass === "string" ? errorClass : message;
}

/** Keeps `node:assert`'s difference listing under a message of our own. */
function explained(compare: () => void, message: string | undefined): void {
  try {
    compare();
  } catch (error) {
    const difference = (error as Error).message;
    throw new AssertionError(message === undefined ? difference : `${message}\n${difference}`);
  }
}

function describeValue(value: unknown): string {
  if (value instanceof Error) return `${value.constructor.name}: ${value.message}`;
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
