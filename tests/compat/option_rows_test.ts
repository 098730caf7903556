/**
 * Every option of libzmq 4.3.5, drafts included, one row each: the name that it has here, who has it, its number, its
 * default, values that are taken and read back, by name and by number, and values that are refused. What an option
 * does is in `option_effects_test.ts`.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { failure, test, until } from "../interop/scope.ts";
import { loose as zmq } from "../interop/subject.ts";

/** What the value is in C, which says by which of zeromq.js's methods its number is reached. */
type Kind = "int" | "uint32" | "int64" | "uint64" | "bool" | "text";

interface Row {
  /** Without `ZMQ_`. */
  readonly libzmq: string;
  readonly id: number;
  /** The property; absent if there is only the number. */
  readonly name?: string;
  /** Classes that have it; all of them if absent. */
  readonly on?: readonly string[];
  /** One that has not. */
  readonly off?: string;
  readonly kind: Kind;
  /** What a fresh socket shows. */
  readonly first: unknown;
  /** Taken, and what is then read if that is something else. */
  readonly good: readonly (unknown | readonly [set: unknown, read: unknown])[];
  /** EINVAL, and nothing changes. */
  readonly bad: readonly unknown[];
}

const INT_MAX = 2147483647;
const KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const SENDERS = [
  "Pair",
  "Publisher",
  "Request",
  "Reply",
  "Dealer",
  "Router",
  "Push",
  "XPublisher",
  "XSubscriber",
]
  .concat("Stream", "Server", "Client", "Radio", "Scatter", "Datagram", "Peer", "Channel");
const RECEIVERS = [
  "Pair",
  "Subscriber",
  "Request",
  "Reply",
  "Dealer",
  "Router",
  "Pull",
  "XPublisher",
  "XSubscriber",
]
  .concat("Stream", "Server", "Client", "Dish", "Gather", "Datagram", "Peer", "Channel");

const GENERAL: readonly Row[] = [
  row("AFFINITY", 4, "affinity", "uint64", 0, [1, 2 ** 40, 0xffffffffffffffff, 0], [-1, 0.5, 2 ** 65]),
  {
    ...row("ROUTING_ID", 5, "routingId", "text", null, ["a", "x".repeat(255), "\0a"], [
      "",
      null,
      "x".repeat(256),
    ]),
    on: ["Request", "Reply", "Dealer", "Router"],
    off: "Pair",
  },
  row("LINGER", 17, "linger", "int", -1, [0, INT_MAX, -1], [-2, 0.5, NaN, 2 ** 31]),
  row("RECONNECT_IVL", 18, "reconnectInterval", "int", 100, [-1, 0, INT_MAX], [-2]),
  row("RECONNECT_IVL_MAX", 21, "reconnectMaxInterval", "int", 0, [1, INT_MAX, 0], [-1]),
  row("RECONNECT_STOP", 109, "reconnectStop", "int", 0, [1, 2, 4, 7, -1, INT_MAX, 0], [2 ** 31]),
  row("BACKLOG", 19, "backlog", "int", 100, [0, 75, INT_MAX], [-1]),
  row("MAXMSGSIZE", 22, "maxMessageSize", "int64", -1, [0, 2 ** 40, -5], [2 ** 63, 0.5]),
  { ...row("SNDHWM", 23, "sendHighWaterMark", "int", 1000, [0, INT_MAX], [-1]), on: SENDERS, off: "Pull" },
  {
    ...row("RCVHWM", 24, "receiveHighWaterMark", "int", 1000, [0, INT_MAX], [-1]),
    on: RECEIVERS,
    off: "Push",
  },
  { ...row("RCVTIMEO", 27, "receiveTimeout", "int", -1, [0, INT_MAX, -1], [-2]), on: RECEIVERS, off: "Push" },
  { ...row("SNDTIMEO", 28, "sendTimeout", "int", -1, [0, INT_MAX, -1], [-2]), on: SENDERS, off: "Pull" },
  { ...row("SNDBUF", 11, "sendBufferSize", "int", -1, [0, 65536, -1], [-2]), on: SENDERS, off: "Pull" },
  { ...row("RCVBUF", 12, "receiveBufferSize", "int", -1, [0, 65536, -1], [-2]), on: RECEIVERS, off: "Push" },
  row("IMMEDIATE", 39, "immediate", "bool", false, [true, false], []),
  row("IPV6", 42, "ipv6", "bool", false, [true, false], []),
  {
    ...row("CONFLATE", 54, "conflate", "bool", false, [true, false], []),
    on: ["Pull", "Push", "Subscriber", "Publisher", "Dealer", "Scatter", "Gather"],
    off: "Router",
  },
  row("HANDSHAKE_IVL", 66, "handshakeInterval", "int", 30000, [0, INT_MAX], [-1]),
  row("HEARTBEAT_IVL", 75, "heartbeatInterval", "int", 0, [1, INT_MAX, 0], [-1]),
  row("HEARTBEAT_TTL", 76, "heartbeatTimeToLive", "int", 0, [[55, 0], 100, [6553599, 6553500]], [
    -1,
    6553600,
  ]),
  row("HEARTBEAT_TIMEOUT", 77, "heartbeatTimeout", "int", -1, [0, INT_MAX], [-1]),
  row("CONNECT_TIMEOUT", 79, "connectTimeout", "int", 0, [1, INT_MAX, 0], [-1]),
  row("USE_FD", 89, "useFileDescriptor", "int", -1, [0, 7, -1], [-2]),
  row("IN_BATCH_SIZE", 101, "inBatchSize", "int", 8192, [1, INT_MAX], [0, -1]),
  row("OUT_BATCH_SIZE", 102, "outBatchSize", "int", 8192, [1, INT_MAX], [0, -1]),
];

