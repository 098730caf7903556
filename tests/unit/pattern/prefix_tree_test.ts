import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PrefixTree } from "../../../src/pattern/prefix_tree.ts";
import { prefixMatches, Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";
import { text } from "./fakes.ts";

function treeOf(...topics: string[]): PrefixTree<string> {
  const tree = new PrefixTree<string>();
  for (const topic of topics) tree.set(octets(topic), topic);
  return tree;
}

function visited(tree: PrefixTree<string>, subject: string): string[] {
  const values: string[] = [];
  tree.visit(octets(subject), (value) => values.push(value));
  return values;
}

describe("PrefixTree", () => {
  it("empty, matches nothing, not even no octets", () => {
    const tree = treeOf();
    assertEquals([tree.size, tree.matches(octets("foo")), tree.matches(octets(""))], [0, false, false]);
    assertEquals([tree.delete(octets("")), tree.delete(octets("foo"))], [false, false]);
  });

  it("the empty prefix matches everything", () => {
    const tree = treeOf("");
    assert(tree.matches(octets("")) && tree.matches(octets("foo")));
    assertEquals([tree.delete(octets("")), tree.matches(octets("foo"))], [true, false]);
  });

  it("a prefix matches what begins with it, and nothing shorter", () => {
    const tree = treeOf("foobar", "foobaz");
    for (
      const [subject, matches] of [["foobar", true], ["foobarx", true], ["foo", false], ["fooba", false], [
        "g",
        false,
      ]] as const
    ) {
      assertEquals(tree.matches(octets(subject)), matches, subject);
    }
  });

  it("a common prefix that was never set can't be deleted and matches nothing", () => {
    const tree = treeOf("foobar", "foobaz");
    assertEquals([tree.delete(octets("fooba")), tree.delete(octets("foo")), tree.delete(octets("foobarx"))], [
      false,
      false,
      false,
    ]);
    assertEquals(tree.size, 2);
  });

  it("visit sees the values of all prefixes, shortest first", () => {
    assertEquals(visited(treeOf("abc", "", "ab", "abd", "b"), "abcd"), ["", "ab", "abc"]);
  });

  it("topics with zeros and high octets are octets like others", () => {
    const tree = new PrefixTree<number>();
    tree.set(Uint8Array.of(0, 255), 1);
    assert(tree.matches(Uint8Array.of(0, 255, 0)));
    assert(!tree.matches(Uint8Array.of(0)));
  });

  it("does not keep the memory that a topic was given in", () => {
    const topic = octets("topic");
    const tree = new PrefixTree<number>();
    tree.set(topic, 1);
    topic.fill(0);
    assert(tree.matches(octets("topic")));
  });

  it("a topic of a megabyte, and ten thousand nested ones, take no recursion (CVE-2021-20236)", () => {
    const tree = new PrefixTree<number>();
    tree.set(new Uint8Array(1_000_000), 1);
    for (let i = 0; i < 10_000; i++) tree.set(new Uint8Array(i).fill(7), i);
    assertEquals(tree.size, 10_001);
    for (let i = 0; i < 10_000; i++) assert(tree.delete(new Uint8Array(i).fill(7)));
    assertEquals(tree.matches(new Uint8Array(1_000_000)), true);
  });

  it("is the same as looking at every topic, for random topics over few letters, set and deleted", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = new Random(seed);
      const tree = new PrefixTree<string>();
      const twin = new Map<string, Uint8Array>();
      const topic = () =>
        Uint8Array.from({ length: random.below(8) }, () => random.pick([0, 97, 97, 98, 255]));
      for (let step = 0; step < 200; step++) {
        const one = topic();
        const key = text(one);
        if (random.chance(0.55)) {
          tree.set(one, key);
          twin.set(key, one);
        } else assertEquals(tree.delete(one), twin.delete(key), `seed ${seed}`);
        assertEquals(tree.size, twin.size, `seed ${seed}`);
        const subject = topic();
        assertEquals(tree.matches(subject), prefixMatches(twin.values(), subject), `seed ${seed}`);
        assertEquals(tree.get(subject), twin.has(text(subject)) ? text(subject) : undefined);
        const values: string[] = [];
        tree.visit(subject, (value) => values.push(value));
        const expected = [...twin.keys()].filter((each) => text(subject).startsWith(each));
        assertEquals(values, expected.sort((a, b) => a.length - b.length), `seed ${seed}`);
      }
    }
  });
});
