/**
 * The shape of the project, kept by a machine: which folder may know which, what the calculating ranks must
 * not know at all, and the few rules that a registry or a bundler would otherwise be the first to notice.
 * About the source text, so one runtime is enough: the runner gives it to Deno.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Import, importsOf, withoutComments } from "./support/source.ts";

/** A file imports from its own folder or from a lower rank. */
const RANK: { readonly [folder: string]: number } = {
  base: 0,
  crypto: 1,
  message: 1,
  mechanism: 2,
  io: 3,
  zmtp: 4,
  ws: 4.5,
  udp: 4,
  pgm: 4,
  pipe: 4,
  pattern: 5,
  session: 6,
  inproc: 6,
  socket: 7,
  device: 8,
  auth: 8,
  cli: 9,
};

/** Where a lower rank alone does not say it: what else a folder may know. */
const MAY_KNOW: { readonly [folder: string]: readonly string[] } = {
  pipe: ["base", "message"],
  pattern: ["base", "message", "pipe", "io"],
  ws: ["base", "crypto", "message", "mechanism", "io", "zmtp"],
  session: ["base", "message", "mechanism", "io", "zmtp", "ws", "udp", "pgm", "pipe", "pattern"],
  inproc: ["base", "message", "io", "zmtp", "pipe", "pattern"],
};

/** Which folders are known by their types alone, and to whom. */
const TYPES_ONLY: { readonly [folder: string]: (from: string) => boolean } = {
  io: (from) => RANK[from]! <= ARITHMETIC,
  pattern: (from) => from === "session" || from === "inproc",
};

/** Ranks 0 to 5 are arithmetic: they get the time as a number, and no promise hops through them. */
const ARITHMETIC = 5;
const HOST_FILES = [
  "src/io/platform.ts",
  "src/io/adapters.ts",
  "src/io/adapters_web.ts",
  "src/io/timers.ts",
  "src/io/timers_web.ts",
  "src/io/flusher.ts",
  "src/io/linger_hold.ts",
  "src/io/linger_hold_web.ts",
  "src/io/host_crypto.ts",
  "src/io/host_files.ts",
];
const FORBIDDEN = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "Date",
  "performance",
  "Promise",
  "async",
  "await",
  "Deno",
  "Bun",
  "process",
];

/** Lines beyond which a file should be two. */
const LONGEST = 400;

const root = new URL("../", import.meta.url);
const files = new Map<string, string>();
for (const folder of ["src", "transports"]) {
  for (const path of sourcesUnder(folder)) files.set(path, Deno.readTextFileSync(new URL(path, root)));
}
files.set("mod.ts", Deno.readTextFileSync(new URL("mod.ts", root)));
const imports = new Map([...files].map(([path, source]) => [path, importsOf(source)]));

describe("the ranks", () => {
  it("name every folder of src", () => {
    const unknown = [...files.keys()].filter((path) => path.startsWith("src/") && !(folderOf(path) in RANK));
    assertEquals(unknown, []);
  });

  it("hold: every import in src goes to its own folder or to a lower rank", () => {
    assertEquals(
      offences((from, to) =>
        from.startsWith("src/") && to.startsWith("src/") &&
        folderOf(from) !== folderOf(to) && RANK[folderOf(to)]! >= RANK[folderOf(from)]!
      ),
      [],
    );
  });

  it("are narrower where the design says so", () => {
    assertEquals(
      offences((from, to) => {
        const allowed = MAY_KNOW[folderOf(from)];
        return from.startsWith("src/") && to.startsWith("src/") && allowed !== undefined &&
          folderOf(from) !== folderOf(to) && !allowed.includes(folderOf(to));
      }),
      [],
    );
  });

  it("meet at interfaces: io and the patterns are known by their types where that is enough", () => {
    assertEquals(
      offences((from, to, found) =>
        from.startsWith("src/") && to.startsWith("src/") && folderOf(from) !== folderOf(to) &&
        TYPES_ONLY[folderOf(to)]?.(folderOf(from)) === true && !found.typeOnly
      ),
      [],
    );
  });

  it("have no cycle inside a folder either", () => {
    assertEquals(cycles(), []);
  });

  it(`0 to ${ARITHMETIC} know no clock, no promise and no runtime`, () => {
    const found: string[] = [];
    for (const [path, source] of files) {
      if (!isArithmetic(path) || folderOf(path) === "io") continue;
      const code = withoutComments(source, "empty");
      for (const word of FORBIDDEN) if (mentions(code, word)) found.push(`${path}: ${word}`);
    }
    assertEquals(found, []);
  });

  it("have in io nothing but declarations, beside the platform and the timers", () => {
    const found: string[] = [];
    for (const [path, source] of files) {
      if (!path.startsWith("src/io/") || HOST_FILES.includes(path)) continue;
      const statement = /^(?:export\s+)?(?:async\s+)?(?:const|let|var|function|class|abstract)\b.*/m
        .exec(withoutComments(source, "empty"));
      if (statement) found.push(`${path}: ${statement[0]}`);
    }
    assertEquals(found, []);
  });
});

