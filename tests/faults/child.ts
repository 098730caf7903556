/**
 * A program of our own beside the test, on the same runtime, that can be killed with -9, frozen and restarted. What
 * it does is a function of the test: its text goes there, so it sees its two arguments and nothing else. What the
 * program says comes by its standard output, written at once: what was said before a kill is heard.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import type { Zmq } from "../interop/subject.ts";
import { within } from "../interop/scope.ts";
import { programCommand } from "../support/legs.ts";
import type { World } from "./fault.ts";

/** What a program's function is given first. */
export interface Side {
  /** The module under test. */
  // deno-lint-ignore no-explicit-any
  readonly zmq: Zmq & { readonly [name: string]: any };
  /** Tells the test; anything that JSON has. */
  say(value: unknown): void;
  /** What the test says next. Keeps the program alive from the first call on. */
  hear(): Promise<unknown>;
  /** Lets time pass. */
  sleep(milliseconds: number): Promise<void>;
  /** A part of so many octets that begins with this number. */
  numbered(number: number, size?: number): Uint8Array;
  /** The number that a part begins with. */
  numberOf(part: Uint8Array): number;
}

/** How a program is started. */
export interface StartOptions {
  /** What the shell does before: limits, mounts. */
  readonly before?: string;
  /** Whether it has file systems of its own to mount and unmount (user and mount namespaces of Linux). */
  readonly ownMounts?: boolean;
}

/** Starts one, which ends with the test. */
export function startChild<A>(
  world: World,
  body: (side: Side, argument: A) => unknown,
  argument: A,
  { before, ownMounts = false }: StartOptions = {},
): Child {
  const program = new URL("./child_program.ts", import.meta.url);
  const { command, args } = programCommand(program, body.toString(), JSON.stringify(argument ?? null));
  const shell = ["/bin/sh", "-c", `${before}; exec "$0" "$@"`, command, ...args];
  const [first, ...rest] = [
    ...(ownMounts ? ["unshare", "-rm"] : []),
    ...(before === undefined ? [command, ...args] : shell),
  ] as [string, ...string[]];
  const child = new Child(first, rest);
  world.atEnd(() => child.kill());
  return child;
}

/** One program. */
export class Child {
  /** All that it said, in order. */
  readonly said: unknown[] = [];
  /** Resolves with its exit code when it is over; `null` if a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcess;
  #read = 0;
  #errors = "";
  #over = false;
  #waiting: (() => void)[] = [];

  constructor(command: string, args: readonly string[]) {
    const child = this.#process = spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"] });
    let rest = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.said.push(JSON.parse(line));
      this.#wake();
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#errors += text);
    child.stdin!.on("error", () => {}); // It is gone; who waits is told below.
    this.ended = new Promise((resolve) => {
      child.on("close", (code) => {
        this.#over = true;
        this.#wake();
        resolve(code);
      });
      child.on("error", (error) => this.#errors += String(error));
    });
  }

  get id(): number {
    return this.#process.pid!;
  }

  /** What it wrote to its standard error. */
  get errors(): string {
    return this.#errors;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The next thing that it says. */
  async next(milliseconds = 15000): Promise<unknown> {
    const one = async () => {
      while (this.#read >= this.said.length) {
        if (this.#over) throw new Error(`the program ended without a word. ${this.#errors}`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      return this.said[this.#read++];
    };
    return await within(one(), milliseconds, () => `a word from the program. ${this.#errors}`);
  }

  /** Waits until it has said so much. */
  async until(count: number, milliseconds = 20000): Promise<void> {
    const enough = async () => {
      while (this.said.length < count && !this.#over) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    };
    await within(enough(), milliseconds, () => `${count} words; there are ${this.said.length}`);
  }

  /** Says something to it. */
  tell(value: unknown): void {
    this.#process.stdin!.write(`${JSON.stringify(value)}\n`);
  }

  /** Its standard input ends. */
  endInput(): void {
    this.#process.stdin!.end();
  }

  /** Ends it at once, by kill -9; resolves when it is gone and all that it said was heard. */
  async kill(): Promise<void> {
    if (!this.#over) this.#process.kill("SIGKILL");
    await this.ended;
  }

  /** Stops it where it stands. */
  freeze(): void {
    process.kill(this.id, "SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    process.kill(this.id, "SIGCONT");
  }

  /** Octets of its resident set, now and at most so far. Linux only; else zeros. */
  memory(): { readonly now: number; readonly peak: number } {
    try {
      const status = readFileSync(`/proc/${this.id}/status`, "utf8");
      const field = (name: string) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
      return { now: field("VmRSS"), peak: field("VmHWM") };
    } catch {
      return { now: 0, peak: 0 };
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
