/**
 * ZMTP 2.0 and 1.0 with the code that libzmq still has for them (RFC 37, "backwards interoperability"). Between the
 * two ends is a relay that changes one octet of each greeting, so that each takes the other for an older peer: the
 * eleventh becomes revision 1, or the tenth an even number.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { connect, createServer, type Socket } from "node:net";
import { type Digest, pattern, Peer, peerKinds } from "./peer.ts";
import { type Scope, test, texts, within } from "./scope.ts";
import { WIRE_NAMES } from "./subject.ts";
import { exchangeEitherWay, link, type Row, ROWS } from "./types.ts";

/** What the relay changes: the place of the octet, and what becomes of it. */
const VERSIONS = {
  "2.0": { at: 10, value: 1, options: {} },
  "1.0": { at: 9, value: 0x7e, options: { zmtp1: true } },
} as const;

type Version = keyof typeof VERSIONS;

/** Subscriptions are no part of 1.0. */
const PUBLISHES = /^X?(Publisher|Subscriber)$/;

for (const kind of peerKinds) {
  describe(`older versions, with ${kind.name}`, () => {
    let peer: Peer;

    beforeAll(async () => {
      if (kind.missing) return;
      peer = new Peer(kind);
      await peer.ready();
    });

    afterAll(() => peer?.kill());

    function withPeer(name: string, body: (scope: Scope) => Promise<void>): void {
      if (kind.missing) it.skip(`${name} (skipped: ${kind.missing})`, () => {});
      else test(name, body);
    }

    for (const version of ["2.0", "1.0"] as const) {
      const { options } = VERSIONS[version];
      const wanted = (row: Row) => version === "2.0" || !PUBLISHES.test(row.ours);
      for (const row of ROWS.filter(wanted)) {
        withPeer(
          `ZMTP ${version}: our ${WIRE_NAMES[row.ours]} with its ${
            WIRE_NAMES[row.theirs]
          }, either end bound (DG-1)`,
          (scope) => {
            const ours = { ...row, ourOptions: { ...row.ourOptions, ...options } };
            return exchangeEitherWay(scope, peer, "tcp", ours, (to) => relay(scope, to, version));
          },
        );
      }

      withPeer(`ZMTP ${version}: parts of every size, alone and in one message (DG-9)`, async (scope) => {
        const sizes = [0, 1, 252, 253, 254, 255, 256, 8192, 65_536, 300_000];
        for (const bound of ["ours", "theirs"] as const) {
          const mine = scope.socket("Dealer", options);
          const other = await peer.open("Dealer");
          await link(scope, "tcp", bound, mine, other, (to) => relay(scope, to, version));
          for (const each of [...sizes.map((size) => [size]), sizes]) {
            await mine.send(each.map((size) => pattern(size, 7)));
            assertEquals((await other.receive()).map(sizeOf), each);
            await other.send(each.map((size) => ({ size, seed: 9 })));
            const parts = await within(mine.receive(), 8000, "a message of the peer's");
            assertEquals(parts.map((part) => Uint8Array.from(part)), each.map((size) => pattern(size, 9)));
          }
          mine.close();
          await other.close();
        }
      });

      withPeer(
        `ZMTP ${version}: identities of 1, 253, 254 and 255 octets, both ways (V-14, DG-8)`,
        async (scope) => {
          for (const length of [1, 253, 254, 255]) {
            const [mine, its] = ["m".repeat(length), "i".repeat(length)];
            const router = scope.socket("Router", { ...options, routingId: mine });
            const dealer = await peer.open("Router", { routingId: its, mandatory: true });
            const joined = await link(
              scope,
              "tcp",
              "ours",
              router,
              dealer,
              (to) => relay(scope, to, version),
            );
            await joined();
            await router.send([its, "hello"]);
            assertEquals(await dealer.receiveTexts(), [mine, "hello"]);
            await dealer.send([mine, "and back"]);
            assertEquals(texts(await within(router.receive(), 8000, "and back")), [its, "and back"]);
            router.close();
            await dealer.close();
          }
        },
      );
    }

    withPeer("ZMTP 1.0: its SUB gets everything from our PUB, and filters itself (DG-12)", async (scope) => {
      for (const bound of ["ours", "theirs"] as const) {
        const pub = scope.socket("XPublisher", { zmtp1: true });
        const sub = await peer.open("Subscriber");
        await sub.subscribe("topic");
        const joined = await link(scope, "tcp", bound, pub, sub, (to) => relay(scope, to, "1.0"));
        await joined();
        // In place of all that it cannot ask for; libzmq's asks all the same.
        assertEquals(texts(await within(pub.receive(), 8000, "a subscription")), ["\x01"]);
        await pub.send("other");
        await pub.send(["topic", "wanted"]);
        assertEquals(await sub.receiveTexts(), ["topic", "wanted"]);
        pub.close();
        await sub.close();
      }
    });

    withPeer(
      "ZMTP 1.0: our SUB says nothing to its PUB, and gets everything that it wants (DG-12)",
      async (scope) => {
        for (const bound of ["ours", "theirs"] as const) {
          const sub = scope.socket("Subscriber", { zmtp1: true });
          sub.subscribe("topic");
          const pub = await peer.open("XPublisher");
          const joined = await link(scope, "tcp", bound, sub, pub, (to) => relay(scope, to, "1.0"));
          await joined();
          assertEquals(await pub.receiveTexts(), ["\x01"]);
          await pub.send(["other"]);
          await pub.send(["topic", "wanted"]);
          assertEquals(texts(await within(sub.receive(), 8000, "the topic")), ["topic", "wanted"]);
          sub.close();
          await pub.close();
        }
      },
    );
  });
}

function sizeOf(part: Uint8Array | Digest): number {
  return part instanceof Uint8Array ? part.length : part.size;
}

/** Listens for one end, connects to the other, and changes the octet of what each says first. */
async function relay(scope: Scope, to: string, version: Version): Promise<string> {
  const port = Number(to.split(":").pop());
  const open: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    open.push(near, far);
    pump(near, far, version);
    pump(far, near, version);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.atEnd(() => {
    for (const socket of open) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
}

function pump(from: Socket, to: Socket, version: Version): void {
  const { at, value } = VERSIONS[version];
  let place = 0;
  from.setNoDelay(true);
  from.on("data", (chunk) => {
    const octets = Uint8Array.from(chunk);
    if (place <= at && at < place + octets.length) octets[at - place] = value;
    place += octets.length;
    to.write(octets);
  });
  from.on("error", () => {});
  from.on("close", () => to.destroy());
}
