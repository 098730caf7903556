/**
 * What each option does: the test that shows it, or why there is nothing to show. The tests of this file are for those
 * that no other one is about. `option_rows_test.ts` has names, numbers and ranges.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Context, Pull, Push, Radio } from "../../mod.ts";
import { CONTEXT_OPTIONS, type ContextOptionValues } from "../../src/socket/context_options.ts";
import { CONTEXT_FACTS, SOCKET_FACTS } from "../../src/socket/option_facts.ts";
import { SOCKET_OPTIONS } from "../../src/socket/option_table.ts";
import type { DatagramSettings } from "../../src/io/datagram.ts";
import type { StreamSettings } from "../../src/io/stream.ts";
import type { Transports } from "../../src/io/transports.ts";
import { failure, test } from "../interop/scope.ts";

/** A test, by its file and a part of its name; names that are put together end at the first `${`. */
type Shown = readonly [file: string, name: string];

const SHOWN: { readonly [option: string]: Shown } = {
  linger: ["unit/session/pressure_test.ts", "n: close gives up after n milliseconds"],
  reconnectInterval: [
    "unit/session/loss_test.ts",
    "reconnectInterval -1: a connection that is lost is not made again",
  ],
  reconnectMaxInterval: ["unit/session/reconnect_test.ts", "with a maximum doubles up to it"],
  reconnectStop: ["behaviours/reconnect_stop_test.ts", "the event is close with ECONNREFUSED"],
  backlog: ["wire/greeting_test.ts", "200 connections that say nothing do not keep a good peer out"],
  maxMessageSize: ["wire/framing_test.ts", "refuses a frame above maxMessageSize from the header alone"],
  maxMessageParts: ["wire/curve_traffic_test.ts", "maxMessageTotal and maxMessageParts count what is sealed"],
  maxMessageTotal: ["wire/curve_traffic_test.ts", "maxMessageTotal and maxMessageParts count what is sealed"],
  immediate: ["unit/session/loss_test.ts", "immediate: nothing is queued for a peer that is not there"],
  ipv6: ["compat/endpoints_test.ts", "an IPv6 address needs ipv6"],
  handshakeInterval: ["wire/greeting_test.ts", "is closed when handshakeInterval is over"],
  heartbeatInterval: ["wire/heartbeat_test.ts", "no PING is sent before the handshake is done"],
  heartbeatTimeToLive: ["wire/heartbeat_test.ts", "the first carries our time to live"],
  heartbeatTimeout: [
    "wire/heartbeat_test.ts",
    "a peer that answers nothing is closed after interval and timeout",
  ],
  connectTimeout: [
    "behaviours/connection_options_test.ts",
    "counts against a listener whose backlog is full",
  ],
  metadata: ["behaviours/connection_options_test.ts", "both sides find the other's in their events"],
  outBatchSize: [
    "behaviours/connection_options_test.ts",
    "bounds the octets of messages that go out in one write",
  ],
  useFileDescriptor: ["runtime/descriptor_test.ts", "bind takes over the socket that is listened on"],
  typeOfService: ["runtime/descriptor_test.ts", "is set on both ends of a TCP connection"],
  socksProxy: ["behaviours/socks_test.ts", "a name goes to the proxy as it is"],
  socksUsername: [
    "behaviours/socks_test.ts",
    "a proxy that comes later is found, and told user and password",
  ],
  socksPassword: ["behaviours/socks_test.ts", "an empty password is sent as one of no octets"],
  tcpKeepalive: ["compat/option_effects_test.ts", "the kernel's timer runs on both ends"],
  tcpKeepaliveCount: ["compat/option_effects_test.ts", "go to the socket on Node"],
  tcpKeepaliveInterval: ["compat/option_effects_test.ts", "go to the socket on Node"],
  tcpKeepaliveIdle: ["compat/option_effects_test.ts", "and for so long where the runtime can say it"],
  tcpAcceptFilter: ["behaviours/endpoints_test.ts", "LT-110"],
  zmtp1: ["wire/older_test.ts", "ZMTP 1.0 on the wire, where zmtp1 asks for it"],
  wssKeyPem: ["behaviours/web_socket_test.ts", "exchanges with a certificate that wssTrustPem trusts"],
  wssCertPem: ["ws/life_test.ts", "without a certificate and its key nothing can be bound"],
  wssTrustPem: ["behaviours/web_socket_test.ts", "exchanges with a certificate that wssTrustPem trusts"],
  wssHostname: ["ws/life_test.ts", "wssHostname stands for the name that was dialled"],
  wssTrustSystem: ["compat/option_effects_test.ts", "the system's authorities are trusted beside"],
  rate: ["unit/pgm/source_test.ts", "is RATE*125 octets a second"],
  recoveryInterval: [
    "unit/pgm/source_test.ts",
    "stays in a window of floor(floor(RATE/8) * RECOVERY_IVL / TPDU)",
  ],
  multicastHops: ["compat/option_effects_test.ts", "is the time to live of what a RADIO sends"],
  multicastLoop: [
    "unit/socket/datagram_sockets_test.ts",
    "on the same machine, unless multicastLoop is false",
  ],
  multicastMaxTransportDataUnit: [
    "unit/socket/datagram_sockets_test.ts",
    "the smallest packet and the smallest rate",
  ],
  securityMechanism: ["unit/socket/security_options_test.ts", "plain and curve, server and client"],
  plainServer: ["wire/plain_test.ts", "HELLO, WELCOME, INITIATE, READY, octet by octet"],
  plainUsername: ["wire/plain_test.ts", "a user name and password of 255 octets of UTF-8 go out as they are"],
  plainPassword: ["wire/plain_test.ts", "a user name and password of 255 octets of UTF-8 go out as they are"],
  curveServer: ["wire/curve_handshake_test.ts", "CU-1 CU-3 CU-7 CU-8 CU-12 CU-13 are served"],
  curvePublicKey: ["unit/auth/authenticator_test.ts", "lets a CURVE client in by its key, and no other"],
  curveSecretKey: ["wire/curve_handshake_test.ts", "CU-1 CU-3 CU-7 CU-8 CU-12 CU-13 are served"],
  curveServerKey: ["wire/curve_handshake_test.ts", "a WELCOME of another server"],
  zapDomain: ["wire/plain_test.ts", "asks in the domain that the endpoint was bound with"],
  zapEnforceDomain: ["behaviours/security_zap_test.ts", "is not there, with an enforced domain"],
  maxHandshakes: ["wire/admission_test.ts", "keep no honest peer out"],
  maxConnectionsPerAddress: ["wire/admission_test.ts", "a third of two is closed, one from elsewhere is not"],
  maxDepartedPeers: ["hostile/limits_test.ts", "300 visits leave no more than the limit"],
  sendHighWaterMark: [
    "compat/messages_test.ts",
    "a send beyond the high-water mark rejects with EAGAIN after sendTimeout",
  ],
  sendTimeout: [
    "compat/messages_test.ts",
    "a send beyond the high-water mark rejects with EAGAIN after sendTimeout",
  ],
  receiveHighWaterMark: [
    "unit/session/pressure_test.ts",
    "a PULL that receives nothing stops its PUSH after the marks",
  ],
  receiveTimeout: ["compat/messages_test.ts", "a receive beyond receiveTimeout rejects with EAGAIN"],
  conflate: ["compat/patterns_test.ts", "conflate keeps the newest message"],
  routingId: ["wire/ready_test.ts", "DEALER, REQ and ROUTER announce their routing id"],
  probeRouter: ["wire/request_reply_test.ts", "PROBE_ROUTER says an empty message at each new connection"],
  mandatory: ["wire/request_reply_test.ts", "a mandatory ROUTER answers EHOSTUNREACH"],
  handover: ["unit/pattern/router_test.ts", "handover: the second takes the id and the first is ended"],
  correlate: [
    "wire/request_reply_test.ts",
    "REQ_CORRELATE puts a number of four octets before the delimiter",
  ],
  relaxed: ["behaviours/request_reply_test.ts", "relaxed: two sends in a row do not lose the first peer"],
  verbosity: [
    "unit/pattern/pub_sub_test.ts",
    "allSubs: every subscription; allSubsUnsubs: every end of one too",
  ],
  noDrop: ["unit/session/pressure_test.ts", "noDrop: XPUB waits for a subscriber that does not read"],
  manual: ["unit/pattern/pub_sub_test.ts", "manual: a peer is subscribed to what the program says"],
  manualLastValue: [
    "behaviours/pattern_options_test.ts",
    "the first message behind a subscription goes to the last",
  ],
  welcomeMessage: ["unit/pattern/pub_sub_test.ts", "welcomeMessage goes to every peer that comes"],
  onlyFirstSubscribe: [
    "unit/pattern/subscriptions_test.ts",
    "an XPUB takes no subscription out of a message",
  ],
  verboseUnsubscribe: ["behaviours/pattern_options_test.ts", "publishers hear of every unsubscription"],
  invertMatching: [
    "unit/pattern/pub_sub_test.ts",
    "invertMatching: sends to those whose topics do not match",
  ],
  maxSubscriptions: [
    "unit/pattern/pub_sub_test.ts",
    "more subscriptions than maxSubscriptions end the connection",
  ],
  maxSubscriptionTotal: ["hostile/limits_test.ts", "maxSubscriptionTotal bounds their octets"],
  notify: ["unit/pattern/router_test.ts", "tells nothing with notify off"],
  routerNotify: ["behaviours/pattern_options_test.ts", "tells of who connects, before what that one sends"],
  helloMessage: ["behaviours/pattern_options_test.ts", "who connects to a ROUTER over tcp hears it first"],
  disconnectMessage: [
    "behaviours/pattern_options_test.ts",
    "a ROUTER hears it of a peer that has closed, over tcp",
  ],
  hiccupMessage: [
    "behaviours/pattern_options_test.ts",
    "a DEALER hears it of each connection that it has lost",
  ],
};

