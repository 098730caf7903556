/**
 * PING and PONG on the wire (37/ZMTP): the echo, the time to live, our own heartbeat. Names begin with the rows of
 * the conformance list (HB) and of the catalogue of attacks (X, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { elapse, type Scope, strictTest, test, until } from "../interop/scope.ts";
import {
  assertRefused,
  assertServes,
  assertSilent,
  command,
  commandOf,
  greeting,
  message,
  ping,
  RawPeer,
  ready,
  type Target,
  target,
  text,
} from "./raw.ts";

describe("heartbeat", () => {
  for (const size of [0, 1, 15, 16]) {
    test(`HB-1 a PING with ${size} octets of context is answered with exactly those`, async (scope) => {
      const { raw } = await joined(scope);
      const context = "0123456789abcdef".slice(0, size);
      raw.send(ping(0, context));
      const { name, body } = commandOf(await raw.frame());
      assertEquals([name, text(body)], ["PONG", context]);
    });
  }

  test("PINGs that come together are answered one by one, in their order", async (scope) => {
    const { raw } = await joined(scope);
    const contexts = Array.from({ length: 20 }, (_, index) => `${index}`);
    raw.send(...contexts.map((context) => ping(0, context)));
    for (const context of contexts) {
      const { name, body } = commandOf(await raw.frame());
      assertEquals([name, text(body)], ["PONG", context]);
    }
  });

  for (const size of [17, 200, 100000]) {
    test(`HB-2 of a context of ${size} octets no more than 16 come back, or the connection ends (X-50)`, async (scope) => {
      const { aim, raw } = await joined(scope);
      const context = "x".repeat(size);
      raw.send(ping(0, context));
      await until("an answer or the end", () => raw.pending > 0 || raw.isClosed);
      if (raw.pending > 0) assertEquals(text(commandOf(await raw.frame()).body), "x".repeat(16));
      await assertServes(scope, aim.socket);
    });
  }

  for (const body of ["", "\0"]) {
    strictTest(
      `HB-3 a PING with ${body.length} octets after its name closes the connection (H-01, X-51)`,
      async (scope) => {
        const { aim, raw } = await joined(scope);
        raw.send(command("PING", body));
        await assertRefused(scope, aim, raw);
        assertEquals((await raw.closed()).length, 0, "nothing may be echoed");
      },
    );
  }

  test("HB-4 silence for longer than the peer's time to live ends the connection", async (scope) => {
    const { aim, raw } = await joined(scope);
    const start = performance.now();
    raw.send(ping(3));
    await raw.closed();
    const waited = performance.now() - start;
    assert(waited > 250 && waited < 2000, `0.3 s were announced, and it took ${waited} ms`);
    await aim.watch.next("disconnect");
    await assertServes(scope, aim.socket);
  });

  test("HB-5 any traffic keeps a connection with a time to live (X-55)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(ping(4));
    for (let round = 0; round < 8; round++) {
      await elapse(100);
      raw.send(message(`${round}`));
      assertEquals((await aim.socket.receive()).map(text), [`${round}`]);
    }
    assertEquals(raw.isClosed, false);
  });

  test("a time to live of 6553.5 s does not end early (H-02, X-52)", async (scope) => {
    const { aim, raw } = await joined(scope);
    for (const ttl of [656, 0x7fff, 0x8000, 0xffff]) raw.send(ping(ttl));
    await assertSilent(raw, 400);
    raw.send(message("still here"));
    assertEquals((await aim.socket.receive()).map(text), ["still here"]);
  });

  test("HB-6 no PING is sent before the handshake is done; HB-7 the first carries our time to live", async (scope) => {
    const { socket } = await target(scope, "Dealer", { heartbeatInterval: 30, heartbeatTimeToLive: 4200 });
    const raw = await RawPeer.dial(scope, socket);
    raw.send(greeting());
    await raw.read(64);
    await elapse(150);
    raw.send(ready("DEALER"));
    assertEquals(commandOf(await raw.frame()).name, "READY");
    const { name, body } = commandOf(await raw.frame());
    assertEquals([name, [...body.subarray(0, 2)]], ["PING", [0, 42]]);
    assert(body.length <= 18, "a context is at most 16 octets");
  });

  test("HB-7 a peer that answers nothing is closed after interval and timeout", async (scope) => {
    const { aim, raw } = await joined(scope, { heartbeatInterval: 100, heartbeatTimeout: 200 });
    const start = performance.now();
    await raw.closed();
    const waited = performance.now() - start;
    assert(waited > 200 && waited < 2000, `it took ${waited} ms`);
    await aim.watch.next("disconnect");
  });

  test("HB-7 a peer that answers keeps its connection", async (scope) => {
    const { aim, raw } = await joined(scope, { heartbeatInterval: 50, heartbeatTimeout: 200 });
    for (let round = 0; round < 10; round++) {
      const { name, body } = commandOf(await raw.frame());
      assertEquals(name, "PING");
      raw.send(command("PONG", body.subarray(2)));
    }
    assertEquals(aim.watch.count("disconnect"), 0);
    raw.send(message("same connection"));
    assertEquals((await aim.socket.receive()).map(text), ["same connection"]);
  });

  test("HB-9 PONGs that nobody asked for are ignored (X-54)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(...Array.from({ length: 1000 }, () => command("PONG", "?")), message("after them"));
    assertEquals((await aim.socket.receive()).map(text), ["after them"]);
  });

  test("HB-10 a 3.0 peer's PING is answered", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    await raw.join(greeting({ version: [3, 0] }), ready("DEALER"));
    raw.send(ping(0, "old"));
    const { name, body } = commandOf(await raw.frame());
    assertEquals([name, text(body)], ["PONG", "old"]);
  });

  test("HB-8 a peer that floods with PINGs and reads nothing does not keep others out (X-53)", async (scope) => {
    const { aim, raw } = await joined(scope);
    raw.send(...Array.from({ length: 20000 }, () => ping(0, "0123456789abcdef")));
    await assertServes(scope, aim.socket);
  });
});

async function joined(
  scope: Scope,
  options: { [option: string]: unknown } = {},
): Promise<{ aim: Target; raw: RawPeer }> {
  const aim = await target(scope, "Dealer", options);
  const raw = await RawPeer.dial(scope, aim.socket);
  await raw.handshake("DEALER");
  await aim.watch.next("handshake");
  return { aim, raw };
}
