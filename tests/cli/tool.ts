/**
 * The tool as a process of its own on the leg's runtime: what it prints, what it is given, how it ends.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { assert } from "@std/assert";
import { type Scope, within } from "../interop/scope.ts";
import { programCommand } from "../support/legs.ts";

/** How a run of the tool ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the tool. */
export class Tool {
  readonly #child: ChildProcess;
  readonly #output = { stdout: "", stderr: "" };
  readonly #ended: Promise<Ended>;
  readonly #what: string;
  #over = false;
  #wake = () => {};

  constructor(args: readonly string[], input: string | undefined) {
    this.#what = args.join(" ");
    const { command, args: all } = programCommand(new URL("../../mod.ts", import.meta.url), ...args);
    const stdin = input === undefined ? "ignore" : "pipe";
    this.#child = spawn(command, [...all], { stdio: [stdin, "pipe", "pipe"] });
    for (const name of ["stdout", "stderr"] as const) {
      const stream = this.#child[name]!;
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        this.#output[name] += text;
        this.#wake();
      });
    }
    this.#ended = new Promise((resolve) =>
      this.#child.on("close", (code, signal) => {
        this.#over = true;
        resolve({ code, signal, ...this.#output });
        this.#wake();
      })
    );
    // A tool that ends early reads no more.
    this.#child.stdin?.on("error", () => {});
    if (input !== undefined) this.#child.stdin!.end(input);
  }

  /** Waits for the end. */
  ended(milliseconds = 15_000): Promise<Ended> {
    const { stdout, stderr } = this.#output;
    return within(this.#ended, milliseconds, `the end of "${this.#what}", after ${stdout}${stderr}`);
  }

  /** Waits until stdout or stderr matches; answers the match. */
  says(pattern: RegExp, where: "stdout" | "stderr" = "stderr"): Promise<RegExpMatchArray> {
    const said = async () => {
      for (;;) {
        const found = this.#output[where].match(pattern);
        if (found !== null) return found;
        assert(!this.#over, `"${this.#what}" ended: ${this.#output.stdout}${this.#output.stderr}`);
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    };
    return within(said(), 10_000, `${pattern} from "${this.#what}"`);
  }

  /** The endpoint that it says it is bound to. */
  async bound(role = ""): Promise<string> {
    return (await this.says(new RegExp(`zmq: ${role}.*bound to (\\S+)\\n`)))[1]!;
  }

  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    if (this.#over) return;
    // After `child.kill` Deno answers the signal in place of the exit code, even if the child has chosen one.
    try {
      process.kill(this.#child.pid!, signal);
    } catch (error) {
      // It has ended meanwhile, and the event that says so is on its way.
      if ((error as { code?: string }).code !== "ESRCH") throw error;
    }
  }

  /** Reads no more of what it prints. */
  closeOutput(): void {
    this.#child.stdout!.destroy();
  }
}

/** Starts the tool; with an input for its stdin, if it has one. It ends with the test at the latest. */
export function start(scope: Scope, args: readonly string[], input?: string): Tool {
  const tool = new Tool(args, input);
  scope.atEnd(async () => {
    tool.kill("SIGKILL");
    await tool.ended();
  });
  return tool;
}

/** Runs the tool to its end. */
export function run(scope: Scope, args: readonly string[], input?: string): Promise<Ended> {
  return start(scope, args, input).ended();
}
