/**
 * The twelve classic socket types, under zeromq.js's names; those that publish and subscribe are in a file of their own.
 *
 * @module
 */

import { DEALER, PAIR, PULL, PUSH, REP, REQ, ROUTER, STREAM } from "../pattern/types.ts";
import type { Frame, MessageLike } from "../message/frame.ts";
import type { Frames, Parts, Readable, Writable } from "./directions.ts";
import type {
  DealerOptions,
  DealerProperties,
  PairOptions,
  PairProperties,
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
} from "./options.ts";
import { connectNamed, Socket } from "./socket.ts";
import type { WithContext } from "./socket.ts";
import { numberOf } from "./socket_types.ts";

export { Publisher, Subscriber, XPublisher, XSubscriber } from "./publish_sockets.ts";

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

export type { Frames, Parts };
