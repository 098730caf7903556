/**
 * What bundlers make of the module, as npm gets it from the registry: for pages by esbuild, Vite, webpack and
 * Rollup, without a warning, without anything of another runtime, small, and working; for servers with the
 * adapters. About files and tools, so one runtime is enough: the runner gives it to Deno.
 */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { filesUnder, transpile } from "../runner/transpile.ts";
import { command as commandIn } from "../support/command.ts";
import { itNeeds, type ToolName, toolPath } from "../support/legs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const here = fileURLToPath(new URL("./", import.meta.url));
const folder = Deno.makeTempDirSync({ prefix: "puremq-bundle-" });

/**
 * Most octets of a page's bundle by esbuild, minified and by `gzip -9`, in one file: also of what others load only
 * when it is needed.
 */
const MOST: { readonly [program: string]: number } = { "whole.js": 41 * 1024, "subscriber.js": 25_000 };

/** What the programs say when they run. */
const SAYS: { readonly [program: string]: string } = {
  "whole.js": "all there true",
  "subscriber.js": "EAGAIN 7 false",
  "socket.js": "to 7 true true false",
};
const PAGES = Object.keys(SAYS);

/** What `web_socket.ts` exports for `web_socket_servers.ts`, which is not in a page either. */
const FOR_SERVERS = ["acceptOn", "attachable", "refuse", "takePlace"];

