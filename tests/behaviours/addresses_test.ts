/**
 * Addresses of streams as libzmq's unit tests read them (unittest_ip_resolver; LT-n is the row of the list of
 * behaviours): what may be bound and what may be connected to, with a port and without, numeric, by an interface's
 * name and by a host's. Where an address is refused here that libzmq takes, the name says so.
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Pull, Push, ZmqError } from "../../mod.ts";
import { formatIpAddress, parseIpAddress, withoutMapping } from "../../src/base/ip_address.ts";
import type { StreamAddress } from "../../src/io/stream.ts";
import type { InterfaceAddress, Transports } from "../../src/io/transports.ts";
import { parseTcp, type TcpEndpoint } from "../../src/socket/endpoint.ts";
import { parseAcceptFilter } from "../../src/socket/accept_filter.ts";
import { bindAddress, withZone } from "../../src/socket/stream_targets.ts";
import { resolve } from "../../transports/system.ts";
import { test, texts, within } from "../interop/scope.ts";
import { zmq } from "../interop/subject.ts";

const INTERFACES: readonly InterfaceAddress[] = [
  { name: "lo0", address: "127.0.0.1", family: "IPv4" },
  { name: "eth0", address: "3000:4:5::1:234", family: "IPv6", scope: 2 },
  { name: "eth1", address: "3000:4:5::1:235", family: "IPv6", scope: 3 },
];

/** A machine with those interfaces. */
const MACHINE: Transports = { runtime: "node", networkInterfaces: () => INTERFACES };

describe("an address to bind", () => {
  it("*:* is the any-address of IPv4, and a port of the system's choice (LT-550)", () => {
    assertEquals(bound("*:*"), { host: "0.0.0.0", port: 0 });
  });
  it("*:* with ipv6 is that of IPv6 (LT-551)", () => {
    assertEquals(bound("*:*", true), { host: "::", port: 0 });
  });
  it("*:0 is *:* (LT-552)", () => assertEquals(bound("*:0"), bound("*:*")));
  it("*:0 is *:*, with ipv6 too (LT-553)", () => assertEquals(bound("*:0", true), bound("*:*", true)));
  it("1.2.128.129:0 has port 0 (LT-573)", () => {
    assertEquals(bound("1.2.128.129:0"), { host: "1.2.128.129", port: 0 });
  });
  it("[1234::1]:* has port 0 (LT-591)", () => {
    assertEquals(bound("[1234::1]:*", true), { host: "1234::1", port: 0 });
  });
  it("::1 without ipv6 is refused with ENODEV (LT-571)", () => {
    assertEquals(refusedToBind("::1:80").code, "ENODEV");
    assertEquals(refusedToBind("[::1]:80").code, "ENODEV");
    assertEquals(bound("[::1]:80", true), { host: "::1", port: 80 });
  });
});

describe("an address to connect to", () => {
  it("*:* is refused (LT-554)", () => refusedToConnect("*:*"));
  it("*:* is refused with ipv6 too (LT-555)", () => refusedToConnect("*:*", true));
  it("*:1234 is refused with ipv6 too (LT-557)", () => {
    refusedToConnect("*:1234");
    refusedToConnect("*:1234", true);
  });
  it("127.0.0.1:* is refused with ipv6 too (LT-559)", () => {
    refusedToConnect("127.0.0.1:*");
    refusedToConnect("127.0.0.1:*", true);
  });
  it("127.0.0.1:0 is refused, where libzmq takes it and dials for ever (LT-560)", () => {
    refusedToConnect("127.0.0.1:0");
  });
  it("127.0.0.1:0 is refused with ipv6, where libzmq takes it and dials for ever (LT-561)", () => {
    refusedToConnect("127.0.0.1:0", true);
  });
});

