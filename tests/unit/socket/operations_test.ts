import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Pair, Publisher, Pull, Push, Reply, Request, Router } from "../../../mod.ts";
import { assertFrames } from "../../support/bytes.ts";
import { codeOf, thrownCode } from "../../support/contexts.ts";
import { Random } from "../../support/reference.ts";

const NAME = "inproc://operations";

/** A PUSH and a PULL that know each other. */
async function pushPull(
  options: { hwm?: number } = {},
): Promise<{ context: Context; push: Push; pull: Pull }> {
  const context = new Context();
  const push = new Push({ context, sendHighWaterMark: options.hwm ?? 1000 });
  const pull = new Pull({ context, receiveHighWaterMark: options.hwm ?? 1000 });
  await pull.bind(NAME);
  push.connect(NAME);
  return { context, push, pull };
}

describe("Waiting calls", () => {
  it("receives settle in the order of their calls, however many wait", async () => {
    const { context, push, pull } = await pushPull();
    const order: number[] = [];
    const receives = Array.from({ length: 100 }, (_, i) =>
      pull.receive().then(([frame]) => {
        order.push(i);
        return String(frame);
      }));
    for (let i = 0; i < 100; i++) await push.send(`${i}`);
    assertEquals(await Promise.all(receives), Array.from({ length: 100 }, (_, i) => `${i}`));
    assertEquals(order, Array.from({ length: 100 }, (_, i) => i));
    await context.close();
  });

  it("sends settle in the order of their calls, and a later small one does not overtake", async () => {
    const { context, push, pull } = await pushPull({ hwm: 1 });
    const order: number[] = [];
    const sends = Array.from({ length: 50 }, (_, i) => push.send(`${i}`).then(() => order.push(i)));
    assertEquals(push.trySend("overtakes"), false);
    for (let i = 0; i < 50; i++) assertEquals(String((await pull.receive())[0]), `${i}`);
    await Promise.all(sends);
    assertEquals(order, Array.from({ length: 50 }, (_, i) => i));
    await context.close();
  });

  it("octets up to 128 of a send that waits may be overwritten", async () => {
    const context = new Context();
    const push = new Push({ context });
    const memory = new Uint8Array(100).fill(1);
    const sent = push.send(memory);
    memory.fill(2);
    const pull = new Pull({ context });
    await pull.bind(NAME);
    push.connect(NAME);
    await sent;
    assertFrames(await pull.receive(), [new Uint8Array(100).fill(1)]);
    await context.close();
  });

  it("a timeout is EAGAIN: of the socket, and of the call in its place", async () => {
    const { context, pull } = await pushPull();
    assertEquals(await codeOf(pull.receive({ timeout: 5 })), "EAGAIN");
    assertEquals(await codeOf(pull.receive({ timeout: 0 })), "EAGAIN");
    pull.receiveTimeout = 0;
    assertEquals(await codeOf(pull.receive()), "EAGAIN");
    const push = new Push({ context, sendTimeout: 5 });
    assertEquals(await codeOf(push.send("x")), "EAGAIN");
    assertEquals(await codeOf(push.send("x", { timeout: 0 })), "EAGAIN");
    await context.close();
  });

  it("a timeout that is no number, or below -1, is refused", async () => {
    const { context, pull } = await pushPull();
    assertThrows(() => pull.receive({ timeout: "5" as unknown as number }), TypeError);
    for (const timeout of [-2, NaN]) assertThrows(() => pull.receive({ timeout }), RangeError);
    await context.close();
  });

  it("calls that timed out lose no message and leave the order of the others", async () => {
    const { context, push, pull } = await pushPull();
    const first = codeOf(pull.receive({ timeout: 5 }));
    const second = pull.receive();
    const third = codeOf(pull.receive({ timeout: 5 }));
    const fourth = pull.receive();
    assertEquals([await first, await third], ["EAGAIN", "EAGAIN"]);
    await push.send("a");
    await push.send("b");
    assertEquals([String((await second)[0]), String((await fourth)[0])], ["a", "b"]);
    await context.close();
  });

  it("an abort rejects with the signal's reason and loses no message, at random", async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const { context, push, pull } = await pushPull();
      const heard: number[] = [];
      const waiting: Promise<void>[] = [];
      const reason = new Error("given up");
      let sent = 0;
      for (let step = 0; step < 40; step++) {
        const what = random.next();
        if (what < 0.4) void push.send(`${sent++}`);
        else {
          const controller = new AbortController();
          const receive = pull.receive({ signal: controller.signal });
          waiting.push(receive.then(
            ([frame]) => void heard.push(Number(String(frame))),
            (error) => assertEquals(error === reason || error.code === "EAGAIN", true),
          ));
          if (random.chance(0.6)) controller.abort(reason);
          if (random.chance(0.3)) void push.send(`${sent++}`);
          if (random.chance(0.3)) controller.abort(reason);
        }
        if (random.chance(0.3)) await Promise.resolve();
      }
      // Who waits is served a microtask after the message came.
      for (let i = 0; i < 5; i++) await Promise.resolve();
      for (let message = pull.tryReceive(); message !== undefined; message = pull.tryReceive()) {
        heard.push(Number(String(message[0])));
      }
      pull.close();
      await Promise.all(waiting);
      assertEquals(heard.sort((a, b) => a - b), Array.from({ length: sent }, (_, i) => i), `seed ${seed}`);
      await context.close();
    }
  });

  it("a signal that was aborted before rejects at once, also when a message is there", async () => {
    const { context, push, pull } = await pushPull();
    await push.send("x");
    const reason = new Error("before");
    const error = await assertRejects(() => pull.receive({ signal: AbortSignal.abort(reason) }));
    assertEquals(error === reason, true);
    assertEquals(
      await assertRejects(() => push.send("y", { signal: AbortSignal.abort(reason) })) === reason,
      true,
    );
    assertFrames(await pull.receive(), ["x"]);
    assertEquals(pull.tryReceive(), undefined);
    await context.close();
  });

  it("an aborted send sends nothing", async () => {
    const context = new Context();
    const push = new Push({ context });
    const controller = new AbortController();
    const aborted = push.send("never", { signal: controller.signal });
    const kept = push.send("kept");
    controller.abort();
    await assertRejects(() => aborted);
    const pull = new Pull({ context });
    await pull.bind(NAME);
    push.connect(NAME);
    await kept;
    assertFrames(await pull.receive(), ["kept"]);
    assertEquals(pull.tryReceive(), undefined);
    await context.close();
  });

  it("close rejects those that wait with EAGAIN, and later calls throw EBADF", async () => {
    const context = new Context();
    const [push, pull] = [new Push({ context }), new Pull({ context })];
    const waiting = [codeOf(push.send("x")), codeOf(pull.receive()), codeOf(pull.receiveMany())];
    push.close();
    pull.close();
    assertEquals(await Promise.all(waiting), ["EAGAIN", "EAGAIN", "EAGAIN"]);
    for (
      const call of [
        () => push.send("x"),
        () => push.trySend("x"),
        () => pull.receive(),
        () => pull.tryReceive(),
      ]
    ) {
      assertEquals(thrownCode(call), "EBADF");
    }
    await context.close();
  });
});

