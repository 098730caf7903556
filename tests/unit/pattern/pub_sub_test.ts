import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { PatternOptions } from "../../../src/pattern/pattern.ts";
import { PubPattern, XPubPattern } from "../../../src/pattern/xpub.ts";
import { SubPattern, XSubPattern } from "../../../src/pattern/xsub.ts";
import { prefixMatches, Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";
import { attach, FakeHost, FakePipe, parts, peer, received, text } from "./fakes.ts";

type Options = { -readonly [Name in keyof PatternOptions]: PatternOptions[Name] };

function xpub(count: number, options: Partial<PatternOptions> = {}): {
  host: FakeHost;
  pattern: XPubPattern;
  pipes: FakePipe[];
  options: Options;
} {
  const host = new FakeHost(options);
  const pattern = new XPubPattern(host);
  return { host, pattern, pipes: attach(pattern, count), options: host.options as Options };
}

describe("PUB", () => {
  it("sends to every peer with a prefix of the first frame, once, whatever it subscribed to", () => {
    const pub = new PubPattern(new FakeHost());
    const [a, b, c] = attach(pub, 3) as [FakePipe, FakePipe, FakePipe];
    a.come("\x01");
    a.come("\x01x");
    a.come("\x01xy");
    b.come("\x01xy");
    c.come("\x01z");
    pub.send(parts("xy", "body"));
    assertEquals([a.take(), b.take(), c.take()], [["xy body"], ["xy body"], []]);
    pub.send(parts("x"));
    assertEquals([a.take(), b.take(), c.take()], [["x"], [], []]);
  });

  it("drops for a peer that is full and for no other, and never waits", () => {
    const host = new FakeHost();
    const pub = new PubPattern(host);
    const [slow, quick] = attach(pub, 2) as [FakePipe, FakePipe];
    slow.come("\x01");
    quick.come("\x01");
    slow.capacity = 2;
    for (let i = 0; i < 5; i++) assertEquals([pub.writable, pub.send(parts(`${i}`))], [true, true]);
    assertEquals([slow.take(), quick.take().length, host.drops.length], [["0", "1"], 5, 3]);
  });

  it("keeps subscriptions to itself and drops messages from subscribers", () => {
    const host = new FakeHost();
    const pub = new PubPattern(host);
    const [pipe] = attach(pub, 1) as [FakePipe];
    pipe.come("\x01a");
    pipe.come("no subscription");
    assertEquals([pub.readable, pub.receive(), host.drops], [false, undefined, ["unexpected"]]);
  });

  it("a peer that is lost has no subscriptions until it says them again", () => {
    const pub = new PubPattern(new FakeHost());
    const [pipe] = attach(pub, 1) as [FakePipe];
    pipe.come("\x01");
    pub.lost(pipe);
    pub.send(parts("1"));
    pipe.come("\x01");
    pub.send(parts("2"));
    assertEquals(pipe.take(), ["2"]);
  });

  it("one CANCEL ends any number of SUBSCRIBEs, as in libzmq; of a topic never subscribed it does nothing", () => {
    const pub = new PubPattern(new FakeHost());
    const [pipe] = attach(pub, 1) as [FakePipe];
    for (const each of ["\x01ab", "\x01ab", "\0a", "\0nope", "\0abc"]) pipe.come(each);
    pub.send(parts("ab"));
    pipe.come("\0ab");
    pub.send(parts("ab"));
    assertEquals(pipe.take(), ["ab"]);
  });

  it("invertMatching: sends to those whose topics do not match", () => {
    const pub = new PubPattern(new FakeHost({ invertMatching: true }));
    const [a, b, none] = attach(pub, 3) as [FakePipe, FakePipe, FakePipe];
    a.come("\x01x");
    b.come("\x01y");
    pub.send(parts("xx"));
    assertEquals([a.take(), b.take(), none.take()], [[], ["xx"], ["xx"]]);
  });

  it("more subscriptions than maxSubscriptions end the connection; the ones there stay", () => {
    const pub = new PubPattern(new FakeHost({ maxSubscriptions: 2 }));
    const [pipe] = attach(pub, 1) as [FakePipe];
    for (const topic of ["a", "b", "a"]) pipe.come(`\x01${topic}`);
    assertEquals(pipe.terminations.length, 0);
    pipe.come("\x01c");
    assertEquals([pipe.terminations.length, pub.topicsCount], [1, 2]);
  });

  it("is the same as looking at every topic of every peer, at random", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const inverted = random.chance(0.2);
      const pub = new PubPattern(new FakeHost({ invertMatching: inverted }));
      const pipes = attach(pub, 5);
      const topics = pipes.map(() => new Map<string, Uint8Array>());
      const topic = () => Uint8Array.from({ length: random.below(5) }, () => random.pick([0, 1, 97, 98]));
      for (let step = 0; step < 150; step++) {
        const i = random.below(pipes.length);
        const one = topic();
        const what = random.next();
        if (what < 0.35) {
          pipes[i]!.come(Uint8Array.of(1, ...one));
          topics[i]!.set(text(one), one);
        } else if (what < 0.55) {
          pipes[i]!.come(Uint8Array.of(0, ...one));
          topics[i]!.delete(text(one));
        } else if (what < 0.57) {
          pub.lost(pipes[i]!);
          topics[i]!.clear();
        } else {
          pub.send([one]);
          pipes.forEach((pipe, k) => {
            const matches = prefixMatches(topics[k]!.values(), one) !== inverted;
            assertEquals(pipe.take(), matches ? [text(one)] : [], `seed ${seed} step ${step} peer ${k}`);
          });
        }
      }
      assertEquals(pub.topicsCount, new Set(topics.flatMap((map) => [...map.keys()])).size);
    }
  });
});

