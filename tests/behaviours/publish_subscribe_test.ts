/**
 * PUB, SUB, XPUB and XSUB: topics and how many there are, subscriptions that a program decides on, and a proxy under
 * back-pressure (rows "PUB/SUB" of libzmq's own tests).
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type AnyTransport, type Scope, strictTest, test, until, within } from "../interop/scope.ts";
import { type AnySocket, loose, type SocketName, zmq } from "../interop/subject.ts";
import { carry, drain, fill, hear, heardNow, queued } from "./exchange.ts";

/** An XPUB, and what it is told. */
interface XPublisherLike extends AnySocket {
  verbosity: null | "allSubs" | "allSubsUnsubs";
  readonly topicsCount: number;
}

describe("PUB and SUB (test_pubsub)", () => {
  for (const transport of ["tcp", "ipc", "ws", "inproc"] as const) {
    test(`${transport}: SUB that wants everything gets what PUB sends (LT-255)`, async (scope) => {
      const pub = scope.socket("Publisher");
      const sub = scope.socket("Subscriber");
      sub.subscribe("");
      await sub.bind(scope.address(transport));
      pub.connect(sub.lastEndpoint!);
      const first = sub.receive();
      // Until the subscription has arrived PUB drops what it sends.
      let known = false;
      void first.then(() => known = true, () => {});
      await until("the subscription has arrived", async () => {
        if (!known) await pub.send("sync");
        return known;
      });
      assertEquals(String(await first), "sync");
      await pub.send("test");
      let heard: string[];
      do heard = await hear(sub); while (heard[0] === "sync");
      assertEquals(heard, ["test"]);
    });
  }

  for (const transport of ["tcp", "inproc"] as const) {
    strictTest(
      `${transport}: TOPICS_COUNT is 3, 2 and 0 on both sides as independent prefixes come and go (LT-257)`,
      async (scope) => {
        const [pub, sub] = await joined(scope, transport, ["Publisher"], ["Subscriber"]) as unknown as [
          XPublisherLike,
          XPublisherLike,
        ];
        const both = (count: number): Promise<void> => {
          assertEquals(sub.topicsCount, count);
          return until(`PUB knows of ${count}`, () => pub.topicsCount === count);
        };
        await both(0);
        sub.subscribe("topicprefix1", "topicprefix2", "topicprefix3");
        await both(3);
        sub.unsubscribe("topicprefix1");
        await both(2);
        sub.unsubscribe("topicprefix2", "topicprefix3");
        await both(0);
      },
    );
  }
});

describe("XPUB_MANUAL (test_xpub_manual)", () => {
  strictTest(
    "A and B are mapped to XA and XB; A's end takes XA, and closing the SUB tells B's (LT-265)",
    (scope) => mapsTopics(scope, { manual: true }),
  );

  strictTest(
    "two subscriptions of two SUBs, one soon after the other, are both kept (LT-267)",
    async (scope) => {
      for (const transport of ["tcp", "inproc"] as const) {
        const xpub = await bound(scope, transport, { manual: true });
        const subs = [scope.socket("Subscriber"), scope.socket("Subscriber")];
        for (const [number, sub] of subs.entries()) {
          sub.connect(xpub.lastEndpoint!);
          sub.subscribe(`topic${number}`);
        }
        // Both have come before either is confirmed: a decision is about the one that was received last.
        await queued(xpub, 2);
        for (let number = 0; number < 2; number++) xpub.subscribe((await hear(xpub))[0]!.slice(1));
        for (const [number, sub] of subs.entries()) await carry(xpub, sub, [`topic${number}`]);
        for (const sub of subs) assertEquals(await heardNow(sub), undefined);
      }
    },
  );
});

describe("ONLY_FIRST_SUBSCRIBE (test_user_message_multi)", () => {
  strictTest(
    "parts behind the first that begin with 00 or 01 are a user's, and subscribe to nothing (LT-270)",
    async (scope) => {
      const [xpub, xsub] = await joined(scope, "tcp", ["XPublisher", { onlyFirstSubscribe: true }], [
        "XSubscriber",
        {
          onlyFirstSubscribe: true,
        },
      ]) as [XPublisherLike, AnySocket];
      for (const message of [["\x02common", "\x01A", "\x00B"], ["common", "\x00A", "\x01B", "end"]]) {
        await carry(xsub, xpub, message);
        assertEquals(xpub.topicsCount, 0);
      }
      await carry(xsub, xpub, ["\x01A"]);
      assertEquals(xpub.topicsCount, 1);
      await carry(xsub, xpub, ["common", "\x00A"]);
      assertEquals(xpub.topicsCount, 1);
      await carry(xpub, xsub, ["A"]);
    },
  );
});

