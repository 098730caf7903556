/**
 * The class Proxy: what programs written for zeromq.js 6 expect of it, and what its native twin promises but does
 * not do (pause, resume, a second run).
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  Dealer,
  Proxy,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  ZmqError,
} from "../../mod.ts";

interface ErrnoError extends Error {
  code?: string;
  errno?: number;
}

function thrown(body: () => unknown): ErrnoError {
  return assertThrows(body, Error) as ErrnoError;
}

describe("new Proxy", () => {
  it("keeps the sockets that it was given", async () => {
    const context = new Context({ blocky: false });
    const [frontEnd, backEnd] = [new Router({ context }), new Dealer({ context })];
    const proxy = new Proxy(frontEnd, backEnd);
    assertEquals(proxy.frontEnd, frontEnd);
    assertEquals(proxy.backEnd, backEnd);
    await context.close();
  });

  it("throws for what is no socket", async () => {
    const context = new Context({ blocky: false });
    const socket = new Router({ context });
    const make = (...all: unknown[]) => new Proxy(...all as [Router, Router]);
    const message = (...all: unknown[]) => (assertThrows(() => make(...all), TypeError) as Error).message;
    assertEquals(message(), "Front-end must be a socket object");
    assertEquals(message("foo", socket), "Front-end must be a socket object");
    assertEquals(message(socket), "Back-end must be a socket object");
    assertEquals(message(socket, null), "Back-end must be a socket object");
    assertEquals(thrown(() => make({}, socket)).message, "Invalid argument");
    assertEquals(thrown(() => make(socket, {})).message, "Invalid argument");
    await context.close();
  });
});

describe("Proxy.run", () => {
  it("throws EINVAL for an end that is neither bound nor connected, or is closed", async () => {
    const context = new Context({ blocky: false });
    const [frontEnd, backEnd] = [new Router({ context }), new Dealer({ context })];
    const proxy = new Proxy(frontEnd, backEnd);
    const refused = (name: string) => {
      const error = thrown(() => proxy.run());
      assertEquals(error.message, `${name} socket must be bound or connected`);
      assertEquals([error.code, error.errno], ["EINVAL", 22]);
    };
    refused("Front-end");
    await frontEnd.bind("tcp://127.0.0.1:*");
    refused("Back-end");
    backEnd.close();
    refused("Back-end");
    frontEnd.close();
    refused("Front-end");
    await context.close();
  });

  it("carries requests and replies until terminate, then closes both sockets and resolves", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new Router({ context }), new Dealer({ context }));
    await proxy.frontEnd.bind("tcp://127.0.0.1:*");
    await proxy.backEnd.bind("tcp://127.0.0.1:*");
    const [front, back] = [proxy.frontEnd.lastEndpoint!, proxy.backEnd.lastEndpoint!];
    const done = proxy.run();
    const client = new Request({ context });
    client.connect(front);
    const service = new Reply({ context });
    service.connect(back);
    await client.send("foo");
    assertEquals((await service.receive()).map(String), ["foo"]);
    await service.send(["bar", "baz"]);
    assertEquals((await client.receive()).map(String), ["bar", "baz"]);
    assertEquals(proxy.terminate(), undefined);
    await done;
    assertEquals([proxy.frontEnd.closed, proxy.backEnd.closed], [true, true]);
    await context.close();
  });

  it("carries subscriptions up and messages down", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new XSubscriber({ context }), new XPublisher({ context }));
    await proxy.frontEnd.bind("inproc://up");
    await proxy.backEnd.bind("inproc://down");
    const done = proxy.run();
    const publisher = new XPublisher({ context });
    publisher.connect("inproc://up");
    const subscriber = new Subscriber({ context });
    subscriber.subscribe("topic");
    subscriber.connect("inproc://down");
    await publisher.receive();
    await publisher.send(["topic", "body"]);
    assertEquals((await subscriber.receive()).map(String), ["topic", "body"]);
    proxy.terminate();
    await done;
    await context.close();
  });

  it("pauses and resumes (the native one does nothing, and pauses)", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new Pull({ context }), new Push({ context }));
    await proxy.frontEnd.bind("inproc://work");
    await proxy.backEnd.bind("inproc://workers");
    const done = proxy.run();
    const push = new Push({ context });
    push.connect("inproc://work");
    const pull = new Pull({ context });
    pull.connect("inproc://workers");
    proxy.pause();
    await push.send("x");
    await assertRejects(() => pull.receive({ timeout: 5 }), ZmqError);
    proxy.resume();
    assertEquals(String((await pull.receive())[0]), "x");
    assertEquals(proxy.statistics().front.received, { messages: 1, bytes: 1 });
    proxy.terminate();
    await done;
    await context.close();
  });

  it("refuses a second run with EBUSY, and the first goes on (the native one crashes the process)", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new Pull({ context }), new Push({ context }));
    await proxy.frontEnd.bind("inproc://work");
    await proxy.backEnd.bind("inproc://workers");
    const done = proxy.run();
    assertEquals(thrown(() => proxy.run()).code, "EBUSY");
    assertEquals(thrown(() => new Proxy(proxy.frontEnd, proxy.backEnd).run()).code, "EBUSY");
    proxy.terminate();
    await done;
    assertEquals(thrown(() => proxy.run()).code, "EINVAL");
    await context.close();
  });

  it("refuses a pair that cannot be joined with EINVAL", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new Pull({ context }), new Pull({ context }));
    await proxy.frontEnd.bind("inproc://work");
    await proxy.backEnd.bind("inproc://workers");
    assertEquals(thrown(() => proxy.run()).code, "EINVAL");
    await context.close();
  });

  it("keeps the sockets to itself: EBUSY", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new Router({ context }), new Dealer({ context }));
    await proxy.frontEnd.bind("inproc://work");
    await proxy.backEnd.bind("inproc://workers");
    const done = proxy.run();
    assertEquals(thrown(() => proxy.backEnd.send("x")).code, "EBUSY");
    assertEquals(thrown(() => proxy.frontEnd.receive()).message, "Socket is busy");
    proxy.terminate();
    await done;
    await context.close();
  });
});

describe("Proxy.pause, resume and terminate", () => {
  it("throw EBADF while it does not run", async () => {
    const context = new Context({ blocky: false });
    const proxy = new Proxy(new Router({ context }), new Dealer({ context }));
    for (const method of ["pause", "resume", "terminate"] as const) {
      const error = thrown(() => proxy[method]());
      assertEquals([error.code, error.message], ["EBADF", "Socket is closed"]);
    }
    await context.close();
  });
});
