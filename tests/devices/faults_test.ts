/**
 * Devices among peers that die in the middle of a message, close one direction, or never read: nothing of a
 * message that is not whole arrives anywhere, what is whole does, and the device goes on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import type { PeerSocket } from "../interop/peer.ts";
import { type Scope, test, until, within } from "../interop/scope.ts";
import { type AnySocket, zmq } from "../interop/subject.ts";
import { frame, LONG, message, MORE, octets, RawPeer, size64 } from "../wire/raw.ts";
import { type Device, pyzmqTest, running, startStepwise } from "./workers.ts";

const ANYWHERE = "tcp://127.0.0.1:*";

/** What a peer had written of its message when it died; `begin` are parts before it, for an envelope or a topic. */
const TORN: { readonly [what: string]: (...begin: string[]) => Uint8Array } = {
  "the flags of a frame": (...begin) => octets(...begin.map(part), [0]),
  "half a short frame": (...begin) => octets(...begin.map(part), frame(0, "x".repeat(200)).subarray(0, 100)),
  "half a size": (...begin) => octets(...begin.map(part), [LONG], size64(1000).subarray(0, 4)),
  "the first part of two": (...begin) => octets(...begin.map(part), frame(MORE, "the first of two")),
  "a first part and half of the second": (...begin) =>
    octets(
      ...begin.map(part),
      frame(MORE, "the first of two"),
      frame(0, "y".repeat(1000)).subarray(0, 500),
    ),
  "half of a megabyte": (...begin) =>
    octets(...begin.map(part), frame(0, new Uint8Array(1_000_000)).subarray(0, 500_000)),
};

/** How it dies. */
const DEATHS = { "a reset": (peer: RawPeer) => peer.reset(), "a close": (peer: RawPeer) => peer.end() };

