/**
 * What sockets say first on a connection (ZMQ_HELLO_MSG, ZMQ_PROBE_ROUTER) and what they are told of peers that come
 * and go (ZMQ_ROUTER_NOTIFY, ZMQ_DISCONNECT_MSG, ZMQ_HICCUP_MSG).
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ClientPattern } from "../../../src/pattern/client.ts";
import { DealerPattern } from "../../../src/pattern/dealer.ts";
import type { Pattern, PatternHost } from "../../../src/pattern/pattern.ts";
import { ReqPattern } from "../../../src/pattern/req.ts";
import { RouterPattern } from "../../../src/pattern/router.ts";
import { ServerPattern } from "../../../src/pattern/server.ts";
import { octets } from "../../support/transcript.ts";
import { FakeHost, FakePipe, peer, received } from "./fakes.ts";

const NOTIFY = { connect: 1, disconnect: 2 };

describe("helloMessage", () => {
  const types: Record<string, (host: PatternHost) => Pattern> = {
    ROUTER: (host) => new RouterPattern(host),
    DEALER: (host) => new DealerPattern(host),
    REQ: (host) => new ReqPattern(host),
    CLIENT: (host) => new ClientPattern(host),
    "SERVER and PEER": (host) => new ServerPattern(host),
  };
  for (const [name, make] of Object.entries(types)) {
    it(`${name}: is sent on each new connection, and before the probe`, () => {
      const pattern = make(new FakeHost({ helloMessage: octets("hello"), probeRouter: true }));
      const pipe = new FakePipe(pattern);
      pattern.attach(pipe);
      assertEquals(pipe.take(), []);
      pattern.ready(pipe, peer("X", "p"));
      assertEquals(pipe.take(), ["hello", ""]);
      pattern.lost(pipe);
      pattern.ready(pipe, peer("X", "p"));
      assertEquals(pipe.take(), ["hello", ""]);
    });
  }

  it("is not sent to a peer that is refused", () => {
    const router = new RouterPattern(new FakeHost({ helloMessage: octets("hello"), routerNotify: 3 }));
    const [, second] = [meet(router, "same"), meet(router, "same")];
    assertEquals(second.take(), []);
    router.lost(second);
    second.leave(router);
    assertEquals(received(router), ["same "]);
  });
});

describe("notify of a ROUTER", () => {
  it("tells of a peer before its messages when it connects, and behind them when it is lost", () => {
    const router = new RouterPattern(new FakeHost({ routerNotify: NOTIFY.connect | NOTIFY.disconnect }));
    for (const direction of ["bind", "connect"] as const) {
      const pipe = meet(router, direction, direction);
      pipe.come("message");
      router.lost(pipe);
      pipe.leave(router);
      assertEquals(received(router), [`${direction} `, `${direction} message`, `${direction} `]);
    }
  });

  it("tells of what its bits say, and of nothing by default", () => {
    const told = [0, NOTIFY.connect, NOTIFY.disconnect].map((routerNotify) => {
      const router = new RouterPattern(new FakeHost({ routerNotify }));
      const pipe = meet(router, "p");
      const before = received(router);
      router.lost(pipe);
      return [before, received(router)];
    });
    assertEquals(told, [[[], []], [["p "], []], [[], ["p "]]]);
  });

  it("says nothing of a peer whose id another one has taken over, as libzmq", () => {
    const router = new RouterPattern(
      new FakeHost({ routerNotify: 3, disconnectMessage: octets("gone"), handover: true }),
    );
    const [old, fresh] = [meet(router, "p"), meet(router, "p")];
    assertEquals(received(router), ["p ", "p "]);
    router.lost(old);
    old.leave(router);
    assertEquals(received(router), []);
    router.lost(fresh);
    fresh.leave(router);
    assertEquals(received(router), ["p ", "p gone"]);
  });
});

describe("disconnectMessage and hiccupMessage", () => {
  const both = { disconnectMessage: octets("gone"), hiccupMessage: octets("hiccup") };

  it("the first is for peers that were accepted, the second for those that are connected to again", () => {
    for (
      const make of [
        (host: PatternHost) => new ServerPattern(host),
        (host: PatternHost) => new DealerPattern(host),
      ]
    ) {
      const told = (["bind", "connect"] as const).map((direction) => {
        const pattern = make(new FakeHost(both));
        const pipe = meet(pattern, "p", direction);
        pipe.come("last words");
        pattern.lost(pipe);
        if (direction === "bind") pipe.leave(pattern);
        return received(pattern).map((message) => message.split(" ").at(-1));
      });
      assertEquals(told, [["words", "gone"], ["words", "hiccup"]]);
    }
  });

  it("a relation that is over for good is no hiccup, and an end of our own wish no disconnect", () => {
    const dealer = new DealerPattern(new FakeHost(both));
    const over = meet(dealer, "p", "connect");
    over.closed = true;
    dealer.lost(over);
    const server = new ServerPattern(new FakeHost(both));
    meet(server, "p").leave(server);
    assertEquals([received(dealer), received(server)], [[], []]);
  });

  it("of a reader who reads nothing one more than the high-water mark is kept, the rest is dropped and counted", () => {
    const host = new FakeHost(both);
    const dealer = new DealerPattern(host);
    const pipe = new FakePipe(dealer, 3);
    pipe.origin = { endpoint: "", direction: "connect" };
    dealer.attach(pipe);
    for (let i = 0; i < 10; i++) {
      dealer.ready(pipe, peer("ROUTER"));
      dealer.lost(pipe);
    }
    assertEquals([received(dealer).length, host.drops], [4, Array(6).fill("full")]);
  });

  it("what the program gets is its own: the option stays what it is", () => {
    const dealer = new DealerPattern(new FakeHost(both));
    const pipe = meet(dealer, "p", "connect");
    dealer.lost(pipe);
    dealer.receive()![0]!.fill(0);
    dealer.lost(pipe);
    assertEquals(received(dealer), ["hiccup"]);
  });
});

function meet(pattern: Pattern, routingId: string, direction: "bind" | "connect" = "bind"): FakePipe {
  const pipe = new FakePipe(pattern);
  pipe.origin = { endpoint: "", direction };
  pattern.attach(pipe);
  pattern.ready(pipe, peer("X", routingId));
  return pipe;
}
