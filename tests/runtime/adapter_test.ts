/**
 * Every suite against the adapter of the runtime that this runs on, and what a whole process shows of it.
 */

import { assertEquals } from "@std/assert";
import { afterAll, describe, it } from "@std/testing/bdd";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { loadTransports } from "../../src/io/platform.ts";
import type { StreamAddress, StreamTransport } from "../../src/io/stream.ts";
import { datagramSuite } from "../suites/datagram_suite.ts";
import { Recorder, SETTINGS, unexpected } from "../suites/recorder.ts";
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

describe(`${runtime}: listening at once`, () => {
  const thrownBy = (transport: StreamTransport, address: StreamAddress): unknown => {
    try {
      transport.listenSync!(address, SETTINGS, () => new Recorder(), unexpected);
      return "no error";
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };

  it("throws ENOTSUP for a name, which would have to be looked up", () => {
    assertEquals(thrownBy(transports.tcp!, { host: "localhost", port: 0 }), "ENOTSUP");
  });

  it("throws EADDRNOTAVAIL for an address that is not this machine's", () => {
    // RFC 5737: for documentation, nobody has it.
    assertEquals(thrownBy(transports.tcp!, { host: "192.0.2.1", port: 0 }), "EADDRNOTAVAIL");
  });

  it("throws what is wrong with a path: a file in the way, no directory, too long", () => {
    const file = join(mkdtempSync(join(tmpdir(), "puremq-sync-")), "precious");
    try {
      writeFileSync(file, "precious");
      assertEquals(thrownBy(transports.ipc!, { path: file }), "EADDRINUSE");
      assertEquals(readFileSync(file, "utf8"), "precious");
      assertEquals(thrownBy(transports.ipc!, { path: `${file}-none/socket` }), "ENOENT");
      assertEquals(thrownBy(transports.ipc!, { path: `${file}${"x".repeat(110)}` }), "ENAMETOOLONG");
    } finally {
      rmSync(dirname(file), { recursive: true });
    }
  });

  it("with ipv6, :: listens for IPv4 too", { ignore: !ipv6 }, async () => {
    const settings = { ...SETTINGS, ipv6: true };
    const far: Recorder[] = [];
    const listener = transports.tcp!.listenSync!(
      { host: "::", port: 0 },
      settings,
      () => far[far.push(new Recorder()) - 1]!,
      unexpected,
    );
    assertEquals(listener.address.host, "::");
    for (const host of ["127.0.0.1", "::1"]) {
      const near = new Recorder();
      const address = { host, port: listener.address.port! };
      const stream = await transports.tcp!.dial(address, settings, near, new AbortController().signal);
      stream.write([Uint8Array.of(1)]);
      stream.end();
      await near.closed();
    }
    assertEquals(far.map(({ received }) => received), [1, 1]);
    await listener.close();
  });
});

describe(`${runtime}: the machine`, () => {
  it("networkInterfaces tells the loopback addresses", () => {
    const found = transports.networkInterfaces!().find(({ address }) => address === "127.0.0.1");
    assertEquals(found?.family, "IPv4");
  });

  it("temporaryDirectorySync makes a new, private one at once", async () => {
    const made = transports.temporaryDirectorySync!();
    assertEquals(statSync(made).mode & 0o777, 0o700);
    await transports.remove!(made);
    assertEquals(existsSync(made), false);
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
function dialledFrom(sourceHost: string, { dial, ...rest }: StreamTransport): StreamTransport {
  return { ...rest, dial: (address, ...others) => dial({ ...address, sourceHost }, ...others) };
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
