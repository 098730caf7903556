import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { seal } from "../../../src/crypto/box.ts";
import { DirectionKey, stage } from "../../../src/crypto/direction.ts";
import { kernel } from "../../../src/crypto/kernel.ts";
import { Random } from "../../support/reference.ts";
import { assertSame, boxCase, EDGES, randomSize, TWIN } from "./implementations.ts";

describe("DirectionKey", () => {
  it("makes the boxes of its twin at every size from 0 to 600", () => {
    const random = new Random(600);
    for (let size = 0; size <= 600; size++) boxCase(random, size, [TWIN]);
  });

  it("makes them around the sizes at which something begins anew", () => {
    const random = new Random(1 << 20);
    for (const edge of EDGES) {
      for (const size of edge > 1e5 ? [edge + 1] : [edge - 1, edge, edge + 1, edge + 17]) {
        boxCase(random, size, [TWIN]);
      }
    }
  });

  it("makes them at random sizes", () => {
    const random = new Random(20261122);
    for (let i = 0; i < 1000; i++) boxCase(random, randomSize(random, 70_000), [TWIN]);
  });

  it("has a nonce of the prefix and the counter, big endian", () => {
    const random = new Random(24);
    const key = random.octets(32), prefix = random.octets(16), text = random.octets(50);
    const direction = new DirectionKey(key, prefix);
    const counters: readonly (readonly [number, number, readonly number[]])[] = [
      [0, 1, [0, 0, 0, 0, 0, 0, 0, 1]],
      [0, 0xffffffff, [0, 0, 0, 0, 255, 255, 255, 255]],
      [1, 0, [0, 0, 0, 1, 0, 0, 0, 0]],
      [0x89abcdef, 0xfedcba98, [0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98]],
    ];
    for (const [high, low, octets] of counters) {
      const memory = new Uint8Array(66);
      memory.set(text, 16);
      direction.seal(memory, 16, 50, high, low);
      assertSame(memory, seal(text, new Uint8Array([...prefix, ...octets]), key), `${high}, ${low}`);
      assert(!direction.open(memory, 16, 50, high, low + 1));
      assert(direction.open(memory, 16, 50, high, low));
    }
  });

  it("keeps keys apart that take turns, also a key that others were wiped beside", () => {
    const random = new Random(3);
    const prefix = random.octets(16), text = random.octets(300);
    const keys = [0, 1, 2].map(() => random.octets(32));
    const directions = keys.map((key) => new DirectionKey(key, prefix));
    const nonce = new Uint8Array([...prefix, 0, 0, 0, 0, 0, 0, 0, 7]);
    // Made before: a box by itself is made under a key of its own, which is wiped at once.
    const boxes = keys.map((key) => seal(text, nonce, key));
    const sealed = (n: number) => {
      const memory = new Uint8Array(316);
      memory.set(text, 16);
      directions[n]!.seal(memory, 16, 300, 0, 7);
      assertSame(memory, boxes[n]!, `key ${n}`);
    };
    for (const n of [0, 1, 2, 0, 0, 2, 1]) sealed(n);
    directions[1]!.wipe();
    for (const n of [2, 0]) sealed(n);
    directions[2]!.wipe();
    sealed(0);
  });

  it("reads key and prefix when it is made, and does not keep them", () => {
    const key = new Uint8Array(32).fill(1), prefix = new Uint8Array(16).fill(2);
    const expected = seal(new Uint8Array(5), new Uint8Array([...prefix, 0, 0, 0, 0, 0, 0, 0, 0]), key);
    const direction = new DirectionKey(key, prefix);
    key.fill(0);
    prefix.fill(0);
    const memory = new Uint8Array(21);
    direction.seal(memory, 16, 5, 0, 0);
    assertSame(memory, expected, "");
  });

  it("leaves nothing of a key that is wiped in the kernel's memory", () => {
    const random = new Random(5);
    const { code, octets, window } = kernel()!;
    const direction = new DirectionKey(random.octets(32), random.octets(16));
    direction.seal(new Uint8Array(1016), 16, 1000, 1, 2);
    assert(octets.subarray(0, 65_536).some((octet) => octet !== 0), "there was a key");
    direction.wipe();
    assert(octets.subarray(0, 65_536).every((octet) => octet === 0));
    // What it keeps beside its memory is the state of the MAC: nothing absorbed, under the key of zeros.
    code.finish(window.byteOffset);
    assertSame(window.subarray(0, 16), new Uint8Array(16), "state of the MAC");
  });

  it("has a stage of 64 KiB, always the same", () => {
    const window = stage()!;
    assertEquals(window.length, 65_536);
    assert(window === stage());
  });
});
