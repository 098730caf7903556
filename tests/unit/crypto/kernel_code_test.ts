import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { kernel } from "../../../src/crypto/kernel.ts";
import { itNeeds, toolPath } from "../../support/legs.ts";
import { compiledKernel, kernelFile } from "./compile_kernel.ts";

const root = process.env.PUREMQ_ROOT ?? process.cwd();

describe("the kernel", () => {
  it("runs here", () => assert(kernel() !== undefined));

  itNeeds(["node", "assemblyscript"], "is what the compiler makes of its sources", () => {
    const sources = join(root, "src/crypto/kernel");
    const code = compiledKernel(toolPath("node")!, toolPath("assemblyscript")!, sources);
    assertEquals(readFileSync(join(root, "src/crypto/kernel_code.ts"), "utf8"), kernelFile(code));
  });
});
