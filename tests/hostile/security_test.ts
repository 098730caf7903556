/**
 * Attacks on who is let in, against whole sockets: properties too large before anybody is known, a handler of ZAP that
 * answers nonsense or dies amid questions, refusals by the hundred, publishers under CURVE.
 */

import { assertEquals, assertLess } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, until } from "../interop/scope.ts";
import { type AnySocket, zmq } from "../interop/subject.ts";
import { heldMemory } from "../support/garbage.ts";
import { AS_CLIENT, AS_SERVER, assertEnded, boundAim, ClientPeer } from "../support/curve_peer.ts";
import { COMMAND, LONG, octets, property, RawPeer, size64 } from "../wire/raw.ts";
import { dial, Wire } from "./wire.ts";

type Options = { readonly [option: string]: unknown };

/** A server of PLAIN in a context of its own, and its handler. */
async function plain(
  scope: Scope,
): Promise<{ server: AnySocket; handler: AnySocket; client: () => AnySocket }> {
  const context = new zmq.Context();
  scope.atEnd(() => context.close());
  const handler = scope.socket("Router", { context });
  await handler.bind("inproc://zeromq.zap.01");
  const server = scope.socket("Router", { context, plainServer: true, zapDomain: "test" } as Options);
  await server.bind("tcp://127.0.0.1:*");
  const client = () => {
    const socket = scope.socket("Dealer", {
      context,
      plainUsername: "user",
      plainPassword: "secret",
      reconnectInterval: -1,
    });
    socket.connect(server.lastEndpoint!);
    return socket;
  };
  return { server, handler, client };
}

describe("CURVE", () => {
  test("an INITIATE larger than a handshake needs is refused from its header, and one of 64 KiB read (V-05)", async (scope) => {
    const aim = await boundAim(scope);
    for (const size of [2 ** 31, 70_000]) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      bad.command(bad.hello());
      await bad.welcome();
      bad.raw.send([COMMAND | LONG], size64(size), "\x08INITIATE");
      await assertEnded(aim, bad.raw, "handshake", "ERR_ZMTP_MESSAGE_TOO_LONG");
    }
    const much = await ClientPeer.dial(scope, aim.socket);
    much.command(much.hello());
    await much.welcome();
    const type = property("Socket-Type", "DEALER");
    much.command(much.initiate({ metadata: octets(type, property("X-Much", new Uint8Array(60_000))) }));
    await much.ready();
    // And metadata whose lengths lie, in a box that is sound.
    for (const lie of [[0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0, 1, 0]]) {
      const bad = await ClientPeer.dial(scope, aim.socket);
      bad.command(bad.hello());
      await bad.welcome();
      await aim.watch.next(["accept"]);
      bad.command(bad.initiate({ metadata: octets(type, "\x01X", lie, "x") }));
      await bad.raw.closed();
    }
  });

  test("a publisher with one who subscribes to all, and to more topics than its mark, goes on (V-24)", async (scope) => {
    const publisher = scope.socket("Publisher", { ...AS_SERVER });
    await publisher.bind("tcp://127.0.0.1:*");
    const all = scope.socket("Subscriber", { ...AS_CLIENT });
    all.connect(publisher.lastEndpoint!);
    for (let i = 0; i < 3000; i++) all.subscribe(`topic ${i} `);
    all.subscribe("");
    let come = 0;
    const reading = (async () => {
      for (; come < 200; come++) await all.receive();
    })();
    for (let i = 0; come < 200; i = (i + 1) % 3000) {
      await publisher.send(`topic ${i} news`);
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await reading;
  });
});

