/**
 * A process with everything open and nothing to do: it must end by itself. Run by `adapter_test.ts`.
 */

import { loadTransports } from "../../src/io/platform.ts";
import type { ByteStreamSink, StreamSettings } from "../../src/io/stream.ts";

const settings: StreamSettings = { keepAlive: -1, keepAliveIdle: -1, backlog: 10, ipv6: false };

function sink(): ByteStreamSink {
  return { onData() {}, onDrain() {}, onClose() {} };
}

const holder = setInterval(() => {}, 1000);
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
clearInterval(holder);
