/**
 * The seam itself: each assertion passes where it must and fails where it must, on every runtime alike and
 * in the package of that name as well as in ours; hooks run in the one order that all of them promise.
 */

import {
  assert,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { assertBytes, assertFrames } from "../support/bytes.ts";

class View extends Uint8Array<ArrayBuffer> {}

describe("assertions", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const shifted = new Uint8Array([0, 1, 2, 3]).subarray(1);
  const view = new View(Uint8Array.of(1, 2, 3).buffer);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;

  passes("assert", () => assert(1));
  fails("assert", () => assert(0));
  passes("assertFalse", () => assertFalse(""));
  fails("assertFalse", () => assertFalse("x"));
  fails("fail", () => fail("on purpose"));
  passes(
    "assertEquals of nested objects",
    () => assertEquals({ a: [1, { b: new Map([[1, 2]]) }] }, { a: [1, { b: new Map([[1, 2]]) }] }),
  );
  fails(
    "assertEquals of objects that differ deep inside",
    () => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }),
  );
  fails(
    "assertEquals of an absent and an undefined property",
    () => assertEquals<unknown>({ a: undefined }, {}),
  );
  fails("assertEquals of a number and its text", () => assertEquals<unknown>(1, "1"));
  passes("assertEquals of NaN", () => assertEquals(NaN, NaN));
  passes("assertEquals of cycles", () => assertEquals(cycle, cycle));
  passes("assertEquals of typed arrays, whatever buffer is under them", () => assertEquals(bytes, shifted));
  fails("assertEquals of typed arrays that differ", () => assertEquals(bytes, new Uint8Array([1, 2, 4])));
  fails("assertEquals of typed arrays of other lengths", () => assertEquals(bytes, new Uint8Array([1, 2])));
  passes(
    "assertEquals of two views of one subclass",
    () => assertEquals(view, new View(Uint8Array.of(1, 2, 3).buffer)),
  );
  fails("assertEquals of a subclass and a Uint8Array", () => assertEquals<Uint8Array>(view, bytes));
  fails(
    "assertEquals of typed arrays of other kinds",
    () => assertEquals<unknown>(bytes, new Int8Array([1, 2, 3])),
  );
  passes("assertEquals of bigints and dates", () => assertEquals([1n, new Date(5)], [1n, new Date(5)]));
  passes("assertNotEquals", () => assertNotEquals({ a: 1 }, { a: 2 }));
  fails("assertNotEquals", () => assertNotEquals({ a: 1 }, { a: 1 }));
  passes("assertStrictEquals", () => assertStrictEquals(bytes, bytes));
  fails("assertStrictEquals", () => assertStrictEquals(bytes, shifted));
  passes("assertNotStrictEquals", () => assertNotStrictEquals(bytes, shifted));
  fails("assertNotStrictEquals", () => assertNotStrictEquals(bytes, bytes));
  passes("assertExists", () => assertExists(0));
  fails("assertExists of undefined", () => assertExists(undefined));
  fails("assertExists of null", () => assertExists(null));
  passes("assertInstanceOf", () => assertInstanceOf(view, Uint8Array));
  fails("assertInstanceOf", () => assertInstanceOf(bytes, View));
  passes("assertMatch", () => assertMatch("abc", /b/));
  fails("assertMatch", () => assertMatch("abc", /d/));
  passes("assertStringIncludes", () => assertStringIncludes("abc", "bc"));
  fails("assertStringIncludes", () => assertStringIncludes("abc", "cb"));
  passes("assertGreater", () => assertGreater(2, 1));
  fails("assertGreater", () => assertGreater(1, 1));
  passes("assertGreaterOrEqual", () => assertGreaterOrEqual(1, 1));
  fails("assertGreaterOrEqual", () => assertGreaterOrEqual(0, 1));
  passes("assertLess", () => assertLess(1, 2));
  fails("assertLess", () => assertLess(1, 1));
  fails("assertLess of NaN", () => assertLess(NaN, 1));
  passes("assertLessOrEqual", () => assertLessOrEqual(1, 1));
  fails("assertLessOrEqual", () => assertLessOrEqual(2, 1));

  passes("assertBytes of a subclass", () => assertBytes(view, bytes));
  passes("assertBytes of numbers", () => assertBytes(shifted, [1, 2, 3]));
  passes("assertBytes of text", () => assertBytes(new Uint8Array([0xc3, 0xa9]), "é"));
  fails("assertBytes of other octets", () => assertBytes(view, [1, 2, 4]));
  fails("assertBytes of fewer octets", () => assertBytes(view, [1, 2, 3, 0]));
  passes("assertFrames", () => assertFrames([view, new View(new ArrayBuffer(0))], [[1, 2, 3], ""]));
  fails("assertFrames of other frames", () => assertFrames([view], [[1, 2]]));
  fails("assertFrames of a missing frame", () => assertFrames([view], [[1, 2, 3], ""]));
});

describe("assertThrows and assertRejects", () => {
  const thrower = () => {
    throw new RangeError("too far");
  };
  const rejecter = () => Promise.reject(new RangeError("too far"));

  it("answer the error", async () => {
    assertEquals(assertThrows(thrower, RangeError, "far").message, "too far");
    assertEquals((await assertRejects(rejecter, RangeError, "far")).message, "too far");
    assertInstanceOf(assertThrows(thrower), RangeError);
    assertInstanceOf(await assertRejects(rejecter), RangeError);
    assertThrows(thrower, Error);
  });

  fails("assertThrows where nothing is thrown", () => assertThrows(() => {}));
  fails("assertThrows where another class is thrown", () => assertThrows(thrower, TypeError));
  fails("assertThrows where another text is thrown", () => assertThrows(thrower, RangeError, "near"));
  fails("assertRejects where the promise is fulfilled", () => assertRejects(() => Promise.resolve()));
  fails("assertRejects where another class is rejected with", () => assertRejects(rejecter, TypeError));
  fails(
    "assertRejects where another text is rejected with",
    () => assertRejects(rejecter, RangeError, "near"),
  );
  fails("assertRejects where the function throws", () => assertRejects(thrower, RangeError));
});

describe("hooks", () => {
  const log: string[] = [];

  beforeAll(() => void log.push("all"));
  beforeEach(async () => {
    await Promise.resolve();
    log.push("each");
  });
  afterEach(() => void log.push("after each"));

  it("run before the first test", () => assertEquals(log.splice(0), ["all", "each"]));

  describe("of an inner group", () => {
    beforeAll(() => void log.push("inner all"));
    beforeEach(() => void log.push("inner each"));
    afterEach(() => void log.push("inner after each"));
    afterAll(() => void log.push("inner after all"));

    it("run inside those of the outer", () => {
      assertEquals(log.splice(0), ["after each", "inner all", "each", "inner each"]);
    });
    it("run for each test", () => {
      assertEquals(log.splice(0), ["inner after each", "after each", "each", "inner each"]);
    });
  });

  it("end with the group", () => {
    assertEquals(log.splice(0), ["inner after each", "after each", "inner after all", "each"]);
  });
});

function passes(name: string, check: () => unknown): void {
  it(`${name}: passes`, check);
}

function fails(name: string, check: () => unknown): void {
  it(`${name}: fails`, async () => {
    let failure: unknown;
    try {
      await check();
    } catch (error) {
      failure = error;
    }
    if (!(failure instanceof Error) || failure.name !== "AssertionError") {
      throw new Error(`expected an AssertionError, got ${failure}`);
    }
  });
}
