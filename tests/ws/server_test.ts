/**
 * Listening for `ws://`: paths that share a port, what is answered to requests, what events tell, and when the
 * address is free again (RFC 45, RFC 6455 section 4.2).
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { Context } from "../../mod.ts";
import { failure, test, texts } from "../interop/scope.ts";
import { octets, text } from "../wire/raw.ts";
import { dial, join, masked, parts, readFrame, readHead, ready, request, said } from "./raw_ws.ts";

describe("ws: paths of one port", () => {
  test("lastEndpoint has the port that the system chose, and the path", async (scope) => {
    for (const [given, path] of [["", "/"], ["/", "/"], ["/a/b", "/a/b"]]) {
      const socket = scope.socket("Pair");
      await socket.bind(`ws://127.0.0.1:*${given}`);
      assertMatch(socket.lastEndpoint!, /^ws:\/\/127\.0\.0\.1:\d+\//);
      assertEquals(parts(socket).path, path);
    }
    const any = scope.socket("Pair");
    await any.bind("ws://*:*");
    assertMatch(any.lastEndpoint!, /^ws:\/\/0\.0\.0\.0:\d+\/$/);
  });

  test("two sockets on one port get what is for their paths, of either's peers", async (scope) => {
    const one = scope.socket("Pull");
    const two = scope.socket("Pull");
    await one.bind("ws://127.0.0.1:*/one");
    const { port } = parts(one);
    await two.bind(`ws://127.0.0.1:${port}/two`);
    assertEquals(parts(two), { port, path: "/two" });
    for (const [socket, path] of [[one, "one"], [two, "two"]] as const) {
      const push = scope.socket("Push");
      push.connect(`ws://127.0.0.1:${port}/${path}`);
      await push.send(path);
      assertEquals(texts(await socket.receive()), [path]);
    }
  });

  test("a path that is bound is EADDRINUSE, also for the socket itself", async (scope) => {
    const socket = scope.socket("Pair");
    await socket.bind("ws://127.0.0.1:*/a");
    for (const other of [socket, scope.socket("Pair")]) {
      assertEquals((await failure(() => other.bind(socket.lastEndpoint!))).code, "EADDRINUSE");
    }
    await socket.bind(socket.lastEndpoint!.replace("/a", "/b"));
  });

  test("another context, and tcp, find the port in use", async (scope) => {
    const socket = scope.socket("Pair");
    await socket.bind("ws://127.0.0.1:*/a");
    const context = new Context();
    scope.atEnd(() => context.close());
    const foreign = scope.socket("Pair", { context });
    const { port } = parts(socket);
    assertEquals((await failure(() => foreign.bind(`ws://127.0.0.1:${port}/b`))).code, "EADDRINUSE");
    const tcp = scope.socket("Pair");
    assertEquals((await failure(() => tcp.bind(`tcp://127.0.0.1:${port}`))).code, "EADDRINUSE");
  });

  test("the address is free when the last has gone, and no sooner", async (scope) => {
    const one = scope.socket("Pair");
    const two = scope.socket("Pair");
    await one.bind("ws://127.0.0.1:*/one");
    const { port } = parts(one);
    await two.bind(`ws://127.0.0.1:${port}/two`);
    await one.unbind(one.lastEndpoint!);
    const tcp = scope.socket("Pair");
    assertEquals((await failure(() => tcp.bind(`tcp://127.0.0.1:${port}`))).code, "EADDRINUSE");
    const gone = await dial(scope, two);
    gone.send(request("/one"));
    assertEquals((await readHead(gone)).line, "HTTP/1.1 404 Not Found");
    await two.unbind(two.lastEndpoint!);
    await tcp.bind(`tcp://127.0.0.1:${port}`);
  });

  test("who binds while the last goes gets the port", async (scope) => {
    const socket = scope.socket("Pair");
    await socket.bind("ws://127.0.0.1:*/a");
    const address = socket.lastEndpoint!;
    for (let i = 0; i < 5; i++) {
      const unbound = socket.unbind(address);
      await socket.bind(address);
      await unbound;
    }
    const peer = scope.socket("Pair");
    peer.connect(address);
    await peer.send("x");
    assertEquals(texts(await socket.receive()), ["x"]);
  });

  test("binds at the same time share the port that one of them opens", async (scope) => {
    const first = scope.socket("Pair");
    await first.bind("ws://127.0.0.1:*");
    const { port } = parts(first);
    await first.unbind(first.lastEndpoint!);
    const sockets = Array.from({ length: 5 }, () => scope.socket("Pair"));
    await Promise.all(sockets.map((socket, i) => socket.bind(`ws://127.0.0.1:${port}/${i}`)));
    for (const [i, socket] of sockets.entries()) {
      await (await join(scope, socket, "PAIR")).send(said(`for ${i}`));
      assertEquals(texts(await socket.receive()), [`for ${i}`]);
    }
  });

  test("bindSync is bound at once", async (scope) => {
    const first = scope.socket("Pair");
    await first.bind("ws://127.0.0.1:*/first");
    const socket = scope.socket("Pair") as ReturnType<typeof scope.socket> & {
      bindSync(address: string): void;
    };
    socket.bindSync("ws://127.0.0.1:*/x");
    const peer = await join(scope, socket, "PAIR");
    peer.send(said("hello"));
    assertEquals(texts(await socket.receive()), ["hello"]);
    socket.bindSync(first.lastEndpoint!.replace("/first", "/second"));
  });
});

