/**
 * What the parsers of endpoints have in common: hosts and ports as text, and errors that say what was asked, with
 * what, and what is allowed.
 *
 * @module
 */

import { ZmqError, type ZmqErrorCode } from "../base/errors.ts";
import { isIpv4, parseIpAddress } from "../base/ip_address.ts";

/** What an endpoint is parsed for: a wildcard can only be bound, a source only be connected from. */
export type EndpointPurpose = "bind" | "connect";

/** What the caller gave, for the error's sentence. */
export interface Given {
  readonly address: string;
  readonly purpose: EndpointPurpose;
  /** What was asked, if it was to end what was bound or connected. */
  readonly verb?: "unbind" | "disconnect";
}

/** The error for an endpoint that is refused. */
export function refusal({ address, purpose, verb }: Given, code: ZmqErrorCode, reason: string): ZmqError {
  return new ZmqError(code, `Cannot ${verb ?? `${purpose} to`} ${quote(address)}: ${reason}`, address);
}

/** Splits at the last colon: of `abcd::1:80` the last group is the port. Takes the brackets off. */
export function splitPort(text: string): { host: string; port: string | undefined } {
  if (text.startsWith("[") && text.endsWith("]")) return { host: text.slice(1, -1), port: undefined };
  const colon = text.lastIndexOf(":");
  if (colon < 0) return { host: text, port: undefined };
  const host = text.slice(0, colon);
  const bracketed = host.startsWith("[") && host.endsWith("]");
  return { host: bracketed ? host.slice(1, -1) : host, port: text.slice(colon + 1) };
}

/** Takes the zone off an IPv6 address. */
export function splitZone(host: string): [host: string, zone: string | undefined] {
  const percent = host.indexOf("%");
  return percent < 0 ? [host, undefined] : [host.slice(0, percent), host.slice(percent + 1)];
}

/** A source is checked as if it were bound, so the purpose here may differ from the given one. */
export function parsePort(text: string, purpose: EndpointPurpose, given: Given): number {
  if (purpose === "bind" && text === "*") return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (purpose === "bind" && (port < 0 || port > 65535)) {
    throw refusal(given, "EINVAL", "the port must be 0 to 65535 or *");
  }
  if (purpose === "connect" && (port < 1 || port > 65535)) {
    throw refusal(given, "EINVAL", "the port must be 1 to 65535");
  }
  return port;
}

/** Refuses what is neither an address nor the name of a host or (bind) an interface. */
export function checkHost(
  host: string,
  zone: string | undefined,
  purpose: EndpointPurpose,
  given: Given,
): void {
  if (host === "") throw refusal(given, "EINVAL", "the host is missing");
  if (host.length > MAX_HOST_CHARACTERS) {
    throw refusal(given, "EINVAL", `a host has at most ${MAX_HOST_CHARACTERS} characters`);
  }
  if (zone !== undefined) {
    // Zone 0 is "no zone" (RFC 4007 section 6), and libzmq refuses it.
    if (zone.length > 64 || !/^[\w.-]+$/.test(zone) || /^0+$/.test(zone)) {
      throw refusal(given, "EINVAL", "the zone after % is the name or number (from 1) of an interface");
    }
    if (host === "*" || isIpv4(host)) throw refusal(given, "EINVAL", "only an IPv6 address has a zone");
  }
  if (host === "*") {
    if (purpose === "connect") throw refusal(given, "EINVAL", "the wildcard * can only be bound");
    return;
  }
  if (parseIpAddress(host)) return;
  // An alias of an interface, "eth0:1", is the one thing with a colon that is not IPv6.
  if (host.includes(":") && !(purpose === "bind" && /^[A-Za-z][\w.-]*:\d+$/.test(host))) {
    throw refusal(given, "EINVAL", "the host is no IPv6 address");
  }
  if (purpose === "connect" ? !/^\w[\w.-]*$/.test(host) : !/^(?!\s)[^\p{Cc}[\]%/*]+$/u.test(host)) {
    throw refusal(given, "EINVAL", "the host has a character that no name has");
  }
}

/** Whether an address is of fe80::/10 (RFC 4291 section 2.4). */
export function isLinkLocal(address: string): boolean {
  const octets = parseIpAddress(splitZone(address)[0]);
  return octets?.[0] === 0xfe && (octets[1]! & 0xc0) === 0x80;
}

/** RFC 1035 section 2.3.4, and no interface's name comes near it. */
const MAX_HOST_CHARACTERS = 253;

/** In quotes, without control characters, and short whatever was given. */
function quote(text: string): string {
  if (text.length <= 100) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, 80))}… (${text.length} characters)`;
}
