/**
 * `bindSync` in programs of their own: the transports are loaded once a process, and this is about when. Each
 * runtime has its own rules for what can be loaded without waiting.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const onDeno = "Deno" in globalThis;

describe("bindSync", () => {
  for (const state of ["not loaded", "loading", "loading for some turns", "loaded"]) {
    it(`binds while the transports are ${state}`, async () => {
      assertEquals(await run(state, "-A"), "received hello\n");
    });
  }

  // Without it Deno's `require` finds no file, as with a module from the web.
  it("without permission to read says what to do first, and then works", { ignore: !onDeno }, async () => {
    const refused = await run("not loaded", "--no-prompt", "--allow-net");
    assertMatch(refused, /^ENOTSUP tcp:\/\/127\.0\.0\.1:\*: .*await bind\(\)/);
    assertEquals(await run("loaded", "--no-prompt", "--allow-net"), "received hello\n");
  });
});

/** What the program prints, warnings included. */
async function run(state: string, ...permissions: string[]): Promise<string> {
  const options = onDeno ? ["run", "--no-check", "--quiet", ...permissions] : [];
  const program = fileURLToPath(new URL("./bind_sync_program.ts", import.meta.url));
  const child = spawn(process.execPath, [...options, program, state], { stdio: ["ignore", "pipe", "pipe"] });
  // One that does not end by itself has printed less than the test wants.
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  let output = "";
  child.stdout.on("data", (text) => output += text);
  child.stderr.on("data", (text) => output += text);
  const code = await new Promise<number | null>((fulfil) => child.on("close", fulfil));
  clearTimeout(timer);
  return code === 0 ? output : `${output}exit code ${code}\n`;
}
