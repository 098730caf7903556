/**
 * `ws://` by the host's own WebSocket, as in a page, here by that of the runtime: against sockets of ours that are
 * bound, and against libzmq's. And what a page does not have.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context } from "../../mod.ts";
import { transports } from "../../transports/web.ts";
import { withEachPeer } from "../interop/peer.ts";
import { failure, type Scope, test, texts, within } from "../interop/scope.ts";
import type { AnySocket, SocketName } from "../interop/subject.ts";
import { ended } from "./raw_ws.ts";

/** A socket of this runtime, whose connections are over when the test is. */
function serving(scope: Scope, name: SocketName, options: { [option: string]: unknown } = {}): AnySocket {
  const socket = scope.socket(name, options);
  scope.atEnd(() => ended(socket));
  return socket;
}

/** A socket as a page has it. */
function inPage(scope: Scope, name: SocketName, options: { [option: string]: unknown } = {}) {
  const context = new Context({ transports });
  scope.atEnd(() => context.close());
  return scope.socket(name, { context, ...options });
}

if (!("WebSocket" in globalThis)) {
  describe("ws by the host's WebSocket", () => {
    it.skip("is as ws by ours (skipped: this runtime has no WebSocket)", () => {});
  });
} else {
  describe("ws by the host's WebSocket", () => {
    test("it asks and is answered", async (scope) => {
      const reply = serving(scope, "Reply");
      await reply.bind("ws://127.0.0.1:*/rep");
      const request = inPage(scope, "Request");
      request.connect(reply.lastEndpoint!);
      assertEquals(request.lastEndpoint, reply.lastEndpoint);
      for (let i = 0; i < 3; i++) {
        await request.send(["question", "", String(i)]);
        assertEquals(texts(await reply.receive()), ["question", "", String(i)]);
        await reply.send("answer");
        assertEquals(texts(await request.receive()), ["answer"]);
      }
    });

    test("it hears 10 000 publications in order, and its subscriptions are heard", async (scope) => {
      const publisher = serving(scope, "XPublisher", { sendHighWaterMark: 0 });
      await publisher.bind("ws://127.0.0.1:*/feed");
      const subscriber = inPage(scope, "Subscriber", { receiveHighWaterMark: 0 });
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe("a", "b");
      assertEquals(texts(await publisher.receive()), ["\x01a"]);
      assertEquals(texts(await publisher.receive()), ["\x01b"]);
      subscriber.unsubscribe("b");
      assertEquals(texts(await publisher.receive()), ["\x00b"]);
      for (let i = 0; i < 10_000; i++) await publisher.send([i % 2 ? "a" : "b", String(i)]);
      for (let i = 1; i < 10_000; i += 2) assertEquals(texts(await subscriber.receive()), ["a", String(i)]);
    });

    test("it names itself to a ROUTER", async (scope) => {
      const router = serving(scope, "Router");
      await router.bind("ws://127.0.0.1:*/r");
      const dealer = inPage(scope, "Dealer", { routingId: "page" });
      dealer.connect(router.lastEndpoint!);
      await dealer.send(["hello", new Uint8Array(300_000)]);
      const [from, hello, body] = await router.receive();
      assertEquals([...texts([from!, hello!]), body!.length], ["page", "hello", 300_000]);
      await router.send(["page", "welcome"]);
      assertEquals(texts(await dealer.receive()), ["welcome"]);
    });

    test("it comes back with what was not sent, and tells of it", async (scope) => {
      const first = serving(scope, "Pull");
      await first.bind("ws://127.0.0.1:*/x");
      const address = first.lastEndpoint!;
      const push = inPage(scope, "Push", { reconnectInterval: 10 });
      const watch = scope.watch(push);
      push.connect(address);
      await watch.next("handshake");
      await ended(first);
      await watch.next("disconnect");
      await push.send("kept");
      const second = serving(scope, "Pull");
      await second.bind(address);
      assertEquals(texts(await second.receive()), ["kept"]);
    });

    test("close() delivers what was sent before", async (scope) => {
      const pull = serving(scope, "Pull");
      await pull.bind("ws://127.0.0.1:*/x");
      const push = inPage(scope, "Push", { linger: -1, sendHighWaterMark: 0 });
      push.connect(pull.lastEndpoint!);
      for (let i = 0; i < 200; i++) await push.send([String(i), new Uint8Array(5000)]);
      const closed = ended(push);
      for (let i = 0; i < 200; i++) assertEquals(texts((await pull.receive()).slice(0, 1)), [String(i)]);
      await closed;
    });

    for (
      const address of [
        "tcp://127.0.0.1:5555",
        "ipc:///tmp/x",
        "udp://127.0.0.1:5555",
        "epgm://127.0.0.1;239.1.1.1:5555",
      ]
    ) {
      test(`${address} is EPROTONOSUPPORT at once, and says scheme and host`, async (scope) => {
        const socket = inPage(scope, "Publisher");
        for (const use of [() => socket.bind(address), () => socket.connect(address)]) {
          const error = await failure(use);
          assertEquals([error.code, error.address], ["EPROTONOSUPPORT", address]);
          assertStringIncludes(error.message, `${address.split(":")[0]}:// is not available on web`);
        }
      });
    }

    test("ws and wss cannot be bound, nor certificates chosen", async (scope) => {
      for (const scheme of ["ws", "wss"]) {
        const error = await failure(() => inPage(scope, "Pair").bind(`${scheme}://127.0.0.1:*`));
        assertEquals(error.code, "EPROTONOSUPPORT");
        assertStringIncludes(error.message, `${scheme}:// cannot be bound on web`);
      }
      const socket = inPage(scope, "Pair", { wssHostname: "other" });
      assertEquals((await failure(() => socket.connect("wss://127.0.0.1:1"))).code, "ENOTSUP");
    });
  });

  withEachPeer("ws by the host's WebSocket", (test, kind) => {
    if (!kind.transports?.includes("ws")) return;
    test("libzmq serves it", async (scope, peer) => {
      const theirs = await peer.open("Pair");
      const socket = inPage(scope, "Pair");
      socket.connect(await theirs.bind("ws://127.0.0.1:*/zeromq"));
      await socket.send(["from a page", ""]);
      assertEquals(await theirs.receiveTexts(), ["from a page", ""]);
      await theirs.send(["to a page", "2"]);
      assertEquals(texts(await within(socket.receive(), 5000, "libzmq's message")), ["to a page", "2"]);
    });
  });
}
