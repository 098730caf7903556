/**
 * Options of patterns as libzmq's own tests assert them (hello_msg, disconnect_msg, router_notify, xpub_manual,
 * xpub_manual_last_value, pubsub_topics_count), over tcp and inproc; LT-n is the row of the list of behaviours. The
 * native binding has most of these options by number alone.
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type AnyTransport, elapse, failure, type Scope, strictTest, test, until } from "../interop/scope.ts";
import { type AnySocket, type DraftSocket, isOurs, type SocketName } from "../interop/subject.ts";
import { drain, hear, heardNow } from "./exchange.ts";

const NUMBERS = {
  helloMessage: 110,
  disconnectMessage: 111,
  hiccupMessage: 114,
  notify: 97,
  manual: 71,
  manualLastValue: 98,
  onlyFirstSubscribe: 108,
  verboseUnsubscribe: 115,
};

type Options = { readonly [name in keyof typeof NUMBERS]?: string | number | boolean };

/** What both modules have at run time. */
interface ByNumber {
  setInt32Option(id: number, value: number): void;
  getInt32Option(id: number): number;
  setStringOption(id: number, value: string): void;
}

describe("helloMessage", () => {
  test("who connects to a ROUTER over tcp hears it first (LT-317)", (scope) => hello(scope, "tcp"));
  test("who connects to a ROUTER over inproc hears it first (LT-318)", (scope) => hello(scope, "inproc"));

  for (const transport of ["tcp", "inproc"] as const) {
    test(`of who connects comes before what was queued, whoever was first there (${transport})`, async (scope) => {
      const address = await scope.freeAddress(transport);
      const dealer = make(scope, "Dealer", { helloMessage: "hello" }, {
        routingId: "d",
        reconnectInterval: 10,
      });
      dealer.connect(address);
      for (const each of ["1", "2"]) await dealer.send(each);
      const router = make(scope, "Router");
      await router.bind(address);
      for (const each of ["hello", "1", "2"]) assertEquals(await hear(router), ["d", each]);
    });
  }

  test("is said again when the connection is made again", async (scope) => {
    const dealer = make(scope, "Dealer", { helloMessage: "hello" }, {
      routingId: "d",
      reconnectInterval: 10,
    });
    const first = make(scope, "Router");
    await first.bind(scope.address("tcp"));
    const address = first.lastEndpoint!;
    dealer.connect(address);
    assertEquals(await hear(first), ["d", "hello"]);
    first.close();
    const second = make(scope, "Router");
    await rebind(second, address);
    assertEquals(await hear(second), ["d", "hello"]);
  });

  test("is taken from CLIENT and SERVER too, each by the other", async (scope) => {
    const [server, client] = [scope.draft("Server"), scope.draft("Client")];
    set(server, { helloMessage: "from the server" });
    set(client, { helloMessage: "from the client" });
    await server.bind(scope.address("tcp"));
    client.connect(server.lastEndpoint!);
    assertEquals(String(text(await client.receive())), "from the server");
    assertEquals(String(text(await server.receive())), "from the client");
  });

  strictTest("counts against no high-water mark, and neither does the probe behind it", async (scope) => {
    const router = make(scope, "Router");
    const options = { sendHighWaterMark: 1, sendTimeout: 0, probeRouter: true, routingId: "d" };
    const dealer = make(scope, "Dealer", { helloMessage: "hello" }, options);
    const address = await scope.freeAddress("tcp");
    dealer.connect(address);
    await dealer.send("queued");
    assertEquals((await failure(() => dealer.send("too many"))).code, "EAGAIN");
    await router.bind(address);
    for (const each of ["hello", "", "queued"]) assertEquals(await hear(router), ["d", each]);
  });
});

