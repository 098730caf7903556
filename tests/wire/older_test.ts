/**
 * ZMTP 2.0 (RFC 15) and 1.0 (RFC 13) on the wire, octet by octet, for a bound and a connecting socket over tcp and
 * ipc. The octets are those that libzmq 4.3.4 exchanges with the same peers, but where a test says otherwise.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { elapse, type Scope, strictTest, texts, within } from "../interop/scope.ts";
import type { AnySocket, SocketName } from "../interop/subject.ts";
import {
  assertRefused,
  assertServes,
  assertSilent,
  octets,
  RawListener,
  RawPeer,
  target,
  text,
} from "./raw.ts";

/** The signature, with the length in its padding. */
function signature(length = 0): Uint8Array {
  return octets([0xff, 0, 0, 0, 0, 0, 0, length >> 8, length & 255, 0x7f]);
}

/** A socket of ours and a peer made of octets, joined in one of three ways. */
async function joined(
  scope: Scope,
  name: SocketName,
  way: "bound tcp" | "bound ipc" | "connecting tcp",
  options: { [option: string]: unknown } = {},
): Promise<{ socket: AnySocket; raw: RawPeer }> {
  const socket = scope.socket(name, options);
  if (name === "Subscriber") socket.subscribe("a");
  if (way === "connecting tcp") {
    const listener = await RawListener.open(scope);
    socket.connect(listener.address);
    return { socket, raw: await listener.accept() };
  }
  await socket.bind(scope.address(way === "bound ipc" ? "ipc" : "tcp"));
  return { socket, raw: await RawPeer.dial(scope, socket) };
}

const WAYS = ["bound tcp", "bound ipc", "connecting tcp"] as const;

async function receive(socket: AnySocket): Promise<string[]> {
  return (await within(socket.receive(), 5000, "a message")).map(text);
}

async function assertSays(raw: RawPeer, expected: Uint8Array): Promise<void> {
  assertEquals([...await raw.read(expected.length)], [...expected]);
}

