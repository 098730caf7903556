/**
 * What `tests/seam/assert.ts` needs of `node:assert`, for a page: strict equality, deep and not. As there, values
 * are equal only if their prototypes are, and `0` is not `-0`.
 *
 * @module
 */

export default { strictEqual, notStrictEqual, deepStrictEqual, notDeepStrictEqual };

function strictEqual(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${show(actual)} is not ${show(expected)}`);
}

function notStrictEqual(actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected)) throw new Error(`both are ${show(actual)}`);
}

function deepStrictEqual(actual: unknown, expected: unknown): void {
  if (!same(actual, expected)) throw new Error(`${show(actual)} does not equal ${show(expected)}`);
}

function notDeepStrictEqual(actual: unknown, expected: unknown): void {
  if (same(actual, expected)) throw new Error(`both equal ${show(actual)}`);
}

function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof Map || one instanceof Set) {
    const [left, right] = [[...one], [...other as Iterable<unknown>]];
    // The order does not count; each finds a twin, and none is found twice.
    return left.length === right.length && left.every((entry) => {
      const found = right.findIndex((candidate) => same(entry, candidate));
      if (found >= 0) right.splice(found, 1);
      return found >= 0;
    });
  }
  if (one instanceof Error && (one.message !== (other as Error).message)) return false;
  const [keys, others] = [Reflect.ownKeys(one), Reflect.ownKeys(other)].map((all) => all.filter(counts));
  return keys!.length === others!.length && keys!.every((key) =>
    Object.hasOwn(other, key) &&
    same((one as Record<PropertyKey, unknown>)[key], (other as Record<PropertyKey, unknown>)[key])
  );
}

/** An error's stack is its own. */
function counts(key: PropertyKey): boolean {
  return key !== "stack";
}

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} [${value}]`;
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} ${show([...value])}`;
  try {
    return JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? `${inner}n` : inner) ??
      String(value);
  } catch {
    return String(value);
  }
}
