/**
 * Sockets of every type, listening and connecting, over each transport, each with a good peer: an attack runs on all
 * of them, and after it each must have told of it by the right event, and must serve its good peer over the very
 * connection that it had before.
 *
 * @module
 */

import process from "node:process";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Scope, type Transport, type Watch, within } from "../interop/scope.ts";
import type { AnySocket, DraftName, DraftSocket, MonitorEvent, SocketName } from "../interop/subject.ts";
import { dial, type Side, type Stage, Trap, Wire } from "./wire.ts";

/** Classes of sockets that speak ZMTP. */
export type Name = Exclude<SocketName, "Stream"> | DraftName;

/** Each class, its name on the wire, and the class of its peers. */
export const KINDS: readonly [name: Name, wire: string, mate: Name][] = [
  ["Pair", "PAIR", "Pair"],
  ["Publisher", "PUB", "XSubscriber"],
  ["Subscriber", "SUB", "Publisher"],
  ["Request", "REQ", "Reply"],
  ["Reply", "REP", "Request"],
  ["Dealer", "DEALER", "Dealer"],
  ["Router", "ROUTER", "Dealer"],
  ["Pull", "PULL", "Push"],
  ["Push", "PUSH", "Pull"],
  ["XPublisher", "XPUB", "Subscriber"],
  ["XSubscriber", "XSUB", "XPublisher"],
  ["Server", "SERVER", "Client"],
  ["Client", "CLIENT", "Server"],
  ["Radio", "RADIO", "Dish"],
  ["Dish", "DISH", "Radio"],
  ["Gather", "GATHER", "Scatter"],
  ["Scatter", "SCATTER", "Gather"],
  ["Peer", "PEER", "Peer"],
  ["Channel", "CHANNEL", "Channel"],
];

const WIRE = new Map(KINDS.map(([name, wire]) => [name, wire]));
const DRAFTS = new Set(["Server", "Client", "Radio", "Dish", "Gather", "Scatter", "Peer", "Channel"]);
/** They have one peer at a time: the attacker is it, and the good peer comes after. */
const ALONE = new Set<Name>(["Pair", "Channel"]);
/** They would give messages to a connection that is not there yet. */
const BALANCED = new Set<Name>(["Request", "Dealer", "Push", "Client", "Scatter", "Pair", "Channel"]);

/** They have a limit on subscriptions, which is small here. */
const SUBSCRIBED = new Set<Name>(["Publisher", "XPublisher", "Radio"]);

/** The transports of this system. */
export const TRANSPORTS: readonly Transport[] = process.platform === "win32"
  ? ["tcp", "ws"]
  : ["tcp", "ipc", "ws"];

/** What an attack does, and what must come of it. */
export interface Attack {
  /** How far the handshake is when it begins. */
  readonly stage: Stage;
  /** Where there is such a thing; everywhere unless said. */
  readonly transports?: readonly Transport[];
  /** Against whom; all unless said. */
  readonly types?: readonly Name[];
  /** What is written, in pieces. */
  says(wire: Wire, name: Name): readonly Uint8Array[];
  /**
   * `ended`: the connection is closed by us, with an event that has such a code. `kept`: it goes on, and the peer
   * closes it. `left`: the peer closes it.
   */
  readonly outcome: "ended" | "kept" | "left";
  /** The code of the event's error. */
  readonly code?: RegExp;
}

/** A socket under attack, and its good peer. */
export class Subject {
  readonly name: Name;
  readonly side: Side;
  readonly transport: Transport;
  readonly socket: AnySocket & DraftSocket;
  readonly #watch: Watch;
  readonly #scope: Scope;
  #mate: (AnySocket & DraftSocket) | undefined;
  #mateWatch: Watch | undefined;
  #trap: Trap | undefined;
  #token = 0;

  private constructor(scope: Scope, name: Name, side: Side, transport: Transport, options: Options) {
    this.name = name;
    this.side = side;
    this.transport = transport;
    this.#scope = scope;
    const immediate = side === "connecting" && BALANCED.has(name);
    const subscriptions = SUBSCRIBED.has(name) ? { maxSubscriptions: 500 } : {};
    this.socket = open(scope, name, { reconnectInterval: 2, immediate, ...subscriptions, ...options });
    this.#watch = scope.watch(this.socket);
  }