describe("ZMTP 2.0 on the wire", () => {
  for (const way of WAYS) {
    strictTest(`a DEALER ${way} and a ROUTER of 2.0 (DG-1, DG-3, DG-4, DG-6)`, async (scope) => {
      const { socket, raw } = await joined(scope, "Dealer", way, { routingId: "lib" });
      // libzmq keeps the 03 until the peer's signature is there, and has the length of its identity in the padding.
      await assertSays(raw, octets(signature(), [3]));
      raw.send(signature());
      raw.send([1, 6]);
      await assertSays(raw, octets([5, 0, 3], "lib"));
      raw.send([0, 2], "me");
      raw.send([1, 1], "a", [0, 1], "b");
      assertEquals(await receive(socket), ["a", "b"]);
      await socket.send(["x", "y".repeat(300)]);
      await assertSays(raw, octets([1, 1], "x", [2, 0, 0, 0, 0, 0, 0, 1, 44], "y".repeat(300)));
    });

    strictTest(`an XPUB ${way} says that it is a PUB, and hears 01 and 00 (DG-4, DG-12)`, async (scope) => {
      const { socket, raw } = await joined(scope, "XPublisher", way);
      raw.send(signature(), [1, 2, 0, 0], [0, 2, 1], "a");
      await assertSays(raw, octets(signature(), [3, 1, 0, 0]));
      assertEquals(await receive(socket), ["\x01a"]);
      await socket.send("other");
      await socket.send("abc");
      await assertSays(raw, octets([0, 3], "abc"));
      raw.send([0, 2, 0], "a");
      assertEquals(await receive(socket), ["\0a"]);
    });

    strictTest(`a SUB ${way} says its subscription as a message (DG-12, DG-6)`, async (scope) => {
      const { socket, raw } = await joined(scope, "Subscriber", way);
      raw.send(signature(), [1, 1, 0, 0]);
      await assertSays(raw, octets(signature(), [3, 2, 0, 0], [0, 2, 1], "a"));
      raw.send([0, 3], "abc");
      assertEquals(await receive(socket), ["abc"]);
      socket.unsubscribe("a");
      await assertSays(raw, octets([0, 2, 0], "a"));
    });
  }

  strictTest("no PING and no other command ever goes to it (DG-6)", async (scope) => {
    const options = { heartbeatInterval: 30, heartbeatTimeout: 60, heartbeatTimeToLive: 200 };
    const { socket, raw } = await joined(scope, "Dealer", "bound tcp", options);
    raw.send(signature(), [1, 6, 0, 0]);
    await raw.read(14);
    await assertSilent(raw, 400);
    assertEquals(raw.pending, 0);
    raw.send([0, 2], "ok");
    assertEquals(await receive(socket), ["ok"]);
  });

  strictTest(
    "a peer that is past its greeting outlives handshakeInterval, another does not (H-15)",
    async (scope) => {
      const aim = await target(scope, "Dealer", { handshakeInterval: 200 });
      const good = await RawPeer.dial(scope, aim.socket);
      good.send(signature(), [1, 6, 0, 0]);
      const slow = await RawPeer.dial(scope, aim.socket);
      slow.send(signature(), [1, 6, 0]);
      assertEquals((await aim.watch.next("handshake:error:other")).error!.code, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
      await slow.closed();
      await elapse(200);
      good.send([0, 5], "later");
      assertEquals(await receive(aim.socket), ["later"]);
    },
  );

  strictTest(
    "types that do not fit, bad identities and commands are closed, with an event (DG-5, DG-6, DG-13)",
    async (scope) => {
      const bad = [
        octets(signature(), [1, 8]), // PUSH to DEALER.
        octets(signature(), [1, 99]),
        octets(signature(), [1, 6, 0, 2, 0, 65]),
        octets(signature(), [1, 6, 2, 0, 0, 0, 0, 0, 0, 1, 0]),
      ];
      for (const wire of bad) {
        const aim = await target(scope);
        const raw = await RawPeer.dial(scope, aim.socket);
        raw.send(wire);
        await assertRefused(scope, aim, raw);
      }
      const aim = await target(scope);
      const raw = await RawPeer.dial(scope, aim.socket);
      raw.send(signature(), [1, 6, 0, 0], [4, 7, 4], "PING", [0, 0]);
      await raw.closed();
      const { error } = await aim.watch.next("disconnect");
      assert(error !== undefined, "no reason");
      await assertServes(scope, aim.socket);
    },
  );
});

describe("ZMTP 1.0 on the wire, where zmtp1 asks for it", () => {
  for (const way of WAYS) {
    strictTest(`a DEALER ${way} and a peer with an identity (DG-7, DG-8, DG-9, DG-11)`, async (scope) => {
      const { socket, raw } = await joined(scope, "Dealer", way, { zmtp1: true, routingId: "lib" });
      await assertSays(raw, signature(4));
      // libzmq 2.1 has other bits in its flags than MORE.
      raw.send([3, 0x7e], "me");
      await assertSays(raw, octets("lib"));
      raw.send([2, 1], "a", [2, 0x7e], "b");
      assertEquals(await receive(socket), ["a", "b"]);
      await socket.send(["x", "y".repeat(253)]);
      await assertSays(raw, octets([2, 1], "x", [0xfe, 0], "y".repeat(253)));
      await socket.send("z".repeat(254));
      await assertSays(raw, octets([0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0], "z".repeat(254)));
    });

    for (const length of [0, 1, 253, 254, 255]) {
      strictTest(
        `a ROUTER ${way} and identities of ${length} octets, both ways (V-14, DG-8)`,
        async (scope) => {
          const [ours, theirs] = ["o".repeat(length), "t".repeat(length)];
          const options = { zmtp1: true, ...(length > 0 && { routingId: ours }) };
          const { socket, raw } = await joined(scope, "Router", way, options);
          await assertSays(raw, signature(length + 1));
          const header = length < 254
            ? [length + 1, 0]
            : [0xff, 0, 0, 0, 0, 0, 0, (length + 1) >> 8, (length + 1) & 255, 0];
          raw.send(header, theirs, [3, 0], "hi");
          await assertSays(raw, octets(ours));
          const [from, body] = await receive(socket);
          assertEquals(body, "hi");
          if (length > 0) assertEquals(from, theirs);
          else assertEquals([from!.length, from![0]], [5, "\0"], "no id of our own making");
          await socket.send([Uint8Array.from(from!, (c) => c.charCodeAt(0)), "re"]);
          await assertSays(raw, octets([3, 0], "re"));
        },
      );
    }

    strictTest(`a PUB ${way} sends a 1.0 peer everything (DG-12)`, async (scope) => {
      const { socket, raw } = await joined(scope, "XPublisher", way, { zmtp1: true });
      raw.send([1, 0]);
      await assertSays(raw, signature(1));
      assertEquals(await receive(socket), ["\x01"]);
      await socket.send(["any", "thing"]);
      await assertSays(raw, octets([4, 1], "any", [6, 0], "thing"));
    });

    strictTest(`a SUB ${way} says nothing to a 1.0 peer, where libzmq says 01 a (DG-12)`, async (scope) => {
      const { socket, raw } = await joined(scope, "Subscriber", way, { zmtp1: true });
      raw.send([1, 0], [4, 0], "abc", [3, 0], "xb", [2, 0], "a");
      assertEquals(await receive(socket), ["abc"]);
      assertEquals(await receive(socket), ["a"]);
      socket.subscribe("b");
      socket.unsubscribe("a");
      raw.send([3, 0], "ab", [3, 0], "b!");
      assertEquals(await receive(socket), ["b!"]);
      await assertSays(raw, signature(1));
      assertEquals(raw.pending, 0);
    });
  }

  strictTest(
    "a connecting socket that meets 1.0 sends what waited, and comes again (DG-1)",
    async (scope) => {
      const listener = await RawListener.open(scope);
      const push = scope.socket("Push", { zmtp1: true, reconnectInterval: 20 });
      push.connect(listener.address);
      await push.send("waited");
      const first = await listener.accept();
      first.send([1, 0]);
      await assertSays(first, octets(signature(1), [7, 0], "waited"));
      first.end();
      const second = await listener.accept();
      second.send([1, 0]);
      await push.send("more");
      await assertSays(second, octets(signature(1), [5, 0], "more"));
    },
  );

  strictTest("revision 0 is 1.0 with a socket type (DG-3)", async (scope) => {
    const { socket, raw } = await joined(scope, "Dealer", "bound tcp", { zmtp1: true, routingId: "lib" });
    raw.send(signature());
    await assertSays(raw, octets(signature(4), [3]));
    raw.send([0, 6]);
    await assertSays(raw, octets([5, 4, 0], "lib"));
    raw.send([3, 0], "me", [2, 0], "a");
    assertEquals(await receive(socket), ["a"]);
  });

  strictTest("peers of 2.0, 3.0 and 3.1 are served beside it (GR-3, GR-7)", async (scope) => {
    const { socket } = await target(scope, "Dealer", { zmtp1: true });
    await assertServes(scope, socket);
    const raw = await RawPeer.dial(scope, socket);
    raw.send(signature(), [1, 6, 0, 0], [0, 2], "ok");
    assertEquals(await receive(socket), ["ok"]);
    await assertSays(raw, octets(signature(1), [3, 5, 0, 0]));
  });

  const STRANGERS = [
    ["a length of 0", [0, 1, 2]],
    ["telnet", [0xff, 0xfb, 0x18, 0xff, 0xfb, 0x1f, 0xff, 0xfb, 0x20, 0xfe]],
    ["a size that fits no number", [...new Uint8Array(8).fill(0xff), 0xe2, 0xaa, 0, 0]],
    ["an identity of 256 octets", [0xff, 0, 0, 0, 0, 0, 0, 1, 1, 0]],
    ["an identity that begins with 0", [3, 0, 0, 65]],
    ["a size of 2^63 behind a good identity", [1, 0, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]],
  ] as const;
  for (const [name, wire] of STRANGERS) {
    strictTest(
      `${name} ends the connection, and is delivered to nobody (H-15, DG-10, DG-13, V-19, V-23)`,
      async (scope) => {
        const aim = await target(scope, "Dealer", { zmtp1: true, handshakeInterval: 300 });
        const raw = await RawPeer.dial(scope, aim.socket);
        raw.send(wire);
        await assertRefused(scope, aim, raw);
      },
    );
  }

  strictTest(
    "HTTP may pass for an identity and the beginning of a frame, and reaches nobody (H-15)",
    async (scope) => {
      const { socket } = await target(scope, "Dealer", { zmtp1: true });
      const raw = await RawPeer.dial(scope, socket);
      // "G" is a length of 71, and the space that comes then another of 32.
      raw.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a name that is rather long, as names go\r\n\r\n",
      );
      await raw.read(10);
      await assertServes(scope, socket);
      assertEquals(raw.pending, 0);
      raw.end();
      await assertServes(scope, socket);
    },
  );

  strictTest(
    "who says part of an identity, or nothing, is closed at handshakeInterval (H-15)",
    async (scope) => {
      for (const wire of [[], [3], [3, 0, 65], [0xff, 0, 0, 0, 0, 0, 0, 0, 9, 0, 65]]) {
        const aim = await target(scope, "Dealer", { zmtp1: true, handshakeInterval: 150 });
        const raw = await RawPeer.dial(scope, aim.socket);
        raw.send(wire);
        await assertRefused(scope, aim, raw, "ERR_ZMTP_HANDSHAKE_TIMEOUT");
      }
    },
  );

  strictTest("zmtp1 counts from the next bind on", async (scope) => {
    const { socket } = await target(scope, "Dealer");
    const before = socket.lastEndpoint!;
    (socket as unknown as { zmtp1: boolean }).zmtp1 = true;
    await socket.bind("tcp://127.0.0.1:*");
    const refused = await RawPeer.dial(scope, { lastEndpoint: before });
    refused.send([1, 0], [6, 0], "never");
    assertEquals([...await refused.closed()], [...octets(signature(), [3])]);
    const served = await RawPeer.dial(scope, socket);
    served.send([1, 0], [4, 0], "now");
    assertEquals(await receive(socket), ["now"]);
  });

  strictTest("a 1.0 peer that is silent behind its identity stays (H-15)", async (scope) => {
    const { socket, raw } = await joined(scope, "Push", "bound tcp", { zmtp1: true, handshakeInterval: 150 });
    raw.send([1, 0]);
    await raw.read(10);
    await assertSilent(raw, 400);
    await socket.send("now");
    await assertSays(raw, octets([4, 0], "now"));
  });
});

