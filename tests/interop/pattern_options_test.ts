/**
 * Options of patterns that a peer can see, against libzmq 4.3.5: what is said first on a connection, what is heard of
 * one that ends, subscriptions that are confirmed, the last value, parts that are no subscriptions, and every
 * unsubscription. The binding has these options by number alone.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { peerKinds, type PeerSocket, withEachPeer } from "./peer.ts";
import { curveClient, curveServer, keyPair } from "./security.ts";
import { type AnyTransport, type Scope, test, texts, within } from "./scope.ts";
import { type AnySocket, isOurs, type SocketName } from "./subject.ts";

const HELLO_MSG = 110;
const DISCONNECT_MSG = 111;
const HICCUP_MSG = 114;
const ROUTER_NOTIFY = 97;
const ONLY_FIRST_SUBSCRIBE = 108;

/** The binding's libzmq has drafts, Debian's has none. */
const KINDS = peerKinds.filter(({ name }) => name.startsWith("zeromq"));

withEachPeer("options of patterns", (test) => {
  test(
    "our ROUTER's hello comes first, and so does its DEALER's, before what was queued",
    async (scope, peer) => {
      const router = scope.socket("Router", { helloMessage: "ours", disconnectMessage: "gone", notify: 3 });
      await router.bind(scope.address("tcp"));
      const dealer = await peer.open("Dealer", { routingId: "d" });
      await dealer.setOption(HELLO_MSG, "theirs");
      await dealer.connect(router.lastEndpoint!);
      await dealer.send(["queued"]);
      assertEquals(await dealer.receiveTexts(), ["ours"]);
      for (const each of ["", "theirs", "queued"]) assertEquals(await hear(router), ["d", each]);
      await dealer.close();
      for (const each of ["", "gone"]) assertEquals(await hear(router), ["d", each]);
    },
    20,
  );

  test("its ROUTER hears our DEALER's hello before what was queued, and of our end", async (scope, peer) => {
    const router = await peer.open("Router");
    await router.setOption(HELLO_MSG, "theirs");
    await router.setOption(DISCONNECT_MSG, "gone");
    await router.setOption(ROUTER_NOTIFY, 3);
    const dealer = scope.socket("Dealer", { helloMessage: "ours", probeRouter: true, routingId: "d" });
    dealer.connect(await router.bind(scope.address("tcp")));
    await dealer.send("queued");
    assertEquals(await hear(dealer), ["theirs"]);
    for (const each of ["", "ours", "", "queued"]) assertEquals(await router.receiveTexts(), ["d", each]);
    dealer.close();
    for (const each of ["", "gone"]) assertEquals(await router.receiveTexts(), ["d", each]);
  });

  test("each side hears that the other one it had connected to is gone", async (scope, peer) => {
    const [theirs, ours] = [await peer.open("Router"), scope.socket("Router")];
    await theirs.setOption(HELLO_MSG, "hello");
    Object.assign(ours, { helloMessage: "hello" });
    const dealer = scope.socket("Dealer", { hiccupMessage: "hiccup", reconnectInterval: 10 });
    dealer.connect(await theirs.bind(scope.address("tcp")));
    const other = await peer.open("Dealer");
    await other.setOption(HICCUP_MSG, "hiccup");
    await ours.bind(scope.address("tcp"));
    await other.connect(ours.lastEndpoint!);
    assertEquals([await hear(dealer), await other.receiveTexts()], [["hello"], ["hello"]]);
    await theirs.close();
    ours.close();
    assertEquals([await hear(dealer), await other.receiveTexts()], [["hiccup"], ["hiccup"]]);
  });

  test(
    "our XPUB confirms its subscribers, and the first message is for the last one alone",
    async (scope, peer) => {
      const publisher = scope.socket("XPublisher", { manualLastValue: true });
      await publisher.bind(scope.address("tcp"));
      const subscribers: PeerSocket[] = [];
      for (let count = 0; count < 2; count++) {
        const subscriber = await peer.open("Subscriber");
        subscribers.push(subscriber);
        await subscriber.subscribe("price");
        await subscriber.connect(publisher.lastEndpoint!);
        assertEquals(await hear(publisher), ["\x01price"]);
        publisher.subscribe("price");
        await publisher.send(`price for ${count}`);
      }
      await publisher.send("price for both");
      for (const [index, subscriber] of subscribers.entries()) {
        for (const each of [`price for ${index}`, "price for both"]) {
          assertEquals(await subscriber.receiveTexts(), [each]);
        }
        await subscriber.close();
        assertEquals(await hear(publisher), ["\0price"]);
      }
    },
  );

  test(
    "what begins as a message of an XSUB stays one, from either side to the other (PS-3)",
    async (scope, peer) => {
      const messages = [["user", "\x01A"], ["", "\0A", "\x01B"], ["\x01C"]];
      const ours = scope.socket("XPublisher", { onlyFirstSubscribe: true });
      const theirs = await peer.open("XSubscriber");
      await theirs.setOption(ONLY_FIRST_SUBSCRIBE, 1);
      await ours.bind(scope.address("tcp"));
      await theirs.connect(ours.lastEndpoint!);
      for (const message of messages) await theirs.send(message);
      for (const message of messages) assertEquals(await hear(ours), message);

      const publisher = await peer.open("XPublisher");
      await publisher.setOption(ONLY_FIRST_SUBSCRIBE, 1);
      const subscriber = scope.socket("XSubscriber", { onlyFirstSubscribe: true });
      const watch = scope.watch(subscriber);
      subscriber.connect(await publisher.bind(scope.address("tcp")));
      await watch.next("handshake");
      for (const message of messages) await subscriber.send(message);
      const heard = [];
      for (const _ of messages) heard.push(await publisher.receiveTexts());
      // Ours says subscriptions before messages.
      assertEquals(heard.sort(), [...messages].sort());
    },
  );

  test("its XPUB hears of each unsubscription of our XSUB that is verbose", async (scope, peer) => {
    const publisher = await peer.open("XPublisher", { verbosity: "allSubsUnsubs" });
    const subscriber = scope.socket("XSubscriber", { verboseUnsubscribe: true });
    subscriber.connect(await publisher.bind(scope.address("tcp")));
    await subscriber.send("\x01begin");
    assertEquals(await publisher.receiveTexts(), ["\x01begin"]);
    const said = ["\x01A", "\x01A", "\0A", "\0A", "\0A", "\0never", "\x01end"];
    for (const each of said) await subscriber.send(each);
    for (const each of said) assertEquals(await publisher.receiveTexts(), [each]);
  });
}, isOurs ? KINDS : []);

