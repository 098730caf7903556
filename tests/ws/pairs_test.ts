/**
 * The classic pairs of socket types over `ws://` and `wss://`, ours on both ends: the patterns of RFC 28 to 31, big
 * messages, order, and many peers.
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, texts } from "../interop/scope.ts";
import type { AnySocket, SocketName } from "../interop/subject.ts";
import { AUTHORITY, CERTIFICATE, KEY } from "../support/test_certificates.ts";

const ENDS = {
  ws: { bound: {}, connected: {} },
  wss: { bound: { wssCertPem: CERTIFICATE, wssKeyPem: KEY }, connected: { wssTrustPem: AUTHORITY } },
} as const;

type Exchange = (bound: AnySocket, connected: AnySocket) => Promise<void>;

const ROWS: readonly [bound: SocketName, connected: SocketName, exchange: Exchange][] = [
  ["Pair", "Pair", bothWays],
  ["Dealer", "Dealer", bothWays],
  ["Reply", "Request", (reply, request) => requests(request, reply)],
  ["Request", "Reply", requests],
  ["Router", "Request", (router, request) => routed(request, router)],
  ["Router", "Dealer", (router, dealer) => envelopes(dealer, router)],
  ["Dealer", "Router", envelopes],
  ["Pull", "Push", (pull, push) => oneWay(push, pull)],
  ["Push", "Pull", oneWay],
  ["XPublisher", "Subscriber", publications],
  ["XSubscriber", "XPublisher", (subscriber, publisher) => publications(publisher, subscriber)],
];

for (const scheme of ["ws", "wss"] as const) {
  describe(`${scheme}: pairs`, () => {
    for (const [bound, connected, exchange] of ROWS) {
      test(`${bound} bound, ${connected} connected`, async (scope) => {
        await exchange(...await link(scope, scheme, bound, connected));
      });
    }

    test("16 MiB pass in either direction, beside small parts and empty ones", async (scope) => {
      const [one, two] = await link(scope, scheme, "Pair", "Pair");
      const big = new Uint8Array(16 << 20).map((_, i) => i % 251);
      for (const [from, to] of [[one, two], [two, one]] as const) {
        await from.send(["", big, "end"]);
        const [empty, body, end] = await to.receive();
        assertEquals([empty!.length, body!.length, ...texts([end!])], [0, big.length, "end"]);
        assertEquals(body!.every((octet, i) => octet === i % 251), true);
      }
    });

    test("10 000 messages come in order, each once, in either direction", async (scope) => {
      const [one, two] = await link(scope, scheme, "Pair", "Pair");
      for (const [from, to] of [[one, two], [two, one]] as const) {
        const sending = (async () => {
          for (let i = 0; i < 10_000; i++) await from.send(String(i));
        })();
        for (let i = 0; i < 10_000; i++) assertEquals(texts(await to.receive()), [String(i)]);
        await sending;
      }
    });

    test("a publisher reaches each of many subscribers with what it asked for", async (scope) => {
      const publisher = scope.socket("XPublisher", ENDS[scheme].bound);
      await publisher.bind(`${scheme}://127.0.0.1:*/feed`);
      const subscribers = Array.from({ length: 10 }, (_, i) => {
        const subscriber = scope.socket("Subscriber", ENDS[scheme].connected);
        subscriber.subscribe(i % 2 === 0 ? "even" : "odd");
        subscriber.connect(publisher.lastEndpoint!);
        return subscriber;
      });
      // One of each is new to the publisher; the others are asked for one by one below.
      const known = [(await publisher.receive()).map(String), (await publisher.receive()).map(String)];
      assertEquals(known.flat().length, 2);
      for (const [i, subscriber] of subscribers.entries()) {
        subscriber.subscribe(`ready ${i}`);
        assertEquals(texts(await publisher.receive()), [`\x01ready ${i}`]);
      }
      for (let i = 0; i < 100; i++) await publisher.send(`${i % 2 === 0 ? "even" : "odd"} ${i}`);
      for (const [i, subscriber] of subscribers.entries()) {
        for (let at = i % 2; at < 100; at += 2) {
          assertEquals(texts(await subscriber.receive()), [`${i % 2 === 0 ? "even" : "odd"} ${at}`]);
        }
      }
    });
  });
}

async function link(
  scope: Scope,
  scheme: "ws" | "wss",
  bound: SocketName,
  connected: SocketName,
): Promise<[bound: AnySocket, connected: AnySocket]> {
  const one = scope.socket(bound, { ...ENDS[scheme].bound, ...named(bound) });
  const two = scope.socket(connected, { ...ENDS[scheme].connected, ...named(connected) });
  const watch = scope.watch(two);
  await one.bind(`${scheme}://127.0.0.1:*/pair`);
  two.connect(one.lastEndpoint!);
  await watch.next("handshake");
  return [one, two];
}

function named(type: SocketName): { [option: string]: unknown } {
  return type === "Dealer" || type === "Request" ? { routingId: "me" } : {};
}

async function bothWays(one: AnySocket, two: AnySocket): Promise<void> {
  await two.send(["to", "", "one"]);
  assertEquals(texts(await one.receive()), ["to", "", "one"]);
  await one.send("to two");
  assertEquals(texts(await two.receive()), ["to two"]);
}

async function requests(request: AnySocket, reply: AnySocket): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await request.send(["question", String(i)]);
    assertEquals(texts(await reply.receive()), ["question", String(i)]);
    await reply.send(`answer ${i}`);
    assertEquals(texts(await request.receive()), [`answer ${i}`]);
  }
}

/** RFC 28: the identity that the peer chose, and the empty delimiter of a REQ. */
async function routed(request: AnySocket, router: AnySocket): Promise<void> {
  await request.send("question");
  assertEquals(texts(await router.receive()), ["me", "", "question"]);
  await router.send(["me", "", "answer"]);
  assertEquals(texts(await request.receive()), ["answer"]);
}

async function envelopes(dealer: AnySocket, router: AnySocket): Promise<void> {
  await dealer.send(["a", "b"]);
  assertEquals(texts(await router.receive()), ["me", "a", "b"]);
  await router.send(["me", "c"]);
  assertEquals(texts(await dealer.receive()), ["c"]);
}

async function oneWay(push: AnySocket, pull: AnySocket): Promise<void> {
  for (let i = 0; i < 10; i++) await push.send(["job", String(i)]);
  for (let i = 0; i < 10; i++) assertEquals(texts(await pull.receive()), ["job", String(i)]);
}

/** Subscriptions travel as messages 01 and 00 (ZW-9), and come out of XPUB as such. */
async function publications(publisher: AnySocket, subscriber: AnySocket): Promise<void> {
  const wants = async (on: boolean, topic: string) => {
    if ("subscribe" in subscriber) on ? subscriber.subscribe(topic) : subscriber.unsubscribe(topic);
    else await (subscriber as AnySocket).send(`${on ? "\x01" : "\x00"}${topic}`);
    assertEquals(texts(await publisher.receive()), [`${on ? "\x01" : "\x00"}${topic}`]);
  };
  await wants(true, "A");
  await wants(true, "B");
  await publisher.send(["C", "nobody"]);
  await publisher.send(["A1", "first"]);
  assertEquals(texts(await subscriber.receive()), ["A1", "first"]);
  await wants(false, "A");
  await publisher.send(["A2", "nobody"]);
  await publisher.send(["B", "second"]);
  assertEquals(texts(await subscriber.receive()), ["B", "second"]);
}
