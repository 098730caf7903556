/**
 * How a check says what does not hold, and what it writes down to compare: what a decoder or engine told, as lines.
 */

/** Fails unless it is so. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Fails unless two records agree. */
export function mustEqual(actual: readonly string[], expected: readonly string[], what: string): void {
  const same = actual.length === expected.length && actual.every((line, i) => line === expected[i]);
  if (same) return;
  throw new Error(
    `${what}:\n${actual.join("\n") || "(nothing)"}\nin place of\n${expected.join("\n") || "(nothing)"}`,
  );
}

/** What a call throws, if it is of a kind that is documented; any other exception goes on. */
export function refused<E extends Error>(
  kind: new (...given: never[]) => E,
  call: () => unknown,
): E | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  return undefined;
}

/** Octets in a line: short ones in full, long ones by length and sum. */
export function show(octets: Uint8Array): string {
  const { length } = octets;
  if (length <= 32) return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("") || "-";
  let sum = 0x811c9dc5;
  for (let i = 0; i < length; i++) sum = Math.imul(sum ^ octets[i]!, 0x01000193);
  return `${length}:${(sum >>> 0).toString(16)}`;
}

/** The frames of a message in a line. */
export function showAll(frames: readonly Uint8Array[]): string {
  return frames.map(show).join(" ");
}
