/**
 * The types of one part on the wire: RADIO and DISH (RFC 48) octet by octet, and what SERVER, CLIENT, GATHER, PEER,
 * CHANNEL (RFC 41, 49, 51, 52) and DISH do with messages and commands that are none of theirs. Names begin with the
 * rows of the conformance list (DR).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { type Scope, strictTest, test, until, within } from "../interop/scope.ts";
import { DRAFT_WIRE_NAMES, type DraftName, type DraftSocket, isOurs, type Name } from "../interop/subject.ts";
import {
  COMMAND,
  command,
  commandOf,
  frame,
  greeting,
  message,
  octets,
  ping,
  RawListener,
  RawPeer,
  ready,
  text,
} from "./raw.ts";

const join = (group: string) => command("JOIN", group);
const leave = (group: string) => command("LEAVE", group);

async function bound(
  scope: Scope,
  name: DraftName,
  mate: string,
  options?: { [option: string]: unknown },
): Promise<{ socket: DraftSocket; raw: RawPeer }> {
  const socket = scope.draft(name, options);
  await socket.bind("tcp://127.0.0.1:*");
  const raw = await RawPeer.dial(scope, socket);
  await raw.handshake(mate);
  return { socket, raw };
}

/** After its PONG a RADIO has taken all that came before the PING. */
async function taken(raw: RawPeer): Promise<void> {
  raw.send(ping(0, "x"));
  const { flags, body } = await raw.frame();
  assertEquals([flags, text(body)], [COMMAND, "\x04PONGx"]);
}

/** Which of these groups a RADIO sends to this peer; "end" is joined too, to know when all has come. */
async function heard(radio: DraftSocket, raw: RawPeer, groups: readonly string[]): Promise<string[]> {
  raw.send(join("end"));
  await taken(raw);
  for (const group of [...groups, "end"]) await radio.send("x", { group });
  const all: string[] = [];
  for (;;) {
    const [group, body] = await raw.message();
    assertEquals(body, "x");
    if (group === "end") return all;
    all.push(group!);
  }
}

describe("RADIO on the wire", () => {
  test("DR-5 a message is two frames, the group with MORE and the body", async (scope) => {
    const { socket, raw } = await bound(scope, "Radio", "DISH");
    raw.send([4, 7], "\x04JOIN", "g1");
    await taken(raw);
    await socket.send("body", { group: "g1" });
    assertEquals(await raw.read(10), octets([1, 2], "g1", [0, 4], "body"));
    await socket.send("", { group: "g1" });
    assertEquals(await raw.read(6), octets([1, 2], "g1", [0, 0]));
  });

  test("DR-6 JOIN starts and LEAVE stops a group, matched as a whole; both may come in pieces", async (scope) => {
    const { socket, raw } = await bound(scope, "Radio", "DISH");
    const long = "g".repeat(255);
    await raw.sendInSegments(1, octets(join("g1"), join(""), join(long)));
    assertEquals(await heard(socket, raw, ["g1", "g", "g12", "", long]), ["g1", "", long]);
    await raw.sendInSegments(3, octets(leave("g1"), leave("never joined"), leave("")));
    assertEquals(await heard(socket, raw, ["g1", "", long]), [long]);
  });

  test("a group that was joined twice is sent once, and stays joined until it was left twice", async (scope) => {
    const { socket, raw } = await bound(scope, "Radio", "DISH");
    raw.send(join("g"), join("g"), leave("g"));
    assertEquals(await heard(socket, raw, ["g"]), ["g"]);
    raw.send(leave("g"), leave("g"), join("h"));
    assertEquals(await heard(socket, raw, ["g", "h"]), ["h"]);
  });

  test("DR-7 ordinary messages join nothing, in no form, and the connection stays", async (scope) => {
    const { socket, raw } = await bound(scope, "Radio", "DISH");
    raw.send(
      message("\x01g"),
      message("", "g"),
      message("\x04JOINg"),
      message("JOIN", "g"),
      command("SUBSCRIBE", "g"),
    );
    assertEquals(await heard(socket, raw, ["g", "", "JOIN"]), []);
    if (isOurs) {
      assertEquals((socket as unknown as { dropped: { unexpected: number } }).dropped.unexpected, 4);
    }
  });

  test("a DISH of ZMTP 3.0 is heard as well: RFC 48 has no older form", async (scope) => {
    const socket = scope.draft("Radio");
    await socket.bind("tcp://127.0.0.1:*");
    const raw = await RawPeer.dial(scope, socket);
    await raw.join(greeting({ version: [3, 0] }), ready("DISH"));
    raw.send(join("g"));
    assertEquals(await heard(socket, raw, ["g", "h"]), ["g"]);
  });

  // libzmq's set_group asserts, and the process ends.
  strictTest("a JOIN of 256 octets is refused, with an event that says so", async (scope) => {
    for (const make of [join, leave]) {
      const { socket, raw } = await bound(scope, "Radio", "DISH");
      const watch = scope.watch(socket);
      raw.send(make("g".repeat(256)));
      await raw.closed();
      const { error } = await watch.next("disconnect");
      assertEquals(error?.code, "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED");
    }
  });

  strictTest("a peer that joins more than maxSubscriptions groups is disconnected", async (scope) => {
    const { socket, raw } = await bound(scope, "Radio", "DISH", { maxSubscriptions: 100 });
    const watch = scope.watch(socket);
    for (let i = 0; i < 100; i++) raw.send(join(`${i}`), join(`${i}`));
    await taken(raw);
    raw.send(join("one more"));
    await raw.closed();
    assertEquals((await watch.next("disconnect")).error?.code, "ERR_ZMTP_UNSPECIFIED");
  });
});