describe("Calls out of turn: EFSM", () => {
  it("of REQ and REP, with timeout 0, with a timeout, and when the socket is closed", async () => {
    const context = new Context();
    const [request, reply] = [new Request({ context }), new Reply({ context })];
    await reply.bind(NAME);
    request.connect(NAME);
    assertEquals(await codeOf(request.receive({ timeout: 0 })), "EFSM");
    assertEquals(await codeOf(request.receive({ timeout: 3 })), "EFSM");
    assertEquals(await codeOf(reply.send("x", { timeout: 0 })), "EFSM");
    assertEquals(await codeOf(reply.receive({ timeout: 0 })), "EAGAIN");
    await request.send("1");
    assertEquals(await codeOf(request.send("2", { timeout: 0 })), "EFSM");
    assertEquals(await codeOf(request.receive({ timeout: 0 })), "EAGAIN");
    await reply.receive();
    assertEquals(await codeOf(reply.receive({ timeout: 0 })), "EFSM");
    await context.close();
  });

  it("a call out of turn that waits is served when its turn comes", async () => {
    const context = new Context();
    const [request, reply] = [new Request({ context }), new Reply({ context })];
    await reply.bind(NAME);
    request.connect(NAME);
    const answer = request.receive();
    const sends = [request.send("1"), request.send("2")];
    const replying = reply.send("re 1");
    assertFrames(await reply.receive(), ["1"]);
    await replying;
    assertFrames(await answer, ["re 1"]);
    await Promise.all(sends);
    assertFrames(await reply.receive(), ["2"]);
    await context.close();
  });
});

describe("EHOSTUNREACH of a mandatory ROUTER", () => {
  it("at once while other peers are there, and with timeout 0 while there is none", async () => {
    const context = new Context();
    const router = new Router({ context, mandatory: true });
    assertEquals(await codeOf(router.send(["x", "y"], { timeout: 0 })), "EHOSTUNREACH");
    await router.bind(NAME);
    const request = new Request({ context, routingId: "there" });
    request.connect(NAME);
    assertEquals(await codeOf(router.send(["x", "y"])), "EHOSTUNREACH");
    assertEquals(thrownCode(() => router.trySend(["x", "y"])), "EHOSTUNREACH");
    await router.send(["there", "", "y"]);
    await context.close();
  });
});

