/**
 * What libzmq's fuzzers do to whole sockets, from fixed seeds: endpoints that are any text, and peers that say
 * anything, to sockets that are bound and that connect. Nothing crashes, and afterwards an honest peer is served.
 * LT-n is the row of the list of behaviours. Each parser and engine alone has a target in `fuzz/`, which makes its
 * input by what it knows of coverage and format; here the octets are sound ones that were changed, cut and repeated.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { test, texts, within } from "../interop/scope.ts";
import { type AnySocket, loose } from "../interop/subject.ts";
import { AS_CLIENT, ServerPeer } from "../support/curve_peer.ts";
import { Random } from "../support/reference.ts";
import { Network } from "../support/transports.ts";
import { wsFrame, zws } from "../unit/ws/wire.ts";
import {
  command,
  greeting,
  message,
  octets,
  RawListener,
  RawPeer,
  ready as zmtpReady,
  text,
} from "../wire/raw.ts";
import { acceptOf, answer, dial, join, parts, readHead, request, response, said } from "../ws/raw_ws.ts";

describe("fuzzers", () => {
  test("any text to connect to is taken or refused with a code, and never crashes (LT-466)", async (scope) => {
    const random = new Random(466);
    const network = new Network(); // Nobody listens there: what is taken is refused when it is dialled.
    const context = new loose.Context({ transports: network.transports, blocky: false });
    scope.atEnd(() => context.close());
    const types = ["Push", "Dealer", "Subscriber", "Radio", "Stream", "Request", "Client", "Publisher"];
    const count = { taken: 0, refused: 0 };
    for (let round = 0; round < 1500; round++) {
      const address = anyAddress(random);
      const socket = new loose[random.pick(types)]({ context, linger: 0, reconnectInterval: 1 });
      try {
        socket.connect(address);
        count.taken++;
      } catch (error) {
        const { code, name } = error as Error & { code?: string };
        assert(typeof code === "string" && /^E[A-Z]+$/.test(code), `${name} for ${JSON.stringify(address)}`);
        count.refused++;
      }
      // Some are closed at once, some when they have been dialled.
      if (random.chance(0.1)) await new Promise((resolve) => setTimeout(resolve, 0));
      socket.close();
    }
    assertGreater(count.taken, 50);
    assertGreater(count.refused, 50);
    assertGreater(network.dials, 0);
  });

  test("a connecting CURVE client hears anything from its server, and finds an honest one afterwards (LT-470)", async (scope) => {
    const random = new Random(470);
    const listener = await RawListener.open(scope);
    const socket = scope.socket("Dealer", { ...AS_CLIENT, reconnectInterval: 1, reconnectMaxInterval: 1 });
    const watch = scope.watch(socket);
    socket.connect(listener.address);
    for (let round = 0; round < 60; round++) {
      if (round % 3 === 0) {
        const raw = await listener.accept();
        raw.send(changed(random, greeting({ mechanism: "CURVE", asServer: 1 })));
        raw.end();
        continue;
      }
      const server = await ServerPeer.accept(listener);
      await server.hello();
      if (round % 3 === 1) server.raw.send(changed(random, server.framed(server.welcome())));
      else {
        server.command(server.welcome());
        await server.initiate();
        server.raw.send(changed(random, server.framed(server.ready())), message("never"));
      }
      server.raw.end();
    }
    assertEquals([watch.count("handshake"), socket.readable], [0, false]);
    const honest = await (await ServerPeer.accept(listener)).join();
    await watch.next("handshake");
    honest.say("at last");
    assertEquals(texts(await within(socket.receive(), 5000, "a message")), ["at last"]);
  });

  test("a bound STREAM hands on whatever its peers say, octet for octet (LT-471)", async (scope) => {
    const random = new Random(471);
    const stream = scope.socket("Stream");
    await stream.bind("tcp://127.0.0.1:*");
    for (let round = 0; round < 30; round++) {
      const sent = anything(random);
      const raw = await RawPeer.dial(scope, stream);
      raw.send(sent);
      raw.end();
      assertEquals(await heard(stream), text(sent));
    }
  });

  test("a connecting STREAM hands on whatever its peer says, octet for octet (LT-472)", async (scope) => {
    const random = new Random(472);
    const listener = await RawListener.open(scope);
    const stream = scope.socket("Stream", { reconnectInterval: 1, reconnectMaxInterval: 1 });
    stream.connect(listener.address);
    for (let round = 0; round < 30; round++) {
      const sent = anything(random);
      const raw = await listener.accept();
      raw.send(sent);
      raw.end();
      assertEquals(await heard(stream), text(sent));
    }
  });

  test("a bound ws PUB hears anything, and serves an honest subscriber beside it (LT-473)", async (scope) => {
    const random = new Random(473);
    const publisher = scope.socket("Publisher");
    await publisher.bind("ws://127.0.0.1:*/feed");
    const { path } = parts(publisher);
    for (let round = 0; round < 60; round++) {
      if (round % 2 === 0) {
        const raw = await dial(scope, publisher);
        raw.send(changed(random, octets(request(path), masks(random, zws(0, "\x01A")))));
        raw.end();
      } else {
        const raw = await join(scope, publisher, "SUB");
        raw.send(changed(random, octets(masks(random, zws(0, "\x01A")), said("\x01B"), masks(random, "x"))));
        raw.end();
      }
    }
    const subscriber = scope.socket("Subscriber");
    subscriber.subscribe("A");
    subscriber.connect(publisher.lastEndpoint!);
    // Its subscription is at work when a publication comes.
    const came = within(subscriber.receive(), 5000, "a publication");
    let over = false;
    came.finally(() => over = true).catch(() => {});
    while (!over) {
      await publisher.send("A1");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assertEquals(texts(await came), ["A1"]);
  });

  test("a connecting ws SUB hears anything, and finds an honest publisher afterwards (LT-474)", async (scope) => {
    const random = new Random(474);
    const listener = await RawListener.open(scope);
    const socket = scope.socket("Subscriber", { reconnectInterval: 1, reconnectMaxInterval: 1 });
    const watch = scope.watch(socket);
    socket.subscribe("A");
    socket.connect(`${listener.address.replace("tcp", "ws")}/feed`);
    for (let round = 0; round < 60; round++) {
      const raw = await listener.accept();
      if (round % 2 === 0) {
        const { fields } = await readHead(raw);
        raw.send(changed(random, octets(response(await acceptOf(fields.get("sec-websocket-key")!)))));
      } else {
        await answer(raw, "PUB");
        raw.send(changed(random, octets(wsFrame(zws(0, "B")), wsFrame(zws(4, "x")), wsFrame("x"))));
      }
      raw.end();
    }
    const raw = await listener.accept();
    await answer(raw, "PUB");
    raw.send(wsFrame(zws(0, "A at last")));
    let last = "";
    while (last !== "A at last") {
      [last] = texts(await within(socket.receive(), 5000, "a message")) as [string];
    }
    assertGreater(watch.count("handshake:error:protocol") + watch.count("disconnect"), 10);
  });
});

