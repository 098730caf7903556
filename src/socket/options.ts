/**
 * What can be set on the twelve classic sockets: one documented interface a capability, and of these one a
 * class. `PushOptions` is what `new Push(…)` takes, `PushProperties` what the socket then has. Names are
 * zeromq.js's, except those that begin with `max` and are not `maxMessageSize`, which libzmq lacks. Those of
 * security are in `security_option_types.ts`, those of one pattern or some in `pattern_option_types.ts`.
 *
 * An option takes effect at the next bind or connect, unless its text says "at once". A number must be an
 * integer of the option's range: libzmq's bindings cut 1.5 to 1 and wrap what is too large, here that is
 * EINVAL, and nothing is changed. `null` stands for a text that is not set. In a page options about TCP,
 * TLS, multicast and the system's buffers are kept, whatever they are, and nothing comes of them.
 *
 * Types only; `option_table.ts` holds the checks, `option_values.ts` the defaults.
 *
 * @module
 */

import type {
  ConflateOptions,
  DisconnectOptions,
  DisconnectProperty,
  FirstSubscribeOptions,
  HelloOptions,
  HelloProperty,
  HiccupOptions,
  HiccupProperty,
  MatchingOptions,
  ProbeOptions,
  PublishOptions,
  ReceiveOptions,
  RequestingOptions,
  RouterNotifyOptions,
  RoutingIdOptions,
  RoutingIdProperty,
  RoutingOptions,
  SendOptions,
  SubscriptionOptions,
  UnsubscribeOptions,
} from "./pattern_option_types.ts";
import type { PropertiesOf, SecurityOptions } from "./security_option_types.ts";

export type * from "./pattern_option_types.ts";

