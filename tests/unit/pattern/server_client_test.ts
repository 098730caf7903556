import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError } from "../../../src/base/errors.ts";
import { ChannelPattern } from "../../../src/pattern/channel.ts";
import { ClientPattern } from "../../../src/pattern/client.ts";
import { DgramPattern } from "../../../src/pattern/dgram.ts";
import type { Pattern, PatternHost } from "../../../src/pattern/pattern.ts";
import { GatherPattern, ScatterPattern } from "../../../src/pattern/scatter.ts";
import { ServerPattern } from "../../../src/pattern/server.ts";
import { attach, binary, FakeHost, FakePipe, parts, received, text } from "./fakes.ts";

function codeOf(body: () => unknown): string {
  return (assertThrows(body, ZmqError) as ZmqError).code;
}

/** The routing id that a pattern gave this pipe. */
function idOf(pipe: FakePipe): string {
  return text(pipe.routingId!);
}

describe("types of one part a message", () => {
  const SENDERS: { readonly [name: string]: (host: PatternHost) => Pattern } = {
    CLIENT: (host) => new ClientPattern(host),
    SCATTER: (host) => new ScatterPattern(host),
    CHANNEL: (host) => new ChannelPattern(host),
  };
  const RECEIVERS: { readonly [name: string]: (host: PatternHost) => Pattern } = {
    CLIENT: (host) => new ClientPattern(host),
    GATHER: (host) => new GatherPattern(host),
    CHANNEL: (host) => new ChannelPattern(host),
    SERVER: (host) => new ServerPattern(host),
  };

  for (const [name, make] of Object.entries(SENDERS)) {
    it(`${name} refuses several parts with EINVAL, whether somebody is there or not, and sends nothing`, () => {
      const pattern = make(new FakeHost());
      assertEquals(codeOf(() => pattern.send(parts("a", "b"))), "EINVAL");
      const [pipe] = attach(pattern, 1) as [FakePipe];
      assertEquals(codeOf(() => pattern.send(parts("a", "b"))), "EINVAL");
      assert(pattern.send(parts("c")));
      assertEquals(pipe.take(), ["c"]);
    });
  }

  for (const [name, make] of Object.entries(RECEIVERS)) {
    it(`${name} drops messages of several parts whole, counts them, and goes on`, () => {
      const host = new FakeHost();
      const pattern = make(host);
      const [pipe] = attach(pattern, 1) as [FakePipe];
      pipe.come("a", "b");
      assertEquals([pattern.readable, pattern.receive()], [false, undefined]);
      for (const message of [["1"], ["a", ""], ["2"], ["", "", ""]]) pipe.come(...message);
      assert(pattern.readable);
      const bodies: string[] = [];
      while (pattern.readable) bodies.push(text(pattern.receive()!.at(-1)!));
      assertEquals([bodies, pattern.receive(), host.drops], [
        ["1", "2"],
        undefined,
        Array(3).fill("unexpected"),
      ]);
    });
  }
});

