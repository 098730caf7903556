/**
 * What `child.ts` starts: runs the function whose text is the first argument, with what is there for it and the
 * second argument.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { loose } from "../interop/subject.ts";
import type { Side } from "./child.ts";
import { numbered, numberOf } from "./tally.ts";

const heard: unknown[] = [];
let listening = false;
let wake = () => {};

const side: Side = {
  zmq: loose,
  say,
  hear,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  numbered,
  numberOf,
};

const [, , text, argument] = process.argv;
await new Function(`return (${text})`)()(side, JSON.parse(argument!));

function say(value: unknown): void {
  const line = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let at = 0; at < line.length;) {
    try {
      at += writeSync(1, line, at);
    } catch (error) {
      // Some runtimes make the pipe one that does not wait.
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

async function hear(): Promise<unknown> {
  listen();
  while (heard.length === 0) await new Promise<void>((resolve) => wake = resolve);
  return heard.shift();
}

function listen(): void {
  if (listening) return;
  listening = true;
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) heard.push(JSON.parse(line));
    wake();
  });
  process.stdin.on("end", () => {
    heard.push(null);
    wake();
  });
}
