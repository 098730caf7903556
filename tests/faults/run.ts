/**
 * Every fault in full size, one runtime after the other, and what came of it as a table.
 *
 *     deno task faults [--runtime deno,bun,node24] [--rows F-05,G9] [--out file.md]
 *
 * The tests are those of the matrix, which run with smaller numbers there. Exits with 1 if a promise was not kept.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LegName, LEGS, prepare, type Setting } from "../runner/legs.ts";
import { endWithUs, run } from "../runner/process.ts";

/** Milliseconds that one file of tests may take. */
const FILE_LIMIT = 400_000;

/** What a test told of one case. */
interface Line {
  readonly group: string;
  readonly name: string;
  readonly label: string;
  readonly error?: string;
  readonly skipped?: string;
  readonly sent?: number;
  readonly delivered?: number;
  readonly doubled?: number;
  readonly disordered?: number;
  readonly counted?: number;
  readonly note?: string;
  readonly growth?: number;
}

const HEAD = `# Faults

What is promised under failure, as measured by \`deno task faults --out bench/results/faults.md\`. Counts are messages.
Lost: sent and not delivered. Counted: those of the lost ones that the socket's own \`dropped\` tells of; the others
were with a peer, or with the kernel, when the connection died. Memory: growth of the process under test up to its
peak, in MiB, the sender's and receiver's heap together where both are in it. Rows are those of the list of faults.
`;

if (import.meta.main) {
  endWithUs();
  Deno.exit(await main(Deno.args));
}

async function main(args: readonly string[]): Promise<number> {
  const option = (name: string) => args[args.indexOf(name) + 1 || args.length];
  const names = (option("--runtime") ?? "deno,bun,node24").split(",") as LegName[];
  for (const name of names) if (!LEGS.includes(name)) throw new Error(`no runtime ${name}`);
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const scratch = await Deno.makeTempDir({ prefix: "puremq-faults-" });
  const tables: string[] = [];
  let broken = 0;
  try {
    for (const name of names) {
      const lines = await onRuntime(name, { root, scratch, traceLeaks: false }, option("--rows") ?? "");
      if (typeof lines === "string") tables.push(`## ${name}\n\nskipped: ${lines}\n`);
      else {
        tables.push(`## ${lines.version}\n\n${table(lines.lines)}\n`);
        broken += lines.lines.filter(({ error }) => error !== undefined).length;
      }
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
  const text = tables.join("\n");
  console.log(text);
  const out = option("--out");
  if (out !== undefined) await Deno.writeTextFile(out, `${HEAD}\n${text}`);
  return broken > 0 ? 1 : 0;
}

async function onRuntime(
  name: LegName,
  setting: Setting,
  rows: string,
): Promise<{ version: string; lines: Line[] } | string> {
  const leg = await prepare(name, setting);
  if (typeof leg === "string") return leg;
  const lines: Line[] = [];
  const folder = join(setting.root, "tests/faults");
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((file) =>
    file.endsWith("_test.ts")
  );
  for (const file of files.sort()) {
    const report = join(setting.scratch, `${name}-${file}.jsonl`);
    const command = leg.command(`tests/faults/${file}`, join(setting.scratch, "junit.xml"));
    const outcome = await run({
      ...command,
      env: {
        ...command.env,
        PUREMQ_FAULTS: "full",
        PUREMQ_FAULTS_REPORT: report,
        PUREMQ_FAULTS_ROWS: rows,
        PUREMQ_LEG: name,
        PUREMQ_ROOT: setting.root,
      },
    }, FILE_LIMIT);
    const told = await Deno.readTextFile(report).catch(() => "");
    const found = told.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
    lines.push(...found);
    if (outcome.late) {
      lines.push({ group: file, name: `all of it`, label: "", error: "it did not end in time" });
    }
    const failed = found.filter(({ error }) => error !== undefined).length;
    console.error(`${name} ${file}: ${found.length} told, ${failed} broken, exit code ${outcome.code}`);
    if (outcome.code !== 0 && rows === "") console.error(outcome.output.slice(-4000));
    if (outcome.code !== 0 && rows === "" && failed === 0) {
      lines.push({ group: file, name: `all of it`, label: "", error: `exit code ${outcome.code}` });
    }
  }
  const label = name.startsWith("node") ? "Node" : name === "bun" ? "Bun" : "Deno";
  return { version: `${label} ${leg.version}`, lines: lines.sort((a, b) => order(a) - order(b)) };
}

/** By the first row of the list; those that are in none come last. */
function order({ name }: Line): number {
  return Number(/F-(\d+)/.exec(name)?.[1] ?? 100);
}

function table(lines: readonly Line[]): string {
  const head =
    "| row | fault | sent | delivered | lost | counted | doubled | out of order | memory | kept | |";
  return [head, `|${" --- |".repeat(11)}`, ...lines.map(rowOf)].join("\n");
}

function rowOf(line: Line): string {
  const { name, label, error, skipped, sent = 0, delivered = 0, note } = line;
  const [, text = name, rows = ""] = /^(.*) \(([FG][^()]*)\)$/.exec(name) ?? [];
  const fault = `${line.group}: ${text}` + (label === "" ? "" : `; ${label}`);
  const figures = line.sent === undefined ? Array(7).fill("") : [
    sent,
    delivered,
    sent - delivered,
    line.counted ?? "",
    line.doubled ?? "",
    line.disordered ?? "",
    line.growth ?? "",
  ];
  const kept = error !== undefined ? "NO" : skipped !== undefined ? "skipped" : "yes";
  const cells = [rows, fault, ...figures, kept, error ?? skipped ?? note ?? ""];
  return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}
