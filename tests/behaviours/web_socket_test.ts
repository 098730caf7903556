/**
 * ZeroMQ over WebSocket as libzmq's test_ws_transport and test_wss_transport have it; LT-n is the row of the list of
 * behaviours.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Scope, test, texts } from "../interop/scope.ts";
import { curveClient, curveServer, keyPair } from "../interop/security.ts";
import type { AnySocket, SocketName } from "../interop/subject.ts";
import { AUTHORITY, CERTIFICATE, KEY, STRANGER, STRANGER_KEY } from "../support/test_certificates.ts";

describe("ws", () => {
  test("needs no path in its endpoint: REQ and REP exchange (LT-457)", async (scope) => {
    const reply = scope.socket("Reply");
    await reply.bind("ws://127.0.0.1:*");
    assertMatch(reply.lastEndpoint!, /^ws:\/\/127\.0\.0\.1:\d+\/?$/);
    const request = scope.socket("Request");
    request.connect(reply.lastEndpoint!.replace(/\/$/, ""));
    await exchange(request, reply);
  });

  test("carries a message of 255 octets as it is (LT-459)", async (scope) => {
    const [reply, request] = await link(scope, "Reply", "Request", "ws://127.0.0.1:*/roundtrip");
    const body = Uint8Array.from({ length: 255 }, (_, i) => i);
    await request.send(body);
    const [came] = await reply.receive();
    assertEquals([...came!], [...body]);
    await reply.send(body);
    const [back] = await request.receive();
    assertEquals([...back!], [...body]);
  });

  test("carries CURVE: REQ and REP exchange (LT-461)", async (scope) => {
    const keys = keyPair();
    const [reply, request] = await link(
      scope,
      "Reply",
      "Request",
      "ws://127.0.0.1:*/curve",
      curveServer(keys),
      curveClient(keys.publicKey),
    );
    await exchange(request, reply);
    assertEquals((reply as unknown as { securityMechanism: string }).securityMechanism, "curve");
  });

  test("carries subscriptions, which XPUB sees as 01 A and 01 B, and what they ask for (LT-463)", async (scope) => {
    const xpub = scope.socket("XPublisher");
    await xpub.bind("ws://127.0.0.1:*/feed");
    const sub = scope.socket("Subscriber");
    sub.subscribe("A", "B");
    sub.connect(xpub.lastEndpoint!);
    const told = [await xpub.receive(), await xpub.receive()].map(([frame]) => [...frame!]);
    assertEquals(told, [[1, 0x41], [1, 0x42]]);
    for (const topic of ["A", "C", "B"]) await xpub.send(topic);
    assertEquals([texts(await sub.receive()), texts(await sub.receive())], [["A"], ["B"]]);
    await xpub.send("A last");
    assertEquals(texts(await sub.receive()), ["A last"]);
  });
});

describe("wss", () => {
  test("exchanges with a certificate that wssTrustPem trusts, of an authority or signed by itself (LT-464)", async (scope) => {
    for (
      const [certificate, key, trusted] of [[CERTIFICATE, KEY, AUTHORITY], [STRANGER, STRANGER_KEY, STRANGER]]
    ) {
      const [reply, request] = await link(
        scope,
        "Reply",
        "Request",
        "wss://127.0.0.1:*/roundtrip",
        { wssCertPem: certificate, wssKeyPem: key },
        { wssTrustPem: trusted, wssHostname: "localhost" },
      );
      await exchange(request, reply);
    }
  });
});

interface Options {
  readonly [option: string]: unknown;
}

async function link(
  scope: Scope,
  bound: SocketName,
  connecting: SocketName,
  address: string,
  its: Options = {},
  own: Options = {},
): Promise<[AnySocket, AnySocket]> {
  const one = scope.socket(bound, its);
  await one.bind(address);
  const other = scope.socket(connecting, own);
  other.connect(one.lastEndpoint!);
  return [one, other];
}

/** libzmq's bounce: two parts each way. */
async function exchange(request: AnySocket, reply: AnySocket): Promise<void> {
  const parts = ["12345678ABCDEFGH12345678abcdefgh", "12345678ABCDEFGH12345678abcdefgh"];
  await request.send(parts);
  assertEquals(texts(await reply.receive()), parts);
  await reply.send(parts);
  assertEquals(texts(await request.receive()), parts);
}
