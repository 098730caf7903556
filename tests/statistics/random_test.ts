/**
 * The laws of the counters under random use: sockets of every pattern with random options over every transport are
 * sent to, received from, cut, closed, let go and connected again, and audited after every step. The steps come from
 * a seed; what the network makes of them is its own affair, and the laws hold whatever that is.
 *
 * @module
 */

import { assert } from "@std/assert";
import { describe } from "@std/testing/bdd";
import * as zmq from "@puremq/zmq";
import { type AnyTransport, elapse, type Scope, test, until } from "../interop/scope.ts";
import { Random } from "../support/reference.ts";
import { Audited, done, type Subject } from "./audit.ts";
import { CutProxy } from "./cut_proxy.ts";

type Type = keyof typeof TYPES;
type Options = { [name: string]: unknown };

const TYPES = {
  Channel: zmq.Channel,
  Client: zmq.Client,
  Datagram: zmq.Datagram,
  Dealer: zmq.Dealer,
  Dish: zmq.Dish,
  Gather: zmq.Gather,
  Pair: zmq.Pair,
  Peer: zmq.Peer,
  Publisher: zmq.Publisher,
  Pull: zmq.Pull,
  Push: zmq.Push,
  Radio: zmq.Radio,
  Reply: zmq.Reply,
  Request: zmq.Request,
  Router: zmq.Router,
  Scatter: zmq.Scatter,
  Server: zmq.Server,
  Stream: zmq.Stream,
  Subscriber: zmq.Subscriber,
  XPublisher: zmq.XPublisher,
  XSubscriber: zmq.XSubscriber,
};

/** Who binds, and who connects. */
const PAIRS: readonly (readonly [Type, Type])[] = [
  ["Push", "Pull"],
  ["Pull", "Push"],
  ["Publisher", "Subscriber"],
  ["Subscriber", "XPublisher"],
  ["XPublisher", "XSubscriber"],
  ["Reply", "Request"],
  ["Request", "Router"],
  ["Router", "Dealer"],
  ["Dealer", "Reply"],
  ["Pair", "Pair"],
  ["Server", "Client"],
  ["Radio", "Dish"],
  ["Scatter", "Gather"],
  ["Peer", "Peer"],
  ["Channel", "Channel"],
];

/** Options of which each socket gets some, and their values; a type takes those that it has. */
const CHOICES: { readonly [name: string]: readonly unknown[] } = {
  sendHighWaterMark: [1, 2, 5, 20, 100, 0],
  receiveHighWaterMark: [1, 2, 5, 20, 100, 0],
  linger: [0, 20],
  immediate: [true, false, false, false],
  conflate: [true, false, false, false],
  mandatory: [true, false],
  handover: [true, false],
  routerNotify: [0, 0, 1, 2, 3],
  relaxed: [true, false],
  correlate: [true, false],
  probeRouter: [true, false, false],
  routingId: [undefined, undefined, "a", "b"],
  helloMessage: [undefined, undefined, "hello"],
  disconnectMessage: [undefined, undefined, "bye"],
  hiccupMessage: [undefined, undefined, "hiccup"],
  manual: [true, false],
  verbosity: [undefined, "allSubs", "allSubsUnsubs"],
  welcomeMessage: [undefined, undefined, "welcome"],
  noDrop: [true, false, false],
};

const STEPS = 30;

describe("the laws of the counters", () => {
  for (const transport of ["inproc", "threads", "tcp", "ipc", "ws"] as const) {
    test(`hold for every pattern over ${transport}, whatever happens to it`, async (scope) => {
      for (const [index, [binder, connector]] of PAIRS.entries()) {
        await new World(scope, 1000 + index, transport, binder, connector).run();
      }
    });
  }

  test("hold for STREAM", (scope) => new World(scope, 1, "tcp", "Stream", "Stream").run());
  test("hold for RADIO and DISH over udp", (scope) => new World(scope, 2, "udp", "Dish", "Radio").run());
  test("hold for DGRAM", (scope) => new World(scope, 3, "udp", "Datagram", "Datagram").run());
});