describe("ws: requests", () => {
  const cases: [
    name: string,
    path: string,
    fields: { [name: string]: string | undefined },
    status: string,
  ][] = [
    ["another path", "/other", {}, "404 Not Found"],
    ["no sub-protocol", "/p", { "Sec-WebSocket-Protocol": undefined }, "400 Bad Request"],
    ["a foreign sub-protocol", "/p", { "Sec-WebSocket-Protocol": "chat, mqtt" }, "400 Bad Request"],
    ["a plain GET", "/p", { Upgrade: undefined, Connection: undefined }, "426 Upgrade Required"],
    ["another version", "/p", { "Sec-WebSocket-Version": "8" }, "426 Upgrade Required"],
    ["no key", "/p", { "Sec-WebSocket-Key": undefined }, "400 Bad Request"],
    ["a key that is none", "/p", { "Sec-WebSocket-Key": "short" }, "400 Bad Request"],
    ["no host", "/p", { Host: undefined }, "400 Bad Request"],
    ["a head without an end", "/p", { Filler: "x".repeat(10_000) }, "431 Request Header Fields Too Large"],
  ];
  for (const [name, path, fields, status] of cases) {
    test(`${name} is answered ${status}, and the socket told why (ZW-2, ZW-11)`, async (scope) => {
      const socket = scope.socket("Dealer");
      const watch = scope.watch(socket);
      await socket.bind("ws://127.0.0.1:*/p");
      const good = await join(scope, socket, "DEALER");
      await watch.next("handshake");
      const bad = await dial(scope, socket);
      bad.send(request(path, fields));
      assertEquals((await readHead(bad)).line, `HTTP/1.1 ${status}`);
      await bad.closed();
      await watch.next("accept");
      const refused = await watch.next("handshake:error:protocol") as unknown as {
        error: Error & { code: string };
        address: string;
        remote: string;
      };
      assertEquals(refused.address, socket.lastEndpoint);
      assertEquals(refused.error.code, "ERR_WS_HANDSHAKE");
      assertMatch(refused.remote, /^127\.0\.0\.1:\d+$/);
      assertEquals((await watch.next("disconnect")).error, refused.error);
      good.send(said("still here"));
      assertEquals(texts(await socket.receive()), ["still here"]);
    });
  }

  test("HTTP/1.0 and other methods are refused", async (scope) => {
    const socket = scope.socket("Dealer");
    await socket.bind("ws://127.0.0.1:*/p");
    for (
      const [line, status] of [
        ["GET /p HTTP/1.0", "505 HTTP Version Not Supported"],
        ["POST /p HTTP/1.1", "405 Method Not Allowed"],
        ["GET /p", "400 Bad Request"],
      ]
    ) {
      const bad = await dial(scope, socket);
      bad.send(request("/p", {}, line));
      assertEquals((await readHead(bad)).line, `HTTP/1.1 ${status}`);
      await bad.closed();
    }
  });

  test("a ZMTP greeting is refused after its first octets", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const bad = await dial(scope, socket);
    bad.send([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f]);
    await bad.closed();
    assertEquals((await watch.next("handshake:error:protocol")).error!.code, "ERR_WS_HANDSHAKE");
  });

  test("a request that comes octet by octet, with the first frames behind it, is taken", async (scope) => {
    const socket = scope.socket("Dealer");
    await socket.bind("ws://127.0.0.1:*/p");
    const whole = octets(request("/p?query=1"), masked(ready("DEALER")), said("first"));
    const slow = await dial(scope, socket);
    await slow.sendInSegments(7, whole);
    assertEquals(texts(await socket.receive()), ["first"]);
    const fast = await dial(scope, socket);
    fast.send(whole);
    assertEquals(texts(await socket.receive()), ["first"]);
  });

  test("who asks for nothing within handshakeInterval is sent away with 408", async (scope) => {
    const socket = scope.socket("Dealer", { handshakeInterval: 50 });
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const silent = await dial(scope, socket);
    silent.send("GET /p HT");
    assertStringIncludes(text(await silent.closed()), "HTTP/1.1 408 ");
    const { error } = await watch.next("handshake:error:other");
    assertEquals(error!.code, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
  });

  test("who goes away before he has asked is told of as accepted and disconnected", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    (await dial(scope, socket)).end();
    await watch.next("accept");
    assertEquals((await watch.next("disconnect")).error, undefined);
  });

  test("tcpAcceptFilter keeps others out without a word", async (scope) => {
    const socket = scope.socket("Dealer", { tcpAcceptFilter: "192.0.2.0/24" });
    await socket.bind("ws://127.0.0.1:*/p");
    const stranger = await dial(scope, socket);
    stranger.send(request("/p"));
    assertEquals((await stranger.closed()).length, 0);
  });

  test("the mechanism-less ZWS2.0 is spoken, where it alone is offered (ZW-3)", async (scope) => {
    const socket = scope.socket("Router");
    await socket.bind("ws://127.0.0.1:*/p");
    const peer = await dial(scope, socket);
    peer.send(request("/p", { "Sec-WebSocket-Protocol": "ZWS2.0" }));
    assertEquals((await readHead(peer)).fields.get("sec-websocket-protocol"), "ZWS2.0");
    // RFC 45: the first message of each side is its routing id.
    assertEquals((await readFrame(peer)).body[0], 0);
    peer.send(masked([0, ...new TextEncoder().encode("me")]), said("hello"));
    assertEquals(texts(await socket.receive()), ["me", "hello"]);
    await socket.send(["me", "you"]);
    assertEquals(text((await readFrame(peer)).body), "\0you");
  });

  test("closing the socket ends connections that have not asked yet", async (scope) => {
    const socket = scope.socket("Dealer");
    const watch = scope.watch(socket);
    await socket.bind("ws://127.0.0.1:*/p");
    const idle = await dial(scope, socket);
    idle.send("GET ");
    const other = await join(scope, socket, "DEALER");
    await watch.next("handshake");
    socket.close();
    await Promise.all([idle.closed(), other.closed()]);
    assert(idle.isClosed);
  });
});