const NO_RUNTIME = "no runtime lets it be set";
const NO_THREADS = "there are no threads whose I/O could be placed";
const NOT_BUILT = "libzmq has it where it is built with VMCI";

/** Kept, and the reason. */
const KEPT: { readonly [option: string]: string } = {
  tcpMaxRetransmitTimeout: NO_RUNTIME,
  interface: NO_RUNTIME,
  sendBufferSize: NO_RUNTIME,
  receiveBufferSize: NO_RUNTIME,
  priority: NO_RUNTIME,
  busyPoll: NO_RUNTIME,
  inBatchSize: "reads grow with what comes",
  affinity: NO_THREADS,
  loopbackFastPath: "Windows alone has it, and no runtime lets it be set",
  vmciBufferSize: NOT_BUILT,
  vmciBufferMinSize: NOT_BUILT,
  vmciBufferMaxSize: NOT_BUILT,
  vmciConnectTimeout: NOT_BUILT,
};

/** The same of contexts. */
const CONTEXT_SHOWN: { readonly [option in keyof ContextOptionValues]?: Shown } = {
  blocky: [
    "compat/options_test.ts",
    "ipv6 and blocky of a context are the defaults of the sockets made after",
  ],
  ipv6: ["compat/options_test.ts", "ipv6 and blocky of a context are the defaults of the sockets made after"],
  maxMessageSize: ["compat/option_effects_test.ts", "bounds the frames that its sockets take"],
  maxSockets: ["compat/options_test.ts", "more sockets than maxSockets are EMFILE"],
  maxSocketsLimit: [
    "behaviours/context_test.ts",
    "SOCKET_LIMIT reads 65535, and is the most that MAX_SOCKETS takes",
  ],
};
const CONTEXT_KEPT: { readonly [option: string]: string } = {
  ioThreads: NO_THREADS,
  threadPriority: NO_THREADS,
  threadSchedulingPolicy: NO_THREADS,
};