describe("disconnectMessage", () => {
  test("a ROUTER hears it of a peer that has closed, over tcp", (scope) =>
    disconnected(scope, "tcp", "close"));
  test("a ROUTER hears it of a peer that has closed, over inproc (LT-321)", (scope) =>
    disconnected(scope, "inproc", "close"));
  test("a ROUTER hears it of a peer that has disconnected, over inproc (LT-322)", (scope) =>
    disconnected(scope, "inproc", "disconnect"));
  strictTest(
    "a ROUTER hears it of a peer that has disconnected, over tcp",
    (scope) => disconnected(scope, "tcp", "disconnect"),
  );

  for (const transport of ["tcp", "inproc"] as const) {
    test(`a SERVER hears it with the peer's number, and no CLIENT does (${transport})`, async (scope) => {
      const [server, client] = [scope.draft("Server"), scope.draft("Client")];
      set(server, { disconnectMessage: "gone" });
      await server.bind(scope.address(transport));
      client.connect(server.lastEndpoint!);
      await client.send("here");
      const [, from] = await server.receive();
      client.close();
      const [gone, who] = await server.receive();
      assertEquals([String(gone), who!.routingId], ["gone", from!.routingId]);
    });
  }

  test("a ROUTER that has connected does not hear it", async (scope) => {
    const dealer = make(scope, "Dealer");
    await dealer.bind(scope.address("tcp"));
    const router = make(scope, "Router", { disconnectMessage: "gone", notify: 2 });
    const watch = scope.watch(router);
    router.connect(dealer.lastEndpoint!);
    await watch.next("handshake");
    dealer.close();
    assertEquals((await hear(router)).slice(1), [""]);
    assertEquals(await drain(router, 50), []);
  });
});

describe("hiccupMessage", () => {
  test("a DEALER hears it of each connection that it has lost and makes again", async (scope) => {
    const dealer = make(scope, "Dealer", { hiccupMessage: "hiccup" }, {
      reconnectInterval: 10,
      routingId: "d",
    });
    let address = scope.address("tcp");
    for (let round = 0; round < 2; round++) {
      const router = make(scope, "Router", { helloMessage: `round ${round}` });
      await rebind(router, address);
      address = router.lastEndpoint!;
      if (round === 0) dealer.connect(address);
      assertEquals(await hear(dealer), [`round ${round}`]);
      router.close();
      assertEquals(await hear(dealer), ["hiccup"]);
    }
  });

  test("a CLIENT hears it too; a DEALER that was connected to, or over inproc, does not", async (scope) => {
    const [server, client] = [scope.draft("Server"), scope.draft("Client")];
    set(server, { helloMessage: "hello" });
    set(client, { hiccupMessage: "hiccup" });
    await server.bind(scope.address("tcp"));
    client.connect(server.lastEndpoint!);
    assertEquals(String(text(await client.receive())), "hello");
    server.close();
    assertEquals(String(text(await client.receive())), "hiccup");
    for (const [transport, bound] of [["tcp", true], ["inproc", true], ["inproc", false]] as const) {
      const dealer = make(scope, "Dealer", { hiccupMessage: "hiccup" });
      const router = make(scope, "Router", { helloMessage: "hello" });
      const [first, second] = bound ? [dealer, router] : [router, dealer];
      await first.bind(scope.address(transport));
      second.connect(first.lastEndpoint!);
      assertEquals(await hear(dealer), ["hello"]);
      router.close();
      assertEquals(await drain(dealer, 50), []);
    }
  });
});

