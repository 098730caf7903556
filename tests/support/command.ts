/**
 * Commands as tests of files and tools run them. On Deno, which such tests are left to.
 *
 * @module
 */

import { assert } from "@std/assert";

/** What a program prints, on both ways out; a failure if it fails. */
export async function command(cwd: string | URL, program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stdout) + text.decode(stderr);
  assert(success, `${args.join(" ")}\n${output}`);
  return output;
}
