/**
 * Endpoints of WebSocket, by what libzmq 4.3.5 does with `ws://` (an address as for tcp, a path that is "/" by
 * default) and by RFC 3986 and RFC 6455, section 3, for what it leaves open: its default ports, the query, and the
 * path's characters.
 */

import { assertEquals, assertLess, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError } from "../../../src/base/errors.ts";
import type { EndpointPurpose } from "../../../src/socket/endpoint_text.ts";
import { parseWs } from "../../../src/socket/ws_address.ts";
import { parseWs as parseWsInPage } from "../../../src/socket/ws_address_web.ts";
import { formatWs, hostField, normalWs } from "../../../src/socket/ws_endpoint.ts";
import type { WsEndpoint } from "../../../src/socket/ws_endpoint.ts";
import { parseEndpoint } from "../../support/endpoints.ts";

describe("endpoint: ws and wss", () => {
  for (const scheme of ["ws", "wss"] as const) {
    for (const purpose of ["bind", "connect"] as const) {
      it(`${purpose} ${scheme}: the path is "/" unless it is given`, () => {
        for (const [text, path] of [["", "/"], ["/", "/"], ["/a", "/a"], ["/a/b/", "/a/b/"]] as const) {
          assertEquals(parse(`${scheme}://127.0.0.1:80${text}`, purpose), {
            scheme,
            host: "127.0.0.1",
            port: 80,
            path,
          });
        }
      });
    }
  }

  it("bind takes wildcards and interfaces, and IPv6 in brackets", () => {
    const cases: [text: string, host: string, port: number][] = [
      ["*:*", "*", 0],
      ["*:0", "*", 0],
      ["lo:5555", "lo", 5555],
      ["localhost:*", "localhost", 0],
      ["[::1]:5555", "::1", 5555],
    ];
    for (const [text, host, port] of cases) {
      assertEquals(parse(`ws://${text}/p`, "bind"), { scheme: "ws", host, port, path: "/p" });
    }
    const zoned = { scheme: "ws", host: "fe80::1", zone: "eth0", port: 80, path: "/" };
    assertEquals(parse("ws://[fe80::1%eth0]:80", "bind"), zoned);
  });

  it("connect without a port is to 80 or 443 (RFC 6455, section 3)", () => {
    for (const [text, port] of [["ws://host", 80], ["ws://host/p", 80], ["wss://[::1]", 443]] as const) {
      assertEquals((parse(text, "connect") as WsEndpoint).port, port);
    }
  });

  it("connect takes a query with the path", () => {
    assertEquals((parse("ws://h:1/a?b=c/d&e=%20", "connect") as WsEndpoint).path, "/a?b=c/d&e=%20");
  });

  it("all characters of a path are taken (RFC 3986, section 3.3)", () => {
    const path = "/Az09-._~!$&'()*+,;=:@%C3%a9//";
    assertEquals((parse(`ws://h:1${path}`, "connect") as WsEndpoint).path, path);
    assertEquals((parse(`ws://h:1${path}`, "bind") as WsEndpoint).path, path);
  });

  const refused: [purpose: EndpointPurpose, text: string, code: string][] = [
    ["bind", "ws://127.0.0.1", "EINVAL"],
    ["bind", "ws://127.0.0.1/p", "EINVAL"],
    ["bind", "ws:///p", "EINVAL"],
    ["bind", "ws://:80/", "EINVAL"],
    ["bind", "ws://h:65536/", "EINVAL"],
    ["bind", "ws://h:* /x", "EINVAL"],
    ["bind", "ws://h:1/a?b", "EINVAL"],
    ["connect", "ws://", "EINVAL"],
    ["connect", "ws:///", "EINVAL"],
    ["connect", "ws://*:99/", "EINVAL"],
    ["connect", "ws://h:*/", "EINVAL"],
    ["connect", "ws://h:0/", "EINVAL"],
    ["connect", "ws://h:/", "EINVAL"],
    ["connect", "ws://user@h:1/", "EINVAL"],
    ["connect", "ws://h:1?a", "EINVAL"],
    ["connect", "ws://h:1#a", "EINVAL"],
    ["connect", "ws://h:1/a#b", "EINVAL"],
    ["connect", "ws://h:1/a b", "EINVAL"],
    ["connect", "ws://h:1/a\r\nHost: b", "EINVAL"],
    ["connect", "ws://h:1/é", "EINVAL"],
    ["connect", "ws://h:1/%4", "EINVAL"],
    ["connect", "ws://h:1/\\", "EINVAL"],
    ["connect", `ws://h:1/${"a".repeat(2048)}`, "ENAMETOOLONG"],
  ];
  for (const [purpose, text, code] of refused) {
    it(`${purpose} ${JSON.stringify(text.slice(0, 40))} is ${code}`, () => {
      const error = assertThrows(() => parse(text, purpose), ZmqError) as ZmqError;
      assertEquals([error.code, error.address], [code, text]);
      assertStringIncludes(error.message, `Cannot ${purpose} to "`);
    });
  }

  for (const filler of ["a", ":", "/", "?", "%", "1", "é", "["]) {
    it(`10^6 times ${JSON.stringify(filler)} is refused shortly`, () => {
      const text = `ws://${filler.repeat(1_000_000)}`;
      assertLess((assertThrows(() => parse(text, "connect"), ZmqError) as ZmqError).message.length, 700);
    });
  }

  it("sockets that have no ZWS are ENOCOMPATPROTO", () => {
    for (const type of ["STREAM", "DGRAM"]) {
      const error = assertThrows(() => parseEndpoint("ws://h:1", "connect", type), ZmqError) as ZmqError;
      assertEquals(error.code, "ENOCOMPATPROTO");
    }
  });
});

