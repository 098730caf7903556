/**
 * udp:// over a real network: RADIO, DISH and DGRAM of our module against libzmq's drafts (npm's zeromq), and
 * against themselves, unicast and multicast, on hosts of a throw-away lab.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import type { Scope } from "../interop/scope.ts";
import type { Lab } from "./lab.ts";
import { labTest } from "./lab_tests.ts";
import {
  isOurs,
  libzmqMissing,
  type Note,
  note,
  UdpEnd,
  type UdpPlayer,
  type UdpSocket,
} from "./udp_ends.ts";

const PAIRS: readonly (readonly [UdpPlayer, UdpPlayer])[] = [
  ["libzmq", "ours"],
  ["ours", "libzmq"],
  ["ours", "ours"],
];

/** The largest datagram is 8192 octets with one for the group's length and those of the group. */
const LARGEST = 8192 - 1 - "news".length;

const NOTES: readonly Note[] = [
  ...[0, 1, 2, 253, 254, 255, 256, 1472, LARGEST].map((size, seed) => note("news", size, seed)),
  ...Array.from({ length: 200 }, (_, number) => note(number % 3 === 0 ? "news" : "weather", number, number)),
];

for (const [sender, receiver] of PAIRS) {
  const needs = { missing: [sender, receiver].includes("libzmq") || !isOurs ? libzmqMissing : undefined };

  describe(`udp://, ${sender} RADIO → ${receiver} DISH`, () => {
    labTest("unicast: every size up to 8192 octets comes as it was sent", needs, async (scope, lab) => {
      const [here, there] = await pair(scope, lab, sender, receiver);
      const dish = await there.open("Dish");
      await dish.join("news", "weather");
      await dish.bind(`udp://${there.host.address}:7000`);
      const radio = await here.open("Radio");
      await radio.connect(`udp://${there.host.address}:7000`);
      await exchange(radio, dish);
    });

    for (const [link, name] of [["eth0", "by name"], ["10.99.0", "by address"]]) {
      labTest(
        `multicast, the interface ${name}: every size comes as it was sent`,
        needs,
        async (scope, lab) => {
          const [here, there] = await pair(scope, lab, sender, receiver);
          const at = (end: UdpEnd) => `udp://${link === "eth0" ? link : end.host.address};239.1.2.3:7001`;
          const dish = await there.open("Dish");
          await dish.join("news", "weather");
          await dish.bind(at(there), "239.1.2.3");
          const radio = await here.open("Radio");
          await radio.connect(at(here));
          await exchange(radio, dish);
        },
      );
    }

    labTest("DISH hands over the groups that it has joined, and no others", needs, async (scope, lab) => {
      const [here, there] = await pair(scope, lab, sender, receiver);
      const dish = await there.open("Dish");
      await dish.join("news", "sports");
      await dish.bind("udp://eth0;239.1.2.3:7001", "239.1.2.3");
      const radio = await here.open("Radio");
      await radio.connect("udp://eth0;239.1.2.3:7001");
      await acquaint(radio, dish, "news");

      await radio.send(["new", octets(1)], ["news", octets(2)], ["newspaper", octets(3)], [
        "sports",
        octets(4),
      ]);
      assertEquals(await takeAfter(dish, 2, "news"), [["news", octets(2)], ["sports", octets(4)]]);
      await dish.leave("news");
      await dish.join("x".repeat(15));
      await radio.send(["news", octets(5)], ["x".repeat(15), octets(6)]);
      assertEquals(await dish.take(1), [["x".repeat(15), octets(6)]]);
    });
  });

  describe(`udp://, ${sender} DGRAM → ${receiver} DGRAM`, () => {
    labTest("what comes is answered by the address that it came with", needs, async (scope, lab) => {
      const [here, there] = await pair(scope, lab, sender, receiver);
      const [near, far] = [await here.open("Datagram"), await there.open("Datagram")];
      await near.bind(`udp://${here.host.address}:7002`);
      await far.bind(`udp://${there.host.address}:7003`);
      for (const [index, size] of [0, 1, 1472, 8192].entries()) {
        await near.send(note(`${there.host.address}:7003\0`, size, index));
        const [came] = await far.take(1);
        assertEquals(came, note(`${here.host.address}:7002\0`, size, index));
        await far.send([came![0], octets(index)]);
        assertEquals(await near.take(1), [[`${there.host.address}:7003\0`, octets(index)]]);
      }
    });
  });
}

