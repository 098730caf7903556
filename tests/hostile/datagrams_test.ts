/**
 * Hostile datagrams: over `udp://` by the loopback interface, over `epgm://` on a network in memory. There is no
 * connection to end: what is wrong is dropped and counted, and the good sender's messages come as before.
 */

import { createSocket, type Socket } from "node:dgram";
import process from "node:process";
import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { Context, Datagram, Dish, Publisher, Radio, Subscriber } from "../../mod.ts";
import { encodeData, encodeNak, encodeSpm, NAK, ODATA } from "../../src/pgm/packet.ts";
import { type Scope, test, until } from "../interop/scope.ts";
import { DatagramNetwork, turn } from "../support/datagrams.ts";

/** A socket of the runtime's own, that sends what it likes. */
async function sender(scope: Scope): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  scope.atEnd(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket;
}

/** What breaks the rules of RADIO's datagrams: a length octet, the group, the body. */
const MALFORMED: readonly (readonly [name: string, datagram: Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["a group beyond the datagram", Uint8Array.of(10, 103)],
  ["a group of 255 octets beyond it", Uint8Array.of(255, 103, 120)],
  ["a group of 128 octets, negative where a char is signed", Uint8Array.of(128, ...new Uint8Array(200))],
  ["a group of 255 octets", Uint8Array.of(255, ...new Uint8Array(300))],
  ["9000 octets, beyond libzmq's buffer", Uint8Array.of(1, 103, ...new Uint8Array(9000))],
  ["60000 octets", Uint8Array.of(1, 103, ...new Uint8Array(60_000))],
];

describe("udp:// under attack", () => {
  test("DISH: malformed datagrams are dropped and counted, the good RADIO is heard (V-16)", async (scope) => {
    const dish = scope.own(new Dish({ linger: 0 }));
    await dish.bind("udp://127.0.0.1:*");
    dish.join("g");
    const port = Number(dish.lastEndpoint!.split(":").pop());
    const radio = scope.own(new Radio({ linger: 0 }));
    radio.connect(dish.lastEndpoint!);
    const bad = await sender(scope);
    for (let i = 0; i < MALFORMED.length; i++) {
      const before = dish.dropped.malformed;
      bad.send(MALFORMED[i]![1], port, "127.0.0.1");
      await until(`${MALFORMED[i]![0]} is counted`, () => dish.dropped.malformed === before + 1);
      await radio.send(`good ${i}`, { group: "g" });
      assertEquals(new TextDecoder().decode((await dish.receive())[0]), `good ${i}`);
    }
  });

  test("DISH: groups that nobody joined, by the thousand, cost nothing", async (scope) => {
    const dish = scope.own(new Dish({ linger: 0, receiveHighWaterMark: 100 }));
    await dish.bind("udp://127.0.0.1:*");
    dish.join("g");
    const port = Number(dish.lastEndpoint!.split(":").pop());
    const radio = scope.own(new Radio({ linger: 0 }));
    radio.connect(dish.lastEndpoint!);
    const bad = await sender(scope);
    const memory = process.memoryUsage().rss;
    for (let i = 0; i < 200; i++) {
      for (let k = 0; k < 50; k++) {
        const group = new TextEncoder().encode(`n${i}.${k}`);
        bad.send(Uint8Array.of(group.length, ...group, 1, 2, 3), port, "127.0.0.1");
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    let heard = false;
    const hearing = dish.receive().then(() => heard = true);
    while (!heard) {
      await radio.send("good", { group: "g" });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await hearing;
    assertLess(process.memoryUsage().rss - memory, 50 * 1024 * 1024);
  });

  test("DGRAM: any datagram is a message, those beyond its queue are dropped", async (scope) => {
    const socket = scope.own(new Datagram({ linger: 0, receiveHighWaterMark: 10 }));
    await socket.bind("udp://127.0.0.1:*");
    const port = Number(socket.lastEndpoint!.split(":").pop());
    const bad = await sender(scope);
    for (let i = 0; i < 100; i++) bad.send(new Uint8Array(i * 10), port, "127.0.0.1");
    await until("some are dropped", () => socket.statistics().queuedIn >= 10);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert(socket.statistics().queuedIn <= 11, `${socket.statistics().queuedIn} wait`);
    for (let i = socket.statistics().queuedIn; i > 0; i--) await socket.receive();
    bad.send("good", port, "127.0.0.1");
    for (;;) if (new TextDecoder().decode((await socket.receive())[1]) === "good") return;
  });
});

describe("epgm:// under attack", () => {
  const URL = "epgm://eth0;239.192.1.1:5555";
  const GROUP = { host: "239.192.1.1", port: 5555 };

  test(
    "junk, spoofed packets and made-up sources: a good publisher is heard, each message once",
    async (scope) => {
      const network = new DatagramNetwork({ seed: 5 });
      const contexts: Context[] = [];
      const host = (n: number) => {
        const context = new Context({ transports: network.host(`10.0.0.${n}`) });
        contexts.push(context);
        return context;
      };
      scope.atEnd(async () => {
        for (const context of contexts) await context.close();
      });
      const subscriber = new Subscriber({ context: host(2), rate: 40_000, linger: 0 });
      subscriber.subscribe("good");
      await subscriber.bind(URL);
      const publisher = new Publisher({ context: host(1), rate: 40_000, linger: 0 });
      await publisher.bind(URL);
      const spy = { tsi: { sourcePort: 0, gsi: 0 } };
      network.onSend = (datagram, from) => {
        if (from.host !== "10.0.0.9" && datagram.length > 16) {
          spy.tsi = {
            sourcePort: datagram[0]! * 256 + datagram[1]!,
            gsi: [...datagram.subarray(8, 14)].reduce((sum, octet) => sum * 256 + octet, 0),
          };
        }
        return true;
      };
      const bad = await network.host("10.0.0.9").udp!.open(
        { host: "0.0.0.0", port: 0, reuse: false, loopback: true } as never,
        { onDatagram() {}, onClose() {} } as never,
      );
      let heard = -1;
      const hearing = (async () => {
        while (heard < 99) {
          const number = Number(new TextDecoder().decode((await subscriber.receive())[0]).slice(5));
          // The first packets may be before the subscriber's time; then each comes once, in order.
          assert(heard === -1 || number === heard + 1, `${number} after ${heard}`);
          heard = number;
        }
      })();
      const memory = process.memoryUsage().rss;
      const random = network.random;
      for (let i = 0; i < 100; i++) {
        await publisher.send(`good ${i}`);
        for (let k = 0; k < 30; k++) {
          const made = {
            sourcePort: random.below(65_536),
            destinationPort: 5555,
            gsi: random.below(2 ** 31),
          };
          const junk = Uint8Array.from({ length: random.below(200) }, () => random.below(256));
          const packets = [
            junk,
            encodeSpm({
              ...made,
              number: random.below(2 ** 31),
              trail: 0,
              lead: 2 ** 31,
              nla: "10.0.0.9",
              fin: false,
            }),
            encodeData({
              ...made,
              type: ODATA,
              number: random.below(2 ** 31),
              trail: 0,
              offset: 0,
              slice: Uint8Array.of(0, 4, 1, 1, 1, 1),
            }),
            // Asks the publisher for what it never sent.
            encodeNak({
              ...made,
              ...spy.tsi,
              type: NAK,
              numbers: [random.below(2 ** 31)],
              nla: "10.0.0.1",
              group: GROUP.host,
            }),
          ];
          for (const packet of packets) bad.send(packet, GROUP);
        }
        await turn();
      }
      await hearing;
      assertGreaterOrEqual(heard, 99);
      assertLess(process.memoryUsage().rss - memory, 150 * 1024 * 1024);
      bad.close();
      subscriber.close();
      publisher.close();
    },
    30,
  );
});