/** Options that every socket has. */
export interface CommonOptions extends SecurityOptions {
  /**
   * `ZMQ_LINGER`: how long messages not yet sent outlive `close()`. Milliseconds, -1 for ever, 0 drops them.
   * Default -1, or 0 if `context.blocky` is false. At once.
   */
  linger?: number;
  /**
   * `ZMQ_RECONNECT_IVL`: wait before dialling again after a connection was lost or refused, lengthened at
   * random by up to as much again. Milliseconds, -1 never dials again. Default 100.
   */
  reconnectInterval?: number;
  /**
   * `ZMQ_RECONNECT_IVL_MAX`: if above `reconnectInterval`, the wait doubles at each try up to this.
   * Milliseconds from 0. Default 0: it stays the same.
   */
  reconnectMaxInterval?: number;
  /**
   * `ZMQ_RECONNECT_STOP`: what ends an endpoint's tries to connect for good, the sum of 1: it was refused
   * (ECONNREFUSED, also if a SOCKS proxy says so), 2: a handshake failed, 4: `disconnect`, even if messages still
   * wait for it within `linger`. The event is then `close` or `disconnect`, and no `connect:retry` behind it. Any
   * integer of 32 bits. Default 0: it goes on for ever. At once.
   */
  reconnectStop?: number;
  /**
   * `ZMQ_BACKLOG`: length of the queue of connections not yet accepted. From 0. Default 100. Bun has one of its own, and
   * so has Deno for `ipc://`.
   */
  backlog?: number;
  /**
   * `ZMQ_MAXMSGSIZE`: largest frame taken from a peer; one that announces more is disconnected. The commands of a
   * handshake count, as in libzmq: with less than 300 no CURVE peer gets in. Octets, -1 for no limit. Default -1.
   */
  maxMessageSize?: number;
  /**
   * Most parts of one message taken from a peer (not in libzmq); one that sends more is disconnected, for
   * empty parts cost memory that no limit on their size would catch. From 1. Default 65536.
   */
  maxMessageParts?: number;
  /**
   * Most octets of all parts of one message taken from a peer (not in libzmq); one that sends more is
   * disconnected. Octets, -1 for no limit. Default 2147483647, what libzmq takes as one part.
   */
  maxMessageTotal?: number;
  /**
   * `ZMQ_IMMEDIATE`: queue messages only to peers whose connection is up, not to those still being dialled.
   * Default `false`.
   */
  immediate?: boolean;
  /** `ZMQ_IPV6`: IPv6 besides IPv4. Default: the context's `ipv6`, `false`. */
  ipv6?: boolean;
  /**
   * `ZMQ_HANDSHAKE_IVL`: a connection whose handshake takes longer is closed. Milliseconds, 0 for no limit.
   * Default 30000.
   */
  handshakeInterval?: number;
  /**
   * Whether to talk with peers of ZMTP 1.0 as well (RFC 13: libzmq before 3.0), over `tcp://` and `ipc://`; those of
   * ZMTP 2.0 are served either way. Such a peer says neither its version nor its socket type, so whatever comes to
   * the port may pass for one: a program of another protocol is closed at its first octet without this option, and
   * may be taken for a peer with it. Both only while the mechanism is NULL and there is no `zapDomain`. Not in
   * libzmq, which always does. Default `false`.
   *
   * ```ts
   * import { Pull } from "@puremq/zmq";
   *
   * using pull = new Pull({ zmtp1: true });
   * await pull.bind("tcp://127.0.0.1:*"); // a PUSH of libzmq 2.2 may connect
   * ```
   */
  zmtp1?: boolean;
  /** `ZMQ_HEARTBEAT_IVL`: how often to send PING. Milliseconds, 0 for never. Default 0. */
  heartbeatInterval?: number;
  /**
   * `ZMQ_HEARTBEAT_TTL`: what PING tells the peer: close the connection after so long without a word from us.
   * Milliseconds, 0 to 6553599, in steps of 100: 155 reads back as 100. Default 0: the peer does not watch.
   */
  heartbeatTimeToLive?: number;
  /**
   * `ZMQ_HEARTBEAT_TIMEOUT`: after a PING, close the connection if nothing at all arrives for so long.
   * Milliseconds from 0. Default -1, which stands for `heartbeatInterval`.
   */
  heartbeatTimeout?: number;
  /** `ZMQ_CONNECT_TIMEOUT`: give up a try to connect after this. Milliseconds, 0: the system's. Default 0. */
  connectTimeout?: number;
  /** `ZMQ_TCP_KEEPALIVE`: TCP's own keep-alive. 0 off, 1 on, -1 as the system has it. Default -1. */
  tcpKeepalive?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE_IDLE`: idle time before the first probe. Seconds, -1: the system's. Default -1. Deno has no way to
   * set it.
   */
  tcpKeepaliveIdle?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE_CNT`: probes before the connection counts as lost. From -1, the runtime's. Default -1. Set by
   * the latest Nodes (24.21 does), which have 10 for -1; elsewhere it is kept.
   */
  tcpKeepaliveCount?: number;
  /**
   * `ZMQ_TCP_KEEPALIVE_INTVL`: time between probes. Seconds, -1: the runtime's. Default -1. Set by the latest Nodes
   * (24.21 does), which have one second for -1; elsewhere it is kept.
   */
  tcpKeepaliveInterval?: number;
  /**
   * `ZMQ_TCP_ACCEPT_FILTER`: accept TCP connections only from this network, `"10.0.0.0/8"` or an address.
   * Each assignment adds a network, `null` removes them all; reads as the networks with commas between.
   * Default `null`: from everywhere. Accept filters are deprecated in libzmq in favour of ZAP.
   */
  tcpAcceptFilter?: string | null;
  /**
   * `ZMQ_TCP_MAXRT`: how long TCP sends octets again that nobody acknowledges. Milliseconds, 0: the system's.
   * Default 0. Kept, but no runtime can set it.
   */
  tcpMaxRetransmitTimeout?: number;
  /**
   * `ZMQ_TOS`: type of service in the header of IP, its low 8 bits, for TCP. From 0. Default 0: the system's. Set
   * where the runtime can, which are the latest Nodes (24.21 and 25.6 do) and Bun; elsewhere it is kept, and nothing comes
   * of it.
   */
  typeOfService?: number;
  /**
   * `ZMQ_USE_FD`: descriptor of a socket that the system listens on already (socket activation), for the next `bind`
   * of a `tcp://`, `ipc://` or `ws://` endpoint, which then only gives its name; assign -1 behind it. `bindSync` can use
   * one on Node alone, and `wss://` none; both are ENOTSUP otherwise. From -1, which is none. Default -1.
   */
  useFileDescriptor?: number;
  /**
   * `ZMQ_SOCKS_PROXY`: SOCKS5 proxy (RFC 1928) by which `tcp://` and `ws://` endpoints are connected, `"host:port"`, an
   * IPv6 address in brackets; without a port it is 1080. The proxy is given names as they are and looks them up.
   * `wss://` is ENOTSUP by a proxy, and what is no host and port EINVAL, both at connect. Events tell the proxy's
   * address as the peer's. Default `null`: directly.
   */
  socksProxy?: string | null;
  /**
   * `ZMQ_SOCKS_USERNAME`: user for the proxy (RFC 1929, in clear text); with one, no other method is offered to it. At
   * most 255 octets; `null` and an empty one: none. Default `null`.
   */
  socksUsername?: string | null;
  /** `ZMQ_SOCKS_PASSWORD`: the password that goes with `socksUsername`, likewise. Default `null`. */
  socksPassword?: string | null;
  /**
   * `ZMQ_METADATA`: properties that our side tells in handshakes besides libzmq's own. Their names begin `X-` and have
   * 2 to 255 characters (RFC 37), their values are text or octets and not empty; 32 KiB in all, where each
   * counts for 32 octets more, else EINVAL. Of names that differ in case alone the last counts. The peer finds them in
   * `metadata` of its events, and of the parts of messages if an authentication handler let us in. An object replaces
   * all, `null` removes them; reads as text (UTF-8). Without a mechanism a page's WebSockets tell none. Default `null`.
   */
  metadata?: { readonly [name: string]: string | Uint8Array } | null;
  /**
   * `ZMQ_WSS_CERT_PEM`: the certificate that is shown where `wss://` is bound, and behind it those that lead to its
   * authority. PEM. Default `null`; to bind takes this and `wssKeyPem`.
   */
  wssCertPem?: string | null;
  /** `ZMQ_WSS_KEY_PEM`: the private key of `wssCertPem`. PEM. Default `null`. */
  wssKeyPem?: string | null;
  /**
   * `ZMQ_WSS_TRUST_PEM`: certificates of the authorities that are trusted when `wss://` is connected. PEM. Default
   * `null`: those of the system, where libzmq would trust none.
   */
  wssTrustPem?: string | null;
  /**
   * `ZMQ_WSS_TRUST_SYSTEM`: trust the system's authorities beside those of `wssTrustPem`; without that they are
   * trusted anyway. Default `false`. Deno trusts them always, unless its environment says otherwise
   * (`DENO_TLS_CA_STORE`).
   */
  wssTrustSystem?: boolean;
  /**
   * `ZMQ_WSS_HOSTNAME`: the name that the certificate must have when `wss://` is connected. Default `null`: the
   * host of the endpoint.
   */
  wssHostname?: string | null;
  /**
   * `ZMQ_BINDTODEVICE`: network interface to bind to, at most 16 octets. Default `null`. Kept, but no runtime
   * can set it; bind to `tcp://interface:port` instead.
   */
  interface?: string | null;
  /** `ZMQ_AFFINITY`: bit map of I/O threads. Default 0. Kept, and without effect: there are no threads. */
  affinity?: number;
  /** `ZMQ_PRIORITY`: SO_PRIORITY of TCP sockets. From 0. Default 0. Kept, but no runtime can set it. */
  priority?: number;
  /** `ZMQ_BUSY_POLL`: SO_BUSY_POLL. Microseconds. Default 0. Kept, but no runtime can set it. */
  busyPoll?: number;
  /** `ZMQ_IN_BATCH_SIZE`: octets a read, from 1. Default 8192. Kept: reads grow with what comes, up to 256 KiB. */
  inBatchSize?: number;
  /**
   * `ZMQ_OUT_BATCH_SIZE`: octets of messages that are gathered for a write; one message may be longer. From 1, but less
   * than 1024 is 1024, and more than 1 MiB is 1 MiB. Default 8192, which stands for what the runtime does best with,
   * 64 to 256 KiB.
   */
  outBatchSize?: number;
  /**
   * `ZMQ_RATE`: the most that an `epgm://` source sends. Kilobits a second, from 1. Default 100. With
   * `recoveryInterval` it makes the window, so set both on both ends. EINVAL at connect or bind if a second is too
   * short for one packet: rate × 125 must be at least `multicastMaxTransportDataUnit`.
   */
  rate?: number;
  /**
   * `ZMQ_RECOVERY_IVL`: how long lost `epgm://` data can be asked for at the full `rate`. Milliseconds from 0.
   * Default 10000. The window has rate / 8 × interval octets, in packets of `multicastMaxTransportDataUnit`.
   */
  recoveryInterval?: number;
  /**
   * `ZMQ_MULTICAST_MAXTPDU`: largest packet of `epgm://`, IP's and UDP's headers included. Octets, 75 to 65535 (95
   * at least for IPv6 groups); others are kept, and EINVAL at connect or bind. Default 1500. A receiver of libzmq's
   * loses packets that are larger than its own value.
   */
  multicastMaxTransportDataUnit?: number;
  /** `ZMQ_LOOPBACK_FASTPATH`: Windows' short way over loopback. Default `false`. Kept, without effect. */
  loopbackFastPath?: boolean;
  /** `ZMQ_VMCI_BUFFER_SIZE`: buffer of a VMCI connection. Octets. Default 0. Kept, without effect. */
  vmciBufferSize?: number;
  /** `ZMQ_VMCI_BUFFER_MIN_SIZE`: its least size. Octets. Default 0. Kept, without effect. */
  vmciBufferMinSize?: number;
  /** `ZMQ_VMCI_BUFFER_MAX_SIZE`: its largest size. Octets. Default 0. Kept, without effect. */
  vmciBufferMaxSize?: number;
  /** `ZMQ_VMCI_CONNECT_TIMEOUT`: wait for a VMCI connection. Milliseconds. Default -1. Kept, without effect. */
  vmciConnectTimeout?: number;
}

