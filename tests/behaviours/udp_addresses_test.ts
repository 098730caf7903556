/**
 * Addresses of datagrams as libzmq's unit tests read them (unittest_udp_address, and the classes of addresses of
 * unittest_ip_resolver; LT-n is the row of the list of behaviours). A DISH binds and a RADIO connects through the
 * public API, on a machine whose sockets are written down and carry nothing.
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Dish, Radio, ZmqError } from "../../mod.ts";
import type { DatagramAddress, DatagramSettings, DatagramSocket } from "../../src/io/datagram.ts";
import type { Transports } from "../../src/io/transports.ts";
import { isMulticast } from "../../src/socket/multicast_endpoint.ts";

describe("the class of an address", () => {
  it("of IPv4: 127.0.0.1 is unicast (LT-623)", () => assertEquals(isMulticast("127.0.0.1"), false));
  it("of IPv6: ::1 is unicast (LT-624)", () => assertEquals(isMulticast("::1"), false));
  it("of IPv4: 230.2.8.12 is multicast (LT-625)", () => assertEquals(isMulticast("230.2.8.12"), true));
  it("of IPv6: ffab:1234::1 is multicast (LT-626)", () => assertEquals(isMulticast("ffab:1234::1"), true));
  it("of IPv4: 224.0.0.0 is the first of multicast (LT-627)", () => {
    assertEquals(isMulticast("224.0.0.0"), true);
  });
  it("of IPv6: ff00:: is the first of multicast (LT-628)", () => assertEquals(isMulticast("ff00::"), true));
  it("of IPv4: 239.255.255.255 is the last of multicast (LT-629)", () => {
    assertEquals(isMulticast("239.255.255.255"), true);
  });
  it("of IPv6: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff is the last of multicast (LT-630)", () => {
    assertEquals(isMulticast("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), true);
  });
  it("of IPv4: 223.255.255.255 is unicast, just below (LT-631)", () => {
    assertEquals(isMulticast("223.255.255.255"), false);
  });
  it("of IPv6: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff is unicast, just below (LT-632)", () => {
    assertEquals(isMulticast("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), false);
  });
  it("of IPv4: 240.0.0.1 is no multicast, just above (LT-633)", () => {
    assertEquals(isMulticast("240.0.0.1"), false);
  });
  it("of IPv6: 0:ff00:: is no multicast, there is nothing above (LT-634)", () => {
    assertEquals(isMulticast("0:ff00::"), false);
  });
});

describe("a udp address to connect to", () => {
  it("127.0.0.1:5555 is sent to, and is no group (LT-635)", async () => {
    assertEquals(await sent("127.0.0.1:5555"), { to: at("127.0.0.1", 5555), from: at("0.0.0.0", 0) });
  });
  it("[::1]:5555 is sent to, and is no group (LT-636)", async () => {
    assertEquals(await sent("[::1]:5555", IPV6), { to: at("::1", 5555), from: at("::", 0) });
  });
  it("*:5555 is refused (LT-645)", () => refusesToConnect("*:5555"));
  it("*:5555 is refused with ipv6 too (LT-646)", () => refusesToConnect("*:5555", IPV6));
  it("127.0.0.1:* is refused (LT-647)", () => refusesToConnect("127.0.0.1:*"));
  it("[::1]:* is refused (LT-648)", () => refusesToConnect("[::1]:*", IPV6));
  it("127.0.0.1:0 is refused (LT-649)", () => refusesToConnect("127.0.0.1:0"));
  it("[::1]:0 is refused (LT-650)", () => refusesToConnect("[::1]:0", IPV6));
  it("239.0.0.1:1234 is a group that is sent to (LT-653)", async () => {
    assertEquals((await sent("239.0.0.1:1234")).to, at("239.0.0.1", 1234));
  });
  it("[ffab::1234]:5555 is a group that is sent to (LT-654)", async () => {
    assertEquals((await sent("[ffab::1234]:5555", IPV6)).to, at("ffab::1234", 5555));
  });
  it("1.2.3.4;230.2.8.12:5555 is a group that is sent to by the interface of that address (LT-659)", async () => {
    assertEquals(await sent("1.2.3.4;230.2.8.12:5555"), {
      to: at("230.2.8.12", 5555),
      from: at("0.0.0.0", 0),
      by: "1.2.3.4",
    });
  });
  it("[2001:db8::2];[ffab::1234]:5555 is a group that is sent to by the interface of that address (LT-660)", async () => {
    assertEquals(await sent("[2001:db8::2];[ffab::1234]:5555", IPV6), {
      to: at("ffab::1234", 5555),
      from: at("::", 0),
      by: "::%eth0",
    });
  });
  it("*;230.2.8.12:5555 is a group that is sent to by any interface (LT-661)", async () => {
    assertEquals(await sent("*;230.2.8.12:5555"), { to: at("230.2.8.12", 5555), from: at("0.0.0.0", 0) });
  });
  it("*;[ffab::1234]:5555 is a group that is sent to by any interface (LT-662)", async () => {
    assertEquals(await sent("*;[ffab::1234]:5555", IPV6), { to: at("ffab::1234", 5555), from: at("::", 0) });
  });
  it("224.7.7.7;230.2.8.12:5555 is refused: a group is no interface (LT-665)", () => {
    refusesToConnect("224.7.7.7;230.2.8.12:5555");
  });
  it("[ff00:a::1];[ffab::1234]:5555 is refused: a group is no interface (LT-666)", () => {
    refusesToConnect("[ff00:a::1];[ffab::1234]:5555", IPV6);
  });
});

describe("a udp address to bind", () => {
  it("127.0.0.1:5555 is heard (LT-637)", async () => {
    assertEquals(await heard("127.0.0.1:5555"), { on: at("127.0.0.1", 5555) });
  });
  it("[::1]:5555 is heard (LT-638)", async () => {
    assertEquals(await heard("[::1]:5555", IPV6), { on: at("::1", 5555) });
  });
  it("*:5555 is heard on all addresses (LT-639)", async () => {
    assertEquals(await heard("*:5555"), { on: at("0.0.0.0", 5555) });
  });
  it("*:5555 is heard on all addresses, with ipv6 on IPv6's (LT-640)", async () => {
    assertEquals(await heard("*:5555", IPV6), { on: at("::", 5555) });
  });
  it("127.0.0.1:* has port 0, which the system chooses (LT-641)", async () => {
    assertEquals(await heard("127.0.0.1:*"), { on: at("127.0.0.1", 0) });
  });
  it("[::1]:* has port 0, which the system chooses (LT-642)", async () => {
    assertEquals(await heard("[::1]:*", IPV6), { on: at("::1", 0) });
  });
  it("*:* is all addresses and port 0 (LT-643)", async () => {
    assertEquals(await heard("*:*"), { on: at("0.0.0.0", 0) });
  });
  it("*:* is all addresses and port 0, with ipv6 IPv6's (LT-644)", async () => {
    assertEquals(await heard("*:*", IPV6), { on: at("::", 0) });
  });
  it("239.0.0.1:1234 joins the group, bound to its address where libzmq binds the any-address (LT-651)", async () => {
    assertEquals(await heard("239.0.0.1:1234"), { on: at("239.0.0.1", 1234), group: "239.0.0.1" });
  });
  it("[ffab::1234]:5555 joins the group, bound to its address where libzmq binds the any-address (LT-652)", async () => {
    assertEquals(await heard("[ffab::1234]:5555", IPV6), { on: at("ffab::1234", 5555), group: "ffab::1234" });
  });
  it("1.2.3.4;230.2.8.12:5555 joins the group on the interface of that address (LT-655)", async () => {
    assertEquals(await heard("1.2.3.4;230.2.8.12:5555"), {
      on: at("230.2.8.12", 5555),
      group: "230.2.8.12",
      by: "1.2.3.4",
    });
  });
  it("[2001:db8::2];[ffab::1234]:5555 joins the group on the interface of that address (LT-656)", async () => {
    assertEquals(await heard("[2001:db8::2];[ffab::1234]:5555", IPV6), {
      on: at("ffab::1234", 5555),
      group: "ffab::1234",
      by: "::%eth0",
    });
  });
  it("*;230.2.8.12:5555 joins the group on any interface (LT-657)", async () => {
    assertEquals(await heard("*;230.2.8.12:5555"), { on: at("230.2.8.12", 5555), group: "230.2.8.12" });
  });
  it("*;[ffab::1234]:5555 joins the group on any interface (LT-658)", async () => {
    assertEquals(await heard("*;[ffab::1234]:5555", IPV6), {
      on: at("ffab::1234", 5555),
      group: "ffab::1234",
    });
  });
  it("224.7.7.7;230.2.8.12:5555 is refused: a group is no interface (LT-663)", async () => {
    await refusesToBind("224.7.7.7;230.2.8.12:5555");
  });
  it("[ff00:a::1];[ffab::1234]:5555 is refused: a group is no interface (LT-664)", async () => {
    await refusesToBind("[ff00:a::1];[ffab::1234]:5555", IPV6);
  });
});

const IPV6 = { ipv6: true };

interface Family {
  readonly ipv6?: boolean;
}

function at(host: string, port: number): DatagramAddress {
  return { host, port };
}

/** What was asked of the machine. */
interface Asked {
  settings?: DatagramSettings;
  group?: string;
  by?: string;
  to?: DatagramAddress;
}

