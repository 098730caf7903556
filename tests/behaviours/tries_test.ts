/**
 * Subscriptions and queues as libzmq's unit tests have them (unittest_mtrie, unittest_radix_tree, unittest_ypipe;
 * LT-n is the row of the list of behaviours). The publisher's trie of pipes is here XPUB's pattern over a
 * `PrefixTree`: a topic is new if the program hears of it, and gone if it hears of that. The subscriber's is a
 * `PrefixTree` and XSUB's pattern. The pipe is a `Ring`, and what stands for a flush is the last frame of a message.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Ring } from "../../src/base/ring.ts";
import { PrefixTree } from "../../src/pattern/prefix_tree.ts";
import { XPubPattern } from "../../src/pattern/xpub.ts";
import { XSubPattern } from "../../src/pattern/xsub.ts";
import { Decoder, type DecoderSink } from "../../src/zmtp/decoder.ts";
import { octets } from "../support/transcript.ts";
import { attach, FakeHost, FakePipe, peer, received, text } from "../unit/pattern/fakes.ts";

/** Names that share beginnings, as libzmq's tests have them. */
const NAMES = ["foo1", "foo2", "foo3", "foo4", "foo", "fo", "bar", ""];

describe("a publisher's subscriptions", () => {
  it("are none at first (LT-667)", () => {
    const { xpub } = publisher(1);
    assertEquals([xpub.topicsCount, xpub.readable], [0, false]);
  });

  it("if none, match nothing (LT-668)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    assertEquals(matched(xpub, "foo", pipe!), [[]]);
  });

  it("if none, do not match an empty message either (LT-669)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    assertEquals(matched(xpub, "", pipe!), [[]]);
  });

  it("are new the first time, and match their own octets (LT-670)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    assertEquals(subscribe(xpub, pipe!, "foo"), ["\x01foo"]);
    assertEquals(matched(xpub, "foo", pipe!), [["foo"]]);
  });

  it("of one peer twice are new once, and match once (LT-671)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    assertEquals(subscribe(xpub, pipe!, "foo"), ["\x01foo"]);
    assertEquals(subscribe(xpub, pipe!, "foo"), []);
    assertEquals(matched(xpub, "foo", pipe!), [["foo"]]);
  });

  it("of two peers to one topic are new once, and match both (LT-674)", () => {
    const { xpub, pipes: [one, two] } = publisher(2);
    assertEquals(subscribe(xpub, one!, "foo"), ["\x01foo"]);
    assertEquals(subscribe(xpub, two!, "foo"), []);
    assertEquals(matched(xpub, "foo", one!, two!), [["foo"], ["foo"]]);
  });

  it("to no octets, taken back though there are none: nothing is told (LT-675)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    assertEquals([cancel(xpub, pipe!, ""), xpub.topicsCount], [[], 0]);
  });

  it("taken back though there are none: nothing is told (LT-676)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    assertEquals([cancel(xpub, pipe!, "foo"), xpub.topicsCount], [[], 0]);
  });

  it("are not taken back by another name (LT-678)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    subscribe(xpub, pipe!, "foo");
    assertEquals([cancel(xpub, pipe!, "bar"), xpub.topicsCount], [[], 1]);
    assertEquals(matched(xpub, "foo", pipe!), [["foo"]]);
  });

  it("are not taken back by a longer name (LT-680)", () => {
    const { xpub, pipes: [pipe] } = publisher(1);
    subscribe(xpub, pipe!, "foo");
    assertEquals([cancel(xpub, pipe!, "foobar"), xpub.topicsCount], [[], 1]);
    assertEquals(matched(xpub, "foo", pipe!), [["foo"]]);
  });

  it("to several names are each new (LT-682)", () => addsEach(NAMES));
  it("to several names in reverse order are each new (LT-683)", () => addsEach([...NAMES].reverse()));

  it("to several names are taken back one by one in order (LT-684)", () => removesEach(NAMES));
  it("to several names are taken back one by one in reverse order (LT-685)", () => {
    removesEach([...NAMES].reverse());
  });

  it("of a peer that goes are told as gone, each name once (LT-686)", () => losesAll(NAMES));
  it("of a peer that goes are told as gone, each name once, made in reverse order (LT-687)", () => {
    losesAll([...NAMES].reverse());
  });
});

