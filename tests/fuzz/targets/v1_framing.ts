/**
 * The framing of ZMTP 1.0 (RFC 13), in and out: frames whose lengths may lie, held against a reader that has all
 * octets at once and knows nothing of v2, and messages that must come back as they were sent.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import type { DecoderLimits } from "../../../src/zmtp/decoder.ts";
import { V1Decoder, V1Encoder } from "../../../src/zmtp/v1_framing.ts";
import { encodeCommand, WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { join } from "../../support/transcript.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";
import { feed, toldInAnyPieces } from "../feeding.ts";
import { must, mustEqual, showAll } from "../holds.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf, pieces, uint32 } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

/** A frame as it is written; `claim` is a length that its header names in place of its own, in two halves. */
export interface V1Frame {
  readonly flags: number;
  readonly long: boolean;
  readonly claim: readonly number[] | null;
  readonly body: Body;
}

interface Input {
  readonly frames: V1Frame[];
  readonly messages: Body[][];
  readonly edits: Edit[];
  readonly cuts: number[];
  /** What the sink answers, message by message; then always yes. */
  readonly room: boolean[];
  readonly limits: { readonly frame: number; readonly message: number; readonly parts: number };
}

/** A memory is made for at most so much more than what came, whatever a header says. */
const AHEAD = 1024 * 1024;

export const v1Framing: AnyTarget = target<Input>({
  name: "v1_framing",
  promise:
    "reads what a plain reader of RFC 13 reads, in any pieces, within its limits, and what it has written",
  input: (fc) =>
    fc.record<Input>({
      frames: fc.array(v1Frame(fc), { maxLength: 8 }),
      messages: fc.array(fc.array(body(fc), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      edits: edits(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 6 }),
      limits: fc.record({
        frame: fc.constantFrom(0, 10, 253, 254, 9000, 2 ** 53, 2 ** 53, 2 ** 53),
        message: fc.constantFrom(0, 12, 300, 9000, 2 ** 53, 2 ** 53, 2 ** 53),
        parts: fc.constantFrom(1, 2, 3, 65_536),
      }),
    }),
  check(input) {
    const wire = edited(join(...input.frames.map(encodeV1)), input.edits);
    const expected = readPlainly(wire, input.limits);
    mustEqual(
      toldInAnyPieces(wire, input.cuts, (chunks) => decode(chunks, input)),
      expected,
      "Of this stream",
    );
    const unlimited = { ...input, limits: { frame: Infinity, message: Infinity, parts: 65_536 } };
    const told = decode(pieces(written(input.messages), input.cuts), unlimited);
    mustEqual(told, input.messages.map((parts) => showAll(parts.map(octetsOf))), "What was written");
  },
});

/** Mostly sound. */
export function v1Frame(fc: FastCheck): Arbitrary<V1Frame> {
  return fc.record<V1Frame>({
    flags: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 0, 1) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
    long: fc.boolean(),
    claim: fc.option(
      fc.array(uint32(fc), { minLength: 2, maxLength: 2 }).map(([high, low]) => [high! % 3, low!]),
      { freq: 12 },
    ),
    body: body(fc),
  });
}

/** The octets of a frame. One that has no room for its length in the short form has the long one. */
export function encodeV1({ flags, long, claim, body }: V1Frame): Uint8Array {
  const octets = octetsOf(body);
  const [high, low] = claim ?? [0, octets.length + 1];
  if (!long && claim === null && low! < 255) return join([low!, flags], octets);
  const header = new Uint8Array(10);
  header[0] = 255;
  const view = new DataView(header.buffer);
  view.setUint32(1, high!);
  view.setUint32(5, low!);
  header[9] = flags;
  return join(header, octets);
}

/** RFC 13 and the limits, by somebody who has all octets at once. */
function readPlainly(wire: Uint8Array, { frame, message, parts: most }: DecoderLimits): string[] {
  const told: string[] = [];
  const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
  let parts: Uint8Array[] = [];
  for (let at = 0; at < wire.length;) {
    const first = wire[at]!;
    if (first === 0) return [...told, "ERR_ZMTP_UNSPECIFIED"];
    const header = first === 255 ? 10 : 2;
    if (at + header > wire.length) return told;
    const length = first === 255 ? view.getBigUint64(at + 1) : BigInt(first);
    if (length === 0n) return [...told, "ERR_ZMTP_UNSPECIFIED"];
    const size = Number(length - 1n);
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    if (size > Math.min(frame, message - total)) return [...told, "ERR_ZMTP_MESSAGE_TOO_LONG"];
    if (length > 2n ** 48n) return [...told, "ERR_ZMTP_MESSAGE_TOO_LONG"];
    const flags = wire[at + header - 1]!;
    at += header + size;
    if (at > wire.length) return told;
    parts.push(wire.subarray(at - size, at));
    if (parts.length + (flags & 1) > most) return [...told, "ERR_ZMTP_MESSAGE_TOO_LONG"];
    if (flags & 1) continue;
    told.push(showAll(parts));
    parts = [];
  }
  return told;
}

/** What the decoder tells of these pieces; every second chunk goes straight where it asks for it. */
function decode(chunks: readonly Uint8Array[], input: Pick<Input, "room" | "limits">): string[] {
  const told: string[] = [];
  let received = 0;
  const limits: DecoderLimits = {
    ...input.limits,
    allocate(length) {
      must(length <= Math.max(AHEAD, 2 * received), `${length} octets of memory for ${received} that came`);
      return new Uint8Array(length);
    },
  };
  const sink = {
    onMessage(parts: readonly Uint8Array[]) {
      told.push(showAll(parts));
      return input.room[told.length - 1] ?? true;
    },
    onCommand(): boolean {
      throw new Error("a command, of which ZMTP 1.0 has none");
    },
  };
  const decoder = new V1Decoder(sink, limits);
  const error = feed(decoder, chunks, ProtocolError, { room: input.room, came: (n) => received += n });
  if (error === undefined) return told;
  const before = told.length;
  decoder.resume();
  decoder.decode(Uint8Array.of(2, 0, 65));
  decoder.resume();
  must(decoder.target() === undefined && told.length === before, "goes on after its failure");
  return [...told, error.code];
}

/** These messages as they leave for a 1.0 peer, commands among them. */
function written(messages: readonly Body[][]): Uint8Array {
  const encoder = new V1Encoder();
  const out: Uint8Array[] = [];
  const queue = new WireQueue(4096);
  for (const parts of messages) queue.append(parts.map(octetsOf));
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
    for (const chunk of encoder.seal([encodeCommand("SUBSCRIBE", Uint8Array.of(65)), ...batch])) {
      must(chunk.length > 0, "an empty chunk");
      out.push(chunk.slice());
    }
    encoder.recycle();
    queue.recycle();
  }
  return join(...out);
}