/** The groups that a DISH has joined once it has said this one; libzmq says what it left meanwhile too, and LEAVE. */
async function joined(raw: RawPeer, last: string): Promise<string[]> {
  const groups = new Set<string>();
  while (!groups.has(last)) {
    const { name, body } = commandOf(await raw.frame());
    if (name === "JOIN") groups.add(text(body));
    else if (name === "LEAVE") groups.delete(text(body));
  }
  return [...groups].toSorted();
}

/** A call that waits: libzmq's DISH takes in new peers and tells them its groups only in such a one. */
function waiting(dish: DraftSocket): ReturnType<DraftSocket["receive"]> {
  const message = dish.receive();
  message.catch(() => {}); // The socket may be closed before one comes.
  return message;
}

describe("DISH on the wire", () => {
  test("DR-6 says JOIN and LEAVE as commands, to a peer of 3.0 too", async (scope) => {
    for (const version of [[3, 1], [3, 0]]) {
      const listener = await RawListener.open(scope);
      const dish = scope.draft("Dish");
      dish.join("early");
      dish.connect(listener.address);
      const radio = await listener.accept();
      await radio.join(greeting({ version }), ready("RADIO"));
      assertEquals(await radio.read(12), octets([4, 10], "\x04JOIN", "early"));
      dish.join("late");
      assertEquals(await radio.read(11), octets([4, 9], "\x04JOIN", "late"));
      dish.leave("early");
      assertEquals(await radio.read(13), octets([4, 11], "\x05LEAVE", "early"));
    }
  });

  test("says all its groups again after a reconnect, and none that it has left", async (scope) => {
    const listener = await RawListener.open(scope);
    const dish = scope.draft("Dish", { reconnectInterval: 5 });
    dish.join("kept", "left");
    dish.connect(listener.address);
    waiting(dish);
    const first = await listener.accept();
    await first.handshake("RADIO");
    assertEquals(await joined(first, "left"), ["kept", "left"]);
    first.end();
    await first.closed();
    dish.leave("left");
    dish.join("new");
    const second = await listener.accept();
    await second.handshake("RADIO");
    assertEquals(await joined(second, "new"), ["kept", "new"]);
  });

  test("DR-7 takes its groups alone, with the group beside the body", async (scope) => {
    const { socket, raw } = await bound(scope, "Dish", "RADIO");
    socket.join("g");
    const first = waiting(socket);
    await raw.frame();
    raw.send(message("other", "x"), message("g", "wanted"), message("", "x"), message("g", ""));
    const received = async (message: ReturnType<DraftSocket["receive"]>): Promise<string[]> => {
      const [body, from] = await within(message, 5000, "a message");
      return [text(from!.group as Uint8Array), text(body)];
    };
    assertEquals([await received(first), await received(socket.receive())], [["g", "wanted"], ["g", ""]]);
  });

  for (
    const [what, sent] of [
      ["one frame", message("g")],
      ["three frames", message("g", "a", "b")],
      ["a group of 256 octets", message("g".repeat(256), "x")],
    ] as const
  ) {
    test(`DR-2 disconnects a RADIO that sends ${what}, and delivers nothing of it`, async (scope) => {
      const { socket, raw } = await bound(scope, "Dish", "RADIO");
      socket.join("g");
      const first = waiting(socket);
      const watch = scope.watch(socket);
      await raw.frame();
      raw.send(sent, message("g", "after"));
      await raw.closed();
      await watch.next("disconnect");
      const good = await RawPeer.dial(scope, socket);
      await good.handshake("RADIO");
      good.send(message("g", "good"));
      assertEquals(text((await within(first, 5000, "the good message"))[0]), "good");
    });
  }
});

/** Who receives messages of one part, from whom. */
const RECEIVERS: readonly (readonly [DraftName, string])[] = [
  ["Server", "CLIENT"],
  ["Client", "SERVER"],
  ["Gather", "SCATTER"],
  ["Peer", "PEER"],
  ["Channel", "CHANNEL"],
];

