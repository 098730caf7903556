/**
 * A soak of a few seconds, so that the long one (`deno task soak`) is known to work: every flow carries, nothing is
 * lost, doubled, out of order or damaged, and the verdict can be bad.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { KINDS, noCount, plan } from "./plan.ts";
import { soak } from "./run.ts";
import { drift, outcomes } from "./verdict.ts";
import type { Running } from "./actors.ts";

describe("a soak", () => {
  it("keeps every promise for some seconds, between all runtimes that are there", async () => {
    const lines: string[] = [];
    const result = await soak({
      seconds: 5,
      rate: 40,
      actors: ["deno", "bun", "node24", "libzmq"],
      churn: 2,
      say: (line) => lines.push(line),
    });
    assertEquals(result.complaints, []);
    assert(result.outcomes.length > 60 || result.missing.length > 0);
    assert(result.outcomes.every(({ to }) => to.received > 0));
  });

  it("has every kind over every transport that it can have, and CURVE on half of what leaves a process", () => {
    const flows = plan(["deno", "bun", "node24", "libzmq"]);
    for (const { name, transports } of KINDS) {
      const of = flows.filter(({ kind }) => kind === name);
      assertEquals([...new Set(of.map(({ transport }) => transport))], [...transports]);
    }
    const wires = flows.filter(({ transport }) => transport !== "inproc");
    const encrypted = wires.filter(({ curve }) => curve).length;
    assert(Math.abs(wires.length - 2 * encrypted) <= 2, `${encrypted} of ${wires.length}`);
  });

  it("finds what was lost, doubled, damaged, and what nobody counted", () => {
    const [flow] = plan(["deno"]).filter(({ kind, transport }) =>
      kind === "Push→Pull" && transport === "tcp"
    );
    const broken = (change: object): string[] => {
      const from = { ...noCount(flow!.id, "from"), sent: 10 };
      const to = { ...noCount(flow!.id, "to"), received: 10, first: 0, last: 9, ...change };
      return outcomes([flow!], [{ counts: [from, to] } as unknown as Running])[0]!.broken;
    };
    assertEquals(broken({}), []);
    assertEquals(broken({ received: 9 }), ["1 of 10 lost"]);
    assertEquals(broken({ disorder: 1 }), ["1 doubled or out of order"]);
    assertEquals(broken({ damaged: 2 }), ["2 damaged"]);
    assertEquals(broken({ errors: ["EFSM no"] }), ["to: EFSM no"]);
  });

  it("takes the drift between the second quarter and the last", () => {
    const samples = Array.from({ length: 40 }, (_, at) => ({ at, memory: 100 + at, handles: 20 }));
    assertEquals(drift(samples), { memory: 20, peak: 139, last: 135, handles: 0 });
    assertEquals(drift(samples.slice(0, 3)), undefined);
  });
});
