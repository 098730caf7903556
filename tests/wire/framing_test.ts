/**
 * 37/ZMTP's frames and commands on the wire after a good handshake: both forms of every size, what must be refused
 * from the header alone, messages whole or not at all, any segmentation. Names begin with the rows of the
 * conformance list (FR) and of the catalogue of attacks (X, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { type Scope, strictTest, test, within } from "../interop/scope.ts";
import type { SocketName } from "../interop/subject.ts";
import { WIRE_NAMES } from "../interop/subject.ts";
import {
  assertRefused,
  assertServes,
  COMMAND,
  command,
  commandOf,
  frame,
  greeting,
  LONG,
  message,
  MORE,
  octets,
  ping,
  RawPeer,
  ready,
  size64,
  type Target,
  target,
  text,
} from "./raw.ts";

describe("framing", () => {
  test("FR-1 FR-2 bodies up to 255 octets go in the short form, longer ones in the long form", async (scope) => {
    const { aim, raw } = await joined(scope);
    for (const [size, header] of [[0, [0, 0]], [1, [0, 1]], [255, [0, 255]]] as const) {
      await aim.socket.send(new Uint8Array(size));
      assertEquals([...await raw.read(2 + size)].slice(0, 2), [...header]);
    }
    for (const size of [256, 65535, 65536]) {
      await aim.socket.send(new Uint8Array(size));
      assertEquals([...(await raw.read(9 + size)).subarray(0, 9)], [LONG, ...size64(size)]);
    }
    await aim.socket.send(["first", "last"]);
    assertEquals(text(await raw.read(13)), text(message("first", "last")));
  });

  test("FR-3 the long form is taken for any size, none included", async (scope) => {
    const { aim, raw } = await joined(scope);
    for (const body of ["", "a", "b".repeat(255), "c".repeat(70000)]) {
      raw.send(frame(LONG, body));
      assertEquals((await aim.socket.receive()).map(text), [body]);
    }
  });

  for (const bit of [0x08, 0x10, 0x20, 0x40, 0x80]) {
    strictTest(`FR-4 the reserved flag ${bit.toString(16)} closes the connection (X-34)`, async (scope) => {
      const { aim, raw } = await joined(scope);
      raw.send([bit, 5], "never");
      await assertRefused(scope, aim, raw);
    });
  }

  strictTest("FR-5 MORE on a command closes the connection (X-35)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(frame(COMMAND | MORE, "\x04PING\0\0"));
    await assertRefused(scope, aim, raw);
  });

  test("FR-6 10000 unknown commands are passed over, and the message after them is delivered (X-42)", async (scope) => {
    const { aim, raw } = await joined(scope);
    const unknown = command("FOOBAR", "some data");
    raw.send(...Array.from({ length: 10000 }, () => unknown), message("after them"));
    assertEquals((await within(aim.socket.receive(), 5000, "the message")).map(text), ["after them"]);
  });

  for (const name of ["Dealer", "Router", "Pair", "Reply", "Pull"] as const) {
    strictTest(
      `FR-6 SUBSCRIBE and CANCEL are never delivered by ${WIRE_NAMES[name]} (H-07)`,
      async (scope) => {
        const peerTypes: { [name in SocketName]?: string } = { Pair: "PAIR", Reply: "REQ", Pull: "PUSH" };
        const { aim, raw } = await joined(scope, name, {}, peerTypes[name] ?? "DEALER");
        raw.send(command("SUBSCRIBE", "xyz"), command("CANCEL", "xyz"));
        raw.send(name === "Reply" ? message("", "data") : message("data"));
        assertEquals((await within(aim.socket.receive(), 5000, "the message")).at(-1)!.length, 4);
      },
    );
  }

  for (
    const [what, body] of [["no name", ""], ["an empty name", "\0"], [
      "a name beyond its end",
      "\x09PING",
    ]] as const
  ) {
    strictTest(`FR-7 a command with ${what} closes the connection (X-12)`, async (scope) => {
      const { aim, raw } = await joined(scope);
      raw.send(frame(COMMAND, body));
      await assertRefused(scope, aim, raw);
    });
  }

  for (
    const [what, size] of [
      ["2^63", 1n << 63n],
      ["2^64-1", (1n << 64n) - 1n],
      ["2^53+1", (1n << 53n) + 1n],
    ] as const
  ) {
    test(`FR-8 a frame of ${what} octets is refused from its header (X-30, V-04)`, async (scope) => {
      const { aim, raw } = await joined(scope);
      raw.send([LONG], size64(size), "some octets");
      await assertRefused(scope, aim, raw);
    });
  }

  strictTest("a command frame of 2^40 octets is refused from its header (X-32)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send([LONG | COMMAND], size64(1n << 40n));
    await assertRefused(scope, aim, raw);
  });

  test("FR-9 refuses a frame above maxMessageSize from the header alone (X-33)", async (scope) => {
    const { aim, raw } = await joined(scope, "Dealer", { maxMessageSize: 1000 });
    raw.send(message("x".repeat(1000)));
    assertEquals((await aim.socket.receive())[0]!.length, 1000);
    raw.send([LONG], size64(1001));
    await assertRefused(scope, aim, raw, "ERR_ZMTP_MESSAGE_TOO_LONG");
  });

  test("FR-9 maxMessageSize bounds a frame, not a message", async (scope) => {
    const { aim, raw } = await joined(scope, "Dealer", { maxMessageSize: 1000 });
    raw.send(message(...Array.from({ length: 10 }, () => "x".repeat(900))));
    assertEquals((await aim.socket.receive()).length, 10);
  });

  for (const how of ["end", "reset"] as const) {
    test(`FR-10 nothing of a message is delivered whose peer goes (${how}) after MORE`, async (scope) => {
      const { aim, raw } = await joined(scope);
      raw.send(message("whole"));
      assertEquals((await aim.socket.receive()).map(text), ["whole"]);
      raw.send(frame(MORE, "first"), frame(MORE, "second"));
      raw[how]();
      await aim.watch.next("disconnect");
      await assertServes(scope, aim.socket);
    });
  }

  test("FR-10 nothing is delivered of a frame whose peer goes in the middle of it", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(frame(MORE, "first"), [LONG], size64(100000), new Uint8Array(50000));
    raw.end();
    await aim.watch.next("disconnect");
    await assertServes(scope, aim.socket);
  });

  test("an unfinished message waits without blocking other peers (X-37)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(frame(MORE, "a"));
    await assertServes(scope, aim.socket);
    raw.send(frame(0, "b"));
    assertEquals((await aim.socket.receive()).map(text), ["a", "b"]);
  });

  test("FR-12 a PING between the parts of a message is answered, and the message is whole (X-41)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(frame(MORE, "a"), ping(0, "ctx"), frame(0, "b"));
    assertEquals((await aim.socket.receive()).map(text), ["a", "b"]);
    const pong = commandOf(await raw.frame());
    assertEquals([pong.name, text(pong.body)], ["PONG", "ctx"]);
  });

  for (const size of [1, 3, 7]) {
    test(`FR-15 frames of both forms arrive in segments of ${size} (X-39)`, async (scope) => {
      const { aim, raw } = await joined(scope);
      const sent = octets(message("short", "x".repeat(300), ""), frame(LONG, "long form"));
      await raw.sendInSegments(size, sent);
      assertEquals((await aim.socket.receive()).map(text), ["short", "x".repeat(300), ""]);
      assertEquals((await aim.socket.receive()).map(text), ["long form"]);
    });
  }

  test("FR-15 20000 messages in one segment do not keep another peer waiting for them all (X-40)", async (scope) => {
    const { aim, raw } = await joined(scope, "Dealer", { receiveHighWaterMark: 100 });
    raw.send(...Array.from({ length: 20000 }, (_, index) => message(`flood ${index}`)));
    const other = await RawPeer.dial(scope, aim.socket);
    await other.handshake("DEALER");
    other.send(message("me too"));
    let before = 0;
    while (text((await aim.socket.receive())[0]!) !== "me too") before++;
    assert(before < 20000, "fair queueing gives each peer its turn (RFC 28)");
  });

  test("frames that promise 1 GiB and deliver ten octets do not disturb others (X-31)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send([LONG], size64(1 << 30), "ten octets");
    for (let more = 0; more < 4; more++) {
      const another = await RawPeer.dial(scope, aim.socket);
      await another.handshake("DEALER");
      another.send([LONG], size64(1 << 30), "ten octets");
    }
    await assertServes(scope, aim.socket);
  });

  strictTest(
    "a message without end is refused before it has a million parts (H-14, X-36, X-38)",
    async (scope) => {
      const { aim, raw } = await joined(scope);
      const parts = octets(...Array.from({ length: 1000 }, () => [MORE, 0]));
      for (let round = 0; round < 1000 && !raw.isClosed; round++) {
        raw.send(parts);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await assertRefused(scope, aim, raw);
    },
  );

  test("SO-3 FR-11 a message of many parts leaves whole", async (scope) => {
    const { aim, raw } = await joined(scope);
    const parts = Array.from({ length: 500 }, (_, index) => `part ${index}`);
    await aim.socket.send(parts);
    assertEquals(await raw.message(), parts);
  });
});

/** A bound socket with one raw peer that has done its handshake. */
async function joined(
  scope: Scope,
  name: SocketName = "Dealer",
  options: { [option: string]: unknown } = {},
  peerType = "DEALER",
): Promise<{ aim: Target; raw: RawPeer }> {
  const aim = await target(scope, name, options);
  const raw = await RawPeer.dial(scope, aim.socket);
  await raw.join(greeting(), ready(peerType));
  await aim.watch.next("handshake");
  return { aim, raw };
}