/** Some sockets of two types that fit, and what is done to them. */
class World {
  readonly #scope: Scope;
  readonly #random: Random;
  readonly #transport: AnyTransport | "threads" | "udp";
  readonly #binder: Type;
  readonly #connector: Type;
  readonly #sockets: Audited[] = [];
  /** Where the bound ones are, and by which way to connect there. */
  readonly #bound: { readonly by: Audited; readonly address: string; readonly way: string }[] = [];
  readonly #proxies: CutProxy[] = [];
  #contexts: [zmq.Context, zmq.Context];

  constructor(
    scope: Scope,
    seed: number,
    transport: AnyTransport | "threads" | "udp",
    binder: Type,
    connector: Type,
  ) {
    this.#scope = scope;
    this.#random = new Random(seed);
    this.#transport = transport;
    this.#binder = binder;
    this.#connector = connector;
    const context = new zmq.Context({ blocky: false });
    this.#contexts = [context, transport === "threads" ? new zmq.Context({ blocky: false }) : context];
  }

  async run(): Promise<void> {
    try {
      await this.#open();
      for (let step = 0; step < STEPS; step++) {
        await this.#step();
        for (const each of this.#sockets) each.check();
        for (const context of this.#contexts) JSON.parse(JSON.stringify(context.inspect()));
      }
      await this.#settle();
    } catch (error) {
      const seed = `seed ${this.#random.seed}, ${this.#binder} and ${this.#connector}, ${this.#transport}`;
      throw new Error(`${seed}: ${(error as Error).message}`, { cause: error });
    } finally {
      for (const each of this.#sockets) void each.close();
      await Promise.all(this.#contexts.map((context) => context.close()));
      await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    }
    for (const each of this.#sockets) each.check();
  }

  async #open(): Promise<void> {
    const [above, below] = this.#contexts;
    if (above !== below) {
      const { port1, port2 } = new MessageChannel();
      above.attach(port1);
      await below.join(port2);
    }
    for (let n = this.#random.between(1, 2); n > 0; n--) {
      const by = this.#make(this.#binder, above);
      const address = this.#address();
      // Sometimes the name is bound later, or never.
      if (!address.startsWith("inproc") || this.#random.below(3) > 0) await by.socket.bind(address);
      const real = by.socket.lastEndpoint ?? address;
      let way = real;
      if (this.#transport === "tcp") {
        const proxy = await CutProxy.open(Number(real.split(":").pop()));
        this.#proxies.push(proxy);
        way = proxy.address;
      }
      this.#bound.push({ by, address: real, way });
    }
    for (let n = this.#random.between(1, 3); n > 0; n--) await this.#join();
  }

  #address(): string {
    if (this.#transport === "udp") return "udp://127.0.0.1:*";
    return this.#scope.address(this.#transport === "threads" ? "inproc" : this.#transport);
  }

  #make(name: Type, context: zmq.Context): Audited {
    const options: Options = { reconnectInterval: 1 };
    for (const [option, values] of Object.entries(CHOICES)) {
      const value = this.#pick(values);
      if (value !== undefined && option in TYPES[name].prototype) options[option] = value;
    }
    const socket = new TYPES[name]({ ...options, context });
    if (socket instanceof zmq.Subscriber && this.#random.below(4) > 0) socket.subscribe("a");
    if (socket instanceof zmq.Dish) socket.join("g");
    const audited = new Audited(socket as unknown as Subject, options);
    this.#sockets.push(audited);
    return audited;
  }

  /** One more that connects. */
  async #join(): Promise<void> {
    const each = this.#make(this.#connector, this.#contexts[1]);
    if (this.#connector !== "Datagram") return void this.#connect(each);
    await each.socket.bind("udp://127.0.0.1:*");
    each.ids.push(`${this.#bound[0]!.address.slice("udp://".length)}\0`);
  }

  #connect(each: Audited): Promise<boolean> {
    // deno-lint-ignore require-await -- what it throws is to be a rejection
    return done((async () => each.socket.connect(this.#pick(this.#bound)!.way))());
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const each = this.#pick(this.#sockets.filter(({ closed }) => !closed));
    const bound = this.#pick(this.#bound)!;
    const dice = random.below(100);
    if (each === undefined) return;
    if (dice < 40) {
      const burst = random.below(3) === 0 ? random.between(2, 40) : 1;
      await Promise.all(Array.from({ length: burst }, () => this.#send(each)));
    } else if (dice < 70) {
      for (let n = random.below(2) === 0 ? 100 : 2; n > 0 && await each.receive(); n--);
    } else if (dice < 80) await elapse(random.below(4));
    else if (dice < 83) await done(this.#rebind(bound));
    else if (dice < 86) { for (const proxy of this.#proxies) proxy.cut(); }
    else if (dice < 89) await done((async () => await each.socket.disconnect(bound.way))());
    else if (dice < 91) await done(bound.by.socket.unbind(bound.address));
    else if (dice < 93) void each.close();
    else if (dice < 95) await this.#join();
    else if (dice < 97 && this.#connector === each.constructor.name) await this.#connect(each);
    else if ("sendHighWaterMark" in each.socket) each.socket.sendHighWaterMark = random.below(10);
  }

  async #rebind({ by, address }: { readonly by: Audited; readonly address: string }): Promise<void> {
    if (!by.closed) await by.socket.bind(address);
  }

  async #send(each: Audited): Promise<unknown> {
    const random = this.#random;
    const id = this.#pick(each.ids);
    const part = random.below(9) === 0 ? new Uint8Array(random.below(2) === 0 ? 40_000 : 9000) : "a message";
    const parts = Array.from({ length: random.between(1, 3) }, (_, n) => n === 0 ? part : "");
    switch (each.type) {
      case "PULL":
      case "SUB":
      case "GATHER":
      case "DISH":
        return undefined;
      case "CLIENT":
      case "CHANNEL":
      case "SCATTER":
        return await each.send(part);
      case "RADIO":
        return await each.send("a message", { group: this.#pick(["g", "other"]) });
      case "SERVER":
      case "PEER":
        return await each.send(part, { routingId: id ?? 77 });
      case "ROUTER":
        return await each.send([id ?? "nobody", "", ...parts]);
      case "STREAM":
      case "DGRAM":
        return id !== undefined && await each.send([id, "some octets"]);
      case "DEALER":
        return await each.send(["", ...parts]);
      default:
        return await each.send(parts);
    }
  }

  /** Lets come what is on its way, reads it, and compares both ends. */
  async #settle(): Promise<void> {
    const open = this.#sockets.filter(({ closed }) => !closed);
    for (let quiet = 0; quiet < 3;) {
      let some = false;
      for (const each of open) {
        while (await each.receive()) {
          some = true;
          // REP receives no more before it has replied.
          if (each.type === "REP") await each.send("reply");
        }
      }
      quiet = some ? 0 : quiet + 1;
      await elapse(2);
      for (const each of this.#sockets) each.check();
    }
    await until("each drop is told", () => this.#sockets.every(({ told }) => told));
    this.#compare();
  }

  /** Nothing arrives that was not sent. */
  #compare(): void {
    let sent = 0;
    let arrived = 0;
    for (const each of this.#sockets) {
      // Octets have no ends; publishers hear subscriptions, and some sockets tell their program of a peer's end.
      const { disconnectMessage, hiccupMessage, routerNotify, conflate } = each.options;
      if (["STREAM", "XSUB"].includes(each.type) || each.type === "DEALER" && conflate === true) return;
      if (disconnectMessage !== undefined || hiccupMessage !== undefined || routerNotify) return;
      sent += each.left;
      if (!["PUB", "XPUB", "RADIO"].includes(each.type)) arrived += each.socket.statistics().messagesReceived;
    }
    assert(arrived <= sent, `${arrived} have arrived, and ${sent} were sent`);
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#random.below(list.length)];
  }
}
