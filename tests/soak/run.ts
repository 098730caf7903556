/**
 * A soak: all socket types between three runtimes and libzmq, over tcp, ipc, ws, udp and inproc, CURVE on half, with
 * guests that come and go, for as long as asked, and a verdict at the end.
 *
 *     deno task soak [--minutes 10] [--rate 200] [--actors deno,bun,node24,libzmq] [--churn 5]
 *
 * `--rate` is messages a second for each flow, `--churn` guests a second for each process. Exits with 1 if a promise
 * was broken.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { curveKeyPair } from "../../mod.ts";
import { type Running, start } from "./actors.ts";
import { type Actor, plan } from "./plan.ts";
import { complaints, type Outcome, outcomes, report, settled } from "./verdict.ts";

/** What is asked for. */
export interface Wish {
  readonly seconds: number;
  /** Messages a second, each flow. */
  readonly rate: number;
  readonly actors: readonly Actor[];
  /** Guests a second, each process. */
  readonly churn: number;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface Result {
  readonly outcomes: readonly Outcome[];
  readonly running: readonly Running[];
  readonly missing: readonly string[];
  readonly complaints: readonly string[];
  readonly text: string;
}

/** Memory grows at first, and garbage is collected when it pleases: a shorter run says nothing of drift. */
const JUDGED_FROM = 240;
/** Seconds for what is on its way when sending has ended. */
const SETTLING = 30;

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      rate: { type: "string", default: "200" },
      actors: { type: "string", default: "deno,bun,node24,libzmq" },
      churn: { type: "string", default: "5" },
    },
  });
  const result = await soak({
    seconds: Number(values.minutes) * 60,
    rate: Number(values.rate),
    actors: values.actors.split(",") as Actor[],
    churn: Number(values.churn),
    say: (line) => console.log(line),
  });
  console.log(`\n${result.text}\n`);
  for (const what of result.missing) console.log(`Not there: ${what}`);
  for (const what of result.complaints) console.log(`BROKEN: ${what}`);
  console.log(result.complaints.length === 0 ? "Verdict: every promise was kept." : "Verdict: broken.");
  Deno.exit(result.complaints.length === 0 ? 0 : 1);
}

/** Runs one. */
export async function soak({ seconds, rate, actors, churn, say }: Wish): Promise<Result> {
  const { running, missing } = await start(actors);
  const folder = mkdtempSync(join(tmpdir(), "puremq-soak-"));
  try {
    const flows = plan(running.map(({ actor }) => actor));
    const keys = { server: curveKeyPair(), client: curveKeyPair() };
    for (const each of running) {
      each.tell({ do: "open", flows: flows.filter((flow) => concerns(flow, each)), keys, folder });
    }
    const endpoints: { [flow: number]: string } = {};
    for (const each of running) Object.assign(endpoints, await each.answer("bound"));
    for (const each of running) each.tell({ do: "connect", endpoints });
    for (const each of running) await each.answer("ready");
    say(`${flows.length} flows between ${running.map(({ actor }) => actor).join(", ")}`);

    for (const each of running) each.tell({ do: "run", rate, churn });
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    let before = { at: 0, received: 0 };
    while (elapsed() < seconds && running.every(({ died }) => !died)) {
      await pause(1000);
      for (const each of running) each.sample(elapsed());
      if (elapsed() - before.at < 5) continue;
      const now = { at: elapsed(), received: received(running) };
      say(progress(now, before, running));
      before = now;
    }
    const lasted = elapsed();
    for (const each of running) each.tell({ do: "stop" });
    for (let left = SETTLING; left > 0 && !outcomes(flows, running).every(settled); left--) await pause(1000);
    // The counts of the last second.
    await pause(1100);
    const all = outcomes(flows, running);
    const found = complaints(all, running, lasted >= JUDGED_FROM);
    for (const { actor, died } of running) if (died) found.push(`${actor} has ended by itself`);
    return { outcomes: all, running, missing, complaints: found, text: report(all, running, lasted) };
  } finally {
    await Promise.all(running.map((each) => each.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function concerns({ from, to }: { readonly from: Actor; readonly to: Actor }, { actor }: Running): boolean {
  return from === actor || to === actor;
}

function received(running: readonly Running[]): number {
  return running.flatMap(({ counts }) => counts).reduce(
    (sum, count) => sum + count.received + count.answers,
    0,
  );
}

function progress(
  now: { readonly at: number; readonly received: number },
  before: { readonly at: number; readonly received: number },
  running: readonly Running[],
): string {
  const rate = (now.received - before.received) / (now.at - before.at);
  const memory = running.map(({ actor, samples }) => `${actor} ${samples.at(-1)?.memory.toFixed(0)} MiB`);
  const wrong = running.flatMap(({ counts }) => counts).reduce(
    (sum, { disorder, damaged, errors }) => sum + disorder + damaged + errors.length,
    0,
  );
  const at = `${now.at.toFixed(0)} s`.padStart(6);
  return `${at}  ${Math.round(rate).toLocaleString("en")} messages/s  ${memory.join("  ")}  wrong: ${wrong}`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
