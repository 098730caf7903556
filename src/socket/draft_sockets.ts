/**
 * The socket types that libzmq calls drafts, under the names that zeromq.js's `zeromq/draft` gives them, and two that
 * it lacks: PEER and CHANNEL. But for DGRAM, a message of theirs is one part.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import type { Frame, MessageLike } from "../message/frame.ts";
import type { DishPattern } from "../pattern/radio.ts";
import type { ServerPattern } from "../pattern/server.ts";
import { CHANNEL, CLIENT, DGRAM, DISH, GATHER, PEER, RADIO, SCATTER, SERVER } from "../pattern/types.ts";
import { fromRoutingNumber, toGroup, toRoutingNumber } from "./addressing.ts";
import type { Readable, Writable, WritableTo } from "./directions.ts";
import type {
  ChannelOptions,
  ChannelProperties,
  ClientOptions,
  ClientProperties,
  DatagramOptions,
  DatagramProperties,
  DishOptions,
  DishProperties,
  GatherOptions,
  GatherProperties,
  PeerOptions,
  PeerProperties,
  RadioOptions,
  RadioProperties,
  ScatterOptions,
  ScatterProperties,
  ServerOptions,
  ServerProperties,
} from "./draft_options.ts";
import { Socket } from "./socket.ts";
import type { WithContext } from "./socket.ts";
import { numberOf } from "./socket_types.ts";
import { coreOf } from "./symbols.ts";

/** Who sent a message to a SERVER or PEER, or is to get one. */
export interface ServerRoutingOptions {
  /**
   * The peer's number, 1 to 4294967295. It is chosen by this socket when the peer appears, and is the peer's until it
   * is gone; one that comes back to a socket that is bound has another.
   */
  routingId: number;
}

/** The group that a RADIO sends a message to. */
export interface RadioGroupOptions {
  /** At most 255 octets, none of them zero; text stands for its UTF-8. */
  group: string | Uint8Array;
}

/** The group that a DISH received a message from. */
export interface DishGroupOptions {
  /** Its octets. */
  group: Frame;
}

/** What a SERVER has to read and assign, and can do. */
export interface Server
  extends ServerProperties, WritableTo<ServerRoutingOptions>, Readable<[Frame, ServerRoutingOptions]> {}

/**
 * SERVER (RFC 41): talks to any number of CLIENTs, each known by a number. It may send to a client at any time and as
 * often as it likes. A client that is full makes `send` wait; one that is unknown or gone is EHOSTUNREACH.
 *
 * @example
 * ```ts
 * import { Client, Server } from "@puremq/zmq";
 *
 * await using server = new Server();
 * await server.bind("inproc://server-example");
 * await using client = new Client();
 * client.connect("inproc://server-example");
 *
 * await client.send("question");
 * const [question, { routingId }] = await server.receive();
 * await server.send(`answer to ${question}`, { routingId });
 * console.log(String((await client.receive())[0]));
 * ```
 */
export class Server extends Socket {
  /** Makes a SERVER socket. */
  constructor(options?: ServerOptions & WithContext) {
    super(numberOf(SERVER, Server), options);
  }

  /**
   * Ends the connection to a peer (`zmq_disconnect_peer`). What is queued for it is still sent, within `linger`.
   *
   * @throws {ZmqError} EHOSTUNREACH for a number that is nobody's, EINVAL for one that can be nobody's
   */
  disconnectPeer(routingId: number): void {
    disconnectPeer(this, routingId);
  }
}

/** What a CLIENT has to read and assign, and can do. */
export interface Client extends ClientProperties, Writable<MessageLike>, Readable<[Frame]> {}

/**
 * CLIENT (RFC 41): load-balanced out to SERVERs, fair-queued in; as DEALER, without frames for addresses.
 *
 * @example See {@linkcode Server}.
 */
export class Client extends Socket {
  /** Makes a CLIENT socket. */
  constructor(options?: ClientOptions & WithContext) {
    super(numberOf(CLIENT, Client), options);
  }
}

/** What a RADIO has to read and assign, and can do. */
export interface Radio extends RadioProperties, WritableTo<RadioGroupOptions> {}

/**
 * RADIO (RFC 48): each message goes to every DISH that has joined its group. It never waits: what a slow dish's queue
 * can't take is dropped for that dish (unless `noDrop`).
 *
 * @example
 * ```ts
 * import { Dish, Radio } from "@puremq/zmq";
 *
 * await using radio = new Radio();
 * await radio.bind("inproc://radio-example");
 * await using dish = new Dish();
 * dish.join("news", "weather");
 * dish.connect("inproc://radio-example");
 *
 * await radio.send("sun", { group: "weather" });
 * const [text, { group }] = await dish.receive();
 * console.log(`${group}: ${text}`); // "weather: sun"
 * ```
 */
export class Radio extends Socket {
  /** Makes a RADIO socket. */
  constructor(options?: RadioOptions & WithContext) {
    super(numberOf(RADIO, Radio), options);
  }
}

/** What a DISH has to read and assign, and can do. */
export interface Dish extends DishProperties, Readable<[Frame, DishGroupOptions]> {}

/**
 * DISH (RFC 48): receives what RADIOs send to the groups it has joined; at first that is nothing.
 *
 * @example See {@linkcode Radio}.
 */
export class Dish extends Socket {
  /** Makes a DISH socket. */
  constructor(options?: DishOptions & WithContext) {
    super(numberOf(DISH, Dish), options);
  }

  /**
   * Joins groups (`zmq_join`), each of at most 255 octets, none of them zero. A group is matched as a whole.
   *
   * @throws {ZmqError} EINVAL for one that can be none or is joined already; then none of them is joined
   */
  join(...groups: (string | Uint8Array)[]): void {
    membership(this).join(groups.map(toGroup));
  }

