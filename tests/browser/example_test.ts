/**
 * `examples/browser` as a person would open it, served by each runtime: messages arrive, a box that is no longer
 * ticked stops its feed, and the page comes back by itself when the server does.
 */

import { assertEquals } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import { freePort, within } from "../interop/scope.ts";
import { Chromium } from "./chromium.ts";
import { serverKinds } from "./servers.ts";

/** The page's document, as far as it is looked at. */
declare const document: {
  getElementById(id: string): { readonly textContent: string } | null;
  querySelector(selector: string): { click(): void } | null;
};

const example = fileURLToPath(new URL("../../examples/browser/server.ts", import.meta.url));

describe("the browser's example", () => {
  let chromium: Chromium;
  let tools: string;
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    chromium = await Chromium.start();
    // In place of npx, which would ask npm: the esbuild that the runner has fetched.
    tools = mkdtempSync(join(tmpdir(), "puremq-npx-"));
    writeFileSync(join(tools, "npx"), `#!/bin/sh\nshift 2\nexec "${process.env.PUREMQ_ESBUILD}" "$@"\n`);
    chmodSync(join(tools, "npx"), 0o755);
  });
  afterEach(async () => {
    await chromium?.closePages();
    await Promise.all([...running].map(end));
  });
  afterAll(async () => {
    rmSync(tools, { recursive: true });
    await chromium?.stop();
  });

  for (const kind of serverKinds) {
    if (kind.missing) {
      it.skip(`runs on ${kind.name} (${kind.missing})`);
      continue;
    }

    it(`runs on ${kind.name}`, async () => {
      const port = await freePort();
      const first = await serve(kind, port);
      const errors: unknown[] = [];
      const page = await chromium.page({ errors });
      await page.goto(`http://127.0.0.1:${port}/`);
      const text = (id: string) => page.evaluate((id) => document.getElementById(id)!.textContent, id);
      await shown("state", "connected");
      await differs("summit", "–");
      await page.evaluate(() => document.querySelector("[name=pass]")!.click(), null);
      await shown("pass", "–");

      await end(first);
      await differs("state", "connected");
      await serve(kind, port);
      await shown("state", "connected");
      const before = await text("summit");
      await differs("summit", before);
      assertEquals(await text("pass"), "–");
      assertEquals(errors, []);

      async function shown(id: string, wanted: string): Promise<void> {
        await eventually(`#${id} says ${wanted}`, async () => await text(id) === wanted);
      }

      async function differs(id: string, old: string): Promise<void> {
        await eventually(`#${id} no longer says ${old}`, async () => await text(id) !== old);
      }
    });
  }

  async function serve(kind: typeof serverKinds[number], port: number): Promise<ChildProcess> {
    const options = kind.arguments.slice(0, -1);
    const child = spawn(kind.command, [...options, example, String(port)], {
      env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.add(child);
    await within(once(child.stdout!, "data"), 10_000, "the server's first line");
    return child;
  }

  async function end(child: ChildProcess): Promise<void> {
    running.delete(child);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

/** What no event tells of in a page that is not ours. */
async function eventually(what: string, done: () => Promise<boolean>): Promise<void> {
  const asking = async () => {
    while (!await done()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await within(asking(), 10_000, what);
}
