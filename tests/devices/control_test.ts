/**
 * The control socket of a device, steered by a real libzmq controller as `zmq_proxy_steerable(3)` describes it:
 * PAUSE, RESUME, TERMINATE and STATISTICS (eight figures of 64 bits), by REQ, PAIR and PUB; and controllers that
 * send rubbish.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import type { Peer, PeerPart, PeerSocket } from "../interop/peer.ts";
import { elapse, type Scope, until, within } from "../interop/scope.ts";
import { type AnySocket, zmq } from "../interop/subject.ts";
import type { DeviceOptions } from "../../mod.ts";
import { RawPeer } from "../wire/raw.ts";
import { type Device, pyzmqTest, running, startStepwise } from "./workers.ts";

const ANYWHERE = "tcp://127.0.0.1:*";

/** What no controller should send. */
const RUBBISH: { readonly [what: string]: readonly PeerPart[] } = {
  "an unknown word": ["STOP"],
  "a word in small letters": ["pause"],
  "a word with a zero behind it": ["PAUSE\0"],
  "the beginning of a word": ["TERM"],
  "a word and more": ["TERMINATE", "now"],
  "nothing": [""],
  "two times nothing": ["", ""],
  "octets that are no text": [new Uint8Array([0xff, 0xfe, 0, 0x80])],
  "a hundred kilobytes": [{ size: 100_000, seed: 7 }],
  "ten parts": ["PAUSE", "", "", "", "", "", "", "", "", "RESUME"],
};

describe("control by a libzmq REQ", () => {
  pyzmqTest("PAUSE SHALL stop the flow until RESUME, and each is answered by nothing", async (scope) => {
    const { peer, device, push, pull } = await streamer(scope, ANYWHERE);
    const request = await peer.open("Request");
    await request.connect(device.control!.lastEndpoint!);
    await push.send(["before"]);
    assertEquals(await pull.receiveTexts(), ["before"]);

    assertEquals(await asked(request, "PAUSE"), [""]);
    assertEquals(device.paused, true);
    await push.send(["while paused"]);
    await until("the message waits", () => device.statistics().front.queued.received === 1);
    const arrival = pull.receiveTexts();
    assertEquals(await Promise.race([arrival, elapse(200)]), undefined, "something crossed a paused device");
    assertEquals((await figures(request)).slice(0, 4), [1, 6, 0, 0], "a paused device took a message");
    assertEquals(await asked(request, "PAUSE"), [""], "twice is no error");

    assertEquals(await asked(request, "RESUME"), [""]);
    assertEquals(await arrival, ["while paused"]);
    assertEquals(device.paused, false);
    assertEquals(await asked(request, "RESUME"), [""]);
  });

  pyzmqTest(
    "STATISTICS SHALL answer eight figures of 64 bits that agree with what was sent",
    async (scope) => {
      const device = await running(
        scope,
        zmq.queue(ANYWHERE, ANYWHERE, { linger: 0, control: ANYWHERE }),
      );
      const peer = await startStepwise(scope);
      const control = await peer.open("Request");
      await control.connect(device.control!.lastEndpoint!);
      assertEquals(await figures(control), [0, 0, 0, 0, 0, 0, 0, 0]);

      const client = await peer.open("Dealer", { routingId: "client" });
      await client.connect(device.front.lastEndpoint!);
      const service = await peer.open("Dealer");
      await service.connect(device.back.lastEndpoint!);
      // Three requests of three parts and the client's id before them, and one reply of two parts with the id.
      for (let number = 0; number < 3; number++) {
        await client.send(["", "request", { size: 1000, seed: 0 }]);
        assertEquals((await service.receive()).length, 4);
      }
      await service.send(["client", "", "reply"]);
      assertEquals(await client.receiveTexts(), ["", "reply"]);

      const asking = 3 * (6 + 7 + 1000);
      const replying = 6 + 5;
      const expected = [3, asking, 1, replying, 1, replying, 3, asking];
      assertEquals(await figures(control), expected);
      const { front, back } = device.statistics();
      assertEquals(
        [front.received, front.sent, back.received, back.sent].flatMap((
          { messages, bytes },
        ) => [messages, bytes]),
        expected,
      );
      assertEquals(device.statistics().control, { commands: 2, rejected: 0 });
    },
  );

  pyzmqTest("rubbish SHALL be answered by an ERROR, and the device goes on", async (scope) => {
    const { peer, device, push, pull } = await streamer(scope, ANYWHERE);
    const request = await peer.open("Request");
    await request.connect(device.control!.lastEndpoint!);
    let rejected = 0;
    for (const [what, parts] of Object.entries(RUBBISH)) {
      await request.send(parts);
      const reply = await request.receiveTexts();
      assertEquals(reply.length, 1, what);
      assert(reply[0]!.startsWith("ERROR"), `${what} was answered by ${JSON.stringify(reply)}`);
      assertEquals(device.statistics().control, { commands: 0, rejected: ++rejected });
      assertEquals(device.paused, false);
      await push.send([what]);
      assertEquals(await pull.receiveTexts(), [what]);
    }
    // One that speaks no ZMTP at all, and one that asks and is gone before its answer.
    const stranger = await RawPeer.dial(scope, device.control as unknown as AnySocket);
    stranger.send("GET /statistics HTTP/1.1\r\nHost: device\r\n\r\n".padEnd(200));
    await stranger.closed();
    const brief = await startStepwise(scope);
    const gone = await brief.open("Request");
    await gone.connect(device.control!.lastEndpoint!);
    await gone.send(["STATISTICS"]);
    await until("the word has arrived", () => device.statistics().control.commands === 1);
    await brief.kill();
    assertEquals(await asked(request, "PAUSE"), [""]);
    assertEquals(await asked(request, "RESUME"), [""]);
  });

  pyzmqTest("TERMINATE SHALL be answered and end the device, with nothing lost", async (scope) => {
    const { peer, device, push, pull } = await streamer(scope, ANYWHERE, -1);
    const request = await peer.open("Request");
    await request.connect(device.control!.lastEndpoint!);
    await asked(request, "PAUSE");
    for (let number = 0; number < 10; number++) await push.send([`${number}`]);
    await until("the messages wait", () => device.statistics().front.queued.received === 10);
    assertEquals(await asked(request, "TERMINATE"), [""]);
    for (let number = 0; number < 10; number++) assertEquals(await pull.receiveTexts(), [`${number}`]);
    await within(device.done, 5000, "done");
    assertEquals(device.statistics().control, { commands: 2, rejected: 0 });
  });
});

