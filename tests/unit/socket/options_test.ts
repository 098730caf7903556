/**
 * Options: which class has which, their defaults and ranges by `zmq_setsockopt(3)` of libzmq 4.3.5, and the
 * manners of zeromq.js 6 (TypeErrors, `null` for no text, access by number).
 */

import { assertEquals, assertNotStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ZmqError } from "../../../src/base/errors.ts";
import { acceptFilterAllows, parseAcceptFilter } from "../../../src/socket/accept_filter.ts";
import { type ContextOptions, ContextOptionValues } from "../../../src/socket/context_options.ts";
import { AT_ONCE } from "../../../src/socket/at_once.ts";
import {
  assignOptions,
  defineContextOptions,
  defineOptions,
  optionChanged,
  optionClosed,
  optionValues,
} from "../../../src/socket/option_access.ts";
import { factName, SOCKET_FACTS } from "../../../src/socket/option_facts.ts";
import {
  getContextOption,
  getSocketOption,
  setContextOption,
  setSocketOption,
} from "../../../src/socket/option_numbers.ts";
import {
  optionById,
  optionByName,
  SOCKET_OPTIONS,
  type SocketName,
} from "../../../src/socket/option_table.ts";
import { SocketOptionValues } from "../../../src/socket/option_values.ts";
import type * as drafts from "../../../src/socket/draft_options.ts";
import type * as options from "../../../src/socket/options.ts";
import type { PropertiesOf } from "../../../src/socket/security_option_types.ts";

/** Typed by the public interface: a member that is missing here or too much does not compile. */
const COMMON: PropertiesOf<options.CommonOptions> = {
  linger: -1,
  reconnectInterval: 100,
  reconnectMaxInterval: 0,
  reconnectStop: 0,
  backlog: 100,
  maxMessageSize: -1,
  maxMessageParts: 65536,
  maxMessageTotal: 2 ** 31 - 1,
  immediate: false,
  ipv6: false,
  handshakeInterval: 30000,
  heartbeatInterval: 0,
  heartbeatTimeToLive: 0,
  heartbeatTimeout: -1,
  connectTimeout: 0,
  plainServer: false,
  plainUsername: null,
  plainPassword: null,
  curveServer: false,
  curvePublicKey: null,
  curveSecretKey: null,
  curveServerKey: null,
  zapDomain: null,
  zapEnforceDomain: false,
  maxHandshakes: 1024,
  maxDepartedPeers: 1024,
  maxConnectionsPerAddress: 0,
  tcpKeepalive: -1,
  tcpKeepaliveIdle: -1,
  tcpKeepaliveCount: -1,
  tcpKeepaliveInterval: -1,
  tcpAcceptFilter: null,
  tcpMaxRetransmitTimeout: 0,
  typeOfService: 0,
  useFileDescriptor: -1,
  socksProxy: null,
  socksUsername: null,
  socksPassword: null,
  metadata: null,
  wssKeyPem: null,
  wssCertPem: null,
  wssTrustPem: null,
  wssHostname: null,
  wssTrustSystem: false,
  interface: null,
  affinity: 0,
  priority: 0,
  busyPoll: 0,
  inBatchSize: 8192,
  outBatchSize: 8192,
  rate: 100,
  recoveryInterval: 10000,
  multicastMaxTransportDataUnit: 1500,
  loopbackFastPath: false,
  vmciBufferSize: 0,
  vmciBufferMinSize: 0,
  vmciBufferMaxSize: 0,
  vmciConnectTimeout: -1,
  zmtp1: false,
};
const SEND: Required<options.SendOptions> = {
  sendHighWaterMark: 1000,
  sendTimeout: -1,
  sendBufferSize: -1,
  multicastHops: 1,
  multicastLoop: true,
};
const RECEIVE: Required<options.ReceiveOptions> = {
  receiveHighWaterMark: 1000,
  receiveTimeout: -1,
  receiveBufferSize: -1,
};
const CONFLATE: Required<options.ConflateOptions> = { conflate: false };
const PROBE: Required<options.ProbeOptions> = { probeRouter: false };
const PUBLISH: Required<options.PublishOptions> = {
  invertMatching: false,
  noDrop: false,
  maxSubscriptions: 1_000_000,
  maxSubscriptionTotal: 64 * 1024 * 1024,
};
const routingId = null;
const HELLO: options.HelloProperty = { helloMessage: null };
const DISCONNECT: options.DisconnectProperty = { disconnectMessage: null };
const HICCUP: options.HiccupProperty = { hiccupMessage: null };
const FIRST: Required<options.FirstSubscribeOptions> = { onlyFirstSubscribe: false };
const pair: Properties<options.PairProperties> = { ...COMMON, ...SEND, ...RECEIVE };
const publisher: Properties<options.PublisherProperties> = {
  ...COMMON,
  ...SEND,
  ...CONFLATE,
  ...PUBLISH,
  ...FIRST,
};
const subscriber: Properties<options.SubscriberProperties> = {
  ...COMMON,
  ...RECEIVE,
  ...CONFLATE,
  invertMatching: false,
};
const request: Properties<options.RequestProperties> = {
  ...pair,
  ...PROBE,
  ...HELLO,
  routingId,
  correlate: false,
  relaxed: false,
};
const reply: Properties<options.ReplyProperties> = { ...pair, routingId };
const dealer: Properties<options.DealerProperties> = {
  ...pair,
  ...CONFLATE,
  ...PROBE,
  ...HELLO,
  ...HICCUP,
  routingId,
};
const router: Properties<options.RouterProperties> = {
  ...pair,
  ...PROBE,
  ...HELLO,
  ...DISCONNECT,
  routingId,
  mandatory: false,
  handover: false,
  notify: 0,
};
const pull: Properties<options.PullProperties> = { ...COMMON, ...RECEIVE, ...CONFLATE };
const push: Properties<options.PushProperties> = { ...COMMON, ...SEND, ...CONFLATE };
const xpublisher: Properties<options.XPublisherProperties> = {
  ...pair,
  ...PUBLISH,
  ...FIRST,
  verbosity: null,
  manual: false,
  manualLastValue: false,
  welcomeMessage: null,
};
const xsubscriber: Properties<options.XSubscriberProperties> = {
  ...pair,
  ...FIRST,
  verboseUnsubscribe: false,
};
const stream: Properties<options.StreamProperties> = { ...pair, notify: true };
const server: Properties<drafts.ServerProperties> = { ...pair, ...HELLO, ...DISCONNECT };
const client: Properties<drafts.ClientProperties> = { ...pair, ...HELLO, ...HICCUP };
const radio: Properties<drafts.RadioProperties> = {
  ...COMMON,
  ...SEND,
  noDrop: false,
  maxSubscriptions: 1_000_000,
  maxSubscriptionTotal: 64 * 1024 * 1024,
};
const dish: Properties<drafts.DishProperties> = { ...COMMON, ...RECEIVE };
const gather: Properties<drafts.GatherProperties> = pull;
const scatter: Properties<drafts.ScatterProperties> = push;
const datagram: Properties<drafts.DatagramProperties> = pair;
const peer: Properties<drafts.PeerProperties> = { ...pair, ...HELLO, ...DISCONNECT, ...HICCUP };
const channel: Properties<drafts.ChannelProperties> = pair;

