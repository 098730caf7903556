/**
 * The connecting end of a measurement of handshakes: new REQs, some at a time, each with a connection of its
 * own to a REP (`local_lat`), and closed once it has the answer to its first question. A connection counts when
 * that answer is there, for only then have both ends taken the other's last command; no contender is asked for
 * events of its own.
 *
 *   handshakes <connect-to> <message-size> <connection-count> [--uncounted=1000] [--at-once=8] [--curve]
 *
 * The clock starts after the uncounted connections and a fifth of the others: all of the code of a connection
 * runs once for each, and compilers need more than a few hundred to make up their minds.
 *
 * @module
 */

import { integer, load, option, parameters, print, warmUp } from "./program.ts";
import { connectingEnd, secured } from "./security.ts";

await main();

async function main(): Promise<void> {
  const given = parameters("handshakes <connect-to> <message-size> <connection-count>");
  const endpoint = given[0]!;
  const question = new Uint8Array(integer(given[1]));
  const count = integer(given[2]);
  const uncounted = Number(option("uncounted") ?? 0);
  const warm = uncounted + warmUp(count - uncounted);

  const { Request } = await load();
  let left = count;
  let answered = 0;
  let start = 0;
  await Promise.all(Array.from({ length: integer(option("at-once") ?? "1") }, async () => {
    while (left-- > 0) {
      const request = secured(new Request(connectingEnd()));
      request.connect(endpoint);
      await request.send(question);
      const [answer] = await request.receive();
      if (answer!.length !== question.length) throw new Error(`Answer of ${answer!.length} bytes`);
      request.close();
      if (++answered === warm) start = performance.now();
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  print({ connections: count - warm, seconds, rate: (count - warm) / seconds });
}
