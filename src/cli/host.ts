/**
 * The process that the tool runs in: arguments, lines of stdin, stdout, the terminal, files, signals, the exit code.
 * All by the global `process`, which Deno, Bun and Node have; no other file of the tool knows of it.
 *
 * @module
 */

interface HostStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(chunk: Uint8Array | string, written: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error & { readonly code?: string }) => void): void;
}

declare const process: {
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly versions: { readonly [name: string]: string | undefined };
  readonly platform: string;
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: HostStream;
  readonly stderr: HostStream;
  on(event: string, listener: () => void): void;
  exit(code: number): never;
  getBuiltinModule(name: "fs"): FileSystem;
};

interface FileSystem {
  openSync(path: string, flags: "wx", mode: number): number;
  writeFileSync(file: number, text: string): void;
  closeSync(file: number): void;
  unlinkSync(path: string): void;
}

/** The signals that ask a program to end, with the exit code that tells of each. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** 128 and the signal's number, as shells say it. */
export const SIGNAL_EXIT: { readonly [signal in EndSignal]: number } = { SIGINT: 130, SIGTERM: 143 };

/** What was given after the program's name. */
export function programArguments(): readonly string[] {
  return process.argv.slice(2);
}

/** Runtime and version, `Node 24.1.0`. */
export function runtime(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  if (bun !== undefined) return `Bun ${bun}`;
  return `Node ${node}`;
}

/** Whether somebody types the input. */
export function inputIsTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/** Whether somebody watches the output. */
export function outputIsTerminal(): boolean {
  return process.stdout.isTTY === true;
}

/** Whether the output may have colours (https://no-color.org). */
export function outputHasColours(): boolean {
  return outputIsTerminal() && !process.env.NO_COLOR;
}

/** Columns of the terminal. */
export function outputColumns(): number {
  return process.stdout.columns || 80;
}

/** The lines of stdin as octets, without their ends; a last one without an end counts. */
export async function* inputLines(): AsyncGenerator<Uint8Array, void, undefined> {
  const ending = process.platform === "win32" ? 0x0d : -1;
  let rest: Uint8Array[] = [];
  for await (const chunk of process.stdin) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      const line = joined([...rest, chunk.subarray(from, at)]);
      yield line.at(-1) === ending ? line.subarray(0, -1) : line;
      rest = [];
      from = at + 1;
    }
    // A copy: the runtime may read the next chunk into the same memory.
    if (from < chunk.length) rest.push(chunk.slice(from));
  }
  if (rest.length > 0) yield joined(rest);
}

let watching = false;
let broken = false;
let whenBroken: () => void = () => exit(0);

/** Writes to stdout; resolves when it is written, so that a slow reader slows us. */
export function write(chunk: Uint8Array | string): Promise<void> {
  watchOutput();
  // Nobody reads any more, and whoever was to hear of it has.
  if (broken) return Promise.resolve();
  return new Promise((resolve) => process.stdout.write(chunk, () => resolve()));
}

/** Writes a line to stdout. */
export function print(text: string): Promise<void> {
  return write(`${text}\n`);
}

/** Writes a line to stderr. */
export function warn(text: string): Promise<void> {
  return new Promise((resolve) => process.stderr.write(`${text}\n`, () => resolve()));
}

/** What to do when nobody reads stdout any more, as after `| head -1`; at first, to end with 0. */
export function onOutputClosed(listener: () => void): void {
  watchOutput();
  whenBroken = listener;
}

/**
 * Creates a file that nobody may have created before, not even as a link, and that has these permissions (less those
 * that the umask takes) from the beginning. What cannot be written as a whole is not left behind.
 *
 * @throws the system's error, EEXIST if it is there
 */
export function createFile(path: string, text: string, mode: number): void {
  const { openSync, writeFileSync, closeSync } = process.getBuiltinModule("fs");
  const file = openSync(path, "wx", mode);
  try {
    try {
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    removeFile(path);
    throw error;
  }
}

/** Removes a file that we made. */
export function removeFile(path: string): void {
  process.getBuiltinModule("fs").unlinkSync(path);
}

/** Calls back when the user or the system asks us to end. */
export function onSignal(listener: (signal: EndSignal) => void): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    try {
      process.on(signal, () => listener(signal));
    } catch {
      // Deno on Windows knows no SIGTERM.
    }
  }
}

/** Ends the process. */
export function exit(code: number): never {
  process.exit(code);
}

function watchOutput(): void {
  if (watching) return;
  watching = true;
  process.stdout.on("error", ({ code }) => {
    if (broken) return;
    broken = true;
    // EIO: the terminal itself is gone.
    if (code === "EPIPE" || code === "EIO") whenBroken();
    else exit(1);
  });
  process.stderr.on("error", () => {});
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!.slice();
  const octets = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    octets.set(piece, at);
    at += piece.length;
  }
  return octets;
}