describe("the adapters", () => {
  it("are imported in one place alone, dynamically but for the page's", () => {
    assertEquals(
      offences((from, to, found) =>
        to.startsWith("transports/") && !from.startsWith("transports/") &&
        !(found.dynamic && from === "src/io/adapters.ts") &&
        !(to === "transports/web.ts" && from === "src/io/adapters_web.ts")
      ),
      [],
    );
  });

  it("know of src the contracts' types, and the arithmetic of octets and errors", () => {
    assertEquals(
      offences((from, to, found) =>
        from.startsWith("transports/") && to.startsWith("src/") &&
        !(to.startsWith("src/io/") && found.typeOnly) && !to.startsWith("src/base/")
      ),
      [],
    );
  });

  it("load each other at most when asked to", () => {
    const own = ["transports/deno.ts", "transports/bun.ts", "transports/node.ts", "transports/web.ts"];
    assertEquals(offences((from, to, found) => own.includes(from) && own.includes(to) && !found.dynamic), []);
  });
});

describe("the package", () => {
  it("imports files by relative paths only: no package, no module of a runtime", () => {
    const found: string[] = [];
    for (const [path, list] of imports) {
      for (const { specifier } of list) {
        if (!/^\.\.?\/.*\.ts$/.test(specifier)) found.push(`${path}: ${specifier}`);
      }
    }
    assertEquals(found, []);
  });

  it("imports only files that are there", () => {
    assertEquals(offences((_, to) => !files.has(to)), []);
  });

  it("changes no global type and declares no module", () => {
    const found: string[] = [];
    for (const [path, source] of files) {
      const match = /\bdeclare\s+(global|module)\b/.exec(withoutComments(source, "empty"));
      if (match) found.push(`${path}: ${match[0]}`);
    }
    assertEquals(found, []);
  });

  it("runs nothing when mod.ts is loaded", () => {
    const code = withoutComments(files.get("mod.ts")!, "empty");
    const rest = code.replace(/\b(?:import|export)\b[^;]*?\bfrom\s*["']["'];/g, "").trim().split("\n");
    // What is left must be the entry of the program, which asks whether it was started.
    assertEquals(rest, ["start(import.meta);"]);
  });

  it("loads of the tool the entry, which loads the rest dynamically", () => {
    assertEquals(
      offences((from, to, found) =>
        to.startsWith("src/cli/") &&
        (from.startsWith("src/cli/start")
          ? !found.dynamic
          : !from.startsWith("src/cli/") && !(from === "mod.ts" && to === "src/cli/start.ts"))
      ),
      [],
    );
  });

  it("loads of the authenticator what must be there at once, and the rest when one is made", () => {
    const loaded = [...loadedBy("mod.ts")].filter((path) => path.startsWith("src/auth/")).sort();
    assertEquals(loaded, ["src/auth/authenticator.ts", "src/auth/certificate.ts", "src/auth/events.ts"]);
    assert(loadedBy("src/auth/handler.ts").has("src/mechanism/zap.ts"));
    assert(!loadedBy("mod.ts").has("src/mechanism/zap.ts"));
  });
});

describe("a source file", () => {
  it("opens by saying what it is", () => {
    assertEquals([...files].filter(([, source]) => !source.startsWith("/**")).map(([path]) => path), []);
  });

  it(`has at most ${LONGEST} lines`, () => {
    const found: string[] = [];
    for (const [path, source] of files) {
      const lines = source.split("\n").length - 1;
      if (lines > LONGEST) found.push(`${path}: ${lines}`);
    }
    assertEquals(found, []);
  });
});

describe("the scanner under these tests", () => {
  it("drops comments and the contents of strings, and nothing else", () => {
    const source = [
      "const a = 1; // await in a comment",
      "const b = \"process // no comment\"; /* Date */ const c = 'it\\'s Deno';",
      "const d = `Bun ${await_(`${e}`)} Promise`; const f = x / y / 2;",
      'const g = /[/]"Date/.test(h) ? `}` : {};',
    ].join("\n");
    assertEquals(
      withoutComments(source, "empty"),
      [
        "const a = 1; ",
        "const b = \"\";   const c = '';",
        "const d = `${await_(`${e}`)}`; const f = x / y / 2;",
        "const g = / /.test(h) ? `` : {};",
      ].join("\n"),
    );
  });

  it("finds imports of every kind", () => {
    const source = [
      'import { a } from "./a.ts";',
      'import type { B } from "./b.ts";',
      "import {\n  c,\n  type D,\n} from './c.ts';",
      'import "./d.ts";',
      'export * from "./e.ts"; export type { F } from "./f.ts";',
      'const g = await import("./g.ts"), h = import(name);',
      '// import { i } from "./i.ts";',
      'const j = "from"; const k = \'import x from "./k.ts"\';',
    ].join("\n");
    const of = (typeOnly: boolean, dynamic: boolean, ...specifiers: string[]) =>
      specifiers.map((specifier) => ({ specifier, typeOnly, dynamic }));
    const byName = (a: Import, b: Import) => a.specifier < b.specifier ? -1 : 1;
    assertEquals(
      importsOf(source).filter(({ specifier }) => specifier !== "./k.ts").sort(byName),
      [
        ...of(false, false, "./a.ts", "./c.ts", "./d.ts", "./e.ts"),
        ...of(true, false, "./b.ts", "./f.ts"),
        ...of(false, true, "./g.ts", "(computed)"),
      ].sort(byName),
    );
  });

  it("tells a forbidden word from a part of another and from a property", () => {
    assert(mentions("const t = Date.now();", "Date"));
    assert(mentions("(process)", "process"));
    assert(mentions("async () => {}", "async"));
    for (const harmless of ["updateDate", "this.process()", "this.#process()", "processCommand", "Dates"]) {
      assert(!mentions(harmless, "Date") && !mentions(harmless, "process"), harmless);
    }
  });
});

/** Imports for which the rule says that they offend. */
function offences(offends: (from: string, to: string, found: Import) => boolean): string[] {
  const found: string[] = [];
  for (const [from, list] of imports) {
    for (const entry of list) {
      if (!entry.specifier.startsWith(".")) continue;
      const to = new URL(entry.specifier, new URL(from, root)).href.slice(root.href.length);
      if (offends(from, to, entry)) found.push(`${from} -> ${to}`);
    }
  }
  return found;
}

/** The files that are loaded with one, itself included: neither types nor what is imported dynamically. */
function loadedBy(path: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const next of targetsOf(path)) loadedBy(next, found);
  return found;
}

/** What a file imports statically, without types. */
function targetsOf(from: string): string[] {
  return (imports.get(from) ?? [])
    .filter((entry) => !entry.typeOnly && !entry.dynamic && entry.specifier.startsWith("."))
    .map((entry) => new URL(entry.specifier, new URL(from, root)).href.slice(root.href.length));
}

/** Cycles of imports that remain when the types are gone. */
function cycles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const next of targetsOf(path)) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) walk(path, []);
  return found;
}

function isArithmetic(path: string): boolean {
  return path.startsWith("src/") && RANK[folderOf(path)]! <= ARITHMETIC && !HOST_FILES.includes(path);
}

/** The word by itself: not a part of a longer one, not somebody's property or private member. */
function mentions(code: string, word: string): boolean {
  return new RegExp(`(?<![.#\\w$])${word}(?![\\w$])`).test(code);
}

function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function sourcesUnder(folder: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(new URL(folder, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...sourcesUnder(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}