describe("notify of a ROUTER", () => {
  test("is 0 to 3, and 0 at first; of other types it is 0 and cannot be set (LT-206)", async (scope) => {
    const router = make(scope, "Router") as unknown as ByNumber;
    assertEquals(router.getInt32Option(NUMBERS.notify), 0);
    for (const value of [1, 2, 3]) {
      router.setInt32Option(NUMBERS.notify, value);
      assertEquals(router.getInt32Option(NUMBERS.notify), value);
    }
    for (const value of [-1, 4]) {
      assertEquals((await failure(() => router.setInt32Option(NUMBERS.notify, value))).code, "EINVAL");
      assertEquals(router.getInt32Option(NUMBERS.notify), 3);
    }
    const dealer = make(scope, "Dealer") as unknown as ByNumber;
    assertEquals((await failure(() => dealer.setInt32Option(NUMBERS.notify, 1))).code, "EINVAL");
    assertEquals(dealer.getInt32Option(NUMBERS.notify), 0);
  });

  strictTest("tells of who disconnects, over tcp (LT-208)", (scope) => notified(scope, "tcp", "disconnect"));
  test("tells of who closes, over tcp", (scope) => notified(scope, "tcp", "close"));
  strictTest("tells of who disconnects over inproc too", (scope) => notified(scope, "inproc", "disconnect"));

  test("tells of who connects, before what that one sends", async (scope) => {
    const router = make(scope, "Router", { notify: 1 });
    await router.bind(scope.address("tcp"));
    const dealer = make(scope, "Dealer", {}, { routingId: "X" });
    dealer.connect(router.lastEndpoint!);
    await dealer.send("Hello");
    assertEquals([await hear(router), await hear(router)], [["X", ""], ["X", "Hello"]]);
    dealer.close();
    assertEquals(await drain(router, 50), []);
  });

  test("says nothing of a peer whose id another has taken over, and comes before disconnectMessage", async (scope) => {
    const options = { notify: 3, disconnectMessage: "gone" };
    const router = make(scope, "Router", options, { handover: true });
    await router.bind(scope.address("tcp"));
    const dealers = [0, 1].map(() => make(scope, "Dealer", {}, { routingId: "X", reconnectInterval: -1 }));
    for (const [index, dealer] of dealers.entries()) {
      dealer.connect(router.lastEndpoint!);
      await dealer.send(`${index}`);
      assertEquals([await hear(router), await hear(router)], [["X", ""], ["X", `${index}`]]);
    }
    dealers[0]!.close();
    assertEquals(await drain(router, 50), []);
    dealers[1]!.close();
    assertEquals([await hear(router), await hear(router)], [["X", ""], ["X", "gone"]]);
  });
});

describe("topicsCount", () => {
  test("counts different prefixes on both sides: 3, 2, 0 (LT-257)", async (scope) => {
    const publisher = make(scope, "XPublisher");
    const subscriber = make(scope, "Subscriber");
    await publisher.bind(scope.address("inproc"));
    subscriber.connect(publisher.lastEndpoint!);
    const counts = async (heard: number) => {
      for (let count = 0; count < heard; count++) await hear(publisher);
      return [topicsOf(publisher), topicsOf(subscriber)];
    };
    subscriber.subscribe("topicA", "topicA.sub", "other");
    assertEquals(await counts(3), [3, 3]);
    subscriber.unsubscribe("topicA");
    assertEquals(await counts(1), [2, 2]);
    subscriber.unsubscribe("topicA.sub", "other");
    assertEquals(await counts(2), [0, 0]);
  });

  strictTest("is a property of PUB, XPUB, SUB and XSUB that can be read only", async (scope) => {
    const publisher = make(scope, "Publisher");
    const xsubscriber = make(scope, "XSubscriber");
    await publisher.bind(scope.address("tcp"));
    xsubscriber.connect(publisher.lastEndpoint!);
    for (const each of ["\x01a", "\x01a", "\x01b"]) await xsubscriber.send(each);
    await until("the publisher has both", () => topicsOf(publisher) === 2);
    assertEquals(topicsOf(xsubscriber), 2);
    const set = await failure(() => (publisher as unknown as { topicsCount: number }).topicsCount = 1);
    assertEquals(set.name, "TypeError");
    const router = make(scope, "Router") as unknown as ByNumber;
    assertEquals((await failure(() => router.getInt32Option(116))).code, "EINVAL");
    publisher.close();
    assertEquals((await failure(() => topicsOf(publisher))).code, "ENOTSOCK");
  });
});