describe("Receiving many, and not waiting", () => {
  it("receiveMany takes what is there, at most so many, and waits for the first", async () => {
    const { context, push, pull } = await pushPull();
    const waiting = pull.receiveMany();
    await push.send("0");
    assertEquals((await waiting).map(String), ["0"]);
    for (let i = 1; i <= 5; i++) await push.send(`${i}`);
    assertEquals((await pull.receiveMany(3)).map(String), ["1", "2", "3"]);
    assertEquals((await pull.receiveMany()).map(String), ["4", "5"]);
    for (const most of [0, -1, NaN]) assertThrows(() => pull.receiveMany(most), RangeError);
    await context.close();
  });

  it("tryReceive and trySend answer at once, and do not overtake who waits", async () => {
    const { context, push, pull } = await pushPull();
    assertEquals([pull.tryReceive(), push.trySend("a"), push.trySend([])], [undefined, true, true]);
    assertFrames(pull.tryReceive()!, ["a"]);
    const waiting = pull.receive();
    push.trySend("b");
    assertEquals(pull.tryReceive(), undefined);
    assertFrames(await waiting, ["b"]);
    await context.close();
  });

  it("an empty array sends nothing and resolves", async () => {
    const { context, push, pull } = await pushPull();
    await push.send([]);
    assertEquals(pull.readable, false);
    await context.close();
  });

  it("readable and writable say whether a call would wait", async () => {
    const { context, push, pull } = await pushPull({ hwm: 1 });
    assertEquals([push.writable, pull.readable], [true, false]);
    await push.send("1");
    await push.send("2");
    assertEquals([push.writable, pull.readable], [false, true]);
    push.close();
    pull.close();
    assertEquals([push.writable, pull.readable], [false, false]);
    await context.close();
  });
});

describe("Async iteration", () => {
  it("ends when the socket is closed, also while it waits", async () => {
    const { context, push, pull } = await pushPull();
    const heard: string[] = [];
    const loop = (async () => {
      for await (const [frame] of pull) heard.push(String(frame));
    })();
    await push.send("a");
    await push.send("b");
    while (heard.length < 2) await Promise.resolve();
    pull.close();
    await loop;
    assertEquals(heard, ["a", "b"]);
    await context.close();
  });

  it("break leaves the socket open and loses no message", async () => {
    const { context, push, pull } = await pushPull();
    for (const text of ["a", "b", "c"]) await push.send(text);
    for await (const [frame] of pull) {
      assertEquals(String(frame), "a");
      break;
    }
    assertEquals(pull.closed, false);
    assertFrames(await pull.receive(), ["b"]);
    for await (const frames of pull) {
      assertFrames(frames, ["c"]);
      break;
    }
    await context.close();
  });

  it("a timeout is thrown out of the loop", async () => {
    const { context, pull } = await pushPull();
    pull.receiveTimeout = 3;
    assertEquals(
      await codeOf((async () => {
        for await (const _ of pull);
      })()),
      "EAGAIN",
    );
    await context.close();
  });
});

describe("Web streams", () => {
  it("a readable stream gives messages and ends with the socket", async () => {
    const { context, push, pull } = await pushPull();
    const reader = pull.toReadableStream().getReader();
    await push.send(["a", "b"]);
    assertFrames((await reader.read()).value!, ["a", "b"]);
    const last = reader.read();
    pull.close();
    assertEquals((await last).done, true);
    await context.close();
  });

  it("cancelling it leaves the socket open, and no message is lost", async () => {
    const { context, push, pull } = await pushPull();
    const reader = pull.toReadableStream().getReader();
    const pending = reader.read();
    await reader.cancel();
    assertEquals((await pending).done, true);
    await push.send("x");
    assertFrames(await pull.receive(), ["x"]);
    await context.close();
  });

  it("a writable stream sends each chunk, feels back-pressure, and closing it leaves the socket open", async () => {
    const { context, push, pull } = await pushPull({ hwm: 1 });
    const writer = push.toWritableStream().getWriter();
    const writes = Array.from({ length: 20 }, (_, i) => writer.write([`${i}`, "x"]));
    for (let i = 0; i < 20; i++) assertFrames(await pull.receive(), [`${i}`, "x"]);
    await Promise.all(writes);
    await writer.close();
    assertEquals(push.closed, false);
    await push.send("still open");
    assertFrames(await pull.receive(), ["still open"]);
    await context.close();
  });

  it("a chunk that is no message fails the stream", async () => {
    const { context, push } = await pushPull();
    const writer = push.toWritableStream().getWriter();
    writer.closed.catch(() => {});
    await assertRejects(() => writer.write(undefined as unknown as string), TypeError);
    await context.close();
  });
});

describe("Dispose", () => {
  it("Symbol.dispose closes, Symbol.asyncDispose resolves when it is over; a context takes its sockets along", async () => {
    const context = new Context();
    const [a, b, c] = [new Pair({ context }), new Pair({ context }), new Publisher({ context })];
    a[Symbol.dispose]();
    assertEquals(a.closed, true);
    await b[Symbol.asyncDispose]();
    assertEquals(b.closed, true);
    await context[Symbol.asyncDispose]();
    assertEquals([c.closed, context.closed], [true, true]);
    assertEquals(thrownCode(() => new Pair({ context })), "ETERM");
  });

  it("an endless loop of calls that are all answered at once lets timers run", async () => {
    const { context, push, pull } = await pushPull();
    let fired = false;
    setTimeout(() => fired = true, 0);
    let count = 0;
    while (!fired) {
      await push.send("x");
      await pull.receive();
      assert(++count < 2_000_000, "the timer never fired");
    }
    await context.close();
  });
});
