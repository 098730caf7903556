/**
 * `socket.events` as zeromq.js has it: which events come in which order with which fields, the two ways of reading
 * them, and what is left when the socket is closed.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { failure, strictTest, test, within } from "../interop/scope.ts";
import type { AnySocket, MonitorEvent } from "../interop/subject.ts";

for (const transport of ["tcp", "ipc"] as const) {
  describe(`events over ${transport}`, () => {
    test("a listener's are bind, accept, handshake, in this order and with its address", async (scope) => {
      const dealer = scope.socket("Dealer");
      const watch = scope.watch(dealer);
      await dealer.bind(scope.address(transport));
      const address = dealer.lastEndpoint!;
      scope.socket("Dealer").connect(address);
      await watch.next("handshake");
      assertEquals(watch.seen.map(({ type, address }) => [type, address]), [
        ["bind", address],
        ["accept", address],
        ["handshake", address],
      ]);
    });

    test("a connecting socket's are connect, handshake, with its address", async (scope) => {
      const listening = scope.socket("Dealer");
      await listening.bind(scope.address(transport));
      const address = listening.lastEndpoint!;
      const dealer = scope.socket("Dealer");
      const watch = scope.watch(dealer);
      dealer.connect(address);
      await watch.next("handshake");
      // Over ipc libzmq may be connected at once, without the delay.
      const seen = watch.seen.filter(({ type }) => transport === "tcp" || type !== "connect:delay");
      const delay = transport === "tcp" ? [["connect:delay", address]] : [];
      assertEquals(seen.map(({ type, address }) => [type, address]), [
        ...delay,
        ["connect", address],
        ["handshake", address],
      ]);
    });

    test("a refused connect tells of the close and of the retry, again and again", async (scope) => {
      const address = await scope.freeAddress(transport);
      const dealer = scope.socket("Dealer", { reconnectInterval: 10 });
      const watch = scope.watch(dealer);
      dealer.connect(address);
      for (let round = 0; round < 3; round++) {
        assertEquals((await watch.next("close")).address, address);
        const { interval } = await watch.next("connect:retry");
        assert(interval! >= 5 && interval! <= 30, `with 10 ms the delay was ${interval}`);
      }
    });

    test("a listener that closes tells of it, and end comes last", async (scope) => {
      const dealer = scope.socket("Dealer");
      const watch = scope.watch(dealer);
      await dealer.bind(scope.address(transport));
      const address = dealer.lastEndpoint!;
      const peer = scope.socket("Dealer");
      peer.connect(address);
      await watch.next("handshake");
      dealer.close();
      assertEquals((await watch.next("close")).address, address);
      await watch.next("end");
      assertEquals(watch.seen.at(-1)!.type, "end");
    });

    test("on() gets the events of its type, and receive() is refused then", async (scope) => {
      const dealer = scope.socket("Dealer");
      const seen: MonitorEvent[] = [];
      const ended = new Promise<void>((resolve) => dealer.events.on("end", () => resolve()));
      for (const type of ["bind", "accept"]) dealer.events.on(type, (event) => seen.push(event));
      const off = (event: MonitorEvent) => seen.push(event);
      dealer.events.on("handshake", off);
      dealer.events.off("handshake", off);
      assertThrows(
        () => dealer.events.receive(),
        Error,
        "Observer is in event emitter mode. After a call to events.on() it is not possible to read events with " +
          "events.receive().",
      );
      await dealer.bind(scope.address(transport));
      const address = dealer.lastEndpoint!;
      const peer = scope.socket("Dealer");
      const watch = scope.watch(peer);
      peer.connect(address);
      await watch.next("handshake");
      await watchFor(dealer, peer);
      dealer.close();
      await within(ended, 5000, "the end");
      assertEquals(seen.map(({ type, address }) => [type, address]), [["bind", address], [
        "accept",
        address,
      ]]);
    });

    strictTest(
      "events carry a connection's number, the peer's address and type, beyond what zeromq.js has",
      async (scope) => {
        const listening = scope.socket("Dealer");
        const watch = scope.watch(listening);
        await listening.bind(scope.address(transport));
        scope.socket("Router", { routingId: "me" }).connect(listening.lastEndpoint!);
        const accept = await watch.next("accept") as MonitorEvent & Details;
        const handshake = await watch.next("handshake") as MonitorEvent & Details;
        assertEquals([typeof accept.connection, accept.connection], ["number", handshake.connection]);
        if (transport === "tcp") {
          assert(/^127\.0\.0\.1:\d+$/.test(handshake.remote!), `the peer is ${handshake.remote}`);
        }
        assertEquals(handshake.socketType, "ROUTER");
        assertEquals(new TextDecoder().decode(handshake.routingId), "me");
      },
    );
  });
}

interface Details {
  readonly connection?: number;
  readonly remote?: string;
  readonly socketType?: string;
  readonly routingId?: Uint8Array;
}

describe("events", () => {
  test("an unused socket has end alone", async (scope) => {
    const dealer = scope.socket("Dealer");
    const watch = scope.watch(dealer);
    dealer.close();
    await watch.next("end");
    assertEquals(watch.seen.map(({ type }) => type), ["end"]);
  });

  test("inproc has no events but end", async (scope) => {
    const dealer = scope.socket("Dealer");
    const watch = scope.watch(dealer);
    await dealer.bind("inproc://silent");
    const peer = scope.socket("Dealer");
    peer.connect("inproc://silent");
    await peer.send("x");
    await dealer.receive();
    peer.close(); // libzmq ends an inproc connection only when both have said so.
    dealer.close();
    await watch.next("end");
    assertEquals(watch.seen.map(({ type }) => type), ["end"]);
  });

  test("a bind that fails has bind:error with the error", async (scope) => {
    const first = scope.socket("Dealer");
    await first.bind("tcp://127.0.0.1:*");
    const second = scope.socket("Dealer");
    const watch = scope.watch(second);
    await failure(() => second.bind(first.lastEndpoint!));
    const { address, error } = await watch.next("bind:error");
    assert(first.lastEndpoint!.endsWith(address!), `the address is ${address}`); // libzmq leaves the transport out.
    assertEquals([error!.message, error!.code], ["Address already in use", "EADDRINUSE"]);
    assertEquals(typeof (error as { errno?: number }).errno, "number");
  });

  test("a socket has one observer, and after end it is closed: EBADF", async (scope) => {
    const dealer = scope.socket("Dealer");
    const { events } = dealer;
    assertStrictEquals(dealer.events, events);
    dealer.close();
    assertEquals((await events.receive()).type, "end");
    assertEquals(events.closed, true);
    const { message, code, errno } = await failure(() => events.receive());
    assertEquals([message, code, errno], ["Socket is closed", "EBADF", 9]);
  });
});

/** One message each way: all that the two have to tell each other before is told. */
async function watchFor(one: AnySocket, other: AnySocket): Promise<void> {
  await other.send("there");
  await one.receive();
  await one.send("back");
  await other.receive();
}