describe("an XPUB that is manual", () => {
  for (const transport of ["tcp", "inproc"] as const) {
    test(`an unsubscription is mapped as its subscription was, and the end is told (LT-265) (${transport})`, (scope) =>
      unsubscribes(scope, transport, { manual: true }));
    test(`two quick subscriptions of two peers are both kept (LT-267) (${transport})`, async (scope) => {
      const publisher = make(scope, "XPublisher", { manual: true });
      await publisher.bind(scope.address(transport));
      const subscribers = ["1", "2"].map((topic) => {
        const subscriber = make(scope, "Subscriber");
        subscriber.connect(publisher.lastEndpoint!);
        subscriber.subscribe(topic);
        return subscriber;
      });
      for (let count = 0; count < 2; count++) confirm(publisher, (await hear(publisher))[0]!.slice(1));
      for (const topic of ["1", "2"]) await publisher.send(topic);
      for (const [index, subscriber] of subscribers.entries()) {
        assertEquals(await hear(subscriber), [`${index + 1}`]);
        assertEquals(await drain(subscriber, 20), []);
      }
    });
    test(`the parts of a message that begins as the peer's own are its own (LT-270, PS-3) (${transport})`, async (scope) => {
      const first = { onlyFirstSubscribe: true };
      const publisher = make(scope, "XPublisher", { manual: true, ...first });
      const subscriber = make(scope, "XSubscriber", first);
      await publisher.bind(scope.address(transport));
      subscriber.connect(publisher.lastEndpoint!);
      await subscriber.send("\x01A");
      assertEquals(await hear(publisher), ["\x01A"]);
      confirm(publisher, "XA");
      const messages = [["\x02user"], ["user", "\0B", "\x01A"], ["", "\x01C"]];
      for (const message of messages) await subscriber.send(message);
      for (const message of messages) assertEquals(await hear(publisher), message);
      await publisher.send("XA");
      assertEquals(await hear(subscriber), ["XA"]);
    });
  }

  test("confirms for the peer of the last of several subscriptions that were read", async (scope) => {
    const publisher = make(scope, "XPublisher", { manual: true });
    await publisher.bind(scope.address("inproc"));
    const [a, b] = ["a", "b"].map(() => make(scope, "XSubscriber"));
    for (const each of [a!, b!]) {
      each.connect(publisher.lastEndpoint!);
      await each.send("\x01t");
    }
    for (let count = 0; count < 2; count++) assertEquals(await hear(publisher), ["\x01t"]);
    confirm(publisher, "t");
    await publisher.send("t");
    assertEquals(await hear(b!), ["t"]);
    assertEquals(await heardNow(a!), undefined);
  });

  test("confirms for nobody when that peer has gone", async (scope) => {
    const publisher = make(scope, "XPublisher", { manual: true });
    await publisher.bind(scope.address("inproc"));
    const [a, b] = ["a", "b"].map(() => make(scope, "XSubscriber"));
    for (const [topic, each] of [["A", a!], ["B", b!]] as const) {
      each.connect(publisher.lastEndpoint!);
      await each.send(`\x01${topic}`);
    }
    assertEquals(await hear(publisher), ["\x01A"]);
    confirm(publisher, "A");
    b!.close();
    await elapse(isOurs ? 0 : 50);
    assertEquals(await hear(publisher), ["\x01B"]);
    confirm(publisher, "B");
    for (const each of ["B", "A"]) await publisher.send(each);
    assertEquals(await hear(a!), ["A"]);
    assertEquals(await hear(publisher), ["\0B"]);
  });

  test("cannot be asked to confirm while it is not manual: EINVAL", async (scope) => {
    const publisher = make(scope, "XPublisher");
    assertEquals((await failure(() => confirm(publisher, "A"))).code, "EINVAL");
    set(publisher, { manualLastValue: true });
    confirm(publisher, "A");
    set(publisher, { manualLastValue: false });
    assertEquals((await failure(() => revoke(publisher, "A"))).code, "EINVAL");
  });
});

describe("manualLastValue", () => {
  const lastValue = { manualLastValue: true };

  for (const transport of ["tcp", "inproc"] as const) {
    test(`a peer gets what was confirmed and not what it asked for (LT-271) (${transport})`, async (scope) => {
      const publisher = make(scope, "XPublisher", lastValue);
      const subscriber = make(scope, "XSubscriber");
      await publisher.bind(scope.address(transport));
      subscriber.connect(publisher.lastEndpoint!);
      await subscriber.send("\x01A");
      assertEquals(await hear(publisher), ["\x01A"]);
      confirm(publisher, "B");
      for (const each of ["A", "B"]) await publisher.send(each);
      assertEquals(await hear(subscriber), ["B"]);
    });
    test(`an unsubscription is mapped as its subscription was, and the end is told (LT-272) (${transport})`, (scope) =>
      unsubscribes(scope, transport, lastValue));
    test(`the first message behind a subscription goes to the last subscriber alone (LT-273) (${transport})`, (scope) =>
      proxied(scope, transport));
    test(`who leaves is cleaned up, whatever was confirmed for it (LT-275) (${transport})`, async (scope) => {
      const publisher = make(scope, "XPublisher", lastValue);
      const subscriber = make(scope, "XSubscriber");
      await publisher.bind(scope.address(transport));
      subscriber.connect(publisher.lastEndpoint!);
      await subscriber.send("\x01A");
      assertEquals(await hear(publisher), ["\x01A"]);
      confirm(publisher, "XA");
      subscriber.close();
      assertEquals(await hear(publisher), ["\0A"]);
      if (isOurs) assertEquals(topicsOf(publisher), 0);
      // There is nobody to decide about any more: this must not come to whoever is next.
      confirm(publisher, "XA");
      const next = make(scope, "XSubscriber");
      next.connect(publisher.lastEndpoint!);
      await next.send("\x01B");
      assertEquals(await hear(publisher), ["\x01B"]);
      confirm(publisher, "XB");
      for (const each of ["XA", "XB", "XA", "XB"]) await publisher.send(each);
      // The first message of all is spent on who has no topic for it.
      assertEquals([await hear(next), await hear(next)], [["XB"], ["XB"]]);
    });
  }
});

