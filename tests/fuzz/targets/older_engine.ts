/**
 * A ZMTP engine that serves older peers and hears one of 2.0 (RFC 15) or 1.0 (RFC 13), made up; and two engines that
 * take each other for such peers, because somebody changes an octet of their greetings.
 */

import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { ZmtpEngine } from "../../../src/zmtp/engine.ts";
import { olderPeers } from "../../../src/zmtp/older.ts";
import { WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { join } from "../../support/transcript.ts";
import { EngineEnd, LIMITS, optionsOf } from "../engine_end.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { must, mustEqual, showAll } from "../holds.ts";
import { type Body, body, cuts, type Edit, edited, edits, octetsOf, pieces } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import { encodeV1, type V1Frame, v1Frame } from "./v1_framing.ts";
import { encodeRaw, type RawFrame, rawFrame } from "./zmtp_decoder.ts";

type Version = "2.0" | "1.0" | "revision 0";

interface Input {
  readonly type: SocketTypeName;
  /** The octet for the peer's type; -1 for one that fits. */
  readonly peer: number;
  readonly version: Version;
  readonly revision: number;
  readonly padding: number;
  readonly identity: Body;
  readonly frames: RawFrame[];
  readonly v1Frames: V1Frame[];
  readonly messages: Body[][];
  readonly edits: Edit[];
  readonly cuts: number[];
  readonly room: boolean[];
  readonly limits: number;
  readonly zmtp1: boolean;
}

/** Types that hear different things, and the number of a peer that fits (RFC 15). */
const TYPES: readonly (readonly [SocketTypeName, number])[] = [
  ["DEALER", 6],
  ["ROUTER", 5],
  ["XPUB", 2],
  ["SUB", 1],
  ["REP", 3],
  ["PULL", 8],
  ["PAIR", 0],
  ["SERVER", 0],
];

export const olderEngine: AnyTarget = target<Input>({
  name: "older_engine",
  promise:
    "fails once or not at all whatever an older peer says, in any pieces, and understands another engine as one",
  input: (fc) =>
    fc.record<Input>({
      type: fc.constantFrom(...TYPES.map(([type]) => type)),
      peer: fc.oneof({ weight: 5, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(255) }),
      version: fc.constantFrom("2.0", "1.0", "revision 0"),
      revision: fc.constantFrom(1, 1, 2),
      padding: fc.constantFrom(0, 1, 254, 255),
      identity: body(fc),
      frames: fc.array(rawFrame(fc), { maxLength: 6 }),
      v1Frames: fc.array(v1Frame(fc), { maxLength: 6 }),
      messages: fc.array(fc.array(body(fc), { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      edits: edits(fc),
      cuts: cuts(fc),
      room: fc.array(fc.boolean(), { maxLength: 6 }),
      limits: fc.constantFrom(0, 0, 0, 1, 2),
      zmtp1: fc.boolean(),
    }),
  check(input) {
    const wire = edited(peerOf(input), input.edits);
    toldInAnyPieces(wire, input.cuts, (chunks) => {
      const end = endOf(input.type, input);
      const said: Uint8Array[] = end.output();
      for (const chunk of chunks) {
        end.hear(chunk);
        said.push(...end.output());
      }
      const told = [...end.told, showAll([join(...said)])];
      end.finish();
      return told;
    });
    understand(input);
  },
});

/** All that the made-up peer says. */
function peerOf({ type, peer, version, revision, padding, identity, frames, v1Frames }: Input): Uint8Array {
  const name = octetsOf(identity).slice(0, 300);
  if (name[0] === 0 && name.length % 4 > 0) name[0] = 1;
  const number = peer < 0 ? TYPES.find(([each]) => each === type)![1] : peer;
  const signature = [255, 0, 0, 0, 0, 0, 0, 0, padding, 127];
  const first = { flags: 0, claim: null, body: name };
  if (version === "2.0") {
    return join(signature, [revision, number], encodeRaw(first), ...frames.map(encodeRaw));
  }
  const rest = join(encodeV1({ ...first, long: false }), ...v1Frames.map(encodeV1));
  return version === "1.0" ? rest : join(signature, [0, number], rest);
}

/** One engine of this type. */
function endOf(type: SocketTypeName, { room, limits, zmtp1, identity }: Input): EngineEnd {
  const settings = { type, room, status: 200 as const, limits: LIMITS[limits]! };
  const options = optionsOf(settings);
  const ours = octetsOf(identity).slice(0, 255).map((octet) => octet | 1);
  const older = olderPeers(type, ours, options, zmtp1);
  return new EngineEnd(settings, (host) => new ZmtpEngine(options, host, 0, older));
}

/** An honest wire between two that speak an older version to each other: nothing fails, and all comes. */
function understand(input: Input): void {
  const [at, value] = input.version === "2.0" ? [10, input.revision] : [9, 0x7e];
  const settings: Input = { ...input, limits: 0, zmtp1: input.zmtp1 || at === 9 };
  const ends = [endOf("DEALER", settings), endOf("ROUTER", settings)];
  const places = [0, 0];
  const sent = [false, false];
  for (let steps = 0, moved = true; moved; steps++) {
    must(steps < 100, "they never come to an end");
    moved = false;
    ends.forEach((from, i) => {
      const chunks = from.output();
      if (from.engine.ready && !sent[i]) {
        sent[i] = true;
        chunks.push(...outgoing(from, input.messages));
      }
      const octets = join(...chunks);
      const place = at - places[i]!;
      if (place >= 0 && place < octets.length) octets[place] = value;
      places[i]! += octets.length;
      moved ||= octets.length > 0;
      for (const piece of pieces(octets, input.cuts)) ends[1 - i]!.hear(piece);
    });
  }
  const expected = input.messages.map((parts) => `message ${showAll(parts.map(octetsOf))}`);
  for (const end of ends) {
    must(!end.over, `failed: ${end.told.at(-1)}`);
    mustEqual(end.messages, expected, "What came");
    end.finish();
  }
}

function outgoing({ engine }: EngineEnd, messages: readonly Body[][]): Uint8Array[] {
  const queue = new WireQueue(4096);
  const out: Uint8Array[] = [];
  for (const parts of messages) queue.append(parts.map(octetsOf));
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
    for (const chunk of engine.seals ? engine.seal!(batch) : batch) out.push(chunk.slice());
    engine.recycle?.();
    queue.recycle();
  }
  return out;
}
