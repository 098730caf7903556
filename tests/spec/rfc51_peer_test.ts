/** 51/P2P, one test for each SHALL and MUST, over inproc. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Peer, ZmqError } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { codeOf, withSockets } from "../support/contexts.ts";

const NAME = "inproc://rfc51";

function withPeers(count: number, body: (...peers: Peer[]) => Promise<void>): Promise<void> {
  return withSockets(count, (context) => new Peer({ context, sendHighWaterMark: 2 }), body);
}

describe("RFC 51, PEER", () => {
  it("connectPeer SHALL connect and answer the peer's routing id in one step (zmq_connect_peer) (DR-9)", () =>
    withPeers(3, async (a, b, c) => {
      await a!.bind(`${NAME}-a`);
      const toA = c!.connectPeer(`${NAME}-a`);
      const toB = c!.connectPeer(`${NAME}-b`);
      assert(toA !== toB && toA > 0 && toB > 0 && toA < 2 ** 32);
      // Before anybody is there, too.
      await c!.send("for b", { routingId: toB });
      await c!.send("for a", { routingId: toA });
      await b!.bind(`${NAME}-b`);
      assertFrames([(await a!.receive())[0]], ["for a"]);
      const [body, from] = await b!.receive();
      assertFrames([body], ["for b"]);
      await b!.send("back", from);
      const [back, { routingId }] = await c!.receive();
      assertFrames([back], ["back"]);
      assertEquals(routingId, toB);
    }));

  it("a PEER that connects to itself is told the number of the end that it connected", () =>
    withPeers(1, async (a) => {
      await a!.bind(NAME);
      const routingId = a!.connectPeer(NAME);
      await a!.send("to myself", { routingId });
      const [, from] = await a!.receive();
      assert(from.routingId !== routingId);
      await a!.send("and back", from);
      assertEquals((await a!.receive())[1], { routingId });
    }));

  it("SHALL return an error for a peer that is unknown, and block for one that is full (DR-3)", () =>
    withPeers(2, async (a, b) => {
      await b!.bind(NAME);
      b!.receiveHighWaterMark = 1;
      const routingId = a!.connectPeer(`${NAME}-nobody`);
      assertEquals(await codeOf(a!.send("x", { routingId: routingId === 1 ? 2 : 1 })), "EHOSTUNREACH");
      for (let i = 0; i < 2; i++) await a!.send("x", { routingId });
      assertEquals(await codeOf(a!.send("x", { routingId, timeout: 0 })), "EAGAIN");
    }));

  it("disconnectPeer ends the connection: sending to it is EHOSTUNREACH then, on both sides (LT-296)", () =>
    withPeers(2, async (a, b) => {
      await a!.bind(NAME);
      const routingId = b!.connectPeer(NAME);
      await b!.send("hello", { routingId });
      const [, from] = await a!.receive();
      b!.disconnectPeer(routingId);
      assertEquals(await codeOf(b!.send("x", { routingId })), "EHOSTUNREACH");
      assertEquals(await codeOf(a!.send("x", from)), "EHOSTUNREACH");
    }));

  it("MUST NOT send messages of several parts (DR-1)", () =>
    withPeers(1, async (a) => {
      const routingId = a!.connectPeer(NAME);
      assertEquals(await codeOf(a!.send(["a", "b"] as never, { routingId })), "EINVAL");
    }));

  it("connectPeer excludes immediate (EFAULT, as in libzmq), and a closed socket", () =>
    withPeers(2, (a, b) => {
      a!.immediate = true;
      assertEquals((assertThrows(() => a!.connectPeer(NAME), ZmqError) as ZmqError).code, "EFAULT");
      b!.close();
      assertEquals((assertThrows(() => b!.connectPeer(NAME), ZmqError) as ZmqError).code, "EBADF");
      assertEquals((assertThrows(() => b!.disconnectPeer(1), ZmqError) as ZmqError).code, "EBADF");
      return Promise.resolve();
    }));
});
