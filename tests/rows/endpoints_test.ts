/**
 * Rows of endpoints as sockets have them: what a bind resolves to, what unbind and disconnect take, and which errors
 * are which. How endpoints are read as text is `tests/unit/socket/endpoint_test.ts`'s.
 */

import { existsSync } from "node:fs";
import process from "node:process";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, strictTest, test, texts, until, within } from "../interop/scope.ts";
import { loose } from "../interop/subject.ts";

describe("tcp", () => {
  test("a bind to any interface and any port resolves to numbers, by IPv4 and with ipv6 (UR-2)", async (scope) => {
    for (
      const [address, ipv6, expected] of [
        ["tcp://*:*", false, /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/],
        ["tcp://*:0", false, /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/],
        ["tcp://*:*", true, /^tcp:\/\/\[::\]:[1-9]\d*$/],
        ["tcp://127.0.0.1:*", false, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
        ["tcp://[::1]:*", true, /^tcp:\/\/\[::1\]:[1-9]\d*$/],
      ] as const
    ) {
      const socket = scope.socket("Pull", { ipv6 });
      await socket.bind(address);
      assertMatch(socket.lastEndpoint!, expected);
      await socket.unbind(socket.lastEndpoint!);
    }
  });

  strictTest(
    "no wildcard and no port 0 can be connected to, and the socket is as before (UR-3)",
    async (scope) => {
      const push = scope.socket("Push");
      for (const address of ["tcp://*:1", "tcp://h:*", "tcp://h", "tcp://h:0", "tcp://127.0.0.1:65536"]) {
        assertEquals((await failure(() => push.connect(address))).code, "EINVAL");
      }
      assertEquals([push.lastEndpoint, push.writable], [null, false]);
    },
  );

  strictTest(
    "a port with letters behind it is refused, where libzmq reads the digits (UR-5)",
    async (scope) => {
      const socket = scope.socket("Dealer");
      for (const method of ["bind", "connect"] as const) {
        const { code, address } = await failure(() => socket[method]("tcp://127.0.0.1:567bad"));
        assertEquals([code, address], ["EINVAL", "tcp://127.0.0.1:567bad"]);
      }
    },
  );

  test("IPv6 is reached with brackets and without, and needs its option (UR-4)", async (scope) => {
    const pull = scope.socket("Pull", { ipv6: true });
    await pull.bind("tcp://[::1]:*");
    const port = pull.lastEndpoint!.split(":").at(-1)!;
    for (const address of [`tcp://[::1]:${port}`, `tcp://::1:${port}`]) {
      const push = scope.socket("Push", { ipv6: true });
      push.connect(address);
      await push.send(address);
      assertEquals(texts(await within(pull.receive(), 5000, "a message")), [address]);
    }
    assertEquals((await failure(() => scope.socket("Pull").bind("tcp://[::1]:*"))).code, "ENODEV");
  });

  test("unbind takes the resolved text, not the wildcard; disconnect the text that was connected, a name too (UR-6)", async (scope) => {
    const pull = scope.socket("Pull");
    await pull.bind("tcp://127.0.0.1:*");
    const address = pull.lastEndpoint!;
    assertEquals((await failure(() => pull.unbind("tcp://127.0.0.1:*"))).code, "ENOENT");
    const byName = address.replace("127.0.0.1", "localhost");
    const push = scope.socket("Push");
    push.connect(byName);
    await push.send("by name");
    assertEquals(texts(await within(pull.receive(), 5000, "a message")), ["by name"]);
    assertEquals((await failure(() => push.disconnect(address))).code, "ENOENT");
    push.disconnect(byName);
    assertEquals((await failure(() => push.disconnect(byName))).code, "ENOENT");
    await pull.unbind(address);
    assertEquals((await failure(() => pull.unbind(address))).code, "ENOENT");
  });

  test("a taken port, a foreign address and no such interface are told apart (UR-11)", async (scope) => {
    const first = scope.socket("Pull");
    await first.bind("tcp://127.0.0.1:*");
    const second = scope.socket("Pull");
    const codes = [];
    for (const address of [first.lastEndpoint!, "tcp://192.0.2.1:*", "tcp://nosuch0:*"]) {
      codes.push((await failure(() => second.bind(address))).code);
    }
    assertEquals(codes, ["EADDRINUSE", "EADDRNOTAVAIL", "ENODEV"]);
  });
});

describe("any transport", () => {
  test("each thing wrong with an endpoint has its error: EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO (UR-1, UR-9)", async (scope) => {
    const socket = scope.socket("Push");
    for (
      const [address, expected] of [
        ["tcp:/127.0.0.1:80", "EINVAL"],
        ["://a", "EINVAL"],
        ["tcp://", "EINVAL"],
        ["foo://a", "EPROTONOSUPPORT"],
        ["TCP://127.0.0.1:80", "EPROTONOSUPPORT"],
        ["Inproc://a", "EPROTONOSUPPORT"],
        ["udp://127.0.0.1:80", "ENOCOMPATPROTO"],
      ] as const
    ) {
      for (const method of ["bind", "connect"] as const) {
        assertEquals([address, (await failure(() => socket[method](address))).code], [address, expected]);
      }
    }
  });

  test("one socket binds and connects over tcp, ipc and inproc at once, in any order (UR-10)", async (scope) => {
    const transports = process.platform === "win32"
      ? ["tcp", "inproc"] as const
      : ["tcp", "ipc", "inproc"] as const;
    const hub = scope.socket("Pull");
    const expected: string[] = [];
    for (const transport of transports) {
      const early = await scope.freeAddress(transport);
      hub.connect(early);
      await hub.bind(scope.address(transport));
      const [connecting, binding] = [scope.socket("Push"), scope.socket("Push")];
      connecting.connect(hub.lastEndpoint!);
      await binding.bind(early);
      await connecting.send(`${transport} to a bind`);
      await binding.send(`${transport} to a connect`);
      expected.push(`${transport} to a bind`, `${transport} to a connect`);
    }
    const heard: string[] = [];
    for (const _ of expected) heard.push(...texts(await within(hub.receive(), 5000, "a message")));
    assertEquals(heard.toSorted(), expected.toSorted());
  });
});

describe("ipc", () => {
  const ipc: typeof test = process.platform === "win32" ? () => {} : test;

  ipc(
    "* makes a path of its own, the file is there until unbind, and lengths have their errors (UR-7)",
    async (scope) => {
      const pull = scope.socket("Pull");
      await pull.bind("ipc://*");
      const path = pull.lastEndpoint!.slice("ipc://".length);
      assert(existsSync(path));
      const push = scope.socket("Push");
      push.connect(pull.lastEndpoint!);
      await push.send("by a made path");
      assertEquals(texts(await within(pull.receive(), 5000, "a message")), ["by a made path"]);
      await pull.unbind(pull.lastEndpoint!);
      await until("the file is gone", () => !existsSync(path));
      assertEquals((await failure(() => pull.bind("ipc://@"))).code, "EINVAL");
      assertEquals((await failure(() => pull.bind(`ipc://${"p".repeat(108)}`))).code, "ENAMETOOLONG");
    },
  );
});

describe("inproc", () => {
  strictTest(
    "a name is one context's, case counts, it is bound once, and connect may come first (UR-8)",
    async (scope) => {
      const [here, there] = [new loose.Context({ blocky: false }), new loose.Context({ blocky: false })];
      scope.atEnd(() => Promise.all([here.close(), there.close()]));
      const push = scope.socket("Push", { context: here });
      push.connect("inproc://rows-Name");
      await push.send("early");
      const [stranger, other, pull] = [there, here, here].map((context) => scope.socket("Pull", { context }));
      await stranger!.bind("inproc://rows-Name");
      await other!.bind("inproc://rows-name");
      await pull!.bind("inproc://rows-Name");
      assertEquals(texts(await within(pull!.receive(), 5000, "a message")), ["early"]);
      assertEquals([stranger!.readable, other!.readable], [false, false]);
      const again = scope.socket("Pull", { context: here });
      assertEquals((await failure(() => again.bind("inproc://rows-Name"))).code, "EADDRINUSE");
      await again.bind(`inproc://${"n".repeat(256)}`);
      assertEquals((await failure(() => again.bind(`inproc://${"n".repeat(257)}`))).code, "ENAMETOOLONG");
    },
  );
});
