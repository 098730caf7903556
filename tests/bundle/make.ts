/**
 * Run by Node: bundles programs for browsers by one of the bundlers that are libraries, each program into a
 * folder of its own, and prints their warnings as JSON.
 *
 *     node make.ts <vite|webpack|rollup> <folder of the bundlers> <folder of the programs> <output> <program…>
 *
 * The settings are those that a page's author would begin with: nothing here names the package.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import process from "node:process";

type Bundle = (program: string, output: string) => Promise<readonly string[]>;

const [name = "", bundlers = "", folder = "", target = ""] = process.argv.slice(2);
const programs: readonly string[] = process.argv.slice(6);
const { resolve } = createRequire(join(bundlers, "/"));

const BUNDLERS: { readonly [name: string]: Bundle } = { vite, webpack, rollup };

const warnings: string[] = [];
for (const program of programs) {
  const output = join(target, program.replace(/\.js$/, ""));
  warnings.push(...await BUNDLERS[name]!(join(folder, program), output));
}
console.log(JSON.stringify(warnings));

async function vite(program: string, output: string): Promise<string[]> {
  const { build, createLogger } = await load("vite");
  const found: string[] = [];
  const customLogger = createLogger("warn");
  customLogger.warn = customLogger.warnOnce = (text: string) => found.push(text);
  await build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    customLogger,
    build: {
      outDir: output,
      target: "esnext",
      reportCompressedSize: false,
      rollupOptions: { input: program },
    },
  });
  return found;
}

async function webpack(program: string, output: string): Promise<string[]> {
  const { default: compile } = await load("webpack");
  const stats = await new Promise<{ toJson(options: object): { warnings: Said[]; errors: Said[] } }>(
    (resolve, reject) => {
      const config = {
        mode: "production",
        context: folder,
        entry: program,
        experiments: { outputModule: true },
        output: { path: output, module: true },
      };
      compile(config, (error: Error | null, result: never) => error ? reject(error) : resolve(result));
    },
  );
  const { warnings, errors } = stats.toJson({ all: false, warnings: true, errors: true });
  return [...warnings, ...errors].map(({ message }) => message);
}

async function rollup(program: string, output: string): Promise<string[]> {
  const { rollup } = await load("rollup");
  const { default: nodeResolve } = await load("@rollup/plugin-node-resolve");
  const found: string[] = [];
  const bundle = await rollup({
    input: program,
    plugins: [nodeResolve({ browser: true })],
    onwarn: ({ message }: Said) => found.push(message),
  });
  await bundle.write({ dir: output, format: "es" });
  await bundle.close();
  return found;
}

interface Said {
  readonly message: string;
}

// deno-lint-ignore no-explicit-any -- the bundlers' own types are not here
function load(name: string): Promise<any> {
  return import(pathToFileURL(resolve(name)).href);
}