describe("helloMessage, ours with ours", () => {
  for (const transport of ["tcp", "ipc", "ws", "inproc"] as const) {
    test(`comes first on every transport: ${transport}`, (scope) => greeted(scope, transport));
  }
  const server = keyPair();
  test("comes first under CURVE, sealed as all else", (scope) =>
    greeted(scope, "tcp", curveServer(server), curveClient(server.publicKey)));
  test("of 100000 octets comes first, too", (scope) => greeted(scope, "tcp", {}, {}, "x".repeat(100_000)));
});

async function greeted(
  scope: Scope,
  transport: AnyTransport,
  theirs: { readonly [option: string]: unknown } = {},
  ours: { readonly [option: string]: unknown } = {},
  helloMessage = "hello",
): Promise<void> {
  const address = await scope.freeAddress(transport);
  const socket = (name: SocketName, options: object): AnySocket =>
    scope.socket(name, { helloMessage, reconnectInterval: 10, ...options });
  const dealer = socket("Dealer", { routingId: "d", ...ours });
  dealer.connect(address);
  await dealer.send("queued");
  const router = socket("Router", theirs);
  await router.bind(address);
  assertEquals([await hear(router), await hear(router)], [["d", helloMessage], ["d", "queued"]]);
  assertEquals(await hear(dealer), [helloMessage]);
}

async function hear(socket: AnySocket): Promise<string[]> {
  return texts(await within(socket.receive(), 8000, "a message"));
}
