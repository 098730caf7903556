/**
 * The adapter of pages, `transports/web.ts`, on the WebSocket that the runtime itself has: the standard is the
 * same, and a browser's is tried by the tests in one. Node has it from version 22 on.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ByteStream } from "../../src/io/stream.ts";
import { transports } from "../../transports/web.ts";
import { type ServerEnd, WebSocketServer } from "../support/web_socket_server.ts";
import { firstDifference, pattern, Recorder, SETTINGS, unexpected } from "../suites/recorder.ts";

const BINARY = 2;
const webSocket = transports.webSocket!;

if (!("WebSocket" in globalThis)) {
  describe("the adapter of pages", () => {
    it("is not tried here (this runtime has no WebSocket), and says so by an absent property", () => {
      assertEquals(transports.webSocket, undefined);
    });
  });
} else {describe("the adapter of pages", () => {
    const test = (title: string, body: (pair: Pair) => Promise<void>): void =>
      it(title, async () => {
        const server = await WebSocketServer.open();
        const near = new Recorder();
        try {
          const stream = await dial(server.url, near);
          await body({ server, near, stream, far: await server.arrival() });
          stream.destroy();
          await near.closed();
        } finally {
          await server.close();
        }
        assertEquals(near.closes.length, 1, "onClose comes once");
        assertEquals(near.late, [], "onClose comes last");
      });

    test("each chunk is one binary message, and each message one chunk", async ({ stream, near, far }) => {
      const sizes = [1, 0, 125, 126, 65_535, 65_536, 200_000];
      const sent = sizes.map((size, index) => pattern(size, index + 1));
      for (const chunk of sent) if (!stream.write([chunk])) await near.drained(near.drains + 1);
      const frames = await far.received(sizes.length);
      assertEquals(
        frames.map(({ opcode, payload }) => [opcode, payload.length]),
        sizes.map((size) => [2, size]),
      );
      frames.forEach(({ payload }, i) => assertEquals(firstDifference(payload, sent[i]!), -1));
      for (const chunk of sent) await far.send(BINARY, chunk);
      await near.octets(sizes.reduce((sum, size) => sum + size));
      assertEquals(near.chunks.map(({ chunk }) => chunk.length), sizes);
      near.chunks.forEach(({ chunk }, i) => assertEquals(firstDifference(chunk, sent[i]!), -1));
    });

    test("several chunks in one write are as many messages", async ({ stream, far }) => {
      stream.write([pattern(3), pattern(4), pattern(5)]);
      assertEquals((await far.received(3)).map(({ payload }) => payload.length), [3, 4, 5]);
    });

    test("protocol is what the server chose, remote is the URL", ({ stream, server }) => {
      assertEquals([stream.protocol, stream.remote], ["ZWS2.0", server.url]);
      return Promise.resolve();
    });

    test("what comes while nobody reads is kept, in order, and the end comes behind it", async ({ stream, near, far }) => {
      stream.pause();
      for (let i = 1; i <= 5; i++) await far.send(BINARY, pattern(i * 100, i));
      await far.close(1000);
      // The answer to the close frame: all of it has come.
      await far.received(1);
      far.socket.end();
      assertEquals([near.received, near.closes], [0, []]);
      stream.resume();
      await near.closed();
      assertEquals(near.chunks.map(({ chunk }) => chunk.length), [100, 200, 300, 400, 500]);
      assertEquals(near.closes, [undefined]);
    });

    test("more than 64 MiB that nobody reads end the connection, and the error says so", async ({ stream, near, far }) => {
      stream.pause();
      const message = new Uint8Array(4 << 20);
      for (let i = 0; i < 17; i++) void far.send(BINARY, message);
      await near.closed();
      assertEquals([near.closeCode, near.received], ["ENOBUFS", 0]);
      assertStringIncludes(near.closes[0]!.message, "64 MiB");
    });

    test("a peer that does not read makes write answer false, and onDrain follows when it does", async ({ stream, near, far }) => {
      far.socket.pause();
      const message = pattern(1 << 20);
      let written = 0;
      while (stream.write([message])) written++;
      written++;
      assertEquals(stream.unsent, true);
      assertEquals(near.drains, 0);
      far.socket.resume();
      await near.drained(1);
      const frames = await far.received(written);
      assertEquals(firstDifference(frames.at(-1)!.payload, message), -1);
      assertEquals(near.drains, 1);
    });

    test("a text message ends the connection, with 1003 or what a page may send of it", async ({ near, far }) => {
      await far.send(1, new TextEncoder().encode("text"));
      await near.closed();
      assertEquals([near.closeCode, near.received], ["EPROTO", 0]);
      const [frame] = await far.received(1);
      const code = frame!.payload[0]! * 256 + frame!.payload[1]!;
      assertEquals([frame!.opcode, code === 1003 || code === 4003], [8, true]);
    });

    test("end sends what was written, then closes with 1000", async ({ stream, near, far }) => {
      stream.write([pattern(300_000)]);
      stream.end();
      assertEquals(stream.write([pattern(1)]), false);
      const [message, close] = await far.received(2);
      assertEquals([message!.payload.length, close!.opcode, [...close!.payload.subarray(0, 2)]], [
        300_000,
        8,
        [3, 232],
      ]);
      await far.close(1000);
      far.socket.end();
      await near.closed();
      assertEquals(near.closes, [undefined]);
    });

    test("destroy is over at once, whatever the peer does", async ({ stream, near, far }) => {
      far.socket.pause();
      stream.destroy();
      assertEquals(near.closes, [], "not from inside the call");
      await near.closed();
      assertEquals([near.closes, stream.write([pattern(1)])], [[undefined], false]);
    });

    test("the peer's close with an error is one, with its code and reason", async ({ near, far }) => {
      await far.close(1011, "broken");
      await far.received(1);
      far.socket.end();
      await near.closed();
      assertEquals(near.closeCode, "EPROTO");
      assertStringIncludes(near.closes[0]!.message, "1011");
      assertStringIncludes(near.closes[0]!.message, "broken");
    });

    test("a connection that is cut is ECONNRESET", async ({ near, far }) => {
      far.socket.destroy();
      await near.closed();
      assertEquals(near.closeCode, "ECONNRESET");
    });

    it("a dial that is refused is ECONNREFUSED, as a page is told no more", async () => {
      const server = await WebSocketServer.open();
      const { url } = server;
      await server.close();
      assertEquals(await dial(url, new Recorder()).catch(codeOf), "ECONNREFUSED");
    });

    it("a URL that is none is EINVAL", async () => {
      assertEquals(await dial("http//::", new Recorder()).catch(codeOf), "EINVAL");
    });

    it("a dial ends by its signal, before it and under way", async () => {
      const reason = new Error("not now");
      const server = await WebSocketServer.open();
      server.silent = true;
      const before = webSocket.dial({ url: server.url }, SETTINGS, new Recorder(), AbortSignal.abort(reason));
      assertEquals(await before.catch((error: unknown) => error), reason);
      const controller = new AbortController();
      const request = server.event();
      const sink = new Recorder();
      const under = webSocket.dial({ url: server.url }, SETTINGS, sink, controller.signal);
      await request;
      controller.abort(reason);
      assertEquals(await under.catch((error: unknown) => error), reason);
      await server.close();
      assertEquals(sink.closes, []);
    });

    it("a page cannot listen", async () => {
      const listening = webSocket.listen(
        { host: "127.0.0.1", port: 0 },
        SETTINGS,
        () => new Recorder(),
        unexpected,
      );
      assertEquals(await listening.catch(codeOf), "EPROTONOSUPPORT");
      assert(webSocket.listenSync === undefined);
    });
  });}

interface Pair {
  readonly server: WebSocketServer;
  readonly stream: ByteStream;
  readonly near: Recorder;
  readonly far: ServerEnd;
}

function dial(url: string, sink: Recorder): Promise<ByteStream> {
  const address = { url, protocols: ["ZWS9.9", "ZWS2.0"] };
  return webSocket.dial(address, SETTINGS, sink, new AbortController().signal);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
