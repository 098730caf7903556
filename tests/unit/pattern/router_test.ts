import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError } from "../../../src/base/errors.ts";
import { PairPattern } from "../../../src/pattern/pair.ts";
import { RouterPattern } from "../../../src/pattern/router.ts";
import { RoutingTable } from "../../../src/pattern/routing_table.ts";
import { StreamPattern } from "../../../src/pattern/stream.ts";
import type { Pattern } from "../../../src/pattern/pattern.ts";
import { octets } from "../../support/transcript.ts";
import { Random } from "../../support/reference.ts";
import { attach, FakeHost, FakePipe, parts, peer, received } from "./fakes.ts";

function named(pattern: Pattern, routingId: string, connectRoutingId?: string): FakePipe {
  const pipe = new FakePipe(pattern);
  if (connectRoutingId !== undefined) pipe.connectRoutingId = octets(connectRoutingId);
  assert(pattern.attach(pipe));
  assert(pattern.ready(pipe, peer("DEALER", routingId)));
  return pipe;
}

describe("ROUTER", () => {
  it("puts the sender's routing id before what comes and takes the receiver's off what goes", () => {
    const router = new RouterPattern(new FakeHost());
    const [a, b] = [named(router, "A"), named(router, "B")];
    a.come("", "from a");
    b.come("from b");
    assertEquals(received(router), ["A  from a", "B from b"]);
    router.send(parts("B", "", "to b"));
    assertEquals([a.sent, b.sent], [[], [["", "to b"]]]);
  });

  it("peers without an id get one of five octets that begins with zero, each another", () => {
    const router = new RouterPattern(new FakeHost());
    const ids = attach(router, 50).map((pipe) => {
      pipe.come("x");
      return router.receive()![0]!;
    });
    assertEquals(new Set(ids.map((id) => id.toString("hex"))).size, 50);
    for (const id of ids) assertEquals([id.length, id[0]], [5, 0]);
  });

  it("the id that a program receives is its own: writing into it changes nothing", () => {
    const router = new RouterPattern(new FakeHost());
    const a = named(router, "A");
    a.come("1");
    router.receive()![0]!.fill(0x42);
    router.send(parts("A", "reply"));
    a.come("2");
    assertEquals([a.sent, received(router)], [[["reply"]], ["A 2"]]);
  });

  it("messages to nobody, and to peers that are full, are dropped", () => {
    const host = new FakeHost();
    const router = new RouterPattern(host);
    const a = named(router, "A");
    a.capacity = 0;
    assertEquals([router.send(parts("X", "x")), router.send(parts("A", "x"))], [true, true]);
    assertEquals([host.drops, a.sent], [["unroutable", "full"], []]);
  });

  it("an id alone is no message", () => {
    const router = new RouterPattern(new FakeHost());
    const a = named(router, "A");
    assertEquals([router.send(parts("A")), a.sent], [true, []]);
    router.send(parts("A", ""));
    assertEquals(a.sent, [[""]]);
  });

  it("mandatory: EHOSTUNREACH for nobody, EAGAIN for a peer that is full", () => {
    const router = new RouterPattern(new FakeHost({ mandatory: true }));
    assertEquals([router.send(parts("X", "x")), router.sendRefusal(parts("X", "x"))], [
      false,
      "EHOSTUNREACH",
    ]);
    const a = named(router, "A");
    const error = assertThrows(() => router.send(parts("X", "x")), ZmqError) as ZmqError;
    assertEquals(error.code, "EHOSTUNREACH");
    a.capacity = 0;
    assertEquals([router.send(parts("A", "x")), router.sendRefusal(parts("A", "x"))], [false, "EAGAIN"]);
    assertEquals(router.writable, false);
    a.makeRoom(1);
    assertEquals([router.writable, router.send(parts("A", "x"))], [true, true]);
  });

  it("a second peer of the same id is refused and the first stays", () => {
    const router = new RouterPattern(new FakeHost());
    const first = named(router, "A");
    const second = new FakePipe(router);
    assert(router.attach(second));
    assertEquals(router.ready(second, peer("DEALER", "A")), false);
    second.leave(router);
    router.send(parts("A", "x"));
    assertEquals([first.sent.length, second.sent.length, first.terminations.length], [1, 0, 0]);
  });

  it("handover: the second takes the id and the first is ended", () => {
    const router = new RouterPattern(new FakeHost({ handover: true }));
    const first = named(router, "A");
    const second = named(router, "A");
    assertEquals([first.terminations.length, second.terminations.length], [1, 0]);
    router.send(parts("A", "x"));
    first.leave(router);
    router.send(parts("A", "y"));
    assertEquals([first.sent.length, second.take()], [0, ["x", "y"]]);
  });

  it("an id is free again when its peer has gone; what that peer left is received under its id", () => {
    const router = new RouterPattern(new FakeHost());
    const first = named(router, "A");
    first.come("left");
    first.leave(router);
    const second = named(router, "A");
    second.come("new");
    assertEquals(received(router), ["A left", "A new"]);
    router.send(parts("A", "x"));
    assertEquals([first.sent.length, second.sent.length], [0, 1]);
  });

  it("a peer that connect named can be sent to before it is there, and keeps that name", () => {
    const router = new RouterPattern(new FakeHost({ mandatory: true }));
    const pipe = new FakePipe(router);
    pipe.connectRoutingId = octets("mine");
    assert(router.attach(pipe));
    assert(router.send(parts("mine", "early")));
    assert(router.ready(pipe, peer("ROUTER", "its own")));
    pipe.come("x");
    assertEquals([pipe.sent, received(router)], [[["early"]], ["mine x"]]);
  });

  it("a peer that comes back keeps its id; one that comes back under another has that", () => {
    const router = new RouterPattern(new FakeHost());
    const pipe = named(router, "A");
    assert(router.ready(pipe, peer("DEALER", "A")));
    assert(router.ready(pipe, peer("DEALER", "B")));
    router.send(parts("A", "old"));
    router.send(parts("B", "new"));
    assertEquals(pipe.take(), ["new"]);
  });

  it("probes the peers that it meets, if it is to", () => {
    const router = new RouterPattern(new FakeHost({ probeRouter: true }));
    assertEquals(named(router, "A").sent, [[""]]);
  });
});

