/**
 * Messages of every shape between our sockets and real libzmq: the sizes around each boundary of the framing
 * (37/ZMTP: short form up to 255 octets, long form above), many parts, thousands in order, fair shares.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { type Digest, pattern, withEachPeer } from "./peer.ts";
import { texts, within } from "./scope.ts";

const SIZES = [0, 1, 254, 255, 256, 65535, 65536, 1 << 20, 16 << 20];

withEachPeer("messages", (test, kind) => {
  for (const transport of kind.transports ?? []) {
    test(`sizes from 0 to 16 MiB go to libzmq unchanged over ${transport}`, async (scope, peer) => {
      const push = scope.socket("Push");
      await push.bind(scope.address(transport));
      const pull = await peer.open("Pull");
      await pull.connect(push.lastEndpoint!);
      for (const size of SIZES) {
        const body = pattern(size, size);
        await push.send(["head", body]);
        const [head, back] = await pull.receive();
        assertEquals(texts([head as Uint8Array]), ["head"]);
        assertEquals(summary(back!), summary(body), `of ${size} octets`);
      }
    });

    test(`sizes from 0 to 16 MiB come from libzmq unchanged over ${transport}`, async (scope, peer) => {
      const push = await peer.open("Push");
      const pull = scope.socket("Pull");
      pull.connect(await push.bind(scope.address(transport)));
      for (const size of SIZES) {
        await push.send([{ size, seed: size }, "tail"]);
        const [body, tail] = await within(pull.receive(), 8000, `${size} octets`);
        assertEquals(texts([tail!]), ["tail"]);
        assertEquals(summary(body!), summary(pattern(size, size)), `of ${size} octets`);
      }
    });

    test(
      `10000 messages go to libzmq in order, each once, over ${transport} (SO-4, SO-5)`,
      async (scope, peer) => {
        const push = scope.socket("Push");
        await push.bind(scope.address(transport));
        const pull = await peer.open("Pull");
        await pull.connect(push.lastEndpoint!);
        const drained = pull.drain(10000);
        for (let number = 0; number < 10000; number++) await push.send(numbered(number, 100));
        assertEquals(await drained, { count: 10000, first: 0, last: 9999, ascending: true, doubles: 0 });
      },
    );

    test(
      `10000 messages come from libzmq in order, each once, over ${transport} (SO-4, SO-5)`,
      async (scope, peer) => {
        const push = await peer.open("Push");
        const pull = scope.socket("Pull");
        pull.connect(await push.bind(scope.address(transport)));
        const pumped = push.pump(10000, 100);
        for (let number = 0; number < 10000; number++) {
          const [body] = await pull.receive();
          assertEquals([numberOf(body!), body!.length], [number, 100]);
        }
        await pumped;
      },
    );
  }

  test("1000 parts, empty ones among them, arrive as one message both ways (SO-3)", async (scope, peer) => {
    const pair = scope.socket("Pair");
    await pair.bind("tcp://127.0.0.1:*");
    const other = await peer.open("Pair");
    await other.connect(pair.lastEndpoint!);
    const parts = Array.from({ length: 1000 }, (_, index) => index % 3 === 0 ? "" : `part ${index}`);
    const echoed = other.echo(1);
    await pair.send(parts);
    assertEquals(texts(await pair.receive()), parts);
    await echoed;
  });

  test("our PUSH shares its messages evenly over three PULLs of libzmq", async (scope, peer) => {
    const push = scope.socket("Push");
    const watch = scope.watch(push);
    await push.bind("tcp://127.0.0.1:*");
    const pulls = await Promise.all([1, 2, 3].map(() => peer.open("Pull")));
    for (const pull of pulls) {
      await pull.connect(push.lastEndpoint!);
      await watch.next("handshake");
    }
    for (let number = 0; number < 9; number++) await push.send(numbered(number, 4));
    for (const pull of pulls) {
      const { count, ascending } = await pull.drain(3);
      assertEquals([count, ascending], [3, true]);
    }
  });

  test("libzmq's PUSH shares its messages evenly over three of our PULLs", async (scope, peer) => {
    const push = await peer.open("Push");
    const address = await push.bind("tcp://127.0.0.1:*");
    const pulls = [1, 2, 3].map(() => scope.socket("Pull"));
    for (const pull of pulls) {
      const watch = scope.watch(pull);
      pull.connect(address);
      await watch.next("handshake");
    }
    // Our end of each handshake is done; libzmq's may lag, so it speaks first once each of them was heard.
    await push.pump(9, 4);
    const shares = await Promise.all(pulls.map(async (pull) => {
      const numbers: number[] = [];
      while (numbers.length < 3) numbers.push(numberOf((await pull.receive())[0]!));
      return numbers;
    }));
    assertEquals(shares.flat().toSorted((one, other) => one - other), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (const share of shares) assertEquals([share[1]! - share[0]!, share[2]! - share[1]!], [3, 3]);
  });

  test("our PULL takes from three PUSHes of libzmq in turn", async (scope, peer) => {
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const pushes = await Promise.all([1, 2, 3].map(() => peer.open("Push")));
    await Promise.all(pushes.map(async (push, index) => {
      await push.connect(pull.lastEndpoint!);
      for (let round = 0; round < 3; round++) await push.send([`${index}`]);
    }));
    const counts = [0, 0, 0];
    for (let round = 0; round < 9; round++) counts[Number(texts(await pull.receive())[0])]!++;
    assertEquals(counts, [3, 3, 3]);
  });
});

function summary(part: Uint8Array | Digest): Digest {
  if (!(part instanceof Uint8Array)) return part;
  return { size: part.length, sha256: createHash("sha256").update(part).digest("hex") };
}

function numbered(number: number, size: number): Uint8Array {
  const octets = new Uint8Array(size);
  new DataView(octets.buffer).setUint32(0, number);
  return octets;
}

function numberOf(octets: Uint8Array): number {
  assert(octets.length >= 4);
  return new DataView(octets.buffer, octets.byteOffset).getUint32(0);
}