/** A machine that opens sockets and has no network: what is sent is told of, and nothing ever comes. */
function machine(asked: Asked, sent: () => void): Transports {
  return {
    runtime: "node",
    networkInterfaces: () => [
      { name: "eth0", address: "1.2.3.4", family: "IPv4" },
      { name: "eth0", address: "2001:db8::2", family: "IPv6" },
    ],
    udp: {
      open(settings, sink) {
        asked.settings = settings;
        let open = true;
        const socket: DatagramSocket = {
          local: { host: settings.host, port: settings.port || 49_152 },
          send(_datagram, to) {
            asked.to = to;
            sent();
            return true;
          },
          join(group, networkInterface) {
            asked.group = group;
            if (networkInterface !== undefined) asked.by = networkInterface;
          },
          leave() {},
          close() {
            if (open) queueMicrotask(() => sink.onClose());
            open = false;
          },
        };
        return Promise.resolve(socket);
      },
    },
  };
}

/** Where a message of a RADIO goes, from where, and by which interface if one is named. */
async function sent(
  text: string,
  family: Family = {},
): Promise<{ to?: DatagramAddress; from: DatagramAddress; by?: string }> {
  const asked: Asked = {};
  let gone = (): void => {};
  const went = new Promise<void>((resolve) => gone = resolve);
  const context = new Context({ transports: machine(asked, gone), blocky: false });
  const radio = new Radio({ context, linger: 0, ...family });
  radio.connect(`udp://${text}`);
  await radio.send("body", { group: "group" });
  await went;
  await context.close();
  const { host, port, outgoingInterface } = asked.settings!;
  return { to: asked.to!, from: at(host, port), ...(outgoingInterface && { by: outgoingInterface }) };
}

/** Where a DISH listens, and the group that it joins on which interface. */
async function heard(
  text: string,
  family: Family = {},
): Promise<{ on: DatagramAddress; group?: string; by?: string }> {
  const asked: Asked = {};
  const context = new Context({ transports: machine(asked, () => {}), blocky: false });
  const dish = new Dish({ context, ...family });
  await dish.bind(`udp://${text}`);
  await context.close();
  const { settings, group, by } = asked;
  return {
    on: at(settings!.host, settings!.port),
    ...(group !== undefined && { group }),
    ...(by !== undefined && { by }),
  };
}

function refusesToConnect(text: string, family: Family = {}): void {
  const radio = new Radio({ linger: 0, ...family });
  const error = assertThrows(() => radio.connect(`udp://${text}`), ZmqError) as ZmqError;
  radio.close();
  assertEquals([error.code, error.address], ["EINVAL", `udp://${text}`]);
}

async function refusesToBind(text: string, family: Family = {}): Promise<void> {
  const dish = new Dish(family);
  const error = await assertRejects(() => dish.bind(`udp://${text}`), ZmqError) as ZmqError;
  dish.close();
  assertEquals([error.code, error.address], ["EINVAL", `udp://${text}`]);
}
