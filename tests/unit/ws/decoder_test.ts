import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../../src/base/bytes.ts";
import { WsDecoder } from "../../../src/ws/decoder.ts";
import type { WsDecoderSink } from "../../../src/ws/decoder.ts";
import { mask } from "../../../src/ws/mask.ts";
import { Violation } from "../../../src/ws/violation.ts";
import { assertBytes } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";
import { join, octets, pattern } from "../../support/transcript.ts";
import { everySplit, KEY, wsFrame } from "./wire.ts";
import type { FrameOptions } from "./wire.ts";

type Heard = { readonly opcode: number; readonly body: Uint8Array } | { readonly close: number };

class Recorder implements WsDecoderSink {
  readonly heard: Heard[] = [];
  room: () => boolean = () => true;

  onBinary(memory: Uint8Array, start: number, length: number): boolean {
    this.heard.push({ opcode: 2, body: memory.slice(start, start + length) });
    return this.room();
  }

  onControl(opcode: number, body: Uint8Array): void {
    this.heard.push({ opcode, body: body.slice() });
  }
}

type Role = "client" | "server";
const ROLES: readonly Role[] = ["client", "server"];

/** A frame of the peer of a decoder with this role: what a client sends is masked. */
function from(role: Role, payload: Uint8Array | string | number[], options: FrameOptions = {}): Uint8Array {
  return wsFrame(payload, role === "server" ? { ...options, key: KEY } : options);
}

function run(chunks: Iterable<Uint8Array>, role: Role, most = Infinity): Heard[] {
  const sink = new Recorder();
  const decoder = new WsDecoder(sink, role === "server", most);
  try {
    for (const chunk of chunks) decoder.decode(chunk);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    sink.heard.push({ close: error.closeCode });
    decoder.decode(Uint8Array.of(0x82, 0));
  }
  return sink.heard;
}

function assertHeard(actual: readonly Heard[], expected: readonly Heard[], note: string): void {
  const kind = (each: Heard) =>
    "close" in each ? `close ${each.close}` : `${each.opcode}:${each.body.length}`;
  assertEquals(actual.map(kind), expected.map(kind), note);
  actual.forEach((each, i) => {
    const other = expected[i]!;
    if ("body" in each && "body" in other && !equalBytes(each.body, other.body)) {
      assertBytes(each.body, other.body, note);
    }
  });
}

/** Both roles, and every way to cut it. */
function everyWay(
  make: (role: Role) => Uint8Array,
  expected: readonly Heard[],
  most = Infinity,
): void {
  for (const role of ROLES) {
    for (const { how, chunks } of everySplit(make(role))) {
      assertHeard(run(chunks, role, most), expected, `${role}, ${how}`);
    }
  }
}

const binary = (body: Uint8Array | string): Heard => ({ opcode: 2, body: join(asOctets(body)) });
const ping = (body: Uint8Array | string): Heard => ({ opcode: 9, body: join(asOctets(body)) });
const asOctets = (body: Uint8Array | string) => typeof body === "string" ? octets(body) : body;

describe("masking (RFC 6455, 5.3)", () => {
  it("is octet i XOR octet i modulo 4 of the key, at any place, length and phase", () => {
    const key = (0x37 << 24 | 0xfa << 16 | 0x21 << 8 | 0x3d) | 0;
    for (let place = 0; place < 9; place++) {
      for (let phase = 0; phase < 5; phase++) {
        for (const length of [0, 1, 3, 4, 5, 47, 48, 49, 50, 51, 52, 100, 1001]) {
          const memory = new Uint8Array(new ArrayBuffer(1100), 3);
          memory.set(pattern(memory.length));
          const expected = memory.map((octet, i) =>
            i >= place && i < place + length ? octet ^ KEY[(i - place + phase) % 4]! : octet
          );
          mask(memory, place, place + length, key, phase);
          assert(equalBytes(memory, expected), `${length} octets at ${place}, phase ${phase}`);
        }
      }
    }
  });
});

