/**
 * bind, unbind, connect, disconnect and close as zeromq.js has them: their errors with message, code and address,
 * what a close() does to what is under way, and the endpoints themselves.
 *
 * @module
 */

import { describe } from "@std/testing/bdd";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { failure, type Scope, strictTest, test, texts, within } from "../interop/scope.ts";
import { type AnySocket, isOurs, loose, type SocketName } from "../interop/subject.ts";

/** A socket with what must not wait. */
interface SyncSocket extends AnySocket {
  bindSync(address: string): void;
  unbindSync(address: string): void;
}

function syncSocket(scope: Scope, name: SocketName): SyncSocket {
  return scope.socket(name) as SyncSocket;
}

for (const transport of ["tcp", "ipc", "inproc"] as const) {
  describe(`endpoints over ${transport}`, () => {
    test("a bound endpoint can be unbound and bound again (UR-6)", async (scope) => {
      const dealer = scope.socket("Dealer");
      const address = await scope.freeAddress(transport);
      await dealer.bind(address);
      assertEquals(dealer.lastEndpoint, address);
      await dealer.unbind(address);
      const other = scope.socket("Dealer");
      await other.bind(address);
    });

    test("unbind and disconnect of what is not there are ENOENT (UR-6)", async (scope) => {
      const dealer = scope.socket("Dealer");
      const address = await scope.freeAddress(transport);
      for (const action of [() => dealer.unbind(address), () => dealer.disconnect(address)]) {
        const error = await failure(action);
        assertEquals([error.message, error.code, error.errno, error.address], [
          "No such endpoint",
          "ENOENT",
          2,
          address,
        ]);
      }
    });

    if (transport !== "ipc") {
      test("an endpoint that somebody has bound is EADDRINUSE (UR-11)", async (scope) => {
        const first = scope.socket("Dealer");
        await first.bind(scope.address(transport));
        const address = first.lastEndpoint!;
        const error = await failure(() => scope.socket("Dealer").bind(address));
        assertEquals([error.message, error.code, error.errno], ["Address already in use", "EADDRINUSE", 98]);
        assertEquals(error.address, address);
      });
    }

    test("bindSync is done when it returns: lastEndpoint says it, and a message passes", async (scope) => {
      const pull = syncSocket(scope, "Pull");
      const address = await scope.freeAddress(transport);
      pull.bindSync(address);
      assertEquals(pull.lastEndpoint, address);
      const push = scope.socket("Push");
      push.connect(address);
      await push.send("at once");
      assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["at once"]);
    });

    // libzmq takes the file of an ipc endpoint away from whoever has it.
    (transport === "ipc" ? strictTest : test)(
      "bindSync throws EADDRINUSE for what somebody has bound, and does not change lastEndpoint",
      async (scope) => {
        const address = await scope.freeAddress(transport);
        syncSocket(scope, "Dealer").bindSync(address);
        const second = syncSocket(scope, "Dealer");
        const error = thrown(() => second.bindSync(address));
        assertEquals([error.message, error.code, error.errno, error.address], [
          "Address already in use",
          "EADDRINUSE",
          98,
          address,
        ]);
        assertEquals(second.lastEndpoint, null);
      },
    );

    // The native binding's unbindSync is bindSync by mistake.
    strictTest("unbindSync ends a bind: ENOENT from then on, and the address becomes free", async (scope) => {
      const dealer = syncSocket(scope, "Dealer");
      const watch = scope.watch(dealer);
      const address = await scope.freeAddress(transport);
      dealer.bindSync(address);
      dealer.unbindSync(address);
      const error = thrown(() => dealer.unbindSync(address));
      assertEquals([error.message, error.code, error.errno, error.address], [
        "No such endpoint",
        "ENOENT",
        2,
        address,
      ]);
      // inproc has no events, and nothing to wait for.
      if (transport !== "inproc") assertEquals((await watch.next("close")).address, address);
      const other = syncSocket(scope, "Dealer");
      other.bindSync(address);
      assertEquals(other.lastEndpoint, address);
    });

    strictTest("unbindSync ends the connections that came by it", async (scope) => {
      const push = syncSocket(scope, "Push");
      const pull = scope.socket("Pull");
      const address = await scope.freeAddress(transport);
      push.bindSync(address);
      pull.connect(address);
      await push.send("before");
      assertEquals(texts(await pull.receive()), ["before"]);
      push.unbindSync(address);
      push.sendTimeout = 0;
      assertEquals((await failure(() => push.send("after"))).code, "EAGAIN");
    });

    test("a connected endpoint can be disconnected, and nothing more is sent there (UR-6)", async (scope) => {
      const push = scope.socket("Push", { sendTimeout: 0 });
      const pull = scope.socket("Pull");
      await pull.bind(scope.address(transport));
      push.connect(pull.lastEndpoint!);
      push.sendTimeout = 2000;
      await push.send("before");
      assertEquals(texts(await pull.receive()), ["before"]);
      push.disconnect(pull.lastEndpoint!);
      push.sendTimeout = 0;
      assertEquals((await failure(() => push.send("after"))).code, "EAGAIN");
    });

    test("close() closes at once and can be repeated", (scope) => {
      const dealer = scope.socket("Dealer");
      assertEquals(dealer.closed, false);
      dealer.close();
      assertEquals(dealer.closed, true);
      dealer.close();
      return Promise.resolve();
    });

    test("close() cancels a waiting send and a waiting receive with EAGAIN", async (scope) => {
      for (const operation of ["send", "receive"] as const) {
        const dealer = scope.socket("Dealer");
        const waiting = failure(() => operation === "send" ? dealer.send("x") : dealer.receive());
        dealer.close();
        assertEquals(dealer.closed, true);
        const { message, code, errno } = await within(waiting, 2000, "the rejection");
        assertEquals([message, code, errno], ["Operation was not possible or timed out", "EAGAIN", 11]);
      }
    });

    test("close() during bind and unbind: they settle, and only then the socket is closed", async (scope) => {
      const address = await scope.freeAddress(transport);
      const binding = scope.socket("Dealer");
      const bound = binding.bind(address);
      binding.close();
      assertEquals(binding.closed, false);
      await bound;
      assertEquals(binding.closed, true);

      const failing = scope.socket("Dealer");
      const unbound = failing.unbind(await scope.freeAddress(transport)).then(
        () => "fulfilled",
        () => "rejected",
      );
      failing.close();
      assertEquals(failing.closed, false);
      assertEquals(await unbound, "rejected");
      assertEquals(failing.closed, true);

      const unbinding = scope.socket("Dealer");
      const other = await scope.freeAddress(transport);
      await unbinding.bind(other);
      const done = unbinding.unbind(other);
      unbinding.close();
      assertEquals(unbinding.closed, false);
      await done;
      assertEquals(unbinding.closed, true);
    });

    strictTest(
      "a bind under way does not block other calls, where the native binding throws EBUSY",
      async (scope) => {
        const dealer = scope.socket("Dealer");
        const first = await scope.freeAddress(transport);
        const second = await scope.freeAddress(transport);
        const both = [dealer.bind(first), dealer.bind(second)];
        const receiving = dealer.receive();
        await Promise.all(both);
        for (const address of [first, second]) {
          const peer = scope.socket("Dealer");
          peer.connect(address);
          await peer.send(address);
          const message = address === first ? await receiving : await dealer.receive();
          assertEquals(texts(message), [address]);
        }
        await Promise.all([dealer.unbind(first), dealer.unbind(second)]);
      },
    );

    test("several binds and connects of one socket serve together, in either order (UR-10)", async (scope) => {
      const pull = scope.socket("Pull");
      const push = scope.socket("Push");
      const addresses = [await scope.freeAddress(transport), await scope.freeAddress(transport)];
      push.connect(addresses[0]!);
      await pull.bind(addresses[0]!);
      await push.bind(addresses[1]!);
      pull.connect(addresses[1]!);
      const heard: string[] = [];
      for (let number = 0; number < 4; number++) {
        await push.send(`${number}`);
        heard.push(...texts(await within(pull.receive(), 5000, `number ${number}`)));
      }
      assertEquals(heard, ["0", "1", "2", "3"]);
    });
  });
}

