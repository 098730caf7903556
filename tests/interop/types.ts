/**
 * What two sockets whose types fit say to each other: RFC 28 (request and reply), 29 (publish and subscribe),
 * 30 (pipeline), 31 (exclusive pair), with either end bound. The other end is a peer's.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Peer, PeerSocket } from "./peer.ts";
import { elapse, type Scope, texts, type Transport, within } from "./scope.ts";
import { type AnySocket, isOurs, type Part, type SocketName } from "./subject.ts";

/** What both our sockets and the peer's can do, in text. */
interface End {
  send(parts: string[]): Promise<void>;
  receive(): Promise<string[]>;
  subscribe(...topics: string[]): Promise<void>;
  unsubscribe(...topics: string[]): Promise<void>;
  /** It takes in new peers, and tells them its subscriptions, only while somebody waits for a message. */
  readonly lazy: boolean;
  /** Resolves when the connection is up. */
  joined(): Promise<unknown>;
}

/** Which end binds. */
type Bound = "ours" | "theirs";

/** Where to connect to in place of where the other end is bound. */
export type Through = (address: string) => string | Promise<string>;

/** Two types, and what they say to each other. */
export interface Row {
  readonly ours: SocketName;
  readonly theirs: SocketName;
  readonly ourOptions?: { readonly [name: string]: unknown };
  readonly theirOptions?: { readonly [name: string]: unknown };
  readonly exchange: (ours: End, theirs: End) => Promise<void>;
}

const NAMED = { ourOptions: { routingId: "ours" }, theirOptions: { routingId: "theirs" } };

/** All pairs of the classic types. */
export const ROWS: readonly Row[] = [
  { ours: "Pair", theirs: "Pair", exchange: bothWays },
  { ours: "Dealer", theirs: "Dealer", exchange: bothWays },
  { ours: "Request", theirs: "Reply", exchange: requests },
  { ours: "Reply", theirs: "Request", exchange: swapped(requests) },
  { ours: "Request", theirs: "Router", ...NAMED, exchange: (req, router) => envelopes(req, "ours", router) },
  {
    ours: "Router",
    theirs: "Request",
    ...NAMED,
    exchange: (router, req) => envelopes(req, "theirs", router),
  },
  { ours: "Reply", theirs: "Dealer", exchange: swapped(delimited) },
  { ours: "Dealer", theirs: "Reply", exchange: delimited },
  {
    ours: "Dealer",
    theirs: "Router",
    ...NAMED,
    exchange: (dealer, router) => routed(dealer, "ours", router),
  },
  {
    ours: "Router",
    theirs: "Dealer",
    ...NAMED,
    exchange: (router, dealer) => routed(dealer, "theirs", router),
  },
  { ours: "Router", theirs: "Router", ...NAMED, exchange: routers },
  { ours: "Push", theirs: "Pull", exchange: oneWay },
  { ours: "Pull", theirs: "Push", exchange: swapped(oneWay) },
  { ours: "Publisher", theirs: "Subscriber", exchange: publications },
  { ours: "Subscriber", theirs: "Publisher", exchange: swapped(publications) },
  { ours: "Publisher", theirs: "XSubscriber", exchange: publications },
  { ours: "XSubscriber", theirs: "Publisher", exchange: swapped(publications) },
  { ours: "XPublisher", theirs: "Subscriber", exchange: notices },
  { ours: "Subscriber", theirs: "XPublisher", exchange: swapped(notices) },
  { ours: "XPublisher", theirs: "XSubscriber", exchange: notices },
  { ours: "XSubscriber", theirs: "XPublisher", exchange: swapped(notices) },
];