/** Words that only the tool, the adapters of other runtimes, or a bundler's stand-in for Node would bring. */
const ALIEN = [
  /\bnode:\w+/,
  /\brequire\(/,
  /(?<![\w$])Buffer\b/,
  /\bprocess\.\w+/,
  /\bgetBuiltinModule\b/,
  /\bcreateRequire\b/,
  /\bDeno\.(?:listen|connect|serve)\w*/,
  /\bBun\.\w+/,
  /\bdgram\b/,
  /Try: zmq/,
];

const { browser } = JSON.parse(Deno.readTextFileSync(join(root, "src/package.json"))) as {
  browser: { readonly [path: string]: string };
};
// Here and not in a test, for what is loaded once for all is no leak.
const twins = await Promise.all(
  Object.entries(browser).filter(([path]) => path.endsWith(".ts")).map(async ([path, twin]) => {
    const [original, substitute] = await Promise.all(
      [path, twin].map((each) => import(new URL(`../../src/${each}`, import.meta.url).href)),
    );
    const missing = Object.keys(original).filter((name) => !(name in substitute));
    return { path, twin, missing: missing.filter((name) => !FOR_SERVERS.includes(name)) };
  }),
);

describe("the bundle", () => {
  beforeAll(async () => {
    const target = join(folder, "node_modules/@puremq/zmq");
    Deno.mkdirSync(target, { recursive: true });
    await transpile(root, target, {}, ["mod.ts", "src", "transports"]);
    const entry = { name: "@puremq/zmq", version: "0.1.0", type: "module", exports: { ".": "./mod.js" } };
    Deno.writeTextFileSync(join(target, "package.json"), JSON.stringify(entry));
    Deno.writeTextFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    for (const program of [...PAGES, "server.js"]) {
      Deno.copyFileSync(join(here, "programs", program), join(folder, program));
    }
  });

  afterAll(() => Deno.removeSync(folder, { recursive: true }));

  describe("for a page, by esbuild,", () => {
    bundlesPages("esbuild", ["esbuild", "node"], async (output) => {
      for (const program of PAGES) {
        const options = ["--bundle", "--minify", "--format=esm", "--log-level=warning"];
        const file = join(output, basename(program, ".js"), "main.js");
        assertEquals(await command(toolPath("esbuild")!, program, ...options, `--outfile=${file}`), "");
      }
    });
  });

  for (const bundler of ["vite", "webpack", "rollup"]) {
    describe(`for a page, by ${bundler},`, () => {
      bundlesPages(bundler, ["bundlers", "node"], async (output) => {
        const args = ["--disable-warning=ExperimentalWarning", join(here, "make.ts"), bundler];
        const said = await command(
          toolPath("node")!,
          ...args,
          toolPath("bundlers")!,
          folder,
          output,
          ...PAGES,
        );
        assertEquals(said.trim(), "[]");
      });
    });
  }

  describe("for a page", () => {
    for (const { path, twin, missing } of twins) {
      it(`has all that ${path} exports from ${twin}, transpiled or not`, () => {
        assertEquals(missing, []);
        assertEquals(browser[path.replace(/ts$/, "js")], twin.replace(/ts$/, "js"));
      });
    }
  });

  describe("for a server", () => {
    const options = ["--bundle", "--minify", "--format=esm", "--log-level=warning"];
    itNeeds(["esbuild", "node"], "by esbuild, carries Node's adapter", async () => {
      const file = join(folder, "server-node.mjs");
      const args = ["server.js", ...options, "--platform=node", `--outfile=${file}`];
      assertEquals(await command(toolPath("esbuild")!, ...args), "");
      assertEquals(await command(toolPath("node")!, file), "by tcp\nby tcp\n");
    });

    itNeeds(["bun"], "by Bun, carries Bun's adapter", async () => {
      const file = join(folder, "server-bun.js");
      await command(toolPath("bun")!, "build", "server.js", "--target=bun", "--minify", `--outfile=${file}`);
      assertEquals(await command(toolPath("bun")!, file), "by tcp\nby tcp\n");
    });

    it("can be compiled by Deno: every adapter is in the module's graph", async () => {
      const { modules } = JSON.parse(
        await command(Deno.execPath(), "info", "--json", join(root, "mod.ts")),
      ) as {
        modules: { specifier: string }[];
      };
      const found = modules.map(({ specifier }) => specifier);
      const adapters = ["deno", "bun", "node", "web"].map((name) =>
        new URL(`../../transports/${name}.ts`, import.meta.url).href
      );
      assertEquals(adapters.filter((adapter) => !found.includes(adapter)), []);
    });
  });
});

/** The tests of one bundler, which puts each page's files into a folder of the page's name. */
function bundlesPages(name: string, tools: readonly ToolName[], bundle: (output: string) => Promise<void>) {
  const output = join(folder, `by-${name}`);

  itNeeds(tools, "is made without a warning", () => bundle(output));

  itNeeds(tools, "has nothing of Node, Deno or Bun, of an adapter or of the tool in it", async () => {
    const found: string[] = [];
    for (const program of PAGES) {
      const code = await codeOf(output, program);
      for (const alien of ALIEN) {
        const match = alien.exec(code);
        if (match) found.push(`${program}: ${code.slice(Math.max(0, match.index - 40), match.index + 40)}`);
      }
    }
    assertEquals(found, []);
  });

  for (const [program, most] of Object.entries(MOST)) {
    const goal = name === "esbuild"
      ? `is at most ${most} octets of gzip`
      : `is within 15 % of ${most} octets of gzip`;
    itNeeds(tools, `${goal}: ${program}`, async () => {
      const size = gzipSync(await codeOf(output, program), { level: 9 }).length;
      console.log(`${program} by ${name}: ${size} octets`);
      assertLessOrEqual(size, name === "esbuild" ? most : 1.15 * most);
    });
  }

  for (const [program, says] of Object.entries(SAYS)) {
    itNeeds(tools, `works: ${program}`, async () => {
      const entry = (await scriptsOf(output, program)).find((file) =>
        /(?:main|whole|subscriber|socket)[^/]*$/.test(file)
      );
      assertEquals((await command(toolPath("node")!, entry!)).trim(), says);
    });
  }
}

/** All that was made of a program. Rollup does not minify by itself; for the others it changes next to nothing. */
async function codeOf(output: string, program: string): Promise<string> {
  const files = await scriptsOf(output, program);
  assert(files.length > 0, `nothing was made of ${program}`);
  const parts: string[] = [];
  for (const file of files) parts.push(await minified(Deno.readTextFileSync(file)));
  return parts.join("\n");
}

async function scriptsOf(output: string, program: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of filesUnder(output, basename(program, ".js"))) {
    if (/\.m?js$/.test(path)) found.push(join(output, path));
  }
  return found;
}

async function minified(code: string): Promise<string> {
  const file = join(folder, "to-minify.js");
  Deno.writeTextFileSync(file, code);
  const esbuild = toolPath("esbuild");
  return esbuild === undefined ? code : await command(esbuild, file, "--minify", "--format=esm");
}

/** What a program prints in this test's folder. */
function command(program: string, ...args: string[]): Promise<string> {
  return commandIn(folder, program, ...args);
}