const DEFAULTS: Record<SocketName, object> = {
  Pair: pair,
  Publisher: publisher,
  Subscriber: subscriber,
  Request: request,
  Reply: reply,
  Dealer: dealer,
  Router: router,
  Pull: pull,
  Push: push,
  XPublisher: xpublisher,
  XSubscriber: xsubscriber,
  Stream: stream,
  Server: server,
  Client: client,
  Radio: radio,
  Dish: dish,
  Gather: gather,
  Scatter: scatter,
  Datagram: datagram,
  Peer: peer,
  Channel: channel,
};
const CLASSES = Object.keys(DEFAULTS) as SocketName[];
const INT32_MAX = 2147483647;

describe("options: what each class has", () => {
  for (const name of CLASSES) {
    it(`${name} has the properties of its interface, with libzmq's defaults`, () => {
      const socket = make(name);
      const { securityMechanism, ...own } = snapshot(socket);
      assertEquals(own, DEFAULTS[name] as Record<string, unknown>);
      assertEquals(securityMechanism, null);
    });
  }

  it("a context that is not blocky gives linger 0, one with IPv6 gives ipv6", () => {
    const { linger, ipv6 } = new SocketOptionValues({ blocky: false, ipv6: true });
    assertEquals([linger, ipv6], [0, true]);
  });

  it("each has its number in zmq.h", () => {
    const numbers = Object.fromEntries(
      SOCKET_OPTIONS.filter(({ id, hidden }) => id !== undefined && !hidden).map((
        option,
      ) => [SOCKET_FACTS.constants[factName(option) as keyof SocketOptionValues], option.id]),
    );
    assertEquals(numbers, {
      ZMQ_AFFINITY: 4,
      ZMQ_ROUTING_ID: 5,
      ZMQ_RATE: 8,
      ZMQ_RECOVERY_IVL: 9,
      ZMQ_SNDBUF: 11,
      ZMQ_RCVBUF: 12,
      ZMQ_LINGER: 17,
      ZMQ_RECONNECT_IVL: 18,
      ZMQ_BACKLOG: 19,
      ZMQ_RECONNECT_IVL_MAX: 21,
      ZMQ_MAXMSGSIZE: 22,
      ZMQ_SNDHWM: 23,
      ZMQ_RCVHWM: 24,
      ZMQ_MULTICAST_HOPS: 25,
      ZMQ_MULTICAST_LOOP: 96,
      ZMQ_RCVTIMEO: 27,
      ZMQ_SNDTIMEO: 28,
      ZMQ_ROUTER_MANDATORY: 33,
      ZMQ_TCP_KEEPALIVE: 34,
      ZMQ_TCP_KEEPALIVE_CNT: 35,
      ZMQ_TCP_KEEPALIVE_IDLE: 36,
      ZMQ_TCP_KEEPALIVE_INTVL: 37,
      ZMQ_TCP_ACCEPT_FILTER: 38,
      ZMQ_IMMEDIATE: 39,
      ZMQ_IPV6: 42,
      ZMQ_MECHANISM: 43,
      ZMQ_PLAIN_SERVER: 44,
      ZMQ_PLAIN_USERNAME: 45,
      ZMQ_PLAIN_PASSWORD: 46,
      ZMQ_CURVE_SERVER: 47,
      ZMQ_CURVE_PUBLICKEY: 48,
      ZMQ_CURVE_SECRETKEY: 49,
      ZMQ_CURVE_SERVERKEY: 50,
      ZMQ_ZAP_DOMAIN: 55,
      ZMQ_ZAP_ENFORCE_DOMAIN: 93,
      ZMQ_PROBE_ROUTER: 51,
      ZMQ_HELLO_MSG: 110,
      ZMQ_DISCONNECT_MSG: 111,
      ZMQ_HICCUP_MSG: 114,
      ZMQ_ROUTER_NOTIFY: 97,
      ZMQ_XPUB_MANUAL_LAST_VALUE: 98,
      ZMQ_ONLY_FIRST_SUBSCRIBE: 108,
      ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: 115,
      ZMQ_REQ_CORRELATE: 52,
      ZMQ_REQ_RELAXED: 53,
      ZMQ_CONFLATE: 54,
      ZMQ_ROUTER_HANDOVER: 56,
      ZMQ_TOS: 57,
      ZMQ_HANDSHAKE_IVL: 66,
      ZMQ_SOCKS_PROXY: 68,
      ZMQ_SOCKS_USERNAME: 99,
      ZMQ_SOCKS_PASSWORD: 100,
      ZMQ_USE_FD: 89,
      ZMQ_METADATA: 95,
      ZMQ_IN_BATCH_SIZE: 101,
      ZMQ_OUT_BATCH_SIZE: 102,
      ZMQ_RECONNECT_STOP: 109,
      ZMQ_PRIORITY: 112,
      ZMQ_BUSY_POLL: 113,
      ZMQ_WSS_KEY_PEM: 103,
      ZMQ_WSS_CERT_PEM: 104,
      ZMQ_WSS_TRUST_PEM: 105,
      ZMQ_WSS_HOSTNAME: 106,
      ZMQ_WSS_TRUST_SYSTEM: 107,
      ZMQ_XPUB_NODROP: 69,
      ZMQ_XPUB_MANUAL: 71,
      ZMQ_XPUB_WELCOME_MSG: 72,
      ZMQ_STREAM_NOTIFY: 73,
      ZMQ_INVERT_MATCHING: 74,
      ZMQ_HEARTBEAT_IVL: 75,
      ZMQ_HEARTBEAT_TTL: 76,
      ZMQ_HEARTBEAT_TIMEOUT: 77,
      ZMQ_CONNECT_TIMEOUT: 79,
      ZMQ_TCP_MAXRT: 80,
      ZMQ_MULTICAST_MAXTPDU: 84,
      ZMQ_VMCI_BUFFER_SIZE: 85,
      ZMQ_VMCI_BUFFER_MIN_SIZE: 86,
      ZMQ_VMCI_BUFFER_MAX_SIZE: 87,
      ZMQ_VMCI_CONNECT_TIMEOUT: 88,
      ZMQ_BINDTODEVICE: 92,
      ZMQ_LOOPBACK_FASTPATH: 94,
    });
    // ZMQ_IPV4ONLY, ZMQ_XPUB_VERBOSE and ZMQ_XPUB_VERBOSER are second names, ZMQ_MECHANISM is an int by number.
    const hidden = SOCKET_OPTIONS.filter((option) => option.hidden).map(({ name, id }) => [id, name]);
    assertEquals(hidden, [[43, "securityMechanism"], [31, "ipv6"], [40, "verbosity"], [78, "verbosity"]]);
    assertEquals(optionById(17)?.name, "linger");
    assertEquals(optionByName("ipv6")?.id, 42);
  });

  it("no warning is given of what counts at once", () => {
    // By its property's name: of a ROUTER's it is that of the field.
    const names = SOCKET_FACTS.atOnce.filter((name) => name !== "routerNotify");
    assertEquals<readonly string[]>([...AT_ONCE].sort(), [...names].sort());
  });

  it("what libzmq applies at once is marked so", () => {
    const names = [...SOCKET_FACTS.atOnce];
    assertEquals(names.sort(), [
      "correlate",
      "disconnectMessage",
      "handover",
      "helloMessage",
      "hiccupMessage",
      "invertMatching",
      "linger",
      "mandatory",
      "manual",
      "manualLastValue",
      "maxDepartedPeers",
      "maxSubscriptionTotal",
      "maxSubscriptions",
      "noDrop",
      "notify",
      "onlyFirstSubscribe",
      "probeRouter",
      "receiveHighWaterMark",
      "receiveTimeout",
      "reconnectStop",
      "relaxed",
      "routerNotify",
      "sendHighWaterMark",
      "sendTimeout",
      "verboseUnsubscribe",
      "verbosity",
      "welcomeMessage",
    ]);
  });
});

