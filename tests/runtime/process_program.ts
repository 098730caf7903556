/**
 * What `adapter_test.ts` runs as a process of its own:
 *
 * - `idle`: has everything open and nothing to do, and must end by itself;
 * - `stuck`: listens and never accepts;
 * - `abort PORT`: fills the queue there, so that a dial gets no answer, dials, gives up, and must end by itself.
 */

import { writeSync } from "node:fs";
import { connect, createServer } from "node:net";
import process from "node:process";
import { loadTransports } from "../../src/io/platform.ts";
import type { ByteStreamSink, StreamSettings } from "../../src/io/stream.ts";

const settings: StreamSettings = { keepAlive: -1, keepAliveIdle: -1, backlog: 10, ipv6: false };
const holder = setInterval(() => {}, 1000);
const [, , role, port] = process.argv;
if (role === "idle") await idle();
else if (role === "abort") await abort(Number(port));
else stuck();
clearInterval(holder);

async function idle(): Promise<void> {
  const transports = await loadTransports();
  const directory = await transports.temporaryDirectory!();
  const { signal } = new AbortController();
  for (
    const [kind, address] of [
      [transports.tcp!, { host: "127.0.0.1", port: 0 }],
      [transports.ipc!, { path: `${directory}/socket` }],
    ] as const
  ) {
    const listener = await kind.listen(address, settings, sink, () => {});
    const dialled = await kind.dial(listener.address, settings, sink(), signal);
    dialled.write([new Uint8Array(10)]);
    const paused = await kind.dial(listener.address, settings, sink(), signal);
    paused.pause();
    paused.resume();
  }
  await transports.udp!.open({ host: "127.0.0.1", port: 0 }, { onDatagram() {}, onClose() {} });
  // Only the socket file is left, which nobody closed.
  await transports.remove!(`${directory}/socket`);
  await transports.remove!(directory);
  console.log("all open");
}

async function abort(port: number): Promise<void> {
  await fill(port);
  const { tcp } = await loadTransports();
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 100);
  // The source address has Bun go the way that it goes to other machines.
  const address = { host: "127.0.0.1", port, sourceHost: "127.0.0.1" };
  const dial = tcp!.dial(address, settings, sink(), controller.signal);
  console.log(await dial.then(() => "connected", (reason) => `aborted: ${reason}`));
}

function stuck(): void {
  const server = createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    const { port } = server.address() as { port: number };
    writeSync(1, `${port}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
  });
}

/** Connects until the queue of a listener that stands still is full and one gets no answer. */
async function fill(port: number): Promise<void> {
  for (let answered = true; answered;) {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    answered = await new Promise<boolean>((fulfil) => {
      const timer = setTimeout(() => fulfil(false), 300);
      socket.on("connect", () => {
        clearTimeout(timer);
        fulfil(true);
      });
    });
    // Those that were answered stay in the queue, closed or not.
    socket.destroy();
  }
}

function sink(): ByteStreamSink {
  return { onData() {}, onDrain() {}, onClose() {} };
}
