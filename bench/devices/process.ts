/**
 * A program under way whose standard input this process holds open: it ends when that is closed, also when the
 * bench itself is killed. And what a process takes of memory and processor time while it runs.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";
import process from "node:process";

const LINE_LIMIT_MS = 120_000;
const END_LIMIT_MS = 3000;
const SAMPLE_MS = 100;

/** One of the programs of a measurement. */
export class Program {
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];
  #complaint = "";
  #over = false;
  #heard: () => void = () => {};

  constructor(command: readonly string[]) {
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    this.#process = child;
    child.stdin!.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      for (const event of ["close", "error"]) {
        child.once(event, () => {
          this.#over = true;
          this.#heard();
          resolve();
        });
      }
    });
    let unfinished = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop()!;
      this.#lines.push(...lines);
      this.#heard();
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#complaint += text);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The next line it prints, as the value that its JSON stands for. */
  async line<T>(limit = LINE_LIMIT_MS): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#heard();
    }, limit);
    try {
      while (this.#lines.length === 0) {
        if (this.#over) throw new Error(`ended early: ${errorLine(this.#complaint)}`);
        if (late) throw new Error(`no line within ${limit / 1000} s ${errorLine(this.#complaint)}`.trim());
        await new Promise<void>((resolve) => this.#heard = resolve);
      }
    } finally {
      clearTimeout(timer);
    }
    return JSON.parse(this.#lines.shift()!) as T;
  }

  /** Ends it, and settles when it is gone. */
  async end(): Promise<void> {
    this.#process.stdin!.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_LIMIT_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** What a process had at one moment: `time` and `processor` in ms, `resident` in KiB. */
export interface Usage {
  readonly time: number;
  readonly resident: number;
  readonly processor: number;
}

/** Looks at a process from now until the answered function is called, which returns what was seen. */
export function observe(pid: number): () => Usage[] {
  const seen = [usage(pid)];
  const timer = setInterval(() => seen.push(usage(pid)), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return [...seen, usage(pid)].filter(({ resident }) => resident > 0);
  };
}

/** What it has at this moment; zeros if it is gone. */
export function usage(pid: number): Usage {
  const time = performance.now();
  if (platform() !== "linux") {
    const resident = Number(spawnSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" }).stdout);
    return { time, resident, processor: NaN };
  }
  try {
    // After the name in parentheses: utime and stime are fields 14 and 15, rss 24 of proc_pid_stat(5).
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
    return { time, resident: pages! * 4, processor: (user! + system!) * 10 };
  } catch {
    return { time, resident: 0, processor: NaN };
  }
}

/** Of what a runtime prints with an uncaught error, the line that names it. */
function errorLine(complaint: string): string {
  const lines = complaint.trim().split("\n");
  return (lines.find((line) => /\berror\b|Error:/i.test(line)) ?? lines.at(-1)!).trim();
}
