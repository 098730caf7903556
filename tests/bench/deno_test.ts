/**
 * The benches start: a row of each kind with secured and plain connections, shortest possible, on Deno and by
 * libzmq, and the table of `--against`. Figures are not judged here, only that there are some.
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ratioTable, withEarlier } from "../../bench/against.ts";
import { measure } from "../../bench/measure.ts";
import type { Line } from "../../bench/results.ts";
import { secured } from "../../bench/security.ts";
import { libzmq, type Subject, subject } from "../../bench/subjects.ts";
import { groups } from "../../bench/workloads.ts";

const ROWS = ["throughput/tcp/100", "throughput/curve/100", "throughput/curve/10000", "round trip/curve/10"];
const ON_ONE_CORE = ["handshakes/tcp/10", "handshakes/curve/10"];
const COUNT = 100;
const root = fileURLToPath(new URL("../../", import.meta.url));
const deno = subject({
  id: "deno",
  version: Deno.version.deno,
  launch: (...flags) => [Deno.execPath(), "run", "-A", "--quiet", ...flags],
});

describe("A row of the bench", () => {
  const compiles = has("cc") && has("pkg-config", "--exists", "libzmq");
  const pins = has("taskset", "--version");
  for (const row of [...ROWS, ...ON_ONE_CORE]) {
    const missing = ON_ONE_CORE.includes(row) && !pins ? " (missing: taskset)" : "";
    test(`has a result on Deno: ${row}`, missing, () => measured(row, deno));
    const rival = missing || (compiles ? "" : " (missing: cc or libzmq's headers)");
    test(`has a result by libzmq: ${row}`, rival, () => measured(row, libzmq()));
  }
});

describe("A program of the bench", () => {
  it("refuses a socket of another mechanism than it asked for", () => {
    assertEquals(secured({ securityMechanism: null }), { securityMechanism: null });
    assertThrows(() => secured({ securityMechanism: "curve" }), Error, "mechanism is curve");
  });
});

describe("--against", () => {
  it("starts each of ours a second time, with the module of the other checkout", () => {
    const [now, before, ...more] = withEarlier([deno], root);
    assertEquals(more, []);
    assertEquals(before!.command(["local_thr"]), [...now!.command(["local_thr"]), `--module=${root}mod.ts`]);
    assertThrows(() => withEarlier([deno], `${root}bench`), Error, "There is no");
  });

  it("leaves rivals alone", () => {
    const rival: Subject = { ...deno, id: "libzmq" };
    assertEquals(withEarlier([rival], root), [rival]);
  });

  it("has results of the other checkout", async () => {
    await measured("throughput/tcp/100", withEarlier([deno], root)[1]!);
  });

  it("divides medians, and shows how far the rounds agree", () => {
    const lines = [line("deno", [100, 300, 200]), line("before on deno", [100, 200, 400])];
    const last = ratioTable(lines).split("\n").at(-1);
    assertEquals(last, "| tcp 100 B, msg/s | **1.00** (0.50 to 1.50)<br>200 → 200 |");
    assertStringIncludes(ratioTable(lines), "| Deno |");
  });
});

function test(name: string, missing: string, body: () => Promise<void>): void {
  if (missing === "") it(name, body);
  else it.skip(name + missing, body);
}

async function measured(row: string, subject: Subject): Promise<void> {
  const work = groups([100]).flat().find((work) => work.row === row);
  assert(work !== undefined, `there is no row ${row}`);
  const { rate, microseconds } = await measure(subject, work, COUNT);
  const value = row.startsWith("round trip") ? microseconds : rate;
  assert(value !== undefined && value > 0 && value < Infinity, `${value}`);
}

function has(command: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(command, args.length > 0 ? args : ["--version"]);
  return error === undefined && status === 0;
}

function line(subject: string, values: number[]): Line {
  const head = { suite: "exchange", run: "", commit: "", machine: "", version: "" } as const;
  return { ...head, row: "throughput/tcp/100", subject, unit: "msg/s", median: 0, values };
}
