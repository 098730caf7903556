import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Ring } from "../../../src/base/ring.ts";
import { Random } from "../../support/reference.ts";

describe("Ring", () => {
  it("is empty at first", () => {
    const ring = new Ring<number>();
    assertEquals([ring.length, ring.shift(), ring.peek(), ring.last()], [0, undefined, undefined, undefined]);
  });

  it("is first in, first out, like an array, whatever the order of pushes and shifts", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const ring = new Ring<number>();
      let twin: number[] = [];
      const towards = random.next();
      for (let i = 0; i < 3000; i++) {
        if (random.chance(0.001)) {
          ring.clear();
          twin = [];
        }
        if (random.chance(i % 1500 < 750 ? 0.5 + towards / 2 : 0.5 - towards / 2)) {
          ring.push(i);
          twin.push(i);
        } else assertEquals(ring.shift(), twin.shift(), `seed ${seed}`);
        assertEquals(ring.length, twin.length);
        assertEquals(ring.peek(), twin[0]);
        assertEquals(ring.last(), twin.at(-1));
      }
    }
  });

  it("grows to any length and works on after it was emptied", () => {
    const ring = new Ring<number>();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20_000; i++) ring.push(i);
      for (let i = 0; i < 20_000; i++) if (ring.shift() !== i) throw new Error(`round ${round}: ${i}`);
      assertEquals(ring.length, 0);
    }
  });
});
