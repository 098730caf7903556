/**
 * Every load at full size, on Deno, Bun and Node, and a table of what came of it:
 *
 *     deno task hostile [--leg deno,bun,node24] [--load text] [--scale 0.1] [--write]
 *
 * `--write` puts the table to `bench/results/hostile.md`. A limit that does not hold fails the run.
 */

import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { bun, node } from "../runner/tools.ts";
import type { CommandLine } from "../support/legs.ts";
import { LOADS } from "./loads.ts";
import { measure, type Result } from "./measure.ts";
import type { Runner } from "./victim.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** How a program is run on a runtime; a text is why it is not to be had. */
async function runnerOf(leg: string): Promise<{ runner: Runner; version: string } | string> {
  const line =
    (command: string, ...options: string[]) => (program: URL, ...args: readonly string[]): CommandLine => ({
      command,
      args: [...options, fileURLToPath(program), ...args],
    });
  if (leg === "deno") {
    const options = ["run", "-A", "--quiet", "--no-check", `--config=${here("../../deno.json")}`];
    return { runner: line(Deno.execPath(), ...options), version: Deno.version.deno };
  }
  const tool = leg === "bun" ? await bun() : await node(Number(leg.slice("node".length)));
  if (tool.path === undefined) return tool.missing;
  const options = leg === "bun"
    ? ["run", `--tsconfig-override=${here("../seam/tsconfig.json")}`]
    : ["--disable-warning=ExperimentalWarning", "--import", new URL("../seam/node.ts", import.meta.url).href];
  return { runner: line(tool.path, ...options), version: tool.version };
}

function argument(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
}

const legs = (argument("leg") ?? "deno,bun,node24").split(",");
const scale = Number(argument("scale") ?? 1);
const loads = LOADS.filter(({ name, rows }) => `${rows} ${name}`.includes(argument("load") ?? ""));
const results = new Map<string, Map<string, Result>>();
const versions: string[] = [];
const failures: string[] = [];
for (const leg of legs) {
  const found = await runnerOf(leg);
  if (typeof found === "string") {
    failures.push(`${leg}: ${found}`);
    continue;
  }
  versions.push(`${leg} ${found.version}`);
  const of = new Map<string, Result>();
  results.set(leg, of);
  for (const load of loads) {
    try {
      const result = await measure(load, found.runner, scale);
      of.set(load.name, result);
      console.log(`${leg}  ${load.rows}  ${load.name}: ${said(result)}`);
    } catch (error) {
      failures.push(`${leg}: ${(error as Error).message}`);
      console.log(`${leg}  ${load.rows}  FAILED  ${(error as Error).message}`);
    }
  }
}

const lines = [
  "# Hostile peers, by quantity",
  "",
  `| rows | attack | what came of it | event | ${
    legs.map((leg) => `${leg}: memory, time, others`).join(" | ")
  } |`,
  `|---|---|---|---|${legs.map(() => "---|").join("")}`,
  ...loads.map(({ rows, name }) => {
    const all = legs.map((leg) => results.get(leg)?.get(name));
    const first = all.find((result) => result !== undefined);
    return `| ${rows} | ${name} | ${first?.happened ?? "failed"} | ${first?.events || "none"} | ${
      all.map((result) => result === undefined ? "failed" : figures(result)).join(" | ")
    } |`;
  }),
  "",
  "Each victim is a process of its own. Memory: the most by which its resident size grew while the attack lasted, over" +
  " what it was before, with the good peer connected. Others: how often a good peer was served meanwhile, and the" +
  " longest that it waited; attacker, good peer and victim share the machine. " +
  `${versions.join(", ")}; ${cpus()[0]?.model}, ${cpus().length} cores; ${
    new Date().toISOString().slice(0, 10)
  }` +
  (scale === 1 ? "." : `; at ${scale} of the size.`),
  "",
];
console.log(lines.join("\n"));
if (Deno.args.includes("--write")) {
  Deno.writeTextFileSync(here("../../bench/results/hostile.md"), lines.join("\n"));
}
for (const failure of failures) console.error(failure);
Deno.exit(failures.length === 0 ? 0 : 1);

function said(result: Result): string {
  return `${result.happened} · ${result.events || "no error"} · ${figures(result)}`;
}

function figures({ growth, seconds, served, worst }: Result): string {
  const others = served === undefined ? "–" : `${served} times, ${worst!.toFixed(0)} ms`;
  return `${growth.toFixed(0)} MiB, ${seconds.toFixed(1)} s, ${others}`;
}
