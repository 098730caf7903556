/**
 * The package as others meet it: what would be published, and under which types. What bundlers make of it is in
 * `bundle/`. About files and tools, so one runtime is enough: the runner gives it to Deno.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { command } from "./support/command.ts";

const root = new URL("../", import.meta.url);

describe("the package's files", () => {
  it("agree: deno.json and jsr.json say the same of it", () => {
    const deno = json("deno.json");
    for (const [key, value] of Object.entries(json("jsr.json"))) assertEquals(deno[key], value, key);
  });

  it("agree: the tests' bare names are the same for every runtime", () => {
    const names = json("tests/seam/bare.json") as { [name: string]: string };
    const { imports } = json("deno.json") as { imports: unknown };
    const { compilerOptions } = json("tests/seam/tsconfig.json") as { compilerOptions: { paths: unknown } };
    const mapped = <T>(map: (path: string) => T) =>
      Object.fromEntries(Object.entries(names).map(([name, path]) => [name, map(path)]));
    assertEquals(imports, mapped((path) => `./${path}`));
    assertEquals(compilerOptions.paths, mapped((path) => [`./${path}`]));
  });

  it("are no more than the whitelist: neither tests nor bench are published", async () => {
    const listed = (await deno("publish", "--dry-run", "--allow-dirty", "--config", "jsr.json"))
      .matchAll(/^\s+file:\/\/(\S+)/gm);
    const paths = [...listed].map((match) => match[1]!.slice(root.pathname.length));
    assert(paths.includes("mod.ts"), `mod.ts is not among ${paths.join(", ")}`);
    const alien = paths.filter((path) =>
      !/^(mod\.ts|deno\.json|jsr\.json|README\.md|LICENSE|(src|transports)\/.*)$/.test(path)
    );
    assertEquals(alien, []);
  });
});

describe("the registry's checks", () => {
  for (const config of ["deno.json", "jsr.json"]) {
    it(`pass without slow types, by ${config}`, async () => {
      const output = await deno("publish", "--dry-run", "--allow-dirty", "--config", config);
      assertMatch(output, /Success/);
      assert(!/slow.types?/i.test(output.replace(/Checking for slow types.*/g, "")), output);
    });
  }

  it("find every public symbol documented and every type of it public", async () => {
    await deno("doc", "--lint", "mod.ts");
  });
});

describe("mod.ts", () => {
  it("has types under a browser's libraries alone", async () => {
    await deno("check", "--config", "tests/seam/dom.json", "mod.ts");
  });

  it("asks for no permission and keeps no program alive when it is imported", async () => {
    const directory = Deno.makeTempDirSync({ prefix: "puremq-import-" });
    try {
      Deno.writeTextFileSync(`${directory}/program.ts`, `import "${new URL("mod.ts", root).href}";`);
      assertEquals(await deno("run", "--no-prompt", "--no-check", `${directory}/program.ts`), "");
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
});

function json(path: string): { [key: string]: unknown } {
  return JSON.parse(Deno.readTextFileSync(new URL(path, root)));
}

/** What Deno prints; a failure if it fails. */
function deno(...args: string[]): Promise<string> {
  return command(root, Deno.execPath(), ...args);
}
