/**
 * What a PGM source is made of, each by itself: its window, the queue of repairs, the rate.
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RepairQueue } from "../../../src/pgm/repair_queue.ts";
import { serialAdd } from "../../../src/pgm/serial.ts";
import { TokenBucket } from "../../../src/pgm/token_bucket.ts";
import { TransmitWindow } from "../../../src/pgm/transmit_window.ts";

describe("a transmit window", () => {
  it("has the last packets by their numbers, and nothing before, after or between", () => {
    for (const limit of [1, 2, 5, 16, 17, 100]) {
      for (const first of [0, 0xfffffff0, 0x7ffffff8]) {
        const window = new TransmitWindow(limit, first);
        assertEquals([window.trail, window.lead], [first, serialAdd(first, -1)]);
        const packets: Uint8Array[] = [];
        for (let i = 0; i < 250; i++) {
          const packet = new Uint8Array(1);
          packets.push(packet);
          window.push(packet);
          assertEquals(window.length, Math.min(i + 1, limit));
          assertEquals(window.lead, serialAdd(first, i));
          assertEquals(window.trail, serialAdd(first, i + 1 - window.length));
          for (const near of [-limit - 1, -limit, -1, 0, 1, 2, limit, 32, 128]) {
            const number = serialAdd(window.lead, near);
            const there = near <= 0 && near > -window.length;
            assertStrictEquals(window.get(number), there ? packets[i + near] : undefined);
          }
        }
        for (const far of [0x7fffffff, 0x80000000, 0x80000001]) {
          assertStrictEquals(window.get(serialAdd(window.lead, far)), undefined);
        }
      }
    }
  });
});

describe("a queue of repairs", () => {
  it("gives each number once, in the order of asking", () => {
    const queue = new RepairQueue();
    for (const number of [5, 3, 5, 0xffffffff, 3]) queue.add(number, 0);
    assert(!queue.empty);
    assertEquals(takeAll(queue, 0), [5, 3, 0xffffffff]);
    assert(queue.empty);
  });

  it("holds a number off for at least 50 ms after it was sent, and for less than 100", () => {
    for (let phase = 0; phase < 100; phase += 7) {
      for (let wait = 0; wait <= 150; wait++) {
        const queue = new RepairQueue();
        queue.add(1, 0);
        takeAll(queue, 0);
        queue.add(2, phase);
        takeAll(queue, phase);
        queue.add(2, phase + wait);
        if (wait < 50) assert(queue.empty, `asked again ${wait} ms after ${phase}`);
        if (wait >= 100) assert(!queue.empty, `asked again ${wait} ms after ${phase}`);
      }
    }
  });

  it("is bounded, whoever asks for whatever", () => {
    const queue = new RepairQueue();
    for (let number = 0; number < 100_000; number++) queue.add(number, 0);
    assertEquals(takeAll(queue, 0).length, 16_384);
  });
});

describe("a token bucket", () => {
  it("is full at first, fills at its rate, and never beyond its limit", () => {
    const bucket = new TokenBucket(10, 500, 1000);
    assert(bucket.has(500, 1000) && !bucket.has(501, 1000));
    bucket.take(500);
    assert(!bucket.has(1, 1000) && bucket.has(10, 1001) && !bucket.has(11, 1001));
    assert(bucket.has(500, 99_999) && !bucket.has(501, 99_999));
  });

  it("can owe, and says when it will have enough in whole milliseconds", () => {
    const bucket = new TokenBucket(10, 500, 0);
    bucket.take(600);
    assertEquals(bucket.when(1), 11);
    assert(!bucket.has(1, 10) && bucket.has(1, 11));
    assertEquals(bucket.when(1), 11);
  });

  it("takes a clock that goes back for one that stands still", () => {
    const bucket = new TokenBucket(10, 500, 1000);
    bucket.take(500);
    assert(!bucket.has(1, 0) && !bucket.has(1, 1000) && bucket.has(1, 1001));
  });
});

function takeAll(queue: RepairQueue, now: number): number[] {
  const numbers: number[] = [];
  for (let number = queue.take(); number !== undefined; number = queue.take()) {
    queue.sent(number, now);
    numbers.push(number);
  }
  return numbers;
}