describe("options: numbers", () => {
  const ranges: [name: string, minimum: number, maximum: number][] = [
    ["linger", -1, INT32_MAX],
    ["reconnectInterval", -1, INT32_MAX],
    ["reconnectMaxInterval", 0, INT32_MAX],
    ["backlog", 0, INT32_MAX],
    ["maxMessageParts", 1, INT32_MAX],
    ["handshakeInterval", 0, INT32_MAX],
    ["heartbeatInterval", 0, INT32_MAX],
    ["heartbeatTimeout", 0, INT32_MAX],
    ["connectTimeout", 0, INT32_MAX],
    ["maxHandshakes", 0, INT32_MAX],
    ["maxDepartedPeers", 0, INT32_MAX],
    ["maxConnectionsPerAddress", 0, INT32_MAX],
    ["tcpKeepalive", -1, 1],
    ["tcpKeepaliveIdle", -1, INT32_MAX],
    ["tcpKeepaliveCount", -1, INT32_MAX],
    ["tcpKeepaliveInterval", -1, INT32_MAX],
    ["tcpMaxRetransmitTimeout", 0, INT32_MAX],
    ["typeOfService", 0, INT32_MAX],
    ["rate", 1, INT32_MAX],
    ["recoveryInterval", 0, INT32_MAX],
    ["multicastMaxTransportDataUnit", 1, INT32_MAX],
    ["vmciConnectTimeout", -1, INT32_MAX],
    ["sendHighWaterMark", 0, INT32_MAX],
    ["sendTimeout", -1, INT32_MAX],
    ["sendBufferSize", -1, INT32_MAX],
    ["multicastHops", 1, INT32_MAX],
    ["receiveHighWaterMark", 0, INT32_MAX],
    ["receiveTimeout", -1, INT32_MAX],
    ["receiveBufferSize", -1, INT32_MAX],
  ];
  for (const [name, minimum, maximum] of ranges) {
    it(`${name} is ${minimum} to ${maximum}`, () => {
      const socket = make("Dealer");
      for (const value of [maximum, minimum]) {
        socket[name] = value;
        assertEquals(socket[name], value);
      }
      for (const value of [minimum - 1, maximum + 1, minimum + 0.5, NaN, Infinity, -Infinity, 2 ** 40]) {
        const error = assertThrows(() => socket[name] = value, ZmqError) as ZmqError;
        assertEquals(error.code, "EINVAL");
        assertEquals(
          error.message,
          `Cannot set ${name} to ${value}: it must be an integer from ${minimum} to ${maximum}`,
        );
      }
      assertEquals(socket[name], minimum);
      for (const value of ["1", true, null, undefined, 1n, {}]) {
        assertThrows(() => socket[name] = value, TypeError, "Option value must be a number");
      }
      assertEquals(socket[name], minimum);
      assertEquals(socket.changes, [name, name]);
    });
  }

  it("maxSubscriptions is from 0", () => {
    const socket = make("Publisher");
    socket.maxSubscriptions = 0;
    refused(() => socket.maxSubscriptions = -1);
    assertEquals(socket.maxSubscriptions, 0);
  });

  it("maxMessageSize is any int64, affinity any uint64", () => {
    const socket = make("Pull");
    for (const value of [0, 1, -1, -2, Number.MAX_SAFE_INTEGER, -(2 ** 63)]) {
      socket.maxMessageSize = value;
      assertEquals(socket.maxMessageSize, value);
    }
    for (const value of [2 ** 63, -(2 ** 63) - 2048, 0.5, NaN, Infinity]) {
      refused(() => socket.maxMessageSize = value);
    }
    socket.affinity = 2 ** 63;
    assertEquals(socket.affinity, 2 ** 63);
    for (const value of [-1, 2 ** 65, 0.5]) refused(() => socket.affinity = value);
    assertStringIncludes(refused(() => socket.affinity = -1).message, "0 to 2^64 - 1");
  });

  it("maxMessageTotal is -1 or any size", () => {
    const socket = make("Pull");
    for (const value of [0, 2 ** 40, -1]) {
      socket.maxMessageTotal = value;
      assertEquals(socket.maxMessageTotal, value);
    }
    refused(() => socket.maxMessageTotal = -2);
  });

  it("heartbeatTimeToLive is kept in deciseconds, 0 to 6553599", () => {
    const socket = make("Dealer");
    for (const [set, get] of [[55, 0], [100, 100], [199, 100], [6553599, 6553500], [0, 0]]) {
      socket.heartbeatTimeToLive = set;
      assertEquals(socket.heartbeatTimeToLive, get);
    }
    refused(() => socket.heartbeatTimeToLive = 6553600);
    refused(() => socket.heartbeatTimeToLive = -1);
  });

  it("-0 is 0", () => {
    const socket = make("Dealer");
    socket.linger = -0;
    assertEquals(Object.is(socket.linger, 0), true);
  });
});

