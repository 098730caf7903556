/**
 * The processes of a soak, from outside: starting them, talking with them by lines of JSON, and what the system says
 * of their memory and descriptors.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bun, node, peerNode, zeromq } from "../runner/tools.ts";
import type { Actor, EndCount } from "./plan.ts";
import type { Order } from "./program.ts";

/** What a process says. */
export interface Answer {
  readonly bound?: { readonly [flow: number]: string };
  readonly ready?: true;
  readonly counts?: readonly EndCount[];
  readonly churned?: number;
  readonly alive?: number;
  readonly error?: string;
}

/** What the system gives a process, at one moment. */
export interface Sample {
  /** Seconds since traffic began. */
  readonly at: number;
  /** Resident memory, in MiB. */
  readonly memory: number;
  /** Open descriptors. */
  readonly handles: number;
}

/** One process. */
export class Running {
  readonly actor: Actor;
  readonly samples: Sample[] = [];
  /** MiB that were alive behind collections, one look each ten seconds. */
  readonly alive: number[] = [];
  readonly errors: string[] = [];
  /** What it counted last. */
  counts: readonly EndCount[] = [];
  churned = 0;
  /** Whether it ended by itself. */
  died = false;
  readonly #child: ReturnType<typeof spawn>;
  readonly #gone: Promise<void>;
  readonly #answers: Answer[] = [];
  #wake: () => void = () => {};

  constructor(actor: Actor, command: string, args: readonly string[]) {
    this.actor = actor;
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#heard(JSON.parse(line)));
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      // npm's zeromq says so, and Node how to learn more of it.
      if (!/draft features are experimental|--trace-warnings/.test(line)) this.errors.push(line);
    });
    this.#gone = new Promise((resolve) => this.#child.on("close", () => resolve()));
    this.#child.on("exit", () => {
      this.died = true;
      this.#wake();
    });
  }

  tell(order: Order): void {
    this.#child.stdin!.write(`${JSON.stringify(order)}\n`);
  }

  /** Its next answer with this in it. */
  async answer<K extends "bound" | "ready">(key: K): Promise<NonNullable<Answer[K]>> {
    for (;;) {
      const at = this.#answers.findIndex((answer) => answer[key] !== undefined);
      if (at >= 0) return this.#answers.splice(at, 1)[0]![key]!;
      if (this.died) throw new Error(`${this.actor} has ended: ${this.errors.join("\n")}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Looks at it, where the system has /proc. */
  sample(at: number): void {
    const { pid } = this.#child;
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const memory = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
      this.samples.push({ at, memory, handles: readdirSync(`/proc/${pid}/fd`).length });
    } catch {
      // It has ended, or the system is another.
    }
  }

  /** Ends it; resolves when it is gone. */
  kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    return this.#gone;
  }

  #heard(answer: Answer): void {
    if (answer.counts !== undefined) {
      this.counts = answer.counts;
      this.churned = answer.churned ?? 0;
      if (answer.alive !== undefined) this.alive.push(answer.alive);
    } else if (answer.error !== undefined) this.errors.push(answer.error);
    else this.#answers.push(answer);
    this.#wake();
  }
}

/** Starts every process that can be had; the others are named. */
export async function start(wanted: readonly Actor[]): Promise<{ running: Running[]; missing: string[] }> {
  const program = fileURLToPath(new URL("./program.ts", import.meta.url));
  const seam = fileURLToPath(new URL("../seam/node.ts", import.meta.url));
  const running: Running[] = [];
  const missing: string[] = [];
  for (const actor of wanted) {
    if (actor === "deno") {
      const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
      running.push(
        new Running(actor, Deno.execPath(), [
          "run",
          "-A",
          "--no-check",
          "--v8-flags=--expose-gc",
          "-c",
          config,
          program,
          actor,
        ]),
      );
      continue;
    }
    const tool = actor === "bun" ? await bun() : actor === "node24" ? await node(24) : await peerNode();
    const native = actor === "libzmq" ? await zeromq(tool.path) : undefined;
    if (tool.path === undefined || (native !== undefined && native.path === undefined)) {
      missing.push(`${actor}: ${tool.missing ?? native?.missing}`);
      continue;
    }
    const args = actor === "bun" ? [program, actor] : ["--expose-gc", "--import", seam, program, actor];
    if (native?.path !== undefined) args.push(native.path);
    running.push(new Running(actor, tool.path, args));
  }
  for (const each of running) process.on("exit", () => void each.kill());
  return { running, missing };
}
