/**
 * The device under test: `device.ts streamer|queue|forwarder <front> <back>`.
 *
 * Binds both ends, prints where as a line of JSON, and ends when its standard input does, so that a profile is
 * written and nothing outlives who started it. No `node:` import, as in `../program.ts`.
 *
 * @module
 */

import { forwarder, queue, streamer } from "../../mod.ts";

declare const Deno:
  | { args: string[]; exit(code: number): never; stdin: { read(into: Uint8Array): Promise<number | null> } }
  | undefined;
declare const process: {
  argv: string[];
  exit(code: number): never;
  stdin: { resume(): void; once(event: "end", listener: () => void): void };
};

const KINDS = { streamer, queue, forwarder };

await main();

async function main(): Promise<void> {
  const [kind, front, back] = typeof Deno === "undefined" ? process.argv.slice(2) : Deno.args;
  const make = KINDS[kind as keyof typeof KINDS];
  if (make === undefined || front === undefined || back === undefined) {
    console.error("usage: device.ts streamer|queue|forwarder <front> <back>");
    exit(1);
  }
  const device = make(front, back, { linger: 0 });
  await device.ready;
  console.log(JSON.stringify({ front: device.front.lastEndpoint, back: device.back.lastEndpoint }));
  await inputEnded();
  await device.terminate();
  console.log(JSON.stringify(device.statistics()));
  exit(0);
}

async function inputEnded(): Promise<void> {
  if (typeof Deno !== "undefined") {
    while (await Deno.stdin.read(new Uint8Array(64)) !== null);
    return;
  }
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.resume();
  });
}

function exit(code: number): never {
  return typeof Deno === "undefined" ? process.exit(code) : Deno.exit(code);
}
