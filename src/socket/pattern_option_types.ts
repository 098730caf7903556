/**
 * What can be set about what a socket type does with messages: queues, ids, greetings, subscriptions. One documented
 * interface a capability, which the interfaces of the classes in `options.ts` take in. Types only.
 *
 * @module
 */

/** Options of sockets that send. */
export interface SendOptions {
  /**
   * `ZMQ_SNDHWM`: high-water mark: most messages queued to one peer, 0 for no limit. At the mark `send` waits
   * or the message is dropped, as the socket's type has it. Over inproc the receiver's mark adds to it.
   * Default 1000. At once.
   */
  sendHighWaterMark?: number;
  /**
   * `ZMQ_SNDTIMEO`: how long `send` waits before it rejects with EAGAIN. Milliseconds, -1 for ever, 0 not at
   * all. Default -1. At once.
   */
  sendTimeout?: number;
  /** `ZMQ_SNDBUF`: send buffer. Octets, -1: the system's. Default -1. Kept, but no runtime can set it. */
  sendBufferSize?: number;
  /**
   * `ZMQ_MULTICAST_HOPS`: time to live of multicast: routers that it passes, and 1. 1 to 255; more is kept, and
   * EINVAL at connect or bind. Default 1.
   */
  multicastHops?: number;
  /**
   * `ZMQ_MULTICAST_LOOP`: whether receivers on this machine hear our multicast, over `udp://` and `epgm://`. Default
   * `true`. libzmq's `epgm://` is never heard on its own machine; `false` is that.
   */
  multicastLoop?: boolean;
}

/** Options of sockets that receive. */
export interface ReceiveOptions {
  /**
   * `ZMQ_RCVHWM`: high-water mark: most messages queued from one peer, 0 for no limit. At the mark the socket
   * reads no more from that peer. Default 1000. At once.
   */
  receiveHighWaterMark?: number;
  /**
   * `ZMQ_RCVTIMEO`: how long `receive` waits before it rejects with EAGAIN. Milliseconds, -1 for ever, 0 not
   * at all. Default -1. At once.
   */
  receiveTimeout?: number;
  /** `ZMQ_RCVBUF`: receive buffer. Octets, -1: the system's. Default -1. Kept, but no runtime can set it. */
  receiveBufferSize?: number;
}

/** For sockets that tell a ROUTER who they are. */
export interface RoutingIdOptions {
  /**
   * `ZMQ_ROUTING_ID`: the name by which ROUTER peers address this socket, 1 to 255 octets; ids that begin with
   * a zero octet are for ROUTERs to give. Reads as text (UTF-8), `null` if none. Default `null`.
   */
  routingId?: string | Uint8Array;
}

/** The property behind {@linkcode RoutingIdOptions}: octets can be assigned, text is read. */
export interface RoutingIdProperty {
  /** `ZMQ_ROUTING_ID`: the routing id as text (UTF-8), `null` if none. */
  routingId: string | null;
}

/** For sockets that can show themselves to a ROUTER. */
export interface ProbeOptions {
  /**
   * `ZMQ_PROBE_ROUTER`: send one empty message on every new connection, from which a ROUTER learns our
   * routing id; behind `helloMessage`, and before all that was queued. Default `false`. At once, for connections to
   * come. libzmq sends it once a `connect`, and not again after a reconnect.
   */
  probeRouter?: boolean;
}

/** For sockets that filter by prefix. */
export interface MatchingOptions {
  /**
   * `ZMQ_INVERT_MATCHING`: pass what matches *no* subscription. Both ends must set it. Default `false`.
   * At once.
   */
  invertMatching?: boolean;
}

/** For sockets that others subscribe to. */
export interface PublishOptions extends MatchingOptions {
  /**
   * `ZMQ_XPUB_NODROP`: when a subscriber is at its high-water mark, `send` waits instead of dropping its copy.
   * Default `false`. At once.
   */
  noDrop?: boolean;
  /**
   * Most different subscriptions kept for one peer (not in libzmq); one that sends more is disconnected.
   * From 0. Default 1000000. At once.
   */
  maxSubscriptions?: number;
  /**
   * Most octets of all these subscriptions together (not in libzmq); a peer that sends more is disconnected. Each takes
   * about three times its length in memory. Octets from 0. Default 67108864. At once.
   */
  maxSubscriptionTotal?: number;
}