describe("WsDecoder: the examples of RFC 6455, section 5.7", () => {
  it("a single-frame unmasked and masked ping, and the pong", () => {
    const hello = octets("Hello");
    assertHeard(run([Uint8Array.of(0x89, 5, ...hello)], "client"), [ping("Hello")], "ping");
    assertHeard(
      run([Uint8Array.of(0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58)], "server"),
      [{ opcode: 10, body: hello }],
      "pong",
    );
  });

  it("text is refused, masked or not, in one frame or fragments: ZWS is binary", () => {
    const masked = Uint8Array.of(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58);
    assertHeard(run([masked], "server"), [{ close: 1003 }], "masked");
    assertHeard(
      run([Uint8Array.of(0x81, 5, 0x48, 0x65, 0x6c, 0x6c, 0x6f)], "client"),
      [{ close: 1003 }],
      "plain",
    );
    assertHeard(run([Uint8Array.of(1, 3, 0x48, 0x65, 0x6c)], "client"), [{ close: 1003 }], "fragment");
  });

  it("256 octets and 64 KiB of binary", () => {
    for (
      const [head, length] of [[[0x82, 0x7e, 1, 0], 256], [
        [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0],
        65536,
      ]] as const
    ) {
      assertHeard(run([join(head, pattern(length))], "client"), [binary(pattern(length))], `${length}`);
    }
  });
});

describe("WsDecoder: Autobahn 1.2, binary messages", () => {
  for (
    const [name, length] of [["1.2.1", 0], ["1.2.2", 125], ["1.2.3", 126], ["1.2.4", 127], [
      "1.2.5",
      128,
    ]] as const
  ) {
    it(`${name}: ${length} octets`, () => {
      everyWay((role) => from(role, pattern(length)), [binary(pattern(length))]);
    });
  }
  for (const [name, length] of [["1.2.6", 65535], ["1.2.7", 65536]] as const) {
    it(`${name}: ${length} octets; 1.2.8: in chops of 997`, () => {
      everyWay((role) => from(role, pattern(length)), [binary(pattern(length))]);
      for (const role of ROLES) {
        const wire = from(role, pattern(length));
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < wire.length; at += 997) chunks.push(wire.slice(at, at + 997));
        assertHeard(run(chunks, role), [binary(pattern(length))], role);
      }
    });
  }
});

describe("WsDecoder: Autobahn 2, pings", () => {
  for (
    const [name, body] of [
      ["2.1", new Uint8Array(0)],
      ["2.2", octets("Hello, world!")],
      ["2.3", Uint8Array.of(0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff)],
      ["2.4", new Uint8Array(125).fill(0xfe)],
    ] as const
  ) {
    it(`${name}: ${body.length} octets`, () => {
      everyWay((role) => from(role, body, { opcode: 9 }), [ping(body)]);
    });
  }

  it("2.5: 126 octets are too many", () => {
    everyWay((role) => from(role, new Uint8Array(126).fill(0xfe), { opcode: 9 }), [{ close: 1002 }]);
  });

  it("2.7, 2.8: a pong that nobody asked for is heard", () => {
    everyWay((role) => from(role, "unsolicited", { opcode: 10 }), [{
      opcode: 10,
      body: octets("unsolicited"),
    }]);
  });

  it("2.10: ten pings in a row, in order", () => {
    const bodies = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
    everyWay((role) => join(...bodies.map((body) => from(role, body, { opcode: 9 }))), bodies.map(ping));
  });
});

