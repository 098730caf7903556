import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  Dealer,
  Pair,
  proxy,
  Publisher,
  Pull,
  Push,
  queue,
  Reply,
  Request,
  Router,
  streamer,
  Subscriber,
  XPublisher,
  ZmqError,
} from "../../../mod.ts";
import { texts } from "./messages.ts";

const FRONT = "inproc://front";
const BACK = "inproc://back";
const SEEN = "inproc://seen";

/** A request and its reply through a queue. */
async function ask(context: Context, body: string): Promise<void> {
  const service = new Reply({ context });
  service.connect(BACK);
  const client = new Request({ context, routingId: "me" });
  client.connect(FRONT);
  await client.send(body);
  await service.send(`${await service.receive()}!`);
  await client.receive();
}

describe("Capture", () => {
  for (const [name, Type] of Object.entries({ Push, Dealer, Pair, Publisher, XPublisher })) {
    it(`by ${name} gets each message of both directions, with its envelope`, async () => {
      const context = new Context({ blocky: false });
      const capture = new Type({ context });
      await capture.bind(SEEN);
      const seen = name === "Push"
        ? new Pull({ context })
        : name === "Dealer"
        ? new Dealer({ context })
        : name === "Pair"
        ? new Pair({ context })
        : new Subscriber({ context });
      if (seen instanceof Subscriber) seen.subscribe();
      seen.connect(SEEN);
      const device = queue(FRONT, BACK, { context, capture });
      await device.ready;
      await ask(context, "hello");
      assertEquals(await texts(seen, 2), ["me  hello", "me  hello!"]);
      const { captured, missed } = device.statistics();
      assertEquals([captured, missed], [2, 0]);
      await device.terminate();
      assertEquals(capture.closed, false, "it was given, so it stays open");
      await context.close();
    });
  }

  it("can be one direction, or a socket for each", async () => {
    const context = new Context({ blocky: false });
    const [asked, answered] = [new Push({ context }), new Push({ context })];
    const pulls = [new Pull({ context }), new Pull({ context })];
    for (const [i, socket] of [asked, answered].entries()) {
      await socket.bind(`${SEEN}${i}`);
      pulls[i]!.connect(`${SEEN}${i}`);
    }
    const device = queue(FRONT, BACK, { context, capture: { front: asked, back: answered } });
    await device.ready;
    assertEquals([device.capture.front, device.capture.back], [asked, answered]);
    await ask(context, "1");
    assertEquals(await texts(pulls[0]!, 1), ["me  1"]);
    assertEquals(await texts(pulls[1]!, 1), ["me  1!"]);
    await device.terminate();
    const other = queue({ connect: FRONT }, { connect: BACK }, { context, capture: { back: answered } });
    await other.ready;
    assertEquals(Object.keys(other.capture), ["back"]);
    await context.close();
  });

  it("by an endpoint is a PUB of the device's own, which ends with it", async () => {
    const context = new Context({ blocky: false });
    const device = streamer(FRONT, BACK, { context, capture: SEEN });
    await device.ready;
    const seen = new Subscriber({ context });
    seen.subscribe();
    seen.connect(SEEN);
    const push = new Push({ context });
    push.connect(FRONT);
    const pull = new Pull({ context });
    pull.connect(BACK);
    await push.send("x");
    assertEquals(await texts(seen, 1), ["x"]);
    const { capture } = device;
    await device.terminate();
    assertEquals([capture.front!.closed, capture.front === capture.back], [true, true]);
    await context.close();
  });

  it("that cannot keep up never slows the device; what it missed is counted", async () => {
    const context = new Context({ blocky: false });
    for (const Type of [Push, Publisher]) {
      const capture = new Type({ context, sendHighWaterMark: 5 });
      await capture.bind(SEEN);
      const seen = Type === Push
        ? new Pull({ context, receiveHighWaterMark: 5 })
        : new Subscriber({ context, receiveHighWaterMark: 5 });
      if (seen instanceof Subscriber) seen.subscribe();
      seen.connect(SEEN);
      const device = streamer(FRONT, BACK, { context, capture });
      await device.ready;
      const push = new Push({ context });
      push.connect(FRONT);
      const pull = new Pull({ context });
      pull.connect(BACK);
      for (let i = 0; i < 100; i++) await push.send(`${i}`);
      await texts(pull, 100);
      const { captured, missed } = device.statistics();
      const kept: string[] = [];
      while (seen.readable) kept.push(...await texts(seen, 1));
      assertEquals(kept, Array.from({ length: kept.length }, (_, i) => `${i}`));
      // A PUB takes all of them, and drops for the subscriber who is slow.
      assertEquals([captured, missed], [Type === Push ? kept.length : 100, 100 - kept.length]);
      assertEquals(kept.length, 10, "the two marks");
      for (const each of [push, pull, seen]) each.close();
      await device.terminate();
      capture.close();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await context.close();
  });

  it("that is closed by its owner is missed, and the device goes on", async () => {
    const context = new Context({ blocky: false });
    const capture = new Push({ context });
    const device = streamer(FRONT, BACK, { context, capture });
    await device.ready;
    capture.close();
    const push = new Push({ context });
    push.connect(FRONT);
    const pull = new Pull({ context });
    pull.connect(BACK);
    await push.send("x");
    await texts(pull, 1);
    assertEquals(device.statistics().missed, 1);
    await context.close();
    await device.done;
  });

  it("by an XPUB goes on taking subscriptions, however many", async () => {
    const context = new Context({ blocky: false });
    const capture = new XPublisher({ context, receiveHighWaterMark: 2 });
    await capture.bind(SEEN);
    const device = streamer(FRONT, BACK, { context, capture });
    await device.ready;
    const seen = new Subscriber({ context });
    for (let i = 0; i < 50; i++) seen.subscribe(`topic-${i}`);
    seen.connect(SEEN);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const push = new Push({ context });
    push.connect(FRONT);
    const pull = new Pull({ context });
    pull.connect(BACK);
    await push.send("topic-49");
    assertEquals(await texts(seen, 1), ["topic-49"]);
    await context.close();
    await device.done;
  });

  it("refuses types that cannot send unasked", () => {
    for (const Type of [Pull, Subscriber, Reply, Request, Router]) {
      const context = new Context({ blocky: false });
      const [front, back] = [new Pull({ context }), new Push({ context })];
      const capture = new Type({ context });
      const error = assertThrows(() => proxy(front, back, { capture }), ZmqError) as ZmqError;
      assertEquals(error.code, "EINVAL");
      assert(error.message.includes("cannot capture"), error.message);
      void context.close();
    }
  });
});
