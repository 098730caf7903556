/**
 * What all sockets have: endpoints, events, options, and their end.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { context as defaultContext, contextCore } from "./context.ts";
import type { Context } from "./context.ts";
import { SocketCore } from "./core.ts";
import type { DropCounts } from "../pipe/drops.ts";
import { toRoutingId } from "./endpoints.ts";
import { Observer } from "./monitor.ts";
import { assignOptions, defineOptions, optionChanged, optionClosed, optionValues } from "./option_access.ts";
import type { CommonOptions } from "./options.ts";
import { SocketOptionsByNumber } from "./options_by_number.ts";
import type { PropertiesOf } from "./security_option_types.ts";
import { completeClass, findType } from "./socket_types.ts";
import { statisticsOf } from "./statistics.ts";
import type { PeerStatistics, SocketStatistics } from "./statistics.ts";
import { CORE, coreOf } from "./symbols.ts";

/** What every constructor takes besides options. */
export interface WithContext {
  /** The context of the socket; default: {@linkcode context}. */
  context?: Context;
}

/** What every socket has to read and assign. */
export interface Socket extends PropertiesOf<CommonOptions> {}

/**
 * What every socket can do. The classes of all types extend it; a class of one's own may too, with the type's number.
 */
export class Socket extends SocketOptionsByNumber {
  /**
   * Makes a socket of a type by its number in libzmq: 0 for PAIR to 20 for CHANNEL.
   *
   * @throws {ZmqError} EINVAL for a number that is no type, EMFILE above `maxSockets`
   */
  constructor(type: number, options?: object) {
    super();
    if (typeof type !== "number") throw new TypeError("Socket type must be a number");
    if (options !== undefined && (typeof options !== "object" || options === null)) {
      throw new TypeError("Options must be an object");
    }
    if (arguments.length > 2) throw new TypeError(`Expected 2 arguments but received ${arguments.length}`);
    const owner = options !== undefined && "context" in options ? options.context as Context : defaultContext;
    const core = new SocketCore(findType(type), contextCore(owner));
    let events: Observer | undefined;
    Object.defineProperties(this, {
      [CORE]: { value: core },
      [optionValues]: { value: core.options },
      [optionClosed]: { get: () => core.closed },
      [optionChanged]: { value: (name: string) => core.optionChanged(name) },
      context: { get: () => core.closed ? undefined : owner, enumerable: true },
      events: { get: () => events ??= new Observer(this), enumerable: true },
    });
    // A class that extends this one itself: its sockets get what the class of their type has.
    if (!("send" in this || "receive" in this)) completeClass(this, core.type);
    try {
      assignOptions(this, options);
    } catch (error) {
      void core.close();
      throw error;
    }
    Object.preventExtensions(this);
  }

  /** The context of the socket; `undefined` once it is closed. */
  declare readonly context: Context;

  /** The events of the socket from the first time that this is read. */
  declare readonly events: Observer;

  /**
   * `ZMQ_MECHANISM`: the mechanism that the options of security have chosen: `"plain"`, `"curve"`, or `null` for NULL,
   * which is no security.
   */
  declare readonly securityMechanism: "plain" | "curve" | null;

  /** The type's number in libzmq: 0 for PAIR to 20 for CHANNEL. */
  get type(): number {
    return coreOf(this).type.id;
  }

  /** Whether the socket is closed: `close` was called, and no `bind` or `unbind` is under way any more. */
  get closed(): boolean {
    const { closed, endpoints } = coreOf(this);
    return closed && !endpoints.busy;
  }

  /** Whether a message could be received without waiting. `false` for types that receive none. */
  get readable(): boolean {
    return coreOf(this).canReceive;
  }

  /** Whether a message could be sent without waiting. `false` for types that send none. */
  get writable(): boolean {
    return coreOf(this).canSend;
  }

  /**
   * `ZMQ_LAST_ENDPOINT`: the endpoint bound or connected last, with wildcards replaced by what the system
   * chose; `null` if there is none.
   */
  get lastEndpoint(): string | null {
    requireOpen(this);
    return coreOf(this).endpoints.last;
  }

  /**
   * `ZMQ_THREAD_SAFE`: `true` for the types whose messages have one part (CLIENT, SERVER, RADIO, DISH, SCATTER, GATHER,
   * PEER, CHANNEL), which in libzmq several threads may use.
   */
  get threadSafe(): boolean {
    requireOpen(this);
    return coreOf(this).type.threadSafe;
  }

  /** Messages that were dropped so far, by reason. */
  get dropped(): Readonly<DropCounts> {
    return { ...coreOf(this).dropCounts };
  }

  /** Each peer with its counts, as {@linkcode Socket.statistics} has them. */
  get peers(): PeerStatistics[] {
    return this.statistics().peers;
  }

