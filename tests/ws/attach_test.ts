/**
 * Sockets on the program's own HTTP server: `Deno.serve`, `Bun.serve` and `node:http`, whichever this runtime has,
 * with our own clients and with libzmq's.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer } from "node:http";
import * as zmq from "../../mod.ts";
import { withEachPeer } from "../interop/peer.ts";
import { failure, type Scope, test, texts, within } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { type RawPeer, text } from "../wire/raw.ts";
import { CLOSE, dial, ended, join, masked, readFrame, readHead, request, said } from "./raw_ws.ts";

/** A server that gives what asks for a path to a socket; answers its endpoint without the path. */
type Serve = (scope: Scope, sockets: { readonly [path: string]: AnySocket }) => Promise<string>;

interface Runtimes {
  readonly Deno?: {
    serve(
      options: object,
      handler: (request: Request, info: { readonly remoteAddr: object }) => Response,
    ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
    upgradeWebSocket(request: Request): { readonly socket: zmq.WebSocketLike; readonly response: Response };
  };
  readonly Bun?: {
    serve(options: {
      readonly port: number;
      readonly hostname: string;
      readonly fetch: (request: Request, server: zmq.BunServer) => Response | undefined;
      readonly websocket: zmq.BunHandlers & { readonly maxPayloadLength: number };
    }): { readonly port: number; stop(now: boolean): Promise<void> };
  };
}

const { Deno, Bun } = globalThis as unknown as Runtimes;

const SERVERS: { readonly [name: string]: Serve } = {
  ...(Deno && { "Deno.serve": byDeno, "Deno.serve and attach()": byAttach }),
  ...(Bun && { "Bun.serve": byBun }),
  "node:http": byNode,
};

for (const [name, serve] of Object.entries(SERVERS)) {
  describe(`attached to ${name}`, () => {
    test("sockets take what is for their paths, beside each other", async (scope) => {
      const pull = scope.socket("Pull");
      const reply = scope.socket("Reply");
      const at = await serve(scope, { "/pull": pull, "/reply": reply });
      const push = scope.socket("Push");
      push.connect(`${at}/pull`);
      await push.send(["a", "", "b"]);
      assertEquals(texts(await pull.receive()), ["a", "", "b"]);
      const asking = scope.socket("Request");
      asking.connect(`${at}/reply?who=me`);
      await asking.send("question");
      assertEquals(texts(await reply.receive()), ["question"]);
      await reply.send("answer");
      assertEquals(texts(await asking.receive()), ["answer"]);
    });

    test("a publisher reaches its subscribers in order", async (scope) => {
      const publisher = scope.socket("XPublisher", { sendHighWaterMark: 0 });
      const at = await serve(scope, { "/": publisher });
      const subscribers = Array.from({ length: 3 }, (_, i) => {
        const subscriber = scope.socket("Subscriber", { receiveHighWaterMark: 0 });
        subscriber.subscribe("feed", `subscriber ${i}`);
        subscriber.connect(`${at}/`);
        return subscriber;
      });
      const known = new Set<string>();
      while (known.size < 4) known.add(texts(await publisher.receive())[0]!);
      for (let i = 0; i < 2000; i++) await publisher.send(["feed", String(i)]);
      for (const subscriber of subscribers) {
        for (let i = 0; i < 2000; i++) assertEquals(texts(await subscriber.receive()), ["feed", String(i)]);
      }
    });

    test("messages of 8 MiB pass either way", async (scope) => {
      const pair = scope.socket("Pair");
      const at = await serve(scope, { "/": pair });
      const client = scope.socket("Pair");
      client.connect(at);
      const big = new Uint8Array(8 << 20).map((_, i) => i % 251);
      for (const [from, to] of [[client, pair], [pair, client]] as const) {
        await from.send([big, "end"]);
        const [body, end] = await to.receive();
        assertEquals([body!.length, ...texts([end!])], [big.length, "end"]);
        assert(body!.every((octet, i) => octet === i % 251));
      }
    });

    test("a client that reads slowly makes the sender wait at the high-water mark", async (scope) => {
      const push = scope.socket("Push", { sendHighWaterMark: 10, sendTimeout: 300 });
      const at = await serve(scope, { "/": push });
      const pull = scope.socket("Pull", { receiveHighWaterMark: 10 });
      const watch = scope.watch(push);
      pull.connect(at);
      await watch.next("handshake");
      const body = new Uint8Array(100_000);
      let sent = 0;
      const error = await failure(async () => {
        for (; sent < 1000; sent++) await push.send([String(sent), body]);
      });
      assertEquals(error.code, "EAGAIN");
      for (let i = 0; i < sent; i++) assertEquals(texts((await pull.receive()).slice(0, 1)), [String(i)]);
      push.sendTimeout = 5000;
      await push.send("more");
      assertEquals(texts(await pull.receive()), ["more"]);
    });

    test("statistics name the endpoint once, and each connection as a peer", async (scope) => {
      const pull = scope.own(new zmq.Pull());
      const at = await serve(scope, { "/": pull as unknown as AnySocket });
      for (let n = 0; n < 3; n++) {
        const push = scope.socket("Push");
        push.connect(`${at}/`);
        await push.send("x");
        await pull.receive();
      }
      const { bound, connections, handshakes, messagesReceived, peers } = pull.statistics();
      assertEquals([bound.length, connections, handshakes, messagesReceived], [1, 3, 0, 3]);
      assertEquals(peers.map(({ address, direction }) => [address, direction]), [
        [bound[0], "bind"],
        [bound[0], "bind"],
        [bound[0], "bind"],
      ]);
    });

    test("events tell of it, with the remote", async (scope) => {
      const dealer = scope.socket("Dealer");
      const watch = scope.watch(dealer);
      const at = await serve(scope, { "/p": dealer });
      const client = scope.socket("Dealer");
      client.connect(`${at}/p`);
      for (const type of ["accept", "handshake"]) {
        const event = await watch.next(type) as unknown as { address: string; remote: string };
        if (!name.includes("attach")) {
          assertMatch(event.remote, /^(127\.0\.0\.1|\[::ffff:127\.0\.0\.1\]):\d+$/);
          assertEquals(event.address, `${at}/p`);
        } else assertEquals(event.address, "ws://attached/");
      }
      client.close();
      assertEquals((await watch.next("disconnect")).error, undefined);
    });

    test("close() sends what waits, within linger, and closes the WebSocket", async (scope) => {
      const push = scope.socket("Push", { linger: -1, sendHighWaterMark: 0 });
      const watch = scope.watch(push);
      const at = await serve(scope, { "/": push });
      const pull = scope.socket("Pull", { reconnectInterval: -1 });
      const far = scope.watch(pull);
      pull.connect(at);
      await watch.next("handshake");
      for (let i = 0; i < 500; i++) await push.send([String(i), new Uint8Array(10_000)]);
      const closed = ended(push);
      for (let i = 0; i < 500; i++) assertEquals(texts((await pull.receive()).slice(0, 1)), [String(i)]);
      await closed;
      assertEquals((await far.next("disconnect")).error, undefined);
    });

    test("a closed socket is EBADF, and one that has no ZWS ENOCOMPATPROTO", async (scope) => {
      const dealer = scope.socket("Dealer");
      await ended(dealer);
      assertEquals((await failure(() => zmq.denoUpgrade(as(dealer), {} as Request))).code, "EBADF");
      assertEquals(
        (await failure(() => zmq.bunUpgrade(as(dealer), {} as Request, {} as never))).code,
        "EBADF",
      );
      assertEquals((await failure(() => zmq.attach(as(dealer), {} as never))).code, "EBADF");
      const stream = scope.socket("Stream");
      assertEquals((await failure(() => zmq.attach(as(stream), {} as never))).code, "ENOCOMPATPROTO");
    });

    test("a wrong sub-protocol, and rubbish in traffic, end that connection with an event", async (scope) => {
      const dealer = scope.socket("Dealer");
      const watch = scope.watch(dealer);
      const at = await serve(scope, { "/": dealer });
      const target = { lastEndpoint: `${at}/` };
      const good = await join(scope, target, "DEALER");
      await watch.next("handshake");

      const chat = await dial(scope, target);
      chat.send(request("/", { "Sec-WebSocket-Protocol": "chat", Connection: "Upgrade" }));
      assert(/^HTTP\/1\.1 4\d\d /.test((await readHead(chat)).line));
      if (!name.includes("attach")) {
        assertStringIncludes(
          (await watch.next("handshake:error:protocol")).error!.message,
          "Sec-WebSocket-Protocol",
        );
      }

      const rubbish = await join(scope, target, "DEALER");
      await watch.next("handshake");
      rubbish.send(masked("\x80not ZWS"));
      await agreeToClose(rubbish);
      assertMatch((await watch.next("disconnect")).error!.code!, /^ERR_/);

      const words = await join(scope, target, "DEALER");
      await watch.next("handshake");
      words.send(masked("text", 1));
      await agreeToClose(words);
      assertMatch((await watch.next("disconnect")).error!.code!, /^ERR_WS_/);

      good.send(said("still here"));
      assertEquals(texts(await dealer.receive()), ["still here"]);
    });

    test("who offers ZWS2.0 alone, as pages do, is served", async (scope) => {
      const dealer = scope.socket("Dealer");
      const at = await serve(scope, { "/": dealer });
      const page = await dial(scope, { lastEndpoint: `${at}/` });
      page.send(request("/", { "Sec-WebSocket-Protocol": "ZWS2.0" }));
      assertEquals((await readHead(page)).fields.get("sec-websocket-protocol"), "ZWS2.0");
      assertEquals(text((await readFrame(page)).body), "\0");
      page.send(masked("\0me"), said("hello"));
      assertEquals(texts(await dealer.receive()), ["hello"]);
    });
  });

  withEachPeer(`attached to ${name}`, (test, kind) => {
    if (!kind.transports?.includes("ws")) return;
    test("libzmq's clients are served", async (scope, peer) => {
      const pair = scope.socket("Pair");
      const at = await serve(scope, { "/zeromq": pair });
      const theirs = await peer.open("Pair");
      await theirs.connect(`${at}/zeromq`);
      await theirs.send(["from libzmq", ""]);
      assertEquals(texts(await within(pair.receive(), 5000, "libzmq's message")), ["from libzmq", ""]);
      await pair.send(["to libzmq", "2"]);
      assertEquals(await theirs.receiveTexts(), ["to libzmq", "2"]);
    });
  });
}

describe("selectSubprotocol", () => {
  it("answers the first that the socket speaks of those that are offered", () => {
    const socket = new zmq.Pair();
    for (
      const [offered, chosen] of [
        ["ZWS2.0/NULL,ZWS2.0", "ZWS2.0/NULL"],
        ["ZWS2.0, ZWS2.0/NULL", "ZWS2.0/NULL"],
        ["chat , ZWS2.0", "ZWS2.0"],
        ["zws2.0", undefined],
        ["ZWS2.0/PLAIN", undefined],
        ["", undefined],
        [null, undefined],
        [undefined, undefined],
      ] as const
    ) assertEquals(zmq.selectSubprotocol(socket, offered), chosen);
    socket.close();
  });
});

/** A WebSocket that is not ours waits for the peer's close frame. */
async function agreeToClose(peer: RawPeer): Promise<void> {
  const { opcode, body } = await readFrame(peer);
  assertEquals(opcode, CLOSE);
  peer.send(masked(body, CLOSE));
  await peer.closed();
}

function as(socket: AnySocket): zmq.Pair {
  return socket as unknown as zmq.Pair;
}

// deno-lint-ignore require-await
async function byDeno(scope: Scope, sockets: { readonly [path: string]: AnySocket }): Promise<string> {
  const server = Deno!.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request, info) => {
    const socket = sockets[new URL(request.url).pathname];
    if (socket === undefined) return new Response("Not found", { status: 404 });
    return zmq.denoUpgrade(as(socket), request, info);
  });
  scope.atEnd(() => server.shutdown());
  return `ws://127.0.0.1:${server.addr.port}`;
}

