/**
 * WebSocket's framing (RFC 6455): frames whose headers may lie, fragments and control frames between them, masks, a
 * sink that has no room now and then, and memory that payloads are read straight into.
 */

import { WsDecoder } from "../../../src/ws/decoder.ts";
import { encodeFrame, readClose } from "../../../src/ws/frame.ts";
import { Violation } from "../../../src/ws/violation.ts";
import { join } from "../../support/transcript.ts";
import { feed, toldInAnyPieces } from "../feeding.ts";
import { must, mustEqual, refused, show } from "../holds.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf, pieces, uint32 } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";

/** A frame as it is written. */
export interface WsRawFrame {
  readonly opcode: number;
  readonly fin: boolean;
  /** Bits that are set in the first octet beside. */
  readonly reserved: number;
  readonly body: Body;
  /** A size that the header names in place of its own, in 64 bits. */
  readonly claim: readonly number[] | null;
  readonly key: number;
}

interface Input {
  readonly frames: WsRawFrame[];
  readonly masked: boolean;
  readonly edits: Edit[];
  readonly cuts: number[];
  readonly room: boolean[];
  readonly most: number;
}

const AHEAD = 1024 * 1024;

export const wsDecoder: AnyTarget = target<Input>({
  name: "ws_decoder",
  promise: "throws a Violation once or none, tells the same in any pieces, and keeps no more than its limit",
  input: (fc) =>
    fc.record<Input>({
      frames: wsRawFrames(fc),
      masked: fc.boolean(),
      edits: edits(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 6 }),
      most: fc.constantFrom(0, 10, 300, 9000, 2 ** 53),
    }),
  check(input) {
    const { frames, masked, edits: changes } = input;
    const wire = edited(join(...frames.map((frame) => encodeWsRaw(frame, masked))), changes);
    const whole = toldInAnyPieces(wire, input.cuts, (chunks) => decode(chunks, input, "at once"));
    mustEqual(decode(pieces(wire, input.cuts), input, "late"), whole, "Kept until there is room");
  },
});

/** Frames of any kind, and messages in fragments, with control frames between. */
export function wsRawFrames(fc: FastCheck): Arbitrary<WsRawFrame[]> {
  const fragments = fc.record({
    bodies: fc.array(body(fc), { minLength: 2, maxLength: 4 }),
    ping: fc.boolean(),
    key: uint32(fc),
  }).map(({ bodies, ping, key }) =>
    bodies.flatMap((body, i): WsRawFrame[] => {
      const last = i === bodies.length - 1;
      const frame = { opcode: i === 0 ? 2 : 0, fin: last, reserved: 0, body, claim: null, key };
      return ping && last ? [{ ...frame, opcode: 9, fin: true, body: NOTHING }, frame] : [frame];
    })
  );
  const one = wsRawFrame(fc).map((frame) => [frame]);
  return fc.array(fc.oneof({ weight: 3, arbitrary: one }, { weight: 1, arbitrary: fragments }), {
    maxLength: 7,
  })
    .map((all) => all.flat());
}

const NOTHING = new Uint8Array(0);

/** Mostly sound. */
export function wsRawFrame(fc: FastCheck): Arbitrary<WsRawFrame> {
  return fc.record<WsRawFrame>({
    opcode: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(2, 2, 2, 0, 0, 9, 10, 8) },
      { weight: 1, arbitrary: fc.nat(15) },
    ),
    fin: fc.oneof(fc.constant(true), fc.boolean()),
    reserved: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
    body: body(fc),
    claim: fc.option(fc.array(uint32(fc), { minLength: 2, maxLength: 2 }), { freq: 16 }),
    key: uint32(fc),
  });
}

/** Its octets. */
export function encodeWsRaw(
  { opcode, fin, reserved, body, claim, key }: WsRawFrame,
  masked: boolean,
): Uint8Array {
  const frame = encodeFrame(opcode, octetsOf(body), masked ? key : undefined);
  frame[0] = (fin ? 0x80 : 0) | reserved << 4 | opcode;
  if (claim === null) return frame;
  const header = new Uint8Array(10);
  header[0] = frame[0]!;
  header[1] = frame[1]! | 127;
  const view = new DataView(header.buffer);
  view.setUint32(2, claim[0]!);
  view.setUint32(6, claim[1]!);
  return join(header, frame.subarray(2));
}

function decode(chunks: readonly Uint8Array[], input: Input, resume: "at once" | "late"): string[] {
  const told: string[] = [];
  let received = 0;
  let events = 0;
  function allocate(length: number): Uint8Array {
    must(
      length <= Math.max(AHEAD, 2 * received) + AHEAD,
      `${length} octets of memory for ${received} that came`,
    );
    return new Uint8Array(length);
  }
  const decoder = new WsDecoder(
    {
      onBinary(memory, start, length) {
        must(length <= input.most, "a message beyond the limit");
        must(start >= 0 && start + length <= memory.length, "a message beyond its memory");
        told.push(`message ${show(memory.subarray(start, start + length))}`);
        return input.room[events++] ?? true;
      },
      onControl(opcode, body) {
        must(body.length <= 125, "a control frame of more than 125 octets");
        told.push(`control ${opcode} ${show(body)}`);
        if (opcode === 8) refused(Violation, () => readClose(body));
      },
    },
    input.masked,
    input.most,
    allocate,
  );
  const late = resume === "late";
  const error = feed(decoder, chunks, Violation, { room: input.room, late, came: (n) => received += n });
  return error === undefined ? told : failed(decoder, told, error);
}

function failed(decoder: WsDecoder, told: string[], { code, message, closeCode }: Violation): string[] {
  const before = told.length;
  decoder.resume();
  decoder.decode(Uint8Array.of(0x82, 0));
  decoder.decode(Uint8Array.of(0x82, 0x80, 0, 0, 0, 0));
  must(decoder.target() === undefined, "a failed decoder wants to be filled");
  must(told.length === before, "a failed decoder goes on");
  return [...told, `${code} ${closeCode} ${message}`];
}
