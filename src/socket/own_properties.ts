/**
 * The properties that a program adds to a socket's handshake (`ZMQ_METADATA`), as they are given and checked.
 *
 * RFC 37 keeps names that begin `X-` for applications. Their order in the handshake is that in which they were set;
 * of names that differ in nothing or in case alone the last counts, for a peer would take the first of them.
 *
 * @module
 */

import { encodeText } from "../base/bytes.ts";
import { invalid, requireOctets } from "./option_kinds.ts";

type Properties = readonly (readonly [name: string, value: Uint8Array])[];

/** RFC 37, "metadata": what a name is made of. The length of one is an octet. */
const NAME = /^X-[A-Za-z0-9\-_.+]{0,253}$/;

/** A handshake is one command that a peer gathers before it knows who we are. */
const MOST_OCTETS = 32768;

/** What each counts for besides, so that nobody says more of them than our own side takes (`message/metadata.ts`). */
const OVERHEAD = 32;

/** The properties after an assignment: of an object or `null` these alone, of `"X-name:value"` one more. */
export function ownProperties(value: unknown, before: Properties): Properties {
  const isObject = {}.toString.call(value) === "[object Object]";
  const given = isObject
    ? Object.entries(value as object).map(([name, each]) => checked(name, requireOctets(each)))
    : value === null
    ? []
    : [...before, parsed(value)];
  const properties = [...new Map(given.map((each) => [each[0].toLowerCase(), each])).values()];
  let octets = 0;
  for (const [name, each] of properties) octets += name.length + each.length + OVERHEAD;
  if (octets <= MOST_OCTETS) return properties;
  throw invalid(
    "metadata",
    `${octets} octets`,
    `all names and values, and ${OVERHEAD} more for each, are at most ${MOST_OCTETS}`,
  );
}

/** One property as C has it. */
function parsed(value: unknown): Properties[number] {
  const text = new TextDecoder().decode(requireOctets(value));
  const colon = text.indexOf(":");
  return checked(text.slice(0, Math.max(colon, 0)), encodeText(text.slice(colon + 1)));
}

function checked(name: string, value: Uint8Array | undefined): Properties[number] {
  if (!NAME.test(name)) {
    throw invalid(
      "metadata",
      JSON.stringify(name),
      "a name begins X- and has 2 to 255 of A-Z a-z 0-9 - _ . +",
    );
  }
  if (value === undefined || value.length === 0) {
    throw invalid("metadata", JSON.stringify(name), "a value must not be empty");
  }
  return [name, value];
}