// deno-lint-ignore require-await
async function byAttach(scope: Scope, sockets: { readonly [path: string]: AnySocket }): Promise<string> {
  const server = Deno!.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const own = as(sockets[new URL(request.url).pathname]!);
    const protocol = zmq.selectSubprotocol(own, request.headers.get("sec-websocket-protocol"));
    if (protocol === undefined) return new Response("No ZeroMQ", { status: 400 });
    const { socket, response } = Deno!.upgradeWebSocket(request);
    response.headers.set("sec-websocket-protocol", protocol);
    zmq.attach(own, socket, { protocol });
    return response;
  });
  scope.atEnd(() => server.shutdown());
  return `ws://127.0.0.1:${server.addr.port}`;
}

// deno-lint-ignore require-await
async function byBun(scope: Scope, sockets: { readonly [path: string]: AnySocket }): Promise<string> {
  const server = Bun!.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, server) {
      const socket = sockets[new URL(request.url).pathname];
      if (socket !== undefined && zmq.bunUpgrade(as(socket), request, server)) return undefined;
      return new Response("Not found", { status: 404 });
    },
    websocket: { ...zmq.bunWebSocket, maxPayloadLength: 1 << 30 },
  });
  scope.atEnd(() => server.stop(true));
  return `ws://127.0.0.1:${server.port}`;
}

async function byNode(scope: Scope, sockets: { readonly [path: string]: AnySocket }): Promise<string> {
  const server = createServer();
  server.on("upgrade", (request, stream, head) => {
    const socket = sockets[new URL(request.url!, "http://x").pathname];
    if (socket === undefined) stream.destroy();
    else zmq.nodeUpgrade(as(socket), request, stream, head);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  // It waits for connections that the sockets have, which are closed after it.
  scope.atEnd(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
}