const TOKENS = [
  "tcp://",
  "ipc://",
  "inproc://",
  "ws://",
  "udp://",
  "epgm://",
  "127.0.0.1",
  "localhost",
  "[::1]",
  "[",
  "]",
  ":",
  ":80",
  ":0",
  ":65536",
  "*",
  ";",
  "%eth0",
  "/",
  "@",
  "#",
  "\0",
  "\n",
  " ",
  "é",
  "a",
  "9".repeat(30),
  "x".repeat(300),
  "239.0.0.1",
];

/** Half of them begin as they should. */
function anyAddress(random: Random): string {
  const start = random.chance(0.3)
    ? random.pick(["tcp://127.0.0.1:80", "ipc:///tmp/none", "inproc://x"])
    : "";
  let address = start + (random.chance(0.5) ? random.pick(TOKENS.slice(0, 6)) : "");
  for (let left = random.below(5); left > 0; left--) {
    address += random.chance(0.2) ? String.fromCharCode(random.below(0x300)) : random.pick(TOKENS);
  }
  return address;
}

/** Octets of any kind, at least one; what a ZMTP peer would say is among them. */
function anything(random: Random): Uint8Array {
  const sound = octets(greeting(), zmtpReady("DEALER"), command("PING", "\0\0"), message("a", "b"));
  return random.chance(0.5) ? random.octets(1 + random.below(5000)) : octets("!", changed(random, sound));
}

/** The same with some octets changed, left out, repeated or put in; never as it was. */
function changed(random: Random, sound: Uint8Array): Uint8Array {
  let all = [...sound];
  // A bit of the first half is another one, so that what is left is not in order.
  const first = random.below(Math.ceil(all.length / 2));
  all[first]! ^= 1 << random.below(8);
  for (let left = random.below(6); left > 0; left--) {
    const at = first + 1 + random.below(Math.max(all.length - first, 1));
    const kind = random.below(3);
    if (kind === 0) all.splice(at, 1 + random.below(20));
    else if (kind === 1) all.splice(at, 0, ...random.octets(1 + random.below(20)));
    else all = [...all, ...all.slice(at, at + 50)];
  }
  return Uint8Array.from(all);
}

/** A frame of a client in one of the forms of RFC 6455, sound or not. */
function masks(random: Random, payload: Uint8Array | string): Uint8Array {
  const key = [...random.octets(4)];
  return wsFrame(payload, { key, opcode: random.pick([0, 1, 2, 8, 9, 10, 11]), fin: random.chance(0.8) });
}

/** All that comes from one connection to its end. */
async function heard(stream: AnySocket): Promise<string> {
  const [id, notice] = await within(stream.receive(), 5000, "a connection");
  assertEquals(notice!.length, 0);
  let all = "";
  for (;;) {
    const [from, data] = await within(stream.receive(), 5000, `the end, after ${all.length} octets`);
    assertEquals(text(from!), text(id!));
    if (data!.length === 0) return all;
    all += text(data!);
  }
}