describe("WsDecoder: Autobahn 3 and 4, reserved bits and opcodes", () => {
  for (let rsv = 1; rsv <= 7; rsv++) {
    it(`3.${rsv}: RSV ${rsv} on data, ping and close fails with 1002`, () => {
      for (const opcode of [2, 9, 8]) {
        everyWay((role) => join(from(role, "a"), from(role, "b", { rsv, opcode }), from(role, "c")), [
          binary("a"),
          { close: 1002 },
        ]);
      }
    });
  }
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    it(`4.${opcode < 8 ? 1 : 2}: opcode ${opcode} fails with 1002`, () => {
      everyWay((role) => join(from(role, "a"), from(role, "b", { opcode })), [binary("a"), { close: 1002 }]);
    });
  }
});

describe("WsDecoder: Autobahn 5, fragments", () => {
  const first = (role: Role, body: string) => from(role, body, { fin: false });
  const middle = (role: Role, body: string) => from(role, body, { opcode: 0, fin: false });
  const last = (role: Role, body: string) => from(role, body, { opcode: 0 });

  it("5.1, 5.2: ping and pong in fragments fail", () => {
    for (const opcode of [9, 10]) {
      everyWay((role) => join(from(role, "a", { opcode, fin: false }), last(role, "b")), [{ close: 1002 }]);
    }
  });

  it("5.3: a message in two fragments", () => {
    everyWay((role) => join(first(role, "frag1"), last(role, "ment2")), [binary("frag1ment2")]);
  });

  it("5.6: a ping between them is heard before the message", () => {
    everyWay((role) => join(first(role, "frag1"), from(role, "ping", { opcode: 9 }), last(role, "ment2")), [
      ping("ping"),
      binary("frag1ment2"),
    ]);
  });

  it("5.9 to 5.14: a continuation of nothing fails", () => {
    for (const fin of [true, false]) {
      everyWay((role) => join(from(role, "non", { opcode: 0, fin }), from(role, "b")), [{ close: 1002 }]);
    }
  });

  it("5.15: a continuation of a message that is over fails", () => {
    everyWay((role) => join(first(role, "f1"), last(role, "f2"), middle(role, "f3"), from(role, "f4")), [
      binary("f1f2"),
      { close: 1002 },
    ]);
  });

  it("5.18: a new message inside of a fragmented one fails", () => {
    everyWay((role) => join(first(role, "f1"), from(role, "f2")), [{ close: 1002 }]);
    everyWay((role) => join(first(role, "f1"), first(role, "f2")), [{ close: 1002 }]);
  });

  it("5.19: five fragments with pings between them", () => {
    everyWay((role) =>
      join(
        first(role, "1"),
        middle(role, "2"),
        from(role, "p1", { opcode: 9 }),
        middle(role, "3"),
        middle(role, "4"),
        from(role, "p2", { opcode: 9 }),
        last(role, "5"),
      ), [ping("p1"), ping("p2"), binary("12345")]);
  });

  it("6.1: empty fragments at either end and in between", () => {
    everyWay((role) => join(first(role, ""), middle(role, ""), last(role, "")), [binary("")]);
    everyWay((role) => join(first(role, ""), middle(role, "x"), middle(role, ""), last(role, "")), [
      binary("x"),
    ]);
  });

  it("9.4: a long message in fragments of any size is one run of octets", () => {
    const body = pattern(200_000);
    for (const size of [64, 256, 1000, 65_536]) {
      for (const role of ROLES) {
        const frames: Uint8Array[] = [];
        for (let at = 0; at < body.length; at += size) {
          const fin = at + size >= body.length;
          frames.push(from(role, body.slice(at, at + size), { opcode: at === 0 ? 2 : 0, fin }));
        }
        const random = new Random(size);
        assertHeard(run(random.split(join(...frames), 5000), role), [binary(body)], `${role}, ${size}`);
      }
    }
  });
});