describe("Older versions and security", () => {
  const OLDER = [
    ["2.0", octets(signature(), [1, 5, 0, 0], [0, 5], "never")],
    ["revision 0", octets(signature(), [0, 5], [1, 0], [6, 0], "never")],
    ["1.0", octets([1, 0], [6, 0], "never")],
    ["1.0 with a long header", octets([0xff, 0, 0, 0, 0, 0, 0, 0, 3, 0], "me", [6, 0], "never")],
    ["revision 2", octets(signature(), [2, 5, 0, 0], [0, 5], "never")],
  ] as const;
  const keys = { curveSecretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6" };
  const SECURED: readonly (readonly [string, { [option: string]: unknown }])[] = [
    ["PLAIN", { plainServer: true }],
    ["CURVE", { curveServer: true, ...keys }],
    ["NULL with a domain", { zapDomain: "global" }],
  ];
  for (const [what, options] of SECURED) {
    strictTest(
      `${what} closes every older peer at once, and delivers nothing (DG-2, DG-14, SO-7, V-01, V-02, X-08, LT-387)`,
      async (scope) => {
        for (const zmtp1 of [false, true]) {
          for (const [version, wire] of OLDER) {
            const { socket, watch } = await target(scope, "Dealer", {
              ...options,
              zmtp1,
              receiveTimeout: 20,
            });
            const raw = await RawPeer.dial(scope, socket);
            raw.send(wire);
            const { error } = await watch.next("handshake:error:protocol");
            assertEquals(error!.code, "ERR_ZMTP_VERSION_UNSUPPORTED", `${version} to ${what}`);
            const said = octets(await raw.closed());
            assertEquals([...said], [...octets(signature(), [3])], "more than a signature was said");
            assertEquals(await socket.receive().then(texts, ({ code }) => code), "EAGAIN");
            socket.close();
          }
        }
      },
    );
  }
});
