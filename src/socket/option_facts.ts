/**
 * What people want to know of the options and no program asks: their names in `zmq.h`, when a new value counts,
 * and which are only kept. The README's table is made of it; nothing that runs imports it.
 *
 * @module
 */

import { AT_ONCE } from "./at_once.ts";
import type { ContextOptionValues } from "./context_options.ts";
import type { SocketOptionValues } from "./option_values.ts";

/** Facts about the options of sockets, or of contexts. */
export interface OptionFacts<Name extends string> {
  /** Names in `zmq.h`; ours have none. */
  readonly constants: { readonly [name in Name]?: string };
  /** When a new value counts, but for those that count at once. */
  readonly effect: string;
  /** Those that count at once. */
  readonly atOnce: readonly Name[];
  /** Checked and kept, for no runtime lets it be set or nothing uses it so far. */
  readonly keptOnly: readonly Name[];
}

/** By which name there are facts about an option: ROUTER's `notify` is another than STREAM's. */
export function factName({ name, id }: { readonly name: string; readonly id: number | undefined }): string {
  return id === 97 ? "routerNotify" : name;
}

/** Of sockets. */
export const SOCKET_FACTS: OptionFacts<
  keyof SocketOptionValues | "securityMechanism" | "plainServer" | "curveServer" | "metadata"
