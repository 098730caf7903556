import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  Dealer,
  Publisher,
  Pull,
  Push,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "../../../mod.ts";
import { Network } from "../../support/transports.ts";
import type { NetworkOptions } from "../../support/transports.ts";
import { pattern } from "../../support/transcript.ts";

const A = "tcp://127.0.0.1:4000";
const B = "tcp://127.0.0.1:4001";
const RETRY = { reconnectInterval: 1, reconnectMaxInterval: 1, linger: 0 };

function setUp(options: NetworkOptions = {}): { network: Network; context: Context } {
  const network = new Network(options);
  return { network, context: new Context({ transports: network.transports, blocky: false }) };
}

describe("Back-pressure from end to end", () => {
  it("a PULL that receives nothing stops its PUSH after the marks and what the network holds; nothing is lost", async () => {
    const { network, context } = setUp({ capacity: 2000 });
    const pull = new Pull({ context, receiveHighWaterMark: 20 });
    const push = new Push({ context, sendHighWaterMark: 30 });
    await pull.bind(A);
    push.connect(A);
    let sent = 0;
    for (let quiet = 0; quiet < 3;) {
      if (push.trySend(pattern(100, sent))) {
        sent++;
        quiet = 0;
      } else {
        await network.idle();
        quiet++;
      }
    }
    const onTheWire = 2 * 65_536 / 102;
    assert(sent >= 50 && sent < 50 + 2 * onTheWire, `${sent} messages`);
    assertEquals(push.writable, false);
    for (let n = 0; n < sent; n++) {
      const [frame] = await pull.receive();
      assert(frame.equals(pattern(100, n)), `message ${n} of ${sent}`);
    }
    assertEquals(pull.tryReceive(), undefined);
    assertEquals(push.writable, true);
    await context.close();
  });

  it("a reader that reads and stops again has as many ahead of it as before, up to the mark", async () => {
    for (const read of [60, 100]) {
      const { network, context } = setUp();
      const pull = new Pull({ context, receiveHighWaterMark: 100 });
      const push = new Push({ context, sendHighWaterMark: 0 });
      await pull.bind(A);
      push.connect(A);
      for (let n = 0; n < 2000; n++) assert(push.trySend(pattern(100, n)));
      await network.idle();
      assertEquals(pull.statistics().queuedIn, 100);
      for (let n = 0; n < read; n++) assert(pull.tryReceive()![0].equals(pattern(100, n)));
      await network.idle();
      assertEquals(pull.statistics().queuedIn, 100);
      await context.close();
    }
  });

  it("sends that wait are served in order as soon as the receiver makes room", async () => {
    const { context } = setUp({ capacity: 100 });
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    const push = new Push({ context, sendHighWaterMark: 1 });
    await pull.bind(A);
    push.connect(A);
    const sends = Array.from({ length: 300 }, (_, i) => push.send([`${i}`, pattern(500)]));
    for (let i = 0; i < 300; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await Promise.all(sends);
    await context.close();
  });

  it("PUB drops for a subscriber that does not read, and goes on for the others", async () => {
    const { network, context } = setUp({ capacity: 1000 });
    const publisher = new Publisher({ context, sendHighWaterMark: 10 });
    await publisher.bind(A);
    const slow = new Subscriber({ context, receiveHighWaterMark: 1 });
    const quick = new Subscriber({ context, receiveHighWaterMark: 0 });
    for (const subscriber of [slow, quick]) {
      subscriber.subscribe();
      subscriber.connect(A);
    }
    await network.idle();
    const heard: string[] = [];
    void (async () => {
      for await (const [first] of quick) heard.push(String(first));
    })();
    for (let i = 0; i < 200; i++) {
      await publisher.send([`${i}`, pattern(2000)]);
      await network.idle();
    }
    assertEquals(heard, Array.from({ length: 200 }, (_, i) => `${i}`));
    assert(publisher.dropped.full > 0);
    await context.close();
  });

  it("noDrop: XPUB waits for a subscriber that does not read, and each message arrives once", async () => {
    const { network, context } = setUp({ capacity: 500 });
    const publisher = new XPublisher({ context, sendHighWaterMark: 5, noDrop: true });
    await publisher.bind(A);
    const subscribers = [1, 1000].map((receiveHighWaterMark) => {
      const subscriber = new Subscriber({ context, receiveHighWaterMark });
      subscriber.subscribe();
      subscriber.connect(A);
      return subscriber;
    });
    await network.idle();
    const sends = Array.from({ length: 100 }, (_, i) => publisher.send([`${i}`, pattern(1000)]));
    for (const subscriber of subscribers) {
      for (let i = 0; i < 100; i++) assertEquals(String((await subscriber.receive())[0]), `${i}`);
      assertEquals(subscriber.tryReceive(), undefined);
    }
    await Promise.all(sends);
    assertEquals(publisher.dropped.full, 0);
    await context.close();
  });

  it("STREAM stops at its high-water mark when the peer does not read", async () => {
    const { network, context } = setUp({ capacity: 100 });
    const server = new Stream({ context, sendHighWaterMark: 10 });
    const client = new Stream({ context });
    await server.bind(A);
    client.connect(A);
    const [id] = await server.receive();
    await client.receive();
    network.frozen = true;
    let sent = 0;
    while (sent < 1000 && server.trySend([id, pattern(1000)])) sent++;
    assert(sent < 100, `${sent} messages taken`);
    await context.close();
  });
});

describe("conflate (ZMQ_CONFLATE)", () => {
  it("a PULL that is slow gets the newest message only", async () => {
    const { network, context } = setUp();
    const pull = new Pull({ context, conflate: true });
    const push = new Push({ context });
    await pull.bind(A);
    push.connect(A);
    for (let i = 0; i < 100; i++) await push.send(`${i}`);
    await network.idle();
    assertEquals(String((await pull.receive())[0]), "99");
    assertEquals(pull.tryReceive(), undefined);
    await context.close();
  });

  it("a message of several parts stays whole at either end, where libzmq keeps the last part", async () => {
    for (const end of ["sender", "receiver"]) {
      const { network, context } = setUp();
      const pull = new Pull({ context, conflate: end === "receiver" });
      const push = new Push({ context, conflate: end === "sender" });
      push.connect(A);
      for (const each of ["1", "2"]) await push.send([each, "second"]);
      await pull.bind(A);
      await network.idle();
      if (end === "receiver") await push.send(["2", "second"]);
      await network.idle();
      assertEquals((await pull.receive()).map(String), ["2", "second"]);
      await context.close();
    }
  });

  it("a PUSH keeps the newest message only for a peer that is not there", async () => {
    const { context } = setUp();
    const push = new Push({ context, conflate: true, ...RETRY });
    push.connect(A);
    for (let i = 0; i < 100; i++) await push.send(`${i}`);
    const pull = new Pull({ context });
    await pull.bind(A);
    assertEquals(String((await pull.receive())[0]), "99");
    assertEquals(pull.tryReceive(), undefined);
    await context.close();
  });

  // libzmq has no high-water mark on a pipe that conflates.
  it("the high-water mark does not stop it: 1 is enough for the newest", async () => {
    const { network, context } = setUp();
    const push = new Push({ context, conflate: true, sendHighWaterMark: 1, ...RETRY });
    push.connect(A);
    for (let i = 0; i < 10; i++) assert(push.trySend(`${i}`), `${i}`);
    const pull = new Pull({ context, conflate: true, receiveHighWaterMark: 1 });
    await pull.bind(A);
    await network.idle();
    for (let i = 10; i < 20; i++) {
      assert(push.trySend(`${i}`));
      await network.idle();
    }
    assertEquals(String((await pull.receive())[0]), "19");
    await context.close();
  });
});

describe("linger and close", () => {
  it("-1: close sends all that waits, then the connection ends in order", async () => {
    const { context } = setUp({ capacity: 100, piece: 50 });
    const pull = new Pull({ context });
    const push = new Push({ context, linger: -1 });
    await pull.bind(A);
    push.connect(A);
    for (let i = 0; i < 100; i++) await push.send(`${i}`);
    const closed = push[Symbol.asyncDispose]();
    for (let i = 0; i < 100; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await closed;
    await context.close();
  });

  it("-1: a socket that was closed still finds a peer that comes later", async () => {
    const { context } = setUp();
    const push = new Push({ context, linger: -1, reconnectInterval: 1 });
    push.connect(A);
    await push.send("lingering");
    const closed = push[Symbol.asyncDispose]();
    const pull = new Pull({ context });
    await pull.bind(A);
    assertEquals(String((await pull.receive())[0]), "lingering");
    await closed;
    await context.close();
  });

  it("-1: what lingers survives a connection that is lost meanwhile", async () => {
    const { network, context } = setUp({ capacity: 100, batchSize: 50 });
    const pull = new Pull({ context });
    const push = new Push({ context, linger: -1, reconnectInterval: 1 });
    await pull.bind(A);
    push.connect(A);
    await push.send("first");
    await pull.receive();
    network.frozen = true;
    for (let i = 0; i < 50; i++) await push.send([`${i}`, pattern(90)]);
    const closed = push[Symbol.asyncDispose]();
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    network.killAll();
    network.frozen = false;
    let last = -1;
    while (last !== 49) {
      const n = Number(String((await pull.receive())[0]));
      assert(n > last, `${n} after ${last}`);
      last = n;
    }
    await closed;
    await context.close();
  });

  it("0: close drops what waits at once", async () => {
    const { network, context } = setUp();
    const push = new Push({ context, linger: 0, reconnectInterval: 1 });
    push.connect(A);
    for (let i = 0; i < 10; i++) await push.send(`${i}`);
    await push[Symbol.asyncDispose]();
    const dials = network.dials;
    const pull = new Pull({ context });
    await pull.bind(A);
    await network.idle();
    assertEquals([pull.tryReceive(), network.dials, push.dropped.lost], [undefined, dials, 10]);
    await context.close();
  });

  it("n: close gives up after n milliseconds", async () => {
    const { context } = setUp();
    const push = new Push({ context, linger: 20, reconnectInterval: 1000 });
    push.connect(A);
    await push.send("x");
    const before = performance.now();
    await push[Symbol.asyncDispose]();
    const elapsed = performance.now() - before;
    assert(elapsed >= 15, `${elapsed} ms`);
    assertEquals(push.dropped.lost, 1);
    await context.close();
  });

  it("n: a peer that stopped reading does not hold the close for longer", async () => {
    const { network, context } = setUp({ capacity: 100 });
    const pull = new Pull({ context });
    const push = new Push({ context, linger: 20 });
    await pull.bind(A);
    push.connect(A);
    await push.send("x");
    await pull.receive();
    network.frozen = true;
    for (let i = 0; i < 100; i++) await push.send(pattern(100));
    await push[Symbol.asyncDispose]();
    network.frozen = false;
    await context.close();
  });

  it("in every state of a connection: close resolves, and nothing is left open", async () => {
    for (let turns = 0; turns < 40; turns++) {
      for (const linger of [0, -1]) {
        const { network, context } = setUp({ seed: turns + 1, piece: 20 });
        const pull = new Pull({ context });
        const push = new Push({ context, linger });
        const bound = pull.bind(A);
        push.connect(A);
        for (let i = 0; i < turns; i++) {
          await network.turn();
          if (i === 8) void push.send("x");
        }
        const closed = [push[Symbol.asyncDispose](), pull[Symbol.asyncDispose]()];
        // With linger -1 what waits for a peer that has gone waits for ever, as in libzmq.
        if (linger === 0) await Promise.all(closed);
        else await closed[1];
        await bound.catch(() => {});
        if (linger === 0) assertEquals(network.connections.length, 0, `after ${turns} turns`);
        push.close();
        if (linger === 0) await context.close();
      }
    }
  });

  it("close is idempotent, and its promise is one", async () => {
    const { context } = setUp();
    const push = new Push({ context });
    push.connect(A);
    const first = push[Symbol.asyncDispose]();
    push.close();
    push[Symbol.dispose]();
    await Promise.all([first, push[Symbol.asyncDispose]()]);
    assertEquals(push.closed, true);
    await context.close();
  });
});

describe("disconnect and unbind", () => {
  it("disconnect sends what waits and takes nothing more", async () => {
    const { network, context } = setUp();
    const [a, b] = [new Pull({ context }), new Pull({ context })];
    await a.bind(A);
    await b.bind(B);
    const push = new Push({ context, linger: -1 });
    push.connect(A);
    for (let i = 0; i < 10; i++) await push.send(`a${i}`);
    push.disconnect(A);
    push.connect(B);
    for (let i = 0; i < 10; i++) await push.send(`b${i}`);
    for (let i = 0; i < 10; i++) assertEquals(String((await a.receive())[0]), `a${i}`);
    for (let i = 0; i < 10; i++) assertEquals(String((await b.receive())[0]), `b${i}`);
    await network.idle();
    assertEquals(network.connections.length, 1);
    await context.close();
  });

  // The pipe stays unclosed while it lingers, and `sent` tells the pattern of room in it.
  it("disconnect of a peer that was full: it does not come back into the turn", async () => {
    const { network, context } = setUp({ capacity: 100 });
    const [a, b] = [new Pull({ context }), new Pull({ context })];
    await a.bind(A);
    await b.bind(B);
    const push = new Push({ context, linger: -1, sendHighWaterMark: 4 });
    push.connect(A);
    await push.send("first");
    await a.receive();
    network.frozen = true;
    let sent = 1;
    while (push.trySend([`a${sent}`, pattern(100)])) sent++;
    push.disconnect(A);
    push.connect(B);
    network.frozen = false;
    const sends = Array.from({ length: 100 }, (_, i) => push.send(`b${i}`));
    for (let i = 1; i < sent; i++) assertEquals(String((await a.receive())[0]), `a${i}`);
    for (let i = 0; i < 100; i++) assertEquals(String((await b.receive())[0]), `b${i}`);
    await Promise.all(sends);
    await context.close();
  });

  it("disconnect of what was never connected, and unbind of what was never bound, are ENOENT", async () => {
    const { context } = setUp();
    const push = new Push({ context });
    const codes: unknown[] = [];
    try {
      push.disconnect(A);
    } catch (error) {
      codes.push((error as { code: string }).code);
    }
    await push.unbind(A).catch((error) => codes.push(error.code));
    assertEquals(codes, ["ENOENT", "ENOENT"]);
    await context.close();
  });

  it("unbind ends the connections that came by it and frees the name", async () => {
    const { network, context } = setUp();
    const pull = new Pull({ context });
    const push = new Push({ context, ...RETRY });
    await pull.bind(A);
    push.connect(A);
    await push.send("x");
    await pull.receive();
    network.refusing = true;
    await pull.unbind(A);
    await network.until(() => network.connections.length === 0);
    const other = new Pull({ context });
    await other.bind(A);
    network.refusing = false;
    await push.send("y");
    assertEquals(String((await other.receive())[0]), "y");
    await context.close();
  });

  it("a socket that was closed while it was being bound is not bound", async () => {
    const { context } = setUp();
    const pull = new Pull({ context });
    const bound = pull.bind(A);
    const closed = pull[Symbol.asyncDispose]();
    await bound.catch(() => {});
    await closed;
    const other = new Pull({ context });
    await other.bind(A);
    await context.close();
  });
});

describe("Subscriptions and reconnect", () => {
  it("a publisher that comes back hears of all of 5000 topics", async () => {
    const { network, context } = setUp();
    const subscriber = new Subscriber({ context, ...RETRY });
    for (let i = 0; i < 5000; i++) subscriber.subscribe(`topic ${i}/`);
    const publisher = new XPublisher({ context, receiveHighWaterMark: 0 });
    await publisher.bind(A);
    subscriber.connect(A);
    for (let round = 0; round < 3; round++) {
      const topics = new Set<string>();
      while (topics.size < 5000) {
        const [notice] = await publisher.receive();
        if (notice[0] === 1) topics.add(notice.subarray(1).toString());
      }
      await publisher.send(["topic 4999/", `${round}`]);
      assertEquals(String((await subscriber.receive())[1]), `${round}`);
      network.killAll();
      for (let ended = 0; ended < 5000; ended++) assertEquals((await publisher.receive())[0][0], 0);
    }
    await context.close();
  });

  it("a topic that was left while there was no connection is not subscribed to again", async () => {
    const { network, context } = setUp();
    const publisher = new XPublisher({ context });
    await publisher.bind(A);
    const subscriber = new XSubscriber({ context, ...RETRY });
    subscriber.connect(A);
    await subscriber.send("\x01old");
    assertEquals(String((await publisher.receive())[0]), "\x01old");
    network.refusing = true;
    network.killAll();
    assertEquals(String((await publisher.receive())[0]), "\x00old");
    await subscriber.send("\x00old");
    await subscriber.send("\x01new");
    network.refusing = false;
    assertEquals(String((await publisher.receive())[0]), "\x01new");
    await network.idle();
    assertEquals(publisher.tryReceive(), undefined);
    await context.close();
  });

  // Commands that were queued for the old connection are still in the queue for the new one.
  it("nor is one whose SUBSCRIBE had not left when the connection was lost", async () => {
    const { network, context } = setUp({ capacity: 1 });
    const publisher = new XPublisher({ context });
    await publisher.bind(A);
    const subscriber = new XSubscriber({ context, ...RETRY });
    subscriber.connect(A);
    await subscriber.send("\x01first");
    assertEquals(String((await publisher.receive())[0]), "\x01first");
    network.frozen = true;
    await subscriber.send("\x01on its way");
    await network.until(() => network.connections[0]!.near.waiting > 0);
    await subscriber.send("\x01stale");
    network.refusing = true;
    network.killAll();
    await network.until(() => network.dials > 1);
    await subscriber.send("\x00stale");
    network.refusing = false;
    network.frozen = false;
    await network.until(() => network.made > 1);
    await network.idle();
    const heard = new Set<string>();
    for (let notice = publisher.tryReceive(); notice !== undefined; notice = publisher.tryReceive()) {
      heard.add(String(notice[0]));
    }
    assertEquals(heard.has("\x01stale"), false, JSON.stringify([...heard]));
    await context.close();
  });

  it("XPUB hears of the end of every topic of a peer that was lost", async () => {
    const { network, context } = setUp();
    const publisher = new XPublisher({ context });
    await publisher.bind(A);
    const subscriber = new Subscriber({ context, reconnectInterval: -1 });
    subscriber.subscribe("a", "b");
    subscriber.connect(A);
    const heard: string[] = [];
    for (let i = 0; i < 2; i++) heard.push(String((await publisher.receive())[0]));
    network.killAll();
    for (let i = 0; i < 2; i++) heard.push(String((await publisher.receive())[0]));
    assertEquals(heard, ["\x01a", "\x01b", "\x00a", "\x00b"]);
    await context.close();
  });
});

describe("High-water marks that change under a live connection", () => {
  it("a sender that waits goes on when the mark is raised", async () => {
    const { network, context } = setUp({ capacity: 10 });
    const push = new Dealer({ context, sendHighWaterMark: 1 });
    push.connect(A);
    await push.send("1");
    let second = false;
    const sent = push.send("2").then(() => second = true);
    await network.idle();
    assertEquals(second, false);
    push.sendHighWaterMark = 10;
    await sent;
    await context.close();
  });
});
