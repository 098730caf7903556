/**
 * Who may connect to a bound endpoint: what libzmq leaves to the kernel's limit of descriptors, and faults like
 * CVE-2020-15166 show to need bounds. By hand, and against a model under random schedules.
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError, ZmqError } from "../../../src/base/errors.ts";
import { addressOf } from "../../../src/base/ip_address.ts";
import { Admission } from "../../../src/session/admission.ts";
import { Random } from "../../support/reference.ts";

class Rules {
  maxHandshakes = 1024;
  maxConnectionsPerAddress = 0;
  refused = "";

  allows(remote: string): boolean {
    return !this.refused || !remote.startsWith(this.refused);
  }
}

function make(changes: Partial<Rules> = {}): { rules: Rules; door: Admission<string>; expired: string[] } {
  const rules = Object.assign(new Rules(), changes);
  const expired: string[] = [];
  const door = new Admission<string>(rules, (connection, error) => {
    assertInstanceOf(error, ProtocolError);
    assertEquals(error.code, "ERR_ZMTP_HALF_OPEN");
    expired.push(connection);
  });
  return { rules, door, expired };
}

/** Lets connections in, or says which not. */
function enter(door: Admission<string>, names: string, remote = "127.0.0.1:1"): string {
  return [...names].filter((name) => door.enter(name, remote) !== undefined).join("");
}

describe("addressOf", () => {
  const cases: [remote: string, address: string][] = [
    ["127.0.0.1:40312", "127.0.0.1"],
    ["[::1]:40312", "::1"],
    ["[::ffff:127.0.0.1]:40312", "127.0.0.1"],
    ["[::ffff:7f00:1]:40312", "127.0.0.1"],
    ["[::fffe:127.0.0.1]:1", "::fffe:127.0.0.1"],
    ["[1::ffff:127.0.0.1]:1", "1::ffff:127.0.0.1"],
    ["[2001:db8::1]:40312", "2001:db8::1"],
    ["[fe80::1%eth0]:40312", "fe80::1%eth0"],
    ["192.0.2.1", "192.0.2.1"],
    ["/run/socket", "/run/socket"],
    ["", ""],
  ];
  for (const [remote, address] of cases) {
    it(`${JSON.stringify(remote)} is ${JSON.stringify(address)}`, () => {
      assertEquals(addressOf(remote), address);
    });
  }
});

describe("Admission: connections in their handshake", () => {
  it("the oldest goes when there is one too many, and the newest never", () => {
    const { door, expired } = make({ maxHandshakes: 2 });
    assertEquals(enter(door, "abcd"), "");
    assertEquals([expired, [...door.halfOpen]], [["a", "b"], ["c", "d"]]);
  });

  it("who has done its handshake, or has left, is not counted", () => {
    const { door, expired } = make({ maxHandshakes: 2 });
    enter(door, "ab");
    door.done("a");
    enter(door, "c");
    door.leave("b");
    enter(door, "d");
    assertEquals([expired, [...door.halfOpen]], [[], ["c", "d"]]);
    enter(door, "e");
    assertEquals(expired, ["c"]);
  });

  it("is told once of each, also if it takes its time to go", () => {
    const { door, expired } = make({ maxHandshakes: 1 });
    enter(door, "abc");
    door.leave("a");
    enter(door, "d");
    assertEquals(expired, ["a", "b", "c"]);
  });

  it("0 is no limit, and a lower one is kept from the next connection on", () => {
    const { rules, door, expired } = make({ maxHandshakes: 0 });
    const all = Array.from({ length: 5000 }, (_, i) => `${i}`);
    for (const name of all) assertEquals(door.enter(name, "127.0.0.1:1"), undefined);
    assertEquals(expired, []);
    rules.maxHandshakes = 10;
    enter(door, "x");
    assertEquals([expired.length, [...door.halfOpen].length], [4991, 10]);
    assertEquals(expired, all.slice(0, 4991));
  });
});

