/**
 * The types of our face, as zeromq.js's users write against them: this file must compile, and what must not compile
 * says so. Nothing of the function is run.
 *
 * @module
 */

import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import type {
  Client,
  Context,
  Dealer,
  Dish,
  Event,
  EventOfType,
  EventSubscriber,
  EventType,
  Frame,
  Gather,
  Observer,
  Publisher,
  Pull,
  Push,
  Radio,
  Router,
  Scatter,
  Server,
  Socket,
  SocketOptions,
  Stream,
  Subscriber,
} from "../../mod.ts";

describe("typings", () => {
  it("let code written for zeromq.js compile, and refuse what a type cannot do", () => {
    assertEquals(typeof written, "function");
  });

  it("do the same for code written for its draft module", () => {
    assertEquals(typeof drafted, "function");
  });

  it("do the same for code that names zeromq.js's types", () => {
    assertEquals(typeof named, "function");
  });
});

interface Face {
  readonly version: string;
  readonly context: Context;
  readonly Context: new (options?: { ioThreads?: number; ipv6?: boolean }) => Context;
  readonly Dealer: typeof Dealer;
  readonly Router: typeof Router;
  readonly Pull: typeof Pull;
  readonly Push: typeof Push;
  readonly Publisher: typeof Publisher;
  readonly Subscriber: typeof Subscriber;
}

async function written(zmq: Face): Promise<void> {
  const context = new zmq.Context({ ioThreads: 1, ipv6: true });
  context.threadPriority = 4;
  const threads: number = zmq.context.ioThreads;
  const socket = new zmq.Dealer({ context, sendTimeout: 200, probeRouter: true, routingId: "foobar" });
  const router = new zmq.Router();
  const timeout: number = socket.sendTimeout + threads;
  const name: string | null = socket.routingId;

  await socket.bind("tcp://foobar");
  await socket.unbind("tcp://foobar");
  socket.connect("tcp://foobar");
  socket.disconnect("tcp://foobar");
  router.connect("tcp://foobar", { routingId: "remote_id" });

  for await (const [part1, part2] of socket) {
    await socket.send(part1!);
    await socket.send([part1!, part2!]);
    const text: string = part1!.toString() + name + timeout;
    await socket.send([null, new Uint8Array(1), text]);
  }
  await socket.send(null);
  await socket.send("foo");
  const [first]: Uint8Array[] = await socket.receive();
  await socket.send(first!);

  socket.events.on("bind", ({ address }) => address.length);
  socket.events.off("bind", ({ address }) => address.length);
  socket.events.on("connect:retry", ({ interval, address }) => interval + address.length);
  socket.events.on("accept:error", ({ error, address }) => [error.code, error.errno, address]);
  await read(socket.events);

  // @ts-expect-error a PULL cannot send
  await new zmq.Pull().send("x");
  // @ts-expect-error a PUSH cannot receive
  await new zmq.Push().receive();
  // @ts-expect-error a SUB cannot send
  await new zmq.Subscriber().send("x");
  // @ts-expect-error a PUB cannot receive
  await new zmq.Publisher().receive();
  // @ts-expect-error a PULL has nothing to time out in sending
  new zmq.Pull({ sendTimeout: 5 });
  // @ts-expect-error an option that there is none of
  new zmq.Dealer({ doesNotExist: 1 });
  // @ts-expect-error a number cannot be an address
  socket.connect(5);
  // @ts-expect-error only ROUTER and STREAM name the peer of a connect
  socket.connect("tcp://foobar", { routingId: "x" });
  socket.close();
}

interface DraftFace {
  readonly Server: typeof Server;
  readonly Client: typeof Client;
  readonly Radio: typeof Radio;
  readonly Dish: typeof Dish;
  readonly Gather: typeof Gather;
  readonly Scatter: typeof Scatter;
}

async function drafted(zmq: DraftFace): Promise<void> {
  const server = new zmq.Server({ sendTimeout: 5 });
  const [question, { routingId }] = await server.receive();
  await server.send(question.toString(), { routingId });
  for await (const [body, from] of server) await server.send(body, { ...from, timeout: 5 });
  const sent: boolean = server.trySend("x", { routingId });
  const client = new zmq.Client();
  await client.send(String(sent));
  const [answer]: [Frame] = await client.receive();
  const radio = new zmq.Radio({ noDrop: true });
  await radio.send(answer, { group: "g" });
  await radio.send(null, { group: new Uint8Array(1) });
  const dish = new zmq.Dish();
  dish.join("a", new Uint8Array(1));
  dish.leave("a");
  const [, { group }] = await dish.receive();
  await new zmq.Scatter({ conflate: true }).send(group);
  const [last]: [Frame] = await new zmq.Gather({ conflate: true }).receive();

  // @ts-expect-error a SERVER's message needs its receiver
  await server.send("x");
  // @ts-expect-error a SERVER's receiver is a number
  await server.send("x", { routingId: "1" });
  // @ts-expect-error a message of one part
  await client.send(["a", "b"]);
  // @ts-expect-error a RADIO's message needs its group
  await radio.send(last);
  // @ts-expect-error a RADIO cannot receive
  await radio.receive();
  // @ts-expect-error a DISH cannot send
  await dish.send("x", { group: "g" });
  // @ts-expect-error a DISH takes no unsubscribe
  dish.unsubscribe("x");
}

async function read(events: Observer): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  for await (const event of events) told.push(addressOf(event));
  return told;
}

function addressOf(event: Event): string | undefined {
  switch (event.type) {
    case "end":
    case "unknown":
      return undefined;
    case "connect:retry":
      return `${event.interval} ${event.address}`;
    case "accept:error":
    case "bind:error":
    case "close:error":
    case "handshake:error:other":
      return `${event.error.code} ${event.error.errno} ${event.address}`;
    default:
      return event.address;
  }
}

interface SocketClasses {
  readonly Socket: typeof Socket;
  readonly Dealer: typeof Dealer;
  readonly Router: typeof Router;
  readonly Stream: typeof Stream;
}

function named({ Socket, Dealer, Router, Stream }: SocketClasses, context: Context): unknown[] {
  class Own extends Socket {
    constructor(options?: SocketOptions<Own>) {
      super(1, options);
    }
  }
  const dealing: SocketOptions<Dealer> = { context, sendTimeout: 3, routingId: "x", curvePublicKey: null };
  const routing = { mandatory: true, linger: 0 } satisfies SocketOptions<Router>;

  function heard<E extends EventType>(socket: Socket, type: E): Promise<EventOfType<E>> {
    return new Promise((resolve) => socket.events.on<E>(type, resolve));
  }
  const sockets = [
    new Own({ context, backlog: 5 }),
    new Dealer(dealing),
    new Router(routing),
    new Stream({}),
  ];
  const events: EventSubscriber = sockets[0]!.events;
  events.on("connect:retry", ({ interval }) => interval + 1).off("end", () => {});

  // @ts-expect-error it can only be read
  const mechanism: SocketOptions<Dealer> = { securityMechanism: null };
  // @ts-expect-error it is a method
  const closing: SocketOptions<Dealer> = { close() {} };
  // @ts-expect-error it is an option of ROUTER
  const mandatory: SocketOptions<Dealer> = { mandatory: true };
  return [heard(sockets[1]!, "accept"), mechanism, closing, mandatory];
}
