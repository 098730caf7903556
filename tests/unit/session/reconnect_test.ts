import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { reconnectDelay } from "../../../src/session/reconnect.ts";

describe("reconnectDelay (ZMQ_RECONNECT_IVL, ZMQ_RECONNECT_IVL_MAX)", () => {
  it("without a maximum is the interval and up to as much again by chance, at every try", () => {
    for (const attempt of [0, 1, 5, 1000]) {
      assertEquals(reconnectDelay(attempt, 100, 0, 0), 100);
      assertEquals(reconnectDelay(attempt, 100, 0, 0.5), 150);
      assert(reconnectDelay(attempt, 100, 100, 0.999) <= 200);
    }
  });

  it("with a maximum doubles up to it, and up to a quarter of it more", () => {
    assertEquals([0, 1, 2, 3, 4, 5, 50, 5000].map((attempt) => reconnectDelay(attempt, 100, 1000, 0)), [
      100,
      200,
      400,
      800,
      1000,
      1000,
      1000,
      1000,
    ]);
    for (let attempt = 0; attempt < 50; attempt++) assert(reconnectDelay(attempt, 100, 1000, 0.999) <= 1250);
  });

  it("an interval of 0 without a maximum dials again at once", () => {
    assertEquals(reconnectDelay(3, 0, 0, 0.7), 0);
  });
});
