/**
 * Endpoints as the sockets read them.
 *
 * @module
 */

import type { EndpointPurpose } from "../../src/socket/endpoint_text.ts";
import { findScheme } from "../../src/socket/find_scheme.ts";
import { ABSENT, SCHEMES } from "../../src/socket/schemes.ts";

/** Reads an endpoint for sockets of this type. */
export function parseEndpoint(address: string, purpose: EndpointPurpose, socketType = "PAIR"): unknown {
  const given = { address, purpose };
  const { scheme, rest } = findScheme(SCHEMES, ABSENT, given, socketType, "node");
  return scheme.parse(rest, given, socketType);
}
