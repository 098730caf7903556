/**
 * The twelve classic socket types, under zeromq.js's names.
 *
 * @module
 */

import {
  DEALER,
  PAIR,
  PUB,
  PULL,
  PUSH,
  REP,
  REQ,
  ROUTER,
  STREAM,
  SUB,
  XPUB,
  XSUB,
} from "../pattern/types.ts";
import type { Pattern } from "../pattern/pattern.ts";
import type { XPubPattern } from "../pattern/xpub.ts";
import type { XSubPattern } from "../pattern/xsub.ts";
import { ZmqError } from "../base/errors.ts";
import type { Frame, MessageLike } from "../message/frame.ts";
import { toPart } from "../message/frame.ts";
import type { Frames, Parts, Readable, Writable } from "./directions.ts";
import type {
  DealerOptions,
  DealerProperties,
  PairOptions,
  PairProperties,
  PublisherOptions,
  PublisherProperties,
  PullOptions,
  PullProperties,
  PushOptions,
  PushProperties,
  ReplyOptions,
  ReplyProperties,
  RequestOptions,
  RequestProperties,
  RouterOptions,
  RouterProperties,
  StreamOptions,
  StreamProperties,
  SubscriberOptions,
  SubscriberProperties,
  XPublisherOptions,
  XPublisherProperties,
  XSubscriberOptions,
  XSubscriberProperties,
} from "./options.ts";
import { connectNamed, Socket } from "./socket.ts";
import type { WithContext } from "./socket.ts";
import { numberOf } from "./socket_types.ts";
import { coreOf } from "./symbols.ts";

/** What a PAIR has to read and assign, and can do. */
export interface Pair extends PairProperties, Writable, Readable {}

/**
 * PAIR (RFC 31): exactly one peer, both ways. The classic way for two parts of a program to talk, over inproc.
 *
 * @example
 * ```ts
 * import { Pair } from "@puremq/zmq";
 *
 * await using a = new Pair();
 * await using b = new Pair();
 * await a.bind("inproc://pair-example");
 * b.connect("inproc://pair-example");
 * await a.send("ping");
 * console.log(String((await b.receive())[0]));
 * ```
 */
export class Pair extends Socket {
  /** Makes a PAIR socket. */
  constructor(options?: PairOptions & WithContext) {
    super(numberOf(PAIR, Pair), options);
  }
}

/** What a PUB has to read and assign, and can do. */
export interface Publisher extends PublisherProperties, Writable {}

/**
 * PUB (RFC 29): each message goes to every subscriber of a topic that its first part begins with. It never
 * waits: what a slow subscriber's queue can't take is dropped for that subscriber (unless `noDrop`).
 *
 * @example
 * ```ts
 * import { Publisher } from "@puremq/zmq";
 *
 * await using publisher = new Publisher();
 * await publisher.bind("tcp://127.0.0.1:*");
 * await publisher.send(["weather.berlin", "21 °C"]);
 * ```
 */
export class Publisher extends Socket {
  /** Makes a PUB socket. */
  constructor(options?: PublisherOptions & WithContext) {
    super(numberOf(PUB, Publisher), options);
  }

  /**
   * `ZMQ_TOPICS_COUNT`: how many different topics the subscribers that are connected have subscribed to, each counted once. To be read only.
   *
   * @throws {ZmqError} ENOTSOCK on a closed socket
   */
  get topicsCount(): number {
    return openPattern<XPubPattern>(this).topicsCount;
  }
}

/** What a SUB has to read and assign, and can do. */
export interface Subscriber extends SubscriberProperties, Readable {}

/**
 * SUB (RFC 29): receives what is published under the topics it subscribed to; at first that is nothing.
 *
 * @example
 * ```ts
 * import { Publisher, Subscriber } from "@puremq/zmq";
 *
 * await using publisher = new Publisher();
 * await publisher.bind("inproc://weather");
 * await using subscriber = new Subscriber();
 * subscriber.subscribe("weather.");
 * subscriber.connect("inproc://weather");
 *
 * await publisher.send(["weather.berlin", "21 °C"]);
 * for await (const [topic, text] of subscriber) {
 *   console.log(String(topic), String(text));
 *   break;
 * }
 * ```
 */
