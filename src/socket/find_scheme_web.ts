/**
 * Takes the place of `find_scheme.ts` in a bundle for browsers, where whatever is no WebSocket is missing for the same
 * reason.
 *
 * @module
 */

import { type Given, refusal } from "./endpoint_text.ts";
import type { AbsentSchemes, Scheme, Schemes } from "./scheme.ts";

/** The transport of an endpoint, and the rest of it. */
export function findScheme(
  schemes: Schemes,
  _absent: AbsentSchemes,
  given: Given,
  socketType: string,
): { readonly scheme: Scheme; readonly rest: string } {
  const { address } = given;
  if (typeof address !== "string") throw new TypeError("Address must be a string");
  const [, name, rest] = /^(.+?):\/\/(.+)$/s.exec(address) ?? [];
  if (name === undefined) {
    throw refusal(given, "EINVAL", "an endpoint is a transport, :// and an address");
  }
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (scheme === undefined) throw refusal(given, "EPROTONOSUPPORT", notOn(name, "web"));
  if (socketType === "DGRAM") throw refusal(given, "ENOCOMPATPROTO", "a DGRAM socket speaks udp only");
  return { scheme, rest: rest! };
}

/** Why a page cannot have a transport. */
export function notOn(scheme: string, runtime: string): string {
  return `${scheme}:// is not available on ${runtime}: a page has no network but WebSocket (ws://, wss://)`;
}
