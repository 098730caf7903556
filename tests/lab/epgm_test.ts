/**
 * epgm:// over a real network: our module against libzmq's OpenPGM (pyzmq) and against itself, on hosts of a
 * throw-away lab, with datagrams dropped at random on their way in. What a receiver has joined it must hand
 * over whole, once and in order (RFC 3208 as libzmq uses it), or say what is lost.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { acquaint, End, isOurs, type LabSocket, missing, type Player, ROOMY } from "./ends.ts";
import { labTest } from "./lab.ts";

const PAIRS: readonly (readonly [Player, Player])[] = [["pyzmq", "ours"], ["ours", "pyzmq"], ["ours", "ours"]];

for (const [source, receiver] of PAIRS) {
  describe(`epgm://, ${source} PUB → ${receiver} SUB`, () => {
    const needs = { missing: missing(source) ?? missing(receiver) };

    for (const percent of [0, 10, 30]) {
      labTest(
        `10 000 messages, single, multipart, empty and of 100 kB, come in order at ${percent} % loss both ways`,
        { ...needs, seconds: 55 },
        async (scope, lab) => {
          const [here, there] = await Promise.all([
            End.start(scope, lab.hosts[0]!, source),
            End.start(scope, lab.hosts[1]!, receiver),
          ]);
          const sub = await there.open("Subscriber");
          const pub = await here.open("Publisher");
          await acquaint([pub], [sub]);
          await lab.loss(percent);
          const [seen] = await Promise.all([sub.compare(10_000), pub.publishMixed(10_000)]);
          assertEquals(seen, { count: 10_000 });
          if (percent > 0) {
            for (const host of lab.hosts) assert(await host.heal() > 0, "Nothing was dropped: no test");
          }
        },
      );
    }
  });
}
