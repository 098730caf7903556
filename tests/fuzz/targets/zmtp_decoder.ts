/**
 * The v2 framing of ZMTP (RFC 37): frames whose headers may lie, a sink that has no room now and then, limits of any
 * size, and memory that bodies are read straight into.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import { Decoder } from "../../../src/zmtp/decoder.ts";
import type { DecoderLimits } from "../../../src/zmtp/decoder.ts";
import { feed, toldInAnyPieces } from "../feeding.ts";
import { must, mustEqual, show, showAll } from "../holds.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf, pieces, uint32 } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import { join } from "../../support/transcript.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";

/** A frame as it is written; `claim` is a size that its header names in place of its own, in two halves. */
export interface RawFrame {
  readonly flags: number;
  readonly claim: readonly number[] | null;
  readonly body: Body;
}

interface Input {
  readonly frames: RawFrame[];
  readonly edits: Edit[];
  readonly cuts: number[];
  /** What the sink answers, event by event; then always yes. */
  readonly room: boolean[];
  readonly limits: { readonly frame: number; readonly message: number; readonly parts: number };
  readonly commandMax: number;
}

/** A memory is made for at most so much more than what came, whatever a header says. */
const AHEAD = 1024 * 1024;

export const zmtpDecoder: AnyTarget = target<Input>({
  name: "zmtp_decoder",
  promise:
    "throws a ProtocolError once or none, tells the same in any pieces, and keeps no more than its limits",
  input: (fc) =>
    fc.record<Input>({
      frames: fc.array(rawFrame(fc), { maxLength: 8 }),
      edits: edits(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 6 }),
      limits: fc.record({
        frame: fc.constantFrom(0, 10, 255, 256, 9000, 2 ** 53, 2 ** 53, 2 ** 53),
        message: fc.constantFrom(0, 12, 300, 9000, 2 ** 53, 2 ** 53, 2 ** 53),
        parts: fc.constantFrom(1, 2, 3, 65_536),
      }),
      commandMax: fc.constantFrom(0, 9, 300, 66_560),
    }),
  check(input) {
    const wire = edited(join(...input.frames.map(encodeRaw)), input.edits);
    const whole = toldInAnyPieces(wire, input.cuts, (chunks) => decode(chunks, input, "at once"));
    const late = decode(pieces(wire, input.cuts), input, "late");
    mustEqual(late, whole, "With all of it kept until there is room");
  },
});

/** Mostly sound, with every flag that there is, and sizes that are not there. */
export function rawFrame(fc: FastCheck): Arbitrary<RawFrame> {
  return fc.record<RawFrame>({
    flags: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 6) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
    claim: fc.option(
      fc.array(uint32(fc), { minLength: 2, maxLength: 2 }).map(([high, low]) => [high! % 3, low!]),
      { freq: 12 },
    ),
    body: body(fc),
  });
}

/** The octets of a frame. One that has no room for its size in the short form has the long one. */
export function encodeRaw({ flags: given, claim, body }: RawFrame): Uint8Array {
  const octets = octetsOf(body);
  const flags = claim === null && octets.length > 255 ? given | 2 : given;
  const [high, low] = claim ?? [0, octets.length];
  if (!(flags & 2)) return join([flags, low! & 255], octets);
  const header = new Uint8Array(9);
  header[0] = flags;
  const view = new DataView(header.buffer);
  view.setUint32(1, high!);
  view.setUint32(5, low!);
  return join(header, octets);
}

/** What a decoder tells of these pieces; every second chunk goes straight where it asks for it. */
function decode(chunks: readonly Uint8Array[], input: Input, resume: "at once" | "late"): string[] {
  const told: string[] = [];
  let received = 0;
  function room(line: string): boolean {
    told.push(line);
    return input.room[told.length - 1] ?? true;
  }
  function allocate(length: number): Uint8Array {
    must(length <= Math.max(AHEAD, 2 * received), `${length} octets of memory for ${received} that came`);
    const most = Math.max(Math.min(limits.frame, limits.message), input.commandMax);
    must(length <= most, `${length} octets of memory for what may have ${most}`);
    return new Uint8Array(length);
  }
  const limits: DecoderLimits = { ...input.limits, allocate };
  const decoder = new Decoder(
    {
      onMessage(message) {
        const size = message.reduce((sum, { length }) => sum + length, 0);
        must(message.length <= limits.parts && size <= limits.message, "a message beyond the limits");
        return room(`message ${showAll(message)}`);
      },
      onCommand(body) {
        must(body.length <= input.commandMax, "a command beyond the limit");
        return room(`command ${show(body)}`);
      },
    },
    limits,
    input.commandMax,
  );
  const late = resume === "late";
  const error = feed(decoder, chunks, ProtocolError, { room: input.room, late, came: (n) => received += n });
  return error === undefined ? told : failed(decoder, told, error);
}

/** A decoder that has failed stays so, and says nothing more. */
function failed(decoder: Decoder, told: string[], { code }: ProtocolError): string[] {
  const before = told.length;
  decoder.resume();
  decoder.decode(Uint8Array.of(0, 1, 65));
  decoder.resume();
  must(decoder.target() === undefined, "a failed decoder wants to be filled");
  must(told.length === before, "a failed decoder goes on");
  // Which of two limits the sentence names depends on the pieces.
  return [...told, code];
}
