/**
 * Z85 (RFC 32).
 */

import { ZmqError } from "../../../src/base/errors.ts";
import { octetsOfKey, z85Decode, z85Encode } from "../../../src/base/z85.ts";
import { must, refused, show } from "../holds.ts";
import { textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly octets: Uint8Array;
  readonly text: string;
}

export const z85: AnyTarget = target<Input>({
  name: "z85",
  promise: "refuses with EINVAL what is none, and what it reads is written as it was, in both directions",
  input: (fc) =>
    fc.record<Input>({
      octets: fc.uint8Array({ maxLength: 40 }),
      text: textOf(fc, ["0", "a", "Z", "#", "$", "%nSc0", "HelloWorld", "~", '"', "00000", "#####", "é"], 10),
    }),
  check({ octets, text }) {
    let encoded = "";
    const uneven = refused(ZmqError, () => encoded = z85Encode(octets));
    must((uneven === undefined) === (octets.length % 4 === 0), "octets by fours, and no others");
    if (uneven === undefined) must(show(z85Decode(encoded)) === show(octets), "other octets");
    let decoded: Uint8Array | undefined;
    const error = refused(ZmqError, () => decoded = z85Decode(text));
    must(error === undefined || error.code === "EINVAL", `the code ${error?.code}`);
    if (decoded !== undefined) must(z85Encode(decoded) === text, "two texts of the same octets");
    const key = octetsOfKey(text) ?? octetsOfKey(octets);
    must(key === undefined || key.length === 32, "a key of another length");
  },
});