describe("a peer that dies in the middle of a message leaves nothing of it", () => {
  for (const [death, die] of Object.entries(DEATHS)) {
    pyzmqTest(`PUSH before a STREAMER, by ${death}`, async (scope) => {
      const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger: 0 }));
      const peer = await startStepwise(scope);
      const pull = await peer.open("Pull");
      await pull.connect(device.back.lastEndpoint!);
      const push = await peer.open("Push");
      await push.connect(device.front.lastEndpoint!);
      await until("the pusher is there", () => device.statistics().front.peers === 1);
      for (const [what, torn] of Object.entries(TORN)) {
        const raw = await joined(scope, device, "front", "PUSH");
        raw.send(message("whole", what), torn());
        assertEquals(await pull.receiveTexts(), ["whole", what]);
        await gone(device, "front", () => die(raw));
        await push.send(["good", what]);
        assertEquals(await pull.receiveTexts(), ["good", what]);
      }
      const count = 2 * Object.keys(TORN).length;
      assertEquals(device.statistics().front.received.messages, count);
    });

    pyzmqTest(`REQ before a QUEUE, by ${death}`, async (scope) => {
      const device = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
      const peer = await startStepwise(scope);
      const reply = await peer.open("Reply");
      await reply.connect(device.back.lastEndpoint!);
      const request = await peer.open("Request");
      await request.connect(device.front.lastEndpoint!);
      await roundTrip(request, reply, "before");
      for (const [what, torn] of Object.entries(TORN)) {
        const raw = await joined(scope, device, "front", "REQ");
        raw.send(torn(""));
        await gone(device, "front", () => die(raw));
        await roundTrip(request, reply, what);
      }
    });

    pyzmqTest(`REP behind a QUEUE, by ${death}`, async (scope) => {
      const device = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
      const peer = await startStepwise(scope);
      const client = await peer.open("Dealer", { routingId: "client" });
      await client.connect(device.front.lastEndpoint!);
      await until("the client is there", () => device.statistics().front.peers === 1);
      for (const [what, torn] of Object.entries(TORN)) {
        const raw = await joined(scope, device, "back", "REP");
        await client.send(["", "to one that dies"]);
        assertEquals(await raw.message(), ["client", "", "to one that dies"]);
        raw.send(torn("client", ""));
        await gone(device, "back", () => die(raw));
        const reply = await peer.open("Reply");
        await reply.connect(device.back.lastEndpoint!);
        await until("the service is there", () => device.statistics().back.peers === 1);
        await client.send(["", what]);
        assertEquals(await reply.receiveTexts(), [what]);
        await reply.send(["reply", what]);
        assertEquals(await client.receiveTexts(), ["", "reply", what]);
        await gone(device, "back", () => reply.close());
      }
    });

    pyzmqTest(`PUB before a FORWARDER, by ${death}`, async (scope) => {
      const device = await running(scope, zmq.forwarder(ANYWHERE, ANYWHERE, { linger: 0 }));
      const peer = await startStepwise(scope);
      const publisher = await peer.open("XPublisher");
      await publisher.connect(device.front.lastEndpoint!);
      const subscriber = await peer.open("Subscriber");
      await subscriber.subscribe("");
      await subscriber.connect(device.back.lastEndpoint!);
      assertEquals(await publisher.receiveTexts(), ["\x01"]);
      for (const [what, torn] of Object.entries(TORN)) {
        const raw = await joined(scope, device, "front", "PUB");
        raw.send(message("whole", what), torn("topic"));
        assertEquals(await subscriber.receiveTexts(), ["whole", what]);
        await gone(device, "front", () => die(raw));
        await publisher.send(["good", what]);
        assertEquals(await subscriber.receiveTexts(), ["good", what]);
      }
    });

    pyzmqTest(
      `SUB behind a FORWARDER, by ${death}: no subscription of it travels upstream`,
      async (scope) => {
        const device = await running(scope, zmq.forwarder(ANYWHERE, ANYWHERE, { linger: 0 }));
        const peer = await startStepwise(scope);
        const publisher = await peer.open("XPublisher");
        await publisher.connect(device.front.lastEndpoint!);
        const raw = await joined(scope, device, "back", "SUB");
        raw.send(frame(4, "\x09SUBSCRIBEwhole"), frame(4, "\x09SUBSCRIBEtorn").subarray(0, 14));
        assertEquals(await publisher.receiveTexts(), ["\x01whole"]);
        await gone(device, "back", () => die(raw));
        assertEquals(await publisher.receiveTexts(), ["\x00whole"]);
        const subscriber = await peer.open("Subscriber");
        await subscriber.subscribe("next");
        await subscriber.connect(device.back.lastEndpoint!);
        assertEquals(await publisher.receiveTexts(), ["\x01next"]);
      },
    );
  }
});

describe("a peer that closes its own direction only", () => {
  pyzmqTest("PUSH: all that it had sent SHALL arrive", async (scope) => {
    const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger: 0 }));
    const raw = await joined(scope, device, "front", "PUSH");
    // Nobody takes it yet: it waits in the device, and has to outlive its peer there.
    for (let number = 0; number < 500; number++) raw.send(message(`${number}`, "x".repeat(100)));
    await gone(device, "front", () => raw.end());
    const peer = await startStepwise(scope);
    const pull = await peer.open("Pull");
    await pull.connect(device.back.lastEndpoint!);
    for (let number = 0; number < 500; number++) {
      assertEquals(await pull.receiveTexts(), [`${number}`, "x".repeat(100)]);
    }
  });

  pyzmqTest("REQ: its request is served, its reply SHALL be dropped, and others go on", async (scope) => {
    const device = await running(scope, zmq.queue(ANYWHERE, ANYWHERE, { linger: 0 }));
    const peer = await startStepwise(scope);
    const reply = await peer.open("Reply");
    await reply.connect(device.back.lastEndpoint!);
    await until("the service is there", () => device.statistics().back.peers === 1);
    const raw = await joined(scope, device, "front", "REQ");
    raw.send(message("", "from half a client"));
    assertEquals(await reply.receiveTexts(), ["from half a client"]);
    await gone(device, "front", () => raw.end());
    await reply.send(["to nobody"]);
    const request = await peer.open("Request");
    await request.connect(device.front.lastEndpoint!);
    await roundTrip(request, reply, "to somebody");
    assertEquals(device.statistics().front.dropped, 1, "the reply that found nobody");
  });
});

