/**
 * epgm:// over a real network: our module against libzmq's OpenPGM (pyzmq) and against itself, on hosts of a
 * throw-away lab, with datagrams dropped on their way in. What a receiver has joined it must hand over whole,
 * once and in order (RFC 3208 as libzmq uses it), or our receiver says what is lost.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import type { Scope } from "../interop/scope.ts";
import {
  acquaint,
  End,
  isOurs,
  type LabSocket,
  missing,
  type OpenOptions,
  type Player,
  ROOMY,
} from "./ends.ts";
import type { Lab } from "./lab.ts";
import { labTest } from "./lab_tests.ts";

const PAIRS: readonly (readonly [Player, Player])[] = [["pyzmq", "ours"], ["ours", "pyzmq"], [
  "ours",
  "ours",
]];

for (const [source, receiver] of PAIRS) {
  describe(`epgm://, ${source} PUB → ${receiver} SUB`, () => {
    const needs = { missing: missing(source) ?? missing(receiver) };

    for (const percent of [0, 10, 30]) {
      labTest(
        `10 000 messages, single, multipart, empty and of 100 kB, come in order at ${percent} % loss both ways`,
        { ...needs, seconds: 55 },
        async (scope, lab) => {
          const { pub, sub } = await pair(scope, lab, source, receiver);
          await acquaint([pub], [sub]);
          await lab.loss(percent);
          const [seen] = await Promise.all([sub.compare(10_000), pub.publishMixed(10_000)]);
          assertEquals(seen, { count: 10_000 });
          if (percent === 0) return;
          for (const host of lab.hosts) assert(await host.heal() > 0, "Nothing was dropped on a host");
        },
      );
    }

    // A gap before its first SPM is lost to libzmq at once, and sometimes all that follows.
    const lossy = isOurs && receiver === "ours";
    labTest(
      `joining late${lossy ? " at 10 % loss" : ""}, it is complete from the first message on`,
      needs,
      async (
        scope,
        lab,
      ) => {
        const [here, there] = await starts(scope, lab, [source, receiver]);
        // Sent is not yet on its way: only who heard the first hundred knows that another comes late.
        const witness = await there!.open("Subscriber");
        const pub = await here!.open("Publisher");
        await acquaint([pub], [witness]);
        await pub.publish("a", 0, 100);
        await witness.collect({ a: 99 });
        await lab.loss(lossy ? 10 : 0);
        const flow = pub.publish("a", 100, 400, { pause: 2 });
        const joined = there!.open("Subscriber").then((sub) => sub.collect({ a: 499 }));
        const [seen] = await Promise.all([joined, flow]);
        assertEquals(Object.keys(seen), ["a"]);
        assertEquals(seen.a!.length, 1, `there are holes: ${JSON.stringify(seen.a)}`);
        const [first, last] = seen.a![0]!;
        assert(first > 0 && first < 499, `it began with ${first}`);
        assertEquals(last, 499);
      },
    );

    labTest("an IPv6 group, at 10 % loss", needs, async (scope, lab) => {
      const { pub, sub } = await pair(scope, lab, source, receiver, { group: "ff08::7e57" });
      await acquaint([pub], [sub]);
      await lab.loss(10);
      const [seen] = await Promise.all([sub.collect({ a: 999 }), pub.publish("a", 0, 1000)]);
      assertEquals(seen, { a: [[0, 999]] });
    });

    labTest("SUB filters by prefix, and loses nothing of what it asked for", needs, async (scope, lab) => {
      const { pub, sub } = await pair(scope, lab, source, receiver, { topics: ["hello", "a", "c.d"] });
      await acquaint([pub], [sub]);
      await lab.loss(10);
      await pub.publish("a", 0, 300);
      await pub.publish("b", 0, 300);
      await pub.publish("c.e", 0, 300);
      await pub.publish("c.d", 0, 300);
      await pub.publish("a", 300, 300);
      assertEquals(await sub.collect({ a: 599, c: 299 }), { a: [[0, 599]], c: [[0, 299]] });
    });

    labTest(
      "a source that dies and comes back is heard from its first message on",
      needs,
      async (scope, lab) => {
        const { here, pub, sub } = await pair(scope, lab, source, receiver);
        await acquaint([pub], [sub]);
        await Promise.all([sub.collect({ one: 99 }), pub.publish("one", 0, 100)]);
        await here.kill();
        const reborn = await End.start(scope, lab.hosts[0]!, source);
        const again = await reborn.open("Publisher");
        await acquaint([again], [sub]);
        await lab.loss(10);
        const [seen] = await Promise.all([sub.collect({ two: 499 }), again.publish("two", 0, 500)]);
        assertEquals(seen, { two: [[0, 499]] });
        await again.close();
        const third = await reborn.open("Publisher");
        await acquaint([third], [sub]);
        const [rest] = await Promise.all([sub.collect({ three: 99 }), third.publish("three", 0, 100)]);
        assertEquals(rest, { three: [[0, 99]] });
      },
    );
  });
}

describe("epgm://, many at once", () => {
  labTest(
    "two sources, ours and libzmq's, reach three SUBs on two hosts at 10 % loss",
    { missing: missing("pyzmq"), hosts: 4 },
    async (scope, lab) => {
      const [one, two, three, four] = await starts(scope, lab, ["ours", "pyzmq", "ours", "pyzmq"]);
      const subs = [await three!.open("Subscriber"), await four!.open("Subscriber")];
      subs.push(await (await End.start(scope, lab.hosts[2]!, "ours")).open("Subscriber"));
      const pubs = [await one!.open("Publisher"), await two!.open("Publisher")];
      for (const pub of pubs) await acquaint([pub], subs);
      await lab.loss(10);
      const [all] = await Promise.all([
        Promise.all(subs.map((sub) => sub.collect({ a: 999, b: 999 }))),
        pubs[0]!.publish("a", 0, 1000, { shape: "single" }),
        pubs[1]!.publish("b", 0, 1000, { shape: "single" }),
      ]);
      for (const { a, b } of all) assertEquals([a, b], [[[0, 999]], [[0, 999]]]);
    },
  );

  labTest(
    "parts of two sources' messages are never mixed",
    { missing: isOurs ? missing("pyzmq") : "libzmq mixes them", hosts: 3 },
    async (scope, lab) => {
      const [one, two, three] = await starts(scope, lab, ["ours", "pyzmq", "ours"]);
      const sub = await three!.open("Subscriber");
      const pubs = [await one!.open("Publisher"), await two!.open("Publisher")];
      for (const pub of pubs) await acquaint([pub], [sub]);
      await lab.loss(10);
      const [{ a, b }] = await Promise.all([
        sub.collect({ a: 999, b: 999 }),
        pubs[0]!.publish("a", 0, 1000),
        pubs[1]!.publish("b", 0, 1000),
      ]);
      assertEquals([a, b], [[[0, 999]], [[0, 999]]]);
    },
  );

  labTest("XPUB → XSUB, both ways at 10 % loss", { missing: missing("pyzmq") }, async (scope, lab) => {
    const [here, there] = await starts(scope, lab, ["ours", "pyzmq"]);
    for (const [from, to, port] of [[here!, there!, 5555], [there!, here!, 5556]] as const) {
      const sub = await to.open("XSubscriber", { port });
      const pub = await from.open("XPublisher", { port });
      await acquaint([pub], [sub]);
      await lab.loss(10);
      const [seen] = await Promise.all([sub.collect({ a: 499 }), pub.publish("a", 0, 500)]);
      assertEquals(seen, { a: [[0, 499]] });
      for (const host of lab.hosts) await host.heal();
    }
  });

  labTest(
    "multicastLoop reaches a SUB on the same host, without it none",
    { missing: isOurs ? undefined : "libzmq has no such option for epgm" },
    async (scope, lab) => {
      const [host] = lab.hosts;
      const [here, same, there] = await Promise.all([
        End.start(scope, host!, "ours"),
        End.start(scope, host!, "ours"),
        End.start(scope, lab.hosts[1]!, "ours"),
      ]);
      const near = await same!.open("Subscriber");
      const far = await there!.open("Subscriber");
      const quiet = await here!.open("Publisher", { options: { ...ROOMY, multicastLoop: false } });
      await acquaint([quiet], [far]);
      await quiet.publish("quiet", 0, 10);
      assertEquals(await far.collect({ quiet: 9 }), { quiet: [[0, 9]] });
      await quiet.close();
      const loud = await here!.open("Publisher", { options: { ...ROOMY, multicastLoop: true } });
      await acquaint([loud], [near, far]);
      await lab.loss(10);
      const [...both] = await Promise.all([
        near.collect({ loud: 499 }),
        far.collect({ loud: 499 }),
        loud.publish("loud", 0, 500),
      ]);
      for (const seen of both.slice(0, 2)) assertEquals(seen, { loud: [[0, 499]] });
    },
  );
});

for (const source of ["pyzmq", "ours"] as const) {
  describe(`epgm://, what ${source} PUB cannot repair any more`, () => {
    labTest(
      "our SUB tells of the loss, drops broken messages whole, and goes on",
      { missing: isOurs ? missing(source) : "libzmq tells nothing" },
      async (scope, lab) => {
        // A window of 20 packets: 1250 octets/ms for 24 ms, in packets of 1500.
        const options = { ...ROOMY, recoveryInterval: 24 };
        const { pub, sub } = await pair(scope, lab, source, "ours", { options });
        await acquaint([pub], [sub]);
        await pub.publish("a", 0, 100, { pause: 1 });
        assertEquals(await sub.collect({ a: 99 }), { a: [[0, 99]] });
        await lab.hosts[1]!.drop("udp dport 5555");
        // Three packets a message: of many a one only the end is lost, or the beginning.
        await pub.publish("a", 100, 100, { size: 4000, pause: 1 });
        await lab.hosts[1]!.heal();
        const [{ a: runs }] = await Promise.all([
          sub.collect({ a: 599 }),
          pub.publish("a", 200, 400, { pause: 2 }),
        ]);
        const losses = await sub.losses();

        const numbers = [[99, 99], ...runs!] as const;
        const holes = numbers.slice(1).map(([first], index) => first - numbers[index]![1] - 1);
        const messages = holes.reduce((sum, size) => sum + size, 0);
        const packets = losses.reduce((sum, { count }) => sum + count, 0);
        assertEquals(runs!.at(-1)![1], 599);
        assert(messages >= 50, `${messages} messages are missing: the window of 20 packets covered more`);
        assert(packets >= messages, `${packets} packets lost cannot be ${messages} messages of three`);
        for (const { source, first } of losses) {
          assert(first > 0, `the first packet that is missing is ${first}`);
          assert(/^[0-9a-f]{16}/i.test(source) && source.includes(lab.hosts[0]!.address), source);
        }
      },
    );
  });
}

/** A publisher on the first host and a subscriber on the second. */
async function pair(
  scope: Scope,
  lab: Lab,
  source: Player,
  receiver: Player,
  details?: OpenOptions,
): Promise<{ here: End; pub: LabSocket; sub: LabSocket }> {
  const [here, there] = await starts(scope, lab, [source, receiver]);
  const sub = await there!.open("Subscriber", details);
  const pub = await here!.open("Publisher", details);
  return { here: here!, pub, sub };
}

/** One end on each host. */
function starts(scope: Scope, lab: Lab, players: readonly Player[]): Promise<End[]> {
  return Promise.all(players.map((player, index) => End.start(scope, lab.hosts[index]!, player)));
}
