/**
 * The four socket types that publish and subscribe (RFC 29), under zeromq.js's names.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { toPart } from "../message/frame.ts";
import type { Pattern } from "../pattern/pattern.ts";
import { PUB, SUB, XPUB, XSUB } from "../pattern/types.ts";
import type { XPubPattern } from "../pattern/xpub.ts";
import type { XSubPattern } from "../pattern/xsub.ts";
import type { Readable, Writable } from "./directions.ts";
import type {
  PublisherOptions,
  PublisherProperties,
  SubscriberOptions,
  SubscriberProperties,
  XPublisherOptions,
  XPublisherProperties,
  XSubscriberOptions,
  XSubscriberProperties,
} from "./options.ts";
import { Socket } from "./socket.ts";
import type { WithContext } from "./socket.ts";
import { numberOf } from "./socket_types.ts";
import { coreOf } from "./symbols.ts";

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