describe("XPUB: what the program hears", () => {
  it("the first subscription to a topic and the end of the last, over all peers", () => {
    const { pattern, pipes: [a, b] } = xpub(2);
    for (const each of ["\x01t", "\x01t"]) a!.come(each);
    b!.come("\x01t");
    assertEquals(received(pattern), ["\x01t"]);
    a!.come("\0t");
    assertEquals(received(pattern), []);
    b!.come("\0t");
    b!.come("\0t");
    assertEquals(received(pattern), ["\0t"]);
  });

  it("allSubs: every subscription; allSubsUnsubs: every end of one too (ZMQ_XPUB_VERBOSE, VERBOSER)", () => {
    for (const [verbosity, expected] of [["allSubs", 3], ["allSubsUnsubs", 5]] as const) {
      const { pattern, pipes: [a, b] } = xpub(2, { verbosity });
      for (const pipe of [a!, a!, b!]) pipe.come("\x01t");
      for (const pipe of [a!, b!]) pipe.come("\0t");
      const all = received(pattern);
      assertEquals([all.slice(0, 3), all.length >= 4], [["\x01t", "\x01t", "\x01t"], true]);
      assertEquals(all.length, verbosity === "allSubs" ? 4 : expected);
    }
  });

  it("the end of a peer's subscriptions that nobody else holds, when it is lost or gone", () => {
    const { pattern, pipes: [a, b] } = xpub(2);
    for (const topic of ["only a", "both"]) a!.come(`\x01${topic}`);
    b!.come("\x01both");
    received(pattern);
    a!.leave(pattern);
    assertEquals(received(pattern), ["\0only a"]);
    pattern.lost(b!);
    assertEquals(received(pattern), ["\0both"]);
  });

  it("messages of subscribers that are no subscriptions", () => {
    const { pattern, pipes: [a] } = xpub(1);
    a!.come("\x02user", "frame");
    a!.come("");
    assertEquals(received(pattern), ["\x02user frame", ""]);
  });

  it("subscriptions outlive the memory they came in", () => {
    const { pattern, pipes: [a] } = xpub(1);
    const memory = octets("\x01topic");
    a!.come(memory);
    memory.fill(0);
    assertEquals(received(pattern), ["\x01topic"]);
    pattern.send(parts("topic"));
    assertEquals(a!.take(), ["topic"]);
  });

  it("a program that receives nothing holds its peers back instead of growing", () => {
    const { pattern, pipes: [a] } = xpub(1, { receiveHighWaterMark: 10 });
    for (let i = 0; i < 100; i++) a!.come(`\x01${i}`);
    assertEquals(a!.inbound.length, 90);
    assertEquals(received(pattern).length, 100);
    assertEquals(a!.inbound.length, 0);
  });
});