  static async make(
    scope: Scope,
    name: Name,
    side: Side,
    transport: Transport,
    options: Options = {},
  ): Promise<Subject> {
    const self = new Subject(scope, name, side, transport, options);
    const { socket } = self;
    if (name === "Subscriber") socket.subscribe("");
    if (name === "Dish") socket.join("g");
    if (side === "listening") await socket.bind(scope.address(transport));
    if (!ALONE.has(name)) await self.#meet();
    if (side === "connecting") {
      self.#trap = await Trap.open(scope, transport);
      if (name === "Peer") socket.connectPeer(self.#trap.endpoint);
      else socket.connect(self.#trap.endpoint);
    }
    if (name === "XSubscriber") await socket.send("\x01");
    if (self.#mate !== undefined) await self.exchange();
    return self;
  }

  /** How it is called in a failure. */
  get label(): string {
    return `${WIRE.get(this.name)} ${this.side} over ${this.transport}`;
  }

  /** The endpoint that the attacker is at, or dials. */
  get endpoint(): string {
    return this.#trap?.endpoint ?? this.socket.lastEndpoint!;
  }

  /** A connection with an attacker at its other end. */
  async wire(stage: Stage): Promise<Wire> {
    const raw = await (this.#trap?.accept() ?? dial(this.#scope, this.endpoint));
    const wire = new Wire(raw, this.transport, this.side);
    await within(wire.enter(stage, WIRE.get(mateOf(this.name))!), 10_000, `${this.label}: the handshake`);
    return wire;
  }

  /** Runs one attack, and holds the socket to what must come of it. */
  async suffer(attack: Attack): Promise<void> {
    try {
      const wire = await this.wire(attack.stage);
      if (attack.stage === "ready") await this.#next(["handshake"]);
      for (const piece of attack.says(wire, this.name)) wire.raw.send(piece);
      if (attack.outcome === "ended") await this.#ended(attack, wire);
      else {
        if (attack.outcome === "kept") {
          assert(await within(wire.answers(), 10_000, "a PONG"));
        }
        wire.raw.end();
        await this.#next(["disconnect"]);
      }
      await this.exchange();
    } catch (error) {
      throw new Error(`${this.label}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The good peer is served, over the connection that it has had from the beginning. */
  async exchange(): Promise<void> {
    const alone = ALONE.has(this.name);
    if (alone) await this.#meet();
    const token = `good ${++this.#token}`;
    await within(trade(this.name, this.socket, this.#mate!, token), 10_000, `the good peer's ${token}`);
    if (alone) {
      const endpoint = this.#mate!.lastEndpoint;
      this.#mate!.close();
      await this.#next(["disconnect"]);
      if (this.side === "connecting") this.socket.disconnect(endpoint!);
    } else assertEquals(this.#mateWatch!.count("disconnect"), 0, "the good peer's connection was lost");
  }

  async #meet(): Promise<void> {
    const name = mateOf(this.name);
    const mate = this.#mate = open(this.#scope, name, { reconnectInterval: 2 });
    this.#mateWatch = this.#scope.watch(mate);
    if (name === "Subscriber") mate.subscribe("");
    if (name === "Dish") mate.join("g");
    const [from, to] = this.side === "listening" ? [mate, this.socket] : [this.socket, mate];
    if (this.side === "connecting") await mate.bind(this.#scope.address(this.transport));
    if (this.name === "Peer") peers.set(from, from.connectPeer(to.lastEndpoint!));
    else from.connect(to.lastEndpoint!);
    if (name === "XSubscriber") await mate.send("\x01");
  }

  async #ended({ stage, code }: Attack, wire: Wire): Promise<void> {
    await wire.raw.closed(10_000);
    const told = await this.#next([
      "handshake:error:protocol",
      "handshake:error:auth",
      "handshake:error:other",
      "disconnect",
    ]);
    assertMatch(told.type, stage === "ready" ? /^disconnect$/ : /^handshake:error:/);
    assertEquals(told.address, this.endpoint);
    assert(told.error instanceof Error, `the event ${told.type} has no error`);
    assertMatch(told.error.code ?? "", code ?? /^ERR_/);
    if (stage !== "ready") await this.#next(["disconnect"]);
  }

  #next(types: readonly string[]): Promise<MonitorEvent> {
    return this.#watch.next(types, 10_000);
  }
}

/** All sockets that an attack concerns. */
export class Field {
  readonly #subjects: Subject[] = [];

  static async make(scope: Scope, transports: readonly Transport[], options?: Options): Promise<Field> {
    const field = new Field();
    for (const transport of transports) {
      for (const side of ["listening", "connecting"] as const) {
        const some = KINDS.map(([name]) => Subject.make(scope, name, side, transport, options));
        field.#subjects.push(...await Promise.all(some));
      }
    }
    return field;
  }

  /** Runs the attack on all that it concerns, at the same time. Answers on how many. */
  async suffer(attack: Attack): Promise<number> {
    const some = this.#subjects.filter(({ name, transport }) =>
      (attack.types?.includes(name) ?? true) && (attack.transports?.includes(transport) ?? true)
    );
    assert(some.length > 0, "an attack on nobody");
    const results = await Promise.allSettled(some.map((subject) => subject.suffer(attack)));
    const failures = results.flatMap((result) => result.status === "rejected" ? [result.reason.message] : []);
    assertEquals(failures, []);
    return some.length;
  }
}

type Options = { readonly [option: string]: unknown };

/** The numbers by which a PEER knows whom it has connected to. */
const peers = new WeakMap<object, number>();

function mateOf(name: Name): Name {
  return KINDS.find(([own]) => own === name)![2];
}

function open(scope: Scope, name: Name, options: Options): AnySocket & DraftSocket {
  const socket = DRAFTS.has(name)
    ? scope.draft(name as DraftName, options)
    : scope.socket(name as SocketName, options);
  return socket as unknown as AnySocket & DraftSocket;
}

/** One message each way, as far as the types have ways. */
async function trade(
  name: Name,
  socket: AnySocket & DraftSocket,
  mate: AnySocket & DraftSocket,
  token: string,
): Promise<void> {
  switch (name) {
    case "Push":
    case "Scatter":
      return await over(socket, mate, token);
    case "Pull":
    case "Gather":
      return await over(mate, socket, token);
    case "Publisher":
    case "XPublisher":
    case "Radio":
      return await published(socket, mate, token);
    case "Subscriber":
    case "XSubscriber":
    case "Dish":
      return await published(mate, socket, token);
    case "Pair":
    case "Dealer":
    case "Channel":
    case "Request":
    case "Client":
      await over(socket, mate, token);
      return await back(mate, socket, token);
    case "Reply":
    case "Router":
    case "Server":
      await over(mate, socket, token);
      return await back(socket, mate, token);
    case "Peer": {
      const [from, to] = peers.has(socket) && peers.has(mate) === false ? [socket, mate] : [mate, socket];
      await from.send(token, { routingId: peers.get(from)! });
      await back(to, from, token, await taken(to, token));
    }
  }
}

type Any = AnySocket & DraftSocket;
type Message = unknown[];

async function over(from: Any, to: Any, token: string): Promise<void> {
  await from.send(token);
  lastFrom.set(to, await taken(to, token));
}

/** What came last, by which some types answer. */
const lastFrom = new WeakMap<object, Message>();

async function back(from: Any, to: Any, token: string, message = lastFrom.get(from)!): Promise<void> {
  const [first, second] = message as [Uint8Array, { routingId?: number } | Uint8Array | undefined];
  const answer = `${token} back`;
  if (second instanceof Uint8Array) await (from as AnySocket).send([first, answer]);
  else if (second?.routingId !== undefined) await from.send(answer, { routingId: second.routingId });
  else await from.send(answer);
  await taken(to, answer);
}

/** A subscription may still be on its way: the message is sent until it comes. */
async function published(from: Any, to: Any, token: string): Promise<void> {
  let come = false;
  const coming = taken(to, token).then(() => come = true);
  while (!come) {
    await from.send(token, { group: "g" });
    await Promise.race([coming, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
}

/** Receives up to this message. What an attacker must not bring to the program says "never". */
async function taken(socket: Any, token: string): Promise<Message> {
  for (;;) {
    const message: Message = await socket.receive();
    const texts = message.filter((part): part is Uint8Array => part instanceof Uint8Array)
      .map((part) => part.length > 100 ? "" : String.fromCharCode(...part));
    assert(!texts.some((text) => text.includes("never")), `delivered: ${texts}`);
    if (texts.includes(token)) return message;
  }
}
