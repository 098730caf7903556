/**
 * Addresses as texts that can be compared and sent to: packets carry them without a zone, which is no part of
 * them, but without one a link-local address leads nowhere.
 *
 * @module
 */

import { formatIpAddress, parseIpAddress } from "../base/ip_address.ts";

/** An address as the decoder of packets writes it, without a zone. */
export function canonicalAddress(address: string): string {
  const octets = parseIpAddress(address.split("%", 1)[0]!);
  if (octets === undefined) throw new TypeError(`Not a numeric address: ${address}`);
  return formatIpAddress(octets);
}

/** A source's address from a packet, with the zone of the address that the packet came from if it needs one. */
export function withZone(address: string, sender: string): string {
  const zone = sender.indexOf("%");
  return zone >= 0 && /^fe[89ab]/.test(address) ? address + sender.slice(zone) : address;
}
