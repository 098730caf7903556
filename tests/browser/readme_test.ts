/**
 * The README's program of a page and its server, as they are printed there: the page is bundled by the command that
 * the text names, and shows what the server publishes.
 */

import { assertMatch } from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { freePort, until } from "../interop/scope.ts";
import { Chromium } from "./chromium.ts";

declare const document: { readonly title: string; readonly body: { readonly textContent: string } };

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const module = fileURLToPath(new URL("../../mod.ts", import.meta.url));

describe("the README's page", () => {
  let chromium: Chromium;
  let directory: string;
  beforeAll(async () => {
    chromium = await Chromium.start();
    directory = mkdtempSync(join(tmpdir(), "puremq-readme-"));
  });
  afterAll(async () => {
    await chromium?.stop();
    rmSync(directory, { recursive: true });
  });

  it("shows what its server publishes", async () => {
    const port = await freePort();
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    for (const name of ["server.ts", "page.ts"]) {
      const [, program] = readme.match(new RegExp(`^// ${name}\\n([^]*?)^\`\`\``, "m"))!;
      const source = program!.replace('"@puremq/zmq"', JSON.stringify(module)).replace("8080", String(port));
      writeFileSync(join(directory, name), source);
    }
    const options = ["page.ts", "--bundle", "--format=esm", "--outfile=page.js"];
    execFileSync(process.env.PUREMQ_ESBUILD!, options, { cwd: directory, stdio: "pipe" });
    const server = spawn(process.execPath, ["server.ts"], { cwd: directory, stdio: "ignore" });
    try {
      const page = await chromium.page();
      await until(
        "the server is there",
        () => page.goto(`http://127.0.0.1:${port}/`).then(() => true, () => false),
      );
      const shown = () => page.evaluate(() => document.body.textContent, null);
      await until("a price is shown", async () => (await shown()).includes(":"));
      assertMatch(await shown(), /^gold: \d+\.\d\d$/);
    } finally {
      const gone = once(server, "exit");
      server.kill("SIGKILL");
      await gone;
    }
  });
});
