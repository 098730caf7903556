/** Programs that tests run beside themselves: same runtime, same bare imports. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { programCommand } from "../support/legs.ts";

describe("programCommand", () => {
  it("runs a module on this runtime, from any directory, with bare imports and arguments", () => {
    const { command, args } = programCommand(new URL("./bare_program.ts", import.meta.url), "one two");
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: tmpdir(), encoding: "utf8" });
    assertEquals({ status, stdout, stderr }, { status: 0, stdout: "argument one two\n", stderr: "" });
  });
});