describe("Admission: connections of one address", () => {
  it("one too many is refused with EACCES, and says nothing about others", () => {
    const { door } = make({ maxConnectionsPerAddress: 2 });
    assertEquals(enter(door, "abc", "10.0.0.1:1"), "c");
    assertEquals(enter(door, "def", "10.0.0.2:1"), "f");
    const error = door.enter("g", "10.0.0.1:7");
    assertInstanceOf(error, ZmqError);
    assertEquals(error.code, "EACCES");
    assert(error.message.includes("10.0.0.1"));
    assertEquals([...door.halfOpen], ["a", "b", "d", "e"]);
  });

  it("counts those that have done their handshake, until they leave", () => {
    const { door } = make({ maxConnectionsPerAddress: 2 });
    enter(door, "ab");
    door.done("a");
    assertEquals(enter(door, "c"), "c");
    door.leave("a");
    assertEquals(enter(door, "de"), "e");
  });

  it("one that was refused, or has left, gives nothing back", () => {
    const { door } = make({ maxConnectionsPerAddress: 1 });
    enter(door, "ab");
    door.leave("b");
    assertEquals(enter(door, "c"), "c");
    door.leave("a");
    door.leave("a");
    assertEquals(enter(door, "de"), "e");
  });

  it("counts one address of IPv4 once, however a listener writes it", () => {
    const { door } = make({ maxConnectionsPerAddress: 1 });
    enter(door, "a", "127.0.0.1:5");
    assertEquals(enter(door, "b", "[::ffff:127.0.0.1]:6"), "b");
    assertEquals(enter(door, "c", "[::1]:6"), "");
  });

  it("one that has no place in the handshake counts until it is closed", () => {
    const { door, expired } = make({ maxConnectionsPerAddress: 2, maxHandshakes: 1 });
    enter(door, "ab");
    assertEquals(expired, ["a"]);
    assertEquals(enter(door, "c"), "c");
    door.leave("a");
    assertEquals(enter(door, "d"), "");
  });

  it("a filter comes first, and what it refuses is not counted", () => {
    const { rules, door } = make({ maxConnectionsPerAddress: 1, refused: "10." });
    assertEquals(enter(door, "abc", "10.0.0.1:1"), "abc");
    rules.refused = "";
    assertEquals(enter(door, "de", "10.0.0.1:1"), "e");
  });
});

describe("Admission", () => {
  it("counts right under random schedules", () => {
    const random = new Random(7);
    for (let run = 0; run < 20; run++) {
      const rules = { maxHandshakes: random.between(1, 8), maxConnectionsPerAddress: random.below(4) };
      const { door, expired } = make(rules);
      const open = new Map<string, { address: number; half: boolean }>();
      for (let step = 0; step < 500; step++) {
        const names = [...open.keys()];
        const name = names[random.below(names.length || 1)];
        if (random.chance(0.5) || name === undefined) {
          const address = random.below(5);
          const count = [...open.values()].filter((each) => each.address === address).length;
          const full = rules.maxConnectionsPerAddress > 0 && count >= rules.maxConnectionsPerAddress;
          const refusal = door.enter(`${step}`, `10.0.0.${address}:${step}`);
          assertEquals(refusal !== undefined, full);
          if (full) continue;
          open.set(`${step}`, { address, half: true });
          const half = [...open].filter(([, each]) => each.half).map(([each]) => each);
          const gone = half.slice(0, Math.max(0, half.length - rules.maxHandshakes));
          assertEquals(expired.splice(0), gone);
          for (const each of gone) open.get(each)!.half = false;
        } else if (random.chance(0.4)) {
          door.done(name);
          open.get(name)!.half = false;
        } else {
          door.leave(name);
          open.delete(name);
        }
        assertEquals([...door.halfOpen], [...open].filter(([, { half }]) => half).map(([each]) => each));
      }
    }
  });
});
