/**
 * Which socket types may talk (RFC 37, "the Socket-Type property"): the whole table, typed from the RFC and not from
 * the sources, between two engines and for our side against a peer made of octets.
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SOCKET_TYPES } from "../../../src/pattern/types.ts";
import type { SocketTypeName } from "../../../src/pattern/types.ts";
import { assertBytes } from "../../support/bytes.ts";
import { End, Link } from "../../support/link.ts";
import { greeting, join, ready } from "../../support/transcript.ts";

/** Rows and columns of the RFC's table, in its order; an x where it has a star. */
const TABLE: readonly (readonly [SocketTypeName, string])[] = [
  ["REQ", ".x.x..............."],
  ["REP", "x.x................"],
  ["DEALER", ".xxx..............."],
  ["ROUTER", "x.xx..............."],
  ["PUB", "......xx..........."],
  ["XPUB", "......xx..........."],
  ["SUB", "....xx............."],
  ["XSUB", "....xx............."],
  ["PUSH", ".........x........."],
  ["PULL", "........x.........."],
  ["PAIR", "..........x........"],
  ["CLIENT", "............x......"],
  ["SERVER", "...........x......."],
  ["RADIO", "..............x...."],
  ["DISH", ".............x....."],
  ["SCATTER", "................x.."],
  ["GATHER", "...............x..."],
  ["PEER", ".................x."],
  ["CHANNEL", "..................x"],
];

function fits(ours: number, theirs: number): boolean {
  return TABLE[ours]![1][theirs] === "x";
}

describe("the table of socket types", () => {
  it("has 19 rows of 19, and is the same from both sides", () => {
    assertEquals(TABLE.length, 19);
    TABLE.forEach(([, row], i) => {
      assertEquals(row.length, 19);
      for (let j = 0; j < 19; j++) {
        assertEquals(fits(i, j), fits(j, i), `${TABLE[i]![0]} and ${TABLE[j]![0]}`);
      }
    });
  });

  it("is that of our types: what each accepts is its row (RD-8)", () => {
    TABLE.forEach(([name], i) => {
      const row = TABLE.filter((_, j) => fits(i, j)).map(([peer]) => peer as string);
      assertEquals([...SOCKET_TYPES[name].peers].toSorted(), row.toSorted(), name);
    });
  });

  it("each type announces itself by its exact name (RD-7)", () => {
    for (const [name] of TABLE) {
      const end = new End({ type: name });
      end.output();
      end.hear(greeting());
      const rest = end.output().slice(53);
      const identity: Record<string, string> = SOCKET_TYPES[name].named ? { Identity: "" } : {};
      assertBytes(rest, ready(name, identity), name);
    }
  });

  it("all 361 pairs make the handshake or are refused by an ERROR, as the table says (RD-7, RD-8)", () => {
    TABLE.forEach(([ours], i) => {
      TABLE.forEach(([theirs], j) => {
        const link = new Link({ type: ours }, { type: theirs });
        link.settle();
        const met = fits(i, j) ? 1 : 0;
        assertEquals([link.a.readies, link.b.readies], [met, met], `${ours} and ${theirs}`);
        assertEquals(link.a.failures.map(({ code }) => code), met ? [] : ["ERR_ZMTP_INVALID_METADATA"]);
        const end = new End({ type: ours });
        end.hear(join(greeting(), ready(theirs)));
        assertEquals(end.readies, met);
        const said = String.fromCharCode(...end.output());
        assertEquals(said.includes("\x05ERROR\x13Invalid socket type"), !met, `${ours} and ${theirs}`);
      });
    });
  });

  it("what is no type of the table is refused by all: STREAM, DGRAM, nothing, small letters (RD-8)", () => {
    for (const [ours] of TABLE) {
      for (const theirs of ["STREAM", "DGRAM", "", "FOO", "dealer", "DEALER\0", " PUB", "RE", "REQQ"]) {
        const end = new End({ type: ours });
        end.hear(join(greeting(), ready(theirs)));
        assertEquals([end.readies, end.failure], [0, "ERR_ZMTP_INVALID_METADATA"], `${ours} and ${theirs}`);
      }
    }
  });
});