describe("verboseUnsubscribe of an XSUB", () => {
  for (const transport of ["tcp", "inproc"] as const) {
    test(`publishers hear of every unsubscription (${transport})`, async (scope) => {
      const publisher = make(scope, "XPublisher", {}, { verbosity: "allSubsUnsubs" });
      await publisher.bind(scope.address(transport));
      const quiet = make(scope, "XSubscriber");
      const verbose = make(scope, "XSubscriber", { verboseUnsubscribe: true });
      const said = ["\x01A", "\x01A", "\0A", "\0A", "\0A"];
      for (const [subscriber, heard] of [[quiet, said.slice(0, 3)], [verbose, said]] as const) {
        subscriber.connect(publisher.lastEndpoint!);
        // What is said before there is a publisher, ours sums up.
        await subscriber.send("\x01begin");
        assertEquals(await hear(publisher), ["\x01begin"]);
        for (const each of [...said, "\x01end"]) await subscriber.send(each);
        for (const each of [...heard, "\x01end"]) assertEquals(await hear(publisher), [each]);
      }
    });
  }
});

async function hello(scope: Scope, transport: AnyTransport): Promise<void> {
  const router = make(scope, "Router", { helloMessage: "H" });
  await router.bind(scope.address(transport));
  const dealer = make(scope, "Dealer", {}, { routingId: "d" });
  dealer.connect(router.lastEndpoint!);
  assertEquals(await hear(dealer), ["H"]);
  await dealer.send("question");
  await hear(router);
  await router.send(["d", "answer"]);
  assertEquals(await hear(dealer), ["answer"]);
}

async function disconnected(
  scope: Scope,
  transport: AnyTransport,
  how: "close" | "disconnect",
): Promise<void> {
  const router = make(scope, "Router", { helloMessage: "H", disconnectMessage: "D" });
  await router.bind(scope.address(transport));
  const dealer = make(scope, "Dealer", {}, { routingId: "d" });
  dealer.connect(router.lastEndpoint!);
  assertEquals(await hear(dealer), ["H"]);
  await dealer.send("Hello");
  assertEquals(await hear(router), ["d", "Hello"]);
  if (how === "close") dealer.close();
  else dealer.disconnect(router.lastEndpoint!);
  assertEquals(await hear(router), ["d", "D"]);
}

async function notified(scope: Scope, transport: AnyTransport, how: "close" | "disconnect"): Promise<void> {
  const router = make(scope, "Router", { notify: 2 });
  await router.bind(scope.address(transport));
  const dealer = make(scope, "Dealer", {}, { routingId: "X" });
  dealer.connect(router.lastEndpoint!);
  await dealer.send("Hello");
  assertEquals(await hear(router), ["X", "Hello"]);
  if (how === "close") dealer.close();
  else dealer.disconnect(router.lastEndpoint!);
  assertEquals(await hear(router), ["X", ""]);
}

