/**
 * The options of subscriptions: confirmation by the program (ZMQ_XPUB_MANUAL and its last value),
 * ZMQ_ONLY_FIRST_SUBSCRIBE, ZMQ_XSUB_VERBOSE_UNSUBSCRIBE, and what an XPUB whose program reads nothing keeps.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { PatternOptions } from "../../../src/pattern/pattern.ts";
import { PubPattern, XPubPattern } from "../../../src/pattern/xpub.ts";
import { XSubPattern } from "../../../src/pattern/xsub.ts";
import { octets } from "../../support/transcript.ts";
import { attach, FakeHost, type FakePipe, parts, peer, received } from "./fakes.ts";

function xpub(count: number, options: Partial<PatternOptions> = {}) {
  const host = new FakeHost(options);
  const pattern = new XPubPattern(host);
  return { host, pattern, pipes: attach(pattern, count) };
}

describe("an XPUB whose program confirms", () => {
  it("means the peer whose subscription was read last, of several that were read", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true });
    a!.come("\x01a");
    b!.come("\x01b");
    received(pattern);
    pattern.confirm(octets("x"));
    pattern.send(parts("x"));
    assertEquals([a!.take(), b!.take()], [[], ["x"]]);
  });

  it("decides for nobody when that peer has gone, not for the one before", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true });
    a!.come("\x01a");
    b!.come("\x01b");
    b!.leave(pattern);
    pattern.receive();
    pattern.receive();
    pattern.confirm(octets("b"));
    pattern.send(parts("b"));
    assertEquals([a!.take(), pattern.topicsCount], [[], 0]);
  });

  it("decides for nobody when that peer has been lost and is back on another connection", () => {
    const { pattern, pipes: [a] } = xpub(1, { manual: true });
    a!.come("\x01a");
    pattern.lost(a!);
    pattern.ready(a!, peer("SUB"));
    assertEquals(received(pattern), ["\x01a", "\0a"]);
    pattern.confirm(octets("a"));
    assertEquals(pattern.topicsCount, 0);
    a!.come("\x01a");
    pattern.receive();
    pattern.confirm(octets("a"));
    pattern.send(parts("a"));
    assertEquals(a!.take(), ["a"]);
  });

  it("manualLastValue: the first message behind a subscription is for its peer alone, those after it for all", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true, manualLastValue: true });
    for (const pipe of [a!, b!]) {
      pipe.come("\x01t");
      pattern.receive();
      pattern.confirm(octets("t"));
    }
    for (const each of ["t1", "t2"]) pattern.send(parts(each));
    assertEquals([a!.take(), b!.take()], [["t2"], ["t1", "t2"]]);
  });

  it("manualLastValue: a peer that has no topic for the message does not get it, and nobody else does", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true, manualLastValue: true });
    a!.come("\x01t");
    pattern.receive();
    pattern.confirm(octets("t"));
    b!.come("\x01u");
    pattern.receive();
    for (const each of ["t1", "t2"]) pattern.send(parts(each));
    assertEquals([a!.take(), b!.take()], [["t2"], []]);
  });

  it("manualLastValue: after that message decisions concern nobody, as in libzmq", () => {
    const { pattern, pipes: [a] } = xpub(1, { manual: true, manualLastValue: true });
    a!.come("\x01t");
    pattern.receive();
    pattern.confirm(octets("t"));
    pattern.send(parts("t1"));
    pattern.revoke(octets("t"));
    pattern.send(parts("t2"));
    assertEquals(a!.take(), ["t1", "t2"]);
  });

  it("manualLastValue: a message that noDrop refuses is still for that peer alone when it is sent again", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true, manualLastValue: true, noDrop: true });
    for (const pipe of [a!, b!]) {
      pipe.come("\x01t");
      pattern.receive();
      pattern.confirm(octets("t"));
    }
    b!.capacity = 0;
    assertEquals(pattern.send(parts("t1")), false);
    b!.capacity = 1;
    assertEquals(pattern.send(parts("t1")), true);
    assertEquals([a!.take(), b!.take()], [[], ["t1"]]);
  });

  it("manualLastValue is nothing where a peer that was read last has gone", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true, manualLastValue: true });
    for (const pipe of [a!, b!]) {
      pipe.come("\x01t");
      pattern.receive();
      pattern.confirm(octets("t"));
    }
    b!.leave(pattern);
    pattern.send(parts("t1"));
    assertEquals(a!.take(), ["t1"]);
  });
});

describe("onlyFirstSubscribe", () => {
  it("an XPUB takes no subscription out of a message that began as another (PS-3)", () => {
    const read = [false, true].map((onlyFirstSubscribe) => {
      const { pattern, pipes: [a] } = xpub(1, { onlyFirstSubscribe });
      a!.come("\x01a", "\x01b");
      a!.come("hello", "\x01c", "\0a");
      a!.come("\x01d", "user");
      return [received(pattern), pattern.topicsCount];
    });
    assertEquals(read, [
      [["\x01a", "\x01b", "\x01c", "\0a", "hello", "\x01d", "user"], 3],
      [["\x01a", "\x01b", "hello \x01c \0a", "\x01d", "user"], 3],
    ]);
  });

  it("a PUB neither, and drops the message", () => {
    const host = new FakeHost({ onlyFirstSubscribe: true });
    const pub = new PubPattern(host);
    const [a] = attach(pub, 1);
    a!.come("hello", "\x01a");
    a!.come("", "\x01a");
    assertEquals([pub.topicsCount, host.drops], [0, ["unexpected", "unexpected"]]);
  });

  it("an XSUB sends such a message upstream as it is", () => {
    const xsub = new XSubPattern(new FakeHost({ onlyFirstSubscribe: true }));
    const [a] = attach(xsub, 1) as [FakePipe];
    xsub.send(parts("hello", "\x01a"));
    xsub.send(parts("\x01b", "\x01c", "user"));
    assertEquals([a.take(), a.subscriptions, xsub.topicsCount], [["hello \x01a", "user"], ["+b", "+c"], 2]);
  });
});

describe("verboseUnsubscribe of an XSUB", () => {
  it("tells of every unsubscription, also of what was never subscribed; without it of a topic's last", () => {
    const told = [false, true].map((verboseUnsubscribe) => {
      const xsub = new XSubPattern(new FakeHost({ verboseUnsubscribe }));
      const [a] = attach(xsub, 1) as [FakePipe];
      for (const each of ["\x01a", "\x01a", "\0a", "\0a", "\0a", "\0n"]) xsub.send(parts(each));
      return a.subscriptions.join(" ");
    });
    assertEquals(told, ["+a +a -a", "+a +a -a -a -a -n"]);
  });

  it("a topic that was unsubscribed too often is subscribed by one subscription again", () => {
    const xsub = new XSubPattern(new FakeHost({ verboseUnsubscribe: true }));
    for (const each of ["\x01a", "\0a", "\0a", "\x01a"]) xsub.send(parts(each));
    const [late] = attach(xsub, 1) as [FakePipe];
    assertEquals([late.subscriptions, xsub.topicsCount], [["+a"], 1]);
  });
});

describe("an XPUB whose program reads nothing", () => {
  it("reads its peers no further than receiveHighWaterMark notices, whatever they send (X-65)", () => {
    const { pattern, pipes: [a] } = xpub(1, { receiveHighWaterMark: 10 });
    for (let i = 0; i < 1000; i++) a!.come(`\x01${i}`), a!.come(`\0${i}`);
    assertEquals([pattern.queued, pattern.topicsCount, a!.inbound.length], [10, 0, 1990]);
    // Of these the pipe's own high-water mark lets no more come in; what is read makes room for the others.
    assertEquals(received(pattern).length, 2000);
  });

  it("keeps no more for peers that come and go, or are lost and come back, again and again (X-65)", () => {
    const { host, pattern, pipes: [returning] } = xpub(1, { receiveHighWaterMark: 10 });
    for (let i = 0; i < 200; i++) {
      const [passing] = attach(pattern, 1) as [FakePipe];
      for (const pipe of [passing, returning!]) {
        for (let n = 0; n < 5; n++) pipe.come(`\x01${i}.${n}`);
        pipe.come("user");
      }
      pattern.lost(returning!);
      passing.leave(pattern);
    }
    assertEquals(pattern.queued <= 20, true, `${pattern.queued}`);
    assertEquals([pattern.topicsCount, returning!.inbound.length], [0, 0]);
    // Messages, and not subscriptions, that are gone with their connection were dropped.
    assertEquals(host.drops.length + received(pattern).filter((each) => each === "user").length, 400);
  });
});
