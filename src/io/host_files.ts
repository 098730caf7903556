/**
 * The runtime's files, for the few things that are kept in some: Node's `fs`, which Deno and Bun have too. It comes
 * from `process.getBuiltinModule`, so that no bundler sees it.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";

declare const process: { getBuiltinModule?(name: string): unknown };

interface FileSystem {
  readdirSync(folder: string): string[];
  statSync(path: string): {
    readonly size: number;
    readonly mtimeMs: number;
    readonly ino: number;
    isFile(): boolean;
  };
  readFileSync(path: string, encoding: "utf8"): string;
}

/** A file of a folder. */
export interface HostFile {
  /** Its name in the folder. */
  readonly name: string;
  readonly path: string;
  /** Octets. */
  readonly size: number;
  /** Another text after each change that the file system tells of. */
  readonly stamp: string;
}

/**
 * The files of a folder, links to files included, by their names; what went away meanwhile is not there.
 *
 * @throws the system's error, and ENOTSUP where there are no files
 */
export function listFiles(folder: string): HostFile[] {
  const { readdirSync, statSync } = fileSystem();
  const files: HostFile[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = `${folder}/${name}`;
    try {
      const found = statSync(path);
      const { size, mtimeMs, ino } = found;
      if (found.isFile()) files.push({ name, path, size, stamp: `${ino} ${mtimeMs} ${size}` });
    } catch {
      // Removed between the two calls, or a link that leads nowhere.
    }
  }
  return files;
}

/**
 * A file as UTF-8 text.
 *
 * @throws the system's error, and ENOTSUP where there are no files
 */
export function readText(path: string): string {
  return fileSystem().readFileSync(path, "utf8");
}

function fileSystem(): FileSystem {
  const found = "process" in globalThis ? process.getBuiltinModule?.("fs") : undefined;
  if (found === undefined) throw new ZmqError("ENOTSUP", "There are no files here");
  return found as FileSystem;
}
