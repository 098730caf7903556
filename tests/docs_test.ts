/**
 * The README tells the truth: each of its programs runs on the runtime at hand and prints what the comments
 * behind its `console.log`s say, its option tables are those of the code, and its links lead somewhere.
 *
 * The programs have no types, so that they run on Node 20 too.
 */

import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { programCommand } from "./support/legs.ts";
import { contextOptionTable, socketOptionTable } from "./support/option_table.ts";

// On Node 20 the tests lie elsewhere, without the texts.
const root = process.env.PUREMQ_ROOT || process.cwd();
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("the README's programs", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "puremq-docs-"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const programs = [...readme.matchAll(/^## (.*)|^### (.*)|^```ts\n([^]*?)^```/gm)];
  let title = "";
  let shown = 0;
  for (const [, heading, subheading, source] of programs) {
    if (source === undefined) title = heading ?? subheading!;
    else {
      shown++;
      it(`print what they say: ${title}`, () => prints(directory, source));
    }
  }

  it("are there: one a pattern, and some more", () => {
    assert(shown >= 5, `${shown} programs`);
    for (
      const name of [
        "Pair",
        "Request",
        "Reply",
        "Dealer",
        "Router",
        "Publisher",
        "Subscriber",
        "Push",
        "Pull",
      ]
    ) {
      assert(readme.includes(`new ${name}(`), name);
    }
  });
});

describe("the README's programs of several files", () => {
  it("print what they say: Threads", async () => {
    const directory = mkdtempSync(join(tmpdir(), "puremq-docs-"));
    try {
      writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
      writeFileSync(join(directory, "worker.js"), await localized(named("worker.ts"), directory));
      // As the text says: Node's Workers are not the web's.
      const onNode = !("Deno" in globalThis || "Bun" in globalThis);
      const main = named("main.ts").replace(/\.ts"/, `.js"`);
      await prints(directory, onNode ? `import { Worker } from "node:worker_threads";\n${main}` : main);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the README's programs of two processes", () => {
  it("print what they say: Secure sockets", async () => {
    const directory = mkdtempSync(join(tmpdir(), "puremq-docs-"));
    const [server, client] = ["secure_server.ts", "secure_client.ts"].map(named);
    let end = () => Promise.resolve();
    try {
      for (const program of [server!, client!]) assert(program.split("\n").length < 25, "25 lines or more");
      writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
      const ports = new Map<string, number>();
      const file = join(directory, "server.js");
      writeFileSync(file, await localized(server!, directory, ports));
      const { command, args } = programCommand(pathToFileURL(file));
      const serving = execFile(command, [...args], { cwd: directory });
      end = () => new Promise((resolve) => serving.on("close", () => resolve()) && serving.kill());
      await prints(directory, client!, ports);
    } finally {
      await end();
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the README's option tables", () => {
  it("are those of the code", () => {
    assertEquals(between("options").trim(), `${contextOptionTable()}\n${socketOptionTable()}`.trim());
  });
});

describe("the links of every README", () => {
  for (
    const path of ["README.md", "src/README.md", "transports/README.md", "tests/README.md", "bench/README.md"]
  ) {
    it(`lead to files and headings that are there: ${path}`, () => {
      const text = readFileSync(join(root, path), "utf8");
      for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        // The chart is there after the first whole run of the bench.
        if (/^[a-z]+:|^bench\/results\//.test(target!)) continue;
        const [file, anchor] = target!.split("#");
        const found = file === "" ? join(root, path) : join(root, dirname(path), file!);
        assert(existsSync(found), `${target} in ${path}`);
        if (anchor !== undefined) {
          assert(anchors(readFileSync(found, "utf8")).includes(anchor), `${target} in ${path}`);
        }
      }
    });
  }
});

/** The program that begins with its file's name. */
function named(name: string): string {
  const found = readme.match(new RegExp(`^\`\`\`ts ignore\n// ${name}\n([^]*?)^\`\`\``, "m"));
  assert(found !== null, `no program ${name}`);
  return found[1]!;
}

/** Runs a program and compares its lines with the `→ …` of its comments. */
async function prints(directory: string, source: string, ports = new Map<string, number>()): Promise<void> {
  const expected = [...source.matchAll(/\/\/ → (.*)$/gm)].flatMap(([, text]) => text!.split(" → "));
  assert(expected.length > 0, "the program prints nothing");
  const file = join(directory, `program${Math.random().toString(36).slice(2)}.js`);
  writeFileSync(file, await localized(source, directory, ports));
  const { command, args } = programCommand(pathToFileURL(file));
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(command, [...args], { cwd: directory, timeout: 20_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
  });
  assertEquals(printed.trimEnd().split("\n"), expected);
}

/** The program with this tree's module, ports that are free (the same ones for all who share `ports`), and a path of its own. */
async function localized(
  source: string,
  directory: string,
  ports = new Map<string, number>(),
): Promise<string> {
  const module = new URL("../mod.ts", import.meta.url).href;
  for (const [, port] of source.matchAll(/127\.0\.0\.1:(\d+)/g)) {
    if (!ports.has(port!)) ports.set(port!, await freePort());
  }
  return source.replace(/"@puremq\/zmq"/g, JSON.stringify(module))
    .replace(/127\.0\.0\.1:(\d+)/g, (_, port: string) => `127.0.0.1:${ports.get(port)}`)
    .replace(/ipc:\/\/\/tmp\//g, `ipc://${directory}/`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function between(marker: string): string {
  const begin = readme.indexOf(`<!-- ${marker} -->`);
  const end = readme.indexOf(`<!-- /${marker} -->`);
  assert(begin >= 0 && end > begin, `no ${marker} markers`);
  return readme.slice(begin + marker.length + 9, end);
}

/** Headings as GitHub and JSR make anchors of them. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}
