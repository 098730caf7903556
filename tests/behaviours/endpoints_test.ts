/**
 * Endpoints: what connect takes, wildcards, ipc, accept filters and the type of service (rows "Endpoints" of libzmq's
 * own tests).
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, type Scope, test } from "../interop/scope.ts";
import type { AnySocket } from "../interop/subject.ts";
import { exchange, hear, takesNow } from "./exchange.ts";

describe("connect (test_connect_resolve)", () => {
  test("to tcp://localhost:1234 succeeds at once, though nobody listens (LT-65)", (scope) => {
    assertEquals(scope.socket("Publisher").connect("tcp://localhost:1234"), undefined);
    return Promise.resolve();
  });

  test("to tcp://[::1]:1234 succeeds at once (LT-66)", (scope) => {
    assertEquals(scope.socket("Publisher", { ipv6: true }).connect("tcp://[::1]:1234"), undefined);
    return Promise.resolve();
  });

  test("to tcp:// without a host fails: EINVAL (LT-68)", async (scope) => {
    assertEquals((await failure(() => scope.socket("Publisher").connect("tcp://"))).code, "EINVAL");
  });

  test("to tcp://localhost:invalid, a port that is none, fails: EINVAL (LT-69)", async (scope) => {
    const pub = scope.socket("Publisher");
    assertEquals((await failure(() => pub.connect("tcp://localhost:invalid"))).code, "EINVAL");
  });

  test("to tcp://192.168.0.200:*, a wildcard for a port, fails: EINVAL (LT-71)", async (scope) => {
    const pub = scope.socket("Publisher");
    assertEquals((await failure(() => pub.connect("tcp://192.168.0.200:*"))).code, "EINVAL");
  });
});

describe("a wildcard port (test_unbind_wildcard)", () => {
  test("of tcp://127.0.0.1 becomes a port by which both exchange, disconnect and unbind (LT-77)", (scope) =>
    byWildcard(scope, "tcp://127.0.0.1:*", false, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/));

  test("of tcp://127.0.0.1 with IPV6 on does too (LT-78)", (scope) =>
    byWildcard(
      scope,
      "tcp://127.0.0.1:*",
      true,
      /^tcp:\/\/(127\.0\.0\.1|\[::ffff:127\.0\.0\.1\]):[1-9]\d*$/,
    ));

  test("of tcp://[::1] with IPV6 on does too (LT-79)", (scope) =>
    byWildcard(scope, "tcp://[::1]:*", true, /^tcp:\/\/\[::1\]:[1-9]\d*$/));
});

describe("ipc", () => {
  test("PAIR exchanges, and no filter keeps anybody out (LT-87, LT-90)", async (scope) => {
    const [server, client] = [scope.socket("Pair"), scope.socket("Pair")];
    await server.bind(scope.address("ipc"));
    client.connect(server.lastEndpoint!);
    await exchange(server, client);
  });
});

describe("TCP_ACCEPT_FILTER (test_tcp_accept_filter)", () => {
  test("under it a client with RECONNECT_IVL -1 connects once, and again when it is told to (LT-102)", async (scope) => {
    const [server, client] = pairs(scope);
    server.tcpAcceptFilter = "127.0.0.1";
    client.reconnectInterval = -1;
    const watch = scope.watch(client);
    const address = await scope.freeAddress("tcp");
    await server.bind(address);
    client.connect(address);
    await exchange(server, client);

    const lost = watch.next("disconnect");
    await server.unbind(address);
    await assertApart(server, client);
    await lost;
    await server.bind(address);
    await assertApart(server, client);
    const since = watch.seen.findIndex(({ type }) => type === "disconnect");
    assertEquals(watch.seen.slice(since).filter(({ type }) => type.startsWith("connect")), []);

    client.connect(address);
    await client.send("again");
    let heard: string[];
    do heard = await hear(server); while (heard[0] === "x");
    assertEquals(heard, ["again"]);
    await exchange(server, client);
  });

  test("foo and what else is no network is EINVAL (LT-103, LT-104, LT-105, LT-106, LT-107)", async (scope) => {
    const [server, client] = pairs(scope);
    for (const text of ["foo", "0.0.0.0foo", "0.0.0.0/foo", "0.0.0.0/", "0.0.0.0/-1"]) {
      const error = await failure(() => server.tcpAcceptFilter = text);
      assertEquals([text, error.code], [text, "EINVAL"]);
    }
    await assertLetsIn(server, client);
  });

  test("an empty list is cleared, and everybody is let in (LT-109)", async (scope) => {
    const [server, client] = pairs(scope);
    server.tcpAcceptFilter = null;
    await assertLetsIn(server, client);
  });

  test("a network that does not match is set and cleared, and everybody is let in (LT-110)", async (scope) => {
    const [server, client] = pairs(scope);
    server.tcpAcceptFilter = "192.168.1.1";
    server.tcpAcceptFilter = null;
    await assertLetsIn(server, client);
  });

  test("127.0.0.1/32 lets a client on loopback in (LT-111)", async (scope) => {
    const [server, client] = pairs(scope);
    server.tcpAcceptFilter = "127.0.0.1/32";
    await assertLetsIn(server, client);
  });

  test("0.0.0.0/0 lets it in too (LT-112)", async (scope) => {
    const [server, client] = pairs(scope);
    server.tcpAcceptFilter = "0.0.0.0/0";
    await assertLetsIn(server, client);
  });
});

describe("TOS (test_diffserv)", () => {
  test("0x28 of one end and 0x58 of the other are set and read back, and both exchange (LT-114)", async (scope) => {
    const [server, client] = pairs(scope);
    server.typeOfService = 0x28;
    await server.bind("tcp://127.0.0.1:*");
    assertEquals(server.typeOfService, 0x28);
    client.typeOfService = 0x58;
    client.connect(server.lastEndpoint!);
    assertEquals(client.typeOfService, 0x58);
    await exchange(server, client);
  });
});

/** What these tests set. */
interface WithOptions extends AnySocket {
  tcpAcceptFilter: string | null;
  typeOfService: number;
  reconnectInterval: number;
}

function pairs(scope: Scope): [WithOptions, WithOptions] {
  return [scope.socket("Pair") as WithOptions, scope.socket("Pair") as WithOptions];
}

async function byWildcard(scope: Scope, address: string, ipv6: boolean, form: RegExp): Promise<void> {
  const server = scope.socket("Reply", { ipv6 });
  await server.bind(address);
  const resolved = server.lastEndpoint!;
  assertMatch(resolved, form);
  const client = scope.socket("Request", { ipv6 });
  client.connect(resolved);
  await exchange(server, client);
  client.disconnect(resolved);
  await server.unbind(resolved);
  // Both have ended it: neither knows it any more.
  assertEquals((await failure(() => client.disconnect(resolved))).code, "ENOENT");
  assertEquals((await failure(() => server.unbind(resolved))).code, "ENOENT");
}

async function assertLetsIn(server: WithOptions, client: WithOptions): Promise<void> {
  await server.bind("tcp://127.0.0.1:*");
  client.connect(server.lastEndpoint!);
  await exchange(server, client);
}

/** What either sends, the other does not hear. What the client queues is for whom it is told to connect to. */
async function assertApart(server: AnySocket, client: AnySocket): Promise<void> {
  server.receiveTimeout = client.receiveTimeout = 250;
  const waiting = [server, client].map((socket) => failure(() => socket.receive()));
  await takesNow(client, "x");
  for (const error of await Promise.all(waiting)) assertEquals(error.code, "EAGAIN");
  assertEquals(await takesNow(server, "x"), false);
  server.receiveTimeout = client.receiveTimeout = -1;
}
