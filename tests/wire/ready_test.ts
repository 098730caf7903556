/**
 * The NULL handshake on the wire: READY and its properties, ERROR, what may come before them, and which socket
 * types may meet (37/ZMTP). Names begin with the rows of the conformance list (RD) and of the catalogue of
 * attacks (X, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { elapse, type Scope, strictTest, test } from "../interop/scope.ts";
import { type SocketName, WIRE_NAMES } from "../interop/subject.ts";
import {
  assertRefused,
  assertServes,
  COMMAND,
  command,
  frame,
  greeting,
  LONG,
  message,
  type Octets,
  octets,
  ping,
  property,
  RawListener,
  RawPeer,
  ready,
  size64,
  type Target,
  target,
  text,
} from "./raw.ts";

/** 37/ZMTP's matrix: which peers each type may meet. */
const MATES: { readonly [name in Exclude<SocketName, "Stream">]: readonly string[] } = {
  Pair: ["PAIR"],
  Publisher: ["SUB", "XSUB"],
  XPublisher: ["SUB", "XSUB"],
  Subscriber: ["PUB", "XPUB"],
  XSubscriber: ["PUB", "XPUB"],
  Request: ["REP", "ROUTER"],
  Reply: ["REQ", "DEALER"],
  Dealer: ["REP", "DEALER", "ROUTER"],
  Router: ["REQ", "DEALER", "ROUTER"],
  Push: ["PULL"],
  Pull: ["PUSH"],
};

const ALL_TYPES = [
  ...["REQ", "REP", "DEALER", "ROUTER", "PUB", "XPUB", "SUB", "XSUB", "PUSH", "PULL", "PAIR"],
  ...["CLIENT", "SERVER", "RADIO", "DISH", "SCATTER", "GATHER", "PEER", "CHANNEL"],
];

