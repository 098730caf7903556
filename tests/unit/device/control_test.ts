import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  type Device,
  Pair,
  proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  streamer,
  Subscriber,
  XPublisher,
  ZmqError,
} from "../../../mod.ts";

const FRONT = "inproc://front";
const BACK = "inproc://back";
const CONTROL = "inproc://control";

interface Stage {
  readonly context: Context;
  readonly device: Device;
  readonly push: Push;
  readonly pull: Pull;
}

async function stage(control: Reply | Pair | Subscriber | string, context: Context): Promise<Stage> {
  const device = streamer(FRONT, BACK, { context, control });
  await device.ready;
  const push = new Push({ context });
  push.connect(FRONT);
  const pull = new Pull({ context });
  pull.connect(BACK);
  return { context, device, push, pull };
}

async function order(controller: Request | Pair, word: string | string[] | Uint8Array): Promise<string[]> {
  await controller.send(word);
  return (await controller.receive()).map(String);
}

/** STATISTICS: eight unsigned 64-bit figures as they lie in this machine's memory (zmq_proxy_steerable). */
async function figures(controller: Request | Pair): Promise<number[]> {
  await controller.send("STATISTICS");
  const frames = await controller.receive();
  assertEquals(frames.map(({ length }) => length), Array(8).fill(8));
  return frames.map((frame) => Number(new BigUint64Array(frame.slice().buffer)[0]));
}

describe("A device's control socket", () => {
  it("REP: PAUSE, RESUME and TERMINATE are obeyed and answered with nothing", async () => {
    const context = new Context({ blocky: false });
    const { device, push, pull } = await stage(CONTROL, context);
    const controller = new Request({ context });
    controller.connect(CONTROL);
    assertEquals(await order(controller, "PAUSE"), [""]);
    assertEquals(device.paused, true);
    await push.send("waits");
    await assertRejects(() => pull.receive({ timeout: 5 }), ZmqError);
    assertEquals(await order(controller, "RESUME"), [""]);
    assertEquals(device.paused, false);
    assertEquals(String((await pull.receive())[0]), "waits");
    assertEquals(await order(controller, "TERMINATE"), [""]);
    await device.done;
    assertEquals([device.front.closed, device.control!.closed], [true, true]);
    assertEquals(device.statistics().control, { commands: 3, rejected: 0 });
    await context.close();
  });

  it("STATISTICS: eight figures, a message of several parts counts once, its octets all", async () => {
    const context = new Context({ blocky: false });
    const { push, pull } = await stage(CONTROL, context);
    const controller = new Request({ context });
    controller.connect(CONTROL);
    assertEquals(await figures(controller), [0, 0, 0, 0, 0, 0, 0, 0]);
    await push.send(["12345", "678"]);
    await push.send("9");
    await pull.receiveMany(2);
    if (pull.readable) await pull.receive();
    // Front: messages and octets received, then sent; back: the same (zmq_proxy_steerable's order).
    assertEquals(await figures(controller), [2, 9, 0, 0, 0, 0, 2, 9]);
    await context.close();
  });

  it("answers what is no command with one part that begins with ERROR, and goes on", async () => {
    const context = new Context({ blocky: false });
    const { device, push, pull } = await stage(CONTROL, context);
    const controller = new Request({ context });
    controller.connect(CONTROL);
    const nonsense = [
      "STOP",
      "pause",
      "PAUSE ",
      "",
      ["PAUSE", "RESUME"],
      new Uint8Array([0, 1, 255, 10]),
      new Uint8Array(1_000_000),
      "\x1b[2J",
    ];
    for (const word of nonsense) {
      const answer = await order(controller, word);
      assertEquals(answer.length, 1);
      assert(/^ERROR [ -~]+$/.test(answer[0]!), JSON.stringify(answer));
    }
    assertEquals(device.statistics().control, { commands: 0, rejected: nonsense.length });
    await push.send("still here");
    assertEquals(String((await pull.receive())[0]), "still here");
    await context.close();
  });

  it("PAIR: answers STATISTICS and nonsense, and nothing else, as libzmq does", async () => {
    const context = new Context({ blocky: false });
    const control = new Pair({ context });
    await control.bind(CONTROL);
    const { device } = await stage(control, context);
    const controller = new Pair({ context });
    controller.connect(CONTROL);
    await controller.send("PAUSE");
    assertEquals(await figures(controller), Array(8).fill(0));
    assertEquals(device.paused, true);
    await controller.send("RESUME");
    assert((await order(controller, "WHAT"))[0]!.startsWith("ERROR"));
    assertEquals(device.paused, false);
    await controller.send("TERMINATE");
    await device.done;
    assertEquals(controller.tryReceive(), undefined);
    assertEquals([control.closed, control.tryReceive()], [false, undefined]);
    await context.close();
  });

  it("SUB: obeys what it subscribed to, and counts what is no command", async () => {
    const context = new Context({ blocky: false });
    const control = new Subscriber({ context });
    control.subscribe();
    control.connect(CONTROL);
    const { device } = await stage(control, context);
    const controller = new XPublisher({ context });
    await controller.bind(CONTROL);
    await controller.receive();
    for (const word of ["PAUSE", "NONSENSE", "STATISTICS"]) await controller.send(word);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(device.paused, true);
    assertEquals(device.statistics().control, { commands: 2, rejected: 1 });
    await controller.send("TERMINATE");
    await device.done;
    await context.close();
  });

  it("is served while nothing moves, and from what came before the device began", async () => {
    const context = new Context({ blocky: false });
    const control = new Reply({ context });
    await control.bind(CONTROL);
    const controller = new Request({ context });
    controller.connect(CONTROL);
    await controller.send("PAUSE");
    const { device } = await stage(control, context);
    await controller.receive();
    assertEquals(device.paused, true);
    assertEquals(await order(controller, "TERMINATE"), [""]);
    await device.done;
    await context.close();
  });

  it("is a REP, a PAIR or a SUB", () => {
    for (const Type of [Pull, Publisher, Push, Request, Router]) {
      const context = new Context({ blocky: false });
      const [front, back] = [new Pull({ context }), new Push({ context })];
      const error = assertThrows(
        () => proxy(front, back, { control: new Type({ context }) }),
        ZmqError,
      ) as ZmqError;
      assertEquals(error.code, "EINVAL");
      // Nothing was taken from the owner.
      assertEquals(back.trySend("x"), false);
      void context.close();
    }
  });
});
