import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { decodeMetadata, encodeMetadata } from "../../../src/message/metadata.ts";
import { assertBytes } from "../../support/bytes.ts";
import { Random } from "../../support/reference.ts";
import { join, octets, pattern, property } from "../../support/transcript.ts";

describe("Metadata (RFC 37)", () => {
  it("is name length, name, value length in four octets, value", () => {
    assertBytes(
      encodeMetadata([["Socket-Type", octets("PULL")], ["Identity", octets("")]]),
      join([11], octets("Socket-Type"), [0, 0, 0, 4], octets("PULL"), [8], octets("Identity"), [0, 0, 0, 0]),
    );
    assertBytes(encodeMetadata([]), []);
  });

  it("what is encoded is decoded again, under lower-case names", () => {
    const random = new Random(3);
    for (let i = 0; i < 100; i++) {
      const properties = Array.from({ length: random.below(20) }, (_, k): [string, Uint8Array] => [
        `X-Name.${k}_+${"n".repeat(random.below(200))}`,
        random.octets(random.pick([0, 1, 255, 256, 3000])),
      ]);
      const decoded = decodeMetadata(encodeMetadata(properties))!;
      assertEquals([...decoded.keys()], properties.map(([name]) => name.toLowerCase()));
      for (const [name, value] of properties) assertBytes(decoded.get(name.toLowerCase())!, value);
    }
  });

  it("no octets are no properties", () => {
    assertEquals(decodeMetadata(octets(""))!.size, 0);
  });

  it("a view into a larger buffer is read from where it begins, and values are copies", () => {
    const chunk = join([9, 9, 9], property("A", "value"), [9]);
    const decoded = decodeMetadata(chunk.subarray(3, chunk.length - 1))!;
    chunk.fill(0);
    assertBytes(decoded.get("a")!, "value");
  });

  it("names of 1 and of 255 octets are good, one of none is not", () => {
    for (const length of [1, 255]) assert(decodeMetadata(property("n".repeat(length), "")) !== undefined);
    assertEquals(decodeMetadata(property("", "")), undefined);
  });

  it("random octets are read or refused, and never throw", () => {
    const random = new Random(17);
    for (let i = 0; i < 5000; i++) {
      const input = join(property("Socket-Type", "PULL"), property("X-Y", pattern(random.below(9))));
      for (let k = random.between(1, 4); k > 0; k--) input[random.below(input.length)] = random.below(256);
      decodeMetadata(input.subarray(0, random.below(input.length + 1)));
      decodeMetadata(random.octets(random.below(40)));
    }
  });

  it("more than 1024 properties are refused", () => {
    const many = (count: number) => join(...Array.from({ length: count }, (_, i) => property(`p${i}`, "")));
    assertEquals(decodeMetadata(many(1024))?.size, 1024);
    assertEquals(decodeMetadata(many(1025)), undefined);
  });
});
