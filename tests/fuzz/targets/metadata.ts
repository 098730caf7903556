/**
 * Properties of peers (RFC 37, "metadata").
 */

import { decodeMetadata, encodeMetadata } from "../../../src/message/metadata.ts";
import { must, mustEqual, show } from "../holds.ts";
import { type Body, body, type Edit, edited, edits, octetsOf, textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";
import type { Arbitrary, FastCheck } from "../fast_check.ts";

/** A property. */
export interface Property {
  readonly name: string;
  readonly value: Body;
}

interface Input {
  readonly properties: Property[];
  readonly edits: Edit[];
}

const NAME = /^[a-z0-9\-_.+]{1,255}$/;

export const metadata: AnyTarget = target<Input>({
  name: "metadata",
  promise: "is read whole or not at all, is never larger than its octets, and comes out as it went in",
  input: (fc) => fc.record<Input>({ properties: fc.array(property(fc), { maxLength: 6 }), edits: edits(fc) }),
  check({ properties, edits }) {
    const pairs = properties.map(({ name, value }) => [name, octetsOf(value)] as const);
    const octets = encodeMetadata(pairs);
    const wire = edited(octets, edits);
    const read = decodeMetadata(wire);
    must(
      (read !== undefined) === isSound(wire),
      read === undefined ? "refused" : "taken though it is cut short",
    );
    if (read === undefined) {
      const sound = properties.every(({ name }) => NAME.test(name.toLowerCase()));
      must(edits.length > 0 || !sound, "what was encoded is refused");
      return;
    }
    let size = 0;
    for (const [name, value] of read) {
      must(NAME.test(name), `the name ${JSON.stringify(name)}`);
      must(value.buffer !== wire.buffer, "a view on what may be overwritten");
      size += name.length + value.length + 5;
    }
    must(size <= wire.length, `${size} octets of ${wire.length}`);
    const again = decodeMetadata(encodeMetadata(read));
    mustEqual(linesOf(again!), linesOf(read), "Encoded and read again");
    if (edits.length > 0) return;
    const first = new Map([...pairs].reverse().map(([name, value]) => [name.toLowerCase(), value]));
    mustEqual(linesOf(read).sort(), linesOf(first).sort(), "What was read");
  },
});

/** Whether the lengths of all properties lie within, and the names are names: read once more, the slow way. */
function isSound(octets: Uint8Array): boolean {
  let rest = Array.from(octets);
  while (rest.length > 0) {
    const [length = 0, ...more] = rest;
    const name = String.fromCharCode(...more.slice(0, length));
    const size = more.slice(length, length + 4);
    const value = size.reduce((sum, octet) => sum * 256 + octet, 0);
    const sound = /^[A-Za-z0-9\-_.+]+$/.test(name) && name.length === length && size.length === 4;
    if (!sound || length + 4 + value > more.length) return false;
    rest = more.slice(length + 4 + value);
  }
  return true;
}

/** A property with a name that may be none. */
export function property(fc: FastCheck): Arbitrary<Property> {
  const names = ["Socket-Type", "Identity", "identity", "User-Id", "X-a", "x-A", "Resource", "__proto__"];
  return fc.record<Property>({
    name: fc.oneof(fc.constantFrom(...names), textOf(fc, ["a", "Z", "-", "0", "+", "_", ".", " "], 6)),
    value: body(fc),
  });
}

function linesOf(properties: Iterable<readonly [string, Uint8Array]>): string[] {
  return Array.from(properties, ([name, value]) => `${name} ${show(value)}`);
}
