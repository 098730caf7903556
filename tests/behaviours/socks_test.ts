/**
 * `socksProxy`, `socksUsername` and `socksPassword` (rows "SOCKS5 proxy" of libzmq's own tests), against a proxy that
 * writes down what it was told.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, freePort, type Scope, test, texts } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { loose } from "../interop/subject.ts";
import { SocksServer } from "../support/socks_server.ts";

/** As it is read by who knows no options' names. */
type Loose = AnySocket & { [option: string]: unknown };

describe("SOCKS5 proxy (test_socks)", () => {
  test("PULL is connected directly without one (LT-441)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    const push = scope.socket("Push");
    await push.bind("tcp://127.0.0.1:*");
    const pull = scope.socket("Pull", { socksProxy: null });
    pull.connect(push.lastEndpoint!);
    await push.send("directly");
    assertEquals(texts(await pull.receive()), ["directly"]);
    assertEquals(proxy.told, []);
  });

  test("a name goes to the proxy as it is, and messages go both ways", async (scope) => {
    const proxy = await SocksServer.open(scope);
    const router = scope.socket("Reply");
    await router.bind("tcp://127.0.0.1:*");
    const port = portOf(router);
    const request = scope.socket("Request", { socksProxy: proxy.address });
    request.connect(`tcp://nobody-knows.invalid:${port}`);
    await request.send("there");
    assertEquals(texts(await router.receive()), ["there"]);
    const large = new Uint8Array(300_000).fill(7);
    await router.send(large);
    assertEquals((await request.receive())[0]!.length, large.length);
    assertEquals(proxy.told, [{ methods: [0], kind: 3, host: "nobody-knows.invalid", port }]);
  });

  test("an IPv4 address goes as one", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "127.0.0.1");
    assertEquals(proxy.told.map(({ kind, host }) => [kind, host]), [[1, "127.0.0.1"]]);
  });

  test("tcp://::1 goes as an IPv6 address (LT-445)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "::1");
    assertEquals(proxy.told.map(({ kind, host }) => [kind, host]), [[4, `${"0".repeat(31)}1`]]);
  });

  test("tcp://[::1] goes as an IPv6 address (LT-446)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "[::1]");
    assertEquals(proxy.told.map(({ kind, host }) => [kind, host]), [[4, `${"0".repeat(31)}1`]]);
  });

  test("a SUB that was bound before gets what a PUB connected by the proxy sends (LT-447)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    const sub = scope.socket("Subscriber");
    sub.subscribe("");
    await sub.bind("tcp://127.0.0.1:*");
    const xpub = scope.socket("XPublisher", { socksProxy: proxy.address });
    xpub.connect(sub.lastEndpoint!);
    assertEquals([...(await xpub.receive())[0]!], [1]);
    await xpub.send("news");
    assertEquals(texts(await sub.receive()), ["news"]);
    assertEquals(proxy.told.length, 1);
  });

  test("a proxy that comes later is found, and told user and password (LT-449)", async (scope) => {
    const port = await freePort();
    const sub = scope.socket("Subscriber");
    sub.subscribe("");
    const xpub = scope.socket("XPublisher");
    await xpub.bind("tcp://127.0.0.1:*");
    const by = sub as Loose;
    by.socksProxy = `127.0.0.1:${port}`;
    by.socksUsername = "someuser";
    by.socksPassword = "somepass";
    by.reconnectInterval = 20;
    const events = scope.watch(sub);
    sub.connect(xpub.lastEndpoint!);
    assertEquals((await events.next("close")).error?.code, "ECONNREFUSED");
    const allows = (user: string, password: string) => user === "someuser" && password === "somepass";
    const proxy = await SocksServer.open(scope, { port, allows });
    await xpub.receive();
    await xpub.send("late");
    assertEquals(texts(await sub.receive()), ["late"]);
    assertEquals(proxy.told.map(({ methods, user, password }) => [methods, user, password]), [
      [[2], "someuser", "somepass"],
    ]);
  });

  test("with an empty user no method with a password is offered (LT-450)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "127.0.0.1", { socksUsername: "", socksPassword: "somepass" });
    assertEquals(proxy.told.map(({ methods, user }) => [methods, user]), [[[0], undefined]]);
  });

  test("with no user no method with a password is offered (LT-451)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "127.0.0.1", { socksUsername: null, socksPassword: "somepass" });
    assertEquals(proxy.told.map(({ methods, user }) => [methods, user]), [[[0], undefined]]);
  });

  test("an empty password is sent as one of no octets (LT-452)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "127.0.0.1", { socksUsername: "someuser", socksPassword: "" });
    assertEquals(proxy.told.map(({ methods, user, password }) => [methods, user, password]), [
      [[2], "someuser", ""],
    ]);
  });

  test("no password is sent as one of no octets (LT-453)", async (scope) => {
    const proxy = await SocksServer.open(scope);
    await through(scope, proxy, "127.0.0.1", { socksUsername: "someuser", socksPassword: null });
    assertEquals(proxy.told.map(({ methods, user, password }) => [methods, user, password]), [
      [[2], "someuser", ""],
    ]);
  });

  test("the proxy is set and read back, null removes it, and the empty text is EINVAL (LT-454)", async (scope) => {
    const dealer = scope.own(new loose.Dealer());
    assertEquals(dealer.socksProxy, null);
    dealer.socksProxy = "somehost:1080";
    assertEquals([dealer.socksProxy, dealer.getStringOption(68)], ["somehost:1080", "somehost:1080"]);
    dealer.socksProxy = null;
    assertEquals(dealer.socksProxy, null);
    dealer.setStringOption(68, "otherhost:1080");
    assertEquals((await failure(() => dealer.socksProxy = "")).code, "EINVAL");
    assertEquals(dealer.socksProxy, "otherhost:1080");
  });

  test("user and password are set and read back, null or nothing removes them, 256 octets are EINVAL (LT-455)", async (scope) => {
    const dealer = scope.own(new loose.Dealer());
    for (const [name, id] of [["socksUsername", 99], ["socksPassword", 100]] as const) {
      assertEquals([dealer[name], dealer.getStringOption(id)], [null, null]);
      dealer[name] = "x".repeat(255);
      assertEquals(dealer[name], "x".repeat(255));
      assertEquals((await failure(() => dealer[name] = "x".repeat(256))).code, "EINVAL");
      assertEquals((await failure(() => dealer.setStringOption(id, "é".repeat(128)))).code, "EINVAL");
      assertThrows(() => dealer[name] = 5, TypeError, "Option value must be a string or buffer");
      assertEquals(dealer.getStringOption(id), "x".repeat(255));
      for (const nothing of ["", null]) {
        dealer[name] = "someone";
        dealer[name] = nothing;
        assertEquals(dealer[name], null);
      }
    }
  });
});

