import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import {
  decodeZapReply,
  decodeZapRequest,
  encodeZapReply,
  encodeZapRequest,
  zapAddress,
} from "../../../src/mechanism/zap.ts";
import type { ZapReply } from "../../../src/mechanism/zap.ts";
import { assertBytes, assertFrames } from "../../support/bytes.ts";
import { join, octets, property } from "../../support/transcript.ts";

const ID = octets("17");

/** A good reply, part by part. */
function reply(changes: { readonly [index: number]: Uint8Array | string } = {}): Uint8Array[] {
  const parts = ["", "1.0", "17", "200", "OK", "joe", property("Name", "Joe")];
  return parts.map((part, index) => {
    const given = changes[index] ?? part;
    return typeof given === "string" ? octets(given) : given;
  });
}

/** What a reply is refused with; `undefined`: it is taken. */
function refusal(frames: readonly Uint8Array[]): string | undefined {
  try {
    decodeZapReply(frames, ID);
    return undefined;
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
    return error.code;
  }
}

describe("a request (RFC 27, message format)", () => {
  const origin = { domain: "test", address: "192.168.55.1", identity: octets("BOB") };

  it("SHALL be delimiter, version, request id, domain, address, identity and mechanism for NULL (ZA-2)", () => {
    assertFrames(encodeZapRequest(octets("0001"), origin, { mechanism: "NULL", credentials: [] }), [
      "",
      "1.0",
      "0001",
      "test",
      "192.168.55.1",
      "BOB",
      "NULL",
    ]);
  });

  it("SHALL have two frames more for PLAIN, and one of 32 octets for CURVE (ZA-3)", () => {
    const credentials = [octets("admin"), octets("secret")];
    const plain = encodeZapRequest(ID, origin, { mechanism: "PLAIN", credentials });
    assertFrames(plain.slice(6), ["PLAIN", "admin", "secret"]);
    const key = new Uint8Array(32).fill(7);
    assertFrames(encodeZapRequest(ID, origin, { mechanism: "CURVE", credentials: [key] }).slice(6), [
      "CURVE",
      key,
    ]);
  });

  it("is read as it was written, octets verbatim", () => {
    const credentials = [Uint8Array.of(0, 1, 255), octets("")];
    const frames = encodeZapRequest(ID, origin, { mechanism: "PLAIN", credentials });
    const read = decodeZapRequest(frames.slice(1));
    assert(typeof read === "object", String(read));
    assertBytes(read.id, "17");
    assertEquals([read.domain, read.address, read.mechanism], ["test", "192.168.55.1", "PLAIN"]);
    assertBytes(read.identity, "BOB");
    assertFrames(read.credentials, credentials);
  });

  it("is refused with another version, fewer frames, no mechanism, or a string of more than 255 octets (ZA-10)", () => {
    const frames = encodeZapRequest(ID, origin, { mechanism: "NULL", credentials: [] }).slice(1);
    for (let length = 0; length < frames.length; length++) {
      assert(typeof decodeZapRequest(frames.slice(0, length)) === "string", `${length} frames`);
    }
    for (const version of ["1.1", "1.0\0", "", "1", "2.0"]) {
      assertEquals(decodeZapRequest(frames.with(0, octets(version))), "A version that is not 1.0");
    }
    assertEquals(decodeZapRequest(frames.with(5, octets(""))), "No mechanism");
    for (const index of [2, 3, 4, 5]) {
      assertEquals(typeof decodeZapRequest(frames.with(index, new Uint8Array(255).fill(65))), "object");
      assertEquals(typeof decodeZapRequest(frames.with(index, new Uint8Array(256).fill(65))), "string");
    }
  });
});

