/**
 * Every suite against the adapter of the runtime that this runs on, and what a whole process shows of it.
 */

import { assertEquals } from "@std/assert";
import { afterAll, describe, it } from "@std/testing/bdd";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { loadTransports } from "../../src/io/platform.ts";
import type { StreamAddress, StreamTransport } from "../../src/io/stream.ts";
import { datagramSuite } from "../suites/datagram_suite.ts";
import { streamSuite } from "../suites/stream_suite.ts";
import { tcpSuite } from "../suites/tcp_suite.ts";
import { unixSuite } from "../suites/unix_suite.ts";

const transports = await loadTransports();
const { runtime } = transports;
const directory = mkdtempSync(join(tmpdir(), "puremq-adapter-"));

let serial = 0;
const path = () => join(directory, String(++serial));
const ipv6 = transports.networkInterfaces!().some(({ address }) => address === "::1");

describe(`the adapter of ${runtime}`, () => {
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  streamSuite(`${runtime} tcp`, transports.tcp!, { address: () => ({ host: "127.0.0.1", port: 0 }), reset });
  // On Deno and Bun these are other streams than without a source, borrowed from Node's module.
  streamSuite(`${runtime} tcp from a given address`, dialledFrom("127.0.0.1", transports.tcp!), {
    address: () => ({ host: "127.0.0.1", port: 0 }),
  });
  streamSuite(`${runtime} ipc`, transports.ipc!, { address: () => ({ path: path() }) });
  if (transports.abstractNames) {
    streamSuite(`${runtime} ipc, abstract names`, transports.ipc!, {
      address: () => ({ path: `\0${path()}` }),
    });
  }
  tcpSuite(`${runtime} tcp`, transports.tcp!, ipv6);
  unixSuite(`${runtime} ipc`, transports.ipc!, path);
  datagramSuite(`${runtime} udp`, transports.udp!);
});

describe(`${runtime}: the machine`, () => {
  it("networkInterfaces tells the loopback addresses", () => {
    const found = transports.networkInterfaces!().find(({ address }) => address === "127.0.0.1");
    assertEquals(found?.family, "IPv4");
  });

  it("temporaryDirectory makes a new one each time, and remove takes it away, twice without an error", async () => {
    const made = [await transports.temporaryDirectory!(), await transports.temporaryDirectory!()];
    assertEquals(new Set(made).size, 2);
    for (const each of made) {
      assertEquals(statSync(each).mode & 0o777, 0o700);
      await transports.remove!(each);
      assertEquals(existsSync(each), false);
      await transports.remove!(each);
    }
  });

  it("open listeners, connections and datagram sockets do not keep a process alive", async () => {
    assertEquals(await run("idle"), { code: 0, output: "all open\n" });
  });

  it("a dial that nobody answers is given up by its signal, and leaves nothing that keeps a process alive", async () => {
    const stuck = start("stuck");
    try {
      const port = await firstLine(stuck);
      assertEquals(await run("abort", port), { code: 0, output: "aborted: enough\n" });
    } finally {
      // Awaited: Deno's test runner takes a child that is still being reaped for a leak.
      const gone = new Promise((fulfil) => stuck.on("close", fulfil));
      stuck.kill("SIGKILL");
      await gone;
    }
  });
});

/** The same transport, dialling from this address. */
function dialledFrom(sourceHost: string, { dial, listen }: StreamTransport): StreamTransport {
  return { listen, dial: (address, ...rest) => dial({ ...address, sourceHost }, ...rest) };
}

async function run(...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = start(...args);
  // One that does not end by itself fails with the code of a killed process.
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  let output = "";
  child.stdout.on("data", (text) => output += text);
  const code = await new Promise<number | null>((fulfil) => child.on("close", fulfil));
  clearTimeout(timer);
  return { code, output };
}

function start(...args: string[]): ChildProcessByStdio<null, Readable, null> {
  const options = runtime === "deno" ? ["run", "-A", "--no-check", "--quiet"] : [];
  const program = fileURLToPath(new URL("./process_program.ts", import.meta.url));
  return spawn(process.execPath, [...options, program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

async function firstLine(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let text = "";
  while (!text.includes("\n")) text += await new Promise((fulfil) => child.stdout.once("data", fulfil));
  return text.trim();
}

/** Breaks a connection by a reset, which the adapters themselves never send in order. */
async function reset({ host, port }: StreamAddress, greeting: Uint8Array): Promise<void> {
  const socket = connect({ host: host!, port: port! });
  await new Promise((fulfil) => socket.on("connect", fulfil));
  await new Promise((fulfil) => socket.write(greeting, fulfil));
  // The other side must have read it: a reset throws away what is under way.
  await new Promise((fulfil) => setTimeout(fulfil, 50));
  socket.resetAndDestroy();
}
