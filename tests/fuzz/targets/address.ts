/**
 * Numeric IP addresses (RFC 4291, RFC 5952), and the networks that connections are accepted from.
 */

import { formatIpAddress, parseIpAddress } from "../../../src/base/ip_address.ts";
import { acceptFilterAllows, parseAcceptFilter } from "../../../src/socket/accept_filter.ts";
import { must } from "../holds.ts";
import { textOf } from "../shapes.ts";
import { type AnyTarget, target } from "../target.ts";

interface Input {
  readonly text: string;
  readonly octets: number[];
  readonly bits: number;
}

const TOKENS = [
  "::",
  ":",
  ".",
  "0",
  "1",
  "ffff",
  "255",
  "256",
  "fe80",
  "10.0.0.1",
  "::ffff:",
  "/",
  "8",
  "%eth0",
  "00",
];

export const address: AnyTarget = target<Input>({
  name: "address",
  promise:
    "never throws, writes what it reads in one form, and a network holds its own address and no other bit",
  input: (fc) =>
    fc.record<Input>({
      text: textOf(fc, TOKENS, 18),
      octets: fc.oneof(
        fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
        fc.array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 16, maxLength: 16 }),
      ),
      bits: fc.nat(140),
    }),
  check({ text, octets, bits }) {
    const read = parseIpAddress(text);
    if (read !== undefined) {
      must(read.every((octet) => Number.isInteger(octet) && octet >= 0 && octet < 256), "no octets");
      const groups = text.split(/:+/).filter((group) => group !== "").length + (text.includes(".") ? 1 : 0);
      must(read.length === 4 || !text.includes("::") || groups < 8, "a :: that stands for nothing");
      must(String(parseIpAddress(formatIpAddress(read))) === String(read), "another address");
    }
    const given = formatIpAddress(octets);
    must(String(parseIpAddress(given)) === String(octets), `${given} is read as another address`);
    const anything = parseAcceptFilter(text);
    if (anything !== undefined) acceptFilterAllows([anything], given);
    const filter = parseAcceptFilter(`${given}/${bits}`);
    must((filter !== undefined) === (bits <= 8 * octets.length), `a network of ${bits} bits`);
    if (filter === undefined) return;
    must(acceptFilterAllows([filter], given), "a network without its own address");
    if (bits === 0) return;
    const outside = octets.slice();
    outside[(bits - 1) >> 3]! ^= 128 >> ((bits - 1) & 7);
    must(!acceptFilterAllows([filter], formatIpAddress(outside)), "an address of another network");
  },
});