describe("a reply (RFC 27, message format)", () => {
  it("is read with user id and metadata verbatim (ZA-4)", () => {
    const controls = Uint8Array.from({ length: 255 }, (_, i) => i);
    const metadata = join(property("X-A", "\0\r\n\u0007"), property("Name", ""));
    const { status, text, userId, metadata: read } = decodeZapReply(reply({ 5: controls, 6: metadata }), ID);
    assertEquals([status, text], [200, "OK"]);
    assertBytes(userId, controls);
    assertEquals([...read.keys()], ["x-a", "name"]);
    assertBytes(read.get("x-a")!, "\0\r\n\u0007");
  });

  it("keeps what it says when its frames are written again", () => {
    const frames = reply();
    const read = decodeZapReply(frames, ID);
    for (const frame of frames) frame.fill(0);
    assertBytes(read.userId, "joe");
    assertBytes(read.metadata.get("name")!, "Joe");
  });

  it("names nobody unless the status is 200: the user id SHALL be empty then", () => {
    for (const status of [300, 400, 500] as const) {
      const read = decodeZapReply(reply({ 3: `${status}` }), ID);
      assertEquals(read.status, status);
      assertBytes(read.userId, "");
      assertEquals(read.metadata.size, 0);
    }
  });

  it("is malformed with any number of frames but seven, the delimiter included (ZA-4, ZA-6)", () => {
    const frames = reply();
    for (let length = 0; length < 7; length++) {
      assertEquals(refusal(frames.slice(0, length)), "ERR_ZAP_MALFORMED_REPLY");
      assertEquals(refusal(frames.slice(7 - length)), "ERR_ZAP_MALFORMED_REPLY");
    }
    assertEquals(refusal([...frames, octets("")]), "ERR_ZAP_MALFORMED_REPLY");
    assertEquals(refusal(frames), undefined);
  });

  it("has the delimiter, the version, the id and one of four status codes, or libzmq's error for it (ZA-4, ZA-6)", () => {
    const cases: readonly (readonly [number, readonly string[], string])[] = [
      [0, ["x"], "ERR_ZAP_UNSPECIFIED"],
      [1, ["", "1", "1.", "1.1", "1.0\0", "invalid"], "ERR_ZAP_BAD_VERSION"],
      [2, ["", "1", "18", "170", "\x0017", "invalid"], "ERR_ZAP_BAD_REQUEST_ID"],
      [
        3,
        ["", "2", "20", "2000", "0200", "100", "201", "600", " 200", "OK!", "20\0", "invalid_status"],
        "ERR_ZAP_INVALID_STATUS_CODE",
      ],
      [
        6,
        ["\x00", "\x04Name", "\x01A\0\0\0", "\x01A\0\0\0\x02x", "\x01 \0\0\0\0"],
        "ERR_ZAP_INVALID_METADATA",
      ],
    ];
    for (const [index, values, code] of cases) {
      for (const value of values) {
        assertEquals(refusal(reply({ [index]: value })), code, `${index}: ${value}`);
      }
    }
  });

  it("is refused at every octet of version, id, status and metadata that is wrong", () => {
    const expected: { readonly [index: number]: string } = {
      1: "ERR_ZAP_BAD_VERSION",
      2: "ERR_ZAP_BAD_REQUEST_ID",
      3: "ERR_ZAP_INVALID_STATUS_CODE",
    };
    for (const index of [1, 2, 3]) {
      const good = reply()[index]!;
      for (let at = 0; at < good.length; at++) {
        for (let octet = 0; octet < 256; octet++) {
          const bad = good.slice();
          bad[at] = octet;
          const text = String.fromCharCode(...bad);
          const fine = octet === good[at] || index === 3 && ["200", "300", "400", "500"].includes(text);
          assertEquals(refusal(reply({ [index]: bad })), fine ? undefined : expected[index], text);
        }
      }
    }
    // Of metadata, each cut is one: only the whole of it, or nothing, is well-formed.
    const metadata = reply()[6]!;
    for (let length = 0; length <= metadata.length; length++) {
      const fine = length === 0 || length === metadata.length;
      assertEquals(
        refusal(reply({ 6: metadata.subarray(0, length) })),
        fine ? undefined : "ERR_ZAP_INVALID_METADATA",
      );
    }
  });

  it("with one octet changed anywhere is either refused or says what that octet says", () => {
    const good = reply();
    for (const [index, frame] of good.entries()) {
      for (let at = 0; at < frame.length; at++) {
        for (const octet of [0, 0x20, 0x7f, 0x80, 0xff, frame[at]! ^ 1]) {
          const bad = frame.slice();
          bad[at] = octet;
          const frames = reply({ [index]: bad });
          const code = refusal(frames);
          if (code !== undefined) assert(code.startsWith("ERR_ZAP_"), code);
          else if (index === 5) assertBytes(decodeZapReply(frames, ID).userId, bad);
          else assert(index >= 3, `frame ${index} was taken as ${bad}`);
        }
      }
    }
  });

  it("is bounded: 255 octets of user id, 64 KiB of metadata; text is cut at 255 octets", () => {
    assertEquals(refusal(reply({ 5: new Uint8Array(256) })), "ERR_ZAP_MALFORMED_REPLY");
    const value = (length: number) => property("A", "x".repeat(length - 6));
    assertEquals(refusal(reply({ 6: value(65536) })), undefined);
    assertEquals(refusal(reply({ 6: value(65537) })), "ERR_ZAP_INVALID_METADATA");
    assertEquals(decodeZapReply(reply({ 4: "x".repeat(1000) }), ID).text.length, 255);
  });

  it("is written as it is read, its text in ASCII", () => {
    const said: ZapReply = {
      status: 400,
      text: "Zutritt für Fremde verboten\n",
      userId: octets(""),
      metadata: new Map(),
    };
    const frames = encodeZapReply(ID, said);
    assertFrames(frames, ["1.0", "17", "400", "Zutritt f?r Fremde verboten?", "", ""]);
    assertEquals(decodeZapReply([octets(""), ...frames], ID).status, 400);
    const metadata = new Map([["name", octets("Joe")]]);
    const let_in = encodeZapReply(ID, { status: 200, text: "OK", userId: octets("joe"), metadata });
    assertBytes(decodeZapReply([octets(""), ...let_in], ID).metadata.get("name")!, "Joe");
  });
});

describe("the address of a request (RFC 27: an IPv4 dotted string, or an IPv6 canonical string)", () => {
  for (
    const [remote, address] of [
      ["127.0.0.1:40312", "127.0.0.1"],
      ["[::1]:40312", "::1"],
      ["[2001:DB8:0:0:0:0:0:1]:5", "2001:db8::1"],
      ["[::ffff:10.1.2.3]:5", "10.1.2.3"],
      ["[::ffff:a01:203]:5", "10.1.2.3"],
      ["[fe80::1%eth0]:5", "fe80::1"],
      ["", ""],
      ["/tmp/socket", ""],
      ["[", ""],
      ["[::1", ""],
    ] as const
  ) {
    it(`is ${JSON.stringify(address)} for ${JSON.stringify(remote)} (ZA-5)`, () => {
      assertEquals(zapAddress(remote), address);
    });
  }
});
