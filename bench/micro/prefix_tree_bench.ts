/**
 * The tree of subscriptions: what matching one message costs among few and among many topics, and what a
 * subscription costs to come and go.
 *
 * @module
 */

import { PrefixTree } from "../../src/pattern/prefix_tree.ts";

const text = new TextEncoder();
const late = text.encode("market/999999/volume");

for (const count of [1, 100, 10_000]) {
  const tree = new PrefixTree<number>();
  for (let i = 0; i < count; i++) tree.set(topic(i), i);
  const hit = text.encode(`market/${String(count >> 1).padStart(6, "0")}/price 101.25`);
  const miss = text.encode("weather/101/wind 12");

  Deno.bench({
    name: `visit: a match among ${count}`,
    fn: () => {
      let found = -1;
      tree.visit(hit, (value) => found = value);
      if (found !== count >> 1) throw new Error(`Found ${found}`);
    },
  });
  Deno.bench({ name: `matches: none among ${count}`, fn: () => void tree.matches(miss) });
  Deno.bench({
    name: `set and delete beside ${count}`,
    fn: () => {
      tree.set(late, 0);
      tree.delete(late);
    },
  });
}

function topic(i: number): Uint8Array {
  return text.encode(`market/${String(i).padStart(6, "0")}/`);
}