describe("RoutingTable", () => {
  it("generates an id that nobody has, though the generator repeats itself", () => {
    const values = [[1, 1, 1, 1], [1, 1, 1, 1], [2, 2, 2, 2]];
    const table = new RoutingTable(() => Uint8Array.from(values.shift()!));
    const host = new FakeHost();
    const pipe = new FakePipe(new RouterPattern(host));
    table.add(pipe, table.generate());
    assertEquals([...table.generate()], [0, 2, 2, 2, 2]);
  });

  it("finds who is there and nobody else, at random", () => {
    const random = new Random(8);
    const table = new RoutingTable((length) => random.octets(length));
    const twin = new Map<number, FakePipe>();
    const pattern = new RouterPattern(new FakeHost());
    for (let step = 0; step < 3000; step++) {
      const id = random.below(20);
      const routingId = octets(`peer ${id}`);
      if (random.chance(0.3) && !twin.has(id)) {
        const pipe = new FakePipe(pattern);
        table.add(pipe, routingId);
        twin.set(id, pipe);
      } else if (random.chance(0.3) && twin.has(id)) {
        table.remove(twin.get(id)!);
        twin.delete(id);
      }
      assertEquals(table.find(routingId) === twin.get(id), true);
      assertEquals(table.size, twin.size);
    }
  });
});

describe("STREAM", () => {
  it("tells of each connection that comes and goes by an empty message under its id", () => {
    const stream = new StreamPattern(new FakeHost());
    const pipe = new FakePipe(stream);
    stream.attach(pipe);
    stream.ready(pipe);
    pipe.come("data");
    stream.lost(pipe);
    pipe.leave(stream);
    const messages = [stream.receive()!, stream.receive()!, stream.receive()!];
    assertEquals(messages.map(([, body]) => String(body)), ["", "data", ""]);
    assertEquals(new Set(messages.map(([id]) => id!.toString("hex"))).size, 1);
    assertEquals(stream.receive(), undefined);
  });

  it("tells nothing with notify off", () => {
    const stream = new StreamPattern(new FakeHost({ notify: false }));
    const pipe = new FakePipe(stream);
    stream.attach(pipe);
    stream.ready(pipe);
    stream.lost(pipe);
    assertEquals(stream.receive(), undefined);
  });

  it("sends data to the peer named, ends its connection for no data, EHOSTUNREACH for nobody", () => {
    const stream = new StreamPattern(new FakeHost());
    const pipe = new FakePipe(stream);
    pipe.connectRoutingId = octets("peer");
    stream.attach(pipe);
    assert(stream.send(parts("peer", "data")));
    assertEquals(pipe.sent, [["data"]]);
    assert(stream.send(parts("peer", "")));
    assertEquals(pipe.terminations, [undefined]);
    assertEquals(
      (assertThrows(() => stream.send(parts("x", "y")), ZmqError) as ZmqError).code,
      "EHOSTUNREACH",
    );
    assertEquals(
      (assertThrows(() => stream.send(parts("peer", "y", "z")), ZmqError) as ZmqError).code,
      "EINVAL",
    );
  });

  it("waits for a peer that is full, and loses nothing", () => {
    const host = new FakeHost();
    const stream = new StreamPattern(host);
    const pipe = new FakePipe(stream);
    pipe.connectRoutingId = octets("peer");
    stream.attach(pipe);
    pipe.capacity = 0;
    assertEquals([stream.send(parts("peer", "x")), stream.sendRefusal(parts("peer", "x"))], [
      false,
      "EAGAIN",
    ]);
    const before = host.writables;
    pipe.makeRoom(1);
    assertEquals([host.writables > before, stream.send(parts("peer", "x"))], [true, true]);
  });
});

describe("PAIR", () => {
  it("has one peer at a time; the next is taken when that one has gone", () => {
    const pair = new PairPattern(new FakeHost());
    const first = new FakePipe(pair);
    const second = new FakePipe(pair);
    assertEquals([pair.attach(first), pair.attach(second)], [true, false]);
    second.leave(pair);
    pair.send(parts("a"));
    first.leave(pair);
    assertEquals([pair.writable, pair.send(parts("b"))], [false, false]);
    const third = new FakePipe(pair);
    assertEquals(pair.attach(third), true);
    pair.send(parts("c"));
    assertEquals([first.take(), second.take(), third.take()], [["a"], [], ["c"]]);
  });

  it("what the last peer left is received before what the next one sends", () => {
    const pair = new PairPattern(new FakeHost());
    const first = new FakePipe(pair);
    pair.attach(first);
    first.come("1");
    first.come("2");
    first.leave(pair);
    const next = new FakePipe(pair);
    pair.attach(next);
    next.come("3");
    assertEquals([pair.readable, received(pair), pair.readable], [true, ["1", "2", "3"], false]);
  });

  it("messages of a peer that was refused are not received", () => {
    const host = new FakeHost();
    const pair = new PairPattern(host);
    pair.attach(new FakePipe(pair));
    const refused = new FakePipe(pair);
    pair.attach(refused);
    refused.come("x");
    assertEquals([pair.readable, pair.receive(), host.readables], [false, undefined, 0]);
  });
});
