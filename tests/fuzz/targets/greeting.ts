/**
 * The greeting of a peer (RFC 37).
 */

import { ProtocolError } from "../../../src/base/errors.ts";
import { encodeGreeting, GreetingReader } from "../../../src/zmtp/greeting.ts";
import { toldInAnyPieces } from "../feeding.ts";
import { must, refused } from "../holds.ts";
import { cuts, type Edit, edited, edits } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly mechanism: string;
  readonly asServer: boolean;
  readonly major: number;
  readonly minor: number;
  readonly oldest: number;
  readonly edits: Edit[];
  readonly behind: Uint8Array;
  readonly cuts: number[];
}

export const greeting: AnyTarget = target<Input>({
  name: "greeting",
  promise: "is refused by a ProtocolError or read, the same in any pieces, and never beyond its 64 octets",
  input: (fc) =>
    fc.record<Input>({
      mechanism: fc.constantFrom("NULL", "PLAIN", "CURVE", "", "A".repeat(20)),
      asServer: fc.boolean(),
      major: fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 255)),
      minor: fc.oneof(fc.constantFrom(0, 1, 2, 255)),
      oldest: fc.constantFrom(3, 2, 1),
      edits: edits(fc),
      behind: fc.uint8Array({ maxLength: 8 }),
      cuts: cuts(fc),
    }),
  check({ mechanism, asServer, major, minor, oldest = 3, edits, behind, cuts }) {
    const sound = encodeGreeting(mechanism, asServer);
    sound[10] = major;
    sound[11] = minor;
    const wire = edited(new Uint8Array([...sound, ...behind]), edits);
    toldInAnyPieces(wire, cuts, (chunks) => read(chunks, oldest));
  },
});

function read(chunks: readonly Uint8Array[], oldest: number): string[] {
  const reader = new GreetingReader(oldest);
  let taken = 0;
  for (const chunk of chunks) {
    const error = refused(ProtocolError, () => taken += reader.read(chunk));
    if (error !== undefined) return [`${error.code} ${error.message}`];
    must(taken <= 64, `${taken} octets of a greeting`);
    must(reader.complete === (taken === 64), "complete without its 64 octets, or not with them");
  }
  if (reader.older !== undefined) {
    must(taken <= 11 && taken === reader.octets.length, `${taken} octets of an older peer's greeting`);
    must(oldest < 3 && (oldest === 1 || reader.older === "2.0"), `${reader.older} is not served`);
    return [`${taken} ${reader.older}`];
  }
  const known = reader.versionKnown ? [`minor ${reader.minor}`] : [];
  return [`${taken}`, ...known, ...(reader.complete ? [JSON.stringify(reader.mechanism)] : [])];
}