// On Node 20 the tests lie elsewhere.
const root = process.env.PUREMQ_ROOT || process.cwd();

describe("the effect of each option", () => {
  for (const [option, [file, name]] of [...Object.entries(SHOWN), ...Object.entries(CONTEXT_SHOWN)]) {
    it(`${option} is shown by ${file}: ${name}`, () => {
      const path = join(root, "tests", file);
      assert(existsSync(path), `${path} is not there`);
      assert(readFileSync(path, "utf8").includes(name), `${file} has no test of the name ${name}`);
    });
  }

  it("is shown or there is none, for every option that there is", () => {
    const names = SOCKET_OPTIONS.filter(({ hidden }) => !hidden).map(({ name, id }) =>
      id === 97 ? "routerNotify" : name
    );
    assertEquals([...new Set(names)].sort(), [...Object.keys(SHOWN), ...Object.keys(KEPT)].sort());
    const contexts = CONTEXT_OPTIONS.map(({ name }) => name);
    assertEquals(contexts.sort(), [...Object.keys(CONTEXT_SHOWN), ...Object.keys(CONTEXT_KEPT)].sort());
  });

  it("where there is none, the README's table says that the option is kept only", () => {
    assertEquals([...SOCKET_FACTS.keptOnly].sort(), Object.keys(KEPT).sort() as typeof SOCKET_FACTS.keptOnly);
    assertEquals(
      [...CONTEXT_FACTS.keptOnly].sort(),
      Object.keys(CONTEXT_KEPT).sort() as typeof CONTEXT_FACTS.keptOnly,
    );
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const name of [...Object.keys(KEPT), ...Object.keys(CONTEXT_KEPT)]) {
      assert(new RegExp(`^\\| \`${name}\` .*\\| kept only \\|$`, "m").test(readme), name);
    }
  });
});

