import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProtocolError } from "../../../src/base/errors.ts";
import { HEAD_MAX, HeadReader, HttpError, pathOf } from "../../../src/ws/http.ts";
import {
  acceptOf,
  answerUpgrade,
  checkResponse,
  formatRequest,
  makeKey,
  zwsProtocols,
} from "../../../src/ws/upgrade.ts";
import { Random } from "../../support/reference.ts";
import { octets, pattern } from "../../support/transcript.ts";

const PROTOCOLS = zwsProtocols("NULL", false);
const GOOD = [
  "Host: 127.0.0.1:5555",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: ZWS2.0/NULL, ZWS2.0",
  "Sec-WebSocket-Version: 13",
];

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function head(first: string, lines: readonly string[]): Uint8Array {
  return octets([first, ...lines, "", ""].join("\r\n"));
}

/** The good request with lines of these names replaced, dropped (no value) or added. */
function request(
  changes: Record<string, string | readonly string[] | undefined> = {},
  first = "GET /chat HTTP/1.1",
) {
  const names = Object.keys(changes).map((name) => name.toLowerCase());
  const lines = GOOD.filter((line) => !names.includes(line.split(":")[0]!.toLowerCase()));
  for (const [name, value] of Object.entries(changes)) {
    for (const each of value === undefined ? [] : typeof value === "string" ? [value] : value) {
      lines.push(`${name}: ${each}`);
    }
  }
  return head(first, lines);
}

/** The status of the answer to a request, and all of it. */
function answer(
  wire: Uint8Array,
  protocols: readonly string[] = PROTOCOLS,
): { status: number; response: string; protocol?: string } {
  const reader = new HeadReader();
  try {
    assertEquals(reader.read(wire), wire.length);
    assert(reader.complete);
    const result = answerUpgrade(reader.request(), protocols);
    const response = text(result.response);
    return {
      status: Number(response.slice(9, 12)),
      response,
      ...("protocol" in result ? { protocol: result.protocol } : {}),
    };
  } catch (error) {
    assertInstanceOf(error, HttpError);
    return { status: error.status, response: "" };
  }
}