describe("a subscriber's topics", () => {
  it("are none at first (LT-690)", () => assertEquals(new PrefixTree<number>().size, 0));

  it("are one more with a new one (LT-691)", () => {
    const tree = treeOf("foo");
    assertEquals([tree.size, tree.get(octets("foo"))], [1, "foo"]);
  });

  it("are no more with one that is there, which is counted beside it (LT-692)", () => {
    const tree = treeOf("foo", "foo");
    assertEquals(tree.size, 1);
    const xsub = new XSubPattern(new FakeHost());
    for (let i = 0; i < 2; i++) xsub.subscribe(octets("foo"));
    assertEquals(xsub.topicsCount, 1);
  });

  it("if none, have none to remove (LT-693)", () => assertEquals(treeOf().delete(octets("foo")), false));

  it("are one less with one removed (LT-694)", () => {
    const tree = treeOf("temporary");
    assertEquals([tree.delete(octets("temporary")), tree.size], [true, 0]);
  });

  it("are removed once (LT-695)", () => {
    const tree = treeOf("test");
    assertEquals([tree.delete(octets("test")), tree.delete(octets("test"))], [true, false]);
  });

  it("are not removed by what several begin with (LT-697)", () => {
    const tree = treeOf("checkpoint", "checklist");
    assertEquals([tree.delete(octets("check")), tree.size], [false, 2]);
  });

  it("may be empty, and that one is removed like others (LT-699)", () => {
    const tree = treeOf("");
    assertEquals([tree.size, tree.delete(octets("")), tree.size], [1, true, 0]);
  });

  it("if none, match nothing (LT-700)", () => {
    const tree = treeOf();
    assertEquals(["foo", "bar", ""].map((each) => tree.matches(octets(each))), [false, false, false]);
  });

  it("match what they are (LT-701)", () => {
    const tree = treeOf("entry");
    assertEquals(tree.matches(octets("entry")), true);
  });

  it("do not match what they only begin with: foobar and foobaz do not match foo (LT-702)", () => {
    const tree = treeOf("foobar", "foobaz");
    assertEquals(["foo", "fooba", "foobar", "foobaz"].map((each) => tree.matches(octets(each))), [
      false,
      false,
      true,
      true,
    ]);
  });

  it("do not match what nobody asked for (LT-704)", () => {
    const tree = treeOf("bar");
    assertEquals(tree.matches(octets("foo")), false);
  });

  it("are as many as were added less those that were removed (LT-707)", () => {
    const names = ["tester", "water", "slow", "slower", "test", "team", "toast"];
    const tree = treeOf();
    for (const [index, name] of names.entries()) {
      tree.set(octets(name), name);
      assertEquals(tree.size, index + 1);
    }
    for (const [index, name] of names.entries()) {
      assertEquals(tree.delete(octets(name)), true);
      assertEquals(tree.size, names.length - index - 1);
    }
  });

  it("are told to a publisher that comes, each once (LT-708)", () => {
    const names = ["tester", "water", "slow", "slower", "test", "team", "toast"];
    const xsub = new XSubPattern(new FakeHost());
    for (const name of [...names, "team", "slow"]) xsub.subscribe(octets(name));
    const pipe = new FakePipe(xsub);
    xsub.attach(pipe);
    xsub.ready(pipe, peer("XPUB"));
    assertEquals(pipe.subscriptions.toSorted(), names.map((name) => `+${name}`).toSorted());
  });
});

