/**
 * 37/ZMTP's greeting on the wire, octet by octet, and everything that can go wrong before it is complete. Names
 * begin with the rows of the conformance list (GR) and of the catalogue of attacks (X, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals } from "@std/assert";
import { elapse, strictTest, test } from "../interop/scope.ts";
import {
  assertRefused,
  assertServes,
  greeting,
  message,
  octets,
  RawListener,
  RawPeer,
  ready,
  target,
  text,
} from "./raw.ts";

const SIGNATURE = octets([0xff], new Uint8Array(8), [0x7f]);

describe("greeting", () => {
  test("GR-1 a bound socket sends its signature without waiting for the peer", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    const signature = await raw.read(10);
    assertEquals([signature[0], signature[9]], [0xff, 0x7f]);
  });

  test("GR-1 a connecting socket sends its signature without waiting for the peer", async (scope) => {
    const listener = await RawListener.open(scope);
    scope.socket("Dealer").connect(listener.address);
    const signature = await (await listener.accept()).read(10);
    assertEquals([signature[0], signature[9]], [0xff, 0x7f]);
  });

  test("GR-2 GR-10 GR-13 the greeting is 64 octets: version 3.1, NULL padded with zeros, no server, zero filler", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    raw.send(greeting());
    const whole = await raw.read(64);
    assertEquals([...whole.subarray(10, 12)], [3, 1]);
    assertEquals(text(whole.subarray(12, 32)), "NULL".padEnd(20, "\0"));
    assertEquals(whole[32], 0);
    assertEquals(whole.subarray(33).every((octet) => octet === 0), true);
  });

  test("GR-3 the padding of the signature is not looked at", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    await raw.join(greeting({ padding: [1, 2, 0xfe, 4, 0xff, 6, 7, 8] }), ready("DEALER"));
    raw.send(message("taken"));
    assertEquals((await socket.receive()).map(text), ["taken"]);
  });

  strictTest(
    "a ZMTP 1.0 peer, told by its first octet or an even tenth, is closed with an event (GR-4, GR-14, DG-1)",
    async (scope) => {
      const firsts = [
        [0x01, 0x00],
        [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7e],
        [0x05, 0x00, 0x61, 0x62, 0x63, 0x64],
      ];
      for (const first of firsts) {
        const aim = await target(scope);
        const raw = await RawPeer.dial(scope, aim.socket);
        raw.send(first);
        await assertRefused(scope, aim, raw, "ERR_ZMTP_VERSION_UNSUPPORTED");
      }
    },
  );

  test("GR-5 higher versions are served in our own (X-09)", async (scope) => {
    for (const version of [[3, 2], [3, 9], [3, 255], [4, 0], [255, 255]]) {
      const { socket } = await target(scope);
      const raw = await RawPeer.dial(scope, socket);
      await raw.join(greeting({ version }), ready("DEALER"));
      raw.send(message(`by ${version}`));
      assertEquals((await socket.receive()).map(text), [`by ${version}`]);
    }
  });

  test("GR-6 a 3.0 peer is served", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    await raw.join(greeting({ version: [3, 0] }), ready("DEALER"));
    raw.send(message("by 3.0"));
    assertEquals((await socket.receive()).map(text), ["by 3.0"]);
    await socket.send("to 3.0");
    assertEquals(await raw.message(), ["to 3.0"]);
  });

  test("GR-7 eleven octets of the peer bring forth the rest of ours", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    raw.send(SIGNATURE, [3]);
    assertEquals((await raw.read(64)).length, 64);
  });

  for (const mechanism of ["PLAIN", "CURVE", "null", "NULLX", "NULL\0\0X", "", "A".repeat(20)]) {
    test(`GR-9 the mechanism ${JSON.stringify(mechanism)} is closed without a READY (X-07)`, async (scope) => {
      const aim = await target(scope);
      const raw = await RawPeer.dial(scope, aim.socket);
      raw.send(greeting({ mechanism }), ready("DEALER"), message("never"));
      const { type } = await assertRefused(scope, aim, raw, "ERR_ZMTP_MECHANISM_MISMATCH");
      assertEquals(type, "handshake:error:protocol");
      assert((await raw.closed()).length <= 64, "more than a greeting was sent");
    });
  }

  test("GR-11 as-server and GR-13 the filler are tolerated", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    await raw.join(greeting({ asServer: 1, filler: 0xaa }), ready("DEALER"));
    raw.send(message("taken"));
    assertEquals((await socket.receive()).map(text), ["taken"]);
  });

  for (
    const [what, sent] of [
      ["nothing", []],
      ["ten octets", SIGNATURE],
      ["eleven octets", octets(SIGNATURE, [3])],
      ["63 octets", greeting().subarray(0, 63)],
      ["a greeting without READY", greeting()],
    ] as const
  ) {
    test(`GR-15 a peer that says ${what} is closed when handshakeInterval is over (X-01)`, async (scope) => {
      const aim = await target(scope, "Dealer", { handshakeInterval: 200 });
      const raw = await RawPeer.dial(scope, aim.socket);
      const start = performance.now();
      raw.send(sent);
      await assertRefused(scope, aim, raw);
      const waited = performance.now() - start;
      assert(waited > 150 && waited < 3000, `it took ${waited} ms`);
    });
  }

  test("GR-15 input does not restart the clock of the handshake (X-02, X-03)", async (scope) => {
    const aim = await target(scope, "Dealer", { handshakeInterval: 300 });
    const raw = await RawPeer.dial(scope, aim.socket);
    const whole = octets(greeting(), ready("DEALER"));
    const start = performance.now();
    for (let at = 0; at < whole.length && !raw.isClosed; at++) {
      raw.send(whole.subarray(at, at + 1));
      await elapse(40);
    }
    const waited = performance.now() - start;
    assert(waited < 2000, `closed only after ${waited} ms`);
    await assertRefused(scope, aim, raw);
  });

  for (const size of [1, 3, 7]) {
    test(`GR-16 greeting, READY and message arrive in segments of ${size}`, async (scope) => {
      const { socket } = await target(scope);
      const raw = await RawPeer.dial(scope, socket);
      await raw.sendInSegments(size, octets(greeting(), ready("DEALER"), message("in", "pieces")));
      assertEquals((await socket.receive()).map(text), ["in", "pieces"]);
    });
  }

  strictTest("GR-16 greeting, READY and 200 messages arrive in one segment", async (scope) => {
    const { socket } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    const messages = Array.from({ length: 200 }, (_, index) => message(`number ${index}`));
    raw.send(greeting(), ready("DEALER"), ...messages);
    for (let index = 0; index < 200; index++) {
      assertEquals((await socket.receive()).map(text), [`number ${index}`]);
    }
  });

  for (const how of ["end", "reset"] as const) {
    test(`GR-17 a peer lost (${how}) at any of the first 70 octets leaves the socket serving others (X-24)`, async (scope) => {
      const { socket } = await target(scope);
      const whole = octets(greeting(), ready("DEALER"));
      for (let sent = 0; sent <= 70; sent++) {
        const raw = await RawPeer.dial(scope, socket);
        raw.send(whole.subarray(0, sent));
        raw[how]();
      }
      await assertServes(scope, socket);
    });
  }

  for (
    const [name, sent] of [
      ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
      ["SSH", "SSH-2.0-OpenSSH_9.0\r\n"],
      ["Redis", "*1\r\n$4\r\nPING\r\n"],
      ["TLS", octets([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], new Uint8Array(200).fill(7))],
      ["zeros", new Uint8Array(64)],
      ["the wrong first octet", octets([0xfe], greeting().subarray(1))],
      ["random octets", crypto.getRandomValues(new Uint8Array(200)).fill(0x41, 0, 1)],
    ] as const
  ) {
    strictTest(
      `GR-18 ${name} is closed at once, with an event, and never delivered (X-04, X-05, X-06)`,
      async (scope) => {
        const aim = await target(scope);
        const raw = await RawPeer.dial(scope, aim.socket);
        raw.send(sent);
        await assertRefused(scope, aim, raw);
        assert((await raw.closed()).length <= 64, "no answer beyond the greeting");
      },
    );
  }

  strictTest(
    "a connecting socket that met HTTP tries again, and works when the service is there (H-16)",
    async (scope) => {
      const listener = await RawListener.open(scope);
      const dealer = scope.socket("Dealer", { reconnectInterval: 20 });
      const watch = scope.watch(dealer);
      dealer.connect(listener.address);
      const proxy = await listener.accept();
      proxy.send("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      const refusal = await watch.next(["handshake:error:protocol", "handshake:error:other", "disconnect"]);
      assertEquals(refusal.address, listener.address);
      const service = await listener.accept();
      await service.handshake("DEALER");
      service.send(message("now I am here"));
      assertEquals((await dealer.receive()).map(text), ["now I am here"]);
    },
  );

  strictTest(
    "the delay grows while connections are accepted and closed without a handshake (H-17, X-09)",
    async (scope) => {
      const listener = await RawListener.open(scope);
      const dealer = scope.socket("Dealer", { reconnectInterval: 20, reconnectMaxInterval: 320 });
      const watch = scope.watch(dealer);
      dealer.connect(listener.address);
      const intervals: number[] = [];
      for (let round = 0; round < 6; round++) {
        (await listener.accept()).end();
        intervals.push((await watch.next("connect:retry")).interval!);
      }
      assert(intervals[5]! > 2 * intervals[0]!, `the delays were ${intervals}`);
      assert(intervals.every((interval) => interval <= 400), `the delays were ${intervals}`);
    },
  );

  test("200 connections that say nothing do not keep a good peer out (X-22)", async (scope) => {
    const { socket } = await target(scope, "Dealer", { backlog: 300 });
    const idle = await Promise.all(Array.from({ length: 200 }, () => RawPeer.dial(scope, socket)));
    idle.forEach((raw, index) => index % 2 && raw.send(greeting()));
    await assertServes(scope, socket);
  });

  test("200 connections that come, greet and reset leave the socket as it was (X-23)", async (scope) => {
    const { socket } = await target(scope);
    for (let round = 0; round < 200; round++) {
      const raw = await RawPeer.dial(scope, socket);
      raw.send(greeting());
      raw.reset();
    }
    await assertServes(scope, socket);
  });

  test("a socket that connects to itself goes on serving others (X-25)", async (scope) => {
    const { socket } = await target(scope);
    socket.connect(socket.lastEndpoint!);
    await assertServes(scope, socket);
  });
});