describe("control by a libzmq PAIR", () => {
  pyzmqTest("SHALL be answered for STATISTICS and errors only", async (scope) => {
    const control = scope.own(new zmq.Pair({ linger: 0 }));
    await control.bind(ANYWHERE);
    const { peer, device, push, pull } = await streamer(scope, control);
    const pair = await peer.open("Pair");
    await pair.connect(control.lastEndpoint!);

    await pair.send(["PAUSE"]);
    await until("the device is paused", () => device.paused);
    await push.send(["while paused"]);
    await until("the message waits", () => device.statistics().front.queued.received === 1);
    // The answer to this is the first that comes: PAUSE had none.
    assertEquals(await figures(pair), [0, 0, 0, 0, 0, 0, 0, 0]);
    await pair.send(["RESUME"]);
    assertEquals(await pull.receiveTexts(), ["while paused"]);
    assertEquals(await figures(pair), [1, 12, 0, 0, 0, 0, 1, 12]);
    for (const [what, parts] of Object.entries(RUBBISH)) {
      await pair.send(parts);
      const reply = await pair.receiveTexts();
      assertEquals(reply.length, 1, what);
      assert(reply[0]!.startsWith("ERROR"), `${what} was answered by ${JSON.stringify(reply)}`);
    }
    await pair.send(["TERMINATE"]);
    await within(device.done, 5000, "done");
    assertEquals(control.closed, false, "a socket that the device was given");
  });
});

describe("control by a libzmq PUB", () => {
  pyzmqTest("SHALL obey each word of a publisher, and answer none", async (scope) => {
    const control = scope.own(new zmq.Subscriber({ linger: 0 }));
    control.subscribe();
    await control.bind(ANYWHERE);
    const { peer, device, push, pull } = await streamer(scope, control);
    const publisher = await peer.open("XPublisher");
    await publisher.connect(control.lastEndpoint!);
    assertEquals(await publisher.receiveTexts(), ["\x01"]);

    await publisher.send(["PAUSE"]);
    await until("the device is paused", () => device.paused);
    await push.send(["while paused"]);
    await until("the message waits", () => device.statistics().front.queued.received === 1);
    for (const parts of Object.values(RUBBISH)) await publisher.send(parts);
    await publisher.send(["STATISTICS"]);
    await until("all is read", () => device.statistics().control.commands === 2);
    assertEquals(device.statistics().control.rejected, Object.keys(RUBBISH).length);
    assertEquals(device.paused, true);
    await publisher.send(["RESUME"]);
    assertEquals(await pull.receiveTexts(), ["while paused"]);
    await publisher.send(["TERMINATE"]);
    await within(device.done, 5000, "done");
  });
});

interface Steered {
  readonly peer: Peer;
  readonly device: Device;
  readonly push: PeerSocket;
  readonly pull: PeerSocket;
}

/** A streamer between a PUSH and a PULL of libzmq. */
async function streamer(
  scope: Scope,
  control: DeviceOptions["control"],
  linger = 0,
): Promise<Steered> {
  const device = await running(scope, zmq.streamer(ANYWHERE, ANYWHERE, { linger, control }));
  const peer = await startStepwise(scope);
  const push = await peer.open("Push");
  await push.connect(device.front.lastEndpoint!);
  const pull = await peer.open("Pull");
  await pull.connect(device.back.lastEndpoint!);
  return { peer, device, push, pull };
}

/** The reply to a word. */
async function asked(request: PeerSocket, word: string): Promise<string[]> {
  await request.send([word]);
  return await request.receiveTexts();
}

/** The figures of STATISTICS; their octets are in the order of the machine, as libzmq's are. */
async function figures(controller: PeerSocket): Promise<number[]> {
  await controller.send(["STATISTICS"]);
  const frames = await controller.receive() as Uint8Array[];
  assertEquals(frames.map(({ length }) => length), Array(8).fill(8));
  return frames.map((frame) => Number(new BigUint64Array(frame.slice().buffer)[0]));
}