describe("an IPv4 address", () => {
  it("1.2.128.129 is itself (LT-562)", () => assertEquals(numeric("1.2.128.129"), "1.2.128.129"));
  it("0.0.0.0 is itself (LT-563)", () => assertEquals(numeric("0.0.0.0"), "0.0.0.0"));
  it("255.255.255.255 is itself (LT-564)", () => assertEquals(numeric("255.255.255.255"), "255.255.255.255"));
  it("[1.2.128.129] is 1.2.128.129 (LT-565)", () => assertEquals(source("[1.2.128.129]"), "1.2.128.129"));
  it("1.2.128.129] is refused (LT-566)", () => refusedAsSource("1.2.128.129]"));
  it("[1.2.128].129 is refused (LT-568)", () => refusedAsSource("[1.2.128].129"));
  it("1.2.128.129:123 is refused where an address has no port (LT-569)", () => {
    refusedAsFilter("1.2.128.129:123");
  });
  it("1.2.128.129:* is refused where an address has no port (LT-570)", () => {
    refusedAsFilter("1.2.128.129:*");
  });
  it("1.2.128.129:123 has port 123 (LT-572)", () => {
    assertEquals(bound("1.2.128.129:123"), { host: "1.2.128.129", port: 123 });
    assertEquals(connected("1.2.128.129:123"), { host: "1.2.128.129", port: 123 });
  });
  it("1.2.3.4:567bad is refused, where libzmq takes 567 of it (LT-574)", () => {
    refusedToConnect("1.2.3.4:567bad");
    assertEquals(refusedToBind("1.2.3.4:567bad").code, "EINVAL");
  });
  it("[192.168.1.1]:5555 has port 5555 (LT-577)", () => {
    assertEquals(connected("[192.168.1.1]:5555"), { host: "192.168.1.1", port: 5555 });
  });
  it("[192.168.1.1:]5555 is refused (LT-578)", () => refusedToConnect("[192.168.1.1:]5555"));
  it("[192.168.1.1:5555] is refused (LT-579)", () => refusedToConnect("[192.168.1.1:5555]"));
});

describe("an IPv6 address", () => {
  it("::1 is itself (LT-582)", () => assertEquals(numeric("::1"), "::1"));
  it("abcd:1234::1:0:234 is itself (LT-583)", () => {
    assertEquals(numeric("abcd:1234::1:0:234"), "abcd:1234::1:0:234");
  });
  it(":: is itself (LT-584)", () => assertEquals(numeric("::"), "::"));
  it("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff is itself (LT-585)", () => {
    const most = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assertEquals(numeric(most), most);
  });
  it("[::1] is ::1 (LT-586)", () => assertEquals(source("[::1]"), "::1"));
  it("::1] is refused (LT-587)", () => refusedAsSource("::1]"));
  it("[::1 is refused (LT-588)", () => refusedAsSource("[::1"));
  it("[abcd:1234::1:]0:234 is refused (LT-589)", () => refusedToConnect("[abcd:1234::1:]0:234", true));

  test("11.22.33.44 is ::ffff:11.22.33.44: with ipv6 an any-address is reached by IPv4 (LT-593)", async (scope) => {
    assertEquals(withoutMapping(parseIpAddress("::ffff:11.22.33.44")!), parseIpAddress("11.22.33.44"));
    assertEquals(bound("11.22.33.44:1", true).host, "11.22.33.44");
    const pull = scope.socket("Pull", { ipv6: true });
    await pull.bind("tcp://*:*");
    const push = scope.socket("Push", { ipv6: true });
    push.connect(pull.lastEndpoint!.replace("[::]", "127.0.0.1"));
    await push.send("by IPv4");
    assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["by IPv4"]);
  });
});

describe("the zone of an IPv6 address", () => {
  it("3000:4:5::1:234%2 has scope 2 (LT-595)", () => {
    assertEquals(source("[3000:4:5::1:234%2]"), "3000:4:5::1:234%2");
  });
  it("3000:4:5::1:234%2:1111 has scope 2 and port 1111 (LT-597)", () => {
    assertEquals(tcp("3000:4:5::1:234%2:1111", "connect").zone, "2");
    assertEquals(connected("3000:4:5::1:234%2:1111"), { host: "3000:4:5::1:234%2", port: 1111 });
    assertEquals(bound("3000:4:5::1:234%2:1111", true), { host: "3000:4:5::1:234%2", port: 1111 });
  });
  it("3000:4:5::1:234%eth1 is of the interface eth1 (LT-598)", () => {
    assertEquals(source("[3000:4:5::1:234%eth1]"), "3000:4:5::1:234%eth1");
  });
  it("3000:4:5::1:234%eth0:8080 is of the interface eth0, port 8080 (LT-599)", () => {
    assertEquals(tcp("3000:4:5::1:234%eth0:8080", "connect").zone, "eth0");
    assertEquals(connected("3000:4:5::1:234%eth0:8080"), { host: "3000:4:5::1:234%eth0", port: 8080 });
    assertEquals(bound("3000:4:5::1:234%eth0:8080", true), { host: "3000:4:5::1:234%eth0", port: 8080 });
  });
  test("3000:4:5::1:234%bad0 is refused, for there is no such interface (LT-601)", async (scope) => {
    assertEquals(refusedToBind("3000:4:5::1:234%bad0:1", true).code, "ENODEV");
    for (const address of ["tcp://[3000:4:5::1:234%bad0]:*", "tcp://[::1%bad0]:*"]) {
      const pull = scope.socket("Pull", { ipv6: true });
      const error = await assertRejects(() => pull.bind(address), ZmqError) as ZmqError;
      assertEquals([error.code, error.address], ["ENODEV", address]);
    }
  });
});