describe("marks of ten on every socket from an XPUB to a SUB (test_proxy_hwm)", () => {
  test("SHALL hold what they sum up to and no more, and STATISTICS SHALL never hang", async (scope) => {
    const marks = { sendHighWaterMark: 10, receiveHighWaterMark: 10, linger: 0 };
    const front = scope.own(new zmq.XSubscriber(marks));
    const back = scope.own(new zmq.XPublisher({ ...marks, noDrop: true }));
    const control = scope.own(new zmq.Reply({ linger: 0 }));
    const [frontend, backend, steering] = [
      scope.address("inproc"),
      scope.address("inproc"),
      scope.address("inproc"),
    ];
    await front.bind(frontend);
    await back.bind(backend);
    await control.bind(steering);
    const device = await running(scope, zmq.proxy(front, back, { control }));
    const publisher = scope.own(new zmq.XPublisher({ ...marks, noDrop: true, sendTimeout: 0 }));
    publisher.connect(frontend);
    const subscriber = scope.own(new zmq.Subscriber({ receiveHighWaterMark: 10, linger: 0 }));
    subscriber.subscribe("");
    subscriber.connect(backend);
    const request = scope.own(new zmq.Request({ linger: 0 }));
    request.connect(steering);
    await within(publisher.receive(), 5000, "the subscription");

    const statistics = async () => {
      await request.send("STATISTICS");
      return await within(request.receive(), 1000, "the statistics");
    };
    let sent = 0;
    for (let refused = 0; refused < 5;) {
      if (publisher.trySend(`${sent}`)) {
        sent++;
        refused = 0;
      } else refused++;
      assert(sent <= 1000, "the publisher never blocks");
      assertEquals((await statistics()).length, 8);
    }
    assert(sent >= 20 && sent <= 40, `${sent} messages passed four marks of 10`);
    for (let number = 0; number < sent; number++) {
      assertEquals(String((await within(subscriber.receive(), 1000, `number ${number}`))[0]), `${number}`);
      assertEquals((await statistics()).length, 8);
    }
    assertEquals(subscriber.tryReceive(), undefined);
    assertEquals(device.statistics().back.dropped, 0);
    // And it flows again.
    await publisher.send("after");
    assertEquals(String((await within(subscriber.receive(), 1000, "one more"))[0]), "after");
  });
});

/** A peer of octets that the device counts. */
async function joined(scope: Scope, device: Device, side: "front" | "back", type: string): Promise<RawPeer> {
  const { peers } = device.statistics()[side];
  const raw = await RawPeer.dial(scope, device[side] as unknown as AnySocket);
  await raw.handshake(type);
  await until("the device has its peer", () => device.statistics()[side].peers > peers);
  return raw;
}

/** Lets a peer leave, and waits until the device has one less. */
async function gone(device: Device, side: "front" | "back", leave: () => unknown): Promise<void> {
  const { peers } = device.statistics()[side];
  await leave();
  await until("the device knows that its peer is gone", () => device.statistics()[side].peers < peers);
}

/** One request and its reply. */
async function roundTrip(request: PeerSocket, reply: PeerSocket, text: string): Promise<void> {
  await request.send(["ask", text]);
  assertEquals(await reply.receiveTexts(), ["ask", text]);
  await reply.send(["reply", text]);
  assertEquals(await request.receiveTexts(), ["reply", text]);
}

/** One more part before others. */
function part(text: string): Uint8Array {
  return frame(MORE, text);
}
