/**
 * How the tool ends: codes that a script can rely on, and one sentence on stderr.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { existsSync } from "node:fs";
import { test } from "../interop/scope.ts";
import { run, start } from "./tool.ts";

const CONNECTED = ["--connect", "tcp://127.0.0.1:1"];

describe("wrong usage", () => {
  for (
    const [args, sentence] of [
      [["pusj"], 'there is no command "pusj"; did you mean push?'],
      [["push", "--conect", "x"], "push has no option --conect; did you mean --connect?"],
      [["push", "--data", "x"], "where? Give an endpoint by --bind or --connect"],
      [["pull", ...CONNECTED, "--count", "many"], '--count is a whole number from 1 on, not "many"'],
      [["pull", "--bind", "127.0.0.1:5555"], "an endpoint is a transport, :// and an address"],
      [["pull", "--connect", "tcp://127.0.0.1:*"], "tcp://127.0.0.1:*"],
      [["pull", "--bind", "xyz://a"], "xyz"],
      [["pull", "--bind", "inproc://a"], "inproc://a ends at this process"],
      [["push", ...CONNECTED, "--input-format", "hex", "--data", "0"], "is not hex"],
      [["queue", "tcp://127.0.0.1:*"], "queue needs FRONT and BACK: BACK missing"],
      [["queue", "tcp://127.0.0.1:*", "nowhere"], "an endpoint is a transport, :// and an address"],
      [["perf", "speed"], 'perf measures thr or lat, not "speed"'],
      [["monitor"], "monitor needs EP"],
    ] as const
  ) {
    test(`ends with 2 and says what is wrong: ${args.join(" ")}`, async (scope) => {
      const { code, stdout, stderr } = await run(scope, args);
      assertEquals([code, stdout], [2, ""]);
      const [first, second, ...more] = stderr.trimEnd().split("\n");
      assertStringIncludes(first!, "zmq: ");
      assertStringIncludes(first!, sentence);
      assertMatch(second!, /^Try: zmq .*--help$/);
      assertEquals(more, []);
    });
  }

  test("without any arguments is the short help on stderr, and 2", async (scope) => {
    const { code, stdout, stderr } = await run(scope, []);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /^usage: zmq COMMAND/);
    for (const name of ["queue", "streamer", "push", "monitor", "perf", "demo"]) {
      assertStringIncludes(stderr, name);
    }
  });
});

describe("help and version", () => {
  for (
    const args of [["--help"], ["help"], ["help", "push"], ["push", "--help"], ["queue", "-h"], [
      "perf",
      "--help",
    ]]
  ) {
    test(`go to stdout and end with 0: ${args.join(" ")}`, async (scope) => {
      const { code, stdout, stderr } = await run(scope, args);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "deno run -A jsr:@puremq/zmq");
      assertStringIncludes(stdout, "Exit codes:");
    });
  }

  test("the version is the package's", async (scope) => {
    const { readFileSync } = await import("node:fs");
    const process = (await import("node:process")).default;
    const root = process.env.PUREMQ_ROOT || process.cwd();
    const { version } = JSON.parse(readFileSync(`${root}/jsr.json`, "utf8"));
    const { code, stdout } = await run(scope, ["version"]);
    assertEquals(code, 0);
    assertMatch(stdout, new RegExp(`^@puremq/zmq ${version}, as libzmq 4\\.3\\.5, on (Deno|Bun|Node) `));
  });
});

describe("a time-out", () => {
  for (
    const [args, sentence] of [
      [["pull", "--bind", "tcp://127.0.0.1:*"], "no message came within 100 ms"],
      [["push", ...CONNECTED, "--data", "x"], "nobody was there within 100 ms"],
      [["push", "--bind", "tcp://127.0.0.1:*", "--data", "x"], "nobody was there within 100 ms"],
      [["pub", "--bind", "tcp://127.0.0.1:*", "--data", "x"], "nobody subscribed within 100 ms"],
      [["req", ...CONNECTED, "--data", "x"], "nobody was there within 100 ms"],
      [["dealer", "--bind", "tcp://127.0.0.1:*"], "no message came within 100 ms"],
    ] as const
  ) {
    test(`ends with 3 and says what did not happen: ${args.join(" ")}`, async (scope) => {
      const { code, stderr } = await run(scope, [...args, "--timeout", "100", "--quiet"]);
      assertEquals([code, stderr], [3, `zmq: ${sentence}\n`]);
    });
  }

  test("of the linger ends with 3: what was sent was not delivered", async (scope) => {
    const { code, stderr } = await run(scope, ["push", ...CONNECTED, "--data", "x", "--linger", "100"]);
    assertEquals([code, stderr], [3, "zmq: 1 message was not delivered\n"]);
  });
});

describe("a failure", () => {
  test("to bind ends with 1 and one sentence", async (scope) => {
    const first = start(scope, ["pull", "--bind", "tcp://127.0.0.1:*"]);
    const endpoint = await first.bound();
    for (const args of [["pull", "--bind", endpoint], ["queue", "tcp://127.0.0.1:*", endpoint]]) {
      const { code, stdout, stderr } = await run(scope, args);
      assertEquals([code, stdout], [1, ""]);
      assertEquals(stderr, `zmq: cannot bind to ${endpoint}: the address is in use (EADDRINUSE)\n`);
    }
  });

  test("to read a line ends with 1 and says which", async (scope) => {
    const pull = start(scope, ["pull", "--bind", "tcp://127.0.0.1:*", "--count", "1"]);
    const pushing = ["push", "--connect", await pull.bound(), "--input-format", "json"];
    const { code, stderr } = await run(scope, pushing, '["good"]\nbad\n');
    assertEquals(code, 1);
    assertMatch(stderr, /^zmq: line 2 of stdin: not a message: .*\n$/);
    assertEquals((await pull.ended()).stdout, "good\n");
  });
});

describe("a signal", () => {
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    test(`ends a socket's command with ${expected}, and leaves no file behind: ${signal}`, async (scope) => {
      const path = scope.path();
      const pull = start(scope, ["pull", "--bind", `ipc://${path}`]);
      await pull.bound();
      pull.kill(signal);
      const { code, stdout } = await pull.ended();
      assertEquals([code, stdout], [expected, ""]);
      assertEquals(existsSync(path), false);
    });
  }

  test("ends a command that waits for its last messages to be delivered", async (scope) => {
    const push = start(scope, ["push", ...CONNECTED, "--data", "x"]);
    await push.says(/nobody answers/);
    push.kill("SIGINT");
    assertEquals((await push.ended()).code, 130);
  });
});