export class Subscriber extends Socket {
  /** Makes a SUB socket. */
  constructor(options?: SubscriberOptions & WithContext) {
    super(numberOf(SUB, Subscriber), options);
  }

  /**
   * `ZMQ_TOPICS_COUNT`: how many different topics are subscribed to, each counted once. To be read only.
   *
   * @throws {ZmqError} ENOTSOCK on a closed socket
   */
  get topicsCount(): number {
    return openPattern<XSubPattern>(this).topicsCount;
  }

  /**
   * Subscribes to prefixes of messages (`ZMQ_SUBSCRIBE`), to all messages if none is given. A prefix counts as
   * often as it was subscribed to.
   */
  subscribe(...prefixes: (string | Uint8Array | null)[]): void {
    for (const topic of topics(prefixes)) openPattern<XSubPattern>(this).subscribe(topic);
  }

  /** Takes subscriptions back (`ZMQ_UNSUBSCRIBE`); one that was never made is ignored. */
  unsubscribe(...prefixes: (string | Uint8Array | null)[]): void {
    for (const topic of topics(prefixes)) openPattern<XSubPattern>(this).unsubscribe(topic);
  }
}

/** What a REQ has to read and assign, and can do. */
export interface Request extends RequestProperties, Writable, Readable {}

/**
 * REQ (RFC 28): sends a request and receives its reply, strictly in turn. Requests are load-balanced over the
 * peers.
 *
 * @example
 * ```ts
 * import { Reply, Request } from "@puremq/zmq";
 *
 * await using reply = new Reply();
 * await reply.bind("inproc://upper-case");
 * (async () => {
 *   for await (const [text] of reply) await reply.send(String(text).toUpperCase());
 * })();
 *
 * await using request = new Request();
 * request.connect("inproc://upper-case");
 * await request.send("hello");
 * console.log(String((await request.receive())[0])); // "HELLO"
 * ```
 */
export class Request extends Socket {
  /** Makes a REQ socket. */
  constructor(options?: RequestOptions & WithContext) {
    super(numberOf(REQ, Request), options);
  }
}

/** What a REP has to read and assign, and can do. */
export interface Reply extends ReplyProperties, Writable, Readable {}

/**
 * REP (RFC 28): receives a request and sends its reply, strictly in turn. Requests are fair-queued; a reply to
 * a peer that has gone is dropped.
 *
 * @example See {@linkcode Request}.
 */
export class Reply extends Socket {
  /** Makes a REP socket. */
  constructor(options?: ReplyOptions & WithContext) {
    super(numberOf(REP, Reply), options);
  }
}

/** What a DEALER has to read and assign, and can do. */
export interface Dealer extends DealerProperties, Writable, Readable {}

/**
 * DEALER (RFC 28): load-balanced out, fair-queued in, without the strict turns of REQ.
 *
 * @example
 * ```ts
 * import { Dealer, Router } from "@puremq/zmq";
 *
 * await using router = new Router();
 * await router.bind("inproc://dealers");
 * await using dealer = new Dealer({ routingId: "d1" });
 * dealer.connect("inproc://dealers");
 *
 * await dealer.send(["question", "of several parts"]);
 * const [id, ...parts] = await router.receive();
 * await router.send([id, `got ${parts.length}`]);
 * console.log(String((await dealer.receive())[0]));
 * ```
 */
export class Dealer extends Socket {
  /** Makes a DEALER socket. */
  constructor(options?: DealerOptions & WithContext) {
    super(numberOf(DEALER, Dealer), options);
  }
}

/** What a ROUTER has to read and assign, and can do. */
export interface Router extends RouterProperties, Writable, Readable {}

/**
 * ROUTER (RFC 28): a received message begins with its sender's routing id; a message to send begins with its
 * receiver's. Messages to nobody are dropped, or refused with EHOSTUNREACH if `mandatory`.
 *
 * @example See {@linkcode Dealer}.
 */
export class Router extends Socket {
  /** Makes a ROUTER socket. */
  constructor(options?: RouterOptions & WithContext) {
    super(numberOf(ROUTER, Router), options);
  }