describe("the name of a host", () => {
  test("is dialled at its A address (LT-602)", async (scope) => {
    assertEquals(await looked("ip.zeromq.test"), "10.100.0.1");
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push");
    push.connect(pull.lastEndpoint!.replace("127.0.0.1", "localhost"));
    await push.send("by name");
    assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["by name"]);
  });
  it("that has an A record alone is that (LT-603)", async () => {
    assertEquals(await looked("ipv4only.zeromq.test"), "10.100.0.2");
  });
  test("that nobody knows is refused to bind, and told of when it is dialled (LT-604)", async (scope) => {
    await assertUnknown("invalid.zeromq.test", false);
    const pull = scope.own(new zmq.Pull());
    const error = await assertRejects(() => pull.bind("tcp://invalid.zeromq.invalid:*"), ZmqError);
    assertEquals((error as ZmqError).code, "ENODEV");
    const push = scope.socket("Push", { reconnectInterval: 60_000 });
    const watch = scope.watch(push);
    push.connect("tcp://invalid.zeromq.invalid:1234");
    assertEquals((await watch.next("close", 15_000)).error!.code, "ENOTFOUND");
  });
  it("may be a number, which is looked up nowhere: 5.4.3.2 (LT-606)", async () => {
    assertEquals(await looked("5.4.3.2"), "5.4.3.2");
    assertEquals(connected("5.4.3.2:1").host, "5.4.3.2");
  });
  it("has its port behind it: ip.zeromq.test:1234 (LT-607)", async () => {
    const { host, port } = connected("ip.zeromq.test:1234");
    assertEquals([await looked(host), port], ["10.100.0.1", 1234]);
  });
  it("with ipv6 is its AAAA address, if it has one (LT-608)", async () => {
    assertEquals(await looked("ip.zeromq.test", true), "fdf5:d058:d656::1");
  });
  it("with ipv6 may have an AAAA record alone, which IPv4 finds nobody by (LT-609)", async () => {
    assertEquals(await looked("ipv6only.zeromq.test", true), "fdf5:d058:d656::2");
    await assertUnknown("ipv6only.zeromq.test", false);
  });
  it("that nobody knows is refused with ipv6 too (LT-610)", () => assertUnknown("invalid.zeromq.test", true));
  it("with ipv6 is its A address if that is all, which is dialled unmapped (LT-611)", async () => {
    assertEquals(await looked("ipv4only.zeromq.test", true), "10.100.0.2");
  });
  it("may be a number with ipv6: fdf5:d058:d656::1 (LT-612)", async () => {
    assertEquals(await looked("fdf5:d058:d656::1", true), "fdf5:d058:d656::1");
  });
  it("has its port behind it with ipv6: ip.zeromq.test:1234 (LT-613)", async () => {
    const { host, port } = connected("ip.zeromq.test:1234");
    assertEquals([await looked(host, true), port], ["fdf5:d058:d656::1", 1234]);
  });
  it("may stand in brackets: [ip.zeromq.org] (LT-614)", () => {
    assertEquals(connected("[ip.zeromq.org]:80").host, "ip.zeromq.org");
  });
  it("stands in brackets as a whole: [ip.zeromq].org is refused (LT-615)", () => {
    refusedToConnect("[ip.zeromq].org:80");
  });
  it("has its port behind the brackets: [ip.zeromq.org]:22 (LT-616)", () => {
    assertEquals(connected("[ip.zeromq.org]:22"), { host: "ip.zeromq.org", port: 22 });
  });
  test("is refused where none is allowed, as for a DISH to bind (LT-618)", (scope) => {
    refusedAsFilter("localhost");
    return assertNoName(scope.own(new zmq.Dish()));
  });
  test("is refused there with ipv6 too (LT-619)", (scope) => {
    return assertNoName(scope.own(new zmq.Dish({ ipv6: true })));
  });
  test("may have a zone, which its link-local address gets: name%lo0 (LT-620)", async (scope) => {
    assertEquals(source("[local.zeromq.test%lo0]"), "local.zeromq.test%lo0");
    assertEquals(await looked("local.zeromq.test%lo0", true), "fe80::1%lo0");
    // Of any other address there is one in all zones.
    assertEquals(await looked("ip.zeromq.test%lo0", true), "fdf5:d058:d656::1");
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push", { ipv6: true });
    push.connect(pull.lastEndpoint!.replace("127.0.0.1", "localhost%lo"));
    await push.send("by name and zone");
    assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["by name and zone"]);
  });
  it("may have a zone and a port: name%lo0:4444 (LT-621)", async () => {
    const { host, port } = connected("local.zeromq.test%lo0:4444");
    assertEquals([await looked(host, true), port], ["fe80::1%lo0", 4444]);
  });
  it("may have both in brackets: [name%lo0]:4444 (LT-622)", async () => {
    const { host, port } = connected("[local.zeromq.test%lo0]:4444");
    assertEquals([await looked(host, true), port], ["fe80::1%lo0", 4444]);
  });
});

