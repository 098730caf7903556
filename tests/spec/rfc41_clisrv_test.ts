/** 41/CLISRV, one test for each SHALL and MUST, over inproc. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, Server, ZmqError } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { codeOf, withContext } from "../support/contexts.ts";

const NAME = "inproc://rfc41";

describe("RFC 41, CLIENT", () => {
  it("SHALL route outgoing messages to its SERVER peers using a round-robin strategy (DR-4)", () =>
    withContext(async (context) => {
      const client = new Client({ context });
      await client.bind(NAME);
      const servers = Array.from({ length: 3 }, () => new Server({ context }));
      for (const server of servers) server.connect(NAME);
      for (let i = 0; i < 6; i++) await client.send(`${i}`);
      for (const server of servers) assertEquals((await server.receiveMany()).length, 2);
    }));

  it("SHALL receive incoming messages from its SERVER peers using a fair-queuing strategy, and nothing but them (DR-4)", () =>
    withContext(async (context) => {
      const servers = Array.from({ length: 3 }, () => new Server({ context }));
      const client = new Client({ context });
      for (const [i, server] of servers.entries()) {
        await server.bind(`${NAME}-${i}`);
        client.connect(`${NAME}-${i}`);
      }
      for (let i = 0; i < 3; i++) await client.send("hello");
      for (const [i, server] of servers.entries()) {
        const [, to] = await server.receive();
        for (let round = 0; round < 2; round++) await server.send(`${i}`, to);
      }
      const first = new Set<string>();
      for (let i = 0; i < 3; i++) first.add(String((await client.receive())[0]));
      assertEquals(first.size, 3);
      for (let i = 0; i < 3; i++) assertEquals((await client.receive()).length, 1);
    }));

  it("SHALL block on sending, or return an error, when it has no available peers; and SHALL NOT discard (DR-4)", () =>
    withContext(async (context) => {
      const client = new Client({ context, sendHighWaterMark: 1 });
      await client.bind(NAME);
      assertEquals([client.trySend("x"), await codeOf(client.send("x", { timeout: 1 }))], [false, "EAGAIN"]);
      const sends = Array.from({ length: 20 }, (_, i) => client.send(`${i}`));
      const server = new Server({ context, receiveHighWaterMark: 1 });
      server.connect(NAME);
      for (let i = 0; i < 20; i++) assertFrames([(await server.receive())[0]], [`${i}`]);
      await Promise.all(sends);
    }));

  it("MUST NOT send messages of several parts (DR-1, LT-292)", () =>
    withContext(async (context) => {
      const client = new Client({ context });
      await client.bind(NAME);
      const server = new Server({ context });
      server.connect(NAME);
      assertEquals(await codeOf(client.send(["a", "b"] as never)), "EINVAL");
      assertEquals(
        (assertThrows(() => client.trySend(["a", "b"] as never), ZmqError) as ZmqError).code,
        "EINVAL",
      );
      await client.send(["one part"] as never);
      assertFrames([(await server.receive())[0]], ["one part"]);
      assertEquals(server.tryReceive(), undefined);
    }));
});

describe("RFC 41, SERVER", () => {
  it("SHALL give each peer a routing id that is a non-zero integer of 32 bits, and tell it with each message (DR-3)", () =>
    withContext(async (context) => {
      const server = new Server({ context });
      await server.bind(NAME);
      const clients = Array.from({ length: 20 }, () => new Client({ context }));
      for (const [i, client] of clients.entries()) {
        client.connect(NAME);
        await client.send(`${i}`);
      }
      const ids = new Map<number, string>();
      for (const [body, { routingId }] of await server.receiveMany()) ids.set(routingId, String(body));
      assertEquals(ids.size, 20);
      for (const [routingId, name] of ids) {
        assert(Number.isInteger(routingId) && routingId > 0 && routingId < 2 ** 32);
        await server.send(`for ${name}`, { routingId });
        assertFrames(await clients[Number(name)]!.receive(), [`for ${name}`]);
      }
    }));

  it("SHALL send to the peer of the routing id, as often as it likes; SHALL return an error if there is none (DR-3)", () =>
    withContext(async (context) => {
      const server = new Server({ context });
      await server.bind(NAME);
      const client = new Client({ context });
      client.connect(NAME);
      await client.send("hello");
      const [, to] = await server.receive();
      for (const body of ["1", "", "3"]) await server.send(body, to);
      for (const body of ["1", "", "3"]) assertFrames(await client.receive(), [body]);
      const nobody = { routingId: to.routingId ^ 1 || 2 };
      nobody.routingId >>>= 0;
      assertEquals(await codeOf(server.send("x", nobody)), "EHOSTUNREACH");
      await client[Symbol.asyncDispose]();
      assertEquals(await codeOf(server.send("x", to)), "EHOSTUNREACH");
    }));

  it("SHALL block, or return an error, when the peer's queue is full, and SHALL NOT discard (DR-3)", () =>
    withContext(async (context) => {
      const server = new Server({ context, sendHighWaterMark: 1 });
      await server.bind(NAME);
      const client = new Client({ context, receiveHighWaterMark: 1 });
      client.connect(NAME);
      await client.send("hello");
      const [, to] = await server.receive();
      let sent = 0;
      while (server.trySend(`${sent}`, to)) sent++;
      assertEquals([sent, await codeOf(server.send("x", { ...to, timeout: 1 }))], [2, "EAGAIN"]);
      const waiting = server.send("2", to);
      for (const body of ["0", "1", "2"]) assertFrames(await client.receive(), [body]);
      await waiting;
    }));

  it("a send that waits for a peer is refused when the peer goes", () =>
    withContext(async (context) => {
      const server = new Server({ context, sendHighWaterMark: 1 });
      await server.bind(NAME);
      const client = new Client({ context, receiveHighWaterMark: 1 });
      client.connect(NAME);
      await client.send("hello");
      const [, to] = await server.receive();
      while (server.trySend("x", to));
      const waiting = server.send("x", to);
      client.close();
      assertEquals(await codeOf(waiting), "EHOSTUNREACH");
    }));

  it("MUST NOT send messages of several parts (DR-1, LT-293)", () =>
    withContext(async (context) => {
      const server = new Server({ context });
      await server.bind(NAME);
      const client = new Client({ context });
      client.connect(NAME);
      await client.send("hello");
      const [, to] = await server.receive();
      assertEquals(await codeOf(server.send(["a", "b"] as never, to)), "EINVAL");
      assertEquals(client.tryReceive(), undefined);
    }));

  it("a routing id that can be nobody's is refused at once, as zeromq.js refuses it", () =>
    withContext((context) => {
      const server = new Server({ context });
      for (const routingId of [0, -1, 1.5, 2 ** 32, NaN, undefined]) {
        const error = assertThrows(() => server.send("x", { routingId: routingId as number }), ZmqError);
        assertEquals((error as ZmqError).code, "EINVAL");
      }
      for (const routingId of ["1", null]) {
        assertThrows(() => server.send("x", { routingId: routingId as never }), TypeError);
      }
      for (const options of [undefined, null, 5]) {
        assertThrows(() => server.send("x", options as never), TypeError, "Options must be an object");
      }
      return Promise.resolve();
    }));

  it("ends the connection to a peer by disconnectPeer: sending to it is EHOSTUNREACH then", () =>
    withContext(async (context) => {
      const server = new Server({ context });
      await server.bind(NAME);
      const client = new Client({ context });
      client.connect(NAME);
      await client.send("hello");
      const [, to] = await server.receive();
      server.disconnectPeer(to.routingId);
      assertEquals(await codeOf(server.send("x", to)), "EHOSTUNREACH");
      assertEquals(
        (assertThrows(() => server.disconnectPeer(to.routingId), ZmqError) as ZmqError).code,
        "EHOSTUNREACH",
      );
    }));
});

describe("CLIENT and SERVER as the classic sockets", () => {
  it("iterate, stream and receive many, each message with its routing id", () =>
    withContext(async (context) => {
      const server = new Server({ context });
      await server.bind(NAME);
      const client = new Client({ context });
      client.connect(NAME);
      const out = client.toWritableStream().getWriter();
      for (const body of ["1", "2", "3"]) await out.write(body);
      const [first] = await server.receiveMany(1);
      for await (const [body, { routingId }] of server) {
        assertEquals([String(body), routingId], ["2", first![1].routingId]);
        break;
      }
      const reader = server.toReadableStream().getReader();
      const { value } = await reader.read();
      assertFrames([value![0]], ["3"]);
      await reader.cancel();
      const back = server.toWritableStream().getWriter();
      await back.write(["back", value![1]]);
      assertFrames(await client.receive(), ["back"]);
      assertEquals([server.threadSafe, client.threadSafe], [true, true]);
    }));
});