/** Options of a PAIR socket. */
export interface PairOptions extends CommonOptions, SendOptions, ReceiveOptions {}

/** Options of a PUB socket. */
export interface PublisherOptions
  extends CommonOptions, SendOptions, ConflateOptions, PublishOptions, FirstSubscribeOptions {}

/** Options of a SUB socket. */
export interface SubscriberOptions extends CommonOptions, ReceiveOptions, ConflateOptions, MatchingOptions {}

/** Options of a REQ socket. */
export interface RequestOptions
  extends
    CommonOptions,
    SendOptions,
    ReceiveOptions,
    RoutingIdOptions,
    ProbeOptions,
    HelloOptions,
    RequestingOptions {}

/** Options of a REP socket. */
export interface ReplyOptions extends CommonOptions, SendOptions, ReceiveOptions, RoutingIdOptions {}

/** Options of a DEALER socket. */
export interface DealerOptions
  extends
    CommonOptions,
    SendOptions,
    ReceiveOptions,
    ConflateOptions,
    RoutingIdOptions,
    ProbeOptions,
    HelloOptions,
    HiccupOptions {}

/** Options of a ROUTER socket. */
export interface RouterOptions
  extends
    CommonOptions,
    SendOptions,
    ReceiveOptions,
    RoutingIdOptions,
    ProbeOptions,
    HelloOptions,
    DisconnectOptions,
    RouterNotifyOptions,
    RoutingOptions {}