const SYSTEM: readonly Row[] = [
  row("TCP_KEEPALIVE", 34, "tcpKeepalive", "int", -1, [0, 1, -1], [-2, 2]),
  row("TCP_KEEPALIVE_CNT", 35, "tcpKeepaliveCount", "int", -1, [0, 5, -1], [-2]),
  row("TCP_KEEPALIVE_IDLE", 36, "tcpKeepaliveIdle", "int", -1, [0, 5, -1], [-2]),
  row("TCP_KEEPALIVE_INTVL", 37, "tcpKeepaliveInterval", "int", -1, [0, 5, -1], [-2]),
  row("TCP_ACCEPT_FILTER", 38, "tcpAcceptFilter", "text", null, [
    "10.0.0.0/8",
    ["::1", "10.0.0.0/8,::1"],
    null,
  ], ["", "foo", "0.0.0.0/", "0.0.0.0/33"]),
  row("TOS", 57, "typeOfService", "uint32", 0, [16, INT_MAX, 0], [-1]),
  row("SOCKS_PROXY", 68, "socksProxy", "text", null, ["host:1080", null], [""]),
  row("SOCKS_USERNAME", 99, "socksUsername", "text", null, ["u", "x".repeat(255), ["", null]], [
    "x".repeat(256),
  ]),
  row("SOCKS_PASSWORD", 100, "socksPassword", "text", null, ["p", "x".repeat(255), [null, null]], [
    "é".repeat(128),
  ]),
  row("TCP_MAXRT", 80, "tcpMaxRetransmitTimeout", "int", 0, [1, INT_MAX, 0], [-1]),
  row("BINDTODEVICE", 92, "interface", "text", null, ["eth0", "i".repeat(16), null], ["", "i".repeat(17)]),
  row("LOOPBACK_FASTPATH", 94, "loopbackFastPath", "bool", false, [true, false], []),
  row("PRIORITY", 112, "priority", "int", 0, [6, INT_MAX, 0], [-1]),
  row("BUSY_POLL", 113, "busyPoll", "int", 0, [50, -1, INT_MAX, 0], [2 ** 31]),
  row("RATE", 8, "rate", "int", 100, [1, INT_MAX], [0, -1]),
  row("RECOVERY_IVL", 9, "recoveryInterval", "int", 10000, [0, INT_MAX], [-1]),
  {
    ...row("MULTICAST_HOPS", 25, "multicastHops", "int", 1, [2, INT_MAX], [0, -1]),
    on: SENDERS,
    off: "Pull",
  },
  row("MULTICAST_MAXTPDU", 84, "multicastMaxTransportDataUnit", "int", 1500, [1, INT_MAX], [0, -1]),
  {
    ...row("MULTICAST_LOOP", 96, "multicastLoop", "bool", true, [false, true], []),
    on: SENDERS,
    off: "Pull",
  },
  row("VMCI_BUFFER_SIZE", 85, "vmciBufferSize", "uint64", 0, [65536, 0], [-1]),
  row("VMCI_BUFFER_MIN_SIZE", 86, "vmciBufferMinSize", "uint64", 0, [65536, 0], [-1]),
  row("VMCI_BUFFER_MAX_SIZE", 87, "vmciBufferMaxSize", "uint64", 0, [65536, 0], [-1]),
  row("VMCI_CONNECT_TIMEOUT", 88, "vmciConnectTimeout", "int", -1, [0, INT_MAX, -1], [-2]),
  row("WSS_KEY_PEM", 103, "wssKeyPem", "text", null, ["key", null], [""]),
  row("WSS_CERT_PEM", 104, "wssCertPem", "text", null, ["certificate", null], [""]),
  row("WSS_TRUST_PEM", 105, "wssTrustPem", "text", null, ["authority", null], [""]),
  row("WSS_HOSTNAME", 106, "wssHostname", "text", null, ["host", null], [""]),
  row("WSS_TRUST_SYSTEM", 107, "wssTrustSystem", "bool", false, [true, false], []),
];

