import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { encodeCommand, FanOut, WireQueue } from "../../../src/zmtp/wire_queue.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { decodeAll, Random } from "../../support/reference.ts";
import type { Decoded } from "../../support/reference.ts";
import { command, join, message, octets, pattern } from "../../support/transcript.ts";
import { CANONICAL, LARGE } from "./cases.ts";

const SLAB = 4096;
/** Large enough to be used again. */
const KEPT = 65_536;

function decode(wire: Uint8Array): Decoded[] {
  return decodeAll(wire, { frame: Infinity, message: Infinity, parts: Infinity, command: Infinity });
}

/** All octets that wait, batch by batch; what a batch holds is recycled at once. */
function drain(queue: WireQueue): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (;;) {
    const batch = queue.take();
    if (batch === undefined) return batches;
    batches.push(join(...batch));
    queue.recycle();
  }
}

function assertMessages(wire: Uint8Array, expected: readonly (readonly Uint8Array[])[], note: string): void {
  const heard = decode(wire);
  assertEquals(heard.length, expected.length, `${note}: how many`);
  heard.forEach((each, i) => {
    if (each.type !== "message") throw new Error(`${note}: ${each.type} in place of message ${i}`);
    const same = each.frames.length === expected[i]!.length &&
      each.frames.every((body, k) => equalBytes(body, expected[i]![k]!));
    if (!same) assertFrames(each.frames, expected[i]!, `${note}: message ${i}`);
  });
}

function randomMessage(random: Random, large = true): Uint8Array[] {
  const lengths = [0, 1, 15, 16, 100, 255, 256, 1000, 5000];
  if (large) lengths.push(16_384, 16_385, 30_000);
  return Array.from(
    { length: random.chance(0.6) ? 1 : random.between(2, 5) },
    (_, i) => pattern(random.pick(lengths), random.below(200) + i),
  );
}

describe("WireQueue: the form of the wire (RFC 37, framing)", () => {
  for (const { name, frames, wire } of [...CANONICAL, ...LARGE]) {
    it(`${name}`, () => {
      for (const slabSize of [SLAB, 65536]) {
        const queue = new WireQueue(slabSize);
        queue.append(frames);
        const all = join(...drain(queue));
        assert(equalBytes(all, wire), `${name} with slabs of ${slabSize}`);
      }
    });
  }

  it("commands are frames of their own, long above 255 octets with the name", () => {
    for (const length of [0, 1, 245, 246, 247, 248, 255, 256, 300, 70_000]) {
      const topic = pattern(length);
      assert(equalBytes(encodeCommand("SUBSCRIBE", topic), command("SUBSCRIBE", topic)), `${length}`);
    }
  });

  it("views into shared memory are copied when they are added", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(20_000)).fill(7);
    const queue = new WireQueue(SLAB);
    queue.append([shared]);
    shared.fill(9);
    assertMessages(join(...drain(queue)), [[new Uint8Array(20_000).fill(7)]], "shared");
  });
});

describe("WireQueue: counts and batches", () => {
  it("an empty queue has nothing to take", () => {
    const queue = new WireQueue(SLAB);
    assert(queue.empty);
    assertEquals(queue.take(), undefined);
  });

  it("a message that is one large body by reference counts once", () => {
    const queue = new WireQueue(SLAB);
    queue.append([pattern(50_000)]);
    assertEquals([queue.messages, queue.octets], [1, 50_009]);
    queue.append([octets("a"), pattern(50_000), octets("b")]);
    assertEquals([queue.messages, queue.octets], [2, 100_024]);
    drain(queue);
    assertEquals([queue.messages, queue.octets], [0, 0]);
  });

  it("commands count as octets and as no message", () => {
    const queue = new WireQueue(SLAB);
    queue.appendCommand(command("SUBSCRIBE", "a"));
    assertEquals([queue.messages, queue.octets, queue.empty], [0, 13, false]);
    assertBytes(join(...drain(queue)), command("SUBSCRIBE", "a"));
    assert(queue.empty);
  });

  it("appended and taken at random: every batch ends with a message, nothing is lost or out of order, counts are exact", () => {
    for (let seed = 1; seed <= 250; seed++) {
      const random = new Random(seed);
      const queue = new WireQueue(random.pick([64, 300, SLAB, 65536]));
      const fanOut = new FanOut();
      const sent: Uint8Array[][] = [];
      const batches: Uint8Array[] = [];
      let waiting = 0;
      let octetsWaiting = 0;
      const put = (frames: Uint8Array[]) => {
        sent.push(frames);
        if (random.chance(0.3)) fanOut.append(frames, queue);
        else queue.append(frames);
        waiting++;
        octetsWaiting += message(...frames).length;
      };
      for (let step = random.between(5, 60); step > 0; step--) {
        if (random.chance(0.65)) put(randomMessage(random));
        else {
          const batch = queue.take();
          if (batch === undefined) assertEquals(waiting, 0, `seed ${seed}: nothing to take`);
          else {
            const octetsTaken = join(...batch);
            // Messages that come while the batch is out must not change its octets.
            if (random.chance(0.5)) {
              for (let i = random.between(1, 8); i > 0; i--) put(randomMessage(random));
            }
            assert(equalBytes(join(...batch), octetsTaken), `seed ${seed}: a batch changed before recycle`);
            queue.recycle();
            const whole = decode(octetsTaken);
            const length = join(...whole.map((each) =>
              each.type === "message" ? message(...each.frames) : []
            )).length;
            assertEquals(length, octetsTaken.length, `seed ${seed}: a batch ends within a message`);
            waiting -= whole.length;
            octetsWaiting -= octetsTaken.length;
            batches.push(octetsTaken);
          }
        }
        assertEquals(queue.messages, waiting, `seed ${seed}: messages`);
        assertEquals(queue.octets, octetsWaiting, `seed ${seed}: octets`);
      }
      batches.push(...drain(queue));
      assertMessages(join(...batches), sent, `seed ${seed}`);
      assertEquals([queue.messages, queue.octets], [0, 0]);
    }
  });

  it("a batch is not much larger than the slab size while messages are small", () => {
    const queue = new WireQueue(1000);
    for (let i = 0; i < 100; i++) queue.append([pattern(90, i)]);
    const batches = drain(queue);
    assert(batches.length >= 5, `${batches.length} batches`);
    for (const batch of batches) assert(batch.length <= 2000, `${batch.length}`);
  });
});

