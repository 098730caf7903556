/**
 * Which test files cover which rows, read from the text of the sources: a row is covered where its id stands in the name
 * of a test or of its group. Names are taken to be the string literals with a blank in them, outside of comments, of
 * `*_test.ts` and of the suites that these import; ids of faults' promises, which are as short as `G1`, count only in
 * parentheses.
 */

import { join } from "node:path";
import { filesUnder } from "../runner/transpile.ts";
import { SECTIONS } from "./catalogue/all.ts";
import { LEFT_OUT } from "./left_out.ts";

/** What the sources say. */
export interface Coverage {
  /** From a row's id to the files that cover it, in the order of their names, with how many names have the id. */
  readonly files: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Ids in parentheses in a name that no row has, with their file. */
  readonly unknown: readonly string[];
}

/** Folders below tests/, and the one file, whose literals are no names of tests. */
const NO_TESTS = [
  "tests/rows/catalogue/",
  "tests/rows/rows_test.ts",
  "tests/runner/",
  "tests/seam/",
  "tests/vectors/",
];

const ID = /^(?:(?:GR|FR|DG|RD|HB|PS|RR|PP|DR|SO|PL|CU|ZA|Z8|ZW|UR|LT|[HVXF])-\d+|G\d+)$/;

/** Reads all test files of the repository. */
export async function coverage(root: string): Promise<Coverage> {
  const rows = new Set(SECTIONS.flatMap((section) => section.rows.map((row) => row.id)));
  const files = new Map<string, Map<string, number>>();
  const unknown: string[] = [];
  for await (const path of filesUnder(root, "tests")) {
    if (!/_(test|tests|suite)\.ts$/.test(path) || NO_TESTS.some((folder) => path.startsWith(folder))) {
      continue;
    }
    for (const name of names(await Deno.readTextFile(join(root, path)))) {
      for (const id of idsIn(name)) {
        if (!rows.has(id)) {
          unknown.push(`${id} in ${path}`);
          continue;
        }
        let counts = files.get(id);
        if (counts === undefined) files.set(id, counts = new Map());
        counts.set(path, (counts.get(path) ?? 0) + 1);
      }
    }
  }
  return { files, unknown };
}

/** What is wrong with the whole, one line each: rows in no test, rows in both places, ids that no row has. */
export function problems({ files, unknown }: Coverage): string[] {
  const found = unknown.map((where) => `no row has the id ${where}`);
  const rows = new Set<string>();
  for (const section of SECTIONS) {
    const uncovered: string[] = [];
    for (const { id } of section.rows) {
      if (rows.has(id)) found.push(`${id} is in the catalogue twice`);
      rows.add(id);
      const covered = files.has(id), left = Object.hasOwn(LEFT_OUT, id);
      if (covered && left) {
        found.push(`${id} is left out and covered: ${[...files.get(id)!.keys()].join(", ")}`);
      }
      if (!covered && !left) uncovered.push(id);
    }
    if (uncovered.length > 0) found.push(`${section.title}: no test has ${uncovered.join(", ")}`);
  }
  for (const [id, reason] of Object.entries(LEFT_OUT)) {
    if (!rows.has(id)) found.push(`${id} is left out, and no row`);
    if (!reason.includes(" ")) found.push(`${id} is left out without a reason`);
  }
  return found;
}

/** The ids that stand in a name: whole words, and those of one letter only within parentheses. */
export function idsIn(name: string): string[] {
  const inside = [...name.matchAll(/\(([^()]*)\)/g)].flatMap((match) => match[1]!.split(/[\s,;:]+/));
  const outside = name.replace(/\([^()]*\)/g, " ").split(/[^A-Za-z0-9-]+/).filter((word) =>
    /^..-|^LT-/.test(word)
  );
  return [...new Set([...inside, ...outside].filter((word) => ID.test(word)))];
}

/** The string literals of a source that may be names; a line that begins as a comment has none. */
function names(source: string): string[] {
  const lines = source.split("\n").filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line));
  const literals = lines.flatMap((line) =>
    line.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? []
  );
  return literals.filter((literal) => literal.includes(" "));
}
