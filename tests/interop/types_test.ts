/**
 * All twelve socket types against real libzmq over tcp and ipc, each with either end bound: RFC 28 (request and
 * reply), 29 (publish and subscribe), 30 (pipeline), 31 (exclusive pair), and STREAM.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type PeerSocket, withEachPeer } from "./peer.ts";
import { texts } from "./scope.ts";
import { WIRE_NAMES } from "./subject.ts";
import { exchangeEitherWay, link, ROWS } from "./types.ts";

withEachPeer("twelve types", (test, kind) => {
  for (const transport of kind.transports ?? []) {
    for (const row of ROWS) {
      test(
        `our ${WIRE_NAMES[row.ours]} with libzmq's ${
          WIRE_NAMES[row.theirs]
        } over ${transport}, either end bound`,
        (scope, peer) => exchangeEitherWay(scope, peer, transport, row),
      );
    }
  }

  test(
    "our STREAM with libzmq's STREAM over tcp: a connection is an empty message, then octets",
    async (scope, peer) => {
      for (const bound of ["ours", "theirs"] as const) {
        const mine = scope.socket("Stream");
        const other = await peer.open("Stream");
        await link(scope, "tcp", bound, mine, other);
        const [ourId, ourNotice] = await mine.receive();
        const [theirId, theirNotice] = await other.receive() as Uint8Array[];
        assertEquals([ourNotice!.length, theirNotice!.length], [0, 0]);

        await mine.send([ourId!, "octets"]);
        assertEquals(await text(other), "octets");
        await other.send([theirId!, "answer"]);
        assertEquals(texts(await mine.receive())[1], "answer");

        mine.close();
        await other.close();
      }

      async function text(socket: PeerSocket): Promise<string> {
        return (await socket.receiveTexts())[1]!;
      }
    },
  );
});