describe("endpoints", () => {
  for (
    const [address, code, message] of [
      ["foo-bar", "EINVAL", "Invalid argument"],
      ["foo://bar", "EPROTONOSUPPORT", "Protocol not supported"],
      ["tcp://", "EINVAL", "Invalid argument"],
      ["://a", "EINVAL", "Invalid argument"],
      ["TCP://127.0.0.1:5555", "EPROTONOSUPPORT", "Protocol not supported"],
    ] as const
  ) {
    test(`bind, unbind, connect and disconnect refuse ${JSON.stringify(address)} (UR-1)`, async (scope) => {
      const dealer = syncSocket(scope, "Dealer");
      for (const method of ["bind", "bindSync", "unbind", "unbindSync", "connect", "disconnect"] as const) {
        const error = await failure(() => dealer[method](address));
        assertEquals([method, error.code], [method, code]);
        assertSays(error.message, message, address);
        assertEquals(error.address, address);
        assertEquals(typeof error.errno, "number");
      }
    });
  }

  test("what was bound by a host's name is unbound by it, and by the address that it had; by a wildcard not", async (scope) => {
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1"]) {
      const dealer = syncSocket(scope, "Dealer");
      const named = (await scope.freeAddress("tcp")).replace("127.0.0.1", host);
      await dealer.bind(named);
      await dealer.unbind(named);
      assertEquals((await failure(() => dealer.unbind(named))).code, "ENOENT");
      await dealer.bind(named);
      await dealer.unbind(dealer.lastEndpoint!);
      assertEquals((await failure(() => dealer.unbind(named))).code, "ENOENT");
    }
    for (const wildcard of ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0"]) {
      const dealer = scope.socket("Dealer");
      await dealer.bind(wildcard);
      assertEquals((await failure(() => dealer.unbind(wildcard))).code, "ENOENT");
      await dealer.unbind(dealer.lastEndpoint!);
    }
  });

  strictTest("a refusal says what was asked", async (scope) => {
    const dealer = syncSocket(scope, "Dealer");
    const words = { bind: "bind to", bindSync: "bind to", connect: "connect to", unbind: "unbind" };
    for (
      const [method, verb] of Object.entries({ ...words, unbindSync: "unbind", disconnect: "disconnect" })
    ) {
      const { message } = await failure(() => dealer[method as keyof typeof words]("foo-bar"));
      assertStringIncludes(message, `Cannot ${verb} "foo-bar"`);
    }
  });

  for (const address of ["tcp://127.0.0.1:*", "tcp://127.0.0.1", "tcp://localhost:invalid"]) {
    test(`connect refuses ${address} with EINVAL (UR-3)`, async (scope) => {
      const error = await failure(() => scope.socket("Dealer").connect(address));
      assertEquals([error.code, error.errno, error.address], ["EINVAL", 22, address]);
      assertSays(error.message, "Invalid argument", address);
    });
  }

  test("udp is for no classic type: ENOCOMPATPROTO (UR-1)", async (scope) => {
    const error = await failure(() => scope.socket("Dealer").connect("udp://127.0.0.1:5555"));
    assertEquals([error.code, error.errno], ["ENOCOMPATPROTO", 156384764]);
    assertSays(error.message, "The protocol is not compatible with the socket type", "udp://127.0.0.1:5555");
  });

  test("an ipc path of more than 107 octets is ENAMETOOLONG, one in no directory ENOENT (UR-7)", async (scope) => {
    const dealer = scope.socket("Dealer");
    const long = `ipc:///tmp/${"x".repeat(110)}`;
    assertEquals((await failure(() => dealer.bind(long))).code, "ENAMETOOLONG");
    assertEquals((await failure(() => dealer.connect(long))).code, "ENAMETOOLONG");
    assertEquals((await failure(() => dealer.bind(`ipc://${scope.path()}/none/x`))).code, "ENOENT");
  });

  test("an address that is no string, and arguments too many, are TypeErrors", async (scope) => {
    const dealer = scope.own(new loose.Dealer());
    for (const method of ["bind", "bindSync", "unbind", "unbindSync", "connect", "disconnect"]) {
      const wrong = await failure(() => dealer[method](1));
      assert(
        wrong instanceof TypeError && wrong.message === "Address must be a string",
        `${method}: ${wrong}`,
      );
    }
    assertThrows(() => dealer.connect("tcp://127.0.0.1:1", {}, 1), TypeError);
    assertThrows(() => dealer.bindSync("tcp://127.0.0.1:1", 1), TypeError);
  });

  test("connect to a name that does not resolve succeeds and keeps trying", async (scope) => {
    const dealer = scope.socket("Dealer", { reconnectInterval: 10 });
    const watch = scope.watch(dealer);
    dealer.connect("tcp://no.such.host.invalid:5555");
    await watch.next(["connect:retry", "close"], 10000);
    assertEquals(dealer.closed, false);
  });

  test("wildcards resolve to what was bound (UR-2, UR-7)", async (scope) => {
    const dealer = scope.socket("Dealer");
    assertEquals(dealer.lastEndpoint, null);
    await dealer.bind("tcp://*:*");
    assertMatch(dealer.lastEndpoint!, /^tcp:\/\/0\.0\.0\.0:\d+$/);
    await dealer.bind("tcp://127.0.0.1:0");
    assertMatch(dealer.lastEndpoint!, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    await dealer.bind("tcp://lo:*");
    assertMatch(dealer.lastEndpoint!, /^tcp:\/\/127\.0\.0\.1:\d+$/);
    await dealer.bind("ipc://*");
    assertMatch(dealer.lastEndpoint!, /^ipc:\/\/.+/);
    assert(dealer.lastEndpoint !== "ipc://*");
  });

  test("bindSync resolves wildcards too", (scope) => {
    const dealer = syncSocket(scope, "Dealer");
    dealer.bindSync("tcp://*:*");
    assertMatch(dealer.lastEndpoint!, /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/);
    dealer.bindSync("tcp://127.0.0.1:0");
    assertMatch(dealer.lastEndpoint!, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    dealer.bindSync("tcp://lo:*");
    assertMatch(dealer.lastEndpoint!, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    dealer.bindSync("ipc://*");
    assertMatch(dealer.lastEndpoint!, /^ipc:\/\/.+/);
    assert(dealer.lastEndpoint !== "ipc://*");
    return Promise.resolve();
  });

  test("bindSync and bind tell the same events", async (scope) => {
    const dealer = syncSocket(scope, "Dealer");
    const watch = scope.watch(dealer);
    dealer.bindSync("tcp://127.0.0.1:*");
    const address = dealer.lastEndpoint!;
    assertEquals((await watch.next("bind")).address, address);
    thrown(() => dealer.bindSync(address));
    const event = await watch.next("bind:error");
    assert(address.endsWith(event.address!), `the address is ${event.address}`); // libzmq leaves the transport out.
    assertEquals(event.error?.code, "EADDRINUSE");
  });

  test("bindSync and unbindSync of a closed socket throw EBADF", (scope) => {
    const dealer = syncSocket(scope, "Dealer");
    dealer.close();
    for (const method of ["bindSync", "unbindSync"] as const) {
      const { message, code } = thrown(() => dealer[method]("tcp://127.0.0.1:*"));
      assertEquals([message, code], ["Socket is closed", "EBADF"]);
    }
    return Promise.resolve();
  });

  strictTest("bindSync does not look names up: ENOTSUP, in words that say what to do", (scope) => {
    const error = thrown(() => syncSocket(scope, "Dealer").bindSync("tcp://localhost:*"));
    assertEquals([error.code, error.address], ["ENOTSUP", "tcp://localhost:*"]);
    assertMatch(error.message, /"localhost".*bind\(\)/);
    return Promise.resolve();
  });

  test("an IPv6 address needs ipv6 (UR-4)", async (scope) => {
    const six = scope.socket("Pull", { ipv6: true });
    await six.bind("tcp://[::1]:*");
    assertMatch(six.lastEndpoint!, /^tcp:\/\/\[::1\]:\d+$/);
    const push = scope.socket("Push", { ipv6: true });
    push.connect(six.lastEndpoint!);
    await push.send("six");
    assertEquals(texts(await six.receive()), ["six"]);
    assertEquals((await failure(() => scope.socket("Pull").bind("tcp://[::1]:*"))).code, "ENODEV");
  });

  test("ROUTER names the peer of a connect, and can send to it at once", async (scope) => {
    const router = scope.own(new loose.Router({ mandatory: true, linger: 0 }));
    router.connect(await scope.freeAddress("tcp"), { routingId: "remote id" });
    await router.send(["remote id", "hi"]);
  });

  test("a source address before a semicolon is dialled from (UR-3)", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.socket("Push");
    push.connect(pull.lastEndpoint!.replace("tcp://", "tcp://127.0.0.1:0;"));
    await push.send("from there");
    assertEquals(texts(await within(pull.receive(), 5000, "the message")), ["from there"]);
  });
});

/** What this throws before it returns. */
function thrown(action: () => void): Error & { code?: string; errno?: number; address?: string } {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** The native binding has one sentence a code; ours also names the value. */
function assertSays(message: string, native: string, value: string): void {
  if (isOurs) assert(message === native || message.includes(value), `"${message}" does not name ${value}`);
  else assertEquals(message, native);
}
