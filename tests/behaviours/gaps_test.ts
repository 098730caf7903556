/**
 * What libzmq's own suite does not test, as far as no other file here does: what a monitor tells of each way in which
 * a connection fails (of CURVE's, `wire/curve_handshake_test.ts` and `interop/security_events_test.ts` have more), and
 * a peer that chooses the name that a ROUTER made for another.
 *
 * The rest of that list is elsewhere: heartbeats and their limits in `wire/heartbeat_test.ts`; flags and commands in
 * the wrong place in `wire/framing_test.ts`; metadata in `unit/zmtp/engine_test.ts` and `wire/ready_test.ts`; vouches,
 * nonces, replay and reflection in `wire/curve_*_test.ts` and `unit/mechanism/curve_attack_test.ts`; old versions in
 * `wire/older_test.ts` and `interop/jeromq_test.ts`; floods, half-open peers and memory in `wire/admission_test.ts`,
 * `hostile/` and `faults/`; PLAIN's octets in `wire/plain_test.ts`.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { freePort, type Scope, test, within } from "../interop/scope.ts";
import type { MonitorEvent } from "../interop/subject.ts";
import {
  COMMAND,
  command,
  frame,
  greeting,
  message,
  ping,
  property,
  RawListener,
  RawPeer,
  ready,
  target,
  text,
} from "../wire/raw.ts";

type Options = { [option: string]: unknown };

const PROTOCOL = "handshake:error:protocol";
const OTHER = "handshake:error:other";

/** What a peer does before it is let in, and what is told of it. */
const REFUSALS: readonly (readonly [string, string, string, (raw: RawPeer) => unknown, Options?])[] = [
  ["says nothing in time", OTHER, "ERR_ZMTP_HANDSHAKE_TIMEOUT", () => {}, { handshakeInterval: 60 }],
  [
    "speaks HTTP",
    PROTOCOL,
    "ERR_ZMTP_VERSION_UNSUPPORTED",
    (raw) => raw.send("GET / HTTP/1.1\r\n\r\n"),
  ],
  [
    "has another mechanism",
    PROTOCOL,
    "ERR_ZMTP_MECHANISM_MISMATCH",
    (raw) => raw.send(greeting({ mechanism: "PLAIN" })),
  ],
  [
    "cuts READY off in a property",
    PROTOCOL,
    "ERR_ZMTP_MALFORMED_COMMAND_READY",
    (raw) => raw.send(greeting(), command("READY", property("Socket-Type", "DEALER").subarray(0, 14))),
  ],
  [
    "is of a type that does not fit",
    PROTOCOL,
    "ERR_ZMTP_INVALID_METADATA",
    (raw) => raw.send(greeting(), ready("PUB")),
  ],
  [
    "says another command than READY",
    PROTOCOL,
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    (raw) => raw.send(greeting(), ping(0)),
  ],
  [
    "sends a message before READY",
    PROTOCOL,
    "ERR_ZMTP_UNEXPECTED_COMMAND",
    (raw) => raw.send(greeting(), message("early")),
  ],
  [
    "says HELLO with a length that it does not have",
    PROTOCOL,
    "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
    (raw) => raw.send(greeting({ mechanism: "PLAIN" }), command("HELLO", "\x05abc")),
    { plainServer: true },
  ],
];

/** What a peer does after the handshake, and the code of what is told of it. */
const ENDS: readonly (readonly [string, string | undefined, (raw: RawPeer) => unknown, Options?])[] = [
  [
    "sends more than maxMessageSize",
    "ERR_ZMTP_MESSAGE_TOO_LONG",
    (raw) => raw.send(message("x".repeat(101))),
    { maxMessageSize: 100 },
  ],
  ["sets a reserved flag", "ERR_ZMTP_UNSPECIFIED", (raw) => raw.send(frame(8, "x"))],
  ["says a command without a name", "ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", (raw) => {
    raw.send(frame(COMMAND, ""));
  }],
  ["promises to be heard, and is not", "ERR_ZMTP_HEARTBEAT_TIMEOUT", (raw) => raw.send(ping(1))],
  ["goes in order", undefined, (raw) => raw.end()],
];

describe("a monitor of a bound socket tells why a peer did not come in, one that", () => {
  for (const [what, type, code, act, options] of REFUSALS) {
    test(what, async (scope) => {
      const { socket, watch } = await target(scope, "Dealer", options);
      const raw = await RawPeer.dial(scope, socket);
      await act(raw);
      await watch.next("disconnect");
      assertEquals(told(watch.seen, "bind"), [["accept"], [type, code], ["disconnect", code]]);
    });
  }

  test("goes away in the middle of its greeting", async (scope) => {
    const { socket, watch } = await target(scope);
    const raw = await RawPeer.dial(scope, socket);
    raw.send(greeting().subarray(0, 30));
    raw.end();
    await watch.next("disconnect");
    assertEquals(told(watch.seen, "bind"), [["accept"], [OTHER, "ERR_ZMTP_HALF_OPEN"], ["disconnect"]]);
  });

  test("is one more than maxHandshakes", async (scope) => {
    const { socket, watch } = await target(scope, "Dealer", { maxHandshakes: 1 });
    await RawPeer.dial(scope, socket);
    await watch.next("accept");
    await RawPeer.dial(scope, socket);
    assertEquals((await watch.next(OTHER)).error!.code, "ERR_ZMTP_HALF_OPEN");
    await watch.next("disconnect");
  });

  test("is of an address that tcpAcceptFilter does not have", async (scope) => {
    const { socket, watch } = await target(scope, "Dealer", { tcpAcceptFilter: "10.0.0.0/8" });
    const raw = await RawPeer.dial(scope, socket);
    await raw.closed();
    assertEquals((await watch.next("accept:error")).error!.code, "EACCES");
    assertEquals(told(watch.seen, "bind"), [["accept:error", "EACCES"]]);
  });
});