describe("options: true and false", () => {
  const flags: [SocketName, ...string[]][] = [
    ["Dealer", "immediate", "ipv6", "zapEnforceDomain", "loopbackFastPath", "conflate", "probeRouter"],
    ["Router", "mandatory", "handover"],
    ["Request", "correlate", "relaxed"],
    ["XPublisher", "noDrop", "manual", "invertMatching"],
    ["Stream", "notify"],
  ];
  for (const [name, ...properties] of flags) {
    for (const property of properties) {
      it(`${name}.${property} takes booleans only, and can be read`, () => {
        const socket = make(name);
        for (const value of [true, false]) {
          socket[property] = value;
          assertEquals(socket[property], value);
        }
        for (const value of [0, 1, "true", null, undefined]) {
          assertThrows(() => socket[property] = value, TypeError, "Option value must be a boolean");
        }
        assertEquals(socket[property], false);
      });
    }
  }
});

describe("options: text and octets", () => {
  it("routingId takes 1 to 255 octets and reads as text", () => {
    const socket = make("Router");
    for (const value of ["a", "x".repeat(255), "ü", "\0abc"]) {
      socket.routingId = value;
      assertEquals(socket.routingId, value);
    }
    socket.routingId = Uint8Array.of(0, 1, 255);
    assertEquals(socket[optionValues].routingId, Uint8Array.of(0, 1, 255));
    for (
      const value of ["", null, "x".repeat(256), "ü".repeat(128), new Uint8Array(0), new Uint8Array(256)]
    ) {
      refused(() => socket.routingId = value);
    }
    for (const value of [1, undefined, {}, ["a"], new ArrayBuffer(1), true]) {
      assertThrows(() => socket.routingId = value, TypeError, "Option value must be a string or buffer");
    }
    assertEquals(socket[optionValues].routingId, Uint8Array.of(0, 1, 255));
  });

  it("octets are copied, from the part of the memory that the view covers", () => {
    const socket = make("Router");
    const memory = Uint8Array.of(1, 65, 66, 2);
    const view = memory.subarray(1, 3);
    socket.routingId = view;
    memory.fill(0);
    assertEquals(socket.routingId, "AB");
    assertNotStrictEquals(socket[optionValues].routingId!.buffer, view.buffer);
    socket.routingId = new DataView(Uint8Array.of(1, 67).buffer, 1);
    assertEquals(socket.routingId, "C");
  });

  it("welcomeMessage takes text or octets; null and nothing turn it off", () => {
    const socket = make("XPublisher");
    for (const [set, get] of [["hi", "hi"], [null, null], [Uint8Array.of(65), "A"], ["", null]] as const) {
      socket.welcomeMessage = set;
      assertEquals(socket.welcomeMessage, get);
    }
    assertEquals(socket[optionValues].welcomeMessage, undefined);
    assertThrows(() => socket.welcomeMessage = 1, TypeError);
  });

  it("verbosity takes its two words and null", () => {
    const socket = make("XPublisher");
    for (const value of ["allSubs", "allSubsUnsubs", null]) {
      socket.verbosity = value;
      assertEquals(socket.verbosity, value);
    }
    for (const value of ["", "allsubs"]) refused(() => socket.verbosity = value);
    assertThrows(() => socket.verbosity = true, TypeError);
    assertEquals(socket[optionValues].verbosity, "");
  });

  it("options that are text take it, null removes it, nothing is no text", () => {
    const socket = make("Dealer");
    for (
      const property of ["socksProxy", "interface", "wssKeyPem", "wssCertPem", "wssTrustPem", "wssHostname"]
    ) {
      for (const value of ["eth0:1080", null]) {
        socket[property] = value;
        assertEquals(socket[property], value);
      }
      refused(() => socket[property] = "");
      assertThrows(() => socket[property] = 5, TypeError, "Option value must be a string or buffer");
    }
    socket.interface = "i".repeat(16);
    refused(() => socket.interface = "i".repeat(17));
    assertEquals(socket.interface, "i".repeat(16));
  });

  it("a long value is shortened in the sentence", () => {
    const socket = make("Dealer");
    const { message } = refused(() => socket.interface = "i".repeat(1_000_000));
    assertEquals(message.length < 200, true);
  });
});