function tcp(text: string, purpose: "bind" | "connect"): TcpEndpoint {
  return parseTcp(text, { address: `tcp://${text}`, purpose });
}

/** What is listened on. */
function bound(text: string, ipv6 = false): StreamAddress {
  return bindAddress(tcp(text, "bind"), MACHINE, ipv6, `tcp://${text}`);
}

/** What is dialled. */
function connected(text: string): { readonly host: string; readonly port: number } {
  const endpoint = tcp(text, "connect");
  return { host: withZone(endpoint), port: endpoint.port };
}

/** An address without a port: what is dialled from. */
function source(text: string): string | undefined {
  return tcp(`${text};host:1`, "connect").sourceHost;
}

/** An address without a port or brackets. */
function numeric(text: string): string | undefined {
  const filter = parseAcceptFilter(text);
  return filter && formatIpAddress(filter.octets);
}

function refusedToBind(text: string, ipv6 = false): ZmqError {
  return assertThrows(() => bound(text, ipv6), ZmqError) as ZmqError;
}

function refusedToConnect(text: string, ipv6 = false): void {
  const push = new Push({ linger: 0, ipv6 });
  const error = assertThrows(() => push.connect(`tcp://${text}`), ZmqError) as ZmqError;
  push.close();
  assertEquals([error.code, error.address], ["EINVAL", `tcp://${text}`]);
}

function refusedAsSource(text: string): void {
  assertEquals((assertThrows(() => source(text), ZmqError) as ZmqError).code, "EINVAL");
}

function refusedAsFilter(text: string): void {
  const pull = new Pull();
  const error = assertThrows(() => pull.tcpAcceptFilter = text, Error) as ZmqError;
  pull.close();
  assertEquals(error.code, "EINVAL");
}

async function assertNoName(dish: InstanceType<typeof zmq.Dish>): Promise<void> {
  const error = await assertRejects(() => dish.bind("udp://localhost:*"), ZmqError) as ZmqError;
  assertEquals(error.code, "ENODEV");
}

/** Names as libzmq's tests have them, without a network: by family, 4 or 6. */
const ZONE: { readonly [name: string]: { readonly 4?: string; readonly 6?: string } } = {
  "ip.zeromq.test": { 4: "10.100.0.1", 6: "fdf5:d058:d656::1" },
  "ipv4only.zeromq.test": { 4: "10.100.0.2" },
  "ipv6only.zeromq.test": { 6: "fdf5:d058:d656::2" },
  "local.zeromq.test": { 6: "fe80::1" },
};

type Lookup = (host: string, options: { family: number }) => Promise<{ address: string }>;

/** Looks a name up as the adapters do, with the system's own lookup played by the table above. */
async function looked(host: string, ipv6 = false): Promise<string> {
  const { promises } = (globalThis as unknown as {
    process: { getBuiltinModule(name: string): { promises: { lookup: Lookup } } };
  }).process.getBuiltinModule("node:dns");
  const own = promises.lookup;
  promises.lookup = (name, { family }) => {
    const records = ZONE[name] ?? {};
    const address = family === 4 ? records[4] : family === 6 ? records[6] : records[6] ?? records[4];
    if (address !== undefined) return Promise.resolve({ address });
    return Promise.reject(Object.assign(new Error(`ENOTFOUND ${name}`), { code: "ENOTFOUND" }));
  };
  try {
    return await resolve(host, ipv6);
  } finally {
    promises.lookup = own;
  }
}

async function assertUnknown(name: string, ipv6: boolean): Promise<void> {
  const error = await assertRejects(() => looked(name, ipv6), Error) as Error & { code?: string };
  assertEquals(error.code, "ENOTFOUND");
}
