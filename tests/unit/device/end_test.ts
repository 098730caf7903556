import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Pair, proxy, Pull, Push, queue, streamer, ZmqError } from "../../../mod.ts";
import { Network } from "../../support/transports.ts";
import { numbers, texts } from "./messages.ts";

const FRONT = "tcp://127.0.0.1:4000";
const BACK = "tcp://127.0.0.1:4001";
const RETRY = { reconnectInterval: 1, reconnectMaxInterval: 1 };

function setUp(): { network: Network; context: Context } {
  const network = new Network();
  return { network, context: new Context({ transports: network.transports, blocky: false }) };
}

describe("The end of a device", () => {
  it("hands on all that it had accepted before its own sockets close, whoever comes for it", async () => {
    const { network, context } = setUp();
    const device = streamer(FRONT, BACK, { context, linger: -1 });
    await device.ready;
    const push = new Push({ context, ...RETRY, linger: 0, sendHighWaterMark: 0 });
    push.connect(FRONT);
    await network.idle();
    // In one chunk: it is accepted as a whole, though no more than the mark of it is decoded.
    for (const body of numbers(3000)) assert(push.trySend(body));
    await network.idle();
    const before = device.statistics();
    assertEquals([before.front.queued.received, before.back.sent.messages], [1000, 0]);
    const ended = device.terminate();
    assertEquals(device.terminate(), ended);
    // Too late to be accepted: the front end takes nothing new.
    assert(push.trySend("late"));
    await network.idle();
    const pull = new Pull({ context, ...RETRY });
    pull.connect(BACK);
    assertEquals(await texts(pull, 3000), numbers(3000));
    await ended;
    assertEquals([device.front.closed, device.back.closed], [true, true]);
    assertEquals(device.statistics().back.sent.messages, 3000);
    await context.close();
  });

  it("waits for that no longer than linger says, and counts what is lost", async () => {
    const { network, context } = setUp();
    const device = streamer(FRONT, BACK, { context, linger: 20 });
    await device.ready;
    const push = new Push({ context, ...RETRY, linger: 0 });
    push.connect(FRONT);
    for (const body of numbers(10)) await push.send(body);
    await network.idle();
    assertEquals(device.statistics().front.queued.received, 10);
    await device.terminate();
    assertEquals(device.front.closed, true);
    const { front, back } = device.statistics();
    assertEquals([front.dropped, front.queued.received, back.sent.messages], [10, 0, 0]);
    await context.close();
  });

  it("with linger 0 is at once", async () => {
    const { network, context } = setUp();
    const device = streamer(FRONT, BACK, { context, linger: 0 });
    await device.ready;
    const push = new Push({ context, ...RETRY, linger: 0 });
    push.connect(FRONT);
    await push.send("x");
    await network.idle();
    await device.terminate();
    assertEquals(device.front.closed, true);
    await context.close();
  });

  it("gives back sockets that were given, with what nobody was there to take", async () => {
    const { network, context } = setUp();
    const [front, back] = [new Pull({ context }), new Push({ context })];
    await front.bind(FRONT);
    await back.bind(BACK);
    const device = proxy(front, back);
    const push = new Push({ context, ...RETRY, linger: 0 });
    push.connect(FRONT);
    for (const body of numbers(5)) await push.send(body);
    await network.idle();
    await device.terminate();
    assertEquals([front.closed, back.closed], [false, false]);
    assertEquals(await texts(front, 5), numbers(5));
    // And they read on.
    await push.send("more");
    assertEquals(await texts(front, 1), ["more"]);
    await context.close();
  });

  it("hands on what given sockets had accepted while a slow peer is there", async () => {
    const { network, context } = setUp();
    const front = new Pull({ context, linger: -1 });
    const back = new Push({ context, linger: -1, sendHighWaterMark: 10 });
    await front.bind(FRONT);
    await back.bind(BACK);
    const push = new Push({ context, ...RETRY, linger: 0 });
    push.connect(FRONT);
    const pull = new Pull({ context, ...RETRY, receiveHighWaterMark: 10 });
    pull.connect(BACK);
    const device = proxy(front, back);
    const sends = numbers(2000).map((body) => push.send(body.padEnd(1000)));
    await network.idle();
    const ended = device.terminate();
    let over = false;
    void ended.then(() => over = true);
    const got: string[] = [];
    while (!over) {
      got.push(...pull.readable ? await texts(pull, 1) : []);
      await network.idle();
    }
    const { messages } = device.statistics().back.sent;
    assert(messages > 20, `${messages}, more than the marks`);
    got.push(...await texts(pull, messages - got.length));
    assertEquals(pull.readable, false);
    // What came later is for whoever reads the front end now.
    got.push(...await texts(front, 2000 - got.length));
    assertEquals(got.map((text) => text.trim()), numbers(2000));
    await Promise.all(sends);
    await context.close();
  });

  it("comes with the signal, also one that was aborted before", async () => {
    const { context } = setUp();
    const abort = new AbortController();
    const device = queue(FRONT, BACK, { context, signal: abort.signal });
    await device.ready;
    abort.abort();
    await device.done;
    assertEquals(device.front.closed, true);
    const never = queue(FRONT, BACK, { context, signal: abort.signal });
    await never.done;
    await context.close();
  });

  it("comes when a socket, or the context, is closed", async () => {
    const { context } = setUp();
    const [front, back] = [new Pair({ context }), new Pair({ context })];
    const device = proxy(front, back);
    front.close();
    await device.done;
    assertEquals(back.closed, false);
    assertEquals(back.trySend("x"), false);
    const other = queue(FRONT, BACK, { context });
    await other.ready;
    await context.close();
    await other.done;
  });

  it("that comes from a paused device hands on as well", async () => {
    const { network, context } = setUp();
    const device = streamer(FRONT, BACK, { context });
    await device.ready;
    device.pause();
    const push = new Push({ context, ...RETRY, linger: 0 });
    push.connect(FRONT);
    const pull = new Pull({ context, ...RETRY });
    pull.connect(BACK);
    await push.send("x");
    await network.idle();
    const ended = device.terminate();
    assertEquals(device.paused, false);
    assertEquals(await texts(pull, 1), ["x"]);
    await ended;
    await context.close();
  });

  it("is by `await using` too", async () => {
    const { context } = setUp();
    const device = queue(FRONT, BACK, { context });
    await device[Symbol.asyncDispose]();
    assertEquals(device.back.closed, true);
    await device[Symbol.asyncDispose]();
    await context.close();
  });
});