describe("WsDecoder: lengths, masks and limits", () => {
  const bad = (make: (role: Role) => Uint8Array, close = 1002, most = Infinity) =>
    everyWay((role) => join(from(role, "ok"), make(role)), [binary("ok"), { close }], most);

  it("a length in a longer form than it needs fails (5.2: the minimal number of octets MUST be used)", () => {
    for (const length of [0, 1, 125]) bad((role) => from(role, pattern(length), { form: 16 }));
    for (const length of [0, 125, 126, 65535]) bad((role) => from(role, pattern(length), { form: 64 }));
  });

  it("a length with its highest bit set fails (5.2)", () => {
    const bit = (role: Role) => role === "server" ? 0xff : 0x7f;
    bad((role) => join([0x82, bit(role), 0x80, 0, 0, 0, 0, 0, 0, 1], KEY));
    bad((role) => join([0x82, bit(role), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], KEY));
  });

  it("2^63-1 octets are more than any limit, and nothing is kept for them", () => {
    const bit = (role: Role) => role === "server" ? 0xff : 0x7f;
    bad((role) => join([0x82, bit(role), 0x7f, 255, 255, 255, 255, 255, 255, 255], KEY), 1009, 1e15);
  });

  it("5.1: an unmasked frame from a client and a masked one from a server fail", () => {
    for (const opcode of [2, 8, 9, 10]) {
      for (const role of ROLES) {
        const other = role === "server" ? "client" : "server";
        for (const { how, chunks } of everySplit(join(from(role, "a"), from(other, "b", { opcode })))) {
          assertHeard(run(chunks, role), [binary("a"), { close: 1002 }], `${role}, ${how}`);
        }
      }
    }
  });

  it("10.1: the limit holds for one frame and for all fragments together, from the header on", () => {
    everyWay((role) => from(role, pattern(100)), [binary(pattern(100))], 100);
    everyWay((role) => from(role, pattern(101)).slice(0, role === "server" ? 6 : 2), [{ close: 1009 }], 100);
    const parts = (role: Role, last: number) =>
      join(
        from(role, pattern(60), { fin: false }),
        from(role, pattern(30, 1), { opcode: 0, fin: false }),
        from(role, pattern(last, 2), { opcode: 0 }),
      );
    everyWay((role) => parts(role, 10), [binary(join(pattern(60), pattern(30, 1), pattern(10, 2)))], 100);
    everyWay((role) => parts(role, 11), [{ close: 1009 }], 100);
  });

  it("a header that claims much gets memory for what arrives, at most 1 MiB ahead", () => {
    for (const role of ROLES) {
      const asked: number[] = [];
      const sink = new Recorder();
      const decoder = new WsDecoder(sink, role === "server", Infinity, (length) => {
        asked.push(length);
        return new Uint8Array(length);
      });
      decoder.decode(
        join(
          [0x82, role === "server" ? 0xff : 0x7f, 0, 0, 0, 0x40, 0, 0, 0, 0],
          role === "server" ? KEY : [],
          [1, 2],
        ),
      );
      assertEquals(asked, [1024 * 1024]);
    }
  });
});

describe("WsDecoder: memory of fragmented messages", () => {
  it("many small fragments move what came before a few times only, and the message pins little more than itself", () => {
    const asked: number[] = [];
    let pinned = 0;
    const sink: WsDecoderSink = {
      onBinary(memory, _start, length) {
        pinned = memory.buffer.byteLength - length;
        return true;
      },
      onControl() {},
    };
    const decoder = new WsDecoder(sink, false, Infinity, (length) => {
      asked.push(length);
      return new Uint8Array(length);
    });
    for (let i = 0; i < 5000; i++) {
      decoder.decode(wsFrame(pattern(64, i), { opcode: i === 0 ? 2 : 0, fin: i === 4999 }));
    }
    assert(asked.length > 0 && asked.length < 8, `${asked.length} times`);
    assert(pinned <= 1024, `${pinned} octets more`);
  });
});

