import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError, ZmqError } from "../../../src/base/errors.ts";
import { DishPattern, RadioPattern } from "../../../src/pattern/radio.ts";
import { Random } from "../../support/reference.ts";
import { octets } from "../../support/transcript.ts";
import { attach, binary, FakeHost, FakePipe, parts, peer, received } from "./fakes.ts";

const ANY_OCTETS = String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1));

function codeOf(body: () => unknown): string {
  return (assertThrows(body, ZmqError) as ZmqError).code;
}

describe("RADIO", () => {
  it("sends to every dish of the group, matched as a whole, and to no other", () => {
    const radio = new RadioPattern(new FakeHost());
    const [a, b, none] = attach(radio, 3) as [FakePipe, FakePipe, FakePipe];
    for (const group of ["news", "", ANY_OCTETS]) a.joins(true, group);
    b.joins(true, "news");
    b.joins(true, "new");
    for (const group of ["news", "new", "newsy", "", ANY_OCTETS]) {
      assert(radio.send(parts(binary(group), "x")));
    }
    assertEquals([a.take(), b.take(), none.take()], [
      ["news x", " x", `${ANY_OCTETS} x`],
      ["news x", "new x"],
      [],
    ]);
  });

  it("a group joined twice is sent once and left twice, as at libzmq's; one left that was not joined is nothing", () => {
    const radio = new RadioPattern(new FakeHost());
    const [pipe, other] = attach(radio, 2) as [FakePipe, FakePipe];
    pipe.joins(false, "a");
    for (let i = 0; i < 2; i++) pipe.joins(true, "a");
    other.joins(false, "a");
    for (const body of ["1", "2", "3"]) {
      radio.send(parts("a", body));
      pipe.joins(false, "a");
    }
    assertEquals([pipe.take(), radio.topicsCount], [["a 1", "a 2"], 0]);
    for (let i = 0; i < 2; i++) other.joins(true, "a");
    other.leave(radio);
    assertEquals(radio.topicsCount, 0);
  });

  it("takes no ordinary message for a JOIN, not in the form of a subscription either", () => {
    const host = new FakeHost();
    const radio = new RadioPattern(host);
    const [pipe] = attach(radio, 1) as [FakePipe];
    for (const message of [["\x01a"], ["", "a"], ["JOIN", "a"], ["\x04JOINa"]]) pipe.come(...message);
    radio.send(parts("a", "x"));
    assertEquals([pipe.take(), radio.receive(), host.drops], [[], undefined, Array(4).fill("unexpected")]);
  });

  it("a dish that is lost or gone has joined nothing until it says so again", () => {
    const radio = new RadioPattern(new FakeHost());
    const [pipe, gone] = attach(radio, 2) as [FakePipe, FakePipe];
    for (const each of [pipe, gone]) each.joins(true, "a");
    radio.lost(pipe);
    gone.leave(radio);
    radio.send(parts("a", "1"));
    pipe.joins(true, "a");
    radio.send(parts("a", "2"));
    assertEquals([pipe.take(), gone.take()], [["a 2"], []]);
  });

  it("drops for a dish that is full and for no other; with noDrop it waits", () => {
    const host = new FakeHost();
    const radio = new RadioPattern(host);
    const [slow, quick] = attach(radio, 2) as [FakePipe, FakePipe];
    for (const each of [slow, quick]) each.joins(true, "a");
    slow.capacity = 1;
    for (const body of ["1", "2"]) assert(radio.send(parts("a", body)));
    assertEquals([slow.take(), quick.take(), host.drops], [["a 1"], ["a 1", "a 2"], ["full"]]);
    const strict = new RadioPattern(new FakeHost({ noDrop: true }));
    const [full, free] = attach(strict, 2) as [FakePipe, FakePipe];
    for (const each of [full, free]) each.joins(true, "a");
    full.capacity = 0;
    assertEquals([strict.send(parts("a", "1")), strict.writable, free.take()], [false, false, []]);
    full.makeRoom(1);
    assertEquals([strict.send(parts("a", "1")), full.take(), free.take()], [true, ["a 1"], ["a 1"]]);
  });

  it("sends everything to a medium, whatever the group", () => {
    const radio = new RadioPattern(new FakeHost());
    const [dish] = attach(radio, 1) as [FakePipe];
    dish.joins(true, "a");
    const medium = new FakePipe(radio);
    medium.broadcast = true;
    radio.attach(medium);
    radio.ready(medium, peer(""));
    medium.joins(true, "a");
    for (const group of ["a", "b", ""]) radio.send(parts(group, "x"));
    assertEquals([medium.take(), dish.take()], [["a x", "b x", " x"], ["a x"]]);
    radio.lost(medium);
    radio.send(parts("c", "x"));
    medium.leave(radio);
    radio.send(parts("d", "x"));
    assertEquals(medium.take(), ["c x"]);
  });

  it("refuses with EINVAL a group of 256 octets, one with a zero, and anything but one part", () => {
    const radio = new RadioPattern(new FakeHost());
    for (const wrong of [["g".repeat(256), "x"], ["a\0b", "x"], ["g"], ["g", "x", "y"]]) {
      assertEquals(codeOf(() => radio.send(parts(...wrong))), "EINVAL");
    }
    assert(radio.send(parts("g".repeat(255), "x")));
  });

  it("ends the connection of a dish that joins more groups than maxSubscriptions", () => {
    const radio = new RadioPattern(new FakeHost({ maxSubscriptions: 3 }));
    const [pipe] = attach(radio, 1) as [FakePipe];
    for (const group of ["1", "2", "3", "1"]) pipe.joins(true, group);
    assertEquals(pipe.terminations, []);
    pipe.joins(true, "4");
    assertInstanceOf(pipe.terminations[0], ProtocolError);
    assertEquals(radio.topicsCount, 3);
  });
});