const SECURITY: readonly Row[] = [
  row("PLAIN_SERVER", 44, "plainServer", "bool", false, [true, false], []),
  row("PLAIN_USERNAME", 45, "plainUsername", "text", null, ["u", "x".repeat(255)], ["", "x".repeat(256)]),
  row("PLAIN_PASSWORD", 46, "plainPassword", "text", null, ["p", "x".repeat(255)], ["", "x".repeat(256)]),
  row("CURVE_SERVER", 47, "curveServer", "bool", false, [true, false], []),
  row("CURVE_PUBLICKEY", 48, "curvePublicKey", "text", null, [KEY], ["", "short", `${KEY.slice(1)}"`]),
  row("CURVE_SECRETKEY", 49, "curveSecretKey", "text", null, [KEY], ["", "short", KEY + KEY]),
  row("CURVE_SERVERKEY", 50, "curveServerKey", "text", null, [KEY], ["", "short"]),
  row("ZAP_DOMAIN", 55, "zapDomain", "text", null, ["lab", "x".repeat(255)], ["", null, "x".repeat(256)]),
  row("ZAP_ENFORCE_DOMAIN", 93, "zapEnforceDomain", "bool", false, [true, false], []),
];

const TYPES: readonly Row[] = [
  flag("ROUTER_MANDATORY", 33, "mandatory", ["Router"], "Dealer"),
  flag("PROBE_ROUTER", 51, "probeRouter", ["Router", "Dealer", "Request"], "Reply"),
  flag("ROUTER_HANDOVER", 56, "handover", ["Router"], "Dealer"),
  { ...row("ROUTER_NOTIFY", 97, "notify", "int", 0, [1, 2, 3, 0], [-1, 4]), on: ["Router"] },
  flag("REQ_CORRELATE", 52, "correlate", ["Request"], "Reply"),
  flag("REQ_RELAXED", 53, "relaxed", ["Request"], "Reply"),
  flag("XPUB_NODROP", 69, "noDrop", ["XPublisher", "Publisher", "Radio"], "XSubscriber"),
  flag("XPUB_MANUAL", 71, "manual", ["XPublisher"], "Publisher"),
  flag("XPUB_MANUAL_LAST_VALUE", 98, "manualLastValue", ["XPublisher"], "Publisher"),
  octets("XPUB_WELCOME_MSG", 72, "welcomeMessage", ["XPublisher"], "Publisher"),
  flag(
    "ONLY_FIRST_SUBSCRIBE",
    108,
    "onlyFirstSubscribe",
    ["XPublisher", "Publisher", "XSubscriber"],
    "Subscriber",
  ),
  flag("XSUB_VERBOSE_UNSUBSCRIBE", 115, "verboseUnsubscribe", ["XSubscriber"], "XPublisher"),
  flag("INVERT_MATCHING", 74, "invertMatching", ["Publisher", "Subscriber", "XPublisher"], "XSubscriber"),
  { ...row("STREAM_NOTIFY", 73, "notify", "bool", true, [false, true], []), on: ["Stream"], off: "Pair" },
  octets(
    "HELLO_MSG",
    110,
    "helloMessage",
    ["Router", "Dealer", "Request", "Client", "Server", "Peer"],
    "Push",
  ),
  octets("DISCONNECT_MSG", 111, "disconnectMessage", ["Router", "Server", "Peer"], "Dealer"),
  octets("HICCUP_MSG", 114, "hiccupMessage", ["Dealer", "Client", "Peer"], "Router"),
];