describe("options: tcpAcceptFilter (test_tcp_accept_filter)", () => {
  it("each assignment adds a network, null removes all, and it can be read", () => {
    const socket = make("Dealer");
    socket.tcpAcceptFilter = "127.0.0.1/32";
    socket.tcpAcceptFilter = "::1";
    assertEquals(socket.tcpAcceptFilter, "127.0.0.1/32,::1");
    assertEquals(socket[optionValues].tcpAcceptFilter.length, 2);
    socket.tcpAcceptFilter = null;
    assertEquals(socket.tcpAcceptFilter, null);
  });

  for (
    const text of [
      "",
      "foo",
      "0.0.0.0foo",
      "0.0.0.0/foo",
      "0.0.0.0/",
      "0.0.0.0/-1",
      "0.0.0.0/33",
      "::/129",
      "1.2.3/8",
    ]
  ) {
    it(`${JSON.stringify(text)} is EINVAL`, () => {
      const socket = make("Dealer");
      refused(() => socket.tcpAcceptFilter = text);
      assertEquals(socket.tcpAcceptFilter, null);
    });
  }

  const cases: [filter: string, host: string, allowed: boolean][] = [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1/32", "127.0.0.2", false],
    ["0.0.0.0/0", "10.1.2.3", true],
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.128.0.0/9", "10.127.0.1", false],
    ["10.128.0.0/9", "10.129.0.1", true],
    ["10.0.0.0/8", "::ffff:10.0.0.1", true],
    ["0.0.0.0/0", "::1", false],
    ["::1", "::1", true],
    ["::/0", "::1", true],
    ["::/0", "10.0.0.1", false],
    ["fe80::/10", "fe81::1%eth0", true],
    ["fe80::/10", "fec0::1", false],
    ["127.0.0.1", "somewhere", false],
  ];
  for (const [filter, host, allowed] of cases) {
    it(`${filter} ${allowed ? "lets in" : "keeps out"} ${host}`, () => {
      assertEquals(acceptFilterAllows([parseAcceptFilter(filter)!], host), allowed);
    });
  }
  it("one of several is enough, none lets everybody in", () => {
    const filters = ["10.0.0.1", "10.0.0.2"].map((text) => parseAcceptFilter(text)!);
    assertEquals(acceptFilterAllows(filters, "10.0.0.2"), true);
    assertEquals(acceptFilterAllows([], "10.0.0.3"), true);
  });
});

