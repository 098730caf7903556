/**
 * What an idle connection costs: resident memory of a process with many of them, on a ROUTER, on a PUB, and
 * on a bare listener of the same runtime, divided by their number.
 *
 *   deno run -A bench/memory.ts [--connections=10000] [--rounds=3] [--who=deno,bun,node] [--no-save]
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Child, endWithUs, freePort } from "./measure.ts";
import { writeReport } from "./report.ts";
import { beginRun, HERE, type Line, median, save } from "./results.ts";
import { findRuntimes, type Launcher } from "./subjects.ts";

type Kind = "bare" | "router" | "pub";

const KINDS: readonly Kind[] = ["bare", "router", "pub"];
/** Collections are over and the allocator's pages given back after this many reports, twice a second. */
const SETTLED = 8;

const { values: given } = parseArgs({
  options: {
    connections: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    who: { type: "string", default: "deno,bun,node" },
    "no-save": { type: "boolean", default: false },
  },
});
const connections = Number(given.connections);

await main();

async function main(): Promise<void> {
  endWithUs();
  const head = beginRun("memory");
  const { subjects, missing } = await findRuntimes();
  for (const reason of missing) console.error(`left out: ${reason}`);
  const client = subjects.find(({ id }) => id === "node") ?? subjects[0]!;
  const cells = subjects.filter(({ id }) => given.who.split(",").includes(id))
    .flatMap((runtime) => KINDS.map((kind) => ({ runtime, kind, values: [] as number[] })));

  for (let round = 1; round <= Number(given.rounds); round++) {
    for (const { runtime, kind, values } of cells) {
      const name = `round ${round} ${kind.padEnd(6)} on ${runtime.id}`;
      try {
        values.push(await perConnection(runtime, kind, client));
        console.error(`${name}: ${values.at(-1)!.toFixed(2)} KiB`);
      } catch (error) {
        console.error(`${name} FAILED: ${(error as Error).message}`);
        process.exitCode = 1;
      }
    }
  }
  const lines: Line[] = cells.filter(({ values }) => values.length > 0).map(({ runtime, kind, values }) => ({
    ...head,
    row: `memory/${kind}`,
    subject: runtime.id,
    version: runtime.version,
    unit: "KiB",
    median: median(values),
    values,
  }));
  if (!given["no-save"]) save(lines);
  for (const { row, subject, median } of lines) console.log(`${row} ${subject} ${median.toFixed(2)} KiB`);
  if (!given["no-save"]) writeReport();
}

async function perConnection(runtime: Launcher, kind: Kind, client: Launcher): Promise<number> {
  const port = await freePort();
  const server = new Child([
    ...unlimited(),
    ...withCollector(runtime),
    script("server"),
    kind,
    `tcp://127.0.0.1:${port}`,
  ]);
  let clients: Child | undefined;
  try {
    const empty = await residentKiB(server);
    const type = kind === "pub" ? "SUB" : "DEALER";
    clients = new Child([
      ...unlimited(),
      ...client.launch(),
      script("clients"),
      type,
      String(port),
      String(connections),
    ]);
    await Promise.race([clients.line(), clients.failed, server.failed]);
    server.forget();
    return (await residentKiB(server) - empty) / connections;
  } finally {
    await Promise.all([server.kill(), clients?.kill()]);
  }
}

async function residentKiB(server: Child): Promise<number> {
  let line = "";
  for (let i = 0; i < SETTLED; i++) line = await Promise.race([server.line(), server.failed]);
  return (JSON.parse(line) as { rss: number }).rss / 1024;
}

function withCollector(runtime: Launcher): string[] {
  const flags = { deno: ["--v8-flags=--expose-gc"], bun: [], node: ["--expose-gc"] };
  return runtime.launch(...flags[runtime.id]);
}

function script(name: string): string {
  return join(HERE, "idle", `${name}.ts`);
}

/** Each process holds a descriptor for each connection; the usual soft limit is 1024. */
function unlimited(): string[] {
  const wanted = connections + 500;
  return ["sh", "-c", `ulimit -n ${wanted} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"`];
}