describe("SOCKS5 proxy and endpoints", () => {
  test("ws:// goes by it, and messages with it", async (scope) => {
    const proxy = await SocksServer.open(scope);
    const pull = scope.socket("Pull");
    await pull.bind("ws://127.0.0.1:*/path");
    const push = scope.socket("Push", { socksProxy: proxy.address, socksUsername: "u", socksPassword: "p" });
    push.connect(pull.lastEndpoint!);
    await push.send("by ws");
    assertEquals(texts(await pull.receive()), ["by ws"]);
    assertEquals(proxy.told.map(({ user, password }) => [user, password]), [["u", "p"]]);
  });

  test("wss:// is ENOTSUP by it, and says why", async (scope) => {
    const push = scope.socket("Push", { socksProxy: "127.0.0.1:1080" });
    const { code, message } = await failure(() => push.connect("wss://127.0.0.1:1/"));
    assertEquals([code, message.includes("TLS")], ["ENOTSUP", true]);
  });

  test("ipc:// does not go by it", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind(scope.address("ipc"));
    const push = scope.socket("Push", { socksProxy: "127.0.0.1:1" });
    push.connect(pull.lastEndpoint!);
    await push.send("straight");
    assertEquals(texts(await pull.receive()), ["straight"]);
  });

  test("what is no host and port is EINVAL at connect, and so is a zone", async (scope) => {
    for (const socksProxy of ["host:", "host:0", "host:65536", "host:x", ":1080", "a b:1080"]) {
      const push = scope.socket("Push", { socksProxy });
      const { code } = await failure(() => push.connect("tcp://127.0.0.1:1"));
      assertEquals([socksProxy, code], [socksProxy, "EINVAL"]);
    }
    const push = scope.socket("Push", { socksProxy: "127.0.0.1:1080", ipv6: true });
    assertEquals((await failure(() => push.connect("tcp://[fe80::1%lo]:1"))).code, "EINVAL");
  });

  test("it counts for endpoints that are connected after it was set", async (scope) => {
    const proxy = await SocksServer.open(scope);
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push") as Loose;
    push.connect(pull.lastEndpoint!);
    push.socksProxy = proxy.address;
    await push.send("first");
    assertEquals(texts(await pull.receive()), ["first"]);
    assertEquals(proxy.told, []);
  });
});

/** One message through the proxy to this address of ours. */
async function through(
  scope: Scope,
  { address }: SocksServer,
  host: string,
  options: { [option: string]: unknown } = {},
): Promise<void> {
  const ipv6 = host.includes(":");
  const pull = scope.socket("Pull", { ipv6 });
  await pull.bind(ipv6 ? "tcp://[::1]:*" : "tcp://127.0.0.1:*");
  const push = scope.socket("Push", { socksProxy: address, ipv6, ...options });
  push.connect(`tcp://${host}:${portOf(pull)}`);
  await push.send("through");
  assertEquals(texts(await pull.receive()), ["through"]);
}

function portOf({ lastEndpoint }: AnySocket): number {
  return Number(lastEndpoint!.split(":").pop());
}