describe("options: given to the constructor", () => {
  it("are assigned in their order, context is passed over, the object stays as it was", () => {
    const given = Object.freeze({ sendTimeout: 5, context: {}, linger: 0 });
    const socket = make("Push", given);
    assertEquals(socket.changes, ["sendTimeout", "linger"]);
    assertEquals([socket.sendTimeout, socket.linger], [5, 0]);
  });

  it("what is no option of the class is a TypeError", () => {
    for (const name of ["bogus", "receiveTimeout", "changed", "constructor", "__proto__x"]) {
      assertThrows(
        () => make("Push", { [name]: 1 }),
        TypeError,
        `Cannot add property ${name}, object is not extensible`,
      );
    }
  });

  it("what can only be read is a TypeError", () => {
    assertThrows(
      () => make("Push", { securityMechanism: null }),
      TypeError,
      "Cannot set property securityMechanism of #<Host> which has only a getter",
    );
  });

  it("a value out of range is EINVAL, an undefined one a TypeError", () => {
    refused(() => make("Push", { linger: -2 }));
    assertThrows(() => make("Push", { linger: undefined }), TypeError, "Option value must be a number");
  });

  it("must be an object", () => {
    make("Push", undefined);
    for (const value of [null, 1, "linger"]) {
      assertThrows(() => make("Push", value), TypeError, "Options must be an object");
    }
  });

  it("keeps a property that the class defines itself", () => {
    const prototype = {
      get linger(): number {
        return 7;
      },
    };
    defineOptions(prototype, "Socket");
    assertEquals(prototype.linger, 7);
  });
});

