/**
 * Takes `examples/browser/screenshot.png` from the running example: `deno run -A tests/browser/screenshot.ts`.
 * `--dark` and a path, in this order and if given: another picture.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { chromium, playwright } from "../runner/tools.ts";

const PORT = 8080;
/** So long until the plot is full. */
const FULL = 32_000;
const LARGEST = 150_000;

interface Page {
  goto(url: string): Promise<unknown>;
  uncheck(selector: string): Promise<void>;
  check(selector: string): Promise<void>;
  hover(selector: string, options: object): Promise<void>;
  screenshot(options: object): Promise<unknown>;
}

interface Playwright {
  readonly chromium: {
    launch(options: object): Promise<{ newPage(options: object): Promise<Page>; close(): Promise<void> }>;
  };
}

const root = new URL("../../", import.meta.url);
const dark = process.argv.includes("--dark");
const named = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
const path = named ?? fileURLToPath(new URL("examples/browser/screenshot.png", root));

const [browser, driver] = await Promise.all([chromium(), playwright()]);
if (browser.path === undefined || driver.path === undefined) {
  throw new Error(browser.missing ?? driver.missing);
}
// By require: Deno finds no default export in a file of CommonJS outside of a node_modules that it manages.
const launcher = (createRequire(import.meta.url)(driver.path) as Playwright).chromium;
const server = spawn(process.execPath, ["run", "-A", "--quiet", "examples/browser/server.ts", String(PORT)], {
  cwd: fileURLToPath(root),
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  await once(server.stdout!, "data");
  const running = await launcher.launch({ executablePath: browser.path, args: ["--no-sandbox"] });
  const page = await running.newPage({
    viewport: { width: 1200, height: 700 },
    colorScheme: dark ? "dark" : "light",
  });
  await page.goto(`http://127.0.0.1:${PORT}/`);
  await pause(FULL * 0.45);
  await page.uncheck("[name=pass]");
  await pause(FULL * 0.15);
  await page.check("[name=pass]");
  await pause(FULL * 0.4);
  await page.hover("#canvas", { position: { x: 700, y: 120 } });
  await pause(100);
  await page.screenshot({ path });
  await running.close();
} finally {
  server.kill();
}
const { size } = statSync(path);
console.log(`${path}: ${size} octets`);
if (size > LARGEST) throw new Error(`More than ${LARGEST} octets`);
process.exit();

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