describe("WsDecoder: a sink that is full, and direct reads", () => {
  it("stops after the message that filled it and goes on where it was", () => {
    for (const role of ROLES) {
      const bodies = ["a", "bb", "", "dddd", "e".repeat(300)];
      const wire = join(...bodies.map((body) => from(role, body)), from(role, "p", { opcode: 9 }));
      for (const { how, chunks } of everySplit(wire)) {
        const sink = new Recorder();
        sink.room = () => false;
        const decoder = new WsDecoder(sink, role === "server", Infinity);
        for (const chunk of chunks) decoder.decode(chunk);
        assertEquals(sink.heard.length, 1, how);
        for (let i = 0; decoder.stalled; i++) {
          assertEquals(sink.heard.length, i + 1, how);
          decoder.resume();
        }
        assertHeard(sink.heard, [...bodies.map(binary), ping("p")], `${role}, ${how}`);
      }
    }
  });

  it("the rest of a large payload is read to its place and unmasked there", () => {
    for (const role of ROLES) {
      for (const size of [9000, 100_000, 1_500_001]) {
        for (const begun of [20, 21, 22, 23]) {
          const wire = join(from(role, pattern(size)), from(role, "next"));
          const sink = new Recorder();
          const decoder = new WsDecoder(sink, role === "server", Infinity);
          decoder.decode(wire.slice(0, begun));
          let at = begun;
          let direct = 0;
          while (at < wire.length) {
            const place = decoder.target();
            const length = Math.min(place?.length ?? 700, 50_003, wire.length - at);
            if (place === undefined) decoder.decode(wire.slice(at, at + length));
            else {
              place.set(wire.subarray(at, at + length));
              decoder.filled(length);
              direct += length;
            }
            at += length;
          }
          assert(direct > size - 9000 && direct <= size, `${direct} of ${size}`);
          assertHeard(sink.heard, [binary(pattern(size)), binary("next")], `${role}, ${size}`);
        }
      }
    }
  });

  it("nothing is decoded after stop, not even what was kept", () => {
    const sink = new Recorder();
    sink.room = () => false;
    const decoder = new WsDecoder(sink, false, Infinity);
    decoder.decode(join(wsFrame("a"), wsFrame("b")));
    decoder.stop();
    decoder.resume();
    decoder.decode(wsFrame("c"));
    assertHeard(sink.heard, [binary("a")], "after stop");
    assertEquals(decoder.target(), undefined);
  });
});

describe("WsDecoder: random streams", () => {
  it("valid ones give the same messages, however they are cut and fragmented", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const role = random.pick(ROLES);
      const frames: Uint8Array[] = [];
      const expected: Heard[] = [];
      const key = () => role === "server" ? { key: [...random.octets(4)] } : {};
      for (let i = random.between(1, 12); i > 0; i--) {
        const body = random.octets(random.pick([0, 1, 5, 124, 125, 126, 127, 128, 300, 5000]));
        const pieces = random.chance(0.6) ? [body] : random.split(body, random.pick([1, 50, 2000]));
        if (pieces.length === 0) pieces.push(body);
        pieces.forEach((piece, k) => {
          frames.push(wsFrame(piece, { opcode: k === 0 ? 2 : 0, fin: k === pieces.length - 1, ...key() }));
          if (random.chance(0.1)) {
            const note = random.octets(random.below(126));
            frames.push(wsFrame(note, { opcode: 9, ...key() }));
            // Behind the last piece it is heard after the message.
            if (k < pieces.length - 1) expected.push(ping(note));
            else expected.push(binary(body), ping(note));
          } else if (k === pieces.length - 1) expected.push(binary(body));
        });
      }
      const chunks = random.split(join(...frames), random.pick([1, 3, 17, 200, 10_000]));
      assertHeard(run(chunks, role), expected, `seed ${seed}`);
    }
  });

  it("rubbish ends in a close code or in nothing, never in anything else", () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed);
      const chunks = random.split(random.octets(random.between(1, 60)), 20);
      const heard = run(chunks, random.pick(ROLES), 10_000);
      const last = heard.at(-1);
      if (last !== undefined && "close" in last) {
        assert([1002, 1003, 1009].includes(last.close), `seed ${seed}`);
      }
    }
  });
});
