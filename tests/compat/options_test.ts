/**
 * Options, constructors and contexts as zeromq.js has them: values, defaults, what is refused with which error, what
 * cannot be added, and the module's exports.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { describe } from "@std/testing/bdd";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { failure, strictTest, test } from "../interop/scope.ts";
import { loose as zmq } from "../interop/subject.ts";

describe("socket options", () => {
  test("booleans, numbers of 32 and 64 bits and strings are set and read back", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    for (
      const [name, initial, value] of [
        ["immediate", false, true],
        ["backlog", 100, 75],
        ["maxMessageSize", -1, 0xffffffff],
        ["routingId", null, "åbçdéfghïjk"],
        ["socksProxy", null, "foo"],
        ["linger", -1, 0],
        ["sendHighWaterMark", 1000, 0],
        ["receiveTimeout", -1, 5],
      ] as const
    ) {
      assertEquals([name, dealer[name]], [name, initial]);
      dealer[name] = value;
      assertEquals([name, dealer[name]], [name, value]);
    }
    return Promise.resolve();
  });

  test("a string option takes a buffer, and null clears it where libzmq allows", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    dealer.routingId = Buffer.from("åbçdéfghïjk");
    assertEquals(dealer.routingId, "åbçdéfghïjk");
    dealer.socksProxy = Buffer.from("foo");
    assertEquals(dealer.socksProxy, "foo");
    dealer.socksProxy = null;
    assertEquals(dealer.socksProxy, null);
    return Promise.resolve();
  });

  test("options by libzmq's numbers", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    assertEquals(dealer.getBoolOption(39), false);
    dealer.setBoolOption(39, true);
    assertEquals(dealer.getBoolOption(39), true);
    assertEquals(dealer.getInt32Option(19), 100);
    dealer.setInt32Option(19, 75);
    assertEquals(dealer.getInt32Option(19), 75);
    assertEquals(dealer.getInt64Option(22), -1);
    dealer.setInt64Option(22, 0xffffffffffff);
    assertEquals(dealer.getInt64Option(22), 0xffffffffffff);
    assertEquals(dealer.getUint64Option(4), 0);
    dealer.setUint64Option(4, 7);
    assertEquals(dealer.getUint64Option(4), 7);
    assertEquals(dealer.getStringOption(5), null);
    dealer.setStringOption(5, "åbçdéfghïjk");
    assertEquals(dealer.getStringOption(5), "åbçdéfghïjk");
    dealer.setStringOption(5, Buffer.from("other"));
    assertEquals(dealer.getStringOption(5), "other");
    return Promise.resolve();
  });

  test("defaults of a fresh DEALER are libzmq's", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    const defaults = {
      affinity: 0,
      backlog: 100,
      connectTimeout: 0,
      handshakeInterval: 30000,
      heartbeatInterval: 0,
      heartbeatTimeout: -1,
      heartbeatTimeToLive: 0,
      immediate: false,
      ipv6: false,
      lastEndpoint: null,
      linger: -1,
      maxMessageSize: -1,
      rate: 100,
      receiveBufferSize: -1,
      receiveHighWaterMark: 1000,
      receiveTimeout: -1,
      reconnectInterval: 100,
      reconnectMaxInterval: 0,
      recoveryInterval: 10000,
      routingId: null,
      securityMechanism: null,
      sendBufferSize: -1,
      sendHighWaterMark: 1000,
      sendTimeout: -1,
      socksProxy: null,
      tcpKeepalive: -1,
      tcpKeepaliveCount: -1,
      tcpKeepaliveIdle: -1,
      tcpKeepaliveInterval: -1,
      type: 5,
      typeOfService: 0,
    };
    for (const [name, value] of Object.entries(defaults)) assertEquals([name, dealer[name]], [name, value]);
    return Promise.resolve();
  });

  test("values of the wrong kind are TypeErrors and change nothing", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    for (
      const [name, value, message] of [
        ["backlog", "hello", "Option value must be a number"],
        ["linger", true, "Option value must be a number"],
        ["immediate", 1, "Option value must be a boolean"],
        ["routingId", 5, "Option value must be a string or buffer"],
      ] as const
    ) {
      const before = dealer[name];
      assertThrows(() => dealer[name] = value, TypeError, message);
      assertEquals(dealer[name], before);
    }
    return Promise.resolve();
  });

  test("values out of range are EINVAL and change nothing", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    for (
      const [name, value] of [
        ["backlog", -1],
        ["linger", -2],
        ["sendHighWaterMark", -1],
        ["heartbeatTimeToLive", 6553600],
        ["heartbeatInterval", -1],
        ["handshakeInterval", -1],
        ["reconnectMaxInterval", -1],
        ["routingId", ""],
        ["routingId", "x".repeat(256)],
        ["routingId", null],
      ] as const
    ) {
      const before = dealer[name];
      let code;
      try {
        dealer[name] = value;
      } catch (error) {
        code = (error as { code?: string }).code;
      }
      assertEquals([name, value, code], [name, value, "EINVAL"]);
      assertEquals(dealer[name], before);
    }
    return Promise.resolve();
  });

  test("heartbeatTimeToLive counts in tenths of a second", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    for (const [set, read] of [[55, 0], [99, 0], [100, 100], [6553599, 6553500]]) {
      dealer.heartbeatTimeToLive = set;
      assertEquals(dealer.heartbeatTimeToLive, read);
    }
    return Promise.resolve();
  });

  test("a read-only property and an unknown one are TypeErrors", (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    assertThrows(
      () => dealer.securityMechanism = 1,
      TypeError,
      v8("Cannot set property securityMechanism of"),
    );
    assertThrows(() => dealer.securityMechanism = 1, TypeError, v8("which has only a getter"));
    assertThrows(
      () => dealer.doesNotExist = 1,
      TypeError,
      v8("Cannot add property doesNotExist, object is not extensible"),
    );
    return Promise.resolve();
  });

  test("options of a closed socket are ENOTSOCK", async (scope) => {
    const dealer = scope.own(new zmq.Dealer());
    dealer.close();
    for (const action of [() => dealer.backlog, () => dealer.backlog = 5, () => dealer.routingId]) {
      const { message, code } = await failure(action);
      assertEquals([message, code], ["Socket operation on non-socket", "ENOTSOCK"]);
    }
  });

  test("an option may be set while endpoints are there, and the high-water mark counts at once", async (scope) => {
    const push = scope.own(new zmq.Push({ linger: 0, sendTimeout: 0, sendHighWaterMark: 2 }));
    push.connect(await scope.freeAddress("tcp"));
    await push.send("1");
    push.sendHighWaterMark = 4;
    for (const more of ["2", "3", "4"]) await push.send(more);
    assertEquals((await failure(() => push.send("5"))).code, "EAGAIN");
  });
});

describe("construction", () => {
  test("without new it is a TypeError", () => {
    for (const name of ["Socket", "Dealer", "Context"]) assertThrows(() => zmq[name](), TypeError);
    return Promise.resolve();
  });

  test("Socket refuses a type that is none, and arguments too few, too many or wrong", () => {
    assertThrows(() => new zmq.Socket(), TypeError, "Socket type must be a number");
    assertThrows(() => new zmq.Socket("foo"), TypeError, "Socket type must be a number");
    assertThrows(() => new zmq.Socket(3, 1), TypeError, "Options must be an object");
    assertThrows(() => new zmq.Socket(1, {}, 2), TypeError, "Expected 2 arguments but received 3");
    for (const type of [37, 4591]) assertThrows(() => new zmq.Socket(type, {}), Error, "Invalid argument");
    assertThrows(() => new zmq.Socket(1, { context: {} }), Error, "Invalid argument");
    return Promise.resolve();
  });

  test("a wrong type's error is EINVAL", async () => {
    const { code, errno } = await failure(() => new zmq.Socket(37));
    assertEquals([code, errno], ["EINVAL", 22]);
  });

  test("a class of one's own may extend Socket, with the default context or another", (scope) => {
    class Mine extends zmq.Socket {
      constructor(options?: object) {
        super(1, options);
      }
    }
    const one = scope.own(new Mine() as never as Opened);
    const other = scope.own(new Mine() as never as Opened);
    assertInstanceOf(one, zmq.Socket);
    assertStrictEquals(one.context, other.context);
    const context = new zmq.Context();
    assertStrictEquals(scope.own(new Mine({ context }) as never as Opened).context, context);
    return Promise.resolve();
  });

  test("a socket has the default context or the one it was given, until it is closed", (scope) => {
    const one = scope.own(new zmq.Dealer());
    assertInstanceOf(one, zmq.Dealer);
    assertInstanceOf(one, zmq.Socket);
    assertStrictEquals(one.context, zmq.context);
    const context = new zmq.Context();
    const other = scope.own(new zmq.Dealer({ context }));
    assertStrictEquals(other.context, context);
    other.close();
    assertStrictEquals(other.context, undefined);
    return Promise.resolve();
  });

  test("options are set by the constructor, and its errors are theirs", (scope) => {
    assertEquals(scope.own(new zmq.Dealer({ recoveryInterval: 5 })).recoveryInterval, 5);
    assertThrows(
      () => new zmq.Dealer({ recoveryInterval: "hello" }),
      TypeError,
      "Option value must be a number",
    );
    assertThrows(() => new zmq.Dealer({ securityMechanism: 1 }), TypeError, v8("which has only a getter"));
    assertThrows(
      () => new zmq.Dealer({ doesNotExist: 1 }),
      TypeError,
      "Cannot add property doesNotExist, object is not extensible",
    );
    return Promise.resolve();
  });

  test("types have libzmq's numbers", (scope) => {
    const numbers = {
      Pair: 0,
      Publisher: 1,
      Subscriber: 2,
      Request: 3,
      Reply: 4,
      Dealer: 5,
      Router: 6,
      Pull: 7,
      Push: 8,
      XPublisher: 9,
      XSubscriber: 10,
      Stream: 11,
    };
    for (const [name, number] of Object.entries(numbers)) {
      assertEquals([name, scope.own(new zmq[name]()).type], [name, number]);
    }
    return Promise.resolve();
  });

  test("more sockets than maxSockets are EMFILE, and one that is closed makes room", async (scope) => {
    const context = new zmq.Context({ maxSockets: 3 });
    const sockets: Opened[] = [];
    const error = await failure(() => {
      while (sockets.length < 5) sockets.push(scope.own(new zmq.Dealer({ context })));
    });
    assertEquals(
      [(error as { code?: string }).code, error.message],
      ["EMFILE", "Too many open file descriptors"],
    );
    assert(sockets.length >= 2 && sockets.length <= 3, `${sockets.length} sockets were opened`);
    sockets[0]!.close();
    let another = false;
    for (let round = 0; round < 200 && !another; round++) {
      try {
        scope.own(new zmq.Dealer({ context }));
        another = true;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5)); // libzmq takes a closed socket down in another thread.
      }
    }
    assert(another, "no room was made");
  });

  strictTest(
    "the caller's options are left as they were, where the native binding deletes the context",
    (scope) => {
      const options = { context: new zmq.Context(), linger: 0 };
      scope.own(new zmq.Dealer(options));
      assertEquals(Object.keys(options), ["context", "linger"]);
      return Promise.resolve();
    },
  );
});

describe("context", () => {
  test("options are set, read and given to the constructor", () => {
    const context = new zmq.Context({ ioThreads: 5 });
    assertEquals([context.ioThreads, context.ipv6, context.blocky, context.maxSockets], [
      5,
      false,
      true,
      1023,
    ]);
    context.ipv6 = true;
    context.ioThreads = 75;
    assertEquals([context.ipv6, context.ioThreads], [true, 75]);
    return Promise.resolve();
  });

  test("ipv6 and blocky of a context are the defaults of the sockets made after", (scope) => {
    const context = new zmq.Context();
    const before = scope.own(new zmq.Dealer({ context }));
    context.ipv6 = true;
    context.blocky = false;
    const after = scope.own(new zmq.Dealer({ context }));
    assertEquals([before.ipv6, before.linger, after.ipv6, after.linger], [false, -1, true, 0]);
    return Promise.resolve();
  });

  test("wrong options, a read-only and an unknown property are TypeErrors", () => {
    const context = new zmq.Context();
    assertThrows(() => new zmq.Context(1), TypeError, "Options must be an object");
    assertThrows(() => new zmq.Context({}, 2), TypeError, "Expected 1 argument but received 2");
    assertThrows(() => new zmq.Context({ ioThreads: "hello" }), TypeError, "Option value must be a number");
    for (const set of [() => context.maxSocketsLimit = 1, () => new zmq.Context({ maxSocketsLimit: 1 })]) {
      assertThrows(
        set,
        TypeError,
        v8("Cannot set property maxSocketsLimit of #<Context> which has only a getter"),
      );
    }
    for (const set of [() => context.doesNotExist = 1, () => new zmq.Context({ doesNotExist: 1 })]) {
      assertThrows(set, TypeError, v8("Cannot add property doesNotExist, object is not extensible"));
    }
    return Promise.resolve();
  });

  test("two contexts do not share inproc names", async (scope) => {
    const one = scope.own(new zmq.Pull({ context: new zmq.Context() }));
    const other = scope.own(new zmq.Pull({ context: new zmq.Context() }));
    await one.bind("inproc://name");
    await other.bind("inproc://name");
  });
});

describe("module", () => {
  test("has what zeromq.js exports for these sockets", () => {
    for (
      const name of [
        ...[
          "capability",
          "context",
          "version",
          "Context",
          "Socket",
          "Observer",
          "Proxy",
          "Pair",
          "Publisher",
          "Subscriber",
        ],
        ...[
          "Request",
          "Reply",
          "Dealer",
          "Router",
          "Pull",
          "Push",
          "XPublisher",
          "XSubscriber",
          "Stream",
          "curveKeyPair",
        ],
      ]
    ) assert(name in zmq, `${name} is missing`);
    return Promise.resolve();
  });

  test("tells its version and what it can", () => {
    assertMatch(zmq.version, /^\d+\.\d+\.\d+$/);
    assert(Object.values(zmq.capability).every((value) => typeof value === "boolean"));
    assertEquals(zmq.capability.ipc, true);
    return Promise.resolve();
  });
});

interface Opened {
  readonly context: unknown;
  close(): void;
}

/** What the engine itself says; Bun's has other words for the same TypeError. */
function v8(message: string): string | undefined {
  return "Bun" in globalThis ? undefined : message;
}