describe("handshake", () => {
  test("RD-1 our READY comes whether or not the peer's came first", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    const properties = await raw.handshake("DEALER");
    assertEquals(properties.get("Socket-Type"), "DEALER");

    const listener = await RawListener.open(scope);
    scope.socket("Dealer").connect(listener.address);
    const server = await listener.accept();
    server.send(greeting()); // A 3.1 server says READY only in reply.
    await server.read(64);
    const first = await server.frame();
    assertEquals(text(first.body.subarray(1, 6)), "READY");
  });

  for (
    const [what, sent] of [
      ["a message", message("hello")],
      ["an empty message", message("")],
      ["PING", ping(0, "x")],
      ["SUBSCRIBE", command("SUBSCRIBE", "topic")],
      ["HELLO", command("HELLO", "\x04user\x04word")],
      ["an unknown command", command("FOOBAR")],
      ["an empty command", frame(COMMAND, "")],
      ["a command without name", frame(COMMAND, "\0")],
      ["a name beyond its end", frame(COMMAND, "\xffREADY")],
    ] as const
  ) {
    test(`RD-2 ${what} before READY closes the connection (X-10, X-11)`, async (scope) => {
      const aim = await target(scope);
      const raw = await greeted(scope, aim);
      raw.send(sent);
      const { type } = await assertRefused(scope, aim, raw);
      assertEquals(type, "handshake:error:protocol");
    });
  }

  strictTest("RD-3 READY in a message frame closes the connection (H-12)", async (scope) => {
    const aim = await target(scope);
    const raw = await greeted(scope, aim);
    raw.send(frame(0, ready("DEALER").subarray(2)));
    await assertRefused(scope, aim, raw);
  });

  for (
    const [what, tail] of [
      ["a name that is cut", "\x0bSocket"],
      ["a length that is cut", "\x03X-A\0\0"],
      ["a value that is cut", "\x03X-A\0\0\0\x09value"],
      ["a length of 2^31", "\x03X-A\x80\0\0\0v"],
      ["a length of 2^32-1", "\x03X-A\xff\xff\xff\xffv"],
    ] as const
  ) {
    test(`RD-4 a property with ${what} closes the connection (X-16)`, async (scope) => {
      const aim = await target(scope);
      const raw = await greeted(scope, aim);
      raw.send(command("READY", octets(property("Socket-Type", "DEALER"), tail)));
      await assertRefused(scope, aim, raw);
    });
  }

  for (
    const [what, tail] of [
      ["a property that ends after its name (H-11)", "\x03X-A"],
      ["a property that ends after its length (H-11)", "\x03X-A\0\0\0\x04"],
      ["RD-5 a property without name", "\0\0\0\0\x01v"],
      ["RD-6 a wrong socket-type in small letters (H-12)", property("socket-type", "BOGUS")],
      ["RD-10 an Identity that begins with zero (H-03, X-17, X-71)", property("Identity", "\0abcd")],
      ["an Identity of 256 octets (H-03, X-17)", property("Identity", "i".repeat(256))],
    ] as const
  ) {
    strictTest(`${what} closes the connection`, async (scope) => {
      const aim = await target(scope);
      const raw = await greeted(scope, aim);
      const type = what.startsWith("RD-6") ? "" : property("Socket-Type", "DEALER");
      raw.send(command("READY", octets(type, tail as Octets)));
      await assertRefused(scope, aim, raw);
    });
  }

  for (const name of Object.keys(MATES) as (keyof typeof MATES)[]) {
    test(`RD-7 RD-8 ${WIRE_NAMES[name]} announces itself, meets its mates and refuses all others (X-18)`, async (scope) => {
      const { socket, watch } = await target(scope, name);
      for (const type of ALL_TYPES) {
        const raw = await RawPeer.dial(scope, socket);
        raw.send(greeting());
        await raw.read(64);
        raw.send(ready(type));
        if (MATES[name].includes(type)) {
          await watch.next("handshake");
          assertEquals(text((await raw.frame()).body).includes(WIRE_NAMES[name]), true);
          raw.end();
        }
        await raw.closed().catch((error) => {
          throw new Error(`${WIRE_NAMES[name]} and ${type}: ${error.message}`);
        });
      }
      assertEquals(watch.count("handshake"), MATES[name].length);
    });
  }

  for (
    const [what, type] of [["in small letters", "dealer"], ["with a zero", "DEALER\0"], [
      "unknown",
      "FOO",
    ]] as const
  ) {
    test(`RD-8 a Socket-Type ${what} closes the connection (X-18)`, async (scope) => {
      const aim = await target(scope);
      const raw = await greeted(scope, aim);
      raw.send(ready(type));
      await assertRefused(scope, aim, raw);
    });
  }

  test("RD-9 DEALER, REQ and ROUTER announce their routing id", async (scope) => {
    for (const name of ["Dealer", "Request", "Router"] as const) {
      const { socket } = await target(scope, name, { routingId: "my name" });
      const raw = await RawPeer.dial(scope, socket);
      const properties = await raw.handshake("ROUTER");
      assertEquals(properties.get("Identity"), "my name");
    }
  });

  test("RD-9 ROUTER takes an Identity of up to 255 octets", async (scope) => {
    const { socket } = await target(scope, "Router");
    for (const identity of ["a", "b".repeat(255)]) {
      const raw = await RawPeer.dial(scope, socket);
      await raw.handshake("DEALER", property("Identity", identity));
      raw.send(message("hello"));
      assertEquals((await socket.receive()).map(text), [identity, "hello"]);
    }
  });

  test("RD-11 unknown properties, long names and long values are tolerated", async (scope) => {
    const aim = await target(scope);
    const raw = await RawPeer.dial(scope, aim.socket);
    const many = Array.from({ length: 100 }, (_, index) => property(`X-${index}`, "value"));
    await raw.handshake(
      "DEALER",
      property(`X-${"n".repeat(253)}`, "v".repeat(50000)),
      property("Foo", ""),
      ...many,
    );
    raw.send(message("taken"));
    assertEquals((await aim.socket.receive()).map(text), ["taken"]);
  });

  test("RD-12 two Socket-Types, one of them wrong, harm nobody (X-15)", async (scope) => {
    const aim = await target(scope);
    for (const [first, second] of [["DEALER", "BOGUS"], ["BOGUS", "DEALER"]] as const) {
      const raw = await greeted(scope, aim);
      raw.send(ready(first, property("Socket-Type", second)));
      await assertServes(scope, aim.socket);
    }
  });

  test("RD-13 READY is taken in the long form", async (scope) => {
    const aim = await target(scope);
    const raw = await RawPeer.dial(scope, aim.socket);
    await raw.join(greeting(), frame(COMMAND | LONG, ready("DEALER").subarray(2)));
    raw.send(message("taken"));
    assertEquals((await aim.socket.receive()).map(text), ["taken"]);
  });

  test("RD-14 an ERROR ends it: the connecting side does not come again", async (scope) => {
    const listener = await RawListener.open(scope);
    const dealer = scope.socket("Dealer", { reconnectInterval: 10 });
    const watch = scope.watch(dealer);
    dealer.connect(listener.address);
    const server = await listener.accept();
    server.send(greeting());
    await server.read(64);
    server.send(command("ERROR", "\x03400"));
    await server.closed();
    await watch.next(["handshake:error:auth", "handshake:error:protocol", "handshake:error:other"]);
    await elapse(300);
    assertEquals(listener.count, 1, "it dialled again within 30 intervals");
  });

  for (const [what, body] of [["without reason", ""], ["with a reason that is cut", "\x09short"]] as const) {
    test(`RD-15 an ERROR ${what} closes the connection (X-19)`, async (scope) => {
      const aim = await target(scope);
      const raw = await greeted(scope, aim);
      raw.send(command("ERROR", body));
      await assertRefused(scope, aim, raw);
    });
  }

  test("RD-16 CL a connecting socket comes back after a close at any stage", async (scope) => {
    const listener = await RawListener.open(scope);
    const dealer = scope.socket("Dealer", { reconnectInterval: 10 });
    dealer.connect(listener.address);
    (await listener.accept()).end();
    const second = await listener.accept();
    second.send(greeting());
    await second.read(64);
    second.end();
    const third = await listener.accept();
    await third.handshake("DEALER");
    third.reset();
    const fourth = await listener.accept();
    await fourth.handshake("DEALER");
    fourth.send(message("at last"));
    assertEquals((await dealer.receive()).map(text), ["at last"]);
  });

  strictTest("RD-17 a READY of 64 MiB is refused from its header (H-13, X-13)", async (scope) => {
    const aim = await target(scope);
    const raw = await greeted(scope, aim);
    raw.send([COMMAND | LONG], size64(64 << 20), "\x05READY");
    await assertRefused(scope, aim, raw);
  });

  strictTest("a READY of 100000 properties is refused (X-14)", async (scope) => {
    const aim = await target(scope);
    const raw = await greeted(scope, aim);
    let properties = property("Socket-Type", "DEALER");
    for (let thousand = 0; thousand < 100; thousand++) {
      properties = octets(
        properties,
        ...Array.from({ length: 1000 }, (_, one) => property(`X-${thousand}-${one}`, "")),
      );
    }
    raw.send(command("READY", properties));
    await assertRefused(scope, aim, raw);
  });

  test("RD-18 a second READY harms nobody (X-20)", async (scope) => {
    const aim = await target(scope);
    const raw = await RawPeer.dial(scope, aim.socket);
    await raw.handshake("DEALER");
    raw.send(ready("DEALER"), ready("PUSH"));
    await assertServes(scope, aim.socket);
    assert(aim.watch.count("handshake") <= 2, "a second READY is no second handshake");
  });

  test("a peer that is silent after READY keeps its place and disturbs nobody (X-21)", async (scope) => {
    const aim = await target(scope, "Dealer", { handshakeInterval: 100 });
    const raw = await RawPeer.dial(scope, aim.socket);
    await raw.handshake("DEALER");
    await elapse(300); // Well beyond handshakeInterval, which ends with the handshake.
    await assertServes(scope, aim.socket);
    raw.send(message("still here"));
    assertEquals((await aim.socket.receive()).map(text), ["still here"]);
  });
});

/** A peer whose greeting was good and that has said nothing since. */
async function greeted(scope: Scope, { socket }: Target): Promise<RawPeer> {
  const raw = await RawPeer.dial(scope, socket);
  raw.send(greeting());
  await raw.read(64);
  return raw;
}
