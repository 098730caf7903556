/**
 * ROUTER and STREAM: who is there, who has room, and names given by connect (rows "REQ/REP, DEALER/ROUTER" of libzmq's
 * own tests).
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, strictTest, test, texts, within } from "../interop/scope.ts";
import { type AnySocket, loose, zmq } from "../interop/subject.ts";
import { assertBytes } from "../support/bytes.ts";
import { arrange, queueGoes } from "./arrangements.ts";
import { hear, heardNow, takesNow } from "./exchange.ts";

/** What these tests set and ask besides. */
interface RouterLike extends AnySocket {
  notify: number;
  readonly peers: readonly { routingId: string; queuedOut: number; connected: boolean }[];
}

describe("ROUTER", () => {
  test("a DEALER with PROBE_ROUTER is known by [X, empty] before it has sent anything (LT-199)", async (scope) => {
    const router = scope.socket("Router");
    await router.bind(scope.address("tcp"));
    const dealer = scope.socket("Dealer", { probeRouter: true, routingId: "X" });
    dealer.connect(router.lastEndpoint!);
    assertEquals(await hear(router), ["X", ""]);
    await router.send(["X", "Hello"]);
    assertEquals(await hear(dealer), ["Hello"]);
    assertEquals(await heardNow(router), undefined);
  });

  // A program of libzmq's would notice only when it asks its socket for anything.
  strictTest(
    "tcp: what waits for a peer vanishes when it disconnects, and is not there when it is back (LT-238)",
    async (scope) => {
      const marks = { sendHighWaterMark: 5, receiveHighWaterMark: 5 };
      const arrangement = await arrange(scope, "tcp", ["Router", { ...marks, mandatory: true }], ["Dealer", {
        ...marks,
        routingId: "B",
      }]);
      await queueGoes(arrangement, "to", ["B"]);
    },
  );

  strictTest(
    "HWM 100: it takes messages for a peer that reads, not for one whose queue is full (LT-203)",
    async (scope) => {
      const { hub, others: [reads, idles] } = await arrange(scope, "tcp", ["Router", {
        mandatory: true,
        sendHighWaterMark: 100,
      }], ["Dealer", { routingId: "X" }, { routingId: "Y", receiveHighWaterMark: 100 }]);
      const router = hub as RouterLike;
      const body = new Uint8Array(100_000);
      router.sendTimeout = 200;
      let sent = 0;
      // The system's buffers on the way may grow for a while.
      for (let refused = 0; refused < 3;) {
        const full = await router.send(["Y", body]).then(() => false, ({ code }) => code === "EAGAIN");
        refused = full ? refused + 1 : 0;
        await router.send(["X", `${sent}`]);
        assertEquals(await hear(reads!), [`${sent++}`]);
      }
      assertGreater(sent, 100);
      assertEquals(await takesNow(router, ["Y", body]), false);
      assertEquals(await takesNow(router, ["X", "still"]), true);
      assertEquals(await hear(reads!), ["still"]);
      const waiting = new Map(router.peers.map(({ routingId, queuedOut }) => [routingId, queuedOut]));
      assertEquals([waiting.get("58"), waiting.get("59")], [0, 100]);
      // It reads, and has room again.
      router.sendTimeout = 5000;
      const again = router.send(["Y", "again"]);
      while ((await within(idles!.receive(), 5000, "a message"))[0]!.length > 5);
      await again;
    },
  );

  strictTest(
    "who is asked for wrongly: no socket, an unknown id, a DEALER, which has none to ask for (LT-204)",
    async (scope) => {
      const router = scope.socket("Router", { mandatory: true, sendTimeout: 0 }) as RouterLike;
      const dealer = scope.socket("Dealer", { routingId: "X" });
      await router.bind(scope.address("inproc"));
      dealer.connect(router.lastEndpoint!);
      assertEquals(
        (await failure(() => loose.Router.prototype.send.call(null, "x"))) instanceof TypeError,
        true,
      );
      assertEquals((await failure(() => router.send(["unknown", "x"]))).code, "EHOSTUNREACH");
      assertEquals(router.peers.map(({ routingId, connected }) => [routingId, connected]), [["58", true]]);
      // To a DEALER it is no id but the first part.
      await dealer.send(["unknown", "x"]);
      assertEquals(await hear(router), ["X", "unknown", "x"]);
      router.close();
      assertEquals((await failure(() => router.send(["X", "x"]))).code, "EBADF");
      assertEquals(router.peers, []);
    },
  );
});

describe("ROUTER_NOTIFY (test_router_notify)", () => {
  strictTest(
    "is 0, takes 1 to 3, stays what it is when -1 or 4 is EINVAL; of a DEALER it reads 0 and is EINVAL (LT-206)",
    async (scope) => {
      const router = scope.socket("Router") as RouterLike;
      assertEquals(router.notify, 0);
      for (const bits of [1, 2, 3, 0, 3]) {
        router.notify = bits;
        assertEquals(router.notify, bits);
      }
      for (const wrong of [-1, 4]) {
        assertEquals((await failure(() => router.notify = wrong)).code, "EINVAL");
        assertEquals(router.notify, 3);
      }
      const dealer = scope.own(new loose.Dealer());
      assertEquals((await failure(() => dealer.setInt32Option(97, 3))).code, "EINVAL");
      assertEquals(dealer.getInt32Option(97), 0);
      assertEquals((await failure(() => dealer.notify = 3)) instanceof TypeError, true);
      assertEquals("notify" in dealer, false);
    },
  );

  strictTest(
    "NOTIFY_DISCONNECT: [X, empty] comes when the peer has gone, behind what it sent (LT-208)",
    async (scope) => {
      for (const transport of ["tcp", "ipc", "ws", "inproc"] as const) {
        const router = scope.socket("Router", { notify: 2 });
        await router.bind(scope.address(transport));
        const dealer = new zmq.Dealer({ routingId: "X" });
        dealer.connect(router.lastEndpoint!);
        await dealer.send("Hello");
        await within(dealer[Symbol.asyncDispose](), 5000, "the end of the DEALER");
        assertEquals(await hear(router), ["X", "Hello"]);
        assertEquals(await hear(router), ["X", ""]);
        assertEquals(await heardNow(router), undefined);
      }
    },
  );
});

describe("CONNECT_ROUTING_ID (test_connect_rid)", () => {
  test("STREAM connects to a STREAM as conn1, is told of it by that name, and can send to it (LT-212)", async (scope) => {
    const [bound, connected] = [scope.socket("Stream"), scope.socket("Stream")];
    await bound.bind(scope.address("tcp"));
    connected.connect(bound.lastEndpoint!, { routingId: "conn1" });
    assertEquals(await hear(connected), ["conn1", ""]);
    const [id, nothing] = await within(bound.receive(), 5000, "the connection");
    assertEquals(nothing!.length, 0);
    await connected.send(["conn1", "hi"]);
    const [from, data] = await within(bound.receive(), 5000, "the data");
    assertBytes(from!, id!);
    assertEquals(texts([data!]), ["hi"]);
    await bound.send([id!, "hi yourself"]);
    assertEquals(await hear(connected), ["conn1", "hi yourself"]);
  });
});