describe("udp://, one RADIO and many", () => {
  const ours = { missing: isOurs ? undefined : libzmqMissing };
  const GROUP = "239.1.2.3";
  const GROUP6 = "ff12::7a65:726f:6d71:1";

  labTest(
    "multicast is heard on its own host as on others, of IPv4 (LT-311)",
    ours,
    (scope, lab) => looped(scope, lab, GROUP, true),
  );
  labTest(
    "multicast is heard on its own host as on others, of IPv6 (LT-312)",
    ours,
    (scope, lab) => looped(scope, lab, GROUP6, true),
  );
  labTest(
    "with multicastLoop false it is not, but on others, of IPv4 (LT-313)",
    ours,
    (scope, lab) => looped(scope, lab, GROUP, false),
  );
  labTest(
    "with multicastLoop false it is not, but on others, of IPv6 (LT-314)",
    ours,
    (scope, lab) => looped(scope, lab, GROUP6, false),
  );

  labTest(
    "two DISHes on one host and one on another each get everything, from either RADIO",
    { missing: libzmqMissing, hosts: 3 },
    async (scope, lab) => {
      const [here, there, third] = await Promise.all([
        UdpEnd.start(scope, lab.hosts[0]!, "ours"),
        UdpEnd.start(scope, lab.hosts[1]!, "ours"),
        UdpEnd.start(scope, lab.hosts[2]!, "libzmq"),
      ]);
      const dishes = [await there.open("Dish"), await there.open("Dish"), await third.open("Dish")];
      // MULTICAST_LOOP is on by default for udp: a DISH beside its RADIO hears it.
      dishes.push(await here.open("Dish"));
      for (const dish of dishes) {
        await dish.join("news");
        await dish.bind("udp://eth0;239.1.2.3:7001", "239.1.2.3");
      }
      for (const [round, end] of [here, third].entries()) {
        const radio = await end.open("Radio");
        await radio.connect("udp://eth0;239.1.2.3:7001");
        await radio.greet(["news", GREETING]);
        for (const dish of dishes) assertEquals(await dish.take(1), [["news", GREETING]]);
        const notes = Array.from({ length: 100 }, (_, number) => note("news", 100 + number, round));
        await radio.send(...notes);
        for (const dish of dishes) assertEquals(await takeAfter(dish, 100, "news"), notes);
        await radio.close();
      }
    },
  );
});

/** A RADIO, a DISH beside it and one on another host: whether the one beside hears what the other one does. */
async function looped(scope: Scope, lab: Lab, group: string, multicastLoop: boolean): Promise<void> {
  const [here, there] = await pair(scope, lab, "ours", "ours");
  const six = group.includes(":");
  const options = { ipv6: six };
  const endpoint = `udp://eth0;${six ? `[${group}]` : group}:7004`;
  const dishes = [await here.open("Dish", options), await there.open("Dish", options)] as const;
  for (const dish of dishes) {
    await dish.join("news");
    await dish.bind(endpoint, group);
  }
  // libzmq has no property for the option.
  const radio = await here.open("Radio", { ...options, ...(isOurs && { multicastLoop }) });
  await radio.connect(endpoint);
  await radio.greet(["news", GREETING]);
  assertEquals(await dishes[1].take(1), [["news", GREETING]]);
  const notes = Array.from({ length: 20 }, (_, number) => note("news", 100 + number, number));
  await radio.send(...notes);
  assertEquals(await takeAfter(dishes[1], 20, "news"), notes);
  if (multicastLoop) assertEquals(await takeAfter(dishes[0], 20, "news"), notes);
  else assertEquals(await dishes[0].take(1, 100), []);
}

const GREETING = new TextEncoder().encode("are you there?");

async function exchange(radio: UdpSocket, dish: UdpSocket): Promise<void> {
  await acquaint(radio, dish, "news");
  const [taken] = await Promise.all([takeAfter(dish, NOTES.length, "news"), radio.send(...NOTES)]);
  assertEquals(taken, NOTES);
}

/** The dish hears the radio from here on. */
async function acquaint(radio: UdpSocket, dish: UdpSocket, group: string): Promise<void> {
  await radio.greet([group, GREETING]);
  assertEquals(await dish.take(1), [[group, GREETING]]);
}

/** So many messages after the greetings that are still under way. */
async function takeAfter(dish: UdpSocket, count: number, group: string): Promise<Note[]> {
  const taken: Note[] = [];
  while (taken.length < count) {
    const more = await dish.take(count - taken.length);
    if (more.length === 0) break;
    taken.push(...more.filter(([where, body]) => where !== group || !isGreeting(body)));
  }
  return taken;
}

function isGreeting(body: Uint8Array): boolean {
  return new TextDecoder().decode(body) === new TextDecoder().decode(GREETING);
}

function octets(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

async function pair(
  scope: Scope,
  lab: Lab,
  sender: UdpPlayer,
  receiver: UdpPlayer,
): Promise<[UdpEnd, UdpEnd]> {
  return await Promise.all([
    UdpEnd.start(scope, lab.hosts[0]!, sender),
    UdpEnd.start(scope, lab.hosts[1]!, receiver),
  ]);
}
