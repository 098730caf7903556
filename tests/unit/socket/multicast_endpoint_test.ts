/**
 * Endpoints of datagrams by the rules of zmq_udp(7) and zmq_pgm(7), as libzmq 4.3.4 and 4.3.5 were seen to take
 * them, with the places named where we differ.
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError, type ZmqErrorCode } from "../../../src/base/errors.ts";
import type { InterfaceAddress } from "../../../src/io/transports.ts";
import type { EndpointPurpose } from "../../../src/socket/endpoint_text.ts";
import { parseEndpoint } from "../../support/endpoints.ts";
import {
  type EpgmEndpoint,
  resolveMulticastInterface,
  type UdpEndpoint,
} from "../../../src/socket/multicast_endpoint.ts";

describe("endpoint: udp", () => {
  const cases: readonly (readonly [string, EndpointPurpose, string, Omit<UdpEndpoint, "scheme">])[] = [
    ["udp://127.0.0.1:7000", "bind", "DISH", udp("127.0.0.1", 7000)],
    ["udp://*:7000", "bind", "DISH", udp("*", 7000)],
    ["udp://eth0:7000", "bind", "DISH", udp("eth0", 7000)],
    ["udp://127.0.0.1:*", "bind", "DGRAM", udp("127.0.0.1", 0)],
    ["udp://host.example:7000", "connect", "RADIO", udp("host.example", 7000)],
    ["udp://[::1]:7000", "connect", "RADIO", udp("::1", 7000)],
    ["udp://239.1.2.3:7001", "bind", "DISH", udp("239.1.2.3", 7001, "", true)],
    ["udp://eth0;239.1.2.3:7001", "connect", "RADIO", udp("239.1.2.3", 7001, "eth0", true)],
    ["udp://10.99.0.1;239.1.2.3:7001", "bind", "DGRAM", udp("239.1.2.3", 7001, "10.99.0.1", true)],
    ["udp://eth0;[ff02::5]:7001", "bind", "DISH", udp("ff02::5", 7001, "eth0", true)],
    ["udp://[fe80::1%eth0];[ff02::5]:7001", "bind", "DISH", udp("ff02::5", 7001, "fe80::1%eth0", true)],
    ["udp://*;239.1.2.3:7001", "bind", "DISH", udp("239.1.2.3", 7001, "", true)],
  ];
  for (const [text, purpose, type, parts] of cases) {
    it(`${type} ${purpose} ${text}`, () => {
      assertEquals(parseEndpoint(text, purpose, type), { scheme: "udp", ...parts });
    });
  }

  for (const type of ["PUB", "SUB", "DEALER", "CLIENT", "PEER", "constructor", "__proto__"]) {
    it(`${type} is ENOCOMPATPROTO either way`, () => {
      for (const purpose of ["bind", "connect"] as const) {
        refuses("udp://127.0.0.1:7000", purpose, type, "ENOCOMPATPROTO");
      }
    });
  }
  it("RADIO connects, DISH and DGRAM bind; the other way round is ENOCOMPATPROTO", () => {
    const { message } = refuses("udp://127.0.0.1:7000", "bind", "RADIO", "ENOCOMPATPROTO");
    assertStringIncludes(message, "a RADIO can only connect udp");
    refuses("udp://127.0.0.1:7000", "connect", "DISH", "ENOCOMPATPROTO");
    refuses("udp://127.0.0.1:7000", "connect", "DGRAM", "ENOCOMPATPROTO");
  });
  it("DGRAM has no other transport", () => {
    for (const text of ["tcp://127.0.0.1:1", "ipc:///tmp/x", "inproc://x"]) {
      refuses(text, "bind", "DGRAM", "ENOCOMPATPROTO");
    }
  });

  for (
    const text of [
      "udp://127.0.0.1",
      "udp://127.0.0.1:0",
      "udp://127.0.0.1:65536",
      "udp://:7000",
      "udp://*:7000",
    ]
  ) {
    it(`RADIO connect ${text} is EINVAL`, () => void refuses(text, "connect", "RADIO", "EINVAL"));
  }
  for (
    const text of [
      "udp://eth0;1.2.3.4:7001",
      "udp://eth0;*:7001",
      "udp://a b;239.1.2.3:1",
    ]
  ) {
    it(`DISH bind ${text} is EINVAL: a unicast address after ;, or no interface before it`, () => {
      refuses(text, "bind", "DISH", "EINVAL");
    });
  }
});

describe("endpoint: epgm", () => {
  const one = ["239.192.1.1"];
  const cases: readonly (readonly [string, string, readonly string[], string])[] = [
    ["eth0;239.192.1.1", "eth0", one, "239.192.1.1"],
    ["10.99.0.1;239.192.1.1", "10.99.0.1", one, "239.192.1.1"],
    ["10.99.0.0/24;239.192.1.1", "10.99.0.0/24", one, "239.192.1.1"],
    [";239.192.1.1", "", one, "239.192.1.1"],
    ["239.192.1.1", "", one, "239.192.1.1"],
    ["eth0", "eth0", ["239.192.0.1"], "239.192.0.1"],
    ["eth0;", "eth0", ["239.192.0.1"], "239.192.0.1"],
    ["eth0;239.192.1.1,239.192.1.2;239.192.1.3", "eth0", [...one, "239.192.1.2"], "239.192.1.3"],
    ["eth0;239.192.1.1,239.192.1.2", "eth0", [...one, "239.192.1.2"], "239.192.1.1"],
    ["eth0;239.192.1.1;", "eth0", one, "239.192.1.1"],
    ["eth0;;239.192.1.3", "eth0", ["239.192.0.1"], "239.192.1.3"],
    ["eth0;239.192.1.1,239.192.1.1", "eth0", one, "239.192.1.1"],
    ["eth0;ff08::1", "eth0", ["ff08::1"], "ff08::1"],
    ["eth0;[ff08::1]", "eth0", ["ff08::1"], "ff08::1"],
    ["fe80::1%eth0;ff08::1", "fe80::1%eth0", ["ff08::1"], "ff08::1"],
    ["2001:db8::/32;", "2001:db8::/32", ["ff08::1"], "ff08::1"],
    ["lo;239.192.1.1", "lo", one, "239.192.1.1"],
  ];
  for (const [text, networkInterface, groups, sendGroup] of cases) {
    it(`epgm://${text}:5555`, () => {
      const expected: EpgmEndpoint = { scheme: "epgm", networkInterface, groups, sendGroup, port: 5555 };
      for (const type of ["PUB", "XPUB", "SUB", "XSUB"]) {
        for (const purpose of ["bind", "connect"] as const) {
          assertEquals(parseEndpoint(`epgm://${text}:5555`, purpose, type), expected);
        }
      }
    });
  }

  for (
    const text of [
      "eth0;239.192.1.1",
      "eth0;239.192.1.1:",
      "eth0;239.192.1.1:0",
      "eth0;239.192.1.1:*",
      "eth0;239.192.1.1:65536",
      "eth0;239.192.1.1:5555x",
      "*;239.192.1.1:5555",
      "eth0;10.0.0.1:5555",
      "eth0;host.example:5555",
      "eth0;239.192.1.1,:5555",
      "eth0;239.192.1.1;10.0.0.1:5555",
      "eth0;239.192.1.1;ff08::1:5555",
      "eth0;239.192.1.1;239.192.1.2;239.192.1.3:5555",
      "10.0.0.0/33;239.192.1.1:5555",
      "eth0/24;239.192.1.1:5555",
      "239.192.1.1;239.192.1.1:5555",
      "eth0,eth1;239.192.1.1:5555",
    ]
  ) {
    it(`epgm://${text} is EINVAL`, () => void refuses(`epgm://${text}`, "connect", "SUB", "EINVAL"));
  }

  it("what is no publisher or subscriber is ENOCOMPATPROTO", () => {
    for (const type of ["PUSH", "PULL", "RADIO", "DISH", "DGRAM", "DEALER"]) {
      refuses("epgm://eth0;239.192.1.1:5555", "connect", type, "ENOCOMPATPROTO");
    }
  });

  it("pgm:// is EPROTONOSUPPORT, and says why and what there is", () => {
    const { message } = refuses("pgm://eth0;239.192.1.1:5555", "connect", "SUB", "EPROTONOSUPPORT");
    assertStringIncludes(message, "raw sockets");
    assertStringIncludes(message, "epgm://");
  });

  for (const filler of ["a", ";", ",", "1", ":", "[", "é", "239.1.1.1,"]) {
    it(`10^5 times ${JSON.stringify(filler)} is refused shortly`, () => {
      for (const tail of ["", ":5555"]) {
        const { message } = refuses(`epgm://${filler.repeat(100_000)}${tail}`, "connect", "PUB", "EINVAL");
        assertEquals(message.length < 700, true);
      }
    });
  }
});

describe("resolveMulticastInterface", () => {
  const eth4: InterfaceAddress = { name: "eth0", address: "10.99.0.1", family: "IPv4" };
  const lo4: InterfaceAddress = { name: "lo", address: "127.0.0.1", family: "IPv4" };
  const local6: InterfaceAddress = { name: "eth0", address: "fe80::1", family: "IPv6", scope: 2 };
  const other6: InterfaceAddress = { name: "eth1", address: "fe80::1", family: "IPv6", scope: 3 };
  const global6: InterfaceAddress = { name: "eth0", address: "2001:db8::1", family: "IPv6" };
  const lo6: InterfaceAddress = { name: "lo", address: "::1", family: "IPv6" };
  const all = [lo4, lo6, eth4, local6, other6, global6];

  const cases: readonly (readonly [string, InterfaceAddress["family"], InterfaceAddress | undefined])[] = [
    ["eth0", "IPv4", eth4],
    ["10.99.0.1", "IPv4", eth4],
    ["10.99.0.0/24", "IPv4", eth4],
    ["10.99.0.128/25", "IPv4", undefined],
    ["127.0.0.1", "IPv4", lo4],
    ["lo", "IPv4", lo4],
    ["", "IPv4", eth4],
    ["eth0", "IPv6", global6],
    ["eth1", "IPv6", other6],
    ["fe80::1%eth1", "IPv6", other6],
    ["fe80::1%3", "IPv6", other6],
    ["2001:DB8:0::1", "IPv6", global6],
    ["2001:db8::/32", "IPv6", global6],
    ["", "IPv6", global6],
    ["eth7", "IPv4", undefined],
    ["10.99.0.2", "IPv4", undefined],
    ["10.99.0.1", "IPv6", undefined],
  ];
  for (const [text, family, expected] of cases) {
    it(`${family} by ${JSON.stringify(text)}`, () => {
      assertEquals(resolveMulticastInterface(text, all, family), expected);
    });
  }

  it("nothing named is loopback where there is no other", () => {
    assertEquals(resolveMulticastInterface("", [lo4, lo6], "IPv4"), lo4);
  });

  it("where the interfaces are not known an address is believed, and nothing else", () => {
    assertEquals(resolveMulticastInterface("10.0.0.1", [], "IPv4"), {
      name: "",
      address: "10.0.0.1",
      family: "IPv4",
    });
    assertEquals(resolveMulticastInterface("eth0", [], "IPv4"), undefined);
    assertEquals(resolveMulticastInterface("", [], "IPv4"), undefined);
  });
});

function udp(
  host: string,
  port: number,
  networkInterface = "",
  multicast = false,
): Omit<UdpEndpoint, "scheme"> {
  return { host, port, networkInterface, multicast };
}

function refuses(text: string, purpose: EndpointPurpose, type: string, code: ZmqErrorCode): ZmqError {
  const error = assertThrows(() => parseEndpoint(text, purpose, type), ZmqError) as ZmqError;
  assertEquals([error.code, error.address], [code, text]);
  return error;
}
