/**
 * Inputs as files: what a run has found is kept in `corpus/` and replayed by every later one, with or without
 * fast-check. JSON, in which octets are `{"$octets":"0aff"}`.
 */

import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** One input that went wrong once. */
export interface Case {
  /** Name of the target. */
  readonly target: string;
  /** What happened. */
  readonly found: string;
  /** The seed of the run that found it, and where it lies there; absent where a person wrote it. */
  readonly seed?: number;
  readonly path?: string;
  readonly input: unknown;
}

/** Where the files are: in the repository, also if the tests themselves lie elsewhere. */
export function corpusFolder(): string {
  const root = process.env["PUREMQ_ROOT"];
  return root ? `${root}/tests/fuzz/corpus` : fileURLToPath(new URL("corpus", import.meta.url));
}

/** All files by their names, in order. */
export function readCorpus(): { readonly file: string; readonly found: Case }[] {
  const folder = corpusFolder();
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).sort();
  return files.map((file) => ({ file, found: parseCase(readFileSync(`${folder}/${file}`, "utf8")) }));
}

/** The text of a file. */
export function formatCase(found: Case): string {
  return `${JSON.stringify(found, toJson, 2)}\n`;
}

/** Reads the text of a file. */
export function parseCase(text: string): Case {
  return JSON.parse(text, fromJson) as Case;
}

function toJson(_key: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return { $octets: Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("") };
}

function fromJson(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$octets" in value)) return value;
  const digits = String(value.$octets).match(/../g) ?? [];
  return Uint8Array.from(digits, (pair) => parseInt(pair, 16));
}
