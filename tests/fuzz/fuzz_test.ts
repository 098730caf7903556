/**
 * Every target for a short while, with the same inputs in each run, and every input that went wrong once. The long
 * run is `deno task fuzz`.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { itNeeds, toolPath } from "../support/legs.ts";
import { type Case, formatCase, parseCase, readCorpus } from "./corpus.ts";
import { loadFastCheck } from "./fast_check.ts";
import { run, target } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 20_240_607;
const RUNS = 300;

describe("made-up input", () => {
  for (const each of TARGETS) {
    itNeeds(["fastcheck"], `${each.name}: ${each.promise}`, () => {
      const details = run(loadFastCheck(toolPath("fastcheck")!), each, SEED, each.runs ?? RUNS);
      if (!details.failed) return;
      const [input] = details.counterexample ?? [];
      const found = String((details.errorInstance as Error)?.message ?? details.errorInstance);
      throw new Error(formatCase({ target: each.name, found, input }), { cause: details.errorInstance });
    });
  }

  itNeeds(["fastcheck"], "finds what does not hold, and makes it small", () => {
    const broken = target<number[]>({
      name: "broken",
      promise: "",
      input: (fc) => fc.array(fc.nat(1000), { maxLength: 20 }),
      check(numbers) {
        if (numbers.some((number) => number > 700)) throw new Error("too large");
      },
    });
    const details = run(loadFastCheck(toolPath("fastcheck")!), broken, SEED, RUNS);
    assert(details.failed);
    assertEquals(details.counterexample, [[701]]);
  });
});

describe("input that went wrong once", () => {
  for (const { file, found: { target: name, found, input } } of readCorpus()) {
    it(`${name}: ${file}: ${found.split("\n", 1)[0]}`, () => {
      const wanted = TARGETS.find((each) => each.name === name);
      assert(wanted !== undefined, `There is no target ${name}`);
      wanted.check(input);
    });
  }

  it("is read as it was written, octets and all", () => {
    const found: Case = {
      target: "t",
      found: "f",
      seed: 1,
      path: "0:1",
      input: [{ a: Uint8Array.of(0, 255) }, null],
    };
    assertEquals(parseCase(formatCase(found)), found);
  });
});