/** Options of a PULL socket. */
export interface PullOptions extends CommonOptions, ReceiveOptions, ConflateOptions {}

/** Options of a PUSH socket. */
export interface PushOptions extends CommonOptions, SendOptions, ConflateOptions {}

/** Options of an XPUB socket. */
export interface XPublisherOptions
  extends
    CommonOptions,
    SendOptions,
    ReceiveOptions,
    PublishOptions,
    FirstSubscribeOptions,
    SubscriptionOptions {}

/** Options of an XSUB socket. */
export interface XSubscriberOptions
  extends CommonOptions, SendOptions, ReceiveOptions, FirstSubscribeOptions, UnsubscribeOptions {}

/** Options of a STREAM socket. */
export interface StreamOptions extends CommonOptions, SendOptions, ReceiveOptions {
  /**
   * `ZMQ_STREAM_NOTIFY`: an empty message tells of each connection made and lost. Default `true`.
   */
  notify?: boolean;
}

/** What a PAIR socket has to read and assign. */
export interface PairProperties extends PropertiesOf<PairOptions> {}

/** What a PUB socket has to read and assign. */
export interface PublisherProperties extends PropertiesOf<PublisherOptions> {}

/** What a SUB socket has to read and assign. */
export interface SubscriberProperties extends PropertiesOf<SubscriberOptions> {}

/** What a REQ socket has to read and assign. */
export interface RequestProperties
  extends
    PropertiesOf<Omit<RequestOptions, keyof RoutingIdOptions | keyof HelloOptions>>,
    RoutingIdProperty,
    HelloProperty {}

/** What a REP socket has to read and assign. */
export interface ReplyProperties extends PropertiesOf<Omit<ReplyOptions, "routingId">>, RoutingIdProperty {}

/** What a DEALER socket has to read and assign. */
export interface DealerProperties
  extends
    PropertiesOf<Omit<DealerOptions, keyof RoutingIdOptions | keyof HelloOptions | keyof HiccupOptions>>,
    RoutingIdProperty,
    HelloProperty,
    HiccupProperty {}

/** What a ROUTER socket has to read and assign. */
export interface RouterProperties
  extends
    PropertiesOf<Omit<RouterOptions, keyof RoutingIdOptions | keyof HelloOptions | keyof DisconnectOptions>>,
    RoutingIdProperty,
    HelloProperty,
    DisconnectProperty {}

/** What a PULL socket has to read and assign. */
export interface PullProperties extends PropertiesOf<PullOptions> {}

/** What a PUSH socket has to read and assign. */
export interface PushProperties extends PropertiesOf<PushOptions> {}

/** What an XPUB socket has to read and assign. */
export interface XPublisherProperties extends PropertiesOf<Omit<XPublisherOptions, "welcomeMessage">> {
  /** `ZMQ_XPUB_WELCOME_MSG`: the message as text (UTF-8), `null` if none. */
  welcomeMessage: string | null;
}

/** What an XSUB socket has to read and assign. */
export interface XSubscriberProperties extends PropertiesOf<XSubscriberOptions> {}

/** What a STREAM socket has to read and assign. */
export interface StreamProperties extends PropertiesOf<StreamOptions> {}
