/**
 * Events of a socket: connections made and lost, handshakes, and why. Told to observers, never to the I/O loop:
 * a listener runs in a microtask of its own.
 *
 * @module
 */

import { ZmqError } from "../base/errors.ts";
import { Ring } from "../base/ring.ts";
import { hold, release } from "../io/timers.ts";
import type { DropReason } from "../pipe/drops.ts";
import { coreOf } from "./symbols.ts";

/** What every event of a connection can say besides its type. */
export interface ConnectionDetails {
  /** The endpoint of ours, as it was bound or connected: `"tcp://127.0.0.1:5555"`. */
  readonly address: string;
  /** The connection's number, unique in the process; absent where there is none yet. */
  readonly connection?: number;
  /** The peer's own address, `"127.0.0.1:40312"`; empty for a Unix socket without a name. */
  readonly remote?: string;
  /** The peer's socket type, once the handshake is done: `"PULL"`. */
  readonly socketType?: string;
  /** The peer's routing id: what it chose, or what a ROUTER or STREAM gave it. */
  readonly routingId?: Uint8Array;
  /** The peer's properties of the handshake by their lower-case names. */
  readonly metadata?: ReadonlyMap<string, Uint8Array>;
}

/** An event that tells of an error. */
export interface ErrorDetails extends ConnectionDetails {
  /** What went wrong, with a `code`. */
  readonly error: Error & { readonly code?: string; readonly errno?: number };
}

/** An event that tells of lost multicast data. */
export interface LossDetails extends ConnectionDetails {
  /** Who sent it: the transport session of a PGM source (RFC 3208), in hex, and its address. */
  readonly source: string;
  /** The number of the first packet that is missing. */
  readonly first: number;
  /** How many packets are missing. */
  readonly count: number;
}

/** An event that tells of dropped messages. */
export interface DropDetails extends ConnectionDetails {
  /** Why: a key of {@linkcode DropCounts}. */
  readonly reason: DropReason;
  /** How many: those of one peer, and of one reason, in one turn of the event loop. */
  readonly count: number;
}

/** All events of a socket by their types (zeromq.js's names; libzmq's `ZMQ_EVENT_*` in brackets). */
export interface EventMap {
  /** A listener took a connection (ACCEPTED). */
  accept: ConnectionDetails;
  /**
   * A connection could not be taken, or was closed at once because no `tcpAcceptFilter` allows its `remote` or this
   * has `maxConnectionsPerAddress` already (EACCES); the listener goes on (ACCEPT_FAILED).
   */
  "accept:error": ErrorDetails;
  /** An endpoint is bound (LISTENING). */
  bind: ConnectionDetails;
  /** An endpoint could not be bound (BIND_FAILED). */
  "bind:error": ErrorDetails;
  /** A connection was made (CONNECTED). */
  connect: ConnectionDetails;
  /** A connection is being made (CONNECT_DELAYED). */
  "connect:delay": ConnectionDetails;
  /** The next try comes in `interval` milliseconds (CONNECT_RETRIED). */
  "connect:retry": ConnectionDetails & { readonly interval: number };
  /** A listener, or a try to connect, came to its end (CLOSED). */
  close: ConnectionDetails & { readonly error?: Error & { readonly code?: string } };
  /** A listener could not be closed (CLOSE_FAILED). */
  "close:error": ErrorDetails;
  /** A connection ended (DISCONNECTED): `error` says why, unless either side ended it in order. */
  disconnect: ConnectionDetails & { readonly error?: Error & { readonly code?: string } };
  /**
   * Messages were dropped, as the pattern allows or as it must (not in libzmq): at most one event a turn of the
   * event loop for each peer and reason. {@linkcode Socket.dropped} has the sums.
   */
  drop: DropDetails;
  /** The socket is closed, nothing follows (MONITOR_STOPPED). */
  end: object;
  /** Two peers know each other (HANDSHAKE_SUCCEEDED). */
  handshake: ConnectionDetails;
  /** The peer broke the protocol (HANDSHAKE_FAILED_PROTOCOL). */
  "handshake:error:protocol": ErrorDetails;
  /** The peer's authentication refused us, or ours the peer (HANDSHAKE_FAILED_AUTH). */
  "handshake:error:auth": ErrorDetails & { readonly error: Error & { readonly status?: number } };
  /**
   * The handshake failed in another way, such as by time, or because more than `maxHandshakes` others have come
   * meanwhile, ERR_ZMTP_HALF_OPEN (HANDSHAKE_FAILED_NO_DETAIL).
   */
  "handshake:error:other": ErrorDetails;
  /**
   * Multicast data is lost for good, and with it the messages that it was of (not in libzmq): `count` packets of
   * `source` from the number `first` on.
   */
  loss: LossDetails;
  /** Never sent; it stands here because zeromq.js declares it. */
  unknown: object;
}

