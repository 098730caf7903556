/**
 * What the ends of a lab test send each other. Every end makes the messages anew from their numbers, so that a
 * receiver can tell exactly what must come next; `peer_epgm.py` makes the same.
 *
 * @module
 */

/** What a publisher says until its subscribers are there. */
export const GREETING = "hello";

/** `mixed`: one part, several, empty, 100 kB. `numbered`: source, number, padding; `single`: the same in one part. */
export type Shape = "mixed" | "numbered" | "single";

/** The message with this number; but for the mixed shape from this source and with so much padding. */
export function message(shape: Shape, source: string, number: number, size: number): string[] {
  const text = `${number}`;
  if (shape === "numbered") return [source, text, blank(size)];
  if (shape === "single") return [`${source} ${text} ${blank(size)}`];
  if (number % 1000 === 999) return [text + blank(100_000 - text.length)];
  switch (number % 10) {
    case 3:
      return [""];
    case 5:
      return [text, "", blank(number % 300)];
    case 7:
      // 253 octets are the longest body with the short header of a frame (epgm: ZMTP/1.0), 254 the shortest without.
      return [text, "", text, blank(253), blank(254), ""];
    default:
      return [text + blank(number * 37 % 200)];
  }
}

/** What a receiver saw of each source: the numbers that followed each other, from and to. */
export interface Seen {
  readonly [source: string]: readonly (readonly [number, number])[];
}

/** Parts as a complaint shows them. */
export function short(parts: readonly string[]): string {
  return JSON.stringify(parts.map((part) => `${part.slice(0, 12)}(${part.length})`));
}

function blank(size: number): string {
  return ".".repeat(size);
}
