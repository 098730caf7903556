/**
 * What an authenticator tells: each decision with its reason, and what went wrong.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import { hold, release } from "../io/timers.ts";

/** Over whom it was decided. */
export interface DecisionDetails {
  /** `zapDomain` of the socket; empty if it has none. */
  readonly domain: string;
  /** The peer's IP address; empty for `ipc://`. */
  readonly address: string;
  /** The routing id of the socket that the peer wanted to talk to. */
  readonly identity: Uint8Array;
  /** `"NULL"`, `"PLAIN"` or `"CURVE"`. */
  readonly mechanism: string;
  /** Who it says to be: PLAIN's user name, CURVE's public key as Z85. A password is never told. */
  readonly user?: string;
}

/** All events of an authenticator by their types. */
export interface AuthenticatorEventMap {
  /** A peer was let in (200), as whom. */
  allowed: DecisionDetails & { readonly userId: Uint8Array };
  /**
   * A peer was not: 400, it is refused; 300, the time limit ran out, and it may come again; 500, `error` came out of
   * a callback or of a folder of certificates.
   */
  denied: DecisionDetails & {
    readonly status: 300 | 400 | 500;
    readonly reason: string;
    readonly error?: Error;
  };
  /** A request that breaks RFC 27 came from whoever talks to the handler; it was not granted. */
  malformed: { readonly reason: string };
  /** A file in a folder of certificates is none, or has something in it that cannot be told. */
  "certificate:error": { readonly file: string; readonly error: Error };
  /** The authenticator is closed, nothing follows. */
  end: object;
}

/** The name of an event of an authenticator. */
export type AuthenticatorEventType = keyof AuthenticatorEventMap;

/** An event of an authenticator; `type` tells which. */
export type AuthenticatorEvent<E extends AuthenticatorEventType = AuthenticatorEventType> = {
  [T in E]: { readonly type: T } & AuthenticatorEventMap[T];
}[E];

/** Most events that wait for a reader; the oldest go first. */
const WAITING_MAX = 10_000;

/**
 * Hears of the decisions of one authenticator: by listeners, or in a loop, which hears of all from its beginning on
 * and ends with the authenticator. A loop that waits keeps the process alive, as one over a socket's events does.
 */
export class AuthenticatorEvents implements AsyncIterable<AuthenticatorEvent> {
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly #readers = new Set<Reader>();
  #ended = false;

  /** Made by an authenticator, which gets the way to tell of events. */
  constructor(give: (tell: (event: AuthenticatorEvent) => void) => void) {
    give((event) => this.#tell(event));
  }

  /** Calls back for each event of this type, in a microtask of its own. */
  on<E extends AuthenticatorEventType>(type: E, listener: (event: AuthenticatorEvent<E>) => void): this {
    let listeners = this.#listeners.get(type);
    if (listeners === undefined) this.#listeners.set(type, listeners = new Set());
    listeners.add(listener);
    return this;
  }

  /** Calls back no more. */
  off<E extends AuthenticatorEventType>(type: E, listener: (event: AuthenticatorEvent<E>) => void): this {
    this.#listeners.get(type)?.delete(listener);
    return this;
  }

  /** Each event from now on; ends after `end`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<AuthenticatorEvent> {
    const reader: Reader = new Reader(() => this.#readers.delete(reader));
    if (this.#ended) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  #tell(event: AuthenticatorEvent): void {
    if (this.#ended) return;
    if (event.type === "end") this.#ended = true;
    for (const listener of this.#listeners.get(event.type) ?? []) {
      queueMicrotask(() => listener(event as never));
    }
    for (const reader of this.#readers) reader.take(event);
  }
}

/** One loop over the events. */
class Reader implements AsyncIterableIterator<AuthenticatorEvent> {
  readonly #events = new Ring<AuthenticatorEvent>();
  readonly #waiting = new Ring<(result: IteratorResult<AuthenticatorEvent>) => void>();
  readonly #forget: () => void;
  #ended = false;

  constructor(forget: () => void) {
    this.#forget = forget;
  }

  take(event: AuthenticatorEvent): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      release();
      waiting({ done: false, value: event });
    } else {
      if (this.#events.length === WAITING_MAX) this.#events.shift();
      this.#events.push(event);
    }
    if (event.type === "end") this.end();
  }

  /** Nothing more comes: what has come can still be read. */
  end(): void {
    this.#ended = true;
    this.#forget();
    for (;;) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      release();
      waiting({ done: true, value: undefined });
    }
  }

  next(): Promise<IteratorResult<AuthenticatorEvent>> {
    const value = this.#events.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    hold();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<AuthenticatorEvent>> {
    this.#events.clear();
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

declare function queueMicrotask(callback: () => void): void;
