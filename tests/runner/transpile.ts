/**
 * The tree for Node 20, which cannot run TypeScript: the module as JSR would serve it, and the tests with it,
 * transpiled by Deno (the same compiler that JSR has) into a temporary folder of the same shape. Imports end
 * in `.js`, and the bare names of the tests become paths. What is not TypeScript is copied.
 */

import { dirname, join, relative } from "node:path";
import { run } from "./process.ts";

/** Folders and files that a test may need. */
const PARTS = ["mod.ts", "src", "transports", "tests"];

/** Transpiles the repository at `root`, or these parts of it, into the folder `target`. */
export async function transpile(
  root: string,
  target: string,
  bare: { [name: string]: string },
  parts: readonly string[] = PARTS,
): Promise<void> {
  const modules: string[] = [];
  for (const part of parts) {
    for await (const path of filesUnder(root, part)) {
      if (path.endsWith(".ts")) {
        modules.push(path);
      } else if (!path.endsWith(".md")) {
        await Deno.mkdir(dirname(join(target, path)), { recursive: true });
        await Deno.copyFile(join(root, path), join(target, path));
      }
    }
  }
  await Deno.writeTextFile(join(target, "package.json"), `{ "type": "module" }\n`);
  const outcome = await run({
    command: Deno.execPath(),
    args: ["transpile", "--no-config", "--no-check", "--outdir", target, ...modules],
    cwd: root,
  }, 120_000);
  if (outcome.code !== 0) throw new Error(`deno transpile failed:\n${outcome.output}`);
  for (const path of modules) await rewrite(target, path.replace(/\.ts$/, ".js"), bare);
}

/** Names modules as they are called in the new tree: in imports, and where a test names a file to run. */
async function rewrite(target: string, path: string, bare: { [name: string]: string }): Promise<void> {
  const file = join(target, path);
  const source = await Deno.readTextFile(file);
  const written = source.replace(/(["'])([^"'\s]+)\1/g, (literal, quote: string, text: string) => {
    if (/^\.\.?\/.*\.ts$/.test(text)) return `${quote}${text.slice(0, -3)}.js${quote}`;
    if (!Object.hasOwn(bare, text)) return literal;
    const step = relative(dirname(path), bare[text]!.replace(/\.ts$/, ".js"));
    return `${quote}${step.startsWith(".") ? step : `./${step}`}${quote}`;
  });
  await Deno.writeTextFile(file, written);
}

/** Paths of all files under a part of the tree, relative to its root. */
export async function* filesUnder(root: string, part: string): AsyncGenerator<string> {
  const info = await Deno.stat(join(root, part)).catch(() => undefined);
  if (info === undefined) return;
  if (info.isFile) {
    yield part;
    return;
  }
  const names: string[] = [];
  for await (const entry of Deno.readDir(join(root, part))) names.push(entry.name);
  for (const name of names.sort()) yield* filesUnder(root, `${part}/${name}`);
}