async function unsubscribes(scope: Scope, transport: AnyTransport, options: Options): Promise<void> {
  const publisher = make(scope, "XPublisher", options);
  const subscriber = make(scope, "XSubscriber");
  await publisher.bind(scope.address(transport));
  subscriber.connect(publisher.lastEndpoint!);
  for (const topic of ["A", "B"]) {
    await subscriber.send(`\x01${topic}`);
    assertEquals(await hear(publisher), [`\x01${topic}`]);
    confirm(publisher, `X${topic}`);
  }
  await subscriber.send("\0A");
  assertEquals(await hear(publisher), ["\0A"]);
  revoke(publisher, "XA");
  for (const each of ["XA", "XB", "XA", "XB"]) await publisher.send(each);
  assertEquals([await hear(subscriber), await hear(subscriber)], [["XB"], ["XB"]]);
  subscriber.close();
  assertEquals(await hear(publisher), ["\0B"]);
}

/** A publisher, a proxy that confirms by hand, and two subscribers that come one after the other. */
async function proxied(scope: Scope, transport: AnyTransport): Promise<void> {
  const front = make(scope, "XSubscriber");
  await front.bind(scope.address(transport));
  const back = make(scope, "XPublisher", { manualLastValue: true });
  await back.bind(scope.address(transport));
  const publisher = make(scope, "XPublisher");
  publisher.connect(front.lastEndpoint!);
  const subscribers: AnySocket[] = [];
  for (let count = 0; count < 2; count++) {
    const subscriber = make(scope, "Subscriber");
    subscribers.push(subscriber);
    subscriber.connect(back.lastEndpoint!);
    subscriber.subscribe("topic");
    const [notice] = await hear(back);
    assertEquals(notice, "\x01topic");
    confirm(back, "topic");
    await front.send(notice!);
    // The publisher hears of the first: the second adds nothing.
    if (count === 0) assertEquals(await hear(publisher), [notice]);
  }
  await publisher.send(["topic", "last value"]);
  await back.send(await hear(front));
  const [first, second] = subscribers as [AnySocket, AnySocket];
  assertEquals(await hear(second), ["topic", "last value"]);
  await publisher.send(["topic", "new value"]);
  await back.send(await hear(front));
  for (const each of subscribers) assertEquals(await hear(each), ["topic", "new value"]);
  for (const [index, each] of [first, second].entries()) {
    each.close();
    const [notice] = await hear(back);
    assertEquals(notice, "\0topic");
    revoke(back, "topic");
    await front.send(notice!);
    if (index === 1) assertEquals(await hear(publisher), [notice]);
  }
  await publisher.send(["topic", "nobody's"]);
  assertEquals(await drain(front, 20), []);
}

function make(
  scope: Scope,
  name: SocketName,
  options: Options = {},
  more: { readonly [option: string]: unknown } = {},
): AnySocket {
  const socket = scope.socket(name, more);
  set(socket, options);
  return socket;
}

/** By name here, by number in the native binding. */
function set(socket: AnySocket | DraftSocket, options: Options): void {
  if (isOurs) Object.assign(socket, options);
  else {
    for (const [name, value] of Object.entries(options)) {
      const id = NUMBERS[name as keyof typeof NUMBERS];
      const other = socket as unknown as ByNumber;
      if (typeof value === "string") other.setStringOption(id, value);
      else other.setInt32Option(id, Number(value));
    }
  }
}

function confirm(publisher: AnySocket, topic: string): void {
  if (isOurs) publisher.subscribe(topic);
  else (publisher as unknown as ByNumber).setStringOption(6, topic);
}

function revoke(publisher: AnySocket, topic: string): void {
  if (isOurs) publisher.unsubscribe(topic);
  else (publisher as unknown as ByNumber).setStringOption(7, topic);
}

function topicsOf(socket: AnySocket): number {
  if (!isOurs) return (socket as unknown as ByNumber).getInt32Option(116);
  const { topicsCount } = socket as unknown as { readonly topicsCount: number };
  assertEquals((socket as unknown as ByNumber).getInt32Option(116), topicsCount);
  return topicsCount;
}

/** The address of a socket that was just closed takes a moment to be free. */
async function rebind(socket: AnySocket, address: string): Promise<void> {
  await until("the address is free", async () => {
    try {
      await socket.bind(address);
      return true;
    } catch (error) {
      assertEquals((error as { code?: string }).code, "EADDRINUSE");
      return false;
    }
  });
}

function text(received: readonly unknown[]): unknown {
  return received[0];
}