describe("SERVER", () => {
  it("gives each peer a number of four octets that is not 0 and nobody else's", () => {
    const ids = attach(new ServerPattern(new FakeHost()), 1000).map(idOf);
    assertEquals(new Set(ids).size, 1000);
    assert(ids.every((id) => id.length === 4 && id !== "\0\0\0\0"));
  });

  it("never takes 0 or a number in use, whatever the generator says", () => {
    const host = new FakeHost();
    const draws = [[0, 0, 0, 0], [0, 0, 0, 9], [0, 0, 0, 9], [0, 0, 0, 0], [9, 0, 0, 0]];
    host.random = () => Uint8Array.from(draws.shift()!);
    assertEquals(attach(new ServerPattern(host), 2).map(idOf), ["\0\0\0\x09", "\x09\0\0\0"]);
  });

  it("puts the sender's number before what comes, and sends by it", () => {
    const server = new ServerPattern(new FakeHost());
    const [a, b] = attach(server, 2) as [FakePipe, FakePipe];
    a.come("from a");
    b.come("from b");
    assertEquals(received(server), [`${idOf(a)} from a`, `${idOf(b)} from b`]);
    assert(server.send(parts(b.routingId!, "to b")));
    assertEquals([a.take(), b.take()], [[], ["to b"]]);
  });

  it("answers EHOSTUNREACH for a number that is nobody's, and for one that is no number", () => {
    const server = new ServerPattern(new FakeHost());
    const [pipe] = attach(server, 1) as [FakePipe];
    const id = idOf(pipe);
    for (const wrong of ["\0\0\0\0", "", id.slice(1), `${id}x`]) {
      assertEquals(codeOf(() => server.send(parts(binary(wrong), "x"))), "EHOSTUNREACH");
    }
    pipe.leave(server);
    assertEquals(codeOf(() => server.send(parts(binary(id), "x"))), "EHOSTUNREACH");
  });

  it("waits for a peer that is full, and tells who waits when it has room or is gone", () => {
    const host = new FakeHost();
    const server = new ServerPattern(host);
    const [full, free] = attach(server, 2) as [FakePipe, FakePipe];
    full.capacity = 0;
    assertEquals([server.send(parts(full.routingId!, "x")), server.send(parts(free.routingId!, "y"))], [
      false,
      true,
    ]);
    const before = host.writables;
    full.makeRoom(1);
    assertEquals([host.writables, server.send(parts(full.routingId!, "x"))], [before + 1, true]);
    full.leave(server);
    assertEquals(host.writables, before + 2);
  });

  it("keeps the number of a peer that it connects to over a loss, and what a gone peer left", () => {
    const server = new ServerPattern(new FakeHost());
    const [pipe] = attach(server, 1) as [FakePipe];
    const id = idOf(pipe);
    server.lost(pipe);
    assert(server.send(parts(binary(id), "meanwhile")));
    pipe.come("last words");
    pipe.leave(server);
    assertEquals(received(server), [`${id} last words`]);
  });

  it("ends the connection to a peer, and to nobody with EHOSTUNREACH", () => {
    const server = new ServerPattern(new FakeHost());
    const [pipe] = attach(server, 1) as [FakePipe];
    server.disconnect(pipe.routingId!);
    assertEquals(pipe.terminations, [undefined]);
    const other = pipe.routingId!.slice();
    other[0]! ^= 1;
    assertEquals(codeOf(() => server.disconnect(other)), "EHOSTUNREACH");
  });

  it("hands on a copy of the number, which the program may write into", () => {
    const server = new ServerPattern(new FakeHost());
    const [pipe] = attach(server, 1) as [FakePipe];
    pipe.come("x");
    const [id] = server.receive()!;
    id!.fill(0);
    assertNotEquals(idOf(pipe), "\0\0\0\0");
  });
});

describe("SCATTER, GATHER, CLIENT and CHANNEL", () => {
  it("SCATTER goes round-robin and waits when nobody has room; what comes is dropped", () => {
    const host = new FakeHost();
    const scatter = new ScatterPattern(host);
    assertEquals([scatter.writable, scatter.send(parts("x"))], [false, false]);
    const [a, b] = attach(scatter, 2) as [FakePipe, FakePipe];
    for (const body of ["1", "2", "3", "4"]) assert(scatter.send(parts(body)));
    assertEquals([a.take(), b.take()], [["1", "3"], ["2", "4"]]);
    a.come("unasked");
    assertEquals([scatter.receive(), host.drops], [undefined, ["unexpected"]]);
  });

  it("GATHER and CLIENT are fair to their peers", () => {
    for (const pattern of [new GatherPattern(new FakeHost()), new ClientPattern(new FakeHost())]) {
      const pipes = attach(pattern, 3) as FakePipe[];
      for (const round of [1, 2]) for (const [i, pipe] of pipes.entries()) pipe.come(`${i}${round}`);
      const all = received(pattern);
      assertEquals(new Set(all.slice(0, 3).map((each) => each[0])).size, 3);
      assertEquals(all.toSorted(), ["01", "02", "11", "12", "21", "22"]);
    }
  });

  it("CHANNEL has one peer, refuses a second, and keeps what a gone one left", () => {
    const channel = new ChannelPattern(new FakeHost());
    const [first] = attach(channel, 1) as [FakePipe];
    assertEquals(channel.attach(new FakePipe(channel)), false);
    first.come("several", "parts");
    first.come("left");
    first.leave(channel);
    assert(channel.attach(new FakePipe(channel)));
    assertEquals(received(channel), ["left"]);
  });
});

describe("DGRAM", () => {
  it("takes an address and a body, nothing else, and hands both on", () => {
    const dgram = new DgramPattern(new FakeHost());
    const [pipe] = attach(dgram, 1) as [FakePipe];
    for (const wrong of [["x"], ["127.0.0.1:5", "x", "y"]]) {
      assertEquals(codeOf(() => dgram.send(parts(...wrong))), "EINVAL");
    }
    assert(dgram.send(parts("127.0.0.1:5", "body")));
    pipe.come("127.0.0.1:5\0", "answer");
    assertEquals([pipe.take(), received(dgram)], [["127.0.0.1:5 body"], ["127.0.0.1:5\0 answer"]]);
  });
});