for (
  const [title, rows] of [
    ["options of sockets, general", GENERAL],
    ["options of TCP and the system", SYSTEM],
    ["options of security", SECURITY],
    ["options of socket types", TYPES],
  ] as const
) {
  describe(title, () => {
    for (const each of rows) {
      const { libzmq, id, name, on = ["Dealer"] } = each;
      test(`${libzmq} (${id}) is ${name}: default, values, types, and who has it`, async (scope) => {
        for (const of of on) await checkRow(() => scope.own(new zmq[of]({ linger: 0 })), each);
        await checkStranger(() => scope.own(new zmq[each.off!]()), each);
      });
    }
  });
}

describe("options of sockets by number alone", () => {
  test("IPV4ONLY (31) is IPV6 upside down", (scope) => {
    const pair = scope.own(new zmq.Pair());
    assertEquals(pair.getBoolOption(31), true);
    pair.setBoolOption(31, false);
    assertEquals([pair.ipv6, pair.getInt32Option(31)], [true, 0]);
    return Promise.resolve();
  });

  test("RCVMORE (13), EVENTS (15), TYPE (16), LAST_ENDPOINT (32), THREAD_SAFE (81) can only be read", async (scope) => {
    const pull = scope.own(new zmq.Pull());
    const push = scope.own(new zmq.Push({ linger: 0 }));
    assertEquals([pull.getStringOption(32), pull.lastEndpoint], [null, null]);
    await pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.lastEndpoint);
    assertEquals([13, 15, 16, 81].map((id) => pull.getInt32Option(id)), [0, 0, 7, 0]);
    assertEquals([push.getInt32Option(15), pull.getStringOption(32)], [2, pull.lastEndpoint]);
    await push.send("one");
    await until("a message is there", () => pull.getInt32Option(15) === 1);
    assertEquals([pull.readable, pull.writable, pull.type], [true, false, 7]);
    assertEquals(scope.own(new zmq.Client()).getBoolOption(81), true);
    for (const id of [13, 15, 16, 81]) {
      assertEquals([id, (await failure(() => pull.setInt32Option(id, 1))).code], [id, "EINVAL"]);
      assertEquals([id, (await failure(() => pull.getStringOption(id))).code], [id, "EINVAL"]);
    }
    assertEquals((await failure(() => pull.setStringOption(32, "x"))).code, "EINVAL");
    assertEquals((await failure(() => pull.getInt32Option(32))).code, "EINVAL");
  });

  test("MECHANISM (43) is securityMechanism, and set by PLAIN's and CURVE's options", async (scope) => {
    const pair = scope.own(new zmq.Pair());
    assertEquals([pair.getInt32Option(43), pair.securityMechanism], [0, null]);
    pair.plainUsername = "u";
    assertEquals([pair.getInt32Option(43), pair.securityMechanism], [1, "plain"]);
    pair.curveServer = true;
    assertEquals([pair.getInt32Option(43), pair.securityMechanism], [2, "curve"]);
    pair.curveServer = false;
    assertEquals([pair.getInt32Option(43), pair.securityMechanism], [0, null]);
    assertEquals((await failure(() => pair.setInt32Option(43, 1))).code, "EINVAL");
  });

  test("SUBSCRIBE (6) and UNSUBSCRIBE (7) are a SUB's, and TOPICS_COUNT (116) counts", async (scope) => {
    const sub = scope.own(new zmq.Subscriber());
    sub.setStringOption(6, "a");
    sub.setStringOption(6, "b");
    sub.setStringOption(7, "a");
    sub.subscribe("c");
    assertEquals([sub.getInt32Option(116), sub.topicsCount], [2, 2]);
    assertEquals((await failure(() => scope.own(new zmq.Pair()).setStringOption(6, "a"))).code, "EINVAL");
    assertEquals((await failure(() => scope.own(new zmq.Pair()).getInt32Option(116))).code, "EINVAL");
    assertEquals((await failure(() => sub.setInt32Option(116, 1))).code, "EINVAL");
  });

  test("XPUB_VERBOSE (40) and XPUB_VERBOSER (78) are verbosity", async (scope) => {
    const xpub = scope.own(new zmq.XPublisher());
    assertEquals(xpub.verbosity, null);
    xpub.setBoolOption(40, true);
    assertEquals(xpub.verbosity, "allSubs");
    xpub.setInt32Option(78, 1);
    assertEquals(xpub.verbosity, "allSubsUnsubs");
    xpub.setBoolOption(40, false);
    assertEquals(xpub.verbosity, null);
    for (const value of ["allSubs", "allSubsUnsubs", null]) {
      xpub.verbosity = value;
      assertEquals(xpub.verbosity, value);
    }
    assertEquals((await failure(() => xpub.verbosity = "some")).code, "EINVAL");
    assertEquals(
      (await failure(() => scope.own(new zmq.Publisher()).setBoolOption(40, true))).code,
      "EINVAL",
    );
  });

  test("METADATA (95) adds and has nothing to read; by name it is metadata, an object", async (scope) => {
    const pair = scope.own(new zmq.Pair());
    assertEquals(pair.metadata, null);
    pair.setStringOption(95, "X-key:value");
    assertEquals(pair.metadata, { "X-key": "value" });
    for (const wrong of ["key:value", "X-key", "X-key:", ""]) {
      assertEquals((await failure(() => pair.setStringOption(95, wrong))).code, "EINVAL");
    }
    assertEquals((await failure(() => pair.getStringOption(95))).code, "EINVAL");
  });

  const refused: readonly [libzmq: string, id: number, kind: Kind, code: string, says: string][] = [
    ["FD", 14, "int", "EINVAL", "receive()"],
    ["ROUTER_RAW", 41, "int", "EINVAL", "Stream"],
    ["IPC_FILTER_PID", 58, "int", "ENOTSUP", "Unix"],
    ["IPC_FILTER_UID", 59, "int", "ENOTSUP", "Unix"],
    ["IPC_FILTER_GID", 60, "int", "ENOTSUP", "Unix"],
    ["CONNECT_ROUTING_ID", 61, "text", "EINVAL", "connect("],
    ["GSSAPI_SERVER", 62, "int", "EINVAL", "GSSAPI"],
    ["GSSAPI_PRINCIPAL", 63, "text", "EINVAL", "GSSAPI"],
    ["GSSAPI_SERVICE_PRINCIPAL", 64, "text", "EINVAL", "GSSAPI"],
    ["GSSAPI_PLAINTEXT", 65, "int", "EINVAL", "GSSAPI"],
    ["GSSAPI_PRINCIPAL_NAMETYPE", 90, "int", "EINVAL", "GSSAPI"],
    ["GSSAPI_SERVICE_PRINCIPAL_NAMETYPE", 91, "int", "EINVAL", "GSSAPI"],
    ["NORM_MODE", 117, "int", "EINVAL", "NORM"],
    ["NORM_UNICAST_NACK", 118, "int", "EINVAL", "NORM"],
    ["NORM_BUFFER_SIZE", 119, "int", "EINVAL", "NORM"],
    ["NORM_SEGMENT_SIZE", 120, "int", "EINVAL", "NORM"],
    ["NORM_BLOCK_SIZE", 121, "int", "EINVAL", "NORM"],
    ["NORM_NUM_PARITY", 122, "int", "EINVAL", "NORM"],
    ["NORM_NUM_AUTOPARITY", 123, "int", "EINVAL", "NORM"],
    ["NORM_PUSH", 124, "int", "EINVAL", "NORM"],
  ];
  for (const [libzmq, id, kind, code, says] of refused) {
    test(`${libzmq} (${id}) is ${code}, and the error says why`, async (scope) => {
      const router = scope.own(new zmq.Router());
      for (
        const action of [
          () => write(router, kind, id, kind === "text" ? "x" : 1),
          () => read(router, kind, id),
        ]
      ) {
        const error = await failure(action);
        assertEquals([error.code, error.message.includes(says)], [code, true], error.message);
      }
    });
  }

  test("GSSAPI has no properties, for capability.gssapi is false", (scope) => {
    const pair = scope.own(new zmq.Pair());
    assertEquals(zmq.capability.gssapi ?? false, false);
    for (const name of ["gssapiServer", "gssapiPrincipal", "gssapiPlainText", "gssapiPrincipalNameType"]) {
      assertEquals([name, name in pair], [name, false]);
      assertThrows(() => pair[name] = 1, TypeError);
    }
    return Promise.resolve();
  });

  test("a number that libzmq does not know is EINVAL of every kind", async (scope) => {
    const pair = scope.own(new zmq.Pair());
    for (const id of [0, 1, 2, 999, -1]) {
      for (const kind of ["int", "uint32", "int64", "uint64", "bool", "text"] as const) {
        const value = kind === "text" ? "x" : kind === "bool" ? true : 1;
        for (const action of [() => write(pair, kind, id, value), () => read(pair, kind, id)]) {
          assertEquals([id, kind, (await failure(action)).code], [id, kind, "EINVAL"]);
        }
      }
    }
  });
});

