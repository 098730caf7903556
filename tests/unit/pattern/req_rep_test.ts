import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DealerPattern } from "../../../src/pattern/dealer.ts";
import { RepPattern } from "../../../src/pattern/rep.ts";
import { ReqPattern } from "../../../src/pattern/req.ts";
import { octets } from "../../support/transcript.ts";
import { attach, FakeHost, parts, received } from "./fakes.ts";
import type { FakePipe } from "./fakes.ts";

describe("REQ", () => {
  it("puts an empty delimiter before the request and takes it off the reply", () => {
    const req = new ReqPattern(new FakeHost());
    const [pipe] = attach(req, 1) as [FakePipe];
    assert(req.send(parts("a", "b")));
    assertEquals(pipe.sent, [["", "a", "b"]]);
    pipe.come("", "r", "", "s");
    assertEquals(received(req), ["r  s"]);
  });

  it("sends and receives strictly in turn; EFSM out of turn", () => {
    const req = new ReqPattern(new FakeHost());
    const [pipe] = attach(req, 1) as [FakePipe];
    assertEquals([req.receive(), req.receiveRefusal(), req.writable], [undefined, "EFSM", true]);
    assert(req.send(parts("1")));
    assertEquals([req.send(parts("2")), req.sendRefusal(), req.writable], [false, "EFSM", false]);
    assertEquals([req.receive(), req.receiveRefusal()], [undefined, "EAGAIN"]);
    pipe.come("", "r");
    assertEquals([req.readable, received(req), req.writable], [true, ["r"], true]);
    assertEquals(pipe.sent.length, 1);
  });

  it("tells its host that it may send again when the reply was received", () => {
    const host = new FakeHost();
    const req = new ReqPattern(host);
    const [pipe] = attach(req, 1) as [FakePipe];
    req.send(parts("1"));
    pipe.come("", "r");
    const before = host.writables;
    received(req);
    assertEquals(host.writables, before + 1);
  });

  it("requests go to the peers in turn, and only the last one asked is listened to", () => {
    const host = new FakeHost();
    const req = new ReqPattern(host);
    const [a, b] = attach(req, 2) as [FakePipe, FakePipe];
    req.send(parts("1"));
    b.come("", "not asked");
    assertEquals([req.readable, host.drops], [false, ["unexpected"]]);
    a.come("", "asked");
    assertEquals(received(req), ["asked"]);
    req.send(parts("2"));
    assertEquals([a.sent.length, b.sent.length], [1, 1]);
  });

  it("replies that came before the request was sent are not taken for its own", () => {
    const req = new ReqPattern(new FakeHost());
    const [pipe] = attach(req, 1) as [FakePipe];
    pipe.come("", "early");
    assertEquals(req.readable, false);
    req.send(parts("1"));
    assertEquals(req.readable, false);
    pipe.come("", "late");
    assertEquals(received(req), ["late"]);
  });

  it("a second reply to the same request is dropped", () => {
    const host = new FakeHost();
    const req = new ReqPattern(host);
    const [pipe] = attach(req, 1) as [FakePipe];
    req.send(parts("1"));
    pipe.come("", "r1");
    pipe.come("", "r2");
    assertEquals(received(req), ["r1"]);
    req.send(parts("2"));
    assertEquals(req.readable, false);
    pipe.come("", "r3");
    assertEquals(received(req), ["r3"]);
  });

  it("a reply without its envelope ends the connection, as in libzmq", () => {
    for (const reply of [["r"], [""], ["x", "", "r"]]) {
      const req = new ReqPattern(new FakeHost());
      const [pipe] = attach(req, 1) as [FakePipe];
      req.send(parts("1"));
      pipe.come(...reply);
      assertEquals([req.readable, pipe.terminations.length], [false, 1], reply.join());
    }
  });

  it("a reply that had arrived still counts when its peer has gone", () => {
    const req = new ReqPattern(new FakeHost());
    const [pipe] = attach(req, 1) as [FakePipe];
    req.send(parts("1"));
    pipe.come("", "r");
    pipe.leave(req);
    assertEquals(received(req), ["r"]);
  });

  it("a reply under a number that was not asked for is dropped, as in libzmq", () => {
    const req = new ReqPattern(new FakeHost());
    const [pipe] = attach(req, 1) as [FakePipe];
    req.send(parts("1"));
    pipe.come("1234", "", "r");
    assertEquals([req.readable, pipe.terminations.length], [false, 0]);
    pipe.come("", "r");
    assertEquals(received(req), ["r"]);
  });

  it("relaxed: may ask again, and the reply to the first request is no longer wanted from another peer (RR-4)", () => {
    const req = new ReqPattern(new FakeHost({ relaxed: true }));
    const [a, b] = attach(req, 2) as [FakePipe, FakePipe];
    req.send(parts("1"));
    assertEquals([req.writable, req.send(parts("2"))], [true, true]);
    a.come("", "to 1");
    b.come("", "to 2");
    assertEquals(received(req), ["to 2"]);
    assert(req.send(parts("3")));
    assertEquals([a.sent.length, b.sent.length], [2, 1]);
  });

  it("relaxed without a peer that has room is EAGAIN, and the first request stays", () => {
    const req = new ReqPattern(new FakeHost({ relaxed: true }));
    const [a] = attach(req, 1) as [FakePipe];
    a.capacity = 1;
    req.send(parts("1"));
    assertEquals([req.send(parts("2")), req.sendRefusal()], [false, "EAGAIN"]);
    a.come("", "to 1");
    assertEquals(received(req), ["to 1"]);
  });

  it("correlate: a number of four octets goes before the delimiter, another for each request", () => {
    const req = new ReqPattern(new FakeHost({ correlate: true }));
    const [pipe] = attach(req, 1) as [FakePipe];
    const ids = new Set<string>();
    for (let i = 0; i < 10; i++) {
      req.send(parts("q"));
      const [id, delimiter, body] = pipe.sent.at(-1)!;
      assertEquals([id!.length, delimiter, body], [4, "", "q"]);
      ids.add(id!);
      pipe.come(Uint8Array.from(id!, (unit) => unit.charCodeAt(0)), "", "r");
      assertEquals(received(req), ["r"]);
    }
    assertEquals(ids.size, 10);
  });

  it("correlate and relaxed: replies to earlier requests of the same peer are dropped", () => {
    const host = new FakeHost({ correlate: true, relaxed: true });
    const req = new ReqPattern(host);
    const [pipe] = attach(req, 1) as [FakePipe];
    req.send(parts("1"));
    req.send(parts("2"));
    const [first, second] = pipe.sent.map(([id]) => Uint8Array.from(id!, (unit) => unit.charCodeAt(0)));
    pipe.come(first!, "", "to 1");
    pipe.come("", "no number");
    assertEquals(req.readable, false);
    pipe.come(second!, "", "to 2");
    assertEquals([received(req), pipe.terminations.length], [["to 2"], 0]);
  });
});

