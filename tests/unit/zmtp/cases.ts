/**
 * What messages look like on the wire (RFC 37, framing): one table for decoder and encoder.
 */

import { command, frame, join, longFrame, message, octets, pattern } from "../../support/transcript.ts";

/** A message and its octets. */
export interface WireCase {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  readonly wire: Uint8Array;
}

function row(name: string, ...bodies: readonly (Uint8Array | string)[]): WireCase {
  const frames = bodies.map((body) => typeof body === "string" ? octets(body) : body);
  return { name, frames, wire: message(...frames) };
}

/** In the form that a sender SHOULD choose: encoder and decoder agree on these. */
export const CANONICAL: readonly WireCase[] = [
  { name: "an empty frame", frames: [octets("")], wire: Uint8Array.of(0, 0) },
  { name: "one octet", frames: [Uint8Array.of(0xab)], wire: Uint8Array.of(0, 1, 0xab) },
  {
    name: "two frames",
    frames: [octets("a"), octets("b")],
    wire: Uint8Array.of(1, 1, 0x61, 0, 1, 0x62),
  },
  row("two empty frames", "", ""),
  row("an empty frame before a body", "", "body"),
  row("15 octets", pattern(15)),
  row("16 octets", pattern(16)),
  row("254 octets", pattern(254)),
  {
    name: "255 octets, the longest short frame",
    frames: [pattern(255)],
    wire: join([0, 255], pattern(255)),
  },
  {
    name: "256 octets, the shortest long frame",
    frames: [pattern(256)],
    wire: join([2, 0, 0, 0, 0, 0, 0, 1, 0], pattern(256)),
  },
  {
    name: "a long frame with MORE",
    frames: [pattern(300), octets("z")],
    wire: join([3, 0, 0, 0, 0, 0, 0, 1, 44], pattern(300), [0, 1, 0x7a]),
  },
  row("frames of 255, 256, 0 and 1 octets", pattern(255), pattern(256), "", "x"),
  row("a hundred frames", ...Array.from({ length: 100 }, (_, i) => pattern(i, i))),
  row("a body that looks like frames", join(frame("x"), command("PING"), [0xff, 0xff])),
];

/** Larger ones, where every split would take too long. */
export const LARGE: readonly WireCase[] = [
  row("16384 octets, the largest that is copied", pattern(16384)),
  row("16385 octets, the smallest that goes by reference", pattern(16385)),
  row("a large frame between small ones", "head", pattern(40000), "tail"),
  row("large frames first and last", pattern(20000), "middle", pattern(30000)),
  row("65535, 65536 and 65537 octets", pattern(65535), pattern(65536), pattern(65537)),
  row("more than a mebibyte", pattern(1_100_000)),
];

/** What a receiver must accept though a sender should not choose it. */
export const LENIENT: readonly WireCase[] = [
  { name: "the long form of nothing", frames: [octets("")], wire: longFrame("") },
  { name: "the long form of 5 octets", frames: [octets("hello")], wire: longFrame("hello") },
  {
    name: "a short frame behind a long one of few octets",
    frames: [octets("a"), octets("b")],
    wire: join(longFrame("a", 1), frame("b")),
  },
];
