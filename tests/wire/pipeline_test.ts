/**
 * PUSH, PULL and PAIR on the wire (30/PIPELINE, 31/EXPAIR). Names begin with the rows of the conformance list (PP)
 * and of the lists of faults and attacks (F, H).
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { elapse, freePort, strictTest, test, texts, within } from "../interop/scope.ts";
import { message, RawListener, RawPeer, target, text } from "./raw.ts";

describe("pipeline and pair", () => {
  test("PP-1 PUSH goes round its peers", async (scope) => {
    const { socket: push, watch } = await target(scope, "Push");
    const pulls: RawPeer[] = [];
    for (let count = 0; count < 5; count++) {
      const raw = await RawPeer.dial(scope, push);
      await raw.handshake("PULL");
      await watch.next("handshake");
      pulls.push(raw);
    }
    for (let number = 0; number < 10; number++) await push.send(`${number}`);
    const shares = await Promise.all(
      pulls.map(async (pull) => [await pull.message(), await pull.message()].flat()),
    );
    for (const [first, second] of shares) assertEquals(Number(second) - Number(first), 5);
  });

  test("PP-2 a connected PUSH queues up to its high-water mark for a peer that is not there yet (F-11)", async (scope) => {
    const port = await freePort();
    const push = scope.socket("Push", { sendHighWaterMark: 10, sendTimeout: 0, reconnectInterval: 10 });
    push.connect(`tcp://127.0.0.1:${port}`);
    let accepted = 0;
    let code: string | undefined;
    while (code === undefined && accepted < 20) {
      await push.send(`${accepted}`).then(() => accepted++, (error) => code = error.code);
    }
    assertEquals([accepted, code], [10, "EAGAIN"]);
    const pull = scope.socket("Pull");
    await pull.bind(`tcp://127.0.0.1:${port}`);
    for (let number = 0; number < 10; number++) {
      assertEquals(texts(await within(pull.receive(), 5000, `number ${number}`)), [`${number}`]);
    }
    push.sendTimeout = 2000;
    await push.send("sending resumes");
    assertEquals(texts(await pull.receive()), ["sending resumes"]);
  });

  test("G11 close() delivers all that was sent, to a peer that reads nothing for longer than a second", async (scope) => {
    const listener = await RawListener.open(scope);
    const push = scope.socket("Push", { linger: -1, sendHighWaterMark: 10, sendTimeout: 0 });
    push.connect(listener.address);
    const peer = await listener.accept();
    await peer.handshake("PULL");
    peer.pause();
    const body = new Uint8Array(10_000);
    let sent = 0;
    // The kernel takes some megabytes, and more of them while it still makes room: full is what refuses twice.
    for (let refused = 0; refused < 2;) {
      const taken = await push.send(body).then(() => true, () => false);
      if (taken) sent++;
      else {
        refused++;
        await elapse(50);
      }
    }
    push.close();
    await elapse(1500);
    peer.resume();
    for (let received = 0; received < sent; received++) {
      assertEquals((await peer.message())[0]!.length, body.length);
    }
    await peer.closed();
  });

  test("PP-2 a bound PUSH without peers takes nothing (F-12)", async (scope) => {
    const { socket: push } = await target(scope, "Push", { sendTimeout: 0 });
    const error = await push.send("x").catch((error) => error);
    assertEquals([error?.code, error?.message], ["EAGAIN", "Operation was not possible or timed out"]);
  });

  test("PP-2 the queue of a peer that came to a bound PUSH goes with it (F-35)", async (scope) => {
    const { socket: push, watch } = await target(scope, "Push");
    const first = await RawPeer.dial(scope, push);
    await first.handshake("PULL");
    await watch.next("handshake");
    await push.send("for the first");
    assertEquals(await first.message(), ["for the first"]);
    first.end();
    await watch.next("disconnect");
    const second = await RawPeer.dial(scope, push);
    await second.handshake("PULL");
    await push.send("for the second");
    assertEquals(await second.message(), ["for the second"]);
  });

  test("PP-2 the queue of our own connect outlives the connection (F-34)", async (scope) => {
    const listener = await RawListener.open(scope);
    const push = scope.socket("Push", { reconnectInterval: 20 });
    const watch = scope.watch(push);
    push.connect(listener.address);
    const first = await listener.accept();
    await first.handshake("PULL");
    await push.send("one");
    assertEquals(await first.message(), ["one"]);
    first.end();
    await watch.next("disconnect");
    await push.send("two");
    await push.send("three");
    const second = await listener.accept();
    await second.handshake("PULL");
    assertEquals(await second.message(), ["two"]);
    assertEquals(await second.message(), ["three"]);
  });

  test("PP-3 what a PULL says to a PUSH is ignored", async (scope) => {
    const { socket: push } = await target(scope, "Push");
    const raw = await RawPeer.dial(scope, push);
    await raw.handshake("PULL");
    raw.send(message("upstream"), message("again", "with parts"));
    await push.send("downstream");
    assertEquals(await raw.message(), ["downstream"]);
  });

  test("PP-4 PAIR has one peer: what a second one says is never delivered (F-41)", async (scope) => {
    const { socket: pair, watch } = await target(scope, "Pair");
    const first = await RawPeer.dial(scope, pair);
    await first.handshake("PAIR");
    await watch.next("handshake");
    const second = await RawPeer.dial(scope, pair);
    await second.handshake("PAIR").catch(() => {}); // We close it, libzmq lets it hang.
    second.send(message("by the second"));
    first.send(message("by the first"));
    assertEquals((await pair.receive()).map(text), ["by the first"]);
    await pair.send("to the first");
    assertEquals(await first.message(), ["to the first"]);
  });

  strictTest(
    "PP-4 the second peer is closed with an event; when the first is gone, the next is taken (H-09, F-41)",
    async (scope) => {
      const { socket: pair, watch } = await target(scope, "Pair");
      const first = await RawPeer.dial(scope, pair);
      await first.handshake("PAIR");
      await watch.next("handshake");
      const second = await RawPeer.dial(scope, pair);
      await second.handshake("PAIR").catch(() => {});
      await second.closed();
      await watch.next(["disconnect", "handshake:error:protocol", "handshake:error:other"]);
      first.end();
      await watch.next("disconnect");
      const third = await RawPeer.dial(scope, pair);
      await third.handshake("PAIR");
      third.send(message("my turn"));
      assertEquals((await within(pair.receive(), 5000, "the third's message")).map(text), ["my turn"]);
    },
  );

  test("PP-5 PAIR without a peer blocks", async (scope) => {
    const { socket: pair } = await target(scope, "Pair", { sendTimeout: 0 });
    const error = await pair.send("x").catch((error) => error);
    assertEquals(error?.code, "EAGAIN");
  });
});