> = {
  constants: {
    linger: "ZMQ_LINGER",
    reconnectInterval: "ZMQ_RECONNECT_IVL",
    reconnectMaxInterval: "ZMQ_RECONNECT_IVL_MAX",
    reconnectStop: "ZMQ_RECONNECT_STOP",
    backlog: "ZMQ_BACKLOG",
    maxMessageSize: "ZMQ_MAXMSGSIZE",
    immediate: "ZMQ_IMMEDIATE",
    ipv6: "ZMQ_IPV6",
    handshakeInterval: "ZMQ_HANDSHAKE_IVL",
    heartbeatInterval: "ZMQ_HEARTBEAT_IVL",
    heartbeatTimeToLive: "ZMQ_HEARTBEAT_TTL",
    heartbeatTimeout: "ZMQ_HEARTBEAT_TIMEOUT",
    connectTimeout: "ZMQ_CONNECT_TIMEOUT",
    securityMechanism: "ZMQ_MECHANISM",
    plainServer: "ZMQ_PLAIN_SERVER",
    plainUsername: "ZMQ_PLAIN_USERNAME",
    plainPassword: "ZMQ_PLAIN_PASSWORD",
    curveServer: "ZMQ_CURVE_SERVER",
    curvePublicKey: "ZMQ_CURVE_PUBLICKEY",
    curveSecretKey: "ZMQ_CURVE_SECRETKEY",
    curveServerKey: "ZMQ_CURVE_SERVERKEY",
    zapDomain: "ZMQ_ZAP_DOMAIN",
    zapEnforceDomain: "ZMQ_ZAP_ENFORCE_DOMAIN",
    tcpKeepalive: "ZMQ_TCP_KEEPALIVE",
    tcpKeepaliveIdle: "ZMQ_TCP_KEEPALIVE_IDLE",
    tcpKeepaliveCount: "ZMQ_TCP_KEEPALIVE_CNT",
    tcpKeepaliveInterval: "ZMQ_TCP_KEEPALIVE_INTVL",
    tcpAcceptFilter: "ZMQ_TCP_ACCEPT_FILTER",
    tcpMaxRetransmitTimeout: "ZMQ_TCP_MAXRT",
    typeOfService: "ZMQ_TOS",
    useFileDescriptor: "ZMQ_USE_FD",
    socksProxy: "ZMQ_SOCKS_PROXY",
    socksUsername: "ZMQ_SOCKS_USERNAME",
    socksPassword: "ZMQ_SOCKS_PASSWORD",
    metadata: "ZMQ_METADATA",
    wssKeyPem: "ZMQ_WSS_KEY_PEM",
    wssCertPem: "ZMQ_WSS_CERT_PEM",
    wssTrustPem: "ZMQ_WSS_TRUST_PEM",
    wssHostname: "ZMQ_WSS_HOSTNAME",
    wssTrustSystem: "ZMQ_WSS_TRUST_SYSTEM",
    interface: "ZMQ_BINDTODEVICE",
    affinity: "ZMQ_AFFINITY",
    priority: "ZMQ_PRIORITY",
    busyPoll: "ZMQ_BUSY_POLL",
    inBatchSize: "ZMQ_IN_BATCH_SIZE",
    outBatchSize: "ZMQ_OUT_BATCH_SIZE",
    rate: "ZMQ_RATE",
    recoveryInterval: "ZMQ_RECOVERY_IVL",
    multicastMaxTransportDataUnit: "ZMQ_MULTICAST_MAXTPDU",
    loopbackFastPath: "ZMQ_LOOPBACK_FASTPATH",
    vmciBufferSize: "ZMQ_VMCI_BUFFER_SIZE",
    vmciBufferMinSize: "ZMQ_VMCI_BUFFER_MIN_SIZE",
    vmciBufferMaxSize: "ZMQ_VMCI_BUFFER_MAX_SIZE",
    vmciConnectTimeout: "ZMQ_VMCI_CONNECT_TIMEOUT",
    sendHighWaterMark: "ZMQ_SNDHWM",
    sendTimeout: "ZMQ_SNDTIMEO",
    sendBufferSize: "ZMQ_SNDBUF",
    multicastHops: "ZMQ_MULTICAST_HOPS",
    multicastLoop: "ZMQ_MULTICAST_LOOP",
    receiveHighWaterMark: "ZMQ_RCVHWM",
    receiveTimeout: "ZMQ_RCVTIMEO",
    receiveBufferSize: "ZMQ_RCVBUF",
    conflate: "ZMQ_CONFLATE",
    routingId: "ZMQ_ROUTING_ID",
    probeRouter: "ZMQ_PROBE_ROUTER",
    mandatory: "ZMQ_ROUTER_MANDATORY",
    handover: "ZMQ_ROUTER_HANDOVER",
    correlate: "ZMQ_REQ_CORRELATE",
    relaxed: "ZMQ_REQ_RELAXED",
    verbosity: "ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER",
    noDrop: "ZMQ_XPUB_NODROP",
    manual: "ZMQ_XPUB_MANUAL",
    welcomeMessage: "ZMQ_XPUB_WELCOME_MSG",
    invertMatching: "ZMQ_INVERT_MATCHING",
    notify: "ZMQ_STREAM_NOTIFY",
    routerNotify: "ZMQ_ROUTER_NOTIFY",
    manualLastValue: "ZMQ_XPUB_MANUAL_LAST_VALUE",
    onlyFirstSubscribe: "ZMQ_ONLY_FIRST_SUBSCRIBE",
    verboseUnsubscribe: "ZMQ_XSUB_VERBOSE_UNSUBSCRIBE",
    helloMessage: "ZMQ_HELLO_MSG",
    disconnectMessage: "ZMQ_DISCONNECT_MSG",
    hiccupMessage: "ZMQ_HICCUP_MSG",
  },
  effect: "next bind or connect",
  // ROUTER's `notify` has a name of its own here.
  atOnce: [...AT_ONCE, "routerNotify"],
  keptOnly: [
    "tcpMaxRetransmitTimeout",
    "interface",
    "affinity",
    "priority",
    "busyPoll",
    "inBatchSize",
    "loopbackFastPath",
    "vmciBufferSize",
    "vmciBufferMinSize",
    "vmciBufferMaxSize",
    "vmciConnectTimeout",
    "sendBufferSize",
    "receiveBufferSize",
  ],
};

/** Of contexts. */
export const CONTEXT_FACTS: OptionFacts<keyof ContextOptionValues> = {
  constants: {
    blocky: "ZMQ_BLOCKY",
    ioThreads: "ZMQ_IO_THREADS",
    maxMessageSize: "ZMQ_MAX_MSGSZ",
    maxSockets: "ZMQ_MAX_SOCKETS",
    maxSocketsLimit: "ZMQ_SOCKET_LIMIT",
    ipv6: "ZMQ_IPV6",
    threadPriority: "ZMQ_THREAD_PRIORITY",
    threadSchedulingPolicy: "ZMQ_THREAD_SCHED_POLICY",
  },
  effect: "next socket",
  atOnce: [],
  keptOnly: ["ioThreads", "threadPriority", "threadSchedulingPolicy"],
};
