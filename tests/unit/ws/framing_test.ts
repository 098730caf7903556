import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { WS_SERVER_FRAMING, wsClientFraming } from "../../../src/ws/framing.ts";
import { ZWS_FRAMING } from "../../../src/ws/zws_framing.ts";
import type { Framing, OutgoingQueue } from "../../../src/zmtp/framing.ts";
import { assertBytes } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";
import { join, octets, pattern } from "../../support/transcript.ts";
import { readFrames, zws, zwsCommand } from "./wire.ts";

const SLAB = 4096;
const LENGTHS = [
  0,
  1,
  15,
  16,
  123,
  124,
  125,
  126,
  127,
  128,
  255,
  256,
  1000,
  16_384,
  16_385,
  65_534,
  65_535,
  65_536,
];

function clientFraming(seed = 1): Framing {
  const random = new Random(seed);
  return wsClientFraming((length) => random.octets(length));
}

/** The messages in octets of WebSocket frames, each a list of bodies. */
function messages(wire: Uint8Array, masked: boolean): Uint8Array[][] {
  const all: Uint8Array[][] = [];
  let open: Uint8Array[] = [];
  for (const frame of readFrames(wire)) {
    assertEquals([frame.first, frame.masked], [0x82, masked]);
    open.push(frame.payload.slice(1));
    assert(frame.payload[0]! <= 1, "a flag octet of 0 or 1");
    if (frame.payload[0] === 1) continue;
    all.push(open);
    open = [];
  }
  assertEquals(open, [], "a batch ends where a message ends");
  return all;
}

function assertSame(actual: readonly Uint8Array[][], expected: readonly Uint8Array[][], note: string): void {
  assertEquals(
    actual.map((each) => each.map((f) => f.length)),
    expected.map((each) => each.map((f) => f.length)),
    note,
  );
  assert(actual.every((each, i) => each.every((body, k) => equalBytes(body, expected[i]![k]!))), note);
}

function drain(queue: OutgoingQueue): Uint8Array[][] {
  const batches: Uint8Array[][] = [];
  for (;;) {
    const batch = queue.take();
    if (batch === undefined) return batches;
    batches.push(batch.map((chunk) => chunk.slice()));
    queue.recycle();
  }
}