describe("REP", () => {
  it("takes the envelope off the request and puts it back before the reply", () => {
    const rep = new RepPattern(new FakeHost());
    const [pipe] = attach(rep, 1) as [FakePipe];
    pipe.come("", "a");
    assertEquals(rep.receive()!.map(String), ["a"]);
    assert(rep.send(parts("r", "s")));
    pipe.come("X", "Y", "", "b", "", "c");
    assertEquals(rep.receive()!.map(String), ["b", "", "c"]);
    rep.send(parts("t"));
    assertEquals(pipe.sent, [["", "r", "s"], ["X", "Y", "", "t"]]);
  });

  it("receives and sends strictly in turn; EFSM out of turn", () => {
    const rep = new RepPattern(new FakeHost());
    const [pipe] = attach(rep, 1) as [FakePipe];
    assertEquals([rep.send(parts("r")), rep.sendRefusal(), rep.receiveRefusal()], [false, "EFSM", "EAGAIN"]);
    pipe.come("", "1");
    pipe.come("", "2");
    assert(rep.receive() !== undefined);
    assertEquals([rep.receive(), rep.receiveRefusal(), rep.readable, rep.writable], [
      undefined,
      "EFSM",
      false,
      true,
    ]);
    rep.send(parts("r"));
    assertEquals([rep.readable, received(rep)], [true, ["2"]]);
  });

  it("tells its host of the requests that waited for the reply to the one before", () => {
    const host = new FakeHost();
    const rep = new RepPattern(host);
    const [pipe] = attach(rep, 1) as [FakePipe];
    pipe.come("", "1");
    pipe.come("", "2");
    rep.receive();
    const before = host.readables;
    rep.send(parts("r"));
    assertEquals(host.readables, before + 1);
  });

  it("requests are fair-queued, and each reply goes to who asked", () => {
    const rep = new RepPattern(new FakeHost());
    const pipes = attach(rep, 3);
    pipes.forEach((pipe, i) => ["1", "2"].forEach((n) => pipe.come("", `${"abc"[i]}${n}`)));
    for (let i = 0; i < 6; i++) rep.send([rep.receive()![0]!]);
    assertEquals(pipes.map((pipe) => pipe.take()), [[" a1", " a2"], [" b1", " b2"], [" c1", " c2"]]);
  });

  it("the reply to a peer that has gone, before or after it was received, is dropped", () => {
    for (const late of [false, true]) {
      const host = new FakeHost();
      const rep = new RepPattern(host);
      const [pipe, other] = attach(rep, 2) as [FakePipe, FakePipe];
      pipe.come("", "1");
      if (!late) pipe.leave(rep);
      rep.receive();
      if (late) pipe.leave(rep);
      assertEquals([rep.send(parts("r")), host.drops], [true, ["unroutable"]]);
      assertEquals([pipe.sent, other.sent], [[], []]);
      other.come("", "2");
      assertEquals(received(rep), ["2"]);
    }
  });

  it("never blocks on a peer that is full: the reply is dropped", () => {
    const host = new FakeHost();
    const rep = new RepPattern(host);
    const [pipe] = attach(rep, 1) as [FakePipe];
    pipe.come("", "1");
    rep.receive();
    pipe.capacity = 0;
    assertEquals([rep.send(parts("r")), host.drops], [true, ["full"]]);
  });

  it("requests without a delimiter, or with nothing behind it, are dropped", () => {
    const host = new FakeHost();
    const rep = new RepPattern(host);
    const [pipe] = attach(rep, 1) as [FakePipe];
    pipe.come("no delimiter");
    pipe.come("a", "b");
    pipe.come("id", "");
    pipe.come("");
    pipe.come("", "");
    assertEquals(rep.receive()!.map(String), [""]);
    assertEquals(host.drops.length, 4);
  });
});

describe("DEALER", () => {
  it("says to everybody it meets an empty message, if it is to probe", () => {
    const dealer = new DealerPattern(new FakeHost({ probeRouter: true }));
    const [pipe] = attach(dealer, 1) as [FakePipe];
    assertEquals(pipe.sent, [[""]]);
  });

  it("adds and takes off nothing", () => {
    const dealer = new DealerPattern(new FakeHost());
    const [pipe] = attach(dealer, 1) as [FakePipe];
    dealer.send([octets(""), octets("a")]);
    pipe.come("", "b");
    assertEquals([pipe.sent, dealer.receive()!.map(String)], [[["", "a"]], ["", "b"]]);
  });
});