describe("DISH", () => {
  const join = (dish: DishPattern, ...groups: string[]) => dish.join(groups.map((group) => octets(group)));
  const leave = (dish: DishPattern, ...groups: string[]) => dish.leave(groups.map((group) => octets(group)));

  it("tells every radio of each group, and all of them again to one that is new or has come back", () => {
    const dish = new DishPattern(new FakeHost());
    join(dish, "a", "b");
    const [pipe] = attach(dish, 1) as [FakePipe];
    assertEquals(pipe.subscriptions.splice(0), ["join a", "join b"]);
    leave(dish, "a");
    join(dish, "c");
    assertEquals(pipe.subscriptions.splice(0), ["leave a", "join c"]);
    dish.lost(pipe);
    dish.ready(pipe, peer("RADIO"));
    assertEquals(pipe.subscriptions, ["join b", "join c"]);
  });

  it("hands on what was sent to its groups and drops the rest", () => {
    const host = new FakeHost();
    const dish = new DishPattern(host);
    const [pipe] = attach(dish, 1) as [FakePipe];
    join(dish, "a", "");
    for (const group of ["a", "ab", "", "b", "a"]) pipe.come(group, "x");
    assertEquals([received(dish), host.drops], [["a x", " x", "a x"], ["filtered", "filtered"]]);
    leave(dish, "a");
    pipe.come("a", "late");
    assertEquals([dish.readable, dish.receive()], [false, undefined]);
  });

  it("EINVAL: to join twice, to leave what was not joined, 256 octets, a zero; and nothing is changed", () => {
    const dish = new DishPattern(new FakeHost());
    const [pipe] = attach(dish, 1) as [FakePipe];
    join(dish, "a", "g".repeat(255));
    pipe.subscriptions.length = 0;
    for (const wrong of [["a"], ["b", "b"], ["b", "a"], ["b", "g".repeat(256)], ["b", "\0"]]) {
      assertEquals(codeOf(() => join(dish, ...wrong)), "EINVAL");
    }
    for (const wrong of [["b"], ["a", "a"], ["a", "b"]]) {
      assertEquals(codeOf(() => leave(dish, ...wrong)), "EINVAL");
    }
    assertEquals(pipe.subscriptions, []);
    leave(dish, "a");
    join(dish, "a");
    assertEquals(pipe.subscriptions, ["leave a", "join a"]);
  });

  it("sends nothing", () => {
    const dish = new DishPattern(new FakeHost());
    attach(dish, 1);
    assertEquals([dish.writable, dish.send(parts("a", "x"))], [false, false]);
  });
});

describe("RADIO and DISH, by random schedules", () => {
  it("a dish gets exactly what was sent to its groups while it had joined them", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const radio = new RadioPattern(new FakeHost());
      const pipes = attach(radio, 3) as FakePipe[];
      const joined = pipes.map((): string[] => []);
      const expected: string[][] = pipes.map(() => []);
      for (let step = 0; step < 100; step++) {
        const i = random.below(3);
        const group = "abcd"[random.below(4)]!;
        switch (random.below(5)) {
          case 0:
            joined[i]!.push(group);
            pipes[i]!.joins(true, group);
            break;
          case 1:
            if (joined[i]!.includes(group)) joined[i]!.splice(joined[i]!.indexOf(group), 1);
            pipes[i]!.joins(false, group);
            break;
          case 2:
            if (random.below(4) > 0) break;
            joined[i]!.length = 0;
            radio.lost(pipes[i]!);
            break;
          default:
            radio.send(parts(group, `${step}`));
            for (const [at, groups] of joined.entries()) {
              if (groups.includes(group)) expected[at]!.push(`${group} ${step}`);
            }
        }
      }
      assertEquals(pipes.map((pipe) => pipe.take()), expected, `seed ${seed}`);
      assertEquals(radio.topicsCount, new Set(joined.flat()).size);
    }
  });
});
