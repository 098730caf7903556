/** 29/PUBSUB, one test for each SHALL, over inproc. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Publisher, Subscriber, XPublisher, XSubscriber, ZmqError } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { withContext } from "../support/contexts.ts";
import { prefixMatches, Random } from "../support/reference.ts";

const NAME = "inproc://rfc29";

describe("RFC 29, PUB", () => {
  it("SHALL NOT receive any messages: it has no receive, and what an XSUB sends it is dropped (PS-10)", () =>
    withContext(async (context) => {
      const publisher = new Publisher({ context });
      await publisher.bind(NAME);
      const subscriber = new XSubscriber({ context });
      subscriber.connect(NAME);
      await subscriber.send("message");
      assertEquals(["receive" in publisher, publisher.readable, publisher.dropped.unexpected], [
        false,
        false,
        1,
      ]);
    }));

  it("SHALL send each outgoing message to all peers with a matching subscription, and to no other", () =>
    withContext(async (context) => {
      const random = new Random(29);
      const publisher = new Publisher({ context });
      await publisher.bind(NAME);
      const topic = () => Uint8Array.from({ length: random.below(4) }, () => random.pick([97, 98, 0]));
      const subscribers = Array.from({ length: 6 }, () => {
        const subscriber = new Subscriber({ context });
        const topics = Array.from({ length: random.below(4) }, topic);
        if (topics.length > 0) subscriber.subscribe(...topics);
        subscriber.connect(NAME);
        return { subscriber, topics };
      });
      for (let i = 0; i < 300; i++) {
        const first = topic();
        await publisher.send([first, `${i}`]);
        for (const { subscriber, topics } of subscribers) {
          const message = subscriber.tryReceive();
          assertEquals(message !== undefined, prefixMatches(topics, first));
          if (message !== undefined) assertFrames(message, [first, `${i}`]);
          assertEquals(subscriber.tryReceive(), undefined);
        }
      }
    }));

  it("SHALL silently drop a message for a peer whose queue is full, and SHALL NOT block (PS-12)", () =>
    withContext(async (context) => {
      const publisher = new Publisher({ context, sendHighWaterMark: 5 });
      await publisher.bind(NAME);
      const slow = new Subscriber({ context, receiveHighWaterMark: 5 });
      const quick = new Subscriber({ context, receiveHighWaterMark: 0 });
      for (const subscriber of [slow, quick]) {
        subscriber.subscribe();
        subscriber.connect(NAME);
      }
      for (let i = 0; i < 50; i++) await publisher.send(`${i}`, { timeout: 0 });
      // Both marks together.
      assertEquals(publisher.dropped.full, 50 - 10);
      for (let i = 0; i < 10; i++) assertFrames(await slow.receive(), [`${i}`]);
      assertEquals(slow.tryReceive(), undefined);
      for (let i = 0; i < 50; i++) assertFrames(await quick.receive(), [`${i}`]);
    }));

  it("SHALL send to nobody while nobody is there", () =>
    withContext(async (context) => {
      const publisher = new Publisher({ context });
      await publisher.bind(NAME);
      await publisher.send("early");
      const subscriber = new Subscriber({ context });
      subscriber.subscribe();
      subscriber.connect(NAME);
      await publisher.send("late");
      assertFrames(await subscriber.receive(), ["late"]);
    }));
});

describe("RFC 29, SUB", () => {
  it("SHALL NOT send any messages: it has no send", () =>
    withContext((context) => {
      assertEquals("send" in new Subscriber({ context }), false);
      return Promise.resolve();
    }));

  it("SHALL receive nothing before it has subscribed", () =>
    withContext(async (context) => {
      const publisher = new Publisher({ context });
      await publisher.bind(NAME);
      const subscriber = new Subscriber({ context });
      subscriber.connect(NAME);
      await publisher.send("x");
      const error = await assertRejects(() => subscriber.receive({ timeout: 0 }), ZmqError) as ZmqError;
      assertEquals(error.code, "EAGAIN");
    }));

  it("SHALL receive incoming messages from its publishers using a fair-queuing strategy", () =>
    withContext(async (context) => {
      const subscriber = new Subscriber({ context });
      subscriber.subscribe();
      await subscriber.bind(NAME);
      const publishers = Array.from({ length: 3 }, () => new Publisher({ context }));
      for (const publisher of publishers) publisher.connect(NAME);
      for (let i = 0; i < 4; i++) {
        for (const [p, publisher] of publishers.entries()) await publisher.send(`${p}`);
      }
      const order: string[] = [];
      for (let i = 0; i < 12; i++) order.push(String((await subscriber.receive())[0]));
      for (const p of ["0", "1", "2"]) assert(order.slice(0, 5).includes(p), order.join());
    }));

  it("SHALL tell publishers of a subscription that is made, and of one that is taken back, at any time", () =>
    withContext(async (context) => {
      const publisher = new XPublisher({ context });
      await publisher.bind(NAME);
      const subscriber = new Subscriber({ context });
      subscriber.subscribe("early");
      subscriber.connect(NAME);
      subscriber.subscribe("late");
      subscriber.unsubscribe("early");
      const heard: string[] = [];
      for (let i = 0; i < 3; i++) heard.push(String((await publisher.receive())[0]));
      assertEquals(heard, ["\x01early", "\x01late", "\x00early"]);
    }));

  it("SHALL receive a message once though several subscriptions match it (PS-6)", () =>
    withContext(async (context) => {
      const publisher = new Publisher({ context });
      await publisher.bind(NAME);
      const subscriber = new Subscriber({ context });
      subscriber.subscribe("", "a", "ab", "a");
      subscriber.connect(NAME);
      await publisher.send("abc");
      assertFrames(await subscriber.receive(), ["abc"]);
      assertEquals(subscriber.tryReceive(), undefined);
    }));

  it("SHALL end a subscription that was made twice with the second unsubscribe (PS-5)", () =>
    withContext(async (context) => {
      const publisher = new Publisher({ context });
      await publisher.bind(NAME);
      const subscriber = new Subscriber({ context });
      subscriber.subscribe("a", "a");
      subscriber.connect(NAME);
      subscriber.unsubscribe("a");
      await publisher.send("a1");
      assertFrames(await subscriber.receive(), ["a1"]);
      subscriber.unsubscribe("a");
      await publisher.send("a2");
      assertEquals(subscriber.tryReceive(), undefined);
    }));
});

describe("RFC 29, XPUB", () => {
  it("SHALL deliver subscriptions to its caller: 01 and the topic, 00 and the topic", () =>
    withContext(async (context) => {
      const publisher = new XPublisher({ context });
      await publisher.bind(NAME);
      const subscriber = new XSubscriber({ context });
      subscriber.connect(NAME);
      await subscriber.send("\x01topic");
      assertFrames(await publisher.receive(), ["\x01topic"]);
      await subscriber.send("\x00topic");
      assertFrames(await publisher.receive(), ["\x00topic"]);
    }));

  it("SHALL deliver other messages of subscribers to its caller (PS-10)", () =>
    withContext(async (context) => {
      const publisher = new XPublisher({ context });
      await publisher.bind(NAME);
      const subscriber = new XSubscriber({ context });
      subscriber.connect(NAME);
      await subscriber.send(["upstream", "message"]);
      assertFrames(await publisher.receive(), ["upstream", "message"]);
    }));

  it("SHALL deliver an unsubscription for each topic that a peer held alone when that peer goes (PS-8)", () =>
    withContext(async (context) => {
      const publisher = new XPublisher({ context });
      await publisher.bind(NAME);
      const [gone, stays] = [new Subscriber({ context }), new Subscriber({ context })];
      gone.subscribe("alone", "shared");
      stays.subscribe("shared");
      for (const subscriber of [gone, stays]) subscriber.connect(NAME);
      for (let i = 0; i < 2; i++) await publisher.receive();
      await gone[Symbol.asyncDispose]();
      assertFrames(await publisher.receive(), ["\x00alone"]);
      assertEquals(publisher.tryReceive(), undefined);
    }));
});

describe("RFC 29, XSUB", () => {
  it("SHALL send its subscriptions to every publisher, also to one that comes later", () =>
    withContext(async (context) => {
      const subscriber = new XSubscriber({ context });
      await subscriber.bind(NAME);
      await subscriber.send("\x01t");
      const publishers = [new XPublisher({ context }), new XPublisher({ context })];
      for (const publisher of publishers) {
        publisher.connect(NAME);
        assertFrames(await publisher.receive(), ["\x01t"]);
      }
    }));

  it("SHALL receive incoming messages from its publishers using a fair-queuing strategy", () =>
    withContext(async (context) => {
      const subscriber = new XSubscriber({ context });
      await subscriber.bind(NAME);
      await subscriber.send("\x01");
      const publishers = [new Publisher({ context }), new Publisher({ context })];
      for (const publisher of publishers) publisher.connect(NAME);
      for (let i = 0; i < 3; i++) {
        for (const [p, publisher] of publishers.entries()) await publisher.send(`${p}`);
      }
      const order: string[] = [];
      for (let i = 0; i < 6; i++) order.push(String((await subscriber.receive())[0]));
      assertEquals(order.slice(0, 4), ["0", "1", "0", "1"]);
    }));
});