describe("endpoint: ws as text", () => {
  it("what is left out is put in", () => {
    for (
      const [given, normal] of [
        ["ws://h", "ws://h:80/"],
        ["wss://[::1]/p?q", "wss://[::1]:443/p?q"],
        ["ws://[fe80::1%2]:8080", "ws://[fe80::1%2]:8080/"],
      ]
    ) assertEquals(normalWs(parse(given!, "connect") as WsEndpoint), normal);
    assertEquals(formatWs("ws", "0.0.0.0", 80, "/a"), "ws://0.0.0.0:80/a");
  });

  it("Host has no zone, and no port that is the scheme's own (RFC 6455, section 4.1)", () => {
    for (
      const [given, host] of [
        ["ws://h:80", "h"],
        ["ws://h:443", "h:443"],
        ["wss://h", "h"],
        ["ws://[fe80::1%2]:8080", "[fe80::1]:8080"],
      ]
    ) assertEquals(hostField(parse(given!, "connect") as WsEndpoint), host);
  });
});

describe("endpoint: ws in a page", () => {
  const hosts = [
    "",
    "h",
    "h-1.example_2.org",
    "-h",
    "h h",
    "a".repeat(253),
    "a".repeat(254),
    "*",
    "127.0.0.1",
    "[127.0.0.1]",
    "[h]",
    "::1",
    "[::1]",
    "[::1",
    "::1]",
    "[[::1]]",
    "[::1]/x[",
    "[::ffff:1.2.3.4]",
    "[::ffff:1.2.3.04]",
    "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7::8]",
    "[1:2:3:4:5:6:7]",
    "[1::2::3]",
    "[12345::]",
    "[g::1]",
    "[]",
    "[:]",
    "é",
    "user@h",
    "h\n",
  ];
  const ports = ["", ":", ":0", ":1", ":00080", ":65535", ":65536", ":123456", ":*", ":x", ":1:2"];
  const paths = [
    "",
    "/",
    "//",
    "/a/b?c=d/e?",
    "/%20%4",
    "/%C3%a9",
    "/a b",
    "?a",
    "#a",
    "/#a",
    "/é",
    "/a\n",
    "/:1",
  ];

  const outcomeTest = "the outcome is that of every other host, for any host, port and path to connect to";
  // It reads IPv6 by the host's URL, and no page runs on Bun.
  if ("Bun" in globalThis) it.skip(`${outcomeTest} (Bun's URL takes "ws://[::1:]")`, () => {});
  else {it(outcomeTest, () => {
      for (const host of hosts) {
        for (const port of ports) {
          for (const path of paths) {
            const rest = `${host}${port}${path}`;
            assertEquals(outcome(parseWsInPage, rest), outcome(parseWs, rest), rest);
          }
        }
      }
      for (const length of [2047, 2048]) {
        const rest = `h/${"a".repeat(length)}`;
        assertEquals(outcome(parseWsInPage, rest), outcome(parseWs, rest));
      }
    });}

  it("a zone is EINVAL, for no URL has one, and a STREAM is ENOCOMPATPROTO", () => {
    assertEquals(outcome(parseWsInPage, "[fe80::1%eth0]:80"), "EINVAL");
    assertEquals(outcome(parseWsInPage, "h%1:80"), "EINVAL");
    assertEquals(outcome(parseWsInPage, "h:80", "STREAM"), "ENOCOMPATPROTO");
  });

  function outcome(read: typeof parseWs, rest: string, type = "PAIR"): unknown {
    try {
      return read("wss", rest, { address: `wss://${rest}`, purpose: "connect" }, type);
    } catch (error) {
      return (error as ZmqError).code;
    }
  }
});

function parse(text: string, purpose: EndpointPurpose): unknown {
  const scheme = text.startsWith("wss:") ? "wss" : "ws";
  const parsed = parseEndpoint(text, purpose);
  // By the way of the sockets, and by the parser alone.
  assertEquals(
    parsed,
    parseWs(scheme, text.slice(`${scheme}://`.length), { address: text, purpose }, "PAIR"),
  );
  return parsed;
}