describe("a queue", () => {
  it("is empty at first (LT-709)", () => assertEquals(new Ring<number>().length, 0));
  it("that is empty has nothing to look at (LT-710)", () => {
    assertEquals(new Ring<number>().peek(), undefined);
  });
  it("that is empty has nothing to read (LT-711)", () => {
    assertEquals(new Ring<number>().shift(), undefined);
  });
  it("of a pipe has nothing to read of a message that has only been begun (LT-712)", () => {
    const { messages, decode } = incoming();
    decode([1, 1, 65, 0, 1]);
    assertEquals(messages.length, 0);
    assertEquals(messages.shift(), undefined);
  });
  it("of a pipe has a message to read once, when its last octet is there (LT-713)", () => {
    const { messages, decode } = incoming();
    decode([1, 1, 65, 0, 1]);
    decode([66]);
    assertEquals(messages.peek(), ["A", "B"]);
    assertEquals([messages.shift(), messages.shift()], [["A", "B"], undefined]);
  });
});

function publisher(peers: number): { xpub: XPubPattern; pipes: FakePipe[] } {
  const xpub = new XPubPattern(new FakeHost());
  return { xpub, pipes: attach(xpub, peers, "XSUB") };
}

/** What the program hears of it. */
function subscribe(xpub: XPubPattern, pipe: FakePipe, topic: string): string[] {
  pipe.come(octets(`\x01${topic}`));
  return received(xpub);
}

/** What the program hears of it. */
function cancel(xpub: XPubPattern, pipe: FakePipe, topic: string): string[] {
  pipe.come(octets(`\0${topic}`));
  return received(xpub);
}

/** What each peer gets of a message. */
function matched(xpub: XPubPattern, message: string, ...pipes: FakePipe[]): string[][] {
  assertEquals(xpub.send([octets(message)]), true);
  return pipes.map((pipe) => pipe.take());
}

function addsEach(names: readonly string[]): void {
  const { xpub, pipes: [pipe] } = publisher(1);
  for (const [index, name] of names.entries()) {
    assertEquals(subscribe(xpub, pipe!, name), [`\x01${name}`]);
    assertEquals(xpub.topicsCount, index + 1);
  }
}

function removesEach(order: readonly string[]): void {
  const { xpub, pipes: [pipe] } = publisher(1);
  for (const name of NAMES) subscribe(xpub, pipe!, name);
  for (const [index, name] of order.entries()) {
    assertEquals(cancel(xpub, pipe!, name), [`\0${name}`]);
    const left = order.slice(index + 1);
    const expected = order.map((each) => left.some((topic) => each.startsWith(topic)) ? [each] : []);
    assertEquals(order.map((each) => matched(xpub, each, pipe!)[0]!), expected, `without ${name}`);
  }
  assertEquals(xpub.topicsCount, 0);
}

function losesAll(names: readonly string[]): void {
  const { xpub, pipes: [pipe, other] } = publisher(2);
  for (const name of names) subscribe(xpub, pipe!, name);
  subscribe(xpub, other!, "fo");
  pipe!.leave(xpub);
  // Another peer holds "fo", so that one is not gone.
  const gone = names.filter((name) => name !== "fo").map((name) => `\0${name}`);
  assertEquals(received(xpub).toSorted(), gone.toSorted());
  assertEquals(xpub.topicsCount, 1);
}

function treeOf(...topics: string[]): PrefixTree<string> {
  const tree = new PrefixTree<string>();
  for (const topic of topics) tree.set(octets(topic), topic);
  return tree;
}

/** A queue of messages, and what decodes octets of ZMTP into it. */
function incoming(): { messages: Ring<string[]>; decode(wire: readonly number[]): void } {
  const messages = new Ring<string[]>();
  const sink: DecoderSink = {
    onMessage(message) {
      messages.push(message.map(text));
      return true;
    },
    onCommand: () => true,
  };
  const decoder = new Decoder(sink, { frame: Infinity, message: Infinity, parts: Infinity }, 1000);
  return { messages, decode: (wire) => decoder.decode(Uint8Array.from(wire)) };
}
