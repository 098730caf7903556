/**
 * FRONT and BACK of a device as the user writes them. Pure.
 *
 * @module
 */

import { UsageError } from "../args.ts";
import { requireReachable } from "../command.ts";

/** Endpoints to listen on, and to connect to. */
export interface EndList {
  readonly bind: readonly string[];
  readonly connect: readonly string[];
}

/** What may stand before an endpoint; `>` and `@` are czmq's. */
const PREFIXES: readonly (readonly [prefix: string, way: "bind" | "connect"])[] = [
  ["connect:", "connect"],
  [">", "connect"],
  ["bind:", "bind"],
  ["@", "bind"],
];

/**
 * Reads endpoints with commas between; one without a prefix is bound.
 *
 * @throws {UsageError} if one is empty, or could be reached by this process alone
 */
export function parseEnd(text: string): EndList {
  const bind: string[] = [];
  const connect: string[] = [];
  for (const piece of text.split(",").map((each) => each.trim())) {
    const [prefix, way] = PREFIXES.find(([prefix]) => piece.startsWith(prefix)) ?? ["", "bind"];
    const endpoint = piece.slice(prefix.length);
    if (endpoint === "") {
      throw new UsageError(`an endpoint is missing in "${text}"; it is such as tcp://*:5559`);
    }
    requireReachable(endpoint);
    (way === "bind" ? bind : connect).push(endpoint);
  }
  return { bind, connect };
}