describe("the octets of a message (ZW-4, ZW-8)", () => {
  it("of a server: 82, length, flag octet, body", () => {
    const queue = WS_SERVER_FRAMING.makeQueue(SLAB);
    queue.append([octets("a"), octets("hello")]);
    assertBytes(join(...queue.take()!), [0x82, 2, 1, 0x61, 0x82, 6, 0, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);
  });

  it("of a client: masked with the key that stands in it, a new one for each frame", () => {
    let drawn = 0;
    const framing = wsClientFraming((length) => {
      drawn++;
      return pattern(length, 7);
    });
    const queue = framing.makeQueue(SLAB);
    for (let i = 0; i < 500; i++) queue.append([octets("x")]);
    const wire = join(...drain(queue).flat());
    assertEquals(messages(wire, true).length, 500);
    const keys = new Set<string>();
    for (let at = 0; at < 256 * 8; at += 8) keys.add(wire.slice(at + 2, at + 6).join());
    assert(keys.size > 200, `${keys.size} keys`);
    assertEquals(drawn, 2);
  });

  it("every length around the borders, alone and between others", () => {
    for (const slabSize of [SLAB, 65_536, 262_144]) {
      for (const [framing, masked] of [[WS_SERVER_FRAMING, false], [clientFraming(), true]] as const) {
        const queue = framing.makeQueue(slabSize);
        const expected: Uint8Array[][] = [];
        for (const length of LENGTHS) {
          const body = pattern(length, length);
          for (const message of [[body], [octets("head"), body], [body, octets("tail")], [body, body]]) {
            queue.append(message);
            expected.push(message);
          }
        }
        assertEquals(queue.messages, expected.length);
        const got = drain(queue).flatMap((batch) => messages(join(...batch), masked));
        assertSame(got, expected, `${slabSize}, masked ${masked}`);
        assertEquals([queue.messages, queue.octets, queue.empty], [0, 0, true]);
      }
    }
  });

  it("commands carry flag 02, subscriptions are messages", () => {
    assertBytes(
      readFrames(WS_SERVER_FRAMING.command("JOIN", octets("g")))[0]!.payload,
      zwsCommand("JOIN", "g"),
    );
    assertBytes(
      readFrames(clientFraming().command("JOIN", octets("g")))[0]!.payload,
      zwsCommand("JOIN", "g"),
    );
    assertBytes(ZWS_FRAMING.command("JOIN", octets("g")), zwsCommand("JOIN", "g"));
    const topic = Uint8Array.of(1);
    assertBytes(readFrames(WS_SERVER_FRAMING.message(topic, octets("t")))[0]!.payload, [0, 1, 0x74]);
    const masked = readFrames(clientFraming().message(topic, octets("t")))[0]!;
    assert(masked.masked);
    assertBytes(masked.payload, [0, 1, 0x74]);
    assertBytes(ZWS_FRAMING.message(topic, octets("t")), [0, 1, 0x74]);
  });

  it("a client does not change what the caller gave, however large", () => {
    const body = pattern(100_000);
    const queue = clientFraming().makeQueue(SLAB);
    queue.append([body]);
    assert(equalBytes(body, pattern(100_000)));
  });
});

describe("queues: counts, batches, memory", () => {
  it("random messages come out whole and in order, in batches that end with a message", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const masked = random.chance(0.5);
      const framing = masked ? clientFraming(seed) : WS_SERVER_FRAMING;
      const queue = framing.makeQueue(random.pick([SLAB, 65_536]));
      const sent: Uint8Array[][] = [];
      const got: Uint8Array[][] = [];
      const take = () => {
        const batch = queue.take();
        if (batch !== undefined) got.push(...messages(join(...batch), masked));
        queue.recycle();
      };
      for (let i = 0; i < 40; i++) {
        const message = Array.from(
          { length: random.between(1, 4) },
          () => pattern(random.pick(LENGTHS.slice(0, 15)), random.below(250)),
        );
        if (random.chance(0.3)) framing.appendShared(message, queue);
        else queue.append(message);
        sent.push(message);
        assertEquals(queue.messages, sent.length - got.length);
        if (random.chance(0.2)) take();
      }
      while (!queue.empty) take();
      assertSame(got, sent, `seed ${seed}`);
    }
  });

  it("a publication to many subscribers of a server lies in memory once", () => {
    const queues = [1, 2, 3].map(() => WS_SERVER_FRAMING.makeQueue(SLAB));
    const sent: Uint8Array[][] = [];
    for (let i = 0; i < 20; i++) {
      const message = [octets(`topic ${i}`), pattern(200, i)];
      sent.push(message);
      for (const queue of queues) WS_SERVER_FRAMING.appendShared(message, queue);
    }
    const batches = queues.map((queue) => queue.take()!);
    assertEquals(batches.map((batch) => batch.length), [1, 1, 1]);
    assertEquals(new Set(batches.map((batch) => batch[0]!.buffer)).size, 1);
    for (const batch of batches) assertSame(messages(batch[0]!, false), sent, "shared");
  });

  it("clear drops what waits, forget what is out", () => {
    for (const framing of [WS_SERVER_FRAMING, clientFraming(), ZWS_FRAMING]) {
      const queue = framing.makeQueue(SLAB);
      queue.append([octets("a")]);
      queue.clear();
      assertEquals([queue.messages, queue.octets, queue.take()], [0, 0, undefined]);
      queue.append([octets("b")]);
      assertEquals(queue.take()!.length, 1);
      queue.forget();
      assertEquals(queue.take(), undefined);
    }
  });
});

describe("the queue for a host's own WebSocket", () => {
  it("each chunk is one ZWS message, and a batch ends with a whole one", () => {
    assert(ZWS_FRAMING.separate);
    const queue = ZWS_FRAMING.makeQueue(100);
    queue.append([octets("a"), octets("b"), pattern(150)]);
    queue.append([octets("")]);
    ZWS_FRAMING.appendShared([octets("c")], queue);
    assertEquals([queue.messages, queue.octets], [3, 2 + 2 + 151 + 1 + 2]);
    const chunks = queue.take()!;
    assertEquals(chunks.length, 3);
    assertBytes(chunks[0]!, zws(1, "a"));
    assertBytes(chunks[1]!, zws(1, "b"));
    assertBytes(chunks[2]!, zws(0, pattern(150)));
    assertEquals([queue.messages, queue.octets], [2, 3]);
    const rest = queue.take()!;
    assertEquals(rest.length, 2);
    assertBytes(rest[0]!, zws(0));
    assertBytes(rest[1]!, zws(0, "c"));
    assertEquals(queue.take(), undefined);
  });

  it("what the caller does with its memory afterwards does not matter", () => {
    const queue = ZWS_FRAMING.makeQueue(100);
    const body = octets("before");
    queue.append([body]);
    body.fill(0);
    assertBytes(queue.take()![0]!, zws(0, "before"));
  });
});