describe("XPUB: options", () => {
  it("noDrop: refuses while any peer concerned is full, sends nothing to the others, and each gets it once after", () => {
    const { pattern, host, pipes: [a, b] } = xpub(2, { noDrop: true });
    a!.come("\x01");
    b!.come("\x01");
    a!.capacity = 0;
    for (let i = 0; i < 3; i++) assertEquals([pattern.send(parts("m")), pattern.writable], [false, false]);
    assertEquals(b!.take(), []);
    const before = host.writables;
    a!.makeRoom(5);
    assertEquals(host.writables, before + 1);
    assert(pattern.send(parts("m")));
    assertEquals([a!.take(), b!.take()], [["m"], ["m"]]);
  });

  it("noDrop: a message that was refused is not sent to its subscribers along with the next one", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { noDrop: true });
    a!.come("\x01a");
    b!.come("\x01b");
    a!.capacity = 0;
    assertEquals(pattern.send(parts("a")), false);
    a!.makeRoom(5);
    assert(pattern.send(parts("b")));
    assertEquals([a!.take(), b!.take()], [[], ["b"]]);
  });

  it("welcomeMessage goes to every peer that comes", () => {
    const { pipes } = xpub(2, { welcomeMessage: octets("W") });
    assertEquals(pipes.map((pipe) => pipe.take()), [["W"], ["W"]]);
  });

  it("manual: a peer is subscribed to what the program says, not to what it asked for", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true });
    a!.come("\x01A");
    b!.come("\x01B");
    assertEquals(String(pattern.receive()![0]), "\x01A");
    pattern.confirm(octets("XA"));
    assertEquals(String(pattern.receive()![0]), "\x01B");
    pattern.confirm(octets("XB"));
    for (const topic of ["A", "B", "XA", "XB"]) pattern.send(parts(topic));
    assertEquals([a!.take(), b!.take()], [["XA"], ["XB"]]);
  });

  it("manual: revoke takes a topic away, and a peer that goes yields the end of what it asked for", () => {
    const { pattern, pipes: [a] } = xpub(1, { manual: true });
    for (const topic of ["A", "B"]) {
      a!.come(`\x01${topic}`);
      pattern.receive();
      pattern.confirm(octets(`X${topic}`));
    }
    a!.come("\0A");
    assertEquals(String(pattern.receive()![0]), "\0A");
    pattern.revoke(octets("XA"));
    for (const topic of ["XA", "XB"]) pattern.send(parts(topic));
    assertEquals(a!.take(), ["XB"]);
    a!.leave(pattern);
    assertEquals([received(pattern), pattern.topicsCount], [["\0B"], 0]);
  });

  it("manual: decisions after the peer has gone concern nobody", () => {
    const { pattern, pipes: [a, b] } = xpub(2, { manual: true });
    a!.come("\x01A");
    pattern.receive();
    a!.leave(pattern);
    pattern.confirm(octets(""));
    pattern.revoke(octets(""));
    pattern.send(parts("x"));
    assertEquals([a!.take(), b!.take(), pattern.topicsCount], [[], [], 0]);
  });
});

