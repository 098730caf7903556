/**
 * Compiles src/crypto/kernel/*.as, for the test that holds src/crypto/kernel_code.ts to them, and as a program that
 * writes that file anew:
 *
 * ```sh
 * deno run -A tests/unit/crypto/compile_kernel.ts
 * ```
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Two pages of memory, no run-time of the language. */
const OPTIONS = [
  ..."-O3 --converge --noAssert --runtime stub --enable simd".split(" "),
  ..."--initialMemory 2 --maximumMemory 2".split(" "),
];

/** What the compiler makes of the sources. `assemblyscript`: the folder of the package. */
export function compiledKernel(node: string, assemblyscript: string, sources: string): Uint8Array {
  const scratch = mkdtempSync(join(tmpdir(), "puremq-kernel-"));
  try {
    // The compiler takes .ts alone.
    for (const file of readdirSync(sources)) {
      writeFileSync(join(scratch, file.replace(/\.as$/, ".ts")), readFileSync(join(sources, file)));
    }
    const args = [join(assemblyscript, "bin/asc.js"), "kernel.ts", "--outFile", "kernel.wasm", ...OPTIONS];
    const outcome = spawnSync(node, args, { cwd: scratch, encoding: "utf8" });
    if (outcome.status !== 0) throw new Error(`asc: ${outcome.error ?? outcome.stdout + outcome.stderr}`);
    return new Uint8Array(readFileSync(join(scratch, "kernel.wasm")));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The file that holds them. */
export function kernelFile(code: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...code)).replace(/.{1,108}/g, "$&\n");
  return `/**
 * The WebAssembly kernel as npm's assemblyscript compiled it from kernel/*.as, in base64. Written by
 * tests/unit/crypto/compile_kernel.ts; tests/unit/crypto/kernel_code_test.ts holds it to the sources.
 *
 * @module
 */

/** White space in it counts for nothing. */
export const KERNEL_CODE = \`
${base64}\`;
`;
}

if ((import.meta as { main?: boolean }).main) {
  const { assemblyscript, peerNode } = await import("../../runner/tools.ts");
  const [node, compiler] = [await peerNode(), await assemblyscript()];
  if (node.path === undefined || compiler.path === undefined) {
    throw new Error(node.missing ?? compiler.missing);
  }
  const root = join(import.meta.dirname!, "../../..");
  const code = compiledKernel(node.path, compiler.path, join(root, "src/crypto/kernel"));
  writeFileSync(join(root, "src/crypto/kernel_code.ts"), kernelFile(code));
  console.log(`${code.length} octets`);
  process.exit();
}