  /**
   * Leaves groups (`zmq_leave`).
   *
   * @throws {ZmqError} EINVAL for one that is not joined; then none of them is left
   */
  leave(...groups: (string | Uint8Array)[]): void {
    membership(this).leave(groups.map(toGroup));
  }
}

/** What a GATHER has to read and assign, and can do. */
export interface Gather extends GatherProperties, Readable<[Frame]> {}

/**
 * GATHER (RFC 49): receives from all SCATTER peers, fair-queued; as PULL, one part a message.
 *
 * @example See {@linkcode Scatter}.
 */
export class Gather extends Socket {
  /** Makes a GATHER socket. */
  constructor(options?: GatherOptions & WithContext) {
    super(numberOf(GATHER, Gather), options);
  }
}

/** What a SCATTER has to read and assign, and can do. */
export interface Scatter extends ScatterProperties, Writable<MessageLike> {}

/**
 * SCATTER (RFC 49): each message goes to the next GATHER peer that can take it; as PUSH, one part a message.
 *
 * @example
 * ```ts
 * import { Gather, Scatter } from "@puremq/zmq";
 *
 * await using gather = new Gather();
 * await gather.bind("inproc://gather-example");
 * await using scatter = new Scatter();
 * scatter.connect("inproc://gather-example");
 *
 * await scatter.send("reading 1");
 * console.log(String((await gather.receive())[0]));
 * ```
 */
export class Scatter extends Socket {
  /** Makes a SCATTER socket. */
  constructor(options?: ScatterOptions & WithContext) {
    super(numberOf(SCATTER, Scatter), options);
  }
}

/** What a DGRAM has to read and assign, and can do. */
export interface Datagram
  extends DatagramProperties, Writable<readonly [MessageLike, MessageLike]>, Readable<[Frame, Frame]> {}

/**
 * DGRAM: plain UDP, with peers that need not know ZeroMQ. Each message has two parts: the other side's address,
 * `"127.0.0.1:5555"` (as received, a zero octet ends it, as in libzmq), and the datagram's octets. It binds to
 * `udp://` endpoints and connects to none.
 */
export class Datagram extends Socket {
  /** Makes a DGRAM socket. */
  constructor(options?: DatagramOptions & WithContext) {
    super(numberOf(DGRAM, Datagram), options);
  }
}

/** What a PEER has to read and assign, and can do. */
export interface Peer
  extends PeerProperties, WritableTo<ServerRoutingOptions>, Readable<[Frame, ServerRoutingOptions]> {}

/**
 * PEER (RFC 51): talks to other PEERs, each known by a number; as SERVER, among equals. The number of a peer that it
 * connects to is known at once, see {@linkcode Peer.connectPeer}.
 *
 * @example
 * ```ts
 * import { Peer } from "@puremq/zmq";
 *
 * await using left = new Peer();
 * await left.bind("inproc://peer-example");
 * await using right = new Peer();
 * const routingId = right.connectPeer("inproc://peer-example");
 *
 * await right.send("hello", { routingId });
 * const [hello, from] = await left.receive();
 * await left.send(`${hello} back`, from);
 * console.log(String((await right.receive())[0]));
 * ```
 */
export class Peer extends Socket {
  /** Makes a PEER socket. */
  constructor(options?: PeerOptions & WithContext) {
    super(numberOf(PEER, Peer), options);
  }

  /**
   * {@linkcode Socket.connect} that answers the peer's number (`zmq_connect_peer`), which it keeps over reconnects.
   * What is sent to it meanwhile is queued.
   *
   * @throws {ZmqError} EFAULT with `immediate`, for then there is nobody before the connection is up; as `connect`
   */
  connectPeer(address: string): number {
    const core = coreOf(this);
    if (!core.closed && core.options.immediate) {
      throw new ZmqError("EFAULT", "connectPeer() and the option immediate exclude each other", address);
    }
    this.connect(address);
    return fromRoutingNumber(core.endpoints.newest!.routingId!);
  }

  /**
   * Ends the connection to a peer (`zmq_disconnect_peer`). What is queued for it is still sent, within `linger`.
   *
   * @throws {ZmqError} EHOSTUNREACH for a number that is nobody's, EINVAL for one that can be nobody's
   */
  disconnectPeer(routingId: number): void {
    disconnectPeer(this, routingId);
  }
}

/** What a CHANNEL has to read and assign, and can do. */
export interface Channel extends ChannelProperties, Writable<MessageLike>, Readable<[Frame]> {}

/**
 * CHANNEL (RFC 52): exactly one peer, both ways; as PAIR, one part a message.
 *
 * @example
 * ```ts
 * import { Channel } from "@puremq/zmq";
 *
 * await using a = new Channel();
 * await a.bind("inproc://channel-example");
 * await using b = new Channel();
 * b.connect("inproc://channel-example");
 *
 * await a.send("ping");
 * console.log(String((await b.receive())[0]));
 * ```
 */
export class Channel extends Socket {
  /** Makes a CHANNEL socket. */
  constructor(options?: ChannelOptions & WithContext) {
    super(numberOf(CHANNEL, Channel), options);
  }
}

function membership(socket: object): DishPattern {
  const core = coreOf(socket);
  if (core.closed) throw new ZmqError("EBADF");
  return core.pattern as DishPattern;
}

function disconnectPeer(socket: object, routingId: number): void {
  const core = coreOf(socket);
  if (core.closed) throw new ZmqError("EBADF");
  (core.pattern as ServerPattern).disconnect(toRoutingNumber(routingId));
}
