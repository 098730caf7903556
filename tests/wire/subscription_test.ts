/**
 * Subscriptions on the wire (37/ZMTP, 29/PUBSUB): as commands to 3.1 peers and as messages to older ones, by binary
 * prefix, renewed at each reconnect, gone with their peer. Names begin with the rows of the conformance list (PS)
 * and of the catalogue of attacks (X, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { type Scope, strictTest, test, within } from "../interop/scope.ts";
import { isOurs, type SocketName, WIRE_NAMES } from "../interop/subject.ts";
import {
  COMMAND,
  command,
  commandOf,
  frame,
  greeting,
  message,
  octets,
  ping,
  type RawFrame,
  RawListener,
  RawPeer,
  ready,
  type Target,
  target,
  text,
} from "./raw.ts";

const subscribe = (topic: string) => command("SUBSCRIBE", topic);
const cancel = (topic: string) => command("CANCEL", topic);

describe("subscriptions", () => {
  test("PS-1 SUB tells a 3.1 publisher by SUBSCRIBE and CANCEL", async (scope) => {
    const listener = await RawListener.open(scope);
    const sub = scope.socket("Subscriber");
    sub.subscribe("early");
    sub.connect(listener.address);
    const pub = await listener.accept();
    await pub.handshake("PUB");
    assertEquals(said(await pub.frame()), "SUBSCRIBE early");
    sub.subscribe("late");
    assertEquals(said(await pub.frame()), "SUBSCRIBE late");
    sub.unsubscribe("early");
    assertEquals(said(await pub.frame()), "CANCEL early");
  });

  test("PS-2 SUB tells a 3.0 publisher by messages", async (scope) => {
    const listener = await RawListener.open(scope);
    const sub = scope.socket("Subscriber");
    sub.subscribe("early");
    sub.connect(listener.address);
    const pub = await listener.accept();
    await pub.join(greeting({ version: [3, 0] }), ready("PUB"));
    assertEquals(said(await pub.frame()), "\x01early");
    sub.unsubscribe("early");
    assertEquals(said(await pub.frame()), "\x00early");
  });

  test("PS-5 SUB counts: it cancels when the last of equal subscriptions goes", async (scope) => {
    const listener = await RawListener.open(scope);
    const sub = scope.socket("Subscriber");
    sub.subscribe("twice");
    sub.connect(listener.address);
    const pub = await listener.accept();
    await pub.handshake("PUB");
    assertEquals(said(await pub.frame()), "SUBSCRIBE twice");
    sub.subscribe("twice");
    sub.unsubscribe("twice");
    sub.subscribe("mark");
    let next = said(await pub.frame());
    // Saying it again is allowed, taking it back is not.
    if (next === "SUBSCRIBE twice") next = said(await pub.frame());
    assertEquals(next, "SUBSCRIBE mark");
    sub.unsubscribe("twice");
    assertEquals(said(await pub.frame()), "CANCEL twice");
  });

  for (const size of [244, 245, 246, 255, 256, 300]) {
    test(`PS-14 a topic of ${size} octets is framed to its length`, async (scope) => {
      const listener = await RawListener.open(scope);
      const sub = scope.socket("Subscriber");
      const topic = "t".repeat(size);
      sub.subscribe(topic);
      sub.connect(listener.address);
      const pub = await listener.accept();
      await pub.handshake("PUB");
      assertEquals(said(await pub.frame()), `SUBSCRIBE ${topic}`);
      sub.unsubscribe(topic);
      assertEquals(said(await pub.frame()), `CANCEL ${topic}`);
    });
  }

  test("PS-7 a publisher that comes back hears every subscription again (F-33)", async (scope) => {
    await renewed(scope, 2);
  });

  strictTest("PS-7 also when they are more than the high-water mark (H-08, F-19)", async (scope) => {
    await renewed(scope, 3000);
  });

  for (const name of ["Publisher", "XPublisher"] as const) {
    const type = WIRE_NAMES[name];

    test(`PS-3 ${type} takes commands and messages from any peer, in any mix`, async (scope) => {
      for (const version of [[3, 1], [3, 0]]) {
        const { aim, raw } = await subscriber(scope, name, version);
        raw.send(subscribe("A"), message("\x01B"));
        await told(aim, raw);
        await aim.socket.send(["A", "1"]);
        await aim.socket.send(["B", "1"]);
        assertEquals(await raw.message(), ["A", "1"]);
        assertEquals(await raw.message(), ["B", "1"]);
        raw.send(message("\x00A"), cancel("B"), subscribe("C"));
        await told(aim, raw);
        await aim.socket.send(["A", "2"]);
        await aim.socket.send(["B", "2"]);
        await aim.socket.send(["C", "2"]);
        assertEquals(await raw.message(), ["C", "2"]);
      }
    });

    test(`PS-4 PS-6 ${type} filters by binary prefix and delivers once`, async (scope) => {
      const { aim, raw } = await subscriber(scope, name);
      raw.send(subscribe("A"), subscribe("AB"), subscribe("ABC"), subscribe("\0b"), subscribe("\xff\xfe"));
      await told(aim, raw);
      for (const topic of ["a", "ABCD", "\0", "\0bc", "A"]) await aim.socket.send(topic);
      await aim.socket.send(new Uint8Array([0xff]));
      await aim.socket.send(new Uint8Array([0xff, 0xfe, 0xfd]));
      for (const topic of ["ABCD", "\0bc", "A", "\xff\xfe\xfd"]) assertEquals(await raw.message(), [topic]);
      raw.send(subscribe("")); // The empty topic matches everything.
      await told(aim, raw);
      await aim.socket.send("whatever");
      assertEquals(await raw.message(), ["whatever"]);
    });

    test(`PS-5 one CANCEL takes back equal subscriptions of ${type}, as libzmq's subscribers expect`, async (scope) => {
      const { aim, raw } = await subscriber(scope, name);
      raw.send(subscribe("A"), subscribe("A"), cancel("A"), subscribe("mark"));
      await told(aim, raw);
      await aim.socket.send("A");
      await aim.socket.send("mark");
      assertEquals(await raw.message(), ["mark"]);
    });

    test(`PS-15 a CANCEL of what nobody subscribed changes nothing at ${type} (X-63)`, async (scope) => {
      const { aim, raw } = await subscriber(scope, name);
      raw.send(cancel("nope"), subscribe("AB"), cancel("A"), cancel("ABC"), cancel(""));
      await told(aim, raw);
      await aim.socket.send("ABC");
      assertEquals(await raw.message(), ["ABC"]);
    });

    test(`a topic of 200 kB works at ${type}, and its CANCEL (X-62, V-09)`, async (scope) => {
      const { aim, raw } = await subscriber(scope, name);
      const topic = "t".repeat(200000);
      raw.send(subscribe(topic));
      await told(aim, raw);
      await aim.socket.send(`${topic}!`);
      assertEquals((await raw.message())[0]!.length, 200001);
      raw.send(cancel(topic), subscribe("mark"));
      await told(aim, raw);
      await aim.socket.send(`${topic}!`);
      await aim.socket.send("mark");
      assertEquals(await raw.message(), ["mark"]);
    });

    test(`10000 equal topics and topics within topics do not disturb ${type} (X-61, X-64)`, async (scope) => {
      const { aim, raw } = await subscriber(scope, name);
      raw.send(...Array.from({ length: 10000 }, () => subscribe("same")));
      raw.send(...Array.from({ length: 1000 }, (_, index) => subscribe("a".repeat(index + 1))));
      await told(aim, raw);
      await aim.socket.send("same");
      assertEquals(await raw.message(), ["same"]);
      await aim.socket.send("aaa");
      assertEquals(await raw.message(), ["aaa"]);
    });
  }

  test("PS-8 XPUB hears that the topics of a lost peer are gone (F-44)", async (scope) => {
    for (const how of ["end", "reset"] as const) {
      const { aim, raw } = await subscriber(scope, "XPublisher");
      raw.send(subscribe("one"), subscribe("two"));
      const gained = [await notice(aim), await notice(aim)];
      assertEquals(gained, ["\x01one", "\x01two"]);
      raw[how]();
      const lost = [await notice(aim), await notice(aim)];
      assertEquals(lost.toSorted(), ["\x00one", "\x00two"]);
    }
  });

  test("PS-8 XPUB hears nothing of a lost peer's topic that another still holds", async (scope) => {
    const { aim, raw } = await subscriber(scope, "XPublisher");
    const other = await RawPeer.dial(scope, aim.socket);
    await other.handshake("SUB");
    raw.send(subscribe("shared"));
    assertEquals(await notice(aim), "\x01shared");
    other.send(subscribe("shared"), subscribe("own"));
    assertEquals(await notice(aim), "\x01own"); // PS-9: a repetition is not told.
    raw.end();
    await aim.watch.next("disconnect");
    other.end();
    assertEquals([await notice(aim), await notice(aim)].toSorted(), ["\x00own", "\x00shared"]);
  });

  // libzmq tells of each CANCEL without a subscription: a proxy then ends upstream what another peer still has.
  strictTest("a CANCEL of what this peer has not, or not any more, is not told by XPUB", async (scope) => {
    const { aim, raw } = await subscriber(scope, "XPublisher");
    const other = await RawPeer.dial(scope, aim.socket);
    await other.handshake("SUB");
    other.send(subscribe("A"));
    assertEquals(await notice(aim), "\x01A");
    raw.send(cancel("A"), subscribe("A"), cancel("A"), cancel("A"), message("\x00A"), cancel("never"));
    raw.send(subscribe("mark"));
    assertEquals(await notice(aim), "\x01mark");
    other.send(cancel("A"));
    assertEquals(await notice(aim), "\x00A");
  });

  test("PS-10 XPUB delivers a subscriber's messages, PUB discards them (X-67)", async (scope) => {
    const { aim, raw } = await subscriber(scope, "XPublisher");
    raw.send(message("\x02user"));
    assertEquals(await notice(aim), "\x02user");

    const { aim: pub, raw: sub } = await subscriber(scope, "Publisher");
    sub.send(message("\x02user"), message("more", "parts"), subscribe("A"));
    await told(pub, sub);
    await pub.socket.send("A");
    assertEquals(await sub.message(), ["A"]);
  });

  test("PS-11 SUB filters what it receives, though a publisher may send everything", async (scope) => {
    const { socket } = await target(scope, "Subscriber");
    socket.subscribe("A");
    const raw = await RawPeer.dial(scope, socket);
    await raw.handshake("PUB");
    raw.send(message("B", "not asked for"), message("", "nor this"), message("AB", "this"));
    assertEquals((await socket.receive()).map(text), ["AB", "this"]);
  });

  test("PS-12 a subscriber that never reads does not block PUB", async (scope) => {
    const { aim, raw } = await subscriber(scope, "Publisher");
    raw.send(subscribe(""));
    await told(aim, raw);
    const message = new Uint8Array(10000);
    for (let round = 0; round < 3000; round++) await within(aim.socket.send(message), 2000, "send()");
    assert(aim.watch.count("disconnect") === 0);
  });

  test("a subscription message with MORE whose peer goes leaves others whole (X-66)", async (scope) => {
    const { aim, raw } = await subscriber(scope, "XPublisher");
    raw.send(frame(1, "\x01A"));
    raw.end();
    const other = await RawPeer.dial(scope, aim.socket);
    await other.handshake("SUB");
    other.send(subscribe("B"));
    let told = await notice(aim);
    while (told !== "\x01B") told = await notice(aim);
  });
});

/** SUB subscribes, and at three connections in a row says so. */
async function renewed(scope: Scope, count: number): Promise<void> {
  const listener = await RawListener.open(scope);
  const sub = scope.socket("Subscriber", { reconnectInterval: 10 });
  const topics = Array.from({ length: count }, (_, index) => `topic ${index}`);
  sub.subscribe(...topics);
  sub.connect(listener.address);
  for (let life = 0; life < 3; life++) {
    const received = sub.receive();
    const pub = await listener.accept();
    await pub.handshake("PUB");
    const heard: string[] = [];
    while (heard.length < count) heard.push(said(await pub.frame()));
    assertEquals(heard.toSorted(), topics.map((topic) => `SUBSCRIBE ${topic}`).toSorted());
    pub.send(message("topic 0", `life ${life}`));
    assertEquals((await received).map(text), ["topic 0", `life ${life}`]);
    pub.end();
  }
}

/** A bound publisher with one raw subscriber. */
async function subscriber(
  scope: Scope,
  name: SocketName,
  version: readonly number[] = [3, 1],
): Promise<{ aim: Target; raw: RawPeer }> {
  const aim = await target(scope, name);
  const raw = await RawPeer.dial(scope, aim.socket);
  await raw.join(greeting({ version }), ready("SUB"));
  await aim.watch.next("handshake");
  return { aim, raw };
}

/** Waits until the publisher has taken all that was sent before: its PONG comes after. */
async function told({ socket }: Target, raw: RawPeer): Promise<void> {
  raw.send(ping(0, "told"));
  // libzmq's publisher takes in subscriptions only when it is asked for something.
  const nudge = isOurs ? undefined : setInterval(() => socket.writable, 5);
  const { name } = commandOf(await raw.frame());
  clearInterval(nudge);
  assertEquals(name, "PONG");
}

async function notice({ socket }: Target): Promise<string> {
  return text((await within(socket.receive(), 5000, "a notice"))[0]!);
}

function said(found: RawFrame): string {
  if (!(found.flags & COMMAND)) return text(octets(found.body));
  const { name, body } = commandOf(found);
  return `${name} ${text(body)}`;
}
