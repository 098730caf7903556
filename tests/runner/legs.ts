/**
 * The legs of the matrix: how each runtime is had, and how it runs one test file. One process a file: a file that
 * hangs or crashes is killed and named, and cannot disturb the others.
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "./process.ts";
import { run } from "./process.ts";
import { bun, chromium, esbuild, node, playwright, type Tool } from "./tools.ts";
import { transpile } from "./transpile.ts";

/** Names of the legs, in the order in which they run. */
export const LEGS = ["deno", "bun", "node24", "node22", "node20", "chromium"] as const;

/** Name of one leg. */
export type LegName = typeof LEGS[number];

/** A leg that is ready to run test files. */
export interface Leg {
  readonly name: LegName;
  /** The version of its runtime. */
  readonly version: string;
  /** Where `@std/assert` and `@std/testing/bdd` come from on it. */
  readonly seam: "JSR" | "in-repo";
  /** The command that runs one test file and writes a JUnit file. */
  command(file: string, report: string): Command;
}

/** What a leg is made ready with. */
export interface Setting {
  /** The repository. */
  readonly root: string;
  /** A folder that goes when the run is over. */
  readonly scratch: string;
  /** Whether Deno tells where a leak was opened. */
  readonly traceLeaks: boolean;
}

/** Makes a leg ready; a text is the reason why its runtime is not to be had. */
export async function prepare(name: LegName, setting: Setting): Promise<Leg | string> {
  if (name === "deno") return await denoLeg(setting);
  if (name === "chromium") return await chromiumLeg(setting);
  const tool = name === "bun" ? await bun() : await node(Number(name.slice("node".length)));
  if (tool.path === undefined) return tool.missing;
  if (name === "bun") return bunLeg(setting, tool);
  return name === "node20" ? await transpiledLeg(name, setting, tool) : nodeLeg(name, setting, tool);
}

/** The names that tests may import bare, and what in the repository they stand for. */
export async function bareNames(root: string): Promise<{ [name: string]: string }> {
  return JSON.parse(await Deno.readTextFile(join(root, "tests/seam/bare.json")));
}

type Ready = Tool & { readonly path: string };

async function denoLeg(setting: Setting): Promise<Leg> {
  const { root, scratch, traceLeaks } = setting;
  const options = ["-A", "--no-check", "--sanitize-ops", "--sanitize-resources"];
  if (traceLeaks) options.push("--trace-leaks");
  const jsr = await jsrAnswers();
  if (jsr) {
    const map = join(scratch, "import_map.json");
    const imports: { [name: string]: string } = {};
    for (const [name, path] of Object.entries(await bareNames(root))) {
      imports[name] = pathToFileURL(join(root, path)).href;
    }
    imports["@std/assert"] = "jsr:@std/assert@1";
    await Deno.writeTextFile(map, JSON.stringify({ imports }));
    options.push(`--import-map=${map}`);
  }
  return {
    name: "deno",
    version: Deno.version.deno,
    seam: jsr ? "JSR" : "in-repo",
    command: (file, report) => ({
      command: Deno.execPath(),
      args: ["test", ...options, `--junit-path=${report}`, file],
      cwd: root,
      env: { PUREMQ_SEAM: jsr ? "jsr" : "" },
    }),
  };
}

/** Found out by fetching both packages, with little patience: a machine that is locked down says no at once. */
async function jsrAnswers(): Promise<boolean> {
  const packages = ["jsr:@std/assert@1", "jsr:@std/testing@1/bdd"];
  const args = ["cache", "--no-config", "--no-lock", ...packages];
  const outcome = await run({ command: Deno.execPath(), args }, 3000);
  return outcome.code === 0;
}

function bunLeg({ root }: Setting, { path, version }: Ready): Leg {
  return {
    name: "bun",
    version: version!,
    seam: "in-repo",
    command: (file, report) => ({
      command: path,
      args: [
        "test",
        "--tsconfig-override=tests/seam/tsconfig.json",
        // Bun's own limit of 5 s a test must not come before the seam's.
        "--timeout=120000",
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        `./${file}`,
      ],
      cwd: root,
    }),
  };
}

function nodeLeg(name: LegName, { root }: Pick<Setting, "root">, { path, version }: Ready): Leg {
  return {
    name,
    version: version!,
    seam: "in-repo",
    command: (file, report) => ({
      command: path,
      args: [
        "--disable-warning=ExperimentalWarning",
        "--import",
        pathToFileURL(join(root, "tests/seam/node.ts")).href,
        ...nodeReporters(report),
        file,
      ],
      cwd: root,
    }),
  };
}

async function transpiledLeg(
  name: LegName,
  setting: Setting,
  { path, version }: Ready,
): Promise<Leg | string> {
  const tree = join(setting.scratch, name);
  await Deno.mkdir(tree);
  await transpile(setting.root, tree, await bareNames(setting.root));
  return {
    name,
    version: `${version} (transpiled)`,
    seam: "in-repo",
    command: (file, report) => ({
      command: path,
      args: [...nodeReporters(report), file.replace(/\.ts$/, ".js")],
      cwd: tree,
    }),
  };
}

/** A Node runs the test files, they drive the browser; servers run on Deno, Bun and that Node. */
async function chromiumLeg({ root }: Setting): Promise<Leg | string> {
  const browser = await chromium();
  if (browser.path === undefined) return browser.missing;
  const [driver, bundler, host, bunTool] = await Promise.all([playwright(), esbuild(), node(24), bun()]);
  if (driver.path === undefined) return `no playwright-core: ${driver.missing}`;
  if (bundler.path === undefined) return `no esbuild: ${bundler.missing}`;
  if (host.path === undefined) return `no Node: ${host.missing}`;
  const { command } = nodeLeg("chromium", { root }, host);
  const env = {
    PUREMQ_CHROMIUM: browser.path,
    PUREMQ_PLAYWRIGHT: driver.path,
    PUREMQ_DENO: Deno.execPath(),
    PUREMQ_BUN: bunTool.path ?? "",
  };
  return {
    name: "chromium",
    version: browser.version,
    seam: "in-repo",
    command: (file, report) => ({ ...command(file, report), env }),
  };
}

/** Without `--test` the file runs in this process: one process less, and one that stays alive is noticed. */
function nodeReporters(report: string): string[] {
  return [
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
  ];
}