/** Lets them say it, with ours bound and with theirs. */
export async function exchangeEitherWay(
  scope: Scope,
  peer: Peer,
  transport: Transport,
  { ours, theirs, ourOptions, theirOptions, exchange }: Row,
  through: Through = (address) => address,
): Promise<void> {
  for (const bound of ["ours", "theirs"] as const) {
    const mine = scope.socket(ours, ourOptions);
    const other = await peer.open(theirs, theirOptions);
    try {
      const joined = await link(scope, transport, bound, mine, other, through);
      await exchange(ourEnd(ours, mine, joined), theirEnd(theirs, other, joined));
    } catch (error) {
      throw new Error(`With ${bound} bound: ${(error as Error).message}`, { cause: error });
    }
    mine.close();
    await other.close();
  }
}

/** Joins the two; the answer resolves when the connection is ready to route. */
export async function link(
  scope: Scope,
  transport: Transport,
  bound: Bound,
  ours: AnySocket,
  theirs: PeerSocket,
  through: Through = (address) => address,
): Promise<() => Promise<unknown>> {
  const watch = scope.watch(ours);
  const address = scope.address(transport);
  if (bound === "ours") {
    await ours.bind(address);
    await theirs.connect(await through(ours.lastEndpoint!));
  } else ours.connect(await through(await theirs.bind(address)));
  return () => watch.next("handshake");
}

function ourEnd(name: SocketName, socket: AnySocket, joined: () => Promise<unknown>): End {
  const receive = async () => texts(await within(socket.receive(), 8000, `our ${name}'s receive()`));
  return {
    joined,
    receive,
    lazy: !isOurs,
    send: (parts) => socket.send(parts as Part[]),
    async subscribe(...topics) {
      if (name === "Subscriber") return socket.subscribe(...topics);
      for (const topic of topics) await socket.send(`\x01${topic}`);
    },
    async unsubscribe(...topics) {
      if (name === "Subscriber") return socket.unsubscribe(...topics);
      for (const topic of topics) await socket.send(`\x00${topic}`);
    },
  };
}

function theirEnd(name: SocketName, socket: PeerSocket, joined: () => Promise<unknown>): End {
  const receive = () => socket.receiveTexts(8000);
  return {
    joined,
    receive,
    lazy: true,
    send: (parts) => socket.send(parts),
    async subscribe(...topics) {
      if (name === "Subscriber") return await socket.subscribe(...topics);
      for (const topic of topics) await socket.send([`\x01${topic}`]);
    },
    async unsubscribe(...topics) {
      if (name === "Subscriber") return await socket.unsubscribe(...topics);
      for (const topic of topics) await socket.send([`\x00${topic}`]);
    },
  };
}

function swapped(exchange: Row["exchange"]): Row["exchange"] {
  return (ours, theirs) => exchange(theirs, ours);
}

async function oneWay(from: End, to: End): Promise<void> {
  for (const message of [["one"], ["two", "parts"], ["", "empty", ""], [""], ["ünïcödé"]]) {
    await from.send(message);
    assertEquals(await to.receive(), message);
  }
}

async function bothWays(one: End, other: End): Promise<void> {
  await oneWay(one, other);
  await oneWay(other, one);
}

/** RFC 28: REQ sends, then receives exactly one reply; REP returns it to the asker. */
async function requests(req: End, rep: End): Promise<void> {
  for (const message of [["question"], ["two", "parts"], ["", "empty", ""]]) {
    await req.send(message);
    assertEquals(await rep.receive(), message);
    await rep.send(["re", ...message]);
    assertEquals(await req.receive(), ["re", ...message]);
  }
}

/** RFC 28: REQ puts an empty delimiter before the request; ROUTER puts the peer's routing id before that. */
async function envelopes(req: End, name: string, router: End): Promise<void> {
  for (const body of ["first", "second"]) {
    await req.send([body]);
    assertEquals(await router.receive(), [name, "", body]);
    await router.send([name, "", `re ${body}`]);
    assertEquals(await req.receive(), [`re ${body}`]);
  }
}

/** RFC 28: REP keeps the envelope up to the delimiter and puts it back on the reply. */
async function delimited(dealer: End, rep: End): Promise<void> {
  for (const envelope of [[], ["hop"], ["hop", "hop 2"]]) {
    await dealer.send([...envelope, "", "question"]);
    assertEquals(await rep.receive(), ["question"]);
    await rep.send(["answer"]);
    assertEquals(await dealer.receive(), [...envelope, "", "answer"]);
  }
}