describe("XPUB_MANUAL_LAST_VALUE (test_xpub_manual_last_value)", () => {
  strictTest(
    "a subscription to A is confirmed as B: what is sent to B arrives, and what to A does not (LT-271)",
    async (scope) => {
      const [xpub, xsub] = await joined(scope, "inproc", ["XPublisher", { manualLastValue: true }], [
        "XSubscriber",
      ]);
      await carry(xsub, xpub, ["\x01A"]);
      xpub.subscribe("B");
      await xpub.send("A");
      await xpub.send("B");
      assertEquals(await hear(xsub), ["B"]);
      assertEquals(await heardNow(xsub), undefined);
    },
  );

  strictTest(
    "A and B are mapped to XA and XB; A's end takes XA, and closing the SUB tells B's (LT-272)",
    (scope) => mapsTopics(scope, { manualLastValue: true }),
  );

  strictTest(
    "behind a proxy, the two parts of a message go to the last subscriber alone; ends as with manual (LT-273)",
    async (scope) => {
      const xpub = await bound(scope, "tcp", { manualLastValue: true });
      const xsub = scope.socket("XSubscriber");
      await xsub.bind(scope.address("tcp"));
      const pub = scope.socket("Publisher") as XPublisherLike;
      pub.connect(xsub.lastEndpoint!);
      const subs: AnySocket[] = [];
      for (let number = 0; number < 2; number++) {
        const sub = scope.socket("Subscriber");
        sub.connect(xpub.lastEndpoint!);
        sub.subscribe("1");
        // The program between hands on what is new.
        assertEquals(await hear(xpub), ["\x011"]);
        xpub.subscribe("1");
        await xsub.send("\x011");
        subs.push(sub);
      }
      await until("PUB knows of it", () => pub.topicsCount === 1);
      const [first, last] = subs;
      const pass = async (parts: string[]): Promise<void> => {
        await carry(pub, xsub, parts);
        await xpub.send(parts);
      };
      await pass(["1", "X"]);
      assertEquals(await hear(last!), ["1", "X"]);
      await pass(["1", "Y"]);
      for (const sub of subs) assertEquals(await hear(sub), ["1", "Y"]);

      for (const sub of [first!, last!]) {
        sub.disconnect(xpub.lastEndpoint!);
        assertEquals(await hear(xpub), ["\x001"]);
        xpub.unsubscribe("1");
        await xsub.send("\x001");
      }
      await until("PUB knows that nobody is left", () => pub.topicsCount === 0);
      assertEquals(xpub.topicsCount, 0);
      await pub.send(["1", "Z"]);
      await xpub.send(["1", "Z"]);
      for (const sub of subs) assertEquals(await heardNow(sub), undefined);
      assertEquals(await heardNow(xsub), undefined);
    },
  );

  strictTest(
    "the topics of a SUB that was closed are gone; one that comes later gets its own alone (LT-275)",
    async (scope) => {
      for (const transport of ["tcp", "inproc"] as const) {
        const [xpub, xsub] = await joined(scope, transport, ["XPublisher", { manualLastValue: true }], [
          "XSubscriber",
        ]) as [
          XPublisherLike,
          AnySocket,
        ];
        for (const topic of ["A", "B"]) {
          await carry(xsub, xpub, [`\x01${topic}`]);
          xpub.subscribe(`X${topic}`);
        }
        assertEquals(xpub.topicsCount, 2);
        xsub.close();
        const ends = [await hear(xpub), await hear(xpub)].map(String);
        assertEquals(ends.sort(), ["\x00A", "\x00B"]);
        assertEquals(xpub.topicsCount, 0);
        const later = scope.socket("XSubscriber");
        later.connect(xpub.lastEndpoint!);
        await carry(later, xpub, ["\x01C"]);
        xpub.subscribe("XC");
        for (const text of ["XA", "XB", "XC"]) await xpub.send(text);
        // The first message behind a subscription is for its subscriber alone, who does not want it.
        assertEquals(await hear(later), ["XC"]);
        assertEquals(await heardNow(later), undefined);
        later.close();
        assertEquals(await hear(xpub), ["\x00C"]);
      }
    },
  );
});