describe("options of contexts", () => {
  const rows: readonly [string, number, string, unknown, readonly unknown[], readonly unknown[]][] = [
    ["IO_THREADS", 1, "ioThreads", 1, [0, 5, 1_000_000], [-1]],
    ["MAX_SOCKETS", 2, "maxSockets", 1023, [1, 65535], [0, 65536]],
    ["MAX_MSGSZ", 5, "maxMessageSize", INT_MAX, [0, 1000], [-1, 2 ** 31]],
    ["IPV6", 42, "ipv6", false, [true, false], []],
    ["BLOCKY", 70, "blocky", true, [false, true], []],
  ];
  for (const [libzmq, id, name, first, good, bad] of rows) {
    test(`${libzmq} (${id}) is ${name}: default, values and types`, async () => {
      const context = new zmq.Context();
      assertEquals([context[name], context.getInt32Option(id)], [first, Number(first)]);
      for (const value of good) {
        context[name] = value;
        assertEquals([context[name], context.getInt32Option(id)], [value, Number(value)]);
        context.setInt32Option(id, Number(first));
        assertEquals(context[name], first);
        if (typeof value === "boolean") context.setBoolOption(id, value);
        else context.setInt32Option(id, value);
        assertEquals(context[name], value);
      }
      const last = context[name];
      for (const value of bad) {
        assertEquals([value, (await failure(() => context[name] = value)).code], [value, "EINVAL"]);
        assertEquals([value, (await failure(() => context.setInt32Option(id, value))).code], [
          value,
          "EINVAL",
        ]);
      }
      for (const wrong of ["1", null, undefined, {}]) assertThrows(() => context[name] = wrong, TypeError);
      assertEquals(context[name], last);
    });
  }

  test("SOCKET_LIMIT (3) is maxSocketsLimit, read only; the same number sets THREAD_PRIORITY", async () => {
    const context = new zmq.Context();
    assertEquals([context.maxSocketsLimit, context.getInt32Option(3)], [65535, 65535]);
    assertThrows(() => context.maxSocketsLimit = 5, TypeError);
    assertEquals(context.threadPriority, -1);
    context.setInt32Option(3, 5);
    assertEquals([context.threadPriority, context.getInt32Option(3)], [5, 65535]);
    assertEquals((await failure(() => context.threadPriority = -1)).code, "EINVAL");
  });

  test("THREAD_SCHED_POLICY (4) is threadSchedulingPolicy", async () => {
    const context = new zmq.Context();
    assertEquals(context.threadSchedulingPolicy, -1);
    context.threadSchedulingPolicy = 0;
    assertEquals([context.threadSchedulingPolicy, context.getInt32Option(4)], [0, 0]);
    assertEquals((await failure(() => context.setInt32Option(4, -1))).code, "EINVAL");
  });

  test("MSG_T_SIZE (6) is 64, and can only be read", async () => {
    const context = new zmq.Context();
    assertEquals(context.getInt32Option(6), 64);
    assertEquals((await failure(() => context.setInt32Option(6, 64))).code, "EINVAL");
  });

  test("THREAD_AFFINITY_CPU_ADD (7) and _REMOVE (8): what was not added cannot be removed", async () => {
    const context = new zmq.Context();
    assertEquals((await failure(() => context.setInt32Option(8, 1))).code, "EINVAL");
    context.setInt32Option(7, 1);
    context.setInt32Option(8, 1);
    assertEquals((await failure(() => context.setInt32Option(8, 1))).code, "EINVAL");
    assertEquals((await failure(() => context.setInt32Option(7, -1))).code, "EINVAL");
    for (const id of [7, 8]) assertEquals((await failure(() => context.getInt32Option(id))).code, "EINVAL");
  });

  test("THREAD_NAME_PREFIX (9) and ZERO_COPY_RECV (10) are kept", async () => {
    const context = new zmq.Context();
    assertEquals([context.getInt32Option(9), context.getInt32Option(10)], [0, 1]);
    context.setInt32Option(9, 1234);
    context.setBoolOption(10, false);
    assertEquals([context.getInt32Option(9), context.getBoolOption(10)], [1234, false]);
    assertEquals(new zmq.Context().getInt32Option(9), 0);
    assertEquals((await failure(() => context.setInt32Option(10, 2))).code, "EINVAL");
    assertEquals((await failure(() => context.setInt32Option(9, -1))).code, "EINVAL");
  });

  test("a number that libzmq does not know is EINVAL", async () => {
    const context = new zmq.Context();
    for (const id of [0, 11, 41, 999]) {
      for (const action of [() => context.getInt32Option(id), () => context.setInt32Option(id, 1)]) {
        assertEquals([id, (await failure(action)).code], [id, "EINVAL"]);
      }
    }
  });
});