  /**
   * Connects, and gives the peer a routing id by which it can be sent to at once
   * (`ZMQ_CONNECT_ROUTING_ID`): 1 to 255 octets, the first not zero.
   */
  override connect(address: string, options?: RouterConnectOptions): void {
    connectNamed(this, arguments.length, address, options);
  }
}

/** What `connect` of a ROUTER can be told. */
export interface RouterConnectOptions {
  /** The routing id of the peer: 1 to 255 octets, the first not zero. */
  routingId?: string | Uint8Array;
}

/** What a PULL has to read and assign, and can do. */
export interface Pull extends PullProperties, Readable {}

/**
 * PULL (RFC 30): receives from all PUSH peers, fair-queued.
 *
 * @example See {@linkcode Push}.
 */
export class Pull extends Socket {
  /** Makes a PULL socket. */
  constructor(options?: PullOptions & WithContext) {
    super(numberOf(PULL, Pull), options);
  }
}

/** What a PUSH has to read and assign, and can do. */
export interface Push extends PushProperties, Writable {}

/**
 * PUSH (RFC 30): each message goes to the next PULL peer that can take it; none is dropped while one is there.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "@puremq/zmq";
 *
 * await using push = new Push();
 * await push.bind("inproc://tasks");
 * await using pull = new Pull();
 * pull.connect("inproc://tasks");
 *
 * await push.send(["resize", "a.png"]);
 * const [verb, name] = await pull.receive();
 * console.log(String(verb), String(name));
 * ```
 */
export class Push extends Socket {
  /** Makes a PUSH socket. */
  constructor(options?: PushOptions & WithContext) {
    super(numberOf(PUSH, Push), options);
  }
}

/** What an XPUB has to read and assign, and can do. */
export interface XPublisher extends XPublisherProperties, Writable, Readable {}

/**
 * XPUB (RFC 29): as PUB, and receives its peers' subscriptions: 01 and the topic, or 00 and the topic.
 *
 * @example
 * ```ts
 * import { Subscriber, XPublisher } from "@puremq/zmq";
 *
 * await using publisher = new XPublisher();
 * await publisher.bind("inproc://xpub-example");
 * await using subscriber = new Subscriber();
 * subscriber.connect("inproc://xpub-example");
 * subscriber.subscribe("news");
 *
 * const [notice] = await publisher.receive();
 * console.log(notice[0] === 1, notice.subarray(1).toString()); // true "news"
 * ```
 */
export class XPublisher extends Socket {
  /** Makes an XPUB socket. */
  constructor(options?: XPublisherOptions & WithContext) {
    super(numberOf(XPUB, XPublisher), options);
  }

  /**
   * `ZMQ_TOPICS_COUNT`: how many different topics have a subscriber, with `manual` of those that were confirmed, each counted once. To be read only.
   *
   * @throws {ZmqError} ENOTSOCK on a closed socket
   */
  get topicsCount(): number {
    return openPattern<XPubPattern>(this).topicsCount;
  }

  /**
   * Confirms a subscription (`ZMQ_SUBSCRIBE` under `ZMQ_XPUB_MANUAL`), with `manual` or `manualLastValue`: subscribes
   * the peer whose subscription or unsubscription was received last to these topics, whatever it asked for. Of several
   * that were received one after the other only the last one's peer can be meant; nothing happens if that peer has gone.
   *
   * @example
   * ```ts
   * import { Subscriber, XPublisher } from "@puremq/zmq";
   *
   * await using publisher = new XPublisher({ manual: true });
   * await publisher.bind("inproc://confirmed");
   * await using subscriber = new Subscriber();
   * subscriber.connect("inproc://confirmed");
   * subscriber.subscribe("news.sports");
   *
   * const [notice] = await publisher.receive();
   * if (notice[0] === 1) publisher.subscribe("news."); // more than it asked for: it filters itself, too
   * await publisher.send("news.sports: 1 to 0");
   * console.log(String((await subscriber.receive())[0]));
   * ```
   *
   * @throws {ZmqError} EINVAL without `manual`, ENOTSOCK on a closed socket
   */
  subscribe(...prefixes: (string | Uint8Array | null)[]): void {
    const pattern = manual(this);
    for (const topic of topics(prefixes)) pattern.confirm(topic);
  }

