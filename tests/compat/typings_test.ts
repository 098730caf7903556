/**
 * The types of our face, as zeromq.js's users write against them: this file must compile, and what must not compile
 * says so. Nothing of the function is run.
 *
 * @module
 */

import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import type {
  Context,
  Dealer,
  Event,
  Observer,
  Publisher,
  Pull,
  Push,
  Router,
  Subscriber,
} from "../../mod.ts";

describe("typings", () => {
  it("let code written for zeromq.js compile, and refuse what a type cannot do", () => {
    assertEquals(typeof written, "function");
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
