/**
 * One measurement: starts a pair of programs (or one), takes the line of JSON that one of them prints, and
 * ends them both.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subject } from "./subjects.ts";
import { programs, type Workload } from "./workloads.ts";

/** What a program printed. */
export interface Sample {
  readonly seconds: number;
  readonly rate?: number;
  readonly megabytes?: number;
  readonly microseconds?: number;
  readonly lost?: number;
}

const TIMEOUT_MS = 60_000;

/** Measures a workload once. */
export async function measure(subject: Subject, work: Workload, count: number): Promise<Sample> {
  const endpoint = work.transport === "tcp" ? `tcp://127.0.0.1:${await freePort()}` : ipcEndpoint();
  const { local, remote, reports } = programs(work, endpoint, count);
  const children = [local, remote].filter((program) => program !== undefined)
    .map((program) => new Child(subject.command(program)));
  const reporter = reports === "local" ? children[0]! : children.at(-1)!;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no result within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    });
    const failures = children.map((child) => child.failed);
    return JSON.parse(await Promise.race([reporter.line, timeout, ...failures])) as Sample;
  } finally {
    clearTimeout(timer);
    await Promise.all(children.map((child) => child.kill()));
    if (work.transport === "ipc") rmSync(endpoint.slice("ipc://".length), { force: true });
  }
}

/** A program under way. */
export class Child {
  /** Its next line of output; the first one, when read first. */
  readonly line: Promise<string>;
  /** Rejects when it ends with an error. */
  readonly failed: Promise<never>;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(command: readonly string[]) {
    const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once("close", () => resolve());
      child.once("error", () => resolve());
    });
    this.line = firstLineOf(child);
    let complaint = "";
    child.stderr!.on("data", (chunk: Uint8Array) => complaint += new TextDecoder().decode(chunk));
    this.failed = new Promise((_, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        if (code !== 0 && !child.killed) {
          reject(new Error(`${command.join(" ")} ended with ${code ?? signal}: ${complaint.trim()}`));
        }
      });
    });
    this.failed.catch(() => {});
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid!;
  }

  /** Ends it, and settles when it is gone. */
  kill(): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill("SIGKILL");
    return this.#ended;
  }
}

/** A TCP port that nobody listens to. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

let endpoints = 0;

function ipcEndpoint(): string {
  return `ipc://${join(tmpdir(), `bench-${process.pid}-${endpoints++}`)}`;
}

function firstLineOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout!.on("data", (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}