describe("XSUB and SUB", () => {
  it("XSUB subscribes by parts 01 and 00, as libzmq's; others go to every publisher as they are", () => {
    const xsub = new XSubPattern(new FakeHost());
    const [a, b] = attach(xsub, 2) as [FakePipe, FakePipe];
    for (const each of ["\x01t", "\0t", "user"]) xsub.send(parts(each));
    xsub.send(parts("two", "\x01u", "frames"));
    for (const pipe of [a, b]) {
      assertEquals(pipe.subscriptions, ["+t", "-t", "+u"]);
      assertEquals(pipe.take(), ["user", "two frames"]);
    }
    assertEquals(xsub.topicsCount, 1);
  });

  it("XSUB filters nothing", () => {
    const xsub = new XSubPattern(new FakeHost());
    const [a] = attach(xsub, 1) as [FakePipe];
    a.come("anything");
    assertEquals(received(xsub), ["anything"]);
  });

  it("subscriptions are counted: the last of as many unsubscribes is told, others and unknown ones are not", () => {
    const sub = new SubPattern(new FakeHost());
    const [a] = attach(sub, 1) as [FakePipe];
    for (let i = 0; i < 3; i++) sub.subscribe(octets("t"));
    sub.unsubscribe(octets("unknown"));
    for (let i = 0; i < 2; i++) sub.unsubscribe(octets("t"));
    assertEquals([a.subscriptions.filter((each) => each[0] === "-"), sub.topicsCount], [[], 1]);
    a.come("t");
    assertEquals(received(sub), ["t"]);
    sub.unsubscribe(octets("t"));
    assertEquals([a.subscriptions.at(-1), sub.topicsCount], ["-t", 0]);
    a.come("t");
    assertEquals(received(sub), []);
    sub.unsubscribe(octets("t"));
    assertEquals(a.subscriptions.filter((each) => each[0] === "-").length, 1);
  });

  it("a new or returning publisher hears of every topic, also above a high-water mark", () => {
    const sub = new SubPattern(new FakeHost());
    for (let i = 0; i < 5000; i++) sub.subscribe(octets(`topic ${i}`));
    const [a] = attach(sub, 1) as [FakePipe];
    a.capacity = 0;
    assertEquals(new Set(a.subscriptions).size, 5000);
    sub.ready(a, peer("PUB"));
    assertEquals(a.subscriptions.length, 10_000);
  });

  it("the caller may write into the memory of a topic after subscribing", () => {
    const sub = new SubPattern(new FakeHost());
    const topic = octets("topic");
    sub.subscribe(topic);
    topic.fill(0x78);
    const [a] = attach(sub, 1) as [FakePipe];
    a.come("topic");
    assertEquals([a.subscriptions, received(sub)], [["+topic"], ["topic"]]);
  });

  it("SUB filters what publishers send unasked, by the first frame only", () => {
    const host = new FakeHost();
    const sub = new SubPattern(host);
    const [a] = attach(sub, 1) as [FakePipe];
    sub.subscribe(octets("b"));
    a.come("a", "b");
    a.come("b", "a");
    a.come("");
    assertEquals([received(sub), host.drops], [["b a"], ["filtered", "filtered"]]);
  });

  it("SUB is not readable for messages that do not pass, and tells its host of none", () => {
    const host = new FakeHost();
    const sub = new SubPattern(host);
    const [a] = attach(sub, 1) as [FakePipe];
    sub.subscribe(octets("b"));
    a.come("a");
    assertEquals([sub.readable, host.readables], [false, 0]);
    a.come("b");
    assertEquals([sub.readable, host.readables], [true, 1]);
  });

  it("invertMatching: SUB delivers what does not match", () => {
    const sub = new SubPattern(new FakeHost({ invertMatching: true }));
    const [a] = attach(sub, 1) as [FakePipe];
    sub.subscribe(octets("a"));
    a.come("a1");
    a.come("b1");
    assertEquals(received(sub), ["b1"]);
  });

  it("fair-queues its publishers", () => {
    const sub = new SubPattern(new FakeHost());
    const pipes = attach(sub, 2);
    sub.subscribe(octets(""));
    pipes.forEach((pipe, i) => ["1", "2", "3"].forEach((n) => pipe.come(`${"ab"[i]}${n}`)));
    assertEquals(received(sub), ["a1", "b1", "a2", "b2", "a3", "b3"]);
  });
});