describe("options: of a closed socket", () => {
  it("are out of reach, ENOTSOCK", () => {
    const socket = make("Push");
    socket.closed = true;
    refused(() => socket.linger, "ENOTSOCK");
    refused(() => socket.linger = 0, "ENOTSOCK");
    refused(() => socket.linger = "wrong", "ENOTSOCK");
    refused(() => getSocketOption(socket, "Push", 17, "int32"), "ENOTSOCK");
    refused(() => setSocketOption(socket, "Push", 17, "int32", 0), "ENOTSOCK");
    assertEquals([socket[optionValues].linger, socket.changes], [-1, []]);
  });
});

describe("options: by number", () => {
  it("an int is reached as int32, uint32 or bool", () => {
    const socket = make("Dealer");
    setSocketOption(socket, "Dealer", 17, "int32", 5);
    assertEquals([socket.linger, getSocketOption(socket, "Dealer", 17, "int32")], [5, 5]);
    setSocketOption(socket, "Dealer", 39, "bool", true);
    assertEquals(getSocketOption(socket, "Dealer", 39, "int32"), 1);
    setSocketOption(socket, "Dealer", 39, "int32", 0);
    assertEquals(getSocketOption(socket, "Dealer", 39, "bool"), false);
    setSocketOption(socket, "Dealer", 57, "uint32", 16);
    assertEquals(socket.typeOfService, 16);
    assertEquals(socket.changes, ["linger", "immediate", "immediate", "typeOfService"]);
  });

  it("eight octets as int64 or uint64, text as text", () => {
    const socket = make("Dealer");
    setSocketOption(socket, "Dealer", 22, "int64", 2 ** 40);
    assertEquals(getSocketOption(socket, "Dealer", 22, "int64"), 2 ** 40);
    setSocketOption(socket, "Dealer", 4, "uint64", 3);
    assertEquals(socket.affinity, 3);
    setSocketOption(socket, "Dealer", 5, "string", "id");
    assertEquals([socket.routingId, getSocketOption(socket, "Dealer", 5, "string")], ["id", "id"]);
  });

  it("another size, another class's, or an unknown number is EINVAL", () => {
    const socket = make("Dealer");
    refused(() => setSocketOption(socket, "Dealer", 22, "int32", 5));
    refused(() => setSocketOption(socket, "Dealer", 17, "int64", 5));
    refused(() => setSocketOption(socket, "Dealer", 17, "string", "5"));
    refused(() => getSocketOption(socket, "Dealer", 5, "int32"));
    refused(() => setSocketOption(socket, "Dealer", 33, "bool", true));
    refused(() => getSocketOption(socket, "Dealer", 33, "bool"));
    refused(() => setSocketOption(socket, "Dealer", 9999, "int32", 5));
    refused(() => setSocketOption(socket, "Dealer", 39, "int32", 2));
    refused(() => setSocketOption(socket, "Dealer", 17, "int32", -2));
    refused(() => setSocketOption(socket, "Dealer", 43, "int32", 1));
    assertEquals(socket.changes, []);
  });

  it("the type is checked before the number, as zeromq.js does", () => {
    const socket = make("Dealer");
    assertThrows(() => setSocketOption(socket, "Dealer", 9999, "int32", "5"), TypeError, "must be a number");
    assertThrows(() => setSocketOption(socket, "Dealer", 17, "bool", 1), TypeError, "must be a boolean");
  });

  it("IPV4ONLY is IPV6 upside down", () => {
    const socket = make("Dealer");
    setSocketOption(socket, "Dealer", 31, "bool", false);
    assertEquals([socket.ipv6, getSocketOption(socket, "Dealer", 31, "bool")], [true, false]);
  });

  it("of XPUB_VERBOSE and XPUB_VERBOSER the one set last counts", () => {
    const socket = make("XPublisher");
    setSocketOption(socket, "XPublisher", 78, "bool", true);
    assertEquals(socket.verbosity, "allSubsUnsubs");
    setSocketOption(socket, "XPublisher", 40, "int32", 1);
    assertEquals(socket.verbosity, "allSubs");
    assertEquals(getSocketOption(socket, "XPublisher", 78, "bool"), false);
    setSocketOption(socket, "XPublisher", 40, "bool", false);
    assertEquals(socket.verbosity, null);
  });

  it("the mechanism NULL is number 0", () => {
    assertEquals(getSocketOption(make("Pair"), "Pair", 43, "int32"), 0);
  });
});

