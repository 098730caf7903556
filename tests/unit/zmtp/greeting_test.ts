import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import { encodeGreeting, GreetingReader } from "../../../src/zmtp/greeting.ts";
import { assertBytes } from "../../support/bytes.ts";
import { greeting, join, octets } from "../../support/transcript.ts";

function read(...chunks: readonly Uint8Array[]): GreetingReader {
  const reader = new GreetingReader();
  for (const chunk of chunks) assertEquals(reader.read(chunk), chunk.length);
  return reader;
}

function codeOf(body: () => unknown): string {
  let code = "none";
  assertThrows(() => {
    try {
      body();
    } catch (error) {
      if (error instanceof ProtocolError) code = error.code;
      throw error;
    }
  }, ProtocolError);
  return code;
}

describe("Greeting: what we send (RFC 37)", () => {
  it("is 64 octets: signature, version 3.1, the mechanism padded with zeros, as-server 0, filler", () => {
    assertBytes(
      encodeGreeting("NULL"),
      join([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1], octets("NULL"), new Uint8Array(16 + 1 + 31)),
    );
    assertBytes(encodeGreeting("CURVE"), greeting({ mechanism: "CURVE" }));
  });
});

describe("Greeting: what we read", () => {
  it("may come in any two pieces, with octets of the handshake behind it", () => {
    const wire = join(greeting(), [4, 5, 6]);
    for (let at = 0; at <= 64; at++) {
      const reader = new GreetingReader();
      assertEquals(reader.read(wire.slice(0, at)), at);
      assertEquals(reader.complete, at === 64);
      assertEquals(reader.read(wire.slice(at)), 64 - at);
      assert(reader.complete);
      assertEquals(reader.mechanism, "NULL");
      assertEquals(reader.minor, 1);
    }
  });

  it("shows the version from the eleventh octet on", () => {
    const reader = new GreetingReader();
    reader.read(greeting().slice(0, 10));
    assert(!reader.versionKnown);
    reader.read(greeting().slice(10, 11));
    assert(reader.versionKnown);
  });

  it("SHALL accept every version from 3.0 on; a higher major version speaks our 3.1", () => {
    for (let minor = 0; minor < 256; minor++) assertEquals(read(greeting({ minor })).minor, minor);
    for (let major = 4; major < 256; major++) assertEquals(read(greeting({ major, minor: 0 })).minor, 1);
  });

  it("SHALL NOT look at the padding, the as-server bit or the filler", () => {
    const odd = greeting({ padding: [1, 2, 3, 4, 0xff, 0xfe, 0, 9], asServer: 1 });
    odd.fill(0xaa, 33);
    assert(read(odd).complete);
  });

  it("refuses a first octet that is not FF at once", () => {
    for (let first = 0; first < 0xff; first++) {
      assertEquals(codeOf(() => read(Uint8Array.of(first))), "ERR_ZMTP_VERSION_UNSUPPORTED");
    }
  });

  it("refuses a signature whose tenth octet is not 7F; an even one is a ZMTP 1.0 peer", () => {
    for (let last = 0; last < 256; last++) {
      if (last === 0x7f) continue;
      const wire = greeting().slice(0, 10);
      wire[9] = last;
      assertEquals(
        codeOf(() => read(wire)),
        last % 2 === 0 ? "ERR_ZMTP_VERSION_UNSUPPORTED" : "ERR_ZMTP_UNSPECIFIED",
        `${last}`,
      );
    }
  });

  it("refuses revisions 0, 1 and 2, which are older protocols", () => {
    for (const major of [0, 1, 2]) {
      assertEquals(codeOf(() => read(greeting({ major }).slice(0, 11))), "ERR_ZMTP_VERSION_UNSUPPORTED");
    }
  });

  it("compares all 20 octets of the mechanism", () => {
    const names = ["", "PLAIN", "null", "NULLX", "NULL\0X", "A".repeat(20)];
    for (const name of names) assertEquals(read(greeting({ mechanism: name })).mechanism, name);
  });
});
