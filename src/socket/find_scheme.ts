/**
 * Which transport an endpoint names, and what is said of those that are not there.
 *
 * @module
 */

import type { Transports } from "../io/transports.ts";
import { type Given, refusal } from "./endpoint_text.ts";
import type { AbsentSchemes, Scheme, Schemes } from "./scheme.ts";

/** The transport of an endpoint, and the rest of it, on this runtime. */
export function findScheme(
  schemes: Schemes,
  absent: AbsentSchemes,
  given: Given,
  socketType: string,
  runtime: Transports["runtime"],
): { readonly scheme: Scheme; readonly rest: string } {
  const { address } = given;
  if (typeof address !== "string") throw new TypeError("Address must be a string");
  const separator = address.indexOf("://");
  if (separator < 0) throw refusal(given, "EINVAL", "an endpoint is a transport, :// and an address");
  const name = address.slice(0, separator);
  const rest = address.slice(separator + 3);
  if (name === "") throw refusal(given, "EINVAL", "the transport before :// is missing");
  if (rest === "") throw refusal(given, "EINVAL", "the address after :// is missing");
  if (runtime === "web" && NATIVE.includes(name)) {
    throw refusal(given, "EPROTONOSUPPORT", notOn(name, runtime));
  }
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (scheme === undefined) throw refusal(given, "EPROTONOSUPPORT", unsupported(name, schemes, absent));
  if (socketType === "DGRAM" && name !== "udp") {
    throw refusal(given, "ENOCOMPATPROTO", "a DGRAM socket speaks udp only");
  }
  return { scheme, rest };
}

/** Transports that there are where the host has them. */
const NATIVE = ["tcp", "ipc", "udp", "epgm"];

function unsupported(name: string, schemes: Schemes, absent: AbsentSchemes): string {
  if (Object.hasOwn(absent, name)) return absent[name] || `the transport ${name} is not offered`;
  const lower = name.length < 16 ? name.toLowerCase() : name;
  if (lower !== name && Object.hasOwn(schemes, lower)) {
    return `transports are written in lower case, ${lower}`;
  }
  return `the transports are ${Object.keys(schemes).join(", ").replace(/, (?=[^,]*$)/, " and ")}`;
}

/** Why a host cannot have a transport. */
export function notOn(scheme: string, runtime: Transports["runtime"]): string {
  return `${scheme}:// is not available on ${runtime}${
    runtime === "web" ? ": a page has no network but WebSocket (ws://, wss://)" : ""
  }`;
}
