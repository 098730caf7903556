/** 48/RADISH, one test for each SHALL and MUST, over inproc. */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Dish, Frame, Radio, ZmqError } from "../../mod.ts";
import { assertFrames } from "../support/bytes.ts";
import { thrownCode, withContext } from "../support/contexts.ts";

const NAME = "inproc://rfc48";

/** All that is there, as "group body". */
function taken(dish: Dish): string[] {
  const all: string[] = [];
  for (;;) {
    const message = dish.tryReceive();
    if (message === undefined) return all;
    all.push(`${message[1].group} ${message[0]}`);
  }
}

describe("RFC 48, RADIO", () => {
  it("SHALL NOT receive messages: it has no receive", () =>
    withContext((context) => {
      const radio = new Radio({ context });
      assertEquals(["receive" in radio, radio.readable], [false, false]);
      return Promise.resolve();
    }));

  it("SHALL send each message to all DISH peers that have joined its group exactly, either end bound (DR-6)", () =>
    withContext(async (context) => {
      for (const bound of ["radio", "dish"]) {
        const radio = new Radio({ context });
        const dishes = Array.from({ length: 3 }, () => new Dish({ context }));
        if (bound === "radio") await radio.bind(`${NAME}-radio`);
        for (const [i, dish] of dishes.entries()) {
          if (bound === "radio") dish.connect(`${NAME}-radio`);
          else {
            await dish.bind(`${NAME}-${i}`);
            radio.connect(`${NAME}-${i}`);
          }
        }
        dishes[0]!.join("a", "ab");
        dishes[1]!.join("a");
        for (const group of ["a", "ab", "abc", "A", ""]) await radio.send("x", { group });
        assertEquals(dishes.map(taken), [["a x", "ab x"], ["a x"], []]);
        dishes[0]!.leave("a");
        await radio.send("y", { group: new TextEncoder().encode("a") });
        assertEquals(dishes.map(taken), [[], ["a y"], []]);
        for (const socket of [radio, ...dishes]) await socket[Symbol.asyncDispose]();
      }
    }));

  it("SHALL silently drop the message if the queue of a DISH is full, and SHALL NOT block (DR-7)", () =>
    withContext(async (context) => {
      const radio = new Radio({ context, sendHighWaterMark: 1 });
      await radio.bind(NAME);
      const dish = new Dish({ context, receiveHighWaterMark: 1 });
      dish.join("g");
      dish.connect(NAME);
      for (let i = 0; i < 10; i++) await radio.send(`${i}`, { group: "g", timeout: 0 });
      assertEquals([taken(dish), radio.dropped.full], [["g 0", "g 1"], 8]);
    }));

  it("noDrop (ZMQ_XPUB_NODROP) waits for a full DISH in place of dropping", () =>
    withContext(async (context) => {
      const radio = new Radio({ context, sendHighWaterMark: 1, noDrop: true });
      await radio.bind(NAME);
      const dish = new Dish({ context, receiveHighWaterMark: 1 });
      dish.join("g");
      dish.connect(NAME);
      const sends = Array.from({ length: 10 }, (_, i) => radio.send(`${i}`, { group: "g" }));
      const error = await assertRejects(() => radio.send("x", { group: "g", timeout: 0 }), ZmqError);
      assertEquals((error as ZmqError).code, "EAGAIN");
      for (let i = 0; i < 10; i++) assertFrames([(await dish.receive())[0]], [`${i}`]);
      await Promise.all(sends);
    }));

  it("MUST NOT send messages of several parts; a group has at most 255 octets (DR-1)", () =>
    withContext(async (context) => {
      const radio = new Radio({ context });
      const error = await assertRejects(() => radio.send(["a", "b"] as never, { group: "g" }), ZmqError);
      assertEquals((error as ZmqError).code, "EINVAL");
      await radio.send("x", { group: "g".repeat(255) });
      for (const group of ["g".repeat(256), "é".repeat(128), "a\0b"]) {
        const refused = await assertRejects(() => radio.send("x", { group }), ZmqError);
        assertEquals((refused as ZmqError).code, "EINVAL");
      }
      assertEquals(thrownCode(() => void radio.send("x", { group: undefined as never })), "EINVAL");
      for (const group of [null, 5]) {
        assertThrows(() => radio.send("x", { group: group as never }), TypeError);
      }
      assertThrows(() => radio.send("x", undefined as never), TypeError, "Options must be an object");
    }));
});

describe("RFC 48, DISH", () => {
  it("SHALL NOT send messages: it has no send", () =>
    withContext((context) => {
      const dish = new Dish({ context });
      assertEquals(["send" in dish, dish.writable], [false, false]);
      return Promise.resolve();
    }));

  it("SHALL receive incoming messages from its RADIO peers using a fair-queuing strategy", () =>
    withContext(async (context) => {
      const dish = new Dish({ context });
      dish.join("g");
      await dish.bind(NAME);
      const radios = Array.from({ length: 3 }, () => new Radio({ context }));
      for (const radio of radios) radio.connect(NAME);
      for (const [i, radio] of radios.entries()) {
        for (const n of [1, 2]) await radio.send(`${i}${n}`, { group: "g" });
      }
      const all = taken(dish);
      assertEquals(new Set(all.slice(0, 3).map((each) => each[2])).size, 3);
      assertEquals(all.length, 6);
    }));

  it("answers each message with its group", () =>
    withContext(async (context) => {
      const dish = new Dish({ context });
      dish.join("g");
      await dish.bind(NAME);
      const radio = new Radio({ context });
      radio.connect(NAME);
      await radio.send(new Uint8Array(1000), { group: "g" });
      const message = await dish.receive();
      assertEquals([message.length, message[0].length], [2, 1000]);
      assertInstanceOf(message[1].group, Frame);
      assert(message[1].group.equals(Uint8Array.of(0x67)));
      await radio.send("", { group: "g" });
      for await (const [body, { group }] of dish) {
        assertEquals([body.length, String(group)], [0, "g"]);
        break;
      }
      const writer = radio.toWritableStream().getWriter();
      await writer.write(["by stream", { group: "g" }]);
      assertEquals((await dish.receiveMany()).map(([body]) => String(body)), ["by stream"]);
    }));

  it("join twice, leave unjoined, a group of 256 octets: EINVAL, as zmq_join and zmq_leave say (DR-8, LT-299, LT-300, LT-302)", () =>
    withContext((context) => {
      const dish = new Dish({ context });
      dish.join("Movies", "g".repeat(255));
      for (const wrong of ["Movies", "g".repeat(256), "a\0b"]) {
        assertEquals(thrownCode(() => dish.join(wrong)), "EINVAL");
      }
      assertEquals(thrownCode(() => dish.leave("Books")), "EINVAL");
      dish.leave("Movies");
      dish.join("Movies");
      dish.close();
      assertEquals(thrownCode(() => dish.join("Books")), "EBADF");
      return Promise.resolve();
    }));

  it("SHALL NOT deliver what it has left before it was read (DR-7)", () =>
    withContext(async (context) => {
      const dish = new Dish({ context });
      dish.join("a", "b");
      await dish.bind(NAME);
      const radio = new Radio({ context });
      radio.connect(NAME);
      for (const group of ["a", "b"]) await radio.send("x", { group });
      dish.leave("a");
      assertEquals([taken(dish), dish.dropped.filtered], [["b x"], 1]);
    }));
});