const onLinux = existsSync("/proc/net/tcp");

describe("tcpKeepalive", () => {
  if (!onLinux) it.skip("needs Linux's /proc/net/tcp", () => {});
  else {
    test("the kernel's timer runs on both ends with 1, and for so long where the runtime can say it", async (scope) => {
      for (const tcpKeepalive of [1, 0, -1]) {
        const pull = scope.own(new Pull({ tcpKeepalive, tcpKeepaliveIdle: 40 }));
        const push = scope.own(new Push({ tcpKeepalive, tcpKeepaliveIdle: 40, linger: 0 }));
        await pull.bind("tcp://127.0.0.1:*");
        push.connect(pull.lastEndpoint!);
        await push.send("there");
        await pull.receive();
        const timers = await settled(() => keepAliveTimers(Number(pull.lastEndpoint!.split(":").pop())));
        assertEquals([tcpKeepalive, timers.length], [tcpKeepalive, tcpKeepalive === 1 ? 2 : 0]);
        // Deno has no way to say for how long: there it is the system's.
        if (!("Deno" in globalThis)) {
          assert(timers.every((seconds) => seconds > 30 && seconds <= 40), `${timers}`);
        }
      }
    });
  }
});

describe("tcpKeepaliveInterval and tcpKeepaliveCount", () => {
  if ("Deno" in globalThis || "Bun" in globalThis) it.skip("are for Node to set", () => {});
  else {
    test("go to the socket on Node, whose latest versions tell the system", async (scope) => {
      const asked: unknown[] = [];
      const { setKeepAlive } = Socket.prototype;
      Socket.prototype.setKeepAlive = function (this: Socket, ...given: unknown[]) {
        asked.push(given);
        return Reflect.apply(setKeepAlive, this, given);
      };
      scope.atEnd(() => Socket.prototype.setKeepAlive = setKeepAlive);
      const options = {
        tcpKeepalive: 1,
        tcpKeepaliveIdle: 40,
        tcpKeepaliveInterval: 7,
        tcpKeepaliveCount: 3,
      };
      const pull = scope.own(new Pull(options));
      const push = scope.own(new Push({ tcpKeepalive: 1, linger: 0 }));
      await pull.bind("tcp://127.0.0.1:*");
      push.connect(pull.lastEndpoint!);
      await push.send("there");
      await pull.receive();
      assertEquals(asked.sort(), [[true, 0, undefined, undefined], [true, 40000, 7000, 3]]);
    });
  }
});

