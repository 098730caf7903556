/**
 * What inputs are made of: octets, texts and numbers near the places where parsers decide, changes to octets that
 * were sound, and the ways in which a stream can be cut. An input says how its octets are made, so that they can be
 * long without being drawn one by one.
 */

import type { Arbitrary, FastCheck } from "./fast_check.ts";

/** Octets: as they are, or so many of one kind. */
export type Body = Uint8Array | { readonly length: number; readonly fill: number };

/** Lengths at which some form of some framing begins or ends. */
const LENGTHS = [0, 1, 2, 15, 16, 32, 33, 125, 126, 127, 128, 253, 254, 255, 256, 257, 1024];
/** Lengths from which bodies are read straight into their memory, and those of whole slabs. */
const LARGE = [4096, 8191, 8192, 8193, 16_384, 16_385, 20_000];

/** Mostly short, sometimes of a telling length, seldom large. */
export function body(fc: FastCheck): Arbitrary<Body> {
  const filled = fc.record({ length: fc.constantFrom(...LENGTHS), fill: fc.nat(255) });
  const large = fc.record({ length: fc.constantFrom(...LARGE), fill: fc.nat(255) });
  return fc.oneof<Body>(
    { weight: 12, arbitrary: fc.uint8Array({ maxLength: 24 }) },
    { weight: 6, arbitrary: filled },
    { weight: 1, arbitrary: large },
  );
}

/** The octets that are meant. Those of a filled body differ from each other, so that a shift shows. */
export function octetsOf(given: Body): Uint8Array {
  if (given instanceof Uint8Array) return given;
  const octets = new Uint8Array(given.length);
  for (let i = 0; i < octets.length; i++) octets[i] = given.fill + i + (i >>> 8);
  return octets;
}

/** A change to octets that were sound: where, as a part of 65536 of their length, and what. */
export interface Edit {
  readonly at: number;
  readonly kind: "set" | "flip" | "insert" | "remove" | "repeat" | "cut";
  readonly value: number;
}

/** No change, most often; then a few. */
export function edits(fc: FastCheck, most = 4): Arbitrary<Edit[]> {
  const edit = fc.record<Edit>({
    at: fc.nat(65_535),
    kind: fc.constantFrom("set", "flip", "insert", "remove", "repeat", "cut"),
    value: fc.oneof(fc.constantFrom(0, 1, 2, 4, 127, 128, 254, 255), fc.nat(255)),
  });
  return fc.oneof<Edit[]>(fc.constant([]), fc.array(edit, { maxLength: most }));
}

/** The octets after the changes, in memory of their own. */
export function edited(octets: Uint8Array, all: readonly Edit[]): Uint8Array {
  let result: Uint8Array = octets.slice();
  for (const { at, kind, value } of all) {
    const { length } = result;
    const place = Math.floor(at / 65_536 * (length + (kind === "insert" ? 1 : 0)));
    switch (kind) {
      case "set":
        if (length > 0) result[place] = value;
        break;
      case "flip":
        if (length > 0) result[place]! ^= 1 << (value & 7);
        break;
      case "insert":
        result = spliced(result, place, 0, Uint8Array.of(value));
        break;
      case "remove":
        result = spliced(result, place, 1 + (value & 15), NOTHING);
        break;
      case "repeat":
        result = spliced(result, place, 0, result.slice(place, place + 1 + (value & 63)));
        break;
      case "cut":
        result = result.slice(0, place);
    }
  }
  return result;
}

const NOTHING = new Uint8Array(0);

function spliced(octets: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const end = Math.min(octets.length, at + removed);
  const result = new Uint8Array(octets.length - (end - at) + added.length);
  result.set(octets.subarray(0, at));
  result.set(added, at);
  result.set(octets.subarray(end), at + added.length);
  return result;
}

/** Lengths of the pieces that a stream comes in, over and over; a long one may end a body that was read straight. */
export function cuts(fc: FastCheck): Arbitrary<number[]> {
  const length = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 300 }) },
    { weight: 1, arbitrary: fc.integer({ min: 8000, max: 20_000 }) },
  );
  return fc.array(length, { minLength: 1, maxLength: 4 });
}

/** A stream whole, octet by octet (as far as that is not too long), and in pieces of these lengths. */
export function splittings(octets: Uint8Array, lengths: readonly number[]): Uint8Array[][] {
  return [
    pieces(octets, [Math.max(1, octets.length)]),
    octets.length <= 1500 ? pieces(octets, [1]) : pieces(octets, [1, 1, 1, 2, 61]),
    pieces(octets, lengths),
  ];
}

/** The pieces of a copy of the stream: whoever reads it may change what it was given, and nothing beside. */
export function pieces(octets: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const copy = octets.slice();
  const all: Uint8Array[] = [];
  for (let at = 0, i = 0; at < copy.length; i++) {
    const next = at + lengths[i % lengths.length]!;
    all.push(copy.subarray(at, next));
    at = next;
  }
  return all;
}

/** A text of these characters, which are likely to mean something. */
export function textOf(fc: FastCheck, tokens: readonly string[], most: number): Arbitrary<string> {
  const token = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ maxLength: 2, unit: "binary" }) },
  );
  return fc.array(token, { maxLength: most }).map((all) => all.join(""));
}

/** A 32-bit number, mostly near the ends of its range and of its halves. */
export function uint32(fc: FastCheck): Arbitrary<number> {
  return fc.oneof(
    fc.nat(20),
    fc.constantFrom(0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
}