describe("a monitor of a bound socket tells why a peer is gone, one that", () => {
  for (const [what, code, act, options] of ENDS) {
    test(what, async (scope) => {
      const { socket, watch } = await target(scope, "Dealer", options);
      const raw = await RawPeer.dial(scope, socket);
      await raw.handshake("DEALER");
      await watch.next("handshake");
      await act(raw);
      await watch.next("disconnect");
      const end = code === undefined ? ["disconnect"] : ["disconnect", code];
      assertEquals(told(watch.seen, "bind"), [["accept"], ["handshake"], end]);
      assertEquals(socket.readable, false);
    });
  }
});

describe("a monitor of a connecting socket tells why it is not in:", () => {
  test("nobody listens", async (scope) => {
    const socket = scope.socket("Dealer", { reconnectInterval: 60_000 });
    const watch = scope.watch(socket);
    socket.connect(`tcp://127.0.0.1:${await freePort()}`);
    await watch.next("connect:retry");
    assertEquals(told(watch.seen), [["connect:delay"], ["close", "ECONNREFUSED"], ["connect:retry"]]);
  });

  const answers: readonly (readonly [string, string, string, (raw: RawPeer) => unknown, Options?])[] = [
    ["the server says nothing in time", OTHER, "ERR_ZMTP_HANDSHAKE_TIMEOUT", () => {}, {
      handshakeInterval: 60,
    }],
    ["the server's ERROR has no reason", PROTOCOL, "ERR_ZMTP_MALFORMED_COMMAND_ERROR", (raw) => {
      raw.send(greeting(), command("ERROR"));
    }],
    ["the server's READY is of a type that does not fit", PROTOCOL, "ERR_ZMTP_INVALID_METADATA", (raw) => {
      raw.send(greeting(), ready("SUB"));
    }],
    [
      "WELCOME has something in it",
      PROTOCOL,
      "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
      (raw) => raw.send(greeting({ mechanism: "PLAIN", asServer: 1 }), command("WELCOME", "x")),
      { plainUsername: "admin", plainPassword: "secret" },
    ],
  ];
  for (const [what, type, code, act, options] of answers) {
    test(what, async (scope) => {
      const { seen } = await comes(scope, act, options);
      assertEquals(told(seen), [
        ["connect:delay"],
        ["connect"],
        [type, code],
        ["disconnect", code],
        ["connect:retry"],
      ]);
    });
  }

  test("the server refuses it by ERROR, with the status, and it does not come again", async (scope) => {
    const { seen } = await comes(scope, (raw) => raw.send(greeting(), command("ERROR", "\x03400")), {}, [
      "disconnect",
    ]);
    const error = seen.find(({ type }) => type === "handshake:error:auth")!.error!;
    assertEquals(error.status, 400);
    assertEquals(seen.map(({ type }) => type).slice(0, 4), [
      "connect:delay",
      "connect",
      "handshake:error:auth",
      "disconnect",
    ]);
  });
});

describe("a peer of a ROUTER", () => {
  test("cannot choose the name that was made for another: it is refused, and the other is served", async (scope) => {
    const { socket, watch } = await target(scope, "Router");
    const first = await RawPeer.dial(scope, socket);
    await first.handshake("DEALER");
    first.send(message("who am I"));
    const [name] = await within(socket.receive(), 5000, "a message");
    assertEquals([name!.length, name![0]], [5, 0]);
    await watch.next("handshake");

    const second = await RawPeer.dial(scope, socket);
    second.send(greeting(), ready("DEALER", property("Identity", name!)), message("stolen"));
    await second.closed();
    assertEquals((await watch.next(PROTOCOL)).error!.code, "ERR_ZMTP_INVALID_METADATA");
    await socket.send([name!, "yours"]);
    assertEquals(await first.message(), ["yours"]);
    assertEquals(socket.readable, false);
  });

  test("cannot have a name of 256 octets, and one of 255 is its own", async (scope) => {
    const { socket, watch } = await target(scope, "Router", { mandatory: true });
    const long = await RawPeer.dial(scope, socket);
    long.send(greeting(), ready("DEALER", property("Identity", "n".repeat(256))));
    await long.closed();
    assertEquals((await watch.next(PROTOCOL)).error!.code, "ERR_ZMTP_INVALID_METADATA");
    const most = await RawPeer.dial(scope, socket);
    await most.handshake("DEALER", property("Identity", "n".repeat(255)));
    most.send(message("here"));
    assertEquals((await socket.receive()).map(text), ["n".repeat(255), "here"]);
    const error = await assertRejects(() => socket.send(["n".repeat(256), "?"]), Error) as Error & {
      code?: string;
    };
    assertEquals(error.code, "EHOSTUNREACH");
  });
});

/** Events as their types and the codes of their errors. */
function told(events: readonly MonitorEvent[], ...besides: string[]): string[][] {
  return events.filter(({ type }) => !besides.includes(type)).map(({ type, error }) =>
    error?.code === undefined ? [type] : [type, error.code]
  );
}

/** A DEALER that connects to a server that does this, until it has been told so. */
async function comes(
  scope: Scope,
  act: (raw: RawPeer) => unknown,
  options: Options = {},
  until: string[] = ["connect:retry"],
): Promise<{ seen: MonitorEvent[] }> {
  const listener = await RawListener.open(scope);
  const socket = scope.socket("Dealer", { reconnectInterval: 60_000, ...options });
  const watch = scope.watch(socket);
  socket.connect(listener.address);
  await act(await listener.accept());
  await watch.next(until);
  return { seen: [...watch.seen] };
}
