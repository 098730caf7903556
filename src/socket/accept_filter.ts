/**
 * Networks that TCP connections are accepted from (`ZMQ_TCP_ACCEPT_FILTER`): an address and how many of its
 * first bits count. Pure.
 *
 * @module
 */

import { addressOf, parseIpAddress, withoutMapping } from "../base/ip_address.ts";

/** One network. */
export interface AcceptFilter {
  /** As it was given, `"10.0.0.0/8"`. */
  readonly text: string;
  /** Its address, 4 or 16 octets. */
  readonly octets: readonly number[];
  /** How many bits of the address count. */
  readonly bits: number;
}

/** Parses `address` or `address/bits`; `undefined` if it is neither. */
export function parseAcceptFilter(text: string): AcceptFilter | undefined {
  const slash = text.indexOf("/");
  const octets = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (!octets) return undefined;
  const most = octets.length * 8;
  if (slash < 0) return { text, octets, bits: most };
  const bits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined;
  return { text, octets, bits: Number(bits) };
}

/** Whether a peer at this address and port is let in. */
export function acceptFilterTakes(filters: readonly AcceptFilter[], remote: string): boolean {
  return acceptFilterAllows(filters, addressOf(remote));
}

/** Whether a peer with this numeric address may connect: one filter matches, or there is none. */
export function acceptFilterAllows(filters: readonly AcceptFilter[], host: string): boolean {
  if (filters.length === 0) return true;
  const octets = parseIpAddress(host.split("%", 1)[0]!);
  return octets !== undefined && filters.some((filter) => matches(filter, octets));
}

function matches(filter: AcceptFilter, peer: readonly number[]): boolean {
  let octets = peer;
  if (octets.length !== filter.octets.length) {
    // A dual-stack listener reports IPv4 peers as ::ffff:a.b.c.d; the two must compare equal.
    octets = withoutMapping(octets);
    if (octets.length !== filter.octets.length) return false;
  }
  for (let index = 0, bits = filter.bits; bits > 0; index++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : 0xff00 >> bits & 0xff;
    if ((octets[index]! & mask) !== (filter.octets[index]! & mask)) return false;
  }
  return true;
}