describe("a server's answer (RFC 6455, 4.2)", () => {
  it("is the one of RFC 6455, section 1.3, for its key", () => {
    assertEquals(acceptOf("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertEquals(
      answer(request()).response,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n",
    );
  });

  it("takes lists, any case and blanks, as RFC 9110 writes them", () => {
    for (
      const changes of [
        { Upgrade: "WebSocket" },
        { Upgrade: "h2c, websocket" },
        { Connection: "keep-alive, Upgrade" },
        { Connection: ["keep-alive", "uPGRADE"] },
        { CONNECTION: "\t upgrade \t" },
        { "Content-Length": "0" },
        { "Sec-WebSocket-Extensions": "permessage-deflate" },
      ]
    ) {
      const { status, response } = answer(request(changes));
      assertEquals(status, 101, JSON.stringify(changes));
      assert(!/extensions/i.test(response));
    }
  });

  it("ZW-1, ZW-2: chooses among the sub-protocols by its own order, over several lines; none fits: 400", () => {
    const chosen = (value: string | string[] | undefined, protocols = PROTOCOLS) =>
      answer(request({ "Sec-WebSocket-Protocol": value }), protocols).protocol ?? 400;
    assertEquals(chosen("ZWS2.0, ZWS2.0/NULL"), "ZWS2.0/NULL");
    assertEquals(chosen("ZWS2.0"), "ZWS2.0");
    assertEquals(chosen(["chat", "ZWS2.0,x"]), "ZWS2.0");
    assertEquals(chosen(["ZWS2.0/PLAIN", "ZWS2.0/NULL"]), "ZWS2.0/NULL");
    assertEquals(chosen("ZWS2.0/NULL, ZWS2.0", zwsProtocols("CURVE", true)), 400);
    assertEquals(chosen("ZWS2.0/CURVE", zwsProtocols("CURVE", true)), "ZWS2.0/CURVE");
    for (
      const none of ["chat", "zws2.0", "ZWS2.0/NULL2", "", "ZWS2.0/NULL;ZWS2.0", "ZWS2.0 /NULL", undefined]
    ) {
      assertEquals(chosen(none), 400, String(none));
      assertEquals(answer(request({ "Sec-WebSocket-Protocol": none })).status, 400);
    }
  });

  const rows: readonly (readonly [string, number, Uint8Array])[] = [
    ["another method", 405, request({}, "POST / HTTP/1.1")],
    ["HTTP/1.0", 505, request({}, "GET / HTTP/1.0")],
    ["HTTP/2.0", 505, request({}, "GET / HTTP/2.0")],
    ["no Host", 400, request({ Host: undefined })],
    ["two Hosts", 400, request({ Host: ["a", "b"] })],
    ["an empty Host", 400, request({ Host: "" })],
    ["no Upgrade: a plain GET", 426, request({ Upgrade: undefined })],
    ["another Upgrade", 426, request({ Upgrade: "websockets" })],
    ["no Connection", 426, request({ Connection: undefined })],
    ["Connection: close", 426, request({ Connection: "close" })],
    ["no version", 426, request({ "Sec-WebSocket-Version": undefined })],
    ["version 8", 426, request({ "Sec-WebSocket-Version": "8" })],
    ["version 13, 8", 426, request({ "Sec-WebSocket-Version": "13, 8" })],
    ["two versions", 400, request({ "Sec-WebSocket-Version": ["13", "13"] })],
    ["a missing key", 400, request({ "Sec-WebSocket-Key": undefined })],
    [
      "two keys",
      400,
      request({ "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] }),
    ],
    ["a key of 15 octets", 400, request({ "Sec-WebSocket-Key": btoa("a".repeat(15)) })],
    ["a key of 17 octets", 400, request({ "Sec-WebSocket-Key": btoa("a".repeat(17)) })],
    ["a key that is no base64", 400, request({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ!==" })],
    ["a body", 400, request({ "Content-Length": "5" })],
    ["two lengths", 400, request({ "Content-Length": ["0", "5"] })],
    ["a chunked body", 400, request({ "Transfer-Encoding": "chunked" })],
    ["a target that is no path", 400, request({}, "GET * HTTP/1.1")],
    ["no target", 400, request({}, "GET HTTP/1.1")],
    ["two blanks in the request line", 400, request({}, "GET  / HTTP/1.1")],
    ["a folded line", 400, head("GET / HTTP/1.1", [...GOOD, " folded"])],
    ["a blank before the colon", 400, head("GET / HTTP/1.1", [...GOOD, "X : y"])],
    ["an empty name", 400, head("GET / HTTP/1.1", [...GOOD, ": y"])],
    ["a line without a colon", 400, head("GET / HTTP/1.1", [...GOOD, "nonsense"])],
    ["a bare LF", 400, octets("GET / HTTP/1.1\nHost: a\n\n")],
    ["a bare CR", 400, octets("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n")],
    ["a NUL", 400, octets("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n")],
    ["an empty first line", 400, octets("\r\nGET / HTTP/1.1\r\n\r\n")],
    ["ZMTP's greeting", 400, Uint8Array.of(0xff, 0, 0, 0)],
    ["TLS's hello", 400, Uint8Array.of(0x16, 3, 1)],
    ["more than 8 KiB in a line (X-108)", 431, octets(`GET / HTTP/1.1\r\nX: ${"a".repeat(9000)}`)],
    [
      "more than a hundred fields",
      431,
      head("GET / HTTP/1.1", [...GOOD, ...Array<string>(100).fill("a: b")]),
    ],
  ];
  for (const [name, status, wire] of rows) {
    it(`${name}: ${status}`, () => {
      const reader = new HeadReader();
      const got =
        wire.length > HEAD_MAX || [0xff, 0x16, 10, 13].includes(wire[0]!) || !text(wire).endsWith("\r\n\r\n")
          ? (assertThrows(() => reader.read(wire), HttpError) as HttpError).status
          : answer(wire).status;
      assertEquals(got, status);
    });
  }

  it("426 names the version that is spoken, and a refusal ends the connection", () => {
    const { response } = answer(request({ "Sec-WebSocket-Version": "8" }));
    assertMatch(response, /^HTTP\/1\.1 426 Upgrade Required\r\n/);
    assertMatch(response, /\r\nSec-WebSocket-Version: 13\r\n/);
    assertMatch(response, /\r\nUpgrade: websocket\r\n/);
    assertMatch(response, /\r\nConnection: close\r\n/);
    const [top, body] = response.split("\r\n\r\n");
    assertStringIncludes(top!, `Content-Length: ${octets(body!).length}`);
  });

  it("a head may come in any pieces, and what is behind it is not touched", () => {
    const wire = request();
    const behind = Uint8Array.of(0x82, 0x80, 1, 2, 3, 4);
    for (let seed = 1; seed <= 100; seed++) {
      const reader = new HeadReader();
      let used = 0;
      const all = new Uint8Array([...wire, ...behind]);
      for (const chunk of new Random(seed).split(all, seed)) {
        const taken = reader.read(chunk);
        used += taken;
        assertEquals(reader.complete, used === wire.length);
        if (taken < chunk.length) break;
      }
      assertEquals(used, wire.length);
      assertEquals(reader.request().target, "/chat");
    }
  });

  it("a head of exactly 8 KiB passes, one octet more does not", () => {
    const size = request({ "X-Long": "" }).length;
    const long = (length: number) => request({ "X-Long": "a".repeat(length) });
    assertEquals(long(HEAD_MAX - size).length, HEAD_MAX);
    assertEquals(answer(long(HEAD_MAX - size)).status, 101);
    assertEquals(answer(long(HEAD_MAX - size + 1)).status, 431);
  });

  it("the path of a target has no query, and the absolute form is understood (RFC 9112, 3.2.2)", () => {
    for (
      const [target, path] of [
        ["/", "/"],
        ["/a/b", "/a/b"],
        ["/a?x=/b", "/a"],
        ["http://host:80/a?b", "/a"],
        ["HTTP://host", "/"],
        ["http://host?q", "/"],
        ["*", undefined],
        ["host:80", undefined],
        ["ftp://host/a", undefined],
      ] as const
    ) assertEquals(pathOf(target), path, target);
  });
});

describe("a client's request, and its check of the answer (RFC 6455, 4.1)", () => {
  const key = makeKey(pattern(16));
  const fields = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptOf(key),
    "Sec-WebSocket-Protocol": "ZWS2.0",
  };

  function check(
    changes: Record<string, string | readonly string[] | undefined> = {},
    first = "HTTP/1.1 101 Switching Protocols",
  ): string {
    const lines: string[] = [];
    for (const [name, value] of Object.entries({ ...fields, ...changes })) {
      for (const each of value === undefined ? [] : typeof value === "string" ? [value] : value) {
        lines.push(`${name}: ${each}`);
      }
    }
    const reader = new HeadReader();
    reader.read(head(first, lines));
    return checkResponse(reader.response(), key, PROTOCOLS);
  }

  it("ZW-6: asks for the path and the host that it was given", () => {
    const wire = formatRequest({ host: "h:5555", path: "/zeromq", protocols: PROTOCOLS }, key);
    assertMatch(text(wire), /^GET \/zeromq HTTP\/1\.1\r\nHost: h:5555\r\n/);
    assertEquals(answer(wire).protocol, "ZWS2.0/NULL");
    assertEquals(atob(key).length, 16);
  });

  it("a good answer names the sub-protocol", () => {
    assertEquals(check(), "ZWS2.0");
    assertEquals(check({ Upgrade: "WebSocket", Connection: "keep-alive, upgrade", Server: "x" }), "ZWS2.0");
    assertEquals(check({}, "HTTP/1.1 101 "), "ZWS2.0");
  });

  const rows: readonly (readonly [string, RegExp, () => unknown])[] = [
    ["404", /404 "Not Found" in place of 101/, () => check({}, "HTTP/1.1 404 Not Found")],
    ["200", /200 "OK"/, () => check({}, "HTTP/1.1 200 OK")],
    ["no Upgrade", /Upgrade is not there/, () => check({ Upgrade: undefined })],
    ["another Upgrade", /Upgrade is "h2c"/, () => check({ Upgrade: "h2c" })],
    ["no Connection", /Connection is not there/, () => check({ Connection: undefined })],
    ["a wrong Accept (X-108)", /Accept is "AAAA"/, () => check({ "Sec-WebSocket-Accept": "AAAA" })],
    [
      "Accept in another case",
      /Accept/,
      () => check({ "Sec-WebSocket-Accept": acceptOf(key).toLowerCase() }),
    ],
    ["no Accept", /Accept/, () => check({ "Sec-WebSocket-Accept": undefined })],
    ["two Accepts", /Accept/, () => check({ "Sec-WebSocket-Accept": [acceptOf(key), acceptOf(key)] })],
    ["no sub-protocol", /no sub-protocol/, () => check({ "Sec-WebSocket-Protocol": undefined })],
    [
      "a second Sec-WebSocket-Protocol (X-108, V-17)",
      /or several/,
      () => check({ "Sec-WebSocket-Protocol": ["ZWS2.0", "ZWS2.0"] }),
    ],
    [
      "one that was not offered",
      /"chat", which was not offered/,
      () => check({ "Sec-WebSocket-Protocol": "chat" }),
    ],
    ["a list of them", /not offered/, () => check({ "Sec-WebSocket-Protocol": "ZWS2.0, ZWS2.0/NULL" })],
    [
      "an extension",
      /"permessage-deflate"/,
      () => check({ "Sec-WebSocket-Extensions": "permessage-deflate" }),
    ],
  ];
  for (const [name, message, body] of rows) {
    it(`${name} is refused, by its name`, () => {
      const error = assertThrows(body, ProtocolError) as ProtocolError;
      assertEquals(error.code, "ERR_WS_HANDSHAKE");
      assertMatch(error.message, message);
    });
  }
});