/** The name of an event. */
export type EventType = keyof EventMap;

/** An event of one type. */
export type EventOfType<E extends EventType = EventType> = {
  [T in E]: { readonly type: T } & EventMap[T];
}[E];

/** Any event; `type` tells which. */
export type Event = EventOfType;

/** Most events that wait for `receive`; the oldest go first. */
const WAITING_MAX = 10_000;

interface Waiting {
  resolve(event: Event): void;
  reject(error: Error): void;
}

/**
 * Hears of the events of one socket, from when it was made on. `socket.events` is one.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "@puremq/zmq";
 *
 * const pull = new Pull();
 * pull.events.on("accept", ({ remote }) => console.log("somebody came from", remote));
 * await pull.bind("tcp://127.0.0.1:*");
 *
 * const push = new Push();
 * push.connect(pull.lastEndpoint!);
 * for await (const event of push.events) {
 *   console.log(event.type);
 *   if (event.type === "handshake") break;
 * }
 * push.close();
 * pull.close();
 * ```
 */
export class Observer implements AsyncIterable<Event> {
  readonly #detach: () => void;
  readonly #listeners = new Map<EventType, Set<(event: never) => void>>();
  readonly #events = new Ring<Event>();
  readonly #waiting = new Ring<Waiting>();
  #emitting = false;
  #closed = false;
  #ended = false;

  /** Observes a socket. Throws ENOTSOCK if it is closed, a TypeError for what is none. */
  constructor(socket: object) {
    this.#detach = coreOf(socket).observe((event) => this.#take(event));
  }

  /** Whether `close` was called, or the socket is closed and its last event was received. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Observes no longer. A waiting `receive` rejects with ENOTSOCK. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#detach();
    for (;;) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      release();
      waiting.reject(new ZmqError("ENOTSOCK"));
    }
  }

  /** Calls back for each event of this type. From then on `receive` can't be used. A TypeError for no function. */
  on<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): this {
    if (typeof listener !== "function") throw new TypeError("Listener must be a function");
    this.#emitting = true;
    let listeners = this.#listeners.get(type);
    if (listeners === undefined) this.#listeners.set(type, listeners = new Set());
    listeners.add(listener);
    return this;
  }

  /** Calls back no more. */
  off<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): this {
    this.#listeners.get(type)?.delete(listener);
    return this;
  }

  /** The next event; after the socket's end it is `end` again. Several calls are answered in order. */
  receive(): Promise<Event> {
    if (this.#emitting) {
      throw new Error(
        "Observer is in event emitter mode. " +
          "After a call to events.on() it is not possible to read events with events.receive().",
      );
    }
    if (this.#closed) throw new ZmqError("EBADF");
    const event = this.#events.shift();
    if (event !== undefined) {
      if (event.type === "end") this.#closed = true;
      return Promise.resolve(event);
    }
    return new Promise((resolve, reject) => {
      hold();
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Each event; ends after `end`, when the socket is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    while (!this.#closed) {
      let event: Event;
      try {
        event = await this.receive();
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
      yield event;
    }
  }

  #take(event: Event): void {
    if (this.#ended || this.#closed) return;
    if (event.type === "end") {
      this.#ended = true;
      this.#detach();
    }
    if (this.#emitting) {
      const listeners = this.#listeners.get(event.type);
      for (const listener of listeners ?? []) queueMicrotask(() => listener(event as never));
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      release();
      if (event.type === "end") this.#closed = true;
      waiting.resolve(event);
      return;
    }
    if (this.#events.length === WAITING_MAX) this.#events.shift();
    this.#events.push(event);
  }
}

declare function queueMicrotask(callback: () => void): void;
