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
import process from "node:process";
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
  const endpoint = await endpointFor(work);
  const { local, remote, reports, oneCore } = programs(work, endpoint, count);
  const pinned = oneCore ? ["taskset", "-c", "0"] : [];
  const children = [local, remote].filter((program) => program !== undefined)
    .map((program) => new Child([...pinned, ...subject.command(program)]));
  const reporter = reports === "local" ? children[0]! : children.at(-1)!;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no result within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    });
    const failures = children.map((child) => child.failed);
    return JSON.parse(await Promise.race([reporter.line(), timeout, ...failures])) as Sample;
  } finally {
    clearTimeout(timer);
    await Promise.all(children.map((child) => child.kill()));
    if (work.transport === "ipc") rmSync(endpoint.slice("ipc://".length), { force: true });
  }
}

/** A program under way. */
export class Child {
  /** Rejects when it ends with an error. */
  readonly failed: Promise<never>;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];
  #heard: (() => void) | undefined;

  constructor(command: readonly string[]) {
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    this.#process = child;
    running.add(child);
    this.#ended = new Promise((resolve) => {
      child.once("close", resolve);
      child.once("error", resolve);
    }).then(() => void running.delete(child));

    let unfinished = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop()!;
      this.#lines.push(...lines);
      this.#heard?.();
    });
    let complaint = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => complaint += text);
    this.failed = new Promise((_, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        if (child.killed || code === 0) return;
        reject(new Error(`ended with ${code ?? signal}: ${errorLine(complaint)}`));
      });
    });
    this.failed.catch(() => {});
  }

  /** The next line it prints, or has printed and nobody took. One caller at a time. */
  async line(): Promise<string> {
    while (this.#lines.length === 0) await new Promise<void>((resolve) => this.#heard = resolve);
    return this.#lines.shift()!;
  }

  /** Forgets what it printed so far. */
  forget(): void {
    this.#lines.length = 0;
  }

  /** Ends it, and settles when it is gone. */
  kill(): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill("SIGKILL");
    return this.#ended;
  }
}

const running = new Set<ChildProcess>();

/** Ends what still runs when this process is told to end. */
export function endWithUs(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      for (const child of running) child.kill("SIGKILL");
      process.exit(130);
    });
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

async function endpointFor({ transport }: Workload): Promise<string> {
  if (transport === "tcp" || transport === "curve") return `tcp://127.0.0.1:${await freePort()}`;
  if (transport === "ws") return `ws://127.0.0.1:${await freePort()}/`;
  return ipcEndpoint();
}

let endpoints = 0;

function ipcEndpoint(): string {
  return `ipc://${join(tmpdir(), `bench-${process.pid}-${endpoints++}`)}`;
}

/** Of what a runtime prints with an uncaught error, the line that names it. */
function errorLine(complaint: string): string {
  const lines = complaint.trim().split("\n");
  return (lines.find((line) => /\berror\b|Error:/i.test(line)) ?? lines.at(-1)!).trim();
}
