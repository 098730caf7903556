/**
 * A throw-away network for multicast: a few hosts, each a network namespace with `eth0`, made by `lab.sh` and
 * gone with it. Traffic stays in there.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./lab.sh", import.meta.url));
const LIMIT_MS = 10_000;

/** A command and its arguments, as `spawn` takes them. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/** Why this machine cannot have a lab; `undefined` if it can. */
export const labMissing: string | undefined = whyNot();

/** The network. */
export class Lab {
  readonly hosts: readonly Host[];
  readonly #script: ChildProcess;

  private constructor(script: ChildProcess, hosts: readonly Host[]) {
    this.#script = script;
    this.hosts = hosts;
  }

  /** Makes a network; close it. */
  static async open(hosts: number): Promise<Lab> {
    const script = spawn("bash", [SCRIPT, "up", `${hosts}`], { stdio: ["pipe", "pipe", "pipe"] });
    try {
      const { hosts: processes, enter } = JSON.parse(await firstLine(script)) as {
        hosts: number[];
        enter: string;
      };
      return new Lab(
        script,
        processes.map((process, index) => new Host(process, index + 1, enter.split(" "))),
      );
    } catch (error) {
      script.kill("SIGKILL");
      throw error;
    }
  }

  /** From now on so many per cent of the UDP datagrams that reach a host are dropped there, at random. */
  async loss(percent: number, hosts: readonly Host[] = this.hosts): Promise<void> {
    if (percent > 0) await Promise.all(hosts.map((host) => host.drop(`numgen random mod 100 lt ${percent}`)));
  }

  /** Ends it. What still runs in it has lost its network from here. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#script.once("close", resolve));
    if (this.#script.exitCode !== null || this.#script.signalCode !== null) return;
    this.#script.stdin!.end();
    const timer = setTimeout(() => this.#script.kill("SIGKILL"), LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** One machine of the network. */
export class Host {
  readonly address: string;
  readonly address6: string;
  readonly #enter: readonly string[];

  constructor(process: number, number: number, enter: readonly string[]) {
    this.address = `10.99.0.${number}`;
    this.address6 = `fd99::${number}`;
    this.#enter = [...enter, "--target", `${process}`, "--"];
  }

  /** How to run this program here. */
  within({ command, args }: CommandLine): CommandLine {
    return { command: this.#enter[0]!, args: [...this.#enter.slice(1), command, ...args] };
  }

  /** Drops what arrives here by UDP and matches, in nft's words. */
  async drop(match: string): Promise<void> {
    await this.#nft(`
      add table inet lab
      add chain inet lab in { type filter hook input priority 0; policy accept; }
      add rule inet lab in meta l4proto udp ${match} counter drop
    `);
  }

  /** Drops no more, and answers with how many datagrams were. */
  async heal(): Promise<number> {
    const rules = await this.#nft("list table inet lab");
    await this.#nft("delete table inet lab");
    return [...rules.matchAll(/counter packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  async #nft(script: string): Promise<string> {
    const { command, args } = this.within({
      command: "sh",
      args: ["-c", "PATH=$PATH:/usr/sbin:/sbin exec nft -f -"],
    });
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("close", resolve);
      child.once("error", reject);
    });
    child.stdin!.end(script);
    if (await ended !== 0) throw new Error(`nft: ${output.trim()}`);
    return output;
  }
}

function whyNot(): string | undefined {
  const { status, stdout, error } = spawnSync("bash", [SCRIPT, "check"], { encoding: "utf8" });
  if (error !== undefined) return "no lab without bash";
  return status === 0 ? undefined : `no lab: ${stdout.trim() || "cannot be made here"}`;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    let complaint = "";
    const timer = setTimeout(() => reject(new Error("The lab is not ready in time")), LIMIT_MS);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (!output.includes("\n")) return;
      clearTimeout(timer);
      resolve(output.split("\n")[0]!);
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => complaint += text);
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      reject(new Error(`The lab cannot be made: ${complaint.trim()}`));
    });
  });
}