describe("XPUB_VERBOSE (test_xpub_verbose)", () => {
  test("a second SUB's equal subscription is hidden, then shown with VERBOSE; both get each message once (LT-280)", async (scope) => {
    const xpub = await bound(scope, "inproc", {});
    const subs = [scope.socket("Subscriber"), scope.socket("Subscriber")];
    for (const sub of subs) sub.connect(xpub.lastEndpoint!);
    subs[0]!.subscribe("A");
    assertEquals(await hear(xpub), ["\x01A"]);
    subs[1]!.subscribe("A");
    assertEquals(await heardNow(xpub), undefined);
    subs[1]!.subscribe("B");
    assertEquals(await hear(xpub), ["\x01B"]);
    xpub.verbosity = "allSubs";
    subs[0]!.subscribe("B");
    assertEquals(await hear(xpub), ["\x01B"]);
    for (const topic of ["A", "B"]) {
      await xpub.send(topic);
      for (const sub of subs) assertEquals(await hear(sub), [topic]);
    }
    for (const sub of subs) assertEquals(await heardNow(sub), undefined);
  });
});

describe("a proxy under back-pressure (test_proxy_hwm)", () => {
  strictTest(
    "NODROP and HWM 10 all along: 20, 30 or 40 messages pass, all arrive, and it answers meanwhile (LT-289)",
    async (scope) => {
      const context = new zmq.Context({ blocky: false });
      scope.atEnd(() => context.close());
      const ten = { context, sendHighWaterMark: 10, receiveHighWaterMark: 10, linger: 0 };
      const device = zmq.forwarder("inproc://front", "inproc://back", {
        context,
        control: "inproc://control",
      });
      scope.atEnd(() => device.terminate());
      await device.ready;
      // The marks of sockets are live: those of the device's own are set like the others.
      for (const end of [device.front, device.back]) {
        Object.assign(end, { sendHighWaterMark: 10, receiveHighWaterMark: 10 });
      }
      Object.assign(device.back, { noDrop: true });
      const pub = scope.own(new loose.XPublisher({ ...ten, noDrop: true })) as XPublisherLike;
      const sub = scope.own(new loose.Subscriber({ context, receiveHighWaterMark: 10 })) as AnySocket;
      pub.connect("inproc://front");
      sub.connect("inproc://back");
      sub.subscribe("");
      assertEquals(await hear(pub), ["\x01"]);
      const control = scope.own(new loose.Request({ context })) as AnySocket;
      control.connect("inproc://control");
      const ask = async (): Promise<number> => {
        await control.send("STATISTICS");
        return (await within(control.receive(), 5000, "the statistics")).length;
      };

      let sent = 0;
      for (let before = -1; before < sent;) {
        before = sent;
        sent += await fill(pub, "test");
        // It moves on in a turn of its own.
        assertEquals(await ask(), 8);
        await queued(sub, Math.min(sent, 1));
      }
      assert(sent === 20 || sent === 30 || sent === 40, `${sent} messages passed`);
      assertEquals(await ask(), 8);
      const heard: string[][] = [];
      while (heard.length < sent) heard.push(await hear(sub), ...await drain(sub));
      assertEquals(heard, Array.from({ length: sent }, () => ["test"]));
      assertEquals(await ask(), 8);
    },
  );
});

async function bound(scope: Scope, transport: AnyTransport, options: object): Promise<XPublisherLike> {
  const xpub = scope.socket("XPublisher", { ...options }) as XPublisherLike;
  await xpub.bind(scope.address(transport));
  return xpub;
}

/** Two sockets that know each other. */
async function joined(
  scope: Scope,
  transport: AnyTransport,
  [binder, binding]: readonly [SocketName, object?],
  [connector, connecting]: readonly [SocketName, object?],
): Promise<[AnySocket, AnySocket]> {
  const [one, other] = [scope.socket(binder, { ...binding }), scope.socket(connector, { ...connecting })];
  await one.bind(scope.address(transport));
  const watch = transport === "inproc" ? undefined : scope.watch(other);
  other.connect(one.lastEndpoint!);
  await watch?.next("handshake");
  return [one, other];
}

async function mapsTopics(scope: Scope, options: object): Promise<void> {
  for (const transport of ["tcp", "inproc"] as const) {
    const [xpub, xsub] = await joined(scope, transport, ["XPublisher", options], ["XSubscriber"]);
    for (const topic of ["A", "B"]) {
      await carry(xsub, xpub, [`\x01${topic}`]);
      xpub.subscribe(`X${topic}`);
    }
    await carry(xsub, xpub, ["\x00A"]);
    xpub.unsubscribe("XA");
    await xpub.send("XA");
    await xpub.send("XB");
    assertEquals(await hear(xsub), ["XB"]);
    assertEquals(await heardNow(xsub), undefined);
    xsub.close();
    assertEquals(await hear(xpub), ["\x00B"]);
    xpub.unsubscribe("XB");
    await xpub.send("XB");
    assertEquals(await heardNow(xpub), undefined);
  }
}
