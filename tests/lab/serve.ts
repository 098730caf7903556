/**
 * What the ends in TypeScript share: they do the commands that come as JSON lines, and ask the kernel which
 * groups are joined on their host.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

/** What an end can do, by name. */
export interface Commands {
  readonly [op: string]: (details: never) => unknown;
}

/** Does what standard input says, line by line, until it ends. */
export function serve(commands: Commands): void {
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const { id, op, ...details } = JSON.parse(line) as { id: number; op: string };
    let answer;
    try {
      answer = { id, result: await commands[op]!(details as never) };
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      answer = { id, error: `${code ?? "Error"}: ${message}` };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }).on("close", () => process.exit());
}

/** How often sockets of this host have joined the group. */
export function memberships(group: string): number {
  const six = group.includes(":");
  const rows = readFileSync(`/proc/self/net/${six ? "igmp6" : "igmp"}`, "utf8").split("\n");
  const [name, users, wanted] = six ? [2, 3, hex6(group)] : [0, 1, hex4(group)];
  return rows.map((row) => row.trim().split(/\s+/))
    .filter((words) => words[name]?.toLowerCase() === wanted)
    .reduce((sum, words) => sum + Number(words[users]), 0);
}

/** As the kernel prints it: the number that a little-endian machine reads. */
function hex4(group: string): string {
  return group.split(".").reverse().map((octet) => Number(octet).toString(16).padStart(2, "0")).join("");
}

function hex6(group: string): string {
  const [head, tail = ""] = group.split("::") as [string, string?];
  const words = (text: string) => text.split(":").filter((word) => word !== "");
  const [left, right] = [words(head), words(tail)];
  const middle = new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...middle, ...right].map((word) => word.padStart(4, "0")).join("");
}

/** Lets so much time pass. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether a UDP socket of this host is bound to the port. */
export function bound(port: number): boolean {
  const wanted = `:${port.toString(16).padStart(4, "0")}`;
  const rows = ["udp", "udp6"].flatMap((table) =>
    readFileSync(`/proc/self/net/${table}`, "utf8").toLowerCase().split("\n").slice(1)
  );
  return rows.some((row) => row.trim().split(/\s+/)[1]?.endsWith(wanted));
}
