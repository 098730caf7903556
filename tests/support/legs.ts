/**
 * What a test may ask about the leg it runs on: the peers and tools that the runner found, tests that are
 * skipped by name where one is missing, and how to run another program on the same runtime.
 */

import { it } from "@std/testing/bdd";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** What may be missing, and the variable by which the runner tells where it is. */
const VARIABLES = {
  node: "PUREMQ_NODE",
  zeromq: "PUREMQ_ZEROMQ",
  python: "PUREMQ_PYTHON",
  jeromq: "PUREMQ_JEROMQ",
  ws: "PUREMQ_WS",
  wsproto: "PUREMQ_WSPROTO",
  bun: "PUREMQ_BUN",
  esbuild: "PUREMQ_ESBUILD",
  bundlers: "PUREMQ_BUNDLERS",
  assemblyscript: "PUREMQ_ASSEMBLYSCRIPT",
  cryptography: "PUREMQ_CRYPTOGRAPHY",
  sodium: "PUREMQ_SODIUM",
  fastcheck: "PUREMQ_FASTCHECK",
} as const;

/** Name of a tool. */
export type ToolName = keyof typeof VARIABLES;

/** A command and its arguments, as `spawn` takes them. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Where the tool is: a program, for `zeromq` the folder of the package, for `bundlers` the folder that they are
 * installed in. `undefined`: there is none.
 */
export function toolPath(name: ToolName): string | undefined {
  return process.env[VARIABLES[name]] || undefined;
}

/** A test that needs tools: run if all are there, else reported as skipped with what is missing. */
export function itNeeds(tools: readonly ToolName[], name: string, body: () => unknown): void {
  const missing = tools.filter((tool) => toolPath(tool) === undefined);
  if (missing.length === 0) it(name, body);
  else it.skip(`${name} (missing: ${missing.join(", ")})`);
}

/**
 * How to run a module of ours as a program of its own on this runtime, its bare imports resolved as in tests.
 * Name it by `new URL("./program.ts", import.meta.url)`: on Node 20 that becomes its transpiled twin.
 */
export function programCommand(program: URL, ...args: readonly string[]): CommandLine {
  const seam = (file: string) => new URL(`../seam/${file}`, import.meta.url);
  const path = fileURLToPath(program);
  const options = "Deno" in globalThis
    ? [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      `--config=${fileURLToPath(new URL("../../deno.json", import.meta.url))}`,
    ]
    : "Bun" in globalThis
    ? ["run", `--tsconfig-override=${fileURLToPath(seam("tsconfig.json"))}`]
    : path.endsWith(".js")
    ? []
    : ["--disable-warning=ExperimentalWarning", "--import", seam("node.ts").href];
  return { command: process.execPath, args: [...options, path, ...args] };
}