function row(
  libzmq: string,
  id: number,
  name: string,
  kind: Kind,
  first: unknown,
  good: Row["good"],
  bad: Row["bad"],
): Row {
  return { libzmq, id, name, kind, first, good, bad };
}

function flag(libzmq: string, id: number, name: string, on: readonly string[], off: string): Row {
  return { ...row(libzmq, id, name, "bool", false, [true, false], []), on, off };
}

function octets(libzmq: string, id: number, name: string, on: readonly string[], off: string): Row {
  const good = ["hi", [Uint8Array.of(65, 66), "AB"], ["", null], "again", null];
  return { ...row(libzmq, id, name, "text", null, good, []), on, off };
}

// deno-lint-ignore no-explicit-any
type Loose = any;

async function checkRow(make: () => Loose, { id, name, kind, first, good, bad }: Row): Promise<void> {
  const socket = make();
  const by = name!;
  const start = by === "linger" ? 0 : first;
  const shown = kind === "bool" ? "int" : kind;
  assertEquals([socket[by], read(socket, kind, id)], [start, start]);
  for (const each of good) {
    const [set, expected] = Array.isArray(each) ? each : [each, each];
    socket[by] = set;
    assertEquals([socket[by], read(socket, kind, id)], [expected, expected]);
    if (shown === "int") assertEquals(read(socket, "int", id), Number(expected));
    if (by === "tcpAcceptFilter") continue;
    const other = make();
    write(other, kind, id, set);
    assertEquals([other[by], read(other, kind, id)], [expected, expected]);
  }
  const last = socket[by];
  for (const value of bad) {
    assertEquals([value, (await failure(() => socket[by] = value)).code], [value, "EINVAL"]);
    assertEquals([value, (await failure(() => write(socket, kind, id, value))).code], [value, "EINVAL"]);
  }
  const [wrong, message] = kind === "bool"
    ? [[1, 0, "true", null, undefined], "Option value must be a boolean"] as const
    : kind === "text"
    ? [[5, true, undefined, {}], "Option value must be a string or buffer"] as const
    : [["1", true, null, undefined, 1n], "Option value must be a number"] as const;
  for (const value of wrong) {
    assertThrows(() => socket[by] = value, TypeError, message);
    assertThrows(() => write(socket, kind, id, value), TypeError, message);
  }
  // Another size in C, another option.
  const misfit = kind === "text" ? "int" : kind === "int64" || kind === "uint64" ? "int" : "int64";
  assertEquals((await failure(() => read(socket, misfit, id))).code, "EINVAL");
  assertEquals((await failure(() => write(socket, misfit, id, 1))).code, "EINVAL");
  assertEquals(socket[by], last);
}

async function checkStranger(make: () => Loose, { id, name, kind, on, off }: Row): Promise<void> {
  if (on === undefined || off === undefined) return;
  const socket = make();
  assertEquals(name! in socket, false);
  assertThrows(() => socket[name!] = true, TypeError);
  const value = kind === "text" ? "x" : kind === "bool" ? true : 1;
  const error = await failure(() => write(socket, kind, id, value));
  assert(error.code === "EINVAL", `${off}: ${error}`);
}

function read(socket: Loose, kind: Kind, id: number): unknown {
  return socket[`get${METHODS[kind]}`](id);
}

function write(socket: Loose, kind: Kind, id: number, value: unknown): void {
  socket[`set${METHODS[kind]}`](id, value);
}

const METHODS: { readonly [kind in Kind]: string } = {
  int: "Int32Option",
  uint32: "Uint32Option",
  int64: "Int64Option",
  uint64: "Uint64Option",
  bool: "BoolOption",
  text: "StringOption",
};
