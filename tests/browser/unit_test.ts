/**
 * The unit tests of the parts that a page's bundle has, in a page: the same files as on the other legs, in one more
 * engine and without any of Node's modules. They share one page.
 */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { bundle, Chromium } from "./chromium.ts";
import type { Outcome } from "./unit/bdd.ts";

declare function runTests(): Promise<Outcome[]>;

const FOLDERS = ["base", "crypto", "inproc", "mechanism", "message", "pattern", "pipe", "ws", "zmtp"];
/** Files that import a module of Node's. */
const NOT_IN_PAGES = [
  "crypto/kernel_code_test.ts",
  "crypto/rivals_test.ts",
  "mechanism/curve_oracle_test.ts",
  "message/frame_test.ts",
];

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const files = FOLDERS.flatMap((folder) =>
  readdirSync(path(`../unit/${folder}`)).sort().map((file) => `${folder}/${file}`)
).filter((file) => file.endsWith("_test.ts") && !NOT_IN_PAGES.includes(file));

// They run before they are declared: their names are known only then.
const outcomes = await runAll();

describe("unit tests in a page", () => {
  for (const { name, skipped, error } of outcomes) {
    if (skipped) it.skip(name);
    else {
      it(name, () => {
        if (error !== undefined) throw new Error(error);
      });
    }
  }
});

async function runAll(): Promise<Outcome[]> {
  const chromium = await Chromium.start();
  try {
    const errors: unknown[] = [];
    const page = await chromium.page({ script: await bundleAll(), errors });
    const outcomes = await page.evaluate(() => runTests(), null);
    return [
      ...outcomes,
      ...errors.map((error) => ({ name: "an error that nobody caught", error: String(error) })),
    ];
  } finally {
    await chromium.stop();
  }
}

async function bundleAll(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "puremq-unit-"));
  try {
    const entry = join(directory, "entry.ts");
    writeFileSync(
      entry,
      files.map((file) => `import ${JSON.stringify(path(`../unit/${file}`))};\n`).join(""),
    );
    return await bundle(
      entry,
      // The parts as they are: what a bundle for pages leaves out of them is not what these tests are about.
      "--platform=neutral",
      `--alias:@std/testing/bdd=${path("unit/bdd.ts")}`,
      `--alias:@std/assert=${path("../seam/assert.ts")}`,
      `--alias:node:assert=${path("unit/node_assert.ts")}`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}
