/**
 * The end whose memory is measured: a ROUTER, a PUB or a bare listener, which prints the memory that the
 * process has resident, twice a second and each time after a garbage collection.
 *
 * @module
 */

import { bare, parse } from "../control/bare.ts";
import { load, parameters, print } from "../program.ts";
import { handshake } from "./handshake.ts";

declare const Deno: { memoryUsage(): { rss: number } } | undefined;
declare const Bun: { gc(force: boolean): void } | undefined;
declare const process: { memoryUsage(): { rss: number } };

const PERIOD_MS = 500;

await main();

async function main(): Promise<void> {
  const [kind, endpoint] = parameters("server <router|pub|bare> <bind-to>") as [string, string];
  const socket = await listen(kind, endpoint);
  setInterval(() => {
    collectGarbage();
    // A socket that nobody holds may be collected, and closed with that.
    print({ rss: residentBytes(), closed: socket?.closed ?? false });
  }, PERIOD_MS);
}

async function listen(kind: string, endpoint: string): Promise<{ readonly closed: boolean } | undefined> {
  if (kind === "bare") {
    const greeting = handshake("ROUTER");
    const sink = { readSize: 4096, open: (stream: Writes) => void stream.write(greeting), data: () => {} };
    await (await bare()).listen(parse(endpoint), sink);
    return undefined;
  }
  const { Publisher, Router } = await load();
  const socket = kind === "pub" ? new Publisher() : new Router();
  await socket.bind(endpoint);
  return socket;
}

interface Writes {
  write(bytes: Uint8Array): unknown;
}

function collectGarbage(): void {
  if (typeof Bun !== "undefined") Bun.gc(true);
  else (globalThis as { gc?: () => void }).gc!();
}

function residentBytes(): number {
  return (typeof Deno === "undefined" ? process : Deno).memoryUsage().rss;
}