async function routed(dealer: End, name: string, router: End): Promise<void> {
  for (const message of [["one"], ["", "empty first"], ["two", "parts"]]) {
    await dealer.send(message);
    assertEquals(await router.receive(), [name, ...message]);
    await router.send([name, ...message]);
    assertEquals(await dealer.receive(), message);
  }
}

async function routers(ours: End, theirs: End): Promise<void> {
  await ours.joined(); // A ROUTER drops what it cannot route, so the peer's name must be known first.
  await ours.send(["theirs", "hello"]);
  assertEquals(await theirs.receive(), ["ours", "hello"]);
  await theirs.send(["ours", "and", "back"]);
  assertEquals(await ours.receive(), ["theirs", "and", "back"]);
}

const LONG_TOPIC = "t".repeat(300);

/**
 * RFC 29: by prefix, once though subscriptions overlap, and no longer after the unsubscription. A publisher hears
 * nothing of subscriptions, so it says a known topic until the first is heard: all those before it were taken.
 */
async function publications(pub: End, sub: End): Promise<void> {
  await sub.subscribe("alpha", "al", LONG_TOPIC, "sync");
  await marry(pub, sub, "sync");
  await pub.send(["beta", "not wanted"]);
  await pub.send(["alpha-1", "wanted"]);
  await pub.send([`${LONG_TOPIC}-tail`, "wanted"]);
  await pub.send([LONG_TOPIC.slice(1), "too short"]);
  await pub.send(["sync-end"]);
  assertEquals(await upTo(sub, "sync"), [["alpha-1", "wanted"], [`${LONG_TOPIC}-tail`, "wanted"]]);

  await sub.unsubscribe("alpha", "al");
  await sub.subscribe("second");
  await marry(pub, sub, "second");
  await pub.send(["alpha-2", "no longer wanted"]);
  await pub.send([LONG_TOPIC, "still wanted"]);
  await pub.send(["second-end"]);
  assertEquals(await upTo(sub, "second"), [[LONG_TOPIC, "still wanted"]]);
}

/** The same where the publisher hears of subscriptions: the first of a topic and the last unsubscription. */
async function notices(pub: End, sub: End): Promise<void> {
  const waiting = sub.lazy ? sub.receive() : undefined;
  waiting?.catch(() => {}); // Awaited below.
  await sub.subscribe("alpha", LONG_TOPIC);
  assertEquals([await pub.receive(), await pub.receive()].flat().toSorted(), [
    "\x01alpha",
    `\x01${LONG_TOPIC}`,
  ]);
  await pub.send(["beta", "not wanted"]);
  await pub.send(["alpha-1", "wanted"]);
  assertEquals(await (waiting ?? sub.receive()), ["alpha-1", "wanted"]);
  await pub.send([`${LONG_TOPIC}-tail`, ""]);
  assertEquals(await sub.receive(), [`${LONG_TOPIC}-tail`, ""]);
  await sub.unsubscribe("alpha");
  assertEquals(await pub.receive(), ["\x00alpha"]);
  await pub.send(["alpha-2", "no longer wanted"]);
  await pub.send([LONG_TOPIC, "still wanted"]);
  assertEquals(await sub.receive(), [LONG_TOPIC, "still wanted"]);
}

async function marry(pub: End, sub: End, topic: string): Promise<void> {
  let heard = false;
  const hearing = (async () => {
    while ((await sub.receive())[0] !== topic);
    heard = true;
  })();
  hearing.catch(() => heard = true);
  while (!heard) {
    await pub.send([topic]);
    await elapse(5);
  }
  await hearing;
}

async function upTo(sub: End, topic: string): Promise<string[][]> {
  const messages: string[][] = [];
  while (true) {
    const message = await sub.receive();
    if (message[0] === `${topic}-end`) return messages;
    if (message[0] !== topic) messages.push(message);
    assert(messages.length < 10);
  }
}
