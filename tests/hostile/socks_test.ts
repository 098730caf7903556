/**
 * Proxies that lie, stammer or fall silent: the try fails with an event, is made again, and nothing that the
 * proxy said is ever taken for ZMTP.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, type Scope, test, texts, type Watch } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { greeting, message, octets, RawListener, type RawPeer, ready } from "../wire/raw.ts";

/** What the client says to a proxy that it asks for the name "far" and port 5555. */
const GREETING = [5, 1, 0];
const REQUEST = [5, 1, 0, 3, 3, 0x66, 0x61, 0x72, 0x15, 0xb3];
const CONNECTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

describe("a hostile SOCKS5 proxy (X-107)", () => {
  const choices: readonly [what: string, answer: readonly number[], code: string][] = [
    ["that speaks version 4", [4, 0], "EPROTO"],
    ["that speaks ZMTP at once", [...greeting()], "EPROTO"],
    ["that takes no method (FF)", [5, 0xff], "EACCES"],
    ["that chooses a method that was not offered", [5, 2], "EACCES"],
    ["that sends HTTP", [...octets("HTTP/1.1 400 Bad Request\r\n\r\n")], "EPROTO"],
  ];
  for (const [what, answer, code] of choices) {
    test(`${what} fails the try, which is made again (X-107)`, async (scope) => {
      const { proxy, events } = await asked(scope);
      for (let round = 0; round < 2; round++) {
        const peer = await proxy.accept();
        assertEquals([...await peer.read(3)], GREETING);
        peer.send(answer);
        await failed(events, code);
        assertEquals((await peer.closed()).length, 0);
      }
      assertEquals(events.count("connect"), 0);
    });
  }

  const replies: readonly [what: string, answer: readonly number[], code: string][] = [
    ["1, general failure", [5, 1, 0, 1, 0, 0, 0, 0, 0, 0], "ECONNABORTED"],
    ["2, not allowed", [5, 2, 0, 1, 0, 0, 0, 0, 0, 0], "EACCES"],
    ["3, network unreachable", [5, 3, 0, 1, 0, 0, 0, 0, 0, 0], "ENETUNREACH"],
    ["4, host unreachable", [5, 4, 0, 1, 0, 0, 0, 0, 0, 0], "EHOSTUNREACH"],
    ["5, refused", [5, 5, 0, 1, 0, 0, 0, 0, 0, 0], "ECONNREFUSED"],
    ["6, time to live", [5, 6, 0, 1, 0, 0, 0, 0, 0, 0], "ETIMEDOUT"],
    ["7, command unknown", [5, 7, 0, 1, 0, 0, 0, 0, 0, 0], "EOPNOTSUPP"],
    ["8, address unknown", [5, 8, 0, 1, 0, 0, 0, 0, 0, 0], "EAFNOSUPPORT"],
    ["9, which is none", [5, 9, 0, 1, 0, 0, 0, 0, 0, 0], "EPROTO"],
    ["of a refusal without an address", [5, 5], "ECONNREFUSED"],
    ["of version 4", [4, 0, 0, 1, 0, 0, 0, 0, 0, 0], "EPROTO"],
    ["with the reserved octet set", [5, 0, 1, 1, 0, 0, 0, 0, 0, 0], "EPROTO"],
    ["with an address of kind 2", [5, 0, 0, 2, 0, 0, 0, 0, 0, 0], "EPROTO"],
  ];
  for (const [what, answer, code] of replies) {
    test(`the reply ${what} is ${code}, and the try is made again (X-107)`, async (scope) => {
      const { proxy, events } = await asked(scope);
      const peer = await accepted(proxy);
      peer.send(answer);
      await failed(events, code);
      await peer.closed();
      await accepted(proxy);
    });
  }

  test("a proxy that leaves at any octet of what it should say is ECONNRESET (X-107)", async (scope) => {
    const { proxy, events } = await asked(scope);
    for (let length = 0; length < CONNECTED.length; length++) {
      const peer = await accepted(proxy);
      peer.send(CONNECTED.slice(0, length));
      peer.end();
      await failed(events, "ECONNRESET");
    }
    const peer = await proxy.accept();
    await peer.read(3);
    peer.send([5]);
    peer.end();
    await failed(events, "ECONNRESET");
    assertEquals(events.count("connect"), 0);
  });

  const kinds: readonly [what: string, address: readonly number[]][] = [
    ["IPv4", [1, 1, 2, 3, 4, 0, 9]],
    ["a name of no octets", [3, 0, 0, 9]],
    ["a name of 255 octets", [3, 255, ...new Array(255).fill(0x78), 0, 9]],
    ["IPv6", [4, ...new Array(16).fill(1), 0, 9]],
  ];
  for (const [what, address] of kinds) {
    for (const size of [1, 1000]) {
      const pieces = size === 1 ? "octet by octet" : "in one piece with what is behind it";
      test(`what comes behind a reply with ${what}, ${pieces}, is ZMTP, and nothing before is (X-107)`, async (scope) => {
        const { proxy, pull } = await asked(scope);
        const peer = await accepted(proxy);
        const all = octets([5, 0, 0], address, greeting(), ready("PUSH"), message("behind"));
        await peer.sendInSegments(size, all);
        assertEquals(texts(await pull.receive()), ["behind"]);
      });
    }
  }

  test("a proxy that is silent is given up after connectTimeout (X-107)", async (scope) => {
    const { proxy, events } = await asked(scope, { connectTimeout: 60 });
    const peer = await proxy.accept();
    await peer.read(3);
    await failed(events, "ETIMEDOUT");
    await peer.closed();
    await proxy.accept();
  });

  test("without connectTimeout it is given up after handshakeInterval (X-107)", async (scope) => {
    const { proxy, events } = await asked(scope, { handshakeInterval: 60 });
    const peer = await accepted(proxy);
    peer.send(CONNECTED.slice(0, 9));
    await failed(events, "ETIMEDOUT");
    await peer.closed();
  });

  test("a proxy that talks without end is cut off at its first wrong octet (X-107)", async (scope) => {
    const { proxy, events } = await asked(scope);
    const peer = await accepted(proxy);
    peer.send(new Uint8Array(1 << 20).fill(7));
    await failed(events, "EPROTO");
    await peer.closed();
  });

  test("a user or a password that is refused is EACCES, and both go again (X-107)", async (scope) => {
    const { proxy, events } = await asked(scope, { socksUsername: "u", socksPassword: "pp" });
    for (let round = 0; round < 2; round++) {
      const peer = await proxy.accept();
      assertEquals([...await peer.read(3)], [5, 1, 2]);
      peer.send([5, 2]);
      assertEquals([...await peer.read(6)], [1, 1, 0x75, 2, 0x70, 0x70]);
      peer.send([1, 1]);
      await failed(events, "EACCES");
    }
  });

  test("closed while the proxy is silent, a socket ends and tells the proxy nothing more", async (scope) => {
    const { proxy, pull } = await asked(scope);
    const peer = await accepted(proxy);
    pull.close();
    assertEquals((await peer.closed()).length, 0);
  });

  test("a host that is too long for the proxy is EINVAL", async (scope) => {
    const pull = scope.socket("Pull", { socksProxy: "127.0.0.1:1" });
    const { code } = await failure(() => pull.connect(`tcp://${"x".repeat(256)}:1`));
    assertEquals(code, "EINVAL");
  });
});

/** A PULL that is being connected to "far" by a proxy made of octets. */
async function asked(
  scope: Scope,
  options: { [option: string]: unknown } = {},
): Promise<{ proxy: RawListener; pull: AnySocket; events: Watch }> {
  const proxy = await RawListener.open(scope);
  const socksProxy = proxy.address.slice("tcp://".length);
  const pull = scope.socket("Pull", { socksProxy, reconnectInterval: 1, ...options });
  const events = scope.watch(pull);
  pull.connect("tcp://far:5555");
  return { proxy, pull, events };
}

/** Its next connection, after method and request. */
async function accepted(proxy: RawListener): Promise<RawPeer> {
  const peer = await proxy.accept();
  assertEquals([...await peer.read(3)], GREETING);
  peer.send([5, 0]);
  assertEquals([...await peer.read(REQUEST.length)], REQUEST);
  return peer;
}

/** The event of a try that failed, and that of the next one. */
async function failed(events: Watch, code: string): Promise<void> {
  const event = await events.next("close");
  assertEquals([event.error?.code, event.address], [code, "tcp://far:5555"]);
  assert((await events.next("connect:retry")).interval !== undefined);
}