describe("wssTrustSystem", () => {
  it("the system's authorities are trusted beside wssTrustPem if it is set, and anyway without that", async () => {
    const found: unknown[] = [];
    for (
      const options of [
        {},
        { wssTrustPem: "authority" },
        { wssTrustPem: "authority", wssTrustSystem: true },
      ]
    ) {
      const settings = await dialled("wss://127.0.0.1:1/", options);
      found.push([settings.tls!.trust, settings.tls!.trustSystem]);
    }
    assertEquals(found, [[undefined, true], ["authority", false], ["authority", true]]);
  });
});

describe("multicastHops", () => {
  it("is the time to live of what a RADIO sends", async () => {
    const opened: DatagramSettings[] = [];
    const udp: Transports["udp"] = {
      open: (settings) => {
        opened.push(settings);
        return Promise.reject(Object.assign(new Error("not here"), { code: "EACCES" }));
      },
    };
    const context = new Context({ transports: { runtime: "node", udp } });
    const radio = new Radio({ context, multicastHops: 7, linger: 0, reconnectInterval: -1 });
    const closed = new Promise((resolve) => radio.events.on("close", resolve));
    radio.connect("udp://239.255.77.1:5555");
    await closed;
    assertEquals(opened.map(({ ttl }) => ttl), [7]);
    await context.close();
  });
});

describe("maxMessageSize of a context", () => {
  test("bounds the frames that its sockets take, where theirs is larger", async (scope) => {
    const context = new Context({ maxMessageSize: 100 });
    const pull = scope.own(new Pull({ context, maxMessageSize: 1000 }));
    await pull.bind("tcp://127.0.0.1:*");
    const push = scope.own(new Push({ linger: 0, reconnectInterval: 1 }));
    const events = scope.watch(pull as never);
    push.connect(pull.lastEndpoint!);
    await push.send(new Uint8Array(100));
    assertEquals((await pull.receive())[0]!.length, 100);
    await push.send(new Uint8Array(101));
    assertEquals((await events.next("disconnect")).error?.code !== undefined, true);
    assertEquals((await failure(() => pull.receive({ timeout: 0 }))).code, "EAGAIN");
  });
});

/** The settings with which an endpoint is dialled. */
async function dialled(address: string, options: object): Promise<StreamSettings> {
  let settings: StreamSettings | undefined;
  const transport: NonNullable<Transports["tcp"]> = {
    dial: (_address, given) => {
      settings = given;
      return Promise.reject(Object.assign(new Error("not here"), { code: "ECONNREFUSED" }));
    },
    listen: () => Promise.reject(new Error("not here")),
  };
  const context = new Context({ transports: { runtime: "node", tcp: transport, tls: transport } });
  const push = new Push({ context, linger: 0, reconnectInterval: -1, ...options });
  const closed = new Promise((resolve) => push.events.on("close", resolve));
  push.connect(address);
  await closed;
  await context.close();
  return settings!;
}

/** Seconds left on the keep-alive timers of connections from and to this port. */
function keepAliveTimers(port: number): number[] {
  const mine = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const found: number[] = [];
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, local = "", remote = "", state, , timer = ""] = line.trim().split(/\s+/);
    if (state !== "01" || (!local.endsWith(mine) && !remote.endsWith(mine))) continue;
    const [kind, left] = timer.split(":");
    // 02 is the timer of keep-alive, counted in hundredths.
    if (kind === "02") found.push(Number.parseInt(left!, 16) / 100);
  }
  return found;
}

/** What is found when acknowledgements that are under way have come. */
async function settled<Found>(look: () => Found): Promise<Found> {
  await new Promise((resolve) => setTimeout(resolve, 120));
  return look();
}
