/**
 * The life of connections to real libzmq: restarts, heartbeats, monitor events, high-water marks against a peer
 * that does not read, and close() with messages still queued.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { peerKinds, startPeer, withEachPeer } from "./peer.ts";
import { elapse, freePort, texts, until, within } from "./scope.ts";
import { isOurs, open } from "./subject.ts";

withEachPeer("connections", (test, kind) => {
  for (const transport of kind.transports ?? []) {
    test(`we reconnect over ${transport} when libzmq crashed and came back (SO-2)`, async (scope, peer) => {
      const address = await scope.freeAddress(transport);
      const dealer = scope.socket("Dealer", { routingId: "phoenix", reconnectInterval: 20 });
      const watch = scope.watch(dealer);
      await (await peer.open("Router")).bind(address);
      dealer.connect(address);
      await watch.next("handshake");

      await peer.kill();
      assertEquals((await watch.next("disconnect")).address, address);
      assert((await watch.next("connect:retry")).interval! >= 0);

      const reborn = await startPeer(scope, kind);
      const router = await reborn.open("Router");
      await router.bind(address);
      await watch.next("handshake");
      await dealer.send("after the restart");
      assertEquals(await router.receiveTexts(), ["phoenix", "after the restart"]);
      await router.send(["phoenix", "welcome back"]);
      assertEquals(texts(await dealer.receive()), ["welcome back"]);
    });

    test(`libzmq reconnects over ${transport} when we closed and bound again`, async (scope, peer) => {
      const address = await scope.freeAddress(transport);
      const theirs = await peer.open("Dealer", { routingId: "theirs", reconnectInterval: 20 });
      for (let life = 1; life <= 3; life++) {
        const router = scope.socket("Router");
        const watch = scope.watch(router);
        // A closing listener of libzmq itself may still hold the port for a moment.
        await until(`${address} can be bound`, () => router.bind(address).then(() => true, () => false));
        if (life === 1) await theirs.connect(address);
        await watch.next("handshake");
        await theirs.send([`life ${life}`]);
        assertEquals(texts(await within(router.receive(), 5000, `life ${life}`)), ["theirs", `life ${life}`]);
        router.close();
      }
    });

    test(
      `a frozen libzmq over ${transport} blocks us at the high-water mark, and loses nothing`,
      async (scope, peer) => {
        const push = scope.socket("Push", { sendHighWaterMark: 10, sendTimeout: 0 });
        const watch = scope.watch(push);
        await push.bind(scope.address(transport));
        const pull = await peer.open("Pull", { receiveHighWaterMark: 10 });
        await pull.connect(push.lastEndpoint!);
        await watch.next("handshake");
        peer.freeze();

        const message = new Uint8Array(10000);
        let sent = 0;
        let refused = 0;
        // One refusal can be a matter of the moment: full is what still refuses after the kernel took its share.
        while (refused < 20 && sent < 5000) {
          new DataView(message.buffer).setUint32(0, sent);
          try {
            await push.send(message.slice());
            sent++;
            refused = 0;
          } catch (error) {
            assertEquals((error as { code?: string }).code, "EAGAIN");
            refused++;
            await elapse(2);
          }
        }
        assert(refused === 20, "5000 messages of 10 kB were taken for a peer that reads nothing");
        peer.wake();
        assertEquals(await pull.drain(sent), {
          count: sent,
          first: 0,
          last: sent - 1,
          ascending: true,
          doubles: 0,
        });
      },
      30,
    );

    test(
      `a frozen subscriber over ${transport} never blocks our PUB, and the other one misses nothing`,
      async (scope, peer) => {
        const pub = scope.socket("XPublisher", { sendHighWaterMark: 50 });
        await pub.bind(scope.address(transport));
        const slow = await peer.open("Subscriber", { receiveHighWaterMark: 10 });
        await slow.subscribe("");
        await slow.connect(pub.lastEndpoint!);
        assertEquals(texts(await pub.receive()), ["\x01"]);
        peer.freeze();

        const quick = scope.socket("Subscriber");
        quick.subscribe("q");
        quick.connect(pub.lastEndpoint!);
        assertEquals(texts(await pub.receive()), ["\x01q"]);
        const padding = "x".repeat(20000);
        for (let number = 0; number < 2000; number++) {
          await within(pub.send(["s", padding]), 2000, "send() of a PUB, which never waits");
          if (number % 20) continue;
          await pub.send(["q", `${number}`]);
          assertEquals(texts(await within(quick.receive(), 5000, `number ${number}`)), ["q", `${number}`]);
        }
        peer.wake();
      },
      30,
    );

    test(`close() over ${transport} delivers all that was sent before`, async (scope, peer) => {
      const pull = await peer.open("Pull", { receiveHighWaterMark: 0 });
      const address = await pull.bind(scope.address(transport));
      const push = scope.socket("Push", { linger: -1, sendHighWaterMark: 0 });
      // libzmq itself loses what is in flight over ipc unless the connection is known to be up.
      const watch = scope.watch(push);
      push.connect(address);
      if (!isOurs) await watch.next("handshake");
      for (let number = 0; number < 1000; number++) {
        const message = new Uint8Array(1000);
        new DataView(message.buffer).setUint32(0, number);
        await push.send(message);
      }
      push.close();
      assertEquals(await pull.drain(1000), { count: 1000, first: 0, last: 999, ascending: true, doubles: 0 });
    });

    test(
      `messages linger over ${transport} for a peer that binds only after our close()`,
      async (scope, peer) => {
        const address = await scope.freeAddress(transport);
        const push = scope.socket("Push", { linger: 10000, reconnectInterval: 20 });
        push.connect(address);
        for (let number = 0; number < 100; number++) await push.send(new Uint8Array([0, 0, 0, number]));
        push.close();
        const pull = await peer.open("Pull");
        await pull.bind(address);
        assertEquals(await pull.drain(100), { count: 100, first: 0, last: 99, ascending: true, doubles: 0 });
      },
    );

    test(`our monitor over ${transport}, bound: bind, accept, handshake, disconnect`, async (scope, peer) => {
      const pull = scope.socket("Pull");
      const watch = scope.watch(pull);
      await pull.bind(scope.address(transport));
      const address = pull.lastEndpoint!;
      assertEquals((await watch.next("bind")).address, address);
      const push = await peer.open("Push");
      await push.connect(address);
      assertEquals((await watch.next("accept")).address, address);
      assertEquals((await watch.next("handshake")).address, address);
      await push.close();
      assertEquals((await watch.next("disconnect")).address, address);
      pull.close();
      await watch.next("end");
    });

    test(
      `our monitor over ${transport}, connecting: connect, handshake, disconnect, connect:retry`,
      async (scope, peer) => {
        const pull = await peer.open("Pull");
        const address = await pull.bind(scope.address(transport));
        const push = scope.socket("Push", { reconnectInterval: 50 });
        const watch = scope.watch(push);
        push.connect(address);
        assertEquals((await watch.next("connect")).address, address);
        assertEquals((await watch.next("handshake")).address, address);
        await pull.close();
        assertEquals((await watch.next("disconnect")).address, address);
        const { interval } = await watch.next("connect:retry");
        assert(
          interval! >= 1 && interval! <= 100,
          `libzmq waits one to two intervals of 50 ms, and this was ${interval}`,
        );
      },
    );

    test(`libzmq's monitor over ${transport} sees us accept, shake hands and leave`, async (scope, peer) => {
      const theirs = await peer.open("Pull");
      await theirs.monitor();
      const address = await theirs.bind(scope.address(transport));
      await theirs.event("bind");
      const push = scope.socket("Push");
      push.connect(address);
      await theirs.event("accept");
      await theirs.event("handshake");
      push.close();
      await theirs.event("disconnect");

      const connecting = await peer.open("Push");
      await connecting.monitor();
      const pull = scope.socket("Pull");
      await pull.bind(scope.address(transport));
      await connecting.connect(pull.lastEndpoint!);
      await connecting.event("connect");
      await connecting.event("handshake");
      pull.close();
      await connecting.event("disconnect");
    });
  }

  test(
    "our heartbeat finds a frozen libzmq, and the connection comes back (SO-6, HB-7)",
    async (scope, peer) => {
      const dealer = scope.socket("Dealer", {
        heartbeatInterval: 100,
        heartbeatTimeout: 200,
        reconnectInterval: 50,
      });
      const watch = scope.watch(dealer);
      const theirs = await peer.open("Dealer");
      dealer.connect(await theirs.bind("tcp://127.0.0.1:*"));
      await watch.next("handshake");
      peer.freeze();
      const start = performance.now();
      await watch.next("disconnect");
      const waited = performance.now() - start;
      assert(waited > 150 && waited < 2000, `gives it 0.3 to 2 s, and this took ${waited} ms (F-25)`);
      peer.wake();
      await watch.next("handshake");
      await dealer.send("still there?");
      assertEquals(await theirs.receiveTexts(), ["still there?"]);
    },
  );

  test("libzmq answers our heartbeats: an idle connection stays", async (scope, peer) => {
    const dealer = scope.socket("Dealer", {
      heartbeatInterval: 50,
      heartbeatTimeout: 150,
      heartbeatTimeToLive: 200,
    });
    const watch = scope.watch(dealer);
    await dealer.bind("tcp://127.0.0.1:*");
    const theirs = await peer.open("Dealer");
    await theirs.connect(dealer.lastEndpoint!);
    await watch.next("handshake");
    await elapse(700);
    assertEquals(watch.count("disconnect"), 0);
    await theirs.send(["same connection"]);
    assertEquals(texts(await dealer.receive()), ["same connection"]);
    assertEquals(watch.count("handshake"), 1);
  });

  test("we answer libzmq's heartbeats: an idle connection stays", async (scope, peer) => {
    const dealer = scope.socket("Dealer");
    const watch = scope.watch(dealer);
    await dealer.bind("tcp://127.0.0.1:*");
    const theirs = await peer.open("Dealer", {
      heartbeatInterval: 50,
      heartbeatTimeout: 150,
      heartbeatTimeToLive: 300,
    });
    await theirs.connect(dealer.lastEndpoint!);
    await watch.next("handshake");
    await elapse(700);
    assertEquals(watch.count("disconnect"), 0);
    await dealer.send("same connection");
    assertEquals(await theirs.receiveTexts(), ["same connection"]);
  });

  test(
    "libzmq's time to live holds for us: its silence ends the connection on our side",
    async (scope, peer) => {
      const dealer = scope.socket("Dealer");
      const watch = scope.watch(dealer);
      await dealer.bind("tcp://127.0.0.1:*");
      const theirs = await peer.open("Dealer", { heartbeatInterval: 50, heartbeatTimeToLive: 300 });
      await theirs.connect(dealer.lastEndpoint!);
      await watch.next("handshake");
      await theirs.send(["one more"]);
      await dealer.receive();
      await elapse(200); // Time for at least one PING, which carries the time to live.
      peer.freeze();
      await watch.next("disconnect", 3000);
      peer.wake();
    },
  );

  test("disconnect() and unbind() end the connection on libzmq's side too", async (scope, peer) => {
    const theirs = await peer.open("Dealer");
    await theirs.monitor();
    const address = await theirs.bind("tcp://127.0.0.1:*");
    const connecting = scope.socket("Dealer");
    connecting.connect(address);
    connecting.receive().catch(() => {}); // libzmq does what disconnect() began only while somebody waits.
    await theirs.event("handshake");
    connecting.disconnect(address);
    await theirs.event("disconnect");

    const bound = scope.socket("Dealer");
    await bound.bind(`tcp://127.0.0.1:${await freePort()}`);
    await theirs.connect(bound.lastEndpoint!);
    bound.receive().catch(() => {});
    await theirs.event("handshake");
    await bound.unbind(bound.lastEndpoint!);
    await theirs.event("disconnect");
  });

  test("libzmq's disconnect leaves our socket serving others", async (scope, peer) => {
    const reply = scope.socket("Reply");
    await reply.bind("tcp://127.0.0.1:*");
    for (let round = 0; round < 5; round++) {
      const request = await peer.open("Request");
      await request.connect(reply.lastEndpoint!);
      await request.send([`round ${round}`]);
      assertEquals(texts(await reply.receive()), [`round ${round}`]);
      if (round % 2) await request.close(); // Gone before its reply: dropped (RFC 28).
      await reply.send("answer");
      if (round % 2 === 0) assertEquals(await request.receiveTexts(), ["answer"]);
    }
  });
});

const abstractNames = await canBindAbstractNames();

withEachPeer("Linux's abstract names", (test) => {
  for (const bound of ["we", "libzmq"] as const) {
    const name = `ipc://@name, ${bound} bound`;
    if (!abstractNames) it.skip(`${name} (skipped: this runtime cannot)`, () => {});
    else {
      test(name, async (scope, peer) => {
        const address = `ipc://@puremq-${crypto.randomUUID()}`;
        const ours = scope.socket("Pair");
        const theirs = await peer.open("Pair");
        if (bound === "we") {
          await ours.bind(address);
          await theirs.connect(address);
        } else {
          await theirs.bind(address);
          ours.connect(address);
        }
        await ours.send("there");
        assertEquals(await theirs.receiveTexts(), ["there"]);
        await theirs.send(["and back"]);
        assertEquals(texts(await ours.receive()), ["and back"]);
      });
    }
  }
});

/** Asks by doing: which runtimes can is a property of the adapters, not of the public face. */
async function canBindAbstractNames(): Promise<boolean> {
  if (peerKinds.every((kind) => kind.missing)) return false;
  const pair = open("Pair");
  try {
    await pair.bind(`ipc://@puremq-${crypto.randomUUID()}`);
    return true;
  } catch {
    return false;
  } finally {
    pair.close();
  }
}
