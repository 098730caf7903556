/**
 * A peer with many topics that goes: it lets go of them in steps, and nobody can tell from what is published, told and
 * counted. For random schedules the reference
 * is a publisher that has all the turns it takes behind each departure.
 */

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { PatternOptions } from "../../../src/pattern/pattern.ts";
import { PubPattern, XPubPattern } from "../../../src/pattern/xpub.ts";
import { Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";
import { attach, FakeHost, type FakePipe, parts, peer, received } from "./fakes.ts";

/** More topics than one step takes. */
const MANY = 3500;
const topics = Array.from({ length: MANY }, (_, i) => `t${i}.`);

function subscribe(pipe: FakePipe, all: readonly string[] = topics): void {
  for (const topic of all) pipe.come(`\x01${topic}`);
}

function publisher(count: number, options: Partial<PatternOptions> = {}, Kind = XPubPattern) {
  const host = new FakeHost({ receiveHighWaterMark: 0, ...options });
  const pattern = new Kind(host);
  return { host, pattern, pipes: attach(pattern, count) };
}

/** Turns until nothing is left to do. */
function settle(host: FakeHost): number {
  let turns = 0;
  while (host.turn()) turns++;
  return turns;
}

describe("a subscriber with many topics that goes", () => {
  it("takes several turns, and gets nothing that is published meanwhile", () => {
    const { host, pattern, pipes: [a, b] } = publisher(2, {}, PubPattern);
    subscribe(a!);
    subscribe(b!, ["t", "t3499."]);
    pattern.lost(a!);
    pattern.ready(a!, peer("SUB"));
    let turns = 0;
    do {
      pattern.send(parts("t3499. news"));
      assertEquals([a!.take(), b!.take()], [[], ["t3499. news"]], `turn ${turns}`);
      turns++;
    } while (host.turn());
    assertGreater(turns, 2);
    assertLess(turns, 10);
    assertEquals(pattern.topicsCount, 2);
  });

  it("is not counted: who asks sees the topics of those that are there", () => {
    const { host, pattern, pipes: [a, b] } = publisher(2);
    subscribe(a!);
    subscribe(b!, topics.slice(0, 10));
    a!.leave(pattern);
    assertEquals(pattern.topicsCount, 10);
    settle(host);
    assertEquals(pattern.topicsCount, 10);
  });

  it("is followed by another that subscribes to the same topics before they were let go of", () => {
    const { host, pattern, pipes: [a, b] } = publisher(2);
    subscribe(a!);
    received(pattern);
    a!.leave(pattern);
    subscribe(b!, ["t3000.", "t3499."]);
    pattern.send(parts("t3000."));
    assertEquals(b!.take(), ["t3000."]);
    settle(host);
    pattern.send(parts("t3499."));
    assertEquals([a!.take(), b!.take(), pattern.topicsCount], [[], ["t3499."], 2]);
    b!.come("\0t3000.");
    pattern.send(parts("t3000."));
    assertEquals([b!.take(), pattern.topicsCount], [[], 1]);
  });

  it("is told of at an XPUB for each of its topics, once, in order, before all that happened since", () => {
    const { host, pattern, pipes: [a, b] } = publisher(2);
    subscribe(a!);
    received(pattern);
    a!.leave(pattern);
    b!.come("\x01t3400.");
    b!.come("user");
    b!.come("\0t3400.");
    const told = received(pattern);
    while (host.turn()) told.push(...received(pattern));
    assertEquals(told, [...topics.map((topic) => `\0${topic}`), "\x01t3400.", "user", "\0t3400."]);
  });

  it("is not told of for the topics that others held when it went, whatever they do then", () => {
    const { host, pattern, pipes: [a, b, c] } = publisher(3);
    subscribe(a!);
    subscribe(b!, topics.slice(3000));
    received(pattern);
    a!.leave(pattern);
    // Before a's turn for it comes: b cancels one, c takes another over from b, and b goes, too.
    b!.come("\0t3100.");
    c!.come("\x01t3200.");
    b!.leave(pattern);
    const told: string[] = received(pattern);
    while (host.turn()) told.push(...received(pattern));
    const left = topics.slice(3000).filter((topic) => topic !== "t3100." && topic !== "t3200.");
    assertEquals(told, [...topics.slice(0, 3000), "t3100.", ...left].map((topic) => `\0${topic}`));
    assertEquals(pattern.topicsCount, 1);
  });

  it("wakes the program when it is known what it hears", () => {
    const { host, pattern, pipes: [a, b] } = publisher(2);
    subscribe(b!, topics.slice(0, MANY - 1));
    subscribe(a!);
    received(pattern);
    a!.leave(pattern);
    assertEquals([pattern.readable, pattern.receive()], [false, undefined]);
    while (!pattern.readable) {
      const before = host.readables;
      assert(host.turn());
      if (pattern.readable) assertGreater(host.readables, before);
    }
    settle(host);
    assertEquals([pattern.queued, received(pattern), pattern.queued], [1, ["\0t3499."], 0]);
  });

  it("has let go of no more than a step when a turn is over, however many go in it", () => {
    const { host, pattern, pipes } = publisher(20, {}, PubPattern);
    for (const [i, pipe] of pipes.entries()) {
      subscribe(pipe, Array.from({ length: 500 }, (_, k) => `${i}/${k}`));
    }
    for (const pipe of pipes) pipe.leave(pattern);
    assertEquals(settle(host), 10);
  });

  it("lets go of fewer long topics in a turn: a KiB is as much as one more", () => {
    const { host, pattern, pipes: [a] } = publisher(1, { maxSubscriptionTotal: 1e8 }, PubPattern);
    subscribe(a!, Array.from({ length: 10 }, (_, i) => `${"x".repeat(500 * 1024)}${i}`));
    a!.leave(pattern);
    // Two take the whole of a turn, the first two that of the departure itself.
    assertEquals(settle(host), 5);
  });

  it("leaves nothing to pile up where others subscribe without a turn between", () => {
    const { host, pattern, pipes: [a, b] } = publisher(2, {}, PubPattern);
    subscribe(a!);
    a!.leave(pattern);
    subscribe(b!, topics.map((topic) => `other ${topic}`));
    // What was left has been let go of by then: the one turn that was asked for finds nothing.
    assertEquals([settle(host), pattern.topicsCount], [1, MANY]);
  });

  it("peers that come and go fill no memory of an XPUB that reads nothing: new ones are read no further", () => {
    const host = new FakeHost({ receiveHighWaterMark: 50 });
    const pattern = new XPubPattern(host);
    const [first] = attach(pattern, 1);
    subscribe(first!, ["a"]);
    for (let i = 0; i < 100; i++) {
      // The same topic again and again makes no notices, and neither does its end.
      const [pipe] = attach(pattern, 1);
      for (let k = 0; k < 30; k++) pipe!.come("\x01a", `\x01b${k}`);
      pipe!.leave(pattern);
    }
    assert(pattern.queued <= 100, `${pattern.queued}`);
    settle(host);
    received(pattern);
    assertEquals(pattern.queued, 0);
  });
});

describe("publishers whose peers come and go", () => {
  for (
    const options of [
      {},
      { verbosity: "allSubs" },
      { verbosity: "allSubsUnsubs" },
      { manual: true },
      { invertMatching: true },
    ] as const
  ) {
    it(`are the same in steps as at once, with ${JSON.stringify(options)}`, () => {
      for (let seed = 1; seed <= 4; seed++) {
        const random = new Random(seed);
        // The one has turns now and then, the other as many as it takes behind each departure.
        const subjects = [false, true].map((atOnce) => ({
          atOnce,
          ...publisher(4, options),
          told: [] as string[],
        }));
        for (let step = 0; step < 40; step++) {
          const who = random.below(4);
          const from = random.below(1500);
          const some = Array.from({ length: random.below(1200) }, (_, i) => `t${from + i}.`);
          const what = random.below(10);
          for (const { atOnce, host, pattern, pipes, told } of subjects) {
            const pipe = pipes[who]!;
            if (what < 3) subscribe(pipe, some);
            else if (what < 4) { for (const topic of some) pipe.come(`\0${topic}`); }
            else if (what < 6) pattern.lost(pipe);
            else if (what < 7) {
              pipe.leave(pattern);
              pipes[who] = attach(pattern, 1)[0]!;
            } else if (what < 9) pattern.send(parts(some[0] ?? "t1."));
            else if (!atOnce) host.turn();
            if ("manual" in options && what < 3) {
              const last = received(pattern);
              told.push(...last);
              if (last.length > 0) pattern.confirm(octets(last.at(-1)!.slice(1)));
            }
            if (atOnce) settle(host);
          }
          const [one, other] = subjects;
          const taken = subjects.map(({ pipes }) => pipes.map((pipe) => pipe.take()));
          assertEquals(taken[0], taken[1], `seed ${seed}, step ${step}`);
          if (random.chance(0.1)) assertEquals(one!.pattern.topicsCount, other!.pattern.topicsCount);
        }
        for (const { host, pattern, told } of subjects) {
          settle(host);
          told.push(...received(pattern));
        }
        assertEquals(subjects[0]!.told, subjects[1]!.told, `seed ${seed}`);
        assertEquals(subjects[0]!.pattern.topicsCount, subjects[1]!.pattern.topicsCount);
      }
    });
  }
});
