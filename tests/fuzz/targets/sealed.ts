/**
 * Messages under CURVE (RFC 26): sealed, changed on the way, opened.
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import { ShortNonce } from "../../../src/mechanism/curve_nonce.ts";
import { CurveTraffic } from "../../../src/mechanism/curve_traffic.ts";
import { Decoder } from "../../../src/zmtp/decoder.ts";
import { Opener, Sealer } from "../../../src/zmtp/sealed.ts";
import { encodeCommand, WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { join, octets } from "../../support/transcript.ts";
import { dice } from "../../support/curve_by_hand.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { must, mustEqual, refused, show, showAll } from "../holds.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly messages: Body[][];
  readonly command: Body | null;
  /** The number of the last command before. */
  readonly nonce: readonly number[];
  /** Changes of the sealed octets, and of the order of the frames. */
  readonly edits: Edit[];
  readonly order: "as sealed" | "one twice" | "one missing" | "reversed";
  readonly frameMax: number;
  readonly messageMax: number;
  readonly cuts: number[];
}

const KEY = dice(9)(32);

export const sealed: AnyTarget = target<Input>({
  name: "sealed",
  promise:
    "comes out as it was sealed, up to the first frame that was changed, repeated or moved, and no further",
  input: (fc) =>
    fc.record<Input>({
      messages: fc.array(fc.array(body(fc), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      command: fc.option(body(fc), { freq: 3 }),
      nonce: fc.constantFrom([0, 0], [0, 0xfffffffe], [7, 0xffffffff], [0xffffffff, 0xfffffffd]),
      edits: edits(fc),
      order: fc.constantFrom("as sealed", "as sealed", "as sealed", "one twice", "one missing", "reversed"),
      frameMax: fc.constantFrom(300, 2 ** 53, 2 ** 53),
      messageMax: fc.constantFrom(300, 2 ** 53, 2 ** 53),
      cuts: cuts(fc),
    }),
  check(input) {
    const messages = input.messages.map((parts) => parts.map(octetsOf));
    const chunks = chunksOf(messages, input.command);
    const frames: Uint8Array[] = [];
    const exhausted = refused(ProtocolError, () => {
      const sealer = new Sealer(trafficOf("client", input));
      // One frame a batch, so that they can be moved.
      for (const chunk of chunks) frames.push(join(...sealer.seal([chunk]).map((each) => each.slice())));
      sealer.recycle();
    });
    if (exhausted !== undefined) {
      must(input.nonce[0] === 0xffffffff, "nothing more can be sealed");
      return;
    }
    const wire = edited(join(...moved(frames, input.order)), input.edits);
    const whole = toldInAnyPieces(wire, input.cuts, (pieces) => open(pieces, input));
    const sent = messages.map((parts) => `message ${showAll(parts)}`);
    if (input.command !== null) sent.push(`command ${show(join([1], octets("X"), octetsOf(input.command)))}`);
    const told = whole.filter((line) => !line.startsWith("ERR"));
    if (input.edits.length === 0 && input.order === "as sealed") {
      mustEqual(told, sent.slice(0, told.length), "What was opened");
      must(
        told.length === sent.length || Math.min(input.frameMax, input.messageMax) <= 300,
        "something was lost",
      );
    } else mustBeWithin(told, sent);
  },
});

/**
 * Nonces must rise, but not by one (RFC 26; so in libzmq): whoever takes frames out of a stream is not noticed. What
 * comes then are frames that were sealed, in their order, once.
 */
function mustBeWithin(told: readonly string[], sent: readonly string[]): void {
  const frames = sent.flatMap((line) => line.split(" ").slice(1));
  let at = 0;
  for (const frame of told.flatMap((line) => line.split(" ").slice(1))) {
    at = frames.indexOf(frame, at) + 1;
    must(at > 0, `the frame ${frame} was not sealed, or not there`);
  }
}

function trafficOf(side: "client" | "server", { nonce: [high, low] }: Input): CurveTraffic {
  return new CurveTraffic(KEY, side, new ShortNonce(high, low), new ShortNonce(high, low));
}

/** A batch a frame. */
function chunksOf(messages: readonly Uint8Array[][], command: Body | null): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (const parts of messages) {
    parts.forEach((part, i) => {
      const queue = new WireQueue(65_536);
      queue.append([part]);
      const chunk = join(...queue.take()!);
      if (i < parts.length - 1) chunk[0]! |= 1;
      all.push(chunk);
    });
  }
  if (command !== null) all.push(encodeCommand("X", octetsOf(command)));
  return all;
}

function moved(frames: readonly Uint8Array[], order: Input["order"]): Uint8Array[] {
  const middle = frames.length >> 1;
  const all = [...frames];
  if (order === "one twice" && all.length > 0) all.splice(middle, 0, all[middle]!);
  if (order === "one missing") all.splice(middle, 1);
  return order === "reversed" ? all.reverse() : all;
}

function open(chunks: readonly Uint8Array[], input: Input): string[] {
  const told: string[] = [];
  const limits = { frame: input.frameMax, message: input.messageMax, parts: 65_536 };
  const opener = new Opener(trafficOf("server", input), limits, {
    onMessage(message) {
      must(
        message.reduce((sum, { length }) => sum + length, 0) <= limits.message,
        "a message beyond the limit",
      );
      return told.push(`message ${showAll(message)}`) > 0;
    },
    onCommand: (body) => told.push(`command ${show(body)}`) > 0,
  });
  const around = { ...limits, frame: limits.frame + 64, message: limits.frame + 64 };
  const decoder = new Decoder(
    { onMessage: ([body]) => opener.open(body!), onCommand: (body) => opener.open(body) },
    around,
    Infinity,
  );
  for (const chunk of chunks) {
    const error = refused(ProtocolError, () => decoder.decode(chunk));
    if (error !== undefined) return [...told, error.code];
  }
  return told;
}
