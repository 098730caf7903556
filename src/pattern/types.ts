/**
 * One row a socket type: its name on the wire, its number in libzmq, the peers it may have (RFC 37, "socket
 * semantics"), and its behaviour. Each row is a constant of its own: a bundle carries those that its program names.
 *
 * @module
 */

import { ChannelPattern } from "./channel.ts";
import { ClientPattern } from "./client.ts";
import { DealerPattern } from "./dealer.ts";
import { DgramPattern } from "./dgram.ts";
import { PairPattern } from "./pair.ts";
import type { Pattern, PatternHost } from "./pattern.ts";
import { PullPattern, PushPattern } from "./pipeline.ts";
import { DishPattern, RadioPattern } from "./radio.ts";
import { RepPattern } from "./rep.ts";
import { ReqPattern } from "./req.ts";
import { RouterPattern } from "./router.ts";
import { GatherPattern, ScatterPattern } from "./scatter.ts";
import { ServerPattern } from "./server.ts";
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
  /** Whether `conflate` means something to it: libzmq's list, and the types of zeromq.js that have the option. */
  readonly conflates: boolean;
  /** What `ZMQ_THREAD_SAFE` says: the types of one part, whose messages no two threads can tear apart. */
  readonly threadSafe: boolean;
  readonly make: (host: PatternHost) => Pattern;
}

/** The names of the types. */
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
  | "STREAM"
  | "SERVER"
  | "CLIENT"
  | "RADIO"
  | "DISH"
  | "GATHER"
  | "SCATTER"
  | "DGRAM"
  | "PEER"
  | "CHANNEL";

type Traits = Partial<Omit<TypeInfo, "name" | "id" | "peers" | "make">>;

function row(
  name: string,
  id: number,
  peers: readonly string[],
  Kind: new (host: PatternHost) => Pattern,
  traits: Traits = {},
): TypeInfo {
  return {
    name,
    id,
    peers,
    named: false,
    publishes: false,
    raw: false,
    conflates: false,
    threadSafe: false,
    ...traits,
    make: (host) => new Kind(host),
  };
}

/** PAIR. */
export const PAIR: TypeInfo = /* @__PURE__ */ row("PAIR", 0, ["PAIR"], PairPattern);

/** PUB. */
export const PUB: TypeInfo = /* @__PURE__ */ row("PUB", 1, ["SUB", "XSUB"], PubPattern, {
  publishes: true,
  conflates: true,
});

/** SUB. */
export const SUB: TypeInfo = /* @__PURE__ */ row("SUB", 2, ["PUB", "XPUB"], SubPattern, {
  conflates: true,
});

/** REQ. */
export const REQ: TypeInfo = /* @__PURE__ */ row(
  "REQ",
  3,
  ["REP", "ROUTER"],
  ReqPattern,
  { named: true },
);

/** REP. */
export const REP: TypeInfo = /* @__PURE__ */ row("REP", 4, ["REQ", "DEALER"], RepPattern);

/** DEALER. */
export const DEALER: TypeInfo = /* @__PURE__ */ row(
  "DEALER",
  5,
  ["REP", "DEALER", "ROUTER"],
  DealerPattern,
  {
    named: true,
    conflates: true,
  },
);

/** ROUTER. */
export const ROUTER: TypeInfo = /* @__PURE__ */ row(
  "ROUTER",
  6,
  ["REQ", "DEALER", "ROUTER"],
  RouterPattern,
  { named: true },
);

/** PULL. */
export const PULL: TypeInfo = /* @__PURE__ */ row("PULL", 7, ["PUSH"], PullPattern, {
  conflates: true,
});

/** PUSH. */
export const PUSH: TypeInfo = /* @__PURE__ */ row("PUSH", 8, ["PULL"], PushPattern, {
  conflates: true,
});

/** XPUB. */
export const XPUB: TypeInfo = /* @__PURE__ */ row(
  "XPUB",
  9,
  ["SUB", "XSUB"],
  XPubPattern,
  { publishes: true },
);

/** XSUB. */
export const XSUB: TypeInfo = /* @__PURE__ */ row(
  "XSUB",
  10,
  ["PUB", "XPUB"],
  XSubPattern,
);

/** STREAM. */
export const STREAM: TypeInfo = /* @__PURE__ */ row("STREAM", 11, [], StreamPattern, {
  raw: true,
});

/** SERVER. */
export const SERVER: TypeInfo = /* @__PURE__ */ row(
  "SERVER",
  12,
  ["CLIENT"],
  ServerPattern,
  { threadSafe: true },
);

/** CLIENT. */
export const CLIENT: TypeInfo = /* @__PURE__ */ row(
  "CLIENT",
  13,
  ["SERVER"],
  ClientPattern,
  { threadSafe: true },
);

/** RADIO. */
export const RADIO: TypeInfo = /* @__PURE__ */ row("RADIO", 14, ["DISH"], RadioPattern, {
  threadSafe: true,
});

/** DISH. */
export const DISH: TypeInfo = /* @__PURE__ */ row("DISH", 15, ["RADIO"], DishPattern, {
  threadSafe: true,
});

/** GATHER. */
export const GATHER: TypeInfo = /* @__PURE__ */ row(
  "GATHER",
  16,
  ["SCATTER"],
  GatherPattern,
  {
    conflates: true,
    threadSafe: true,
  },
);

/** SCATTER. */
export const SCATTER: TypeInfo = /* @__PURE__ */ row(
  "SCATTER",
  17,
  ["GATHER"],
  ScatterPattern,
  {
    conflates: true,
    threadSafe: true,
  },
);

/** DGRAM. */
export const DGRAM: TypeInfo = /* @__PURE__ */ row("DGRAM", 18, [], DgramPattern);

/** PEER. */
export const PEER: TypeInfo = /* @__PURE__ */ row("PEER", 19, ["PEER"], ServerPattern, {
  threadSafe: true,
});

/** CHANNEL. */
export const CHANNEL: TypeInfo = /* @__PURE__ */ row(
  "CHANNEL",
  20,
  ["CHANNEL"],
  ChannelPattern,
  { threadSafe: true },
);

/** All types by their names on the wire: the twelve classic ones, and those that libzmq calls drafts. */
export const SOCKET_TYPES: { readonly [name in SocketTypeName]: TypeInfo } = {
  PAIR,
  PUB,
  SUB,
  REQ,
  REP,
  DEALER,
  ROUTER,
  PULL,
  PUSH,
  XPUB,
  XSUB,
  STREAM,
  SERVER,
  CLIENT,
  RADIO,
  DISH,
  GATHER,
  SCATTER,
  DGRAM,
  PEER,
  CHANNEL,
};