/** For sockets that say something first. */
export interface HelloOptions {
  /**
   * `ZMQ_HELLO_MSG`: a message of one part that is sent on every new connection, made or accepted, also after a
   * reconnect, before all that was queued. It counts against no high-water mark. Peers that are REQ or REP take no
   * message without its envelope, and drop it or the connection. Octets, or text in UTF-8; reads as text. Default
   * `null`; `null` and an empty one turn it off. At once, for connections to come. libzmq's REQ says it over inproc
   * alone.
   *
   * ```ts
   * import { Dealer, Router } from "@puremq/zmq";
   *
   * await using router = new Router();
   * await router.bind("inproc://hello-example");
   * await using dealer = new Dealer({ routingId: "d1", helloMessage: "ready for work" });
   * dealer.connect("inproc://hello-example");
   * const [id, hello] = await router.receive();
   * console.log(`${id}: ${hello}`); // "d1: ready for work"
   * ```
   */
  helloMessage?: string | Uint8Array | null;
}

/** The property behind {@linkcode HelloOptions}: octets can be assigned, text is read. */
export interface HelloProperty {
  /** `ZMQ_HELLO_MSG`: the message as text (UTF-8), `null` if none. */
  helloMessage: string | null;
}

/** For sockets that are told when a peer that they accepted goes. */
export interface DisconnectOptions {
  /**
   * `ZMQ_DISCONNECT_MSG`: a message of one part that is received, as if it came from the peer and behind all that did,
   * when a peer goes that had connected to us. Not when this socket ends the connection. If more than
   * `receiveHighWaterMark` messages of the peer wait, it is dropped. Octets, or text in UTF-8; reads as text. Default
   * `null`; `null` and an empty one turn it off. At once.
   *
   * ```ts
   * import { Dealer, Router } from "@puremq/zmq";
   *
   * await using router = new Router({ disconnectMessage: "gone" });
   * await router.bind("inproc://disconnect-example");
   * const dealer = new Dealer({ routingId: "d1" });
   * dealer.connect("inproc://disconnect-example");
   * dealer.close();
   * const [id, message] = await router.receive();
   * console.log(`${id}: ${message}`); // "d1: gone"
   * ```
   */
  disconnectMessage?: string | Uint8Array | null;
}

/** The property behind {@linkcode DisconnectOptions}: octets can be assigned, text is read. */
export interface DisconnectProperty {
  /** `ZMQ_DISCONNECT_MSG`: the message as text (UTF-8), `null` if none. */
  disconnectMessage: string | null;
}

/** For sockets that are told when a peer that they connected to is lost. */
export interface HiccupOptions {
  /**
   * `ZMQ_HICCUP_MSG`: a message of one part that is received, as if it came from the peer, whenever a connection is lost
   * that this socket made, and is made again. Over inproc nothing is made again, and it is not told. If more than
   * `receiveHighWaterMark` messages of the peer wait, it is dropped. Octets, or text in UTF-8; reads as text. Default
   * `null`; `null` and an empty one turn it off. At once.
   */
  hiccupMessage?: string | Uint8Array | null;
}

/** The property behind {@linkcode HiccupOptions}: octets can be assigned, text is read. */
export interface HiccupProperty {
  /** `ZMQ_HICCUP_MSG`: the message as text (UTF-8), `null` if none. */
  hiccupMessage: string | null;
}

/** For a ROUTER that is told of peers. */
export interface RouterNotifyOptions {
  /**
   * `ZMQ_ROUTER_NOTIFY`: receive an empty message, `[routing id, ""]`, for each peer that has connected (1), that is
   * lost (2), or both (3). The first comes before all messages of the peer, the second behind them. A peer whose routing
   * id another one has taken over (`handover`) is not reported lost. Over inproc too, where libzmq is silent. Bits, 0 to
   * 3. Default 0. At once.
   *
   * ```ts
   * import { Dealer, Router } from "@puremq/zmq";
   *
   * await using router = new Router({ notify: 1 });
   * await router.bind("inproc://notify-example");
   * await using dealer = new Dealer({ routingId: "d1" });
   * dealer.connect("inproc://notify-example");
   * const [id, nothing] = await router.receive();
   * console.log(String(id), nothing.length); // "d1" 0
   * ```
   */
  notify?: number;
}

