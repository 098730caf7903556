/**
 * The devices as programs, between sockets of this process and, where there is one, a Python with pyzmq.
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { type Scope, test, texts, within } from "../interop/scope.ts";
import { toolPath } from "../support/legs.ts";
import { type Ended, start } from "./tool.ts";

const ANY = "tcp://127.0.0.1:*";

interface Report {
  readonly time: string;
  readonly seconds: number;
  readonly device: string;
  readonly final: boolean;
  readonly paused: boolean;
  readonly front: Side;
  readonly back: Side;
  readonly captured: number;
  readonly missed: number;
}

interface Side {
  readonly received: { readonly messages: number; readonly bytes: number };
  readonly sent: { readonly messages: number; readonly bytes: number };
  readonly rates: { readonly [name: string]: number };
  readonly peers: number;
  readonly queued: { readonly received: number; readonly sent: number };
  readonly dropped: number;
}

describe("queue as a program", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`carries requests and replies, and ends in order by ${signal}`, async (scope) => {
      const device = start(scope, ["queue", ANY, `${ANY},ipc://${scope.path()}`]);
      const front = await device.bound("front");
      const backs = [...(await device.says(/(?:zmq: back is bound to \S+\n){2}/))[0].matchAll(/to (\S+)/g)];
      await exchange(scope, front, backs.map(([, endpoint]) => endpoint!), 50);
      await device.says(/\n/, "stdout");
      device.kill(signal);
      const ended = await device.ended();
      assertEquals([ended.code, ended.signal], [0, null]);
      const all = reports(ended);
      assertEquals(all.map(({ final }) => final), all.map((_, index) => index === all.length - 1));
      const last = all.at(-1)!;
      assertEquals(last.device, "queue");
      assertEquals(last.paused, false);
      for (const { received, sent } of [last.front, last.back]) {
        assertEquals([received.messages, sent.messages], [50, 50]);
        assert(received.bytes > 50 && sent.bytes > 50);
      }
      assertEquals([last.captured, last.missed], [0, 0]);
      assert(last.seconds > 0 && !Number.isNaN(Date.parse(last.time)));
      const fields = ["received", "receivedBytes", "sent", "sentBytes"];
      assertEquals(Object.keys(last.front.rates), fields);
    });
  }

  test("obeys its control socket, publishes copies, and ends by TERMINATE", async (scope) => {
    const device = start(scope, ["queue", ANY, ANY, "--control", ANY, "--capture", ANY]);
    const front = await device.bound("front");
    const back = await device.bound("back");
    const spy = scope.socket("Subscriber");
    spy.subscribe();
    spy.connect(await device.bound("capture"));
    const request = scope.socket("Request");
    request.connect(await device.bound("control"));
    await request.send("STATISTICS");
    assertEquals((await request.receive()).length, 8);
    await exchange(scope, front, [back], 1);
    await request.send("TERMINATE");
    await request.receive();
    const ended = await device.ended();
    assertEquals(ended.code, 0);
    const { captured, missed } = reports(ended).at(-1)!;
    // Copies to a subscriber that was not there yet go nowhere, as all that is published.
    assertEquals(captured + missed, 2);
  });

  test("is quiet if asked to be", async (scope) => {
    const path = `ipc://${scope.path()}`;
    const device = start(scope, ["queue", path, ANY, "--quiet", "--control", `ipc://${scope.path()}`]);
    // It says nothing of being ready: that somebody answers there does.
    const request = scope.socket("Request");
    const watch = scope.watch(request);
    request.connect(path);
    await watch.next("handshake");
    device.kill("SIGINT");
    const { code, stdout, stderr } = await device.ended();
    assertEquals([code, stdout, stderr], [0, "", ""]);
  });
});

describe("forwarder as a program", () => {
  test("carries subscriptions upstream, to a publisher that it connects to", async (scope) => {
    const publisher = scope.socket("XPublisher");
    await publisher.bind(ANY);
    const device = start(scope, ["forwarder", `connect:${publisher.lastEndpoint}`, ANY]);
    const subscriber = scope.socket("Subscriber");
    subscriber.subscribe("news");
    subscriber.connect(await device.bound("back"));
    assertEquals(texts(await within(publisher.receive(), 8000, "the subscription")), ["\x01news"]);
    await publisher.send(["other", "x"]);
    await publisher.send(["news", "y"]);
    assertEquals(texts(await within(subscriber.receive(), 5000, "the news")), ["news", "y"]);
    device.kill("SIGTERM");
    const ended = await device.ended();
    assertEquals(ended.code, 0);
    assertEquals(reports(ended).at(-1)!.front.received.messages, 1);
  });
});

describe("streamer as a program", () => {
  test("forwards after a signal what it had accepted before", async (scope) => {
    const device = start(scope, ["streamer", ANY, ANY, "--hwm", "2000"]);
    const push = scope.socket("Push");
    push.connect(await device.bound("front"));
    const back = await device.bound("back");
    for (let i = 0; i < 1000; i++) await push.send(String(i));
    const accepted = () =>
      device.says(/"front":\{"received":\{"messages":\d+.*"queued":\{"received":1000,/, "stdout");
    await within(accepted(), 8000, "all messages in the device");
    device.kill("SIGINT");
    await device.says(/ending; 1000 messages/);
    const pull = scope.socket("Pull");
    pull.connect(back);
    for (let i = 0; i < 1000; i++) {
      assertEquals(texts(await within(pull.receive(), 5000, `message ${i}`)), [String(i)]);
    }
    assertEquals((await device.ended()).code, 0);
  });

  test("ends at once by a second signal", async (scope) => {
    const device = start(scope, ["streamer", ANY, ANY]);
    const push = scope.socket("Push");
    push.connect(await device.bound("front"));
    await push.send("never taken");
    await device.says(/"queued":\{"received":1,/, "stdout");
    device.kill("SIGTERM");
    await device.says(/ending; 1 message/);
    device.kill("SIGTERM");
    assertEquals((await device.ended()).code, 143);
  });

  test("drops what nobody takes within --linger, and ends", async (scope) => {
    const device = start(scope, ["streamer", ANY, ANY, "--linger", "50"]);
    const push = scope.socket("Push", { linger: 0 });
    push.connect(await device.bound("front"));
    await push.send("never taken");
    await device.says(/"queued":\{"received":1,/, "stdout");
    device.kill("SIGINT");
    assertEquals((await device.ended()).code, 0);
  });

  test("ends in order when nobody reads its lines any more", async (scope) => {
    const device = start(scope, ["streamer", ANY, ANY]);
    await device.says(/\n/, "stdout");
    device.closeOutput();
    const { code, signal } = await device.ended();
    assertEquals([code, signal], [0, null]);
  });
});

describe("the devices as programs, with pyzmq", () => {
  const python = toolPath("python");
  const program = `
import sys, zmq
context = zmq.Context()
kinds = {"queue": (zmq.REQ, zmq.REP), "forwarder": (zmq.PUB, zmq.SUB), "streamer": (zmq.PUSH, zmq.PULL)}
device, front, back, count = sys.argv[1:5]
a, b = (context.socket(kind) for kind in kinds[device])
for socket in (a, b): socket.setsockopt(zmq.LINGER, 0)
if device == "forwarder": b.setsockopt(zmq.SUBSCRIBE, b"")
b.connect(back)
a.connect(front)
if device == "forwarder":
    while not b.poll(20): a.send(b"hello")
for i in range(int(count)):
    body = b"%d" % i
    a.send(body)
    got = b.recv()
    while got == b"hello": got = b.recv()
    assert got == body, (got, body)
    if device == "queue":
        b.send(body)
        assert a.recv() == body
print("all")
`;
  for (const name of ["queue", "forwarder", "streamer"]) {
    const title = `${name} carries 1000 messages in order`;
    if (python === undefined) {
      it.skip(`${title} (missing: python)`, () => {});
      continue;
    }
    test(title, async (scope) => {
      const device = start(scope, [name, ANY, ANY]);
      const ends = [await device.bound("front"), await device.bound("back")];
      assertEquals(await runPython(scope, python, program, [name, ...ends, "1000"]), "all\n");
      device.kill("SIGINT");
      assertEquals((await device.ended()).code, 0);
    });
  }
});

/** Requests through a device to a service that echoes, each checked. */
async function exchange(scope: Scope, front: string, backs: readonly string[], count: number): Promise<void> {
  const services = backs.map((endpoint) => {
    const service = scope.socket("Reply");
    service.connect(endpoint);
    return service;
  });
  for (const service of services) {
    void (async () => {
      for await (const message of service) await service.send(message);
    })();
  }
  const client = scope.socket("Request");
  client.connect(front);
  for (let i = 0; i < count; i++) {
    await client.send(String(i));
    assertEquals(texts(await within(client.receive(), 5000, `reply ${i}`)), [String(i)]);
  }
}

function reports({ stdout }: Ended): Report[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Report);
}

function runPython(scope: Scope, python: string, program: string, args: readonly string[]): Promise<string> {
  const child = scope.program(spawn(python, ["-c", program, ...args], { stdio: ["ignore", "pipe", "pipe"] }));
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => output += text);
  }
  const ended = new Promise<string>((resolve) => child.on("close", () => resolve(output)));
  return within(ended, 15_000, `python: ${output}`);
}
