/**
 * `adopt`: connections that a program's own `node:net` or `node:http` server accepted, as streams.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { loadTransports } from "../../src/io/platform.ts";
import type { ByteStream, ByteStreamSink, StreamSettings, StreamTransport } from "../../src/io/stream.ts";
import { pattern, Recorder, SETTINGS } from "../suites/recorder.ts";
import { streamSuite } from "../suites/stream_suite.ts";
import { AUTHORITY, CERTIFICATE, KEY } from "../support/test_certificates.ts";

const { runtime, tcp, tls, adopt } = await loadTransports();

describe(`adopt on ${runtime}`, () => {
  streamSuite(`${runtime} adopted`, adopting(tcp!), {
    address: () => ({ host: "127.0.0.1", port: 0 }),
    failedWritesClose: runtime === "bun",
  });

  for (const secure of [false, true]) {
    it(`what ${secure ? "an HTTPS" : "an HTTP"} server upgrades carries octets both ways, and ends in order`, async () => {
      const far = new Recorder();
      let adopted: ByteStream | undefined;
      const server = secure ? createHttpsServer({ cert: CERTIFICATE, key: KEY }) : createHttpServer();
      server.on("upgrade", (_request, socket) => {
        adopted = adopt!(socket, far);
        assertEquals(far.closes, []);
        adopted.write([
          new TextEncoder().encode("HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\n\r\n"),
        ]);
      });
      await new Promise<void>((fulfil) => server.listen(0, "127.0.0.1", fulfil));
      const { port } = server.address() as AddressInfo;
      const near = new Recorder();
      const settings: StreamSettings = { ...SETTINGS, tls: { trust: AUTHORITY, trustSystem: false } };
      const { signal } = new AbortController();
      const stream = await (secure ? tls! : tcp!).dial({ host: "127.0.0.1", port }, settings, near, signal);
      const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n";
      stream.write([new TextEncoder().encode(request)]);
      await near.octets(1);
      assertEquals(
        new TextDecoder().decode(near.contents()).split("\r\n")[0],
        "HTTP/1.1 101 Switching Protocols",
      );
      assert(adopted!.remote.startsWith("127.0.0.1:"));

      const head = near.received;
      if (!adopted!.write([pattern(100_000)])) await far.drained(far.drains + 1);
      await near.octets(head + 100_000);
      if (!stream.write([pattern(50_000)])) await near.drained(near.drains + 1);
      await far.octets(50_000);
      adopted!.end();
      await Promise.all([near.closed(), far.closed()]);
      assertEquals([near.closes, far.closes], [[undefined], [undefined]]);
      await new Promise((fulfil) => server.close(fulfil));
    });
  }

  it("a connection that is over already is told to be", async () => {
    const far = new Recorder();
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("close", () => adopt!(socket, far));
      socket.destroy();
    });
    await new Promise<void>((fulfil) => server.listen(0, "127.0.0.1", fulfil));
    const { port } = server.address() as AddressInfo;
    const near = new Recorder();
    await tcp!.dial({ host: "127.0.0.1", port }, SETTINGS, near, new AbortController().signal);
    await Promise.all([near.closed(), far.closed()]);
    assertEquals(far.closes.length, 1);
    await new Promise((fulfil) => server.close(fulfil));
  });
});

/** A transport whose accepted streams are adopted from a server of `node:net`. */
function adopting({ dial, listenSync }: StreamTransport): StreamTransport {
  return {
    dial,
    listenSync: listenSync!,
    listen: (address, settings, accept) =>
      new Promise((fulfil, reject) => {
        const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
          let sink: ByteStreamSink | undefined;
          const stream = adopt!(socket, {
            onData: (chunk) => sink!.onData(chunk),
            onDrain: () => sink!.onDrain(),
            onClose: (error) => sink?.onClose(error),
          });
          try {
            sink = accept(stream);
          } catch {
            stream.destroy();
          }
        });
        server.on("error", reject);
        server.listen({ port: address.port, host: address.host, backlog: settings.backlog }, () => {
          const { address: host, port } = server.address() as AddressInfo;
          fulfil({ address: { host, port }, close: () => Promise.resolve(void server.close()) });
        });
      }),
  };
}