describe("WireQueue: memory", () => {
  it("a batch that is out stays as it is until recycle, whatever is added, in any number of queues", () => {
    const queues = Array.from({ length: 20 }, () => new WireQueue(KEPT));
    const out = queues.map((queue, i) => {
      for (let k = 0; k < 50; k++) queue.append([pattern(80, i * 50 + k)]);
      const batch = queue.take()!;
      return { batch, copy: join(...batch) };
    });
    for (const queue of queues) for (let k = 0; k < 200; k++) queue.append([new Uint8Array(70).fill(0xee)]);
    out.forEach(({ batch, copy }, i) => assert(equalBytes(join(...batch), copy), `queue ${i}`));
  });

  it("a recycled slab is used again", () => {
    const queue = new WireQueue(KEPT);
    const buffers = new Set<unknown>();
    for (let i = 0; i < 50; i++) {
      queue.append([pattern(100, i)]);
      for (const chunk of queue.take()!) buffers.add(chunk.buffer);
      queue.recycle();
    }
    assert(buffers.size <= 2, `${buffers.size} slabs for one message at a time`);
  });

  it("after forget, what was out is never written again by this queue", () => {
    const queue = new WireQueue(KEPT);
    queue.append([pattern(500)]);
    const lost = queue.take()!;
    const copy = join(...lost);
    queue.forget();
    for (let i = 0; i < 100; i++) {
      queue.append([new Uint8Array(300).fill(0xdd)]);
      queue.take();
      queue.recycle();
    }
    assert(equalBytes(join(...lost), copy));
  });

  it("after forget, what was not taken is still there and whole", () => {
    const queue = new WireQueue(100);
    const sent = Array.from({ length: 20 }, (_, i) => [pattern(60, i), pattern(20, i)]);
    for (const frames of sent) queue.append(frames);
    const taken = decode(join(...queue.take()!)).length;
    assert(taken > 0 && taken < 20);
    queue.forget();
    assertMessages(join(...drain(queue)), sent.slice(taken), "rest");
  });
});

describe("WireQueue: clear, for conflate and for the end", () => {
  it("leaves only what is appended after it, at random and with batches out", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = new Random(seed);
      const queue = new WireQueue(random.pick([100, SLAB]));
      let batch: Uint8Array[] | undefined;
      let copy: Uint8Array = new Uint8Array(0);
      for (let round = 0; round < 20; round++) {
        if (batch === undefined && random.chance(0.3)) {
          batch = queue.take();
          if (batch !== undefined) copy = join(...batch);
        }
        queue.clear();
        assertEquals([queue.messages, queue.octets, queue.empty], [0, 0, true]);
        const newest = randomMessage(random);
        queue.append(newest);
        assertEquals([queue.messages, queue.octets], [1, message(...newest).length]);
        if (batch !== undefined && random.chance(0.5)) {
          assert(equalBytes(join(...batch), copy), `seed ${seed}: the batch changed`);
          queue.recycle();
          batch = undefined;
        }
        if (batch === undefined && random.chance(0.5)) {
          assertMessages(join(...drain(queue)), [newest], `seed ${seed} round ${round}`);
        }
      }
    }
  });
});

describe("FanOut: one message for many queues", () => {
  it("gives each queue the octets that append would have", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const fanOut = new FanOut();
      const shared = Array.from({ length: 4 }, () => new WireQueue(SLAB));
      const alone = shared.map(() => new WireQueue(SLAB));
      for (let step = 0; step < 30; step++) {
        const frames = randomMessage(random);
        shared.forEach((queue, i) => {
          if (random.chance(0.3)) return;
          const own = random.chance(0.1);
          if (own) queue.append(frames);
          else fanOut.append(frames, queue);
          alone[i]!.append(frames);
        });
        fanOut.done();
      }
      shared.forEach((queue, i) => {
        assertEquals([queue.messages, queue.octets], [alone[i]!.messages, alone[i]!.octets], `seed ${seed}`);
        assert(equalBytes(join(...drain(queue)), join(...drain(alone[i]!))), `seed ${seed} queue ${i}`);
      });
    }
  });

  it("messages that wait in one queue are not changed by later ones in another", () => {
    const fanOut = new FanOut();
    const slow = new WireQueue(SLAB);
    const fast = new WireQueue(SLAB);
    const sent: Uint8Array[][] = [];
    for (let i = 0; i < 3000; i++) {
      const frames = [pattern(100, i)];
      if (i % 10 === 0) {
        sent.push(frames);
        fanOut.append(frames, slow);
      }
      fanOut.append(frames, fast);
      if (i % 50 === 0) drain(fast);
    }
    assertMessages(join(...drain(slow)), sent, "slow");
  });

  it("an array that is used again after done is a new message", () => {
    const fanOut = new FanOut();
    const queue = new WireQueue(SLAB);
    const frames = [octets("first")];
    fanOut.append(frames, queue);
    fanOut.done();
    frames[0] = octets("second");
    fanOut.append(frames, queue);
    assertMessages(join(...drain(queue)), [[octets("first")], [octets("second")]], "again");
  });
});