describe("types of one part on the wire", () => {
  for (const [name, mate] of RECEIVERS) {
    // zeromq.js has no PEER and no CHANNEL.
    const declare = name === "Peer" || name === "Channel" ? strictTest : test;

    declare(
      `DR-2 ${DRAFT_WIRE_NAMES[name]} drops what has several parts, and keeps the connection`,
      async (scope) => {
        const { socket, raw } = await bound(scope, name, mate);
        raw.send(
          frame(1, "a"),
          frame(0, "b"),
          message("one"),
          message("", ""),
          message("a", "b", "c"),
          message(""),
        );
        const bodies: string[] = [];
        while (bodies.length < 2) bodies.push(text((await within(receiving(socket), 5000, "a message"))[0]));
        assertEquals(bodies, ["one", ""]);
        assert(!raw.isClosed);
        if (isOurs) {
          assertEquals((socket as unknown as { dropped: { unexpected: number } }).dropped.unexpected, 3);
        }
      },
    );

    declare(`${DRAFT_WIRE_NAMES[name]} ignores JOIN and LEAVE`, async (scope) => {
      const { socket, raw } = await bound(scope, name, mate);
      raw.send(join("g"), message("one"), leave("g"), message("two"));
      for (const body of ["one", "two"]) {
        assertEquals(text((await within(socket.receive(), 5000, "a message"))[0]), body);
      }
    });
  }

  test("DR-4 a CLIENT's message is one frame without an envelope, and so is a SERVER's", async (scope) => {
    const { socket, raw } = await bound(scope, "Server", "CLIENT");
    raw.send([0, 5], "hello");
    const [body, from] = await within(socket.receive(), 5000, "the message");
    assertEquals(text(body), "hello");
    await socket.send("answer", from as Name);
    assertEquals(await raw.read(8), octets([0, 6], "answer"));

    const listener = await RawListener.open(scope);
    const client = scope.draft("Client");
    client.connect(listener.address);
    const server = await listener.accept();
    const properties = await server.handshake("SERVER");
    assertEquals(properties.get("Socket-Type"), "CLIENT");
    await client.send("hello");
    assertEquals(await server.read(7), octets([0, 5], "hello"));
  });

  test("DR-3 an Identity that a CLIENT says is none: the SERVER chooses its number", async (scope) => {
    const socket = scope.draft("Server");
    await socket.bind("tcp://127.0.0.1:*");
    const numbers = new Set<number>();
    for (let i = 0; i < 2; i++) {
      const raw = await RawPeer.dial(scope, socket);
      await raw.handshake("CLIENT", octets([8], "Identity", [0, 0, 0, 4], [0, 0, 0, 7]));
      raw.send(message("hello"));
      const [, from] = await within(socket.receive(), 5000, "the message");
      numbers.add(from!.routingId!);
    }
    assertEquals(numbers.size, 2);
    assert(!numbers.has(7) && !numbers.has(0));
  });

  strictTest(
    "a PEER keeps the number of who it connects to over a reconnect, and sends what waited",
    async (scope) => {
      const listener = await RawListener.open(scope);
      const peer = scope.draft("Peer", { reconnectInterval: 5 });
      const routingId = peer.connectPeer(listener.address);
      const first = await listener.accept();
      await first.handshake("PEER");
      await peer.send("1", { routingId });
      assertEquals(await first.message(), ["1"]);
      const watch = scope.watch(peer);
      first.end();
      await watch.next("disconnect");
      await peer.send("2", { routingId });
      const second = await listener.accept();
      await second.handshake("PEER");
      assertEquals(await second.message(), ["2"]);
      second.send(message("back"));
      assertEquals((await within(peer.receive(), 5000, "the answer"))[1], { routingId });
    },
  );

  strictTest("a CHANNEL closes a second peer, and takes it when the first has gone", async (scope) => {
    const { socket, raw } = await bound(scope, "Channel", "CHANNEL");
    const second = await RawPeer.dial(scope, socket);
    second.send(greeting(), ready("CHANNEL"));
    await second.closed();
    raw.end();
    await raw.closed();
    let taken = false;
    await until("another peer is taken", async () => {
      const third = await RawPeer.dial(scope, socket);
      await third.handshake("CHANNEL").catch(() => {});
      third.send(message("third"));
      await third.closed(50).catch(() => taken = true);
      return taken;
    });
    assertEquals(text((await within(socket.receive(), 5000, "its message"))[0]), "third");
  });
});

/** libzmq answers the call that met a dropped message with EAGAIN; the next one has what follows. */
async function receiving(socket: DraftSocket): ReturnType<DraftSocket["receive"]> {
  for (;;) {
    try {
      return await socket.receive();
    } catch (error) {
      if (isOurs || (error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}
