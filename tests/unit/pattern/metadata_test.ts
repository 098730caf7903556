/**
 * The metadata of authenticated peers on what patterns hand to the program: all frames have it, those that the
 * pattern itself adds included (libzmq's test_metadata), and nothing of it goes on to anybody else.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Message } from "../../../src/message/frame.ts";
import { DealerPattern } from "../../../src/pattern/dealer.ts";
import type { Pattern } from "../../../src/pattern/pattern.ts";
import { RadioPattern } from "../../../src/pattern/radio.ts";
import { RepPattern } from "../../../src/pattern/rep.ts";
import { RouterPattern } from "../../../src/pattern/router.ts";
import { ServerPattern } from "../../../src/pattern/server.ts";
import { XPubPattern } from "../../../src/pattern/xpub.ts";
import { octets } from "../../support/transcript.ts";
import { attach, FakeHost, type FakePipe, parts } from "./fakes.ts";

function user(id: string): Map<string, Uint8Array> {
  return new Map([["user-id", octets(id)]]);
}

/** A pattern with a peer that was authenticated and one that was not. */
function two<P extends Pattern>(pattern: P): { pattern: P; known: FakePipe; unknown: FakePipe } {
  const [known, unknown] = attach(pattern, 2);
  known!.metadata = user("anna");
  return { pattern, known: known!, unknown: unknown! };
}

function users(message: Message | undefined): (string | undefined)[] {
  return message!.map(({ userId }) => userId);
}

describe("Metadata of frames", () => {
  it("ROUTER: all three frames of a REQ message carry it (test_router_prefetch_metadata)", () => {
    const { pattern, known, unknown } = two(new RouterPattern(new FakeHost()));
    known.come("", "request");
    unknown.come("", "request");
    known.come("", "request");
    assertEquals(users(pattern.receive()), ["anna", "anna", "anna"]);
    assertEquals(users(pattern.receive()), [undefined, undefined, undefined]);
    assertEquals(users(pattern.receive()), ["anna", "anna", "anna"]);
  });

  it("ROUTER: what one connection sent keeps that connection's, whatever the next one's is", () => {
    const { pattern, known } = two(new RouterPattern(new FakeHost()));
    known.come("before");
    known.metadata = user("berta");
    known.come("after");
    known.metadata = undefined;
    known.come("at last");
    assertEquals(users(pattern.receive()), ["anna", "anna"]);
    assertEquals(users(pattern.receive()), ["berta", "berta"]);
    assertEquals(users(pattern.receive()), [undefined, undefined]);
  });

  it("SERVER: the body carries it, and the routing id before it", () => {
    const { pattern, known, unknown } = two(new ServerPattern(new FakeHost()));
    known.come("request");
    unknown.come("request");
    assertEquals(users(pattern.receive()), ["anna", "anna"]);
    assertEquals(users(pattern.receive()), [undefined, undefined]);
  });

  it("REP: each part of the request carries it", () => {
    const { pattern, known } = two(new RepPattern(new FakeHost()));
    known.come("hop", "", "a", "b");
    assertEquals(users(pattern.receive()), ["anna", "anna"]);
    assert(pattern.send(parts("reply")));
    assertEquals(known.take(), ["hop  reply"]);
  });

  it("DEALER: each part carries it", () => {
    const { pattern, known } = two(new DealerPattern(new FakeHost()));
    known.come("a", "b");
    assertEquals(users(pattern.receive()), ["anna", "anna"]);
  });

  it("XPUB: a notice carries that of the subscriber, and messages from one do", () => {
    const { pattern, known, unknown } = two(new XPubPattern(new FakeHost()));
    known.come("\x01topic");
    unknown.come("\x01other");
    known.come("upstream");
    known.come("\x00topic");
    assertEquals(users(pattern.receive()), ["anna"]);
    assertEquals(users(pattern.receive()), [undefined]);
    assertEquals(users(pattern.receive()), ["anna"]);
    assertEquals(users(pattern.receive()), ["anna"]);
  });

  it("RADIO: joins and leaves as ever for peers that are marked", () => {
    const { pattern, known, unknown } = two(new RadioPattern(new FakeHost()));
    known.joins(true, "g");
    unknown.joins(true, "g");
    known.joins(true, "h");
    known.joins(false, "g");
    assert(pattern.send(parts("g", "1")));
    assert(pattern.send(parts("h", "2")));
    assertEquals([known.take(), unknown.take()], [["h 2"], ["g 1"]]);
  });
});
