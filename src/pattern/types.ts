/**
 * One row a socket type: its name on the wire, its number in libzmq, the peers it may have (RFC 37, "socket
 * semantics"), and its behaviour.
 *
 * @module
 */

import { DealerPattern } from "./dealer.ts";
import { PairPattern } from "./pair.ts";
import type { Pattern, PatternHost } from "./pattern.ts";
import { PullPattern, PushPattern } from "./pipeline.ts";
import { RepPattern } from "./rep.ts";
import { ReqPattern } from "./req.ts";
import { RouterPattern } from "./router.ts";
import { StreamPattern } from "./stream.ts";
import { PubPattern, XPubPattern } from "./xpub.ts";
import { SubPattern, XSubPattern } from "./xsub.ts";

/** What there is to know of a socket type. */
export interface TypeInfo {
  /** The name on the wire. */
  readonly name: string;
  /** The number in libzmq and zeromq.js. */
  readonly id: number;
  /** The peers it may have. */
  readonly peers: readonly string[];
  /** Whether it says its routing id to peers (RFC 37: REQ, DEALER and ROUTER). */
  readonly named: boolean;
  /** Whether SUBSCRIBE and CANCEL are for it. */
  readonly publishes: boolean;
  /** Whether it has no protocol at all. */
  readonly raw: boolean;
  /** Whether `conflate` means something to it (libzmq's list). */
  readonly conflates: boolean;
  readonly make: (host: PatternHost) => Pattern;
}

/** The names of the classic types. */
export type SocketTypeName =
  | "PAIR"
  | "PUB"
  | "SUB"
  | "REQ"
  | "REP"
  | "DEALER"
  | "ROUTER"
  | "PULL"
  | "PUSH"
  | "XPUB"
  | "XSUB"
  | "STREAM";

function row(
  name: string,
  id: number,
  peers: readonly string[],
  make: (host: PatternHost) => Pattern,
  traits: Partial<Pick<TypeInfo, "named" | "publishes" | "raw" | "conflates">> = {},
): TypeInfo {
  return { name, id, peers, named: false, publishes: false, raw: false, conflates: false, ...traits, make };
}

/** The twelve classic types by their names on the wire. */
export const SOCKET_TYPES: { readonly [name in SocketTypeName]: TypeInfo } = {
  PAIR: row("PAIR", 0, ["PAIR"], (host) => new PairPattern(host)),
  PUB: row("PUB", 1, ["SUB", "XSUB"], (host) => new PubPattern(host), { publishes: true, conflates: true }),
  SUB: row("SUB", 2, ["PUB", "XPUB"], (host) => new SubPattern(host), { conflates: true }),
  REQ: row("REQ", 3, ["REP", "ROUTER"], (host) => new ReqPattern(host), { named: true }),
  REP: row("REP", 4, ["REQ", "DEALER"], (host) => new RepPattern(host)),
  DEALER: row("DEALER", 5, ["REP", "DEALER", "ROUTER"], (host) => new DealerPattern(host), {
    named: true,
    conflates: true,
  }),
  ROUTER: row("ROUTER", 6, ["REQ", "DEALER", "ROUTER"], (host) => new RouterPattern(host), { named: true }),
  PULL: row("PULL", 7, ["PUSH"], (host) => new PullPattern(host), { conflates: true }),
  PUSH: row("PUSH", 8, ["PULL"], (host) => new PushPattern(host), { conflates: true }),
  XPUB: row("XPUB", 9, ["SUB", "XSUB"], (host) => new XPubPattern(host), { publishes: true }),
  XSUB: row("XSUB", 10, ["PUB", "XPUB"], (host) => new XSubPattern(host)),
  STREAM: row("STREAM", 11, [], (host) => new StreamPattern(host), { raw: true }),
};
