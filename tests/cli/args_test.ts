/**
 * Arguments as a shell gives them, and what is said of wrong ones.
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { asksForHelp, type CommandSpec, nearest, parse, UsageError } from "../../src/cli/args.ts";
import { commandHelp } from "../../src/cli/help.ts";
import { GROUPS } from "../../src/cli/main.ts";

const SPEC: CommandSpec = {
  name: "sample",
  summary: "sample",
  operands: ["FRONT", "[BACK]"],
  options: [
    { name: "count", value: "N", least: 1, help: "counts" },
    { name: "linger", value: "MS", least: -1, help: "lingers" },
    { name: "data", value: "TEXT", many: true, help: "data" },
    { name: "format", value: "FORM", choices: ["text", "json"], help: "form" },
    { name: "quiet", help: "quiet" },
  ],
  text: [],
  examples: ["zmq sample x"],
};

describe("arguments", () => {
  it("are options with their values, switches and the rest, in any order", () => {
    const args = parse(SPEC, ["--count", "3", "front", "--quiet", "--data=a=b", "back", "--data", "c"]);
    assertEquals(args.operands, ["front", "back"]);
    assertEquals(args.number("count"), 3);
    assertEquals(args.all("data"), ["a=b", "c"]);
    assertEquals(args.text("format"), undefined);
    assert(args.has("quiet") && !args.has("linger"));
  });

  it("take what follows an option for its value, even if it begins with a dash", () => {
    const args = parse(SPEC, ["--linger", "-1", "--data", "--quiet", "x"]);
    assertEquals(args.number("linger"), -1);
    assertEquals(args.all("data"), ["--quiet"]);
    assert(!args.has("quiet"));
  });

  it("are no options after --, and - is none", () => {
    assertEquals(parse(SPEC, ["--", "--quiet"]).operands, ["--quiet"]);
    assertEquals(parse(SPEC, ["-"]).operands, ["-"]);
  });

  it("may be empty texts", () => {
    assertEquals(parse(SPEC, ["x", "--data", "", "--data="]).all("data"), ["", ""]);
  });

  for (
    const [args, sentence] of [
      [["x", "--cuont", "3"], "sample has no option --cuont; did you mean --count?"],
      [["x", "--form", "json"], "sample has no option --form; did you mean --format?"],
      [["x", "--zzz"], "sample has no option --zzz"],
      [["x", "-q"], "sample has no option -q"],
      [["x", "--count"], "--count needs a value: N"],
      [["x", "--count", "0"], '--count is a whole number from 1 on, not "0"'],
      [["x", "--count", "1.5"], '--count is a whole number from 1 on, not "1.5"'],
      [["x", "--count", "ten"], '--count is a whole number from 1 on, not "ten"'],
      [["x", "--count", ""], '--count is a whole number from 1 on, not ""'],
      [["x", "--count", "2147483648"], '--count is at most 2147483647, not "2147483648"'],
      [["x", "--linger", "-2"], '--linger is a whole number from -1 on, not "-2"'],
      [["x", "--count", "1", "--count", "2"], "--count is given twice"],
      [["x", "--quiet=yes"], "--quiet takes no value"],
      [["x", "--format", "jsno"], '--format is one of text, json, not "jsno"; did you mean json?'],
      [[], "sample needs FRONT: FRONT missing"],
      [["x", "y", "z"], 'sample does not take "z"'],
    ] as const
  ) {
    it(`that are wrong are refused: ${args.join(" ") || "none"}`, () => {
      const error = assertThrows(() => parse(SPEC, args), UsageError) as Error;
      assertEquals(error.message, sentence);
    });
  }
});

describe("the nearest name", () => {
  it("is one with a letter added, missing, wrong or swapped, or the rest missing", () => {
    const known = ["push", "pull", "pub", "timeout", "forwarder"];
    assertEquals(nearest("psuh", known), "push");
    assertEquals(nearest("puhs", known), "push");
    assertEquals(nearest("timout", known), "timeout");
    assertEquals(nearest("forward", known), "forwarder");
    assertEquals(nearest("tim", known), "timeout");
  });

  it("is none where nothing is close", () => {
    assertEquals(nearest("version", ["push", "pull"]), undefined);
    assertEquals(nearest("p", ["push", "pull"]), undefined);
  });
});

describe("help", () => {
  it("is asked for anywhere", () => {
    assert(asksForHelp(["--bind", "x", "--help"]));
    assert(asksForHelp(["-h"]));
    assert(!asksForHelp(["--data=--help"]));
  });

  for (const { spec } of GROUPS.flatMap(([, commands]) => commands)) {
    it(`of ${spec.name} shows usage, every option, examples, exit codes and how to start`, () => {
      const help = commandHelp(spec);
      assertStringIncludes(help, `usage: zmq ${spec.name}`);
      for (const { name } of spec.options) assertStringIncludes(help, `--${name}`);
      assertStringIncludes(help, "Exit codes:");
      for (const runtime of ["deno run -A jsr:@puremq/zmq", "node node_modules", "bun node_modules"]) {
        assertStringIncludes(help, runtime);
      }
      assert(spec.examples.length > 0);
      for (const example of spec.examples) assertStringIncludes(help, example);
    });

    it(`of ${spec.name} has examples that its own parser takes`, () => {
      for (const example of spec.examples) {
        // What a shell would hand over: the words of the call of our own, without what goes around it.
        const call = example.replace(/^.*?zmq /, "").split(/\s(?:[|<&]|\s+\()/)[0]!;
        const words = [...call.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
        assertEquals(words[0], spec.name, example);
        parse(spec, words.slice(1));
      }
    });
  }
});