/** For sockets that take or send subscriptions as messages. */
export interface FirstSubscribeOptions {
  /**
   * `ZMQ_ONLY_FIRST_SUBSCRIBE`: a part that begins with 00 or 01 is a subscription only if the message's first part is
   * one; else the message is the peer's own, to its end. With `false` each such part of a message is a subscription.
   * Default `false`. At once.
   */
  onlyFirstSubscribe?: boolean;
}

/** For a REQ, and how it tells replies apart. */
export interface RequestingOptions {
  /**
   * `ZMQ_REQ_CORRELATE`: send a request id along and drop replies that carry another one. Default `false`.
   * At once.
   */
  correlate?: boolean;
  /**
   * `ZMQ_REQ_RELAXED`: allow the next request before the reply; the reply is then no longer awaited. Set
   * `correlate` with it. Default `false`. At once.
   */
  relaxed?: boolean;
}

/** For a ROUTER, and what it does with ids that are unknown or taken. */
export interface RoutingOptions {
  /**
   * `ZMQ_ROUTER_MANDATORY`: a message to an unknown peer rejects with EHOSTUNREACH, one to a full peer waits.
   * `false` drops both. Default `false`. At once.
   */
  mandatory?: boolean;
  /**
   * `ZMQ_ROUTER_HANDOVER`: a new peer with a routing id in use takes it over; with `false` its connection is
   * closed. Default `false`. At once.
   */
  handover?: boolean;
}

/** For an XPUB, whose program hears of subscriptions and may decide on them. */
export interface SubscriptionOptions {
  /**
   * `ZMQ_XPUB_VERBOSE` and `ZMQ_XPUB_VERBOSER`: which subscriptions `receive` yields. `null`: the first for a
   * prefix and the last cancellation, `"allSubs"`: every subscription, `"allSubsUnsubs"`: every cancellation
   * too. Default `null`. At once.
   */
  verbosity?: null | "allSubs" | "allSubsUnsubs";
  /**
   * `ZMQ_XPUB_MANUAL`: subscriptions are only reported, and in force once you confirm them by
   * {@linkcode XPublisher.subscribe}. Default `false`. At once.
   */
  manual?: boolean;
  /**
   * `ZMQ_XPUB_MANUAL_LAST_VALUE`: as `manual`, which it sets to the same value, and the first message that is sent
   * after a subscription was received goes only to the peer which that was from, if it has a topic for it: the last value
   * of a topic, for who has just come. Default `false`. At once.
   *
   * ```ts
   * import { Subscriber, XPublisher } from "@puremq/zmq";
   *
   * await using publisher = new XPublisher({ manualLastValue: true });
   * await publisher.bind("inproc://last-value-example");
   * await using subscriber = new Subscriber();
   * subscriber.connect("inproc://last-value-example");
   * subscriber.subscribe("price");
   *
   * const [notice] = await publisher.receive();
   * publisher.subscribe(notice.subarray(1));
   * await publisher.send("price 17"); // to this subscriber alone, whoever else there is
   * console.log(String((await subscriber.receive())[0]));
   * ```
   */
  manualLastValue?: boolean;
  /**
   * `ZMQ_XPUB_WELCOME_MSG`: sent to each new subscriber that has subscribed to it. Reads as text (UTF-8).
   * Default `null`; `null` and an empty one turn it off. At once, for peers to come.
   */
  welcomeMessage?: string | Uint8Array | null;
}

/** For an XSUB, whose program subscribes by messages. */
export interface UnsubscribeOptions {
  /**
   * `ZMQ_XSUB_VERBOSE_UNSUBSCRIBE`: publishers are told of every unsubscription, not only of a topic's last. Default
   * `false`. At once.
   */
  verboseUnsubscribe?: boolean;
}

/** For sockets whose messages can replace each other. */
export interface ConflateOptions {
  /**
   * `ZMQ_CONFLATE`: keep only the newest message a peer, whatever the high-water marks. It stays whole, where libzmq
   * keeps the last part of several. Default `false`.
   */
  conflate?: boolean;
}
