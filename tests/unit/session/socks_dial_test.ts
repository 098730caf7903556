/**
 * The way through a SOCKS proxy, where the stream and who wants it change at the same time.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ByteStream, ByteStreamSink, StreamTransport } from "../../../src/io/stream.ts";
import { bySocks } from "../../../src/session/socks_dial.ts";

const PROXY = { host: "127.0.0.1", port: 1080, username: "", password: "", patience: () => 0 };
const SETTINGS = { keepAlive: -1, keepAliveIdle: -1, backlog: 0, ipv6: false };

describe("a dial by SOCKS", () => {
  it("that is given up as its stream opens ends at once, and the stream with it", async () => {
    const abort = new AbortController();
    let destroyed = 0;
    const stream = { write: () => true, destroy: () => destroyed++ } as unknown as ByteStream;
    const transport: StreamTransport = {
      dial: () => Promise.resolve().then(() => (abort.abort(new Error("given up")), stream)),
      listen: () => Promise.reject(new Error("nobody listens here")),
    };
    const sink: ByteStreamSink = { onData() {}, onDrain() {}, onClose() {} };
    const dialled = bySocks(transport, PROXY).dial({ host: "a", port: 1 }, SETTINGS, sink, abort.signal);
    await assertRejects(() => dialled, Error, "given up");
    assertEquals(destroyed, 1);
  });
});