  /**
   * What the socket has carried since it was made, what waits, and what was dropped and why; for each peer, too. Plain
   * JSON, as of now; what peers did that have gone is in the sums. Counting costs a message about a nanosecond.
   *
   * @example
   * ```ts
   * import { Pull, Push } from "@puremq/zmq";
   *
   * const pull = new Pull();
   * await pull.bind("tcp://127.0.0.1:*");
   * const push = new Push();
   * push.connect(pull.lastEndpoint!);
   * await push.send(["a", "b"]);
   * await pull.receive();
   *
   * const { messagesReceived, partsReceived, peers } = pull.statistics();
   * console.log(messagesReceived, partsReceived, peers[0].socketType, peers[0].remote);
   * push.close();
   * pull.close();
   * ```
   */
  statistics(): SocketStatistics {
    return statisticsOf(coreOf(this));
  }

  /**
   * Listens on an endpoint: `tcp://`, with an address, an interface's name or `*`, and a port or `*`; `ipc://`,
   * with a path, `*` or `@name`; `ws://` and `wss://`, as `tcp://` and with a path, by which several sockets share a
   * port; `inproc://`. A socket can be bound and connected to any number, in any order.
   *
   * @throws {ZmqError} EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES, EINVAL, EPROTONOSUPPORT; as a rejection
   */
  bind(address: string): Promise<void> {
    requireAddress(arguments.length, address, 1);
    return coreOf(this).endpoints.bind(address);
  }

  /**
   * Listens no more on an endpoint that was bound, named as {@linkcode Socket.lastEndpoint} says it or, if there was
   * no wildcard in it, as it was bound. The connections that came by it end too, within `linger`.
   *
   * @throws {ZmqError} ENOENT if it is not bound; as a rejection
   */
  unbind(address: string): Promise<void> {
    requireAddress(arguments.length, address, 1);
    return coreOf(this).endpoints.unbind(address);
  }

  /**
   * {@linkcode Socket.bind} that is done when it returns. It takes no host name that must be looked up, and any
   * file where an `ipc://` path leads is in use, even one that a killed program left. The first use of a network
   * loads code; where that cannot be done without waiting (this module came from the web or is in a bundle, or Deno
   * may not read its files), await one `bind`, or anything that connects, before.
   *
   * @throws {ZmqError} as `bind` rejects, and ENOTSUP for what takes waiting
   */
  bindSync(address: string): void {
    requireAddress(arguments.length, address, 1);
    coreOf(this).endpoints.bindSync(address);
  }

  /**
   * {@linkcode Socket.unbind} without waiting for its end. The address is free again when this returns, or as soon
   * as the runtime allows: on Deno, a later turn of the event loop.
   *
   * @throws {ZmqError} ENOENT if it is not bound
   */
  unbindSync(address: string): void {
    requireAddress(arguments.length, address, 1);
    coreOf(this).endpoints.unbindSync(address);
  }

  /**
   * Connects to an endpoint, now or whenever it is there, and again after every loss. Returns at once: what is
   * sent meanwhile is queued.
   *
   * @throws {ZmqError} EINVAL or EPROTONOSUPPORT for an address that can never be one
   */
  connect(address: string): void {
    requireAddress(arguments.length, address, 1);
    coreOf(this).endpoints.connect(address);
  }

  /**
   * Connects no more to an endpoint. What is queued for it is still sent within `linger`.
   *
   * @throws {ZmqError} ENOENT if it was not connected
   */
  disconnect(address: string): void {
    requireAddress(arguments.length, address, 1);
    coreOf(this).endpoints.disconnect(address);
  }

  /**
   * Closes the socket. Waiting calls reject with EAGAIN, async iteration ends; messages that were sent are still
   * delivered for `linger` milliseconds, and keep the process alive for that long; those for an `inproc://` name that
   * nobody has bound wait for it without that, and are lost with the context. More calls do nothing.
   */
  close(): void {
    void coreOf(this).close();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    void coreOf(this).close();
  }

  /** The same, for `await using`: resolves when nothing lingers any more. */
  [Symbol.asyncDispose](): Promise<void> {
    return coreOf(this).close();
  }
}

defineOptions(Socket.prototype, "Socket");

/** Connects and names the peer; for ROUTER and STREAM. */
export function connectNamed(socket: object, count: number, address: string, options: unknown): void {
  requireAddress(count, address, 2);
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw new TypeError("Options must be an object");
  }
  const routingId = toRoutingId((options as { routingId?: unknown } | undefined)?.routingId);
  coreOf(socket).endpoints.connect(address, routingId);
}

/** zeromq.js's checks of arguments. */
function requireAddress(count: number, address: unknown, most: number): void {
  if (typeof address !== "string") throw new TypeError("Address must be a string");
  if (count > most) {
    throw new TypeError(`Expected ${most} argument${most > 1 ? "s" : ""} but received ${count}`);
  }
}

function requireOpen(socket: object): void {
  if (coreOf(socket).closed) throw new ZmqError("ENOTSOCK");
}