describe("options: of a context", () => {
  class Context {
    readonly [optionValues] = new ContextOptionValues();
    [optionClosed] = false;
    constructor(given?: unknown) {
      assignOptions(this, given);
    }
  }
  defineContextOptions(Context.prototype);
  const create = (given?: unknown): Context & Record<string, unknown> =>
    new Context(given) as Context & Record<string, unknown>;

  it("libzmq's defaults", () => {
    const expected: Required<ContextOptions> & { maxSocketsLimit: number } = {
      blocky: true,
      ioThreads: 1,
      maxMessageSize: INT32_MAX,
      maxSockets: 1023,
      maxSocketsLimit: 65535,
      ipv6: false,
      threadPriority: -1,
      threadSchedulingPolicy: -1,
    };
    assertEquals(snapshot(create()), expected);
  });

  it("ranges", () => {
    const context = create({
      ioThreads: 0,
      maxSockets: 65535,
      maxMessageSize: 0,
      threadPriority: 0,
      blocky: false,
    });
    assertEquals([context.ioThreads, context.maxSockets, context.blocky], [0, 65535, false]);
    refused(() => context.ioThreads = -1);
    refused(() => context.maxSockets = 0);
    refused(() => context.maxSockets = 65536);
    refused(() => context.maxMessageSize = 2 ** 31);
    refused(() => context.threadPriority = -1);
    refused(() => context.threadSchedulingPolicy = -1);
    assertThrows(() => context.ipv6 = 1, TypeError, "Option value must be a boolean");
    assertEquals(context.maxSockets, 65535);
  });

  it("maxSocketsLimit can only be read", () => {
    assertThrows(
      () => create({ maxSocketsLimit: 1 }),
      TypeError,
      "Cannot set property maxSocketsLimit of #<Context> which has only a getter",
    );
  });

  it("the number 3 reads the limit and sets the priority", () => {
    const context = create();
    setContextOption(context, 3, "int32", 9);
    assertEquals(getContextOption(context, 3, "int32"), 65535);
    assertEquals(context.threadPriority, 9);
    refused(() => getContextOption(context, 99, "int32"));
  });

  it("a terminated one is ETERM", () => {
    const context = create();
    context[optionClosed] = true;
    refused(() => context.ipv6, "ETERM");
    refused(() => getContextOption(context, 42, "bool"), "ETERM");
  });
});

/** What the properties of a class read, by its interface. */
type Properties<Type> = { -readonly [Name in keyof Type]-?: Type[Name] };

class Host {
  readonly [optionValues] = new SocketOptionValues({ blocky: true, ipv6: false });
  readonly changes: string[] = [];
  closed = false;

  get [optionClosed](): boolean {
    return this.closed;
  }

  [optionChanged](name: string): void {
    this.changes.push(name);
  }

  changed(): void {}
}
defineOptions(Host.prototype, "Socket");

const hosts = new Map(CLASSES.map((name) => {
  const host = { [name]: class extends Host {} }[name]!;
  defineOptions(host.prototype, name);
  return [name, host];
}));

function make(name: SocketName, given?: unknown): Host & Record<string, unknown> {
  const socket = new (hosts.get(name)!)();
  assignOptions(socket, given);
  return socket as Host & Record<string, unknown>;
}

/** All accessors that the object inherits, with what they read. */
function snapshot(object: object): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  let prototype = Object.getPrototypeOf(object);
  for (; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if ((property as PropertyDescriptor).get) found[name] = (object as Record<string, unknown>)[name];
    }
  }
  return found;
}

function refused(action: () => unknown, code = "EINVAL"): ZmqError {
  const error = assertThrows(action, ZmqError) as ZmqError;
  assertEquals(error.code, code);
  return error;
}