describe("The statistics of a device", () => {
  it("count what waits to be taken, also from a peer that has gone", async () => {
    const { network, context } = setUp();
    const device = streamer(FRONT, BACK, { context });
    await device.ready;
    const push = new Push({ context, ...RETRY, linger: -1 });
    push.connect(FRONT);
    for (const body of numbers(10)) await push.send(body);
    await push[Symbol.asyncDispose]();
    await network.idle();
    const { front } = device.statistics();
    assertEquals([front.peers, front.queued.received], [0, 10]);
    const pull = new Pull({ context, ...RETRY });
    pull.connect(BACK);
    assertEquals(await texts(pull, 10), numbers(10));
    assertEquals(device.statistics().front.queued.received, 0);
    await context.close();
    await device.done;
  });
});

describe("A device that cannot begin", () => {
  it("says so by ready and done, with the endpoint, and closes what it made", async () => {
    const { context } = setUp();
    const taken = new Pull({ context });
    await taken.bind(BACK);
    const back = new Push({ context });
    const device = streamer(FRONT, { bind: BACK }, { context });
    const error = await assertRejects(() => device.ready, ZmqError) as ZmqError;
    assertEquals([error.code, error.address], ["EADDRINUSE", BACK]);
    assertEquals(await assertRejects(() => device.done, ZmqError), error);
    assertEquals([device.front.closed, device.back.closed], [true, true]);
    // Who looked at `ready` has heard of it: leaving the block is no second failure.
    await device[Symbol.asyncDispose]();
    const half = streamer(FRONT, back, { context, capture: "tcp://nonsense" });
    await assertRejects(() => half.done, ZmqError);
    assertEquals([half.front.closed, back.closed], [true, false]);
    await assertRejects(() => half[Symbol.asyncDispose](), ZmqError);
    assert(back.trySend("x") === false);
    await context.close();
  });
});
