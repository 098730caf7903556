/**
 * The commands of single sockets as programs: two of them, each in a process of its own.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { test } from "../interop/scope.ts";
import { run, start } from "./tool.ts";

const ENDPOINTS = { tcp: () => "tcp://127.0.0.1:*", ipc: (path: string) => `ipc://${path}` };

describe("push and pull", () => {
  for (const transport of ["tcp", "ipc"] as const) {
    test(`deliver the lines of stdin in order, over ${transport}`, async (scope) => {
      const endpoint = ENDPOINTS[transport](scope.path());
      const pull = start(scope, ["pull", "--bind", endpoint, "--count", "1000"]);
      const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}\tsecond part`).join("\n");
      const push = await run(scope, ["push", "--connect", await pull.bound()], lines);
      assertEquals([push.code, push.stdout, push.stderr], [0, "", ""]);
      const { code, stdout } = await pull.ended();
      assertEquals(code, 0);
      assertEquals(stdout, `${lines}\n`);
    });
  }

  for (const format of ["text", "hex", "quoted", "json"]) {
    test(`print in the form of ${format} what the same form reads`, async (scope) => {
      const lines = {
        text: "a|b|\nc\n",
        hex: "00ff||0a\n41\n",
        quoted: '"\\x00\\xff"|""|"\\n|"\n"A"\n',
        json: '[{"hex":"00ff"},"","\\n|"]\n["A"]\n',
      }[format]!;
      const forms = ["--separator", "|"];
      const pull = start(scope, [
        ...["pull", "--bind", "tcp://127.0.0.1:*", "--count", "2", "--format", format],
        ...forms,
      ]);
      const pushing = ["push", "--connect", await pull.bound(), "--input-format", format, ...forms];
      assertEquals((await run(scope, pushing, lines)).code, 0);
      assertEquals((await pull.ended()).stdout, lines);
    });
  }

  test("split parts at the separator alone, and never at an empty one", async (scope) => {
    const pull = start(scope, ["pull", "--bind", "tcp://127.0.0.1:*", "--count", "2", "--format", "json"]);
    const endpoint = await pull.bound();
    await run(scope, ["push", "--connect", endpoint, "--data", "a, b", "--separator", ", "]);
    await run(scope, ["push", "--connect", endpoint, "--data", "a\tb", "--separator", ""]);
    assertEquals((await pull.ended()).stdout, '["a","b"]\n["a\\tb"]\n');
  });

  test("repeat --data as often as --count says", async (scope) => {
    const pull = start(scope, ["pull", "--bind", "tcp://127.0.0.1:*", "--count", "5"]);
    const data = ["--data", "a", "--data", "b", "--count", "5", "--interval", "1"];
    await run(scope, ["push", "--connect", await pull.bound(), ...data]);
    assertEquals((await pull.ended()).stdout, "a\nb\na\nb\na\n");
  });

  test("wait for each other: what is sent first is delivered", async (scope) => {
    const push = start(scope, ["push", "--bind", "tcp://127.0.0.1:*", "--data", "early"]);
    const endpoint = await push.bound();
    const pull = await run(scope, ["pull", "--connect", endpoint, "--count", "1"]);
    assertEquals([pull.code, pull.stdout], [0, "early\n"]);
    assertEquals((await push.ended()).code, 0);
  });
});

describe("pub and sub", () => {
  for (const transport of ["tcp", "ipc"] as const) {
    test(`lose nothing: pub waits for the first subscriber, over ${transport}`, async (scope) => {
      const pub = start(
        scope,
        ["pub", "--bind", ENDPOINTS[transport](scope.path()), "--topic", "news"],
        "one\ntwo",
      );
      const endpoint = await pub.bound();
      const sub = await run(scope, ["sub", "--connect", endpoint, "--topic", "ne", "--count", "2"]);
      assertEquals([sub.code, sub.stdout], [0, "news\tone\nnews\ttwo\n"]);
      assertEquals((await pub.ended()).code, 0);
    });
  }

  test("more lines than a queue holds reach a subscriber that is slower than stdin", async (scope) => {
    const lines = Array.from({ length: 5000 }, (_, i) => String(i)).join("\n");
    const pub = start(scope, ["pub", "--bind", "tcp://127.0.0.1:*", "--hwm", "10"], lines);
    const endpoint = await pub.bound();
    const sub = await run(scope, ["sub", "--connect", endpoint, "--hwm", "10", "--count", "5000"]);
    assertEquals(sub.stdout, `${lines}\n`);
  });

  test("wait for as many subscriptions to the topic as --wait says", async (scope) => {
    const pub = start(scope, [
      "pub",
      "--bind",
      "tcp://127.0.0.1:*",
      "--topic",
      "a",
      "--wait",
      "2",
      "--data",
      "x",
    ]);
    const endpoint = await pub.bound();
    const subscribe = (topic: string) =>
      start(scope, ["sub", "--connect", endpoint, "--topic", topic, "--count", "1"]);
    const other = subscribe("b");
    const subscribers = [subscribe("a"), subscribe("")];
    for (const subscriber of subscribers) assertEquals((await subscriber.ended()).stdout, "a\tx\n");
    assertEquals((await pub.ended()).code, 0);
    other.kill("SIGINT");
    assertEquals((await other.ended()).stdout, "");
  });
});

describe("req and rep", () => {
  for (const transport of ["tcp", "ipc"] as const) {
    test(`take turns, over ${transport}`, async (scope) => {
      const endpoint = ENDPOINTS[transport](scope.path());
      const rep = start(scope, ["rep", "--bind", endpoint, "--data", "yes", "--data", "no", "--count", "3"]);
      const req = await run(scope, ["req", "--connect", await rep.bound()], "one\ntwo\nthree\n");
      assertEquals([req.code, req.stdout], [0, "yes\nno\nyes\n"]);
      const { code, stdout } = await rep.ended();
      assertEquals([code, stdout], [0, "one\ntwo\nthree\n"]);
    });
  }

  test("reply line by line from stdin, and end with it", async (scope) => {
    const rep = start(scope, ["rep", "--bind", "tcp://127.0.0.1:*"], "1\n2\n");
    const req = ["req", "--connect", await rep.bound(), "--data", "q", "--count", "3", "--timeout", "1000"];
    const { code, stdout } = await run(scope, req);
    assertEquals([code, stdout], [3, "1\n2\n"]);
    assertEquals((await rep.ended()).code, 0);
  });

  for (const [name, args] of [["--echo", ["--echo"]], ["an empty stdin", []]] as const) {
    test(`reply the request itself with ${name}`, async (scope) => {
      const rep = start(scope, ["rep", "--bind", "tcp://127.0.0.1:*", ...args, "--count", "2"]);
      const req = await run(scope, ["req", "--connect", await rep.bound(), "--data", "a\tb", "--count", "2"]);
      assertEquals(req.stdout, "a\tb\na\tb\n");
      assertEquals((await rep.ended()).code, 0);
    });
  }
});

describe("dealer, router and pair", () => {
  test("a router shows who asks, and answers by the routing id", async (scope) => {
    const router = start(scope, ["router", "--bind", "tcp://127.0.0.1:*", "--echo", "--count", "2"]);
    const dealing = ["dealer", "--connect", await router.bound(), "--id", "d1", "--count", "2"];
    const { code, stdout } = await run(scope, dealing, "one\ntwo\tparts\n");
    assertEquals([code, stdout], [0, "one\ntwo\tparts\n"]);
    assertEquals((await router.ended()).stdout, "d1\tone\nd1\ttwo\tparts\n");
  });

  test("a routing id that is no text is shown as hex", async (scope) => {
    const router = start(scope, ["router", "--bind", "tcp://127.0.0.1:*", "--echo", "--count", "1"]);
    const dealing = ["dealer", "--connect", await router.bound(), "--data", "hi", "--count", "1"];
    assertEquals((await run(scope, dealing)).stdout, "hi\n");
    assertMatch((await router.ended()).stdout, /^0x00[0-9a-f]{8}\thi\n$/);
  });

  test("a router says of a message to nobody that it is, goes on, and ends with 1", async (scope) => {
    const router = start(
      scope,
      ["router", "--bind", "tcp://127.0.0.1:*", "--count", "0"],
      "nobody\tx\nd1\ty\n",
    );
    const dealing = ["dealer", "--connect", await router.bound(), "--id", "d1", "--count", "1"];
    assertEquals((await run(scope, dealing)).stdout, "y\n");
    const { code, stderr } = await router.ended();
    assertEquals(code, 1);
    assertMatch(stderr, /nobody is here whose routing id is nobody\n/);
  });

  test("a dealer talks to a REP with an empty part in front", async (scope) => {
    const rep = start(scope, ["rep", "--bind", "tcp://127.0.0.1:*", "--data", "pong", "--count", "1"]);
    const dealing = [
      "dealer",
      "--connect",
      await rep.bound(),
      "--separator",
      "|",
      "--data",
      "|ping",
      "--count",
      "1",
    ];
    assertEquals((await run(scope, dealing)).stdout, "|pong\n");
    assertEquals((await rep.ended()).stdout, "ping\n");
  });

  for (const transport of ["tcp", "ipc"] as const) {
    test(`two pairs send and print at once, over ${transport}`, async (scope) => {
      const endpoint = ENDPOINTS[transport](scope.path());
      const left = start(scope, ["pair", "--bind", endpoint, "--count", "2"], "1\n2\n3\n");
      const right = await run(scope, ["pair", "--connect", await left.bound(), "--count", "3"], "a\nb\n");
      assertEquals([right.code, right.stdout], [0, "1\n2\n3\n"]);
      const { code, stdout } = await left.ended();
      assertEquals([code, stdout], [0, "a\nb\n"]);
    });
  }
});

describe("a command's output", () => {
  test("that nobody reads any more ends it silently and cleanly", async (scope) => {
    const pub = start(scope, ["pub", "--bind", "tcp://127.0.0.1:*", "--data", "tick", "--interval", "5"]);
    const sub = start(scope, ["sub", "--connect", await pub.bound()]);
    await sub.says(/tick\n/, "stdout");
    sub.closeOutput();
    const { code, signal, stderr } = await sub.ended();
    assertEquals([code, signal, stderr], [0, null, ""]);
  });
});

describe("perf", () => {
  for (const kind of ["thr", "lat"]) {
    test(`measures ${kind} with both ends here, and with one in each of two processes`, async (scope) => {
      const load = ["--size", "10", "--count", "200", "--json"];
      const alone = await run(scope, ["perf", kind, ...load]);
      const path = `ipc://${scope.path()}`;
      const local = start(scope, ["perf", kind, "--bind", path, ...load]);
      const remote = await run(scope, ["perf", kind, "--connect", path, ...load]);
      const two = (await local.ended()).stdout + remote.stdout;
      for (const output of [alone.stdout, two]) {
        const result = JSON.parse(output) as { [name: string]: number };
        assertEquals([result.size, result.count], [10, 200]);
        if (kind === "thr") assert(result.rate! > 0 && result.megabytes! > 0, output);
        else assert(result.p50! > 0 && result.p99! >= result.p50! && result.mean! > 0, output);
      }
    });
  }
});

describe("monitor", () => {
  test("prints connections, handshakes with the peer's type, and losses", async (scope) => {
    const pub = start(scope, ["pub", "--bind", "tcp://127.0.0.1:*", "--data", "x"]);
    const endpoint = await pub.bound();
    const monitor = start(scope, ["monitor", endpoint, "--format", "json"]);
    await monitor.says(/"type":"handshake"/, "stdout");
    pub.kill("SIGINT");
    await monitor.says(/"type":"disconnect"/, "stdout");
    monitor.kill("SIGINT");
    const { code, stdout } = await monitor.ended();
    assertEquals(code, 130);
    const events = stdout.trimEnd().split("\n").map((line) =>
      JSON.parse(line) as { [name: string]: unknown }
    );
    const handshake = events.find(({ type }) => type === "handshake")!;
    assertEquals([handshake.address, handshake.socketType], [endpoint, "XPUB"]);
  });

  test("tells of a peer that does not fit, and ends by time", async (scope) => {
    const rep = start(scope, ["rep", "--bind", "tcp://127.0.0.1:*"]);
    const endpoint = await rep.bound();
    const monitor = start(scope, ["monitor", endpoint, "--timeout", "2000"]);
    await monitor.says(/handshake:error:protocol .*"REP"/, "stdout");
    assertEquals((await monitor.ended()).code, 0);
    const counted = await run(scope, ["monitor", endpoint, "--timeout", "100", "--count", "1000"]);
    assertEquals(counted.code, 3);
  });
});
