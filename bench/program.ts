/**
 * What every program of this folder shares: its arguments, the module under test, one line of JSON.
 *
 * No `node:` import on purpose: a program must load no more of a runtime than its user's program would,
 * for Deno's Node layer changes what a turn of the event loop costs.
 *
 * @module
 */

declare const Deno: { args: string[]; exit(code: number): never } | undefined;
declare const process: { argv: string[]; exit(code: number): never };

type Module = typeof import("../mod.ts");

/** The share of a run that is not timed: connecting, the first garbage collections, the compilers' tiers. */
export const WARM_UP = 0.2;

const given: string[] = typeof Deno === "undefined" ? process.argv.slice(2) : Deno.args;
const positional: string[] = given.filter((argument) => !argument.startsWith("--"));

/** The positional arguments, or the usage and exit code 1 where there are fewer than named. */
export function parameters(usage: string): string[] {
  const wanted = usage.split(" ").filter((word) => word.startsWith("<")).length;
  if (positional.length < wanted) {
    console.error(`usage: ${usage} [--module=<path of zeromq.js>]`);
    exit(1);
  }
  return positional;
}

/** A positive integer out of an argument. */
export function integer(text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`Not a positive integer: "${text}"`);
  return value;
}

/** The value of `--name=value`, `""` for a bare `--name`, `undefined` where it was not given. */
export function option(name: string): string | undefined {
  const found = given.find((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
  return found?.slice(name.length + 3);
}

/** This repository's module, or zeromq.js by its path: the same program measures both. */
export async function load(): Promise<Module> {
  const path = option("module");
  return await import(path ?? "../mod.ts");
}

/** How many of `count` operations come before the clock starts. */
export function warmUp(count: number): number {
  return Math.max(1, Math.floor(count * WARM_UP));
}

/** Prints a throughput as libzmq's `local_thr` computes it. */
export function printThroughput(size: number, messages: number, milliseconds: number): void {
  const seconds = milliseconds / 1000;
  print({ size, messages, seconds, rate: messages / seconds, megabytes: messages * size / seconds / 1e6 });
}

/** Prints a round trip. libzmq's `remote_lat` prints half of it and calls that the latency. */
export function printRoundTrip(size: number, roundTrips: number, milliseconds: number): void {
  print({ size, roundTrips, seconds: milliseconds / 1000, microseconds: milliseconds * 1000 / roundTrips });
}

/** Prints a result: one line of JSON. */
export function print(result: Record<string, unknown>): void {
  console.log(JSON.stringify(result));
}

/**
 * With `--hold`, stays until the runner ends this process. libzmq loses what is under way on `ipc` when the
 * sender closes at once, and a receiver that counts would then wait for ever.
 */
export async function hold(): Promise<void> {
  if (option("hold") !== undefined) await new Promise((resolve) => setTimeout(resolve, 120_000));
}

/** Ends the process. */
export function exit(code: number): never {
  return typeof Deno === "undefined" ? process.exit(code) : Deno.exit(code);
}
