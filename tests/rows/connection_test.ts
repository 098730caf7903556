/**
 * Rows of greeting, framing and READY that no other file asserts: raw peers over tcp against sockets of ours, bound
 * and connecting. `tests/wire` has the rest of these sections.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, strictTest, test, within } from "../interop/scope.ts";
import type { SocketName } from "../interop/subject.ts";
import { AS_CLIENT, AS_SERVER } from "../support/curve_peer.ts";
import {
  command,
  commandOf,
  greeting,
  message,
  MORE,
  propertiesOf,
  property,
  RawListener,
  RawPeer,
  ready,
  target,
  text,
} from "../wire/raw.ts";

describe("greeting", () => {
  for (const side of ["bound", "connecting"] as const) {
    test(`a peer that waits for each part of ours gets it, ${side}: no mutual wait (GR-8)`, async (scope) => {
      const raw = await peerOf(scope, side, "Dealer");
      const signature = await raw.read(10);
      assertEquals([signature[0], signature[9]], [0xff, 0x7f]);
      raw.send(greeting());
      assertEquals((await raw.read(54)).length, 54);
      raw.send(ready("DEALER"));
      assertEquals(propertiesOf(await raw.frame()).get("Socket-Type"), "DEALER");
    });
  }

  for (
    const [name, mechanism, side, options, role] of [
      ["PLAIN's server", "PLAIN", "bound", { plainServer: true }, 1],
      ["PLAIN's client", "PLAIN", "connecting", { plainUsername: "a", plainPassword: "b" }, 0],
      ["CURVE's server", "CURVE", "bound", AS_SERVER, 1],
      ["CURVE's client", "CURVE", "connecting", AS_CLIENT, 0],
    ] as const
  ) {
    const either = role === 1 ? strictTest : test; // A server of libzmq says 0.
    either(
      `${name} says its role in as-server, and its mechanism in the letters allowed (GR-12, GR-10)`,
      async (scope) => {
        const raw = await peerOf(scope, side, "Dealer", options);
        raw.send(greeting({ mechanism }));
        const whole = await raw.read(64);
        assertMatch(text(whole.subarray(12, 32)), /^[A-Z0-9_.+-]+\0*$/);
        assertEquals(text(whole.subarray(12, 33)), mechanism.padEnd(20, "\0") + String.fromCharCode(role));
      },
    );
  }

  test("a PLAIN or CURVE client takes a server whose as-server is 0, as libzmq's is (GR-11)", async (scope) => {
    const plain = await peerOf(scope, "connecting", "Dealer", { plainUsername: "a", plainPassword: "b" });
    plain.send(greeting({ mechanism: "PLAIN", asServer: 0 }));
    await plain.read(64);
    assertEquals(commandOf(await plain.frame()).name, "HELLO");
    const curve = await peerOf(scope, "connecting", "Dealer", AS_CLIENT);
    curve.send(greeting({ mechanism: "CURVE", asServer: 0 }));
    await curve.read(64);
    assertEquals(commandOf(await curve.frame()).name, "HELLO");
  });
});

describe("framing", () => {
  test("NULL and PLAIN send messages in message frames, without the COMMAND bit (FR-13)", async (scope) => {
    const bound = await target(scope, "Dealer");
    const clear = await RawPeer.dial(scope, bound.socket);
    await clear.handshake("DEALER");

    const plain = scope.socket("Dealer", { plainUsername: "a", plainPassword: "b" });
    const listener = await RawListener.open(scope);
    plain.connect(listener.address);
    const server = await listener.accept();
    server.send(greeting({ mechanism: "PLAIN", asServer: 1 }));
    await server.read(64);
    assertEquals(commandOf(await server.frame()).name, "HELLO");
    server.send(command("WELCOME"));
    assertEquals(commandOf(await server.frame()).name, "INITIATE");
    server.send(ready("DEALER"));

    for (const [socket, raw] of [[bound.socket, clear], [plain, server]] as const) {
      await socket.send(["first", "", "x".repeat(300)]);
      const frames = [await raw.frame(), await raw.frame(), await raw.frame()];
      assertEquals(frames.map(({ flags }) => flags), [MORE, MORE, 2]);
      assertEquals(frames.map(({ body }) => body.length), [5, 0, 300]);
    }
  });
});

describe("READY", () => {
  test("a Resource property is accepted, whatever it asks for (RD-19)", async (scope) => {
    const { socket } = await target(scope);
    for (const resource of ["", "/orders", "\0\xff"]) {
      const raw = await RawPeer.dial(scope, socket);
      await raw.handshake("DEALER", property("Resource", resource));
      raw.send(message(`of ${resource}`));
      assertEquals((await socket.receive()).map(text), [`of ${resource}`]);
    }
  });

  test("DEALER, REQ and ROUTER say their Identity, an empty one too, and no other type has one (RD-9)", async (scope) => {
    const mates: readonly (readonly [SocketName, string, boolean])[] = [
      ["Dealer", "DEALER", true],
      ["Request", "REP", true],
      ["Router", "DEALER", true],
      ["Reply", "REQ", false],
      ["Push", "PULL", false],
      ["Pull", "PUSH", false],
      ["Publisher", "SUB", false],
      ["Subscriber", "PUB", false],
      ["XPublisher", "SUB", false],
      ["XSubscriber", "PUB", false],
      ["Pair", "PAIR", false],
    ];
    for (const [name, mate, says] of mates) {
      const { socket } = await target(scope, name);
      const properties = await (await RawPeer.dial(scope, socket)).handshake(mate);
      assertEquals([name, properties.get("Identity")], [name, says ? "" : undefined]);
    }
  });

  test("an Identity of a type that has none is ignored: two of the same are both served (RD-9)", async (scope) => {
    const { socket } = await target(scope, "Pull");
    for (const which of ["first", "second"]) {
      const raw = await RawPeer.dial(scope, socket);
      await raw.handshake("PUSH", property("Identity", "the same"));
      raw.send(message(which));
      assertEquals((await socket.receive()).map(text), [which]);
      assert(!raw.isClosed);
    }
  });

  strictTest("a type that does not fit hears an ERROR before the connection ends (RD-8)", async (scope) => {
    for (const side of ["bound", "connecting"] as const) {
      const raw = await peerOf(scope, side, "Pull");
      raw.send(greeting());
      await raw.read(64);
      raw.send(ready("PULL"));
      const heard = await within(commandsUntilClosed(raw), 5000, "the end");
      assertEquals(heard.at(-1), "ERROR");
    }
  });
});

/** A raw peer of a socket of ours that is bound, or that connects. */
async function peerOf(
  scope: Scope,
  side: "bound" | "connecting",
  name: SocketName,
  options?: { [option: string]: unknown },
): Promise<RawPeer> {
  if (side === "bound") return await RawPeer.dial(scope, (await target(scope, name, options)).socket);
  const listener = await RawListener.open(scope);
  scope.socket(name, options).connect(listener.address);
  return await listener.accept();
}

/** The names of all commands that come before the other side closes. */
async function commandsUntilClosed(raw: RawPeer): Promise<string[]> {
  const rest = await raw.closed();
  const names: string[] = [];
  for (let at = 0; at < rest.length; at += 2 + rest[at + 1]!) {
    names.push(text(rest.subarray(at + 3, at + 3 + rest[at + 2]!)));
  }
  return names;
}