describe("the handler of ZAP", () => {
  test("answers nonsense: that client is refused, the next let in, none for another's answer (X-93, V-16)", async (scope) => {
    const { server, handler, client } = await plain(scope);
    const watch = scope.watch(server);
    const nonsense = (id: string): string[][] => [
      ["2.0", id, "200", "OK", "", ""],
      ["1.0", "no such id", "200", "OK", "", ""],
      ["1.0", id, "2000", "OK", "", ""],
      ["1.0", id, "-200", "OK", "", ""],
      ["1.0", id, "", "OK", "", ""],
      ["1.0", id, "200", "OK", ""],
      ["1.0", id, "200", "OK", "", "", "", ""],
      ["1.0", id, "200", "OK", "", "\x05x"],
      ["1.0", id, "400", "no", "", ""],
      ["1.0", id, "500", "broken", "", ""],
    ];
    for (let i = 0; i < nonsense("").length; i++) {
      const bad = client();
      const asked = await handler.receive();
      const envelope = asked.slice(0, asked.findIndex((part) => part.length === 0) + 1);
      const id = String.fromCharCode(...asked[envelope.length + 1]!);
      await handler.send([...envelope, ...nonsense(id)[i]!]);
      if (i !== 1) {
        await watch.next(["handshake:error:auth", "handshake:error:other", "handshake:error:protocol"]);
      }
      bad.close();
      await watch.next("disconnect");

      const good = client();
      const next = await handler.receive();
      await handler.send([
        ...next.slice(0, envelope.length),
        "1.0",
        next[envelope.length + 1]!,
        "200",
        "OK",
        "u",
        "",
      ]);
      await good.send("in");
      assertEquals(String.fromCharCode(...(await server.receive())[1]!), "in");
      good.close();
    }
  });

  test("dies amid questions: they are refused, and its successor is asked (X-93)", async (scope) => {
    const context = new zmq.Context();
    scope.atEnd(() => context.close());
    const server = scope.socket("Dealer", { context, plainServer: true, zapDomain: "test" } as Options);
    await server.bind("tcp://127.0.0.1:*");
    const watch = scope.watch(server);
    for (let i = 0; i < 3; i++) {
      const handler = scope.socket("Reply", { context });
      await handler.bind("inproc://zeromq.zap.01");
      const client = scope.socket("Dealer", {
        context,
        plainUsername: "u",
        plainPassword: "p",
        reconnectInterval: -1,
      });
      client.connect(server.lastEndpoint!);
      await handler.receive();
      handler.close();
      await watch.next(["handshake:error:auth", "handshake:error:other"]);
      client.close();
    }
  });

  test("is asked by a client that goes, and again: nothing is left of it (X-93, V-13)", async (scope) => {
    const { server, handler, client } = await plain(scope);
    const watch = scope.watch(server);
    for (let i = 0; i < 50; i++) {
      const gone = client();
      const asked = await handler.receive();
      gone.close();
      await watch.next("disconnect");
      await handler.send([...asked.slice(0, 2), "1.0", asked[3]!, "200", "OK", "", ""]);
    }
    assertEquals((server as unknown as { peers: unknown[] }).peers.length, 0);
    const good = client();
    const asked = await handler.receive();
    await handler.send([...asked.slice(0, 2), "1.0", asked[3]!, "200", "OK", "", ""]);
    await good.send("in");
    await server.receive();
  });
});

describe("sessions that fail", () => {
  test("connections that are reset before they are looked at keep nobody waiting (X-24)", async (scope) => {
    const socket = scope.socket("Pull");
    await socket.bind("tcp://127.0.0.1:*");
    const begin = performance.now();
    for (let i = 0; i < 60; i++) (await RawPeer.dial(scope, socket)).reset();
    const good = scope.socket("Push", { reconnectInterval: -1 });
    good.connect(socket.lastEndpoint!);
    await good.send("good");
    await socket.receive();
    assertLess(performance.now() - begin, 3000);
  });

  test("a hundred in each way leave no memory, no peer and no descriptor (V-13, V-21)", async (scope) => {
    const socket = scope.socket("Router");
    await socket.bind("tcp://127.0.0.1:*");
    const watch = scope.watch(socket);
    const ways: ((wire: Wire) => Promise<void>)[] = [
      async () => {},
      async (wire) => {
        await wire.enter("greeted", "DEALER");
        wire.raw.send(wire.command("FOOBAR"));
      },
      async (wire) => {
        await wire.enter("ready", "DEALER");
        wire.raw.send(wire.frame(1, new Uint8Array(50_000)));
      },
      async (wire) => {
        await wire.enter("ready", "DEALER");
        wire.raw.send(wire.command("PING"));
      },
    ];
    let told = 0;
    const round = async (times: number) => {
      for (const way of ways) {
        for (let i = 0; i < times; i++) {
          const wire = new Wire(await dial(scope, socket.lastEndpoint!), "tcp", "listening");
          await way(wire);
          wire.raw[i % 2 ? "end" : "reset"]();
          // Deno says of a connection that is reset before it is looked at, that it could not be accepted.
          await watch.next(["disconnect", "accept:error"]);
          told++;
        }
      }
    };
    await round(20);
    const memory = await heldMemory();
    await round(80);
    assertLess(await heldMemory() - memory, 10 * 1024 * 1024);
    assertEquals(told, 400);
    await until("no peer is left", () => (socket as unknown as { peers: unknown[] }).peers.length === 0);
  }, 40);
});