describe("Patterns over a pipe whose peer is held back (receiveHighWaterMark 1)", () => {
  // The next message comes from inside `read`: the peer goes on at the moment that the last one was taken.
  const flood = (pipe: FakePipe, messages: string[][]) => {
    const rest = [...messages];
    const go = () => {
      while (rest.length > 0) if (!pipe.come(...rest.shift()!)) return;
    };
    pipe.onRelieved = go;
    go();
  };
  const ONE_TO_NINE = Array.from({ length: 9 }, (_, i) => [`${i + 1}`]);

  it("SUB loses nothing and keeps the order", () => {
    const sub = new SubPattern(new FakeHost());
    const pipe = new FakePipe(sub, 1);
    sub.attach(pipe);
    sub.subscribe(octets(""));
    flood(pipe, ONE_TO_NINE);
    assertEquals(received(sub), ONE_TO_NINE.flat());
  });

  it("XPUB hears of subscriptions in order", () => {
    const pattern = new XPubPattern(new FakeHost());
    const pipe = new FakePipe(pattern, 1);
    pattern.attach(pipe);
    flood(pipe, [["\x01a"], ["\0a"], ["\x01b"], ["\0b"], ["\x01c"]]);
    assertEquals(received(pattern), ["\x01a", "\0a", "\x01b", "\0b", "\x01c"]);
    assertEquals(pattern.topicsCount, 1);
  });
});

describe("PUB and XPUB with a pipe to a medium", () => {
  /** Publishers with one subscriber of "a" and one medium. */
  function published(pattern: XPubPattern): { subscriber: FakePipe; medium: FakePipe } {
    const [subscriber] = attach(pattern, 1) as [FakePipe];
    subscriber.come("\x01a");
    const medium = new FakePipe(pattern);
    medium.broadcast = true;
    pattern.attach(medium);
    pattern.ready(medium, peer(""));
    return { subscriber, medium };
  }

  for (const invertMatching of [false, true]) {
    it(`send it every message${invertMatching ? ", with invertMatching too" : ""}`, () => {
      for (const Type of [PubPattern, XPubPattern]) {
        const pattern = new Type(new FakeHost({ invertMatching }));
        const { subscriber, medium } = published(pattern);
        for (const topic of ["a1", "b1", ""]) pattern.send(parts(topic, "body"));
        assertEquals(medium.take(), ["a1 body", "b1 body", " body"]);
        assertEquals(subscriber.take(), invertMatching ? ["b1 body", " body"] : ["a1 body"]);
        medium.leave(pattern);
        pattern.send(parts("a2"));
        assertEquals(medium.take(), []);
      }
    });
  }

  it("hear no subscription of it, whatever comes, and greet it with no welcome message", () => {
    const host = new FakeHost({ welcomeMessage: octets("welcome") });
    const pattern = new XPubPattern(host);
    const { medium } = published(pattern);
    assertEquals(received(pattern), ["\x01a"]);
    medium.come("\x01b");
    medium.come("\0b");
    medium.come("no subscription");
    assertEquals([received(pattern), pattern.topicsCount, medium.take()], [[], 1, []]);
    assertEquals(host.drops, ["unexpected", "unexpected", "unexpected"]);
    pattern.lost(medium);
    pattern.send(parts("still"));
    assertEquals(medium.take(), ["still"]);
  });

  it("drop what it has no room for, and with noDrop wait for it", () => {
    const host = new FakeHost();
    const pattern = new PubPattern(host);
    const { medium } = published(pattern);
    medium.capacity = 1;
    for (const topic of ["1", "2"]) assert(pattern.send(parts(topic)));
    assertEquals([medium.take(), host.drops], [["1"], ["full"]]);
    (host.options as Options).noDrop = true;
    assertEquals([pattern.writable, pattern.send(parts("3"))], [false, false]);
    medium.makeRoom(1);
    assertEquals([pattern.writable, pattern.send(parts("3")), medium.take()], [true, true, ["3"]]);
  });
});