  /**
   * Takes topics from that peer (`ZMQ_UNSUBSCRIBE` under `ZMQ_XPUB_MANUAL`); one that it does not have is ignored.
   *
   * @throws {ZmqError} EINVAL without `manual`, ENOTSOCK on a closed socket
   */
  unsubscribe(...prefixes: (string | Uint8Array | null)[]): void {
    const pattern = manual(this);
    for (const topic of topics(prefixes)) pattern.revoke(topic);
  }
}

/** What an XSUB has to read and assign, and can do. */
export interface XSubscriber extends XSubscriberProperties, Writable, Readable {}

/**
 * XSUB (RFC 29): as SUB, with subscriptions sent as messages: 01 and the topic, or 00 and the topic. It filters
 * nothing itself, and sends any other message upstream.
 *
 * @example
 * ```ts
 * import { Publisher, XSubscriber } from "@puremq/zmq";
 *
 * await using publisher = new Publisher();
 * await publisher.bind("inproc://xsub-example");
 * await using subscriber = new XSubscriber();
 * subscriber.connect("inproc://xsub-example");
 *
 * await subscriber.send("\x01news");
 * await publisher.send(["news", "of today"]);
 * console.log(String((await subscriber.receive())[1]));
 * ```
 */
export class XSubscriber extends Socket {
  /** Makes an XSUB socket. */
  constructor(options?: XSubscriberOptions & WithContext) {
    super(numberOf(XSUB, XSubscriber), options);
  }

  /**
   * `ZMQ_TOPICS_COUNT`: how many different topics are subscribed to, each counted once. To be read only.
   *
   * @throws {ZmqError} ENOTSOCK on a closed socket
   */
  get topicsCount(): number {
    return openPattern<XSubPattern>(this).topicsCount;
  }
}

/** What a STREAM has to read and assign, and can do. */
export interface Stream
  extends StreamProperties, Writable<readonly [MessageLike, MessageLike]>, Readable<[Frame, Frame]> {}

/**
 * STREAM: plain TCP peers. Each message has two parts: the peer's routing id and octets. No octets tell of a
 * connection made or lost (unless `notify` is off), and end it when they are sent.
 *
 * @example
 * ```ts
 * import { Stream } from "@puremq/zmq";
 *
 * await using server = new Stream();
 * await server.bind("tcp://127.0.0.1:*");
 * await using client = new Stream();
 * client.connect(server.lastEndpoint!, { routingId: "server" });
 *
 * const [hello] = await server.receive(); // connected
 * await server.send([hello, "HTTP/1.0 200 OK\r\n\r\n"]);
 * await client.receive(); // connected
 * console.log(String((await client.receive())[1]));
 * ```
 */
export class Stream extends Socket {
  /** Makes a STREAM socket. */
  constructor(options?: StreamOptions & WithContext) {
    super(numberOf(STREAM, Stream), options);
  }

  /** Connects, and gives the peer a routing id: 1 to 255 octets, the first not zero. */
  override connect(address: string, options?: StreamConnectOptions): void {
    connectNamed(this, arguments.length, address, options);
  }
}

/** What `connect` of a STREAM can be told. */
export interface StreamConnectOptions {
  /** The routing id of the peer: 1 to 255 octets, the first not zero. */
  routingId?: string | Uint8Array;
}

/** Topics as octets; none given is the empty one, which every message begins with. */
function topics(prefixes: readonly (string | Uint8Array | null)[]): Uint8Array[] {
  if (prefixes.length === 0) return [toPart(null)];
  for (const prefix of prefixes) {
    if (typeof prefix !== "string" && prefix !== null && !ArrayBuffer.isView(prefix)) {
      throw new TypeError("Option value must be a string or buffer");
    }
  }
  return prefixes.map(toPart);
}

function openPattern<Kind extends Pattern>(socket: object): Kind {
  const core = coreOf(socket);
  if (core.closed) throw new ZmqError("ENOTSOCK");
  return core.pattern as Kind;
}

function manual(socket: object): XPubPattern {
  const pattern = openPattern<XPubPattern>(socket);
  if (!coreOf(socket).options.manual) {
    throw new ZmqError("EINVAL", "Only a manual XPUB decides on subscriptions");
  }
  return pattern;
}

export type { Frames, Parts };
